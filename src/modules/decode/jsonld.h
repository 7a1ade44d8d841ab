/* JSON-LD of pages: what schema.org's NewsArticle and its relatives say. */
#pragma once

#include "base/arena.h"

/* Strings in the arena; NULL where nothing is said. */
struct jsonld {
        const char *headline, *author, *publisher, *description, *body, *published, *modified, *language, *url, *keywords;
};

/* Fills what is still NULL from the first article in a script's text. What is no JSON changes nothing. */
void jsonld_read(struct arena *arena, const char *s, size_t n, struct jsonld *ld);
