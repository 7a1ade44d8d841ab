/* From a 64-bit key (a hash that is trusted to be unique) to a number; and strings numbered in order of appearance. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct map {
        uint64_t *keys;         /* 0: empty */
        uint32_t *values;
        size_t n, size;
};

#define MAP_NULL ((struct map){ 0 })
#define MAP_ABSENT UINT32_MAX

/* The value's place, made with `fresh` where the key is new. Out of memory ends the program: the trainer is a tool. */
uint32_t *map_at(struct map *map, uint64_t key, uint32_t fresh);
uint32_t map_get(const struct map *map, uint64_t key);
void map_deinit(struct map *map);

struct names {
        struct map map;
        char **list;
        uint32_t *counts;
        size_t n, size;
};

#define NAMES_NULL ((struct names){ 0 })

uint32_t names_add(struct names *names, const char *name);
/* MAP_ABSENT where it was never added. */
uint32_t names_find(const struct names *names, const char *name);
void names_deinit(struct names *names);

uint64_t map_hash(const void *p, size_t n);
void *map_allocate(void *old, size_t n, size_t size);
