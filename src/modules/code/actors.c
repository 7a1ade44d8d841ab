/* See actors.h. */
#include "modules/code/actors.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "modules/code/bodies.h"
#include "modules/code/coreference.h"
#include "modules/code/matches.h"
#include "modules/code/setting.h"
#include "modules/code/whence.h"

enum { DEPTH_MAX = 6, ROLES_MAX = 3 };

/* What was gathered about one phrase. */
struct parts {
        const struct dictionary_entry *person, *organisation, *state, *roles[ROLES_MAX];
        const struct dictionary_entry *nationality;     /* a demonym that modifies the head */
        bool state_is_head, role_is_head, organisation_is_head, person_is_head;
        size_t n_roles;
        const char *rule;
        char country[4];        /* from outside the phrase's core */
};

static bool is_core_rel(enum rel rel)
{
        return rel == REL_DET || rel == REL_AMOD || rel == REL_COMPOUND || rel == REL_NUMMOD || rel == REL_FLAT ||
               rel == REL_NMOD_POSS || rel == REL_FIXED;
}

/* "Secretary Warren Christopher": a name that hangs on its title without a preposition. */
static bool is_bare_name(const struct dep_tree *tree, int32_t child)
{
        return tree->nodes[child].rel == REL_NMOD && tree->nodes[child].upos == UPOS_PROPN &&
               dep_case(tree, child) == DEP_NONE && child == tree->nodes[child].head + 1;
}

bool actors_is_core(const struct dep_tree *tree, int32_t child)
{
        return is_core_rel((enum rel)tree->nodes[child].rel) || is_bare_name(tree, child);
}

static void core_extent(const struct dep_tree *tree, int32_t node, int32_t *first, int32_t *last, int depth)
{
        if (node < *first)
                *first = node;
        if (node > *last)
                *last = node;
        dep_each_child(tree, child, node)
                if (actors_is_core(tree, child) && depth < DEPTH_MAX)
                        core_extent(tree, child, first, last, depth + 1);
}

void actors_core(const struct dep_tree *tree, int32_t node, int32_t *first, int32_t *last)
{
        *first = *last = node;
        core_extent(tree, node, first, last, 0);
}

bool actors_has_country(const struct coding_actor *actor)
{
        return actor && actor->code[0] && actor->code[0] != '-';
}

/* Add one match of the phrase to its parts. */
static void take_match(struct parts *parts, const struct coding_match *match, bool is_head)
{
        const struct dictionary_entry *entry = match->entry;

        switch (entry->kind) {
        case DICTIONARY_PERSON:
                if (!parts->person || is_head) {
                        parts->person = entry;
                        parts->person_is_head = is_head;
                }
                break;
        case DICTIONARY_ORGANISATION:
                if (!parts->organisation || is_head) {
                        parts->organisation = entry;
                        parts->organisation_is_head = is_head;
                }
                break;
        case DICTIONARY_STATE:
                if (!is_head && entry->via == DICTIONARY_VIA_DEMONYM)
                        parts->nationality = entry;
                if (!parts->state || is_head) {
                        parts->state = entry;
                        parts->state_is_head = is_head;
                }
                break;
        case DICTIONARY_AGENT:
                if (parts->n_roles < ROLES_MAX) {
                        parts->roles[parts->n_roles++] = entry;
                        parts->role_is_head = parts->role_is_head || is_head;
                }
                break;
        case DICTIONARY_DISCARD:
                break;
        }
}

/* "King" in "Tom King", "Paris" in "Valeska Paris": a role's or a place's word inside a name, behind another name. */
static bool is_surname(const struct coding_sentence *s, int32_t match, int32_t head)
{
        enum dictionary_kind kind = s->matches[match].entry->kind;
        int32_t first = s->matches[match].first;

        return (kind == DICTIONARY_AGENT || kind == DICTIONARY_STATE) && first > 0 &&
               s->matches[match].last == first + 1 && s->tree->nodes[first].upos == UPOS_PROPN &&
               s->tree->nodes[first].rel == REL_FLAT && s->tree->nodes[first - 1].upos == UPOS_PROPN &&
               s->match_of[first - 1] < 0 && s->tree->nodes[first].head == head;
}

