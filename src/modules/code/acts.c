/*
 * See acts.h. Predicates are tried from left to right; the most specific frame that fits wins. What a frame absorbs
 * (the
 * content of a pledge, a demand, a threat) is no act of its own: the speech act is the event.
 */
#include "modules/code/acts.h"

#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/attribution.h"
#include "modules/code/setting.h"

enum { DEPTH_MAX = 8 };

struct work {
        struct coding *coding;
        const struct status_sets *sets;
        struct coding_sentence *s;
        const struct dep_tree *tree;
        bool *absorbed;         /* [tokens] */
};

struct actors {
        struct coding_actor *items[CODING_PARTS_MAX];
        size_t n;
};

static void add_actor(struct actors *list, struct coding_actor *actor)
{
        if (actor->reflexive)
                return;
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i] == actor || (list->items[i]->entity && list->items[i]->entity == actor->entity))
                        return;
        if (list->n < CODING_PARTS_MAX)
                list->items[list->n++] = actor;
}

/* The actors that a noun phrase names: itself or what it is about ("leaders of", "Israel's proposal"), and all that is
 * joined to it. */
static void phrase_actors(const struct work *w, int32_t node, struct actors *list, int depth)
{
        int32_t meant = clause_meant(w->tree, &w->sets->clause, node);
        struct coding_actor *actor = actors_at(w->s, node);

        if (depth > DEPTH_MAX)
                return;
        if (!actor || !actors_has_country(actor))
                actor = actors_at(w->s, meant) ? actors_at(w->s, meant) : actor;
        if (actor) {
                for (; actor; actor = actor->also)
                        add_actor(list, actor);
        } else {
                dep_each_child(w->tree, child, meant)
                        if (w->tree->nodes[child].rel == REL_NMOD_POSS && actors_at(w->s, child))
                                add_actor(list, actors_at(w->s, child));
        }
        dep_each_child(w->tree, child, node)
                if (w->tree->nodes[child].rel == REL_CONJ)
                        phrase_actors(w, child, list, depth + 1);
        if (meant != node)
                dep_each_child(w->tree, child, meant)
                        if (w->tree->nodes[child].rel == REL_CONJ)
                                phrase_actors(w, child, list, depth + 1);
}

static bool is_circumstance(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "after",     "before", "following", "follow", "since", "during", "despite",
                                             "because",   "accord", "according", "amid",   "until", "as",     "by",
                                             "like",      "unlike", "without",   NULL };
        int32_t word = dep_case(tree, node);

        for (const char *const *p = words; *p && word != DEP_NONE; p++)
                if (dep_is(tree, word, *p))
                        return true;
        return false;
}

static bool is_taken(const struct coding_actor *actor, const struct actors *not, bool other_countries)
{
        for (size_t i = 0; i < not->n; i++) {
                if (not->items[i] == actor || (not->items[i]->entity && not->items[i]->entity == actor->entity))
                        return true;
                if (other_countries && strncmp(not->items[i]->code, actor->code, 3) == 0)
                        return true;
        }
        return false;
}

static bool is_region(const struct coding_actor *actor)
{
        return actor->place && !setting_is_country(actor->code);
}

/* The nearest actors below a node that are none of `not`. */
static void nearest_below(const struct work *w, int32_t node, const struct actors * not, bool other_countries,
                          struct actors *list, int depth)
{
        static const uint8_t order[] = { REL_OBJ, REL_NSUBJ_PASS, REL_IOBJ, REL_NMOD_POSS, REL_NMOD,  REL_XCOMP,
                                         REL_OBL, REL_CCOMP,      REL_ACL,  REL_APPOS,     REL_ADVCL, REL_ACL_RELCL };

        for (size_t i = 0; i < sizeof order && list->n == 0 && depth < DEPTH_MAX; i++)
                dep_each_child(w->tree, child, node) {
                        struct actors found = { .n = 0 };

                        if (w->tree->nodes[child].rel != order[i] || is_circumstance(w->tree, child))
                                continue;
                        if (w->tree->nodes[child].rel == REL_ADVCL && dep_child(w->tree, child, REL_MARK) == DEP_NONE)
                                continue;
                        phrase_actors(w, child, &found, 0);
                        for (size_t k = 0; k < found.n; k++)
                                if (actors_has_country(found.items[k]) && !is_region(found.items[k]) &&
                                    !is_taken(found.items[k], not, other_countries))
                                        add_actor(list, found.items[k]);
                        if (list->n == 0)
                                nearest_below(w, child, not, other_countries, list, depth + 1);
                        if (list->n > 0)
                                return;
                }
}

