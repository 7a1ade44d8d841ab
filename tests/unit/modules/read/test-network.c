/* The network: one reading from every kernel, whatever stands beside a sentence, well-formed trees, and sense. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/kernel.h"
#include "modules/read/print.h"

static const char text[] =
        "PYONGYANG, Oct 19 (Reuters) - Russian Foreign Minister Sergei Lavrov met North Korean leader Kim Jong Un.\n"
        "\"We won't talk,\" the minister's spokesman said on Monday. He didn't say why.\n"
        "The two countries signed a plan. It was denied by Seoul, Tokyo and Washington, which had threatened "
        "sanctions.\n"
        "RUSSIA, NORTH KOREA SIGN PLAN\nYes.\nA B C D E F G H I J K L M N O P\n";

/* The reading as CoNLL-U, malloc'ed. */
static char *read_with(struct fixture *f, const struct kernel *kernel)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct reading *reading;
        char *out = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&out, &size);

        assert_int_equal(reader_new_with(&reader, f->model, kernel), 0);
        assert_int_equal(reader_read(reader, &f->arena, text, sizeof(text) - 1, &reading), 0);
        print_conllu(file, reading, 1);
        fclose(file);
        return out;
}

static void test_kernels_agree(void **state)
{
        _cleanup_free_ char *plain = read_with(*state, kernel_get(KERNEL_PLAIN));
        int k;

        for (k = 0; k < KERNEL_MAX; k++) {
                _cleanup_free_ char *other = NULL;

                if (kernel_get(k) == NULL)
                        continue;
                other = read_with(*state, kernel_get(k));
                assert_string_equal(plain, other);
        }
}

/* A line by itself is read as it is among others: batches change nothing. */
static void test_alone_and_together(void **state)
{
        const struct reading *all = fixture_read(*state, text, sizeof(text) - 1), *one;
        const char *line = text;
        size_t s = 0, i, k;

        while (*line != '\0') {
                size_t n = strcspn(line, "\n");

                one = fixture_read(*state, line, n);
                for (i = 0; i < one->n_sentences; i++, s++) {
                        assert_int_equal(one->sentences[i].n_tokens, all->sentences[s].n_tokens);
                        for (k = 0; k < one->sentences[i].n_tokens; k++) {
                                const struct reading_token *a = &one->tokens[one->sentences[i].first + k];
                                const struct reading_token *b = &all->tokens[all->sentences[s].first + k];

                                assert_int_equal(a->head, b->head);
                                assert_int_equal(a->upos, b->upos);
                                assert_string_equal(a->deprel, b->deprel);
                                assert_string_equal(a->lemma, b->lemma);
                        }
                }
                line += n + 1;
        }
        assert_int_equal(s, all->n_sentences);
}

static void test_trees(void **state)
{
        const struct reading *reading = fixture_read(*state, text, sizeof(text) - 1);
        size_t s, i, steps;

        assert_true(reading->parsed);
        for (s = 0; s < reading->n_sentences; s++) {
                const struct reading_token *tokens = &reading->tokens[reading->sentences[s].first];
                size_t n = reading->sentences[s].n_tokens, roots = 0;

                for (i = 0; i < n; i++) {
                        int32_t at = (int32_t)i;

                        for (steps = 0; at >= 0 && steps <= n; steps++)
                                at = tokens[at].head;
                        assert_int_equal(at, -1);
                        roots += tokens[i].head < 0;
                        assert_int_equal(tokens[i].head < 0, strcmp(tokens[i].deprel, "root") == 0);
                        assert_true(tokens[i].upos != UPOS_NONE && tokens[i].upos < UPOS_MAX_);
                        assert_non_null(tokens[i].lemma);
                }
                assert_int_equal(roots, 1);
        }
}

static const struct reading_token *word(const struct reading *reading, const char *form)
{
        size_t i;

        for (i = 0; i < reading->n_tokens; i++)
                if (strcmp(reading->tokens[i].form, form) == 0)
                        return &reading->tokens[i];
        print_error("no word %s\n", form);
        abort();
}

/* A sentence that any model worth shipping reads right. */
static void test_sense(void **state)
{
        static const char plain[] = "The ministers signed the plan in Moscow and didn't talk.";
        const struct reading *r = fixture_read(*state, plain, sizeof(plain) - 1);

        assert_int_equal(r->n_sentences, 1);
        assert_int_equal(r->n_tokens, 12);
        assert_string_equal(word(r, "signed")->lemma, "sign");
        assert_int_equal(word(r, "signed")->head, -1);
        assert_string_equal(word(r, "ministers")->deprel, "nsubj");
        assert_int_equal(word(r, "ministers")->head, 2);
        assert_string_equal(word(r, "ministers")->lemma, "minister");
        assert_string_equal(word(r, "plan")->deprel, "obj");
        assert_int_equal(word(r, "Moscow")->upos, UPOS_PROPN);
        assert_string_equal(word(r, "n't")->lemma, "not");
        assert_int_equal(word(r, "n't")->begin, word(r, "did")->begin);
        assert_string_equal(word(r, "talk")->deprel, "conj");
        assert_non_null(strstr(word(r, "signed")->feats, "Tense=Past"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kernels_agree), cmocka_unit_test(test_alone_and_together),
                cmocka_unit_test(test_trees), cmocka_unit_test(test_sense),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
