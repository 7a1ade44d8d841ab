/*
 * See facts.h.
 *
 * Keys. A report with actors on it is put, for each of its days, under the pair of each two countries (P), under each country
 * as one of several (M), and where it knows but one, under that one alone (S). It looks under the same pairs; for others that
 * know but one country of its own, under S; and where it knows but one itself, under S and M. So two that have a country in
 * common, and no other that would contradict, meet; the long lists of countries that are in everything (M) are read by the few
 * that know nothing more.
 */
#include "desk/facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/country.h"
#include "desk/sketch.h"

enum {
        SENTENCE_MAX = 600,             /* bytes around the trigger that are looked at */
        DAYS_MAX = 3,                   /* of a span that count as days; longer ones are as good as none */
        COUNTRIES_MAX = 4,              /* of a report, for its keys */
};

static const char *const statuses[] = {
        [FACTS_HAPPENED] = "happened",         [FACTS_ONGOING] = "ongoing", [FACTS_PLANNED] = "planned",
        [FACTS_DEMANDED] = "demanded",         [FACTS_DENIED] = "denied",   [FACTS_BACKGROUND] = "background",
        [FACTS_HYPOTHETICAL] = "hypothetical",
};

const char *facts_status_name(enum facts_status status)
{
        return (size_t)status < N_ELEMENTS(statuses) ? statuses[status] : "happened";
}

enum facts_status facts_status_parse(const char *name)
{
        for (size_t i = 0; i < N_ELEMENTS(statuses); i++)
                if (strcmp(name, statuses[i]) == 0)
                        return (enum facts_status)i;
        return FACTS_HAPPENED;
}

