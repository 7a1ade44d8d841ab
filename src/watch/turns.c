/* See turns.h. A binary heap by time; a host hands out its times one after the other, so that a hundred feeds of one host
 * do not wake up together again and again. */
#include "watch/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* ---- the heap ---- */

static void put(struct turns *t, size_t place, struct turn *turn)
{
        t->heap[place] = turn;
        turn->place = place;
}

static void sift_up(struct turns *t, size_t place, struct turn *turn)
{
        for (; place > 1 && t->heap[place / 2]->at > turn->at; place /= 2)
                put(t, place, t->heap[place / 2]);
        put(t, place, turn);
}

static void sift_down(struct turns *t, size_t place, struct turn *turn)
{
        for (size_t child; (child = 2 * place) <= t->n; place = child) {
                if (child < t->n && t->heap[child + 1]->at < t->heap[child]->at)
                        child++;
                if (t->heap[child]->at >= turn->at)
                        break;
                put(t, place, t->heap[child]);
        }
        put(t, place, turn);
}

static void heap_remove(struct turns *t, struct turn *turn)
{
        size_t place = turn->place;
        struct turn *last = t->heap[t->n--];

        turn->place = 0;
        if (last == turn)
                return;
        sift_up(t, place, last);
        sift_down(t, last->place, last);
}

static int heap_add(struct turns *t, struct turn *turn)
{
        if (t->n + 2 > t->size) {
                size_t size = t->size == 0 ? 64 : 2 * t->size;
                struct turn **heap = realloc(t->heap, size * sizeof(struct turn *));

                if (heap == NULL)
                        return error_origin(-ENOMEM);
                t->heap = heap;
                t->size = size;
        }
        t->n++;
        sift_up(t, t->n, turn);
        return 0;
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct turns *t)
{
        uint64_t now = uv_now(t->loop);

        if (t->n == 0)
                uv_timer_stop(&t->timer);
        else
                uv_timer_start(&t->timer, on_timer, t->heap[1]->at > now ? t->heap[1]->at - now : 0, 0);
}

/* ---- turns ---- */

static void leave_host(struct turns_host *host)
{
        if (--host->references != 0)
                return;
        list_unlink(&host->link);
        list_unlink(&host->loose);
        free(host);
}

/* There was room in the heap a moment ago. */
static void again_at(struct turns *t, struct turn *turn, uint64_t at)
{
        turn->at = at;
        t->n++;
        sift_up(t, t->n, turn);
}

/* Its time has come. True: it goes. */
static bool try_grant(struct turns *t, struct turn *turn)
{
        struct turns_host *host = turn->host;

        if (host->busy >= TURNS_HOST) {
                list_append(&host->waiting, &turn->link);
                return false;
        }
        if (t->busy >= TURNS_ALL) {
                list_append(&t->waiting, &turn->link);
                return false;
        }
        host->busy++;
        t->busy++;
        turn->granted = true;
        turn->reserved = false;
        turn->go(turn);
        return true;
}

static void come(struct turns *t, struct turn *turn, uint64_t now)
{
        struct turns_host *host = turn->host;
        uint64_t at;

        if (host->closed_until > now) {
                turn->reserved = false;
                again_at(t, turn, host->closed_until);
                return;
        }
        if (!turn->reserved) {
                at = MAX_OF(now, host->free_at);
                host->free_at = at + turn->delay;
                turn->reserved = true;
                if (at > now) {
                        again_at(t, turn, at);
                        return;
                }
        }
        try_grant(t, turn);
}

static void on_timer(uv_timer_t *timer)
{
        struct turns *t = timer->data;
        uint64_t now = uv_now(t->loop);

        while (t->n > 0 && t->heap[1]->at <= now) {
                struct turn *turn = t->heap[1];

                heap_remove(t, turn);
                come(t, turn, now);
        }
        set_timer(t);
}

int turns_at(struct turns *t, struct turn *turn, uint64_t at)
{
        int r;

        list_unlink(&turn->link);
        if (turn->place != 0)
                heap_remove(t, turn);
        turn->at = at;
        turn->reserved = false;
        r = heap_add(t, turn);
        set_timer(t);
        return error_trace(r);
}

uint64_t turns_ramp(struct turns *t)
{
        uint64_t now = uv_now(t->loop), at = MAX_OF(now, t->ramp);

        t->ramp = at + TURNS_RAMP_MS;
        return at;
}

