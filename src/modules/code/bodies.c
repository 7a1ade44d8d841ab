/* See bodies.h. */
#include "modules/code/bodies.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/code/actors.h"

enum { NAME_MAX_BYTES = 80 };

bool bodies_is_voice(const struct dep_tree *tree, int32_t node)
{
        const char *lemma = tree->tokens[node].lemma;

        if (!lemma || strncasecmp(lemma, "spokes", 6) != 0)
                return false;
        dep_each_child(tree, child, node)
                if (child > node && tree->nodes[child].upos == UPOS_PROPN && actors_is_core(tree, child))
                        return false;
        return true;
}

/* The words [first, last] with a capital each, behind what `out` holds. False where they do not fit. */
static bool add_words(const struct dep_tree *tree, int32_t first, int32_t last, char out[NAME_MAX_BYTES])
{
        for (int32_t i = first; i <= last; i++) {
                const char *form = tree->tokens[i].form;
                size_t n = strlen(out), length = strlen(form);
                bool small = strcmp(form, "and") == 0 || strcmp(form, "of") == 0 || strcmp(form, "the") == 0;

                if (n + length + 2 > NAME_MAX_BYTES)
                        return false;
                if (n > 0 && form[0] != ',')
                        out[n++] = ' ';
                memcpy(out + n, form, length + 1);
                if (!small)
                        out[n] = (char)toupper((unsigned char)form[0]);
        }
        return true;
}

static bool is_of_country(const struct coding_sentence *s, int32_t node)
{
        int32_t match = s->match_of[node];

        return match >= 0 && s->matches[match].entry->kind == DICTIONARY_STATE;
}

/* "of Internal Affairs": the words behind the preposition, without an article. */
static bool words_behind(const struct coding_sentence *s, int32_t node, int32_t *first, int32_t *last)
{
        const struct dep_tree *tree = s->tree;

        dep_each_child(tree, child, node) {
                if (child < node || tree->nodes[child].rel != REL_NMOD || is_of_country(s, child) ||
                    !dep_is(tree, dep_case(tree, child), "of"))
                        continue;
                actors_core(tree, child, first, last);
                dep_each_child(tree, other, child)      /* "Education and Science" */
                        if (tree->nodes[other].rel == REL_CONJ && other == *last + 2)
                                *last = other;
                while (*first < *last && tree->nodes[*first].rel == REL_DET)
                        (*first)++;
                return true;
        }
        return false;
}

/* "Digital Transformation" before "Ministry". */
static bool words_before(const struct coding_sentence *s, int32_t node, int32_t *first, int32_t *last)
{
        const struct dep_tree *tree = s->tree;

        *first = node;
        *last = node - 1;
        while (*first > 0) {
                int32_t word = *first - 1;
                enum rel rel = (enum rel)tree->nodes[word].rel;

                if ((rel != REL_AMOD && rel != REL_COMPOUND && rel != REL_FLAT && rel != REL_CC && rel != REL_CONJ) ||
                    !dep_below(tree, word, node) || is_of_country(s, word))
                        break;
                *first = word;
        }
        while (*first <= *last && tree->nodes[*first].rel == REL_CC)
                (*first)++;
        return *first <= *last;
}

/* A ministry that no row names. */
static const char *from_words(const struct coding *coding, const struct coding_sentence *s, int32_t node)
{
        char out[NAME_MAX_BYTES] = "";
        int32_t first, last;

        if (!s->tree->tokens[node].lemma || strcasecmp(s->tree->tokens[node].lemma, "ministry") != 0)
                return NULL;
        if ((!words_before(s, node, &first, &last) && !words_behind(s, node, &first, &last)) ||
            !add_words(s->tree, first, last, out))
                return NULL;
        return arena_printf(coding->arena, "%s Ministry", out);
}

const char *bodies_base(const struct coding *coding, const struct coding_sentence *s, int32_t node)
{
        int32_t match = s->match_of[node];

        if (match >= 0 && s->matches[match].entry->kind == DICTIONARY_AGENT && s->matches[match].entry->title)
                return s->matches[match].entry->title;
        return from_words(coding, s, node);
}

const char *bodies_name(const struct coding *coding, const struct coding_sentence *s, int32_t node, const char *code)
{
        const char *base = bodies_base(coding, s, node);
        const char *country = base ? dictionary_state_name(coding->dictionary, code) : NULL;

        return country ? arena_printf(coding->arena, "%s %s", country, base) : base;
}

const char *bodies_of_voice(const struct coding *coding, const struct coding_sentence *s, int32_t node,
                            const char *code)
{
        const struct coding_actor *owner;

        dep_each_child(s->tree, child, node) {
                const char *name = actors_is_core(s->tree, child) ? bodies_name(coding, s, child, code) : NULL;

                if (name)
                        return name;
        }
        dep_each_child(s->tree, child, node)
                if (actors_is_core(s->tree, child) && is_of_country(s, child) &&
                    s->matches[s->match_of[child]].entry->via == DICTIONARY_VIA_SEAT)
                        return s->matches[s->match_of[child]].entry->name;
        owner = actors_at(s, dep_child(s->tree, node, REL_NMOD_POSS));
        return owner && !(owner->entity && owner->entity->person) ? owner->name : NULL;
}
