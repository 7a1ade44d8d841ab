/* What the reader's tests share: the shipped model, and texts read with it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "modules/read/read.h"

struct fixture {
        struct read_model *model;
        struct arena arena;             /* of the readings; reset by nobody but the tear-down */
};

/* cmocka's group set-up: *state is a fixture with data/en.model. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The path of data/en.model; the caller frees it. */
char *fixture_model_path(void);
/* A text read with the best kernel of this processor. */
struct reading *fixture_read(struct fixture *f, const char *text, size_t n);
