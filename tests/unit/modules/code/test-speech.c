/* Quotations whose cue stands in another sentence, that run on, that are signed; speakers named by a label. */
#include "fixture.h"

/* The statements of a story, read as the tree in `conllu` says. */
static void check(void **state, const char *conllu, const char *statements)
{
        assert_string_equal(fixture_statements(*state, fixture_code(*state, conllu, NULL)), statements);
}

/* “The port must open,” ― Ada Marsh. / “Never again.” ― Jo Cole */
static void test_signed(void **state)
{
        check(state,
                "“ \" PUNCT `` 5 punct join\nThe the DET DT 3 det\nport port NOUN NN 5 nsubj\n"
                "must must AUX MD 5 aux\nopen open VERB VB 0 root join\n, , PUNCT , 5 punct join\n"
                "” \" PUNCT '' 5 punct\n― ― PUNCT NFP 9 punct\nAda Ada PROPN NNP 5 vocative\n"
                "Marsh Marsh PROPN NNP 9 flat join\n. . PUNCT . 5 punct\n\nparagraph\n“ \" PUNCT `` 3 punct join\n"
                "Never never ADV RB 3 advmod\nagain again ADV RB 7 advmod join\n. . PUNCT . 3 punct join\n"
                "” \" PUNCT '' 3 punct\n― ― PUNCT NFP 7 punct\nJo Jo PROPN NNP 0 root\n"
                "Cole Cole PROPN NNP 7 flat",
              "Ada Marsh: ―: direct: “The port must open,”\n"
              "Jo Cole: ―: direct: “Never again.”");
}

/* MARSH: The port is shut. / It will stay so. / COLE: Who says so? */
static void test_label(void **state)
{
        check(state,
                "MARSH MARSH PROPN NNP 0 root join\n: : PUNCT : 6 punct\nThe the DET DT 4 det\n"
                "port port NOUN NN 6 nsubj\nis be AUX VBZ 6 cop\nshut shut ADJ JJ 1 parataxis join\n"
                ". . PUNCT . 1 punct\n\nparagraph\nIt it PRON PRP 3 nsubj\nwill will AUX MD 3 aux\n"
                "stay stay VERB VB 0 root\nso so ADV RB 3 advmod join\n. . PUNCT . 3 punct\n\nparagraph\n"
                "COLE COLE PROPN NNP 0 root join\n: : PUNCT : 4 punct\nWho who PRON WP 4 nsubj\n"
                "says say VERB VBZ 1 parataxis\nso so ADV RB 4 advmod join\n? ? PUNCT . 1 punct",
              "MARSH: :: indirect: The port is shut .. It will stay so.\n"
              "COLE: :: indirect: Who says so?");
}

/* Poll: Marsh ahead of Cole */
static void test_headline(void **state)
{
        check(state,
                "Poll poll NOUN NN 0 root join\n: : PUNCT : 3 punct\nMarsh Marsh PROPN NNP 1 appos\n"
                "ahead ahead ADV RB 3 advmod\nof of ADP IN 6 case\nCole Cole PROPN NNP 3 nmod",
              "Poll: :: indirect: Marsh ahead of Cole");
}

/* "The port is shut," Marsh said. "It will stay so. / "Nobody can leave." / The union was silent. */
static void test_runs_on(void **state)
{
        check(state,
                "\" \" PUNCT `` 5 punct join\nThe the DET DT 3 det\nport port NOUN NN 5 nsubj\n"
                "is be AUX VBZ 5 cop\nshut shut ADJ JJ 9 ccomp join\n, , PUNCT , 5 punct join\n"
                "\" \" PUNCT '' 5 punct\nMarsh Marsh PROPN NNP 9 nsubj\nsaid say VERB VBD 0 root join\n"
                ". . PUNCT . 9 punct\n\n\" \" PUNCT `` 4 punct join\nIt it PRON PRP 4 nsubj\n"
                "will will AUX MD 4 aux\nstay stay VERB VB 0 root\nso so ADV RB 4 advmod join\n"
                ". . PUNCT . 4 punct\n\nparagraph\n\" \" PUNCT `` 4 punct join\nNobody nobody PRON NN 4 nsubj\n"
                "can can AUX MD 4 aux\nleave leave VERB VB 0 root join\n. . PUNCT . 4 punct join\n"
                "\" \" PUNCT '' 4 punct\n\nparagraph\nThe the DET DT 2 det\nunion union NOUN NN 4 nsubj\n"
                "was be AUX VBD 4 cop\nsilent silent ADJ JJ 0 root join\n. . PUNCT . 4 punct",
              "Marsh: said: direct: \"The port is shut,\" .. \"It will stay so.\n"
              "\"Nobody can leave.\"");
}

