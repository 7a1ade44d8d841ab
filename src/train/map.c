/* See map.h. */
#include "train/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t map_hash(const void *p, size_t n)
{
        uint64_t h = XXH3_64bits(p, n);

        return h == 0 ? 1 : h;
}

void *map_allocate(void *old, size_t n, size_t size)
{
        void *p = reallocarray(old, n == 0 ? 1 : n, size);

        if (p == NULL) {
                fputs("dateline-train: out of memory\n", stderr);
                exit(1);
        }
        return p;
}

static size_t slot(const struct map *map, uint64_t key)
{
        size_t i = (size_t)(key ^ key >> 32) & (map->size - 1);

        while (map->keys[i] != 0 && map->keys[i] != key)
                i = (i + 1) & (map->size - 1);
        return i;
}

static void grow(struct map *map)
{
        struct map bigger = { .size = map->size == 0 ? 1024 : map->size * 2, .n = map->n };
        size_t i;

        bigger.keys = map_allocate(NULL, bigger.size, sizeof(*bigger.keys));
        bigger.values = map_allocate(NULL, bigger.size, sizeof(*bigger.values));
        memset(bigger.keys, 0, bigger.size * sizeof(*bigger.keys));
        for (i = 0; i < map->size; i++) {
                if (map->keys[i] != 0) {
                        size_t to = slot(&bigger, map->keys[i]);

                        bigger.keys[to] = map->keys[i];
                        bigger.values[to] = map->values[i];
                }
        }
        map_deinit(map);
        *map = bigger;
}

uint32_t *map_at(struct map *map, uint64_t key, uint32_t fresh)
{
        size_t i;

        if (2 * (map->n + 1) > map->size)
                grow(map);
        i = slot(map, key);
        if (map->keys[i] == 0) {
                map->keys[i] = key;
                map->values[i] = fresh;
                map->n++;
        }
        return &map->values[i];
}

uint32_t map_get(const struct map *map, uint64_t key)
{
        size_t i;

        if (map->n == 0)
                return MAP_ABSENT;
        i = slot(map, key);
        return map->keys[i] == 0 ? MAP_ABSENT : map->values[i];
}

void map_deinit(struct map *map)
{
        free(map->keys);
        free(map->values);
        *map = MAP_NULL;
}

uint32_t names_add(struct names *names, const char *name)
{
        uint32_t *at = map_at(&names->map, map_hash(name, strlen(name)), (uint32_t)names->n);

        if (*at == names->n) {
                if (names->n == names->size) {
                        names->size = names->size == 0 ? 64 : 2 * names->size;
                        names->list = map_allocate(names->list, names->size, sizeof(*names->list));
                        names->counts = map_allocate(names->counts, names->size, sizeof(*names->counts));
                }
                names->list[names->n] = strdup(name);
                names->counts[names->n] = 0;
                names->n++;
        }
        names->counts[*at]++;
        return *at;
}

uint32_t names_find(const struct names *names, const char *name)
{
        return map_get(&names->map, map_hash(name, strlen(name)));
}

void names_deinit(struct names *names)
{
        size_t i;

        for (i = 0; i < names->n; i++)
                free(names->list[i]);
        free(names->list);
        free(names->counts);
        map_deinit(&names->map);
        *names = NAMES_NULL;
}