/* Another country first: what an actor does to its own is rarely named as such. */
static void any_below(const struct work *w, int32_t node, const struct actors *not, struct actors *list)
{
        nearest_below(w, node, not, true, list, 0);
        if (list->n == 0)
                nearest_below(w, node, not, false, list, 0);
}

static void role_actors(const struct work *w, int32_t node, const struct lexicon_slot *slot, const struct actors *not,
                        struct actors *list)
{
        const struct clause_sets *sets = &w->sets->clause;
        bool noun = w->tree->nodes[node].upos == UPOS_NOUN;
        int32_t at = DEP_NONE, light = noun ? clause_light_verb(w->tree, sets, node) : DEP_NONE;

        switch ((enum lexicon_role)slot->role) {
        case ROLE_SUBJECT:
                at = clause_subject(w->tree, sets, noun ? (light == DEP_NONE ? node : light) : node);
                break;
        case ROLE_OBJECT:
                at = noun ? DEP_NONE : clause_object(w->tree, sets, node);
                break;
        case ROLE_RECEIVER:
                at = dep_child(w->tree, node, REL_IOBJ);
                if (at == DEP_NONE && dep_child(w->tree, node, REL_OBJ) != DEP_NONE)
                        at = dep_child(w->tree, node, REL_NSUBJ_PASS);
                break;
        case ROLE_COMPLEMENT: {
                int32_t clause = clause_complement(w->tree, node);

                if (clause == DEP_NONE)
                        return;
                at = dep_child(w->tree, clause, REL_NSUBJ);
                if (at != DEP_NONE)
                        phrase_actors(w, at, list, 0);
                if (list->n == 0)
                        any_below(w, clause, not, list);
                return;
        }
        case ROLE_POSSESSOR:
                at = dep_child(w->tree, node, REL_NMOD_POSS);
                if (at == DEP_NONE)     /* "the Russian invasion" */
                        dep_each_child(w->tree, child, node)
                                if ((w->tree->nodes[child].rel == REL_AMOD ||
                                     w->tree->nodes[child].rel == REL_COMPOUND) &&
                                    w->s->match_of[child] >= 0 && actors_at(w->s, node))
                                        at = node;
                break;
        case ROLE_BETWEEN:
                at = clause_prepositional(w->tree, sets, node, "between");
                if (at == DEP_NONE)
                        at = clause_prepositional(w->tree, sets, node, "among");
                break;
        case ROLE_ANY:
                any_below(w, node, not, list);
                return;
        case ROLE_SPEAKER: {
                struct coding_actor *speaker = attribution_speaker(w->coding, w->tree->sentence, node);

                if (speaker)
                        add_actor(list, speaker);
                return;
        }
        case ROLE_PREPOSITION:
                at = clause_prepositional(w->tree, sets, node, slot->preposition);
                break;
        case ROLE_NONE:
                return;
        }
        if (at != DEP_NONE)
                phrase_actors(w, at, list, 0);
}

/* Of several, those of the other side: "Moscow pledged to mend Moscow-Minsk relations" is about Minsk. */
static void drop_own(struct actors *list, const struct actors *not)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += !is_taken(list->items[i], not, true);
        if (n == 0 || n == list->n)
                return;
        n = 0;
        for (size_t i = 0; i < list->n; i++)
                if (!is_taken(list->items[i], not, true))
                        list->items[n++] = list->items[i];
        list->n = n;
}

/* "in the Adriatic": a place that is nobody's. */
static bool is_nowhere(const struct coding_actor *actor)
{
        return actor->place && !actors_has_country(actor);
}

/* The first slot that has actors wins. */
static void fill(const struct work *w, int32_t node, const struct lexicon_slot *slots, const struct actors *not,
                 const struct coding_actor *instrument, struct actors *list)
{
        struct actors all = *not;

        for (size_t i = 0; slots[i].role != ROLE_NONE; i++) {
                struct actors found = { .n = 0 };

                /* What the frame already took as its object ("fired a missile") is no target besides. */
                if (slots[i].role == ROLE_ANY && instrument && all.n < CODING_PARTS_MAX)
                        all.items[all.n++] = (struct coding_actor *)instrument;
                role_actors(w, node, &slots[i], slots[i].role == ROLE_ANY ? &all : not, &found);
                for (size_t k = 0; k < found.n; k++)
                        if (!is_taken(found.items[k], not, false) && !is_nowhere(found.items[k]))
                                add_actor(list, found.items[k]);
                if (list->n > 0) {
                        drop_own(list, not);
                        return;
                }
        }
}

