/*
 * A parse from the words alone, for when no model is there: tags by closed word classes, the lexicon and endings; noun
 * phrases; then subject, verb and object by their order. It makes a reading of the same kind as the model's, so that
 * all behind it knows one way of work. It is rough, and says so by its name.
 */
#pragma once

#include "base/arena.h"
#include "modules/code/lexicon.h"
#include "modules/read/reading.h"

/* A new reading over the same text and sentences, with tags, lemmas and dependencies. */
struct reading *shallow_parse(struct arena *arena, const struct reading *reading, const struct lexicon *lexicon);

/* The lexicon's word of a form in lower case ("shot"), by endings and a list of irregular ones; NULL. */
const struct lexicon_word *shallow_word(const struct lexicon *lexicon, const char *lower);
