/* Later mentions: names, first names, nouns, roles, pronouns, pairs. */
#include "fixture.h"

#include "base/buf.h"

#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/coreference.h"

#define AFGHAN_TEAM                                                                                                  \
        "The the DET DT 3 det\nAfghan Afghan ADJ JJ 3 amod\nteam team NOUN NN 4 nsubj\n"                \
        "arrived arrive VERB VBD 0 root\n\n"
/* The code of token `node` (from 1) of the last sentence. */
static const char *code_at(void **state, const char *conllu, int node)
{
        struct coding *c = fixture_code(*state, conllu, "2016-10-01");
        struct coding_actor *a = actors_at(&c->sentences[c->n_sentences - 1], node - 1);

        return a ? a->code : "";
}

static void test_noun(void **state)
{
        assert_string_equal(
                code_at(state, AFGHAN_TEAM "The the DET DT 2 det\nteam team NOUN NN 3 nsubj\nwon win VERB VBD 0 root",
                        2),
                "AFGCVL");
        /* another one */
        assert_string_not_equal(
                code_at(state,
                        AFGHAN_TEAM
                        "Some some DET DT 2 det\nofficials official NOUN NNS 3 nsubj\nwon win VERB VBD 0 root",
                        2),
                "AFGCVL");
}

static void test_names(void **state)
{
        static const char minister[] =
                "Peruvian Peruvian ADJ JJ 2 amod\nminister minister NOUN NN 3 compound\nJuana Juana PROPN NNP 5 nsubj\n"
                "Quispe Quispe PROPN NNP 3 flat\nspoke speak VERB VBD 0 root\n\n";
        struct fixture *f = *state;

        assert_string_equal(
                code_at(state,
                        arena_printf(&f->arena, "%sQuispe Quispe PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root",
                                     minister),
                        1),
                "PERGOV");
        assert_string_equal(code_at(state,
                                    arena_printf(&f->arena,
                                                 "%sMs. Ms. PROPN NNP 2 compound\nQuispe Quispe PROPN NNP 3 nsubj\n"
                                                 "left leave VERB VBD 0 root",
                                                 minister),
                                    2),
                            "PERGOV");
        assert_string_equal(
                code_at(state,
                        arena_printf(&f->arena, "%sShe she PRON PRP 2 nsubj\nleft leave VERB VBD 0 root", minister), 1),
                "PERGOV");
        /* the dictionary's person by her first name */
        assert_string_equal(code_at(state,
                                    "Clinton Clinton PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root\n\n"
                                    "Hillary Hillary PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root",
                                    1),
                            "USAELI");
}

/* Somebody else of a known surname. */
static void test_namesake(void **state)
{
        assert_string_equal(
                code_at(state,
                        "Zora Zora PROPN NNP 2 compound\nTrump Trump PROPN NNP 3 nsubj\nspoke speak VERB VBD 0 root",
                        2),
                "---");
        assert_string_equal(
                code_at(state,
                        "Mr. Mr. PROPN NNP 2 compound\nTrump Trump PROPN NNP 3 nsubj\nspoke speak VERB VBD 0 root", 2),
                "USAELI");
        assert_string_equal(
                code_at(state,
                        "Donald Donald PROPN NNP 3 nsubj\nTrump Trump PROPN NNP 1 flat\nspoke speak VERB VBD 0 root",
                        1),
                "USAELI");
}

static void test_pair(void **state)
{
        struct fixture *f = *state;
        struct coding *c =
                fixture_code(f,
                             "Chad Chad PROPN NNP 4 nsubj\nand and CCONJ CC 3 cc\nLibya Libya PROPN NNP 1 conj\n"
                             "met meet VERB VBD 0 root\n\n"
                             "Both both DET DT 2 det\nsides side NOUN NNS 3 nsubj\nagreed agree VERB VBD 0 root",
                             NULL);

        assert_string_equal(fixture_events(f, c), "CONSULT TCD+LBY>- happened; AGREE TCD+LBY>- happened");
}

/* What is done to "themselves" is done to nobody else. */
static void test_reflexive(void **state)
{
        struct fixture *f = *state;
        struct coding *c =
                fixture_code(f,
                             "Libyan Libyan ADJ JJ 2 amod\nrebels rebel NOUN NNS 3 nsubj\nkilled kill VERB VBD 0 root\n"
                             "themselves themselves PRON PRP 3 obj",
                             NULL);

        for (size_t i = 0; i < c->n_events; i++)
                assert_int_equal(c->events[i]->n_target, 0);
}

static void test_honorific(void **state)
{
        (void)state;
        assert_true(coreference_is_honorific("Mr."));
        assert_true(coreference_is_honorific("Sen"));
        assert_false(coreference_is_honorific("Senegal"));
        assert_false(coreference_is_honorific("."));
}

/* A list of names without end: who was mentioned last stays known, and all are told of. */
static void test_many(void **state)
{
        struct fixture *f = *state;
        struct buf text = BUF_NULL;
        struct coding *c;
        size_t n = 0;

        for (int i = 0; i < 1200; i++) {
                const char name[] = { 'X', (char)('a' + i / 676), (char)('a' + i / 26 % 26), (char)('a' + i % 26), 0 };

                assert_int_equal(buf_printf(&text, "%s %s PROPN NNP 2 nsubj\nmet meet VERB VBD 0 root\n"
                                                   "Zorba Zorba PROPN NNP 2 obj\n\n", name, name), 0);
        }
        c = fixture_code(f, arena_strndup(&f->arena, text.data, text.n), NULL);
        buf_deinit(&text);
        assert_int_equal(c->n_entities, 1201);
        for (const struct coding_entity *e = c->entities; e; e = e->next)
                n++;
        assert_int_equal(n, 1201);
        assert_true(c->n_near < 1201);
        n = 0;
        for (const struct coding_entity *e = c->near; e; e = e->near)
                n += e->mentions;
        assert_int_equal(n, c->n_near + 1199);          /* Zorba is one of them still */
        assert_ptr_equal(c->sentences[0].actor[2]->entity, c->sentences[1199].actor[2]->entity);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_noun), cmocka_unit_test(test_names), cmocka_unit_test(test_namesake),
                cmocka_unit_test(test_pair), cmocka_unit_test(test_reflexive), cmocka_unit_test(test_honorific),
                cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
