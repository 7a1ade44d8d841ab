/*
 * From a treebank to a model and back: the loss falls, one seed gives one network, going on from a checkpoint gives
 * what going through would have given, and the reader computes what the trainer computed. The treebank is made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "modules/read/model.h"
#include "modules/read/read.h"
#include "train/evaluate.h"
#include "train/export.h"
#include "train/learn.h"
#include "train/teach.h"

static const char *const subjects[] = { "Ministers", "Rebels", "Troops", "They", "Germans", "Judges" };
static const char *const verbs[] = { "signed", "killed", "visited", "rejected", "praised", "walked" };
static const char *const objects[] = { "plans", "judges", "cities", "them", "offers", "rivers" };

static struct conllu corpus;
static struct data_vocabulary vocabulary;
static char directory[] = "/tmp/dateline-test-XXXXXX";

/* "Ministers signed plans." in all combinations; every third sentence without its object. */
static char *make_text(void)
{
        char *text = NULL;
        size_t n = 0, i, j, k;
        FILE *out = open_memstream(&text, &n);

        for (i = 0; i < 6; i++)
                for (j = 0; j < 6; j++)
                        for (k = 0; k < 6; k++) {
                                fprintf(out, "1\t%s\t%s\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t_\t_\n", subjects[i],
                                        subjects[i]);
                                fprintf(out, "2\t%s\t%.*s\tVERB\tVBD\tTense=Past\t0\troot\t_\t_\n", verbs[j],
                                        (int)strlen(verbs[j]) - 2, verbs[j]);
                                if ((i + j + k) % 3 == 0) {
                                        fputs("3\t!\t!\tPUNCT\t.\t_\t2\tpunct\t_\t_\n\n", out);
                                        continue;
                                }
                                fprintf(out, "3\t%s\t%s\tNOUN\tNNS\tNumber=Plur\t2\tobj\t_\tSpaceAfter=No\n",
                                        objects[k], objects[k]);
                                fputs("4\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_\n\n", out);
                        }
        fclose(out);
        return text;
}

static int setup(void **unused)
{
        _cleanup_free_ char *text = make_text();
        char *error;

        (void)unused;
        if (mkdtemp(directory) == NULL || conllu_parse(&corpus, "made up", text, strlen(text), &error) != 0)
                return -1;
        data_learn(&vocabulary, &corpus, 1);
        return 0;
}

static int teardown(void **unused)
{
        (void)unused;
        data_deinit(&vocabulary);
        conllu_deinit(&corpus);
        return rmdir(directory);
}

static struct net_dims dims(void)
{
        return (struct net_dims){
                .n_words = vocabulary.n_words,
                .n_affixes = vocabulary.n_affixes,
                .n_upos = 17,
                .n_xpos = (uint32_t)vocabulary.xpos.n,
                .n_feats = (uint32_t)vocabulary.feats.n,
                .n_labels = (uint32_t)vocabulary.labels.n,
                .word = 16,
                .affix = 16,
                .hidden = 16,
                .layers = 2,
                .tag = 16,
                .arc = 16,
                .label = 16,
        };
}

static struct learn_options options(size_t epochs)
{
        return (struct learn_options){
                .epochs = epochs, .batch = 100, .rate = 5e-3f, .word_drop = 0.1f, .seed = 4,
                .net = { .drop_input = 0.1f, .drop_hidden = 0.1f, .tag_weight = 0.5f },
        };
}

static void run(struct learn *learn, const struct learn_options *o)
{
        size_t n;
        struct net_sentence *sentences = data_numbers(&vocabulary, &corpus, 1, o->word_drop, &n);

        assert_int_equal(learn_run(learn, o, &vocabulary, sentences, n, NULL, 0), 0);
        data_free(sentences, n);
}

static struct score_shares score(struct learn *learn)
{
        size_t n;
        struct net_sentence *sentences = data_numbers(&vocabulary, &corpus, 1, 0, &n);
        struct score_shares s = learn_test(learn, &vocabulary, sentences, n);

        data_free(sentences, n);
        return s;
}

static void test_deterministic(void **unused)
{
        struct learn_options o = options(2);
        struct net_dims d = dims();
        struct learn *a, *b;

        (void)unused;
        assert_int_equal(learn_new(&a, &d, 4), 0);
        assert_int_equal(learn_new(&b, &d, 4), 0);
        run(a, &o);
        run(b, &o);
        assert_memory_equal(a->net->weights, b->net->weights, a->net->at.n * sizeof(float));
        learn_free(a);
        learn_free(b);
}

