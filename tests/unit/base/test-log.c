/* The log on standard error: its lines, levels, bounds and rate limits. The journal's side needs a journal; the test
 * that boots systemd looks at that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Standard error goes to a file while `log` is in use. */
struct capture {
        struct log *log;
        int saved, fd;
        char text[200000];
};

static void start(struct capture *c, int level, bool plain)
{
        char path[] = "test-log-XXXXXX";

        fflush(stderr);
        c->fd = mkstemp(path);
        assert_true(c->fd >= 0);
        unlink(path);
        c->saved = dup(STDERR_FILENO);
        assert_true(dup2(c->fd, STDERR_FILENO) >= 0);
        assert_int_equal(log_new(&c->log, level, plain), 0);
}

/* What was written since the last call. */
static const char *written(struct capture *c)
{
        ssize_t n = pread(c->fd, c->text, sizeof(c->text) - 1, 0);

        assert_true(n >= 0);
        c->text[n] = '\0';
        assert_int_equal(ftruncate(c->fd, 0), 0);
        lseek(c->fd, 0, SEEK_SET);
        return c->text;
}

static void stop(struct capture *c)
{
        log_freep(&c->log);
        assert_null(c->log);
        dup2(c->saved, STDERR_FILENO);
        close(c->saved);
        close(c->fd);
}

static void assert_line(struct capture *c, const char *rest)
{
        _cleanup_free_ char *line = NULL;

        assert_true(asprintf(&line, "%s: %s\n", program_invocation_short_name, rest) > 0);
        assert_string_equal(written(c), line);
}

static void test_lines(void **state)
{
        static struct capture c;

        (void)state;
        start(&c, LOG_INFO, true);
        log_info(c.log, "hello %d", 42);
        assert_line(&c, "hello 42");
        log_warning(c.log, "mind");
        assert_line(&c, "warning: mind");
        log_error(c.log, "broken");
        assert_line(&c, "error: broken");
        log_message(c.log, LOG_INFO, LOG_SOURCE_OK, &(struct log_about){ .source = "inbox" }, "again");
        assert_line(&c, "source inbox: again");
        log_message(c.log, LOG_ERR, LOG_QUARANTINED, &(struct log_about){ .source = "inbox", .story = "42.1" }, "bad");
        assert_line(&c, "error: source inbox: story 42.1: bad");
        log_message(c.log, LOG_INFO, LOG_GENERAL, &(struct log_about){ .story = "42.1", .delivery = 42 }, "done");
        assert_line(&c, "story 42.1: done");
        stop(&c);
}

static void test_levels(void **state)
{
        static struct capture c;

        (void)state;
        start(&c, LOG_WARNING, true);
        assert_int_equal(log_get_level(c.log), LOG_WARNING);
        log_info(c.log, "not this");
        log_debug(c.log, "nor this");
        assert_string_equal(written(&c), "");
        log_set_level(c.log, LOG_DEBUG);
        log_debug(c.log, "but this");
        assert_line(&c, "but this");
        stop(&c);
        log_error(NULL, "to nobody");
}

static void test_level_names(void **state)
{
        (void)state;
        for (int i = 0; i <= 7; i++)
                assert_int_equal(log_level_from_name(log_level_name(i)), i);
        assert_int_equal(log_level_from_name("info"), LOG_INFO);
        assert_int_equal(log_level_from_name("loud"), -1);
        assert_int_equal(log_level_from_name(""), -1);
        assert_string_equal(log_level_name(8), "?");
        assert_string_equal(log_level_name(-1), "?");
}

/* A long message is cut, but it stays one line. */
static void test_long_message(void **state)
{
        static struct capture c;
        _cleanup_free_ char *x = malloc(20001), *source = malloc(2001);
        const char *text;

        (void)state;
        assert_true(x != NULL && source != NULL);
        memset(x, 'x', 20000);
        x[20000] = '\0';
        memset(source, 's', 2000);
        source[2000] = '\0';
        start(&c, LOG_INFO, true);
        log_warning(c.log, "%s", x);
        text = written(&c);
        assert_true(strlen(text) > 4000 && strlen(text) < 6000);
        assert_int_equal(text[strlen(text) - 1], '\n');
        log_message(c.log, LOG_WARNING, LOG_GENERAL, &(struct log_about){ .source = source, .story = source }, "%s", x);
        text = written(&c);
        assert_true(strlen(text) > 4000 && strlen(text) < 6000);
        assert_int_equal(text[strlen(text) - 1], '\n');
        stop(&c);
}

static unsigned count_lines(const char *text)
{
        unsigned n = 0;

        for (; *text != '\0'; text++)
                n += *text == '\n';
        return n;
}