/* Is the head of a phrase, what it is made of, or what it is about, one of these words? */
static bool phrase_in(const struct work *w, int32_t node, const struct lexicon_bits *bits)
{
        int32_t meant = clause_meant(w->tree, &w->sets->clause, node);

        if (lexicon_in_bits(w->tree->nodes[node].word, bits) || lexicon_in_bits(w->tree->nodes[meant].word, bits))
                return true;
        dep_each_child(w->tree, child, node) {
                enum rel rel = (enum rel)w->tree->nodes[child].rel;

                if ((rel == REL_CONJ || rel == REL_COMPOUND ||
                     (rel == REL_NMOD && (dep_is(w->tree, dep_case(w->tree, child), "of") ||
                                          dep_is(w->tree, dep_case(w->tree, child), "in")))) &&
                    lexicon_in_bits(w->tree->nodes[child].word, bits))
                        return true;
        }
        return false;
}

static bool object_fits(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t object;

        if (!f->object && !f->object_actor && !f->no_object)
                return true;
        object = clause_object(w->tree, &w->sets->clause, node);
        if (f->no_object)
                return object == DEP_NONE;
        if (object == DEP_NONE)
                return false;
        if (f->object_actor) {
                static const struct lexicon_slot subject[] = { { .role = ROLE_SUBJECT }, { .role = ROLE_NONE } };
                struct actors list = { .n = 0 }, own = { .n = 0 };

                fill(w, node, subject, &own, NULL, &own);
                phrase_actors(w, object, &list, 0);
                for (size_t i = 0; i < list.n; i++)
                        if (!is_taken(list.items[i], &own, false))
                                return true;
                /* "suspended his campaign" is done to nobody else; "turned himself in" is an act */
                return actors_at(w->s, object) && actors_at(w->s, object)->reflexive;
        }
        return phrase_in(w, object, f->object);
}

static bool prepositions_fit(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        for (size_t i = 0; i < f->n_prepositions; i++) {
                int32_t at = clause_prepositional(w->tree, &w->sets->clause, node, f->prepositions[i].word);

                if (at == DEP_NONE || (f->prepositions[i].object && !phrase_in(w, at, f->prepositions[i].object)))
                        return false;
        }
        return true;
}

static bool complement_fits(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t clause;

        if (f->complement == COMPLEMENT_FREE)
                return true;
        clause = clause_complement(w->tree, node);
        if (f->complement == COMPLEMENT_NONE)
                return clause == DEP_NONE;
        if (f->obliges && clause != DEP_NONE && !status_is_obliged(w->tree, clause))
                return false;
        if (f->complement == COMPLEMENT_INFINITIVE &&
            (clause == DEP_NONE || !dep_is(w->tree, dep_child(w->tree, clause, REL_MARK), "to")))
                return false;
        if (f->same_subject && clause != DEP_NONE &&
            (dep_child(w->tree, clause, REL_NSUBJ) != DEP_NONE || dep_child(w->tree, node, REL_OBJ) != DEP_NONE))
                return false;
        return clause != DEP_NONE && (!f->governed || lexicon_in_bits(w->tree->nodes[clause].word, f->governed));
}

static bool frame_fits(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        if (f->particle && !clause_has_particle(w->tree, node, f->particle))
                return false;
        if ((f->passive_only || f->active_only) && clause_is_passive(w->tree, node) != f->passive_only)
                return false;
        return object_fits(w, f, node) && prepositions_fit(w, f, node) && complement_fits(w, f, node);
}

