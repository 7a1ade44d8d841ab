/* See daemon.h: the only start order, the only stop order. */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "reload.h"
#include "store/keep.h"
#include "store/lock.h"
#include "store/query.h"

enum {
        TICK_MS = 1000,
        EXPIRE_TICKS = 60,              /* retention is looked at once a minute */
        EXPIRE_PIECE = 100,
        GRACE_US = 1500000,             /* workers may finish what they run */
        STOP_LIMIT_MS = 4500,           /* then the rest is left as it is: nothing is lost by that */
};

static void next_stage(void *user);

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

        work_get_figures(d->work, &figures);
        intake_set_depth(d->intake, figures.deliveries + figures.stories);
}

static void on_committed(void *user, const struct queue_item *item, const struct desk_result *result)
{
        struct daemon *d = user;

        status_count_committed(d, item, result);
        if (result->last_seq != 0)
                stream_committed(d->stream, result->last_seq);
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
        log_message(d->log, LOG_WARNING, LOG_QUARANTINED,
                    &(struct log_about){ .source = w->source, .story = w->is_story ? id : NULL, .delivery = w->delivery },
                    "%s is quarantined: %s; see 'datelinectl quarantine show %s'", w->is_story ? "a story" : "a delivery",
                    item->reason != NULL ? item->reason : "no reason", id);
        tell_depth(d);
}

/* ---- watchers and outputs ---- */

static void on_settled(struct watcher *watcher, void *user);

static void start_watcher(struct daemon *d, const struct config_watch *row, bool paused)
{
        struct watcher *watcher;
        int r = watcher_new(&watcher, &d->watcher_host, d->config, row);

        if (r < 0) {
                log_message(d->log, LOG_ERR, LOG_SOURCE_TROUBLE, &(struct log_about){ .source = row->name },
                            "cannot be made: %s", strerror(-r));
                return;
        }
        list_append(&d->watchers, &watcher->link);
        watcher_set_held(watcher, !d->intake_open);
        watcher_set_paused(watcher, paused);
        d->unsettled++;
        r = watcher_start(watcher);
        if (r < 0)
                arena_out_of_memory();
}

static void start_output(struct daemon *d, const struct config_output *row)
{
        struct output *output;

        if (output_new(&output, &d->output_host, d->config, row) < 0)
                arena_out_of_memory();
        list_append(&d->outputs, &output->link);
}

static void on_watcher_closed(struct watcher *watcher, void *user)
{
        struct daemon *d = user;

        if (!watcher->settled)
                d->unsettled--;
        watcher_free(watcher);
        if (d->state == DAEMON_STOPPING && list_is_empty(&d->watchers))
                next_stage(d);
        else if (d->state != DAEMON_STOPPING)
                daemon_follow_config(d);
}

static void on_output_closed(struct output *output, void *user)
{
        struct daemon *d = user;

        output_free(output);
        if (d->state == DAEMON_STOPPING && list_is_empty(&d->outputs))
                next_stage(d);
        else if (d->state != DAEMON_STOPPING)
                daemon_follow_config(d);
}

static const struct config_watch *find_watch(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_watch; i++)
                if (strcmp(config->watch[i].name, name) == 0)
                        return &config->watch[i];
        return NULL;
}

static const struct config_output *find_output(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_outputs; i++)
                if (strcmp(config->outputs[i].name, name) == 0)
                        return &config->outputs[i];
        return NULL;
}

static struct watcher *find_watcher(const struct daemon *d, const char *name)
{
        list_for_each(it, &d->watchers) {
                struct watcher *watcher = list_entry(it, struct watcher, link);

                if (strcmp(watcher->row->name, name) == 0)
                        return watcher;
        }
        return NULL;
}

static bool has_output(const struct daemon *d, const char *name)
{
        list_for_each(it, &d->outputs)
                if (strcmp(list_entry(it, struct output, link)->row->name, name) == 0)
                        return true;
        return false;
}

void daemon_follow_config(struct daemon *d)
{
        const struct config *config = d->config;

        list_for_each(it, &d->watchers) {
                struct watcher *watcher = list_entry(it, struct watcher, link);
                const struct config_watch *row = find_watch(config, watcher->row->name);

                if (watcher->state != WATCHER_STOPPING && (row == NULL || !config_watch_equal(row, watcher->row)))
                        watcher_stop(watcher, on_watcher_closed, d);
        }
        list_for_each(it, &d->outputs) {
                struct output *output = list_entry(it, struct output, link);
                const struct config_output *row = find_output(config, output->row->name);

                if (!output->stopping && (row == NULL || !config_output_equal(row, output->row)))
                        output_stop(output, on_output_closed, d);
        }
        for (size_t i = 0; i < config->n_watch; i++)
                if (find_watcher(d, config->watch[i].name) == NULL)
                        start_watcher(d, &config->watch[i], false);
        for (size_t i = 0; i < config->n_outputs; i++)
                if (!has_output(d, config->outputs[i].name))
                        start_output(d, &config->outputs[i]);
}

