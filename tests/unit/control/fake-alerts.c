/* Alerts and rules that are none, for the tests of the control socket: an alert a1, which is raised, and a2, which is
 * resolved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/rehearsal.h"
#include "store/alerts.h"
#include "store/digest.h"
#include "tests/unit/control/fake.h"

static json_t *alert(int64_t id)
{
        return json_pack("{s:I, s:s, s:i, s:o, s:s, s:s}", "seq", (json_int_t)id, "change", id == 1 ? "raised"
                         : "resolved", "revision", 1,
                         "id", json_sprintf("a%lld", (long long)id), "state", id == 1 ? "raised" : "resolved", "rule",
                                 "r");
}

bool alerts_parse_id(const char *text, int64_t *id)
{
        *id = strcmp(text, "a1") == 0 ? 1 : strcmp(text, "a2") == 0 ? 2 : 3;
        return text[0] == 'a';
}

bool alerts_is_severity(const char *severity)
{
        return severity == NULL || strcmp(severity, "high") == 0;
}

bool alerts_is_state(const char *state)
{
        return state == NULL || strcmp(state, "raised") == 0;
}

bool alerts_matches(const struct alerts_filter *filter, json_t *record)
{
        const char *state = json_string_value(json_object_get(record, "state"));

        return state != NULL && (filter->state == NULL || strcmp(filter->state, state) == 0);
}

int alerts_query(struct db *db _unused_, const struct alerts_filter *filter, bool newest _unused_, int64_t limit,
                 json_t **out)
{
        *out = json_array();
        for (int64_t id = filter->after + 1; id <= 2 && (int64_t)json_array_size(*out) < limit; id++) {
                json_t *one = alert(id);

                if (alerts_matches(filter, one))
                        json_array_append(*out, one);
                json_decref(one);
        }
        return 0;
}

int alerts_get(struct db *db _unused_, int64_t id, json_t **out)
{
        if (id > 2)
                return ALERTS_E_NONE;
        *out = alert(id);
        return 0;
}

int alerts_acknowledge(struct db *db _unused_, int64_t id, const char *by, const char *note _unused_,
                       int64_t now _unused_, int64_t *seq)
{
        *seq = 7;
        return id > 2 ? ALERTS_E_NONE : id == 2 ? ALERTS_E_STATE : strstr(by, "uid ") != NULL ? 0 : -EINVAL;
}

int alerts_resolve(struct db *db, int64_t id, const char *by, const char *note, int64_t now, int64_t *seq)
{
        return alerts_acknowledge(db, id, by, note, now, seq);
}

int alerts_count_rule(struct db *db _unused_, const char *rule _unused_, json_t *out)
{
        return json_object_set_new(out, "count", json_integer(5));
}

struct digest {
        enum digest_kind kind;
        bool endless;                   /* where a place is asked for */
        int64_t bins;
        int looks;
};

int digest_new(struct digest **out, enum digest_kind kind, const struct query_filter *filter, int64_t bins)
{
        *out = calloc(1, sizeof(**out));
        **out = (struct digest){ .kind = kind, .endless = filter->place != NULL, .bins = bins };
        return 0;
}

int digest_look(struct digest *d, struct db *db _unused_, struct query_reach *reach)
{
        *reach = (struct query_reach){ .cut = d->endless || d->looks < 2, .seq = 4, .at = 1000000, .looked = 3 };
        d->looks++;
        return 0;
}

int digest_result(const struct digest *d, int64_t limit, json_t **out)
{
        *out = d->kind == DIGEST_PAIRS ? json_pack("[{s:I, s:I, s:i}]", "limit", (json_int_t)limit, "bins",
                                                   (json_int_t)d->bins, "looks", d->looks)
                                       : json_pack("[{s:b, s:i}]", "weeks", d->kind == DIGEST_WEEKS, "looks", d->looks);
        return 0;
}

void digest_free(struct digest *d)
{
        free(d);
}

struct rehearsal {
        int pieces;
};

int rehearsal_new(struct rehearsal **out, struct db *news _unused_, const char *name, const char *text, size_t n,
                  int64_t since _unused_,
                  int64_t now _unused_, char **errors)
{
        if (n == 0 || *text == '!')
                return asprintf(errors, "%s:1:1: no\n%s:2:1: neither\n", name, name) > 0 ? REHEARSAL_E_BAD : -ENOMEM;
        *out = calloc(1, sizeof(**out));
        return *out != NULL ? 0 : -ENOMEM;
}

int rehearsal_run(struct rehearsal *rehearsal, struct db *news _unused_, int64_t us _unused_, bool *done)
{
        *done = ++rehearsal->pieces == 3;
        return 0;
}

int rehearsal_result(struct rehearsal *rehearsal, struct db *news _unused_, json_t **out)
{
        *out = json_pack("{s:i, s:[]}", "rules", rehearsal->pieces, "alerts");
        return 0;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
        free(rehearsal);
}
