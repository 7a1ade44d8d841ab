/*
 * See coreference.h. A mention looks back to the entities that were mentioned last. There is a bound to them, or a list
 * of names of a megabyte would take minutes.
 */
#include "modules/code/coreference.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "modules/code/bodies.h"

enum {
        KEY_MAX = 96,
        FAR = 400,      /* tokens that a pronoun looks back */
        NEAR = 512      /* entities that a mention looks back to, twice as many at most: a story has some dozen */
};

bool coreference_is_honorific(const char *form)
{
        static const char *const words[] = { "mr",  "mrs", "ms",  "miss", "dr",   "sir",  "lord", "lady", "dame", "sen",
                                             "rep", "gov", "gen", "lt",   "col",  "capt", "adm",  "maj",  "sgt",  "rev",
                                             "hon", "prof", "st", "president", "senator", "governor", NULL };
        size_t n = strlen(form);

        if (n > 0 && form[n - 1] == '.')
                n--;
        for (const char *const *w = words; *w; w++)
                if (strlen(*w) == n && strncasecmp(form, *w, n) == 0)
                        return true;
        return false;
}

/* The length of a form without the possessive that some tokens keep: "Scott's". */
static size_t bare_length(const char *form)
{
        size_t n = strlen(form);

        if (n > 3 && strcmp(form + n - 2, "'s") == 0)
                return n - 2;
        return n > 5 && strcmp(form + n - 4, "\xE2\x80\x99s") == 0 ? n - 4 : n;
}

/* A key is closed by spaces, so that words are found whole: " kim jong un ". Empty where it is too long. */
static void close_key(char key[KEY_MAX])
{
        size_t n = strlen(key);

        if (n == 0 || n + 3 > KEY_MAX) {
                key[0] = '\0';
                return;
        }
        memmove(key + 1, key, n);
        key[0] = key[n + 1] = ' ';
        key[n + 2] = '\0';
}

/* The words of a name, of which later mentions use one. */
static void key_of(const struct dep_tree *tree, int32_t first, int32_t last, char out[KEY_MAX])
{
        out[0] = '\0';
        for (int32_t i = first; i <= last; i++) {
                const char *form = tree->tokens[i].form;
                size_t length = bare_length(form);

                if (tree->nodes[i].upos == UPOS_PROPN && length >= 2 && !coreference_is_honorific(form))
                        phrases_fold(form, length, out, KEY_MAX - 2);
        }
        close_key(out);
}

static void key_of_text(const char *name, char out[KEY_MAX])
{
        out[0] = '\0';
        phrases_fold(name, strlen(name), out, KEY_MAX - 2);
        close_key(out);
}

/* One name names the other: it is the same, or all its words stand in the longer one. */
static bool key_fits(const char *shorter, const char *longer)
{
        if (!*shorter || !longer)
                return false;
        return strstr(longer, shorter) != NULL;
}

/* The stretch of proper nouns around the head: the name without titles and nationality. */
static void name_extent(const struct coding_sentence *s, int32_t node, int32_t *first, int32_t *last)
{
        const struct dep_tree *tree = s->tree;

        *first = *last = node;
        while (*last + 1 < tree->n && tree->nodes[*last + 1].upos == UPOS_PROPN && dep_below(tree, *last + 1, node) &&
               (s->match_of[*last + 1] < 0 || s->match_of[*last + 1] == s->match_of[node]))
                (*last)++;
        while (*first > 0 && tree->nodes[*first - 1].upos == UPOS_PROPN && dep_below(tree, *first - 1, node) &&
               (s->match_of[*first - 1] < 0 || s->match_of[*first - 1] == s->match_of[node]))
                (*first)--;
        /* A title that heads its name ("President Omar ..." with the name flat on it) is no part of the name. */
        if (s->match_of[node] >= 0 && s->matches[s->match_of[node]].entry->kind == DICTIONARY_AGENT &&
            s->matches[s->match_of[node]].last <= *last)
                *first = s->matches[s->match_of[node]].last;
        while (*first < *last && coreference_is_honorific(tree->tokens[*first].form))
                (*first)++;
}

