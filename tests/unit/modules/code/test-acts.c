/* Frames against clauses: passives, control, coordination, negation, light verbs, what a frame absorbs, what is no
 * act. */
#include "fixture.h"

static void expect(void **state, const char *conllu, const char *events)
{
        assert_string_equal(fixture_events(*state, fixture_code(*state, conllu, "2026-03-12")), events);
}

static void test_active(void **state)
{
        expect(state,
               "Poland Poland PROPN NNP 2 nsubj\nexpelled expel VERB VBD 0 root\ntwo two NUM CD 5 nummod\n"
               "Russian russian ADJ JJ 5 amod\ndiplomats diplomat NOUN NNS 2 obj",
               "SANCTION POL>RUSGOV happened");
}

static void test_passive(void **state)
{
        expect(state,
               "Nine nine NUM CD 3 nummod\nChadian chadian ADJ JJ 3 amod\nrebels rebel NOUN NNS 5 nsubj:pass\n"
               "were be AUX VBD 5 aux:pass\narrested arrest VERB VBN 0 root\nby by ADP IN 8 case\n"
               "Libyan libyan ADJ JJ 8 amod\npolice police NOUN NNS 5 obl:agent",
               "COERCE LBYCOP>TCDREB happened");
}

/* Settlers in a place are not of it; what was done after another act is no target. */
static void test_settlers(void **state)
{
        expect(state,
               "Israeli israeli ADJ JJ 2 amod\nIsraelis Israelis PROPN NNPS 5 nsubj\nin in ADP IN 4 case\n"
               "Chad Chad PROPN NNP 2 nmod\ncriticized criticize VERB VBD 0 root\nOman Oman PROPN NNP 5 obj",
               "ACCUSE ISR>OMN happened");
        expect(state,
               "police police NOUN NNS 2 nsubj\nraided raid VERB VBD 0 root\nthe the DET DT 5 det\n"
               "Chadian chadian ADJ JJ 5 amod\nhomes home NOUN NNS 2 obj",
               "COERCE TCDCOP>TCDCVL happened");
}

static void test_reciprocal(void **state)
{
        expect(state,
               "Togo Togo PROPN NNP 4 nsubj\nand and CCONJ CC 3 cc\nBenin Benin PROPN NNP 1 conj\n"
               "signed sign VERB VBD 0 root\na a DET DT 6 det\ntreaty treaty NOUN NN 4 obj",
               "SUPPORT TGO+BEN>- happened");
}

static void test_negation(void **state)
{
        expect(state,
               "Malta Malta PROPN NNP 4 nsubj\ndid do AUX VBD 4 aux\nnot not PART RB 4 advmod\n"
               "agree agree VERB VB 0 root\n"
               "to to PART TO 6 mark\nhelp help VERB VB 4 xcomp\nLibya Libya PROPN NNP 6 obj",
               "REJECT MLT>LBY happened");
}

static void test_future(void **state)
{
        expect(state,
               "Japan Japan PROPN NNP 3 nsubj\nwill will AUX MD 3 aux\ngive give VERB VB 0 root\n"
               "Nepal Nepal PROPN NNP 3 iobj\n"
               "food food NOUN NN 3 obj",
               "AGREE JPN>NPL planned");
}

/* The speech act is the event, what it is about is not one more. */
static void test_absorbs(void **state)
{
        expect(state,
               "Iran Iran PROPN NNP 2 nsubj\nthreatened threaten VERB VBD 0 root\nto to PART TO 4 mark\n"
               "attack attack VERB VB 2 xcomp\nIraq Iraq PROPN NNP 4 obj",
               "THREATEN IRN>IRQ happened");
}

static void test_light_verb(void **state)
{
        expect(state,
               "Turkish turkish ADJ JJ 2 amod\njets jet NOUN NNS 3 nsubj\ncarried carry VERB VBD 0 root\n"
               "out out ADP RP 3 compound:prt\n"
               "strikes strike NOUN NNS 3 obj\non on ADP IN 8 case\nSyrian syrian ADJ JJ 8 amod\n"
               "rebels rebel NOUN NNS 5 nmod",
               "ASSAULT TURMIL>SYRREB happened");
}

static void test_nationalities(void **state)
{
        expect(state,
               "French french ADJ JJ 4 amod\nand and CCONJ CC 3 cc\nItalian italian ADJ JJ 1 conj\n"
               "troops troop NOUN NNS 5 nsubj\n"
               "attacked attack VERB VBD 0 root\nLibya Libya PROPN NNP 5 obj",
               "ASSAULT FRAMIL+ITAMIL>LBY happened");
}

/* "President X said that Y must Z" is a demand. */
static void test_obliges(void **state)
{
        expect(state,
               "France France PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nthat that SCONJ IN 6 mark\n"
               "Iran Iran PROPN NNP 6 nsubj\n"
               "must must AUX MD 6 aux\nstop stop VERB VB 2 ccomp",
               "REQUEST FRA>IRN happened");
}

