/*
 * A rehearsal: what the rules of a file would have raised on what is stored. The change log is read again from a time on and the
 * rules are tried on each row as it was then, by the code that tries them live (desk/rules.h), with a clock that follows the
 * rows and with alerts that are kept in a database in memory. The store is only read, a piece at a time.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

struct rehearsal;

enum {
        REHEARSAL_ALERTS_MAX = 1000,    /* that are shown; all are counted */
        REHEARSAL_RAISED_MAX = 100000,  /* then it ends: they are kept in memory */
};

enum {
        REHEARSAL_E_BAD = 1,            /* the text has errors: *errors (malloc'ed) has a line for each */
};

/* `name` is for messages. `since`, `now`: wall clock us. 0, REHEARSAL_E_BAD or -errno. */
int rehearsal_new(struct rehearsal **out, struct db *news, const char *name, const char *text, size_t n, int64_t since,
                  int64_t now, char **errors);
/* Go on for about so long. *done: the end is reached. */
int rehearsal_run(struct rehearsal *rehearsal, struct db *news, int64_t us, bool *done);
/* {"rules", "changes", "raised", "resolved", "cut": whether it ended before the end, "alerts": [...]}, a new reference. */
int rehearsal_result(struct rehearsal *rehearsal, struct db *news, json_t **out);
void rehearsal_free(struct rehearsal *rehearsal);
