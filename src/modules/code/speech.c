/*
 * See speech.h. A quotation belongs whole to who says a part of it. One that nobody says belongs to the speaker beside
 * it in its paragraph, the one before it first.
 */
#include "modules/code/speech.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "modules/code/statement.h"

enum {
        LABEL_MAX = 8,          /* tokens of a label */
        WORDS_MIN = 3,          /* tokens between marks that make speech, and no name or borrowed word */
        REACH = 40,             /* sentences that a label holds for, and that a speaker is looked for in */
        SIGNATURE_MAX = 8,      /* tokens of a name behind a dash */
};

static const struct dep_tree *tree_of(const struct coding *coding, uint32_t sentence)
{
        return coding->sentences[sentence].tree;
}

static bool is_direct(const struct coding_statement *st)
{
        return st->has_source && st->kind && strcmp(st->kind, "indirect") != 0;
}

/* Adds bytes to a statement; what follows a part at once, or touches it, becomes one with it. */
static void extend(const struct coding *coding, struct coding_statement *st, struct coding_span span)
{
        for (size_t i = 0; i < st->n_content; i++) {
                struct coding_span *part = &st->content[i];
                uint32_t gap = part->end;

                if (span.begin >= part->begin && span.end <= part->end)
                        return;
                while (gap < span.begin && isspace((unsigned char)coding->reading->text[gap]))
                        gap++;
                if (part->begin <= span.begin && gap >= span.begin) {
                        part->end = span.end;
                        return;
                }
                if (span.begin <= part->begin && span.end >= part->begin) {
                        *part = (struct coding_span){ span.begin, span.end > part->end ? span.end : part->end };
                        return;
                }
        }
        if (st->n_content < CODING_PARTS_MAX)
                st->content[st->n_content++] = span;
}

static struct coding_span span_in(const struct coding *coding, const struct coding_quote *quote, uint32_t sentence)
{
        const struct dep_tree *tree = tree_of(coding, sentence);

        return coding_span_of(tree, sentence == quote->first_sentence ? quote->first : 0,
                              sentence == quote->last_sentence ? quote->last : tree->n - 1);
}

static void extend_by(const struct coding *coding, struct coding_statement *st, const struct coding_quote *quote)
{
        for (uint32_t k = quote->first_sentence; k <= quote->last_sentence; k++)
                if (tree_of(coding, k)->n > 0)
                        extend(coding, st, span_in(coding, quote, k));
}

static struct coding_span whole(const struct coding *coding, uint32_t sentence)
{
        return coding_span_of(tree_of(coding, sentence), 0, tree_of(coding, sentence)->n - 1);
}

static uint32_t words(const struct coding *coding, const struct coding_quote *quote)
{
        return quote->first_sentence < quote->last_sentence
                       ? WORDS_MIN
                       : (uint32_t)(quote->last - quote->first > 1 ? quote->last - quote->first - 1 : 0);
        (void)coding;
}

/* The quotation is a sentence's beginning, or all of it: nothing else says what it is to the text. */
static bool stands_alone(const struct coding *coding, const struct coding_quote *quote)
{
        return quote->first == 0 && words(coding, quote) >= WORDS_MIN &&
               (quote->last_sentence > quote->first_sentence ||
                quote->last + 2 >= tree_of(coding, quote->last_sentence)->n);
}

static const struct coding_quote *quote_at(const struct coding *coding, uint32_t sentence, int32_t token)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        int32_t quote = token >= 0 && token < s->tree->n ? s->quote[token] : -1;

        return quote < 0 ? NULL : &coding->quotes[quote];
}

