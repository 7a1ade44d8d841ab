/* See coreference.h. */
#include "modules/code/coreference.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { KEY_MAX = 64, FAR = 400 /* tokens that a pronoun looks back */ };

/* The last capitalised word of a name, in lower case: what later mentions use. */
static void key_of(const struct dep_tree *tree, int32_t first, int32_t last, char out[KEY_MAX])
{
        size_t n = 0;

        for (int32_t i = last; i >= first; i--)
                if (tree->nodes[i].upos == UPOS_PROPN && isalpha((unsigned char)tree->tokens[i].form[0])) {
                        for (const char *c = tree->tokens[i].form; *c && n + 1 < KEY_MAX; c++)
                                out[n++] = (char)tolower((unsigned char)*c);
                        break;
                }
        out[n] = '\0';
}

/* The stretch of proper nouns around the head: the name without titles and nationality. */
static void name_extent(const struct coding_sentence *s, int32_t node, int32_t *first, int32_t *last)
{
        const struct dep_tree *tree = s->tree;

        *first = *last = node;
        while (*last + 1 < tree->n && tree->nodes[*last + 1].upos == UPOS_PROPN &&
               dep_below(tree, *last + 1, node) && (s->match_of[*last + 1] < 0 || s->match_of[*last + 1] == s->match_of[node]))
                (*last)++;
        while (*first > 0 && tree->nodes[*first - 1].upos == UPOS_PROPN && dep_below(tree, *first - 1, node) &&
               (s->match_of[*first - 1] < 0 || s->match_of[*first - 1] == s->match_of[node]))
                (*first)--;
        /* A title that heads its name ("President Omar ..." with the name flat on it) is no part of the name. */
        if (s->match_of[node] >= 0 && s->matches[s->match_of[node]].entry->kind == DICTIONARY_AGENT &&
            s->matches[s->match_of[node]].last <= *last)
                *first = s->matches[s->match_of[node]].last;
}

static void refer(struct coding_actor *actor, struct coding_entity *entity, const char *rule)
{
        actor->entity = entity;
        memcpy(actor->code, entity->code, sizeof actor->code);
        actor->name = entity->name;
        actor->title = entity->title;
        actor->rule = rule;
}

bool coreference_name(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        char key[KEY_MAX];
        int32_t first, last;

        name_extent(s, node, &first, &last);
        if (first > last)
                return false;
        key_of(s->tree, first, last, key);
        for (struct coding_entity *e = coding->entities; e && key[0]; e = e->next)
                if (e->key && strcmp(e->key, key) == 0 && e->code[0] != '-') {
                        refer(actor, e, "the same name before");
                        actor->named = true;
                        return true;
                }
        return false;
}

bool coreference_role(struct coding *coding, const struct coding_sentence *s, int32_t node, const char *role,
                      struct coding_actor *actor)
{
        struct coding_entity *best = NULL;
        int32_t det = dep_child(s->tree, node, REL_DET);

        if (det != DEP_NONE && (dep_is(s->tree, det, "a") || dep_is(s->tree, det, "an")))
                return false;
        for (struct coding_entity *e = coding->entities; e; e = e->next)
                if (e->code[0] != '-' && strlen(e->code) >= 3 + strlen(role) && strcmp(e->code + 3, role) == 0 &&
                    (!best || e->last_token > best->last_token))
                        best = e;
        if (!best)
                return false;
        memcpy(actor->code, best->code, sizeof actor->code);
        actor->rule = "the same role before";
        return true;
}

static bool is_one_of(const char *word, const char *const *list)
{
        for (; *list; list++)
                if (strcasecmp(word, *list) == 0)
                        return true;
        return false;
}

enum wanted { WANT_PERSON, WANT_GROUP, WANT_THING };

static bool fits(const struct coding_entity *e, enum wanted wanted)
{
        switch (wanted) {
        case WANT_PERSON:
                return e->person && !e->plural;
        case WANT_GROUP:
                return e->plural || (e->organisation && !e->person);
        case WANT_THING:
                return !e->person && !e->plural;
        }
        return false;
}

/* The latest entity that fits, one that was a subject in this or the last sentence before one that was not. */
static struct coding_entity *latest(struct coding *coding, enum wanted wanted, int32_t at)
{
        struct coding_entity *best = NULL;
        int64_t best_score = -1;

        for (struct coding_entity *e = coding->entities; e; e = e->next) {
                int64_t score;

                if (!fits(e, wanted) || e->code[0] == '-' || e->last_token >= at || at - e->last_token > FAR)
                        continue;
                score = e->last_token + (e->last_subject >= 0 && at - e->last_subject < 60 ? 40 : 0);
                if (score > best_score) {
                        best_score = score;
                        best = e;
                }
        }
        return best;
}

