/* See places.h. The event's own phrases first, then those of the verbs above it. */
#include "modules/code/places.h"

#include <string.h>

enum { CLIMB_MAX = 3 };

static bool says_where(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "in", "at", "near", "outside", "inside", "around", "across", "off", NULL };
        int32_t word = dep_case(tree, node);

        for (const char *const *w = words; *w && word != DEP_NONE; w++)
                if (dep_is(tree, word, *w))
                        return true;
        return false;
}

/* The place that a phrase names: its head ("in Cairo"), or what stands in it ("in the port city of Aden"). */
static const struct coding_match *match_in(const struct coding_sentence *s, int32_t node, int depth)
{
        int32_t match = s->match_of[node];

        if (match >= 0 && s->matches[match].entry->kind == DICTIONARY_STATE &&
            s->matches[match].entry->via != DICTIONARY_VIA_DEMONYM &&
            s->matches[match].entry->via != DICTIONARY_VIA_SEAT)
                return &s->matches[match];
        dep_each_child(s->tree, child, node) {
                enum rel rel = (enum rel)s->tree->nodes[child].rel;
                const struct coding_match *found;

                if (depth > 2 || (rel != REL_NMOD && rel != REL_APPOS && rel != REL_NMOD_POSS && rel != REL_FLAT &&
                                  rel != REL_COMPOUND))
                        continue;
                found = match_in(s, child, depth + 1);
                if (found)
                        return found;
        }
        return NULL;
}

const struct coding_place *places_of_event(const struct coding *coding, const struct coding_event *event)
{
        const struct coding_sentence *s = &coding->sentences[event->sentence];
        int32_t at = event->node;

        for (int steps = 0; at != DEP_NONE && steps < CLIMB_MAX; steps++, at = s->tree->nodes[at].head)
                dep_each_child(s->tree, child, at) {
                        enum rel rel = (enum rel)s->tree->nodes[child].rel;
                        const struct coding_match *match;
                        struct coding_place *place;

                        if ((rel != REL_OBL && rel != REL_NMOD) || !says_where(s->tree, child))
                                continue;
                        match = match_in(s, child, 0);
                        if (!match)
                                continue;
                        place = arena_new(coding->arena, struct coding_place);
                        place->span = coding_span_of(s->tree, match->first, match->last - 1);
                        place->name = coding_text(coding, place->span);
                        place->country = arena_strndup(coding->arena, match->entry->code, 3);
                        return place;
                }
        return NULL;
}
