/* See country.h. */
#include "base/country.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *code, const void *row)
{
        return strncmp(code, ((const struct country *)row)->iso, 3);
}

const struct country *country_find(const char *code)
{
        if (code == NULL || strnlen(code, 3) < 3)
                return NULL;
        return bsearch(code, country_rows, country_n_rows, sizeof(country_rows[0]), compare);
}