/* "The deal is reckless, Paris said": a judgement is the speaker's. */
static void test_speaker(void **state)
{
        expect(state,
               "Iran Iran PROPN NNP 3 nsubj\nis be AUX VBZ 3 cop\nreckless reckless ADJ JJ 0 root\n"
               ", , PUNCT , 3 punct\nParis Paris PROPN NNP 6 nsubj\nsaid say VERB VBD 3 parataxis",
               "ACCUSE FRA>IRN happened");
}

static void test_not_acts(void **state)
{
        /* a departure is no retreat, an accident is no assault, a demand that is met is no meeting */
        expect(state, "Lavrov Lavrov PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root\nCairo Cairo PROPN NNP 2 obj", "");
        expect(state,
               "Six six NUM CD 3 nummod\nIndian indian ADJ JJ 3 amod\npilgrims pilgrim NOUN NNS 5 nsubj:pass\n"
               "were be AUX VBD 5 aux:pass\n"
               "killed kill VERB VBN 0 root\nin in ADP IN 8 case\na a DET DT 8 det\nstampede stampede NOUN NN 5 obl",
               "");
        expect(state,
               "Ghana Ghana PROPN NNP 2 nsubj\nmet meet VERB VBD 0 root\nits its PRON PRP$ 4 nmod:poss\n"
               "goals goal NOUN NNS 2 obj",
               "");
}

/* A condition: "if Iran attacks Iraq" did not happen. */
static void test_condition(void **state)
{
        expect(state,
               "Oman Oman PROPN NNP 3 nsubj\nwill will AUX MD 3 aux\nleave leave VERB VB 0 root\n"
               "if if SCONJ IN 6 mark\n"
               "Iran Iran PROPN NNP 6 nsubj\nattacks attack VERB VBZ 3 advcl\nIraq Iraq PROPN NNP 6 obj",
               "ASSAULT IRN>IRQ hypothetical");
}

#define SHELLED                                                                                                        \
        "Russia Russia PROPN NNP 2 nsubj\nshelled shell VERB VBD 0 root\na a DET DT 4 det\n" \
        "hospital hospital NOUN NN 2 obj\nin in ADP IN 6 case\nKharkiv Kharkiv PROPN NNP 4 nmod\n"

/* The deed and who died of it: two acts of one doer, and the dead are where it happened. */
static void test_casualties(void **state)
{
        expect(state,
               SHELLED ", , PUNCT , 8 punct\nkilling kill VERB VBG 2 advcl\nthree three NUM CD 10 nummod\n"
                       "people people NOUN NNS 8 obj",
               "ASSAULT RUS>UKRHLH happened; ASSAULT RUS>UKRCVL happened");
        expect(state,
               SHELLED ", , PUNCT , 9 punct\nwhich which PRON WDT 9 nsubj\nkilled kill VERB VBD 4 acl:relcl\n"
                       "three three NUM CD 11 nummod\npeople people NOUN NNS 9 obj",
               "ASSAULT RUS>UKRHLH happened; ASSAULT RUS>UKRCVL happened");
        expect(state,
               SHELLED ", , PUNCT , 8 punct\nleaving leave VERB VBG 2 advcl\nthree three NUM CD 10 nummod\n"
                       "people people NOUN NNS 8 obj\ndead dead ADJ JJ 8 xcomp",
               "ASSAULT RUS>UKRHLH happened; ASSAULT RUS>UKRCVL happened");
        expect(state,
               "Three three NUM CD 2 nummod\npeople people NOUN NNS 4 nsubj:pass\nwere be AUX VBD 4 aux:pass\n"
               "killed kill VERB VBN 0 root\nwhen when SCONJ WRB 7 mark\nRussia Russia PROPN NNP 7 nsubj\n"
               "shelled shell VERB VBD 4 advcl\na a DET DT 9 det\nhospital hospital NOUN NN 7 obj\n"
               "in in ADP IN 11 case\nKharkiv Kharkiv PROPN NNP 9 nmod",
               "ASSAULT RUS>UKRCVL happened; ASSAULT RUS>UKRHLH happened");
        /* What stands beside may be a verb whose frames say that it is no act. */
        expect(state,
               "Chadian Chadian ADJ JJ 2 amod\npeople people NOUN NNS 4 nsubj:pass\nwere be AUX VBD 4 aux:pass\n"
               "killed kill VERB VBN 0 root\nwhen when SCONJ WRB 7 mark\nRussia Russia PROPN NNP 7 nsubj\n"
               "pleaded plead VERB VBD 4 advcl",
               "ASSAULT ->TCDCVL happened");
}

