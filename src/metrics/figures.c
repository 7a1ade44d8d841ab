/* See figures.h. */
#include "metrics/figures.h"

#include <stddef.h>
#include <string.h>

enum kind { COUNTER, GAUGE };

struct figure {
        const char *name;               /* the family; a counter's sample gets _total */
        enum kind kind;
        const char *unit; /* the last word of the name; NULL: none. seconds: the value is in microseconds */
        const char *list;               /* of objects that are a sample each: "outputs"; NULL: the status itself */
        const char *label;              /* of such a sample: its name is the label's value */
        const char *section, *member;   /* where the value stands; section NULL: at the top */
        const char *help;
};

static const struct figure figures_of_status[] = {
        { "dateline_uptime_seconds", GAUGE, "seconds", NULL, NULL, NULL, "uptime_us", "Time since the start." },
        { "dateline_memory_bytes", GAUGE, "bytes", NULL, NULL, NULL, "rss_bytes", "Resident memory of datelined." },
        { "dateline_stories", GAUGE, NULL, NULL, NULL, "totals", "stories", "Stories in the store." },
        { "dateline_events", GAUGE, NULL, NULL, NULL, "totals", "events", "Events in the store." },
        { "dateline_duplicates", GAUGE, NULL, NULL, NULL, "totals", "duplicates",
          "Stories in the store that were known already." },
        { "dateline_quarantined", GAUGE, NULL, NULL, NULL, "totals", "quarantined",
          "Deliveries and stories in quarantine." },
        { "dateline_alerts_open", GAUGE, NULL, NULL, NULL, "totals", "alerts", "Alerts that are not resolved." },
        { "dateline_alerts_raised", COUNTER, NULL, NULL, NULL, "totals", "raised", "Alerts that were ever raised." },
        { "dateline_queue_deliveries", GAUGE, NULL, NULL, NULL, "queue", "deliveries",
          "Deliveries that wait to be decoded." },
        { "dateline_queue_stories", GAUGE, NULL, NULL, NULL, "queue", "stories",
          "Stories that wait to be read and coded." },
        { "dateline_queue_in_hand", GAUGE, NULL, NULL, NULL, "queue", "in_hand",
          "Deliveries and stories that workers have." },
        { "dateline_queue_max", GAUGE, NULL, NULL, NULL, "queue", "max",
          "Deliveries that may wait before sources are held." },
        { "dateline_workers_wanted", GAUGE, NULL, NULL, NULL, "workers", "wanted",
          "Worker processes that there should be." },
        { "dateline_workers_running", GAUGE, NULL, NULL, NULL, "workers", "running", "Worker processes that run." },
        { "dateline_workers_busy", GAUGE, NULL, NULL, NULL, "workers", "busy", "Worker processes that have a job." },
        { "dateline_jobs", COUNTER, NULL, NULL, NULL, "workers", "jobs", "Jobs that workers have done." },
        { "dateline_jobs_failed", COUNTER, NULL, NULL, NULL, "workers", "failed", "Attempts that failed." },
        { "dateline_workers_lost", COUNTER, NULL, NULL, NULL, "workers", "lost",
          "Workers that died, hung or wanted too much." },
        { "dateline_job_mean_seconds", GAUGE, "seconds", NULL, NULL, "workers", "job_us",
          "Mean job of the last minute." },
        { "dateline_job_longest_seconds", GAUGE, "seconds", NULL, NULL, "workers", "longest_us",
          "Longest job of the last minute." },
        { "dateline_loop_turn_longest_seconds", GAUGE, "seconds", NULL, NULL, "loop", "longest_us",
          "Longest turn of the loop within the last minute." },
        { "dateline_loop_turn_cpu_longest_seconds", GAUGE, "seconds", NULL, NULL, "loop", "longest_cpu_us",
          "Most processor time of a turn of the loop within the last minute." },
        { "dateline_loop_turn_longest_ever_seconds", GAUGE, "seconds", NULL, NULL, "loop", "longest_ever_us",
          "Longest turn of the loop since the start." },
        { "dateline_store_bytes", GAUGE, "bytes", NULL, NULL, "store", "bytes",
          "What the database takes on disk, with its log." },
        { "dateline_store_commits", COUNTER, NULL, NULL, NULL, "store", "commits", "Transactions." },
        { "dateline_store_jobs", COUNTER, NULL, NULL, NULL, "store", "jobs", "Jobs of the store's writer." },
        { "dateline_store_commit_longest_seconds", GAUGE, "seconds", NULL, NULL, "store", "commit_us",
          "Longest commit of the last minute." },
        { "dateline_output_sent", COUNTER, NULL, "outputs", "output", NULL, "sent", "Events that the output got." },
        { "dateline_output_behind", GAUGE, NULL, "outputs", "output", NULL, "behind",
          "Events that it has not got yet." },
        { "dateline_output_given_up", COUNTER, NULL, "outputs", "output", NULL, "given_up",
          "Events that its receiver refused for good." },
        { "dateline_output_trouble", GAUGE, NULL, "outputs", "output", NULL, "trouble",
          "1 where the output is in trouble." },
        { "dateline_followers", GAUGE, NULL, NULL, NULL, NULL, "followers", "Outputs and clients that follow events." },
};

