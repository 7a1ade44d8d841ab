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
 * A module is opened before the worker closes its sandbox: files are read there. After that it computes, and opens nothing.
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
        { .name = "words", .type = SCHEMA_STRINGS, .offset = offsetof(struct settings, words), .required = true, .min = 1,
          .max = 1000, .help = "The words to look for." },
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

static bool sentence_has(const struct reading *reading, size_t sentence, const char *word, int case_)
{
        const struct reading_sentence *within = &reading->sentences[sentence];

        for (uint32_t i = 0; i < within->n_tokens; i++) {
                const char *form = reading->tokens[within->first + i].form;

                if (case_ == CASE_HEED ? strcmp(form, word) == 0 : strcasecmp(form, word) == 0)
                        return true;
        }
        return false;
}

/* One story, after code: job->coded holds its events. Nothing of it is kept when this returns. */
static int watchwords_process(void *state, struct job *job)
{
        const struct state *s = state;
        json_t *event;
        size_t i;

        json_array_foreach(json_object_get(job->coded, "events"), i, event) {
                json_int_t sentence = json_integer_value(json_object_get(event, "sentence"));
                json_t *found = json_array();

                for (size_t word = 0; word < s->settings->words.n; word++)
                        if (job->reading != NULL && sentence >= 0 && (size_t)sentence < job->reading->n_sentences &&
                            sentence_has(job->reading, (size_t)sentence, s->settings->words.items[word], s->settings->case_))
                                json_array_append_new(found, json_string(s->settings->words.items[word]));
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
