/* The frames between daemon and worker: whole, in parts, and broken in every byte of the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/frame.h"

static void test_round_trip(void **state)
{
        struct buf b = BUF_NULL;
        struct frame frame;
        size_t size;

        (void)state;
        assert_int_equal(frame_append(&b, FRAME_JOB, "{\"a\":1}", 7, "bytes\0!", 7), 0);
        assert_int_equal(frame_append(&b, FRAME_READY, NULL, 0, NULL, 0), 0);
        assert_int_equal(b.n, 2 * FRAME_HEADER + 14);

        assert_int_equal(frame_parse(b.data, b.n, 1000, &frame, &size), 0);
        assert_int_equal(frame.type, FRAME_JOB);
        assert_int_equal(frame.n_head, 7);
        assert_memory_equal(frame.head, "{\"a\":1}", 7);
        assert_int_equal(frame.n_body, 7);
        assert_memory_equal(frame.body, "bytes\0!", 7);
        assert_int_equal(size, FRAME_HEADER + 14);

        buf_consume(&b, size);
        assert_int_equal(frame_parse(b.data, b.n, 1000, &frame, &size), 0);
        assert_int_equal(frame.type, FRAME_READY);
        assert_int_equal(frame.n_head, 0);
        assert_int_equal(frame.n_body, 0);
        assert_int_equal(size, FRAME_HEADER);
        buf_deinit(&b);
}

/* However it is cut, it is not whole until its last byte; the size is known from the header on. */
static void test_parts(void **state)
{
        struct buf b = BUF_NULL;
        struct frame frame;
        size_t size;

        (void)state;
        assert_int_equal(frame_append(&b, FRAME_RESULT, "head", 4, "body!", 5), 0);
        for (size_t n = 0; n < b.n; n++) {
                assert_int_equal(frame_parse(b.data, n, 1000, &frame, &size), FRAME_E_MORE);
                assert_int_equal(size, n < FRAME_HEADER ? 0 : FRAME_HEADER + 9);
        }
        assert_int_equal(frame_parse(b.data, b.n, 1000, &frame, &size), 0);
        buf_deinit(&b);
}

static void test_every_type(void **state)
{
        (void)state;
        for (int type = -128; type < 128; type++) {
                char header[FRAME_HEADER];
                struct frame frame;
                size_t size;
                int r;

                frame_header(header, FRAME_SETUP, 0, 0);
                header[0] = (char)type;
                r = frame_parse(header, sizeof(header), 1000, &frame, &size);
                assert_int_equal(r, type >= FRAME_SETUP && type < FRAME_MAX_ ? 0 : FRAME_E_BAD);
        }
}

static void test_reserved_bytes(void **state)
{
        static const size_t reserved[] = { 1, 2, 3, 12, 13, 14, 15 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(reserved); i++) {
                char header[FRAME_HEADER];
                struct frame frame;
                size_t size;

                frame_header(header, FRAME_JOB, 0, 0);
                header[reserved[i]] = 1;
                assert_int_equal(frame_parse(header, sizeof(header), 1000, &frame, &size), FRAME_E_BAD);
        }
}

static void test_bounds(void **state)
{
        static const struct {
                size_t n_head, n_body, max;
                int r;
        } rows[] = {
                { 0, 0, 0, 0 },
                { 1, 0, 0, FRAME_E_BAD },
                { 40, 60, 100, FRAME_E_MORE },
                { 40, 61, 100, FRAME_E_BAD },
                { 41, 60, 100, FRAME_E_BAD },
                { FRAME_HEAD_MAX, 0, SIZE_MAX, FRAME_E_MORE },
                { FRAME_HEAD_MAX + 1, 0, SIZE_MAX, FRAME_E_BAD },
                { 0, FRAME_BODY_MAX, SIZE_MAX, FRAME_E_MORE },
                { 0, (size_t)FRAME_BODY_MAX + 1, SIZE_MAX, FRAME_E_BAD },
                { UINT32_MAX, UINT32_MAX, SIZE_MAX, FRAME_E_BAD },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                char header[FRAME_HEADER];
                struct frame frame;
                size_t size;

                frame_header(header, FRAME_JOB, rows[i].n_head, rows[i].n_body);
                assert_int_equal(frame_parse(header, sizeof(header), rows[i].max, &frame, &size), rows[i].r);
        }
}

static void test_header_bytes(void **state)
{
        static const unsigned char expected[FRAME_HEADER] = { FRAME_LOG, 0,    0,    0,    0x04, 0x03, 0x02, 0x01,
                                                              0xF8,      0xF7, 0xF6, 0x05, 0,    0,    0,    0 };
        char header[FRAME_HEADER];

        (void)state;
        frame_header(header, FRAME_LOG, 0x01020304, 0x05F6F7F8);
        assert_memory_equal(header, expected, FRAME_HEADER);
}

static void test_append_refuses(void **state)
{
        struct buf b = BUF_BOUNDED(FRAME_HEADER + 3);

        (void)state;
        assert_int_equal(frame_append(&b, FRAME_JOB, "ab", 2, "cd", 2), BUF_E_FULL);
        assert_int_equal(b.n, 0);
        assert_int_equal(frame_append(&b, FRAME_JOB, "a", (size_t)FRAME_HEAD_MAX + 1, NULL, 0), -EMSGSIZE);
        assert_int_equal(frame_append(&b, FRAME_JOB, NULL, 0, "a", (size_t)FRAME_BODY_MAX + 1), -EMSGSIZE);
        assert_int_equal(b.n, 0);
        assert_int_equal(frame_append(&b, FRAME_JOB, "ab", 2, "c", 1), 0);
        buf_deinit(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_parts),
                cmocka_unit_test(test_every_type),     cmocka_unit_test(test_reserved_bytes),
                cmocka_unit_test(test_bounds),         cmocka_unit_test(test_header_bytes),
                cmocka_unit_test(test_append_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
