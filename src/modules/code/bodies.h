/*
 * One name for a ministry or another office, however it is written: "Ukraine's Interior Ministry", "the Ukrainian
 * interior ministry", "the Ministry of Internal Affairs" are all "Ukraine Interior Ministry". Who counts the origins of
 * an event counts names: two ways of writing are no two origins.
 *
 * The name is the country's and the body's (a row of `agents` with `body`). A ministry that no row has is named from
 * its own words: "Ministry of Sport" is the "Sport Ministry". Roles of people ("the Defence Minister") and words such
 * as "army" are no names.
 */
#pragma once

#include "modules/code/coding.h"

/* What the phrase says of the body ("Interior Ministry"); NULL: it is none, or only "the ministry". */
const char *bodies_base(const struct coding *coding, const struct coding_sentence *s, int32_t node);
/* The same with the country of `code`; NULL. */
const char *bodies_name(const struct coding *coding, const struct coding_sentence *s, int32_t node, const char *code);
/* "A spokeswoman", without a name: speaks for somebody else. */
bool bodies_is_voice(const struct dep_tree *tree, int32_t node);
/* The name of the body for which a voice of this code speaks, where its phrase says it ("interior ministry
 * spokesman"); NULL. */
const char *bodies_of_voice(const struct coding *coding, const struct coding_sentence *s, int32_t node,
                            const char *code);
