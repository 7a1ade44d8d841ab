/* See locate.h. A place that was accepted once in a story is one at its other mentions too. */
#include "modules/code/locate.h"

#include <string.h>
#include <strings.h>

#include "modules/code/coreference.h"
#include "modules/code/gazetteer.h"
#include "modules/code/setting.h"

enum {
        WORDS_MAX = 5,
        KNOWN_MAX = 64,
        PEOPLE_KNOWN = 100000, /* a place of this size may be meant without more */
        PEOPLE_TIMES = 10,     /* how much larger than its namesakes a place must be to be meant without more */
};

struct work {
        struct coding *coding;
        struct coding_sentence *s;
        const struct dep_tree *tree;
        const char *known[KNOWN_MAX];   /* keys that were accepted */
        size_t n_known, n_found;
};

static bool is_one_of(const struct dep_tree *tree, int32_t node, const char *const *list)
{
        for (; *list && node != DEP_NONE; list++)
                if (dep_is(tree, node, *list))
                        return true;
        return false;
}

static bool is_capitalised(const char *form)
{
        return (form[0] >= 'A' && form[0] <= 'Z') || (unsigned char)form[0] >= 0xC3;
}

/* Words of a name; "de" and "al" within it are none themselves. */
static bool may_begin(const struct work *w, int32_t at)
{
        return w->tree->nodes[at].upos == UPOS_PROPN && w->s->match_of[at] < 0 &&
               is_capitalised(w->tree->tokens[at].form) && !coreference_is_honorific(w->tree->tokens[at].form);
}

static int32_t highest(const struct dep_tree *tree, int32_t first, int32_t last)
{
        for (int32_t i = last - 1; i >= first; i--)
                if (tree->nodes[i].head < first || tree->nodes[i].head >= last)
                        return i;
        return last - 1;
}

static bool is_role(const struct work *w, int32_t node)
{
        int32_t match = node == DEP_NONE ? -1 : w->s->match_of[node];

        return match >= 0 && w->s->matches[match].entry->kind == DICTIONARY_AGENT;
}

/* A proper noun beside the name that belongs to it: "Jackson" in "Andrew Jackson". */
static bool is_part_of_name(const struct work *w, int32_t first, int32_t last)
{
        const struct dep_tree *tree = w->tree;
        const int32_t beside[] = { first - 1, last };

        for (int i = 0; i < 2; i++) {
                int32_t at = beside[i], head = highest(tree, first, last);

                if (at < 0 || at >= tree->n || tree->nodes[at].upos != UPOS_PROPN || is_role(w, at) ||
                    (i == 0 && w->s->match_of[at] >= 0 &&
                     w->s->matches[w->s->match_of[at]].entry->kind == DICTIONARY_STATE))
                        continue;
                if (tree->nodes[at].head == head || tree->nodes[head].head == at ||
                    (tree->nodes[head].rel == REL_FLAT && tree->nodes[at].head == tree->nodes[head].head))
                        return true;
        }
        return false;
}

/* The country and division that stand behind a name: "Paris, Texas", "Springfield (Ill.)". False where none does. */
static bool named_behind(const struct work *w, int32_t last, char country[4], char region[4])
{
        struct gazetteer_place places[GAZETTEER_SAME_MAX];
        char key[GAZETTEER_KEY_MAX] = "";
        const char *comma = last < w->tree->n ? w->tree->tokens[last].form : "";
        int32_t at = last + 1, end = at + 1;
        int32_t match;

        if ((strcmp(comma, ",") != 0 && strcmp(comma, "(") != 0) || at >= w->tree->n)
                return false;
        match = w->s->match_of[at];
        if (match >= 0) {
                const struct dictionary_entry *entry = w->s->matches[match].entry;

                if (entry->kind != DICTIONARY_STATE || entry->via == DICTIONARY_VIA_DEMONYM ||
                    entry->via == DICTIONARY_VIA_SEAT)
                        return false;
                end = w->s->matches[match].last;
                memcpy(country, entry->code, 3);
                region[0] = '\0';
        } else if (w->tree->nodes[at].upos != UPOS_PROPN) {
                return false;
        }
        for (int32_t i = at; i < end; i++)
                if (!gazetteer_key(w->tree->tokens[i].form, strlen(w->tree->tokens[i].form), key))
                        return false;
        for (size_t i = 0, n = gazetteer_find(w->coding->gazetteer, key, places); i < n; i++)
                if (places[i].kind == GAZETTEER_REGION) {
                        memcpy(country, places[i].country, 4);
                        memcpy(region, places[i].region, 4);
                        return true;
                }
        return match >= 0;
}

