/*
 * What RSS, Atom and JSON Feed share: the feed that items stand in, and an item's end: which of its texts is the story's,
 * what identifies it, who wrote it.
 */
#pragma once

#include "modules/decode/decode.h"
#include "modules/decode/strings.h"
#include "modules/decode/xml.h"

struct feed {
        const struct decode_input *input;
        struct job *job;
        const char *format;
        const char *title, *url, *language, *byline;
        size_t items;
};

/* Text as it came, with what is known of it. */
struct feed_text {
        const char *s;          /* NULL: none */
        size_t n;
        bool html;
        const char *base, *language;
};

struct feed_item {
        struct story story;
        struct strings keywords, links, bylines;
        struct feed_text summary, content;
        bool touched;           /* it had an element that stories have, even if nothing came of it (a picture alone) */
};

/* A link of the feed itself: hub and self (WebSub) are kept, the first of each, by their resolved address. */
void feed_take_relation(const struct feed *feed, const char *base, const char *rel, const char *href);

void feed_item_start(const struct feed *feed, struct feed_item *item);

/* The element's inside as a text: markup that stands there as elements, or escaped, or none. */
struct feed_text feed_text_read(struct xml *x);

/* One line without markup; NULL where nothing is left. */
char *feed_line(struct xml *x);

/* "Jane Doe" of "jane@example.com (Jane Doe)" and "Jane Doe <jane@example.com>"; an address alone stays. */
const char *feed_person(struct arena *arena, const char *text);

/* Words divided by commas. */
void feed_split(struct arena *arena, struct strings *list, const char *text);

/* Adds the story, or says that the item is bad. 0 or -errno. */
int feed_item_add(struct feed *feed, struct feed_item *item, bool damaged);
