/*
 * See quotes.h. A mark opens or closes by its form; a straight one by the space beside it, and where that says nothing,
 * by turns. Single marks are apostrophes too often: one opens a quotation only where the tokenizer left it alone, a
 * space stands before it and none behind it, and a mark that can close it follows in the paragraph.
 *
 * A quotation ends with its paragraph, unless the next paragraph begins with an opening mark: that is how a long
 * quotation runs on.
 */
#include "modules/code/quotes.h"

#include <string.h>

enum mark {
        MARK_NONE,
        MARK_OPEN,
        MARK_CLOSE,
        MARK_EITHER,
        MARK_SINGLE_OPEN,
        MARK_SINGLE_EITHER,     /* also an apostrophe */
};

enum { SINGLE_REACH = 80 /* tokens to the mark that closes a single one */ };

struct place {
        uint32_t sentence;
        int32_t token;
};

/* Where the walk through the story is. */
struct walk {
        struct coding *coding;
        bool in_double, in_single;
        bool single;                    /* the outermost is a single one */
        struct coding_quote *quote;     /* the outermost that is open; NULL */
};

static enum mark mark_of(const char *form)
{
        static const struct {
                const char *form;
                enum mark mark;
        } marks[] = {
                { "\"", MARK_EITHER },           { "''", MARK_EITHER },
                { "``", MARK_OPEN },             { "\xE2\x80\x9C", MARK_OPEN },         /* U+201C */
                { "\xE2\x80\x9E", MARK_OPEN },   { "\xC2\xAB", MARK_OPEN },             /* U+201E, U+00AB */
                { "\xE2\x80\x9D", MARK_CLOSE },  { "\xC2\xBB", MARK_CLOSE },            /* U+201D, U+00BB */
                { "'", MARK_SINGLE_EITHER },     { "\xE2\x80\x99", MARK_SINGLE_EITHER }, /* U+2019 */
                { "\xE2\x80\x98", MARK_SINGLE_OPEN }, { "`", MARK_SINGLE_OPEN },        /* U+2018 */
        };

        if ((unsigned char)form[0] > '`' && (unsigned char)form[0] < 0xC2)      /* most words */
                return MARK_NONE;
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
                if (strcmp(form, marks[i].form) == 0)
                        return marks[i].mark;
        return MARK_NONE;
}

static bool space_before(const struct dep_tree *tree, int32_t token)
{
        return token == 0 || tree->tokens[token - 1].space_after || strchr("([-", tree->tokens[token - 1].form[0]) ||
               (mark_of(tree->tokens[token - 1].form) != MARK_NONE &&
                (token == 1 || tree->tokens[token - 2].space_after));
}

/* Behind a mark that closes: a space, the end, punctuation or another mark. */
static bool space_behind(const struct dep_tree *tree, int32_t token)
{
        return token + 1 >= tree->n || tree->tokens[token].space_after ||
               (tree->nodes[token + 1].upos == UPOS_PUNCT && strchr(",.;:!?)]", tree->tokens[token + 1].form[0])) ||
               mark_of(tree->tokens[token + 1].form) != MARK_NONE;
}

/* "The dockers' union": a tagger knows it from a mark; without one nothing does. */
static bool is_possessive(const struct dep_tree *tree, int32_t token)
{
        return tree->nodes[token].upos == UPOS_PART && tree->tokens[token].xpos;
}

static bool can_close_single(const struct dep_tree *tree, int32_t token)
{
        return mark_of(tree->tokens[token].form) == MARK_SINGLE_EITHER && !is_possessive(tree, token) &&
               space_behind(tree, token);
}

static bool single_is_closed(const struct coding *coding, struct place at)
{
        uint32_t paragraph = coding->reading->sentences[at.sentence].paragraph;
        int32_t steps = 0;

        for (uint32_t k = at.sentence; k < coding->n_sentences; k++) {
                const struct dep_tree *tree = coding->sentences[k].tree;

                if (coding->reading->sentences[k].paragraph != paragraph)
                        return false;
                for (int32_t i = k == at.sentence ? at.token + 2 : 0; i < tree->n; i++)
                        if (can_close_single(tree, i))
                                return true;
                        else if (++steps > SINGLE_REACH)
                                return false;
        }
        return false;
}

/* A quotation that runs on opens every paragraph again. */
static bool opens_again(const struct dep_tree *tree)
{
        enum mark mark = tree->n > 1 ? mark_of(tree->tokens[0].form) : MARK_NONE;

        return mark == MARK_OPEN || ((mark == MARK_EITHER || mark == MARK_CLOSE) && !tree->tokens[0].space_after);
}

