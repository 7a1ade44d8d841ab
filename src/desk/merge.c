/* See merge.h. All of it is small: reports are few, and more than MERGE_MAX are not looked at. */
#include "desk/merge.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "desk/record.h"

struct merge {
        const struct merge_event *event;
        const struct merge_report *reports;
        size_t n;
        json_t **records;
        json_t *out, *from, *conflicts;
        const char *origins[MERGE_MAX];
};

static const char *text_of(json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

static json_t *mention_of(const struct merge *m, size_t i)
{
        return json_array_get(json_object_get(m->records[i], "mentions"), 0);
}

static const char *id_of(const struct merge *m, size_t i)
{
        return text_of(m->records[i], "id");
}

/* The time by which reports are ordered: published, else seen. As text, which sorts. */
static const char *time_of(const struct merge *m, size_t i)
{
        const char *published = text_of(mention_of(m, i), "published");

        return *published != '\0' ? published : text_of(mention_of(m, i), "seen");
}

/* ---- the most precise ---- */

/* 0: nobody; 1 a country; 2 a part of it; 3 somebody with a name. The sum over the list's first ones. */
static int actors_precision(json_t *list)
{
        int sum = 0;

        for (size_t i = 0; i < MIN_OF(json_array_size(list), (size_t)3); i++) {
                json_t *actor = json_array_get(list, i);
                const char *code = text_of(actor, "code");

                sum += *code == '-' || *code == '\0' ? strlen(code) > 3 : strlen(code) > 3 ? 2 : 1;
                sum += strlen(code) > 3 && *text_of(actor, "name") != '\0';
        }
        return sum;
}

static int source_precision(json_t *record)
{
        return actors_precision(json_object_get(record, "source"));
}

static int target_precision(json_t *record)
{
        return actors_precision(json_object_get(record, "target"));
}

/* The shorter span of days is the more precise. */
static int when_precision(json_t *record)
{
        json_t *when = json_object_get(record, "when");
        int64_t start, end, days;

        if (clock_parse(text_of(when, "start"), &start) != 0)
                return 0;
        if (clock_parse(text_of(when, "end"), &end) != 0)
                end = start;
        days = (end - start) / (86400 * CLOCK_SECOND);
        return days < 0 ? 1 : (int)(1000 - MIN_OF(days, (int64_t)998));
}

static int where_precision(json_t *record)
{
        json_t *where = json_object_get(record, "where");

        return 2 * (*text_of(where, "name") != '\0') + (*text_of(where, "country") != '\0') +
               json_is_number(json_object_get(where, "lat"));
}

/* Take `keys` from report i, whose word `name` is then. */
static int take(struct merge *m, size_t i, const char *name, const char *const *keys)
{
        int r = 0;

        for (; *keys != NULL && r == 0; keys++) {
                json_t *value = json_object_get(m->records[i], *keys);

                if (value != NULL)
                        r = json_object_set(m->out, *keys, value);
        }
        return r != 0 || i == 0 ? r : json_object_set_new(m->from, name, json_string(id_of(m, i)));
}

static int take_precise(struct merge *m)
{
        static const struct {
                const char *name;
                int (*precision)(json_t *record);
        } members[] = {
                { "source", source_precision },
                { "target", target_precision },
                { "when", when_precision },
                { "where", where_precision },
        };
        int r = 0;

        for (size_t k = 0; k < N_ELEMENTS(members) && r == 0; k++) {
                const char *const keys[] = { members[k].name, NULL };
                int best = members[k].precision(m->records[0]);
                size_t at = 0;

                for (size_t i = 1; i < m->n; i++) {
                        int precision = members[k].precision(m->records[i]);

                        if (precision > best) {
                                best = precision;
                                at = i;
                        }
                }
                if (at != 0)
                        r = take(m, at, members[k].name, keys);
        }
        return r;
}

/* ---- values that differ ---- */

struct values {
        const char *value[MERGE_VALUES];
        size_t first[MERGE_VALUES], votes[MERGE_VALUES], n;
        json_t *reports[MERGE_VALUES];  /* arrays; with conflicts_put() they go to the record */
};

static int vote(struct values *v, const char *value, size_t i, const char *id)
{
        size_t k = 0;

        while (k < v->n && strcmp(v->value[k], value) != 0)
                k++;
        if (k == MERGE_VALUES)
                return 0;
        if (k == v->n) {
                v->value[k] = value;
                v->first[k] = i;
                v->reports[v->n++] = json_array();
        }
        v->votes[k]++;
        if (json_array_size(v->reports[k]) == MERGE_VALUES)
                return 0;
        return json_array_append_new(v->reports[k], json_string(id));
}

static void values_deinit(struct values *v)
{
        for (size_t k = 0; k < v->n; k++)
                json_decref(v->reports[k]);
        v->n = 0;
}

static int put_conflict(struct merge *m, const char *name, const struct values *v)
{
        json_t *list = json_array();
        int r = list != NULL ? 0 : -1;

        for (size_t k = 0; k < v->n && r == 0; k++)
                r = json_array_append_new(list, json_pack("{s:s, s:O}", "value", v->value[k], "reports", v->reports[k]));
        if (r == 0)
                return json_object_set_new(m->conflicts, name, list);
        json_decref(list);
        return r;
}

/* What most say; of as many the more precise code, then the first. */
static int take_kind(struct merge *m)
{
        static const char *const keys[] = { "event", "cameo", "mode", "context", "quad", "goldstein", NULL };
        struct values v = { .n = 0 };
        size_t best = 0;
        int r = 0;

        for (size_t i = 0; i < m->n && r == 0; i++)
                if (*text_of(m->records[i], "cameo") != '\0')
                        r = vote(&v, text_of(m->records[i], "cameo"), i, id_of(m, i));
        for (size_t k = 1; k < v.n; k++) {
                const char *a = v.value[k], *b = v.value[best];
                size_t n_a = strlen(a), n_b = strlen(b);

                if (v.votes[k] > v.votes[best] ||
                    (v.votes[k] == v.votes[best] && a[n_a - 1] != '0' && (b[n_b - 1] == '0' || n_a > n_b)))
                        best = k;
        }
        if (r == 0 && v.n > 0 && v.first[best] != 0)
                r = take(m, v.first[best], "cameo", keys);
        if (r == 0 && v.n > 1)
                r = put_conflict(m, "cameo", &v);
        values_deinit(&v);
        return r;
}

/* Codes of the first actor of a side, where one does not go on as the other begins. */
static int put_side_conflict(struct merge *m, const char *side)
{
        struct values v = { .n = 0 };
        bool differ = false;
        int r = 0;

        for (size_t i = 0; i < m->n && r == 0; i++) {
                const char *code = text_of(json_array_get(json_object_get(m->records[i], side), 0), "code");

                if (*code != '\0' && *code != '-')
                        r = vote(&v, code, i, id_of(m, i));
        }
        for (size_t k = 1; k < v.n; k++)
                differ |= strncmp(v.value[k], v.value[0], MIN_OF(strlen(v.value[k]), strlen(v.value[0]))) != 0;
        if (r == 0 && differ)
                r = put_conflict(m, side, &v);
        values_deinit(&v);
        return r;
}

/* ---- status ---- */

static bool is_yes(const char *status)
{
        return strcmp(status, "happened") == 0 || strcmp(status, "ongoing") == 0;
}

static bool is_no(const char *status)
{
        return strcmp(status, "denied") == 0;
}

/* How many origins say what `says` wants; *last: the latest time that one did. */
static size_t count_origins(const struct merge *m, bool (*says)(const char *status), const char **last)
{
        size_t n = 0;

        *last = "";
        for (size_t i = 0; i < m->n; i++) {
                bool known = false;

                if (!says(text_of(m->records[i], "status")))
                        continue;
                if (strcmp(time_of(m, i), *last) > 0)
                        *last = time_of(m, i);
                for (size_t j = 0; j < i && !known; j++)
                        known = says(text_of(m->records[j], "status")) && strcasecmp(m->origins[i], m->origins[j]) == 0;
                n += !known;
        }
        return n;
}

/* That it happened or that it did not outweighs all that was only said to come; of the two, what more origins say, then what
 * was said last. */
static int put_status(struct merge *m)
{
        const char *last_yes, *last_no, *latest = NULL, *best = text_of(m->records[0], "status");
        size_t yes = count_origins(m, is_yes, &last_yes), no = count_origins(m, is_no, &last_no);
        struct values v = { .n = 0 };
        int r = 0;

        for (size_t i = 0; i < m->n && r == 0; i++) {
                const char *status = text_of(m->records[i], "status");
                bool counts = yes + no == 0 || (yes > no || (yes == no && strcmp(last_yes, last_no) >= 0) ? is_yes(status)
                                                                                                           : is_no(status));

                if (counts && (latest == NULL || strcmp(time_of(m, i), latest) >= 0)) {
                        latest = time_of(m, i);
                        best = status;
                }
                r = vote(&v, status, i, id_of(m, i));
        }
        if (r == 0)
                r = json_object_set_new(m->out, "status", json_string(best));
        if (r == 0 && yes > 0 && no > 0)
                r = put_conflict(m, "status", &v);
        values_deinit(&v);
        return r;
}

/* [{"status", "first", "last", "reports"}], by the time of the first. */
static int put_statuses(struct merge *m)
{
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "statuses", list) : -1;

        for (size_t i = 0; i < m->n && r == 0; i++) {
                const char *status = text_of(m->records[i], "status"), *time = time_of(m, i);
                json_t *item = NULL;
                size_t k;

                json_array_foreach(list, k, item)
                        if (strcmp(text_of(item, "status"), status) == 0)
                                break;
                if (k == json_array_size(list)) {
                        item = json_pack("{s:s, s:s, s:s, s:i}", "status", status, "first", time, "last", time, "reports", 0);
                        r = json_array_append_new(list, item);
                }
                if (r == 0 && strcmp(time, text_of(item, "first")) < 0)
                        r = json_object_set_new(item, "first", json_string(time));
                if (r == 0 && strcmp(time, text_of(item, "last")) > 0)
                        r = json_object_set_new(item, "last", json_string(time));
                if (r == 0)
                        r = json_object_set_new(item, "reports",
                                                json_integer(json_integer_value(json_object_get(item, "reports")) + 1));
        }
        /* Few: sort by moving. */
        for (size_t i = 1; i < json_array_size(list) && r == 0; i++)
                for (size_t j = i; j > 0 && r == 0; j--) {
                        json_t *a = json_array_get(list, j - 1), *b = json_array_get(list, j);

                        if (strcmp(text_of(a, "first"), text_of(b, "first")) <= 0)
                                break;
                        json_incref(a);
                        json_incref(b);
                        r = json_array_set_new(list, j - 1, b) + json_array_set_new(list, j, a);
                }
        return r;
}

