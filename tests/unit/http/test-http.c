/* Addresses and headers by table; requests to a small server in this loop, over the real libcurl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "http/http.h"

/* ---- tables ---- */

static void test_charset(void **state _unused_)
{
        static const struct {
                const char *type, *charset;
        } rows[] = {
                { NULL, "" },
                { "text/xml", "" },
                { "text/xml; charset=utf-8", "utf-8" },
                { "text/xml;Charset=\"ISO-8859-1\"; x", "ISO-8859-1" },
                { "text/xml; charset=", "" },
                { "text/xml; charset=a'b", "a" },
                { "text/xml; charset=aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", "" },
        };
        char charset[HTTP_CHARSET_MAX];

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                http_charset(rows[i].type, charset);
                assert_string_equal(charset, rows[i].charset);
        }
}

/* ---- requests ---- */

struct fixture {
        uv_loop_t loop;
        uv_tcp_t listener;
        /* A request may end in the timers with which a turn of the loop begins; the turn would then wait for an event, and
         * none comes any more: without this the tests hang in get(), sooner or later. */
        uv_timer_t wake;
        int port;
        const char *answer;     /* NULL: none */
        char seen[4096];        /* the last request */
        unsigned n_requests;
        struct http *http;
        struct http_request request;
        bool done, closed;
};

static void on_gone(uv_handle_t *handle)
{
        free(handle);
}

static void on_written(uv_write_t *write, int status _unused_)
{
        uv_close((uv_handle_t *)write->handle, on_gone);
        free(write);
}

static void on_alloc(uv_handle_t *handle, size_t suggested _unused_, uv_buf_t *buffer)
{
        struct fixture *f = handle->loop->data;

        *buffer = uv_buf_init(f->seen, sizeof(f->seen) - 1);
}

static void on_read(uv_stream_t *peer, ssize_t n, const uv_buf_t *buffer _unused_)
{
        struct fixture *f = peer->loop->data;

        if (n < 0) {
                uv_close((uv_handle_t *)peer, on_gone);
                return;
        }
        f->seen[n] = '\0';
        f->n_requests++;
        if (f->answer != NULL) {
                uv_write_t *write = calloc(1, sizeof(*write));
                uv_buf_t out = uv_buf_init((char *)f->answer, (unsigned)strlen(f->answer));

                uv_read_stop(peer);
                uv_write(write, peer, &out, 1, on_written);
        }
}

static void on_connection(uv_stream_t *listener, int status _unused_)
{
        uv_tcp_t *peer = calloc(1, sizeof(*peer));

        uv_tcp_init(listener->loop, peer);
        assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
        uv_read_start((uv_stream_t *)peer, on_alloc, on_read);
}

static void on_done(struct http_request *request)
{
        container_of(request, struct fixture, request)->done = true;
}

static void on_wake(uv_timer_t *timer _unused_)
{
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int n = sizeof(address);

        *state = f;
        uv_loop_init(&f->loop);
        f->loop.data = f;
        uv_tcp_init(&f->loop, &f->listener);
        uv_timer_init(&f->loop, &f->wake);
        uv_timer_start(&f->wake, on_wake, 10, 10);
        uv_tcp_bind(&f->listener, (struct sockaddr *)&address, 0);
        uv_listen((uv_stream_t *)&f->listener, 16, on_connection);
        uv_tcp_getsockname(&f->listener, (struct sockaddr *)&address, &n);
        f->port = ntohs(address.sin_port);
        assert_int_equal(http_new(&f->http, &f->loop), 0);
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        http_answer_deinit(&f->request.answer);
        http_close(f->http, on_closed, f);
        uv_close((uv_handle_t *)&f->listener, NULL);
        uv_close((uv_handle_t *)&f->wake, NULL);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        free(f);
        return 0;
}