bool speech_beside(struct coding *coding, const struct coding_sentence *s, const struct cues_group *group, int32_t verb,
                   int32_t subject)
{
        const struct dep_tree *tree = s->tree;
        uint32_t here = tree->sentence;
        bool colon = tree->n > 0 && tree->tokens[tree->n - 1].form[0] == ':';
        bool block = colon && here + 1 < coding->n_sentences && tree_of(coding, here + 1)->n > 0 &&
                     coding->reading->sentences[here + 1].paragraph != coding->reading->sentences[here].paragraph;
        const struct coding_quote *found = NULL;
        struct coding_statement *st;
        struct statement made;

        if (subject == DEP_NONE || tree->nodes[group->top].rel != REL_ROOT || s->quoted[verb] ||
            dep_child(tree, verb, REL_OBJ) != DEP_NONE)
                return false;
        if (colon)
                found = here + 1 < coding->n_sentences ? quote_at(coding, here + 1, 0) : NULL;
        else if (here > 0 && tree->nodes[subject].left <= 1 &&
                 coding->reading->sentences[here - 1].paragraph == coding->reading->sentences[here].paragraph)
                found = quote_at(coding, here - 1, tree_of(coding, here - 1)->n - 1);
        if (found && (colon ? found->first_sentence != here + 1 || found->first != 0
                            : found->last_sentence != here - 1 || found->last != tree_of(coding, here - 1)->n - 1))
                found = NULL;
        if (found ? words(coding, found) < WORDS_MIN : !block)
                return false;
        made = statement_new(coding, s, verb, group->first, group->last);
        statement_source(&made, subject, subject);
        if (!found) {
                /* A paragraph of its own behind a colon is quoted without marks. */
                uint32_t paragraph = coding->reading->sentences[here + 1].paragraph;

                st = statement_end_with(&made, whole(coding, here + 1));
                for (uint32_t k = here + 2;
                     k < coding->n_sentences && coding->reading->sentences[k].paragraph == paragraph; k++)
                        extend(coding, st, whole(coding, k));
                return true;
        }
        st = statement_end_with(&made, span_in(coding, found, colon ? found->first_sentence : found->last_sentence));
        extend_by(coding, st, found);
        return true;
}

/* ---- labels ---- */

/* The colon of a label at the head of a sentence, DEP_NONE. *spoken: it is the name of a speaker in capitals. */
static int32_t label(const struct coding *coding, uint32_t sentence, bool *spoken)
{
        const struct dep_tree *tree = tree_of(coding, sentence);
        bool capitals = true, first = sentence == 0 || coding->reading->sentences[sentence - 1].paragraph !=
                                                               coding->reading->sentences[sentence].paragraph;
        int32_t colon, letters = 0;

        if (!first)
                return DEP_NONE;
        for (colon = 0; colon < tree->n && colon <= LABEL_MAX && strcmp(tree->tokens[colon].form, ":") != 0; colon++) {
                enum reading_upos upos = (enum reading_upos)tree->nodes[colon].upos;

                if (colon > 0 && (upos == UPOS_VERB || upos == UPOS_AUX || upos == UPOS_ADV || upos == UPOS_SCONJ))
                        return DEP_NONE;
                for (const char *c = tree->tokens[colon].form; *c; c++) {
                        letters += isalpha((unsigned char)*c) != 0;
                        capitals &= !islower((unsigned char)*c);
                }
        }
        if (colon == 0 || colon > LABEL_MAX || colon >= tree->n - 1 || letters < 2)
                return DEP_NONE;
        *spoken = capitals && letters >= 3;
        return colon;
}

static bool is_headline(const struct coding *coding, uint32_t sentence)
{
        return coding->reading->sentences[sentence].paragraph == 0 && sentence == 0;
}

static int32_t phrase_head(const struct dep_tree *tree, int32_t last)
{
        for (int32_t i = 0; i <= last; i++)
                if ((tree->nodes[i].head < 0 || tree->nodes[i].head > last) && tree->nodes[i].upos != UPOS_PUNCT)
                        return i;
        return last;
}

