/*
 * libFuzzer target: any bytes as a gazetteer, behind a key that ends at the first NUL. What is found is a place on
 * earth, whose name lies within the bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "modules/code/gazetteer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct gazetteer_place places[GAZETTEER_SAME_MAX];
        const uint8_t *end = memchr(data, 0, n);
        char key[GAZETTEER_KEY_MAX] = "";
        const char *bytes;
        struct gazetteer *g;
        size_t found;

        if (!end || !gazetteer_key((const char *)data, (size_t)(end - data), key))
                return 0;
        bytes = (const char *)end + 1;
        n -= (size_t)(bytes - (const char *)data);
        g = gazetteer_new(&arena, bytes, n);
        found = gazetteer_find(g, key, places);
        require(found <= GAZETTEER_SAME_MAX);
        for (size_t i = 0; i < found; i++) {
                require(places[i].name >= bytes && places[i].name + places[i].n_name <= bytes + n);
                require(places[i].latitude >= -90 && places[i].latitude <= 90 && places[i].longitude >= -180 &&
                        places[i].longitude <= 180);
                require(gazetteer_kind_name(places[i].kind) != NULL);
        }
        gazetteer_country(g, "FRA", true, &places[0]);
        arena_deinit(&arena);
        return 0;
}