static void wait_done(struct fixture *f)
{
        int64_t end = clock_monotonic_us() + 120 * CLOCK_SECOND;

        while (!f->done) {
                uv_run(&f->loop, UV_RUN_ONCE);
                if (!f->done && clock_monotonic_us() > end)
                        fail_msg("the request has not ended within 120 s, and its timeout is %lld us", (long long)f->request.timeout);
        }
}

static struct http_answer *get(struct fixture *f, const char *answer, struct http_request request)
{
        char url[64];

        snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", f->port);
        http_answer_deinit(&f->request.answer);
        f->answer = answer;
        f->done = false;
        f->request = request;
        f->request.url = url;
        f->request.timeout = request.timeout != 0 ? request.timeout : 10 * CLOCK_SECOND;
        f->request.max_size = 1000;
        f->request.done = on_done;
        assert_int_equal(http_start(f->http, &f->request), 0);
        assert_false(f->done);
        wait_done(f);
        return &f->request.answer;
}

#define OPEN (struct http_request){ .allow_private = true }

static void test_answer(void **state)
{
        struct http_answer *a = get(*state, "HTTP/1.1 200 OK\r\nETag: W/\"x y\" \r\nLast-Modified: some day\r\nRetry-After: 7\r\n"
                                            "Cache-Control: max-age=5\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\ntext",
                                    OPEN);

        assert_int_equal(a->error, HTTP_OK);
        assert_int_equal(a->status, 200);
        assert_string_equal(a->etag, "W/\"x y\"");
        assert_string_equal(a->modified, "some day");
        assert_string_equal(a->cache_control, "max-age=5");
        assert_string_equal(a->content_type, "text/xml");
        assert_int_equal(a->retry_after, 7 * CLOCK_SECOND);
        assert_int_equal(a->body.n, 4);
        assert_null(a->moved);
}

static void test_request(void **state)
{
        static const char *const headers[] = { "X-Key: 1" };
        struct fixture *f = *state;

        get(f, "HTTP/1.1 304 Not Modified\r\n\r\n",
            (struct http_request){ .allow_private = true, .etag = "e", .modified = "m", .headers = headers, .n_headers = 1,
                                   .user_agent = "me", .credentials = "user:pass word" });
        assert_int_equal(f->request.answer.status, 304);
        assert_non_null(strstr(f->seen, "\r\nIf-None-Match: e\r\n"));
        assert_non_null(strstr(f->seen, "\r\nIf-Modified-Since: m\r\n"));
        assert_non_null(strstr(f->seen, "\r\nX-Key: 1\r\n"));
        assert_non_null(strstr(f->seen, "\r\nUser-Agent: me\r\n"));
        assert_non_null(strstr(f->seen, "\r\nAuthorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n"));
        assert_non_null(strstr(f->seen, "\r\nAccept-Encoding: "));
        get(f, "HTTP/1.1 204 No\r\n\r\n", (struct http_request){ .allow_private = true, .body = "{}", .n_body = 2,
                                                                    .credentials = "Bearer abc" });
        assert_int_equal(strncmp(f->seen, "POST /feed ", 11), 0);
        assert_non_null(strstr(f->seen, "\r\nAuthorization: Bearer abc\r\n"));
        assert_string_equal(f->seen + strlen(f->seen) - 2, "{}");
}