/* Who shells a town by name is told; whose town it is, is not who did it. */
static void test_deeds(void **state)
{
        expect(state,
               "A a DET DT 4 det\nRussian Russian ADJ JJ 4 amod\nmissile missile NOUN NN 4 compound\n"
               "strike strike NOUN NN 7 nsubj\non on ADP IN 6 case\nKharkiv Kharkiv PROPN NNP 4 nmod\n"
               "killed kill VERB VBD 0 root\nthree three NUM CD 9 nummod\npeople people NOUN NNS 7 obj",
               "ASSAULT RUS>UKRCVL happened");
        expect(state,
               "Three three NUM CD 2 nummod\npeople people NOUN NNS 4 nsubj:pass\nwere be AUX VBD 4 aux:pass\n"
               "killed kill VERB VBN 0 root\nin in ADP IN 7 case\nRussian Russian ADJ JJ 7 amod\n"
               "shelling shelling NOUN NN 4 obl\nof of ADP IN 9 case\nKharkiv Kharkiv PROPN NNP 7 nmod",
               "ASSAULT RUS>UKRCVL happened");
        expect(state,
               "A a DET DT 3 det\nKabul Kabul PROPN NNP 3 compound\nbombing bombing NOUN NN 4 nsubj\n"
               "killed kill VERB VBD 0 root\nthree three NUM CD 6 nummod\npeople people NOUN NNS 4 obj",
               "ASSAULT ->AFGCVL happened");
}

/* Sport and films are no fights; who bears arms in a stadium does fight. */
static void test_play(void **state)
{
        static const char cup[] = "Togo Togo PROPN NNP 2 obj\nto to PART TO 5 mark\nwin win VERB VB 2 advcl\n"
                                  "the the DET DT 7 det\nCup Cup PROPN NNP 5 obj";
        struct fixture *f = *state;

        expect(state, arena_printf(&f->arena, "Benin Benin PROPN NNP 2 nsubj\nattacked attack VERB VBD 0 root\n"
                                              "%s", cup),
               "");
        expect(state, arena_printf(&f->arena, "rebels rebel NOUN NNS 2 nsubj\nattacked attack VERB VBD 0 root\n"
                                              "%s", cup),
               "ASSAULT TGOREB>TGO happened");
        expect(state,
               "In in ADP IN 3 case\nthe the DET DT 3 det\nfilm film NOUN NN 8 obl\n, , PUNCT , 3 punct\n"
               "a a DET DT 7 det\nRussian Russian ADJ JJ 7 amod\ngeneral general NOUN NN 8 nsubj\n"
               "invades invade VERB VBZ 0 root\nAlaska Alaska PROPN NNP 8 obj",
               "");
}

/* What is fired at somebody hits; what is fired into the sea is a test. */
static void test_rockets(void **state)
{
        expect(state,
               "Hezbollah Hezbollah PROPN NNP 2 nsubj\nfired fire VERB VBD 0 root\nrockets rocket NOUN NNS 2 obj\n"
               "at at ADP IN 5 case\nIsrael Israel PROPN NNP 2 obl",
               "ASSAULT LBNREB>ISR happened");
        expect(state,
               "Oman Oman PROPN NNP 2 nsubj\nfired fire VERB VBD 0 root\nmissiles missile NOUN NNS 2 obj\n"
               "into into ADP IN 6 case\nthe the DET DT 6 det\nsea sea NOUN NN 2 obl",
               "MOBILIZE OMN>- happened");
}

/* A headline's verb that the tagger has for a noun. */
static void test_headline(void **state)
{
        expect(state,
               "Bolivia Bolivia PROPN NNP 2 nsubj\ncuts cut NOUN NNS 0 root\nties tie NOUN NNS 2 obj\n"
               "with with ADP IN 5 case\nIsrael Israel PROPN NNP 3 nmod",
               "SANCTION BOL>ISR happened");
}

/* Of what somebody is accused, in the passive too, is no act that happened: who accuses says so. */
static void test_accused(void **state)
{
        expect(state,
               "Ethiopian Ethiopian ADJ JJ 2 amod\ntroops troops NOUN NNS 4 nsubj:pass\nwere be AUX VBD 4 aux:pass\n"
               "accused accuse VERB VBN 0 root\nby by ADP IN 6 case\nOman Oman PROPN NNP 4 obl:agent\n"
               "of of SCONJ IN 8 mark\nmassacring massacre VERB VBG 6 acl\ncivilians civilian NOUN NNS 8 obj",
               "ACCUSE OMN>ETHMIL happened");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_active),     cmocka_unit_test(test_passive), cmocka_unit_test(test_settlers),
                cmocka_unit_test(test_reciprocal), cmocka_unit_test(test_negation),
                cmocka_unit_test(test_future),     cmocka_unit_test(test_absorbs),
                cmocka_unit_test(test_light_verb), cmocka_unit_test(test_nationalities),
                cmocka_unit_test(test_obliges),    cmocka_unit_test(test_speaker),
                cmocka_unit_test(test_not_acts),   cmocka_unit_test(test_condition),
                cmocka_unit_test(test_casualties), cmocka_unit_test(test_deeds),
                cmocka_unit_test(test_play),       cmocka_unit_test(test_rockets),
                cmocka_unit_test(test_accused),    cmocka_unit_test(test_headline),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
