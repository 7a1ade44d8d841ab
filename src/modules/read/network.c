/* See network.h. States are bytes (64 is zero), gates and scores are floats; kernel.h says why the result is the same
 * everywhere. */
#include "modules/read/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "modules/read/feature.h"
#include "modules/read/sentence.h"
#include "modules/read/tree.h"

enum {
        ROWS = NETWORK_SENTENCES * SENTENCE_MAX,
        STRIDE = SENTENCE_MAX + 16,             /* of the arc scores: words and the root */
        ZERO = 64,                              /* what stands for 0 in a state */
};

_Static_assert((int)TREE_MAX >= (int)SENTENCE_MAX, "the tree takes every sentence");

struct network {
        const struct read_model *model;
        const struct kernel *kernel;
        const struct network_sentence *sentences;
        size_t n_sentences;
        size_t first[NETWORK_SENTENCES];        /* row of the sentence's first word */
        uint8_t *x;                             /* [ROWS][word + affix] */
        uint8_t *states;                        /* [ROWS][4 hidden]: both directions of layer 1, then of layer 2 */
        uint8_t *step;                          /* [NETWORK_SENTENCES][input + hidden] */
        float *c;                               /* [NETWORK_SENTENCES][hidden] */
        float *out;                             /* [NETWORK_SENTENCES][widest output] */
        uint8_t *hidden;                        /* [NETWORK_SENTENCES][tag or label] */
        float *parse;                           /* [SENTENCE_MAX][2 arc + 2 label] */
        float *heads;                           /* [arc][STRIDE] the heads, turned */
        float *scores;                          /* [SENTENCE_MAX][STRIDE] */
        uint32_t *lemma_tag;                    /* [ROWS] */
        struct tree *tree;
};

static void *room(size_t n)
{
        return aligned_alloc(64, (n + 63) / 64 * 64);
}

int network_new(struct network **out, const struct read_model *m, const struct kernel *kernel)
{
        const struct layout_dims *d = &m->dims;
        struct network *n = calloc(1, sizeof(*n));
        size_t x = d->word + d->affix, h = d->hidden, widest, input = MAX_OF(x, 2 * h);

        if (n == NULL)
                return error_origin(-ENOMEM);
        widest = MAX_OF(MAX_OF(3 * h, m->n_tag_outputs), MAX_OF((size_t)d->tag, m->n_label_outputs));
        n->model = m;
        n->kernel = kernel;
        n->x = room(ROWS * x);
        n->states = room(ROWS * 4 * h);
        n->step = room(NETWORK_SENTENCES * (input + h));
        n->c = room(NETWORK_SENTENCES * h * sizeof(float));
        n->out = room(NETWORK_SENTENCES * widest * sizeof(float));
        n->hidden = room(NETWORK_SENTENCES * (size_t)MAX_OF(d->tag, d->label));
        n->parse = room(SENTENCE_MAX * 2 * ((size_t)d->arc + d->label) * sizeof(float));
        n->heads = room((size_t)d->arc * STRIDE * sizeof(float));
        n->scores = room(SENTENCE_MAX * STRIDE * sizeof(float));
        n->lemma_tag = room(ROWS * sizeof(uint32_t));
        if (n->x == NULL || n->states == NULL || n->step == NULL || n->c == NULL || n->out == NULL ||
            n->hidden == NULL || n->parse == NULL || n->heads == NULL || n->scores == NULL || n->lemma_tag == NULL ||
            tree_new(&n->tree) < 0) {
                network_free(n);
                return error_origin(-ENOMEM);
        }
        *out = n;
        return 0;
}

void network_free(struct network *n)
{
        if (n == NULL)
                return;
        free(n->x);
        free(n->states);
        free(n->step);
        free(n->c);
        free(n->out);
        free(n->hidden);
        free(n->parse);
        free(n->heads);
        free(n->scores);
        free(n->lemma_tag);
        tree_free(n->tree);
        free(n);
}

typedef int16_t wide __attribute__((vector_size(16), aligned(2), may_alias));
typedef int8_t narrow __attribute__((vector_size(8), aligned(1), may_alias));

enum { WIDE = 8 };

static wide clip(wide x, int16_t most)
{
        wide top = (wide){ 0 } + most, bottom = (wide){ 0 } - most, over = x > top, under = x < bottom;

        return (over & top) | (under & bottom) | (~over & ~under & x);
}

static wide widen(const int8_t *row)
{
        return __builtin_convertvector(*(const narrow *)row, wide);
}

static void store(uint8_t *x, wide values)
{
        *(narrow *)x = __builtin_convertvector(values + ZERO, narrow);
}

