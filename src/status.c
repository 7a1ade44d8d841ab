/* See status.h. */
#include "status.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "daemon.h"
#include "store/embargo.h"
#include "store/query.h"

void status_init(struct daemon *d)
{
        struct status *s = &d->status_figures;

        s->daemon = d;
        s->started = clock_wall_us();
        s->started_monotonic = clock_monotonic_us();
        s->second = s->started_monotonic / CLOCK_SECOND;
}

void status_turn(struct daemon *d)
{
        struct status *s = &d->status_figures;
        int64_t now = (int64_t)uv_hrtime() / 1000, idle = (int64_t)uv_metrics_idle_time(&d->loop) / 1000;
        int64_t minute = now / (60 * CLOCK_SECOND);
        int64_t busy = now - s->turn_began - (idle - s->turn_idle), cpu = clock_thread_us();

        if (s->turn_began != 0 && d->state == DAEMON_RUNNING) {
                if (minute != s->turn_minute) {
                        s->longest[1] = minute == s->turn_minute + 1 ? s->longest[0] : 0;
                        s->longest_cpu[1] = minute == s->turn_minute + 1 ? s->longest_cpu[0] : 0;
                        s->longest[0] = s->longest_cpu[0] = 0;
                        s->turn_minute = minute;
                }
                s->longest[0] = MAX_OF(s->longest[0], busy);
                s->longest_cpu[0] = MAX_OF(s->longest_cpu[0], cpu - s->turn_cpu);
                s->longest_ever = MAX_OF(s->longest_ever, busy);
        }
        s->turn_began = now;
        s->turn_idle = idle;
        s->turn_cpu = cpu;
}

/* The slot of the running second; those that were skipped are cleared. */
static size_t current_second(struct status *s)
{
        int64_t now = clock_monotonic_us() / CLOCK_SECOND;

        for (int i = 0; s->second < now && i < STATUS_SECONDS; i++) {
                s->second++;
                memset(&s->seconds[s->second % STATUS_SECONDS], 0, sizeof(s->seconds[0]));
        }
        s->second = now;
        return (size_t)(now % STATUS_SECONDS);
}

void status_count_delivery(struct daemon *d)
{
        struct status *s = &d->status_figures;

        s->seconds[current_second(s)].deliveries++;
}

void status_count_committed(struct daemon *d, const struct queue_item *item, const struct desk_result *result)
{
        struct status *s = &d->status_figures;
        const struct waiting *w = &item->waiting;
        size_t now = current_second(s);

        if (!w->is_story)
                return;
        s->seconds[now].stories++;
        s->seconds[now].events += result->events;
        s->last_at = clock_wall_us();
        s->last_latency = w->received != 0 ? s->last_at - w->received : 0;
        s->last_events = result->events;
        snprintf(s->last_id, sizeof(s->last_id), "%lld.%lld", (long long)w->delivery, (long long)w->number);
        snprintf(s->last_source, sizeof(s->last_source), "%s", w->source != NULL ? w->source : "");
        snprintf(s->last_headline, sizeof(s->last_headline), "%s", result->headline != NULL ? result->headline : "");
}

void status_count_quarantined(struct daemon *d, const struct waiting *w, const char *reason)
{
        struct status *s = &d->status_figures;

        s->bad_at = clock_wall_us();
        snprintf(s->bad_id, sizeof(s->bad_id), w->is_story ? "%lld.%lld" : "%lld", (long long)w->delivery,
                 (long long)w->number);
        snprintf(s->bad_source, sizeof(s->bad_source), "%s", w->source != NULL ? w->source : "");
        snprintf(s->bad_reason, sizeof(s->bad_reason), "%s", reason != NULL ? reason : "no reason");
}

