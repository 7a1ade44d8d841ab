/* Requests: good, bad, long, in pieces; forms and links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "http/request.h"

static int parse(const char *text, struct request *request)
{
        return request_parse(text, strlen(text), request);
}

static void test_good(void **state _unused_)
{
        char text[REQUEST_PATH_MAX + 100];
        struct request request;

        assert_int_equal(parse("GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\nAccept: */*\r\n\r\n", &request), 0);
        assert_string_equal(request.path, "/metrics");
        assert_false(request.head);
        assert_int_equal(parse("HEAD / HTTP/1.0\n\n", &request), 0);
        assert_string_equal(request.path, "/");
        assert_true(request.head);
        assert_int_equal(parse("GET /metrics?name[]=a&x=? HTTP/1.1\r\n\r\nbehind it", &request), 0);
        assert_string_equal(request.path, "/metrics");
        assert_string_equal(request.query, "name[]=a&x=?");
        assert_int_equal(request.n_body, -1);
        memset(text, 'x', sizeof(text));
        memcpy(text, "GET /", 5);
        strcpy(text + 5 + REQUEST_PATH_MAX, " HTTP/1.1\r\n\r\n");
        assert_int_equal(parse(text, &request), 0);
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
        assert_int_equal(parse("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", &request), REQUEST_E_METHOD);
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

static void test_body(void **state _unused_)
{
        static const char *const bad[] = { "", "x", "-1", "1 1", "+1", "0x10", "1111111111111111" };
        static const char text[] = "POST /a/b HTTP/1.1\r\ncontent-length:  5 \r\nContent-Type: text/xml\r\n"
                                   "X-Hub-Signature: sha256=00\r\n\r\n12345";
        struct request request;
        char line[128];

        assert_int_equal(parse(text, &request), 0);
        assert_true(request.post);
        assert_int_equal(request.n_body, 5);
        assert_string_equal(text + request.n_head, "12345");
        assert_string_equal(request.type, "text/xml");
        assert_string_equal(request.signature, "sha256=00");
        assert_int_equal(parse("POST / HTTP/1.1\r\n\r\n", &request), REQUEST_E_LENGTH);
        assert_int_equal(parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", &request), REQUEST_E_LENGTH);
        assert_int_equal(parse("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", &request), REQUEST_E_BAD);
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                snprintf(line, sizeof(line), "POST / HTTP/1.1\r\nContent-Length: %s\r\n\r\n", bad[i]);
                assert_int_equal(parse(line, &request), REQUEST_E_BAD);
        }
}

static void test_field(void **state _unused_)
{
        static const char query[] = "hub.mode=subscribe&hub.topic=http%3A%2F%2Fa.example%2F%3Fx%3D1&empty=&sp=a+b%20c&bad=%4&nul=a%00b";
        char out[32];

        assert_true(request_field(query, "hub.topic", out, sizeof(out)));
        assert_string_equal(out, "http://a.example/?x=1");
        assert_true(request_field(query, "empty", out, sizeof(out)));
        assert_string_equal(out, "");
        assert_true(request_field(query, "sp", out, sizeof(out)));
        assert_string_equal(out, "a b c");
        assert_false(request_field(query, "bad", out, sizeof(out)));
        assert_false(request_field(query, "nul", out, sizeof(out)));
        assert_false(request_field(query, "mode", out, sizeof(out)));
        assert_false(request_field(query, "hub.mode", out, 9));
        assert_true(request_field(query, "hub.mode", out, 10));
        assert_false(request_field("", "hub.mode", out, sizeof(out)));
        assert_false(request_field("&&hub.mode&", "hub.mode", out, sizeof(out)));
}

static void test_link(void **state _unused_)
{
        static const char links[] = "<https://a.example/x,y>; rel=\"next\"; title=\"a, b\", <https://hub.example/>;rel=\"nofollow hub\" , "
                                    "<https://a.example/feed>; title=self; rel = self";
        char out[64];

        assert_true(request_link(links, "hub", out, sizeof(out)));
        assert_string_equal(out, "https://hub.example/");
        assert_true(request_link(links, "self", out, sizeof(out)));
        assert_string_equal(out, "https://a.example/feed");
        assert_true(request_link(links, "next", out, sizeof(out)));
        assert_string_equal(out, "https://a.example/x,y");
        assert_false(request_link(links, "follow", out, sizeof(out)));
        assert_false(request_link(links, "hub", out, 10));
        assert_false(request_link("<x", "hub", out, sizeof(out)));
        assert_false(request_link("<x>; rel=\"hu", "hub", out, sizeof(out)));
        assert_false(request_link("<>; rel=hub", "hub", out, sizeof(out)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_long),
                cmocka_unit_test(test_body),
                cmocka_unit_test(test_field),
                cmocka_unit_test(test_link),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