/* “The port is shut,” Marsh said. / “It will stay so until May.” / “We know.” Cole was silent. */
static void test_next(void **state)
{
        check(state,
                "“ \" PUNCT `` 5 punct join\nThe the DET DT 3 det\nport port NOUN NN 5 nsubj\nis be AUX VBZ 5 cop\n"
                "shut shut ADJ JJ 9 ccomp join\n, , PUNCT , 5 punct join\n” \" PUNCT '' 5 punct\n"
                "Marsh Marsh PROPN NNP 9 nsubj\nsaid say VERB VBD 0 root join\n. . PUNCT . 9 punct\n\nparagraph\n"
                "“ \" PUNCT `` 4 punct join\nIt it PRON PRP 4 nsubj\nwill will AUX MD 4 aux\n"
                "stay stay VERB VB 0 root\nso so ADV RB 4 advmod\nuntil until ADP IN 7 case\n"
                "May May PROPN NNP 4 obl join\n. . PUNCT . 4 punct join\n” \" PUNCT '' 4 punct\n\nparagraph\n"
                "“ \" PUNCT `` 3 punct join\nWe we PRON PRP 3 nsubj\nknow know VERB VBP 0 root join\n"
                ". . PUNCT . 3 punct join\n” \" PUNCT '' 3 punct\n\nCole Cole PROPN NNP 3 nsubj\n"
                "was be AUX VBD 3 cop\nsilent silent ADJ JJ 0 root join\n. . PUNCT . 3 punct",
              "Marsh: said: direct: “The port is shut,” .. “It will stay so until May.”");
}

/* The port was shut, Marsh said. "We were not asked about it." */
static void test_paraphrase(void **state)
{
        check(state,
                "The the DET DT 2 det\nport port NOUN NN 4 nsubj:pass\nwas be AUX VBD 4 aux:pass\n"
                "shut shut ADJ JJ 0 root join\n, , PUNCT , 7 punct\nMarsh Marsh PROPN NNP 7 nsubj\n"
                "said say VERB VBD 4 parataxis join\n. . PUNCT . 7 punct\n\n\" \" PUNCT `` 5 punct join\n"
                "We we PRON PRP 5 nsubj:pass\nwere be AUX VBD 5 aux:pass\nnot not PART RB 5 advmod\n"
                "asked ask VERB VBN 0 root\nabout about ADP IN 7 case\nit it PRON PRP 5 obl join\n"
                ". . PUNCT . 5 punct join\n\" \" PUNCT '' 5 punct",
              "Marsh: said: mixed: The port was shut .. \"We were not asked about it.\"");
}

/* Marsh said this: / "The port is shut." */
static void test_colon(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nthis this PRON DT 2 obj join\n"
                ": : PUNCT : 2 punct\n\nparagraph\n\" \" PUNCT `` 5 punct join\nThe the DET DT 3 det\n"
                "port port NOUN NN 5 nsubj\nis be AUX VBZ 5 cop\nshut shut ADJ JJ 0 root join\n"
                ". . PUNCT . 5 punct join\n\" \" PUNCT '' 5 punct",
              "Marsh: said: mixed: this .. \"The port is shut.\"");
}

/* Marsh said the port was shut. The "old harbour" is open. */
static void test_scare(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nthe the DET DT 4 det\n"
                "port port NOUN NN 6 nsubj\nwas be AUX VBD 6 cop\nshut shut ADJ JJ 2 ccomp join\n"
                ". . PUNCT . 2 punct\n\nThe the DET DT 4 det\n\" \" PUNCT `` 4 punct join\nold old ADJ JJ 4 amod\n"
                "harbour harbour NOUN NN 7 nsubj join\n\" \" PUNCT '' 4 punct\nis be AUX VBZ 7 cop\n"
                "open open ADJ JJ 0 root join\n. . PUNCT . 7 punct",
              "Marsh: said: indirect: the port was shut");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_signed),     cmocka_unit_test(test_label), cmocka_unit_test(test_headline),
                cmocka_unit_test(test_runs_on),    cmocka_unit_test(test_next),  cmocka_unit_test(test_paraphrase),
                cmocka_unit_test(test_colon),      cmocka_unit_test(test_scare),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
