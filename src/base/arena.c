/* See arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_MIN = 16384, ALIGNMENT = 16 };

struct arena_chunk {
        struct arena_chunk *next;
        size_t size, used;
        _Alignas(16) char bytes[];
};

void arena_out_of_memory(void)
{
        static const char words[] = "dateline: out of memory\n";

        (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
        _exit(ARENA_EXIT_OUT_OF_MEMORY);
}

static struct arena_chunk *chunk_new(size_t size)
{
        struct arena_chunk *chunk;

        if (size > SIZE_MAX / 2 || (chunk = malloc(sizeof(*chunk) + size)) == NULL)
                arena_out_of_memory();
        chunk->next = NULL;
        chunk->size = size;
        chunk->used = 0;
        return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        struct arena_chunk *chunk = arena->chunks;
        void *p;

        if (size > SIZE_MAX / 2)
                arena_out_of_memory();
        size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
        if (chunk == NULL || chunk->size - chunk->used < size) {
                size_t want = chunk == NULL ? CHUNK_MIN : 2 * chunk->size;

                chunk = chunk_new(MAX_OF(want, size));
                chunk->next = arena->chunks;
                arena->chunks = chunk;
        }
        p = chunk->bytes + chunk->used;
        chunk->used += size;
        arena->used += size;
        return p;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
        return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
        char *copy = arena_alloc(arena, n + 1);

        memcpy(copy, s, n);
        copy[n] = '\0';
        return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
        return arena_strndup(arena, s, strlen(s));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
        va_list args;
        char *s;
        int n;

        va_start(args, format);
        n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (n < 0)
                n = 0;
        s = arena_alloc(arena, (size_t)n + 1);
        va_start(args, format);
        vsnprintf(s, (size_t)n + 1, format, args);
        va_end(args);
        return s;
}

void *arena_push(struct arena *arena, void *list, size_t n, size_t *size, void *item)
{
        void **items = list;

        if (n == *size) {
                *size = *size * 2 + 8;
                items = arena_alloc(arena, *size * sizeof(*items));
                if (n > 0)
                        memcpy(items, list, n * sizeof(*items));
        }
        items[n] = item;
        return items;
}

void arena_reset(struct arena *arena)
{
        struct arena_chunk *chunk = arena->chunks;
        size_t used = arena->used;

        if (chunk != NULL && chunk->next == NULL) {
                chunk->used = 0;
        } else if (chunk != NULL) {
                arena_deinit(arena);
                arena->chunks = chunk_new(MAX_OF(used + used / 4, (size_t)CHUNK_MIN));
        }
        arena->used = 0;
}

void arena_deinit(struct arena *arena)
{
        struct arena_chunk *chunk, *next;

        for (chunk = arena->chunks; chunk != NULL; chunk = next) {
                next = chunk->next;
                free(chunk);
        }
        *arena = ARENA_NULL;
}
