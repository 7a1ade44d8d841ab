/* See match.h. */
#include "desk/match.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/plover.h"
#include "desk/record.h"

enum { COUNTRY = 3 };                   /* letters of an actor's code that name its country */

#define ANYTHING UINT64_MAX

static const char *member(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

static bool is_code(const char *text)
{
        return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

int64_t match_count(const json_t *value)
{
        return json_is_integer(value) ? json_integer_value(value) : (int64_t)json_array_size(value);
}

/* ---- bits ---- */

static uint64_t bit_of(const char *text, size_t n)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (size_t i = 0; i < n; i++)
                hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
        return UINT64_C(1) << (hash >> 58);
}

static uint64_t bits_of_side(const json_t *side)
{
        uint64_t bits = 0;
        json_t *actor;
        size_t i;

        json_array_foreach(side, i, actor) {
                const char *code = member(actor, "code");

                if (strlen(code) >= COUNTRY)
                        bits |= bit_of(code, COUNTRY);
        }
        return bits;
}

static unsigned bit_by_name(const char *name, const char *const *names)
{
        for (unsigned i = 0; names[i] != NULL; i++)
                if (strcmp(names[i], name) == 0)
                        return 1u << i;
        return 1u << 31;                /* another one */
}

void match_event_init(struct match_event *event, json_t *record)
{
        const char *type = member(record, "event"), *cameo = member(record, "cameo");
        json_int_t quad = json_integer_value(json_object_get(record, "quad"));

        *event = (struct match_event){
                .record = record,
                .actors = bits_of_side(json_object_get(record, "source")) | bits_of_side(json_object_get(record, "target")),
                .types = bit_of(type, strlen(type)) | (strlen(cameo) >= 2 ? bit_of(cameo, 2) : 0),
                .quad = quad >= 0 && quad <= 4 ? 1u << quad : 1,
                .status = bit_by_name(member(record, "status"), plover_statuses),
        };
}

/* One of these words is among the actors: ANYTHING where that cannot be told by a country. */
static uint64_t needs_actor(const struct schema_strings *words)
{
        uint64_t bits = words->n == 0 ? ANYTHING : 0;

        for (size_t i = 0; i < words->n; i++)
                bits |= is_code(words->items[i]) && strlen(words->items[i]) >= COUNTRY ? bit_of(words->items[i], COUNTRY)
                                                                                          : ANYTHING;
        return bits;
}

static uint64_t needs_type(const struct schema_strings *words)
{
        uint64_t bits = words->n == 0 ? ANYTHING : 0;

        for (size_t i = 0; i < words->n; i++) {
                const char *word = words->items[i];

                bits |= !isdigit((unsigned char)*word) ? bit_of(word, strlen(word)) :
                        strlen(word) >= 2              ? bit_of(word, 2) :
                                                         ANYTHING;
        }
        return bits;
}

static void add_actors(struct match_needs *needs, uint64_t bits)
{
        if (bits != ANYTHING && needs->n < MATCH_NEEDS)
                needs->actors[needs->n++] = bits;
}

/* One of these holds: what any of them needs. */
static void add_any(struct match_needs *needs, const struct schema_list *any)
{
        struct match_needs one, all = { .n = 0 };
        uint64_t actors = 0;

        if (any->n == 0)
                return;
        for (size_t i = 0; i < any->n; i++) {
                match_needs_init(&one, (const struct rule_condition *)any->items + i);
                all.types |= one.types;
                all.quads |= one.quads;
                all.statuses |= one.statuses;
                actors |= one.n > 0 ? one.actors[0] : ANYTHING;
        }
        needs->types &= all.types;
        needs->quads &= all.quads;
        needs->statuses &= all.statuses;
        add_actors(needs, actors);
}

void match_needs_init(struct match_needs *needs, const struct rule_condition *c)
{
        const struct schema_strings *const sides[] = { &c->actor, &c->source, &c->target };

        *needs = (struct match_needs){
                .types = needs_type(&c->type),
                .quads = c->quads != 0 ? c->quads : UINT32_MAX,
                .statuses = c->statuses != 0 ? c->statuses : UINT32_MAX,
        };
        for (size_t i = 0; i < N_ELEMENTS(sides); i++)
                add_actors(needs, needs_actor(sides[i]));
        for (size_t i = 0; i < c->pair.n; i++)
                add_actors(needs, needs_actor(&(struct schema_strings){ &c->pair.items[i], 1 }));
        for (size_t i = 0; i < c->all.n; i++) {
                struct match_needs one;

                match_needs_init(&one, (const struct rule_condition *)c->all.items + i);
                needs->types &= one.types;
                needs->quads &= one.quads;
                needs->statuses &= one.statuses;
                for (size_t k = 0; k < one.n; k++)
                        add_actors(needs, one.actors[k]);
        }
        add_any(needs, &c->any);
}

/* ---- texts ---- */

static bool is_letter(char c)
{
        return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

bool match_word(const char *text, const char *word)
{
        size_t n = strlen(word);
        bool open = n > 0 && word[n - 1] == '*';

        n -= open;
        for (const char *p = text; n > 0 && *p != '\0'; p++) {
                if ((p > text && is_letter(p[-1]) && is_letter(*word)) || strncasecmp(p, word, n) != 0)
                        continue;
                if (open || !is_letter(word[n - 1]) || !is_letter(p[n]))
                        return true;
        }
        return false;
}

static bool has_word(const char *text, const struct schema_strings *words)
{
        for (size_t i = 0; i < words->n; i++)
                if (match_word(text, words->items[i]))
                        return true;
        return false;
}

static bool is_one_of(const char *text, const struct schema_strings *words)
{
        for (size_t i = 0; i < words->n; i++)
                if (strcmp(text, words->items[i]) == 0)
                        return true;
        return false;
}

static bool has_part(const char *text, const struct schema_strings *parts)
{
        for (size_t i = 0; i < parts->n; i++)
                if (strcasestr(text, parts->items[i]) != NULL)
                        return true;
        return false;
}

static bool story_has(struct match_event *event, const struct schema_strings *words)
{
        if (!event->text_asked && event->text != NULL)
                event->text_value = event->text(event->user);
        event->text_asked = true;
        return event->text_value != NULL && has_word(event->text_value, words);
}

/* ---- actors ---- */

static bool is_actor(const char *code, const char *name, const char *wanted)
{
        return is_code(wanted) ? strncmp(code, wanted, strlen(wanted)) == 0 : strcasestr(name, wanted) != NULL;
}

static bool side_is(const json_t *side, const char *wanted)
{
        json_t *actor;
        size_t i;

        json_array_foreach(side, i, actor)
                if (is_actor(member(actor, "code"), member(actor, "name"), wanted))
                        return true;
        return false;
}

static bool side_is_one_of(const json_t *side, const struct schema_strings *wanted)
{
        for (size_t i = 0; i < wanted->n; i++)
                if (side_is(side, wanted->items[i]))
                        return true;
        return false;
}

static bool actors_hold(const struct rule_condition *c, const json_t *source, const json_t *target)
{
        if (c->source.n != 0 && !side_is_one_of(source, &c->source))
                return false;
        if (c->target.n != 0 && !side_is_one_of(target, &c->target))
                return false;
        if (c->actor.n != 0 && !side_is_one_of(source, &c->actor) && !side_is_one_of(target, &c->actor))
                return false;
        return c->pair.n != 2 || (side_is(source, c->pair.items[0]) && side_is(target, c->pair.items[1])) ||
               (side_is(source, c->pair.items[1]) && side_is(target, c->pair.items[0]));
}

/* ---- who vouches ---- */

/* The code of one who vouches, "" where it is not known. */
static const char *origin_code(const json_t *record, const json_t *origin)
{
        const char *name = json_string_value(origin), *code = name != NULL ? record_origin_code(record, name) : NULL;
        json_t *mention;
        size_t i;

        if (code != NULL || name == NULL)
                return code != NULL ? code : "";
        /* The attribution is one report's; what others said of theirs is with the mentions. */
        json_array_foreach(json_object_get(record, "mentions"), i, mention)
                if (strcasecmp(member(mention, "origin"), name) == 0 && *member(mention, "origin_code") != '\0')
                        return member(mention, "origin_code");
        return "";
}

static const char *origin_name(const json_t *origin)
{
        return json_is_string(origin) ? json_string_value(origin) : "";
}

static bool is_of_side(const char *code, const json_t *side)
{
        json_t *actor;
        size_t i;

        json_array_foreach(side, i, actor)
                if (strncmp(member(actor, "code"), code, COUNTRY) == 0)
                        return true;
        return false;
}

/* All who vouch are of this side's countries. */
static bool is_word_of(const json_t *record, const json_t *side)
{
        const json_t *origins = json_object_get(record, "origins");
        json_t *origin;
        size_t i;

        json_array_foreach(origins, i, origin) {
                const char *code = origin_code(record, origin);

                if (strlen(code) < COUNTRY || !isupper((unsigned char)*code) || !is_of_side(code, side))
                        return false;
        }
        return json_array_size(origins) > 0;
}

static bool sided_holds(int wanted, const json_t *record)
{
        const json_t *source = json_object_get(record, "source"), *target = json_object_get(record, "target");

        switch (wanted) {
        case RULE_SIDED_YES:
                return is_word_of(record, source) || is_word_of(record, target);
        case RULE_SIDED_NO:
                return !is_word_of(record, source) && !is_word_of(record, target);
        case RULE_SIDED_SOURCE:
                return is_word_of(record, source);
        case RULE_SIDED_TARGET:
                return is_word_of(record, target);
        default:
                return true;
        }
}

static bool origin_holds(const struct schema_strings *wanted, const json_t *record)
{
        json_t *origin;
        size_t i;

        json_array_foreach(json_object_get(record, "origins"), i, origin)
                for (size_t k = 0; k < wanted->n; k++) {
                        /* "KCNA" may be a name as well as a code. */
                        if (is_actor(origin_code(record, origin), origin_name(origin), wanted->items[k]) ||
                            strcasecmp(origin_name(origin), wanted->items[k]) == 0)
                                return true;
                }
        return false;
}

static bool publisher_holds(const struct schema_strings *wanted, const json_t *record)
{
        json_t *publisher;
        size_t i;

        json_array_foreach(json_object_get(record, "mentions"), i, publisher)
                if (has_part(member(publisher, "publisher"), wanted))
                        return true;
        return has_part(member(record, "publisher"), wanted);
}

static bool watch_holds(const struct schema_strings *wanted, const json_t *record)
{
        json_t *mention;
        size_t i;

        json_array_foreach(json_object_get(record, "mentions"), i, mention)
                if (is_one_of(member(mention, "watch"), wanted))
                        return true;
        return is_one_of(member(record, "watch"), wanted);
}

static bool words_of_others_hold(const struct rule_condition *c, const json_t *record)
{
        int64_t origins = match_count(json_object_get(record, "origins"));

        if (origins < c->min_origins || (c->max_origins != 0 && origins > c->max_origins) ||
            match_count(json_object_get(record, "reports")) < c->min_reports ||
            match_count(json_object_get(record, "publishers")) < c->min_publishers)
                return false;
        if ((c->origin.n != 0 && !origin_holds(&c->origin, record)) || !sided_holds(c->one_sided, record))
                return false;
        if (c->publisher.n != 0 && !publisher_holds(&c->publisher, record))
                return false;
        return c->watch.n == 0 || watch_holds(&c->watch, record);
}

/* ---- act and place ---- */

static bool type_holds(const struct schema_strings *wanted, const json_t *record)
{
        for (size_t i = 0; i < wanted->n; i++) {
                const char *word = wanted->items[i];

                if (isdigit((unsigned char)*word) ? strncmp(member(record, "cameo"), word, strlen(word)) == 0
                                                    : strcmp(member(record, "event"), word) == 0)
                        return true;
        }
        return false;
}

static bool context_holds(const struct schema_strings *wanted, const json_t *record)
{
        json_t *word;
        size_t i;

        json_array_foreach(json_object_get(record, "context"), i, word)
                if (json_is_string(word) && is_one_of(json_string_value(word), wanted))
                        return true;
        return false;
}

/* The great circle's length, by the haversine formula. */
static double distance_km(double lat_a, double lon_a, double lat_b, double lon_b)
{
        const double radian = M_PI / 180, earth = 6371;
        double s = sin((lat_b - lat_a) * radian / 2), t = sin((lon_b - lon_a) * radian / 2);
        double h = s * s + cos(lat_a * radian) * cos(lat_b * radian) * t * t;

        return 2 * earth * asin(fmin(1, sqrt(h)));
}

static bool place_holds(const struct rule_condition *c, const json_t *where)
{
        const json_t *lat = json_object_get(where, "lat"), *lon = json_object_get(where, "lon");

        if ((c->country.n != 0 && !is_one_of(member(where, "country"), &c->country)) ||
            (c->where.n != 0 && !has_part(member(where, "name"), &c->where)))
                return false;
        return c->near.km == 0 || (json_is_number(lat) && json_is_number(lon) &&
                                   distance_km(c->near.lat, c->near.lon, json_number_value(lat), json_number_value(lon)) <=
                                           (double)c->near.km);
}

static bool weights_hold(const struct rule_condition *c, const json_t *record)
{
        double goldstein = json_number_value(json_object_get(record, "goldstein"));

        return goldstein >= c->min_goldstein && goldstein <= c->max_goldstein &&
               json_number_value(json_object_get(record, "confidence")) >= c->min_confidence;
}

/* What stands in the condition itself. */
static bool own_holds(const struct rule_condition *c, struct match_event *e)
{
        const json_t *record = e->record;

        if ((c->quads != 0 && (c->quads & e->quad) == 0) || (c->statuses != 0 && (c->statuses & e->status) == 0) ||
            (c->type.n != 0 && !type_holds(&c->type, record)) ||
            (c->mode.n != 0 && !is_one_of(member(record, "mode"), &c->mode)) ||
            (c->context.n != 0 && !context_holds(&c->context, record)))
                return false;
        if (!actors_hold(c, json_object_get(record, "source"), json_object_get(record, "target")) ||
            !place_holds(c, json_object_get(record, "where")) || !words_of_others_hold(c, record) || !weights_hold(c, record))
                return false;
        if (c->words.n != 0 && !has_word(member(json_object_get(record, "trigger"), "text"), &c->words))
                return false;
        return c->text.n == 0 || story_has(e, &c->text);
}

bool match_holds(const struct rule_condition *c, struct match_event *e)
{
        const struct rule_condition *all = c->all.items, *any = c->any.items, *none = c->none.items;
        bool one = c->any.n == 0;

        if (!own_holds(c, e))
                return false;
        for (size_t i = 0; i < c->all.n; i++)
                if (!match_holds(&all[i], e))
                        return false;
        for (size_t i = 0; i < c->any.n && !one; i++)
                one = match_holds(&any[i], e);
        for (size_t i = 0; i < c->none.n && one; i++)
                one = !match_holds(&none[i], e);
        return one;
}

/* ---- groups ---- */

struct keys {
        const char **items;
        size_t n;
};

static void add_key(struct keys *keys, const char *key)
{
        if (*key == '\0')
                return;
        for (size_t i = 0; i < keys->n; i++)
                if (strcmp(keys->items[i], key) == 0)
                        return;
        if (keys->n < MATCH_KEYS_MAX)
                keys->items[keys->n++] = key;
}

/* By country, or by the name where that is not known ("---GOV"). */
static const char *actor_key(struct arena *arena, const json_t *actor)
{
        const char *code = member(actor, "code");

        return isupper((unsigned char)*code) ? arena_strndup(arena, code, strnlen(code, COUNTRY)) : member(actor, "name");
}

static void add_side(struct arena *arena, struct keys *keys, const json_t *side)
{
        json_t *actor;
        size_t i;

        json_array_foreach(side, i, actor)
                add_key(keys, actor_key(arena, actor));
}

static void add_pairs(struct arena *arena, struct keys *keys, const json_t *source, const json_t *target)
{
        json_t *a, *b;
        size_t i, k;

        json_array_foreach(source, i, a) {
                json_array_foreach(target, k, b) {
                        const char *one = actor_key(arena, a), *other = actor_key(arena, b);
                        int order = strcmp(one, other);

                        if (*one == '\0' || *other == '\0' || order == 0)
                                continue;
                        add_key(keys, arena_printf(arena, "%s %s", order < 0 ? one : other, order < 0 ? other : one));
                        if (keys->n == MATCH_KEYS_MAX)
                                return;
                }
        }
}

size_t match_keys(struct arena *arena, enum rule_group group, const struct match_event *event,
                  const char *items[static MATCH_KEYS_MAX])
{
        const json_t *source = json_object_get(event->record, "source"), *target = json_object_get(event->record, "target");
        const json_t *where = json_object_get(event->record, "where");
        struct keys keys = { .items = items };

        switch (group) {
        case RULE_GROUP_RULE:
                items[keys.n++] = "";
                break;
        case RULE_GROUP_PAIR:
                add_pairs(arena, &keys, source, target);
                break;
        case RULE_GROUP_SOURCE:
                add_side(arena, &keys, source);
                break;
        case RULE_GROUP_TARGET:
                add_side(arena, &keys, target);
                break;
        case RULE_GROUP_ACTOR:
                add_side(arena, &keys, source);
                add_side(arena, &keys, target);
                break;
        case RULE_GROUP_COUNTRY:
                add_key(&keys, member(where, "country"));
                break;
        case RULE_GROUP_PLACE:
                add_key(&keys, member(where, "name"));
                break;
        case RULE_GROUP_WATCH:
                add_key(&keys, member(event->record, "watch"));
                break;
        case RULE_GROUP_TYPE:
                add_key(&keys, member(event->record, "event"));
                break;
        case RULE_GROUP_EVENT:
                add_key(&keys, member(event->record, "id"));
                break;
        }
        return keys.n;
}
