/* The table of a source of dateline.yaml, and the checks that no row can say alone. */
#pragma once

#include "config/schema.h"

/* Fills a struct config_watch. */
extern const struct schema watchtable_watch;
