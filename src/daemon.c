/* See daemon.h: the only start order, the only stop order. */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "alerting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/listen.h"
#include "check.h"
#include "pressure.h"
#include "probe.h"
#include "reload.h"
#include "roster.h"
#include "service.h"
#include "desk/copies.h"
#include "store/changes.h"
#include "store/deliveries.h"
#include "store/keep.h"
#include "store/lock.h"
#include "store/query.h"
#include "watch/feeds.h"

enum {
        TICK_MS = 1000,
        WORKERS_AFTER_MS = 50,          /* after the sources */
        EXPIRE_TICKS = 60,              /* retention is looked at once a minute, first a second after the start */
        EXPIRE_PIECE = 100,
        SKETCH_PIECE = 50,
        CLOCK_JUMP = 30 * 1000000,      /* us; less is what time daemons do */
        GRACE_US = 1500000,             /* workers may finish what they run */
        STOP_LIMIT_MS = 4500,           /* then the rest is left as it is: nothing is lost by that */
        BARRIER_US = 1000000,           /* for systemd to take what was left to it, while the sender is still there */
};

static void stop(struct daemon *d, int status);

/* ---- what the parts tell ---- */

static void on_accepted(void *user, const struct delivery *delivery, int64_t id)
{
        struct daemon *d = user;

        (void)delivery;
        (void)id;
        status_count_delivery(d);
        work_accepted(d->work);
}

static void on_intake_changed(void *user, bool open)
{
        struct daemon *d = user;

        d->intake_open = open;
        list_for_each(it, &d->watchers)
                watcher_set_held(list_entry(it, struct watcher, link), !open);
}

static void tell_depth(struct daemon *d)
{
        struct work_figures figures;

        if (d->intake == NULL)          /* stopping: what is committed now opens no door any more */
                return;
        work_get_figures(d->work, &figures);
        intake_set_depth(d->intake, figures.deliveries + figures.stories);
}

static void on_committed(void *user, const struct queue_item *item, const struct desk_result *result)
{
        struct daemon *d = user;

        status_count_committed(d, item, result);
        embargo_came(d, result->embargo);
        if (result->told.last_seq != 0)
                stream_committed(d->stream, result->told.last_seq);
        if (!item->waiting.is_story && d->feeds != NULL)
                feeds_ended(d->feeds, item->waiting.delivery, result->stories, &result->hints, &result->links,
                            result->refused);
        tell_depth(d);
}

static void on_quarantined(void *user, const struct queue_item *item)
{
        struct daemon *d = user;
        const struct waiting *w = &item->waiting;
        char id[48];

        if (w->is_story)
                snprintf(id, sizeof(id), "%lld.%lld", (long long)w->delivery, (long long)w->number);
        else
                snprintf(id, sizeof(id), "%lld", (long long)w->delivery);
        status_count_quarantined(d, w, item->reason);
        log_message(
                d->log, LOG_WARNING, LOG_QUARANTINED,
                &(struct log_about){ .source = w->source, .story = w->is_story ? id : NULL, .delivery = w->delivery },
                "%s is quarantined: %s; see 'datelinectl quarantine show %s'", w->is_story ? "it" : "a delivery",
                item->reason != NULL ? item->reason : "no reason", id);
        if (!w->is_story && d->feeds != NULL)
                feeds_ended(d->feeds, w->delivery, 0, NULL, NULL, item->reason != NULL ? item->reason : "no reason");
        tell_depth(d);
}

/* ---- timers and signals ---- */

static int expire_run(struct store_job *job, struct db *db)
{
        struct daemon *d = container_of(job, struct daemon, expire);

        /* A clock that jumps ahead must not make everything old at once: the one that is behind counts. */
        int64_t now = MIN_OF(clock_wall_us(), clock_steady_us(&d->clock));
        int r = 0;

        d->expired = 0;
        if (d->keep != 0)
                r = keep_expire(db, now - d->keep, EXPIRE_PIECE, &d->expired);
        if (r == 0 && d->expired == 0)
                r = copies_expire(db, now - COPIES_KEEP_DAYS * 86400 * CLOCK_SECOND, SKETCH_PIECE, &d->expired);
        return r;
}

