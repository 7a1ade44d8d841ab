/*
 * A bump allocator: many small things that die together. The steady state of a worker allocates nothing: the arena
 * keeps its largest chunk when it is reset, and grows it to what the last jobs needed.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

struct arena_chunk;

struct arena {
        struct arena_chunk *chunks;     /* newest first */
        size_t used;                    /* bytes handed out since the last reset */
};

#define ARENA_NULL ((struct arena){ 0 })

/* Aligned to 16 bytes, not cleared. Never NULL: out of memory ends the process (a worker is replaced; see
 * arena_out_of_memory()). */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
char *arena_strndup(struct arena *arena, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *s) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) _printf_(2, 3) __attribute__((returns_nonnull));

/* Put `item` behind the n pointers of `list`, which has room for *size and grows by doubling; NULL with *size 0 is an
 * empty one. The list, in the arena. */
void *arena_push(struct arena *arena, void *list, size_t n, size_t *size, void *item) __attribute__((returns_nonnull));

/* Forget everything, keep one chunk as large as all that was used. */
void arena_reset(struct arena *arena);
/* May be called twice. */
void arena_deinit(struct arena *arena);

/* Ends the process with ARENA_EXIT_OUT_OF_MEMORY; the pool reads it as "ran out of its memory". */
#define ARENA_EXIT_OUT_OF_MEMORY 71
void arena_out_of_memory(void) __attribute__((noreturn));

#define arena_new(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_zalloc((arena), sizeof(type) * (size_t)(n)))
