/* Which language a text is in, by libexttextcat's fingerprints of letters. */
#pragma once

#include <stddef.h>

struct language;

/* The models in `folder` (fpdb.conf and what it names). *out is NULL where there are none. They are read here, before the
 * sandbox closes. 0 or -errno. */
int language_open(struct language **out, const char *folder);
void language_close(struct language *language);

/* "en", "pt-BR", ...; NULL where the text is too short or could be many. The string lives in out[]. */
enum { LANGUAGE_SIZE = 16, LANGUAGE_LEAST = 40 /* bytes of text */ };
const char *language_guess(const struct language *language, const char *text, size_t n, char out[LANGUAGE_SIZE]);
