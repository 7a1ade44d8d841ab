/* See filter.h. */
#include "store/filter.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "store/kind.h"

#define DAY (86400 * CLOCK_SECOND)

bool filter_is_code(const char *text)
{
        while ((*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9'))
                text++;
        return *text == '\0';
}

bool filter_is_cameo(const char *text)
{
        return isdigit((unsigned char)*text);
}

static bool actor_matches(json_t *list, const char *wanted)
{
        bool code = filter_is_code(wanted);
        const char *key = code ? "code" : "name";
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *value = json_string_value(json_object_get(item, key));

                if (value == NULL)
                        value = "";
                if (code ? strncmp(value, wanted, strlen(wanted)) == 0 : strcasestr(value, wanted) != NULL)
                        return true;
        }
        return false;
}

static bool text_matches(json_t *event, const char *key, const char *wanted)
{
        const char *value = json_string_value(json_object_get(event, key));

        return wanted == NULL || (value != NULL && strcmp(value, wanted) == 0);
}

/* Whether a report of this story is among those of the event. */
static bool story_matches(json_t *event, const char *wanted)
{
        size_t n = wanted != NULL ? strlen(wanted) : 0, i;
        json_t *mention;

        if (text_matches(event, "story", wanted))
                return true;
        json_array_foreach(json_object_get(event, "mentions"), i, mention) {
                const char *report = json_string_value(json_object_get(mention, "report"));

                if (report != NULL && strncmp(report, wanted, n) == 0 && report[n] == '.')
                        return true;
        }
        return false;
}

static bool type_matches(json_t *event, const char *wanted)
{
        const char *value = json_string_value(json_object_get(event, filter_is_cameo(wanted) ? "cameo" : "event"));

        if (value == NULL)
                return false;
        return filter_is_cameo(wanted) ? strncmp(value, wanted, strlen(wanted)) == 0 : strcasecmp(value, wanted) == 0;
}

static bool kind_matches(unsigned kinds, json_t *event)
{
        const char *change = json_string_value(json_object_get(event, "change"));

        return change != NULL && (kinds & kind_parse(change, strlen(change))) != 0;
}

static bool list_has(json_t *list, const char *part)
{
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *name = json_string_value(json_is_object(item) ? json_object_get(item, "publisher") : item);

                if (name != NULL && strcasestr(name, part) != NULL)
                        return true;
        }
        return false;
}

static int64_t count_of(json_t *value)
{
        return json_is_integer(value) ? json_integer_value(value) : (int64_t)json_array_size(value);
}

static bool rest_matches(const struct query_filter *f, json_t *event)
{
        json_t *where = json_object_get(event, "where");
        const char *place = json_string_value(json_object_get(where, "name"));

        return (f->quad == 0 || json_integer_value(json_object_get(event, "quad")) == f->quad) &&
               text_matches(where, "country", f->country) &&
               (f->place == NULL || (place != NULL && strcasestr(place, f->place) != NULL)) &&
               count_of(json_object_get(event, "origins")) >= f->min_origins &&
               count_of(json_object_get(event, "reports")) >= f->min_reports &&
               (f->origin == NULL || list_has(json_object_get(event, "origins"), f->origin)) &&
               (f->publisher == NULL || list_has(json_object_get(event, "mentions"), f->publisher));
}

/* Whether the days of the act and those that are asked for have one in common. */
static bool days_match(const struct query_filter *f, json_t *when)
{
        const char *start = json_string_value(json_object_get(when, "start"));
        const char *end = json_string_value(json_object_get(when, "end"));
        int64_t first, last;

        end = end != NULL ? end : start;
        if (f->day_from != 0 && (end == NULL || clock_parse(end, &last) != 0 || last / DAY < f->day_from))
                return false;
        return f->day_to == 0 || (start != NULL && clock_parse(start, &first) == 0 && first / DAY <= f->day_to);
}

static bool pair_matches(const struct query_filter *f, json_t *source, json_t *target)
{
        if (f->actor == NULL)
                return f->other == NULL || actor_matches(source, f->other) || actor_matches(target, f->other);
        if (f->other == NULL)
                return actor_matches(source, f->actor) || actor_matches(target, f->actor);
        return (actor_matches(source, f->actor) && actor_matches(target, f->other)) ||
               (actor_matches(target, f->actor) && actor_matches(source, f->other));
}

bool filter_matches(const struct query_filter *f, json_t *event)
{
        json_t *source = json_object_get(event, "source"), *target = json_object_get(event, "target");
        const char *seen = json_string_value(json_object_get(event, "first_seen"));
        int64_t us = 0;

        if ((f->source != NULL && !actor_matches(source, f->source)) ||
            (f->target != NULL && !actor_matches(target, f->target)) ||
            !pair_matches(f, source, target) || !days_match(f, json_object_get(event, "when")))
                return false;
        if ((f->type != NULL && !type_matches(event, f->type)) || !text_matches(event, "status", f->status) ||
            !text_matches(event, "watch", f->watch) || !story_matches(event, f->story) || !rest_matches(f, event))
                return false;
        if ((f->since != 0 || f->until != 0) && (seen == NULL || clock_parse(seen, &us) != 0))
                return false;
        if ((f->since != 0 && us < f->since) || (f->until != 0 && us >= f->until))
                return false;
        if (f->after != 0 && json_integer_value(json_object_get(event, "seq")) <= f->after)
                return false;
        if (f->kinds != 0 && !kind_matches(f->kinds, event))
                return false;
        return f->withdrawn || !json_is_true(json_object_get(event, "withdrawn"));
}
