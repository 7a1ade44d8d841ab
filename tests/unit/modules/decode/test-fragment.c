/* HTML inside of other formats to text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "modules/decode/fragment.h"

static void check(const char *html, const char *expected)
{
        struct arena arena = ARENA_NULL;
        size_t n;
        char *text = fragment_text(&arena, html, strlen(html), NULL, NULL, &n);

        if (expected == NULL) {
                assert_null(text);
        } else {
                assert_non_null(text);
                assert_string_equal(text, expected);
                assert_int_equal(n, strlen(expected));
        }
        arena_deinit(&arena);
}

static void test_text(void **state)
{
        (void)state;
        check("<p>One &amp;\n  <b>two</b></p><p>three</p>", "One & two\nthree");
        check("a<br/>b<br><br>c", "a\nb\nc");
        check("<ul><li>x<li>y</ul>", "x\ny");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
        check("a<script>x < y</script>b<style>p{}</style>", "a b");
        check("x<figure><img><figcaption>caption</figcaption></figure>y", "x y");
        check("soft\xC2\xADhyphen\xC2\xA0space\xE2\x80\x89thin\xE2\x80\x8B.", "softhyphen space thin.");
        check("<h:p>prefix</h:p><h:p>two</h:p>", "prefix\ntwo");
        check("  <p> </p> ", NULL);
        check("<figure>never closed, so it is text", "never closed, so it is text");
        check("caf\xC3\xA9 &#233;", "caf\xC3\xA9 \xC3\xA9");
}

static void test_links(void **state)
{
        static const char html[] = "<a href='/a'>1</a><a href=\"http://x/b?c&amp;d\">2</a><a href='#top'>3</a><a href='/a'>4</a>"
                                   "<a href='javascript:x()'>5</a><a name=x>6</a>";
        struct arena arena = ARENA_NULL;
        struct strings links = { 0 };
        size_t n;

        (void)state;
        fragment_text(&arena, html, strlen(html), "http://h/", &links, &n);
        assert_int_equal(links.n, 2);
        assert_string_equal(links.items[0], "http://h/a");
        assert_string_equal(links.items[1], "http://x/b?c&d");
        assert_null(links.items[2]);
        arena_deinit(&arena);
}

static void test_is_html(void **state)
{
        (void)state;
        assert_true(fragment_is_html("a<b>c", 5));
        assert_true(fragment_is_html("a &amp; b", 9));
        assert_true(fragment_is_html("x</p>", 5));
        assert_false(fragment_is_html("1 < 2 & 3", 9));
        assert_false(fragment_is_html("AT&T", 4));
        assert_false(fragment_is_html("", 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_text), cmocka_unit_test(test_links), cmocka_unit_test(test_is_html) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
