/* OpenMetrics text: names, types, units, labels, the end; a status that lacks everything does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "metrics/figures.h"

static void has(const struct buf *text, const char *lines)
{
        if (strstr(text->data, lines) == NULL)
                fail_msg("not in the text: %s", lines);
}

static void test_text(void **state _unused_)
{
        json_t *status = json_loads("{\"version\":\"0.1\",\"uptime_us\":1500000,\"rss_bytes\":4096,\"followers\":2,"
                                    "\"totals\":{\"stories\":7},\"workers\":{\"jobs\":9,\"job_us\":20},"
                                    "\"outputs\":[{\"name\":\"o\",\"sent\":5,\"trouble\":\"it hangs\"}]}", 0, NULL);
        struct figures figures = { 0 };
        struct buf text = BUF_NULL;

        assert_int_equal(
                figures_add_source(&figures, &(struct figures_source){ .name = "a", .accepted = 3, .bytes = 12 }), 0);
        assert_int_equal(figures_add_source(&figures,
                                            &(struct figures_source){ .name = "b\"\\\n", .accepted = 4, .trouble = 1 }),
                         0);

        assert_non_null(status);
        assert_int_equal(figures_print(&text, status, &figures), 0);
        has(&text, "# TYPE dateline_build info\n");
        has(&text, "dateline_build_info{version=\"0.1\"} 1\n");
        has(&text, "# TYPE dateline_uptime_seconds gauge\n# UNIT dateline_uptime_seconds seconds\n");
        has(&text, "\ndateline_uptime_seconds 1.500000\n");
        has(&text, "\ndateline_job_mean_seconds 0.000020\n");
        has(&text, "\ndateline_stories 7\n");
        has(&text,
            "# TYPE dateline_jobs counter\n# HELP dateline_jobs Jobs that workers have done.\ndateline_jobs_total 9\n");
        has(&text, "dateline_source_accepted_total{source=\"a\"} "
                   "3\ndateline_source_accepted_total{source=\"b\\\"\\\\\\n\"} 4\n");
        has(&text, "dateline_source_trouble{source=\"a\"} 0\ndateline_source_trouble{source=\"b\\\"\\\\\\n\"} 1\n");
        has(&text,
            "# UNIT dateline_source_bytes bytes\n# HELP dateline_source_bytes Bytes of accepted deliveries.\n"
            "dateline_source_bytes_total{source=\"a\"} 12\ndateline_source_bytes_total{source=\"b\\\"\\\\\\n\"} 0\n");
        has(&text, "\ndateline_output_sent_total{output=\"o\"} 5\n");
        has(&text, "\ndateline_output_trouble{output=\"o\"} 1\n");
        has(&text, "\ndateline_followers 2\n");
        assert_string_equal(text.data + text.n - 6, "# EOF\n");
        json_decref(status);
        figures_deinit(&figures);
        buf_deinit(&text);
}

static void test_nothing(void **state _unused_)
{
        json_t *status = json_object();
        struct buf text = BUF_NULL, small = BUF_BOUNDED(100);
        struct figures figures = { 0 };

        assert_int_equal(figures_print(&text, status, &figures), 0);
        has(&text, "\ndateline_events 0\n");
        assert_int_equal(figures_print(&small, status, &figures), BUF_E_FULL);
        json_decref(status);
        buf_deinit(&text);
        buf_deinit(&small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