/* "Clinton" behind another's first name ("Chelsea Clinton") is not the one whom the dictionary calls so. */
static bool is_namesake(const struct coding_sentence *s, const struct coding_match *match)
{
        const struct dep_tree *tree = s->tree;
        int32_t first = match->first;
        const char *given;

        if (match->entry->kind != DICTIONARY_PERSON || match->last != first + 1)
                return false;
        while (first > 0 && tree->nodes[first - 1].upos == UPOS_PROPN && s->match_of[first - 1] < 0 &&
               !coreference_is_honorific(tree->tokens[first - 1].form) &&
               (tree->nodes[first - 1].head == first || tree->nodes[first].head == first - 1 ||
                tree->nodes[first].head == tree->nodes[first - 1].head))
                first--;
        given = tree->tokens[first].form;
        return first < match->first && strncmp(match->entry->name, given, strlen(given)) != 0;
}

static void gather_core(const struct coding_sentence *s, int32_t node, int32_t head, struct parts *parts, int depth)
{
        int32_t match = s->match_of[node];

        if (match >= 0 && (s->matches[match].head == node || node == head) && !is_surname(s, match, head) &&
            !is_namesake(s, &s->matches[match]))
                take_match(parts, &s->matches[match],
                           s->matches[match].first <= head && head < s->matches[match].last);
        dep_each_child(s->tree, child, node)
                if (actors_is_core(s->tree, child) && depth < DEPTH_MAX)
                        gather_core(s, child, head, parts, depth + 1);
}

/* country + role, where the country is no part of the role already. Without a country "---" stands for it, but for
 * roles that the field codes by themselves. */
static void compose(char out[CODING_CODE_MAX], const char *country, const struct parts *parts)
{
        bool alone = parts->n_roles > 0 &&
                     (strcmp(parts->roles[0]->code, "REF") == 0 || strcmp(parts->roles[0]->code, "NGO") == 0);
        size_t n = (size_t)snprintf(out, CODING_CODE_MAX, "%s", country[0] || alone ? country : "---");

        for (size_t i = 0; i < parts->n_roles; i++) {
                const char *role = parts->roles[i]->code;

                /* One role is enough for most; a second one refines ("opposition lawmakers"). */
                if (strstr(out, role) || n + strlen(role) >= CODING_CODE_MAX || (i > 0 && n > 6))
                        continue;
                n += (size_t)snprintf(out + n, CODING_CODE_MAX - n, "%s", role);
        }
}

/* "EU leaders", "Hamas officials": who leads, speaks or fights for a body is of its kind; an international one keeps
 * its letters ("IGOEUR"). */
static void compose_organisation(char out[CODING_CODE_MAX], const struct parts *parts)
{
        static const char *const world[] = { "IGO", "NGO", "IMG", "MNC", NULL };
        const char *own = parts->organisation->code, *role = parts->roles[0]->code;
        char base[CODING_CODE_MAX];

        for (const char *const *w = world; *w; w++)
                if (strncmp(own, *w, 3) == 0) {
                        snprintf(base, sizeof base, "%.6s", own);
                        if (strcmp(*w, "IMG") == 0 && strcmp(role, "REB") != 0)
                                snprintf(out, CODING_CODE_MAX, "%s", own);
                        else
                                compose(out, base, parts);
                        return;
                }
        if (strlen(own) > 3 && (strcmp(role, "GOV") == 0 || strcmp(role, "MIL") == 0)) {
                snprintf(out, CODING_CODE_MAX, "%s", own);
                return;
        }
        snprintf(base, sizeof base, "%.3s", own);
        compose(out, base, parts);
}

