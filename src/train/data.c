/* See data.h. */
#include "train/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/reading.h"
#include "modules/read/sentence.h"

/* The features of a sentence's words, made exactly as the reader makes them. */
static void make_features(const struct conllu_sentence *sentence, struct feature_word *out)
{
        bool lower = false;
        size_t i;

        for (i = 0; i < sentence->n_words && !lower; i++)
                lower = feature_has_lower(sentence->words[i].form, strlen(sentence->words[i].form));
        for (i = 0; i < sentence->n_words; i++) {
                const struct conllu_word *w = &sentence->words[i];

                feature_word(&out[i], w->form, strlen(w->form), (struct feature_place){
                        .first = i == 0,
                        .capitals = !lower,
                        .space_before = i == 0 || sentence->words[i - 1].space_after,
                        .space_after = w->space_after,
                });
        }
}

static void count(struct data_vocabulary *v, struct map *affixes, const struct conllu_sentence *s, struct map *triples)
{
        struct feature_word *f = map_allocate(NULL, s->n_words, sizeof(*f));
        size_t i, j;

        make_features(s, f);
        for (i = 0; i < s->n_words; i++) {
                const struct conllu_word *w = &s->words[i];
                struct data_triple t;
                uint32_t *at;

                ++*map_at(&v->word_counts, f[i].word, 0);
                for (j = 0; j < f[i].n; j++)
                        ++*map_at(affixes, f[i].affix[j], 0);
                names_add(&v->labels, w->deprel);
                t.upos = w->upos == UPOS_NONE ? (uint16_t)(UPOS_X - 1) : (uint16_t)(w->upos - 1);
                t.xpos = (uint16_t)names_add(&v->xpos, w->xpos);
                t.feats = (uint16_t)names_add(&v->feats, w->feats);
                at = map_at(triples, map_hash(&t, sizeof(t)), (uint32_t)v->n_triples);
                if (*at == v->n_triples) {
                        v->triples = map_allocate(v->triples, v->n_triples + 1, sizeof(t));
                        v->triples[v->n_triples++] = t;
                }
        }
        free(f);
}

static int by_key(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

/* Numbers the keys that are frequent enough, in the order of the keys. */
static uint32_t number(struct map *out, const struct map *counts, uint32_t least, uint32_t first)
{
        uint64_t *keys = map_allocate(NULL, counts->n, sizeof(*keys));
        size_t n = 0, i;

        for (i = 0; i < counts->size; i++)
                if (counts->keys[i] != 0 && counts->values[i] >= least)
                        keys[n++] = counts->keys[i];
        qsort(keys, n, sizeof(*keys), by_key);
        for (i = 0; i < n; i++)
                *map_at(out, keys[i], 0) = first + (uint32_t)i;
        free(keys);
        return first + (uint32_t)n;
}

void data_learn(struct data_vocabulary *v, const struct conllu *corpora, size_t n)
{
        struct map affixes = MAP_NULL, triples = MAP_NULL;
        size_t c, s;

        *v = (struct data_vocabulary){ 0 };
        for (c = 0; c < n; c++)
                for (s = 0; s < corpora[c].n_sentences; s++)
                        count(v, &affixes, &corpora[c].sentences[s], &triples);
        v->n_words = number(&v->words, &v->word_counts, DATA_WORD_MIN, 1);
        v->n_affixes = number(&v->affixes, &affixes, DATA_AFFIX_MIN, 0);
        v->fingerprint = (uint64_t)v->n_words << 40 ^ (uint64_t)v->n_affixes << 20 ^ v->labels.n << 12 ^
                         v->feats.n << 6 ^ v->n_triples;
        map_deinit(&affixes);
        map_deinit(&triples);
}

void data_deinit(struct data_vocabulary *v)
{
        map_deinit(&v->words);
        map_deinit(&v->affixes);
        map_deinit(&v->word_counts);
        names_deinit(&v->xpos);
        names_deinit(&v->feats);
        names_deinit(&v->labels);
        free(v->triples);
        *v = (struct data_vocabulary){ 0 };
}

static uint16_t known(const struct names *names, const char *name)
{
        uint32_t id = names_find(names, name);

        return id == MAP_ABSENT ? 0 : (uint16_t)id;
}

void data_inputs(const struct data_vocabulary *v, struct net_sentence *out, const struct conllu_sentence *s,
                 float word_drop)
{
        struct feature_word *features = map_allocate(NULL, s->n_words, sizeof(*features));
        size_t i, j;

        make_features(s, features);
        for (i = 0; i < s->n_words; i++) {
                const struct feature_word *f = &features[i];
                uint32_t row = map_get(&v->words, f->word), seen = map_get(&v->word_counts, f->word);

                out->word[i] = row == MAP_ABSENT ? 0 : row;
                out->word_drop[i] = seen == MAP_ABSENT ? 0 : word_drop / (word_drop + (float)seen);
                out->n_affix[i] = 0;
                for (j = 0; j < f->n; j++) {
                        row = map_get(&v->affixes, f->affix[j]);
                        if (row != MAP_ABSENT)
                                out->affix[i][out->n_affix[i]++] = row;
                }
        }
        free(features);
}

static void fill(const struct data_vocabulary *v, struct net_sentence *out, const struct conllu_sentence *s,
                 float word_drop)
{
        size_t n = s->n_words, i;

        *out = (struct net_sentence){
                .n = (uint32_t)n,
                .word = map_allocate(NULL, n, sizeof(*out->word)),
                .n_affix = map_allocate(NULL, n, sizeof(*out->n_affix)),
                .affix = map_allocate(NULL, n, sizeof(*out->affix)),
                .upos = map_allocate(NULL, n, sizeof(*out->upos)),
                .xpos = map_allocate(NULL, n, sizeof(*out->xpos)),
                .feats = map_allocate(NULL, n, sizeof(*out->feats)),
                .label = map_allocate(NULL, n, sizeof(*out->label)),
                .head = map_allocate(NULL, n, sizeof(*out->head)),
                .word_drop = map_allocate(NULL, n, sizeof(*out->word_drop)),
        };
        data_inputs(v, out, s, word_drop);
        for (i = 0; i < n; i++) {
                const struct conllu_word *w = &s->words[i];

                out->upos[i] = w->upos == UPOS_NONE ? (uint16_t)(UPOS_X - 1) : (uint16_t)(w->upos - 1);
                out->xpos[i] = known(&v->xpos, w->xpos);
                out->feats[i] = known(&v->feats, w->feats);
                out->label[i] = known(&v->labels, w->deprel);
                out->head[i] = w->head < -1 ? -1 : w->head;
        }
}

struct net_sentence *data_numbers(const struct data_vocabulary *v, const struct conllu *corpora, size_t n_corpora,
                                  float word_drop, size_t *n)
{
        struct net_sentence *out = NULL;
        size_t c, s;

        *n = 0;
        for (c = 0; c < n_corpora; c++) {
                out = map_allocate(out, *n + corpora[c].n_sentences, sizeof(*out));
                for (s = 0; s < corpora[c].n_sentences; s++)
                        if (corpora[c].sentences[s].n_words <= NET_LENGTH)
                                fill(v, &out[(*n)++], &corpora[c].sentences[s], word_drop);
        }
        return out;
}

void data_free(struct net_sentence *sentences, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++) {
                struct net_sentence *s = &sentences[i];

                free(s->word);
                free(s->n_affix);
                free(s->affix);
                free(s->upos);
                free(s->xpos);
                free(s->feats);
                free(s->label);
                free(s->head);
                free(s->word_drop);
                free(s->teacher);
        }
        free(sentences);
}
