/* Text for a terminal: nothing foreign steers it; widths, spans, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ctl/text.h"

static void cleaned(const char *s, size_t n, enum text_flags flags, const char *wanted)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        text_append(&out, s, n, flags);
        assert_string_equal(out.data != NULL ? out.data : "", wanted);
}

static void control_characters(void **state _unused_)
{
        cleaned("plain", 5, 0, "plain");
        cleaned("\x1b[31mred\x1b[0m", 12, 0, "\\x1b[31mred\\x1b[0m");
        cleaned("a\0b\x07\x7f", 5, 0, "a\\x00b\\x07\\x7f");
        cleaned("\xc2\x9b" "31m", 5, 0, "\\x9b31m");            /* CSI as one C1 character */
        cleaned("\xc2\xa0x", 3, 0, "\xc2\xa0x");                /* a no-break space is harmless */
        cleaned("a\tb\nc\r\nd\re", 10, 0, "a b c d\\x0de");
        cleaned("a\tb\nc\r\nd\re", 10, TEXT_LINES, "a b\nc\nd\\x0de");
        cleaned("\xe2\x80\xae" "evil", 7, 0, "\\u{202E}evil");  /* right-to-left override */
        cleaned("\xe2\x80\xa8", 3, TEXT_LINES, "\\u{2028}");
        cleaned("\xef\xbb\xbf", 3, 0, "\\u{FEFF}");
        cleaned("\xff\xc0\x80", 3, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
        cleaned("\xd0\x9a\xd0\xb8\xd0\xb5\xd0\xb2", 8, 0, "\xd0\x9a\xd0\xb8\xd0\xb5\xd0\xb2");
}

/* No byte sequence leaves a byte behind that a terminal acts upon. */
static void every_pair_of_bytes(void **state _unused_)
{
        for (int a = 0; a < 256; a++) {
                for (int b = 0; b < 256; b++) {
                        char pair[2] = { (char)a, (char)b };
                        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

                        text_append(&out, pair, 2, 0);
                        for (size_t i = 0; i < out.n; i++) {
                                unsigned char c = (unsigned char)out.data[i];

                                assert_true(c >= 0x20 && c != 0x7F);
                                assert_false(c == 0xC2 && (unsigned char)out.data[i + 1] < 0xA0);
                        }
                }
        }
}

static void widths(void **state _unused_)
{
        static const char mixed[] = "a\xe4\xb8\xad" "e\xcc\x81z";       /* a, a wide character, e with an accent, z */
        size_t used;

        assert_int_equal(text_width("abc", 3), 3);
        assert_int_equal(text_width(mixed, strlen(mixed)), 5);
        assert_int_equal(text_fit(mixed, strlen(mixed), 2, &used), 1);
        assert_int_equal(used, 1);
        assert_int_equal(text_fit(mixed, strlen(mixed), 3, &used), 4);
        assert_int_equal(text_fit(mixed, strlen(mixed), 4, &used), 7);  /* the accent goes with its letter */
        assert_int_equal(used, 4);
        assert_int_equal(text_fit(mixed, strlen(mixed), 0, &used), 0);
}

static void wrapped(const char *text, size_t width, size_t indent, const char *wanted)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        text_wrap(&out, text, strlen(text), width, indent);
        assert_string_equal(out.data != NULL ? out.data : "", wanted);
}

#define TEN "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad" \
            "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad"

static void wrapping(void **state _unused_)
{
        wrapped("", 40, 0, "");
        wrapped("one two three four five six", 21, 0, "one two three four\nfive six\n");
        wrapped("one two three four five six", 24, 2, "  one two three four\n  five six\n");
        wrapped("first\n\nsecond", 40, 3, "   first\n\n   second\n");
        wrapped("aaaaaaaaaabbbbbbbbbbccccccccccdd e", 20, 0, "aaaaaaaaaabbbbbbbbbb\nccccccccccdd e\n");
        wrapped(TEN "\xe4\xb8\xad", 21, 0, TEN "\n\xe4\xb8\xad\n");
}

static void said(void (*say)(struct buf *out, int64_t value), int64_t value, const char *wanted)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        say(&out, value);
        assert_string_equal(out.data, wanted);
}

static void numbers_and_spans(void **state _unused_)
{
        said(text_number, 0, "0");
        said(text_number, 999, "999");
        said(text_number, 1000, "1,000");
        said(text_number, 1234567, "1,234,567");
        said(text_number, -1234, "-1,234");
        said(text_number, -123, "-123");
        said(text_number, INT64_MIN, "-9,223,372,036,854,775,808");
        said(text_span, -5, "0 us");
        said(text_span, 850, "850 us");
        said(text_span, 4100, "4.1 ms");
        said(text_span, 850000, "850 ms");
        said(text_span, 2500000, "2.5 s");
        said(text_span, 2000000, "2 s");
        said(text_span, 119 * CLOCK_SECOND, "119 s");
        said(text_span, 59 * 60 * CLOCK_SECOND, "59 min");
        said(text_span, 3 * 3600 * CLOCK_SECOND + 720 * CLOCK_SECOND, "3 h 12 min");
        said(text_span, 49 * 3600 * CLOCK_SECOND, "2 d 1 h");
        said(text_size, 1023, "1023 B");
        said(text_size, 1536, "1.5 KB");
        said(text_size, INT64_C(350) << 20, "350 MB");
        said(text_size, INT64_MAX, "8192 PB");
}

static void times(void **state _unused_)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        int64_t now;

        setenv("TZ", "UTC", 1);
        assert_int_equal(clock_parse("2026-11-24T08:07:46Z", &now), 0);
        text_time(&out, now - 3600 * CLOCK_SECOND, now);
        text_time(&out, now - INT64_C(400) * 86400 * CLOCK_SECOND, now);
        assert_string_equal(out.data, "11-24 07:07:462025-10-20 08:07");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(control_characters), cmocka_unit_test(every_pair_of_bytes), cmocka_unit_test(widths),
                cmocka_unit_test(wrapping), cmocka_unit_test(numbers_and_spans), cmocka_unit_test(times),
        };

        setenv("LC_ALL", "C", 1);
        text_set_locale();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
