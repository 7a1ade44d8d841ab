/* See record.h. */
#include "desk/record.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

static const char *const statuses[] = {
        "happened", "ongoing", "planned", "demanded", "hypothetical", "denied", "background",
};

bool record_is_deeper(json_t *value, int max)
{
        const char *key;
        json_t *item;
        size_t i;

        if (!json_is_array(value) && !json_is_object(value))
                return false;
        if (max == 0)
                return true;
        json_array_foreach(value, i, item)
                if (record_is_deeper(item, max - 1))
                        return true;
        json_object_foreach(value, key, item)
                if (record_is_deeper(item, max - 1))
                        return true;
        return false;
}

/* A member that is there is a string of at most `max` bytes. */
static bool is_text(json_t *object, const char *key, size_t max)
{
        json_t *value = json_object_get(object, key);

        return value == NULL || json_is_null(value) || (json_is_string(value) && json_string_length(value) <= max);
}

static bool is_list(json_t *object, const char *key)
{
        json_t *list = json_object_get(object, key), *item;
        size_t i;

        if (list == NULL || json_is_null(list))
                return true;
        if (!json_is_array(list) || json_array_size(list) > RECORD_ACTORS_MAX)
                return false;
        json_array_foreach(list, i, item)
                if (!json_is_object(item) || !is_text(item, "code", RECORD_NAME_MAX) ||
                    !is_text(item, "name", RECORD_NAME_MAX))
                        return false;
        return true;
}

