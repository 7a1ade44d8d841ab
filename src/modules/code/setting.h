/*
 * Where a story is set: the country that a role without one ("police", "the minister") belongs to. The dateline says
 * it; else the country that the story names most, counting states, capitals, places, and people and bodies of a
 * country.
 */
#pragma once

#include "modules/code/coding.h"

/* Whether a code begins with a country's and not with that of a kind of international actor or of a region. */
bool setting_is_country(const char *code);

/* How much of the story is about a country, 0: nothing. */
unsigned setting_weight(const struct coding *coding, const char *country);

/* The country that nearly all of the story is about, NULL where it is about several. */
const char *setting_only(const struct coding *coding);

/* Fills coding->country and, where decode could not, the country of the story's dateline. After the matches. */
void setting_find(struct coding *coding, struct story *story);
