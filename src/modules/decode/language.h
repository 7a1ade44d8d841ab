/* Which language a text is in, by libexttextcat's fingerprints of letters. */
#pragma once

#include <stddef.h>

struct language;

/* The fingerprints in `folder` that `list` names (data/languages.conf); all of them, by the folder's own fpdb.conf, where
 * the list is NULL, missing, or names a file that is not there. *out is NULL where there are none. They are read here,
 * before the sandbox closes. 0 or -errno. */
int language_open(struct language **out, const char *list, const char *folder);
void language_close(struct language *language);

/* "en", "pt-BR", ...; NULL where the text is too short or could be many. The string lives in out[]. */
enum { LANGUAGE_SIZE = 16, LANGUAGE_LEAST = 40 /* bytes of text */ };
const char *language_guess(const struct language *language, const char *text, size_t n, char out[LANGUAGE_SIZE]);
