/*
 * What is remembered of a feed (store/feeds.h) and follows from how its polls went: its row in the store, trouble, where it
 * has moved to, the time of its next poll.
 */
#pragma once

#include "base/log.h"
#include "watch/feed.h"

/* Read its row; feed_opened() follows. */
void feedstate_open(struct feed *feed);
/* Set the next poll by how the last one went (retry_after: us, 0: not told), save, and wait for it. */
void feedstate_plan(struct feed *feed, int64_t retry_after);
/* Its turn is at the host where it lives now. Not while it is granted. */
void feedstate_follow_host(struct feed *feed);
/* Wait for the poll that is planned. */
void feedstate_wait(struct feed *feed);

void feedstate_failed(struct feed *feed, const char *format, ...) _printf_(2, 3);
void feedstate_went_well(struct feed *feed);
/* Gone for good (410): not polled again. feedstate_say_gone(): says so. */
void feedstate_gone(struct feed *feed);
void feedstate_say_gone(struct feed *feed);
/* A permanent redirect; `to` NULL: there was none. */
void feedstate_moved(struct feed *feed, const char *to);
/* One that led nowhere is forgotten, with the validators that came from there; false: there was none. */
bool feedstate_forget_move(struct feed *feed);