/* The store's thread must not look into a configuration that a reload may replace meanwhile. */
static void expire_submit(struct daemon *d)
{
        d->keep = d->config->store.keep;
        store_write(d->store, &d->expire);
}

/* Piece by piece, each a job of its own behind whatever waits, so that intake goes on between. */
static void expire_done(struct store_job *job, int r)
{
        struct daemon *d = container_of(job, struct daemon, expire);

        if (r == 0 && d->expired != 0 && d->state == DAEMON_RUNNING)
                expire_submit(d);
        else
                d->expiring = false;
}

static void expire_begin(struct daemon *d)
{
        if (d->expiring)
                return;
        d->expiring = true;
        d->expire.run = expire_run;
        d->expire.done = expire_done;
        expire_submit(d);
}

/* Deadlines and pauses go by the monotonic clock; what is told of a jump is for who reads the records. */
static void look_at_clock(struct daemon *d)
{
        int64_t ahead = clock_wall_us() - clock_steady_us(&d->clock), jump = ahead - d->clock_ahead;

        if (jump > -CLOCK_JUMP && jump < CLOCK_JUMP)
                return;
        d->clock_ahead = ahead;
        log_message(
                d->log, LOG_WARNING, LOG_CLOCK, NULL,
                "the clock was set %s by %lld s; what is received from now on carries the new time, and nothing goes "
                "before its time by the clock that is behind",
                jump > 0 ? "forward" : "back", (long long)((jump > 0 ? jump : -jump) / CLOCK_SECOND));
}

/* libuv sends away whom it has no descriptor for, and tells nobody. */
static void look_at_descriptors(struct daemon *d)
{
        int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        bool none = fd < 0 && errno == EMFILE;

        if (fd >= 0)
                close(fd);
        if (none == d->no_descriptors)
                return;
        d->no_descriptors = none;
        if (none)
                log_message(d->log, LOG_WARNING, LOG_DESCRIPTORS, NULL,
                            "no file descriptor is left (LimitNOFILE=): who connects is sent away, files wait");
        else
                log_message(d->log, LOG_NOTICE, LOG_DESCRIPTORS, NULL, "there are file descriptors again");
}

static void on_tick(uv_timer_t *timer)
{
        struct daemon *d = timer->data;

        status_tick(d);
        look_at_clock(d);
        look_at_descriptors(d);
        if (d->state == DAEMON_RUNNING) {
                alerting_tick(d->alerting);
                embargo_tick(d);
        }
        if (d->state == DAEMON_RUNNING && d->ticks++ % EXPIRE_TICKS == 0)
                expire_begin(d);
}

static void on_watchdog(uv_timer_t *timer)
{
        (void)timer;
        notify_watchdog();
}

static void on_turn(uv_prepare_t *prepare)
{
        status_turn(prepare->data);
}

static void on_signal(uv_signal_t *handle, int number)
{
        struct daemon *d = handle->data;

        if (number == SIGHUP)
                reload_start(d, NULL, NULL);
        else
                stop(d, EX_OK);
}

/* ---- start ---- */

/* Whoever connects to a socket that no source has taken waits for ever. */
void daemon_drop_unclaimed(struct daemon *d)
{
        for (int i = 0; i < d->sockets.n; i++) {
                const char *name = d->sockets.items[i].name;

                if (d->sockets.items[i].fd < 0)
                        continue;
                if (strchr(name, '@') != NULL)          /* ours, of before: of a source, say, that is gone */
                        listen_drop_left(&d->sockets, name);
                else
                        log_message(
                                d->log, LOG_WARNING, LOG_SOURCE_TROUBLE, &(struct log_about){ .source = name },
                                "systemd passed a socket named '%s', but no source has this name and nobody answers "
                                "there: name a source so, or disable its .socket unit",
                                name);
        }
}

