/* Tables: what fits, what gives way, what is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/table.h"
#include "ctl/text.h"

#define WIDE "\xe4\xb8\xad\xe5\x9b\xbd"          /* two characters of two columns */

static const struct table_column columns[] = {
        { "NAME", 4, false }, { "COUNT", 0, true }, { "WORDS", 6, false },
};

static void fill(struct table *table)
{
        table_add(table, "inbox", TABLE_BOLD);
        table_add_number(table, 1234, TABLE_PLAIN);
        table_add(table, "some words that go on", TABLE_RED);
        table_add(table, "a longer name", TABLE_PLAIN);
        table_add_number(table, 7, TABLE_PLAIN);
        table_add(table, "", TABLE_PLAIN);
}

static void printed(size_t width, bool colors, const char *wanted)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        struct table table;

        table_init(&table, columns, N_ELEMENTS(columns), width, colors);
        fill(&table);
        table_print(&table, &out);
        assert_string_equal(out.data, wanted);
        table_deinit(&table);
        table_deinit(&table);
}

static void without_bound(void **state _unused_)
{
        printed(0, false, "NAME           COUNT  WORDS\n"
                          "inbox          1,234  some words that go on\n"
                          "a longer name      7\n");
}

/* What is widest for its least gives way first. */
static void fitted(void **state _unused_)
{
        printed(41, false, "NAME           COUNT  WORDS\n"
                           "inbox          1,234  some words that go\xE2\x80\xA6\n"
                           "a longer name      7\n");
        printed(29, false, "NAME      COUNT  WORDS\n"
                           "inbox     1,234  some words \xE2\x80\xA6\n"
                           "a longe\xE2\x80\xA6      7\n");
        /* Nothing gives way beyond its least, though it is too wide then. */
        printed(5, false, "NAME  COUNT  WORDS\n"
                          "inb\xE2\x80\xA6  1,234  some \xE2\x80\xA6\n"
                          "a l\xE2\x80\xA6      7\n");
}

static void every_line_fits(void **state _unused_)
{
        for (size_t width = 19; width < 60; width++) {
                _cleanup_(buf_deinit) struct buf out = BUF_NULL;
                struct table table;

                table_init(&table, columns, N_ELEMENTS(columns), width, false);
                fill(&table);
                table_add(&table, WIDE WIDE WIDE, TABLE_PLAIN);
                table_add_number(&table, 1, TABLE_PLAIN);
                table_add(&table, WIDE "\x1b[2J" WIDE WIDE, TABLE_PLAIN);
                table_print(&table, &out);
                assert_null(strchr(out.data, '\x1b'));
                for (char *line = strtok(out.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
                        assert_true(text_width(line, strlen(line)) <= width);
                table_deinit(&table);
        }
}

/* Rows that come later stand under the same heads; without a bound a longer cell stays whole. */
static void later_rows(void **state _unused_)
{
        static const size_t bounds[] = { 30, 0 };
        static const char *const wanted[] = {
                "a longe\xE2\x80\xA6      2  other words \xE2\x80\xA6\n",
                "a longer name still      2  other words that go on\n",
        };

        for (size_t i = 0; i < N_ELEMENTS(bounds); i++) {
                _cleanup_(buf_deinit) struct buf out = BUF_NULL;
                struct table table;

                table_init(&table, columns, N_ELEMENTS(columns), bounds[i], false);
                fill(&table);
                table_print(&table, &out);
                buf_clear(&out);
                table_add(&table, "a longer name still", TABLE_PLAIN);
                table_add_number(&table, 2, TABLE_PLAIN);
                table_add(&table, "other words that go on", TABLE_PLAIN);
                table_print(&table, &out);
                assert_string_equal(out.data, wanted[i]);
                table_deinit(&table);
        }
}

static void colors(void **state _unused_)
{
        printed(0, true, "\x1b[1mNAME\x1b[0m           \x1b[1mCOUNT\x1b[0m  \x1b[1mWORDS\x1b[0m\n"
                         "\x1b[1minbox\x1b[0m          1,234  \x1b[31msome words that go on\x1b[0m\n"
                         "a longer name      7\n");
        assert_string_equal(table_style_begin(TABLE_RED, false), "");
        assert_string_equal(table_style_end(TABLE_PLAIN, true), "");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_bound), cmocka_unit_test(fitted), cmocka_unit_test(every_line_fits),
                cmocka_unit_test(later_rows), cmocka_unit_test(colors),
        };

        text_set_locale();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
