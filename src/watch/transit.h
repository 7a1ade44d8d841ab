/*
 * The files of a watched directory that are on their way: read on the thread pool, a batch a work item; submitted;
 * durable; and then taken away, on the thread pool again. A window bounds the files and their bytes. Archives go their
 * own way (bulk.h), one at a time.
 */
#pragma once

#include "watch/directory.h"

void transit_init(struct directory *d);
/* Whether the window has room. */
bool transit_has_room(const struct directory *d);
/* Read the next batch of the names that wait. */
void transit_read(struct directory *d);
void transit_archives(struct directory *d);
/* Take away what is durable, if it is time. */
void transit_leave(struct directory *d);
/* Forget those that are not under way; what is durable and not taken away is known the next time. */
void transit_drop(struct directory *d);
