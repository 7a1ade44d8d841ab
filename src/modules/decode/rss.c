/*
 * Elements are taken where their names say what they are, wherever items stand: inside of the channel, beside it (RSS 1.0),
 * or alone in a document that was cut.
 */
#include "modules/decode/rss.h"

#include <string.h>
#include <strings.h>

#include "modules/decode/feed.h"
#include "modules/decode/stamp.h"
#include "modules/decode/url.h"

bool rss_matches(const struct decode_input *input)
{
        return decode_root_is(input, "rss") || decode_root_is(input, "RDF") || decode_root_is(input, "channel");
}

enum field {
        TITLE, LINK, GUID, PUBLISHED, UPDATED, CREATED, AUTHOR, SUMMARY, CONTENT, CATEGORY, KEYWORDS, LANGUAGE, AGENCY,
        ENCLOSURE, ATOM_LINK, SOURCE, GROUP, IDENTIFIER, EXPLICIT_TITLE, SUBTITLE, BRIEF,
        TREE,
};

/* What is taken of an item. A row further down never replaces what one further up gave. */
static const struct row {
        enum xml_ns ns;
        const char *name;
        enum field field;
} rows[] = {
        { XML_NS_OWN, "title", TITLE },
        { XML_NS_OWN, "link", LINK },
        { XML_NS_OWN, "description", SUMMARY },
        { XML_NS_OWN, "pubDate", PUBLISHED },
        { XML_NS_OWN, "guid", GUID },
        { XML_NS_OWN, "category", CATEGORY },
        { XML_NS_OWN, "author", AUTHOR },
        { XML_NS_OWN, "enclosure", ENCLOSURE },
        { XML_NS_OWN, "source", SOURCE },
        { XML_NS_OWN, "abstract", SUMMARY },
        { XML_NS_OWN, "summary", BRIEF },
        { XML_NS_OWN, "content", CONTENT },
        { XML_NS_OWN, "fullitem", CONTENT },
        { XML_NS_OWN, "body", CONTENT },
        { XML_NS_OWN, "published", PUBLISHED },
        { XML_NS_OWN, "updated", UPDATED },
        { XML_NS_OWN, "id", IDENTIFIER },
        { XML_NS_OWN, "keywords", KEYWORDS },
        { XML_NS_OWN, "tags", KEYWORDS },
        { XML_NS_OWN, "language", LANGUAGE },
        { XML_NS_CONTENT, "encoded", CONTENT },
        { XML_NS_XHTML, "body", CONTENT },
        { XML_NS_XHTML, "div", CONTENT },
        { XML_NS_DC, "creator", AUTHOR },
        { XML_NS_DC, "author", AUTHOR },
        { XML_NS_DC, "date", CREATED },
        { XML_NS_DC, "subject", CATEGORY },
        { XML_NS_DC, "title", EXPLICIT_TITLE },
        { XML_NS_DC, "description", SUBTITLE },
        { XML_NS_DC, "language", LANGUAGE },
        { XML_NS_DC, "publisher", AGENCY },
        { XML_NS_DC, "identifier", IDENTIFIER },
        { XML_NS_DCTERMS, "issued", PUBLISHED },
        { XML_NS_DCTERMS, "created", CREATED },
        { XML_NS_DCTERMS, "modified", UPDATED },
        { XML_NS_ATOM, "published", PUBLISHED },
        { XML_NS_ATOM, "updated", UPDATED },
        { XML_NS_ATOM, "summary", BRIEF },
        { XML_NS_ATOM, "content", CONTENT },
        { XML_NS_ATOM, "id", IDENTIFIER },
        { XML_NS_ATOM, "link", ATOM_LINK },
        { XML_NS_MEDIA, "content", ENCLOSURE },
        { XML_NS_MEDIA, "group", GROUP },
        { XML_NS_MEDIA, "category", CATEGORY },
        { XML_NS_MEDIA, "keywords", KEYWORDS },
        { XML_NS_MEDIA, "title", EXPLICIT_TITLE },
        { XML_NS_MEDIA, "description", SUBTITLE },
        { XML_NS_ITUNES, "author", AUTHOR },
        { XML_NS_ITUNES, "keywords", KEYWORDS },
        { XML_NS_ITUNES, "category", TREE },
        { XML_NS_ITUNES, "summary", SUBTITLE },
        { XML_NS_ITUNES, "subtitle", SUBTITLE },
        { XML_NS_FEEDBURNER, "origLink", IDENTIFIER },
};