/* One that waited for room; its host may have closed meanwhile. */
static void wake(struct turns *t, struct turn *turn)
{
        if (turn->host->closed_until <= uv_now(t->loop) || turns_at(t, turn, turn->host->closed_until) < 0)
                try_grant(t, turn);
}

/* Those that wait for room at the hosts of `loose`, and for any. A turn may be over at once and end up here again: it is then
 * gone on with below, so that thousands of them do not stand on the stack. */
static void drain(struct turns *t)
{
        struct list *link;

        if (t->draining)
                return;
        t->draining = true;
        do {
                while ((link = list_pop(&t->loose)) != NULL) {
                        struct turns_host *host = list_entry(link, struct turns_host, loose);

                        host->references++;
                        while (host->busy < TURNS_HOST && (link = list_pop(&host->waiting)) != NULL)
                                wake(t, list_entry(link, struct turn, link));
                        leave_host(host);
                }
                if (t->busy < TURNS_ALL && (link = list_pop(&t->waiting)) != NULL)
                        wake(t, list_entry(link, struct turn, link));
        } while (!list_is_empty(&t->loose) || (t->busy < TURNS_ALL && !list_is_empty(&t->waiting)));
        t->draining = false;
}

void turns_done(struct turns *t, struct turn *turn)
{
        struct turns_host *host = turn->host;

        if (!turn->granted)
                return;
        turn->granted = false;
        host->busy--;
        t->busy--;
        if (!list_is_empty(&host->waiting)) {
                list_unlink(&host->loose);
                list_append(&t->loose, &host->loose);
        }
        drain(t);
}

void turns_shun(struct turns *t, struct turn *turn, uint64_t until)
{
        (void)t;
        turn->host->closed_until = MAX_OF(turn->host->closed_until, until);
}

/* ---- joining and leaving ---- */

static struct list *bucket(struct turns *t, const char *origin)
{
        uint32_t hash = 2166136261U;

        for (; *origin != '\0'; origin++)
                hash = (hash ^ (unsigned char)*origin) * 16777619U;
        return &t->hosts[hash % TURNS_HOSTS];
}

static struct turns_host *take_host(struct turns *t, const char *origin)
{
        struct list *list = bucket(t, origin);
        struct turns_host *host;
        size_t n = strlen(origin) + 1;

        list_for_each(it, list) {
                host = list_entry(it, struct turns_host, link);
                if (strcmp(host->origin, origin) == 0) {
                        host->references++;
                        return host;
                }
        }
        host = calloc(1, sizeof(*host) + n);
        if (host == NULL)
                return NULL;
        memcpy(host->origin, origin, n);
        list_init(&host->waiting);
        list_init(&host->loose);
        host->references = 1;
        list_append(list, &host->link);
        return host;
}

int turns_join(struct turns *t, struct turn *turn, const char *origin, uint64_t delay_ms, void (*go)(struct turn *))
{
        *turn = (struct turn){ .delay = delay_ms, .go = go, .host = take_host(t, origin) };
        list_init(&turn->link);
        return turn->host != NULL ? 0 : error_origin(-ENOMEM);
}

void turns_leave(struct turns *t, struct turn *turn)
{
        if (turn->host == NULL)
                return;
        list_unlink(&turn->link);
        if (turn->place != 0)
                heap_remove(t, turn);
        turns_done(t, turn);
        leave_host(turn->host);
        turn->host = NULL;
        set_timer(t);
}

int turns_init(struct turns *t, uv_loop_t *loop)
{
        *t = (struct turns){ .loop = loop, .hosts = calloc(TURNS_HOSTS, sizeof(struct list)) };
        if (t->hosts == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < TURNS_HOSTS; i++)
                list_init(&t->hosts[i]);
        list_init(&t->waiting);
        list_init(&t->loose);
        uv_timer_init(loop, &t->timer);
        t->timer.data = t;
        return 0;
}

static void on_closed(uv_handle_t *handle)
{
        struct turns *t = handle->data;

        free(STEAL(t->heap));
        free(STEAL(t->hosts));
        t->closed(t->user);
}

void turns_close(struct turns *t, void (*closed)(void *user), void *user)
{
        t->closed = closed;
        t->user = user;
        uv_close((uv_handle_t *)&t->timer, on_closed);
}