/* "ethnic Albanian guerrillas": a people, not a country. */
static bool is_ethnic(const struct coding_sentence *s, int32_t node)
{
        dep_each_child(s->tree, child, node)
                if (dep_is(s->tree, child, "ethnic"))
                        return true;
        return false;
}

/* "Sept.", "Monday's" */
static bool is_calendar(const char *form)
{
        static const char *const words[] = { "Monday",    "Tuesday", "Wednesday", "Thursday", "Friday",
                                             "Saturday",  "Sunday",  "January",   "February", "March",
                                             "April",     "May",     "June",      "July",     "August",
                                             "September", "October", "November",  "December", "Sept", NULL };
        size_t n = strcspn(form, ".'\xE2");

        for (const char *const *w = words; *w; w++)
                if (strncmp(form, *w, n) == 0 && (n == strlen(*w) || (n == 3 && form[n] == '.')))
                        return true;
        return false;
}

static bool is_proper(const struct dep_tree *tree, int32_t node)
{
        if (tree->nodes[node].upos == UPOS_PROPN)
                return true;
        /* "activist Gary Fan", where the name hangs on the noun */
        dep_each_child(tree, child, node)
                if (tree->nodes[child].rel == REL_FLAT && tree->nodes[child].upos == UPOS_PROPN)
                        return true;
        return false;
}

/* The role of an apposition: "Hamdullah Mohib, the Afghan ambassador". */
static void take_apposition(const struct coding_sentence *s, int32_t node, struct parts *parts)
{
        int32_t appos = dep_apposition(s->tree, node);
        struct parts other = { 0 };

        if (appos == DEP_NONE || parts->n_roles > 0 || parts->person || parts->organisation)
                return;
        gather_core(s, appos, appos, &other, 0);
        if (other.n_roles > 0) {
                parts->roles[parts->n_roles++] = other.roles[0];
                parts->rule = "apposition";
        }
        if (!parts->state && other.state)
                parts->state = other.state;
        else if (!parts->state && other.organisation && other.n_roles > 0)      /* "a Hamas spokesman" */
                parts->organisation = other.organisation;
}

/* A surname alone, or behind "Mr.". */
static bool surname_of(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        const struct dep_tree *tree = s->tree;

        if (tree->nodes[node].upos != UPOS_PROPN || s->match_of[node] >= 0)
                return false;
        dep_each_child(tree, child, node)
                if (actors_is_core(tree, child) && tree->nodes[child].rel != REL_DET &&
                    !coreference_is_honorific(tree->tokens[child].form))
                        return false;
        actor->entry = matches_surname(coding, &tree->tokens[node]);
        if (!actor->entry)
                return false;
        actor->rule = "the one person of that surname in a country of the story";
        actor->named = true;
        snprintf(actor->code, sizeof actor->code, "%s", actor->entry->code);
        return true;
}

/* "in the Middle East": where, and nobody; "Europe" as a subject acts. */
static bool is_region(const struct dep_tree *tree, int32_t node, const struct dictionary_entry *entry)
{
        int32_t word = dep_case(tree, node);

        return entry->via == DICTIONARY_VIA_NAME && !setting_is_country(entry->code) &&
               (whence_is_where(tree, node) || dep_is(tree, word, "to") || dep_is(tree, word, "from") ||
                dep_is(tree, word, "of"));
}

static bool take_code(struct coding_actor *actor, const struct dictionary_entry *entry, const char *rule)
{
        actor->entry = entry;
        actor->rule = rule;
        actor->named = true;
        snprintf(actor->code, sizeof actor->code, "%s", entry->code);
        return true;
}

