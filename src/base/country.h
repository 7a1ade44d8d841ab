/* What other data sets call a country: data/countries.tab, built into the programs (countries.c is made from it). */
#pragma once

#include <stddef.h>

struct country {
        char iso[4];            /* ISO 3166-1 alpha-3 */
        char fips[3];           /* FIPS 10-4; "": it has none of its own */
        char cow[4];            /* Correlates of War, decimal; "": none */
        const char *name;
};

/* By `iso`. */
extern const struct country country_rows[];
extern const size_t country_n_rows;

/* By the first three bytes of a code ("RUSGOV" finds Russia); NULL: there is no such country, or no code. */
const struct country *country_find(const char *code);