static void test_resume(void **unused)
{
        _cleanup_free_ char *path = NULL;
        struct learn_options o = options(4);
        struct net_dims d = dims();
        struct learn *through, *half;
        FILE *file;

        (void)unused;
        o.vary = vary_new(&vocabulary, &corpus, 1, o.word_drop);
        o.vary_share = 0.5f;
        assert_true(asprintf(&path, "%s/checkpoint", directory) > 0);
        assert_int_equal(learn_new(&through, &d, 4), 0);
        run(through, &o);
        assert_int_equal(learn_new(&half, &d, 4), 0);
        half->epoch = 0;
        o.checkpoint = path;
        o.stop = 2;
        run(half, &o);
        learn_free(half);
        assert_int_equal(learn_load(&half, path, &vocabulary), 0);
        assert_int_equal(half->epoch, 2);
        o.stop = 0;
        run(half, &o);
        assert_memory_equal(through->net->weights, half->net->weights, half->net->at.n * sizeof(float));
        assert_memory_equal(through->average, half->average, half->net->at.n * sizeof(float));
        learn_free(through);
        learn_free(half);
        vary_free(o.vary);
        file = fopen(path, "re+");      /* a checkpoint that was cut short */
        assert_int_equal(ftruncate(fileno(file), 3000), 0);
        fclose(file);
        assert_int_equal(learn_load(&half, path, &vocabulary), 1);
        unlink(path);
}

/* Trained, taught to another, exported, read. */
static void test_whole_way(void **unused)
{
        _cleanup_free_ char *checkpoint = NULL, *path = NULL, *error = NULL;
        _cleanup_(read_model_freep) struct read_model *model = NULL;
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct learn_options o = options(25);
        struct net_dims d = dims();
        struct arena arena = ARENA_NULL;
        struct export_parts parts = { .name = "made up 1", .vocabulary = &vocabulary };
        struct rules rules;
        struct splits splits;
        struct reading *reading;
        struct learn *learn, *pupil;
        struct score_shares s;
        struct net_sentence *together;
        const char *teacher;
        size_t n;

        (void)unused;
        assert_true(asprintf(&checkpoint, "%s/checkpoint", directory) > 0 &&
                    asprintf(&path, "%s/model", directory) > 0);
        assert_int_equal(learn_new(&learn, &d, 4), 0);
        o.checkpoint = teacher = checkpoint;
        run(learn, &o);
        s = score(learn);
        assert_true(s.las > 99 && s.upos > 99 && s.feats > 99 && s.las_base >= s.las && s.uas >= s.las);

        o.checkpoint = NULL;
        o.teachers = &teacher;
        o.n_teachers = 1;
        o.net.teach = 1;
        assert_int_equal(learn_new(&pupil, &d, 5), 0);
        run(pupil, &o);
        s = score(pupil);
        assert_true(s.las > 99 && s.upos > 99);
        learn_free(pupil);

        together = data_numbers(&vocabulary, &corpus, 1, 0, &n);
        assert_int_equal(teach_test((const char *const[]){ checkpoint, checkpoint }, 2, &vocabulary, together, n, &s),
                         0);
        assert_true(s.las > 99 && s.upos > 99);
        together[0].head[0] = 3;        /* one wrong head of 846 words */
        assert_int_equal(teach_test(&teacher, 1, &vocabulary, together, n, &s), 0);
        assert_true(s.uas > 99 && s.uas < 100 && together[0].head[0] == 3);
        data_free(together, n);
        assert_int_equal(teach_test((const char *const[]){ path }, 1, &vocabulary, NULL, 0, &s), 1);

        rules_learn(&rules, &corpus, 1, vocabulary.xpos.n);
        assert_int_equal(splits_load_abbreviations(&splits, NULL), 0);
        splits_learn(&splits, &corpus, 1, 1 << 12, 3, 1);
        parts.learn = learn;
        parts.rules = &rules;
        parts.splits = &splits;
        assert_int_equal(export_write(path, &parts), 0);
        assert_int_equal(read_model_open(&model, path, &error), 0);
        assert_string_equal(read_model_name(model), "made up 1");
        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, "Rebels visited cities. They walked !", 36, &reading), 0);
        assert_int_equal(reading->n_sentences, 2);
        assert_int_equal(reading->n_tokens, 7);
        assert_string_equal(reading->tokens[0].deprel, "nsubj");
        assert_int_equal(reading->tokens[0].head, 1);
        assert_string_equal(reading->tokens[1].lemma, "visit");
        assert_string_equal(reading->tokens[2].deprel, "obj");
        assert_string_equal(reading->tokens[2].feats, "Number=Plur");
        assert_string_equal(reading->tokens[6].xpos, ".");
        arena_deinit(&arena);
        rules_deinit(&rules);
        splits_deinit(&splits);
        learn_free(learn);
        unlink(checkpoint);
        unlink(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_deterministic), cmocka_unit_test(test_resume), cmocka_unit_test(test_whole_way),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
