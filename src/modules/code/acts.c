/*
 * See acts.h. Predicates are tried from the root down; the most specific frame that fits wins. What a frame absorbs
 * (the content of a pledge, a demand, a threat) is no act of its own: the speech act is the event. Whether a frame fits
 * is fitting.c's question, who fills its roles that of roles.c.
 */
#include "modules/code/acts.h"

#include <ctype.h>
#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/fitting.h"
#include "modules/code/roles.h"

enum { ABSORB_MAX = 100 };

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

static void absorb(const struct dep_tree *tree, bool *absorbed, int32_t node, int depth)
{
        absorbed[node] = true;
        dep_each_child(tree, child, node)
                if (depth < ABSORB_MAX && !is_aside(tree, child))
                        absorb(tree, absorbed, child, depth + 1);
}

/* What the frame spoke of: its complement and its phrases, without its subject, circumstances and what is joined to
 * it. */
static void absorb_content(const struct dep_tree *tree, bool *absorbed, int32_t node)
{
        int32_t deed = clause_of_agent(tree, node);

        if (deed != DEP_NONE)
                absorb(tree, absorbed, deed, 0);
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel == REL_XCOMP || rel == REL_CCOMP || rel == REL_OBJ || rel == REL_ACL || rel == REL_NMOD ||
                    rel == REL_ADVCL || rel == REL_OBL) {
                        if (is_aside(tree, child) ||
                            (rel == REL_ADVCL && dep_child(tree, child, REL_MARK) == DEP_NONE))
                                continue;
                        if (rel == REL_OBL &&
                            (roles_is_circumstance(tree, child) || dep_is(tree, dep_case(tree, child), "at")))
                                continue;
                        absorb(tree, absorbed, child, 0);
                }
        }
}

static struct coding_span trigger_of(const struct roles *w, const struct lexicon_frame *f, int32_t node)
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
static bool settle_code(const struct roles *w, const struct lexicon_frame *f, struct coding_event *e)
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

static bool any_country(const struct roles_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (actors_has_country(list->items[i]))
                        return true;
        return false;
}

static bool any_role(const struct roles_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (strlen(list->items[i]->code) > 3)
                        return true;
        return false;
}

/* Are there actors enough? One with a country is; without any, the frame must be a strong one, and somebody must be
 * known
 * by role or name. */
static bool enough(const struct lexicon_frame *f, const struct roles_list *source, const struct roles_list *target)
{
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
static double confidence_of(const struct roles *w, const struct lexicon_frame *f, const struct coding_event *e,
                            const struct roles_list *source, const struct roles_list *target)
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
static bool is_one_person(const struct roles_list *list)
{
        const struct coding_entity *e = list->n == 1 ? list->items[0]->entity : NULL;
        const char *code = list->n == 1 ? list->items[0]->code : "";

        return e && e->person && !e->plural && !strstr(code, "REB") && !strstr(code, "MIL") && !strstr(code, "CRM") &&
               !strstr(code, "COP");
}

static bool is_armed(const struct roles_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (strstr(list->items[i]->code, "MIL") || strstr(list->items[i]->code, "REB") || list->items[i]->place)
                        return true;
        return false;
}

/* "A Baghdad bombing", "the Kabul attack": the town where it happened, no doer. */
static bool is_scene(const struct dep_tree *tree, const struct coding_actor *actor)
{
        return actor->weak && actor->sentence == tree->sentence &&
               dep_child(tree, actor->node, REL_NMOD_POSS) == DEP_NONE && actor->entry &&
               actor->entry->kind == DICTIONARY_STATE &&
               (actor->entry->via == DICTIONARY_VIA_PLACE || actor->entry->via == DICTIONARY_VIA_CAPITAL);
}

/* A place says where, not who. */
static void drop_places(const struct roles *w, const struct lexicon_frame *f, struct roles_list *list)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i]->place && !(f->code->quad == 4 && is_scene(w->tree, list->items[i])))
                        list->items[n++] = list->items[i];
        list->n = n;
}

