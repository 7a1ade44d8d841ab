/*
 * One poll of a feed: a turn (turns.h), perhaps the reading of a credential, a conditional GET (http.h), and where a
 * document came, its delivery.
 *
 *      turn --> fetching --> (document) offered --accepted--> over, with a delivery pending
 *
 * Validators that came with a document, and the address to which it has moved for good, wait with its delivery and are used once
 * it was decoded: a portal that answers for everybody redirects for good, too. While a delivery is
 * pending the feed is not polled again. A document that is the same to the byte as the one decoded last is no delivery.
 */
#pragma once

#include "watch/feed.h"

/* The feed's turn has come. */
void poll_turn(struct turn *turn);
/* A delivery of the feed's has ended (feeds.h). */
void poll_delivery_ended(struct feeds_pending *pending, int64_t stories, const struct feeds_hints *hints,
                         const struct feeds_links *links, const char *reason);
/* Intake is open again: offer what was kept; false: nothing was. */
bool poll_resume(struct feed *feed);
/* End it as soon as may be; feed_step_stop() is called. */
void poll_stop(struct feed *feed);
