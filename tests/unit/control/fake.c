/* See fake.h. */
#include "tests/unit/control/fake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "output/stream.h"
#include "store/deliveries.h"
#include "store/keep.h"
#include "store/kind.h"
#include "store/query.h"
#include "store/store.h"

/* --- store -------------------------------------------------------------------------------------------------------- */

struct fake_job {
        struct store *store;
        struct store_job *job;
        uv_work_t work;
        int r;
};

static void on_job(uv_work_t *work)
{
        struct fake_job *f = container_of(work, struct fake_job, work);

        f->r = f->job->run(f->job, NULL);
}

static void on_job_done(uv_work_t *work, int status _unused_)
{
        struct fake_job *f = container_of(work, struct fake_job, work);

        f->store->n_jobs++;
        f->job->done(f->job, f->r);
        free(f);
}

static void submit_job(struct store *store, struct store_job *job)
{
        struct fake_job *f;

        if (store->holds || store->inline_jobs) {
                list_append(&store->waiting, &job->link);
                return;
        }
        f = calloc(1, sizeof(*f));
        f->store = store;
        f->job = job;
        uv_queue_work(store->loop, &f->work, on_job, on_job_done);
}

void store_read(struct store *store, struct store_job *job)
{
        submit_job(store, job);
}

void store_write(struct store *store, struct store_job *job)
{
        submit_job(store, job);
}

void fake_store_release(struct fake *fake)
{
        struct list *link;

        fake->store.holds = false;
        while ((link = list_pop(&fake->store.waiting)) != NULL)
                submit_job(&fake->store, list_entry(link, struct store_job, link));
}

json_t *fake_event(int64_t seq)
{
        const char *code = seq % 2 == 1 ? "PRK" : "USA";

        return json_pack("{s:I, s:s, s:i, s:s, s:s, s:[{s:s}]}", "seq", (json_int_t)seq, "change", "new",
                         "revision", 1, "event", "CONSULT", "status", "happened",
                         "source", "code", code);
}

static struct fake *the_fake;   /* the queries get no handle on it: there is one at a time */

bool query_filter_matches(const struct query_filter *filter, json_t *event)
{
        json_t *source = json_array_get(json_object_get(event, "source"), 0);

        return filter->actor == NULL ||
               strncmp(filter->actor, json_string_value(json_object_get(source, "code")), strlen(filter->actor)) == 0;
}

int query_events(struct db *db _unused_, const struct query_filter *filter, bool newest, int64_t limit, struct buf *out,
                 struct query_answer *answer)
{
        struct query_reach *reach = &answer->reach;
        int64_t last = __atomic_load_n(&the_fake->stream.last, __ATOMIC_SEQ_CST);
        json_t *events = json_array();

        *reach = (struct query_reach){ .cut = false };
        /* A place that cannot be found quickly: three changes a question. */
        if (filter->place != NULL && filter->after + 3 < last)
                *reach = (struct query_reach){ .cut = true, .seq = newest ? last - 2 : filter->after + 3,
                                               .at = 1000000, .looked = 3 };
        for (int64_t seq = filter->after + 1; seq <= last; seq++) {
                json_t *event = fake_event(seq);

                if (filter->place != NULL && (reach->cut ? newest ? seq < reach->seq : seq > reach->seq : false)) {
                        json_decref(event);
                        continue;
                }

                if (query_filter_matches(filter, event))
                        json_array_append(events, event);
                json_decref(event);
                if (newest && (int64_t)json_array_size(events) > limit)
                        json_array_remove(events, 0);
                if (!newest && (int64_t)json_array_size(events) == limit)
                        break;
        }
        answer->n = (int64_t)json_array_size(events);
        answer->last = json_integer_value(json_object_get(json_array_get(events, json_array_size(events) - 1), "seq"));
        if (varlink_pack_json(out, events) != 0)
                abort();
        json_decref(events);
        return 0;
}

static int record(const char *id, const char *field, json_t **out)
{
        if (strcmp(id, "1") != 0)
                return QUERY_E_NONE;
        *out = json_pack("{s:s, s:s}", "id", id, "field", field);
        return 0;
}

int query_story(struct db *db _unused_, const char *id, json_t **out)
{
        return record(id, "story", out);
}

int query_mentions(struct db *db _unused_, int64_t event, int64_t skip, int64_t limit, json_t **out)
{
        if (event != 1)
                return QUERY_E_NONE;
        *out = json_pack("[{s:I, s:I}]", "skip", (json_int_t)skip, "limit", (json_int_t)limit);
        return 0;
}

