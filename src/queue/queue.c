/* See queue.h. */
#include "queue/queue.h"

#include <string.h>

#include "base/error.h"

void queue_init(struct queue *queue, int64_t attempts)
{
        *queue = (struct queue){ .attempts = attempts };
        for (int i = 0; i < QUEUE_KINDS_; i++) {
                list_init(&queue->windows[i].items);
                queue->windows[i].more = true;
        }
}

static void item_free(struct queue_item *item)
{
        list_unlink(&item->link);
        waiting_deinit(&item->waiting);
        free(item->reason);
        free(item);
}

void queue_deinit(struct queue *queue)
{
        for (int i = 0; i < QUEUE_KINDS_; i++)
                list_for_each(it, &queue->windows[i].items)
                        item_free(list_entry(it, struct queue_item, link));
}

void queue_kick(struct queue *queue, enum queue_kind kind, bool from_start)
{
        struct queue_window *w = &queue->windows[kind];

        w->more = true;
        if (from_start) {
                w->after = 0;
                w->again = w->fetching;         /* it moves `after` on, and may have begun too early */
        }
}

bool queue_wants(struct queue *queue, enum queue_kind kind, int64_t *after, size_t *max, size_t *max_bytes)
{
        struct queue_window *w = &queue->windows[kind];

        if (!w->more || w->fetching || w->n > QUEUE_WINDOW / 2 || w->bytes > QUEUE_WINDOW_BYTES / 2)
                return false;
        *after = w->after;
        *max = QUEUE_WINDOW - w->n;
        *max_bytes = QUEUE_WINDOW_BYTES - w->bytes;
        w->fetching = true;
        w->n_ended = 0;
        w->more = false;        /* a kick while the fetch runs sets it again */
        return true;
}

static bool window_knows(const struct queue_window *w, int64_t row)
{
        for (size_t i = 0; i < w->n_ended; i++)
                if (w->ended[i] == row)
                        return true;
        list_for_each(it, &w->items)
                if (list_entry(it, struct queue_item, link)->waiting.row == row)
                        return true;
        return false;
}

int queue_fetched(struct queue *queue, enum queue_kind kind, int r, struct waiting *items, size_t n)
{
        struct queue_window *w = &queue->windows[kind];
        size_t i;

        w->fetching = false;
        if (r < 0 || n != 0)
                w->more = true;         /* until a fetch comes back empty */
        for (i = 0; i < n; i++) {
                struct queue_item *item;

                w->after = items[i].row;
                if (window_knows(w, items[i].row)) {
                        waiting_deinit(&items[i]);
                        continue;
                }
                item = calloc(1, sizeof(*item));
                if (item == NULL)
                        break;
                item->waiting = items[i];
                item->kind = kind;
                list_append(&w->items, &item->link);
                w->n++;
                w->bytes += items[i].n_head + items[i].n_body;
        }
        w->n_ended = 0;
        if (w->again)
                w->after = 0;
        w->again = false;
        if (i == n)
                return 0;
        for (; i < n; i++)
                waiting_deinit(&items[i]);
        return error_origin(-ENOMEM);
}

/* What failed, and may fail again, lets what was never tried pass; not for ever, though. */
static bool lets_pass(const struct queue_item *item, int64_t now)
{
        return item->waiting.attempts > 0 && now < item->not_before + QUEUE_PASS_US;
}

static struct queue_item *find_ready(struct queue *queue, int64_t now, bool letting_pass)
{
        for (int kind = QUEUE_KINDS_ - 1; kind >= 0; kind--) {
                list_for_each(it, &queue->windows[kind].items) {
                        struct queue_item *item = list_entry(it, struct queue_item, link);

                        if (item->state == QUEUE_READY && item->not_before <= now &&
                            lets_pass(item, now) == letting_pass)
                                return item;
                }
        }
        return NULL;
}

struct queue_item *queue_next(struct queue *queue, int64_t now)
{
        struct queue_item *item = find_ready(queue, now, false);

        if (item == NULL)
                item = find_ready(queue, now, true);
        if (item == NULL)
                return NULL;
        item->state = QUEUE_RUNNING;
        if (item->holds_until == 0)
                item->holds_until = now + QUEUE_HOLD_US;
        return item;
}

/* Whether those behind it wait for it. What failed once has lost its turn. */
static bool holds(const struct queue_item *item, int64_t now)
{
        return (item->state == QUEUE_READY || item->state == QUEUE_RUNNING) && item->waiting.attempts == 0 &&
               now < item->holds_until;
}

void queue_answered(struct queue_item *item, void *run)
{
        item->state = QUEUE_ANSWERED;
        item->run = run;
}

struct queue_item *queue_next_end(struct queue *queue, int64_t now)
{
        for (int kind = 0; kind < QUEUE_KINDS_; kind++) {
                list_for_each(it, &queue->windows[kind].items) {
                        struct queue_item *item = list_entry(it, struct queue_item, link);

                        if (item->state == QUEUE_ANSWERED) {
                                item->state = QUEUE_ENDING;
                                return item;
                        }
                        if (holds(item, now))
                                break;
                }
        }
        return NULL;
}

int64_t queue_next_time(const struct queue *queue, int64_t now)
{
        int64_t earliest = INT64_MAX;

        for (int kind = 0; kind < QUEUE_KINDS_; kind++) {
                int64_t held_until = INT64_MAX;

                list_for_each(it, &queue->windows[kind].items) {
                        struct queue_item *item = list_entry(it, struct queue_item, link);

                        if (item->state == QUEUE_READY && item->not_before > now)
                                earliest = MIN_OF(earliest, item->not_before);
                        if (item->state == QUEUE_ANSWERED)
                                earliest = MIN_OF(earliest, held_until);
                        else if (holds(item, now))
                                held_until = MIN_OF(held_until, item->holds_until);
                }
        }
        return earliest;
}

enum queue_verdict queue_failed(struct queue *queue, struct queue_item *item, const char *reason, bool final,
                                int64_t now)
{
        char *copy = strdup(reason);

        free(item->reason);
        item->reason = copy;
        item->waiting.attempts++;
        if (final || item->waiting.attempts >= queue->attempts) {
                item->state = QUEUE_ENDING;
                return QUEUE_GIVE_UP;
        }
        queue_give_back(item, now + ((int64_t)QUEUE_RETRY_US << MIN_OF(item->waiting.attempts - 1, 8)));
        return QUEUE_TRY_AGAIN;
}

void queue_give_back(struct queue_item *item, int64_t not_before)
{
        item->state = QUEUE_READY;
        item->not_before = not_before;
}

void queue_end(struct queue *queue, struct queue_item *item)
{
        struct queue_window *w = &queue->windows[item->kind];

        w->n--;
        w->bytes -= item->waiting.n_head + item->waiting.n_body;
        if (w->fetching && w->n_ended < QUEUE_WINDOW)
                w->ended[w->n_ended++] = item->waiting.row;
        item_free(item);
}

size_t queue_running(const struct queue *queue)
{
        size_t n = 0;

        for (int kind = 0; kind < QUEUE_KINDS_; kind++)
                list_for_each(it, &queue->windows[kind].items)
                        if (list_entry(it, struct queue_item, link)->state != QUEUE_READY)
                                n++;
        return n;
}
