/* CoNLL-U in: what is taken, what is refused and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/conllu.h"
#include "modules/read/reading.h"

#define WORD(id, form, head, misc) id "\t" form "\tl\tNOUN\tNN\t_\t" head "\tdep\t_\t" misc "\n"

static void test_good(void **unused)
{
        static const char text[] =
                "# newdoc\n# sent_id = 1\n" WORD("1", "We", "2", "_") "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n"
                WORD("2", "do", "0", "_") WORD("3", "n't", "2", "_") WORD("3.1", "x", "0", "_") WORD("4", "!", "2", "_")
                "\n" WORD("1", "No", "0", "_") "\n# newpar\n" WORD("1", "Yes", "0", "_");
        struct conllu c;
        _cleanup_free_ char *error = NULL, *back = NULL;
        size_t n;

        (void)unused;
        assert_int_equal(conllu_parse(&c, "f", text, sizeof(text) - 1, &error), 0);
        assert_int_equal(c.n_sentences, 3);
        assert_int_equal(c.n_words, 6);
        assert_int_equal(c.sentences[0].n_multis, 1);
        assert_int_equal(c.sentences[0].words[0].head, 1);
        assert_int_equal(c.sentences[0].words[1].head, -1);
        assert_int_equal(c.sentences[0].words[1].upos, UPOS_NOUN);
        assert_false(c.sentences[0].words[1].space_after);
        assert_true(c.sentences[0].paragraph && !c.sentences[1].paragraph && c.sentences[2].paragraph);
        back = conllu_text(&c, &n);
        assert_string_equal(back, "We don't! No \nYes \n");
        conllu_deinit(&c);
        conllu_deinit(&c);
}

static void refused(const char *text, const char *says)
{
        _cleanup_free_ char *error = NULL;
        struct conllu c;

        assert_int_equal(conllu_parse(&c, "f", text, strlen(text), &error), CONLLU_E_SYNTAX);
        assert_int_equal(strncmp(error, says, strlen(says)), 0);
}

static void test_refused(void **unused)
{
        _cleanup_free_ char *error = NULL;
        struct conllu c;

        (void)unused;
        refused("1\tx\n", "f:1:");
        refused(WORD("1", "x", "0", "_") WORD("3", "x", "1", "_"), "f:2:1: words must be numbered");
        refused(WORD("1", "x", "7", "_") "\n", "f:2:1: a head");
        refused(WORD("1", "x", "1", "_"), "f:1:1: a head");
        refused(WORD("1", "x", "a", "_"), "f:1:");
        refused("1\t\tl\tNOUN\tNN\t_\t0\troot\t_\t_\n", "f:1:3: an empty column");
        refused("2-3\tx\t_\t_\t_\t_\t_\t_\t_\t_\n", "f:1:1: the range");
        refused("1-2\tx\t_\t_\t_\t_\t_\t_\t_\t_\n" WORD("1", "x", "0", "_") "\n", "f:3:1: the sentence ends");
        refused("1\tx\tl\tNOUN\tNN\t_\t0\troot\t_\t_\t_\n", "f:1:");
        assert_int_equal(conllu_load(&c, "/nowhere/x", &error), CONLLU_E_OPEN);
        assert_non_null(strstr(error, "/nowhere/x: "));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_refused) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
