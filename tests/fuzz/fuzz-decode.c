/*
 * libFuzzer target: the first byte picks a format (or auto), the rest is a delivery. Beside the sanitizers it holds the
 * promises of story.h and text.h: strings are UTF-8, a text has one line a paragraph, a refusal has its reason, and the
 * number of stories is bounded by the bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "worker/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const formats[] = { "auto", "rss", "atom", "jsonfeed", "ninjs", "nitf", "newsml", "newsml1", "anpa", "iptc7901",
                                       "html", "plain", "warc", "mail" };

struct seen {
        size_t stories, bad;
};

static void require(bool promise)
{
        if (!promise)
                abort();
}

static int take_story(void *user, const struct story *story)
{
        struct seen *seen = user;
        json_t *json = story_to_json(story, true);

        seen->stories++;
        require(json != NULL);          /* it would be NULL for what is no UTF-8 */
        json_decref(json);
        require(story->format != NULL);
        if (story->text != NULL) {
                require(strlen(story->text) == story->n_text);
                require(utf8_is_valid(story->text, story->n_text));
                require(strstr(story->text, "\n\n") == NULL);
                require(story->n_text == 0 || (story->text[0] != '\n' && story->text[0] != ' '));
        }
        return 0;
}

static int take_bad(void *user, const char *reason, const char *what)
{
        struct seen *seen = user;

        (void)what;
        seen->bad++;
        require(reason != NULL && *reason != '\0');
        return 0;
}

static void say(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

static struct chain *open_chain(struct arena *arena)
{
        static const char text[] = "modules:\n  - decode: {max_size: 1M, languages: /nowhere}\n";
        struct yaml_errors errors;
        struct yaml_node *root = NULL;
        struct chain *chain = NULL;

        yaml_errors_init(&errors, arena);
        require(yaml_parse(arena, "fuzz", text, sizeof text - 1, &root, &errors) == 0);
        require(chain_open(&chain, arena, "fuzz", yaml_get(root, "modules"), &errors, say, NULL) == 0);
        return chain;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static struct chain *chain;
        static struct arena lasting;
        struct arena arena = ARENA_NULL;
        struct seen seen = { 0 };
        struct envelope envelope = { .source = "fuzz" };
        struct job job = { .arena = &arena, .envelope = &envelope, .sink = &seen, .add_story = take_story, .add_bad = take_bad };
        char *copy;
        int r;

        if (chain == NULL)
                chain = open_chain(&lasting);
        if (n == 0)
                return 0;
        envelope.format = formats[data[0] % N_ELEMENTS(formats)];
        copy = malloc(n > 1 ? n - 1 : 1);       /* exact, so that a read behind it is seen */
        require(copy != NULL);
        memcpy(copy, data + 1, n - 1);
        job.bytes = copy;
        job.n_bytes = n - 1;
        r = chain_decode(chain, &job);
        require(r >= 0);
        require(r == 0 || job.reason != NULL);
        require(seen.stories + seen.bad <= n + 1);
        free(copy);
        arena_deinit(&arena);
        return 0;
}
