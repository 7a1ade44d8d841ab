/* Who says what: before, after and around the content, "according to", nesting, and who "we" are. */
#include "fixture.h"

#include <string.h>

static const char *content(struct fixture *f, const struct coding *c, size_t i)
{
        (void)f;
        return coding_text(c, c->statements[i]->content[0]);
}

static void test_first(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Tokyo Tokyo PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nSeoul Seoul PROPN NNP 4 nsubj\n"
                "agreed agree VERB VBD 2 ccomp",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(c->statements[0]->source->code, "JPN");
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
        assert_string_equal(c->statements[0]->kind, "indirect");
}

static void test_after(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Seoul Seoul PROPN NNP 2 nsubj\nagreed agree VERB VBD 0 root\n, , PUNCT , 2 punct\n"
                "Tokyo Tokyo PROPN NNP 5 nsubj\nsaid say VERB VBD 2 parataxis",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
        assert_string_equal(coding_text(c, c->statements[0]->cue_span), "said");
}

static void test_according(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Seoul Seoul PROPN NNP 2 nsubj\nagreed agree VERB VBD 0 root\n, , PUNCT , 2 punct\n"
                "according accord VERB VBG 6 case\nto to ADP IN 4 fixed\nTokyo Tokyo PROPN NNP 2 obl",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(coding_text(c, c->statements[0]->cue_span), "according to");
        assert_string_equal(coding_text(c, c->statements[0]->source_span), "Tokyo");
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
}

/* "Were accused by Oman of lying": Oman says it, of both. */
static void test_accused_by(void **state)
{
        assert_string_equal(fixture_statements(*state,
                                               fixture_code(*state,
                                                            "Ethiopian Ethiopian ADJ JJ 2 amod\n"
                                                            "troops troops NOUN NNS 4 nsubj:pass\n"
                                                            "were be AUX VBD 4 aux:pass\n"
                                                            "accused accuse VERB VBN 0 root\n"
                                                            "by by ADP IN 6 case\nOman Oman PROPN NNP 4 obl:agent\n"
                                                            "of of SCONJ IN 8 mark\nlying lie VERB VBG 6 acl",
                                                            NULL)),
                            "Oman: were accused by: indirect: Ethiopian troops .. of lying");
}

/* "Denied using gas": who denies tells of it. */
static void test_denied(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "Syria Syria PROPN NNP 2 nsubj\ndenied deny VERB VBD 0 root\n"
                                        "attacking attack VERB VBG 2 xcomp\nChad Chad PROPN NNP 3 obj",
                                        NULL);

        assert_int_equal(c->n_events, 1);
        assert_int_equal(c->events[0]->status, STATUS_DENIED);
        assert_non_null(c->events[0]->attribution);
        assert_string_equal(c->events[0]->attribution->source->code, "SYR");
}

static void test_nested(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Tokyo Tokyo PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nSeoul Seoul PROPN NNP 4 nsubj\n"
                "confirmed confirm VERB VBD 2 ccomp\nParis Paris PROPN NNP 6 nsubj\n"
                "condemned condemn VERB VBD 4 ccomp\nRome Rome PROPN NNP 6 obj",
                NULL);
        const struct coding_event *e = NULL;

        for (size_t i = 0; i < c->n_events; i++)
                if (strcmp(coding_text(c, c->events[i]->trigger), "condemned") == 0)
                        e = c->events[i];
        assert_non_null(e);
        assert_non_null(e->attribution);
        assert_string_equal(e->attribution->source->code, "KOR");
        assert_non_null(e->attribution->outer);
        assert_string_equal(e->attribution->outer->source->code, "JPN");
}

static void test_we(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "\" \" PUNCT `` 3 punct\nWe we PRON PRP 3 nsubj\ncondemn condemn VERB VBP 7 ccomp\n"
                "Iran Iran PROPN NNP 3 obj\n\" \" PUNCT '' 3 punct\nParis Paris PROPN NNP 7 nsubj\n"
                "said say VERB VBD 0 root",
                NULL);

        assert_string_equal(fixture_events(*state, c), "ACCUSE FRA>IRN happened");
        assert_true(c->events[0]->quoted);
}

/* The statements of a story, read as the tree in `conllu` says. */
static void check(void **state, const char *conllu, const char *statements)
{
        assert_string_equal(fixture_statements(*state, fixture_code(*state, conllu, NULL)), statements);
}

