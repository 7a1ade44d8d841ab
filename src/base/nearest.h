/* "Did you mean": the nearest of a list of words to one that was misspelt. */
#pragma once

#include <stddef.h>

/* By the edits between them (a letter put in, left out, changed, or two swapped): at most two, and fewer than half
 * of the word. NULL where none is near. */
const char *nearest_word(const char *word, const char *const *words, size_t n);
