/* See interest.h. A hash of lists; what it gives is looked at again by the filter itself, so a collision costs time
 * only. */
#include "output/interest.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/filter.h"

enum {
        BUCKETS = 8192,
        BEGINNING_MAX = 32,             /* of a code, by which it is looked up */
};

enum key_of { OTHER, STORY, ACTOR, COUNTRY, CODE, TYPE, WATCH };

struct interest_index {
        struct list buckets[BUCKETS];
        struct list others;             /* those that have no key */
        size_t of[WATCH + 1];           /* how many there ever were of each: what nobody asked for is not looked up */
};

/* FNV-1a; capitals are as small letters. */
static size_t hash(enum key_of of, const char *text, size_t n)
{
        uint32_t h = 2166136261U ^ (uint32_t)of;

        for (size_t i = 0; i < n; i++)
                h = (h ^ (uint32_t)tolower((unsigned char)text[i])) * 16777619U;
        return h % BUCKETS;
}

struct interest_index *interest_index_new(void)
{
        struct interest_index *index = calloc(1, sizeof(*index));

        for (size_t i = 0; index != NULL && i < BUCKETS; i++)
                list_init(&index->buckets[i]);
        if (index != NULL)
                list_init(&index->others);
        return index;
}

void interest_index_free(struct interest_index *index)
{
        free(index);
}

/* The longest code of those that it wants of actors; NULL: it wants none. */
static const char *actor_of(const struct query_filter *f)
{
        const char *const texts[] = { f->source, f->target, f->actor, f->other }, *longest = NULL;

        for (size_t i = 0; i < N_ELEMENTS(texts); i++)
                if (texts[i] != NULL && filter_is_code(texts[i]) && strlen(texts[i]) <= BEGINNING_MAX &&
                    (longest == NULL || strlen(texts[i]) > strlen(longest)))
                        longest = texts[i];
        return longest;
}

static enum key_of choose(const struct query_filter *f, const char **key)
{
        const char *actor = actor_of(f);
        bool code = f->type != NULL && filter_is_cameo(f->type) && strlen(f->type) <= BEGINNING_MAX;
        const struct {
                enum key_of of;
                const char *key;
        } rows[] = {
                { STORY, f->story }, { ACTOR, actor }, { COUNTRY, f->country }, { CODE, code ? f->type : NULL },
                { TYPE, f->type != NULL && !filter_is_cameo(f->type) ? f->type : NULL }, { WATCH, f->watch },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++)
                if (rows[i].key != NULL) {
                        *key = rows[i].key;
                        return rows[i].of;
                }
        return OTHER;
}

void interest_add(struct interest_index *index, struct interest *interest, const struct query_filter *filter)
{
        interest->filter = filter;
        interest->key = NULL;
        interest->key_of = choose(filter, &interest->key);
        index->of[interest->key_of]++;
        list_append(interest->key == NULL ? &index->others
                                          : &index->buckets[hash(interest->key_of, interest->key,
                                                                 strlen(interest->key))],
                    &interest->link);
}

void interest_remove(struct interest *interest)
{
        list_unlink(&interest->link);
}

/* What is looked for. */
struct search {
        const struct interest_index *index;
        json_t *event;
        void (*found)(void *user, struct interest *interest);
        void *user;
};

static void look_up(const struct search *s, enum key_of of, const char *text, size_t n)
{
        list_for_each(it, &s->index->buckets[hash(of, text, n)]) {
                struct interest *interest = list_entry(it, struct interest, link);

                if (interest->key_of == of && strncasecmp(interest->key, text, n) == 0 && interest->key[n] == '\0' &&
                    filter_matches(interest->filter, s->event))
                        s->found(s->user, interest);
        }
}

static void look_up_text(const struct search *s, enum key_of of, json_t *value)
{
        if (json_is_string(value) && s->index->of[of] > 0)
                look_up(s, of, json_string_value(value), json_string_length(value));
}

/* All that the text begins with. */
static void look_up_beginnings(const struct search *s, enum key_of of, json_t *value)
{
        for (size_t n = 1; json_is_string(value) && n <= json_string_length(value) && n <= BEGINNING_MAX; n++)
                look_up(s, of, json_string_value(value), n);
}

static void look_up_actors(const struct search *s, json_t *actors)
{
        json_t *actor;
        size_t i;

        json_array_foreach(actors, i, actor)
                look_up_beginnings(s, ACTOR, json_object_get(actor, "code"));
}

/* The stories of all its reports, and the one whose words it has. */
static void look_up_stories(const struct search *s)
{
        json_t *mention;
        size_t i;

        look_up_text(s, STORY, json_object_get(s->event, "story"));
        json_array_foreach(json_object_get(s->event, "mentions"), i, mention) {
                const char *report = json_string_value(json_object_get(mention, "report"));
                const char *dot = report != NULL ? strrchr(report, '.') : NULL;

                if (dot != NULL)
                        look_up(s, STORY, report, (size_t)(dot - report));
        }
}

void interest_find(const struct interest_index *index, json_t *event,
                   void (*found)(void *user, struct interest *interest), void *user)
{
        const struct search s = { index, event, found, user };

        if (index->of[STORY] > 0)
                look_up_stories(&s);
        if (index->of[ACTOR] > 0) {
                look_up_actors(&s, json_object_get(event, "source"));
                look_up_actors(&s, json_object_get(event, "target"));
        }
        look_up_text(&s, COUNTRY, json_object_get(json_object_get(event, "where"), "country"));
        if (index->of[CODE] > 0)
                look_up_beginnings(&s, CODE, json_object_get(event, "cameo"));
        look_up_text(&s, TYPE, json_object_get(event, "event"));
        look_up_text(&s, WATCH, json_object_get(event, "watch"));
        list_for_each(it, &index->others) {
                struct interest *interest = list_entry(it, struct interest, link);

                if (filter_matches(interest->filter, event))
                        found(user, interest);
        }
}
