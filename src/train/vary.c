/* See vary.h. Words are exchanged within a class: the same tags and features, the same case of the first letter, and
 * for verbs the same kinds of dependents. */
#include "train/vary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/chars.h"
#include "modules/read/reading.h"

enum { FORM_MAX = 256 };

struct class {
        const char **forms;     /* one for each time that it occurs */
        size_t n, size;
};

struct vary {
        const struct data_vocabulary *v;
        const struct conllu_sentence **sources;
        size_t n_sources;
        float word_drop;
        struct map numbers;     /* hash of a class to its number */
        struct class *classes;
        size_t n_classes;
        struct arena arena;     /* what the last call made */
};

static bool open_class(const struct conllu_word *w)
{
        return w->upos == UPOS_NOUN || w->upos == UPOS_PROPN || w->upos == UPOS_ADJ || w->upos == UPOS_NUM ||
               w->upos == UPOS_VERB;
}

/* What a verb's dependents are that not every verb has. */
static unsigned frame_of(const struct conllu_sentence *s, size_t word)
{
        static const char *const relations[] = { "obj", "iobj", "ccomp", "xcomp", "aux:pass", "compound:prt" };
        unsigned frame = 0;
        size_t i, k;

        for (i = 0; i < s->n_words; i++)
                for (k = 0; s->words[i].head == (int32_t)word && k < N_ELEMENTS(relations); k++)
                        frame |= (unsigned)(strcmp(s->words[i].deprel, relations[k]) == 0) << k;
        return frame;
}

static uint64_t class_of(const struct conllu_sentence *s, size_t word)
{
        const struct conllu_word *w = &s->words[word];
        char key[512];
        size_t size;
        bool upper = chars_class(chars_decode(w->form, strlen(w->form), &size)) == CHAR_UPPER;
        int n = snprintf(key, sizeof(key), "%u %s %s %d %u", w->upos, w->xpos, w->feats, upper,
                         w->upos == UPOS_VERB ? frame_of(s, word) : 0);

        return map_hash(key, MIN_OF((size_t)n, sizeof(key) - 1));
}

static void remember(struct vary *vary, const struct conllu_sentence *s, size_t word)
{
        uint32_t *at = map_at(&vary->numbers, class_of(s, word), (uint32_t)vary->n_classes);
        struct class *class;

        if (*at == vary->n_classes) {
                vary->classes = map_allocate(vary->classes, vary->n_classes + 1, sizeof(*vary->classes));
                vary->classes[vary->n_classes++] = (struct class){ 0 };
        }
        class = &vary->classes[*at];
        if (class->n == class->size) {
                class->size = class->size == 0 ? 16 : 2 * class->size;
                class->forms = map_allocate(class->forms, class->size, sizeof(*class->forms));
        }
        class->forms[class->n++] = s->words[word].form;
}

struct vary *vary_new(const struct data_vocabulary *v, const struct conllu *corpora, size_t n_corpora, float word_drop)
{
        struct vary *vary = map_allocate(NULL, 1, sizeof(*vary));
        size_t c, s, i;

        *vary = (struct vary){ .v = v, .word_drop = word_drop };
        for (c = 0; c < n_corpora; c++) {
                vary->sources = map_allocate(vary->sources, vary->n_sources + corpora[c].n_sentences,
                                             sizeof(const struct conllu_sentence *));
                for (s = 0; s < corpora[c].n_sentences; s++) {
                        const struct conllu_sentence *sentence = &corpora[c].sentences[s];

                        if (sentence->n_words > NET_LENGTH)
                                continue;
                        vary->sources[vary->n_sources++] = sentence;
                        for (i = 0; i < sentence->n_words; i++)
                                if (open_class(&sentence->words[i]))
                                        remember(vary, sentence, i);
                }
        }
        return vary;
}

void vary_free(struct vary *vary)
{
        size_t i;

        if (vary == NULL)
                return;
        for (i = 0; i < vary->n_classes; i++)
                free(vary->classes[i].forms);
        free(vary->classes);
        free(vary->sources);
        map_deinit(&vary->numbers);
        arena_deinit(&vary->arena);
        free(vary);
}

/* Of two words drawn as they occur, the rarer one: rare words are what more examples are wanted of. */
static const char *draw(const struct vary *vary, const struct conllu_sentence *s, size_t word, struct rng *rng)
{
        uint32_t number = map_get(&vary->numbers, class_of(s, word));
        const struct class *class;
        const char *a, *b;
        struct feature_word fa, fb;

        if (number == MAP_ABSENT)
                return s->words[word].form;
        class = &vary->classes[number];
        a = class->forms[rng_below(rng, class->n)];
        b = class->forms[rng_below(rng, class->n)];
        feature_word(&fa, a, strlen(a), (struct feature_place){ 0 });
        feature_word(&fb, b, strlen(b), (struct feature_place){ 0 });
        return map_get(&vary->v->word_counts, fa.word) <= map_get(&vary->v->word_counts, fb.word) ? a : b;
}

