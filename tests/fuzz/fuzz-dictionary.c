/*
 * libFuzzer target: any bytes as a PETRARCH or TABARI dictionary; the first byte says which of the three kinds. Beside
 * the sanitizers it holds the promises: a bad line is reported at a line that the text has, what was taken has a code
 * and a name, and is found again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "modules/code/petrarch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

static unsigned count_lines(const char *text, size_t n)
{
        unsigned lines = 1;

        for (size_t i = 0; i < n; i++)
                lines += text[i] == '\n' || text[i] == '\0';     /* a NUL ends a line, too */
        return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static const char *const paths[] = { "fuzz.actors", "fuzz.agents.txt", "fuzz.discards" };
        struct arena arena = ARENA_NULL;
        struct dictionary d = { .arena = &arena };
        struct yaml_errors errors;
        char *text;

        if (n == 0)
                return 0;
        d.phrases = phrases_new(&arena);
        d.surnames = phrases_new(&arena);
        d.given = phrases_new(&arena);
        dictionary_add_entry(&d, &(struct dictionary_entry){ .kind = DICTIONARY_DISCARD, .name = "", .code = "" });
        yaml_errors_init(&errors, &arena);
        text = arena_strndup(&arena, (const char *)data + 1, n - 1);
        require(petrarch_knows(paths[data[0] % 3]));
        petrarch_load(&d, paths[data[0] % 3], text, n - 1, &errors);
        for (const struct yaml_error *e = errors.first; e; e = e->next)
                require(e->line >= 1 && e->line <= count_lines((const char *)data + 1, n - 1) && e->message[0] != '\0');
        for (size_t i = 1; i < d.n_entries; i++) {
                const struct dictionary_entry *e = &d.entries[i];

                require(e->name != NULL && e->code != NULL && e->from <= e->to && e->file == paths[data[0] % 3]);
                require(strlen(e->code) < 64);
        }
        arena_deinit(&arena);
        return 0;
}
