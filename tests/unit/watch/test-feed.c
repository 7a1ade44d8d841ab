/* The feed watcher over requests that are answered by the test (http.h is played here), a store in memory, and quick polls. */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/http.h"
#include "watch/feed.h"

enum { EVERY_US = 20000 };

struct fixture {
        struct harness h;
        struct feeds *feeds;
        struct http_request *request;   /* under way */
        char url[256], etag[64], modified[64];  /* of the last request; "": none */
        unsigned n_requests;
        bool closed;
};

/* ---- http.h ---- */

struct http {
        struct fixture *fixture;
        bool fails;
};

static void keep(char *out, size_t size, const char *text)
{
        snprintf(out, size, "%s", text != NULL ? text : "");
}

int http_start(struct http *http, struct http_request *r)
{
        struct fixture *f = http->fixture;

        assert_null(f->request);
        r->answer = (struct http_answer){ 0 };
        if (http->fails) {
                snprintf(r->answer.why, sizeof(r->answer.why), "no memory");
                return -ENOMEM;
        }
        f->request = r;
        f->n_requests++;
        r->http = http;
        keep(f->url, sizeof(f->url), r->url);
        keep(f->etag, sizeof(f->etag), r->etag);
        keep(f->modified, sizeof(f->modified), r->modified);
        return 0;
}

void http_cancel(struct http_request *r)
{
        struct fixture *f = r->http->fixture;

        assert_ptr_equal(f->request, r);
        f->request = NULL;
        r->answer.error = HTTP_E_CANCELED;
        r->done(r);
}

void http_answer_deinit(struct http_answer *a)
{
        buf_deinit(&a->body);
        free(STEAL(a->url));
        free(STEAL(a->moved));
        free(STEAL(a->etag));
        free(STEAL(a->modified));
        free(STEAL(a->cache_control));
        free(STEAL(a->content_type));
}

void http_charset(const char *type, char out[HTTP_CHARSET_MAX])
{
        (void)type;
        out[0] = '\0';
}

/* ---- the fixture ---- */

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        struct http *http = calloc(1, sizeof(*http));

        assert_true(f != NULL && http != NULL);
        *state = f;
        http->fixture = f;
        harness_init(&f->h);
        assert_int_equal(feeds_new(&f->feeds, &f->h.loop, NULL, NULL, &f->h.store, http), 0);
        f->h.host.feeds = f->feeds;
        return 0;
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;
        struct http *http = f->feeds->http;

        f->h.store.stuck = false;
        harness_stop_watch(&f->h);
        assert_null(f->request);
        feeds_close(f->feeds, on_closed, f);
        for (int i = 0; !f->closed && i < 1000; i++)
                uv_run(&f->h.loop, UV_RUN_ONCE);
        assert_true(f->closed);
        harness_deinit(&f->h);
        free(http);
        free(f);
        return 0;
}

/* Polls come quickly: the configuration would not allow it. */
static void watch(struct fixture *f, const char *more)
{
        char yaml[512];
        struct config_watch *row;

        snprintf(yaml, sizeof(yaml), "feed: http://news.example/feed\nevery: 1s\nevery_max: 1s\nhost_delay: 1ms\n%s", more);
        harness_watch(&f->h, yaml);
        row = (struct config_watch *)(uintptr_t)f->h.watcher->row;
        row->every = row->every_max = EVERY_US;
}

static bool is_asked(struct harness *h)
{
        return container_of(h, struct fixture, h)->request != NULL;
}

static void wait_poll(struct fixture *f)
{
        assert_true(harness_wait(&f->h, is_asked, WAIT_MS));
}

static struct http_answer *begin_answer(struct fixture *f, int status, const char *body)
{
        struct http_answer *a;

        wait_poll(f);
        a = &f->request->answer;
        a->status = status;
        a->url = strdup(f->url);
        a->body = BUF_NULL;
        if (body != NULL)
                assert_int_equal(buf_append_string(&a->body, body), 0);
        a->wire_size = (int64_t)a->body.n;
        return a;
}

static void end_answer(struct fixture *f)
{
        struct http_request *r = STEAL(f->request);

        r->done(r);
}

static void answer(struct fixture *f, int status, const char *etag, const char *body)
{
        struct http_answer *a = begin_answer(f, status, body);

        a->etag = etag != NULL ? strdup(etag) : NULL;
        end_answer(f);
}

static struct watcher_polls polls(struct fixture *f)
{
        struct watcher_polls p;

        f->h.watcher->kind->polls(f->h.watcher, &p);
        return p;
}

