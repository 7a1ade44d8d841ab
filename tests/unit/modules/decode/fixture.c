/* See fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static void say(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

int fixture_setup(void **state)
{
        static const char text[] = "modules:\n"
                                   "  - decode:\n"
                                   "      max_size: 1M\n"
                                   "      identity: [{source: by-url, by: url}, {source: by-content, by: content}]\n";
        struct fixture *f = calloc(1, sizeof *f);
        struct yaml_errors errors;
        struct yaml_node *root = NULL;

        if (f == NULL)
                return -1;
        yaml_errors_init(&errors, &f->lasting);
        if (yaml_parse(&f->lasting, "test", text, sizeof text - 1, &root, &errors) != 0 ||
            chain_open(&f->chain, &f->lasting, "test", yaml_get(root, "modules"), &errors, say, NULL) != 0)
                return -1;
        *state = f;
        return 0;
}

int fixture_teardown(void **state)
{
        struct fixture *f = *state;

        json_decref(f->stories);
        json_decref(f->bad);
        chain_close(f->chain);
        arena_deinit(&f->arena);
        arena_deinit(&f->lasting);
        free(f);
        return 0;
}

static int take_story(void *user, const struct story *story)
{
        struct fixture *f = user;
        json_t *json = story_to_json(story, true);

        assert_non_null(json);
        return json_array_append_new(f->stories, json);
}

static int take_bad(void *user, const char *reason, const char *what)
{
        struct fixture *f = user;

        return json_array_append_new(f->bad, json_pack("{s:s, s:s*}", "reason", reason, "what", what));
}

static int decode(struct fixture *f, const char *source, const char *format, const char *encoding, const void *bytes, size_t n)
{
        struct envelope envelope = { .source = source, .format = format, .encoding = encoding };
        struct job job = { .arena = &f->arena, .envelope = &envelope, .sink = f, .add_story = take_story, .add_bad = take_bad };
        char *copy = malloc(n > 0 ? n : 1);     /* exact, so that valgrind sees a read behind it */
        int r;

        assert_non_null(copy);
        memcpy(copy, bytes, n);
        json_decref(f->stories);
        json_decref(f->bad);
        f->stories = json_array();
        f->bad = json_array();
        arena_reset(&f->arena);
        job.bytes = copy;
        job.n_bytes = n;
        r = chain_decode(f->chain, &job);
        f->hints = job.hints;
        f->links = job.links;
        f->reason = job.reason ? arena_strdup(&f->arena, job.reason) : NULL;
        free(copy);
        return r;
}

int fixture_decode(struct fixture *f, const char *format, const char *encoding, const void *bytes, size_t n)
{
        return decode(f, "test", format, encoding, bytes, n);
}

int fixture_decode_from(struct fixture *f, const char *source, const char *text)
{
        return decode(f, source, "auto", NULL, text, strlen(text));
}

/* All that is expected is there. */
static void check_story(json_t *expected, json_t *story)
{
        const char *name;
        json_t *value;

        json_object_foreach(expected, name, value) {
                json_t *found = json_object_get(story, name);

                if (json_is_null(value) ? found == NULL : json_equal(value, found))
                        continue;
                {
                        char *want = json_dumps(value, JSON_ENCODE_ANY), *have = found ? json_dumps(found, JSON_ENCODE_ANY) : NULL;

                        print_error("%s: expected %s, found %s\n", name, want, have ? have : "nothing");
                        free(want);
                        free(have);
                }
                fail();
        }
}

void fixture_check(struct fixture *f, const char *stories)
{
        json_error_t error;
        json_t *expected = json_loads(stories, 0, &error), *story;
        size_t i;

        if (expected == NULL)
                fail_msg("the expectation is no JSON: %s, column %d", error.text, error.column);
        if (json_array_size(expected) != json_array_size(f->stories))
                fail_msg("%zu stories, expected %zu (%s)", json_array_size(f->stories), json_array_size(expected),
                         f->reason ? f->reason : "not refused");
        json_array_foreach(expected, i, story)
                check_story(story, json_array_get(f->stories, i));
        json_decref(expected);
}

void fixture_expect(struct fixture *f, const char *text, const char *stories)
{
        assert_int_equal(fixture_decode(f, "auto", NULL, text, strlen(text)), 0);
        fixture_check(f, stories);
}
