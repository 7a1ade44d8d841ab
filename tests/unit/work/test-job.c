/* What the log says of a job whose worker was lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "work/job.h"

static void test_place(void **state)
{
        static const struct {
                struct work_job job;
                const char *place;
        } rows[] = {
                { { .about = { .story = "42.1", .delivery = 42 }, .name = "a.xml" }, " at it ('a.xml')" },
                { { .about = { .story = "42.1", .delivery = 42 } }, " at it" },
                { { .about = { .delivery = 42 }, .name = "a.xml" }, " at delivery 42 ('a.xml')" },
                { { .name = "https://news.example/rss" }, "" },
        };
        char place[64], small[12];

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                job_place(&rows[i].job, place, sizeof(place));
                assert_string_equal(place, rows[i].place);
        }
        job_place(NULL, place, sizeof(place));
        assert_string_equal(place, "");
        job_place(&rows[2].job, small, sizeof(small));
        assert_string_equal(small, " at deliver");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_place) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