void speech_label(struct coding *coding, uint32_t sentence)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        const struct dep_tree *tree = s->tree;
        bool spoken = false;
        int32_t colon = label(coding, sentence, &spoken), first = 0;
        struct statement st;

        if (colon == DEP_NONE || (!spoken && !is_headline(coding, sentence)))
                return;
        while (first < colon && tree->nodes[first].upos == UPOS_PUNCT)
                first++;
        if (first == colon)
                return;
        st = statement_new(coding, s, colon, colon, colon);
        st.label = spoken;
        statement_source(&st, phrase_head(tree, colon - 1), phrase_head(tree, colon - 1));
        st.source_first = first;
        st.source_last = colon - 1;
        statement_add(&st, colon + 1, tree->n - 1);
        statement_end(&st);
}

static void run_labels(struct coding *coding)
{
        uint32_t next = 0;      /* the sentence of the next label */

        for (size_t i = coding->n_statements; i-- > 0;) {
                struct coding_statement *st = coding->statements[i];
                uint32_t paragraph = coding->reading->sentences[st->sentence].paragraph;
                uint32_t end = next > st->sentence + REACH ? 0 : next;

                if (!st->label)
                        continue;
                next = st->sentence;
                for (uint32_t k = st->sentence + 1; k < coding->n_sentences; k++)
                        if (tree_of(coding, k)->n == 0)
                                continue;
                        else if (k < end || coding->reading->sentences[k].paragraph == paragraph)
                                extend(coding, st, coding_span_of(tree_of(coding, k), 0, tree_of(coding, k)->n - 1));
                        else
                                break;
        }
}

/* ---- quotations ---- */

static bool touches(const struct coding *coding, const struct coding_statement *st, const struct coding_quote *quote)
{
        uint32_t begin = tree_of(coding, quote->first_sentence)->tokens[quote->first].begin;
        uint32_t end = tree_of(coding, quote->last_sentence)->tokens[quote->last].end;

        for (size_t i = 0; i < st->n_content; i++)
                if (st->content[i].begin < end && begin < st->content[i].end)
                        return !(st->cue_span.begin >= begin && st->cue_span.end <= end);
        return false;
}

static bool ends_with_colon(const struct dep_tree *tree)
{
        return tree->n > 0 && tree->tokens[tree->n - 1].form[0] == ':';
}

/* The statements whose cue stands in the sentences [first, last], as [*from, *to). They are in order. */
static void cues_in(const struct coding *coding, uint32_t first, uint32_t last, size_t *from, size_t *to)
{
        size_t low = 0, high = coding->n_statements;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (coding->statements[middle]->sentence < first)
                        low = middle + 1;
                else
                        high = middle;
        }
        *from = low;
        while (low < coding->n_statements && coding->statements[low]->sentence <= last)
                low++;
        *to = low;
}

/* Who goes on speaking in a quotation that stands alone: who spoke last in its paragraph, or, where the paragraph is
 * nothing but quotation, in the one before; else who speaks next in the paragraph. */
static struct coding_statement *speaker_beside(const struct coding *coding, const struct coding_quote *quote)
{
        uint32_t here = quote->first_sentence, paragraph = coding->reading->sentences[here].paragraph;
        struct coding_statement *before = NULL, *behind = NULL;
        size_t from, to;

        cues_in(coding, here > REACH ? here - REACH : 0, quote->last_sentence + REACH, &from, &to);
        for (size_t k = from; k < to; k++) {
                struct coding_statement *st = coding->statements[k];
                uint32_t there = coding->reading->sentences[st->sentence].paragraph;
                bool next_to = st->sentence + 1 == here && st->has_source;

                /* "..., he said, adding that": who was quoted goes on. */
                if (before && before->sentence == st->sentence && is_direct(before) && !is_direct(st) &&
                    before->source_span.begin == st->source_span.begin)
                        continue;
                if (st->sentence < here && (is_direct(st) ? there + 1 >= paragraph : next_to && !st->of_act))
                        before = st;
                if (next_to && ends_with_colon(tree_of(coding, st->sentence)))
                        before = st;
                if (st->sentence >= here && there == paragraph && is_direct(st) && !behind)
                        behind = st;
        }
        if (before && coding->reading->sentences[before->sentence].paragraph == paragraph)
                return before;
        return behind ? behind : before;
}