/* The capital of a letter: what has it for its small letter. */
static uint32_t upper(uint32_t cp)
{
        static const uint32_t steps[] = { 32, 1, 80 };
        size_t i;

        for (i = 0; i < N_ELEMENTS(steps); i++)
                if (cp > steps[i] && chars_class(cp - steps[i]) == CHAR_UPPER && chars_lower(cp - steps[i]) == cp)
                        return cp - steps[i];
        return cp;
}

enum casing { LOWER, UPPER, FIRST };

static const char *recase(struct vary *vary, const char *form, enum casing casing)
{
        char out[FORM_MAX];
        size_t n = strlen(form), i = 0, used = 0, size;

        while (i < n && used + 4 < sizeof(out)) {
                uint32_t cp = chars_decode(form + i, n - i, &size);

                if (casing == LOWER)
                        cp = chars_lower(cp);
                else if (casing == UPPER || i == 0)
                        cp = upper(cp);
                used += chars_encode(cp, out + used);
                i += size;
        }
        return arena_strndup(&vary->arena, out, used);
}

/* Straight marks for curly ones and the other way round; which of two curly ones, white space tells. */
static const char *requote(struct vary *vary, const struct conllu_word *w, bool opens, bool curly)
{
        static const char *const curls[] = { "\u201c", "\u201d", "\u2018", "\u2019" };
        char out[FORM_MAX];
        const char *p = w->form;
        size_t used = 0, i;

        if (curly && strcmp(p, "\"") == 0)
                return curls[opens ? 0 : 1];
        if (curly && strcmp(p, "'") == 0)
                return curls[opens ? 2 : 3];
        while (*p != '\0' && used + 4 < sizeof(out)) {
                for (i = 0; !curly && i < 4 && strncmp(p, curls[i], 3) != 0; i++)
                        ;
                if (curly && *p == '\'') {
                        memcpy(out + used, curls[3], 3);
                        used += 3;
                        p++;
                } else if (!curly && i < 4) {
                        out[used++] = i < 2 ? '"' : '\'';
                        p += 3;
                } else {
                        out[used++] = *p++;
                }
        }
        return arena_strndup(&vary->arena, out, used);
}

static bool small_word(const struct conllu_word *w)
{
        return w->upos == UPOS_ADP || w->upos == UPOS_CCONJ || w->upos == UPOS_SCONJ || w->upos == UPOS_DET ||
               w->upos == UPOS_PART || w->upos == UPOS_PUNCT;
}

static void vary_words(struct vary *vary, const struct conllu_sentence *s, struct conllu_word *out, struct rng *rng)
{
        float kind = rng_unit(rng), swap = 0.1f + 0.3f * rng_unit(rng);
        size_t i;

        memcpy(out, s->words, s->n_words * sizeof(*out));
        for (i = 0; i < s->n_words; i++) {
                if (kind < 0.76f) {
                        if (open_class(&out[i]) && rng_unit(rng) < swap)
                                out[i].form = draw(vary, s, i, rng);
                } else if (kind < 0.82f) {
                        out[i].form = recase(vary, out[i].form, UPPER);
                } else if (kind < 0.88f) {
                        if (!small_word(&out[i]) || i == 0)
                                out[i].form = recase(vary, out[i].form, FIRST);
                } else if (kind < 0.94f) {
                        out[i].form = recase(vary, out[i].form, LOWER);
                } else {
                        out[i].form = requote(vary, &out[i], i == 0 || s->words[i - 1].space_after, kind < 0.98f);
                }
        }
}

void vary_make(struct vary *vary, const struct net_sentence *plain, size_t n, float share, uint64_t seed,
               struct net_sentence *out)
{
        struct rng rng = { seed };
        struct conllu_word words[NET_LENGTH];
        size_t i;

        arena_reset(&vary->arena);
        for (i = 0; i < n; i++) {
                struct conllu_sentence s = { .words = words, .n_words = plain[i].n };

                out[i] = plain[i];
                if (i >= vary->n_sources || rng_unit(&rng) >= share)
                        continue;
                vary_words(vary, vary->sources[i], words, &rng);
                out[i].word = arena_alloc(&vary->arena, s.n_words * sizeof(*out[i].word));
                out[i].word_drop = arena_alloc(&vary->arena, s.n_words * sizeof(*out[i].word_drop));
                out[i].n_affix = arena_alloc(&vary->arena, s.n_words * sizeof(*out[i].n_affix));
                out[i].affix = arena_alloc(&vary->arena, s.n_words * sizeof(*out[i].affix));
                data_inputs(vary->v, &out[i], &s, vary->word_drop);
        }
}
