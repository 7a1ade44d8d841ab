/* See places.h. The event's own phrases first, then those of the verbs above it, then the dateline where that is
 * justified. */
#include "modules/code/places.h"

#include <string.h>

#include "modules/code/gazetteer.h"

enum {
        CLIMB_MAX = 3,
        FIRST_TOKENS = 16,      /* the first sentence may stand behind the opening line */
        LATELY = 2,             /* days */
};

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

static void set_position(struct coding_place *place, const struct gazetteer_place *found)
{
        place->has_position = true;
        place->latitude = found->latitude;
        place->longitude = found->longitude;
        place->kind = gazetteer_kind_name(found->kind);
}

/* The dictionary's place in the gazetteer: of its country, by its name. */
static void look_up(const struct coding *coding, const struct coding_match *match, struct coding_place *place)
{
        struct gazetteer_place found[GAZETTEER_SAME_MAX];
        char key[GAZETTEER_KEY_MAX] = "";
        size_t n = 0;

        if (match->entry->via == DICTIONARY_VIA_NAME) {
                if (gazetteer_country(coding->gazetteer, place->country, false, &found[0]))
                        set_position(place, &found[0]);
                return;
        }
        if (gazetteer_key(place->name, strlen(place->name), key))
                n = gazetteer_find(coding->gazetteer, key, found);
        for (size_t i = 0; i < n; i++)
                if (strcmp(found[i].country, place->country) == 0) {
                        set_position(place, &found[i]);
                        return;
                }
        /* A capital by another name: "Kiev", "Rangoon". */
        if (match->entry->via == DICTIONARY_VIA_CAPITAL &&
            gazetteer_country(coding->gazetteer, place->country, true, &found[0]))
                set_position(place, &found[0]);
}

static const struct coding_place *place_of(const struct coding *coding, const struct coding_sentence *s,
                                           const struct coding_match *match)
{
        struct coding_place *place = arena_new(coding->arena, struct coding_place);

        place->span = coding_span_of(s->tree, match->first, match->last - 1);
        place->name = coding_text(coding, place->span);
        place->country = arena_strndup(coding->arena, match->entry->code, 3);
        place->rule = match->place ? arena_printf(coding->arena, "said with the act; %s", match->why)
                                   : "said with the act; the dictionary's place";
        if (match->place)
                set_position(place, match->place);
        else
                look_up(coding, match, place);
        return place;
}

/* A phrase below a node that says where: "in Goma". */
static const struct coding_match *phrase_below(const struct coding_sentence *s, int32_t node)
{
        dep_each_child(s->tree, child, node) {
                enum rel rel = (enum rel)s->tree->nodes[child].rel;
                const struct coding_match *match;

                if ((rel != REL_OBL && rel != REL_NMOD) || !says_where(s->tree, child))
                        continue;
                match = match_in(s, child, 0);
                if (match)
                        return match;
        }
        return NULL;
}

/* The phrase may hang on what the act is done to: "killed five people in Goma". */
static const struct coding_match *phrase_of_object(const struct coding_sentence *s, int32_t node)
{
        dep_each_child(s->tree, child, node) {
                enum rel rel = (enum rel)s->tree->nodes[child].rel;
                const struct coding_match *match = NULL;

                if (rel == REL_OBJ || rel == REL_NSUBJ_PASS || rel == REL_OBL || rel == REL_NMOD)
                        match = phrase_below(s, child);
                if (match)
                        return match;
        }
        return NULL;
}

static bool all_of(const struct coding *coding, struct coding_actor *const *actors, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (actors[i]->code[0] != '-' && strncmp(actors[i]->code, coding->country, 3) != 0)
                        return false;
        return true;
}

/* The dateline says where the reporter sits. What the first sentence tells as done lately, by and to people of that
 * country alone, is taken to have happened there; nothing else is. */
static const struct coding_place *of_dateline(const struct coding *coding, const struct coding_event *event)
{
        const struct coding_sentence *s = &coding->sentences[event->sentence];
        struct gazetteer_place found[GAZETTEER_SAME_MAX];
        char key[GAZETTEER_KEY_MAX] = "";
        struct coding_place *place;
        size_t n;

        if (!coding->story->dateline.place || !coding->country[0] ||
            coding->reading->sentences[event->sentence].paragraph > 1 || s->tree->first > FIRST_TOKENS ||
            event->status != STATUS_HAPPENED || event->n_source == 0 ||
            (event->when && (!coding->has_day || event->when->end < coding->day - LATELY)) ||
            !all_of(coding, event->source, event->n_source) || !all_of(coding, event->target, event->n_target))
                return NULL;
        place = arena_new(coding->arena, struct coding_place);
        place->name = arena_strndup(coding->arena, coding->story->dateline.place,
                                    strcspn(coding->story->dateline.place, "/"));
        place->country = coding->country;
        place->rule = "the dateline's: the first sentence tells what was done lately within its country";
        if (!gazetteer_key(place->name, strlen(place->name), key))
                return NULL;
        n = gazetteer_find(coding->gazetteer, key, found);
        for (size_t i = 0; i < n; i++)
                if (strcmp(found[i].country, place->country) == 0) {
                        set_position(place, &found[i]);
                        break;
                }
        return place;
}

const struct coding_place *places_of_event(const struct coding *coding, const struct coding_event *event)
{
        const struct coding_sentence *s = &coding->sentences[event->sentence];
        const struct coding_match *match;
        int32_t at = event->node;
        bool beside = false;

        for (int steps = 0; at != DEP_NONE && steps < CLIMB_MAX; steps++, at = s->tree->nodes[at].head) {
                match = phrase_below(s, at);
                if (!match && (steps == 0 || beside))
                        match = phrase_of_object(s, at);
                if (match)
                        return place_of(coding, s, match);
                /* "shelled a hospital in Kharkiv, killing three" */
                beside = s->tree->nodes[at].rel == REL_ADVCL && dep_child(s->tree, at, REL_MARK) == DEP_NONE;
        }
        return of_dateline(coding, event);
}
