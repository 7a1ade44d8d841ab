/* See harness.h. */
#include "harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/pages.h"

/* ---- the store ---- */

static size_t hash_key(const char *key)
{
        uint32_t hash = 5381;

        for (; key != NULL && *key != '\0'; key++)
                hash = 33 * hash + (unsigned char)*key;
        return hash % N_ELEMENTS(((struct store *)NULL)->buckets);
}

int deliveries_accept(struct db *db, const struct delivery *delivery, int64_t *id)
{
        struct store *store = (struct store *)db;
        struct kept *kept;

        size_t *bucket = &store->buckets[hash_key(delivery->key)];

        for (size_t i = *bucket; delivery->key != NULL && i != 0; i = kept->next) {
                kept = &store->kept[i - 1];
                if (kept->key != NULL && strcmp(kept->key, delivery->key) == 0 &&
                    strcmp(kept->source, delivery->source) == 0) {
                        *id = (int64_t)i;
                        return DELIVERIES_E_KNOWN;
                }
        }
        store->kept = realloc(store->kept, (store->n_kept + 1) * sizeof(*kept));
        assert_non_null(store->kept);
        kept = &store->kept[store->n_kept++];
        kept->next = *bucket;
        *bucket = store->n_kept;
        kept->source = strdup(delivery->source);
        kept->name = delivery->name != NULL ? strdup(delivery->name) : NULL;
        kept->key = delivery->key != NULL ? strdup(delivery->key) : NULL;
        kept->bytes = malloc(delivery->n_bytes + 1);
        assert_non_null(kept->bytes);
        memcpy(kept->bytes, delivery->bytes, delivery->n_bytes);
        kept->bytes[delivery->n_bytes] = '\0';
        kept->n_bytes = delivery->n_bytes;
        *id = (int64_t)store->n_kept;
        return 0;
}

void feeds_state_deinit(struct feeds_state *state)
{
        free(state->moved);
        free(state->etag);
        free(state->modified);
        *state = (struct feeds_state){ 0 };
}

static void copy_feed(struct feeds_state *to, const struct feeds_state *from)
{
        feeds_state_deinit(to);
        *to = *from;
        to->moved = from->moved != NULL ? strdup(from->moved) : NULL;
        to->etag = from->etag != NULL ? strdup(from->etag) : NULL;
        to->modified = from->modified != NULL ? strdup(from->modified) : NULL;
}

int feeds_open(struct db *db, const char *name, const char *url, struct feeds_state *state)
{
        struct store *store = (struct store *)db;

        (void)name;
        if (store->feed_url == NULL || strcmp(store->feed_url, url) != 0)
                feeds_state_deinit(&store->feed);
        free(store->feed_url);
        store->feed_url = strdup(url);
        copy_feed(state, &store->feed);
        return 0;
}

int pages_load(struct db *db, const char *source, int64_t after, size_t max, struct page *pages, size_t *n)
{
        const struct store *store = (const struct store *)db;

        (void)source;
        for (*n = 0; *n < store->n_pages && *n < max && after == 0; ++*n)
                pages[*n] = (struct page){ .story = (int64_t)*n + 1, .url = strdup("http://pages.example/") };
        return 0;
}

int pages_give_up(struct db *db, int64_t story)
{
        (void)db;
        (void)story;
        return 0;
}

int feeds_save(struct db *db, const char *name, const struct feeds_state *state, bool forget)
{
        struct store *store = (struct store *)db;

        (void)name;
        copy_feed(&store->feed, state);
        store->n_saved++;
        store->n_forgotten += forget;
        return 0;
}