static void ended(struct fixture *f, int64_t id, int64_t stories, const char *reason)
{
        feeds_ended(f->feeds, id, stories, &(struct feeds_hints){ 0 }, &(struct feeds_links){ 0 }, reason);
}

static void expect_trouble(struct fixture *f, const char *words)
{
        if (words == NULL)
                assert_null(f->h.watcher->trouble);
        else if (f->h.watcher->trouble == NULL || strstr(f->h.watcher->trouble, words) == NULL)
                fail_msg("trouble is '%s', and not '%s'", f->h.watcher->trouble, words);
}

/* A document that is taken and decoded. */
static void bring(struct fixture *f, const char *etag, const char *body, int64_t stories)
{
        size_t n = f->h.store.n_kept;

        answer(f, 200, etag, body);
        assert_true(harness_wait_kept(&f->h, n + 1));
        harness_run(&f->h, 5);          /* its ticket is back */
        ended(f, (int64_t)n + 1, stories, NULL);
}

/* ---- the tests ---- */

static void test_validators(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        wait_poll(f);
        assert_string_equal(f->url, "http://news.example/feed");
        assert_string_equal(f->etag, "");
        answer(f, 200, "\"one\"", "first");
        assert_true(harness_wait_kept(&f->h, 1));
        /* While it is being decoded there is no poll. */
        harness_run(&f->h, 5 * EVERY_US / 1000);
        assert_int_equal(f->n_requests, 1);
        ended(f, 1, 3, NULL);
        wait_poll(f);
        assert_string_equal(f->etag, "\"one\"");
        assert_int_equal(polls(f).items, 3);
        assert_true(polls(f).change > 0);
        answer(f, 304, NULL, NULL);
        assert_int_equal(polls(f).saved, strlen("first"));
        wait_poll(f);
        assert_string_equal(f->etag, "\"one\"");
        /* What could not be read leaves them as they were, and is not taken again. */
        answer(f, 200, "\"two\"", "nonsense");
        assert_true(harness_wait_kept(&f->h, 2));
        harness_run(&f->h, 5);
        ended(f, 2, 0, "an HTML page");
        expect_trouble(f, "could not be read: an HTML page");
        assert_int_equal(polls(f).errors, 1);
        wait_poll(f);
        assert_string_equal(f->etag, "\"one\"");
        answer(f, 200, "\"two\"", "nonsense");
        assert_int_equal(polls(f).errors, 2);
        expect_trouble(f, "still what could not be read");
        bring(f, NULL, "second", 0);
        expect_trouble(f, NULL);
        assert_int_equal(f->h.store.n_kept, 3);
        wait_poll(f);
        assert_string_equal(f->etag, "");
}

static void test_same_document(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        bring(f, NULL, "the same", 1);
        answer(f, 200, NULL, "the same");
        answer(f, 200, NULL, "the same");
        answer(f, 200, NULL, "");
        expect_trouble(f, "nothing else");
        wait_poll(f);
        assert_int_equal(f->h.store.n_kept, 1);
        assert_int_equal(polls(f).errors, 1);
}

/* Whose leave it needs for a poll. */
static const char *host_of(const struct fixture *f)
{
        return container_of(f->h.watcher, struct feed, watcher)->turn.host->origin;
}

static void test_moved(void **state)
{
        struct fixture *f = *state;
        struct http_answer *a;

        watch(f, "");
        a = begin_answer(f, 200, "first");
        a->etag = strdup("\"one\"");
        a->moved = strdup("http://moved.example/new");
        end_answer(f);
        assert_true(harness_wait_kept(&f->h, 1));
        harness_run(&f->h, 5);
        ended(f, 1, 1, NULL);
        wait_poll(f);
        assert_string_equal(f->url, "http://moved.example/new");
        assert_string_equal(f->etag, "\"one\"");
        assert_string_equal(f->h.store.feed.moved, "http://moved.example/new");
        assert_string_equal(host_of(f), "http://moved.example:80");
        /* It led nowhere: the first address again, without the other one's validators. */
        answer(f, 404, NULL, NULL);
        expect_trouble(f, "status 404");
        wait_poll(f);
        assert_string_equal(f->url, "http://news.example/feed");
        assert_string_equal(f->etag, "");
        assert_null(f->h.store.feed.moved);
        assert_string_equal(host_of(f), "http://news.example:80");
        assert_true(f->h.store.n_forgotten > 0);
}

