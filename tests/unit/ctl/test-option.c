/* Command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/option.h"

static const struct option_row own[] = {
        { "since", 0, "TIME", "when" }, { "limit", 'n', "N", "how many" }, { "all", 'a', NULL, "all" }, { 0 },
};
static const struct option_row global[] = { { "json", 0, NULL, "JSON" }, { "socket", 's', "PATH", "where" }, { 0 } };

struct parsed {
        struct option_table own, global;
        int argc, r;
        char *argv[12];
        char *error;
};

/* `line` is cut at its spaces. */
static struct parsed parse(char *line)
{
        struct parsed p = { .own.rows = own, .global.rows = global };
        struct option_table *tables[] = { &p.own, &p.global };

        for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
                p.argv[p.argc++] = word;
        p.r = option_parse(tables, 2, &p.argc, p.argv, &p.error);
        return p;
}

static void forms(void **state _unused_)
{
        char line[] = "events --since=2h x --limit 5 -a --json - y", other[] = "-n7 -s / -- --since";
        struct parsed p = parse(line);

        assert_int_equal(p.r, 0);
        assert_string_equal(option_get(&p.own, "since"), "2h");
        assert_string_equal(option_get(&p.own, "limit"), "5");
        assert_string_equal(option_get(&p.own, "all"), "");
        assert_string_equal(option_get(&p.global, "json"), "");
        assert_null(option_get(&p.global, "socket"));
        assert_null(option_get(&p.own, "nothing"));
        assert_int_equal(p.argc, 4);
        assert_string_equal(p.argv[1], "x");
        assert_string_equal(p.argv[2], "-");
        assert_string_equal(p.argv[3], "y");

        p = parse(other);
        assert_int_equal(p.r, 0);
        assert_string_equal(option_get(&p.own, "limit"), "7");
        assert_string_equal(option_get(&p.global, "socket"), "/");
        assert_int_equal(p.argc, 1);
        assert_string_equal(p.argv[0], "--since");
        assert_null(option_get(&p.own, "since"));
}

static void wrong(void **state _unused_)
{
        static const char *const cases[][2] = {
                { "--sinse=2h", "unknown option '--sinse=2h' (did you mean '--since'?)" },
                { "--sockets x", "unknown option '--sockets' (did you mean '--socket'?)" },
                { "--quite-another", "unknown option '--quite-another'" },
                { "-x", "unknown option '-x'" },
                { "--all=1", "option '--all' takes no value" },
                { "-ab", "option '--all' takes no value" },
                { "x --limit", "option '--limit' needs a value: --limit=N" },
        };

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                char *line = strdup(cases[i][0]);
                struct parsed p = parse(line);

                assert_int_equal(p.r, OPTION_E_USAGE);
                assert_string_equal(p.error, cases[i][1]);
                free(p.error);
                free(line);
        }
}

static void described(void **state _unused_)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        assert_int_equal(option_describe(own, &out), 0);
        assert_string_equal(out.data, "      --since=TIME          when\n"
                                      "  -n, --limit=N             how many\n"
                                      "  -a, --all                 all\n");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(forms), cmocka_unit_test(wrong), cmocka_unit_test(described),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