static void on_store(uv_timer_t *timer)
{
        struct store *store = timer->data;
        struct list batch;
        int results[STORE_BATCH_JOBS];
        size_t n = 0;

        if (store->stuck)
                return;
        list_init(&batch);
        for (struct list *link; n < STORE_BATCH_JOBS && (link = list_pop(&store->jobs)) != NULL; n++) {
                struct store_job *job = list_entry(link, struct store_job, link);

                list_append(&batch, link);
                results[n] = store->fail != 0       ? store->fail
                             : store->fail_one != 0 ? store->fail_one
                                                    : job->run(job, (struct db *)store);
                store->fail_one = 0;
                store->n_runs++;
        }
        store->n_waiting -= n;
        for (size_t i = 0; i < n; i++) {
                struct store_job *job = list_entry(list_pop(&batch), struct store_job, link);

                job->done(job, results[i]);
        }
        if (list_is_empty(&store->jobs))
                uv_timer_stop(timer);
}

void store_write(struct store *store, struct store_job *job)
{
        list_append(&store->jobs, &job->link);
        store->n_waiting++;
        if (store->n_waiting > store->most_waiting)
                store->most_waiting = store->n_waiting;
        if (!uv_is_active((uv_handle_t *)&store->timer))
                uv_timer_start(&store->timer, on_store, 1, 1);
}

/* ---- life ---- */

static void on_changed(void *user, bool open)
{
        struct harness *h = user;

        h->told_open = open;
        h->n_told++;
        if (h->watcher != NULL)
                watcher_set_held(h->watcher, !open);
}

static void on_settled(struct watcher *watcher, void *user)
{
        struct harness *h = user;

        (void)watcher;
        h->n_settled++;
}

static void on_wake(uv_timer_t *timer)
{
        (void)timer;
}

void harness_init(struct harness *h)
{
        static const struct intake_limits limits = { .max_bytes = INTAKE_BYTES, .max_queue = 1000000 };
        const char *tmp = getenv("TMPDIR");

        /* As the daemon does: libuv writes with write(2). */
        signal(SIGPIPE, SIG_IGN);
        memset(h, 0, sizeof(*h));
        assert_int_equal(uv_loop_init(&h->loop), 0);
        uv_timer_init(&h->loop, &h->wake);
        uv_timer_init(&h->loop, &h->store.timer);
        h->store.timer.data = &h->store;
        list_init(&h->store.jobs);
        h->told_open = true;
        assert_int_equal(intake_new(&h->intake, &h->loop, &h->store, NULL, &limits,
                                    &(struct intake_callbacks){ .changed = on_changed, .user = h }), 0);
        h->host = (struct watcher_host){ .loop = &h->loop, .intake = h->intake, .settled = on_settled, .user = h };
        snprintf(h->folder, sizeof(h->folder), "%s/dateline-test-XXXXXX", tmp != NULL && strlen(tmp) < 30 ? tmp : "/tmp");
        assert_non_null(mkdtemp(h->folder));
}

void harness_watch(struct harness *h, const char *yaml)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        char *errors = NULL;

        assert_null(h->watcher);
        assert_int_equal(buf_append_string(&text, "store: {sqlite: /nowhere/x.db}\nwatch:\n  - name: test\n"), 0);
        for (const char *p = yaml; *p != '\0'; p++) {
                if (p == yaml || p[-1] == '\n')
                        assert_int_equal(buf_append_string(&text, "    "), 0);
                if (p[0] == '%' && p[1] == 's') {
                        assert_int_equal(buf_append_string(&text, h->folder), 0);
                        p++;
                } else {
                        assert_int_equal(buf_append(&text, p, 1), 0);
                }
        }
        if (config_parse("test.yaml", text.data, text.n, &h->config, &errors) != 0)
                fail_msg("%s", errors);
        assert_int_equal(h->config->n_watch, 1);
        assert_int_equal(watcher_new(&h->watcher, &h->host, h->config, &h->config->watch[0]), 0);
        h->watcher_closed = false;
        assert_int_equal(watcher_start(h->watcher), 0);
}

static void on_watcher_closed(struct watcher *watcher, void *user)
{
        struct harness *h = user;

        watcher_free(watcher);
        h->watcher = NULL;
        h->watcher_closed = true;
}

static bool is_watcher_closed(struct harness *h)
{
        return h->watcher_closed;
}

