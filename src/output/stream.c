/* See stream.h. */
#include "output/stream.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/changes.h"
#include "store/kind.h"
#include "store/wake.h"

enum {
        RING_LINES = 2048,
        RING_BYTES = 4 << 20,
        FETCH_LINES = 256,
        RETRY_MS = 1000,
        PARSED_LINES = 256,             /* of the ring that stay parsed: what is parsed is ten times as large */
};

/* Lines behind `after`, read on the reader's thread: for the ring or for one follower. */
struct stream_fetch {
        struct store_job job;
        struct stream *stream;
        struct stream_follower *follower;       /* NULL: for the ring, or the follower is gone */
        bool for_ring, back;                    /* back: the lines are there to take */
        bool failed;                            /* it is tried again after a pause */
        int64_t after;
        size_t n, taken;
        char *texts[FETCH_LINES];
        int64_t seqs[FETCH_LINES];
        struct stream_line line;                /* the one that was handed out last */
};

struct stream {
        struct log *log;
        struct store *store;
        struct list followers;          /* without a filter */
        struct list filtering;
        struct interest_index *interests;       /* of those; NULL: there were none yet */
        struct list ready;              /* to be woken */
        unsigned came;                  /* kinds of lines since the last ones were woken */
        size_t n_followers;
        int64_t last;                   /* committed */

        /* All events with start < seq <= end are in lines[first .. first + n), modulo the size. */
        struct stream_line lines[RING_LINES];
        size_t first, n, bytes;
        int64_t parsed[PARSED_LINES];   /* sequences, a ring of its own; 0: none yet */
        size_t n_parsed;
        int64_t start, end;
        bool fetching;

        struct wake wake;               /* wakes those that wait, from a turn of its own */
        uv_timer_t retry;
        size_t at_store, open_handles;
        bool closing;
        void (*closed)(void *user);
        void *closed_user;
};

static void fetch_for_ring(struct stream *s);

static void forget_record(struct stream_line *line)
{
        json_decref(STEAL(line->record));
}

static void fetch_free(struct stream_fetch *fetch)
{
        forget_record(&fetch->line);
        for (size_t i = 0; i < fetch->n; i++)
                free(fetch->texts[i]);          /* NULL where it was handed over */
        free(fetch);
}

static void drop_first(struct stream *s)
{
        struct stream_line *line = &s->lines[s->first];

        s->start = line->seq;
        s->bytes -= line->n;
        forget_record(line);
        free((char *)line->text);
        s->first = (s->first + 1) % RING_LINES;
        s->n--;
}

static void ring_clear(struct stream *s)
{
        while (s->n != 0)
                drop_first(s);
        s->start = s->end = s->last;
}

/* It goes on with this line: those since it began to wait were not for it. */
static void make_ready(struct stream_follower *f, int64_t before)
{
        if (!f->waits || f->fetch != NULL || !list_is_empty(&f->ready))
                return;
        f->seq = MAX_OF(f->seq, before);
        list_append(&f->stream->ready, &f->ready);
}

static void on_found(void *user, struct interest *interest)
{
        const struct stream_line *line = user;
        struct stream_follower *f = container_of(interest, struct stream_follower, interest);

        if (f->kinds == 0 || (f->kinds & line->kind) != 0)
                make_ready(f, line->seq - 1);
}

/* A new line in the ring: for whom of those that have a filter? */
static void find_followers(struct stream *s, struct stream_line *line)
{
        s->came |= line->kind;
        if (list_is_empty(&s->filtering))
                return;
        if ((line->kind & KINDS_EVENTS) != 0 && stream_record(s, line) != NULL) {
                interest_find(s->interests, line->record, on_found, line);
                return;
        }
        list_for_each(it, &s->filtering)
                on_found(line, &list_entry(it, struct stream_follower, link)->interest);
}

static void ring_append(struct stream *s, int64_t seq, char *text)
{
        struct stream_line *line;
        size_t n = strlen(text);

        while (s->n == RING_LINES || (s->n != 0 && s->bytes + n > RING_BYTES))
                drop_first(s);
        line = &s->lines[(s->first + s->n) % RING_LINES];
        *line = (struct stream_line){ .seq = seq, .text = text, .n = n, .kind = KIND_SET(kind_of_line(text, n)) };
        s->n++;
        s->bytes += n;
        s->end = seq;
        find_followers(s, line);
}

static void handle_closed(struct stream *s)
{
        if (--s->open_handles != 0)
                return;
        ring_clear(s);
        interest_index_free(s->interests);
        s->closed(s->closed_user);
        free(s);
}

static void on_wake_closed(struct wake *wake)
{
        handle_closed(container_of(wake, struct stream, wake));
}

static void on_retry_closed(uv_handle_t *handle)
{
        handle_closed(handle->data);
}

