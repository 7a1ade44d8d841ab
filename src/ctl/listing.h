/* Lists that may be followed: events, alerts. Batches are printed as they come; when the daemon goes away it is
 * waited for. */
#pragma once

#include "ctl/command.h"
#include "ctl/table.h"

/* The options that they share: --limit, --all, --follow, --reconnect. */
#define LISTING_OPTIONS \
        { "limit", 'n', "N", "the last N, at most 1000 (25; 10 before those that are followed)" }, \
        { "all", 'a', NULL, "all of them" }, \
        { "follow", 'f', NULL, "go on with new ones as they come" }, \
        { "reconnect", 0, NULL, "with --follow: when the daemon goes away, wait for it and miss nothing" }

struct listing {
        const char *method, *member;    /* of the call and its replies */
        const char *nothing;            /* what is said where there is none */
        void (*table_init)(struct ctl *ctl, struct table *table);
        void (*table_add)(struct ctl *ctl, struct table *table, const json_t *item);
        /* Columns that most cells need: followed rows are laid out by the first that come. */
        size_t usual[TABLE_COLUMNS_MAX];
};

/* `parameters` are taken over. The exit code. */
int listing_run(struct ctl *ctl, const struct command_line *line, const struct listing *listing, json_t *parameters);