/* ---- what the control socket asks for ---- */

static json_t *control_status(void *user)
{
        return status_object(user);
}

static json_t *control_sources(void *user)
{
        return status_sources(user);
}

static int control_set_paused(void *user, const char *source, bool paused)
{
        struct watcher *watcher = find_watcher(user, source);

        if (watcher == NULL)
                return 1;
        watcher_set_paused(watcher, paused);
        return 0;
}

/* A delivery by a client's hand, on its way. */
struct submission {
        struct intake_ticket ticket;
        struct control_submit *submit;
};

static void on_submitted(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct submission *submission = container_of(ticket, struct submission, ticket);

        submission->submit->done(submission->submit, r, id, reason);
        free(submission);
}

static void control_submit(void *user, struct control_submit *submit)
{
        struct daemon *d = user;
        struct submission *submission = calloc(1, sizeof(*submission));

        if (submission == NULL)
                arena_out_of_memory();
        submission->submit = submit;
        submission->ticket.done = on_submitted;
        submission->ticket.delivery = (struct delivery){
                .source = "submit",
                .name = submit->name,
                .format = submit->format,
                .encoding = submit->encoding,
                .received = clock_wall_us(),
                .bytes = submit->bytes,
                .n_bytes = submit->n_bytes,
        };
        intake_submit(d->intake, &submission->ticket);
}

static void control_reload(void *user, void (*done)(void *arg, int r, const char *errors), void *arg)
{
        reload_start(user, done, arg);
}

static void control_queue_kick(void *user)
{
        work_kick(((struct daemon *)user)->work);
}

static int control_log_level(void *user, int level)
{
        log_set_level(((struct daemon *)user)->log, level);
        return 0;
}

/* ---- timers and signals ---- */

static int expire_run(struct store_job *job, struct db *db)
{
        struct daemon *d = container_of(job, struct daemon, expire);

        return keep_expire(db, clock_wall_us() - d->config->store.keep, EXPIRE_PIECE, &d->expired);
}

/* Piece by piece, each a job of its own behind whatever waits, so that intake goes on between. */
static void expire_done(struct store_job *job, int r)
{
        struct daemon *d = container_of(job, struct daemon, expire);

        if (r == 0 && d->expired != 0 && d->state == DAEMON_RUNNING)
                store_write(d->store, &d->expire);
        else
                d->expiring = false;
}

static void expire_begin(struct daemon *d)
{
        if (d->config->store.keep == 0 || d->expiring)
                return;
        d->expiring = true;
        d->expire.run = expire_run;
        d->expire.done = expire_done;
        store_write(d->store, &d->expire);
}

static void on_tick(uv_timer_t *timer)
{
        struct daemon *d = timer->data;

        status_tick(d);
        if (d->state == DAEMON_RUNNING && clock_monotonic_us() / CLOCK_SECOND % EXPIRE_TICKS == 0)
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
                daemon_stop(d, EX_OK);
}

/* ---- start ---- */

static void become_ready(struct daemon *d)
{
        if (d->state != DAEMON_STARTING || d->unsettled != 0 || d->store == NULL)
                return;
        d->state = DAEMON_RUNNING;
        log_message(d->log, LOG_NOTICE, LOG_STARTED, NULL, "datelined %s runs with %s", PACKAGE_VERSION, d->config->path);
        notify_ready("Running");
        status_tick(d);
}

static void on_settled(struct watcher *watcher, void *user)
{
        struct daemon *d = user;

        (void)watcher;
        d->unsettled--;
        become_ready(d);
}

/* The last sequence is read before anybody follows. */
struct last_seq {
        struct store_job job;
        struct daemon *daemon;
        int64_t seq;
};

static int last_seq_run(struct store_job *job, struct db *db)
{
        return query_last_seq(db, &container_of(job, struct last_seq, job)->seq);
}

static void last_seq_done(struct store_job *job, int r)
{
        struct last_seq *last = container_of(job, struct last_seq, job);
        struct daemon *d = last->daemon;

        if (r == 0)
                stream_committed(d->stream, last->seq);
        free(last);
        if (d->state != DAEMON_STARTING)
                return;
        work_go(d->work);
        d->unsettled++;         /* not ready while they are being made */
        daemon_follow_config(d);
        d->unsettled--;
        become_ready(d);
}

