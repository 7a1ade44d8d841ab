/* See jsonfeed.h. */
#include "modules/decode/jsonfeed.h"

#include <string.h>
#include <strings.h>

#include "modules/decode/feed.h"
#include "modules/decode/json.h"
#include "modules/decode/stamp.h"
#include "modules/decode/url.h"

bool jsonfeed_matches(const struct decode_input *input)
{
        return json_begins(input) && memmem(input->s, input->n, "jsonfeed.org/version", 20) != NULL;
}

/* author {name, url} of 1.0, authors [] of 1.1. */
static void take_authors(struct arena *arena, json_t *object, struct strings *list)
{
        json_t *author;
        size_t i;

        json_array_foreach(json_object_get(object, "authors"), i, author)
                strings_add(arena, list, json_text(arena, author, "name"));
        if (list->n == 0)
                strings_add(arena, list, json_text(arena, json_object_get(object, "author"), "name"));
}

static int64_t take_time(struct arena *arena, json_t *item, const char *name)
{
        const char *text = json_text(arena, item, name);

        return text ? stamp_parse(text) : CLOCK_NONE;
}

static struct feed_text text_of(struct arena *arena, json_t *item, const char *name, bool html, const char *base)
{
        const char *s = json_text(arena, item, name);

        return (struct feed_text){ .s = s, .n = s ? strlen(s) : 0, .html = html, .base = base };
}

/* An id may be a number. */
static const char *identifier(struct arena *arena, json_t *item)
{
        json_t *id = json_object_get(item, "id");

        if (json_is_number(id))
                return arena_printf(arena, "%.15g", json_number_value(id));
        return json_text(arena, item, "id");
}

static int read_item(struct feed *feed, json_t *object)
{
        struct arena *arena = feed->job->arena;
        struct feed_item item;
        struct story *story = &item.story;
        const char *url = json_text(arena, object, "url");
        json_t *value;
        size_t i;

        feed_item_start(feed, &item);
        item.touched = json_object_size(object) > 0;
        story->guid = identifier(arena, object);
        story->url = url ? url_resolve(arena, feed->url, url) : NULL;
        story->headline = json_text(arena, object, "title");
        story->language = json_text(arena, object, "language");
        story->published = take_time(arena, object, "date_published");
        story->updated = take_time(arena, object, "date_modified");
        item.summary = text_of(arena, object, "summary", false, NULL);
        item.content = text_of(arena, object, "content_html", true, story->url ? story->url : feed->url);
        if (item.content.s == NULL)
                item.content = text_of(arena, object, "content_text", false, NULL);
        take_authors(arena, object, &item.bylines);
        json_array_foreach(json_object_get(object, "tags"), i, value)
                strings_add(arena, &item.keywords, json_string_value(value) ? arena_strdup(arena, json_string_value(value)) : NULL);
        strings_add(arena, &item.links, json_text(arena, object, "external_url"));
        json_array_foreach(json_object_get(object, "attachments"), i, value)
                strings_add(arena, &item.links, json_text(arena, value, "url"));
        return feed_item_add(feed, &item, false);
}

/* "hubs": [{"type": "WebSub", "url": "..."}], and "feed_url", which the feed calls itself. */
static void take_hubs(struct feed *feed, json_t *document)
{
        struct arena *arena = feed->job->arena;
        json_t *hub;
        size_t i;

        feed_take_relation(feed, feed->input->url, "self", json_text(arena, document, "feed_url"));
        json_array_foreach(json_object_get(document, "hubs"), i, hub) {
                const char *type = json_string_value(json_object_get(hub, "type"));

                if (type != NULL && (strcasecmp(type, "WebSub") == 0 || strcasecmp(type, "PubSubHubbub") == 0))
                        feed_take_relation(feed, feed->input->url, "hub", json_text(arena, hub, "url"));
        }
}

int jsonfeed_decode(const struct decode_input *input, struct job *job)
{
        struct feed feed = { .input = input, .job = job, .format = "jsonfeed" };
        struct strings authors = { 0 };
        json_error_t error;
        json_t *document = json_loadb(input->s, input->n, 0, &error), *item;
        size_t i;
        int r = 0;

        if (!json_is_object(document)) {
                job->reason = arena_printf(job->arena, "no JSON object: line %d: %s", error.line, error.text);
                json_decref(document);
                return MODULE_E_REFUSED;
        }
        feed.title = decode_cut(job->arena, json_text(job->arena, document, "title"), DECODE_TITLE_MAX);
        feed.url = json_text(job->arena, document, "home_page_url");
        feed.language = json_text(job->arena, document, "language");
        take_hubs(&feed, document);
        take_authors(job->arena, document, &authors);
        if (authors.n > 0)
                feed.byline = decode_cut(job->arena, authors.items[0], DECODE_BYLINE_MAX);
        json_array_foreach(json_object_get(document, "items"), i, item)
                if (r == 0 && json_is_object(item))
                        r = read_item(&feed, item);
                else if (r == 0)
                        r = job->add_bad(job->sink, "an item that is no object", arena_printf(job->arena, "item %zu", i + 1));
        json_decref(document);
        return r;
}
