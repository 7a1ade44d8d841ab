/* See embargo.h. */
#include "embargo.h"

#include "base/clock.h"
#include "daemon.h"
#include "store/embargo.h"

enum { RETRY_S = 5 };

void embargo_init(struct daemon *d)
{
        d->embargo = (struct embargo){ .daemon = d, .next = 1 };
}

void embargo_came(struct daemon *d, int64_t at)
{
        if (at != 0 && (d->embargo.next == 0 || at < d->embargo.next))
                d->embargo.next = at;
}

static int look_run(struct store_job *job, struct db *db)
{
        struct embargo *e = container_of(job, struct embargo, job);

        return embargo_release(db, clock_wall_us(), &e->released, &e->found_next);
}

static void look_done(struct store_job *job, int r)
{
        struct embargo *e = container_of(job, struct embargo, job);
        struct daemon *d = e->daemon;

        e->looking = false;
        if (r != 0) {
                e->next = clock_wall_us() + RETRY_S * CLOCK_SECOND;
                return;
        }
        /* One may have come meanwhile, before or after the look: the earlier time counts. */
        embargo_came(d, e->found_next);
        if (e->released == 0)
                return;
        log_info(d->log, "the embargo of %lld %s is over", (long long)e->released,
                 e->released == 1 ? "story" : "stories");
        if (d->state != DAEMON_STOPPING)
                work_kick(d->work);
}

void embargo_tick(struct daemon *d)
{
        struct embargo *e = &d->embargo;

        if (e->looking || e->next == 0 || clock_wall_us() < e->next)
                return;
        e->looking = true;
        e->next = 0;
        e->job = (struct store_job){ .run = look_run, .done = look_done };
        store_write(d->store, &e->job);
}