/* The frames of a node's word, by their rank. */
static const struct lexicon_frame *const *frames_of(const struct work *w, int32_t node, size_t *n)
{
        const struct lexicon_word *word = w->tree->nodes[node].word;
        enum lexicon_kind kind = w->tree->nodes[node].upos == UPOS_NOUN  ? LEXICON_NOUN
                                 : w->tree->nodes[node].upos == UPOS_ADJ ? LEXICON_ADJECTIVE
                                                                         : LEXICON_VERB;

        *n = 0;
        /* "is prepared to": a participle that is an adjective in all but its tag. */
        if (kind == LEXICON_VERB && dep_child(w->tree, node, REL_COP) != DEP_NONE) {
                kind = LEXICON_ADJECTIVE;
                word = lexicon_find(w->coding->dictionary->lexicon, w->tree->tokens[node].form);
        }
        /* "is a dangerous step of": the adjective judges, the noun says only of what kind. */
        if (kind == LEXICON_NOUN && (!word || word->n_frames[LEXICON_NOUN] == 0) &&
            dep_child(w->tree, node, REL_COP) != DEP_NONE)
                dep_each_child(w->tree, child, node)
                        if (w->tree->nodes[child].rel == REL_AMOD && w->tree->nodes[child].word &&
                            w->tree->nodes[child].word->n_frames[LEXICON_ADJECTIVE] > 0) {
                                kind = LEXICON_ADJECTIVE;
                                word = w->tree->nodes[child].word;
                        }
        if (!word || (w->tree->nodes[node].upos != UPOS_VERB && kind == LEXICON_VERB))
                return NULL;
        *n = word->n_frames[kind];
        return word->frames[kind];
}

/* What is told as a fact beside the content: a relative clause, "agreements made at the summit", "after arriving". */
static bool is_aside(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "after", "before",    "as",    "when",    "while",
                                             "since", "following", "until", "because", NULL };
        enum rel rel = (enum rel)tree->nodes[node].rel;
        int32_t mark = dep_child(tree, node, REL_MARK);
        const char *xpos = tree->tokens[node].xpos;

        if (rel == REL_ACL_RELCL || (rel == REL_ACL && xpos && strcmp(xpos, "VBN") == 0))
                return true;
        if (rel != REL_ADVCL && rel != REL_ACL)
                return false;
        for (const char *const *w = words; *w && mark != DEP_NONE; w++)
                if (dep_is(tree, mark, *w))
                        return true;
        return false;
}

static void absorb(struct work *w, int32_t node, int depth)
{
        w->absorbed[node] = true;
        dep_each_child(w->tree, child, node)
                if (depth < 100 && !is_aside(w->tree, child))
                        absorb(w, child, depth + 1);
}

/* What the frame spoke of: its complement and its phrases, without its subject, circumstances and what is joined to
 * it. */
static void absorb_content(struct work *w, int32_t node)
{
        dep_each_child(w->tree, child, node) {
                enum rel rel = (enum rel)w->tree->nodes[child].rel;

                if (rel == REL_XCOMP || rel == REL_CCOMP || rel == REL_OBJ || rel == REL_ACL || rel == REL_NMOD ||
                    rel == REL_ADVCL || rel == REL_OBL) {
                        if (is_aside(w->tree, child) ||
                            (rel == REL_ADVCL && dep_child(w->tree, child, REL_MARK) == DEP_NONE))
                                continue;
                        if (rel == REL_OBL &&
                            (is_circumstance(w->tree, child) || dep_is(w->tree, dep_case(w->tree, child), "at")))
                                continue;
                        absorb(w, child, 0);
                }
        }
}

static struct coding_span trigger_of(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t first = node, last = node, object;

        if (f->kind == LEXICON_NOUN) {
                int32_t light = clause_light_verb(w->tree, &w->sets->clause, node);

                if (light != DEP_NONE && light < node && node - light < 8)
                        first = light;
                return coding_span_of(w->tree, first, last);
        }
        if (f->particle)
                dep_each_child(w->tree, child, node)
                        if (child > last && dep_is(w->tree, child, f->particle) && child <= node + 4)
                                last = child;
        object = f->object ? clause_object(w->tree, &w->sets->clause, node) : DEP_NONE;
        if (object > last && object - node < 8)
                last = object;
        return coding_span_of(w->tree, first, last);
}

/* The code that the status makes of the frame's. False: no event. */
static bool settle_code(const struct work *w, const struct lexicon_frame *f, struct coding_event *e)
{
        const struct lexicon *lexicon = w->coding->dictionary->lexicon;

        e->code = f->code;
        if (f->status != STATUS_NONE && e->status == STATUS_HAPPENED) {
                e->status = f->status;
                e->status_rule = "the frame says so";
        }
        if (e->status == STATUS_DENIED && clause_is_negated(w->tree, e->node) && f->negated) {
                e->code = f->negated;
                e->status = STATUS_HAPPENED;
        } else if (e->status == STATUS_PLANNED && status_is_future(w->tree, e->node)) {
                if (f->future)
                        e->code = f->future;
                else if (f->code->future)
                        e->code = lexicon_code(lexicon, f->code->future);
        }
        return e->code != NULL;
}

