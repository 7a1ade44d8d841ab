/*
 * A worker module for dateline, whole: an event whose sentence holds a word of a list gets the member "watchwords" with
 * the words that were found.
 *
 *      work:
 *        modules:
 *          - decode
 *          - read
 *          - code
 *          - load:
 *              file: /usr/local/lib/dateline/watchwords.so
 *              settings: {words: [missile, embargo], case: ignore}
 *
 * A module is opened before the worker closes its sandbox: files are read there. After that it opens nothing.
 * dateline-module(3) tells the rest. To build it: make -f module.mk watchwords.so
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "modules/read/reading.h"
#include "worker/module.h"

/* ---- settings: a table, from which dateline checks what stands in the configuration ---- */

enum { CASE_IGNORE, CASE_HEED };
static const char *const case_names[] = { "ignore", "heed", NULL };

struct settings {
        struct schema_strings words;
        int case_;
};

static const struct schema_item items[] = {
        { .name = "words", .type = SCHEMA_STRINGS, .offset = offsetof(struct settings, words), .required = true,
          .min = 1, .max = 1000, .help = "The words to look for." },
        { .name = "case", .type = SCHEMA_ENUM, .offset = offsetof(struct settings, case_), .names = case_names,
          .fallback = "ignore", .help = "Whether capital and small letters differ." },
        { 0 },
};

static const struct schema schema = { .name = "watchwords", .size = sizeof(struct settings), .items = items };

/* ---- the work ---- */

struct state {
        const struct settings *settings;        /* lives as long as the module */
};

static int watchwords_open(struct module_host *host, const void *settings, void **state)
{
        struct state *s = calloc(1, sizeof(*s));

        if (s == NULL)
                return -ENOMEM;
        s->settings = settings;
        /* What the table cannot say is said here, with the place in the file; "" would be found everywhere. */
        for (size_t i = 0; i < s->settings->words.n; i++) {
                if (*s->settings->words.items[i] == '\0') {
                        schema_error(host->context, NULL, "words", "a word is empty");
                        free(s);
                        return MODULE_E_REFUSED;
                }
        }
        host->log(host->user, LOG_DEBUG, "watchwords: %zu words", s->settings->words.n);
        *state = s;
        return 0;
}

static bool sentence_has(const struct reading *reading, const struct reading_sentence *sentence, const char *word,
                         int case_)
{
        for (uint32_t i = 0; i < sentence->n_tokens; i++) {
                const char *form = reading->tokens[sentence->first + i].form;

                if (case_ == CASE_HEED ? strcmp(form, word) == 0 : strcasecmp(form, word) == 0)
                        return true;
        }
        return false;
}

/* The words that a sentence of the story has; empty where the event does not say in which one it is. */
static json_t *find(const struct settings *settings, const struct reading *reading, json_t *sentence)
{
        json_int_t i = json_is_integer(sentence) ? json_integer_value(sentence) : -1;
        json_t *found = json_array();

        if (reading == NULL || i < 0 || (size_t)i >= reading->n_sentences)
                return found;
        for (size_t word = 0; word < settings->words.n; word++)
                if (sentence_has(reading, &reading->sentences[i], settings->words.items[word], settings->case_))
                        json_array_append_new(found, json_string(settings->words.items[word]));
        return found;
}

/* One story, after code: job->coded holds its events. Nothing of it is kept when this returns. */
static int watchwords_process(void *state, struct job *job)
{
        const struct state *s = state;
        json_t *event;
        size_t i;

        json_array_foreach(json_object_get(job->coded, "events"), i, event) {
                json_t *found = find(s->settings, job->reading, json_object_get(event, "sentence"));

                if (json_object_set_new(event, "watchwords", found) < 0)
                        return -ENOMEM;         /* below 0: the worker cannot go on, and is replaced */
        }
        return 0;
}

static void watchwords_close(void *state)
{
        free(state);
}

extern const struct module dateline_module;
const struct module dateline_module = {
        .abi = MODULE_ABI,
        .name = "watchwords",
        .version = "1",
        .settings = &schema,
        .open = watchwords_open,
        .process = watchwords_process,
        .close = watchwords_close,
};
