/*
 * A sentence as a tree that is quick to walk: children of each token, relations as numbers, the stretch that each
 * subtree
 * covers. Made once a sentence; all that codes looks at trees and never at strings of relations.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "modules/code/lexicon.h"
#include "modules/read/reading.h"

/* Universal Dependencies v2, with the subtypes that matter; others fall to their universal relation. */
enum rel {
        REL_OTHER,
        REL_ROOT,
        REL_NSUBJ,
        REL_NSUBJ_PASS,
        REL_CSUBJ,
        REL_OBJ,
        REL_IOBJ,
        REL_CCOMP,
        REL_XCOMP,
        REL_OBL,
        REL_OBL_AGENT,
        REL_OBL_TIME,           /* obl:tmod, obl:npmod, obl:unmarked */
        REL_ADVCL,
        REL_ADVMOD,
        REL_ACL,
        REL_ACL_RELCL,
        REL_NMOD,
        REL_NMOD_POSS,
        REL_NMOD_TIME,
        REL_APPOS,
        REL_AMOD,
        REL_NUMMOD,
        REL_COMPOUND,
        REL_COMPOUND_PRT,
        REL_FLAT,
        REL_FIXED,
        REL_CONJ,
        REL_CC,
        REL_CASE,
        REL_MARK,
        REL_AUX,
        REL_AUX_PASS,
        REL_COP,
        REL_DET,
        REL_PARATAXIS,
        REL_EXPL,
        REL_DISCOURSE,
        REL_PUNCT,
};

struct dep_node {
        int32_t head;           /* -1: root */
        int32_t first_child, next_sibling;      /* -1: none; children from left to right */
        int32_t left, right;    /* the subtree's tokens lie in [left, right] */
        uint8_t rel;            /* enum rel */
        uint8_t upos;
        const struct lexicon_word *word;        /* of its lemma, NULL */
};

/* Indices are within the sentence. */
struct dep_tree {
        const struct reading_token *tokens;     /* of the sentence */
        struct dep_node *nodes;
        int32_t n, root;
        uint32_t sentence;      /* its number in the reading */
        uint32_t first;         /* number of tokens[0] in the reading */
};

#define DEP_NONE (-1)

struct dep_tree *dep_new(struct arena *arena, const struct reading *reading, uint32_t sentence,
                         const struct lexicon *lexicon);

/* The first child with a relation, DEP_NONE. */
int32_t dep_child(const struct dep_tree *tree, int32_t node, enum rel rel);
/* The next sibling with the same relation. */
int32_t dep_next(const struct dep_tree *tree, int32_t child);
bool dep_below(const struct dep_tree *tree, int32_t node, int32_t above);
/* The apposition of a name. One behind joined names ("A and B, the envoy") is the last one's, wherever it hangs.
 * DEP_NONE. */
int32_t dep_apposition(const struct dep_tree *tree, int32_t node);
/* The lower-cased lemma equals `word`. */
bool dep_is(const struct dep_tree *tree, int32_t node, const char *word);
/* The preposition before a noun ("according to" is "according"), DEP_NONE. */
int32_t dep_case(const struct dep_tree *tree, int32_t node);
/* A feature of the treebank: dep_feature(t, i, "Tense=Past"). */
bool dep_feature(const struct dep_tree *tree, int32_t node, const char *feature);

#define dep_each_child(tree, child, node)                                                      \
        for (int32_t child = (tree)->nodes[node].first_child; child != DEP_NONE;               \
             child = (tree)->nodes[child].next_sibling)