static void become_ready(struct daemon *d)
{
        if (d->state != DAEMON_STARTING || d->unsettled != 0 || !d->has_workers)
                return;
        d->state = DAEMON_RUNNING;
        log_message(d->log, LOG_NOTICE, LOG_STARTED, NULL, "datelined %s runs with %s", PACKAGE_VERSION,
                    d->config->path);
        notify_ready("Running");
        daemon_drop_unclaimed(d);
        status_tick(d);
        reload_if_wanted(d);
}

static void on_kick(void *user)
{
        struct daemon *d = user;

        if (d->work != NULL && d->state != DAEMON_STOPPING)
                work_kick(d->work);
}

static void on_settled(struct watcher *watcher, void *user)
{
        struct daemon *d = user;

        (void)watcher;
        d->unsettled--;
        become_ready(d);
}

static void on_workers_due(uv_timer_t *timer)
{
        struct daemon *d = timer->data;

        work_start(d->work, d->config);
}

static void on_workers_started(void *user, int r, const char *reason)
{
        struct daemon *d = user;

        if (d->state == DAEMON_RUNNING) {
                reload_workers_started(d, r, reason);
                return;
        }
        if (r != 0) {
                log_lines(d->log, LOG_ERR, LOG_NOT_STARTED, reason);
                stop(d, r == POOL_E_CONFIG ? EX_CONFIG : EX_OSERR);
                return;
        }
        d->has_workers = true;
        work_go(d->work);
        become_ready(d);
}

static void start_handles(struct daemon *d)
{
        static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
        int64_t watchdog = notify_watchdog_us();

        signal(SIGPIPE, SIG_IGN);
        uv_loop_configure(&d->loop, UV_METRICS_IDLE_TIME);
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
                uv_signal_init(&d->loop, &d->signals[i]);
                d->signals[i].data = d;
                uv_signal_start(&d->signals[i], on_signal, numbers[i]);
        }
        uv_prepare_init(&d->loop, &d->turn);
        uv_timer_init(&d->loop, &d->tick);
        uv_timer_init(&d->loop, &d->watchdog);
        uv_timer_init(&d->loop, &d->limit);
        uv_timer_init(&d->loop, &d->workers_due);
        d->workers_due.data = d->turn.data = d->tick.data = d->watchdog.data = d->limit.data = d;
        uv_prepare_start(&d->turn, on_turn);
        uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
        if (watchdog > 0)
                uv_timer_start(&d->watchdog, on_watchdog, 0, (uint64_t)MAX_OF(watchdog / 2000, INT64_C(1)));
}

/* The last sequence before anybody follows, and what waits before anybody brings more: a full queue is full from the
 * first moment on. Nothing runs yet, so it may block; the connection is its own. */
static int learn_from_store(struct daemon *d)
{
        _cleanup_(db_closep) struct db *db = NULL;
        _cleanup_free_ char *error = NULL;
        int64_t seq = 0, deliveries = 0, stories = 0;
        int r = db_open(&db, d->config->store.sqlite, true, &error);

        if (r > 0) {
                log_message(d->log, LOG_ERR, LOG_NOT_STARTED, NULL, "%s", error);
                return r;
        }
        if (r == 0)
                r = changes_last(db, &seq);
        if (r == 0)
                r = deliveries_count_pending(db, &deliveries, &stories);
        if (r < 0)
                return error_trace(r);
        stream_committed(d->stream, seq);
        work_set_pending(d->work, deliveries, stories);
        tell_depth(d);
        return 0;
}

/* Store, intake, work, stream, control, and then who brings news. The workers come last: to make them takes long, and
 * all processors, and whoever waited over a restart need not wait for that too; see on_workers_started(). 0, an exit
 * status, or -errno. */
