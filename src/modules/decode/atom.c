/*
 * Text constructs: 1.0 has type="text|html|xhtml|MIME", 0.3 has type="MIME" and mode="xml|escaped|base64". What says nothing
 * is read by what stands in it.
 */
#include "modules/decode/atom.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "modules/decode/feed.h"
#include "modules/decode/fragment.h"
#include "modules/decode/stamp.h"
#include "modules/decode/url.h"

struct reader {
        struct xml x;
        struct feed feed;
};

bool atom_matches(const struct decode_input *input)
{
        return decode_root_is(input, "feed") || decode_root_is(input, "entry");
}

static void decode_base64(struct arena *arena, struct feed_text *text)
{
        struct buf out = BUF_BOUNDED(text->n + 16);
        size_t n;
        char *s = xml_span_string(arena, (struct xml_span){ text->s, text->n }, &n);

        if (base64_decode(&out, s, n) == 0) {
                text->n = out.n;
                text->s = arena_strndup(arena, out.data ? out.data : "", out.n);
        }
        buf_deinit(&out);
}

static bool is_text_type(const char *type)
{
        return type == NULL || strncasecmp(type, "text", 4) == 0 || strcasecmp(type, "html") == 0 ||
               strcasecmp(type, "xhtml") == 0 || strstr(type, "xml") != NULL;
}

/* A text construct. */
static struct feed_text read_text(struct xml *x)
{
        const char *type = xml_get(x, "type"), *mode = xml_get(x, "mode");
        const char *begin = x->markup.at;
        struct feed_text text = feed_text_read(x);
        /* Elements where text was promised. A text that was decoded stands elsewhere, one CDATA section has no elements. */
        bool inline_markup = text.html && text.s == begin;

        if ((mode && strcasecmp(mode, "base64") == 0) || (!mode && !is_text_type(type))) {
                decode_base64(x->arena, &text);
                text.html = fragment_is_html(text.s, text.n);
        }
        if (type != NULL && (strcasecmp(type, "text") == 0 || strcasecmp(type, "text/plain") == 0))
                text.html = inline_markup;
        else if (type != NULL && (strcasecmp(type, "html") == 0 || strcasecmp(type, "text/html") == 0 || strstr(type, "xhtml")))
                text.html = true;
        return text;
}

static const char *read_line(struct xml *x)
{
        struct feed_text text = read_text(x);
        struct fragment f;

        if (text.html)
                return fragment_line(x->arena, text.s, text.n);
        f = fragment_start(arena_alloc(x->arena, text.n + 1));
        fragment_add(&f, text.s, text.n, true);
        return fragment_end(&f) > 0 ? f.text : NULL;
}

/* The person's name, or what stands for it: an address, or the bare text of 0.3 as it was sometimes written. */
static const char *read_person(struct xml *x)
{
        struct xml_span inside = xml_inner(x);
        struct markup m = markup_start(inside.s, inside.n, false);
        const char *name = NULL, *address = NULL, *start = inside.s;
        struct markup_token t;
        size_t k;

        while (markup_next(&m, &t)) {
                const char *local = t.kind == MARKUP_OPEN || t.kind == MARKUP_CLOSE ? markup_local(&t, &k) : NULL;

                if (local != NULL && t.kind == MARKUP_OPEN)
                        start = t.end;
                else if (local != NULL && k == 4 && memcmp(local, "name", 4) == 0)
                        name = fragment_line(x->arena, start, (size_t)(t.begin - start));
                else if (local != NULL && k == 5 && memcmp(local, "email", 5) == 0)
                        address = fragment_line(x->arena, start, (size_t)(t.begin - start));
        }
        if (start == inside.s)
                name = fragment_line(x->arena, inside.s, inside.n);
        return feed_person(x->arena, name ? name : address);
}