static void try_finish(struct stream *s)
{
        if (!s->closing || s->at_store != 0 || wake_is_closing(&s->wake))
                return;
        wake_close(&s->wake, on_wake_closed);
        uv_close((uv_handle_t *)&s->retry, on_retry_closed);
}

static int fetch_run(struct store_job *job, struct db *db)
{
        struct stream_fetch *fetch = container_of(job, struct stream_fetch, job);

        return changes_after(db, fetch->after, FETCH_LINES, fetch->texts, fetch->seqs, &fetch->n);
}

static void retry_fetches(struct stream *s, struct list *followers)
{
        list_for_each(it, followers) {
                struct stream_fetch *fetch = list_entry(it, struct stream_follower, link)->fetch;

                if (fetch == NULL || !fetch->failed)
                        continue;
                fetch->failed = false;
                s->at_store++;
                store_read(s->store, &fetch->job);
        }
}

/* All whose reading failed, and the ring. */
static void on_retry(uv_timer_t *timer)
{
        struct stream *s = timer->data;

        retry_fetches(s, &s->followers);
        retry_fetches(s, &s->filtering);
        fetch_for_ring(s);
}

static void retry_later(struct stream *s)
{
        if (!s->closing && !uv_is_active((uv_handle_t *)&s->retry))
                uv_timer_start(&s->retry, on_retry, RETRY_MS, 0);
}

static void ring_done(struct stream *s, struct stream_fetch *fetch, int r)
{
        s->fetching = false;
        for (size_t i = 0; i < fetch->n; i++)
                if (fetch->seqs[i] > s->end)
                        ring_append(s, fetch->seqs[i], STEAL(fetch->texts[i]));
        if (r == 0 && fetch->n == 0)
                s->end = s->last;       /* the last ones were deleted: nothing is there */
        fetch_free(fetch);
        if (r < 0)
                retry_later(s);
        else
                fetch_for_ring(s);
}

static void fetch_done(struct store_job *job, int r)
{
        struct stream_fetch *fetch = container_of(job, struct stream_fetch, job);
        struct stream *s = fetch->stream;

        s->at_store--;
        if (r < 0 && r != -ECANCELED)
                log_message(s->log, LOG_ERR, LOG_STORE_TROUBLE, NULL, "events cannot be read from the store: %s",
                            strerror(-r));
        if (fetch->for_ring) {
                ring_done(s, fetch, r);
        } else if (fetch->follower == NULL) {
                fetch_free(fetch);
        } else if (r < 0) {
                fetch->failed = true;
                retry_later(s);
        } else {
                struct stream_follower *f = fetch->follower;

                fetch->back = true;
                if (fetch->n == 0)
                        f->seq = MAX_OF(f->seq, s->start);
                if (f->waits && list_is_empty(&f->ready))
                        list_append(&s->ready, &f->ready);
        }
        if (!wake_is_closing(&s->wake))
                wake_send(&s->wake);
        try_finish(s);
}

static struct stream_fetch *fetch_start(struct stream *s, int64_t after, struct stream_follower *follower)
{
        struct stream_fetch *fetch = calloc(1, sizeof(*fetch));

        if (fetch == NULL)
                arena_out_of_memory();
        fetch->stream = s;
        fetch->follower = follower;
        fetch->for_ring = follower == NULL;
        fetch->after = after;
        fetch->job.run = fetch_run;
        fetch->job.done = fetch_done;
        s->at_store++;
        store_read(s->store, &fetch->job);
        return fetch;
}

static void fetch_for_ring(struct stream *s)
{
        if (s->fetching || s->closing || s->n_followers == 0 || s->end >= s->last)
                return;
        s->fetching = true;
        (void)fetch_start(s, s->end, NULL);
}

/* Those that have no filter: by the kinds of what came. */
static void find_plain(struct stream *s)
{
        list_for_each(it, &s->followers) {
                struct stream_follower *f = list_entry(it, struct stream_follower, link);

                if (!f->waits || f->fetch != NULL || s->end <= f->seq)
                        continue;
                if (f->kinds == 0 || (f->kinds & s->came) != 0)
                        make_ready(f, f->seq);
                else
                        f->seq = s->end;
        }
        s->came = 0;
}

static void on_wake(struct wake *wake)
{
        struct stream *s = container_of(wake, struct stream, wake);
        struct list woken = LIST_INIT(woken);
        struct list *first;

        find_plain(s);
        /* A follower may go, or others may, while it is woken: take them off one by one. */
        list_splice(&woken, &s->ready);
        while ((first = list_pop(&woken)) != NULL) {
                struct stream_follower *f = list_entry(first, struct stream_follower, ready);

                f->waits = false;
                f->wake(f);
        }
}