/* "The Albanians of southern Serbia" are of Serbia; settlers in the West Bank are not of it. */
static bool belongs_to(const struct coding_sentence *s, int32_t node, char country[4])
{
        dep_each_child(s->tree, child, node)
                if (s->tree->nodes[child].rel == REL_NMOD && dep_is(s->tree, dep_case(s->tree, child), "of") &&
                    whence_at(s, child, country))
                        return true;
        return false;
}

static bool code_of_state(const struct coding_sentence *s, int32_t node, const struct parts *parts,
                          struct coding_actor *actor)
{
        char country[4];

        take_code(actor, parts->state, "a state of the dictionary");
        actor->place = parts->state->via == DICTIONARY_VIA_PLACE || is_region(s->tree, node, parts->state);
        if (actor->place && parts->nationality)
                snprintf(actor->code, sizeof actor->code, "%s", parts->nationality->code);
        if (parts->state->via == DICTIONARY_VIA_DEMONYM &&
            (is_ethnic(s, node) ? whence_below(s, node, country, 3) : belongs_to(s, node, country)))
                snprintf(actor->code, sizeof actor->code, "%s", country);
        return true;
}

/* A name of the dictionaries heads the phrase. */
static bool code_of_name(struct coding *coding, const struct coding_sentence *s, int32_t node,
                         const struct parts *parts, bool proper, struct coding_actor *actor)
{
        if (parts->person && (parts->person_is_head || proper))
                return take_code(actor, parts->person, "a person of the dictionary");
        if (parts->organisation && (parts->organisation_is_head || parts->n_roles == 0)) {
                take_code(actor, parts->organisation, "an organisation of the dictionary");
                actor->weak = !parts->organisation_is_head && !proper && !bodies_is_voice(s->tree, node);
                if (strlen(actor->code) == 3 && strcmp(actor->code, "IGO") != 0)
                        compose(actor->code, parts->organisation->code, parts);
                return true;
        }
        if (!parts->state || !parts->state_is_head)
                return false;
        return (proper && parts->state->via != DICTIONARY_VIA_NAME && coreference_person(coding, s, node, actor)) ||
               code_of_state(s, node, parts, actor);
}

/* A name of the dictionaries stands in the phrase: "Russian troops". */
static void code_of_modifier(const struct coding_sentence *s, int32_t node, const struct parts *parts, bool proper,
                             struct coding_actor *actor)
{
        char country[4];

        actor->entry = parts->state ? parts->state : parts->organisation ? parts->organisation : parts->person;
        if (parts->n_roles == 0 && bodies_is_voice(s->tree, node)) {    /* "a Kremlin spokesman" */
                snprintf(actor->code, sizeof actor->code, "%s", actor->entry->code);
                actor->rule = "who speaks for a name";
                return;
        }
        snprintf(country, sizeof country, "%.3s", actor->entry->code);
        if (is_ethnic(s, node))
                whence_below(s, node, country, 0);
        if (!parts->state && parts->organisation && parts->n_roles > 0)
                compose_organisation(actor->code, parts);
        else
                compose(actor->code, country, parts);
        actor->rule = parts->n_roles ? "a nationality and a role" : "a nationality before a noun";
        actor->weak = !parts->role_is_head && !proper && !bodies_is_voice(s->tree, node);
}

/* A role of which the phrase does not say the country. */
static void code_of_role(struct coding *coding, const struct coding_sentence *s, int32_t node,
                         const struct parts *parts, struct coding_actor *actor)
{
        char country[4];

        actor->entry = parts->roles[0];
        if (whence_owner(s, node, country)) {
                compose(actor->code, country, parts);
                actor->rule = "a role, and the country of its owner";
        } else if (strcmp(parts->roles[0]->code, "REF") == 0) { /* who fled belongs to no country of the story */
                compose(actor->code, "", parts);
                actor->rule = "refugees of no stated country";
        } else if (coreference_noun(coding, s, node, actor)) {
                return;
        } else if (whence_clause(s, node, country)) {
                compose(actor->code, country, parts);
                actor->rule = "a role, and the country of the clause";
        } else if (!coreference_role(coding, s, node, parts->roles[0]->code, actor)) {
                compose(actor->code, coding->country, parts);
                actor->rule = coding->country[0] ? "a role, where the story is set" : "a role without a country";
        }
}

