/* See digest.h. */
#include "ctl/digest.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/filter.h"
#include "ctl/table.h"
#include "ctl/text.h"

#define DAY (86400 * CLOCK_SECOND)

enum { BAR_MIN = 10, BAR_MAX = 60, BEFORE_BAR = 30, BINS_SHOWN_MAX = 4000, SERIES = 30, PATIENCE = 10 };

#define TIME_OPTIONS { "since", 0, "TIME", "reported at or after (30d)" }, \
        { "until", 0, "TIME", "reported before (now)" }

#define PATIENCE_OPTION { "patience", 0, "SECONDS", "count for at most so long (10)" }

const struct option_row digest_timeline_options[] = {
        { "by", 0, "UNIT", "day or week (day)" },
        PATIENCE_OPTION,
        { "directed", 0, NULL, "only what the first does to the second" },
        TIME_OPTIONS,
        FILTER_OPTIONS,
        { 0 },
};

const struct option_row digest_pairs_options[] = {
        { "actor", 0, "ACTOR", "pairs with this country, three letters, or of events with this actor" },
        { "limit", 'n', "N", "so many pairs (20)" },
        PATIENCE_OPTION,
        TIME_OPTIONS,
        FILTER_OPTIONS,
        { 0 },
};

static bool is_ascii(void)
{
        return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

void digest_bar(struct buf *out, double value, double greatest, size_t width, bool ascii)
{
        static const char *const parts[] = { "", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589" };
        size_t eighths = greatest > 0 ? (size_t)(value / greatest * (double)width * 8 + 0.5) : 0;

        if (value > 0 && eighths == 0)
                eighths = 1;
        if (ascii)
                eighths = (eighths + 7) / 8 * 8;
        for (size_t i = 0; i < eighths / 8; i++)
                text_printf(out, "%s", ascii ? "#" : "\u2588");
        text_printf(out, "%s", parts[eighths % 8]);
}

void digest_spark(struct buf *out, const json_t *series, bool ascii)
{
        static const char *const blocks[] = { " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586",
                                              "\u2587", "\u2588" };
        static const char letters[] = " ..::-=+#";
        json_int_t greatest = 1;
        json_t *value;
        size_t i;

        json_array_foreach(series, i, value)
                greatest = MAX_OF(greatest, json_integer_value(value));
        json_array_foreach(series, i, value) {
                /* What is there is seen, however little it is. */
                size_t level = (size_t)((json_integer_value(value) * 8 + greatest - 1) / greatest);

                if (ascii)
                        text_printf(out, "%c", letters[MIN_OF(level, (size_t)8)]);
                else
                        text_printf(out, "%s", blocks[MIN_OF(level, (size_t)8)]);
        }
}

/* Cooperation is green, conflict red: whichever is more. */
static enum table_style style_of(const json_t *quads)
{
        json_int_t n[4] = { 0 }, good, bad;

        for (size_t i = 0; i < 4; i++)
                n[i] = json_integer_value(json_array_get(quads, i));
        good = n[0] + n[1];
        bad = n[2] + n[3];
        return good > bad ? TABLE_GREEN : bad > good ? TABLE_RED : TABLE_YELLOW;
}

/* The options that both have. */
static int read_options(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        const char *patience = option_get(line->options, "patience");
        int r = filter_read(ctl, line, parameters);

        if (r == CTL_OK && patience != NULL &&
            (strspn(patience, "0123456789") != strlen(patience) || atoi(patience) < 1 || atoi(patience) > 60))
                r = ctl_fail(ctl, CTL_USAGE, "--patience: '%s' is not a number of seconds from 1 to 60", patience);
        json_object_set_new(parameters, "seconds", json_integer(patience != NULL ? atoi(patience) : PATIENCE));
        if (r == CTL_OK && json_object_get(parameters, "since") == NULL) {
                char since[CLOCK_TEXT_MAX];
                int64_t until = ctl->now;

                if (json_object_get(parameters, "until") != NULL)
                        (void)clock_parse(ctl_text(parameters, "until"), &until);
                json_object_set_new(parameters, "since", json_string(clock_format(until - 30 * DAY, since)));
        }
        return r;
}

static void say_cut(struct ctl *ctl, const json_t *reply)
{
        filter_say_cut(ctl, reply,
                       "what was reported before is not counted: ask for a shorter time or for less, or have "
                       "more --patience");
}

static int show(struct ctl *ctl, const char *method, json_t *parameters, const char *member,
                void (*print)(struct ctl *ctl, const json_t *array))
{
        return ctl_list(ctl, method, parameters, member, "no such events", print, say_cut);
}

/* ---- timeline ---- */

static double greatest_count(const json_t *bins)
{
        double greatest = 0;
        json_t *bin;
        size_t i;

        json_array_foreach(bins, i, bin)
                greatest = MAX_OF(greatest, (double)ctl_int(bin, "count"));
        return greatest;
}

static void print_bin(struct ctl *ctl, int64_t at, const json_t *bin, double greatest)
{
        size_t width = ctl->width > BEFORE_BAR + BAR_MIN ? MIN_OF(ctl->width - BEFORE_BAR, (size_t)BAR_MAX) : BAR_MAX;
        enum table_style style = style_of(json_object_get(bin, "quads"));
        char day[CLOCK_TEXT_MAX];

        text_printf(&ctl->out, "%.10s", clock_format(at, day));
        if (bin != NULL) {
                text_printf(&ctl->out, "%7lld %+9.1f  %s", (long long)ctl_int(bin, "count"), ctl_real(bin, "goldstein"),
                            table_style_begin(style, ctl->colors));
                digest_bar(&ctl->out, (double)ctl_int(bin, "count"), greatest, width, is_ascii());
                text_printf(&ctl->out, "%s", table_style_end(style, ctl->colors));
        } else {
                text_printf(&ctl->out, "%7d", 0);
        }
        text_printf(&ctl->out, "\n");
}

/* Each day or week, also those on which nothing was. */
static void print_bins(struct ctl *ctl, const json_t *bins, int64_t step)
{
        double greatest = greatest_count(bins), sum = 0;
        int64_t count = 0, next = 0, at;
        json_t *bin;
        size_t i;

        text_printf(&ctl->out, "%s%-10s %6s %9s%s\n", table_style_begin(TABLE_BOLD, ctl->colors),
                    step == DAY ? "DAY" : "WEEK OF", "EVENTS",
                    "GOLDSTEIN", table_style_end(TABLE_BOLD, ctl->colors));
        json_array_foreach(bins, i, bin) {
                if (clock_parse(ctl_text(bin, "at"), &at) != 0)
                        continue;
                for (int64_t gap = next; i > 0 && gap < at && (at - gap) / step < BINS_SHOWN_MAX; gap += step)
                        print_bin(ctl, gap, NULL, greatest);
                print_bin(ctl, at, bin, greatest);
                next = at + step;
                count += ctl_int(bin, "count");
                sum += ctl_real(bin, "goldstein");
        }
        text_printf(&ctl->out, "%-10s%7lld %+9.1f\n", "in all", (long long)count, sum);
}

static void print_days(struct ctl *ctl, const json_t *bins)
{
        print_bins(ctl, bins, DAY);
}

static void print_weeks(struct ctl *ctl, const json_t *bins)
{
        print_bins(ctl, bins, 7 * DAY);
}

int digest_timeline(struct ctl *ctl, const struct command_line *line)
{
        const char *by = option_get(line->options, "by");
        json_t *parameters = json_object();
        int r = read_options(ctl, line, parameters);

        if (r == CTL_OK && by != NULL && strcmp(by, "day") != 0 && strcmp(by, "week") != 0)
                r = ctl_fail(ctl, CTL_USAGE, "--by: '%s' is neither day nor week", by);
        if (r == CTL_OK && line->argc < 2 && option_get(line->options, "directed") != NULL)
                r = ctl_fail(ctl, CTL_USAGE, "--directed goes with two actors");
        for (int i = 0; i < line->argc && r == CTL_OK; i++)
                if (json_object_set_new(parameters, i == 0 ? "actor" : "other", json_string(line->argv[i])) < 0)
                        r = ctl_fail(ctl, CTL_USAGE, "'%s' is not UTF-8", line->argv[i]);
        if (r != CTL_OK) {
                json_decref(parameters);
                return r;
        }
        if (by != NULL)
                json_object_set_new(parameters, "by", json_string(by));
        if (option_get(line->options, "directed") != NULL)
                json_object_set_new(parameters, "directed", json_true());
        return show(ctl, "Timeline", parameters, "bins",
                    by != NULL && strcmp(by, "week") == 0 ? print_weeks : print_days);
}

/* ---- pairs ---- */

static void print_pairs(struct ctl *ctl, const json_t *pairs)
{
        static const struct table_column columns[] = {
                { "PAIR", 0, false }, { "EVENTS", 0, true }, { "GOLDSTEIN", 0, true }, { "MEAN", 0, true },
                { "COOPERATION", 0, true }, { "CONFLICT", 0, true }, { "OVER TIME", 0, false },
        };
        struct table table;
        json_t *pair;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(pairs, i, pair) {
                const json_t *names = json_object_get(pair, "pair"), *quads = json_object_get(pair, "quads");
                const char *a = json_string_value(json_array_get(names, 0));
                const char *b = json_string_value(json_array_get(names, 1));
                double sum = ctl_real(pair, "goldstein");
                int64_t count = ctl_int(pair, "count"), n[4] = { 0 };
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;

                for (size_t k = 0; k < 4; k++)
                        n[k] = json_integer_value(json_array_get(quads, k));
                text_printf(&text, "%s %s", a != NULL ? a : "", b != NULL ? b : "");
                table_add_buf(&table, &text, TABLE_BOLD);
                table_add_number(&table, count, TABLE_PLAIN);
                text_printf(&text, "%+.1f", sum);
                table_add_buf(&table, &text, style_of(quads));
                text_printf(&text, "%+.2f", count != 0 ? sum / (double)count : 0);
                table_add_buf(&table, &text, style_of(quads));
                table_add_number(&table, n[0] + n[1], TABLE_PLAIN);
                table_add_number(&table, n[2] + n[3], TABLE_PLAIN);
                digest_spark(&text, json_object_get(pair, "series"), is_ascii());
                table_add_buf(&table, &text, TABLE_PLAIN);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

int digest_pairs(struct ctl *ctl, const struct command_line *line)
{
        json_t *parameters = json_object();
        int64_t limit;
        int r = read_options(ctl, line, parameters);

        if (r == CTL_OK)
                r = ctl_limit(ctl, line->options, 20, 1, &limit);
        if (r != CTL_OK) {
                json_decref(parameters);
                return r;
        }
        json_object_set_new(parameters, "limit", json_integer(limit));
        json_object_set_new(parameters, "bins", json_integer(SERIES));
        return show(ctl, "Pairs", parameters, "pairs", print_pairs);
}