/* "We were close," the minister said, adding that nobody had signed. "The port stays shut." */
static void test_aside(void **state)
{
        check(state,
                "\" \" PUNCT `` 4 punct join\nWe we PRON PRP 4 nsubj\nwere be AUX VBD 4 cop\n"
                "close close ADJ JJ 9 ccomp join\n, , PUNCT , 4 punct join\n\" \" PUNCT '' 4 punct\n"
                "the the DET DT 8 det\nminister minister NOUN NN 9 nsubj\nsaid say VERB VBD 0 root join\n"
                ", , PUNCT , 11 punct\nadding add VERB VBG 9 advcl\nthat that SCONJ IN 15 mark\n"
                "nobody nobody PRON NN 15 nsubj\nhad have AUX VBD 15 aux\nsigned sign VERB VBN 11 ccomp join\n"
                ". . PUNCT . 9 punct\n\n\" \" PUNCT `` 4 punct join\nThe the DET DT 3 det\n"
                "port port NOUN NN 4 nsubj\nstays stay VERB VBZ 0 root\nshut shut ADJ JJ 4 xcomp join\n"
                ". . PUNCT . 4 punct join\n\" \" PUNCT '' 4 punct",
              "the minister: said: direct: \"We were close,\" .. \"The port stays shut.\"\n"
              "the minister: adding: indirect: that nobody had signed");
}

/* The port was shut, said Marsh, who leads the union. */
static void test_inverted(void **state)
{
        check(state,
                "The the DET DT 2 det\nport port NOUN NN 4 nsubj:pass\nwas be AUX VBD 4 aux:pass\n"
                "shut shut ADJ JJ 0 root join\n, , PUNCT , 6 punct\nsaid say VERB VBD 4 conj\n"
                "Marsh Marsh PROPN NNP 6 nsubj join\n, , PUNCT , 10 punct\nwho who PRON WP 10 nsubj\n"
                "leads lead VERB VBZ 7 acl:relcl\nthe the DET DT 12 det\nunion union NOUN NN 10 obj join\n"
                ". . PUNCT . 4 punct",
              "Marsh, who leads the union: said: indirect: The port was shut");
}

/* Marsh told reporters that the union would not sign. */
static void test_told(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\ntold tell VERB VBD 0 root\nreporters reporter NOUN NNS 2 iobj\n"
                "that that SCONJ IN 9 mark\nthe the DET DT 6 det\nunion union NOUN NN 9 nsubj\n"
                "would would AUX MD 9 aux\nnot not PART RB 9 advmod\nsign sign VERB VB 3 acl join\n"
                ". . PUNCT . 2 punct",
              "Marsh: told: indirect: that the union would not sign");
}

/* The union agreed, but also contended that the port was safe. */
static void test_joined(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nagreed agree VERB VBD 0 root join\n"
                ", , PUNCT , 7 punct\nbut but CCONJ CC 7 cc\nalso also ADV RB 7 advmod\n"
                "contended contend VERB VBD 3 conj\nthat that SCONJ IN 12 mark\nthe the DET DT 10 det\n"
                "port port NOUN NN 12 nsubj\nwas be AUX VBD 12 cop\nsafe safe ADJ JJ 7 ccomp join\n"
                ". . PUNCT . 3 punct",
              "The union: also contended: indirect: that the port was safe");
}

/* The union warned against a strike. */
static void test_phrase(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nwarned warn VERB VBD 0 root\n"
                "against against ADP IN 6 case\na a DET DT 6 det\nstrike strike NOUN NN 3 obl join\n"
                ". . PUNCT . 3 punct",
              "The union: warned against: indirect: a strike");
}

/* Marsh accused the minister of lying. */
static void test_accused(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\naccused accuse VERB VBD 0 root\nthe the DET DT 4 det\n"
                "minister minister NOUN NN 2 obj\nof of SCONJ IN 6 mark\nlying lie VERB VBG 4 acl join\n"
                ". . PUNCT . 2 punct",
              "Marsh: accused the minister of: indirect: lying");
}

/* The minister criticised the union, which has no leader. */
static void test_object(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\ncriticised criticise VERB VBD 0 root\n"
                "the the DET DT 5 det\nunion union NOUN NN 3 obj join\n, , PUNCT , 8 punct\n"
                "which which PRON WDT 8 nsubj\nhas have VERB VBZ 5 acl:relcl\nno no DET DT 10 det\n"
                "leader leader NOUN NN 8 obj join\n. . PUNCT . 3 punct",
              "The minister: criticised: indirect: the union");
}

