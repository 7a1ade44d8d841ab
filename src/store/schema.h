/*
 * The tables, as SQL: one text a version of the schema. dateline-store(5) tells what they mean.
 */
#pragma once

#include "store/db.h"

/* schema_migrations[n] brings version n to n + 1. */
extern const char *const schema_migrations[DB_SCHEMA];