/* A permanent redirect to what is no feed: a portal's page, and, later, whoever has the name now. */
static void test_moved_to_nonsense(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        begin_answer(f, 200, "a page")->moved = strdup("http://portal.example/");
        end_answer(f);
        assert_true(harness_wait_kept(&f->h, 1));
        harness_run(&f->h, 5);
        ended(f, 1, 0, "an HTML page");
        wait_poll(f);
        assert_string_equal(f->url, "http://news.example/feed");
        begin_answer(f, 200, "first")->moved = strdup("http://moved.example/new");
        end_answer(f);
        assert_true(harness_wait_kept(&f->h, 2));
        harness_run(&f->h, 5);
        ended(f, 2, 1, NULL);
        wait_poll(f);
        assert_string_equal(f->url, "http://moved.example/new");
        assert_string_equal(host_of(f), "http://moved.example:80");
        answer(f, 200, NULL, "for sale");
        assert_true(harness_wait_kept(&f->h, 3));
        harness_run(&f->h, 5);
        ended(f, 3, 0, "an HTML page");
        wait_poll(f);
        assert_string_equal(f->url, "http://news.example/feed");
        assert_string_equal(host_of(f), "http://news.example:80");
}

static void test_gone(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        answer(f, 410, NULL, NULL);
        expect_trouble(f, "gone for good");
        assert_int_equal(polls(f).next, 0);
        harness_run(&f->h, 5 * EVERY_US / 1000);
        assert_int_equal(f->n_requests, 1);
        /* After a restart too, until a person wants it. */
        harness_stop_watch(&f->h);
        watch(f, "");
        harness_run(&f->h, 5 * EVERY_US / 1000);
        expect_trouble(f, "gone for good");
        assert_int_equal(f->n_requests, 1);
        watcher_set_paused(f->h.watcher, true);
        watcher_set_paused(f->h.watcher, false);
        bring(f, NULL, "back", 1);
        expect_trouble(f, NULL);
}

static void test_refused(void **state)
{
        struct fixture *f = *state;
        struct http_answer *a;

        watch(f, "");
        answer(f, 304, NULL, NULL);     /* to a request without validators */
        expect_trouble(f, "status 304");
        answer(f, 401, NULL, NULL);
        expect_trouble(f, "wants credentials");
        a = begin_answer(f, 0, NULL);
        a->error = HTTP_E_TIME;
        snprintf(a->why, sizeof(a->why), "too slow");
        end_answer(f);
        expect_trouble(f, "could not be fetched: too slow");
        assert_int_equal(polls(f).errors, 3);
        a = begin_answer(f, 503, NULL);
        a->retry_after = 3600 * CLOCK_SECOND;
        end_answer(f);
        expect_trouble(f, "left alone until");
        assert_true(polls(f).next >= clock_wall_us() + 3500 * CLOCK_SECOND);
        harness_run(&f->h, 20);
        assert_int_equal(f->h.store.feed.errors, 4);
}

static void test_fresh(void **state)
{
        struct fixture *f = *state;
        struct http_answer *a;

        watch(f, "");
        ((struct config_watch *)(uintptr_t)f->h.watcher->row)->every_max = 600 * CLOCK_SECOND;
        bring(f, "\"one\"", "first", 0);
        a = begin_answer(f, 304, NULL);
        a->cache_control = strdup("max-age=300");
        end_answer(f);
        assert_in_range(polls(f).next - clock_wall_us(), 260 * CLOCK_SECOND, 340 * CLOCK_SECOND);
}

static void test_hold(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        wait_poll(f);
        watcher_set_held(f->h.watcher, true);
        answer(f, 200, "\"one\"", "first");
        harness_run(&f->h, 5 * EVERY_US / 1000);
        assert_int_equal(f->h.store.n_kept, 0);
        assert_int_equal(f->n_requests, 1);
        watcher_set_held(f->h.watcher, false);
        assert_true(harness_wait_kept(&f->h, 1));
        harness_run(&f->h, 5);
        ended(f, 1, 1, NULL);
        wait_poll(f);
        assert_string_equal(f->etag, "\"one\"");
}

static void test_store_fails(void **state)
{
        struct fixture *f = *state;

        watch(f, "");
        wait_poll(f);
        f->h.store.fail_one = -EIO;
        answer(f, 200, "\"one\"", "first");
        assert_true(harness_wait_kept(&f->h, 1));       /* once intake is open again */
        harness_run(&f->h, 5);
        assert_int_equal(f->n_requests, 1);
        ended(f, 1, 1, NULL);
        wait_poll(f);
        assert_string_equal(f->etag, "\"one\"");
}