/* ---- who tells ---- */

/* "Lavrov" and "Sergei Lavrov" are one. */
static bool same_origin(const char *a, const char *b)
{
        const char *last_a = strrchr(a, ' '), *last_b = strrchr(b, ' ');

        last_a = last_a != NULL ? last_a + 1 : a;
        last_b = last_b != NULL ? last_b + 1 : b;
        return strcasecmp(a, b) == 0 || ((last_a == a) != (last_b == b) && strlen(last_a) > 3 && strcasecmp(last_a, last_b) == 0);
}

static void find_origins(struct merge *m)
{
        for (size_t i = 0; i < m->n; i++) {
                json_t *mention = mention_of(m, i);
                const char *agency = text_of(mention, "agency"), *watch = text_of(mention, "watch");

                if (m->reports[i].who != NULL)
                        agency = m->reports[i].who;
                else if (*agency == '\0')
                        agency = text_of(mention, "publisher");
                m->origins[i] = record_origin(m->records[i], agency, watch);
        }
}

static int put_origins(struct merge *m)
{
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "origins", list) : -1;

        for (size_t i = 0; i < m->n && r == 0; i++) {
                size_t j = 0;

                while (j < i && !same_origin(m->origins[j], m->origins[i]))
                        j++;
                if (j == i && json_array_size(list) < MERGE_ORIGINS)
                        r = json_array_append_new(list, json_string(m->origins[i]));
        }
        return r;
}

