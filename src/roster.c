/* See roster.h. */
#include "roster.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/names.h"
#include "daemon.h"
#include "watch/feeds.h"

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

static const struct config_watch *find_watch(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_watch; i++)
                if (strcmp(config->watch[i].name, name) == 0)
                        return &config->watch[i];
        return NULL;
}

/* The stage that waits for the last one of a list is over with it. */
static void maybe_next_stage(struct daemon *d, struct list *list)
{
        if (d->emptying != list || !list_is_empty(list))
                return;
        d->emptying = NULL;
        daemon_next_stage(d);
}

/* Whether one that is on its way out still listens there. */
static bool is_taken(const struct daemon *d, const struct config_watch *row)
{
        if (row->listen == NULL)
                return false;
        list_for_each(it, &d->watchers) {
                const struct watcher *watcher = list_entry(it, struct watcher, link);

                if (watcher->state == WATCHER_STOPPING && watcher->row->listen != NULL &&
                    strcmp(watcher->row->listen, row->listen) == 0)
                        return true;
        }
        return false;
}

/* One that changed has made room for its successor. */
static void follow_name(struct daemon *d, const char *name, bool paused)
{
        const struct config_watch *row = find_watch(d->config, name);

        if (row == NULL)
                daemon_drop_unclaimed(d);
        else if (!is_taken(d, row))
                start_watcher(d, row, paused);
}

/* Of another name, and waits for the address of one that is gone. */
static void follow_address(struct daemon *d, const char *listen)
{
        for (size_t i = 0; i < d->config->n_watch; i++) {
                const struct config_watch *row = &d->config->watch[i];

                if (row->listen != NULL && strcmp(row->listen, listen) == 0 &&
                    roster_find_watcher(d, row->name) == NULL)
                        start_watcher(d, row, false);
        }
}

static void on_watcher_closed(struct watcher *watcher, void *user)
{
        struct daemon *d = user;
        bool paused = watcher->paused;
        _cleanup_(config_unrefp) struct config *config _unused_ = config_ref(watcher->config);   /* keeps `row` */
        const struct config_watch *row = watcher->row;

        if (!watcher->settled)
                d->unsettled--;
        watcher_free(watcher);
        d->watchers_gone++;
        maybe_next_stage(d, &d->watchers);
        if (d->state == DAEMON_STOPPING)
                return;
        follow_name(d, row->name, paused);
        if (row->listen != NULL)
                follow_address(d, row->listen);
}

static void on_output_closed(struct output *output, void *user)
{
        struct daemon *d = user;

        output_free(output);
        maybe_next_stage(d, &d->outputs);
        if (d->state != DAEMON_STOPPING)
                roster_follow_config(d);
}

static const struct config_output *find_output(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_outputs; i++)
                if (strcmp(config->outputs[i].name, name) == 0)
                        return &config->outputs[i];
        return NULL;
}

struct watcher *roster_find_watcher(const struct daemon *d, const char *name)
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

/* There may be thousands of feeds. */
static void follow_watchers(struct daemon *d)
{
        const struct config *config = d->config;
        _cleanup_(names_deinit) struct names wanted = { 0 };
        _cleanup_free_ bool *there = calloc(config->n_watch + 1, sizeof(bool));

        if (there == NULL || names_init(&wanted, config->n_watch) < 0)
                arena_out_of_memory();
        for (size_t i = 0; i < config->n_watch; i++)
                names_add(&wanted, config->watch[i].name, i);
        list_for_each(it, &d->watchers) {
                struct watcher *watcher = list_entry(it, struct watcher, link);
                size_t at = names_find(&wanted, watcher->row->name);

                if (at != NAMES_NONE)
                        there[at] = true;
                if (watcher->state != WATCHER_STOPPING &&
                    (at == NAMES_NONE || !config_watch_equal(&config->watch[at], watcher->row))) {
                        watcher->succeeded = at != NAMES_NONE && config->watch[at].kind == watcher->row->kind;
                        watcher_stop(watcher, on_watcher_closed, d);    /* its successor starts when it is gone */
                }
        }
        for (size_t i = 0; i < config->n_watch; i++)
                if (!there[i] && !is_taken(d, &config->watch[i]))
                        start_watcher(d, &config->watch[i], false);
}

static void follow_websub(struct daemon *d)
{
        const struct config_websub *websub = &d->config->websub;
        _cleanup_(buf_deinit) struct buf key = BUF_NULL;

        if (buf_printf(&key, "%s-websub.key", d->config->store.sqlite) != 0)
                arena_out_of_memory();
        websub_set(d->feeds->websub, websub->listen, websub->url, key.data);
}

void roster_follow_config(struct daemon *d)
{
        const struct config *config = d->config;

        follow_websub(d);       /* its key is in what feeds start with */
        follow_watchers(d);
        list_for_each(it, &d->outputs) {
                struct output *output = list_entry(it, struct output, link);
                const struct config_output *row = find_output(config, output->row->name);

                if (!output->stopping && (row == NULL || !config_output_equal(row, output->row)))
                        output_stop(output, on_output_closed, d);
        }
        for (size_t i = 0; i < config->n_outputs; i++)
                if (!has_output(d, config->outputs[i].name))
                        start_output(d, &config->outputs[i]);
        metrics_set_address(d->metrics, config->metrics);
}

void roster_stop_watchers(struct daemon *d)
{
        list_for_each(it, &d->watchers) {
                struct watcher *watcher = list_entry(it, struct watcher, link);

                if (watcher->state != WATCHER_STOPPING)
                        watcher_stop(watcher, on_watcher_closed, d);
        }
        d->emptying = &d->watchers;
        maybe_next_stage(d, &d->watchers);
}

void roster_stop_outputs(struct daemon *d)
{
        list_for_each(it, &d->outputs) {
                struct output *output = list_entry(it, struct output, link);

                if (!output->stopping)
                        output_stop(output, on_output_closed, d);
        }
        d->emptying = &d->outputs;
        maybe_next_stage(d, &d->outputs);
}
