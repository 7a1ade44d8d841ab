/*
 * What another configuration changes, in words for the person who had it read: a file that was cut short, or is
 * another one than meant, may be right by itself, and is known by what it takes away.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"

/* One line, malloc'ed: "watch: 1 added (b), 2 removed (x, y); outputs: 1 changed (desk); other settings of work".
 * *emptied: a list that had something has nothing any more. NULL: no memory. */
char *differ_text(const struct config *old, const struct config *new, bool *emptied);