static int put_counts(struct merge *m)
{
        char since[CLOCK_TEXT_MAX];
        const char *first = clock_format(m->event->since, since), *last = "";
        json_int_t stories = 0, publishers = 0;

        for (size_t i = 0; i < m->n; i++) {
                const char *publisher = text_of(mention_of(m, i), "publisher"), *seen = text_of(m->records[i], "first_seen");
                bool story = true, other = true;

                for (size_t j = 0; j < i; j++) {
                        story &= m->reports[j].origin != m->reports[i].origin;
                        other &= strcasecmp(text_of(mention_of(m, j), "publisher"), publisher) != 0;
                }
                stories += story;
                publishers += other;
                if (strcmp(seen, first) < 0)
                        first = seen;
                if (strcmp(seen, last) > 0)
                        last = seen;
        }
        return json_object_set_new(m->out, "reports", json_integer(m->event->total)) +
               json_object_set_new(m->out, "stories", json_integer(stories)) +
               json_object_set_new(m->out, "publishers", json_integer(publishers)) +
               json_object_set_new(m->out, "first_seen", json_string(first)) +
               json_object_set_new(m->out, "last_seen", json_string(last));
}

/* The first ones; those that came with this change are always among them. */
static int put_mentions(struct merge *m, const char *const *joined)
{
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "mentions", list) : -1;

        for (size_t i = 0; i < m->n && r == 0; i++) {
                /* What schema 2 left has none. */
                json_t *mention = mention_of(m, i) != NULL ? json_copy(mention_of(m, i)) : json_pack("{s:s}", "report", id_of(m, i));
                bool wanted = i < MERGE_MENTIONS;

                for (size_t j = 0; joined[j] != NULL && !wanted; j++)
                        wanted = j < MERGE_MENTIONS && strcmp(joined[j], id_of(m, i)) == 0;
                if (mention == NULL || !wanted) {
                        r = mention == NULL ? -1 : 0;
                        json_decref(mention);
                        continue;
                }
                r = json_object_set_new(mention, "origin", json_string(m->origins[i]));
                if (r == 0 && record_origin_code(m->records[i], m->origins[i]) != NULL)
                        r = json_object_set_new(mention, "origin_code", json_string(record_origin_code(m->records[i], m->origins[i])));
                json_object_del(mention, "copy_of");
                if (r == 0 && m->reports[i].copy_of != NULL)
                        r = json_object_set_new(mention, "copy_of", json_string(m->reports[i].copy_of));
                if (r == 0)
                        r = json_array_append(list, mention);
                json_decref(mention);
        }
        return r;
}