static void test_cannot_start(void **state)
{
        struct fixture *f = *state;

        f->feeds->http->fails = true;
        watch(f, "");
        harness_run(&f->h, 2 * EVERY_US / 1000);
        expect_trouble(f, "could not be fetched: no memory");
        f->feeds->http->fails = false;
        bring(f, NULL, "first", 1);
        expect_trouble(f, NULL);
}

/* Stopped at every point of its life: nothing is left (tear_down). */
static void test_stops(void **state)
{
        struct fixture *f = *state;

        watch(f, "");                                   /* its row is being read */
        harness_stop_watch(&f->h);
        watch(f, "");
        wait_poll(f);                                   /* a request is under way */
        harness_stop_watch(&f->h);
        watch(f, "");
        answer(f, 200, NULL, "first");                  /* intake has it */
        harness_stop_watch(&f->h);
        watch(f, "");
        wait_poll(f);
        watcher_set_held(f->h.watcher, true);
        answer(f, 200, NULL, "second");                 /* it is kept */
        harness_stop_watch(&f->h);
        watch(f, "");
        answer(f, 200, NULL, "third");
        assert_true(harness_wait_kept(&f->h, 2));
        harness_run(&f->h, 5);                          /* it is being decoded */
        harness_stop_watch(&f->h);
        ended(f, 2, 1, NULL);                           /* and then nobody waits for it */
        watch(f, "credentials: /nowhere/at/all\n");     /* they are being read */
        harness_stop_watch(&f->h);
        watch(f, "credentials: /nowhere/at/all\n");
        assert_true(harness_wait(&f->h, harness_has_trouble, WAIT_MS));
        expect_trouble(f, "credentials cannot be read");
}

/* Its row is there, and its pages are being asked for. */
static void on_settled(struct watcher *watcher, void *user)
{
        struct harness *h = user;

        (void)watcher;
        h->n_settled++;
        h->store.stuck = true;
}

static bool is_settled(struct harness *h)
{
        return h->n_settled > 0;
}

/* Links of pages that come while the feed is being stopped: nothing is left (valgrind, AddressSanitizer). */
static void test_stop_with_pages(void **state)
{
        struct fixture *f = *state;

        f->h.store.n_pages = 3;
        f->h.host.settled = on_settled;
        watch(f, "full_text: yes\n");
        assert_true(harness_wait(&f->h, is_settled, WAIT_MS));
        f->h.store.stuck = false;
        harness_stop_watch(&f->h);
        assert_int_equal(f->h.store.n_kept, 0);
}

static void on_stopped(struct watcher *watcher, void *user)
{
        struct fixture *f = user;

        watcher_free(watcher);
        f->h.watcher = NULL;
}

static bool is_stopped(struct harness *h)
{
        return h->watcher == NULL;
}

/* A page that intake has when the feed is stopped: it is stored as it came. */
static void test_stop_with_page_offered(void **state)
{
        struct fixture *f = *state;
        struct http_answer *a;

        f->h.store.n_pages = 1;
        f->h.store.feed.next = clock_wall_us() + 3600 * CLOCK_SECOND;   /* no poll meanwhile */
        f->h.store.feed_url = strdup("http://news.example/feed");
        watch(f, "full_text: yes\n");
        wait_poll(f);
        assert_string_equal(f->url, "http://pages.example/");
        a = begin_answer(f, 200, "<p>a page that is long enough to be seen when it is gone</p>");
        a->content_type = strdup("text/html");
        f->h.store.stuck = true;
        end_answer(f);
        watcher_stop(f->h.watcher, on_stopped, f);
        harness_run(&f->h, 5);
        assert_non_null(f->h.watcher);
        f->h.store.stuck = false;
        assert_true(harness_wait(&f->h, is_stopped, WAIT_MS));
        config_unrefp(&f->h.config);
        assert_int_equal(f->h.store.n_kept, 1);
        assert_string_equal(f->h.store.kept[0].bytes, "<p>a page that is long enough to be seen when it is gone</p>");
        assert_string_equal(f->h.store.kept[0].name, "http://pages.example/");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(test_validators), TEST(test_same_document), TEST(test_moved), TEST(test_moved_to_nonsense),      TEST(test_gone),  TEST(test_refused), TEST(test_fresh),
                TEST(test_hold),       TEST(test_store_fails),   TEST(test_cannot_start), TEST(test_stops),   TEST(test_stop_with_pages),
                TEST(test_stop_with_page_offered),
        };
#undef TEST

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
