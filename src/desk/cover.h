/*
 * The core: of the many reports of one act, those that are compared with others.
 *
 * In the order in which reports were published (facts_compare()), one follows to which COVER_LINKS of the COVER_WINDOW
 * reports before it under its keys link, and at least one of the core: it goes to the event of the one of the core
 * before it that it links to most, and nothing else is divided by it. The others are the core. So what a further report
 * costs does not grow with the reports that are there, and what each one is depends on the set of reports, however they
 * came. Acts of fewer reports have no followers.
 *
 * When a report comes or goes, those of the next COVER_WINDOW are looked at again; when one of the core does, all
 * behind it that follow and link to it: but news comes nearly in the order in which it is published.
 */
#pragma once

#include "desk/pool.h"

enum {
        COVER_LINKS = 12,
        COVER_WINDOW = POOL_WINDOW,
        COVER_MAX = 20000,              /* followers that are looked at again at once */
};

struct cover {
        struct pool *pool;
        struct pool_report **turned;    /* that came to the core or left it */
        size_t n_turned, turned_size;
        struct pool_report **followers; /* that follow now, or were looked at again; `strongest` is theirs */
        size_t n_followers, followers_size;
        uint64_t stamp;
};

void cover_init(struct cover *cover, struct pool *pool);
/* Give the seeds in the pool their part, and those that this touches. 0 or -errno. */
int cover_settle(struct cover *cover);
/* Finds `strongest` of one that has facts. */
int cover_choose(struct cover *cover, struct pool_report *report);
/* All that follow in an event, looked at again: the core has been divided anew. */
int cover_follow(struct cover *cover, int64_t event);