static void begin(struct walk *w, struct place at)
{
        struct coding *coding = w->coding;

        if (w->quote)
                return;
        if (coding->n_quotes == coding->quotes_size) {
                size_t size = coding->quotes_size * 2 + 8;
                struct coding_quote *quotes = arena_array(coding->arena, struct coding_quote, size);

                if (coding->n_quotes > 0)
                        memcpy(quotes, coding->quotes, coding->n_quotes * sizeof *quotes);
                coding->quotes = quotes;
                coding->quotes_size = size;
        }
        w->quote = &coding->quotes[coding->n_quotes++];
        *w->quote = (struct coding_quote){ at.sentence, at.sentence, at.token, at.token, false };
}

/* What the mark at a place does. True: it closes the outermost quotation. */
static bool turn(struct walk *w, struct place at)
{
        const struct dep_tree *tree = w->coding->sentences[at.sentence].tree;
        enum mark mark = mark_of(tree->tokens[at.token].form);
        bool before = space_before(tree, at.token), behind = space_behind(tree, at.token);

        switch (mark) {
        case MARK_NONE:
                return false;
        case MARK_EITHER:
                if (before != behind)
                        mark = before ? MARK_OPEN : MARK_CLOSE;
                else
                        mark = w->in_double ? MARK_CLOSE : MARK_OPEN;
                break;
        case MARK_SINGLE_OPEN:
        case MARK_SINGLE_EITHER:
                if (w->in_single && mark == MARK_SINGLE_EITHER) {
                        if (!can_close_single(tree, at.token))
                                return false;
                        w->in_single = false;
                        if (w->single)
                                w->in_double = false;
                        return !w->in_double;
                }
                if (w->in_single || !before || behind || !single_is_closed(w->coding, at))
                        return false;
                w->in_single = true;
                w->single = !w->quote;
                begin(w, at);
                return false;
        case MARK_OPEN:
                break;
        case MARK_CLOSE:
                if (!w->in_double && before && !behind)         /* the wrong one of a pair */
                        mark = MARK_OPEN;
                break;
        }
        if (mark == MARK_OPEN) {
                w->in_double = true;
                if (!w->quote)
                        w->single = false;
                begin(w, at);
                return false;
        }
        if (!w->in_double)
                return false;
        w->in_double = false;
        if (!w->single)
                w->in_single = false;
        return !w->single;
}

static void new_paragraph(struct walk *w, const struct dep_tree *tree)
{
        if (w->quote && w->in_double)
                w->quote->open = opens_again(tree);
        w->in_double = w->in_single = false;
        w->quote = NULL;
}

void quotes_find(struct coding *coding)
{
        struct walk w = { .coding = coding };
        uint32_t paragraph = UINT32_MAX;

        for (uint32_t k = 0; k < coding->n_sentences; k++) {
                struct coding_sentence *s = &coding->sentences[k];

                s->quoted = arena_array(coding->arena, bool, (size_t)s->tree->n + 1);
                s->quote = arena_array(coding->arena, int32_t, (size_t)s->tree->n + 1);
                if (coding->reading->sentences[k].paragraph != paragraph)
                        new_paragraph(&w, s->tree);
                paragraph = coding->reading->sentences[k].paragraph;
                for (int32_t i = 0; i < s->tree->n; i++) {
                        bool closes = turn(&w, (struct place){ k, i });

                        s->quoted[i] = w.quote != NULL;
                        s->quote[i] = w.quote ? (int32_t)(w.quote - coding->quotes) : -1;
                        if (w.quote) {
                                w.quote->last_sentence = k;
                                w.quote->last = i;
                        }
                        if (closes)
                                w.quote = NULL;
                }
        }
}

bool quotes_span(const struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_span *out)
{
        const struct coding_quote *quote = s->quote[node] < 0 ? NULL : &coding->quotes[s->quote[node]];
        int32_t first = node, last = node;

        if (!quote)
                return false;
        while (first > 0 && s->quote[first - 1] == s->quote[node])
                first--;
        while (last + 1 < s->tree->n && s->quote[last + 1] == s->quote[node])
                last++;
        if (quote->first_sentence == s->tree->sentence && first < node)
                first++;
        if (quote->last_sentence == s->tree->sentence && last > node &&
            mark_of(s->tree->tokens[last].form) != MARK_NONE)
                last--;
        *out = coding_span_of(s->tree, first, last);
        return true;
}
