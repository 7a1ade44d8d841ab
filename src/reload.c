/* See reload.h. The file is read on a thread of the pool, since a disk may be slow; everything else is the loop's. */
#include "reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alerting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "config/differ.h"
#include "daemon.h"
#include "roster.h"

struct reload {
        uv_work_t work;
        struct daemon *daemon;          /* NULL: abandoned */
        struct config *config;          /* the new one */
        char *errors;
        char *changes;                  /* once it is taken over: in words */
        bool emptied;                   /* ... and a list of it has nothing any more */
        int r;
        bool loaded;
        void (*done)(void *arg, int r, const char *text);
        void *arg;
};

static void reload_free(struct reload *reload)
{
        config_unref(reload->config);
        free(reload->errors);
        free(reload->changes);
        free(reload);
}

/* The one way out. */
static void finish(struct reload *reload, int r, const char *errors)
{
        struct daemon *d = reload->daemon;

        d->reload = NULL;
        status_reloaded(d, r, errors);
        if (r == 0) {
                log_message(d->log, reload->emptied ? LOG_WARNING : LOG_NOTICE, LOG_RELOADED, NULL, "reloaded %s: %s%s",
                            d->config->path, reload->changes, reload->emptied ? ": was the file whole?" : "");
        } else {
                if (errors != NULL)
                        log_lines(d->log, LOG_ERR, LOG_CONFIG_REFUSED, errors);
                log_message(d->log, LOG_ERR, LOG_CONFIG_REFUSED, NULL,
                            "the new configuration was refused, the old one goes on");
        }
        notify_ready(r == 0 ? "Running with the reloaded configuration" : "Running; a reload was refused, see the log");
        if (reload->done != NULL)
                reload->done(reload->arg, r, r == 0 ? reload->changes : errors);
        reload_free(reload);
        reload_if_wanted(d);
}

/* What cannot change while the daemon runs. */
static char *fixed_errors(const struct config *old, const struct config *new)
{
        char *text = NULL;

        if (strcmp(old->store.sqlite, new->store.sqlite) != 0 &&
            asprintf(&text, "%s:1:1: store.sqlite: cannot change at a reload (it is %s now): restart datelined",
                     new->path, old->store.sqlite) < 0)
                arena_out_of_memory();
        return text;
}

static void loaded(struct reload *reload)
{
        struct daemon *d = reload->daemon;
        int r = reload->r;

        if (r == 0) {
                reload->errors = fixed_errors(d->config, reload->config);
                r = reload->errors != NULL ? CONFIG_E_BAD : 0;
        }
        if (r == 0)
                r = control_reconfigure(d->control, reload->config, &reload->errors);
        if (r != 0) {
                finish(reload, r, reload->errors);
                return;
        }
        work_start(d->work, reload->config);
}

static void on_load(uv_work_t *work)
{
        struct reload *reload = container_of(work, struct reload, work);

        reload->r = config_load(reload->daemon->options.config_path, &reload->config, &reload->errors);
}

static void on_loaded(uv_work_t *work, int status)
{
        struct reload *reload = container_of(work, struct reload, work);

        (void)status;
        reload->loaded = true;
        if (reload->daemon->reload == reload)
                loaded(reload);
        else
                reload_free(reload);
}

void reload_start(struct daemon *d, void (*done)(void *arg, int r, const char *text), void *arg)
{
        struct reload *reload;
        int r;

        if (d->state != DAEMON_RUNNING || d->reload != NULL) {
                d->reload_again |= done == NULL;
                if (done != NULL)
                        done(arg, CONFIG_E_BAD, d->reload != NULL ? "a reload is under way already: wait for its end"
                                                                  : "datelined is not running yet, or stops");
                return;
        }
        reload = calloc(1, sizeof(*reload));
        if (reload == NULL)
                arena_out_of_memory();
        reload->daemon = d;
        reload->done = done;
        reload->arg = arg;
        d->reload = reload;
        notify_reloading();
        r = uv_queue_work(&d->loop, &reload->work, on_load, on_loaded);
        if (r < 0)
                finish(reload, r, NULL);
}

void reload_if_wanted(struct daemon *d)
{
        if (!d->reload_again || d->state != DAEMON_RUNNING)
                return;
        d->reload_again = false;
        reload_start(d, NULL, NULL);
}

void reload_workers_started(struct daemon *d, int r, const char *reason)
{
        struct reload *reload = d->reload;
        struct intake_limits limits = { .max_bytes = INTAKE_BYTES };
        char *ignored = NULL;

        if (reload == NULL)
                return;
        if (r != 0) {
                (void)control_reconfigure(d->control, d->config, &ignored);
                free(ignored);
                finish(reload, CONFIG_E_BAD, reason);
                return;
        }
        reload->changes = differ_text(d->config, reload->config, &reload->emptied);
        if (reload->changes == NULL)
                arena_out_of_memory();
        config_unref(d->config);
        d->config = STEAL(reload->config);
        if (d->options.log_level < 0)
                log_set_level(d->log, d->config->log_level);
        limits.max_queue = d->config->store.max_queue;
        intake_set_limits(d->intake, &limits);
        alerting_set(d->alerting, d->config);
        roster_follow_config(d);
        finish(reload, 0, NULL);
}

void reload_abandon(struct daemon *d)
{
        struct reload *reload = STEAL(d->reload);

        if (reload == NULL)
                return;
        if (reload->done != NULL)
                reload->done(reload->arg, CONFIG_E_BAD, "datelined stops");
        if (reload->loaded)
                reload_free(reload);
}
