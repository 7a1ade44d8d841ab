/*
 * The code module: a reading to statements, actors and events (ARCHITECTURE.md, "coding").
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "config/schema.h"
#include "modules/code/attribution.h"
#include "modules/code/coding.h"
#include "modules/code/context.h"
#include "modules/code/status.h"

struct code_settings {
        struct schema_strings dictionaries;
        double min_confidence;
};

/* What the module keeps between stories; dateline(1) uses it for --explain and lint. */
struct code_state {
        struct dictionary *dictionary;
        struct status_sets sets;
        struct attribution_sets attribution;
        struct context_sets contexts;
        struct gazetteer *gazetteer;    /* NULL: none */
        double min_confidence;
        const char *description;
        void (*log)(void *user, int level, const char *format, ...) _printf_(3, 4);     /* the host's */
        void *log_user;
};

/* Code one story into a struct: output_json() makes JSON of it. `story->text` is what `reading` was made of. */
struct coding *code_story(const struct code_state *state, struct arena *arena, struct story *story,
                          const struct reading *reading);