/* The plan was endorsed by the union. */
static void test_passive(void **state)
{
        check(state,
                "The the DET DT 2 det\nplan plan NOUN NN 4 nsubj:pass\nwas be AUX VBD 4 aux:pass\n"
                "endorsed endorse VERB VBN 0 root\nby by ADP IN 7 case\nthe the DET DT 7 det\n"
                "union union NOUN NN 4 obl:agent join\n. . PUNCT . 4 punct",
              "the union: was endorsed by: indirect: The plan");
}

/* Marsh urged the minister to sign. */
static void test_urged(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\nurged urge VERB VBD 0 root\nthe the DET DT 4 det\n"
                "minister minister NOUN NN 2 iobj\nto to PART TO 6 mark\nsign sign VERB VB 2 xcomp join\n"
                ". . PUNCT . 2 punct",
              "Marsh: urged: indirect: to sign");
}

/* The union refused to disclose its plans. */
static void test_phase(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nrefused refuse VERB VBD 0 root\n"
                "to to PART TO 5 mark\ndisclose disclose VERB VB 3 xcomp\nits its PRON PRP$ 7 nmod:poss\n"
                "plans plan NOUN NNS 5 obj join\n. . PUNCT . 3 punct",
              "The union: refused to disclose: indirect: its plans");
}

/* The union dismissed the minister's claim that the port was safe. */
static void test_noun(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\ndismissed dismiss VERB VBD 0 root\n"
                "the the DET DT 5 det\nminister minister NOUN NN 7 nmod:poss join\n's 's PART POS 5 case\n"
                "claim claim NOUN NN 3 obj\nthat that SCONJ IN 12 mark\nthe the DET DT 10 det\n"
                "port port NOUN NN 12 nsubj\nwas be AUX VBD 12 cop\nsafe safe ADJ JJ 7 acl join\n"
                ". . PUNCT . 3 punct",
              "The union: dismissed: indirect: the minister's claim that the port was safe\n"
              "> the minister's: claim: indirect: that the port was safe");
}

/* The union raised questions about the plan. */
static void test_carried(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nraised raise VERB VBD 0 root\n"
                "questions question NOUN NNS 3 obj\nabout about ADP IN 7 case\nthe the DET DT 7 det\n"
                "plan plan NOUN NN 4 nmod join\n. . PUNCT . 3 punct",
              "The union: raised questions about: indirect: the plan");
}

/* The union is critical of the plan. */
static void test_adjective(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 4 nsubj\nis be AUX VBZ 4 cop\n"
                "critical critical ADJ JJ 0 root\nof of ADP IN 7 case\nthe the DET DT 7 det\n"
                "plan plan NOUN NN 4 obl join\n. . PUNCT . 4 punct",
              "The union: is critical of: indirect: the plan");
}

/* The union reported that the port was shut, according to Marsh. */
static void test_according_last(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nreported report VERB VBD 0 root\n"
                "that that SCONJ IN 8 mark\nthe the DET DT 6 det\nport port NOUN NN 8 nsubj\nwas be AUX VBD 8 cop\n"
                "shut shut ADJ JJ 3 ccomp join\n, , PUNCT , 12 punct\naccording accord VERB VBG 12 case\n"
                "to to ADP IN 10 fixed\nMarsh Marsh PROPN NNP 8 obl join\n. . PUNCT . 3 punct",
              "Marsh: according to: indirect: The union reported that the port was shut\n"
              "> The union: reported: indirect: that the port was shut");
}

/* As Marsh has said, the port is shut. */
static void test_as(void **state)
{
        check(state,
                "As as SCONJ IN 4 mark\nMarsh Marsh PROPN NNP 4 nsubj\nhas have AUX VBZ 4 aux\n"
                "said say VERB VBN 9 advcl join\n, , PUNCT , 4 punct\nthe the DET DT 7 det\n"
                "port port NOUN NN 9 nsubj\nis be AUX VBZ 9 cop\nshut shut ADJ JJ 0 root join\n. . PUNCT . 9 punct",
              "Marsh: has said: indirect: the port is shut");
}