static bool is_place_of(const struct roles_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i]->place && !list->items[i]->weak)
                        return false;
        return true;
}

/* A quake destroys houses and a storm kills people; neither is anybody's act. */
static bool by_nature(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t subject = f->kind == LEXICON_VERB ? clause_subject(w->tree, &w->sets->clause, node) : DEP_NONE;

        return subject != DEP_NONE &&
               lexicon_in_set(w->tree->nodes[clause_meant(w->tree, &w->sets->clause, subject)].word, w->sets->nature);
}

/* "In the film, a general invades Alaska": nobody did. */
static bool in_fiction(const struct roles *w, int32_t node)
{
        for (int steps = 0; node != DEP_NONE && steps < 4; steps++, node = w->tree->nodes[node].head)
                dep_each_child(w->tree, child, node)
                        if (w->tree->nodes[child].rel == REL_OBL &&
                            dep_is(w->tree, dep_case(w->tree, child), "in") &&
                            lexicon_in_set(w->tree->nodes[child].word, w->sets->fiction))
                                return true;
        return false;
}

/* "Crushed Barcelona to win the Super Cup": where a sentence speaks of sport, some verbs tell of no force, but for that
 * of people in a role: teams are towns, countries and names. */
static bool is_sport(const struct roles *w, const struct lexicon_frame *f, int32_t node,
                     const struct roles_list *source)
{
        if (f->kind != LEXICON_VERB || !lexicon_in_set(w->tree->nodes[node].word, w->sets->sporting) ||
            any_role(source))
                return false;
        for (int32_t i = 0; i < w->tree->n; i++) {
                const char *lemma = w->tree->tokens[i].lemma;
                const struct lexicon_word *word = w->tree->nodes[i].word;

                if (w->tree->nodes[i].upos == UPOS_PROPN && lemma && isupper((unsigned char)lemma[0])) {
                        char *lower = arena_strdup(w->coding->arena, lemma);

                        lower[0] = (char)tolower((unsigned char)lower[0]);
                        word = lexicon_find(w->coding->dictionary->lexicon, lower);
                }
                if (lexicon_in_set(word, w->sets->sport))
                        return true;
        }
        return false;
}

/* "Rules that promise to transform the economy": only who can mean it pledges, helps, meets or asks; a bomb may kill.
 */
static bool by_a_thing(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t subject;

        if (f->kind != LEXICON_VERB || f->code->quad == 4 || f->source[0].role != ROLE_SUBJECT ||
            clause_is_passive(w->tree, node))
                return false;
        subject = clause_subject(w->tree, &w->sets->clause, node);
        return subject != DEP_NONE && w->tree->nodes[subject].upos == UPOS_NOUN;
}

/* "invited Putin and discussed trade": what takes two is done with whom the verb before it is done to. */
static void partner_before(const struct roles *w, int32_t node, const struct roles_list *source,
                           struct roles_list *target)
{
        int32_t head = w->tree->nodes[node].head, object;
        struct roles_list found = { .n = 0 };

        if (w->tree->nodes[node].rel != REL_CONJ || head == DEP_NONE || head > node ||
            dep_child(w->tree, node, REL_NSUBJ) != DEP_NONE)
                return;
        object = clause_object(w->tree, &w->sets->clause, head);
        if (object == DEP_NONE)
                return;
        roles_of_phrase(w, object, &found);
        for (size_t i = 0; i < found.n; i++)
                if (actors_has_country(found.items[i]) && !found.items[i]->weak &&
                    !roles_is_taken(found.items[i], source, true))
                        roles_add(target, found.items[i]);
}

/* A frame that says "nothing" has no code. */
static bool is_assault(const struct lexicon_frame *f)
{
        return f->code && strcmp(f->code->event, "ASSAULT") == 0;
}