/* "A spokesman for the ministry" has its code and name; he is nobody by himself. */
static bool speaks_for(const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        const struct coding_actor *body;

        if (!bodies_is_voice(s->tree, node))
                return false;
        dep_each_child(s->tree, child, node) {
                int32_t word = dep_case(s->tree, child);

                body = actors_at(s, child);
                if (!body || s->tree->nodes[child].rel != REL_NMOD || !actors_has_country(body) ||
                    (!dep_is(s->tree, word, "for") && !dep_is(s->tree, word, "of") && !dep_is(s->tree, word, "at")))
                        continue;
                memcpy(actor->code, body->code, sizeof actor->code);
                if (!(body->entity && body->entity->person))
                        actor->name = body->name;
                actor->rule = "who speaks for a body";
                return true;
        }
        return false;
}

/* The code from what stands in and below the phrase. False where it names no actor. */
static bool code_of(struct coding *coding, const struct coding_sentence *s, int32_t node, struct parts *parts,
                    struct coding_actor *actor)
{
        const struct dep_tree *tree = s->tree;
        bool proper = is_proper(tree, node);
        char country[4];

        if (code_of_name(coding, s, node, parts, proper, actor))
                return true;
        take_apposition(s, node, parts);
        /* "military drills", "police report": the role of a modifier does not make a thing an actor. */
        if (parts->n_roles > 0 && !parts->role_is_head && !proper && parts->rule == NULL &&
            !bodies_is_voice(tree, node))
                parts->n_roles = 0;
        if (parts->person || parts->organisation || parts->state) {
                code_of_modifier(s, node, parts, proper, actor);
                return true;
        }
        if (parts->n_roles == 0 && speaks_for(s, node, actor))
                return true;
        if (parts->n_roles == 0 && (!proper || !isalpha((unsigned char)tree->tokens[node].form[0]) ||
                                    is_calendar(tree->tokens[node].form)))
                return false;
        if ((proper && coreference_name(coding, s, node, actor)) ||
            (parts->n_roles == 0 && surname_of(coding, s, node, actor)))
                return true;
        if (whence_below(s, node, country, 0)) {
                compose(actor->code, country, parts);
                actor->rule = "a role, and a country behind it";
                actor->weak = parts->n_roles == 0 && !proper;
                actor->place = parts->n_roles == 0 && whence_is_where(tree, node);
                return parts->n_roles > 0 || proper;
        }
        if (parts->n_roles > 0) {
                code_of_role(coding, s, node, parts, actor);
                return true;
        }
        /* A name that nothing is known of still acts. */
        strcpy(actor->code, "---");
        actor->rule = "a name that nothing is known of";
        actor->named = true;
        actor->place = whence_is_where(tree, node);
        return true;
}

static struct coding_actor **add_other(struct coding *coding, const struct coding_match *match,
                                       struct coding_actor *actor, struct coding_actor **end)
{
        struct coding_actor *made;

        for (const struct coding_actor *a = actor; a; a = a->also)
                if (strncmp(match->entry->code, a->code, 3) == 0)
                        return end;
        made = arena_new(coding->arena, struct coding_actor);
        *made = *actor;
        made->also = NULL;
        made->entity = NULL;
        made->name = NULL;
        made->entry = match->entry;
        memcpy(made->code, match->entry->code, 3);
        made->rule = "joined to another nationality";
        *end = made;
        return &made->also;
}

/* Countries joined where one role governs them: "French and Egyptian warships", "the ministers of Kyrgyzstan and
 * Tajikistan",
 * "the Moscow-Minsk treaty". */