struct reader {
        struct xml x;
        struct feed feed;
        const char *identifier, *explicit_title, *created;
        enum xml_ns author_ns;
        struct feed_text subtitle, brief;
        int64_t period, frequency;      /* of the syndication module: seconds, times in them; 0: not said */
};

static const struct row *find_row(const struct xml *x)
{
        char first = (char)(x->name[0] | 32);

        for (size_t i = 0; i < N_ELEMENTS(rows); i++)
                if (rows[i].ns == x->ns && (rows[i].name[0] | 32) == first && xml_is(x, rows[i].ns, rows[i].name))
                        return &rows[i];
        return NULL;
}

/* Without xml:base, relative to the channel's link. */
static const char *resolve(struct reader *r, const char *base, const char *reference)
{
        return reference && *reference ? url_resolve(r->x.arena, base ? base : r->feed.url, reference) : NULL;
}

static void take_link(struct reader *r, struct feed_item *item)
{
        const char *href = xml_get(&r->x, "href"), *base = xml_base(&r->x), *text;

        text = href && *href ? href : xml_line(&r->x);
        if (text != NULL && item->story.url == NULL)
                item->story.url = resolve(r, base, text);
}

static void take_atom_link(struct reader *r, struct feed_item *item)
{
        const char *rel = xml_get(&r->x, "rel"), *href = resolve(r, xml_base(&r->x), xml_get(&r->x, "href"));

        if (href != NULL && (rel == NULL || strcasecmp(rel, "alternate") == 0) && item->story.url == NULL)
                item->story.url = href;
        else if (href != NULL && (rel == NULL || (strcasecmp(rel, "self") != 0 && strcasecmp(rel, "replies") != 0)))
                strings_add(r->x.arena, &item->links, href);
}

static void take_guid(struct reader *r, struct feed_item *item)
{
        const char *permanent = xml_get(&r->x, "isPermaLink"), *base = xml_base(&r->x), *guid = xml_line(&r->x);

        if (guid == NULL)
                return;
        item->story.guid = guid;
        if ((permanent == NULL || strcasecmp(permanent, "true") == 0) && item->story.url == NULL &&
            (strncmp(guid, "http", 4) == 0 || (base != NULL && permanent != NULL)))
                item->story.url = resolve(r, base, guid);
}

static void take_source(struct reader *r, struct feed_item *item)
{
        const char *url = xml_get(&r->x, "url"), *title = feed_line(&r->x);

        if (title != NULL)
                item->story.source.title = title;
        if (url != NULL)
                item->story.source.url = url;
}

static void take_time(int64_t *field, const char *text)
{
        if (text != NULL && *field == CLOCK_NONE)
                *field = stamp_parse(text);
}

static void take_author(struct reader *r, struct feed_item *item)
{
        enum xml_ns ns = r->x.ns;       /* of this element: reading it changes it */
        const char *person = feed_person(r->x.arena, feed_line(&r->x));

        /* The same people stand in author, dc:creator and itunes:author: one of these is taken. */
        if (person == NULL || (item->bylines.n > 0 && ns != r->author_ns))
                return;
        r->author_ns = ns;
        strings_add(r->x.arena, &item->bylines, person);
}

static void take_text(struct feed_text *field, struct xml *x, bool longest)
{
        struct feed_text text = feed_text_read(x);

        if (text.n > 0 && (field->s == NULL || (longest && text.n > field->n)))
                *field = text;
}

/* <itunes:category text="Technology"><itunes:category text="Gadgets"/></itunes:category> */
static void take_tree(struct reader *r, struct feed_item *item)
{
        strings_add(r->x.arena, &item->keywords, xml_get(&r->x, "text"));
        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (xml_is(&r->x, XML_NS_ITUNES, "category"))
                        take_tree(r, item);
}

static void take_field(struct reader *r, struct feed_item *item, enum field field);

static void take_group(struct reader *r, struct feed_item *item)
{
        for (unsigned in = r->x.depth; xml_child(&r->x, in);) {
                const struct row *row = find_row(&r->x);

                if (row != NULL && row->ns == XML_NS_MEDIA && row->field != GROUP)
                        take_field(r, item, row->field);
        }
}

/* media:content has its title and description inside of it. */
static void take_enclosure(struct reader *r, struct feed_item *item)
{
        strings_add(r->x.arena, &item->links, resolve(r, xml_base(&r->x), xml_get(&r->x, "url")));
        if (r->x.ns == XML_NS_MEDIA)
                take_group(r, item);
}

static void keep_first(const char **field, const char *text)
{
        if (*field == NULL)
                *field = text;
}