void status_reloaded(struct daemon *d, int r, const char *errors)
{
        struct status *s = &d->status_figures;

        if (r == 0)
                s->reloaded = clock_wall_us();
        s->refused_at = r == 0 ? 0 : clock_wall_us();
        snprintf(s->refused, sizeof(s->refused), "%.*s", (int)strcspn(errors ? errors : "", "\n"),
                 errors ? errors : "");
        s->sentence[0] = '\0';
}

/* ---- what only the store knows ---- */

/* What the database takes on disk: with its log, which may be larger than what has been written into the database yet.
 */
static int64_t store_bytes(const char *path)
{
        static const char *const suffixes[] = { "", "-wal", "-shm" };
        int64_t bytes = 0;

        for (size_t i = 0; i < N_ELEMENTS(suffixes); i++) {
                _cleanup_free_ char *name = NULL;
                struct stat st;

                if (asprintf(&name, "%s%s", path, suffixes[i]) > 0 && stat(name, &st) == 0)
                        bytes += (int64_t)st.st_size;
        }
        return bytes;
}

static int refresh_run(struct store_job *job, struct db *db)
{
        struct status *s = container_of(job, struct status, job);
        json_t *totals = NULL;
        int r = query_totals(db, &totals);

        if (r != 0)
                return r;
        s->fresh_stories = json_integer_value(json_object_get(totals, "stories"));
        s->fresh_events = json_integer_value(json_object_get(totals, "events"));
        s->fresh_duplicates = json_integer_value(json_object_get(totals, "duplicates"));
        s->fresh_quarantined = json_integer_value(json_object_get(totals, "quarantined"));
        s->fresh_alerts = json_integer_value(json_object_get(totals, "alerts"));
        s->fresh_raised = json_integer_value(json_object_get(totals, "raised"));
        json_decref(totals);
        r = embargo_count(db, &s->fresh_embargoed);
        if (r < 0)
                return r;
        s->fresh_bytes = store_bytes(s->asking->store.sqlite);
        return 0;
}

static void refresh_done(struct store_job *job, int r)
{
        struct status *s = container_of(job, struct status, job);

        config_unref(STEAL(s->asking));
        if (r != 0)
                return;
        s->stories = s->fresh_stories;
        s->events = s->fresh_events;
        s->duplicates = s->fresh_duplicates;
        s->quarantined = s->fresh_quarantined;
        s->embargoed = s->fresh_embargoed;
        s->alerts = s->fresh_alerts;
        s->raised = s->fresh_raised;
        s->bytes = s->fresh_bytes;
}

static size_t count_watchers(const struct daemon *d, size_t *troubled)
{
        size_t n = 0;

        *troubled = 0;
        list_for_each(it, &d->watchers) {
                *troubled += list_entry(it, struct watcher, link)->trouble != NULL;
                n++;
        }
        return n;
}

static size_t count_troubled_outputs(const struct daemon *d)
{
        size_t n = 0;

        list_for_each(it, &d->outputs)
                n += list_entry(it, struct output, link)->trouble != NULL;
        return n;
}

/* "Running: 3 sources, 412 stories, 1083 events, 2 waiting; trouble: 1 sources, 0 outputs" */
static void tell_systemd(struct daemon *d)
{
        struct status *s = &d->status_figures;
        struct work_figures work;
        char sentence[sizeof(s->sentence)], trouble[64] = "";
        size_t bad_sources, sources = count_watchers(d, &bad_sources), bad_outputs = count_troubled_outputs(d);

        if (bad_sources + bad_outputs > 0)
                snprintf(trouble, sizeof(trouble), "; trouble: %zu sources, %zu outputs", bad_sources, bad_outputs);
        work_get_figures(d->work, &work);
        snprintf(sentence, sizeof(sentence), "Running: %zu sources, %lld stories, %lld events, %lld waiting%s%s%.60s",
                 sources, (long long)s->stories, (long long)s->events,
                 (long long)(work.deliveries + work.stories), trouble, d->intake_open ? "" : "; intake is held: ",
                 d->intake_open ? "" : intake_reason(d->intake));
        if (strcmp(sentence, s->sentence) == 0)
                return;
        memcpy(s->sentence, sentence, sizeof(sentence));
        notify_status("%s", sentence);
}