static bool any_country(const struct actors *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (actors_has_country(list->items[i]))
                        return true;
        return false;
}

static bool any_role(const struct actors *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (strlen(list->items[i]->code) > 3)
                        return true;
        return false;
}

/* Are there actors enough? One with a country is; without any, the frame must be a strong one, and somebody must be
 * known
 * by role or name. */
static bool enough(const struct work *w, const struct lexicon_frame *f, const struct actors *source,
                   const struct actors *target)
{
        (void)w;
        if (source->n + target->n == 0)
                return false;
        if (any_country(source) || any_country(target))
                return true;
        if (f->weak || f->kind != LEXICON_VERB)
                return false;
        /* What private people agree on or talk about is nobody's news; what they suffer may be. */
        return f->code->quad >= 3 || strcmp(f->code->event, "RETREAT") == 0 || any_role(source) || any_role(target);
}

/* The shares of events that were right on the development sets (category, and the source's country where one is given),
 * by what is known of the actors, with what took away from them: tests/bench/fit-confidence.py prints them. */
static double confidence_of(const struct work *w, const struct lexicon_frame *f, const struct coding_event *e,
                            const struct actors *source, const struct actors *target)
{
        double c = any_country(source)                     ? 0.87
                   : source->n == 0 || any_country(target) ? 0.6 /* a passive without its agent, mostly */
                                                           : 0.25;

        if (e->status == STATUS_PLANNED || e->status == STATUS_DEMANDED)
                c -= 0.3;
        else if (e->status == STATUS_HYPOTHETICAL || e->status == STATUS_DENIED)
                c -= 0.4;
        if (f->kind == LEXICON_NOUN)
                c -= 0.15;
        if (!w->coding->parsed)
                c -= 0.3;
        return c < 0.05 ? 0.05 : c;
}

/* A politician who "attacks" a rival does it with words. */
static bool is_one_person(const struct actors *list)
{
        const struct coding_entity *e = list->n == 1 ? list->items[0]->entity : NULL;
        const char *code = list->n == 1 ? list->items[0]->code : "";

        return e && e->person && !e->plural && !strstr(code, "REB") && !strstr(code, "MIL") && !strstr(code, "CRM") &&
               !strstr(code, "COP");
}

static bool is_armed(const struct actors *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (strstr(list->items[i]->code, "MIL") || strstr(list->items[i]->code, "REB") || list->items[i]->place)
                        return true;
        return false;
}

/* A place says where, not who. */
static void drop_places(struct actors *list)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i]->place)
                        list->items[n++] = list->items[i];
        list->n = n;
}

static bool is_place_of(const struct actors *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i]->place && !list->items[i]->weak)
                        return false;
        return true;
}

/* A quake destroys houses and a storm kills people; neither is anybody's act. */
static bool by_nature(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t subject = f->kind == LEXICON_VERB ? clause_subject(w->tree, &w->sets->clause, node) : DEP_NONE;

        return subject != DEP_NONE &&
               lexicon_in_set(w->tree->nodes[clause_meant(w->tree, &w->sets->clause, subject)].word, w->sets->nature);
}

/* "Rules that promise to transform the economy": only who can mean it pledges, helps, meets or asks; a bomb may kill.
 */
static bool by_a_thing(const struct work *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t subject;

        if (f->kind != LEXICON_VERB || f->code->quad == 4 || f->source[0].role != ROLE_SUBJECT ||
            clause_is_passive(w->tree, node))
                return false;
        subject = clause_subject(w->tree, &w->sets->clause, node);
        return subject != DEP_NONE && w->tree->nodes[subject].upos == UPOS_NOUN;
}