/* Where a field of many lines goes. */
static struct feed_text *text_of(struct reader *r, struct feed_item *item, enum field field)
{
        return field == SUMMARY    ? &item->summary
               : field == SUBTITLE ? &r->subtitle
               : field == BRIEF    ? &r->brief
                                   : &item->content;
}

static void take_field(struct reader *r, struct feed_item *item, enum field field)
{
        static void (*const takers[])(struct reader *, struct feed_item *) = {
                [LINK] = take_link,           [ATOM_LINK] = take_atom_link, [GUID] = take_guid, [AUTHOR] = take_author,
                [ENCLOSURE] = take_enclosure, [SOURCE] = take_source,       [TREE] = take_tree, [GROUP] = take_group,
        };
        struct xml *x = &r->x;
        struct story *story = &item->story;

        switch (field) {
        case TITLE:
                keep_first(&story->headline, feed_line(x));
                break;
        case EXPLICIT_TITLE:
                keep_first(&r->explicit_title, feed_line(x));
                break;
        case IDENTIFIER:
                keep_first(&r->identifier, xml_line(x));
                break;
        case PUBLISHED:
                take_time(&story->published, xml_line(x));
                break;
        case UPDATED:
                take_time(&story->updated, xml_line(x));
                break;
        case CREATED:
                r->created = xml_line(x);
                break;
        case SUMMARY:
        case SUBTITLE:
        case BRIEF:
        case CONTENT:
                take_text(text_of(r, item, field), x, field == CONTENT);
                break;
        case CATEGORY:
                strings_add(x->arena, &item->keywords, feed_line(x));
                break;
        case KEYWORDS:
                feed_split(x->arena, &item->keywords, feed_line(x));
                break;
        case LANGUAGE:
                story->language = xml_line(x);
                break;
        case AGENCY:
                story->agency = feed_person(x->arena, feed_line(x));
                break;
        default:
                takers[field](r, item);
        }
}

/* A description beside a summary: the longer one is the text. */
static void take_brief(struct reader *r, struct feed_item *item)
{
        struct feed_text *description = &item->summary;

        if (r->brief.s != NULL && description->s != NULL && item->content.s == NULL) {
                item->content = r->brief.n > description->n ? r->brief : *description;
                *description = r->brief.n > description->n ? *description : r->brief;
        } else if (description->s == NULL) {
                *description = r->brief;
        }
}

static int read_item(struct reader *r)
{
        struct xml *x = &r->x;
        struct feed_item item;
        const char *about = xml_get(x, "about"), *href = xml_get(x, "href"), *modified = xml_get(x, "lastmod");
        const char *language;
        unsigned in = x->depth;

        feed_item_start(&r->feed, &item);
        r->identifier = r->explicit_title = r->created = NULL;
        r->subtitle = r->brief = (struct feed_text){ 0 };
        item.story.guid = about;
        item.touched = about || href || modified;
        language = xml_language(x);
        if (href != NULL)
                item.story.url = resolve(r, xml_base(x), href);
        take_time(&item.story.updated, modified);
        while (xml_child(x, in)) {
                const struct row *row = find_row(x);

                if (row == NULL)
                        continue;
                item.touched = true;
                take_field(r, &item, row->field);
        }
        if (item.story.headline == NULL)
                item.story.headline = r->explicit_title;
        if (item.story.guid == NULL)
                item.story.guid = r->identifier;
        if (item.story.language == NULL)
                item.story.language = language;
        take_brief(r, &item);
        if (item.summary.s == NULL)
                item.summary = r->subtitle;
        take_time(&item.story.published, r->created);
        return feed_item_add(&r->feed, &item, x->damaged);
}

static int64_t read_number(struct xml *x, int64_t max)
{
        const char *text = xml_line(x);
        int64_t number = 0;

        for (; text != NULL && *text >= '0' && *text <= '9' && number <= max; text++)
                number = 10 * number + (*text - '0');
        return number <= max ? number : 0;
}

static uint32_t read_hours(struct xml *x)
{
        uint32_t hours = 0;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (xml_is(x, XML_NS_OWN, "hour"))
                        hours |= 1U << read_number(x, 24) % 24;         /* RSS 0.91 counts to 24 */
        return hours;
}

static uint32_t read_days(struct xml *x)
{
        static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
        uint32_t days = 0;

        for (unsigned in = x->depth; xml_child(x, in);) {
                const char *day = xml_is(x, XML_NS_OWN, "day") ? xml_line(x) : NULL;

                for (uint32_t i = 0; day != NULL && i < N_ELEMENTS(names); i++)
                        if (strncasecmp(day, names[i], 3) == 0)
                                days |= 1U << i;
        }
        return days;
}

