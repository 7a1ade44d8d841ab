/* See listing.h. */
#include "ctl/listing.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/filter.h"

enum { DEFAULT_LIMIT = 25, FOLLOW_LIMIT = 10 };

static int set_limit(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        bool follow = option_get(line->options, "follow") != NULL, asked = option_get(line->options, "limit") != NULL;
        int64_t limit;
        int r = ctl_limit(ctl, line->options, follow ? FOLLOW_LIMIT : DEFAULT_LIMIT, 0, &limit);

        if (r != CTL_OK)
                return r;
        /* Who says since when wants all of them from then on. */
        if (option_get(line->options, "all") != NULL ||
            (!asked && follow && option_get(line->options, "since") != NULL))
                return CTL_OK;
        json_object_set_new(parameters, "limit", json_integer(limit));
        json_object_set_new(parameters, "newest", json_true());
        return CTL_OK;
}

/* What was printed so far. */
struct state {
        const struct listing *listing;
        struct table table;
        int64_t n, last;                /* items, sequence of the last one */
};

static int print_batch(struct ctl *ctl, struct state *state, const json_t *items)
{
        size_t n = json_array_size(items), i;
        json_t *item;

        if (n == 0)
                return CTL_OK;
        state->n += (int64_t)n;
        state->last = ctl_int(json_array_get(items, n - 1), "seq");
        if (ctl->json)
                return ctl_print_lines(ctl, items);
        json_array_foreach(items, i, item)
                state->listing->table_add(ctl, &state->table, item);
        table_print(&state->table, &ctl->out);
        return ctl_print(ctl);
}

static void say_cut(struct ctl *ctl, const json_t *reply)
{
        char what[160];

        snprintf(what, sizeof(what), "older events were not looked at: go on with --before=%lld, look at all with "
                                     "--all, or ask for a shorter time",
                 (long long)ctl_int(json_object_get(reply, "cut"), "seq"));
        filter_say_cut(ctl, reply, what);
}

static int take_reply(struct ctl *ctl, void *user, const json_t *reply)
{
        struct state *state = user;
        int r;

        ctl->now = clock_wall_us();
        r = print_batch(ctl, state, json_object_get(reply, state->listing->member));
        if (r == CTL_OK)
                say_cut(ctl, reply);
        return r;
}

/* One connection's worth. */
static int list(struct ctl *ctl, struct state *state, json_t *parameters, bool follow)
{
        return ctl_stream(ctl, state->listing->method, json_incref(parameters), follow, take_reply, state);
}

int listing_run(struct ctl *ctl, const struct command_line *line, const struct listing *listing, json_t *parameters)
{
        bool follow = option_get(line->options, "follow") != NULL;
        bool reconnect = option_get(line->options, "reconnect") != NULL;
        struct state state = { .listing = listing };
        int r = reconnect && !follow ? ctl_fail(ctl, CTL_USAGE, "--reconnect goes with --follow") : CTL_OK;

        if (follow)
                json_object_set_new(parameters, "follow", json_true());
        listing->table_init(ctl, &state.table);
        state.table.least = follow ? listing->usual : NULL;
        if (r == CTL_OK)
                r = set_limit(ctl, line, parameters);
        if (r == CTL_OK)
                r = list(ctl, &state, parameters, follow);
        while (r == CTL_UNREACHABLE && reconnect) {
                session_deinit(&ctl->session);
                sleep(1);
                if (state.n > 0) {
                        json_object_set_new(parameters, "after", json_integer(state.last));
                        json_object_del(parameters, "limit");
                        json_object_del(parameters, "newest");
                }
                r = list(ctl, &state, parameters, follow);
        }
        if (r == CTL_OK && state.n == 0)
                r = ctl_fail(ctl, CTL_NOTHING, "%s", listing->nothing);
        table_deinit(&state.table);
        json_decref(parameters);
        return r;
}