static int put_ids(struct merge *m, const char *name, const char *const *ids)
{
        json_t *list;
        int r = 0;

        if (ids[0] == NULL)
                return 0;
        list = json_array();
        for (size_t i = 0; ids[i] != NULL && i < MERGE_MENTIONS && r == 0; i++)
                r = json_array_append_new(list, json_string(ids[i]));
        return json_object_set_new(m->out, name, list) + r;
}

static int make(struct merge *m)
{
        double confidence = 0;
        int r;

        find_origins(m);
        r = json_object_set_new(m->out, "number", json_integer(m->event->number)) |
            json_object_set_new(m->out, "id", json_string(m->event->id));
        r |= take_precise(m) | take_kind(m) | put_side_conflict(m, "source") | put_side_conflict(m, "target");
        r |= put_status(m) | put_counts(m) | put_origins(m);
        if (m->n > 1)
                r |= put_statuses(m);
        for (size_t i = 0; i < m->n; i++)
                confidence = MAX_OF(confidence, json_number_value(json_object_get(m->records[i], "confidence")));
        if (m->n > 1 && confidence > 0)
                r |= json_object_set_new(m->out, "confidence", json_real(confidence));
        r |= put_mentions(m, m->event->joined);
        if (json_object_size(m->from) > 0)
                r |= json_object_set(m->out, "from", m->from);
        if (json_object_size(m->conflicts) > 0)
                r |= json_object_set(m->out, "conflicts", m->conflicts);
        r |= put_ids(m, "joined", m->event->joined) | put_ids(m, "left", m->event->left);
        return r != 0 ? error_origin(-ENOMEM) : 0;
}

int merge_records(const struct merge_event *event, const struct merge_report *reports, size_t n, char **text,
                  size_t *n_text)
{
        static const char *const dropped[] = { "joined", "left", "from", "conflicts", "statuses", "became" };
        json_t *records[MERGE_MAX] = { 0 };
        struct merge m = { .event = event, .reports = reports, .n = MIN_OF(n, (size_t)MERGE_MAX), .records = records };
        int r = 0;

        *text = NULL;
        for (size_t i = 0; i < m.n && r == 0; i++) {
                records[i] = json_loadb(reports[i].text, reports[i].n, 0, NULL);
                if (records[i] == NULL)
                        r = error_origin(-EUCLEAN);
        }
        if (r == 0) {
                m.out = json_copy(records[0]);
                m.from = json_object();
                m.conflicts = json_object();
                for (size_t i = 0; m.out != NULL && i < N_ELEMENTS(dropped); i++)
                        json_object_del(m.out, dropped[i]);
                r = m.out == NULL || m.from == NULL || m.conflicts == NULL ? error_origin(-ENOMEM)
                                                                            : make(&m);
        }
        if (r == 0) {
                *text = json_dumps(m.out, JSON_COMPACT | JSON_REAL_PRECISION(10));
                r = *text == NULL ? error_origin(-ENOMEM) : 0;
        }
        if (r == 0)
                *n_text = strlen(*text);
        json_decref(m.out);
        json_decref(m.from);
        json_decref(m.conflicts);
        for (size_t i = 0; i < m.n; i++)
                json_decref(records[i]);
        return r;
}
