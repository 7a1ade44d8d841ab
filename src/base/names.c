/* See names.h. Open addressing; FNV-1a. The names are the administrator's own: nobody else can choose them to
 * collide. */
#include "base/names.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"

int names_init(struct names *names, size_t n)
{
        size_t size = 8;

        while (size < 2 * n)
                size *= 2;
        *names = (struct names){ .slots = calloc(size, sizeof(struct names_slot)), .size = size };
        return names->slots != NULL ? 0 : error_origin(-ENOMEM);
}

static struct names_slot *find(const struct names *names, const char *name)
{
        uint32_t hash = 2166136261U;
        size_t at;

        for (const char *c = name; *c != '\0'; c++)
                hash = (hash ^ (unsigned char)*c) * 16777619U;
        for (at = hash & (names->size - 1); names->slots[at].name != NULL; at = (at + 1) & (names->size - 1))
                if (strcmp(names->slots[at].name, name) == 0)
                        break;
        return &names->slots[at];
}

size_t names_add(struct names *names, const char *name, size_t value)
{
        struct names_slot *slot = find(names, name);

        if (slot->name != NULL)
                return slot->value;
        *slot = (struct names_slot){ .name = name, .value = value };
        return NAMES_NONE;
}

size_t names_find(const struct names *names, const char *name)
{
        const struct names_slot *slot = find(names, name);

        return slot->name != NULL ? slot->value : NAMES_NONE;
}

void names_deinit(struct names *names)
{
        free(STEAL(names->slots));
}