/* `before`: who spoke in the quotation before this one, NULL. */
static struct coding_statement *speaker_of(const struct coding *coding, size_t index, struct coding_statement *before)
{
        const struct coding_quote *quote = &coding->quotes[index];
        struct coding_statement *found;
        uint32_t here = quote->first_sentence;
        bool touched = false;
        size_t from, to;

        cues_in(coding, here > REACH ? here - REACH : 0, quote->last_sentence + 1, &from, &to);
        for (size_t k = from; k < to; k++) {
                if (!touches(coding, coding->statements[k], quote))
                        continue;
                if (is_direct(coding->statements[k]) && !coding->statements[k]->of_act)
                        return coding->statements[k];
                touched = true;         /* it is a part of something, and no speech of its own */
        }
        if (touched)
                return NULL;
        found = stands_alone(coding, quote) ? speaker_beside(coding, quote) : NULL;
        return !found && index > 0 && coding->quotes[index - 1].open ? before : found;
}

static bool is_dash(const char *form)
{
        static const char *const dashes[] = { "-", "--", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95" };

        for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++)
                if (strcmp(form, dashes[i]) == 0)
                        return true;
        return false;
}

/* A name behind a dash signs the quotation before it: "..." - Jane Doe */
static void sign(struct coding *coding, const struct coding_quote *quote)
{
        uint32_t k = quote->last_sentence;
        int32_t dash = quote->last + 1, last;
        const struct dep_tree *tree = tree_of(coding, k);
        struct coding_statement *st;
        struct statement made;

        if (dash >= tree->n && k + 1 < coding->n_sentences &&
            coding->reading->sentences[k + 1].paragraph == coding->reading->sentences[k].paragraph) {
                tree = tree_of(coding, ++k);
                dash = 0;
        }
        for (last = tree->n - 1; last > dash && tree->nodes[last].upos == UPOS_PUNCT;)
                last--;
        if (quote->first != 0 || words(coding, quote) < WORDS_MIN || last <= dash || last > dash + SIGNATURE_MAX ||
            !is_dash(tree->tokens[dash].form) || tree->nodes[dash + 1].upos != UPOS_PROPN)
                return;
        made = statement_new(coding, &coding->sentences[k], dash, dash, dash);
        statement_source(&made, dash + 1, dash + 1);
        made.source_last = last;
        st = statement_end_with(&made, span_in(coding, quote, quote->last_sentence));
        extend_by(coding, st, quote);
}

static int by_cue(const void *a, const void *b)
{
        const struct coding_statement *const *x = a, *const *y = b;

        if ((*x)->cue_span.begin != (*y)->cue_span.begin)
                return (*x)->cue_span.begin < (*y)->cue_span.begin ? -1 : 1;
        return (*x)->cue_span.end < (*y)->cue_span.end ? -1 : (*x)->cue_span.end > (*y)->cue_span.end;
}

void speech_run_on(struct coding *coding)
{
        struct coding_statement *before = NULL;

        run_labels(coding);
        for (size_t i = 0; i < coding->n_quotes; i++)
                sign(coding, &coding->quotes[i]);
        if (coding->n_statements > 1)
                qsort(coding->statements, coding->n_statements, sizeof *coding->statements, by_cue);
        for (size_t i = 0; i < coding->n_quotes; i++) {
                struct coding_quote *quote = &coding->quotes[i];
                struct coding_statement *speaker = speaker_of(coding, i, before);

                if (speaker) {
                        extend_by(coding, speaker, quote);
                        if (!is_direct(speaker))
                                speaker->kind = "mixed";
                }
                before = speaker;
        }
}