static bool is_known(const struct work *w, const char *key)
{
        for (size_t i = 0; i < w->n_known; i++)
                if (strcmp(w->known[i], key) == 0)
                        return true;
        return false;
}

/* Does the text use the name as a place's? `sure` is set where it can be nothing else. */
static bool is_used_as_place(const struct work *w, int32_t first, int32_t last, bool *sure)
{
        static const char *const where[] = { "in",     "at",         "near", "outside", "inside", "around",
                                             "across", "throughout", "off",  "into",    NULL };
        static const char *const ways[] = { "to", "from", "toward", "towards", "through", "via", NULL };
        static const char *const kinds[] = { "city",    "town",      "village",  "port",         "suburb",
                                             "capital", "district",  "province", "state",        "region",
                                             "county",  "outskirts", "streets",  "area",         "neighborhood",
                                             "airport", "resident",  "home",     "municipality", NULL };
        const struct dep_tree *tree = w->tree;
        int32_t head = highest(tree, first, last), above = tree->nodes[head].head, word = dep_case(tree, head);
        enum rel rel = (enum rel)tree->nodes[head].rel;

        *sure = is_one_of(tree, word, where);
        if (*sure && (rel == REL_OBL || rel == REL_NMOD))
                return true;
        *sure = false;
        if (rel == REL_COMPOUND || rel == REL_NMOD_POSS || rel == REL_AMOD || rel == REL_APPOS ||
            (rel == REL_NMOD && (word == DEP_NONE || dep_is(tree, word, "of"))))
                return above >= 0 && (is_role(w, above) || is_one_of(tree, above, kinds)) &&
                       !(is_role(w, above) && above < first && word == DEP_NONE);      /* "Senator Jackson" */
        return (rel == REL_OBL || rel == REL_NMOD) && is_one_of(tree, word, ways);
}

/* The place that something speaks for, and what; NULL. */
static const struct gazetteer_place *choose(const struct work *w, struct gazetteer_place *places, size_t n,
                                            int32_t last, bool sure, const char **why)
{
        const struct gazetteer_place *best = NULL, *largest = NULL, *second = NULL;
        char country[4] = "", region[4] = "";
        unsigned weight = 0;

        if (named_behind(w, last, country, region)) {
                for (size_t i = 0; i < n; i++)
                        if (strcmp(places[i].country, country) == 0 &&
                            (!region[0] || strcmp(places[i].region, region) == 0)) {
                                *why = region[0] ? "its state or province stands behind it"
                                                 : "its country stands behind it";
                                return &places[i];
                        }
        }
        for (size_t i = 0; i < n; i++) {
                unsigned votes = setting_weight(w->coding, places[i].country);

                if (votes > weight) {
                        weight = votes;
                        best = &places[i];
                }
                if (!largest)
                        largest = &places[i];
                else if (!second)
                        second = &places[i];
        }
        if (best) {
                *why = "a country that the story names has a place of that name";
                return best;
        }
        if (largest && largest->people >= PEOPLE_KNOWN &&
            (!second || largest->people / PEOPLE_TIMES >= second->people)) {
                *why = second ? "far the largest of that name" : "the only large place of that name";
                return largest;
        }
        if (largest && !second && sure) {
                *why = "the only place of that name";
                return largest;
        }
        return NULL;
}

static void add_match(struct work *w, int32_t first, int32_t last, const struct gazetteer_place *place, const char *why)
{
        struct dictionary_entry *entry = arena_new(w->coding->arena, struct dictionary_entry);
        struct coding_match *match = &w->s->matches[w->s->n_matches];
        struct gazetteer_place *kept = arena_new(w->coding->arena, struct gazetteer_place);

        *kept = *place;
        *entry = (struct dictionary_entry){
                .kind = DICTIONARY_STATE, .via = DICTIONARY_VIA_PLACE,
                .name = arena_strndup(w->coding->arena, place->name, place->n_name),
                .code = arena_strdup(w->coding->arena, place->country),
                .from = DICTIONARY_FROM_ALWAYS, .to = DICTIONARY_TO_ALWAYS, .file = "gazetteer.tab",
        };
        *match = (struct coding_match){ .first = first,
                                        .last = last,
                                        .head = highest(w->tree, first, last),
                                        .entry = entry,
                                        .place = kept,
                                        .why = why };
        for (int32_t i = first; i < last; i++)
                w->s->match_of[i] = (int32_t)w->s->n_matches;
        w->s->n_matches++;
        w->n_found++;
}

