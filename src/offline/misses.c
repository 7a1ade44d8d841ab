/* See misses.h. Verbs are kept in a list that is searched by its words: there are few hundred of them in any corpus. */
#include "offline/misses.h"

#include <stdio.h>
#include <string.h>

#include "modules/code/actors.h"

enum { EXAMPLE_MAX = 160, VERBS_MAX = 4096 };

struct miss {
        const char *verb;
        unsigned count;
        const char *example;
};

struct misses {
        struct arena *arena;
        struct miss *items;
        size_t n;
};

struct misses *misses_new(struct arena *arena)
{
        struct misses *m = arena_new(arena, struct misses);

        m->arena = arena;
        m->items = arena_array(arena, struct miss, VERBS_MAX);
        return m;
}

/* The verb of an event, or inside what an event is about. */
static bool is_covered(const struct coding *coding, uint32_t sentence, int32_t node)
{
        const struct dep_tree *tree = coding->sentences[sentence].tree;

        for (size_t i = 0; i < coding->n_events; i++)
                if (coding->events[i]->sentence == sentence &&
                    (coding->events[i]->node == node ||
                     (coding->events[i]->frame->absorbs && dep_below(tree, node, coding->events[i]->node))))
                        return true;
        return false;
}

static bool is_actor(const struct coding_sentence *s, int32_t node)
{
        return node != DEP_NONE && actors_has_country(actors_at(s, node)) && !actors_at(s, node)->place;
}

/* An actor as the object or behind a preposition. */
static bool has_other(const struct coding_sentence *s, const struct clause_sets *sets, int32_t verb)
{
        if (is_actor(s, clause_object(s->tree, sets, verb)))
                return true;
        dep_each_child(s->tree, child, verb)
                if (s->tree->nodes[child].rel == REL_OBL && is_actor(s, child))
                        return true;
        return false;
}

static void count(struct misses *m, const struct coding *coding, const struct reading_sentence *sentence,
                  const char *verb)
{
        uint32_t end = sentence->end - sentence->begin > EXAMPLE_MAX ? sentence->begin + EXAMPLE_MAX : sentence->end;

        for (size_t i = 0; i < m->n; i++)
                if (strcmp(m->items[i].verb, verb) == 0) {
                        m->items[i].count++;
                        return;
                }
        if (m->n == VERBS_MAX)
                return;
        m->items[m->n++] = (struct miss){
                .verb = arena_strdup(m->arena, verb), .count = 1,
                .example = arena_strndup(m->arena, coding->reading->text + sentence->begin, end - sentence->begin),
        };
}

void misses_add(struct misses *m, const struct code_state *state, const struct coding *coding)
{
        for (uint32_t k = 0; k < coding->n_sentences; k++) {
                const struct coding_sentence *s = &coding->sentences[k];

                for (int32_t i = 0; i < s->tree->n; i++) {
                        int32_t particle = dep_child(s->tree, i, REL_COMPOUND_PRT);
                        const char *lemma = s->tree->tokens[i].lemma;

                        if (s->tree->nodes[i].upos != UPOS_VERB || !lemma || is_covered(coding, k, i) ||
                            !is_actor(s, clause_subject(s->tree, &state->sets.clause, i)) ||
                            !has_other(s, &state->sets.clause, i))
                                continue;
                        count(m, coding, &coding->reading->sentences[k],
                              particle == DEP_NONE
                                      ? lemma
                                      : arena_printf(coding->arena, "%s %s", lemma, s->tree->tokens[particle].form));
                }
        }
}

static bool is_before(const struct miss *x, const struct miss *y)
{
        return x->count != y->count ? x->count > y->count : strcmp(x->verb, y->verb) < 0;
}

/* By insertion: qsort() of more than a kilobyte asks the system for the size of its memory, which the sandbox forbids.
 * */
static void sort(struct miss *items, size_t n)
{
        for (size_t i = 1; i < n; i++) {
                struct miss item = items[i];
                size_t k = i;

                for (; k > 0 && is_before(&item, &items[k - 1]); k--)
                        items[k] = items[k - 1];
                items[k] = item;
        }
}

void misses_print(const struct misses *m)
{
        sort(m->items, m->n);
        for (size_t i = 0; i < m->n; i++)
                printf("%6u  %-20s  %s\n", m->items[i].count, m->items[i].verb, m->items[i].example);
}