static void test_refused(void **state)
{
        struct fixture *f = *state;
        struct http_answer *a = get(f, "HTTP/1.1 200 OK\r\n\r\n", (struct http_request){ 0 });

        assert_int_equal(a->error, HTTP_E_ADDRESS);
        assert_int_equal(f->n_requests, 0);
        /* A connection that was kept for a request that is allowed more serves no other. */
        a = get(f, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", OPEN);
        assert_int_equal(a->error, HTTP_OK);
        a = get(f, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", (struct http_request){ 0 });
        assert_int_equal(a->error, HTTP_E_ADDRESS);
        assert_int_equal(f->n_requests, 1);
}

static void test_errors(void **state)
{
        struct fixture *f = *state;
        char large[2000];

        assert_int_equal(get(f, NULL, (struct http_request){ .allow_private = true, .timeout = 200000 })->error, HTTP_E_TIME);
        snprintf(large, sizeof(large), "HTTP/1.1 200 OK\r\n\r\n%*s", 1500, "x");
        assert_int_equal(get(f, large, OPEN)->error, HTTP_E_LARGE);
        assert_int_equal(get(f, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", OPEN)->error, HTTP_E_OTHER);
        assert_int_equal(get(f, "HTTP/1.1 301 M\r\nLocation: /again\r\n\r\n", OPEN)->error, HTTP_E_REDIRECT);
        assert_int_equal(get(f, "HTTP/1.1 302 M\r\nLocation: gopher://a/\r\n\r\n", OPEN)->error, HTTP_E_REDIRECT);
        assert_int_equal(get(f, "HTTP/1.1 302 M\r\nLocation: http://u:p@127.0.0.1/\r\n\r\n", OPEN)->error, HTTP_E_REDIRECT);
        assert_int_equal(get(f, "HTTP/1.1 302 M\r\n\r\n", OPEN)->status, 302);
}

/* A connection that fails at once. */
static void test_unreachable(void **state)
{
        struct fixture *f = *state;

        f->request = (struct http_request){ .url = "http://255.255.255.255/", .allow_private = true, .timeout = CLOCK_SECOND,
                                            .max_size = 10, .done = on_done };
        assert_int_equal(http_start(f->http, &f->request), 0);
        wait_done(f);
        assert_int_not_equal(f->request.answer.error, HTTP_OK);
}

static void test_cancel(void **state)
{
        struct fixture *f = *state;
        char url[64];

        snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", f->port);
        f->request = (struct http_request){ .url = url, .allow_private = true, .timeout = CLOCK_SECOND * 10, .max_size = 10,
                                            .done = on_done };
        assert_int_equal(http_start(f->http, &f->request), 0);
        for (int i = 0; i < 20 && f->n_requests == 0; i++)
                uv_run(&f->loop, UV_RUN_ONCE);
        http_cancel(&f->request);
        assert_true(f->done);
        assert_int_equal(f->request.answer.error, HTTP_E_CANCELED);
        f->done = false;
        http_cancel(&f->request);
        assert_false(f->done);
}

/* libcurl is being opened: whoever is called off by then hears of it at once, the other goes on. */
static void test_waiting(void **state)
{
        struct fixture *f = *state, other = { .done = false };
        char url[64];

        snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", f->port);
        f->answer = "HTTP/1.1 204 No\r\n\r\n";
        f->request = other.request = (struct http_request){ .url = url, .allow_private = true, .timeout = CLOCK_SECOND * 10,
                                                            .max_size = 10, .done = on_done };
        assert_int_equal(http_start(f->http, &f->request), 0);
        assert_int_equal(http_start(f->http, &other.request), 0);
        http_cancel(&f->request);
        assert_true(f->done);
        assert_int_equal(f->request.answer.error, HTTP_E_CANCELED);
        while (!other.done)
                uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(other.request.answer.status, 204);
        assert_int_equal(f->n_requests, 1);
        http_answer_deinit(&other.request.answer);
}

/* ... and all may be over before it is open. */
static void test_close_while_opening(void **state)
{
        struct fixture *f = *state;

        f->request = (struct http_request){ .url = "http://127.0.0.1/", .allow_private = true, .timeout = CLOCK_SECOND, .max_size = 10,
                                            .done = on_done };
        assert_int_equal(http_start(f->http, &f->request), 0);
        http_cancel(&f->request);
        assert_true(f->done);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_charset),
                cmocka_unit_test_setup_teardown(test_answer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_request, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_unreachable, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_waiting, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_close_while_opening, set_up, tear_down),
        };

        alarm(300);             /* tear_down() waits until all is closed */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