/* Of each source; a row a family. */
static const struct source_figure {
        const char *name;
        enum kind kind;
        const char *unit;
        size_t offset;                  /* of an int64_t of struct figures_source */
        const char *help;
} source_figures[FIGURES_OF_SOURCE] = {
#define OF(member) offsetof(struct figures_source, member)
        { "dateline_source_accepted", COUNTER, NULL, OF(accepted), "Deliveries that were accepted." },
        { "dateline_source_known", COUNTER, NULL, OF(known), "Deliveries that were taken before." },
        { "dateline_source_refused", COUNTER, NULL, OF(refused), "Deliveries that were refused." },
        { "dateline_source_bytes", COUNTER, "bytes", OF(bytes), "Bytes of accepted deliveries." },
        { "dateline_source_trouble", GAUGE, NULL, OF(trouble), "1 where the source is in trouble." },
#undef OF
};

/* The value of a label: \\, \" and \n are escaped. */
static int print_label(struct buf *out, const char *text)
{
        int r = 0;

        for (; text != NULL && *text != '\0' && r == 0; text++) {
                if (*text == '\n')
                        r = buf_append(out, "\\n", 2);
                else if (*text == '"' || *text == '\\')
                        r = buf_printf(out, "\\%c", *text);
                else
                        r = buf_append(out, text, 1);
        }
        return r;
}

/* A text stands for 1, null for 0. */
static int print_value(struct buf *out, const struct figure *f, const json_t *value)
{
        json_int_t n = json_integer_value(value);

        if (json_is_string(value))
                n = 1;
        if (f->unit != NULL && strcmp(f->unit, "seconds") == 0)
                return buf_printf(out, " %lld.%06lld\n", (long long)(n / 1000000), (long long)(n % 1000000));
        return buf_printf(out, " %lld\n", (long long)n);
}

static int print_sample(struct buf *out, const struct figure *f, const json_t *object)
{
        int r = buf_printf(out, "%s%s", f->name, f->kind == COUNTER ? "_total" : "");

        if (r == 0 && f->label != NULL) {
                r = buf_printf(out, "{%s=\"", f->label);
                if (r == 0)
                        r = print_label(out, json_string_value(json_object_get(object, "name")));
                if (r == 0)
                        r = buf_append(out, "\"}", 2);
        }
        if (r == 0)
                r = print_value(out, f, json_object_get(object, f->member));
        return r;
}

static int print_head(struct buf *out, const char *name, enum kind kind, const char *unit, const char *help)
{
        int r = buf_printf(out, "# TYPE %s %s\n", name, kind == COUNTER ? "counter" : "gauge");

        if (r == 0 && unit != NULL)
                r = buf_printf(out, "# UNIT %s %s\n", name, unit);
        return r != 0 ? r : buf_printf(out, "# HELP %s %s\n", name, help);
}

static int print_family(struct buf *out, const struct figure *f, const json_t *status)
{
        int r = print_head(out, f->name, f->kind, f->unit, f->help);
        json_t *item;
        size_t i;

        if (f->list == NULL)
                return r != 0 ? r
                              : print_sample(out, f, f->section != NULL ? json_object_get(status, f->section) : status);
        json_array_foreach(json_object_get(status, f->list), i, item)
                if (r == 0)
                        r = print_sample(out, f, item);
        return r;
}

int figures_add_source(struct figures *figures, const struct figures_source *source)
{
        int r = 0;

        for (size_t i = 0; i < FIGURES_OF_SOURCE && r == 0; i++) {
                const struct source_figure *f = &source_figures[i];
                struct buf *out = &figures->families[i];
                int64_t value;

                memcpy(&value, (const char *)source + f->offset, sizeof(value));
                r = buf_printf(out, "%s%s{source=\"", f->name, f->kind == COUNTER ? "_total" : "");
                if (r == 0)
                        r = print_label(out, source->name);
                if (r == 0)
                        r = buf_printf(out, "\"} %lld\n", (long long)value);
        }
        return r;
}

void figures_deinit(struct figures *figures)
{
        for (size_t i = 0; i < FIGURES_OF_SOURCE; i++)
                buf_deinit(&figures->families[i]);
}

int figures_print(struct buf *out, const json_t *status, const struct figures *figures)
{
        int r = buf_append_string(out, "# TYPE dateline_build info\n# HELP dateline_build The version that runs.\n"
                                       "dateline_build_info{version=\"");

        if (r == 0)
                r = print_label(out, json_string_value(json_object_get(status, "version")));
        if (r == 0)
                r = buf_append_string(out, "\"} 1\n");
        for (size_t i = 0; i < N_ELEMENTS(figures_of_status) && r == 0; i++)
                r = print_family(out, &figures_of_status[i], status);
        for (size_t i = 0; i < FIGURES_OF_SOURCE && r == 0; i++) {
                const struct source_figure *f = &source_figures[i];

                r = print_head(out, f->name, f->kind, f->unit, f->help);
                if (r == 0 && figures->families[i].n > 0)
                        r = buf_append(out, figures->families[i].data, figures->families[i].n);
        }
        return r != 0 ? r : buf_append_string(out, "# EOF\n");
}