/* When to come again: ttl in minutes, skipHours, skipDays (RSS 2.0); the syndication module's period. False: something else. */
static bool take_hint(struct reader *r)
{
        static const struct {
                const char *name;
                int64_t seconds;
        } periods[] = { { "hourly", 3600 }, { "daily", 86400 }, { "weekly", 7 * 86400 }, { "monthly", 30 * 86400 },
                        { "yearly", 365 * 86400 } };
        struct job_hints *hints = &r->feed.job->hints;
        struct xml *x = &r->x;

        if (xml_is(x, XML_NS_OWN, "ttl")) {
                hints->ttl = 60 * read_number(x, 366 * 24 * 60);
        } else if (xml_is(x, XML_NS_OWN, "skipHours")) {
                hints->skip_hours = read_hours(x);
        } else if (xml_is(x, XML_NS_OWN, "skipDays")) {
                hints->skip_days = read_days(x);
        } else if (xml_is(x, XML_NS_OTHER, "updatePeriod")) {
                const char *text = xml_line(x);

                for (size_t i = 0; text != NULL && i < N_ELEMENTS(periods); i++)
                        if (strcasecmp(text, periods[i].name) == 0)
                                r->period = periods[i].seconds;
        } else if (xml_is(x, XML_NS_OTHER, "updateFrequency")) {
                r->frequency = read_number(x, 10000);
        } else {
                return false;
        }
        return true;
}

/* <atom:link rel="hub" href="..."/>, which also stands there without a prefix. False: a link of another kind. */
static bool take_relation(struct reader *r)
{
        struct xml *x = &r->x;
        const char *rel;

        if (!xml_is(x, XML_NS_ATOM, "link") && !xml_is(x, XML_NS_OWN, "link"))
                return false;
        rel = xml_get(x, "rel");
        feed_take_relation(&r->feed, xml_base(x), rel, xml_get(x, "href"));
        return rel != NULL;
}

/* The channel's own elements, and the items in it. */
static int read_channel(struct reader *r)
{
        struct xml *x = &r->x;
        const char *href = xml_get(x, "href");
        int status = 0;

        if (href != NULL)
                r->feed.url = resolve(r, xml_base(x), href);
        for (unsigned in = x->depth; status == 0 && xml_child(x, in);)
                if (xml_is(x, XML_NS_OWN, "item"))
                        status = read_item(r);
                else if (xml_is(x, XML_NS_OWN, "title") && r->feed.title == NULL)
                        r->feed.title = decode_cut(x->arena, feed_line(x), DECODE_TITLE_MAX);
                else if (take_relation(r))
                        continue;
                else if (xml_is(x, XML_NS_OWN, "link") && r->feed.url == NULL)
                        r->feed.url = resolve(r, xml_base(x), xml_line(x));
                else if ((xml_is(x, XML_NS_OWN, "language") || xml_is(x, XML_NS_DC, "language")) && r->feed.language == NULL)
                        r->feed.language = xml_line(x);
                else if (take_hint(r))
                        continue;
                else if (xml_is(x, XML_NS_OWN, "items") || xml_is(x, XML_NS_OWN, "channel"))    /* nested by mistake */
                        status = read_channel(r);
        return status;
}

/* The syndication module's word counts where there is no ttl; a frequency alone is of a day. */
static void end_hints(struct reader *r)
{
        struct job_hints *hints = &r->feed.job->hints;

        if (hints->ttl == 0 && (r->period != 0 || r->frequency != 0))
                hints->ttl = (r->period != 0 ? r->period : 86400) / MAX_OF(r->frequency, INT64_C(1));
}

int rss_decode(const struct decode_input *input, struct job *job)
{
        struct reader *r = arena_new(job->arena, struct reader);
        struct xml *x = &r->x;
        int status = 0;

        r->feed = (struct feed){ .input = input, .job = job, .format = "rss" };
        xml_start(x, job->arena, input->s, input->n, input->url);
        if (!xml_child(x, 0)) {
                job->reason = "no element in it";
                return MODULE_E_REFUSED;
        }
        if (xml_is(x, XML_NS_OWN, "channel")) {
                status = read_channel(r);
                end_hints(r);
                return status;
        }
        for (unsigned in = x->depth; status == 0 && xml_child(x, in);)
                if (xml_is(x, XML_NS_OWN, "channel"))
                        status = read_channel(r);
                else if (xml_is(x, XML_NS_OWN, "item"))
                        status = read_item(r);
        end_hints(r);
        return status;
}
