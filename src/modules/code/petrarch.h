/*
 * The field's own dictionaries as they are: PETRARCH and TABARI .actors, .agents and .discards files, with dates,
 * synonyms, plural rules and comments. A bad line is reported with its place and skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "modules/code/dictionary.h"

/* By the ending of the name: .actors, .agents, .discards, and the same before .txt ("Phoenix.Countries.actors.txt"). */
bool petrarch_knows(const char *path);

/* text[0..n) must be NUL-terminated and live as long as the dictionary. */
void petrarch_load(struct dictionary *dictionary, const char *path, const char *text, size_t n,
                   struct yaml_errors *errors);
