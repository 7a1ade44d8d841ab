/* See merge.h. All of it is small: reports are few, and more than MERGE_MAX are not read. */
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
        json_t *out, *from, *conflicts;
        const char *origins[MERGE_MAX];
};

static const char *text_of(json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

static const char *id_of(const struct merge *m, size_t i)
{
        return text_of(m->reports[i].record, "id");
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
                json_t *value = json_object_get(m->reports[i].record, *keys);

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
                int best = members[k].precision(m->reports[0].record);
                size_t at = 0;

                for (size_t i = 1; i < m->n; i++) {
                        int precision = members[k].precision(m->reports[i].record);

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
                if (*text_of(m->reports[i].record, "cameo") != '\0')
                        r = vote(&v, text_of(m->reports[i].record, "cameo"), i, id_of(m, i));
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
                const char *code = text_of(json_array_get(json_object_get(m->reports[i].record, side), 0), "code");

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

static bool is_yes(enum facts_status status)
{
        return status == FACTS_HAPPENED || status == FACTS_ONGOING;
}

static bool is_before(const struct crowd_report *a, const struct crowd_report *b)
{
        if (a->time != b->time)
                return a->time < b->time;
        if (a->hash != b->hash)
                return a->hash < b->hash;
        return a->number != b->number ? a->number < b->number : a->story < b->story;
}

/* What was said last of what happened, of what did not, of all. */
static const struct crowd_said *find_last(const struct crowd *crowd, bool yes, bool no)
{
        const struct crowd_said *last = NULL;

        for (size_t k = 0; k < crowd->n_said; k++) {
                const struct crowd_said *said = &crowd->said[k];

                if ((is_yes(said->status) ? yes : said->status == FACTS_DENIED ? no : yes && no) &&
                    (last == NULL || is_before(&last->end, &said->end)))
                        last = said;
        }
        return last;
}

/* That it happened or that it did not outweighs all that was only said to come; of the two, what more origins say, then what
 * was said last. */
static int put_status(struct merge *m)
{
        const struct crowd *c = m->event->crowd;
        const struct crowd_said *yes = find_last(c, true, false), *no = find_last(c, false, true), *best;
        struct values v = { .n = 0 };
        int r;

        if (yes == NULL || no == NULL)
                best = yes != NULL ? yes : no != NULL ? no : find_last(c, true, true);
        else
                best = c->yes > c->no || (c->yes == c->no && yes->last >= no->last) ? yes : no;
        r = best == NULL ? 0 : json_object_set_new(m->out, "status", json_string(facts_status_name(best->status)));
        if (yes == NULL || no == NULL)
                return r;
        for (size_t k = 0; k < c->n_said && r == 0; k++)
                for (size_t i = 0; i < c->said[k].n_ids && r == 0; i++)
                        r = vote(&v, facts_status_name(c->said[k].status), i, c->said[k].ids[i]);
        if (r == 0)
                r = put_conflict(m, "status", &v);
        values_deinit(&v);
        return r;
}

/* [{"status", "first", "last", "reports"}], by the time of the first. */
static int put_statuses(struct merge *m)
{
        const struct crowd *c = m->event->crowd;
        char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "statuses", list) : -1;

        for (size_t k = 0; k < c->n_said && r == 0; k++)
                r = json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "status", facts_status_name(c->said[k].status),
                                                          "first", clock_format(c->said[k].first, first), "last",
                                                          clock_format(c->said[k].last, last), "reports", (json_int_t)c->said[k].n));
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

static const char *find_origin(const struct merge_report *report)
{
        json_t *mention = json_array_get(json_object_get(report->record, "mentions"), 0);
        const char *agency = text_of(mention, "agency"), *watch = text_of(mention, "watch");

        if (report->who != NULL)
                agency = report->who;
        else if (*agency == '\0')
                agency = text_of(mention, "publisher");
        return record_origin(report->record, agency, watch);
}

void merge_crowd_report(struct crowd_report *out, const struct merge_report *report, int64_t time)
{
        json_t *record = report->record, *mention = json_array_get(json_object_get(record, "mentions"), 0);
        int64_t seen;

        *out = (struct crowd_report){ .time = time, .origin = report->origin, .status = facts_status_parse(text_of(record, "status")),
                                      .id = text_of(record, "id"), .who = find_origin(report),
                                      .publisher = text_of(mention, "publisher") };
        if (clock_parse(text_of(record, "first_seen"), &seen) == 0)
                out->seen = seen;
}

static bool is_named(json_t *list, const char *name)
{
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item)
                if (same_origin(json_string_value(item), name))
                        return true;
        return false;
}