int query_event(struct db *db _unused_, const char *id, json_t **out)
{
        return record(id, "event", out);
}

int query_search(struct db *db _unused_, const char *words, int64_t limit, json_t **out)
{
        if (strchr(words, '"') != NULL)
                return QUERY_E_WORDS;
        *out = json_pack("[{s:s, s:I}]", "headline", words, "limit", (json_int_t)limit);
        return 0;
}

int query_quarantine(struct db *db _unused_, int64_t limit, json_t **out)
{
        *out = json_pack("[{s:I}]", "limit", (json_int_t)limit);
        return 0;
}

int query_quarantined(struct db *db _unused_, const char *id, json_t **out)
{
        return record(id, "quarantined", out);
}

int deliveries_find(struct db *db _unused_, const char *source, const char *key, int64_t *id)
{
        *id = strcmp(source, "submit") == 0 && strcmp(key, "known") == 0 ? 42 : 0;
        return 0;
}

int keep_retry(struct db *db _unused_, const char *id, bool *is_story, int64_t *row)
{
        *is_story = false;
        *row = 1;
        return strcmp(id, "1") == 0 ? 0 : KEEP_E_NONE;
}

int keep_drop(struct db *db _unused_, const char *id)
{
        return strcmp(id, "1") == 0 ? 0 : strcmp(id, "full") == 0 ? -ENOSPC : KEEP_E_NONE;
}

/* --- stream ------------------------------------------------------------------------------------------------------- */

void stream_follow(struct stream *s, struct stream_follower *f, int64_t after)
{
        f->seq = after < 0 ? s->last : after;
        f->waits = false;
        f->fetch = NULL;
        list_append(&s->followers, &f->link);
}

void stream_committed(struct stream *s _unused_, int64_t seq _unused_)
{
}

void stream_unfollow(struct stream *s _unused_, struct stream_follower *f)
{
        list_unlink(&f->link);
}

json_t *stream_record(struct stream *s _unused_, struct stream_line *line)
{
        return line->record;
}

int stream_next(struct stream *s, struct stream_follower *f, struct stream_line **line)
{
        static char text[256];
        static struct stream_line next;

        f->waits = f->seq >= s->last || (s->fetches && f->fetch == NULL);
        if (f->seq >= s->last)
                return STREAM_E_NONE;
        if (f->waits) {
                f->fetch = (struct stream_fetch *)s;    /* the next time it is there */
                uv_idle_start(&s->waker, s->waker.idle_cb);
                return STREAM_E_FETCHING;
        }
        f->fetch = NULL;
        json_decref(next.record);
        next = (struct stream_line){ .seq = ++f->seq, .text = text, .kind = KIND_SET(KIND_NEW),
                                     .record = fake_event(f->seq) };
        next.n = json_dumpb(next.record, text, sizeof(text), JSON_COMPACT);
        *line = &next;
        s->n_taken++;
        return 0;
}

static void on_wake(uv_idle_t *idle)
{
        struct stream *s = container_of(idle, struct stream, waker);

        uv_idle_stop(idle);
        list_for_each(it, &s->followers) {
                struct stream_follower *f = list_entry(it, struct stream_follower, link);

                if (f->waits && f->seq < s->last) {
                        f->waits = false;
                        f->wake(f);
                }
        }
}

void fake_commit(struct fake *fake, int64_t last)
{
        __atomic_store_n(&fake->stream.last, last, __ATOMIC_SEQ_CST);
        uv_idle_start(&fake->stream.waker, fake->stream.waker.idle_cb);
}

/* --- host --------------------------------------------------------------------------------------------------------- */

static json_t *host_status(void *user _unused_)
{
        return json_pack("{s:s}", "version", "1");
}

/* Two of them, in two turns. */
static int host_sources(void *user _unused_, size_t *next, int64_t until _unused_, struct buf *out)
{
        static const char *const sources[] = { "{\"name\":\"inbox\"}", ",{\"name\":\"wire\"}" };

        assert_int_equal(buf_append_string(out, sources[*next]), 0);
        return ++*next < 2;
}

static int host_set_paused(void *user, const char *source, bool paused)
{
        struct fake *fake = user;

        if (strcmp(source, "inbox") != 0)
                return 1;
        snprintf(fake->paused, sizeof(fake->paused), "%s %d", source, paused);
        return 0;
}