/* "Three were killed when Russia shelled a hospital": who did the one did the other. */
static void doer_beside(const struct roles *w, const struct lexicon_frame *f, int32_t node, struct roles_list *source)
{
        static const struct lexicon_slot doer[] = { { .role = ROLE_SUBJECT }, { .role = ROLE_NONE } };
        struct roles_list none = { .n = 0 };

        if (f->kind != LEXICON_VERB || !is_assault(f) || !clause_is_passive(w->tree, node))
                return;
        dep_each_child(w->tree, child, node) {
                int32_t mark = dep_child(w->tree, child, REL_MARK);
                const struct lexicon_word *word = w->tree->nodes[child].word;

                if (mark == DEP_NONE)
                        mark = dep_child(w->tree, child, REL_ADVMOD);
                if (w->tree->nodes[child].rel != REL_ADVCL || !word || word->n_frames[LEXICON_VERB] == 0 ||
                    !is_assault(word->frames[LEXICON_VERB][0]) ||
                    !(dep_is(w->tree, mark, "when") || dep_is(w->tree, mark, "after") || dep_is(w->tree, mark, "as")))
                        continue;
                roles_fill(w, child, doer, &none, NULL, source);
                return;
        }
}

/* False where actors are missing: a broader frame may do with fewer. */
static bool add_event(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        struct coding *coding = w->coding;
        struct roles_list source = { .n = 0 }, target = { .n = 0 }, none = { .n = 0 };
        const struct coding_actor *instrument = NULL;
        struct coding_event *e;

        if (by_nature(w, f, node) || in_fiction(w, node))
                return false;
        if (f->object && f->kind == LEXICON_VERB)
                instrument = actors_at(w->s, clause_object(w->tree, &w->sets->clause, node));
        roles_fill(w, node, f->source, &none, NULL, &source);
        if (source.n == 0)
                doer_beside(w, f, node, &source);
        drop_places(w, f, &source);
        if ((source.n == 0 && by_a_thing(w, f, node)) || is_sport(w, f, node, &source))
                return false;
        roles_fill(w, node, f->target, &source, instrument, &target);
        if (f->reciprocal && source.n == 1 && target.n == 0)
                partner_before(w, node, &source, &target);
        if (f->reciprocal && source.n > 1 && target.n > 0 && is_place_of(&target))
                target.n = 0;
        if (!enough(f, &source, &target))
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
        coding->events = arena_push(coding->arena, coding->events, coding->n_events++, &coding->events_size, e);
        return true;
}

/* The first frame that fits and finds its actors; a frame that says "nothing" ends the search. */
static void try_node(const struct roles *w, bool *absorbed, int32_t node)
{
        size_t n;
        const struct lexicon_frame *const *frames = fitting_frames(w, node, &n);

        for (size_t i = 0; i < n; i++) {
                const struct lexicon_frame *f = frames[i];
                int32_t object;

                if (!fitting_fits(w, f, node))
                        continue;
                if (!f->nothing && !add_event(w, f, node))
                        continue;
                if (f->absorbs)
                        absorb_content(w->tree, absorbed, node);
                object = f->kind == LEXICON_VERB && f->object ? clause_object(w->tree, &w->sets->clause, node)
                                                                  : DEP_NONE;
                if (object != DEP_NONE)
                        absorbed[object] = true;
                return;
        }
}

void acts_find(struct coding *coding, const struct status_sets *sets, uint32_t sentence)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        const struct dep_tree *tree = s->tree;
        const struct roles roles = { .coding = coding, .sets = sets, .s = s, .tree = tree };
        bool *absorbed = arena_array(coding->arena, bool, (size_t)tree->n + 1);
        int32_t *order = arena_array(coding->arena, int32_t, (size_t)tree->n + 1);
        size_t n = 0;

        /* From the root down, so that what absorbs comes before what is absorbed. */
        for (int32_t i = 0; i < tree->n; i++)
                if (tree->nodes[i].head == DEP_NONE)
                        order[n++] = i;
        for (size_t at = 0; at < n; at++)
                dep_each_child(tree, child, order[at])
                        if (n < (size_t)tree->n)
                                order[n++] = child;
        for (size_t at = 0; at < n; at++)
                if (!absorbed[order[at]])
                        try_node(&roles, absorbed, order[at]);
}