bool coreference_is_role(const struct coding_sentence *s, int32_t node)
{
        int32_t first, last;

        name_extent(s, node, &first, &last);
        for (int32_t i = first; i <= last; i++)
                if (s->match_of[i] < 0 || s->matches[s->match_of[i]].entry->kind != DICTIONARY_AGENT)
                        return false;
        return first <= last;
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
        struct coding_entity *best = NULL;
        char key[KEY_MAX];
        int32_t first, last;

        name_extent(s, node, &first, &last);
        if (first > last)
                return false;
        key_of(s->tree, first, last, key);
        for (struct coding_entity *e = coding->near; e && key[0]; e = e->near)
                if (key_fits(key, e->key) &&
                    (!best || (best->code[0] == '-') > (e->code[0] == '-') ||
                     (e->last_token > best->last_token && (best->code[0] == '-') == (e->code[0] == '-'))))
                        best = e;
        if (!best)
                return false;
        refer(actor, best, "the same name before");
        actor->named = true;
        return true;
}

bool coreference_person(struct coding *coding, const struct coding_sentence *s, int32_t node,
                        struct coding_actor *actor)
{
        char key[KEY_MAX];

        key_of(s->tree, node, node, key);
        for (struct coding_entity *e = coding->near; e && key[0]; e = e->near)
                if (e->person && e->key && e->code[0] != '-' && strlen(e->key) > strlen(key) &&
                    strcmp(e->key + strlen(e->key) - strlen(key), key) == 0) {
                        refer(actor, e, "a person met before");
                        actor->named = true;
                        return true;
                }
        return false;
}

static bool is_one_of(const char *word, const char *const *list)
{
        for (; *list; list++)
                if (strcasecmp(word, *list) == 0)
                        return true;
        return false;
}

static bool is_indefinite(const struct dep_tree *tree, int32_t node)
{
        int32_t det = dep_child(tree, node, REL_DET);

        return det != DEP_NONE && !dep_is(tree, det, "the") && !dep_is(tree, det, "this") &&
               !dep_is(tree, det, "that") && !dep_is(tree, det, "these") && !dep_is(tree, det, "those");
}

/* "The interior ministry" is not the defence ministry that was named before; "the ministry" may be any. */
static bool is_same_body(const struct coding_entity *e, const char *body)
{
        size_t n = body ? strlen(body) : 0, length = e->name ? strlen(e->name) : 0;

        return !body || (length >= n && strcmp(e->name + length - n, body) == 0);
}

bool coreference_noun(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        struct coding_entity *best = NULL;
        const char *lemma = s->tree->tokens[node].lemma, *body;

        if (!lemma || dep_child(s->tree, node, REL_DET) == DEP_NONE || is_indefinite(s->tree, node))
                return false;
        body = bodies_base(coding, s, node);
        for (struct coding_entity *e = coding->near; e; e = e->near)
                if (e->noun && e->code[0] != '-' && strcasecmp(e->noun, lemma) == 0 && is_same_body(e, body) &&
                    (!best || e->mentions >= best->mentions))
                        best = e;
        if (!best)
                return false;
        refer(actor, best, "the same noun before");
        return true;
}

bool coreference_role(struct coding *coding, const struct coding_sentence *s, int32_t node, const char *role,
                      struct coding_actor *actor)
{
        static const char *const writings[] = { "commentary", "editorial", "dispatch", NULL };
        struct coding_entity *best = NULL;
        /* "in a separate commentary": of the agency that the story is quoting */
        bool writing = s->tree->tokens[node].lemma && is_one_of(s->tree->tokens[node].lemma, writings);

        if (!writing && is_indefinite(s->tree, node))
                return false;
        for (struct coding_entity *e = coding->near; e; e = e->near)
                if (e->code[0] != '-' && !e->voice && strlen(e->code) >= 3 + strlen(role) &&
                    strcmp(e->code + 3, role) == 0 &&
                    (!best || e->last_token > best->last_token))
                        best = e;
        if (!best)
                return false;
        if (writing) {
                refer(actor, best, "what the agency of the story wrote");
                return true;
        }
        memcpy(actor->code, best->code, sizeof actor->code);
        actor->rule = "the same role before";
        return true;
}

/* The subject of a verb of saying. */
static bool says(const struct coding *coding, const struct dep_tree *tree, int32_t node)
{
        int32_t head = tree->nodes[node].head;

        return head != DEP_NONE && tree->nodes[node].rel == REL_NSUBJ &&
               lexicon_in_set(tree->nodes[head].word, coding->say);
}

