/*
 * Codes ("stat:usable", "medtop:04000000") are read without their catalogues, which are on the web: the schemes that the
 * standard itself uses are known by their usual aliases, the others go through as they stand.
 */
#include "modules/decode/newsml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/country.h"
#include "modules/decode/fragment.h"
#include "modules/decode/nitf.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"

struct reader {
        struct xml x;
        const struct decode_input *input;
        struct job *job;
        const char *sender;
        size_t items, packages;
};

/* An item being read. */
struct item {
        struct story story;
        struct nitf body;               /* lists and text gather here, whatever form the text has */
        const char *title, *creditline, *provider, *source, *dateline;
        int64_t first, created, modified;
};

bool newsml_matches(const struct decode_input *input)
{
        static const char *const roots[] = { "newsMessage", "newsItem", "packageItem", "contentMeta", "conceptItem",
                                             "knowledgeItem", "planningItem", "catalogItem" };

        for (size_t i = 0; i < N_ELEMENTS(roots); i++)
                if (decode_root_is(input, roots[i]))
                        return true;
        return false;
}

static bool is(const struct reader *r, const char *name)
{
        return markup_same(r->x.name, r->x.n_name, name);
}

static void set(const char **field, const char *value)
{
        if (*field == NULL && value != NULL && *value != '\0')
                *field = value;
}

static char *line(struct reader *r)
{
        struct xml_span span = xml_inner(&r->x);

        return fragment_line(r->x.arena, span.s, span.n);
}

static int64_t time_of(struct reader *r)
{
        const char *text = xml_line(&r->x);

        return text ? stamp_parse(text) : CLOCK_NONE;
}

static const char *local_code(const char *code)
{
        const char *colon = code ? strchr(code, ':') : NULL;

        return colon && colon[1] && strchr(colon, '/') == NULL ? colon + 1 : code;
}

/* <name> in English, or the first one; its role must not be a mnemonic. Reads the element to its end. */
static const char *name_inside(struct reader *r)
{
        const char *best = NULL;

        for (unsigned in = r->x.depth; xml_child(&r->x, in);) {
                const char *role, *language, *name;

                if (!is(r, "name"))
                        continue;
                role = xml_get(&r->x, "role");
                language = xml_language(&r->x);
                name = line(r);
                if (role != NULL && strstr(role, "mnemonic") != NULL)
                        continue;
                if (best == NULL || (language != NULL && strncasecmp(language, "en", 2) == 0))
                        best = name;
        }
        return best;
}

/* A party: its name, its literal, its code. */
static const char *party(struct reader *r)
{
        const char *literal = xml_get(&r->x, "literal"), *code = xml_get(&r->x, "qcode"), *name = name_inside(r);

        return name ? name : literal ? literal : local_code(code);
}

/* The country that a code of a geographical scheme names. */
static const char *country_of(const char *code)
{
        const char *local = local_code(code);

        if (code == NULL || (strncmp(code, "iso3166", 7) != 0 && strncmp(code, "cntry", 5) != 0 && strncmp(code, "country", 7) != 0 &&
                             strncmp(code, "N2:", 3) != 0 && strncmp(code, "iso", 3) != 0))
                return NULL;
        return country_code(local, strlen(local));
}

/* <located> with its wider places, any of which may name the country. */
static const char *read_place(struct reader *r, const char **country, unsigned level)
{
        struct xml *x = &r->x;
        const char *code = xml_get(x, "qcode"), *literal = xml_get(x, "literal"), *name = NULL;

        set(country, country_of(code));
        for (unsigned in = x->depth; xml_child(x, in);) {
                if (is(r, "name")) {
                        set(&name, line(r));
                } else if (level < 8 && (is(r, "broader") || is(r, "sameAs") || is(r, "country"))) {
                        const char *type = xml_get(x, "type"), *wider = read_place(r, country, level + 1);

                        if (wider != NULL && (type == NULL || strstr(type, "ountry") != NULL))
                                set(country, country_code(wider, strlen(wider)));
                }
        }
        return name ? name : literal ? literal : local_code(code);
}

static void read_item_meta(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;
        struct story *story = &item->story;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "provider"))
                        set(&item->provider, party(r));
                else if (is(r, "versionCreated"))
                        story->updated = time_of(r);
                else if (is(r, "firstCreated"))
                        item->first = time_of(r);
                else if (is(r, "embargoed"))
                        story->embargoed = time_of(r);
                else if (is(r, "pubStatus"))
                        story->status = decode_status(xml_get(x, "qcode") ? xml_get(x, "qcode") : xml_get(x, "uri"));
                else if (is(r, "title"))
                        set(&item->title, line(r));
                else if (is(r, "link"))
                        strings_add(x->arena, &item->body.links, xml_get(x, "href"));
}