static bool is_word(json_t *value, size_t max)
{
        const char *s = json_string_value(value);

        return s != NULL && *s != '\0' && json_string_length(value) <= max &&
               s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static bool is_status(json_t *value)
{
        for (size_t i = 0; i < N_ELEMENTS(statuses) && json_is_string(value); i++)
                if (strcmp(json_string_value(value), statuses[i]) == 0)
                        return true;
        return false;
}

static bool is_day(json_t *value)
{
        int64_t us;

        return value == NULL || json_is_null(value) ||
               (json_is_string(value) && clock_parse(json_string_value(value), &us) == 0);
}

int64_t record_number(int64_t story, int64_t number)
{
        return story << 10 | number;            /* RECORD_EVENTS_MAX is less */
}

int record_check(json_t *event, const char **reason)
{
        json_t *cameo = json_object_get(event, "cameo"), *quad = json_object_get(event, "quad");
        json_t *when = json_object_get(event, "when");

        *reason = NULL;
        if (!json_is_object(event))
                *reason = "an event is not an object";
        else if (record_is_deeper(event, RECORD_DEPTH_MAX))
                *reason = "an event nests too deep";
        else if (!is_word(json_object_get(event, "event"), 32))
                *reason = "event: not a type";
        else if (cameo != NULL && !json_is_null(cameo) && !is_word(cameo, 8))
                *reason = "cameo: not a code";
        else if (!is_status(json_object_get(event, "status")))
                *reason = "status: not one of those that there are";
        else if (quad != NULL && !json_is_null(quad) &&
                 (!json_is_integer(quad) || json_integer_value(quad) < 0 || json_integer_value(quad) > 4))
                *reason = "quad: not a number from 0 to 4";
        else if (!is_list(event, "source") || !is_list(event, "target"))
                *reason = "source, target: not lists of actors";
        else if (!is_list(event, "attribution"))
                *reason = "attribution: not a list";
        else if (when != NULL && !json_is_null(when) &&
                 (!json_is_object(when) || !is_day(json_object_get(when, "start")) ||
                  !is_day(json_object_get(when, "end"))))
                *reason = "when: not a span of days";
        return *reason != NULL ? RECORD_E_NONSENSE : 0;
}

const char *record_origin_code(const json_t *event, const char *origin)
{
        json_t *who;
        size_t i;

        json_array_foreach(json_object_get(event, "attribution"), i, who) {
                const char *name = json_string_value(json_object_get(who, "name"));
                const char *code = json_string_value(json_object_get(who, "code"));

                if (code != NULL && *code != '\0' && ((name != NULL && strcasecmp(name, origin) == 0) || strcmp(code, origin) == 0))
                        return code;
        }
        return NULL;
}

const char *record_origin(json_t *event, const char *agency, const char *watch)
{
        json_t *chain = json_object_get(event, "attribution");

        for (size_t i = json_array_size(chain); i > 0; i--) {
                const char *name = json_string_value(json_object_get(json_array_get(chain, i - 1), "name"));

                if (name != NULL && *name != '\0' && (agency == NULL || strcasecmp(name, agency) != 0))
                        return name;
        }
        for (size_t i = json_array_size(chain); i > 0; i--) {
                const char *code = json_string_value(json_object_get(json_array_get(chain, i - 1), "code"));

                if (code != NULL && *code != '\0' && *code != '-')
                        return code;
        }
        return agency != NULL && *agency != '\0' ? agency : watch;
}

bool record_is_ours(const char *key)
{
        static const char *const ours[] = {
                "id",       "story",      "number",    "seq",   "change",    "revision",  "reports",   "stories",
                "publishers", "origins",  "first_seen", "last_seen", "watch", "publisher", "url",       "statuses",
                "mentions", "from",       "conflicts", "joined", "left",     "withdrawn", "became",
        };

        for (size_t i = 0; i < N_ELEMENTS(ours); i++)
                if (strcmp(key, ours[i]) == 0)
                        return true;
        return false;
}

static int put_string(json_t *object, const char *key, const char *value)
{
        return value == NULL || *value == '\0' ? 0 : json_object_set_new(object, key, json_string(value));
}

/* Where the words of an actor, of the act, begin; -1: not known. */
static json_int_t offset(json_t *of)
{
        json_t *begin = json_array_get(json_object_get(of, "span"), 0);

        return json_is_integer(begin) ? json_integer_value(begin) : -1;
}

static json_t *build_mention(json_t *event, const struct record_about *about)
{
        char seen[CLOCK_TEXT_MAX], published[CLOCK_TEXT_MAX];
        json_t *mention, *confidence = json_object_get(event, "confidence");
        int r;

        mention = json_pack("{s:o, s:s, s:I, s:[I, I, I]}", "report",
                            json_sprintf("%s.%lld", about->story, (long long)about->number), "seen",
                            clock_format(about->first_seen, seen), "sentence",
                            json_integer_value(json_object_get(event, "sentence")), "offsets",
                            offset(json_array_get(json_object_get(event, "source"), 0)),
                            offset(json_array_get(json_object_get(event, "target"), 0)),
                            offset(json_object_get(event, "trigger")));
        if (mention == NULL)
                return NULL;
        r = put_string(mention, "status", json_string_value(json_object_get(event, "status")));
        if (r == 0)
                r = put_string(mention, "publisher", about->publisher);
        if (r == 0)
                r = put_string(mention, "agency", about->agency);
        if (r == 0)
                r = put_string(mention, "url", about->url);
        if (r == 0)
                r = put_string(mention, "watch", about->watch);
        if (r == 0)
                r = put_string(mention, "origin", about->origin);
        if (r == 0 && about->published != CLOCK_NONE)
                r = put_string(mention, "published", clock_format(about->published, published));
        if (r == 0 && json_is_number(confidence))
                r = json_object_set(mention, "confidence", confidence);
        if (r == 0)
                return mention;
        json_decref(mention);
        return NULL;
}

/* What stands behind the worker's members; the same as of a record of many reports, see merge.c. */
static json_t *build_tail(json_t *event, const struct record_about *about)
{
        char seen[CLOCK_TEXT_MAX];
        json_t *tail, *mention = build_mention(event, about);

        if (mention == NULL)
                return NULL;
        clock_format(about->first_seen, seen);
        tail = json_pack("{s:i, s:i, s:i, s:[s], s:s, s:s, s:s, s:[o]}", "reports", 1, "stories", 1, "publishers", 1,
                         "origins", about->origin, "first_seen", seen, "last_seen", seen, "watch", about->watch, "mentions",
                         mention);
        if (tail != NULL && put_string(tail, "publisher", about->publisher) == 0 && put_string(tail, "url", about->url) == 0)
                return tail;
        json_decref(tail);
        return NULL;
}

static json_t *build(json_t *event, const struct record_about *about)
{
        json_t *record, *value, *tail;
        const char *key;

        record = json_pack("{s:o, s:s, s:I}", "id", json_sprintf("%s.%lld", about->story, (long long)about->number),
                           "story", about->story, "number", (json_int_t)about->event);
        tail = build_tail(event, about);
        if (record == NULL || tail == NULL)
                goto fail;
        json_object_foreach(event, key, value)
                if (!record_is_ours(key) && json_object_set(record, key, value) < 0)
                        goto fail;
        if (json_object_update(record, tail) < 0)
                goto fail;
        json_decref(tail);
        return record;
fail:
        json_decref(record);
        json_decref(tail);
        return NULL;
}

int record_complete(json_t *event, const struct record_about *about, char **text, size_t *n, const char **reason)
{
        json_t *record = build(event, about);

        *text = record != NULL ? json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
        json_decref(record);
        if (*text == NULL)
                return error_origin(-ENOMEM);
        *n = strlen(*text);
        if (*n <= RECORD_BYTES_MAX)
                return 0;
        free(*text);
        *text = NULL;
        *reason = "an event is too long";
        return RECORD_E_NONSENSE;
}
