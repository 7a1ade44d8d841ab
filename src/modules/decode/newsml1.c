/*
 * NewsComponents nest; headline and lists are taken from the outermost that has them, the text is the longest that any has
 * which is no picture's.
 */
#include "modules/decode/newsml1.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/country.h"
#include "modules/decode/fragment.h"
#include "modules/decode/nitf.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"

enum { LEVEL_MAX = 32 };

struct reader {
        struct xml x;
        const struct decode_input *input;
        struct job *job;
        const char *sender;
        int64_t sent;
        size_t items;
};

struct item {
        struct story story;
        struct nitf body;
        const char *provider, *source, *dateline, *date_id;
};

bool newsml1_matches(const struct decode_input *input)
{
        return decode_root_is(input, "NewsML");
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

static int64_t time_of(const char *text)
{
        return text ? stamp_parse(text) : CLOCK_NONE;
}

static void read_identifier(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;
        const char *provider = NULL, *date = NULL, *id = NULL, *public = NULL;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "ProviderId"))
                        provider = xml_line(x);
                else if (is(r, "DateId"))
                        date = xml_line(x);
                else if (is(r, "NewsItemId"))
                        id = xml_line(x);
                else if (is(r, "RevisionId"))
                        item->story.version = xml_line(x);
                else if (is(r, "PublicIdentifier"))
                        public = xml_line(x);
        item->date_id = date;
        /* The public identifier ends with the revision: the same story would have another identity each time. */
        if (provider != NULL && id != NULL)
                item->story.guid = arena_printf(x->arena, "urn:newsml:%s:%s:%s", provider, date ? date : "", id);
        else
                set(&item->story.guid, id ? id : public);
}

static void read_management(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;
        struct story *story = &item->story;
        const char *urgency;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "FirstCreated"))
                        story->published = time_of(xml_line(x));
                else if (is(r, "ThisRevisionCreated"))
                        story->updated = time_of(xml_line(x));
                else if (is(r, "Status"))
                        story->status = decode_status(xml_get(x, "FormalName"));
                else if (is(r, "StatusWillChange")) {
                        for (unsigned inner = x->depth; xml_child(x, inner);)
                                if (is(r, "DateAndTime"))
                                        story->embargoed = time_of(xml_line(x));
                } else if (is(r, "Urgency")) {
                        urgency = xml_get(x, "FormalName");
                        if (urgency != NULL && isdigit((unsigned char)*urgency))
                                story->urgency = *urgency - '0';
                }
}

static void read_news_lines(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "HeadLine")) {
                        set(&item->story.headline, line(r));
                } else if (is(r, "ByLine")) {
                        set(&item->story.byline, line(r));
                } else if (is(r, "DateLine")) {
                        set(&item->dateline, line(r));
                } else if (is(r, "CreditLine")) {
                        set(&item->source, line(r));
                } else if (is(r, "KeywordLine") || is(r, "SlugLine")) {
                        strings_add(x->arena, &item->body.keywords, line(r));
                }
}

/* <Provider><Party FormalName="AFP"/></Provider>, and Source, SentFrom */
static const char *read_party(struct reader *r)
{
        const char *name = NULL;

        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "Party"))
                        set(&name, xml_get(&r->x, "FormalName"));
        return name;
}

static void read_administrative(struct reader *r, struct item *item)
{
        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "Provider"))
                        set(&item->provider, read_party(r));
                else if (is(r, "Source"))
                        set(&item->source, read_party(r));
}

static void read_location(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);) {
                const char *name = xml_get(x, "FormalName"), *value = xml_get(x, "Value");

                if (!is(r, "Property") || name == NULL || value == NULL)
                        continue;
                if (strncasecmp(name, "Country", 7) == 0)
                        set(&item->body.country, country_code(value, strlen(value)));
                else if (strcasecmp(name, "City") == 0)
                        set(&item->body.located, value);
        }
}

static void read_descriptive(struct reader *r, struct item *item, unsigned level)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "Language"))
                        set(&item->story.language, xml_get(x, "FormalName"));
                else if (is(r, "Location"))
                        read_location(r, item);
                else if (is(r, "Subject") || is(r, "SubjectMatter") || is(r, "SubjectDetail"))
                        strings_add(x->arena, &item->body.subjects, xml_get(x, "FormalName"));
                else if (is(r, "Genre"))
                        strings_add(x->arena, &item->body.keywords, xml_get(x, "FormalName"));
                else if (level < LEVEL_MAX && (is(r, "SubjectCode") || is(r, "TopicOccurrence")))
                        read_descriptive(r, item, level + 1);
}

static void take_text(struct item *item, char *text, size_t n)
{
        if (text != NULL && n > item->body.n) {
                item->body.text = text;
                item->body.n = n;
        }
}

