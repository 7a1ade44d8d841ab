/*
 * Where an act took place: a place of the dictionaries behind "in", "at", "near" in its clause. Nothing is guessed.
 */
#pragma once

#include "modules/code/coding.h"

/* NULL where the clause names no place. */
const struct coding_place *places_of_event(const struct coding *coding, const struct coding_event *event);
