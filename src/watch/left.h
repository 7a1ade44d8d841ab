/*
 * What was left lying: files that could not be taken, remembered so that each is reported once and not at every look, and
 * again when it changes. Bounded; beyond the bound files are left without a word of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEFT_MAX = 4096 };

struct left_entry;

struct left {
        struct left_entry *entries;     /* a hash table, made at need */
        size_t n;
        unsigned generation;            /* of scans */
};

/* May be called twice. */
void left_deinit(struct left *left);
/* The file of this name, inode and ctime could not be taken. True: say so. */
bool left_add(struct left *left, const char *name, uint64_t inode, int64_t changed);
/* A scan of the whole directory begins; at its end, files that were not added again are forgotten. */
void left_scan_begin(struct left *left);
void left_scan_end(struct left *left);
