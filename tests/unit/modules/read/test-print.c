/* What is printed of a reading: CoNLL-U that can be taken in again, and trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/conllu.h"
#include "modules/read/print.h"

static const char text[] = "We don't go.\tNo";

static struct reading_token tokens[] = {
        { .begin = 0,
          .end = 2,
          .form = "We",
          .lemma = "we",
          .xpos = "PRP",
          .feats = "Number=Plur",
          .deprel = "nsubj",
          .head = 3,
          .upos = UPOS_PRON,
          .space_after = true },
        { .begin = 3,
          .end = 8,
          .form = "do",
          .lemma = "do",
          .xpos = "VBP",
          .deprel = "aux",
          .head = 3,
          .upos = UPOS_AUX },
        { .begin = 3,
          .end = 8,
          .form = "n't",
          .lemma = "not",
          .xpos = "RB",
          .deprel = "advmod",
          .head = 3,
          .upos = UPOS_PART,
          .space_after = true },
        { .begin = 9,
          .end = 11,
          .form = "go",
          .lemma = "go",
          .xpos = "VB",
          .deprel = "root",
          .head = -1,
          .upos = UPOS_VERB },
        { .begin = 11,
          .end = 12,
          .form = ".",
          .lemma = ".",
          .xpos = ".",
          .deprel = "punct",
          .head = 3,
          .upos = UPOS_PUNCT,
          .space_after = true },
        { .begin = 13,
          .end = 15,
          .form = "No",
          .lemma = "no",
          .xpos = "UH",
          .deprel = "root",
          .head = -1,
          .upos = UPOS_INTJ,
          .space_after = true },
};

static struct reading_sentence sentences[] = {
        { .begin = 0, .end = 12, .first = 0, .n_tokens = 5 },
        { .begin = 13, .end = 15, .first = 5, .n_tokens = 1, .paragraph = 1, .cut = true }
};

static const struct reading reading = { text, sizeof(text) - 1, sentences, 2, tokens, 6, 0, true };

static char *print(void (*how)(FILE *, const struct reading *))
{
        char *out = NULL;
        size_t n = 0;
        FILE *file = open_memstream(&out, &n);

        how(file, &reading);
        fclose(file);
        return out;
}

static void conllu(FILE *out, const struct reading *r)
{
        print_conllu(out, r, 1);
}

static void test_conllu(void **unused)
{
        _cleanup_free_ char *out = print(conllu), *error = NULL, *back = NULL;
        struct conllu c;
        size_t n;

        (void)unused;
        assert_int_equal(conllu_parse(&c, "out", out, strlen(out), &error), 0);
        assert_int_equal(c.n_sentences, 2);
        assert_int_equal(c.sentences[0].n_multis, 1);
        assert_string_equal(c.sentences[0].multis[0].form, "don't");
        assert_int_equal(c.sentences[0].words[0].head, 3);
        assert_string_equal(c.sentences[0].words[2].lemma, "not");
        assert_true(c.sentences[1].paragraph);
        back = conllu_text(&c, &n);
        assert_string_equal(back, "We don't go. \nNo \n");
        assert_non_null(strstr(out, "# cut"));
        conllu_deinit(&c);
}

static void test_trees(void **unused)
{
        _cleanup_free_ char *out = print(print_trees);

        (void)unused;
        assert_string_equal(
                out,
                "\xE2\x94\x8C\xE2\x94\x80 We  PRON nsubj\n\xE2\x94\x9C\xE2\x94\x80 do  AUX aux\n"
                "\xE2\x94\x9C\xE2\x94\x80 n't  PART advmod\ngo  VERB root\n\xE2\x94\x94\xE2\x94\x80 .  PUNCT punct\n\n"
                "No  INTJ root\n\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_conllu), cmocka_unit_test(test_trees) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
