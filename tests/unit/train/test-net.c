/* The gradients of the network against differences of its loss, with nothing rounded and no dropout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/net.h"

enum { LENGTH = 5 };

static uint32_t word_ids[2][LENGTH] = { { 1, 2, 3, 1, 0 }, { 4, 2, 1, 0, 0 } };
static uint8_t n_affix[LENGTH] = { 2, 1, 0, 2, 1 };
static uint32_t affixes[LENGTH][FEATURE_MAX] = { { 0, 1 }, { 2 }, { 0 }, { 3, 1 }, { 4 } };
static uint16_t upos[LENGTH] = { 0, 1, 2, 1, 0 }, xpos[LENGTH] = { 1, 0, 1, 0, 1 }, feats[LENGTH] = { 0, 2, 1, 0, 2 };
static uint16_t labels[LENGTH] = { 0, 1, 2, 3, 1 };
static int32_t heads[2][LENGTH] = { { 1, -1, 1, 2, 1 }, { -1, 0, 1, 0, 0 } };
static float no_drop[LENGTH];

static struct net_sentence sentences[2];

static struct net *make(uint32_t layers)
{
        const struct net_dims dims = {
                .n_words = 5, .n_affixes = 5, .n_upos = 3, .n_xpos = 2, .n_feats = 3, .n_labels = 4,
                .word = 16, .affix = 16, .hidden = 16, .layers = layers, .tag = 16, .arc = 16, .label = 16,
        };
        struct net *net;
        size_t i;

        assert_int_equal(net_new(&net, &dims, 3), 0);
        net->options = (struct net_options){ .tag_weight = 0.7f, .smooth = 0.1f, .exact = true };
        for (i = 0; i < dims.arc; i++)  /* away from the bend of the rectifier, where there is no gradient */
                net->weights[net->at.arc_dependent_bias.at + i] = i % 3 ? 0.5f : -0.5f;
        for (i = 0; i < 2; i++)
                sentences[i] = (struct net_sentence){
                        .n = i == 0 ? 5 : 3, .word = word_ids[i], .n_affix = n_affix, .affix = affixes, .upos = upos,
                        .xpos = xpos, .feats = feats, .label = labels, .head = heads[i], .word_drop = no_drop,
                };
        return net;
}

static double loss_of(struct net *net)
{
        const struct net_sentence *batch[] = { &sentences[0], &sentences[1] };
        struct net_loss loss = { 0 };

        net_round(net);
        net_run(net, batch, 2, false, &loss);
        return (loss.arc + loss.label + (double)net->options.tag_weight * loss.tag) / (double)loss.words;
}

static void check(struct net *net, const struct net_block *block, const char *name)
{
        const struct net_sentence *batch[] = { &sentences[0], &sentences[1] };
        struct net_loss loss = { 0 };
        double analytic = 0, numeric, up, down;
        const float e = 1e-3f;
        float norm = 0;
        size_t n = block->rows * block->columns, i;
        float *direction = malloc(n * sizeof(float)), *kept = malloc(n * sizeof(float));

        net_round(net);
        net_run(net, batch, 2, true, &loss);
        memcpy(kept, net->weights + block->at, n * sizeof(float));
        for (i = 0; i < n; i++) {
                direction[i] = net->gradient[block->at + i] * (0.5f + (float)((i * 7919 + 13) % 17) / 17);
                norm += direction[i] * direction[i];
        }
        for (i = 0; i < n; i++) {       /* uphill, more or less: there the signal is large */
                direction[i] /= sqrtf(norm) + 1e-12f;
                analytic += (double)direction[i] * (double)net->gradient[block->at + i];
        }
        for (i = 0; i < n; i++)
                net->weights[block->at + i] = kept[i] + e * direction[i];
        up = loss_of(net);
        for (i = 0; i < n; i++)
                net->weights[block->at + i] = kept[i] - e * direction[i];
        down = loss_of(net);
        memcpy(net->weights + block->at, kept, n * sizeof(float));
        numeric = (up - down) / (2 * (double)e);
        if (fabs(numeric - analytic) > 2e-4 + 0.02 * fabs(numeric))
                fail_msg("%s: gradient %g, but the loss moves by %g", name, analytic, numeric);
        free(direction);
        free(kept);
}