static void read_data(struct reader *r, struct item *item)
{
        struct xml_span span = xml_inner(&r->x);
        struct arena *arena = r->x.arena;
        size_t n, k;
        char *text;

        if (memmem(span.s, span.n, "<nitf", 5) != NULL) {
                nitf_read(arena, span.s, span.n, &item->body);
                return;
        }
        if (memmem(span.s, span.n, "<![CDATA[", 9) == NULL && memchr(span.s, '<', span.n) != NULL) {
                text = fragment_text(arena, span.s, span.n, NULL, &item->body.links, &n);
                take_text(item, text, n);
                return;
        }
        text = xml_span_string(arena, span, &n);
        if (fragment_is_html(text, n)) {
                text = fragment_text(arena, text, n, NULL, &item->body.links, &k);
        } else {
                k = text_clean(text, n);
                text = text_paragraphs(arena, text, k, &k);
        }
        take_text(item, text, k);
}

static void read_content_item(struct reader *r, struct item *item)
{
        struct xml *x = &r->x;
        bool is_text = true;

        strings_add(x->arena, &item->body.links, xml_get(x, "Href"));
        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "MediaType")) {
                        const char *type = xml_get(x, "FormalName");

                        is_text = type == NULL || strcasecmp(type, "Text") == 0 || strcasecmp(type, "ComplexData") == 0;
                } else if (is(r, "DataContent") && is_text) {
                        read_data(r, item);
                } else if (is(r, "Encoding")) {
                        for (unsigned inner = x->depth; xml_child(x, inner);)
                                if (is(r, "DataContent") && is_text)
                                        read_data(r, item);
                }
}

static void read_component(struct reader *r, struct item *item, unsigned level)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "NewsLines"))
                        read_news_lines(r, item);
                else if (is(r, "AdministrativeMetadata"))
                        read_administrative(r, item);
                else if (is(r, "DescriptiveMetadata"))
                        read_descriptive(r, item, 0);
                else if (is(r, "ContentItem"))
                        read_content_item(r, item);
                else if (is(r, "NewsComponent") && level < LEVEL_MAX)
                        read_component(r, item, level + 1);
}

static int add_item(struct reader *r, struct item *item)
{
        struct arena *arena = r->x.arena;
        struct story *story = &item->story;

        if (story->headline == NULL && item->body.text == NULL && story->guid == NULL)
                return r->job->add_bad(r->job->sink, "an item with neither identity, headline nor text",
                                       arena_printf(arena, "item %zu", r->items));
        if (story->published == CLOCK_NONE)
                story->published = item->date_id ? time_of(item->date_id) : r->sent;
        set(&story->agency, item->provider);
        set(&story->agency, item->source);
        set(&story->agency, r->sender);
        if (story->embargoed != CLOCK_NONE && story->status != NULL && strcmp(story->status, "embargoed") != 0 &&
            strcmp(story->status, "withheld") != 0)
                story->embargoed = CLOCK_NONE;  /* it will change from usable to something else */
        else if (story->embargoed != CLOCK_NONE && story->status != NULL)
                story->status = "embargoed";
        story->keywords = item->body.keywords.items;
        story->subjects = item->body.subjects.items;
        story->links = item->body.links.items;
        story->damaged = r->x.damaged;
        if (item->body.text != NULL)
                decode_apply_dateline(arena, story, item->body.text, item->body.n);
        if (story->dateline.place == NULL)
                decode_dateline_alone(arena, story, item->dateline);
        decode_located(arena, story, NULL, 0, item->body.located, item->body.country);
        return decode_add(r->input, r->job, story, item->body.text, item->body.n);
}

static int read_item(struct reader *r)
{
        struct xml *x = &r->x;
        struct item item = { .story = decode_story("newsml1") };

        r->items++;
        item.body.story = &item.story;
        item.story.language = xml_language(x);
        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "Identification")) {
                        for (unsigned inner = x->depth; xml_child(x, inner);)
                                if (is(r, "NewsIdentifier"))
                                        read_identifier(r, &item);
                                else if (is(r, "NameLabel"))
                                        strings_add(x->arena, &item.body.keywords, line(r));
                } else if (is(r, "NewsManagement")) {
                        read_management(r, &item);
                } else if (is(r, "NewsComponent")) {
                        read_component(r, &item, 0);
                }
        return add_item(r, &item);
}

int newsml1_decode(const struct decode_input *input, struct job *job)
{
        struct reader *r = arena_new(job->arena, struct reader);
        struct xml *x = &r->x;
        int status = 0;

        r->input = input;
        r->job = job;
        r->sent = CLOCK_NONE;
        xml_start(x, job->arena, input->s, input->n, NULL);
        if (!xml_child(x, 0)) {
                job->reason = "no element in it";
                return MODULE_E_REFUSED;
        }
        for (unsigned in = x->depth; status == 0 && xml_child(x, in);)
                if (is(r, "NewsItem")) {
                        status = read_item(r);
                } else if (is(r, "NewsEnvelope")) {
                        for (unsigned inner = x->depth; xml_child(x, inner);)
                                if (is(r, "DateAndTime"))
                                        r->sent = time_of(xml_line(x));
                                else if (is(r, "SentFrom"))
                                        r->sender = read_party(r);
                }
        if (status == 0 && r->items == 0) {
                job->reason = "NewsML without a NewsItem";
                return MODULE_E_REFUSED;
        }
        return status;
}
