/*
 * Texts with fields, "{source} {type} {target}": what an alert says. A text is taken apart when it is loaded, so that a
 * field that is not there is an error with its place and not a hole in an alert. "{{" and "}}" stand for braces.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Where a field has a value. */
enum template_kind {
        TEMPLATE_EVENT = 1,             /* the rule was met by an event */
        TEMPLATE_RATE = 2,              /* ... by several of them */
        TEMPLATE_ABSENCE = 4,           /* ... by nothing having come */
};

enum template_field {
        TEMPLATE_LITERAL = -1,
        TEMPLATE_RULE, TEMPLATE_SEVERITY, TEMPLATE_KEY,
        TEMPLATE_ID, TEMPLATE_STORY, TEMPLATE_SOURCE, TEMPLATE_TARGET, TEMPLATE_TYPE, TEMPLATE_CAMEO, TEMPLATE_MODE,
        TEMPLATE_STATUS, TEMPLATE_QUAD, TEMPLATE_PLACE, TEMPLATE_COUNTRY, TEMPLATE_DAY, TEMPLATE_WORDS,
        TEMPLATE_ORIGINS, TEMPLATE_REPORTS, TEMPLATE_WATCH, TEMPLATE_COUNT, TEMPLATE_WINDOW, TEMPLATE_USUAL,
        TEMPLATE_SINCE,
        TEMPLATE_FIELDS,
};

struct template_row {
        const char *name;
        unsigned kinds;                 /* of template_kind, those that have it */
        const char *help;
};

/* By enum template_field; for checks and the manual. */
extern const struct template_row template_rows[TEMPLATE_FIELDS];

struct template_piece {
        enum template_field field;
        const char *text;               /* a literal */
        size_t n;
};

struct template {
        struct template_piece *pieces;
        size_t n;
};

enum {
        TEMPLATE_E_BAD = 1,             /* *error (in the arena) says what is wrong, *at where: the byte in `text` */
};

/* `text` must live as long as the template; the pieces are in the arena. 0 or TEMPLATE_E_BAD. */
int template_parse(struct arena *arena, const char *text, enum template_kind kind, struct template *out,
                   const char **error, size_t *at);