/* The rows of all affixes are summed before anything is rounded. */
static void embed_word(const struct read_model *m, const struct feature_word *f, uint8_t *x)
{
        uint32_t word = model_find(&m->words, f->word);
        const int8_t *rows[FEATURE_MAX], *row = m->word_rows + (size_t)(word == UINT32_MAX ? 0 : word) * m->dims.word;
        size_t n = 0, i, k;

        for (i = 0; i < m->dims.word; i += WIDE)
                store(x + i, clip(widen(row + i), 63));
        for (k = 0; k < f->n; k++) {
                uint32_t affix = model_find(&m->affixes, f->affix[k]);

                if (affix != UINT32_MAX)
                        rows[n++] = m->affix_rows + (size_t)affix * m->dims.affix;
        }
        for (i = 0; i < m->dims.affix; i += WIDE) {
                wide sum = { 0 };

                for (k = 0; k < n; k++)
                        sum += widen(rows[k] + i);
                store(x + m->dims.word + i, clip((sum + 1) >> 1, 63));
        }
}

static void embed(struct network *n, size_t s)
{
        const struct network_sentence *sentence = &n->sentences[s];
        size_t width = n->model->dims.word + n->model->dims.affix, i;
        bool lower = false;

        for (i = 0; i < sentence->n && !lower; i++)
                lower = feature_has_lower(sentence->tokens[i].form, strlen(sentence->tokens[i].form));
        for (i = 0; i < sentence->n; i++) {
                const struct reading_token *token = &sentence->tokens[i];
                struct feature_word f;

                feature_word(&f, token->form, strlen(token->form), (struct feature_place){
                        .first = i == 0,
                        .capitals = !lower,
                        .space_before = i == 0 || sentence->tokens[i - 1].space_after,
                        .space_after = token->space_after,
                });
                embed_word(n->model, &f, n->x + (n->first[s] + i) * width);
        }
}

/* One direction of one layer over all sentences; the sentences still running are the first `running`. */
static void run_layer(struct network *n, enum layout_matrix which, const uint8_t *in, size_t width, size_t stride,
                      size_t to, bool backward)
{
        const struct kernel_matrix *m = &n->model->matrices[which];
        size_t h = n->model->dims.hidden, t, s, running = n->n_sentences;

        memset(n->c, 0, NETWORK_SENTENCES * h * sizeof(float));
        memset(n->step, ZERO, NETWORK_SENTENCES * m->in);
        for (t = 0; t < n->sentences[0].n; t++) {
                while (n->sentences[running - 1].n <= t)
                        running--;
                for (s = 0; s < running; s++) {
                        size_t at = backward ? n->sentences[s].n - 1 - t : t;

                        memcpy(n->step + s * m->in, in + (n->first[s] + at) * stride, width);
                }
                n->kernel->multiply(m, n->step, m->in, running, n->out, m->out);
                for (s = 0; s < running; s++) {
                        size_t at = backward ? n->sentences[s].n - 1 - t : t;
                        uint8_t *state = n->step + s * m->in + width;

                        n->kernel->gates(n->out + s * m->out, n->c + s * h, state, h);
                        memcpy(n->states + (n->first[s] + at) * 4 * h + to, state, h);
                }
        }
}

/* The combination of tags that scores best together; FEATS only among those that occur with the other two. */
static void pick_tags(struct network *n, const float *scores, struct reading_token *token, uint32_t *lemma_tag)
{
        const struct read_model *m = n->model;
        const float *xpos = scores + m->dims.n_upos, *feats = xpos + m->dims.n_xpos;
        const struct layout_pair *best = &m->pairs[0];
        const struct layout_feats *f;
        float peak = scores[best->upos] + xpos[best->xpos];
        size_t i;

        for (i = 1; i < m->n_pairs; i++) {
                float score = scores[m->pairs[i].upos] + xpos[m->pairs[i].xpos];

                if (score > peak) {
                        peak = score;
                        best = &m->pairs[i];
                }
        }
        f = &m->pair_feats[best->first_feats];
        for (i = 1; i < best->n_feats; i++)
                if (feats[m->pair_feats[best->first_feats + i].feats] > feats[f->feats])
                        f = &m->pair_feats[best->first_feats + i];
        token->upos = (uint8_t)m->upos[best->upos];
        token->xpos = m->strings + m->xpos[best->xpos];
        token->feats = m->strings + m->feats[f->feats];
        if (*token->feats == '\0')
                token->feats = NULL;
        *lemma_tag = f->lemma_tag;
}

static void tag(struct network *n, size_t s)
{
        const struct read_model *m = n->model;
        const struct kernel_matrix *in = &m->matrices[MATRIX_TAG], *out = &m->matrices[MATRIX_TAG_OUT];
        const struct network_sentence *sentence = &n->sentences[s];
        size_t i, k, rows;

        for (i = 0; i < sentence->n; i += rows) {
                rows = MIN_OF(sentence->n - i, (size_t)KERNEL_ROWS);
                n->kernel->multiply(in, n->states + (n->first[s] + i) * in->in, in->in, rows, n->out, in->out);
                for (k = 0; k < rows; k++)
                        n->kernel->rectify(n->out + k * in->out, NULL, n->hidden + k * in->out, in->out);
                n->kernel->multiply(out, n->hidden, out->in, rows, n->out, out->out);
                for (k = 0; k < rows; k++)
                        pick_tags(n, n->out + k * out->out, &sentence->tokens[i + k],
                                  &n->lemma_tag[n->first[s] + i + k]);
        }
}

