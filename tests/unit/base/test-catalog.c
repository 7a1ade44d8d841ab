/* The journal's catalog (packaging/dateline.catalog) has one entry for each MESSAGE_ID of log_kinds[], and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { ENTRIES_MAX = 64, LINE_MAX_BYTES = 512 };

/* An entry as the catalog has it: "-- ID", a head of "Name: value" lines, an empty line, text. */
struct entry {
        char id[33];
        bool subject, documentation;
        size_t n_text;          /* lines */
};

struct catalog {
        struct entry entries[ENTRIES_MAX];
        size_t n;
};

static FILE *open_catalog(void)
{
        const char *top = getenv("top_srcdir");
        char path[4096];
        FILE *file;

        snprintf(path, sizeof(path), "%s/packaging/dateline.catalog", top != NULL ? top : ".");
        file = fopen(path, "re");
        if (file == NULL)
                fail_msg("cannot open %s", path);
        return file;
}

static int setup(void **state)
{
        struct catalog *c = calloc(1, sizeof(*c));
        struct entry *e = NULL;
        char line[LINE_MAX_BYTES];
        bool head = false;
        FILE *file = open_catalog();

        while (fgets(line, sizeof(line), file) != NULL) {
                assert_non_null(strchr(line, '\n'));
                if (strncmp(line, "-- ", 3) == 0) {
                        assert_true(c->n < ENTRIES_MAX);
                        e = &c->entries[c->n++];
                        head = true;
                        assert_int_equal(strspn(line + 3, "0123456789abcdef"), 32);
                        assert_int_equal(line[35], '\n');
                        memcpy(e->id, line + 3, 32);
                } else if (*line == '\n') {
                        head = false;
                } else if (e != NULL && head) {
                        e->subject = e->subject || strncmp(line, "Subject: ", 9) == 0;
                        e->documentation = e->documentation || strncmp(line, "Documentation: ", 15) == 0;
                } else if (e != NULL) {
                        e->n_text++;
                }
        }
        fclose(file);
        *state = c;
        return 0;
}

static int teardown(void **state)
{
        free(*state);
        return 0;
}

static const char *kind_of(const char *id)
{
        for (int kind = 0; kind < LOG_KIND_MAX_; kind++)
                if (log_kinds[kind].id != NULL && strcmp(log_kinds[kind].id, id) == 0)
                        return log_kinds[kind].name;
        return NULL;
}

static size_t count(const struct catalog *c, const char *id)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++)
                n += strcmp(c->entries[i].id, id) == 0;
        return n;
}

static void test_every_kind_has_an_entry(void **state)
{
        for (int kind = 0; kind < LOG_KIND_MAX_; kind++)
                if (log_kinds[kind].id != NULL && count(*state, log_kinds[kind].id) != 1)
                        fail_msg("MESSAGE_ID %s (%s) has %zu entries in dateline.catalog", log_kinds[kind].id,
                                 log_kinds[kind].name, count(*state, log_kinds[kind].id));
}

static void test_every_entry_has_a_kind(void **state)
{
        const struct catalog *c = *state;

        assert_true(c->n > 0);
        for (size_t i = 0; i < c->n; i++)
                if (kind_of(c->entries[i].id) == NULL)
                        fail_msg("dateline.catalog explains %s, which nothing writes", c->entries[i].id);
}

static void test_every_entry_is_whole(void **state)
{
        const struct catalog *c = *state;

        for (size_t i = 0; i < c->n; i++) {
                const struct entry *e = &c->entries[i];

                if (!e->subject || !e->documentation || e->n_text == 0)
                        fail_msg("the entry of %s (%s) needs Subject:, Documentation: and a text", e->id,
                                 kind_of(e->id));
        }
}

/* dateline-operations(7) has a word on each. */
static void test_manual(void **state)
{
        const char *top = getenv("top_srcdir");
        char path[4096], word[80];
        char *text = calloc(1, 1 << 16);
        FILE *file;

        (void)state;
        snprintf(path, sizeof(path), "%s/doc/dateline-operations.7", top != NULL ? top : ".");
        file = fopen(path, "re");
        assert_non_null(file);
        assert_non_null(text);
        assert_true(fread(text, 1, (1 << 16) - 1, file) > 1000);
        fclose(file);
        for (int kind = 0; kind < LOG_KIND_MAX_; kind++) {
                if (log_kinds[kind].id == NULL)
                        continue;
                snprintf(word, sizeof(word), " %s", log_kinds[kind].name);
                if (strstr(text, word) == NULL)
                        fail_msg("dateline-operations.7 does not tell of %s", log_kinds[kind].name);
        }
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_kind_has_an_entry),
                cmocka_unit_test(test_every_entry_has_a_kind),
                cmocka_unit_test(test_every_entry_is_whole),
                cmocka_unit_test(test_manual),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