/* Those of the first reports, then others of a crowd. */
static int put_origins(struct merge *m)
{
        const struct crowd *c = m->event->crowd;
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "origins", list) : -1;

        for (size_t i = 0; i < m->n + c->n_names && r == 0 && json_array_size(list) < MERGE_ORIGINS; i++) {
                const char *name = i < m->n ? m->origins[i] : c->names[i - m->n];

                if (!is_named(list, name))
                        r = json_array_append_new(list, json_string(name));
        }
        return r;
}

static int put_counts(struct merge *m)
{
        const struct crowd *c = m->event->crowd;
        char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];

        return json_object_set_new(m->out, "reports", json_integer(c->reports)) +
               json_object_set_new(m->out, "stories", json_integer(c->stories)) +
               json_object_set_new(m->out, "publishers", json_integer(c->publishers)) +
               json_object_set_new(m->out, "first_seen",
                                   json_string(clock_format(MIN_OF(m->event->since, c->first_seen), first))) +
               json_object_set_new(m->out, "last_seen", json_string(clock_format(c->last_seen, last)));
}

/* `cameo`: the event's. What the report says instead stands with it, so that nothing that was coded is out of sight. */
static int put_mention(json_t *list, const struct merge_report *report, const char *origin, const char *cameo)
{
        json_t *record = report->record, *mention = json_array_get(json_object_get(record, "mentions"), 0);
        const char *code = record_origin_code(record, origin), *own = text_of(record, "cameo");
        int r;

        /* What schema 2 left has none. */
        mention = mention != NULL ? json_copy(mention) : json_pack("{s:s}", "report", text_of(record, "id"));
        if (mention == NULL)
                return -1;
        r = json_object_set_new(mention, "origin", json_string(origin));
        if (r == 0 && code != NULL)
                r = json_object_set_new(mention, "origin_code", json_string(code));
        json_object_del(mention, "copy_of");
        if (r == 0 && report->copy_of != NULL)
                r = json_object_set_new(mention, "copy_of", json_string(report->copy_of));
        if (r == 0 && *own != '\0' && strcmp(own, cameo) != 0)
                r = json_object_set_new(mention, "cameo", json_string(own));
        if (r == 0)
                r = json_array_append(list, mention);
        json_decref(mention);
        return r;
}

static bool has_joined(const struct merge *m, size_t i)
{
        for (size_t j = 0; m->event->joined[j] != NULL; j++)
                if (strcmp(m->event->joined[j], id_of(m, i)) == 0)
                        return true;
        return false;
}

static int put_also(const struct merge_event *event, json_t *list, const char *cameo)
{
        int r = 0;

        for (size_t i = 0; i < event->n_also && r == 0; i++)
                r = put_mention(list, &event->also[i], find_origin(&event->also[i]), cameo);
        return r;
}

/* The first ones; those that came with this change are always among them. */
static int put_mentions(struct merge *m)
{
        const char *cameo = text_of(m->out, "cameo");
        json_t *list = json_array();
        int r = list != NULL ? json_object_set_new(m->out, "mentions", list) : -1;

        for (size_t i = 0; i < m->n && r == 0; i++)
                if (i < MERGE_MENTIONS || has_joined(m, i))
                        r = put_mention(list, &m->reports[i], m->origins[i], cameo);
        return r == 0 ? put_also(m->event, list, cameo) : r;
}

static int put_ids(struct merge *m, const char *name, const char *const *ids)
{
        json_t *list;
        int r = 0;

        if (ids[0] == NULL)
                return 0;
        list = json_array();
        for (size_t i = 0; ids[i] != NULL && r == 0; i++)
                r = json_array_append_new(list, json_string(ids[i]));
        return json_object_set_new(m->out, name, list) + r;
}

