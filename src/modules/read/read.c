/*
 * See read.h. A text is walked paragraph by paragraph: decoded, cut into tokens and sentences; then the sentences go
 * through the network in batches of like length, and lemmas are made from what it says.
 */
#include "modules/read/read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "modules/read/conllu.h"
#include "modules/read/kernel.h"
#include "modules/read/lemma.h"
#include "modules/read/model.h"
#include "modules/read/multi.h"
#include "modules/read/network.h"
#include "modules/read/segment.h"
#include "modules/read/sentence.h"
#include "modules/read/token.h"
#include "modules/read/view.h"

struct reader {
        const struct read_model *model;         /* NULL: rules only */
        struct network *network;                /* NULL: the model does not parse */
        size_t limit;                           /* tokens of a text, 0: none */
        size_t unread;
        struct view view;
        struct token_span *spans;               /* [VIEW_MAX] */
        struct reading_token *tokens;           /* grows to the longest text seen */
        size_t n_tokens, tokens_size;
        struct reading_sentence *sentences;
        size_t n_sentences, sentences_size;
        uint32_t *order;                        /* of the sentences, longest first */
        size_t order_size;
};

int reader_new(struct reader **out, const struct read_model *model)
{
        return reader_new_with(out, model, kernel_choose(NULL));
}

int reader_new_with(struct reader **out, const struct read_model *model, const struct kernel *kernel)
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
        if (model != NULL && model->parses) {
                error = network_new(&r->network, model, kernel);
                if (error < 0)
                        return error_trace(error);
        }
        *out = STEAL(r);
        return 0;
}

void reader_limit(struct reader *r, size_t tokens)
{
        r->limit = tokens;
}