static const char *text_of(json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

static uint32_t hash_text(const char *text, size_t n)
{
        uint32_t hash = (uint32_t)XXH3_64bits(text, n);

        return hash != 0 ? hash : 1;
}

/* The words of a name, without titles and what groups are called. */
static void take_name(struct facts_actor *actor, const char *name)
{
        static const char *const skipped[] = { "the", "of", "al", "group", "movement", "party", "mr", "president", "minister" };
        char word[64];
        size_t n = 0;

        for (const char *p = name;; p++) {
                unsigned char c = (unsigned char)*p;
                bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;

                if (letter && n < sizeof(word) - 1)
                        word[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
                if (letter)
                        continue;
                word[n] = '\0';
                for (size_t i = 0; i < N_ELEMENTS(skipped) && n > 0; i++)
                        if (strcmp(word, skipped[i]) == 0)
                                n = 0;
                if (n > 1) {
                        /* The last words of a long name tell most. */
                        if (actor->n_name == FACTS_NAME_MAX)
                                memmove(actor->name, actor->name + 1, (--actor->n_name) * sizeof(*actor->name));
                        actor->name[actor->n_name++] = hash_text(word, n);
                }
                n = 0;
                if (*p == '\0')
                        break;
        }
}

static size_t take_actors(struct facts_actor *out, json_t *list)
{
        size_t n = 0, i;
        json_t *item;

        json_array_foreach(list, i, item) {
                struct facts_actor *a = &out[n];
                const char *code = text_of(item, "code");
                size_t length = strlen(code);

                if (n == FACTS_ACTORS_MAX)
                        break;
                *a = (struct facts_actor){ 0 };
                if (*code != '\0' && *code != '-')
                        memcpy(a->country, code, MIN_OF(length, (size_t)3));
                if (length > 3)
                        memcpy(a->role, code + 3, MIN_OF(length - 3, sizeof(a->role) - 1));
                if (a->role[0] != '\0' || a->country[0] == '\0')
                        take_name(a, text_of(item, "name"));
                n += a->country[0] != '\0' || a->role[0] != '\0' || a->n_name > 0;
        }
        return n;
}

static int64_t day_of(json_t *when, const char *key)
{
        const char *day = json_string_value(json_object_get(when, key));
        int64_t us;

        if (day == NULL || clock_parse(day, &us) != 0)
                return INT32_MIN;
        us /= 86400 * CLOCK_SECOND;
        return us > -1000000 && us < 10000000 ? us : INT32_MIN;
}

/* The days of the act; without a word on it, those on which news of this status may have happened. */
static void take_days(struct facts *f, json_t *when)
{
        int64_t start = day_of(when, "start"), end = day_of(when, "end");
        int32_t told = (int32_t)(f->time / (86400 * CLOCK_SECOND));
        bool ahead = f->status == FACTS_PLANNED || f->status == FACTS_DEMANDED || f->status == FACTS_HYPOTHETICAL;

        if (end == INT32_MIN)
                end = start;
        f->dated = start != INT32_MIN && end >= start && end - start < DAYS_MAX;
        if (f->dated) {
                f->day_start = (int32_t)start;
                f->day_end = (int32_t)end;
        } else {
                f->day_start = ahead ? told : told - 1;
                f->day_end = ahead ? told + 2 : told;
        }
}

/* A region is named as its town, or the town as its region, more often than two of one name are meant. */
static uint32_t hash_place(const char *place)
{
        static const char *const kinds[] = { " region", " Region", " province", " Province", " state", " State", " city", " City" };
        size_t n = strlen(place);

        for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
                size_t length = strlen(kinds[i]);

                if (n > length && strcmp(place + n - length, kinds[i]) == 0)
                        return hash_text(place, n - length);
        }
        return hash_text(place, n);
}

/* Countries are in the actors already; what is left tells one place or person from another. "ukrainian" begins as Ukraine. */
static bool is_country(const char *word, size_t n)
{
        for (size_t i = 0; i < country_n_rows && n >= 4; i++)
                if (strncasecmp(word, country_rows[i].name, MIN_OF(n, (size_t)5)) == 0)
                        return true;
        return false;
}

/* The words of the sentence in which the trigger stands. */
static void take_words(struct facts *f, json_t *report, const char *text, size_t n)
{
        json_t *span = json_object_get(json_object_get(report, "trigger"), "span");
        json_int_t at = json_integer_value(json_array_get(span, 0));
        size_t begin, end, first, last;

        if (!json_is_array(span) || at < 0 || (size_t)at >= n)
                return;
        begin = end = (size_t)at;
        first = begin > SENTENCE_MAX ? begin - SENTENCE_MAX : 0;
        last = MIN_OF(n, end + SENTENCE_MAX);
        while (begin > first && text[begin - 1] != '\n' &&
               !(begin > 1 && text[begin - 1] == ' ' && (text[begin - 2] == '.' || text[begin - 2] == '!')))
                begin--;
        while (end < last && text[end] != '\n' && !(text[end] == '.' && (end + 1 == n || text[end + 1] == ' ')))
                end++;
        f->n_words = sketch_take_words(text + begin, end - begin, f->words, FACTS_WORDS_MAX);
        f->n_names = sketch_take_names(text + begin, end - begin, is_country, f->names, FACTS_NAMES_MAX);
}

/* An intent is told as an act of its own kind (CAMEO 03): it is of the family of what is intended, so that what was planned
 * and what happened meet. */
static const char *find_family(const char *type, const char *cameo)
{
        static const struct {
                const char *cameo, *family;
        } intents[] = {
                { "031", "COOPERATE" }, { "032", "SUPPORT" }, { "033", "AID" }, { "035", "CONCEDE" }, { "036", "CONSULT" },
        };

        for (size_t i = 0; i < N_ELEMENTS(intents); i++)
                if (strncmp(cameo, intents[i].cameo, 3) == 0)
                        return intents[i].family;
        return type;
}

void facts_make(struct facts *f, json_t *report, const char *text, size_t n, int64_t time, uint64_t hash, int64_t number)
{
        const char *type = text_of(report, "event"), *status = text_of(report, "status"), *place;
        const struct country *country;
        json_t *where = json_object_get(report, "where");

        *f = (struct facts){ .time = time, .hash = hash, .number = (uint32_t)number };
        type = find_family(type, text_of(report, "cameo"));
        f->family = hash_text(type, strlen(type));
        strncpy(f->cameo, text_of(report, "cameo"), sizeof(f->cameo) - 1);
        f->status = facts_status_parse(status);
        f->reciprocal = json_is_true(json_object_get(report, "reciprocal"));
        take_days(f, json_object_get(report, "when"));
        place = text_of(where, "name");
        country = country_find(text_of(where, "country"));
        if (country != NULL && strcmp(country->name, place) == 0)
                place = "";             /* no place in it */
        strncpy(f->country, text_of(where, "country"), sizeof(f->country) - 1);
        if (*place != '\0')
                f->place = hash_place(place);
        f->n_source = take_actors(f->source, json_object_get(report, "source"));
        f->n_target = take_actors(f->target, json_object_get(report, "target"));
        take_words(f, report, text, n);
}

int facts_compare(const struct facts *a, const struct facts *b)
{
        if (a->time != b->time)
                return a->time < b->time ? -1 : 1;
        if (a->hash != b->hash)
                return a->hash < b->hash ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

/* ---- as bytes ---- */

static int put_int(struct buf *out, uint64_t value, int bytes)
{
        char text[8];

        for (int i = 0; i < bytes; i++)
                text[i] = (char)(value >> 8 * i);
        return buf_append(out, text, (size_t)bytes);
}

static int put_words(struct buf *out, const uint32_t *words, size_t n)
{
        int r = put_int(out, n, 1);

        for (size_t i = 0; i < n && r == 0; i++)
                r = put_int(out, words[i], 4);
        return r;
}

static int put_side(struct buf *out, const struct facts_actor *actors, size_t n)
{
        int r = put_int(out, n, 1);

        for (size_t i = 0; i < n && r == 0; i++) {
                r = buf_append(out, actors[i].country, 3);
                if (r == 0)
                        r = put_int(out, strlen(actors[i].role), 1);
                if (r == 0)
                        r = buf_append_string(out, actors[i].role);
                if (r == 0)
                        r = put_words(out, actors[i].name, actors[i].n_name);
        }
        return r;
}

int facts_encode(const struct facts *f, struct buf *out)
{
        int flags = f->reciprocal | f->dated << 1 | (int)f->status << 2, r;

        r = put_int(out, (uint64_t)f->time, 8);
        if (r == 0)
                r = put_int(out, f->hash, 8);
        if (r == 0)
                r = put_int(out, f->number, 4);
        if (r == 0)
                r = put_int(out, f->family, 4);
        if (r == 0)
                r = buf_append(out, f->cameo, sizeof(f->cameo));
        if (r == 0)
                r = put_int(out, (uint64_t)flags, 1);
        if (r == 0)
                r = put_int(out, (uint32_t)f->day_start, 4);
        if (r == 0)
                r = put_int(out, (uint32_t)f->day_end, 4);
        if (r == 0)
                r = put_int(out, f->place, 4);
        if (r == 0)
                r = buf_append(out, f->country, 3);
        if (r == 0)
                r = put_side(out, f->source, f->n_source);
        if (r == 0)
                r = put_side(out, f->target, f->n_target);
        if (r == 0)
                r = put_words(out, f->words, f->n_words);
        return r != 0 ? r : put_words(out, f->names, f->n_names);
}

struct reader {
        const unsigned char *at, *end;
        bool bad;
};

static uint64_t get_int(struct reader *r, int bytes)
{
        uint64_t value = 0;

        if (r->end - r->at < bytes) {
                r->bad = true;
                return 0;
        }
        for (int i = 0; i < bytes; i++)
                value |= (uint64_t)*r->at++ << 8 * i;
        return value;
}

static void get_bytes(struct reader *r, char *out, size_t n)
{
        if ((size_t)(r->end - r->at) < n) {
                r->bad = true;
                return;
        }
        memcpy(out, r->at, n);
        r->at += n;
}

static size_t get_words(struct reader *r, uint32_t *words, size_t max)
{
        size_t n = get_int(r, 1);

        if (n > max) {
                r->bad = true;
                return 0;
        }
        for (size_t i = 0; i < n; i++)
                words[i] = (uint32_t)get_int(r, 4);
        return n;
}

static size_t get_side(struct reader *r, struct facts_actor *actors)
{
        size_t n = get_int(r, 1);

        if (n > FACTS_ACTORS_MAX) {
                r->bad = true;
                return 0;
        }
        for (size_t i = 0; i < n; i++) {
                size_t length;

                get_bytes(r, actors[i].country, 3);
                length = get_int(r, 1);
                r->bad |= length >= sizeof(actors[i].role);
                if (!r->bad)
                        get_bytes(r, actors[i].role, length);
                actors[i].n_name = (uint8_t)get_words(r, actors[i].name, FACTS_NAME_MAX);
        }
        return n;
}

bool facts_decode(struct facts *f, const void *bytes, size_t n)
{
        struct reader r = { .at = bytes };
        uint64_t flags;

        *f = (struct facts){ 0 };
        if (bytes == NULL)
                return false;
        r.end = r.at + n;
        f->time = (int64_t)get_int(&r, 8);
        f->hash = get_int(&r, 8);
        f->number = (uint32_t)get_int(&r, 4);
        f->family = (uint32_t)get_int(&r, 4);
        get_bytes(&r, f->cameo, sizeof(f->cameo));
        f->cameo[sizeof(f->cameo) - 1] = '\0';
        flags = get_int(&r, 1);
        f->reciprocal = flags & 1;
        f->dated = flags & 2;
        f->status = (enum facts_status)(flags >> 2);
        f->day_start = (int32_t)get_int(&r, 4);
        f->day_end = (int32_t)get_int(&r, 4);
        f->place = (uint32_t)get_int(&r, 4);
        get_bytes(&r, f->country, 3);
        f->n_source = get_side(&r, f->source);
        f->n_target = get_side(&r, f->target);
        f->n_words = get_words(&r, f->words, FACTS_WORDS_MAX);
        f->n_names = get_words(&r, f->names, FACTS_NAMES_MAX);
        return !r.bad && r.at == r.end && (size_t)f->status < N_ELEMENTS(statuses);
}

/* ---- keys ---- */

static void add_country(char countries[COUNTRIES_MAX][4], size_t *n, const char *country)
{
        for (size_t i = 0; i < *n; i++)
                if (strcmp(countries[i], country) == 0)
                        return;
        if (*country != '\0' && *n < COUNTRIES_MAX)
                memcpy(countries[(*n)++], country, 4);
}

static int64_t make_key(const struct facts *f, char what, const char *a, const char *b)
{
        char text[16] = { what };

        memcpy(text + 1, strcmp(a, b) < 0 ? a : b, 3);
        memcpy(text + 4, strcmp(a, b) < 0 ? b : a, 3);
        memcpy(text + 8, &f->family, sizeof(f->family));
        return (int64_t)(XXH3_64bits(text, sizeof(text)) >> 16);
}

static void add_key(struct facts_keys *keys, int64_t day, int64_t key, bool put, bool look)
{
        if (put && keys->n_put < FACTS_KEYS_MAX) {
                keys->put[keys->n_put].day = day;
                keys->put[keys->n_put++].key = key;
        }
        if (look && keys->n_look < FACTS_KEYS_MAX) {
                keys->look[keys->n_look].day = day;
                keys->look[keys->n_look++].key = key;
        }
}

void facts_keys(const struct facts *f, struct facts_keys *keys)
{
        char countries[COUNTRIES_MAX][4] = { 0 };
        const char none[4] = "";
        size_t n = 0;

        keys->n_put = keys->n_look = 0;
        for (size_t i = 0; i < f->n_source; i++)
                add_country(countries, &n, f->source[i].country);
        for (size_t i = 0; i < f->n_target; i++)
                add_country(countries, &n, f->target[i].country);
        if (n == 0)                     /* by the place, or by nothing but the kind of act */
                add_country(countries, &n, f->country[0] != '\0' ? f->country : "---");
        for (int64_t day = f->day_start; day <= f->day_end && day < (int64_t)f->day_start + DAYS_MAX; day++) {
                for (size_t i = 0; i < n; i++) {
                        for (size_t j = i + 1; j < n; j++)
                                add_key(keys, day, make_key(f, 'P', countries[i], countries[j]), true, true);
                        add_key(keys, day, make_key(f, 'S', countries[i], none), n == 1, true);
                        add_key(keys, day, make_key(f, 'M', countries[i], none), n > 1, n == 1);
                }
        }
}
