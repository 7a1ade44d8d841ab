/*
 * Names and roles of the dictionaries in a sentence: the longest phrase at each place wins, and phrases do not overlap.
 */
#pragma once

#include "modules/code/coding.h"

/* Fills sentence->matches and match_of. */
void matches_find(struct coding *coding, struct coding_sentence *sentence);

/* The reading of a phrase that holds on the story's day; the nearest in time where none does. Roles and states have no
 * dates. NULL where all are discards. */
const struct dictionary_entry *matches_choose(const struct coding *coding, const struct phrases_payload *payloads);

/* Bodies and people of several countries have the name, and hold on the story's day: "Congress", "the Labour Party". */
bool matches_is_open(const struct coding *coding, const struct coding_match *match);
/* Those of the country that the story names most; else the first of the dictionary stays. After setting_find(). */
void matches_settle(struct coding *coding, struct coding_sentence *sentence);

/* Whom a surname alone means: the one person of the dictionary who has it, holds the office on the story's day and is
 * of a country that the story names. NULL: nobody, or more than one. */
const struct dictionary_entry *matches_surname(const struct coding *coding, const struct reading_token *token);