bool coreference_pronoun(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        static const char *const person[] = { "he", "she", "him", "her", "his", "hers", "himself", "herself", NULL };
        static const char *const group[] = { "they", "them", "their", "theirs", "themselves", NULL };
        static const char *const self[] = { "i", "we", "us", "me", "our", "my", NULL };
        static const char *const thing[] = { "it", "its", "itself", NULL };
        const char *form = s->tree->tokens[node].form;
        struct coding_entity *entity = NULL;
        int32_t at = (int32_t)s->tree->first + node;

        if (is_one_of(form, person))
                entity = latest(coding, WANT_PERSON, at);
        else if (is_one_of(form, group))
                entity = latest(coding, WANT_GROUP, at);
        else if (is_one_of(form, thing) && s->tree->nodes[node].rel != REL_EXPL)
                entity = latest(coding, WANT_THING, at);
        if (entity) {
                refer(actor, entity, "a pronoun for the latest that fits");
                actor->named = true;
                return true;
        }
        if (!is_one_of(form, person) && !is_one_of(form, group) && !is_one_of(form, self))
                return false;
        strcpy(actor->code, "---");
        actor->rule = "a pronoun for somebody unknown";
        return true;
}

bool coreference_description(struct coding *coding, const struct coding_sentence *s, int32_t node,
                             struct coding_actor *actor)
{
        (void)coding;
        (void)s;
        (void)node;
        (void)actor;
        return false;
}

static bool is_subject(const struct dep_tree *tree, int32_t node)
{
        return tree->nodes[node].rel == REL_NSUBJ || tree->nodes[node].rel == REL_NSUBJ_PASS;
}

static struct coding_entity *find_entity(struct coding *coding, const char *name, const char *key, const char *code)
{
        for (struct coding_entity *e = coding->entities; e; e = e->next) {
                if (name && e->name && strcmp(e->name, name) == 0)
                        return e;
                if (key[0] && e->key && strcmp(e->key, key) == 0 && strncmp(e->code, code, 3) == 0)
                        return e;
        }
        return NULL;
}

static struct coding_entity *new_entity(struct coding *coding)
{
        struct coding_entity *e = arena_new(coding->arena, struct coding_entity);

        e->number = coding->n_entities++;
        e->last_subject = -1;
        if (!coding->entities_end)
                coding->entities_end = &coding->entities;
        *coding->entities_end = e;
        coding->entities_end = &e->next;
        return e;
}

static bool is_person_role(const struct dictionary_entry *role)
{
        static const char *const words[] = { "president", "minister", "secretary", "leader", "official", "spokesman", "envoy",
                                             "spokeswoman", "ambassador", "general", "chief", "commander", "king", "queen",
                                             "prince", "senator", "governor", "mayor", "judge", "chancellor", "premier", NULL };

        for (const char *const *w = words; role && *w; w++)
                if (strstr(role->name, *w))
                        return true;
        return false;
}

void coreference_note(struct coding *coding, const struct coding_sentence *s, struct coding_actor *actor,
                      const struct dictionary_entry *role)
{
        const struct dep_tree *tree = s->tree;
        int32_t node = actor->node, first, last, at = (int32_t)tree->first + node;
        struct coding_entity *e = actor->entity;
        const struct dictionary_entry *entry = actor->entry;
        char key[KEY_MAX] = "";
        const char *name = NULL;
        bool proper = tree->nodes[node].upos == UPOS_PROPN;

        if (!e && actor->code[0]) {
                if (entry && entry->kind != DICTIONARY_AGENT && actor->named) {
                        name = entry->name;
                        if (entry->kind == DICTIONARY_PERSON) {
                                name_extent(s, node, &first, &last);
                                if (first <= last)
                                        key_of(tree, first, last, key);
                        }
                } else if (proper) {
                        name_extent(s, node, &first, &last);
                        if (first <= last) {
                                key_of(tree, first, last, key);
                                name = coding_text(coding, coding_span_of(tree, first, last));
                        }
                }
                e = name ? find_entity(coding, name, key, actor->code) : NULL;
                if (!e && !actor->weak) {
                        e = new_entity(coding);
                        memcpy(e->code, actor->code, sizeof e->code);
                        e->name = name;
                        e->key = key[0] ? arena_strdup(coding->arena, key) : NULL;
                        e->title = entry && entry->title ? entry->title : role && proper ? role->name : NULL;
                        e->person = (entry && entry->kind == DICTIONARY_PERSON) || (proper && (!entry || entry->kind == DICTIONARY_STATE) && name && !(entry && actor->named)) ||
                                    (role && is_person_role(role) && !dep_feature(tree, node, "Number=Plur"));
                        e->organisation = !e->person;
                        e->plural = dep_feature(tree, node, "Number=Plur") && !(entry && entry->kind == DICTIONARY_STATE && entry->via == DICTIONARY_VIA_NAME);
                }
        }
        if (!e)
                return;
        actor->entity = e;
        if (!actor->name)
                actor->name = e->name;
        if (!actor->title)
                actor->title = e->title;
        e->mentions++;
        e->last_token = at;
        if (is_subject(tree, node))
                e->last_subject = at;
        if (!coding->country[0] && e->code[0] != '-' && entry && entry->kind == DICTIONARY_STATE)
                memcpy(coding->country, e->code, 3);
}
