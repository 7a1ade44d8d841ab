/*
 * See splits.h. The text of a treebank is put together again, cut by the rules, and at every place where a token or a
 * sentence could end the gold says whether it does. AdaGrad (Duchi et al. 2011), weights averaged over the last half.
 */
#include "train/splits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "modules/read/segment.h"
#include "modules/read/view.h"
#include "train/map.h"
#include "train/rng.h"

enum { SNAPSHOTS = 16 };        /* of the weights, in every late pass, to be averaged */

struct example {
        uint32_t features[SEGMENT_FEATURES];
        uint8_t n, positive;
};

struct examples {
        struct example *list;
        size_t n, size;
};

/* Bytes of the text before which a token begins or ends, and after which a sentence ends. */
struct gold {
        uint8_t *token, *sentence;
};

static struct example *push(struct examples *e)
{
        if (e->n == e->size) {
                e->size = e->size == 0 ? 4096 : 2 * e->size;
                e->list = map_allocate(e->list, e->size, sizeof(*e->list));
        }
        return &e->list[e->n++];
}

/* Walks the text as conllu_text() wrote it. */
static void mark_gold(const struct conllu *c, const char *text, size_t n, struct gold *gold)
{
        size_t s, w, m, at = 0;

        gold->token = calloc(n + 1, 1);
        gold->sentence = calloc(n + 1, 1);
        if (gold->token == NULL || gold->sentence == NULL)
                exit(1);
        for (s = 0; s < c->n_sentences; s++) {
                const struct conllu_sentence *sentence = &c->sentences[s];

                for (w = 0, m = 0; w < sentence->n_words; w++) {
                        const char *form = sentence->words[w].form;

                        if (m < sentence->n_multis && sentence->multis[m].first == w) {
                                form = sentence->multis[m].form;
                                w += sentence->multis[m++].n - 1;
                        }
                        while (at < n && (text[at] == ' ' || text[at] == '\n'))
                                at++;
                        gold->token[at] = 1;
                        at += strlen(form);
                        gold->token[at] = 1;
                }
                gold->sentence[at] = 1;
        }
}

static void token_examples(struct view *v, const struct gold *gold, struct examples *out)
{
        size_t first, last = 0, i;

        while (segment_run(v, &first, &last))
                for (i = first + 1; i < last; i++) {
                        bool positive = gold->token[v->offset[i]];

                        if (segment_is_candidate(v, i)) {
                                struct example *e = push(out);

                                e->n = (uint8_t)segment_token_features(v, i, first, last, e->features);
                                e->positive = positive;
                        }
                        v->cut[i] = positive;
                }
}

static void sentence_examples(const struct view *v, const struct token_span *spans, size_t n, const struct gold *gold,
                              struct examples *out)
{
        size_t k, first = 0;

        for (k = 0; k + 1 < n; k++) {
                struct example *e = push(out);

                e->n = (uint8_t)segment_sentence_features(v, spans, n, first, k, e->features);
                e->positive = gold->sentence[v->offset[spans[k].last]];
                if (e->positive)
                        first = k + 1;
        }
}

static void collect(const struct conllu *c, const struct token_abbreviations *known, struct examples *tokens,
                    struct examples *sentences)
{
        size_t n, i = 0;
        char *text = conllu_text(c, &n);
        struct token_span *spans = map_allocate(NULL, VIEW_MAX, sizeof(*spans));
        struct gold gold;
        struct view v;

        if (text == NULL || view_init(&v) < 0)
                exit(1);
        mark_gold(c, text, n, &gold);
        while (i < n) {
                const char *newline = memchr(text + i, '\n', n - i);
                size_t end = newline == NULL ? n : (size_t)(newline - text), from;

                for (from = i; from < end; from = v.offset[v.n]) {
                        view_decode(&v, text, from, end - from > VIEW_MAX ? from + VIEW_MAX : end);
                        token_rules(&v, known);
                        token_examples(&v, &gold, tokens);
                        sentence_examples(&v, spans, token_collect(&v, spans), &gold, sentences);
                }
                i = end + 1;
        }
        free(gold.token);
        free(gold.sentence);
        free(spans);
        free(text);
        view_deinit(&v);
}

static float score(const float *w, float bias, const struct example *e, uint32_t size)
{
        float sum = bias;
        size_t i;

        for (i = 0; i < e->n; i++)
                sum += w[e->features[i] & (size - 1)];
        return sum;
}

struct classifier {
        float *weight, *square;
        double *total;
        float bias, bias_square;
        double bias_total;
        size_t n_total;
};

static void accumulate(struct classifier *c, uint32_t size)
{
        uint32_t i;

        for (i = 0; i < size; i++)
                c->total[i] += c->weight[i];
        c->bias_total += c->bias;
        c->n_total++;
}

