/* See service.h. */
#include "service.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "daemon.h"
#include "probe.h"
#include "reload.h"
#include "roster.h"

static json_t *control_status(void *user)
{
        return status_object(user);
}

static int control_sources(void *user, size_t *next, int64_t until, struct buf *out)
{
        return status_append_sources(user, next, until, out);
}

static json_t *control_rules(void *user)
{
        const struct config *config = ((struct daemon *)user)->config;
        json_t *array = json_array();

        for (size_t i = 0; array != NULL && i < config->n_rules; i++) {
                const struct rule *rule = &config->rules[i];

                json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "name", rule->name, "severity",
                                                       rule_severities[rule->severity], "kind",
                                                       rule->rate.count != 0      ? "rate" :
                                                       rule->absence.of_time != 0 ? "absence" :
                                                                                    "event",
                                                       "group", rule_groups[rule->group], "file", rule->place.path,
                                                       "line", (int)rule->place.line));
        }
        return array;
}

static int control_set_paused(void *user, const char *source, bool paused)
{
        struct watcher *watcher = roster_find_watcher(user, source);

        if (watcher == NULL)
                return 1;
        watcher_set_paused(watcher, paused);
        return 0;
}

static int control_test_source(void *user, const char *name, const char *url, bool allow_private,
                               void (*done)(void *arg, const char *text, size_t n), void *arg)
{
        const struct probe_order order = { .name = name, .url = url, .allow_private = allow_private };

        return probe_start(user, &order, done, arg);
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
                .key = submit->key,
                .received = clock_wall_us(),
                .bytes = submit->bytes,
                .n_bytes = submit->n_bytes,
        };
        intake_submit(d->intake, &submission->ticket);
}

static void control_reload(void *user, void (*done)(void *arg, int r, const char *text), void *arg)
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

/* For the figures: what Status tells, and who follows. */
static json_t *metrics_status(void *user)
{
        struct daemon *d = user;
        json_t *status = status_object(d);

        if (status != NULL)
                json_object_set_new(status, "followers", json_integer((json_int_t)stream_followers(d->stream)));
        return status;
}

static int metrics_sources(void *user, size_t *next, int64_t until,
                           int (*add)(void *arg, const struct figures_source *source), void *arg)
{
        return status_add_figures(user, next, until, add, arg);
}

int service_start(struct daemon *d)
{
        const struct control_host host = {
                .loop = &d->loop,
                .log = d->log,
                .store = d->store,
                .stream = d->stream,
                .sockets = &d->sockets,
                .user = d,
                .status = control_status,
                .sources = control_sources,
                .rules = control_rules,
                .set_paused = control_set_paused,
                .test_source = control_test_source,
                .submit = control_submit,
                .reload = control_reload,
                .queue_kick = control_queue_kick,
                .log_level = control_log_level,
        };
        const struct metrics_host metrics = {
                .sockets = &d->sockets, .status = metrics_status, .sources = metrics_sources, .user = d
        };
        _cleanup_free_ char *error = NULL;
        int r = control_new(&d->control, &host, d->config, notify_sockets_claim(&d->sockets, "control"), &error);

        if (r > 0)
                log_message(d->log, LOG_ERR, LOG_NOT_STARTED, NULL, "%s", error);
        if (r == 0)
                r = metrics_new(&d->metrics, &d->loop, d->log, &metrics);
        return r < 0 ? error_trace(r) : r;
}