static int start_parts(struct daemon *d)
{
        const struct intake_limits limits = { .max_bytes = INTAKE_BYTES, .max_queue = d->config->store.max_queue };
        const struct intake_callbacks intake_callbacks = { on_intake_changed, on_accepted, d };
        const struct work_callbacks work_callbacks = { on_committed, on_quarantined, on_workers_started, d };
        _cleanup_free_ char *error = NULL;
        int lock, r = lock_take(d->config->store.sqlite, &lock, &error);        /* it goes with the process */

        if (r == 0)
                r = store_open(&d->store, &d->loop, d->log, d->config->store.sqlite, &error);
        if (r > 0) {
                log_message(d->log, LOG_ERR, LOG_NOT_STARTED, NULL, "%s", error);
                return EX_CANTCREAT;
        }
        if (r == 0)
                r = stream_new(&d->stream, &d->loop, d->log, d->store);
        if (r == 0)
                r = alerting_new(&d->alerting, d->log, d->store, d->stream);
        if (r == 0)
                r = work_new(&d->work, &d->loop, d->log, d->store, alerting_slot(d->alerting), d->options.sandbox,
                             &work_callbacks);
        if (r == 0)
                r = intake_new(&d->intake, &d->loop, d->store, d->log, &limits, &intake_callbacks);
        if (r == 0)
                r = learn_from_store(d);
        if (r == 0)
                r = http_new(&d->http, &d->loop);
        if (r == 0)
                r = feeds_new(&d->feeds, &d->loop, d->log, &d->sockets, d->store, d->http);
        if (r != 0)
                return r < 0 ? error_trace(r) : EX_CANTCREAT;
        d->intake_open = intake_is_open(d->intake);
        d->watcher_host = (struct watcher_host){ .loop = &d->loop,
                                                 .log = d->log,
                                                 .intake = d->intake,
                                                 .feeds = d->feeds,
                                                 .unconfined = !d->options.sandbox,
                                                 .sockets = &d->sockets,
                                                 .settled = on_settled,
                                                 .kick = on_kick,
                                                 .user = d };
        d->output_host = (struct output_host){ .loop = &d->loop, .log = d->log, .store = d->store, .stream = d->stream,
                                               .http = d->http };
        r = service_start(d);
        if (r != 0)
                return r < 0 ? error_trace(r) : EX_UNAVAILABLE;
        alerting_set(d->alerting, d->config);
        r = pressure_new(&d->pressure, d);
        if (r < 0)
                return error_trace(r);
        uv_update_time(&d->loop);               /* the store may have taken long */
        roster_follow_config(d);
        uv_timer_start(&d->workers_due, on_workers_due, WORKERS_AFTER_MS, 0);
        return 0;
}

/* ---- stop ---- */

static void stage_feeds(struct daemon *d)
{
        probe_stop_all(d);
        feeds_close(STEAL(d->feeds), daemon_next_stage, d);
}

static void stage_intake(struct daemon *d)
{
        intake_close(STEAL(d->intake), daemon_next_stage, d);
}

static void stage_workers(struct daemon *d)
{
        work_stop(d->work, GRACE_US, daemon_next_stage, d);
}

static void stage_work(struct daemon *d)
{
        probe_stop_all(d);      /* those that began before control was closed */
        work_close(STEAL(d->work), daemon_next_stage, d);
}

static void stage_control(struct daemon *d)
{
        control_close(d->control, daemon_next_stage, d);
}

static void stage_metrics(struct daemon *d)
{
        metrics_close(d->metrics, daemon_next_stage, d);
}

static void stage_http(struct daemon *d)
{
        http_close(STEAL(d->http), daemon_next_stage, d);
}

static void stage_stream(struct daemon *d)
{
        stream_close(d->stream, daemon_next_stage, d);
}

static void stage_store(struct daemon *d)
{
        store_close(d->store, daemon_next_stage, d);
}

