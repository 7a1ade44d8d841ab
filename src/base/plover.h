/*
 * The words that people write for what an event is: PLOVER's categories (the PLOVER manual, 2021) and the statuses of
 * dateline-events(5). Here because the configuration, rules and datelinectl check the same words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* NULL behind the last. */
extern const char *const plover_types[], *const plover_statuses[];

/* Whether it may be asked for as a type: a category, or the first digits of a CAMEO code. A word of capitals that is
 * not like any of PLOVER's may be a module's. near: what was meant, NULL where that is not clear. */
bool plover_is_type(const char *word, const char **near);
bool plover_is_status(const char *word, const char **near);
/* Three capitals. */
bool plover_is_country(const char *word);
