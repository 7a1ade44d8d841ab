/*
 * See read.h. A text is walked paragraph by paragraph: decoded, cut into tokens and sentences; then the sentences go
 * through the network in batches of like length, and lemmas are made from what it says.
 */
#include "modules/read/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "modules/read/chars.h"
#include "modules/read/sentence.h"
#include "modules/read/token.h"
#include "modules/read/view.h"

struct reader {
        const struct read_model *model;
        struct view view;
        struct token_span *spans;               /* [VIEW_MAX] */
        struct reading_token *tokens;           /* grows to the longest text seen */
        size_t n_tokens, tokens_size;
        struct reading_sentence *sentences;
        size_t n_sentences, sentences_size;
};

int reader_new(struct reader **out, const struct read_model *model)
{
        _cleanup_(reader_freep) struct reader *r = NULL;
        int error;

        r = calloc(1, sizeof(*r));
        if (r == NULL)
                return error_origin(-ENOMEM);
        r->model = model;
        error = view_init(&r->view);
        if (error < 0)
                return error_trace(error);
        r->spans = malloc(VIEW_MAX * sizeof(*r->spans));
        if (r->spans == NULL)
                return error_origin(-ENOMEM);
        *out = STEAL(r);
        return 0;
}

void reader_free(struct reader *r)
{
        if (r == NULL)
                return;
        view_deinit(&r->view);
        free(r->spans);
        free(r->tokens);
        free(r->sentences);
        free(r);
}

void reader_freep(struct reader **r)
{
        reader_free(*r);
        *r = NULL;
}

/* Room for one more; the list doubles. */
static int grow(void **list, size_t *size, size_t n, size_t item)
{
        size_t want = *size == 0 ? 256 : *size * 2;
        void *bigger;

        if (n < *size)
                return 0;
        bigger = realloc(*list, want * item);
        if (bigger == NULL)
                return error_origin(-ENOMEM);
        *list = bigger;
        *size = want;
        return 0;
}

static int push_token(struct reader *r, struct arena *arena, const char *text, const struct token_span *span)
{
        uint32_t begin = r->view.offset[span->first], end = r->view.offset[span->last];
        int error = grow((void **)&r->tokens, &r->tokens_size, r->n_tokens, sizeof(*r->tokens));

        if (error < 0)
                return error_trace(error);
        r->tokens[r->n_tokens++] = (struct reading_token){
                .begin = begin,
                .end = end,
                .form = arena_strndup(arena, text + begin, end - begin),
                .head = -1,
                .space_after = span->space_after,
        };
        return 0;
}

static int push_sentence(struct reader *r, size_t first, uint32_t paragraph, bool cut)
{
        int error = grow((void **)&r->sentences, &r->sentences_size, r->n_sentences, sizeof(*r->sentences));

        if (error < 0)
                return error_trace(error);
        r->sentences[r->n_sentences++] = (struct reading_sentence){
                .begin = r->tokens[first].begin,
                .end = r->tokens[r->n_tokens - 1].end,
                .first = (uint32_t)first,
                .n_tokens = (uint32_t)(r->n_tokens - first),
                .paragraph = paragraph,
                .cut = cut,
        };
        return 0;
}

/* Tokens and sentences of text[begin, end). `cut`: the paragraph goes on after `end`. */
static int read_stretch(struct reader *r, struct arena *arena, const char *text, size_t begin, size_t end,
                        uint32_t paragraph, bool cut)
{
        size_t n, k, first = 0, first_token = r->n_tokens;
        int error;

        view_decode(&r->view, text, begin, end);
        token_rules(&r->view);
        n = token_collect(&r->view, r->spans);
        for (k = 0; k < n; k++) {
                bool last = k + 1 == n, full = k - first + 1 >= SENTENCE_MAX;

                error = push_token(r, arena, text, &r->spans[k]);
                if (error < 0)
                        return error_trace(error);
                if (!last && !full && !sentence_rules(&r->view, r->spans, n, first, k))
                        continue;
                error = push_sentence(r, first_token, paragraph, last ? cut : full);
                if (error < 0)
                        return error_trace(error);
                first = k + 1;
                first_token = r->n_tokens;
        }
        return 0;
}

/* The end of the stretch that begins at `begin`: the line's, or, where that is too far, the last white space. */
static size_t stretch_end(const char *text, size_t begin, size_t line_end)
{
        size_t end = begin + VIEW_MAX, i;

        if (line_end <= end)
                return line_end;
        for (i = end; i > begin + VIEW_MAX / 2; i--)
                if (text[i - 1] == ' ')
                        return i;
        while (end > begin + VIEW_MAX / 2 && ((unsigned char)text[end] & 0xC0) == 0x80)
                end--;
        return end;
}

static int read_lines(struct reader *r, struct arena *arena, const char *text, size_t n)
{
        uint32_t paragraph = 0;
        size_t i = 0;

        while (i < n) {
                const char *newline = memchr(text + i, '\n', n - i);
                size_t line_end = newline == NULL ? n : (size_t)(newline - text), before = r->n_sentences;

                while (i < line_end) {
                        size_t end = stretch_end(text, i, line_end);
                        int error = read_stretch(r, arena, text, i, end, paragraph, end < line_end);

                        if (error < 0)
                                return error_trace(error);
                        i = end;
                }
                i = line_end + 1;
                paragraph += r->n_sentences > before;
        }
        return 0;
}

int reader_read(struct reader *r, struct arena *arena, const char *text, size_t n, struct reading **out)
{
        struct reading *reading;
        int error;

        if (n > READER_TEXT_MAX)
                return READER_E_TOO_LONG;
        r->n_tokens = r->n_sentences = 0;
        error = read_lines(r, arena, text, n);
        if (error < 0)
                return error_trace(error);
        reading = arena_new(arena, struct reading);
        reading->text = text;
        reading->n_text = n;
        reading->n_tokens = r->n_tokens;
        reading->n_sentences = r->n_sentences;
        reading->tokens = arena_array(arena, struct reading_token, r->n_tokens);
        reading->sentences = arena_array(arena, struct reading_sentence, r->n_sentences);
        if (r->n_tokens > 0)
                memcpy(reading->tokens, r->tokens, r->n_tokens * sizeof(*r->tokens));
        if (r->n_sentences > 0)
                memcpy(reading->sentences, r->sentences, r->n_sentences * sizeof(*r->sentences));
        *out = reading;
        return 0;
}
