/* Dates against the story's day, 2023-10-20, a Friday. */
#include "fixture.h"

#include <string.h>

#include "base/clock.h"

/* The first date of a sentence that is these words, as "2023-10-19..2023-10-19". */
static const char *date_of(void **state, const char *words, const char *day)
{
        struct fixture *f = *state;
        char *copy = arena_strdup(&f->arena, words), *word;
        const char *conllu = "";
        struct coding *c;
        int y, m, d, y2, m2, d2, n = 0;

        while ((word = strsep(&copy, " ")) != NULL)
                conllu = arena_printf(&f->arena, "%s%s %s NOUN NN %d dep\n", conllu, word, word, n++);
        c = fixture_code(f, conllu, day);
        if (c->n_dates == 0)
                return "";
        clock_date(c->dates[0]->start, &y, &m, &d);
        clock_date(c->dates[0]->end, &y2, &m2, &d2);
        return arena_printf(&f->arena, "%04d-%02d-%02d..%04d-%02d-%02d", y, m, d, y2, m2, d2);
}

static void test_dates(void **state)
{
        static const struct {
                const char *words, *date;
        } rows[] = {
                { "it met yesterday", "2023-10-19..2023-10-19" },
                { "on Wednesday", "2023-10-18..2023-10-18" },
                { "on Friday", "2023-10-20..2023-10-20" },
                { "last month", "2023-09-01..2023-09-30" },
                { "last week", "2023-10-09..2023-10-15" },
                { "next year", "2024-01-01..2024-12-31" },
                { "last Friday", "2023-10-13..2023-10-13" },
                { "plans for 2024-25", "2024-01-01..2025-12-31" },
                { "on Oct. 7", "2023-10-07..2023-10-07" },
                { "7 October 2022", "2022-10-07..2022-10-07" },
                { "on December 31 ,", "2023-12-31..2023-12-31" },
                { "in December", "2023-12-01..2023-12-31" },
                { "on January 31", "2023-01-31..2023-01-31" },
                { "in 1991", "1991-01-01..1991-12-31" },
                { "three days ago", "2023-10-17..2023-10-17" },
                { "two weeks earlier", "2023-10-03..2023-10-09" },
                { "after two days of fighting", "2023-10-18..2023-10-20" },
                { "in the past two weeks", "2023-10-06..2023-10-20" },
                { "in the 1990s", "1990-01-01..1999-12-31" },
                { "two days of talks", "" },
                { "plans for 2024\xE2\x80\x93" "25", "2024-01-01..2025-12-31" },
                { "you may go", "" },
                { "1914 men", "" },
                { "Sept 31", "" },
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                assert_string_equal(date_of(state, rows[i].words, "2023-10-20"), rows[i].date);
}

/* Without a day nothing relative is known; what says its year is. */
static void test_no_day(void **state)
{
        assert_string_equal(date_of(state, "it met yesterday", NULL), "");
        assert_string_equal(date_of(state, "on Wednesday", NULL), "");
        assert_string_equal(date_of(state, "on 7 October 2022", NULL), "2022-10-07..2022-10-07");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_dates), cmocka_unit_test(test_no_day) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