static int host_test_source(void *user _unused_, const char *name, const char *url, bool allow_private,
                            void (*done)(void *arg, const char *text, size_t n), void *arg)
{
        static const char text[] = "{\"url\":\"http://a/\",\"found\":0}";

        if (name != NULL && strcmp(name, "example") != 0)
                return 1;
        if (url != NULL && strncmp(url, "http", 4) != 0)
                return 2;
        done(arg, allow_private ? NULL : text, allow_private ? 0 : sizeof(text) - 1);
        return 0;
}

static void host_submit(void *user, struct control_submit *submit)
{
        struct fake *fake = user;

        snprintf(fake->submitted, sizeof(fake->submitted), "%s %s %zu %.*s", submit->name != NULL ? submit->name : "-",
                 submit->format != NULL ? submit->format : "-", submit->n_bytes,
                 (int)MIN_OF(submit->n_bytes, (size_t)64), submit->n_bytes > 0 ? (const char *)submit->bytes : "");
        fake->submit = submit;
        if (!fake->holds_submit)
                submit->done(submit, fake->submit_result, 7, fake->submit_result < 0 ? "the queue is full" : NULL);
}

static void host_reload(void *user, void (*done)(void *arg, int r, const char *errors), void *arg)
{
        struct fake *fake = user;

        fake->reloads++;
        done(arg, fake->reload_result, fake->reload_errors);
}

static json_t *host_rules(void *user _unused_)
{
        return json_pack("[{s:s}]", "name", "r");
}

static void host_queue_kick(void *user)
{
        ((struct fake *)user)->kicks++;
}

static int host_log_level(void *user, int level)
{
        struct fake *fake = user;

        fake->level = level;
        log_set_level(fake->log, level);
        return 0;
}

void fake_setup(struct fake *fake)
{
        *fake = (struct fake){ .host = {
                .user = fake, .status = host_status, .sources = host_sources, .rules = host_rules, .set_paused =
                        host_set_paused,
                .test_source = host_test_source,
                .submit = host_submit, .reload = host_reload, .queue_kick = host_queue_kick,
                .log_level = host_log_level,
        } };
        the_fake = fake;
        signal(SIGPIPE, SIG_IGN);       /* as the daemon does: libuv writes without MSG_NOSIGNAL */
        strcpy(fake->folder, "/tmp/dateline-control-XXXXXX");
        assert_non_null(mkdtemp(fake->folder));
        assert_int_equal(chmod(fake->folder, 0755), 0);
        snprintf(fake->path, sizeof(fake->path), "%s/control.sock", fake->folder);
        assert_int_equal(uv_loop_init(&fake->loop), 0);
        assert_int_equal(log_new(&fake->log, LOG_EMERG, true), 0);
        fake->store.loop = &fake->loop;
        list_init(&fake->store.waiting);
        list_init(&fake->stream.followers);
        uv_idle_init(&fake->loop, &fake->stream.waker);
        fake->stream.waker.idle_cb = on_wake;
        fake->host.loop = &fake->loop;
        fake->host.log = fake->log;
        fake->host.store = &fake->store;
        fake->host.stream = &fake->stream;
        fake->config.control.socket = fake->path;
        fake->config.control.max_connections = 64;
        fake->config.control.max_message = 4 << 20;
}

void fake_listen(struct fake *fake, int activated_fd)
{
        char *error = NULL;

        assert_int_equal(control_new(&fake->control, &fake->host, &fake->config, activated_fd, &error), 0);
        assert_null(error);
}

static void on_closed(void *user)
{
        ((struct fake *)user)->closed = true;
}

void fake_teardown(struct fake *fake)
{
        int64_t until = clock_monotonic_us() + FAKE_WAIT_MS * INT64_C(1000);

        if (fake->control != NULL)
                control_close(fake->control, on_closed, fake);
        while (fake->control != NULL && !fake->closed && clock_monotonic_us() < until)
                uv_run(&fake->loop, UV_RUN_ONCE);
        assert_true(fake->control == NULL || fake->closed);
        assert_true(list_is_empty(&fake->stream.followers));
        uv_close((uv_handle_t *)&fake->stream.waker, NULL);
        uv_run(&fake->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&fake->loop), 0);
        log_free(fake->log);
        assert_int_equal(access(fake->path, F_OK), -1);
        assert_int_equal(rmdir(fake->folder), 0);
}

int fake_begin_test_deaf(void **state)
{
        struct fake *fake = calloc(1, sizeof(*fake));

        fake_setup(fake);
        *state = fake;
        return 0;
}

int fake_begin_test(void **state)
{
        fake_begin_test_deaf(state);
        fake_listen(*state, -1);
        return 0;
}

int fake_end_test(void **state)
{
        fake_teardown(*state);
        free(*state);
        return 0;
}

