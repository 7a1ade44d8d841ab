/*
 * Schema tables: one row a setting holds its name, type, range, default, where it goes and what it is for. One walk of
 * a table checks a YAML map and fills a struct; another prints the table as the text of dateline.yaml(5), so that the
 * manual cannot drift. The daemon's own sections and every worker module's settings are such tables.
 *
 * A section's struct is zeroed, then filled with defaults, then with what stands in the map.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/yaml.h"

enum schema_type {
        SCHEMA_STRING,          /* const char *; NULL where left out and without default */
        SCHEMA_PATH,            /* const char *; absolute, or it is made absolute against the file that it stands in */
        SCHEMA_BOOL,            /* bool: true/false, yes/no, on/off */
        SCHEMA_INT,             /* int64_t */
        SCHEMA_FRACTION,        /* double */
        SCHEMA_SIZE,            /* int64_t, bytes: "8M", "512K", "1G" (powers of 1024) */
        SCHEMA_SPAN,            /* int64_t, microseconds: "10m", "30s", "365d"; see clock_parse_span() */
        SCHEMA_MODE,            /* int64_t: permission bits, octal in the file: 0660 */
        SCHEMA_ENUM,            /* int: the position in `names` */
        SCHEMA_BYTES,           /* const char * and, right behind it in the struct, a size_t with its length: a text
                                   with the escapes \n \r \t \0 \\ \xNN; may hold NUL */
        SCHEMA_STRINGS,         /* struct schema_strings: a list of strings, or one string alone */
        SCHEMA_PATHS,           /* struct schema_strings */
        SCHEMA_SECTION,         /* a nested struct by `section` */
        SCHEMA_LIST,            /* struct schema_list: a list of sections, each one `section` */
        SCHEMA_NODE,            /* const struct yaml_node *: as it stands, checked by somebody else */
};

struct schema_strings {
        const char **items;
        size_t n;
};

struct schema_list {
        void *items;            /* n structs of section->size */
        size_t n;
};

struct schema;
struct schema_context;

struct schema_item {
        const char *name;
        enum schema_type type;
        size_t offset;                  /* of the field in the section's struct */
        bool required;
        const char *fallback;           /* the default as it would be written, NULL: none */
        int64_t min, max;               /* bounds where max > min: of the value of INT, FRACTION, SIZE, SPAN, MODE; of
                                           the bytes of STRING, BYTES; of the entries of STRINGS, PATHS, LIST */
        const char *zero;               /* INT, SIZE, SPAN: a word that stands for 0, "auto"; 0 is then in range */
        const char *const *names;       /* ENUM: NULL-terminated. SECTION: words that may stand in place of the map; the
                                           section's struct begins with an int, which becomes 1 for the first of them,
                                           and so on, and 0 where there is a map or nothing */
        const struct schema *section;   /* SECTION, LIST */
        const char *with;               /* the key of this section without which this one means nothing */
        /* What the type does not say: the form of a name or an address. Called for a value that stands in the file and
         * has the right type; `field` may be changed. */
        void (*check)(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field);
        const char *help;               /* one or two sentences for the manual */
};

struct schema {
        const char *name;
        size_t size;                    /* of the struct */
        bool placed;                    /* the struct begins with a struct yaml_place, which gets the section's place */
        const struct schema_item *items;/* ended by a row without a name */
        const char *const *one_of;      /* keys of which exactly one must be there, NULL-terminated; NULL: no rule */
        /* What no row can say alone; adds errors with schema_error(). `node` is NULL where the section is left out;
         * fields that were wrong hold their default. May be NULL. */
        void (*check)(const struct schema_context *context, const struct yaml_node *node, void *section);
        const char *help;
};

/* The first field of a section that wants to be reported about later (`placed`). */
struct yaml_place {
        const char *path;
        unsigned line, column;
};

struct schema_context {
        struct arena *arena;
        const char *path;               /* the file, for messages and for relative paths */
        struct yaml_errors *errors;
        const char *where;              /* "watch[0]"; "": the whole file */
        const struct yaml_node *section;/* whose place is told for what is missing; NULL: 1:1 */
};

/* Check `node` (a map, or NULL: an empty one) against `schema` and fill `section`. All that is wrong goes to
 * context->errors; the return is 0 or YAML_E_BAD. */
int schema_fill(const struct schema_context *context, const struct schema *schema, const struct yaml_node *node,
                void *section);

/* For `check` functions: "PATH:LINE:COLUMN: WHERE.KEY: message", at the node (or the section where node is NULL). `key`
 * may be NULL: then "WHERE: message". */
void schema_error(const struct schema_context *context, const struct yaml_node *node, const char *key,
                  const char *format, ...) _printf_(4, 5);

/* A path as SCHEMA_PATH takes it: as it is where absolute, otherwise below the folder of context->path. */
const char *schema_absolute(const struct schema_context *context, const char *path);

/* The nearest of `names` to a misspelt word, NULL where none is near. */
const char *schema_nearest(const char *word, const char *const *names, size_t n);
