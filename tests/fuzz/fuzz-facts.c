/* The facts of a report as the store has them, perhaps of a damaged file: what is read is within bounds, has its keys, is like itself, and
 * written again it is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "desk/facts.h"
#include "desk/link.h"
#include "desk/sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int promise)
{
        if (!promise)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct sketch none;
        struct facts facts, again;
        struct facts_keys keys;
        struct buf bytes = BUF_BOUNDED(FACTS_BYTES_MAX);
        double strength;

        if (!facts_decode(&facts, data, size))
                return 0;
        facts_keys(&facts, &keys);
        require(keys.n_put <= FACTS_KEYS_MAX && keys.n_look <= FACTS_KEYS_MAX);
        require(facts_compare(&facts, &facts) == 0);
        link_compare(&(struct link_report){ &facts, &none, 1 }, &(struct link_report){ &facts, &none, 2 }, &strength);
        require(strength >= 0);
        /* What is longer than any report's is not written: it stands alone. */
        if (facts_encode(&facts, &bytes) == 0) {
                require(facts_decode(&again, bytes.data, bytes.n));
                require(again.time == facts.time && again.n_words == facts.n_words && again.day_end == facts.day_end &&
                        again.n_source == facts.n_source && again.status == facts.status && again.place == facts.place);
        }
        buf_deinit(&bytes);
        return 0;
}