int stream_new(struct stream **out, uv_loop_t *loop, struct log *log, struct store *store)
{
        struct stream *s = calloc(1, sizeof(*s));
        int r;

        if (s == NULL)
                return error_origin(-ENOMEM);
        r = wake_init(&s->wake, loop, on_wake);
        if (r < 0) {
                free(s);
                return error_trace(r);
        }
        s->log = log;
        s->store = store;
        s->open_handles = 2;
        list_init(&s->followers);
        list_init(&s->filtering);
        list_init(&s->ready);
        uv_timer_init(loop, &s->retry);
        s->retry.data = s;
        *out = s;
        return 0;
}

void stream_close(struct stream *s, void (*closed)(void *user), void *user)
{
        s->closing = true;
        s->closed = closed;
        s->closed_user = user;
        try_finish(s);
}

void stream_committed(struct stream *s, int64_t seq)
{
        s->last = MAX_OF(s->last, seq);
        if (s->n_followers == 0)
                ring_clear(s);
        else
                fetch_for_ring(s);
}

int64_t stream_last(const struct stream *s)
{
        return s->last;
}

void stream_follow(struct stream *s, struct stream_follower *f, int64_t after)
{
        if (s->n_followers++ == 0)
                ring_clear(s);
        f->seq = after < 0 ? s->last : after;
        f->stream = s;
        f->waits = false;
        f->fetch = NULL;
        list_init(&f->ready);
        list_init(&f->interest.link);
        list_append(f->filter != NULL ? &s->filtering : &s->followers, &f->link);
        if (f->filter == NULL)
                return;
        if (s->interests == NULL && (s->interests = interest_index_new()) == NULL)
                arena_out_of_memory();
        interest_add(s->interests, &f->interest, f->filter);
}

void stream_unfollow(struct stream *s, struct stream_follower *f)
{
        list_unlink(&f->link);
        list_unlink(&f->ready);
        interest_remove(&f->interest);
        s->n_followers--;
        if (f->fetch != NULL && (f->fetch->back || f->fetch->failed))
                fetch_free(f->fetch);
        else if (f->fetch != NULL)
                f->fetch->follower = NULL;
        f->fetch = NULL;
        if (s->n_followers == 0 && !s->fetching)
                ring_clear(s);
}

size_t stream_followers(const struct stream *s)
{
        return s->n_followers;
}

/* The first line of the ring behind `seq`; s->n where there is none. Sequences grow. */
static size_t ring_find(const struct stream *s, int64_t seq)
{
        size_t low = 0, high = s->n;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (s->lines[(s->first + middle) % RING_LINES].seq <= seq)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

json_t *stream_record(struct stream *s, struct stream_line *line)
{
        int64_t *slot = &s->parsed[s->n_parsed % PARSED_LINES];

        if (line->record != NULL)
                return line->record;
        line->record = json_loadb(line->text, line->n, 0, NULL);
        if (line < s->lines || line >= s->lines + RING_LINES || line->record == NULL)
                return line->record;            /* a fetch's: forgotten with the next one */
        if (*slot > s->start) {
                size_t i = ring_find(s, *slot - 1);

                if (i < s->n && s->lines[(s->first + i) % RING_LINES].seq == *slot)
                        forget_record(&s->lines[(s->first + i) % RING_LINES]);
        }
        *slot = line->seq;
        s->n_parsed++;
        return line->record;
}

static struct stream_line *next_of_fetch(struct stream_fetch *fetch)
{
        size_t i = fetch->taken++;
        size_t n = strlen(fetch->texts[i]);

        forget_record(&fetch->line);
        fetch->line = (struct stream_line){ .seq = fetch->seqs[i], .text = fetch->texts[i], .n = n,
                                            .kind = KIND_SET(kind_of_line(fetch->texts[i], n)) };
        return &fetch->line;
}

int stream_next(struct stream *s, struct stream_follower *f, struct stream_line **line)
{
        struct stream_fetch *fetch = f->fetch;

        /* It was not woken: what came since is not for it. */
        if (f->waits && fetch == NULL && list_is_empty(&f->ready) && f->filter != NULL)
                return STREAM_E_NONE;
        if (fetch != NULL && !fetch->back) {
                f->waits = true;
                return STREAM_E_FETCHING;
        }
        if (fetch != NULL && fetch->taken < fetch->n) {
                *line = next_of_fetch(fetch);
                f->seq = (*line)->seq;
                return 0;
        }
        if (fetch != NULL) {            /* all taken */
                fetch_free(fetch);
                f->fetch = NULL;
        }
        if (f->seq < s->start) {
                f->fetch = fetch_start(s, f->seq, f);
                f->waits = true;
                return STREAM_E_FETCHING;
        }
        if (f->seq < s->end) {
                size_t i = ring_find(s, f->seq);

                if (i < s->n) {
                        *line = &s->lines[(s->first + i) % RING_LINES];
                        f->seq = (*line)->seq;
                        return 0;
                }
        }
        f->waits = true;
        return STREAM_E_NONE;
}
