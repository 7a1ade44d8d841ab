/* Tokens of XML and HTML, well-formed and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/decode/markup.h"

/* "<a:attributes>" for OPEN, "</a>", "[cdata]", and text as it stands. */
static void check(const char *s, bool html, bool damaged, const char *expected)
{
        struct markup m = markup_start(s, strlen(s), html);
        struct markup_token t;
        char *seen = NULL;
        size_t size;
        FILE *out = open_memstream(&seen, &size);

        while (markup_next(&m, &t))
                switch (t.kind) {
                case MARKUP_TEXT:
                        fprintf(out, "%.*s", (int)t.n, t.s);
                        break;
                case MARKUP_CDATA:
                        fprintf(out, "[%.*s]", (int)t.n, t.s);
                        break;
                case MARKUP_OPEN:
                        fprintf(out, "<%.*s:%.*s%s>", (int)t.n_name, t.name, (int)t.n, t.s, t.empty ? "/" : "");
                        break;
                case MARKUP_CLOSE:
                        fprintf(out, "</%.*s>", (int)t.n_name, t.name);
                }
        fclose(out);
        assert_string_equal(seen, expected);
        assert_int_equal(m.damaged, damaged);
        free(seen);
}

static void test_good(void **state)
{
        (void)state;
        check("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x \"y\">]><a b='1'>t<!-- <c> --><d/></a>", false, false, "<a: b='1'>t<d:/></a>");
        check("<a><![CDATA[<b>&]]></a>", false, false, "<a:>[<b>&]</a>");
        check("<a b=\"x>y\">z", false, false, "<a: b=\"x>y\">z");
        check("<script>if (a<b) x=\"</p>\";</script>y", true, false, "<script:>[if (a<b) x=\"</p>\";]</script>y");
}

static void test_broken(void **state)
{
        (void)state;
        check("1 < 2 && 3 > 2", false, true, "1 < 2 && 3 > 2");
        check("a<b", false, true, "a<b");
        check("<a b=\"unclosed>x</a>", false, true, "<a: b=\"unclosed>x</a>");
        check("<a <b>x", false, true, "<a:><b:>x");
        check("<!-- never closed <a>x", false, true, "x");
        check("<![CDATA[never closed", false, true, "[never closed]");
        check("<", false, true, "<");
        check("</", true, true, "</");
        check("<script>x", true, false, "<script:>[x]");
}

static void test_attributes(void **state)
{
        static const char s[] = "<a x:href='1&amp;2' HREF = \" 3 \" plain bare=4/5 empty=\"\">";
        struct markup m = markup_start(s, strlen(s), true);
        struct markup_token t;
        struct arena arena = ARENA_NULL;

        (void)state;
        assert_true(markup_next(&m, &t));
        assert_string_equal(markup_get(&arena, &t, "href"), "3");
        assert_string_equal(markup_get(&arena, &t, "x:href"), "1&2");
        assert_string_equal(markup_get(&arena, &t, "plain"), "");
        assert_string_equal(markup_get(&arena, &t, "bare"), "4/5");
        assert_string_equal(markup_get(&arena, &t, "empty"), "");
        assert_null(markup_get(&arena, &t, "ref"));
        arena_deinit(&arena);
}

static void test_references(void **state)
{
        static const char *const rows[][2] = {
                { "a &amp;&lt;&#65;&#x41;&nbsp;", "a &<AA\xC2\xA0" }, { "&rsquo;&#146;&hellip;", "\xE2\x80\x99\xE2\x80\x99\xE2\x80\xA6" },
                { "AT&T & co; &unknown; &;", "AT&T & co; &unknown; &;" }, { "&copy 1 &lt=", "\xC2\xA9 1 &lt=" },
                { "&#0;&#xD800;&#99999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" }, { "&#", "&#" }, { "&#x;", "&#x;" },
        };
        struct arena arena = ARENA_NULL;
        size_t n;

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                assert_string_equal(markup_decode(&arena, rows[i][0], strlen(rows[i][0]), &n), rows[i][1]);
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_broken),
                                            cmocka_unit_test(test_attributes), cmocka_unit_test(test_references) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