static void add_others(struct coding *coding, const struct coding_sentence *s, struct coding_actor *actor)
{
        const struct dep_tree *tree = s->tree;
        struct coding_actor **end = &actor->also;

        dep_each_child(tree, child, actor->node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                bool inside = rel == REL_AMOD || rel == REL_COMPOUND || rel == REL_NMOD_POSS;

                if (!inside && !(rel == REL_NMOD && whence_is_preposition(tree, child)))
                        continue;
                dep_each_child(tree, other, child) {
                        int32_t match = s->match_of[other];
                        enum rel how = (enum rel)tree->nodes[other].rel;

                        if (match >= 0 && s->matches[match].entry->kind == DICTIONARY_STATE &&
                            (how == REL_CONJ ||
                             ((how == REL_FLAT || how == REL_COMPOUND) && s->match_of[child] != match)))
                                end = add_other(coding, &s->matches[match], actor, end);
                }
                if (inside && s->match_of[child] >= 0 &&
                    s->matches[s->match_of[child]].entry->kind == DICTIONARY_STATE && actor->weak && actor->entry &&
                    actor->entry->kind == DICTIONARY_STATE && rel != REL_NMOD_POSS)
                        end = add_other(coding, &s->matches[s->match_of[child]], actor, end);
        }
}

static bool is_actor_position(const struct dep_tree *tree, int32_t node)
{
        enum reading_upos upos = (enum reading_upos)tree->nodes[node].upos;
        enum rel rel = (enum rel)tree->nodes[node].rel;

        if (upos == UPOS_ADJ || upos == UPOS_NUM)       /* "the wounded", "two of its nationals" */
                return rel == REL_NSUBJ || rel == REL_NSUBJ_PASS || rel == REL_OBJ || rel == REL_IOBJ;
        return upos == UPOS_NOUN || upos == UPOS_PROPN || upos == UPOS_PRON || upos == UPOS_X;
}

/* The country is the story's (assume_country()), and nothing is known of him himself. */
static bool is_assumed(const struct coding_actor *actor)
{
        return strncmp(actor->code, "---", 3) != 0 && strncmp(actor->entity->code, "---", 3) == 0;
}

/* "state media KCNA", "the leader, Kim Jong Un": a description and the name beside it are one actor. */
static bool same_as_apposition(const struct coding_sentence *s, int32_t node, const struct parts *parts,
                               struct coding_actor *actor)
{
        const struct dep_tree *tree = s->tree;
        int32_t appos = dep_apposition(tree, node);
        const struct coding_actor *other = appos == DEP_NONE ? NULL : s->actor[appos];

        if (!other || !other->entity || !other->named || !actors_has_country(other) || is_assumed(other) ||
            parts->person || parts->organisation || is_proper(tree, node) ||
            (parts->n_roles == 0 && !dep_is(tree, node, "counterpart")) ||
            tree->nodes[appos].upos != UPOS_PROPN)
                return false;
        actor->entity = other->entity;
        memcpy(actor->code, other->code, sizeof actor->code);
        actor->name = other->name;
        actor->title = other->title;
        actor->entry = other->entry;
        actor->named = true;
        actor->rule = "a description beside a name";
        return true;
}

/* "the opposition leader Grace Wanjiru": what the description says holds for the name too. */
static void share_with_apposition(const struct coding_sentence *s, int32_t node, struct coding_actor *actor)
{
        int32_t appos = dep_apposition(s->tree, node);
        struct coding_actor *other = appos == DEP_NONE ? NULL : s->actor[appos];

        if (!other || !other->entity || (actors_has_country(other) && !is_assumed(other)) ||
            !actors_has_country(actor) || actor->entity || actor->weak)
                return;
        memcpy(other->code, actor->code, sizeof other->code);
        memcpy(other->entity->code, actor->code, sizeof other->entity->code);
        actor->entity = other->entity;
        actor->name = other->name;
        actor->named = true;
}

