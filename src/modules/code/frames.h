/* The `frames` part of a dictionary file: which words are which acts. data/dictionaries/verbs.yaml explains it. */
#pragma once

#include "modules/code/lexicon.h"

/* Take the frames of a file; the sets and codes that they name must be there (lexicon_add() for each file first). What
 * is wrong goes to `errors`, the rest is taken. */
void frames_add(struct lexicon *lexicon, const char *path, const struct yaml_node *root, struct yaml_errors *errors);
