/* What is learnt from a treebank beside the network: vocabularies, lemma rules, multiword tokens, the splitter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/reading.h"
#include "train/data.h"
#include "train/rules.h"
#include "train/splits.h"

#define WORD(id, form, lemma, upos, head, rel, misc)                                                                   \
        id "\t" form "\t" lemma "\t" upos "\tX\t_\t" head "\t" rel "\t_\t" misc "\n"

static const char treebank[] =
        WORD("1", "Men", "man", "NOUN", "3", "nsubj", "_") "2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\t_\n"
        WORD("2", "ca", "can", "AUX", "3", "aux", "_") WORD("3", "n't", "not", "PART", "0", "root", "_")
        WORD("4", "walk", "walk", "VERB", "3", "dep", "SpaceAfter=No")
        WORD("5", ".", ".", "PUNCT", "3", "punct", "_") "\n"
        WORD("1", "Men", "man", "NOUN", "2", "nsubj", "_")
        WORD("2", "walked", "walk", "VERB", "0", "root", "SpaceAfter=No")
        WORD("3", ".", ".", "PUNCT", "2", "punct", "_") "\n"
        WORD("1", "Men", "man", "NOUN", "2", "nsubj", "_")
        WORD("2", "talked", "talk", "VERB", "0", "root", "SpaceAfter=No")
        WORD("3", ".", ".", "PUNCT", "2", "punct", "_") "\n";

static struct conllu corpus;

static int setup(void **unused)
{
        char *error;

        (void)unused;
        return conllu_parse(&corpus, "made up", treebank, sizeof(treebank) - 1, &error);
}

static int teardown(void **unused)
{
        (void)unused;
        conllu_deinit(&corpus);
        return 0;
}

static void test_vocabulary(void **unused)
{
        struct data_vocabulary v;
        struct net_sentence *s;
        size_t n;

        (void)unused;
        data_learn(&v, &corpus, 1);
        assert_int_equal(v.n_words, 3);         /* the unknown word, men, the full stop */
        assert_int_equal(v.labels.n, 5);
        assert_int_equal(v.n_triples, 5);
        s = data_numbers(&v, &corpus, 1, 0.5f, &n);
        assert_int_equal(n, 3);
        assert_int_equal(s[1].word[1], 0);
        assert_true(s[0].word[0] > 0 && s[0].word[0] == s[1].word[0]);
        assert_true(s[0].word_drop[0] > 0.1f && s[0].word_drop[0] < 0.2f);
        assert_int_equal(s[0].head[2], -1);
        assert_int_equal(s[0].upos[0], UPOS_NOUN - 1);
        data_free(s, n);
        data_deinit(&v);
}

static void test_rules(void **unused)
{
        struct rules r;

        (void)unused;
        rules_learn(&r, &corpus, 1, 1);
        assert_int_equal(r.n_multis, 2);
        assert_int_equal(r.multis[1].n, 2);
        assert_int_equal(r.multis[1].strip, 3);
        assert_string_equal(r.strings.list[r.multis[1].words[0]], "");
        assert_string_equal(r.strings.list[r.multis[1].words[1]], "\1\4\4");
        assert_true(r.n_lemma_keys >= 3);
        assert_int_not_equal(rules_lemma_tag(UPOS_NOUN, "NN", "a", 9), rules_lemma_tag(UPOS_NOUN, "NNS", "a", 9));
        assert_int_equal(rules_lemma_tag(UPOS_NOUN, "NN", "a", 9), rules_lemma_tag(UPOS_NOUN, "NN", "b", 9));
        assert_int_not_equal(rules_lemma_tag(UPOS_NOUN, "_", "a", 1), rules_lemma_tag(UPOS_NOUN, "_", "b", 1));
        rules_deinit(&r);
}

static void test_abbreviations(void **unused)
{
        char path[] = "/tmp/dateline-test-XXXXXX";
        struct splits s;
        int fd = mkstemp(path);

        (void)unused;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "# titles\nGen\n\nDr # physician\n", 29), 29);
        close(fd);
        assert_int_equal(splits_load_abbreviations(&s, path), 0);
        assert_int_equal(s.n_abbreviations, 2);
        assert_true(s.abbreviations[0] < s.abbreviations[1]);
        splits_learn(&s, &corpus, 1, 64, 2, 1);
        assert_int_equal(s.size, 64);
        splits_deinit(&s);
        unlink(path);
        assert_int_equal(splits_load_abbreviations(&s, path), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vocabulary), cmocka_unit_test(test_rules), cmocka_unit_test(test_abbreviations),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
