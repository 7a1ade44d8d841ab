/* Ends of sentences by rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "modules/read/sentence.h"

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
        return 0;
}

/* How many sentences the rules find. */
static size_t count(const char *text)
{
        size_t n, k, first = 0, sentences = 1;

        view_decode(&view, text, 0, strlen(text));
        token_rules(&view, NULL);
        n = token_collect(&view, spans);
        for (k = 0; k + 1 < n; k++)
                if (sentence_rules(&view, spans, n, first, k)) {
                        sentences++;
                        first = k + 1;
                }
        return sentences;
}

static void test_count(void **unused)
{
        (void)unused;
        assert_int_equal(count("He left. She stayed! Why? No."), 4);
        assert_int_equal(count("He left... and came back."), 1);
        assert_int_equal(count("Mr. Smith met J. Jones."), 1);
        assert_int_equal(count("\"Go!\" he said. \"Now.\" She went."), 3);
        assert_int_equal(count("(It rained.) We left."), 2);
        assert_int_equal(count("\xE2\x80\x9CGo.\xE2\x80\x9D Then he left."), 2);
        assert_int_equal(count("1. First of all"), 1);
        assert_int_equal(count("It fell 3.5 percent. 20 died."), 2);
        assert_int_equal(count("no end here"), 1);
}

/* A straight quote closes where no space stands before it. */
static void test_closer(void **unused)
{
        (void)unused;
        view_decode(&view, "\"a\"", 0, 3);
        token_rules(&view, NULL);
        assert_int_equal(token_collect(&view, spans), 3);
        assert_false(sentence_is_closer(&view, spans, 0));
        assert_true(sentence_is_closer(&view, spans, 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_count), cmocka_unit_test(test_closer) };

        return cmocka_run_group_tests(tests, setup, teardown);
}
