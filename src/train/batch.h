/* Sentences put together for the network: those of about the same length beside each other. */
#pragma once

#include <stddef.h>

#include "train/net.h"
#include "train/rng.h"

struct batch {
        size_t first, n;        /* in the list */
};

/* Batches of at most `words` words (or one longer sentence), each longest sentence first. With `noise` above 0 lengths
 * are blurred by that share and the batches come in a new order each time. `list` and `batches` have room for n; the
 * number of batches. */
size_t batch_make(const struct net_sentence *sentences, size_t n, size_t words, float noise, struct rng *rng,
                  const struct net_sentence **list, struct batch *batches);
