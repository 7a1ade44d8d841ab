/*
 * YAML text to a tree of nodes that know where they stand, in an arena; nothing above this file sees libyaml. What
 * libyaml lets pass silently is an error here: a double key, more than one document, an alias (settings say what they
 * mean at the place where they stand), a tag (the schema knows the types), too deep, too large.
 *
 * Used for the configuration, rules and dictionaries. Positions count from 1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum yaml_kind {
        YAML_SCALAR,
        YAML_LIST,
        YAML_MAP,
};

struct yaml_node {
        enum yaml_kind kind;
        unsigned line, column;
        const char *text;               /* scalar: its value, NUL-terminated */
        size_t n_text;
        bool plain;                     /* scalar: not quoted, so that ~, true, 5 may be more than text */
        struct yaml_pair *pairs;        /* map */
        struct yaml_node **items;       /* list */
        size_t n;                       /* pairs or items */
};

struct yaml_pair {
        struct yaml_node *key;          /* always a scalar, without NUL */
        struct yaml_node *value;
};

/* What is wrong with a text that a person wrote: all of it at once, each with its place. */
struct yaml_errors {
        struct arena *arena;
        struct yaml_error *first, **last;       /* in the order of their places once yaml_errors_sort() was called */
        size_t n;                               /* at most YAML_ERRORS_MAX are kept, all are counted */
};

struct yaml_error {
        struct yaml_error *next;
        const char *path;
        unsigned line, column;
        const char *message;
};

enum {
        YAML_ERRORS_MAX = 100,
        YAML_DEPTH_MAX = 32,
        YAML_NODES_MAX = 1000000,
        YAML_TEXT_MAX = 64 << 20,
};

void yaml_errors_init(struct yaml_errors *errors, struct arena *arena);
void yaml_errors_add(struct yaml_errors *errors, const char *path, unsigned line, unsigned column, const char *format,
                     ...) _printf_(5, 6);
void yaml_errors_sort(struct yaml_errors *errors);
/* "dateline.yaml:14:7: watch[0].directroy: unknown key ..." a line each, malloc'ed. */
char *yaml_errors_text(const struct yaml_errors *errors);

enum {
        YAML_E_BAD = 1,         /* `errors` says what */
};

/* Parse text[0..n). `path` is for messages only and must outlive the errors. An empty text is an empty map. Everything
 * lives in the arena. 0, YAML_E_BAD or -errno. With YAML_E_BAD *root is still set where all that is wrong is
 * double keys, so that the rest can be checked too; NULL otherwise. */
int yaml_parse(struct arena *arena, const char *path, const char *text, size_t n, struct yaml_node **root,
               struct yaml_errors *errors);

/* Read a whole file (at most YAML_TEXT_MAX) into the arena. One that somebody writes just now is read when a tenth
 * of a second has passed without, for at most some seconds: not for the loop. 0, YAML_E_BAD (cannot be read: said
 * in `errors`, at 1:1) or -errno. */
int yaml_read_file(struct arena *arena, const char *path, const char **text, size_t *n, struct yaml_errors *errors);

/* The value of a key, NULL where the map has none. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Nothing, ~ or null, not in quotes. */
bool yaml_is_null(const struct yaml_node *node);

/* For messages: "'text'" (cut and made printable), "a list", "a map". In the arena. */
const char *yaml_show(struct arena *arena, const struct yaml_node *node);

/* Whether two trees say the same (either may be NULL); places do not count. */
bool yaml_equal(const struct yaml_node *a, const struct yaml_node *b);
