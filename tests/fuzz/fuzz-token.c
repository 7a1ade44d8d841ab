/* Any bytes as a story's text, without a model and, where DATELINE_MODEL names one, with it: spans are in order and
 * within the text, sentences are bounded, every token is in a sentence. The same bytes are tried as CoNLL-U, too. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "modules/read/conllu.h"
#include "modules/read/read.h"
#include "modules/read/sentence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
        if (!good)
                abort();
}

static void read_text(struct reader *reader, const char *text, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct reading *r;
        size_t s, t, next = 0;
        uint32_t at = 0;

        check(reader_read(reader, &arena, text, n, &r) == 0);
        for (s = 0; s < r->n_sentences; s++) {
                const struct reading_sentence *sentence = &r->sentences[s];

                check(sentence->first == next && sentence->n_tokens > 0 && sentence->n_tokens <= SENTENCE_MAX);
                next += sentence->n_tokens;
                for (t = sentence->first; t < next; t++) {
                        const struct reading_token *token = &r->tokens[t];
                        bool same = t > 0 && token->begin == token[-1].begin && token->end == token[-1].end;

                        check(token->begin < token->end && token->end <= n && (same || token->begin >= at));
                        check(token->head >= -1 && token->head < (int32_t)sentence->n_tokens);
                        at = token->end;
                }
        }
        check(next == r->n_tokens);
        arena_deinit(&arena);
}

static void read_conllu(const char *text, size_t n)
{
        struct conllu c;
        char *error = NULL;

        if (conllu_parse(&c, "fuzz", text, n, &error) == 0)
                conllu_deinit(&c);
        free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct reader *plain, *modelled;         /* the harness has nowhere else to keep them */
        static struct read_model *model;
        const char *path = getenv("DATELINE_MODEL");
        char *error = NULL;

        if (plain == NULL) {
                check(reader_new(&plain, NULL) == 0);
                if (path != NULL) {
                        if (read_model_open(&model, path, &error) != 0) {
                                fprintf(stderr, "%s\n", error);
                                exit(1);
                        }
                        check(reader_new(&modelled, model) == 0);
                }
        }
        read_text(plain, (const char *)data, size);
        if (modelled != NULL)
                read_text(modelled, (const char *)data, size);
        read_conllu((const char *)data, size);
        return 0;
}
