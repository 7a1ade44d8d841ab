/* "Did you mean": near words are found, far ones are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/nearest.h"

static const char *const words[] = { "status", "events", "event", "story", "search", "pause", "on" };

static void near(void **state _unused_)
{
        static const char *const pairs[][2] = {
                { "statsu", "status" }, { "stauts", "status" }, { "status", "status" }, { "event", "event" },
                { "evnets", "events" }, { "storry", "story" }, { "serch", "search" }, { "puase", "pause" },
        };

        for (size_t i = 0; i < N_ELEMENTS(pairs); i++)
                assert_string_equal(nearest_word(pairs[i][0], words, N_ELEMENTS(words)), pairs[i][1]);
}

static void far(void **state _unused_)
{
        static const char *const wrong[] = { "", "x", "of", "reload", "statistics", "q" };
        char longer[200];

        for (size_t i = 0; i < N_ELEMENTS(wrong); i++)
                assert_null(nearest_word(wrong[i], words, N_ELEMENTS(words)));
        memset(longer, 'a', sizeof(longer));
        longer[sizeof(longer) - 1] = '\0';
        assert_null(nearest_word(longer, words, N_ELEMENTS(words)));
        assert_null(nearest_word("status", words, 0));
}

int main(void)
{
        static const struct CMUnitTest tests[] = { cmocka_unit_test(near), cmocka_unit_test(far) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