void status_tick(struct daemon *d)
{
        struct status *s = &d->status_figures;

        if (s->asking == NULL) {
                s->asking = config_ref(d->config);
                s->job.run = refresh_run;
                s->job.done = refresh_done;
                store_read(d->store, &s->job);
        }
        if (d->state == DAEMON_RUNNING && d->reload == NULL)
                tell_systemd(d);
}

/* ---- the objects of the control methods ---- */

static json_t *time_or_null(int64_t us)
{
        char text[CLOCK_TEXT_MAX];

        return us != 0 ? json_string(clock_format(us, text)) : json_null();
}

static json_t *source_object(const struct watcher *w)
{
        const struct config_watch *row = w->row;
        struct watcher_polls polls;
        char detail[128] = "";
        json_t *o, *polled;
        const char *place = row->directory != NULL ? row->directory
                            : row->listen != NULL  ? row->listen
                            : row->feed != NULL    ? row->feed
                                                   : row->command.items[0];
        const char *state = w->state == WATCHER_STOPPING ? "stopping"
                            : w->paused                  ? "paused"
                            : w->held                    ? "held"
                                                         : "running";

        if (w->kind->describe != NULL)
                w->kind->describe(w, detail, sizeof(detail));
        o = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:o, s:s?}", "name", row->name, "kind",
                      w->kind->name, "place", place, "state", state, "trouble", w->trouble, "accepted",
                      (json_int_t)w->accepted, "known", (json_int_t)w->known, "refused", (json_int_t)w->refused,
                      "bytes", (json_int_t)w->bytes, "last", time_or_null(w->last_accepted), "detail",
                      detail[0] != '\0' ? detail : NULL);
        if (w->kind->polls == NULL || o == NULL)
                return o;
        w->kind->polls(w, &polls);
        polled = json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "success", time_or_null(polls.success), "change",
                           time_or_null(polls.change), "next", time_or_null(polls.next), "items",
                           (json_int_t)polls.items, "errors", (json_int_t)polls.errors, "saved",
                           (json_int_t)polls.saved);
        (void)json_object_update_missing(o, polled);
        json_decref(polled);
        return o;
}

/* Calls `each` for watchers from number *next on, at least one and until `until`. 0: these were all; 1: there are more;
 * or what `each` returned. Where the last call ended is remembered: to walk there anew each time would take longer than
 * the rest. */
static int walk(struct daemon *d, size_t *next, int64_t until, int (*each)(void *arg, const struct watcher *watcher),
                void *arg)
{
        struct status_place *place = &d->status_figures.place;
        const struct list *head = &d->watchers, *at = head->next;
        size_t first = *next, i = 0;
        int r = 0;

        if (first > 0 && place->gone == d->watchers_gone && place->number == first) {
                at = place->last->next;
                i = first;
        }
        for (; i < first && at != head; i++)
                at = at->next;
        for (; at != head && r == 0; at = at->next) {
                if (*next > first && clock_monotonic_us() >= until)
                        return 1;
                r = each(arg, list_entry(at, struct watcher, link));
                ++*next;
                *place = (struct status_place){ .last = at, .number = *next, .gone = d->watchers_gone };
        }
        return r;
}

/* ---- as text ---- */

struct appending {
        struct buf *out;
        bool first;
};

static int append_source(void *arg, const struct watcher *watcher)
{
        struct appending *a = arg;
        json_t *source = source_object(watcher);
        char *text = source != NULL ? json_dumps(source, JSON_COMPACT) : NULL;
        int r = text != NULL ? buf_append_string(a->out, a->first ? "" : ",") : -ENOMEM;

        json_decref(source);
        if (r == 0)
                r = buf_append_string(a->out, text);
        a->first = false;
        free(text);
        return r == 0 ? 0 : error_origin(-ENOMEM);
}