/* Rows of n->parse: dependent and head of the arcs, dependent and head of the labels. */
static void project(struct network *n, size_t s)
{
        const struct kernel_matrix *m = &n->model->matrices[MATRIX_PARSE];
        size_t h = n->model->dims.hidden, length = n->sentences[s].n, i, rows;

        for (i = 0; i < length; i += rows) {
                rows = MIN_OF(length - i, (size_t)KERNEL_ROWS);
                n->kernel->multiply(m, n->states + (n->first[s] + i) * 4 * h + 2 * h, 4 * h, rows,
                                    n->parse + i * m->out, m->out);
        }
}

static void find_heads(struct network *n, size_t s)
{
        const struct read_model *m = n->model;
        size_t arc = m->dims.arc, width = m->matrices[MATRIX_PARSE].out, length = n->sentences[s].n, i, j, k;
        size_t columns = (length + 1 + 15) / 16 * 16;
        int32_t heads[SENTENCE_MAX];

        for (k = 0; k < arc; k++) {
                float *row = n->heads + k * STRIDE;

                for (j = 0; j < length; j++)
                        row[j] = n->parse[j * width + arc + k];
                row[length] = m->arc_root[k];
                for (j = length + 1; j < columns; j++)
                        row[j] = 0;
        }
        for (i = 0; i < length; i++) {
                float *scores = n->scores + i * STRIDE, *dependent = n->parse + i * width;

                n->kernel->leak(dependent, dependent, arc);
                n->kernel->arcs(dependent, n->heads, STRIDE, arc, scores, columns);
                for (j = 0; j < length; j++)
                        if (j != i)
                                scores[j] += m->arc_distance[feature_distance((int32_t)i, (int32_t)j)];
        }
        tree_best(n->tree, n->scores, STRIDE, length, heads);
        for (i = 0; i < length; i++)
                n->sentences[s].tokens[i].head = heads[i];
}

/* Only the word under the root has the root's label. */
static void pick_label(const struct read_model *m, const float *scores, struct reading_token *token)
{
        size_t i, best = m->dims.root_label;

        for (i = 0; token->head >= 0 && i < m->dims.n_labels; i++)
                if (i != m->dims.root_label && (best == m->dims.root_label || scores[i] > scores[best]))
                        best = i;
        token->deprel = m->strings + m->labels[best];
}

static void label(struct network *n, size_t s)
{
        const struct read_model *m = n->model;
        const struct kernel_matrix *out = &m->matrices[MATRIX_LABEL_OUT];
        size_t width = m->matrices[MATRIX_PARSE].out, at = 2 * (size_t)m->dims.arc, size = m->dims.label, i, k, rows;
        struct reading_token *tokens = n->sentences[s].tokens;

        for (i = 0; i < n->sentences[s].n; i += rows) {
                rows = MIN_OF(n->sentences[s].n - i, (size_t)KERNEL_ROWS);
                for (k = 0; k < rows; k++) {
                        int32_t head = tokens[i + k].head;

                        n->kernel->rectify(n->parse + (i + k) * width + at,
                                           head < 0 ? m->label_root : n->parse + (size_t)head * width + at + size,
                                           n->hidden + k * size, size);
                }
                n->kernel->multiply(out, n->hidden, size, rows, n->out, out->out);
                for (k = 0; k < rows; k++)
                        pick_label(m, n->out + k * out->out, &tokens[i + k]);
        }
}

void network_read(struct network *n, const struct network_sentence *sentences, size_t count)
{
        size_t x = n->model->dims.word + n->model->dims.affix, h = n->model->dims.hidden, s, rows = 0;

        n->sentences = sentences;
        n->n_sentences = count;
        for (s = 0; s < count; s++) {
                n->first[s] = rows;
                rows += sentences[s].n;
                embed(n, s);
        }
        run_layer(n, MATRIX_FORWARD_1, n->x, x, x, 0, false);
        run_layer(n, MATRIX_BACKWARD_1, n->x, x, x, h, true);
        run_layer(n, MATRIX_FORWARD_2, n->states, 2 * h, 4 * h, 2 * h, false);
        run_layer(n, MATRIX_BACKWARD_2, n->states, 2 * h, 4 * h, 3 * h, true);
        for (s = 0; s < count; s++) {
                tag(n, s);
                project(n, s);
                find_heads(n, s);
                label(n, s);
        }
}

uint32_t network_lemma_tag(const struct network *n, size_t sentence, size_t word)
{
        return n->lemma_tag[n->first[sentence] + word];
}