/* "invited Putin and discussed trade": what takes two is done with whom the verb before it is done to. */
static void partner_before(const struct work *w, int32_t node, const struct actors *source, struct actors *target)
{
        int32_t head = w->tree->nodes[node].head, object;
        struct actors found = { .n = 0 };

        if (w->tree->nodes[node].rel != REL_CONJ || head == DEP_NONE || head > node ||
            dep_child(w->tree, node, REL_NSUBJ) != DEP_NONE)
                return;
        object = clause_object(w->tree, &w->sets->clause, head);
        if (object == DEP_NONE)
                return;
        phrase_actors(w, object, &found, 0);
        for (size_t i = 0; i < found.n; i++)
                if (actors_has_country(found.items[i]) && !found.items[i]->weak &&
                    !is_taken(found.items[i], source, true))
                        add_actor(target, found.items[i]);
}

/* False where actors are missing: a broader frame may do with fewer. */
static bool add_event(struct work *w, const struct lexicon_frame *f, int32_t node)
{
        struct coding *coding = w->coding;
        struct actors source = { .n = 0 }, target = { .n = 0 }, none = { .n = 0 };
        const struct coding_actor *instrument = NULL;
        struct coding_event *e;

        if (by_nature(w, f, node))
                return false;
        if (f->object && f->kind == LEXICON_VERB)
                instrument = actors_at(w->s, clause_object(w->tree, &w->sets->clause, node));
        fill(w, node, f->source, &none, NULL, &source);
        drop_places(&source);
        if (source.n == 0 && by_a_thing(w, f, node))
                return false;
        fill(w, node, f->target, &source, instrument, &target);
        if (f->reciprocal && source.n == 1 && target.n == 0)
                partner_before(w, node, &source, &target);
        if (f->reciprocal && source.n > 1 && target.n > 0 && is_place_of(&target))
                target.n = 0;
        if (!enough(w, f, &source, &target))
                return false;
        if (f->weak && (source.n == 0 || (target.n == 0 && !(f->reciprocal && source.n > 1))))
                return false;
        e = arena_new(coding->arena, struct coding_event);
        e->sentence = w->tree->sentence;
        e->node = node;
        e->frame = f;
        e->status = status_of(w->tree, w->sets, node, &e->status_rule);
        if (!settle_code(w, f, e))
                return false;
        if (f->verbal && is_one_person(&source) && (target.n == 0 || !is_armed(&target)))
                e->code = f->verbal;
        memcpy(e->source, source.items, sizeof source.items);
        memcpy(e->target, target.items, sizeof target.items);
        e->n_source = source.n;
        e->n_target = target.n;
        e->reciprocal = f->reciprocal && (source.n > 1 || target.n > 0);
        e->trigger = trigger_of(w, f, node);
        e->quoted = w->s->quoted[node];
        e->confidence = confidence_of(w, f, e, &source, &target);
        coding->events = coding_push(coding->arena, coding->events, coding->n_events++, &coding->events_size, e);
        return true;
}

/* The first frame that fits and finds its actors; a frame that says "nothing" ends the search. */
static void try_node(struct work *w, int32_t node)
{
        size_t n;
        const struct lexicon_frame *const *frames = frames_of(w, node, &n);

        for (size_t i = 0; i < n; i++) {
                const struct lexicon_frame *f = frames[i];
                int32_t object;

                if (!frame_fits(w, f, node))
                        continue;
                if (!f->nothing && !add_event(w, f, node))
                        continue;
                if (f->absorbs)
                        absorb_content(w, node);
                object = f->kind == LEXICON_VERB && f->object ? clause_object(w->tree, &w->sets->clause, node)
                                                                  : DEP_NONE;
                if (object != DEP_NONE)
                        w->absorbed[object] = true;
                return;
        }
}

void acts_find(struct coding *coding, const struct status_sets *sets, uint32_t sentence)
{
        struct work w = { .coding = coding, .sets = sets, .s = &coding->sentences[sentence] };
        int32_t *order;
        size_t n = 0;

        w.tree = w.s->tree;
        w.absorbed = arena_array(coding->arena, bool, (size_t)w.tree->n + 1);
        order = arena_array(coding->arena, int32_t, (size_t)w.tree->n + 1);
        /* From the root down, so that what absorbs comes before what is absorbed. */
        for (int32_t i = 0; i < w.tree->n; i++)
                if (w.tree->nodes[i].head == DEP_NONE)
                        order[n++] = i;
        for (size_t at = 0; at < n; at++)
                dep_each_child(w.tree, child, order[at])
                        if (n < (size_t)w.tree->n)
                                order[n++] = child;
        for (size_t at = 0; at < n; at++)
                if (!w.absorbed[order[at]])
                        try_node(&w, order[at]);
}
