/* Varied sentences: one seed gives one result, only the words change, and each stays in its class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "train/vary.h"

static const char *const nouns[] = { "dogs", "cats", "cows", "hens" };
static struct conllu corpus;
static struct data_vocabulary vocabulary;
static struct net_sentence *plain;
static size_t n;

/* "The dogs saw "cats up there." and the like, each word often enough to be known. */
static int setup(void **unused)
{
        char *text = NULL, *error;
        size_t size = 0, i;
        FILE *out = open_memstream(&text, &size);
        int r;

        (void)unused;
        for (i = 0; i < 64; i++)
                fprintf(out,
                        "1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n2\t%s\t_\tNOUN\tNNS\t_\t3\tnsubj\t_\t_\n"
                        "3\tsaw\tsee\tVERB\tVBD\t_\t0\troot\t_\t_\n"
                        "4\t\"\t\"\tPUNCT\t``\t_\t5\tpunct\t_\tSpaceAfter=No\n"
                        "5\t%s\t_\tNOUN\tNNS\t_\t3\tobj\t_\t_\n6\tup\tup\tADP\tIN\t_\t7\tcase\t_\t_\n"
                        "7\tthere\tthere\tADV\tRB\t_\t3\tobl\t_\tSpaceAfter=No\n"
                        "8\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_\n\n",
                        nouns[i % 4], nouns[i / 4 % 4]);
        fclose(out);
        r = conllu_parse(&corpus, "made up", text, size, &error);
        free(text);
        if (r != 0)
                return -1;
        data_learn(&vocabulary, &corpus, 1);
        plain = data_numbers(&vocabulary, &corpus, 1, 0.5f, &n);
        return 0;
}

static int teardown(void **unused)
{
        (void)unused;
        data_free(plain, n);
        data_deinit(&vocabulary);
        conllu_deinit(&corpus);
        return 0;
}

static bool is_noun(uint32_t word)
{
        size_t i;

        for (i = 0; i < N_ELEMENTS(nouns); i++) {
                struct feature_word f;

                feature_word(&f, nouns[i], strlen(nouns[i]), (struct feature_place){ 0 });
                if (map_get(&vocabulary.words, f.word) == word)
                        return true;
        }
        return false;
}

static void test_same_seed(void **unused)
{
        struct vary *a = vary_new(&vocabulary, &corpus, 1, 0.5f), *b = vary_new(&vocabulary, &corpus, 1, 0.5f);
        struct net_sentence *x = calloc(n, sizeof(*x)), *y = calloc(n, sizeof(*y));
        size_t i;

        (void)unused;
        vary_make(b, plain, n, 1, 8, y);        /* what was made before leaves no trace */
        vary_make(a, plain, n, 1, 7, x);
        vary_make(b, plain, n, 1, 7, y);
        for (i = 0; i < n; i++) {
                assert_memory_equal(x[i].word, y[i].word, x[i].n * sizeof(*x[i].word));
                assert_memory_equal(x[i].n_affix, y[i].n_affix, x[i].n);
        }
        vary_free(a);
        vary_free(b);
        free(x);
        free(y);
}

static void test_classes(void **unused)
{
        struct vary *vary = vary_new(&vocabulary, &corpus, 1, 0.5f);
        struct net_sentence *x = calloc(n, sizeof(*x));
        size_t i, t, swapped = 0, recased = 0, quotes = 0;

        (void)unused;
        vary_make(vary, plain, n, 1, 7, x);
        for (i = 0; i < n; i++) {
                bool affixes = false;

                assert_ptr_equal(x[i].head, plain[i].head);
                assert_ptr_equal(x[i].label, plain[i].label);
                assert_int_equal(x[i].n, 8);
                for (t = 0; t < 3; t += 2)
                        assert_int_equal(x[i].word[t], plain[i].word[t]);
                assert_true(is_noun(x[i].word[1]) && is_noun(x[i].word[4]));
                swapped += x[i].word[1] != plain[i].word[1];
                quotes += x[i].word[3] != plain[i].word[3];     /* a curly mark, which the corpus does not have */
                affixes = x[i].n_affix[0] != plain[i].n_affix[0];       /* nor has it THE */
                recased += affixes;
        }
        assert_true(swapped > 5 && swapped < 40);
        assert_true(quotes > 0 && recased > 0 && quotes + recased < n / 2);
        vary_make(vary, plain, n, 0, 7, x);
        for (i = 0; i < n; i++)
                assert_ptr_equal(x[i].word, plain[i].word);
        vary_free(vary);
        free(x);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_seed), cmocka_unit_test(test_classes) };

        return cmocka_run_group_tests(tests, setup, teardown);
}