static void stage_handles(struct daemon *d)
{
        pressure_close(STEAL(d->pressure));
        for (size_t i = 0; i < N_ELEMENTS(d->signals); i++)
                uv_close((uv_handle_t *)&d->signals[i], NULL);
        uv_close((uv_handle_t *)&d->turn, NULL);
        uv_close((uv_handle_t *)&d->tick, NULL);
        uv_close((uv_handle_t *)&d->watchdog, NULL);
        uv_close((uv_handle_t *)&d->limit, NULL);
        uv_close((uv_handle_t *)&d->workers_due, NULL);
}

/* The workers first, since what they run may take a while: news is taken in meanwhile. Then whoever brings
 * something, so that nothing new comes; then who tells of it; the store last. */
static void (*const stages[])(struct daemon *d) = {
        stage_workers, roster_stop_watchers, stage_feeds, stage_control, stage_metrics, stage_intake, stage_work,
        roster_stop_outputs, stage_http, stage_stream, stage_store, stage_handles,
};

void daemon_next_stage(void *user)
{
        struct daemon *d = user;

        if (d->stop_stage < N_ELEMENTS(stages))
                stages[d->stop_stage++](d);
}

static void on_limit(uv_timer_t *timer)
{
        struct daemon *d = timer->data;

        log_message(d->log, LOG_WARNING, LOG_STOPPED, NULL,
                    "did not stop in time (stage %zu); what was running stays pending", d->stop_stage);
        _exit(EX_SOFTWARE);
}

/* Begin to stop; may be called again. */
static void stop(struct daemon *d, int status)
{
        if (d->state == DAEMON_STOPPING)
                return;
        d->state = DAEMON_STOPPING;
        uv_timer_stop(&d->workers_due);
        d->status = status;
        notify_stopping("Stopping");
        d->watcher_host.ending = true;
        d->sockets.leaving = d->sockets.keeps;
        uv_timer_start(&d->limit, on_limit, STOP_LIMIT_MS, 0);
        reload_abandon(d);
        daemon_next_stage(d);
}

/* ---- run ---- */

static void daemon_deinit(struct daemon *d)
{
        if (uv_loop_close(&d->loop) != 0)
                log_message(d->log, LOG_ERR, LOG_GENERAL, NULL, "the loop still has handles: a bug of datelined");
        notify_sockets_deinit(&d->sockets);
        alerting_free(d->alerting);
        config_unref(d->config);
        log_free(d->log);
}

int daemon_run(const struct daemon_options *options)
{
        struct daemon d = { .options = *options };
        int status = EX_OSERR, r = log_new(&d.log, LOG_NOTICE, false);

        if (r == 0)
                status = check_load(options->config_path, log_is_journal(d.log) ? d.log : NULL, &d.config);
        if (r == 0 && status != EX_OK) {
                log_free(d.log);
                return status;
        }
        if (r == 0) {
                log_set_level(d.log, options->log_level >= 0 ? options->log_level : d.config->log_level);
                r = notify_sockets_take(&d.sockets);
        }
        if (r == 0)
                r = uv_loop_init(&d.loop);
        if (r < 0) {
                fprintf(stderr, "datelined: cannot start: %s\n", strerror(-r));
                return EX_OSERR;
        }
        list_init(&d.watchers);
        list_init(&d.probes);
        list_init(&d.outputs);
        status_init(&d);
        embargo_init(&d);
        clock_steady_begin(&d.clock);
        start_handles(&d);
        r = start_parts(&d);
        if (r != 0) {
                /* What was opened goes with the process: nothing has begun yet. */
                if (r < 0)
                        log_message(d.log, LOG_ERR, LOG_NOT_STARTED, NULL, "cannot start: %s", strerror(-r));
                fflush(NULL);
                _exit(r < 0 ? EX_OSERR : r);
        }
        uv_run(&d.loop, UV_RUN_DEFAULT);
        if (d.sockets.leaving) {
                notify_sockets_leave(&d.sockets);
                (void)notify_barrier(BARRIER_US);
        }
        log_message(d.log, LOG_NOTICE, LOG_STOPPED, NULL, "datelined has stopped");
        status = d.status;
        daemon_deinit(&d);
        return status;
}