void fake_turn(struct fake *fake)
{
        struct list *link;

        uv_run(&fake->loop, UV_RUN_NOWAIT);
        while (fake->store.inline_jobs && (link = list_pop(&fake->store.waiting)) != NULL) {
                struct store_job *job = list_entry(link, struct store_job, link);

                fake->store.n_jobs++;
                job->done(job, job->run(job, NULL));
        }
}

void fake_settle(struct fake *fake)
{
        /* Threads may be at work: a few turns apart from one another. */
        for (int i = 0; i < 20; i++) {
                uv_run(&fake->loop, UV_RUN_NOWAIT);
                usleep(1000);
        }
}

/* --- client ------------------------------------------------------------------------------------------------------- */

void caller_open(struct caller *caller, struct fake *fake)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        *caller = (struct caller){ .fake = fake };
        strcpy(address.sun_path, fake->path);
        caller->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(caller->fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(fcntl(caller->fd, F_SETFL, O_NONBLOCK), 0);
}

void caller_send(struct caller *caller, const void *bytes, size_t n)
{
        int64_t until = clock_monotonic_us() + FAKE_WAIT_MS * INT64_C(1000);
        size_t sent = 0;

        while (sent < n && clock_monotonic_us() < until) {
                ssize_t k = send(caller->fd, (const char *)bytes + sent, n - sent, MSG_NOSIGNAL);

                if (k > 0)
                        sent += (size_t)k;
                else if (errno == EPIPE || errno == ECONNRESET)
                        return; /* closed on us: the test will see */
                else
                        fake_turn(caller->fake);
        }
        assert_int_equal(sent, n);
}

/* JSON in a test has single quotes. */
static char *with_quotes(const char *json)
{
        char *copy = strdup(json);

        for (char *p = copy; (p = strchr(p, '\'')) != NULL;)
                *p = '"';
        return copy;
}

void caller_call(struct caller *caller, const char *json)
{
        _cleanup_free_ char *copy = with_quotes(json);

        caller_send(caller, copy, strlen(copy) + 1);
}

/* Bytes that came; 0 where the server closed, -1 where nothing came. */
static ssize_t caller_read(struct caller *caller)
{
        char bytes[65536];
        ssize_t n = recv(caller->fd, bytes, sizeof(bytes), 0);

        if (n > 0)
                assert_int_equal(varlink_reader_add(&caller->reader, bytes, (size_t)n), 0);
        return n < 0 && errno == ECONNRESET ? 0 : n;
}

json_t *caller_reply(struct caller *caller)
{
        int64_t until = clock_monotonic_us() + FAKE_WAIT_MS * INT64_C(1000);
        const char *message;
        size_t n;

        while (varlink_reader_take(&caller->reader, 256 << 20, &message, &n) != 0) {
                if (clock_monotonic_us() > until)
                        fail_msg("no reply came");
                if (caller_read(caller) == 0)
                        fail_msg("the server closed the connection");
                fake_turn(caller->fake);
        }
        return json_loadb(message, n, 0, NULL);
}

bool caller_is_closed(struct caller *caller, size_t *n)
{
        int64_t until = clock_monotonic_us() + FAKE_WAIT_MS * INT64_C(1000);
        const char *message;
        size_t length;
        ssize_t k;

        while ((k = caller_read(caller)) != 0 && clock_monotonic_us() < until)
                fake_turn(caller->fake);
        if (n != NULL)
                for (*n = 0; varlink_reader_take(&caller->reader, 256 << 20, &message, &length) == 0; (*n)++)
                        ;
        return k == 0;
}

bool caller_is_quiet(struct caller *caller)
{
        fake_settle(caller->fake);
        return caller_read(caller) < 0 && errno == EAGAIN && !varlink_reader_has_message(&caller->reader);
}

void caller_close(struct caller *caller)
{
        close(caller->fd);
        varlink_reader_deinit(&caller->reader);
}

void caller_expect_reply(struct caller *caller, const char *reply)
{
        _cleanup_free_ char *copy = with_quotes(reply);
        json_t *got = caller_reply(caller), *wanted = json_loads(copy, 0, NULL);

        assert_non_null(wanted);
        if (!json_equal(got, wanted)) {
                char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS);

                fail_msg("got %s\nwanted %s", text, reply);
        }
        json_decref(got);
        json_decref(wanted);
}

void caller_expect(struct caller *caller, const char *call, const char *reply)
{
        caller_call(caller, call);
        caller_expect_reply(caller, reply);
}