static int make(struct merge *m)
{
        double confidence = 0;
        int r;

        for (size_t i = 0; i < m->n; i++)
                m->origins[i] = find_origin(&m->reports[i]);
        r = json_object_set_new(m->out, "number", json_integer(m->event->number)) |
            json_object_set_new(m->out, "id", json_string(m->event->id));
        r |= take_precise(m) | take_kind(m) | put_side_conflict(m, "source") | put_side_conflict(m, "target");
        r |= put_status(m) | put_counts(m) | put_origins(m);
        if (m->event->crowd->reports > 1)
                r |= put_statuses(m);
        for (size_t i = 0; i < m->n; i++)
                confidence = MAX_OF(confidence, json_number_value(json_object_get(m->reports[i].record, "confidence")));
        if (m->n > 1 && confidence > 0)
                r |= json_object_set_new(m->out, "confidence", json_real(confidence));
        r |= put_mentions(m);
        if (json_object_size(m->from) > 0)
                r |= json_object_set(m->out, "from", m->from);
        if (json_object_size(m->conflicts) > 0)
                r |= json_object_set(m->out, "conflicts", m->conflicts);
        r |= put_ids(m, "joined", m->event->joined) | put_ids(m, "left", m->event->left);
        return r != 0 ? error_origin(-ENOMEM) : 0;
}

int merge_records(const struct merge_event *event, const struct merge_report *reports, size_t n, json_t **record)
{
        static const char *const dropped[] = { "joined", "left", "from", "conflicts", "statuses", "became" };
        struct merge m = { .event = event, .reports = reports, .n = MIN_OF(n, (size_t)MERGE_MAX) };
        int r;

        m.out = json_copy(reports[0].record);
        m.from = json_object();
        m.conflicts = json_object();
        for (size_t i = 0; m.out != NULL && i < N_ELEMENTS(dropped); i++)
                json_object_del(m.out, dropped[i]);
        r = m.out == NULL || m.from == NULL || m.conflicts == NULL ? error_origin(-ENOMEM) : make(&m);
        json_decref(m.from);
        json_decref(m.conflicts);
        if (r == 0)
                *record = m.out;
        else
                json_decref(m.out);
        return r;
}

/* What stays for the next change. */
static void strip(json_t *record)
{
        json_t *mentions = json_object_get(record, "mentions");

        json_object_del(record, "joined");
        json_object_del(record, "left");
        while (json_array_size(mentions) > MERGE_MENTIONS)
                (void)json_array_remove(mentions, json_array_size(mentions) - 1);
}

/* Who came and went. */
static int put_change(struct merge *m)
{
        int r = put_also(m->event, json_object_get(m->out, "mentions"), text_of(m->out, "cameo"));

        return r | put_ids(m, "joined", m->event->joined) | put_ids(m, "left", m->event->left);
}

int merge_go_on(const struct merge_event *event, json_t *record)
{
        struct merge m = { .event = event, .out = record };

        strip(record);
        return put_change(&m) != 0 ? error_origin(-ENOMEM) : 0;
}

/* What it says of the first reports stays. */
int merge_update(const struct merge_event *event, const char *const *who, size_t n, json_t *record)
{
        json_t *conflicts = json_object_get(record, "conflicts");
        struct merge m = { .event = event, .n = MIN_OF(n, (size_t)MERGE_MAX), .out = record };
        int r = 0;

        memcpy(m.origins, who, m.n * sizeof(*who));
        strip(record);
        m.conflicts = conflicts != NULL ? json_incref(conflicts) : json_object();
        json_object_del(m.conflicts, "status");
        r |= put_status(&m) | put_counts(&m) | put_origins(&m) | put_statuses(&m);
        if (r == 0 && json_object_size(m.conflicts) > 0)
                r = json_object_set(record, "conflicts", m.conflicts);
        else
                json_object_del(record, "conflicts");
        r |= put_change(&m);
        json_decref(m.conflicts);
        return r != 0 ? error_origin(-ENOMEM) : 0;
}
