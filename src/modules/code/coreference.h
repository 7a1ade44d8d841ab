/*
 * Who is meant: later mentions of people by surname, pronouns, titles alone, "both sides", acronyms that the story
 * itself
 * introduces. Entities are kept in order of appearance; the latest that fits wins, subjects before others.
 */
#pragma once

#include "modules/code/coding.h"

/* "Mr.", "Sen.": before a name, and no part of it. */
bool coreference_is_honorific(const char *form);
/* "The Ministry", "the President": nothing but a role's words stands in what looks like a name. */
bool coreference_is_role(const struct coding_sentence *s, int32_t node);
/* A proper name without a dictionary entry: met before? Fills the actor's code, name and entity. */
bool coreference_name(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor);
/* The surname of a person met before that looks like a place. */
bool coreference_person(struct coding *coding, const struct coding_sentence *s, int32_t node,
                        struct coding_actor *actor);
/* "the team", where "the Afghan team" was met before. */
bool coreference_noun(struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_actor *actor);
/* "the minister", "police": somebody of that role met before. */
bool coreference_role(struct coding *coding, const struct coding_sentence *s, int32_t node, const char *role,
                      struct coding_actor *actor);
bool coreference_pronoun(struct coding *coding, const struct coding_sentence *s, int32_t node,
                         struct coding_actor *actor);
/* "both sides", "the North", "the country". */
bool coreference_description(struct coding *coding, const struct coding_sentence *s, int32_t node,
                             struct coding_actor *actor);
/* After the actors of a sentence: remember what was joined, for "they" and "both sides". */
void coreference_pair(struct coding *coding, struct coding_sentence *s);
/* Enter a mention: finds or makes its entity. `role` is the first role in the phrase, NULL. */
void coreference_note(struct coding *coding, const struct coding_sentence *s, struct coding_actor *actor,
                      const struct dictionary_entry *role);
