/* The network: one reading from every kernel, whatever stands beside a sentence, well-formed trees, and sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/kernel.h"
#include "modules/read/print.h"
#include "modules/read/read.h"

static const char text[] =
        "PYONGYANG, Oct 19 (Reuters) - Russian Foreign Minister Sergei Lavrov met North Korean leader Kim Jong Un.\n"
        "\"We won't talk,\" the minister's spokesman said on Monday. He didn't say why.\n"
        "The two countries signed a plan. It was denied by Seoul, Tokyo and Washington, which had threatened "
        "sanctions.\n"
        "RUSSIA, NORTH KOREA SIGN PLAN\nYes.\nA B C D E F G H I J K L M N O P\n";

static struct read_model *model;

static int load(void **unused)
{
        const char *top = getenv("top_srcdir");
        _cleanup_free_ char *path = NULL, *error = NULL;

        (void)unused;
        return asprintf(&path, "%s/data/en.model", top == NULL ? "." : top) < 0 ? -1
                                                                                : read_model_open(&model, path, &error);
}

static int unload(void **unused)
{
        (void)unused;
        read_model_freep(&model);
        return 0;
}

/* The reading as CoNLL-U, malloc'ed. */
static char *read_with(const struct kernel *kernel, const char *what, size_t n)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct arena arena = ARENA_NULL;
        struct reading *reading;
        char *out = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&out, &size);

        assert_int_equal(reader_new_with(&reader, model, kernel), 0);
        assert_int_equal(reader_read(reader, &arena, what, n, &reading), 0);
        print_conllu(file, reading, 1);
        fclose(file);
        arena_deinit(&arena);
        return out;
}

static void test_kernels_agree(void **unused)
{
        _cleanup_free_ char *plain = read_with(kernel_get(KERNEL_PLAIN), text, sizeof(text) - 1);
        int k;

        (void)unused;
        for (k = 0; k < KERNEL_MAX; k++) {
                _cleanup_free_ char *other = NULL;

                if (kernel_get(k) == NULL)
                        continue;
                other = read_with(kernel_get(k), text, sizeof(text) - 1);
                assert_string_equal(plain, other);
        }
}

/* A line by itself is read as it is among others: batches change nothing. */
static void test_alone_and_together(void **unused)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct arena arena = ARENA_NULL;
        struct reading *all, *one;
        const char *line = text;
        size_t s = 0, i, k;

        (void)unused;
        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, text, sizeof(text) - 1, &all), 0);
        while (*line != '\0') {
                size_t n = strcspn(line, "\n");

                assert_int_equal(reader_read(reader, &arena, line, n, &one), 0);
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
        arena_deinit(&arena);
}

static void test_trees(void **unused)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct arena arena = ARENA_NULL;
        struct reading *reading;
        size_t s, i, steps;

        (void)unused;
        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, text, sizeof(text) - 1, &reading), 0);
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
        arena_deinit(&arena);
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
static void test_sense(void **unused)
{
        static const char plain[] = "The ministers signed the plan in Moscow and didn't talk.";
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct arena arena = ARENA_NULL;
        struct reading *r;

        (void)unused;
        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, plain, sizeof(plain) - 1, &r), 0);
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
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kernels_agree), cmocka_unit_test(test_alone_and_together),
                cmocka_unit_test(test_trees), cmocka_unit_test(test_sense),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