int status_append_sources(struct daemon *d, size_t *next, int64_t until, struct buf *out)
{
        struct appending a = { .out = out, .first = *next == 0 };

        return walk(d, next, until, append_source, &a);
}

/* ---- as figures ---- */

struct adding {
        int (*add)(void *arg, const struct figures_source *source);
        void *arg;
};

static int add_figures(void *arg, const struct watcher *w)
{
        const struct adding *a = arg;
        const struct figures_source source = { .name = w->row->name,
                                               .accepted = (int64_t)w->accepted,
                                               .known = (int64_t)w->known,
                                               .refused = (int64_t)w->refused,
                                               .bytes = (int64_t)w->bytes,
                                               .trouble = w->trouble != NULL };

        return a->add(a->arg, &source);
}

int status_add_figures(struct daemon *d, size_t *next, int64_t until,
                       int (*add)(void *arg, const struct figures_source *source), void *arg)
{
        struct adding a = { .add = add, .arg = arg };

        return walk(d, next, until, add_figures, &a);
}

static json_t *outputs_array(const struct daemon *d)
{
        json_t *array = json_array();

        list_for_each(it, &d->outputs) {
                const struct output *o = list_entry(it, struct output, link);

                json_array_append_new(array,
                                      json_pack("{s:s, s:s, s:s, s:s?, s:I, s:I, s:I}", "name", o->row->name, "kind",
                                                o->kind->name, "state", o->trouble != NULL ? "trouble" : "running",
                                                "trouble", o->trouble, "sent", (json_int_t)o->sent, "behind",
                                                (json_int_t)output_behind(o), "given_up", (json_int_t)o->given_up));
        }
        return array;
}

/* ["decode 1", "read en 3"]; *model: what reads the language. */
static json_t *modules_array(const char *ready, json_t **model)
{
        json_t *from = json_loads(ready, 0, NULL), *array = json_array(), *module;
        size_t i;

        *model = json_null();
        json_array_foreach(json_object_get(from, "modules"), i, module) {
                const char *name = json_string_value(json_object_get(module, "name"));
                const char *version = json_string_value(json_object_get(module, "version"));

                if (name == NULL || version == NULL)
                        continue;
                json_array_append_new(array, json_sprintf("%s%s%s", name, *version != '\0' ? " " : "", version));
                if (strcmp(name, "read") == 0 && *version != '\0')
                        *model = json_string(version);
        }
        json_decref(from);
        return array;
}

static json_t *rates_object(struct status *s)
{
        double deliveries = 0, stories = 0, events = 0;
        int64_t alive = (clock_monotonic_us() - s->started_monotonic) / CLOCK_SECOND;
        double n = (double)MAX_OF(MIN_OF(alive, (int64_t)STATUS_SECONDS), INT64_C(1));

        (void)current_second(s);
        for (int i = 0; i < STATUS_SECONDS; i++) {
                deliveries += (double)s->seconds[i].deliveries;
                stories += (double)s->seconds[i].stories;
                events += (double)s->seconds[i].events;
        }
        return json_pack("{s:f, s:f, s:f}", "deliveries", deliveries / n, "stories", stories / n, "events", events / n);
}

static json_t *last_object(const struct status *s)
{
        if (s->last_at == 0)
                return json_null();
        return json_pack("{s:s, s:s, s:s?, s:o, s:I, s:I}", "id", s->last_id, "source", s->last_source, "headline",
                         s->last_headline[0] != '\0' ? s->last_headline : NULL, "at", time_or_null(s->last_at),
                         "events", (json_int_t)s->last_events, "latency_us", (json_int_t)s->last_latency);
}

static json_int_t rss_bytes(void)
{
        FILE *f = fopen("/proc/self/statm", "re");
        long long pages = 0;

        if (f != NULL) {
                if (fscanf(f, "%*d %lld", &pages) != 1)
                        pages = 0;
                fclose(f);
        }
        return pages * sysconf(_SC_PAGESIZE);
}

