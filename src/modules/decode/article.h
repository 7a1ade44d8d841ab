/*
 * The article in a page: blocks of text are gathered in one pass, with the containers that they stand in; the container that
 * holds most sentences is the article. What a page marks as something else (nav, aside, footer, comments, shares) never
 * counts.
 */
#pragma once

#include "modules/decode/markup.h"
#include "modules/decode/strings.h"

struct article;

/* `room`: bytes of the page. */
struct article *article_start(struct arena *arena, size_t room);

/* A tag or text of the page, behind one another. Elements that hold no text (script, figure) must not come in. */
void article_tag(struct article *a, const struct markup_token *token);
void article_text(struct article *a, const struct markup_token *token);

/* The text, one line a paragraph, without a first line that is `headline`; links that stand in it go to `links`, resolved
 * against `base`. In the arena; NULL where the page has no article. */
char *article_end(struct article *a, const char *headline, const char *base, struct strings *links, size_t *n);

/* The text of the first h1 that is no logo, NULL: none. */
const char *article_h1(const struct article *a);
