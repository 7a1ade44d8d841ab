/* See matches.h. */
#include "modules/code/matches.h"

#include <stdlib.h>
#include <string.h>

#include "modules/code/setting.h"

/* Days between an entry's time of office and the story's day, 0 inside. */
static int64_t distance(const struct coding *coding, const struct dictionary_entry *entry)
{
        if (!coding->has_day || dictionary_valid(entry, coding->day))
                return 0;
        return coding->day < entry->from ? (int64_t)entry->from - coding->day : (int64_t)coding->day - entry->to;
}

/* `proper`: the text has it as a name. Then "Congress" is the one of the dictionary, else it is any congress. */
static const struct dictionary_entry *choose(const struct coding *coding, const struct phrases_payload *payloads,
                                             bool proper)
{
        const struct dictionary_entry *best = NULL;

        for (const struct phrases_payload *p = payloads; p; p = p->next) {
                const struct dictionary_entry *entry = &coding->dictionary->entries[p->payload];
                bool role = entry->kind == DICTIONARY_AGENT, best_role = best && best->kind == DICTIONARY_AGENT;

                if (entry->kind == DICTIONARY_DISCARD || (best && role != best_role && role == proper))
                        continue;
                /* The first of a file comes last in the chain: at equal distance it wins, a later office without
                 * dates. */
                if (!best || (role != best_role && role != proper) ||
                    distance(coding, entry) < distance(coding, best) ||
                    (distance(coding, entry) == distance(coding, best) &&
                     (coding->has_day ? true : entry->from <= best->from)))
                        best = entry;
        }
        return best;
}

const struct dictionary_entry *matches_choose(const struct coding *coding, const struct phrases_payload *payloads)
{
        return choose(coding, payloads, true);
}

bool matches_is_open(const struct coding *coding, const struct coding_match *match)
{
        if (match->entry->kind != DICTIONARY_ORGANISATION && match->entry->kind != DICTIONARY_PERSON)
                return false;
        for (const struct phrases_payload *p = match->all; p; p = p->next) {
                const struct dictionary_entry *entry = &coding->dictionary->entries[p->payload];

                if (entry->kind == match->entry->kind && strncmp(entry->code, match->entry->code, 3) != 0 &&
                    distance(coding, entry) == distance(coding, match->entry))
                        return true;
        }
        return false;
}

/* "Peru's Congress", "the Italian Senate": the country that the phrase names, NULL. */
static const char *own_country(const struct coding_sentence *s, const struct coding_match *match)
{
        dep_each_child(s->tree, child, match->head) {
                enum rel rel = (enum rel)s->tree->nodes[child].rel;
                int32_t other = s->match_of[child];

                if ((rel == REL_NMOD_POSS || rel == REL_AMOD || rel == REL_COMPOUND || rel == REL_NMOD) && other >= 0 &&
                    &s->matches[other] != match && s->matches[other].entry->kind == DICTIONARY_STATE)
                        return s->matches[other].entry->code;
        }
        return NULL;
}

/* Of a country that no entry has, it is a role there: "Ghana's Congress". */
static const struct dictionary_entry *settled(const struct coding *coding, const struct coding_match *match,
                                              const char *own)
{
        const struct dictionary_entry *best = own ? NULL : match->entry, *role = NULL;
        unsigned most = 0;

        for (const struct phrases_payload *p = match->all; p; p = p->next) {
                const struct dictionary_entry *entry = &coding->dictionary->entries[p->payload];
                unsigned weight = setting_weight(coding, entry->code);

                if (entry->kind == DICTIONARY_AGENT)
                        role = entry;
                if (entry->kind != match->entry->kind || distance(coding, entry) != distance(coding, match->entry))
                        continue;
                if (own ? strncmp(entry->code, own, 3) == 0 : weight > 0 && weight >= most) {
                        most = weight;
                        best = entry;
                }
        }
        return best ? best : role ? role : match->entry;
}

void matches_settle(struct coding *coding, struct coding_sentence *sentence)
{
        for (size_t i = 0; i < sentence->n_matches; i++)
                if (matches_is_open(coding, &sentence->matches[i]))
                        sentence->matches[i].entry = settled(coding, &sentence->matches[i],
                                                             own_country(sentence, &sentence->matches[i]));
}

static int32_t depth_of(const struct dep_tree *tree, int32_t node)
{
        int32_t depth = 0;

        while ((node = tree->nodes[node].head) != DEP_NONE)
                depth++;
        return depth;
}

/* The token of [first, last) that stands highest in the tree, the last of several. */
static int32_t head_of(const struct dep_tree *tree, int32_t first, int32_t last)
{
        int32_t best = last - 1, best_depth = INT32_MAX;

        for (int32_t i = first; i < last; i++) {
                int32_t head = tree->nodes[i].head, depth;

                if ((head >= first && head < last) || tree->nodes[i].upos == UPOS_PUNCT ||
                    tree->nodes[i].rel == REL_CASE)
                        continue;
                depth = depth_of(tree, i);
                if (depth <= best_depth) {
                        best_depth = depth;
                        best = i;
                }
        }
        return best;
}

void matches_find(struct coding *coding, struct coding_sentence *sentence)
{
        const struct dep_tree *tree = sentence->tree;
        size_t n = (size_t)tree->n, n_atoms, length;
        struct phrases_atom *atoms = arena_alloc(coding->arena, (n * 4 + 1) * sizeof *atoms);

        /* Room for one at each token: locate.c adds to them. */
        sentence->matches = arena_array(coding->arena, struct coding_match, n + 1);
        sentence->match_of = arena_array(coding->arena, int32_t, n + 1);
        for (size_t i = 0; i <= n; i++)
                sentence->match_of[i] = -1;
        n_atoms = phrases_atomise(coding->dictionary->phrases, tree->tokens, 0, n, atoms);
        for (size_t i = 0; i < n_atoms;) {
                const struct phrases_payload *found =
                        phrases_find(coding->dictionary->phrases, &atoms[i], n_atoms - i, &length);
                struct coding_match *match = &sentence->matches[sentence->n_matches];
                const struct dictionary_entry *entry;

                if (!found) {
                        i++;
                        continue;
                }
                entry = choose(coding, found, tree->nodes[atoms[i].token].upos == UPOS_PROPN);
                if (entry) {
                        *match = (struct coding_match){
                                .first = (int32_t)atoms[i].token, .last = (int32_t)atoms[i + length - 1].token + 1,
                                .entry = entry, .all = found,
                        };
                        match->head = head_of(tree, match->first, match->last);
                        for (int32_t t = match->first; t < match->last; t++)
                                sentence->match_of[t] = (int32_t)sentence->n_matches;
                        sentence->n_matches++;
                }
                i += length;
        }
}

const struct dictionary_entry *matches_surname(const struct coding *coding, const struct reading_token *token)
{
        const struct dictionary_entry *best = NULL;
        struct phrases_atom atoms[4];
        size_t length, n = phrases_atomise(coding->dictionary->surnames, token, 0, 1, atoms);
        const struct phrases_payload *p = n > 0 ? phrases_find(coding->dictionary->surnames, atoms, n, &length) : NULL;

        if (!p || length < n)
                return NULL;
        for (; p; p = p->next) {
                const struct dictionary_entry *entry = &coding->dictionary->entries[p->payload];

                if (setting_weight(coding, entry->code) == 0 || distance(coding, entry) > 0)
                        continue;
                if (best && strcmp(best->name, entry->name) != 0)
                        return NULL;    /* which of them? */
                best = entry;
        }
        return best;
}
