/*
 * The end of a subscription, on the hub's side: it is asked to bring nothing more, and verifies that. A feed that a reload
 * changes is stopped and started again: so that nothing is lost in between, a hub is told only after a while, and a feed
 * that comes back until then takes its subscription up where it was. A hub that cannot be told stops when the lease ends.
 */
#pragma once

#include <stdbool.h>

struct exchange;
struct subscription;
struct websub;

enum {
        PARTING_WAIT_MS = 3000,         /* before a hub is told */
        PARTING_VERIFY_MS = 60000,      /* until it has verified */
        PARTINGS_MAX = 4096,            /* more are left to the ends of their leases */
        PARTING_ASKS_MAX = 4,           /* hubs that are told at a time */
};

/* The subscription's hub need bring nothing more. `stopped`: the feed is, and may come back. */
void parting_begin(const struct subscription *subscription, bool stopped);
/* A feed begins: where its subscription was about to be given up it has hub, topic and lease again. */
void parting_recall(struct subscription *subscription);
/* A hub verifies; false: nothing of this token and topic is given up. */
bool parting_verify(struct websub *websub, const char *token, const char *topic, const char *challenge, struct exchange *exchange);
/* Ends all. */
void parting_close_all(struct websub *websub);