/* It is clear that the port is shut. */
static void test_nobody(void **state)
{
        check(state,
                "It it PRON PRP 3 expl\nis be AUX VBZ 3 cop\nclear clear ADJ JJ 0 root\nthat that SCONJ IN 8 mark\n"
                "the the DET DT 6 det\nport port NOUN NN 8 nsubj\nis be AUX VBZ 8 cop\n"
                "shut shut ADJ JJ 3 csubj join\n. . PUNCT . 3 punct",
              "-: It is clear: indirect: that the port is shut");
}

/* The minister seems to like the plan. */
static void test_seem(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nseems seem VERB VBZ 0 root\n"
                "to to PART TO 5 mark\nlike like VERB VB 3 xcomp\nthe the DET DT 7 det\n"
                "plan plan NOUN NN 5 obj join\n. . PUNCT . 3 punct",
              "-: seems: indirect: The minister .. to like the plan");
}

/* He's claiming the port is shut. */
static void test_clitic(void **state)
{
        check(state,
                "He he PRON PRP 3 nsubj join\n's be AUX VBZ 3 aux\nclaiming claim VERB VBG 0 root\n"
                "the the DET DT 5 det\nport port NOUN NN 7 nsubj\nis be AUX VBZ 7 cop\n"
                "shut shut ADJ JJ 3 ccomp join\n. . PUNCT . 3 punct",
              "He: 's claiming: indirect: the port is shut");
}

/* The minister said that the port was "shut for good" and that no ship could leave. */
static void test_mixed(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nsaid say VERB VBD 0 root\n"
                "that that SCONJ IN 9 mark\nthe the DET DT 6 det\nport port NOUN NN 9 nsubj\nwas be AUX VBD 9 cop\n"
                "\" \" PUNCT `` 9 punct join\nshut shut ADJ JJ 3 ccomp\nfor for ADP IN 11 case\n"
                "good good ADJ JJ 9 obl join\n\" \" PUNCT '' 9 punct\nand and CCONJ CC 18 cc\n"
                "that that SCONJ IN 18 mark\nno no DET DT 16 det\nship ship NOUN NN 18 nsubj\n"
                "could could AUX MD 18 aux\nleave leave VERB VB 9 conj join\n. . PUNCT . 3 punct",
              "The minister: said: mixed: that the port was \"shut for good\" and that no ship could leave");
}

/* "He told me, 'The port is shut,'" Marsh said. */
static void test_in_quotes(void **state)
{
        check(state,
                "\" \" PUNCT `` 3 punct join\nHe he PRON PRP 3 nsubj\ntold tell VERB VBD 0 root\n"
                "me I PRON PRP 3 iobj join\n, , PUNCT , 10 punct\n' ' PUNCT `` 10 punct join\n"
                "The the DET DT 8 det\nport port NOUN NN 10 nsubj\nis be AUX VBZ 10 cop\n"
                "shut shut ADJ JJ 3 ccomp join\n, , PUNCT , 10 punct join\n' ' PUNCT '' 10 punct join\n"
                "\" \" PUNCT '' 10 punct\n\nMarsh Marsh PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root join\n"
                ". . PUNCT . 2 punct",
              "Marsh: said: direct: \"He told me, 'The port is shut,'\"\n"
              "> He: told: indirect: 'The port is shut,'");
}

/* Marsh spoke at the port on Sunday. "The port is shut," he said. "It will stay so." */
static void test_before(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root\nat at ADP IN 5 case\n"
                "the the DET DT 5 det\nport port NOUN NN 2 obl\non on ADP IN 7 case\n"
                "Sunday Sunday PROPN NNP 2 obl join\n. . PUNCT . 2 punct\n\n\" \" PUNCT `` 5 punct join\n"
                "The the DET DT 3 det\nport port NOUN NN 5 nsubj\nis be AUX VBZ 5 cop\n"
                "shut shut ADJ JJ 9 ccomp join\n, , PUNCT , 5 punct join\n\" \" PUNCT '' 5 punct\n"
                "he he PRON PRP 9 nsubj\nsaid say VERB VBD 0 root join\n. . PUNCT . 9 punct\n\n"
                "\" \" PUNCT `` 4 punct join\nIt it PRON PRP 4 nsubj\nwill will AUX MD 4 aux\n"
                "stay stay VERB VB 0 root\nso so ADV RB 4 advmod join\n. . PUNCT . 4 punct join\n"
                "\" \" PUNCT '' 4 punct",
              "he: said: direct: \"The port is shut,\" .. \"It will stay so.\"");
}