/* Somebody of whom nothing is known belongs to the country that the story is about, where that is one. His entity stays
 * open: a later mention may say better. */
static void assume_country(const struct coding *coding, struct coding_actor *actor)
{
        const char *only = setting_only(coding);

        if (!only || strcmp(actor->code, "---") != 0 || !actor->named || actor->place || !actor->entity ||
            !actor->entity->human)
                return;
        strcpy(actor->code, only);
        actor->rule = "somebody, in a story of one country";
}

static void find_one(struct coding *coding, uint32_t sentence, int32_t node)
{
        struct coding_sentence *s = &coding->sentences[sentence];
        struct parts parts = { 0 };
        struct coding_actor actor = { .sentence = sentence, .node = node }, *made;
        int32_t first, last, match = s->match_of[node];

        if (!is_actor_position(s->tree, node))
                return;
        /* A word inside a name that no dictionary knows. */
        if (match < 0 && (s->tree->nodes[node].rel == REL_FLAT || s->tree->nodes[node].rel == REL_COMPOUND ||
                          s->tree->nodes[node].rel == REL_FIXED))
                return;
        /* "Korea" in "Republic of Korea" is no mention of its own. */
        if (match >= 0 && s->matches[match].head != node)
                return;
        actors_core(s->tree, node, &first, &last);
        if (match >= 0 && s->matches[match].last - 1 > last)
                last = s->matches[match].last - 1;
        actor.span = coding_span_of(s->tree, first, last);
        if (s->tree->nodes[node].upos == UPOS_PRON) {
                if (!coreference_pronoun(coding, s, node, &actor))
                        return;
        } else {
                gather_core(s, node, node, &parts, 0);
                if (!(!parts.state && !parts.person && !parts.organisation &&
                      coreference_description(coding, s, node, &actor)) &&
                    !same_as_apposition(s, node, &parts, &actor) && !code_of(coding, s, node, &parts, &actor))
                        return;
        }
        share_with_apposition(s, node, &actor);
        if (!actor.entity && !actor.name && !actor.named)
                actor.name = bodies_is_voice(s->tree, node) ? bodies_of_voice(coding, s, node, actor.code)
                                                            : bodies_name(coding, s, node, actor.code);
        made = arena_new(coding->arena, struct coding_actor);
        *made = actor;
        s->actor[node] = made;
        if (actors_has_country(made) && s->tree->nodes[node].upos != UPOS_PRON)
                add_others(coding, s, made);
        coreference_note(coding, s, made, parts.n_roles ? parts.roles[0] : NULL);
        assume_country(coding, made);
}

/* Modifiers first: "its" in "its troops", "Serbia" in "Serbia's president". */
static void find_below(struct coding *coding, uint32_t sentence, int32_t node, int depth)
{
        const struct dep_tree *tree = coding->sentences[sentence].tree;

        if (depth > 200)
                return;
        dep_each_child(tree, child, node)
                if (child < node)
                        find_below(coding, sentence, child, depth + 1);
        dep_each_child(tree, child, node)
                if (child > node && (tree->nodes[child].rel == REL_NMOD || tree->nodes[child].rel == REL_APPOS))
                        find_below(coding, sentence, child, depth + 1);
        find_one(coding, sentence, node);
        dep_each_child(tree, child, node)
                if (child > node && tree->nodes[child].rel != REL_NMOD && tree->nodes[child].rel != REL_APPOS)
                        find_below(coding, sentence, child, depth + 1);
}

void actors_find(struct coding *coding, uint32_t sentence)
{
        struct coding_sentence *s = &coding->sentences[sentence];

        s->actor = arena_array(coding->arena, struct coding_actor *, (size_t)s->tree->n + 1);
        for (int32_t i = 0; i < s->tree->n; i++)
                if (s->tree->nodes[i].head == DEP_NONE)
                        find_below(coding, sentence, i, 0);
        coreference_pair(coding, s);
}
