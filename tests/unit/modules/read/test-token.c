/* Ends of tokens by rules, and the bounds of tokens and views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/read/token.h"
#include "modules/read/view.h"

static struct view view;
static struct token_span spans[VIEW_MAX];

static int setup(void **unused)
{
        (void)unused;
        return view_init(&view);
}

static int teardown(void **unused)
{
        (void)unused;
        view_deinit(&view);
        view_deinit(&view);
        return 0;
}

static void check(const char *text, const char *expected)
{
        char seen[1024] = "";
        size_t n, i;

        view_decode(&view, text, 0, strlen(text));
        token_rules(&view, NULL);
        n = token_collect(&view, spans);
        for (i = 0; i < n; i++) {
                uint32_t begin = view.offset[spans[i].first], end = view.offset[spans[i].last];

                snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%.*s", i > 0 ? " " : "",
                         (int)(end - begin), text + begin);
        }
        assert_string_equal(seen, expected);
}

static void test_words(void **unused)
{
        (void)unused;
        check("well-known don't end.", "well - known don't end .");
        check("Mr. J. Smith, U.S. and Gen. Li.", "Mr. J. Smith , U.S. and Gen . Li .");
        check("(he said) [no]", "( he said ) [ no ]");
        check("\xE2\x80\x9CYes,\xE2\x80\x9D \xE2\x80\x98no\xE2\x80\x99",
              "\xE2\x80\x9C Yes , \xE2\x80\x9D \xE2\x80\x98 no \xE2\x80\x99");
        check("and/or AT&T #tag @user x_y", "and / or AT&T #tag @user x_y");
        check("wait... what?! -- no", "wait ... what ? ! -- no");
}

static void test_numbers(void **unused)
{
        (void)unused;
        check("1,000.50 12:30 $5 10% 3-4 -7 +1 .5", "1,000.50 12:30 $ 5 10 % 3 - 4 -7 +1 .5");
        check("\xE2\x82\xAC" "20m, '90s", "\xE2\x82\xAC 20m , '90s");
}

static void test_addresses(void **unused)
{
        (void)unused;
        check("see http://a.b/c?d=e, (www.x.org) or a.b-c@d.org.",
              "see http://a.b/c?d=e , ( www.x.org ) or a.b-c@d.org .");
}

static void test_abbreviations(void **unused)
{
        static const struct {
                const char *text;
                bool is;
        } cases[] = { { "J", true },    { "U.S", true }, { "Mr", true },  { "Mrs", true },
                      { "Gen", false }, { "mr", false }, { "e.g", true }, { "12", false } };
        size_t i;

        (void)unused;
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                view_decode(&view, cases[i].text, 0, strlen(cases[i].text));
                assert_int_equal(token_is_abbreviation(&view, 0, view.n, NULL), cases[i].is);
        }
}

static void test_known(void **unused)
{
        const uint32_t hash = token_abbreviation_hash("Gen", 3);
        const struct token_abbreviations known = { &hash, 1 };

        (void)unused;
        view_decode(&view, "Gen. gen.", 0, 9);
        token_rules(&view, &known);
        assert_int_equal(token_collect(&view, spans), 3);
        assert_int_equal(spans[0].last, 4);
}

static void test_bounds(void **unused)
{
        static char giant[VIEW_MAX + 100];
        size_t n, i;

        (void)unused;
        memset(giant, 'x', sizeof(giant));
        view_decode(&view, giant, 0, sizeof(giant));
        assert_int_equal(view.n, VIEW_MAX);
        token_rules(&view, NULL);
        n = token_collect(&view, spans);
        assert_int_equal(n, (VIEW_MAX + TOKEN_MAX - 1) / TOKEN_MAX);
        for (i = 0; i < n; i++)
                assert_true(spans[i].last - spans[i].first <= TOKEN_MAX);
        view_decode(&view, "", 0, 0);
        token_rules(&view, NULL);
        assert_int_equal(token_collect(&view, spans), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words), cmocka_unit_test(test_numbers), cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_abbreviations), cmocka_unit_test(test_known), cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
