/*
 * Places of the gazetteer in a story's text, for what no dictionary knows: "Charlotte police", "in Tulsa", "Paris,
 * Texas". A name is taken for a place where the text uses it as one, and for the place of that name that something
 * speaks for: what stands behind it, the countries of the story, or its size; the reason is kept. Without a reason it
 * stays a name.
 */
#pragma once

#include "modules/code/coding.h"

/* Adds matches to all sentences. After setting_find(); true where it found any, so that the story's setting is worth
 * another look. */
bool locate_find(struct coding *coding);