static size_t pass(struct classifier *c, const struct examples *e, const uint32_t *order, uint32_t size, float rate,
                   float weight, bool late)
{
        size_t i, k, wrong = 0;

        for (i = 0; i < e->n; i++) {
                const struct example *x = &e->list[order[i]];
                float s = score(c->weight, c->bias, x, size), g = 1 / (1 + expf(-s)) - (float)x->positive;

                wrong += (s > 0) != x->positive;
                g *= x->positive ? weight : 1;
                for (k = 0; k < x->n; k++) {
                        uint32_t j = x->features[k] & (size - 1);
                        float step = g + 2e-5f * c->weight[j];

                        c->square[j] += step * step;
                        c->weight[j] -= rate * step / sqrtf(c->square[j] + 1e-2f);
                }
                c->bias_square += g * g;
                c->bias -= rate * g / sqrtf(c->bias_square + 1e-2f);
                if (late && i % (e->n / SNAPSHOTS + 1) == 0)
                        accumulate(c, size);
        }
        return wrong;
}

/* To 16 bits, in steps of 1/256. */
static int16_t *finish(const struct classifier *c, uint32_t size, int32_t *bias)
{
        int16_t *out = map_allocate(NULL, size, sizeof(*out));
        uint32_t i;

        for (i = 0; i < size; i++) {
                double w = c->total[i] / (double)c->n_total * 256;

                out[i] = (int16_t)lrint(w > 32000 ? 32000 : w < -32000 ? -32000 : w);
        }
        *bias = (int32_t)lrint(c->bias_total / (double)c->n_total * 256);
        return out;
}

/* `weight`: how much more a missed end costs than one too many. */
static int16_t *learn(const char *what, const struct examples *e, float weight, uint32_t size, size_t epochs,
                      struct rng *rng, int32_t *bias)
{
        struct classifier c = { .weight = calloc(size, sizeof(float)), .square = calloc(size, sizeof(float)),
                                .total = calloc(size, sizeof(double)) };
        uint32_t *order = map_allocate(NULL, e->n, sizeof(*order));
        int16_t *out;
        size_t i, epoch, wrong = 0;

        if (c.weight == NULL || c.square == NULL || c.total == NULL)
                exit(1);
        for (i = 0; i < e->n; i++)
                order[i] = (uint32_t)i;
        for (epoch = 0; epoch < epochs; epoch++) {
                for (i = e->n; i > 1; i--) {
                        size_t j = rng_below(rng, i);
                        uint32_t swap = order[i - 1];

                        order[i - 1] = order[j];
                        order[j] = swap;
                }
                wrong = pass(&c, e, order, size, 0.1f, weight, 2 * epoch + 1 >= epochs);
        }
        fprintf(stderr, "ends of %s: %zu places, %.3f%% wrong in the last pass\n", what, e->n,
                100.0 * (double)wrong / (double)e->n);
        out = finish(&c, size, bias);
        free(c.weight);
        free(c.square);
        free(c.total);
        free(order);
        return out;
}

void splits_learn(struct splits *out, const struct conllu *corpora, size_t n, uint32_t size, size_t epochs,
                  uint64_t seed)
{
        struct examples tokens = { 0 }, sentences = { 0 };
        const struct token_abbreviations known = { out->abbreviations, out->n_abbreviations };
        struct rng rng = { seed };
        size_t i;

        out->size = size;
        for (i = 0; i < n; i++)
                collect(&corpora[i], &known, &tokens, &sentences);
        out->token = learn("tokens", &tokens, 1, size, epochs, &rng, &out->token_bias);
        out->sentence = learn("sentences", &sentences, 2, size, epochs, &rng, &out->sentence_bias);
        free(tokens.list);
        free(sentences.list);
}

static int by_hash(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return x < y ? -1 : x > y;
}

int splits_load_abbreviations(struct splits *out, const char *path)
{
        char line[256];
        FILE *file;

        *out = (struct splits){ 0 };
        if (path == NULL)
                return 0;
        file = fopen(path, "re");
        if (file == NULL) {
                fprintf(stderr, "dateline-train: %s: cannot be opened: %m\n", path);
                return 1;
        }
        while (fgets(line, sizeof(line), file) != NULL) {
                size_t n = strcspn(line, " \t\r\n#");

                if (n == 0)
                        continue;
                out->abbreviations = map_allocate(out->abbreviations, out->n_abbreviations + 1, sizeof(uint32_t));
                out->abbreviations[out->n_abbreviations++] = token_abbreviation_hash(line, n);
        }
        fclose(file);
        if (out->n_abbreviations > 0)
                qsort(out->abbreviations, out->n_abbreviations, sizeof(uint32_t), by_hash);
        return 0;
}

void splits_deinit(struct splits *s)
{
        free(s->abbreviations);
        free(s->token);
        free(s->sentence);
        *s = (struct splits){ 0 };
}
