/*
 * How a statement is made: what belongs to its content is marked token by token, because content is often broken (by
 * its cue, by who is told, by when it was said), and turned into spans at the end.
 *
 * Where the edges of source and content lie follows PolNeAR's annotation (Newell, Margolin and Ruths, LREC 2018).
 */
#pragma once

#include "modules/code/clause.h"
#include "modules/code/coding.h"

/* One statement while it is made. */
struct statement {
        struct coding *coding;
        const struct coding_sentence *s;
        const struct dep_tree *tree;
        int32_t node;           /* the cue's head */
        int32_t cue_first, cue_last;
        int32_t source;         /* head of the source's phrase, DEP_NONE */
        int32_t source_first, source_last, meant;
        bool *content;          /* [tokens] */
        bool of_act, label;     /* see coding.h */
};

/* Begins a statement of one sentence. */
struct statement statement_new(struct coding *coding, const struct coding_sentence *s, int32_t node, int32_t cue_first,
                               int32_t cue_last);
/* The noun phrase of `node` says it; `meant` is whom it means where it is a relative pronoun, else `node` again.
 * DEP_NONE: nobody is named. */
void statement_source(struct statement *st, int32_t node, int32_t meant);
/* The tokens [first, last] are content, or are not. */
void statement_add(struct statement *st, int32_t first, int32_t last);
void statement_drop(struct statement *st, int32_t first, int32_t last);
bool statement_is_empty(const struct statement *st);
/* Adds it to the coding's statements: cue and source are no content, a quotation is content whole or not at all. NULL
 * where nothing is said. */
struct coding_statement *statement_end(struct statement *st);
/* The same where what is said stands in another sentence. */
struct coding_statement *statement_end_with(struct statement *st, struct coding_span content);
