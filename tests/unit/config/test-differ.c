/* What another configuration changes, in words. */
#include "config/differ.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static struct config *parse(const char *text)
{
        struct config *config = NULL;
        char *errors = NULL;
        int r = config_parse("dateline.yaml", text, strlen(text), &config, &errors);

        if (r != 0)
                fail_msg("%s: %s", text, errors != NULL ? errors : "?");
        return config;
}

static void assert_says(const char *before, const char *after, const char *says, bool empties)
{
        struct config *a = parse(before), *b = parse(after);
        bool emptied = !empties;
        char *text = differ_text(a, b, &emptied);

        assert_string_equal(text, says);
        assert_true(emptied == empties);
        free(text);
        config_unref(a);
        config_unref(b);
}

#define TWO "watch:\n- {name: inbox, directory: /spool}\n- {name: wire, listen: /run/wire}\n"
#define DESK "outputs:\n- {name: desk, journal: yes}\n"

static void test_words(void **state)
{
        (void)state;
        assert_says(TWO DESK, TWO DESK, "nothing has changed", false);
        assert_says(TWO, "# the same\n" TWO, "nothing has changed", false);
        assert_says("", TWO DESK, "watch: 2 added (inbox, wire); outputs: 1 added (desk)", false);
        assert_says(TWO DESK, "watch:\n- {name: wire, listen: /run/other}\n- {name: late, directory: /late}\n" DESK,
                    "watch: 1 added (late), 1 changed (wire), 1 removed (inbox)", false);
        assert_says(TWO DESK, TWO "outputs:\n- {name: desk, journal: yes, only: alerts}\n"
                                  "store: {max_queue: 77}\nlog: {level: debug}\n",
                    "outputs: 1 changed (desk); other settings of log, store", false);
        assert_says(TWO "metrics: 127.0.0.1:9464\n", TWO, "other settings of metrics", false);
}

/* A file that was cut short, at the end of every line: whatever is missing is named, or there was nothing in it. */
static void test_cut(void **state)
{
        static const char whole[] = TWO DESK "metrics: 127.0.0.1:9464\n";

        (void)state;
        assert_says(whole, TWO DESK, "other settings of metrics", false);
        assert_says(whole, TWO, "outputs: 1 removed (desk); other settings of metrics", true);
        assert_says(whole, "watch:\n- {name: inbox, directory: /spool}\n",
                    "watch: 1 removed (wire); outputs: 1 removed (desk); other settings of metrics", true);
        assert_says(whole, "", "watch: 2 removed (inbox, wire); outputs: 1 removed (desk); other settings of metrics",
                    true);
}

static void test_many(void **state)
{
        struct buf text = BUF_NULL;

        (void)state;
        assert_int_equal(buf_append_string(&text, "watch:\n"), 0);
        for (int i = 0; i < 5000; i++)
                assert_int_equal(buf_printf(&text, "- {name: s%d, directory: /s/%d}\n", i, i), 0);
        assert_int_equal(buf_append(&text, "", 1), 0);
        assert_says(text.data, "", "watch: 5000 removed (s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, ...)", true);
        buf_deinit(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