/* What is held back is of one kind: others go on. The test is done again where it ran over the end of a minute. */
static void test_rate(void **state)
{
        static struct capture c;
        unsigned allowed = log_kinds[LOG_SOURCE_TROUBLE].per_minute, lines = 0, general = 0;
        int64_t minute;

        (void)state;
        assert_int_not_equal(allowed, 0);
        do {
                minute = clock_monotonic_us() / (60 * CLOCK_SECOND);
                start(&c, LOG_INFO, true);
                for (unsigned i = 0; i < allowed + 50; i++)
                        log_message(c.log, LOG_WARNING, LOG_SOURCE_TROUBLE, NULL, "trouble");
                lines = count_lines(written(&c));
                for (unsigned i = 0; i < allowed + 50; i++)
                        log_info(c.log, "general");
                general = count_lines(written(&c));
                stop(&c);
        } while (clock_monotonic_us() / (60 * CLOCK_SECOND) != minute);
        assert_int_equal(lines, allowed);
        assert_int_equal(general, allowed + 50);
}

/* Dropped by level, a message does not count for the rate. */
static void test_rate_and_level(void **state)
{
        static struct capture c;
        unsigned allowed = log_kinds[LOG_SOURCE_TROUBLE].per_minute;

        (void)state;
        start(&c, LOG_ERR, true);
        for (unsigned i = 0; i < 2 * allowed; i++)
                log_message(c.log, LOG_INFO, LOG_SOURCE_TROUBLE, NULL, "unheard");
        log_message(c.log, LOG_ERR, LOG_SOURCE_TROUBLE, NULL, "heard");
        assert_line(&c, "error: heard");
        stop(&c);
}

/* The kinds are documented by these in the journal's catalog: each is whole and no two are the same. */
static void test_kinds(void **state)
{
        (void)state;
        for (int i = 0; i < LOG_KIND_MAX_; i++) {
                const struct log_kind_row *row = &log_kinds[i];

                assert_non_null(row->name);
                assert_int_equal(row->id == NULL, i == LOG_GENERAL);
                for (int j = 0; j < i; j++) {
                        assert_string_not_equal(row->name, log_kinds[j].name);
                        if (log_kinds[j].id != NULL)
                                assert_string_not_equal(row->id, log_kinds[j].id);
                }
                if (row->id == NULL)
                        continue;
                assert_int_equal(strlen(row->id), 32);
                for (const char *p = row->id; *p != '\0'; p++)
                        assert_true(isdigit((unsigned char)*p) || (*p >= 'a' && *p <= 'f'));
        }
}

/* JOURNAL_STREAM of another file, or none that makes sense: lines go to standard error. */
static void test_other_stream(void **state)
{
        static const char *const streams[] = { "", "x", "1:2", "99:" };
        static struct capture c;

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(streams); i++) {
                setenv("JOURNAL_STREAM", streams[i], 1);
                start(&c, LOG_INFO, false);
                log_info(c.log, "plain");
                assert_line(&c, "plain");
                stop(&c);
        }
        unsetenv("JOURNAL_STREAM");
}

/* ... and where it is the very file, `plain` still wins. */
static void test_plain_wins(void **state)
{
        static struct capture c;
        char stream[64];
        struct stat st;

        (void)state;
        start(&c, LOG_INFO, true);
        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
        setenv("JOURNAL_STREAM", stream, 1);
        log_freep(&c.log);
        assert_int_equal(log_new(&c.log, LOG_INFO, true), 0);
        log_info(c.log, "plain");
        assert_line(&c, "plain");
        unsetenv("JOURNAL_STREAM");
        stop(&c);
}

/* A worker's line, a file's name: nothing in it begins another line or steers a terminal. */
static void test_control_characters(void **state)
{
        struct capture c;

        (void)state;
        start(&c, LOG_NOTICE, true);
        log_message(c.log, LOG_NOTICE, LOG_GENERAL, NULL, "it said '%s'", "a\nb\tc\x1b[31md\x7f \xc3\xa9");
        assert_string_equal(written(&c), "test-log: it said 'a b c?[31md? \xc3\xa9'\n");
        /* CSI and NEL as one character of two bytes; a no-break space is none of these. */
        log_message(c.log, LOG_NOTICE, LOG_GENERAL, NULL, "it said '%s'", "a\xc2\x9b" "31m\xc2\x85\xc2\xa0\xc2");
        assert_string_equal(written(&c), "test-log: it said 'a??31m??\xc2\xa0\xc2'\n");
        stop(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),          cmocka_unit_test(test_levels),
                cmocka_unit_test(test_level_names),    cmocka_unit_test(test_long_message),
                cmocka_unit_test(test_rate),           cmocka_unit_test(test_rate_and_level),
                cmocka_unit_test(test_kinds),          cmocka_unit_test(test_other_stream),
                cmocka_unit_test(test_plain_wins),     cmocka_unit_test(test_control_characters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