/* "Is the port shut?" Marsh asked. */
static void test_beside(void **state)
{
        check(state,
                "\" \" PUNCT `` 5 punct join\nIs be AUX VBZ 5 cop\nthe the DET DT 4 det\n"
                "port port NOUN NN 5 nsubj\nshut shut ADJ JJ 0 root join\n? ? PUNCT . 5 punct join\n"
                "\" \" PUNCT '' 5 punct\n\nMarsh Marsh PROPN NNP 2 nsubj\nasked ask VERB VBD 0 root join\n"
                ". . PUNCT . 2 punct",
              "Marsh: asked: direct: \"Is the port shut?\"");
}

/* Marsh added: / The port is shut. It will stay so. */
static void test_block(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\nadded add VERB VBD 0 root join\n: : PUNCT : 2 punct\n\nparagraph\n"
                "The the DET DT 2 det\nport port NOUN NN 4 nsubj\nis be AUX VBZ 4 cop\n"
                "shut shut ADJ JJ 0 root join\n. . PUNCT . 4 punct\n\nIt it PRON PRP 3 nsubj\n"
                "will will AUX MD 3 aux\nstay stay VERB VB 0 root\nso so ADV RB 3 advmod join\n. . PUNCT . 3 punct",
              "Marsh: added: direct: The port is shut. It will stay so.");
}

/* Police reportedly arrested nine people. */
static void test_hearsay(void **state)
{
        check(state,
                "Police police NOUN NNS 3 nsubj\nreportedly reportedly ADV RB 3 advmod\n"
                "arrested arrest VERB VBD 0 root\nnine nine NUM CD 5 nummod\npeople people NOUN NNS 3 obj join\n"
                ". . PUNCT . 3 punct",
              "-: reportedly: indirect: Police .. arrested nine people");
}

/* The union issued a statement calling for a strike. */
static void test_carrier(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\nissued issue VERB VBD 0 root\n"
                "a a DET DT 5 det\nstatement statement NOUN NN 3 obj\ncalling call VERB VBG 5 acl\n"
                "for for ADP IN 9 case\na a DET DT 9 det\nstrike strike NOUN NN 6 obl join\n. . PUNCT . 3 punct",
              "The union: issued a statement calling for: indirect: a strike");
}

/* The minister faced criticism of the plan. */
static void test_faced(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nfaced face VERB VBD 0 root\n"
                "criticism criticism NOUN NN 3 obj\nof of ADP IN 7 case\nthe the DET DT 7 det\n"
                "plan plan NOUN NN 4 nmod join\n. . PUNCT . 3 punct",
              "-: criticism of: indirect: the plan");
}

/* The council urged both sides to respect the agreement. */
static void test_told_to(void **state)
{
        check(state,
                "The the DET DT 2 det\ncouncil council NOUN NN 3 nsubj\nurged urge VERB VBD 0 root\n"
                "both both DET DT 5 det\nsides side NOUN NNS 3 obj\nto to PART TO 7 mark\n"
                "respect respect VERB VB 3 advcl\nthe the DET DT 9 det\nagreement agreement NOUN NN 7 obj join\n"
                ". . PUNCT . 3 punct",
              "The council: urged: indirect: to respect the agreement\n"
              "> both sides: to respect: indirect: the agreement");
}

/* The union called off its protests on Friday. */
static void test_particle(void **state)
{
        check(state,
                "The the DET DT 2 det\nunion union NOUN NN 3 nsubj\ncalled call VERB VBD 0 root\n"
                "off off ADP RP 3 compound:prt\nits its PRON PRP$ 6 nmod:poss\nprotests protest NOUN NNS 3 obj\n"
                "on on ADP IN 8 case\nFriday Friday PROPN NNP 3 obl join\n. . PUNCT . 3 punct",
              "");
}

/* The minister said the port would open and pledged to keep it open. */
static void test_goes_on(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nsaid say VERB VBD 0 root\n"
                "the the DET DT 5 det\nport port NOUN NN 7 nsubj\nwould would AUX MD 7 aux\n"
                "open open VERB VB 3 ccomp\nand and CCONJ CC 9 cc\npledged pledge VERB VBD 7 conj\n"
                "to to PART TO 11 mark\nkeep keep VERB VB 9 xcomp\nit it PRON PRP 11 obj\n"
                "open open ADJ JJ 11 xcomp join\n. . PUNCT . 3 punct",
              "The minister: said: indirect: the port would open\n"
              "The minister: pledged: indirect: to keep it open");
}