static void read_subject(struct reader *r, struct item *item)
{
        const char *code = xml_get(&r->x, "qcode"), *literal = xml_get(&r->x, "literal");

        if (code == NULL)
                code = xml_get(&r->x, "uri");
        strings_add(r->x.arena, &item->body.subjects, code ? code : literal);
        strings_add(r->x.arena, &item->body.keywords, name_inside(r));
}

static void read_headline(struct reader *r, struct item *item)
{
        const char *role = xml_get(&r->x, "role"), *text = line(r);

        if (role != NULL && strstr(role, "main") != NULL && text != NULL)
                item->story.headline = text;
        set(&item->story.headline, text);
}

static void read_content_meta(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;
        struct story *story = &item->story;
        const char *creator = NULL, *urgency;
        size_t n;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "urgency")) {
                        urgency = xml_line(x);
                        if (urgency != NULL && isdigit((unsigned char)*urgency) && urgency[1] == '\0')
                                story->urgency = *urgency - '0';
                } else if (is(r, "contentCreated")) {
                        item->created = time_of(r);
                } else if (is(r, "contentModified")) {
                        item->modified = time_of(r);
                } else if (is(r, "located")) {
                        set(&item->body.located, read_place(r, &item->body.country, 0));
                } else if (is(r, "creator")) {
                        set(&creator, party(r));
                } else if (is(r, "infoSource")) {
                        set(&item->source, party(r));
                } else if (is(r, "language")) {
                        set(&story->language, xml_get(x, "tag"));
                } else if (is(r, "subject")) {
                        read_subject(r, item);
                } else if (is(r, "keyword") || is(r, "slugline")) {
                        strings_add(x->arena, &item->body.keywords, line(r));
                } else if (is(r, "headline")) {
                        read_headline(r, item);
                } else if (is(r, "dateline")) {
                        set(&item->dateline, line(r));
                } else if (is(r, "by")) {
                        set(&story->byline, line(r));
                } else if (is(r, "creditline")) {
                        set(&item->creditline, line(r));
                } else if (is(r, "description")) {
                        struct xml_span span = xml_inner(x);

                        set(&story->summary, fragment_text(x->arena, span.s, span.n, NULL, NULL, &n));
                }
        if (item->source == NULL)
                item->source = creator;
}

/* Where the text of a page begins: in its body, behind the header that body may begin with (headline, keywords, time). */
static const char *find_body(struct xml_span span)
{
        struct markup m = markup_start(span.s, span.n, false);
        struct markup_token t;
        const char *begin = span.s;
        bool in_header = false;

        while (markup_next(&m, &t)) {
                size_t k;
                const char *name = t.kind == MARKUP_OPEN || t.kind == MARKUP_CLOSE ? markup_local(&t, &k) : NULL;

                if (name == NULL)
                        continue;
                if (in_header && t.kind == MARKUP_CLOSE && markup_same(name, k, "header"))
                        return t.end;
                if (in_header || t.kind == MARKUP_CLOSE)
                        continue;
                if (markup_same(name, k, "body"))
                        begin = t.end;
                else if (begin != span.s && markup_same(name, k, "header"))
                        in_header = true;
                else if (begin != span.s)
                        break;
        }
        return begin;
}

/* The text of inlineXML: NITF, or anything whose body has paragraphs. */
static void take_inline(struct reader *r, struct item *item, struct xml_span span)
{
        struct markup m = markup_start(span.s, span.n, false);
        struct markup_token t = { .kind = MARKUP_TEXT };
        const char *begin, *name;
        size_t n, k;
        char *text;

        while (t.kind != MARKUP_OPEN && markup_next(&m, &t))
                ;
        if (t.kind == MARKUP_OPEN && (name = markup_local(&t, &k)) != NULL && markup_same(name, k, "nitf")) {
                nitf_read(r->x.arena, span.s, span.n, &item->body);
                return;
        }
        begin = find_body(span);
        text = fragment_text(r->x.arena, begin, span.n - (size_t)(begin - span.s), NULL, &item->body.links, &n);
        if (text != NULL && n > item->body.n) {
                item->body.text = text;
                item->body.n = n;
        }
}

static void take_data(struct reader *r, struct item *item)
{
        const char *type = xml_get(&r->x, "contenttype");
        size_t n;
        char *data = xml_string(&r->x, &n);

        if ((type != NULL && strstr(type, "ml") != NULL) || fragment_is_html(data, n)) {
                take_inline(r, item, (struct xml_span){ data, n });
                return;
        }
        n = text_clean(data, n);
        data = text_paragraphs(r->x.arena, data, n, &n);
        if (n > item->body.n) {
                item->body.text = data;
                item->body.n = n;
        }
}

