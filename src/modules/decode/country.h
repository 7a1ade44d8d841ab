/* Countries by code or name. */
#pragma once

#include <stddef.h>

/* The alpha-3 code of a country given as alpha-2, alpha-3 or English name, without regard to case; NULL: none of these. */
const char *country_code(const char *s, size_t n);