void reader_free(struct reader *r)
{
        if (r == NULL)
                return;
        view_deinit(&r->view);
        free(r->spans);
        free(r->tokens);
        free(r->sentences);
        free(r->order);
        network_free(r->network);
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

static int push_word(struct reader *r, uint32_t begin, uint32_t end, const char *form, bool space_after)
{
        int error = grow((void **)&r->tokens, &r->tokens_size, r->n_tokens, sizeof(*r->tokens));

        if (error < 0)
                return error_trace(error);
        r->tokens[r->n_tokens++] = (struct reading_token){
                .begin = begin,
                .end = end,
                .form = form,
                .head = -1,
                .space_after = space_after,
        };
        return 0;
}

/* One token of the text: one word, or the words of a multiword token. */
static int push_token(struct reader *r, struct arena *arena, const char *text, const struct token_span *span)
{
        uint32_t begin = r->view.offset[span->first], end = r->view.offset[span->last];
        const char *words[MULTI_WORDS];
        size_t n, i;
        int error = 0;

        words[0] = arena_strndup(arena, text + begin, end - begin);
        n = r->model == NULL ? 1 : multi_split(r->model, arena, text + begin, end - begin, words);
        if (n == 1)
                return error_trace(push_word(r, begin, end, words[0], span->space_after));
        for (i = 0; i < n && error == 0; i++)
                error = push_word(r, begin, end, words[i], i + 1 == n && span->space_after);
        return error_trace(error);
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

static bool ends_sentence(const struct reader *r, size_t n, size_t first, size_t k)
{
        if (r->model != NULL && r->model->split != NULL)
                return segment_sentence(r->model, &r->view, r->spans, n, first, k);
        return sentence_rules(&r->view, r->spans, n, first, k);
}

/* Tokens and sentences of text[begin, end). `cut`: the paragraph goes on after `end`. */
static int read_stretch(struct reader *r, struct arena *arena, const char *text, size_t begin, size_t end,
                        uint32_t paragraph, bool cut)
{
        size_t n, k, first = 0, first_token = r->n_tokens;
        int error;

        view_decode(&r->view, text, begin, end);
        token_rules(&r->view, r->model == NULL ? NULL : &r->model->abbreviations);
        if (r->model != NULL && r->model->split != NULL)
                segment_tokens(r->model, &r->view);
        n = token_collect(&r->view, r->spans);
        for (k = 0; k < n; k++) {
                bool last = k + 1 == n, full;

                error = push_token(r, arena, text, &r->spans[k]);
                if (error < 0)
                        return error_trace(error);
                full = r->n_tokens - first_token > SENTENCE_MAX - MULTI_WORDS;
                if (!last && !full && !ends_sentence(r, n, first, k))
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
                        if (r->limit > 0 && r->n_tokens >= r->limit) {
                                while (i < n && isspace((unsigned char)text[i]))
                                        i++;
                                r->unread = i < n ? i : 0;
                                return 0;
                        }
                }
                i = line_end + 1;
                paragraph += r->n_sentences > before;
        }
        return 0;
}

/* Sentences in the order of their length, longest first; of like length, as they stand in the text. */
static int sort_sentences(struct reader *r)
{
        size_t starts[SENTENCE_MAX + 2] = { 0 }, i, at = 0;

        if (r->order_size < r->n_sentences) {
                free(r->order);
                r->order = malloc(r->sentences_size * sizeof(*r->order));
                r->order_size = r->order == NULL ? 0 : r->sentences_size;
                if (r->order == NULL)
                        return error_origin(-ENOMEM);
        }
        for (i = 0; i < r->n_sentences; i++)
                starts[SENTENCE_MAX - r->sentences[i].n_tokens]++;
        for (i = 0; i <= SENTENCE_MAX; i++) {
                size_t n = starts[i];

                starts[i] = at;
                at += n;
        }
        for (i = 0; i < r->n_sentences; i++)
                r->order[starts[SENTENCE_MAX - r->sentences[i].n_tokens]++] = (uint32_t)i;
        return 0;
}

static int parse(struct reader *r, struct arena *arena)
{
        struct network_sentence batch[NETWORK_SENTENCES];
        size_t i, s, t;
        int error = sort_sentences(r);

        if (error < 0)
                return error_trace(error);
        for (i = 0; i < r->n_sentences; i += NETWORK_SENTENCES) {
                size_t n = MIN_OF(r->n_sentences - i, (size_t)NETWORK_SENTENCES);

                for (s = 0; s < n; s++) {
                        const struct reading_sentence *sentence = &r->sentences[r->order[i + s]];

                        batch[s] = (struct network_sentence){ r->tokens + sentence->first, sentence->n_tokens };
                }
                network_read(r->network, batch, n);
                for (s = 0; s < n; s++)
                        for (t = 0; t < batch[s].n; t++) {
                                struct reading_token *token = &batch[s].tokens[t];

                                token->lemma = lemma_of(r->model, arena, token->form, strlen(token->form),
                                                        network_lemma_tag(r->network, s, t));
                        }
        }
        return 0;
}

/* What the reader has gathered, copied into the arena. */
static struct reading *finish(const struct reader *r, struct arena *arena, const char *text, size_t n)
{
        struct reading *reading = arena_new(arena, struct reading);

        reading->text = text;
        reading->n_text = n;
        reading->n_tokens = r->n_tokens;
        reading->n_sentences = r->n_sentences;
        reading->unread = r->unread;
        reading->parsed = r->network != NULL;
        reading->tokens = arena_alloc(arena, r->n_tokens * sizeof(*r->tokens));
        reading->sentences = arena_alloc(arena, r->n_sentences * sizeof(*r->sentences));
        if (r->n_tokens > 0)
                memcpy(reading->tokens, r->tokens, r->n_tokens * sizeof(*r->tokens));
        if (r->n_sentences > 0)
                memcpy(reading->sentences, r->sentences, r->n_sentences * sizeof(*r->sentences));
        return reading;
}

int reader_read(struct reader *r, struct arena *arena, const char *text, size_t n, struct reading **out)
{
        int error;

        if (n > READER_TEXT_MAX)
                return READER_E_TOO_LONG;
        r->n_tokens = r->n_sentences = r->unread = 0;
        error = read_lines(r, arena, text, n);
        if (error == 0 && r->network != NULL)
                error = parse(r, arena);
        if (error < 0)
                return error_trace(error);
        *out = finish(r, arena, text, n);
        return 0;
}

/* Words that were cut by somebody else: the sentences of a treebank. Their text is put together in `text` from *at on.
 */
static int take_sentence(struct reader *r, struct arena *arena, const struct conllu_sentence *s, char *text,
                         uint32_t *at)
{
        size_t first = r->n_tokens, w, m = 0, i;
        int error = 0;

        for (w = 0; w < s->n_words && error == 0;) {
                bool multi = m < s->n_multis && s->multis[m].first == w;
                const char *surface = multi ? s->multis[m].form : s->words[w].form;
                size_t n = multi ? s->multis[m++].n : 1, length = strlen(surface);

                memcpy(text + *at, surface, length);
                for (i = 0; i < n && error == 0; i++, w++)
                        error = push_word(r, *at, *at + (uint32_t)length, arena_strdup(arena, s->words[w].form),
                                          s->words[w].space_after);
                *at += (uint32_t)length;
                if (s->words[w - 1].space_after)
                        text[(*at)++] = ' ';
        }
        if (error == 0)
                error = push_sentence(r, first, 0, false);
        return error_trace(error);
}

int reader_read_words(struct reader *r, struct arena *arena, const struct conllu_sentence *sentences, size_t n,
                      struct reading **out)
{
        size_t size = 1, i, k;
        uint32_t at = 0;
        char *text;
        int error = 0;

        r->n_tokens = r->n_sentences = r->unread = 0;
        for (i = 0; i < n; i++) {
                if (sentences[i].n_words > SENTENCE_MAX)
                        return READER_E_TOO_LONG;
                for (k = 0; k < sentences[i].n_words; k++)
                        size += strlen(sentences[i].words[k].form) + 1;
                for (k = 0; k < sentences[i].n_multis; k++)
                        size += strlen(sentences[i].multis[k].form) + 1;
        }
        if (size > READER_TEXT_MAX)
                return READER_E_TOO_LONG;
        text = arena_alloc(arena, size);
        for (i = 0; i < n && error == 0; i++)
                error = take_sentence(r, arena, &sentences[i], text, &at);
        text[at] = '\0';
        if (error == 0 && r->network != NULL)
                error = parse(r, arena);
        if (error < 0)
                return error_trace(error);
        *out = finish(r, arena, text, at);
        return 0;
}
