/*
 * What the rooms that look for statements share: the sentence that is looked through, a verb that is a cue in it, and
 * the questions that all of them ask.
 */
#pragma once

#include "modules/code/attribution.h"
#include "modules/code/statement.h"

/* A sentence that is looked through. */
struct seeker {
        struct coding *coding;
        const struct attribution_sets *sets;
        const struct coding_sentence *s;
        const struct dep_tree *tree;
        int32_t said_cue;       /* the latest verb of saying, DEP_NONE: "..., adding" has its speaker */
        int32_t said_source, said_meant;
        int32_t joined;         /* a verb that goes on after what was said: who said it does it, too; DEP_NONE */
        int32_t last_cue;       /* the latest cue outside quotations, DEP_NONE */
};

/* A verb that is a cue. */
struct seeker_cue {
        int32_t verb;
        struct cues_group group;
        int32_t subject;        /* as it stands, DEP_NONE */
        int32_t meant;          /* whom it means */
        const struct lexicon_word *word;
        bool passive;
};

struct statement seeker_begin(const struct seeker *k, const struct seeker_cue *cue, int32_t last);
/* Who says it is the cue's subject, where nothing else was set. False where nothing is said. */
bool seeker_finish(struct seeker *k, struct statement *st, const struct seeker_cue *cue);

/* A clause that speaks of the one who says, and not for him: "..., adding that", "..., although". Its first token, or
 * `last` + 1. */
int32_t seeker_tail(const struct seeker *k, int32_t first, int32_t last);

bool seeker_is_punct(const struct dep_tree *tree, int32_t token);
bool seeker_is_comma(const struct dep_tree *tree, int32_t token);
bool seeker_is_finite(const struct dep_tree *tree, int32_t token);
/* An infinitive with "to". */
bool seeker_has_to(const struct dep_tree *tree, int32_t verb);
bool seeker_xpos(const struct dep_tree *tree, int32_t token, const char *xpos);
/* "Urged both sides to respect it", "called on them to": the infinitive, though the tree takes it for a purpose; *told
 * is who is told, or stays. DEP_NONE where there is none. */
int32_t seeker_told_to(const struct seeker *k, int32_t verb, int32_t *told);