/* rel="alternate" is the story's place; the best is HTML. */
static void read_link(struct xml *x, const char **url, bool *is_html, struct strings *links)
{
        const char *rel = xml_get(x, "rel"), *type = xml_get(x, "type"), *href = xml_get(x, "href"), *base = xml_base(x);
        bool html = type == NULL || strstr(type, "html") != NULL;

        if (href == NULL)
                href = xml_line(x);
        if (href == NULL)
                return;
        href = url_resolve(x->arena, base, href);
        if (rel == NULL || *rel == '\0' || strcasecmp(rel, "alternate") == 0) {
                if (*url == NULL || (html && !*is_html)) {
                        *url = href;
                        *is_html = html;
                }
        } else if (links != NULL && strcasecmp(rel, "self") != 0 && strcasecmp(rel, "edit") != 0 &&
                   strcasecmp(rel, "replies") != 0 && strncasecmp(rel, "service", 7) != 0) {
                strings_add(x->arena, links, href);
        }
}

static void take_time(int64_t *field, struct xml *x, bool weak)
{
        const char *text = xml_line(x);

        if (text != NULL && (*field == CLOCK_NONE || !weak))
                *field = stamp_parse(text);
}

static void read_source(struct reader *r, struct feed_item *item)
{
        struct xml *x = &r->x;
        const char *title = NULL, *url = NULL, *id = NULL;
        bool html = false;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (xml_is(x, XML_NS_OWN, "title"))
                        title = read_line(x);
                else if (xml_is(x, XML_NS_OWN, "link"))
                        read_link(x, &url, &html, NULL);
                else if (xml_is(x, XML_NS_OWN, "id"))
                        id = xml_line(x);
                else if (xml_is(x, XML_NS_OWN, "author") && item->story.byline == NULL)
                        item->story.byline = read_person(x);
        if (title != NULL)
                item->story.source.title = title;
        if (url == NULL && id != NULL && strncmp(id, "http", 4) == 0)
                url = id;
        if (url != NULL)
                item->story.source.url = url;
}

/* Content by reference is a link; of several contents the longest is the story. */
static void read_content(struct reader *r, struct feed_item *item)
{
        struct xml *x = &r->x;
        const char *src = xml_get(x, "src"), *type = xml_get(x, "type"), *base = xml_base(x);
        struct feed_text text = read_text(x);

        if (src != NULL && *src)
                strings_add(x->arena, &item->links, url_resolve(x->arena, base, src));
        else if (text.n > 0 && text.n > item->content.n &&
                 (is_text_type(type) || type == NULL || strchr(type, '/') == NULL || fragment_is_html(text.s, text.n)))
                item->content = text;
}

static void read_category(struct xml *x, struct feed_item *item)
{
        const char *label = xml_get(x, "label"), *term = xml_get(x, "term");

        if (term == NULL && label == NULL)
                term = xml_line(x);
        strings_add(x->arena, &item->keywords, term && *term ? term : label);
}

static void read_media(struct xml *x, struct feed_item *item)
{
        const char *url = xml_get(x, "url"), *base = xml_base(x);
        struct feed_text text;

        if (xml_is(x, XML_NS_MEDIA, "content") && url != NULL)
                strings_add(x->arena, &item->links, url_resolve(x->arena, base, url));
        if (xml_is(x, XML_NS_MEDIA, "group") || xml_is(x, XML_NS_MEDIA, "content")) {
                for (unsigned in = x->depth; x->depth < 16 && xml_child(x, in);)
                        read_media(x, item);
        } else if (xml_is(x, XML_NS_MEDIA, "category")) {
                strings_add(x->arena, &item->keywords, feed_line(x));
        } else if (xml_is(x, XML_NS_MEDIA, "keywords")) {
                feed_split(x->arena, &item->keywords, feed_line(x));
        } else if (xml_is(x, XML_NS_MEDIA, "description")) {
                text = feed_text_read(x);
                if (item->summary.s == NULL && text.n > 0)
                        item->summary = text;
        }
}