static void on_workers_started(void *user, int r, const char *reason)
{
        struct daemon *d = user;
        struct last_seq *last;

        if (d->state == DAEMON_RUNNING) {
                reload_workers_started(d, r, reason);
                return;
        }
        if (r != 0) {
                log_lines(d->log, LOG_ERR, LOG_GENERAL, reason);
                daemon_stop(d, r == POOL_E_CONFIG ? EX_CONFIG : EX_OSERR);
                return;
        }
        last = calloc(1, sizeof(*last));
        if (last == NULL)
                arena_out_of_memory();
        last->daemon = d;
        last->job.run = last_seq_run;
        last->job.done = last_seq_done;
        store_read(d->store, &last->job);
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
        d->turn.data = d->tick.data = d->watchdog.data = d->limit.data = d;
        uv_prepare_start(&d->turn, on_turn);
        uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
        if (watchdog > 0)
                uv_timer_start(&d->watchdog, on_watchdog, 0, (uint64_t)MAX_OF(watchdog / 2000, INT64_C(1)));
}

static int start_control(struct daemon *d)
{
        const struct control_host host = {
                .loop = &d->loop,
                .log = d->log,
                .store = d->store,
                .stream = d->stream,
                .user = d,
                .status = control_status,
                .sources = control_sources,
                .set_paused = control_set_paused,
                .submit = control_submit,
                .reload = control_reload,
                .queue_kick = control_queue_kick,
                .log_level = control_log_level,
        };
        _cleanup_free_ char *error = NULL;
        int r = control_new(&d->control, &host, d->config, notify_sockets_claim(&d->sockets, "control"), &error);

        if (r > 0)
                log_error(d->log, "%s", error);
        return r < 0 ? error_trace(r) : r;
}

/* Store, intake, work, stream, control; what follows is asynchronous, see on_workers_started(). 0, an exit status, or
 * -errno. */
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
                log_error(d->log, "%s", error);
                return EX_CANTCREAT;
        }
        if (r == 0)
                r = stream_new(&d->stream, &d->loop, d->log, d->store);
        if (r == 0)
                r = work_new(&d->work, &d->loop, d->log, d->store, d->options.sandbox, &work_callbacks);
        if (r == 0)
                r = intake_new(&d->intake, &d->loop, d->store, d->log, &limits, &intake_callbacks);
        if (r < 0)
                return error_trace(r);
        d->intake_open = true;
        d->watcher_host = (struct watcher_host){ .loop = &d->loop, .log = d->log, .intake = d->intake,
                                                 .sockets = &d->sockets, .settled = on_settled, .user = d };
        d->output_host = (struct output_host){ .loop = &d->loop, .log = d->log, .store = d->store, .stream = d->stream };
        r = start_control(d);
        if (r != 0)
                return r < 0 ? error_trace(r) : EX_UNAVAILABLE;
        work_start(d->work, d->config);
        return 0;
}

/* ---- stop ---- */

static void stage_watchers(struct daemon *d)
{
        if (list_is_empty(&d->watchers)) {
                next_stage(d);
                return;
        }
        list_for_each(it, &d->watchers) {
                struct watcher *watcher = list_entry(it, struct watcher, link);

                if (watcher->state != WATCHER_STOPPING)
                        watcher_stop(watcher, on_watcher_closed, d);
        }
}

static void stage_intake(struct daemon *d)
{
        intake_close(d->intake, next_stage, d);
}

static void stage_work(struct daemon *d)
{
        work_close(d->work, GRACE_US, next_stage, d);
}

static void stage_outputs(struct daemon *d)
{
        if (list_is_empty(&d->outputs)) {
                next_stage(d);
                return;
        }
        list_for_each(it, &d->outputs) {
                struct output *output = list_entry(it, struct output, link);

                if (!output->stopping)
                        output_stop(output, on_output_closed, d);
        }
}

static void stage_control(struct daemon *d)
{
        control_close(d->control, next_stage, d);
}

static void stage_stream(struct daemon *d)
{
        stream_close(d->stream, next_stage, d);
}

static void stage_store(struct daemon *d)
{
        store_close(d->store, next_stage, d);
}

static void stage_handles(struct daemon *d)
{
        for (size_t i = 0; i < N_ELEMENTS(d->signals); i++)
                uv_close((uv_handle_t *)&d->signals[i], NULL);
        uv_close((uv_handle_t *)&d->turn, NULL);
        uv_close((uv_handle_t *)&d->tick, NULL);
        uv_close((uv_handle_t *)&d->watchdog, NULL);
        uv_close((uv_handle_t *)&d->limit, NULL);
}

