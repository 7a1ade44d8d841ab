/* See criteria.h. */
#include "control/criteria.h"

#include "base/clock.h"

#define DAY (86400 * CLOCK_SECOND)

static bool read_day(const char *text, int64_t *day)
{
        int64_t us;

        if (text == NULL)
                return true;
        if (clock_parse(text, &us) != 0)
                return false;
        *day = us / DAY;
        return true;
}

const char *criteria_read(json_t *p, struct query_filter *f)
{
        const char *since = varlink_string(p, "since"), *until = varlink_string(p, "until");

        *f = (struct query_filter){
                .source = varlink_string(p, "source"),
                .target = varlink_string(p, "target"),
                .actor = varlink_string(p, "actor"),
                .other = varlink_string(p, "other"),
                .type = varlink_string(p, "type"),
                .status = varlink_string(p, "status"),
                .watch = varlink_string(p, "watch"),
                .story = varlink_string(p, "story"),
                .country = varlink_string(p, "country"),
                .place = varlink_string(p, "place"),
                .origin = varlink_string(p, "origin"),
                .publisher = varlink_string(p, "publisher"),
                .rule = varlink_string(p, "rule"),
                .quad = varlink_int(p, "quad", 0),
                .min_origins = varlink_int(p, "min_origins", 0),
                .min_reports = varlink_int(p, "min_reports", 0),
        };
        if (since != NULL && clock_parse(since, &f->since) != 0)
                return "since";
        if (until != NULL && clock_parse(until, &f->until) != 0)
                return "until";
        if (!read_day(varlink_string(p, "from"), &f->day_from))
                return "from";
        if (!read_day(varlink_string(p, "to"), &f->day_to))
                return "to";
        return f->other != NULL && f->actor == NULL ? "other" : NULL;
}

int criteria_append_cut(struct buf *out, const struct query_reach *reach)
{
        char at[CLOCK_TEXT_MAX];

        if (!reach->cut)
                return 0;
        return buf_printf(out, ",\"cut\":{\"seq\":%lld,\"at\":\"%s\",\"looked\":%lld}", (long long)reach->seq,
                          clock_format(reach->at, at),
                          (long long)reach->looked);
}

json_t *criteria_cut(const struct query_reach *reach)
{
        char at[CLOCK_TEXT_MAX];

        return !reach->cut ? NULL : json_pack("{s:I, s:s, s:I}", "seq", (json_int_t)reach->seq, "at",
                                              clock_format(reach->at, at), "looked",
                                              (json_int_t)reach->looked);
}
