/*
 * Items of feeds whose page is fetched for its text: the story waits in state DELIVERY_AWAITS, so that it is coded once and keeps
 * the identity that the feed gives it. It goes on when the page was decoded (a delivery with `page_of`), when that came to
 * nothing, or when its time is over (embargo.h), then with the text that the feed gave.
 */
#pragma once

#include <stdint.h>

#include "store/db.h"
#include "worker/story.h"

enum {
        PAGES_WAIT_S = 600,             /* the longest wait for a page */
        PAGES_SHORT = 1000,             /* bytes: what `full_text: auto` takes for no more than a summary */
};

enum pages_wanted { PAGES_NO, PAGES_YES, PAGES_AUTO };

struct page {
        int64_t story;                  /* row */
        char *url;                      /* malloc'ed */
};

/* Stories of this source that wait for their page, behind `after`, at most `max`. 0 or -errno. */
int pages_load(struct db *db, const char *source, int64_t after, size_t max, struct page *pages, size_t *n);
/* It goes on as it is. Without effect where it does not wait any more. */
int pages_give_up(struct db *db, int64_t story);
/* What was decoded from its page (NULL: nothing): its text where that is longer, and what the feed did not say of it. It goes on;
 * *n is 1 where it waited. */
int pages_take(struct db *db, struct arena *arena, int64_t story, const struct story *page, int64_t *n);
