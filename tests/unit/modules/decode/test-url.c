/* Relative references: the examples of RFC 3986, section 5.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modules/decode/url.h"

static void test_rfc3986(void **state)
{
        static const char *const rows[][2] = {
                { "g:h", "g:h" }, { "g", "http://a/b/c/g" }, { "./g", "http://a/b/c/g" }, { "g/", "http://a/b/c/g/" },
                { "/g", "http://a/g" }, { "//g", "http://g" }, { "?y", "http://a/b/c/d;p?y" }, { "g?y", "http://a/b/c/g?y" },
                { "#s", "http://a/b/c/d;p?q#s" }, { "g#s", "http://a/b/c/g#s" }, { ";x", "http://a/b/c/;x" },
                { "", "http://a/b/c/d;p?q" }, { ".", "http://a/b/c/" }, { "./", "http://a/b/c/" }, { "..", "http://a/b/" },
                { "../g", "http://a/b/g" }, { "../..", "http://a/" }, { "../../g", "http://a/g" }, { "../../../g", "http://a/g" },
                { "/./g", "http://a/g" }, { "/../g", "http://a/g" }, { "g.", "http://a/b/c/g." }, { "g;x=1/../y", "http://a/b/c/y" },
        };
        struct arena arena = ARENA_NULL;

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                assert_string_equal(url_resolve(&arena, "http://a/b/c/d;p?q", rows[i][0]), rows[i][1]);
        arena_deinit(&arena);
}

static void test_odd(void **state)
{
        struct arena arena = ARENA_NULL;

        (void)state;
        assert_string_equal(url_resolve(&arena, NULL, " a b\n"), "a b");
        assert_string_equal(url_resolve(&arena, "not a base", "x"), "x");
        assert_string_equal(url_resolve(&arena, "http://h", "x"), "http://h/x");
        assert_string_equal(url_resolve(&arena, "http://h?q", "x"), "http://h/x");
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_rfc3986), cmocka_unit_test(test_odd) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
