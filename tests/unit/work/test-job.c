/* What a job is made of: its head, and what the log says of it where its worker is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "store/deliveries.h"
#include "work/crew.h"
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

static void expect(const struct waiting *w, const struct crew_step *step, bool first, const char *wanted)
{
        size_t n;
        _cleanup_free_ char *head = job_head(w, step, first, &n);

        assert_string_equal(head, wanted);
        assert_int_equal(n, strlen(wanted));
}

static void test_head(void **state)
{
        char made[] = "{\"kind\":\"story\"}";
        const struct waiting w = { .delivery = 42, .number = 3, .head = made, .n_head = strlen(made) };
        const struct crew_step step = { .segment = 1, .whole = true };

        (void)state;
        expect(&w, NULL, true, "{\"segment\":0,\"whole\":false,\"kind\":\"story\"}");
        expect(&w, &step, true, "{\"segment\":1,\"whole\":true,\"kind\":\"story\"}");
        expect(&w, &step, false, "{\"kind\":\"document\",\"id\":\"42.3\",\"segment\":1,\"whole\":true}");
}

static void test_name(void **state)
{
        char source[] = "inbox", name[] = "a.xml", id[48];
        struct waiting w = { .is_story = true, .delivery = 42, .number = 3, .source = source, .name = name };
        struct work_job job = { 0 };

        (void)state;
        job_name(&job, &w, id, sizeof(id));
        assert_string_equal(job.about.story, "42.3");
        assert_string_equal(job.about.source, "inbox");
        assert_string_equal(job.name, "a.xml");
        w.is_story = false;
        job_name(&job, &w, id, sizeof(id));
        assert_null(job.about.story);
        assert_int_equal(job.about.delivery, 42);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_place), cmocka_unit_test(test_head),
                                            cmocka_unit_test(test_name) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
