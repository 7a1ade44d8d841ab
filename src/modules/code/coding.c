/* See coding.h. */
#include "modules/code/coding.h"

#include <string.h>

struct coding_span coding_span_of(const struct dep_tree *tree, int32_t first, int32_t last)
{
        return (struct coding_span){ tree->tokens[first].begin, tree->tokens[last].end };
}

const char *coding_text(const struct coding *coding, struct coding_span span)
{
        return arena_strndup(coding->arena, coding->reading->text + span.begin, span.end - span.begin);
}

void *coding_push(struct arena *arena, void *list, size_t n, size_t *size, void *item)
{
        void **items = list;

        if (n == *size) {
                *size = *size * 2 + 8;
                items = arena_alloc(arena, *size * sizeof *items);
                if (n > 0)
                        memcpy(items, list, n * sizeof *items);
        }
        items[n] = item;
        return items;
}