/* Tries the names that begin at a token, the longest first. The tokens that were taken, 0. */
static int32_t try_at(struct work *w, int32_t at)
{
        struct gazetteer_place places[GAZETTEER_SAME_MAX];
        char keys[WORDS_MAX][GAZETTEER_KEY_MAX];
        int32_t n = 0;

        for (; n < WORDS_MAX && at + n < w->tree->n; n++) {
                const char *form = w->tree->tokens[at + n].form;

                if (w->s->match_of[at + n] >= 0 || w->tree->nodes[at + n].upos == UPOS_PUNCT)
                        break;
                memcpy(keys[n], n ? keys[n - 1] : "", n ? GAZETTEER_KEY_MAX : 1);
                if (!gazetteer_key(form, strlen(form), keys[n]))
                        break;
        }
        for (; n > 0; n--) {
                const struct gazetteer_place *place;
                const char *why, *key = keys[n - 1];
                bool sure = false, known, behind;
                char country[4] = "", region[4] = "";
                size_t found;

                if (!is_capitalised(w->tree->tokens[at + n - 1].form))
                        continue;
                found = gazetteer_find(w->coding->gazetteer, key, places);
                /* Abbreviations of states stand behind a place, and never alone. */
                while (found > 0 && places[found - 1].kind == GAZETTEER_REGION && strlen(key) < 5)
                        found--;
                if (found == 0)
                        continue;
                behind = named_behind(w, at + n, country, region);
                known = is_known(w, key);
                if (is_part_of_name(w, at, at + n) || (!is_used_as_place(w, at, at + n, &sure) && !known && !behind))
                        continue;
                place = choose(w, places, found, at + n, sure || known, &why);
                if (!place)
                        continue;
                if (!known && w->n_known < KNOWN_MAX)
                        w->known[w->n_known++] = arena_strdup(w->coding->arena, key);
                add_match(w, at, at + n, place, why);
                return n;
        }
        return 0;
}

/* "Paris, Texas": the dictionary means another one. */
static void correct(struct work *w, struct coding_match *match)
{
        struct gazetteer_place places[GAZETTEER_SAME_MAX];
        char key[GAZETTEER_KEY_MAX] = "", country[4] = "", region[4] = "";

        if (match->entry->kind != DICTIONARY_STATE ||
            (match->entry->via != DICTIONARY_VIA_CAPITAL && match->entry->via != DICTIONARY_VIA_PLACE) ||
            !named_behind(w, match->last, country, region))
                return;
        for (int32_t i = match->first; i < match->last; i++)
                if (!gazetteer_key(w->tree->tokens[i].form, strlen(w->tree->tokens[i].form), key))
                        return;
        for (size_t i = 0, n = gazetteer_find(w->coding->gazetteer, key, places); i < n; i++)
                if (strcmp(places[i].country, country) == 0 && (!region[0] || strcmp(places[i].region, region) == 0)) {
                        struct coding_match old = *match;

                        if (strncmp(old.entry->code, country, 3) == 0 && !region[0])
                                return;
                        w->s->n_matches--;
                        if (match != &w->s->matches[w->s->n_matches]) {        /* the last one fills the gap */
                                *match = w->s->matches[w->s->n_matches];
                                for (int32_t t = match->first; t < match->last; t++)
                                        w->s->match_of[t] = (int32_t)(match - w->s->matches);
                        }
                        add_match(w, old.first, old.last, &places[i],
                                  region[0] ? "its state or province stands behind it"
                                            : "its country stands behind it");
                        return;
                }
}

bool locate_find(struct coding *coding)
{
        struct work w = { .coding = coding };

        if (!coding->gazetteer)
                return false;
        for (size_t i = 0; i < coding->n_sentences; i++) {
                w.s = &coding->sentences[i];
                w.tree = w.s->tree;
                for (int32_t at = 0; at < w.tree->n;) {
                        int32_t taken = 0;

                        if (may_begin(&w, at))
                                taken = try_at(&w, at);
                        else if (w.s->match_of[at] >= 0 && w.s->matches[w.s->match_of[at]].first == at)
                                correct(&w, &w.s->matches[w.s->match_of[at]]);
                        at += taken ? taken : 1;
                }
        }
        return w.n_found > 0;
}