/* The minister said the crowd came and attacked the port. */
static void test_stays(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nsaid say VERB VBD 0 root\n"
                "the the DET DT 5 det\ncrowd crowd NOUN NN 6 nsubj\ncame come VERB VBD 3 ccomp\n"
                "and and CCONJ CC 8 cc\nattacked attack VERB VBD 6 conj\nthe the DET DT 10 det\n"
                "port port NOUN NN 8 obj join\n. . PUNCT . 3 punct",
              "The minister: said: indirect: the crowd came and attacked the port\n"
              "> the crowd: attacked: indirect: the port");
}

/* The minister announced in a statement on Sunday that he had reached a settlement with the union. */
static void test_in_statement(void **state)
{
        check(state,
                "The the DET DT 2 det\nminister minister NOUN NN 3 nsubj\nannounced announce VERB VBD 0 root\n"
                "in in ADP IN 6 case\na a DET DT 6 det\nstatement statement NOUN NN 3 obl\non on ADP IN 8 case\n"
                "Sunday Sunday PROPN NNP 6 nmod\nthat that SCONJ IN 12 mark\nhe he PRON PRP 12 nsubj\n"
                "had have AUX VBD 12 aux\nreached reach VERB VBN 6 acl\na a DET DT 14 det\n"
                "settlement settlement NOUN NN 12 obj\nwith with ADP IN 17 case\nthe the DET DT 17 det\n"
                "union union NOUN NN 14 nmod join\n. . PUNCT . 3 punct",
              "The minister: announced: indirect: that he had reached a settlement with the union");
}

/* What a passive tells of who is told; and a short remark with nothing behind it. */
static void test_told_passive(void **state)
{
        check(state,
                "Marsh Marsh PROPN NNP 2 nsubj\ntold tell VERB VBD 0 root\nunions union NOUN NNS 2 obj\n"
                "that that SCONJ IN 7 mark\nports port NOUN NNS 7 nsubj:pass\nwere be AUX VBD 7 aux:pass\n"
                "shut shut VERB VBN 3 acl join\n. . PUNCT . 2 punct",
              "Marsh: told: indirect: that ports were shut");
        check(state,
                "Ports port NOUN NNS 6 nsubj\nlike like ADP IN 3 case\nTema Tema PROPN NNP 1 nmod join\n"
                ", , PUNCT , 6 punct\nhe he PRON PRP 6 nsubj\nsaid say VERB VBD 0 root join\n. . PUNCT . 6 punct",
              "he: said: indirect: Ports like Tema");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_accused_by), cmocka_unit_test(test_denied),
                cmocka_unit_test(test_first), cmocka_unit_test(test_after), cmocka_unit_test(test_according),
                cmocka_unit_test(test_nested), cmocka_unit_test(test_we), cmocka_unit_test(test_aside),
                cmocka_unit_test(test_inverted), cmocka_unit_test(test_told), cmocka_unit_test(test_joined),
                cmocka_unit_test(test_phrase), cmocka_unit_test(test_accused), cmocka_unit_test(test_object),
                cmocka_unit_test(test_passive), cmocka_unit_test(test_urged), cmocka_unit_test(test_phase),
                cmocka_unit_test(test_noun), cmocka_unit_test(test_carried), cmocka_unit_test(test_adjective),
                cmocka_unit_test(test_according_last), cmocka_unit_test(test_as),
                cmocka_unit_test(test_nobody), cmocka_unit_test(test_seem), cmocka_unit_test(test_clitic),
                cmocka_unit_test(test_mixed), cmocka_unit_test(test_in_quotes), cmocka_unit_test(test_before),
                cmocka_unit_test(test_beside), cmocka_unit_test(test_block),
                cmocka_unit_test(test_hearsay), cmocka_unit_test(test_carrier), cmocka_unit_test(test_faced),
                cmocka_unit_test(test_told_to), cmocka_unit_test(test_particle), cmocka_unit_test(test_goes_on),
                cmocka_unit_test(test_stays), cmocka_unit_test(test_in_statement),
                cmocka_unit_test(test_told_passive),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