static void read_content_set(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "inlineXML"))
                        take_inline(r, item, xml_inner(x));
                else if (is(r, "inlineData"))
                        take_data(r, item);
                else if (is(r, "remoteContent"))
                        strings_add(x->arena, &item->body.links, xml_get(x, "href"));
}

static int add_item(struct reader *r, struct item *item)
{
        struct arena *arena = r->x.arena;
        struct story *story = &item->story;
        const char *agency = item->creditline ? item->creditline : item->provider ? item->provider :
                             item->source ? item->source : r->sender;

        set(&story->headline, item->title);
        if (story->headline == NULL && item->body.text == NULL && story->guid == NULL && item->dateline == NULL)
                return r->job->add_bad(r->job->sink, "an item with neither guid, headline nor text",
                                       arena_printf(arena, "item %zu", r->items));
        story->published = item->first != CLOCK_NONE ? item->first : item->created != CLOCK_NONE ? item->created :
                           story->published != CLOCK_NONE ? story->published : story->updated;
        if (story->updated == CLOCK_NONE)
                story->updated = item->modified;
        if (agency != NULL)
                story->agency = agency;
        if (item->body.text == NULL && story->summary != NULL) {
                item->body.n = strlen(story->summary);
                item->body.text = arena_strndup(arena, story->summary, item->body.n);
        }
        story->keywords = item->body.keywords.items;
        story->subjects = item->body.subjects.items;
        story->links = item->body.links.items;
        story->damaged = r->x.damaged || item->body.damaged;
        if (item->body.text != NULL)
                decode_apply_dateline(arena, story, item->body.text, item->body.n);
        if (story->dateline.place == NULL)
                decode_dateline_alone(arena, story, item->dateline);
        decode_located(arena, story, NULL, 0, item->body.located, item->body.country);
        return decode_add(r->input, r->job, story, item->body.text, item->body.n);
}

static struct item item_start(struct reader *r)
{
        r->items++;
        return (struct item){ .story = decode_story("newsml"), .first = CLOCK_NONE, .created = CLOCK_NONE, .modified = CLOCK_NONE };
}

static int read_item(struct reader *r)
{
        struct xml *x = &r->x;
        struct item item = item_start(r);

        item.body.story = &item.story;
        item.story.guid = xml_get(x, "guid");
        item.story.version = xml_get(x, "version");
        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "itemMeta"))
                        read_item_meta(r, &item);
                else if (is(r, "contentMeta"))
                        read_content_meta(r, &item);
                else if (is(r, "contentSet"))
                        read_content_set(r, &item);
        if (item.story.language == NULL)
                item.story.language = xml_language(x);
        return add_item(r, &item);
}

/* A package (packageItem) orders items that come by themselves: its headline and description are of the whole, its groups hold
 * references. It is passed over; where there is nothing else, that is said. */
static int read_message(struct reader *r)
{
        struct xml *x = &r->x;
        int status = 0;

        for (unsigned in = x->depth; status == 0 && xml_child(x, in);)
                if (is(r, "header") || is(r, "itemSet"))
                        status = read_message(r);
                else if (is(r, "sender"))
                        r->sender = decode_cut(x->arena, xml_line(x), DECODE_TITLE_MAX);
                else if (is(r, "newsItem"))
                        status = read_item(r);
                else
                        r->packages += is(r, "packageItem");
        return status;
}

int newsml_decode(const struct decode_input *input, struct job *job)
{
        struct reader *r = arena_new(job->arena, struct reader);
        int status = 0;

        r->input = input;
        r->job = job;
        xml_start(&r->x, job->arena, input->s, input->n, NULL);
        if (!xml_child(&r->x, 0)) {
                job->reason = "no element in it";
                return MODULE_E_REFUSED;
        }
        if (is(r, "newsMessage")) {
                status = read_message(r);
        } else if (is(r, "newsItem")) {
                status = read_item(r);
        } else if (is(r, "packageItem")) {
                r->packages++;
        } else if (is(r, "contentMeta")) {      /* a cut-out of an item */
                struct item item = item_start(r);

                item.body.story = &item.story;
                read_content_meta(r, &item);
                return add_item(r, &item);
        }
        if (status == 0 && r->items == 0) {
                job->reason = r->packages > 0 ? "a package of NewsML-G2, which refers to items and holds no story itself" :
                                                "NewsML-G2 without a news item";
                return MODULE_E_REFUSED;
        }
        return status;
}
