/* See strings.h. */
#include "modules/decode/strings.h"

#include <string.h>

void strings_add(struct arena *arena, struct strings *list, const char *s)
{
        if (s == NULL || *s == '\0' || list->n == STRINGS_MAX)
                return;
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->items[i], s) == 0)
                        return;
        if (list->n + 1 >= list->room) {
                size_t room = list->room ? 2 * list->room : 8;
                const char **items = arena_array(arena, const char *, room);

                if (list->n != 0)
                        memcpy(items, list->items, list->n * sizeof *items);
                list->items = items;
                list->room = room;
        }
        list->items[list->n++] = s;
        list->items[list->n] = NULL;
}
