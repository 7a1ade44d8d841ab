/* See plover.h. */
#include "base/plover.h"

#include <string.h>
#include <strings.h>

#include "base/nearest.h"

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { CAMEO_MAX = 4 };

const char *const plover_types[] = { "AGREE",    "CONSULT",  "SUPPORT", "COOPERATE", "AID",      "CONCEDE",
                                     "RETREAT",  "ACCUSE",   "REQUEST", "REJECT",    "THREATEN", "PROTEST",
                                     "MOBILIZE", "SANCTION", "COERCE",  "ASSAULT",   NULL };
const char *const plover_statuses[] = { "happened",     "ongoing", "planned",    "demanded",
                                        "hypothetical", "denied",  "background", NULL };

/* Whether it is one of them. near: the one that differs in capitals only, or in a few letters. */
static bool is_one(const char *word, const char *const *words, const char **near)
{
        size_t n = 0;

        *near = NULL;
        for (; words[n] != NULL; n++) {
                if (strcmp(word, words[n]) == 0)
                        return true;
                if (strcasecmp(word, words[n]) == 0)
                        *near = words[n];
        }
        if (*near == NULL)
                *near = nearest_word(word, words, n);
        return false;
}

bool plover_is_type(const char *word, const char **near)
{
        size_t n = strspn(word, DIGITS);

        *near = NULL;
        if (n > 0 && word[n] == '\0')
                return n <= CAMEO_MAX;
        return is_one(word, plover_types, near) ||
               (*near == NULL && *word != '\0' && word[strspn(word, CAPITALS DIGITS "_-")] == '\0');
}

bool plover_is_status(const char *word, const char **near)
{
        return is_one(word, plover_statuses, near);
}

bool plover_is_country(const char *word)
{
        return strlen(word) == 3 && strspn(word, CAPITALS) == 3;
}
