/* Framing, cut at every byte, and beyond its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "watch/framing.h"

static const struct config_watch connection = { .framing = CONFIG_FRAMING_CONNECTION, .max_size = 20 };
static const struct config_watch separated = {
        .framing = CONFIG_FRAMING_SEPARATOR, .max_size = 20, .separator = "\0--", .n_separator = 3,
};
static const struct config_watch wire = { .framing = CONFIG_FRAMING_WIRE, .max_size = 20 };
static const struct config_watch lengths = { .framing = CONFIG_FRAMING_LENGTH, .max_size = 20 };

/* What comes out, one word a result: "'text'", "large:30", "empty", ... */
static void drain(struct framing *framing, struct buf *out)
{
        struct framing_message message;

        for (;;) {
                int r = framing_next(framing, &message);

                if (r == FRAMING_E_MORE)
                        break;
                if (r == 0)
                        assert_int_equal(buf_printf(out, "'%.*s' ", (int)message.n, message.bytes), 0);
                else if (r == FRAMING_E_TOO_LARGE)
                        assert_int_equal(buf_printf(out, "large:%llu ", (unsigned long long)message.n), 0);
                else if (r == FRAMING_E_EMPTY)
                        assert_int_equal(buf_append_string(out, "empty "), 0);
                else if (r == FRAMING_E_TRUNCATED)
                        assert_int_equal(buf_printf(out, "truncated:%llu ", (unsigned long long)message.n), 0);
                else if (r == FRAMING_E_BAD)
                        assert_int_equal(buf_append_string(out, "bad"), 0);
                else
                        assert_int_equal(buf_append_string(out, "end"), 0);
                if (r == FRAMING_E_BAD || r == FRAMING_E_END)
                        break;
        }
        framing_compact(framing);
}

/* The input in pieces of `piece` bytes, then the end. Stops where the stream cannot be read on. */
static void check(const struct config_watch *row, const char *input, size_t n, size_t piece, const char *expected)
{
        struct framing framing;
        struct buf out = BUF_NULL;

        framing_init(&framing, row);
        assert_int_equal(buf_append_string(&out, ""), 0);
        for (size_t at = 0; at < n && strstr(out.data, "bad") == NULL; at += piece) {
                size_t k = n - at < piece ? n - at : piece;

                assert_int_equal(framing_push(&framing, input + at, k), 0);
                drain(&framing, &out);
        }
        if (strstr(out.data, "bad") == NULL) {
                framing_end(&framing);
                drain(&framing, &out);
        }
        assert_string_equal(out.data, expected);
        framing_deinit(&framing);
        framing_deinit(&framing);
        buf_deinit(&out);
}

#define CHECK(row, input, expected)                                                             \
        do {                                                                                    \
                for (size_t piece_ = 1; piece_ <= sizeof(input); piece_++)                      \
                        check(&(row), (input), sizeof(input) - 1, piece_, (expected));          \
        } while (0)

static void test_connection(void **state)
{
        (void)state;
        CHECK(connection, "all of it", "'all of it' end");
        CHECK(connection, "", "end");
        CHECK(connection, " \r\n", "empty end");
        CHECK(connection, "exactly twenty bytes", "'exactly twenty bytes' end");
}

static void test_connection_too_large(void **state)
{
        struct framing framing;
        struct framing_message message;

        (void)state;
        framing_init(&framing, &connection);
        assert_int_equal(framing_push(&framing, "more than twenty bytes", 22), 0);
        assert_int_equal(framing_next(&framing, &message), FRAMING_E_TOO_LARGE);
        assert_int_equal(message.n, 0);
        framing_deinit(&framing);
}

static void test_separator(void **state)
{
        (void)state;
        CHECK(separated, "one\0--two\0--", "'one' 'two' end");
        CHECK(separated, "one\0--two", "'one' 'two' end");
        CHECK(separated, "\0--\0-- \0--one\0--\n", "'one' end");
        CHECK(separated, "a\0-\0--b-\0--", "'a' 'b-' end");
        CHECK(separated, "1234567890123456789012345\0--ok\0--", "large:25 'ok' end");
        CHECK(separated, "12345678901234567890\0--ok", "'12345678901234567890' 'ok' end");
        CHECK(separated, "ok\0--123456789012345678901", "'ok' large:21 end");
        CHECK(separated, "                               \0--ok", "large:31 'ok' end");
        CHECK(separated, "", "end");
}

static void test_wire(void **state)
{
        (void)state;
        CHECK(wire, "\1one\4\1two\4", "'\1one\4' '\1two\4' end");
        CHECK(wire, "noise\x7f\1one\4 and\r\n more \x16\x16\1two\4\x7f", "'\1one\4' '\1two\4' end");
        CHECK(wire, "\1lost\1two\4", "'\1lost' '\1two\4' end");
        CHECK(wire, "the end of one\4\1two", "'\1two' end");
        CHECK(wire, "\1\4\1\1\1ok\4", "'\1ok\4' end");
        CHECK(wire, "\1" "123456789012345678901234\4\1ok\4", "large:26 '\1ok\4' end");
        CHECK(wire, "\1" "123456789012345678901234\1ok\4", "large:25 '\1ok\4' end");
        CHECK(wire, "nothing but noise, and a lot of it", "end");
        CHECK(wire, "", "end");
}

static void test_length(void **state)
{
        (void)state;
        CHECK(lengths, "3\none3\ntwo", "'one' 'two' end");
        CHECK(lengths, "3\r\none\r\n3\ntwo\n\n", "'one' 'two' end");
        CHECK(lengths, "003\none", "'one' end");
        CHECK(lengths, "0\n2\nok", "empty 'ok' end");
        CHECK(lengths, "25\n12345678901234567890123452\nok", "large:25 'ok' end");
        CHECK(lengths, "5\nabc", "truncated:5 end");
        CHECK(lengths, "30\nabc", "large:30 end");
        CHECK(lengths, "3\nonex", "'one' bad");
        CHECK(lengths, "-3\none", "bad");
        CHECK(lengths, " 3\none", "bad");
        CHECK(lengths, "3x\none", "bad");
        CHECK(lengths, "99999999999999999999999\n", "bad");
        CHECK(lengths, "9223372036854775807\nx", "large:9223372036854775807 end");
        CHECK(lengths, "00000000000000000000000000000000000003", "bad");
        CHECK(lengths, "12", "bad");
        CHECK(lengths, "", "end");
}

/* However much is sent, what is held stays within the bound and one push. */
static void test_bounded(void **state)
{
        struct framing framing;
        struct framing_message message;
        char block[1000];

        (void)state;
        memset(block, 'x', sizeof(block));
        framing_init(&framing, &separated);
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(framing_push(&framing, block, sizeof(block)), 0);
                assert_int_equal(framing_next(&framing, &message), FRAMING_E_MORE);
                framing_compact(&framing);
                assert_true(framing_held(&framing) < 30);
        }
        assert_int_equal(framing_push(&framing, "\0--", 3), 0);
        assert_int_equal(framing_next(&framing, &message), FRAMING_E_TOO_LARGE);
        assert_int_equal(message.n, 1000000);
        framing_compact(&framing);
        assert_null(framing.in.data);   /* an idle one holds nothing */
        framing_deinit(&framing);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_connection),
                cmocka_unit_test(test_connection_too_large),
                cmocka_unit_test(test_separator),
                cmocka_unit_test(test_wire), cmocka_unit_test(test_length),
                cmocka_unit_test(test_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
