/*
 * Dates in the text, resolved against the story's day: "yesterday", "on Wednesday", "last month", "Oct 20", "2024-25".
 */
#pragma once

#include "modules/code/coding.h"

/* Adds the dates of one sentence to coding->dates. Nothing relative is resolved where the story has no day. */
void dates_find(struct coding *coding, uint32_t sentence);
/* The date nearest to an event in its clause; without one, NULL. */
const struct coding_dates *dates_of_event(const struct coding *coding, const struct coding_event *event);