/* Intake first, so that nothing new comes; then who finishes and who tells of it; the store last. */
static void (*const stages[])(struct daemon *d) = {
        stage_watchers, stage_control, stage_intake, stage_work, stage_outputs, stage_stream, stage_store, stage_handles,
};

static void next_stage(void *user)
{
        struct daemon *d = user;

        if (d->stop_stage < N_ELEMENTS(stages))
                stages[d->stop_stage++](d);
}

static void on_limit(uv_timer_t *timer)
{
        struct daemon *d = timer->data;

        log_message(d->log, LOG_WARNING, LOG_STOPPED, NULL, "did not stop in time (stage %zu); what was running stays pending",
                    d->stop_stage);
        _exit(EX_SOFTWARE);
}

void daemon_stop(struct daemon *d, int status)
{
        if (d->state == DAEMON_STOPPING)
                return;
        d->state = DAEMON_STOPPING;
        d->status = status;
        notify_stopping("Stopping");
        uv_timer_start(&d->limit, on_limit, STOP_LIMIT_MS, 0);
        reload_abandon(d);
        next_stage(d);
}

/* ---- run ---- */

static void print_errors(const char *errors)
{
        fputs(errors, stderr);
        if (*errors != '\0' && errors[strlen(errors) - 1] != '\n')
                fputc('\n', stderr);
}

static int load_config(const char *path, struct config **config)
{
        _cleanup_free_ char *errors = NULL;
        int r = config_load(path, config, &errors);

        if (r == 0)
                return EX_OK;
        if (r > 0)
                print_errors(errors);
        else
                fprintf(stderr, "datelined: %s: %s\n", path, strerror(-r));
        return r > 0 ? EX_CONFIG : EX_OSERR;
}

static void daemon_deinit(struct daemon *d)
{
        if (uv_loop_close(&d->loop) != 0)
                log_message(d->log, LOG_ERR, LOG_GENERAL, NULL, "the loop still has handles: a bug of datelined");
        notify_sockets_deinit(&d->sockets);
        config_unref(d->config);
        log_free(d->log);
}

int daemon_run(const struct daemon_options *options)
{
        struct daemon d = { .options = *options };
        int status = load_config(options->config_path, &d.config), r;

        if (status != EX_OK)
                return status;
        r = log_new(&d.log, options->log_level >= 0 ? options->log_level : d.config->log_level, false);
        if (r == 0)
                r = notify_sockets_take(&d.sockets);
        if (r == 0)
                r = uv_loop_init(&d.loop);
        if (r < 0) {
                fprintf(stderr, "datelined: cannot start: %s\n", strerror(-r));
                return EX_OSERR;
        }
        list_init(&d.watchers);
        list_init(&d.outputs);
        status_init(&d);
        start_handles(&d);
        r = start_parts(&d);
        if (r != 0) {
                /* What was opened goes with the process: nothing has begun yet. */
                if (r < 0)
                        log_error(d.log, "cannot start: %s", strerror(-r));
                return r < 0 ? EX_OSERR : r;
        }
        uv_run(&d.loop, UV_RUN_DEFAULT);
        log_message(d.log, LOG_NOTICE, LOG_STOPPED, NULL, "datelined has stopped");
        status = d.status;
        daemon_deinit(&d);
        return status;
}

/* ---- --check-config ---- */

struct check {
        struct crew *crew;
        int status;
};

static void on_check_closed(struct crew *crew, void *user)
{
        (void)user;
        crew_free(crew);
}

static void on_check_started(struct pool *pool, void *user, int r, const char *reason)
{
        struct check *check = user;

        (void)pool;
        check->status = r == 0 ? EX_OK : r == POOL_E_CONFIG ? EX_CONFIG : EX_OSERR;
        if (r != 0)
                print_errors(reason);
        crew_close(check->crew, 0, on_check_closed, NULL);
}

static void on_check_idle(struct pool *pool, void *user)
{
        (void)pool;
        (void)user;
}

int daemon_check(const struct daemon_options *options)
{
        static const struct pool_callbacks callbacks = { .started = on_check_started, .idle = on_check_idle };
        _cleanup_(config_unrefp) struct config *config = NULL;
        struct check check = { .status = EX_OSERR };
        uv_loop_t loop;
        int status = load_config(options->config_path, &config);

        if (status != EX_OK)
                return status;
        if (uv_loop_init(&loop) < 0)
                return EX_OSERR;
        if (crew_new(&check.crew, &loop, NULL, config, options->sandbox, &callbacks, &check) < 0)
                return EX_OSERR;
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
        return check.status;
}
