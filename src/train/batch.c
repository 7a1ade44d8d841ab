/* See batch.h. */
#include "train/batch.h"

#include <stdlib.h>

#include "train/map.h"

struct order {
        float key;
        uint32_t sentence;
};

static int by_order(const void *a, const void *b)
{
        const struct order *x = a, *y = b;

        if (x->key != y->key)
                return x->key > y->key ? -1 : 1;
        return x->sentence < y->sentence ? -1 : 1;
}

static int by_length(const void *a, const void *b)
{
        const struct net_sentence *x = *(const struct net_sentence *const *)a,
                                  *y = *(const struct net_sentence *const *)b;

        if (x->n != y->n)
                return x->n > y->n ? -1 : 1;
        return x < y ? -1 : 1;
}

size_t batch_make(const struct net_sentence *sentences, size_t n, size_t words, float noise, struct rng *rng,
                  const struct net_sentence **list, struct batch *batches)
{
        struct order *order = map_allocate(NULL, n, sizeof(*order));
        size_t i, n_batches = 0, sum = 0;

        for (i = 0; i < n; i++)
                order[i] = (struct order){ (float)sentences[i].n * (1 + noise * rng_unit(rng)), (uint32_t)i };
        qsort(order, n, sizeof(*order), by_order);
        for (i = 0; i < n; i++) {
                const struct net_sentence *s = &sentences[order[i].sentence];

                list[i] = s;
                if (n_batches == 0 || sum + s->n > words || batches[n_batches - 1].n == NET_SENTENCES) {
                        batches[n_batches++] = (struct batch){ i, 0 };
                        sum = 0;
                }
                batches[n_batches - 1].n++;
                sum += s->n;
        }
        for (i = 0; i < n_batches; i++)
                qsort(list + batches[i].first, batches[i].n, sizeof(*list), by_length);
        for (i = n_batches; noise > 0 && i > 1; i--) {
                size_t j = rng_below(rng, i);
                struct batch swap = batches[i - 1];

                batches[i - 1] = batches[j];
                batches[j] = swap;
        }
        free(order);
        return n_batches;
}