static void check_all(struct net *net)
{
        const struct net_params *at = &net->at;
        size_t l;

        check(net, &at->word, "word embeddings");
        check(net, &at->affix, "affix embeddings");
        for (l = 0; l < net->dims.layers; l++) {
                check(net, &at->layer[l].input[0], "input, forwards");
                check(net, &at->layer[l].input[1], "input, backwards");
                check(net, &at->layer[l].recurrent[0], "recurrent, forwards");
                check(net, &at->layer[l].recurrent[1], "recurrent, backwards");
                check(net, &at->layer[l].bias[1], "bias, backwards");
        }
        check(net, &at->tag_in, "tag_in");
        check(net, &at->tag_bias, "tag_bias");
        check(net, &at->tag_out, "tag_out");
        check(net, &at->tag_out_bias, "tag_out_bias");
        check(net, &at->arc_dependent, "arc_dependent");
        check(net, &at->arc_dependent_bias, "arc_dependent_bias");
        check(net, &at->arc_head, "arc_head");
        check(net, &at->arc_root, "arc_root");
        check(net, &at->arc_distance, "arc_distance");
        check(net, &at->label_dependent, "label_dependent");
        check(net, &at->label_bias, "label_bias");
        check(net, &at->label_head, "label_head");
        check(net, &at->label_root, "label_root");
        check(net, &at->label_out, "label_out");
        check(net, &at->label_out_bias, "label_out_bias");
}

static void test_gradients(void **unused)
{
        uint32_t layers;

        (void)unused;
        for (layers = 1; layers <= NET_LAYERS; layers++) {
                struct net *net = make(layers);

                net->options.smooth = 0;
                check_all(net);
                net_free(net);
        }
}

/* Rows that the batch touched are named once, others not at all. */
static void test_touched(void **unused)
{
        struct net *net = make(2);
        const struct net_sentence *batch[] = { &sentences[0], &sentences[1] };
        struct net_loss loss = { 0 };
        size_t n;

        (void)unused;
        net_run(net, batch, 2, true, &loss);
        net_touched(net, false, &n);
        assert_int_equal(n, 5);
        net_touched(net, true, &n);
        assert_int_equal(n, 5);
        assert_int_equal(loss.words, 8);
        net_free(net);
}

/* A teacher that says what the gold says gives the same gradient. */
static void test_teacher(void **unused)
{
        struct net *net = make(2);
        const struct net_sentence *batch[] = { &sentences[0], &sentences[1] };
        struct net_loss loss = { 0 };
        size_t i, t, n, dense = net->at.layer[0].input[0].at;
        float *gold = malloc((net->at.n - dense) * sizeof(float));

        (void)unused;
        net->options.smooth = 0;
        net_run(net, batch, 2, true, &loss);
        memcpy(gold, net->gradient + dense, (net->at.n - dense) * sizeof(float));
        for (i = 0; i < 2; i++) {
                n = sentences[i].n;
                sentences[i].teacher = calloc(net_teacher_size(net, n), sizeof(float));
                for (t = 0; t < n; t++) {
                        float *tags = sentences[i].teacher + n * (n + 1) + n * 4 + t * 8;

                        sentences[i].teacher[t * (n + 1) + (heads[i][t] < 0 ? n : (size_t)heads[i][t])] = 1;
                        sentences[i].teacher[n * (n + 1) + t * 4 + labels[t]] = 1;
                        tags[upos[t]] = tags[3 + xpos[t]] = tags[5 + feats[t]] = 1;
                }
        }
        net->options.teach = 0.6f;
        net_run(net, batch, 2, true, &loss);
        for (i = 0; i < net->at.n - dense; i++)
                assert_true(fabsf(gold[i] - net->gradient[dense + i]) < 1e-5f);
        for (i = 0; i < 2; i++)
                free(sentences[i].teacher);
        free(gold);
        net_free(net);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_gradients), cmocka_unit_test(test_touched), cmocka_unit_test(test_teacher),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