/* "it said": who spoke before, an agency or a ministry. */
static struct coding_entity *latest_speaker(struct coding *coding, int32_t at)
{
        struct coding_entity *best = NULL;

        for (struct coding_entity *e = coding->near; e; e = e->near)
                if (!e->person && !e->plural && e->code[0] != '-' && e->last_spoke >= 0 && at - e->last_spoke <= FAR &&
                    (!best || e->last_spoke > best->last_spoke))
                        best = e;
        return best;
}

enum wanted { WANT_HE, WANT_SHE, WANT_GROUP, WANT_THING };

static bool fits(const struct coding_entity *e, enum wanted wanted)
{
        switch (wanted) {
        case WANT_HE:
                return e->person && !e->plural && !e->female;
        case WANT_SHE:
                return e->person && !e->plural && !e->male;
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

        for (struct coding_entity *e = coding->near; e; e = e->near) {
                int64_t score;

                if (!fits(e, wanted) || (e->code[0] == '-' && !e->human) || e->last_token >= at ||
                    at - e->last_token > FAR)
                        continue;
                score = e->last_token + (e->last_subject >= 0 && at - e->last_subject < 60 ? 40 : 0);
                if (score > best_score) {
                        best_score = score;
                        best = e;
                }
        }
        return best;
}

/* The latest actors that were joined, unless a group was named since. */
static bool pair_before(struct coding *coding, const struct coding_sentence *s, int32_t node,
                        struct coding_actor *actor, const char *rule)
{
        int32_t at = (int32_t)s->tree->first + node;
        const struct coding_actor *p = coding->pair;
        struct coding_actor **end = &actor->also;

        if (!p || coding->pair_token >= at || at - coding->pair_token > FAR)
                return false;
        for (const struct coding_entity *e = coding->near; e; e = e->near)
                if (e->plural && e->last_token > coding->pair_token && e->last_token < at)
                        return false;
        memcpy(actor->code, p->code, sizeof actor->code);
        actor->entity = p->entity;
        actor->name = p->name;
        actor->title = p->title;
        actor->rule = rule;
        for (p = p->also; p; p = p->also) {
                struct coding_actor *made = arena_new(coding->arena, struct coding_actor);

                *made = *p;
                made->span = actor->span;
                made->sentence = actor->sentence;
                made->node = node;
                made->rule = rule;
                made->also = NULL;
                *end = made;
                end = &made->also;
        }
        return true;
}

bool coreference_pronoun(struct coding *coding, const struct coding_sentence *s, int32_t node,
                         struct coding_actor *actor)
{
        static const char *const he[] = { "he", "him", "his", "himself", NULL };
        static const char *const she[] = { "she", "her", "hers", "herself", NULL };
        static const char *const group[] = { "they", "them", "their", "theirs", "themselves", NULL };
        static const char *const self[] = { "i", "we", "us", "me", "our", "my", NULL };
        static const char *const thing[] = { "it", "its", "itself", NULL };
        const char *form = s->tree->tokens[node].form;
        struct coding_entity *entity = NULL;
        int32_t at = (int32_t)s->tree->first + node;

        actor->reflexive = strlen(form) > 5 && (strcmp(form + strlen(form) - 4, "self") == 0 ||
                                                strcmp(form + strlen(form) - 6, "selves") == 0);
        if (is_one_of(form, group) && pair_before(coding, s, node, actor, "'they' for the latest two"))
                return true;
        if (is_one_of(form, he))
                entity = latest(coding, WANT_HE, at);
        else if (is_one_of(form, she))
                entity = latest(coding, WANT_SHE, at);
        else if (is_one_of(form, group))
                entity = latest(coding, WANT_GROUP, at);
        else if (is_one_of(form, thing) && s->tree->nodes[node].rel != REL_EXPL) {
                entity = says(coding, s->tree, node) ? latest_speaker(coding, at) : NULL;
                entity = entity ? entity : latest(coding, WANT_THING, at);
        }
        if (entity) {
                refer(actor, entity, "a pronoun for the latest that fits");
                actor->named = true;
                return true;
        }
        if (!is_one_of(form, he) && !is_one_of(form, she) && !is_one_of(form, group) && !is_one_of(form, self))
                return false;
        strcpy(actor->code, "---");
        actor->rule = "a pronoun for somebody unknown";
        return true;
}

/* "the North", where North Korea was named before. */
static bool half_of_country(struct coding *coding, const struct coding_sentence *s, int32_t node,
                            struct coding_actor *actor)
{
        const char *form = s->tree->tokens[node].form;

        if ((strcmp(form, "North") != 0 && strcmp(form, "South") != 0) || dep_child(s->tree, node, REL_DET) == DEP_NONE)
                return false;
        for (struct coding_entity *e = coding->near; e; e = e->near)
                if (e->name && strncmp(e->name, form, 5) == 0 && e->name[5] == ' ' && strlen(e->code) == 3) {
                        refer(actor, e, "a half of a country named before");
                        actor->named = true;
                        return true;
                }
        return false;
}

bool coreference_description(struct coding *coding, const struct coding_sentence *s, int32_t node,
                             struct coding_actor *actor)
{
        static const char *const nouns[] = { "side",     "country",   "nation",   "leader",     "minister",
                                             "diplomat", "president", "party",    "government", "neighbour",
                                             "neighbor", "state",     "official", "men",        "man",
                                             "ally",     "rival",     "two",      "pair",       NULL };
        const struct dep_tree *tree = s->tree;
        const char *lemma = tree->tokens[node].lemma;
        bool two = false;

        if (half_of_country(coding, s, node, actor))
                return true;
        if (!lemma || !is_one_of(lemma, nouns))
                return false;
        dep_each_child(tree, child, node)
                two = two || dep_is(tree, child, "two") || dep_is(tree, child, "both") ||
                      strcmp(tree->tokens[child].form, "Both") == 0;
        return (two || strcasecmp(lemma, "two") == 0 || strcasecmp(lemma, "pair") == 0) &&
               pair_before(coding, s, node, actor, "'both' for the latest two");
}

void coreference_pair(struct coding *coding, struct coding_sentence *s)
{
        const struct dep_tree *tree = s->tree;

        for (int32_t i = 0; i < tree->n; i++) {
                struct coding_actor *first = s->actor[i], **end, *copy;

                if (!first || first->code[0] == '-' || first->also || tree->nodes[i].upos == UPOS_PRON ||
                    dep_child(tree, i, REL_CONJ) == DEP_NONE)
                        continue;
                copy = arena_new(coding->arena, struct coding_actor);
                *copy = *first;
                end = &copy->also;
                for (int32_t c = dep_child(tree, i, REL_CONJ); c != DEP_NONE; c = dep_next(tree, c))
                        if (s->actor[c] && s->actor[c]->code[0] != '-') {
                                *end = arena_new(coding->arena, struct coding_actor);
                                **end = *s->actor[c];
                                (*end)->also = NULL;
                                end = &(*end)->also;
                        }
                if (copy->also) {
                        coding->pair = copy;
                        coding->pair_token = (int32_t)tree->first + i;
                }
        }
}

static bool is_subject(const struct dep_tree *tree, int32_t node)
{
        return tree->nodes[node].rel == REL_NSUBJ || tree->nodes[node].rel == REL_NSUBJ_PASS;
}

static struct coding_entity *find_entity(struct coding *coding, const char *name, const char *key, const char *code)
{
        for (struct coding_entity *e = coding->near; e; e = e->near) {
                if (name && e->name && !e->voice && strcmp(e->name, name) == 0)
                        return e;
                if (key[0] && e->key && strncmp(e->code, code, 3) == 0 &&
                    (key_fits(key, e->key) || key_fits(e->key, key)))
                        return e;
        }
        return NULL;
}

static int latest_first(const void *a, const void *b)
{
        int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

        return x < y ? 1 : x > y ? -1 : 0;
}

/* Leaves the NEAR entities that were mentioned last, in their order. */
static void forget(struct coding *coding)
{
        int32_t tokens[2 * NEAR];
        struct coding_entity **end = &coding->near;
        size_t n = 0;

        for (const struct coding_entity *e = coding->near; e; e = e->near)
                tokens[n++] = e->last_token;
        qsort(tokens, n, sizeof *tokens, latest_first);
        coding->n_near = 0;
        for (struct coding_entity *e = coding->near; e; e = e->near)
                if (e->last_token >= tokens[NEAR - 1] && coding->n_near < NEAR) {
                        *end = e;
                        end = &e->near;
                        coding->n_near++;
                }
        *end = NULL;
        coding->near_end = end;
}

static struct coding_entity *new_entity(struct coding *coding)
{
        struct coding_entity *e = arena_new(coding->arena, struct coding_entity);

        e->number = coding->n_entities++;
        e->last_subject = e->last_spoke = -1;
        if (!coding->entities_end)
                coding->entities_end = &coding->entities;
        *coding->entities_end = e;
        coding->entities_end = &e->next;
        if (coding->n_near == 2 * NEAR)
                forget(coding);
        if (!coding->near_end)
                coding->near_end = &coding->near;
        *coding->near_end = e;
        coding->near_end = &e->near;
        coding->n_near++;
        return e;
}

/* Does one of the parts, divided by commas, stand in a text? */
static bool has_part(const char *text, const char *parts)
{
        while (*parts) {
                size_t n = strcspn(parts, ",");

                if (memmem(text, strlen(text), parts, n))
                        return true;
                parts += n + (parts[n] == ',');
        }
        return false;
}

/* A role that one person has: all but those of bodies, crowds and things. */
static bool is_person_role(const struct dictionary_entry *role)
{
        static const char bodies[] =
                "government,administration,cabinet,authorit,regime,leadership,ministry,embassy,"
                "consulate,mission,delegation,family,municipality,council,coalition,junta,"
                "treasury,party,service,agency,department,palace,presidency,commission,army,"
                "troop,military,force,navy,warship,warplane,jet,helicopter,tank,gunboat,aircraft,"
                "bulldozer,artillery,battalion,brigade,regiment,division,unit,vessel,submarine,"
                "missile,drone,fleet,garrison,police,guard,parliament,congress,senate,house,"
                "assembly,legislature,committee,court,tribunal,judiciary,jury,prosecution,"
                "opposition,movement,group,faction,front,organi,network,resistance,insurgency,"
                "people,crowd,mob,population,community,town,village,tribe,clan,minority,public,"
                "society,company,firm,corporation,bank,airline,factory,industry,business,union,"
                "newspaper,television,radio,media,press,broadcaster,magazine,website,school,"
                "university,college,hospital,church,mosque,clergy,charity,watchdog,association,"
                "foundation,gang,cartel,mafia,crew,team,district,home,settlement,intelligence,"
                "militia,staff,refinery,commentary,publication,daily,weekly,tank,camp,patrol,"
                "border";
        static const char people[] =
                "official,officer,chief,member,worker,leader,spokes,minister,soldier,woman,man ,"
                "head,president,secretary,agent";

        if (!role)
                return false;
        return has_part(role->name, people) || !has_part(role->name, bodies);
}

/* What a title or a given name says of "he" and "she". */
static void note_gender(const struct coding *coding, struct coding_entity *e, const struct dep_tree *tree, int32_t node)
{
        static const char she[] =
                "woman,girl,mother,actress,queen,princess,sister,daughter,wife,nun,widow,lady";
        static const char he[] =
                "spokesman,boy,father,king,prince,brother,husband,congressman,policeman,"
                "businessman,priest,pope,emir,sultan,gunman";
        const char *lemma = tree->tokens[node].lemma;
        const struct phrases_payload *p = NULL;
        struct reading_token token = { 0 };
        struct phrases_atom atoms[4 * 1];
        size_t length, n;

        for (int32_t i = node - 1; i >= 0 && i >= node - 2; i--) {
                e->female = e->female || strncasecmp(tree->tokens[i].form, "mrs", 3) == 0 ||
                            strncasecmp(tree->tokens[i].form, "ms.", 3) == 0;
                e->male = e->male || strcasecmp(tree->tokens[i].form, "mr.") == 0 ||
                          strcasecmp(tree->tokens[i].form, "mr") == 0;
        }
        if (lemma && tree->nodes[node].upos == UPOS_NOUN) {
                e->female = e->female || has_part(lemma, she);
                e->male = e->male || (!e->female && (has_part(lemma, he) || strcmp(lemma, "man") == 0));
        }
        if (!e->name || e->female || e->male)
                return;
        token.form = arena_strndup(coding->arena, e->name, strcspn(e->name, ","));
        n = phrases_atomise(coding->dictionary->given, &token, 0, 1, atoms);
        if (n > 0)
                p = phrases_find(coding->dictionary->given, atoms, n, &length);
        if (p && length < n) {
                e->female = p->payload == 1;
                e->male = p->payload == 2;
        }
}

/* The name that a mention enters the story with, and the words of it that later mentions use. NULL: none. */
static const char *name_of(struct coding *coding, const struct coding_sentence *s, const struct coding_actor *actor,
                           char key[KEY_MAX])
{
        const struct dictionary_entry *entry = actor->entry;
        const struct dep_tree *tree = s->tree;
        struct coding_span span;
        int32_t first, last;

        if (entry && entry->kind != DICTIONARY_AGENT && actor->named) {
                if (entry->kind == DICTIONARY_PERSON || entry->kind == DICTIONARY_ORGANISATION)
                        key_of_text(entry->name, key);
                return entry->name;
        }
        if (actor->name || tree->nodes[actor->node].upos != UPOS_PROPN || coreference_is_role(s, actor->node))
                return actor->name;
        name_extent(s, actor->node, &first, &last);
        if (first > last)
                return NULL;
        key_of(tree, first, last, key);
        span = coding_span_of(tree, first, last);
        span.end -= (uint32_t)(strlen(tree->tokens[last].form) - bare_length(tree->tokens[last].form));
        return coding_text(coding, span);
}

/* Somebody who is mentioned for the first time. */
static struct coding_entity *enter(struct coding *coding, const struct coding_sentence *s,
                                   const struct coding_actor *actor, const struct dictionary_entry *role,
                                   const char *name, const char *key)
{
        const struct dictionary_entry *entry = actor->entry;
        const struct dep_tree *tree = s->tree;
        int32_t node = actor->node;
        bool proper = tree->nodes[node].upos == UPOS_PROPN, plural = dep_feature(tree, node, "Number=Plur");
        struct coding_entity *e = new_entity(coding);

        e->voice = bodies_is_voice(tree, node);

        memcpy(e->code, actor->code, sizeof e->code);
        e->name = name;
        e->key = key[0] && !e->voice ? arena_strdup(coding->arena, key) : NULL;
        e->title = entry && entry->title && entry->kind != DICTIONARY_AGENT ? entry->title
                   : role && proper && is_person_role(role)                 ? role->name
                                                                            : NULL;
        e->person = (entry && entry->kind == DICTIONARY_PERSON) ||
                    (proper && name && !role && (!entry || entry->kind == DICTIONARY_STATE) &&
                     !(entry && actor->named)) ||
                    ((e->voice || (role && is_person_role(role))) && !plural);
        e->organisation = !e->person;
        if (tree->nodes[node].upos == UPOS_NOUN || (proper && !key[0]))
                e->noun = tree->tokens[node].lemma;
        e->plural = plural && !(entry && entry->kind == DICTIONARY_STATE && entry->via == DICTIONARY_VIA_NAME);
        return e;
}

void coreference_note(struct coding *coding, const struct coding_sentence *s, struct coding_actor *actor,
                      const struct dictionary_entry *role)
{
        const struct dep_tree *tree = s->tree;
        int32_t node = actor->node, at = (int32_t)tree->first + node;
        struct coding_entity *e = actor->entity;
        bool proper = tree->nodes[node].upos == UPOS_PROPN;

        if (!e && actor->code[0]) {
                char key[KEY_MAX] = "";
                const char *name = name_of(coding, s, actor, key);

                e = name && !bodies_is_voice(tree, node) ? find_entity(coding, name, key, actor->code) : NULL;
                if (!e && !actor->weak)
                        e = enter(coding, s, actor, role, name, key);
        }
        if (!e)
                return;
        actor->entity = e;
        if (e->person && !e->female && !e->male)
                note_gender(coding, e, tree, node);
        e->human = e->human ||
                   (e->person && (e->female || e->male || (proper && dep_child(tree, node, REL_FLAT) == node + 1)));
        if (!actor->name)
                actor->name = e->name;
        if (!actor->title)
                actor->title = e->title;
        e->mentions++;
        e->last_token = at;
        if (says(coding, tree, node))
                e->last_spoke = at;
        if (is_subject(tree, node))
                e->last_subject = at;
}
