/* Requests of scrapes: good, bad, long, in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "metrics/request.h"

static int parse(const char *text, struct request *request)
{
        return request_parse(text, strlen(text), request);
}

static void test_good(void **state _unused_)
{
        struct request request;

        assert_int_equal(parse("GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\nAccept: */*\r\n\r\n", &request), 0);
        assert_string_equal(request.path, "/metrics");
        assert_false(request.head);
        assert_int_equal(parse("HEAD / HTTP/1.0\n\n", &request), 0);
        assert_string_equal(request.path, "/");
        assert_true(request.head);
        assert_int_equal(parse("GET /metrics?name[]=a&x=? HTTP/1.1\r\n\r\nbehind it", &request), 0);
        assert_string_equal(request.path, "/metrics");
        assert_int_equal(parse("GET /0123456789012345678901234567890123456789012345678901234567890123 HTTP/1.1\r\n\r\n", &request), 0);
        assert_string_equal(request.path, "");
}

static void test_pieces(void **state _unused_)
{
        static const char text[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        struct request request;

        for (size_t n = 0; n < strlen(text); n++)
                assert_int_equal(request_parse(text, n, &request), REQUEST_E_MORE);
        assert_int_equal(request_parse(text, strlen(text), &request), 0);
}

static void test_bad(void **state _unused_)
{
        static const char *const bad[] = {
                "\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET /metrics HTTP/2.0\r\n\r\n", "GET metrics HTTP/1.1\r\n\r\n",
                "GET  /metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/1.1 \r\n\r\n", "G@T / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: empty\r\n\r\n", "GET / HTTP/1.1\r\n folded: x\r\n\r\n",
                "GET /\x01 HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n", "\x16\x03\x01\n\n",
        };
        struct request request;

        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                if (parse(bad[i], &request) != REQUEST_E_BAD)
                        fail_msg("number %zu was taken", i);
        assert_int_equal(request_parse("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 26, &request), REQUEST_E_BAD);
        assert_int_equal(parse("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", &request), REQUEST_E_METHOD);
        assert_int_equal(parse("get / HTTP/1.1\r\n\r\n", &request), REQUEST_E_METHOD);
}

static void test_long(void **state _unused_)
{
        char text[REQUEST_BYTES_MAX + 100];
        struct request request;

        memset(text, 'x', sizeof(text));
        assert_int_equal(request_parse(text, REQUEST_BYTES_MAX - 1, &request), REQUEST_E_MORE);
        assert_int_equal(request_parse(text, REQUEST_BYTES_MAX, &request), REQUEST_E_LONG);
        memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
        assert_int_equal(request_parse(text, sizeof(text), &request), REQUEST_E_LONG);
        memcpy(text + sizeof(text) - 4, "\r\n\r\n", 4);
        assert_int_equal(request_parse(text, sizeof(text), &request), REQUEST_E_LONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