static int read_entry(struct reader *r)
{
        struct xml *x = &r->x;
        struct feed_item item;
        bool html = false;
        const char *dc_title = NULL;
        unsigned in = x->depth;

        feed_item_start(&r->feed, &item);
        item.story.language = xml_language(x);
        while (xml_child(x, in))
                if (x->ns == XML_NS_MEDIA)
                        read_media(x, &item);
                else if (x->ns != XML_NS_OWN && x->ns != XML_NS_ATOM && x->ns != XML_NS_DC && x->ns != XML_NS_ITUNES)
                        continue;
                else if ((item.touched = true) && xml_is(x, XML_NS_DC, "title"))
                        dc_title = feed_line(x);
                else if (xml_is(x, XML_NS_DC, "creator") || xml_is(x, XML_NS_ITUNES, "author"))
                        strings_add(x->arena, &item.bylines, feed_person(x->arena, feed_line(x)));
                else if (xml_is(x, XML_NS_DC, "subject"))
                        strings_add(x->arena, &item.keywords, feed_line(x));
                else if (xml_is(x, XML_NS_DC, "date"))
                        take_time(&item.story.published, x, true);
                else if (x->ns != XML_NS_OWN && x->ns != XML_NS_ATOM)
                        continue;
                else if (xml_is(x, x->ns, "title") && item.story.headline == NULL)
                        item.story.headline = read_line(x);
                else if (xml_is(x, x->ns, "summary"))
                        item.summary = read_text(x);
                else if (xml_is(x, x->ns, "content"))
                        read_content(r, &item);
                else if (xml_is(x, x->ns, "id"))
                        item.story.guid = xml_line(x);
                else if (xml_is(x, x->ns, "published") || xml_is(x, x->ns, "issued") || xml_is(x, x->ns, "pubDate"))
                        take_time(&item.story.published, x, false);
                else if (xml_is(x, x->ns, "created"))
                        take_time(&item.story.published, x, true);
                else if (xml_is(x, x->ns, "updated") || xml_is(x, x->ns, "modified"))
                        take_time(&item.story.updated, x, false);
                else if (xml_is(x, x->ns, "link"))
                        read_link(x, &item.story.url, &html, &item.links);
                else if (xml_is(x, x->ns, "author"))
                        strings_add(x->arena, &item.bylines, read_person(x));
                else if (xml_is(x, x->ns, "category"))
                        read_category(x, &item);
                else if (xml_is(x, x->ns, "source"))
                        read_source(r, &item);
        if (item.story.headline == NULL)
                item.story.headline = dc_title;
        if (item.story.published == CLOCK_NONE)
                item.story.published = item.story.updated;
        return feed_item_add(&r->feed, &item, x->damaged);
}

int atom_decode(const struct decode_input *input, struct job *job)
{
        struct reader *r = arena_new(job->arena, struct reader);
        struct xml *x = &r->x;
        bool html = false;
        int status = 0;

        r->feed = (struct feed){ .input = input, .job = job, .format = "atom" };
        xml_start(x, job->arena, input->s, input->n, input->url);
        if (!xml_child(x, 0)) {
                job->reason = "no element in it";
                return MODULE_E_REFUSED;
        }
        if (xml_is(x, x->ns, "entry"))
                return read_entry(r);
        for (unsigned in = x->depth; status == 0 && xml_child(x, in);)
                if (x->ns != XML_NS_OWN && x->ns != XML_NS_ATOM)
                        continue;
                else if (xml_is(x, x->ns, "entry"))
                        status = read_entry(r);
                else if (xml_is(x, x->ns, "title"))
                        r->feed.title = decode_cut(x->arena, read_line(x), DECODE_TITLE_MAX);
                else if (xml_is(x, x->ns, "link")) {
                        feed_take_relation(&r->feed, xml_base(x), xml_get(x, "rel"), xml_get(x, "href"));
                        read_link(x, &r->feed.url, &html, NULL);
                } else if (xml_is(x, x->ns, "author") && r->feed.byline == NULL)
                        r->feed.byline = decode_cut(x->arena, read_person(x), DECODE_BYLINE_MAX);
        return status;
}