void harness_stop_watch(struct harness *h)
{
        if (h->watcher == NULL)
                return;
        watcher_stop(h->watcher, on_watcher_closed, h);
        assert_true(harness_wait(h, is_watcher_closed, WAIT_MS));
        config_unrefp(&h->config);
}

static void on_intake_closed(void *user)
{
        ((struct harness *)user)->intake_closed = true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

void harness_deinit(struct harness *h)
{
        h->store.stuck = false;
        harness_stop_watch(h);
        intake_close(h->intake, on_intake_closed, h);
        uv_close((uv_handle_t *)&h->wake, NULL);
        for (int i = 0; !h->intake_closed && i < 1000; i++)
                uv_run(&h->loop, UV_RUN_ONCE);
        assert_true(h->intake_closed);
        uv_close((uv_handle_t *)&h->store.timer, NULL);
        uv_run(&h->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&h->loop), 0);
        for (size_t i = 0; i < h->store.n_kept; i++) {
                free(h->store.kept[i].source);
                free(h->store.kept[i].name);
                free(h->store.kept[i].key);
                free(h->store.kept[i].bytes);
        }
        free(h->store.kept);
        free(h->store.feed_url);
        feeds_state_deinit(&h->store.feed);
        nftw(h->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool harness_wait(struct harness *h, bool (*condition)(struct harness *h), int ms)
{
        int64_t end = clock_monotonic_us() + (int64_t)ms * 1000;

        uv_timer_start(&h->wake, on_wake, 2, 2);
        while (!condition(h) && clock_monotonic_us() < end)
                uv_run(&h->loop, UV_RUN_ONCE);
        uv_timer_stop(&h->wake);
        return condition(h);
}

static bool never(struct harness *h)
{
        (void)h;
        return false;
}

void harness_run(struct harness *h, int ms)
{
        harness_wait(h, never, ms);
}

bool harness_wait_kept(struct harness *h, size_t n)
{
        int64_t end = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;

        uv_timer_start(&h->wake, on_wake, 2, 2);
        while (h->store.n_kept < n && clock_monotonic_us() < end)
                uv_run(&h->loop, UV_RUN_ONCE);
        uv_timer_stop(&h->wake);
        return h->store.n_kept >= n;
}

bool harness_is_settled(struct harness *h)
{
        return h->n_settled > 0;
}

bool harness_has_trouble(struct harness *h)
{
        return h->watcher->trouble != NULL;
}

bool harness_has_no_trouble(struct harness *h)
{
        return h->watcher->trouble == NULL;
}

/* ---- files ---- */

const char *harness_path(struct harness *h, const char *name)
{
        static _Thread_local char paths[4][400];
        static _Thread_local unsigned turn;
        char *path = paths[turn++ % 4];

        snprintf(path, sizeof(paths[0]), "%s/%s", h->folder, name);
        return path;
}

void harness_write(struct harness *h, const char *name, const char *text)
{
        FILE *f = fopen(harness_path(h, name), "w");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
}

bool harness_exists(struct harness *h, const char *name)
{
        struct stat st;

        return lstat(harness_path(h, name), &st) == 0;
}

char *harness_read(struct harness *h, const char *name)
{
        struct buf text = BUF_NULL;
        FILE *f = fopen(harness_path(h, name), "r");
        char bytes[4096];
        size_t n;

        assert_non_null(f);
        while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
                assert_int_equal(buf_append(&text, bytes, n), 0);
        fclose(f);
        return buf_steal(&text);
}

const struct kept *harness_find(struct harness *h, const char *name)
{
        for (size_t i = 0; i < h->store.n_kept; i++)
                if (h->store.kept[i].name != NULL && strcmp(h->store.kept[i].name, name) == 0)
                        return &h->store.kept[i];
        return NULL;
}

int harness_exit(int r)
{
        if (r == 0)
                return 0;
        fflush(NULL);
        _exit(1);
}