static json_t *queue_object(struct daemon *d, const struct work_figures *work)
{
        return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "deliveries", (json_int_t)work->deliveries, "stories",
                         (json_int_t)work->stories, "in_hand", (json_int_t)work->in_hand, "embargoed",
                         (json_int_t)d->status_figures.embargoed, "max",
                         (json_int_t)d->config->store.max_queue, "intake",
                         d->intake_open ? "open" : intake_reason(d->intake));
}

static json_t *workers_object(const struct work_figures *work)
{
        return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "wanted", (json_int_t)work->wanted, "running",
                         (json_int_t)work->running, "busy", (json_int_t)work->busy, "jobs", (json_int_t)work->jobs,
                         "failed", (json_int_t)work->failed, "lost", (json_int_t)work->lost, "job_us",
                         (json_int_t)work->job_us, "longest_us", (json_int_t)work->longest_us);
}

/* Cut at its bound, and from outside: what is no UTF-8 goes. */
static json_t *untrusted(const char *text)
{
        size_t n = utf8_valid_prefix(text, strlen(text));

        return json_stringn(text, n);
}

json_t *status_object(struct daemon *d)
{
        static const char *const states[] = { "starting", "running", "stopping" };
        struct status *s = &d->status_figures;
        struct work_figures work;
        struct store_figures store;
        json_t *model, *modules, *o;

        work_get_figures(d->work, &work);
        store_get_figures(d->store, &store);
        modules = modules_array(work.modules, &model);
        o = json_pack("{s:s, s:s, s:i, s:o, s:I, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "version",
                      PACKAGE_VERSION, "state", d->reload != NULL ? "reloading" : states[d->state], "pid",
                      (int)getpid(), "started", time_or_null(s->started), "uptime_us",
                      (json_int_t)(clock_monotonic_us() - s->started_monotonic), "config", d->config->path, "reloaded",
                      time_or_null(s->reloaded), "rss_bytes", rss_bytes(), "model", model, "modules", modules,
                      "outputs", outputs_array(d), "queue", queue_object(d, &work), "workers", workers_object(&work),
                      "rates", rates_object(s));
        if (o == NULL)
                return NULL;
        json_object_set_new(o, "totals",
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "stories", (json_int_t)s->stories, "events",
                                      (json_int_t)s->events, "duplicates", (json_int_t)s->duplicates, "quarantined",
                                      (json_int_t)s->quarantined, "alerts", (json_int_t)s->alerts, "raised",
                                      (json_int_t)s->raised));
        json_object_set_new(o, "last", last_object(s));
        json_object_set_new(o, "quarantined", s->bad_at == 0 ? json_null() :
                            json_pack("{s:s, s:s, s:o, s:o}", "id", s->bad_id, "source", s->bad_source, "reason",
                                      untrusted(s->bad_reason), "at", time_or_null(s->bad_at)));
        json_object_set_new(o, "reload_refused", s->refused_at == 0 ? json_null() :
                            json_pack("{s:o, s:o}", "error", untrusted(s->refused), "at", time_or_null(s->refused_at)));
        json_object_set_new(o, "loop", json_pack("{s:I, s:I, s:I}", "longest_us",
                                                 (json_int_t)MAX_OF(s->longest[0], s->longest[1]), "longest_cpu_us",
                                                 (json_int_t)MAX_OF(s->longest_cpu[0], s->longest_cpu[1]),
                                                 "longest_ever_us", (json_int_t)s->longest_ever));
        json_object_set_new(o, "store", json_pack("{s:s, s:I, s:I, s:I, s:I}", "path", d->config->store.sqlite, "bytes",
                                                  (json_int_t)s->bytes, "commits", (json_int_t)store.commits, "jobs",
                                                  (json_int_t)store.jobs, "commit_us", (json_int_t)store.commit_us));
        return o;
}
