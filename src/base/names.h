/*
 * Names to numbers: a hash table that is filled once and asked often. Names are borrowed.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

struct names {
        struct names_slot {
                const char *name;
                size_t value;
        } *slots;
        size_t size;            /* a power of two, at least twice as many as there are names */
};

#define NAMES_NONE ((size_t)-1)

/* For up to n names. 0 or -ENOMEM. */
int names_init(struct names *names, size_t n);
/* NAMES_NONE; or, where the name is there already, its value, and nothing has changed. */
size_t names_add(struct names *names, const char *name, size_t value);
/* NAMES_NONE where it is not there. */
size_t names_find(const struct names *names, const char *name);
/* May be called twice. */
void names_deinit(struct names *names);
