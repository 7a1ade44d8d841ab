/* The reader without a model: tokens and sentences by rules, spans, paragraphs, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/read/read.h"
#include "modules/read/sentence.h"
#include "modules/read/view.h"

struct fixture {
        struct reader *reader;
        struct arena arena;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        if (f == NULL || reader_new(&f->reader, NULL) != 0)
                return -1;
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        reader_free(f->reader);
        arena_deinit(&f->arena);
        free(f);
        return 0;
}

/* Sentences as lines "paragraph: tokens with spaces between". */
static void check(struct fixture *f, const char *text, const char *expected)
{
        char *seen = NULL;
        size_t size = 0, s, t;
        FILE *out = open_memstream(&seen, &size);
        struct reading *reading;

        assert_int_equal(reader_read(f->reader, &f->arena, text, strlen(text), &reading), 0);
        for (s = 0; s < reading->n_sentences; s++) {
                const struct reading_sentence *sentence = &reading->sentences[s];

                fprintf(out, "%u:", sentence->paragraph);
                for (t = 0; t < sentence->n_tokens; t++) {
                        const struct reading_token *token = &reading->tokens[sentence->first + t];

                        assert_int_equal(strlen(token->form), token->end - token->begin);
                        assert_memory_equal(token->form, text + token->begin, token->end - token->begin);
                        assert_int_equal(token->head, -1);
                        fprintf(out, " %s", token->form);
                }
                fputc('\n', out);
        }
        fclose(out);
        assert_string_equal(seen, expected);
        free(seen);
        arena_reset(&f->arena);
}

static void test_news(void **state)
{
        check(*state,
              "MOSCOW (AP) \xE2\x80\x94 Russia spoke on Monday. "
              "\xE2\x80\x9CWe lost.\xE2\x80\x9D He left the U.S. at 12:30.",
              "0: MOSCOW ( AP ) \xE2\x80\x94 Russia spoke on Monday .\n"
              "0: \xE2\x80\x9C We lost . \xE2\x80\x9D\n"
              "0: He left the U.S. at 12:30 .\n");
        check(*state, "RUSSIA, IRAN SIGN PLAN\n\nMr. J. R. Smith paid $5.50 (10%).",
              "0: RUSSIA , IRAN SIGN PLAN\n1: Mr. J. R. Smith paid $ 5.50 ( 10 % ) .\n");
        check(*state, "\"Is it 1,000?\" asked Li... \"No!\" See http://x.org/y. Or a.b@c.org, AT&T and the '90s.",
              "0: \" Is it 1,000 ? \" asked Li ...\n0: \" No ! \"\n0: See http://x.org/y .\n"
              "0: Or a.b@c.org , AT&T and the '90s .\n");
}

static void test_empty_and_odd(void **state)
{
        check(*state, "", "");
        check(*state, " \n\t\n  ", "");
        check(*state, "\xFF\xFE x", "0: \xFF \xFE x\n");
        check(*state, "...", "0: ...\n");
        check(*state, "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", "0: \xE4\xBD\xA0\xE5\xA5\xBD \xE3\x80\x82\n");
}

static void test_sentence_is_cut(void **state)
{
        struct fixture *f = *state;
        char text[2 * (SENTENCE_MAX + 10)];
        struct reading *reading;
        size_t i;

        for (i = 0; i < sizeof(text); i += 2)
                memcpy(text + i, "a ", 2);
        assert_int_equal(reader_read(f->reader, &f->arena, text, sizeof(text), &reading), 0);
        assert_int_equal(reading->n_sentences, 2);
        assert_in_range(reading->sentences[0].n_tokens, SENTENCE_MAX - 8, SENTENCE_MAX);
        assert_true(reading->sentences[0].cut);
        assert_int_equal(reading->sentences[0].n_tokens + reading->sentences[1].n_tokens, SENTENCE_MAX + 10);
        assert_false(reading->sentences[1].cut);
        assert_int_equal(reading->sentences[1].paragraph, 0);
        arena_reset(&f->arena);
}

static void test_long_lines(void **state)
{
        struct fixture *f = *state;
        size_t n = 3 * VIEW_MAX + 17, i, at = 0;
        char *text = malloc(n);
        struct reading *reading;

        memset(text, 'x', n);
        assert_int_equal(reader_read(f->reader, &f->arena, text, n, &reading), 0);
        for (i = 0; i < reading->n_tokens; i++) {
                assert_int_equal(reading->tokens[i].begin, at);
                at = reading->tokens[i].end;
        }
        assert_int_equal(at, n);
        free(text);
        arena_reset(&f->arena);
}

/* At its limit the reader stops behind the line, and says where. */
static void test_limit(void **state)
{
        static const char text[] = "One two three.\nFour five.\nSix seven.\n";
        struct fixture *f = *state;
        struct reading *reading;

        reader_limit(f->reader, 5);
        assert_int_equal(reader_read(f->reader, &f->arena, text, strlen(text), &reading), 0);
        assert_int_equal(reading->unread, strlen("One two three.\nFour five.\n"));
        assert_int_equal(reading->n_tokens, 7);
        assert_int_equal(reading->n_text, strlen(text));
        reader_limit(f->reader, 10);
        assert_int_equal(reader_read(f->reader, &f->arena, text, strlen(text), &reading), 0);
        assert_int_equal(reading->n_tokens, 10);
        assert_int_equal(reading->unread, 0);
        reader_limit(f->reader, 0);
}

static void test_too_long(void **state)
{
        struct fixture *f = *state;
        struct reading *reading;
        char *text = calloc(1, READER_TEXT_MAX + 1);

        assert_int_equal(reader_read(f->reader, &f->arena, text, READER_TEXT_MAX + 1, &reading), READER_E_TOO_LONG);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_news, setup, teardown),
                cmocka_unit_test_setup_teardown(test_empty_and_odd, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sentence_is_cut, setup, teardown),
                cmocka_unit_test_setup_teardown(test_long_lines, setup, teardown),
                cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
                cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
