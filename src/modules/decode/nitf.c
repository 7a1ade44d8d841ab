/* See nitf.h. Element names are those of the NITF 3.6 schema. */
#include "modules/decode/nitf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/country.h"
#include "modules/decode/fragment.h"
#include "modules/decode/stamp.h"

struct reader {
        struct xml x;
        struct nitf *out;
        const char *title, *holder;
};

bool nitf_matches(const struct decode_input *input)
{
        return decode_root_is(input, "nitf");
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

static void set_time(int64_t *field, const char *value)
{
        if (*field == CLOCK_NONE && value != NULL)
                *field = stamp_parse(value);
}

static char *line(struct reader *r)
{
        struct xml_span span = xml_inner(&r->x);

        return fragment_line(r->x.arena, span.s, span.n);
}

static void read_key_list(struct reader *r)
{
        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "keyword"))
                        strings_add(r->x.arena, &r->out->keywords, xml_get(&r->x, "key"));
                else if (is(r, "key-list"))
                        read_key_list(r);
}

static void read_docdata(struct reader *r)
{
        struct xml *x = &r->x;
        struct story *story = r->out->story;
        const char *generation;

        set(&story->status, decode_status(xml_get(x, "management-status")));
        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "doc-id")) {
                        set(&story->guid, xml_get(x, "id-string"));
                        set(&story->agency, xml_get(x, "regsrc"));
                } else if (is(r, "urgency")) {
                        const char *urgency = xml_get(x, "ed-urg");

                        if (story->urgency == 0 && urgency && isdigit((unsigned char)*urgency) && urgency[1] == '\0')
                                story->urgency = *urgency - '0';
                } else if (is(r, "date.issue")) {
                        set_time(&story->published, xml_get(x, "norm"));
                } else if (is(r, "date.release")) {
                        set_time(&story->embargoed, xml_get(x, "norm"));
                } else if (is(r, "du-key")) {
                        generation = xml_get(x, "generation");
                        set(&story->version, generation ? generation : xml_get(x, "version"));
                } else if (is(r, "key-list")) {
                        read_key_list(r);
                } else if (is(r, "evloc")) {
                        const char *code = xml_get(x, "iso-cc");

                        set(&r->out->located, xml_get(x, "city"));
                        if (code != NULL)
                                set(&r->out->country, country_code(code, strlen(code)));
                } else if (is(r, "doc.copyright")) {
                        set(&r->holder, xml_get(x, "holder"));
                }
}

static void read_tobject(struct reader *r)
{
        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "tobject.subject"))
                        strings_add(r->x.arena, &r->out->subjects, xml_get(&r->x, "tobject.subject.refnum"));
}

static void read_meta(struct reader *r)
{
        const char *name = xml_get(&r->x, "name"), *content = xml_get(&r->x, "content");

        if (name == NULL || content == NULL)
                return;
        if (strcasecmp(name, "anpa-keyword") == 0 || strcasecmp(name, "slug") == 0)
                strings_add(r->x.arena, &r->out->keywords, content);
        else if (strcasecmp(name, "urgency") == 0 && isdigit((unsigned char)*content) && r->out->story->urgency == 0)
                r->out->story->urgency = *content - '0';
}

static void read_head(struct reader *r)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "docdata"))
                        read_docdata(r);
                else if (is(r, "tobject"))
                        read_tobject(r);
                else if (is(r, "title"))
                        r->title = line(r);
                else if (is(r, "meta"))
                        read_meta(r);
                else if (is(r, "pubdata")) {
                        set_time(&r->out->story->published, xml_get(x, "date.publication"));
                        set(&r->out->story->url, xml_get(x, "ex-ref"));
                }
}

static void read_hedline(struct reader *r)
{
        const char *second = NULL;

        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "hl1"))
                        set(&r->out->story->headline, line(r));
                else if (is(r, "hl2"))
                        set(&second, line(r));
        set(&r->out->story->headline, second);
}

/* "By BERNARD CONDON<byttl>AP Business Writer</byttl>": the name, without what the writer is. */
static void read_byline(struct reader *r)
{
        struct xml_span span = xml_inner(&r->x);
        const char *title = memmem(span.s, span.n, "<byttl", 6);
        char *name = fragment_line(r->x.arena, span.s, title && title > span.s ? (size_t)(title - span.s) : span.n);

        if (name != NULL && name[0] != '\0' && name[strlen(name) - 1] == ',')
                name[strlen(name) - 1] = '\0';
        set(&r->out->story->byline, name);
}

static void read_location(struct reader *r)
{
        struct xml_span span = xml_inner(&r->x);
        struct markup m = markup_start(span.s, span.n, false);
        struct markup_token t;
        const char *city = NULL, *code;
        char *all;

        while (markup_next(&m, &t)) {
                size_t n;
                const char *name;

                if (t.kind == MARKUP_OPEN) {
                        name = markup_local(&t, &n);
                        if (n == 4 && strncasecmp(name, "city", 4) == 0)
                                city = t.end;
                        else if (n == 7 && strncasecmp(name, "country", 7) == 0 && (code = markup_get(r->x.arena, &t, "iso-cc")))
                                set(&r->out->country, country_code(code, strlen(code)));
                } else if (t.kind == MARKUP_CLOSE && city != NULL) {
                        set(&r->out->located, fragment_line(r->x.arena, city, (size_t)(t.begin - city)));
                        city = NULL;
                }
        }
        all = fragment_line(r->x.arena, span.s, span.n);
        if (all != NULL && r->out->located == NULL)
                all[strcspn(all, ",")] = '\0';
        set(&r->out->located, all);
}

static void read_dateline(struct reader *r)
{
        for (unsigned in = r->x.depth; xml_child(&r->x, in);)
                if (is(r, "location")) {
                        read_location(r);
                } else if (is(r, "story.date")) {
                        const char *norm = xml_get(&r->x, "norm");

                        set_time(&r->out->story->published, norm);
                        set(&r->out->story->dateline.date, line(r));
                }
}

static void read_body_head(struct reader *r)
{
        struct xml *x = &r->x;
        size_t n;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "hedline")) {
                        read_hedline(r);
                } else if (is(r, "byline")) {
                        read_byline(r);
                } else if (is(r, "distributor")) {
                        set(&r->out->story->agency, line(r));
                } else if (is(r, "dateline")) {
                        read_dateline(r);
                } else if (is(r, "abstract")) {
                        struct xml_span span = xml_inner(x);

                        set(&r->out->story->summary, fragment_text(x->arena, span.s, span.n, NULL, NULL, &n));
                }
}

static void read_body(struct reader *r)
{
        struct xml *x = &r->x;

        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "body.head")) {
                        read_body_head(r);
                } else if (is(r, "body.content")) {
                        struct xml_span span = xml_inner(x);
                        size_t n;
                        char *text = fragment_text(x->arena, span.s, span.n, NULL, &r->out->links, &n);

                        if (text != NULL && n > r->out->n) {
                                r->out->text = text;
                                r->out->n = n;
                        }
                }
}

bool nitf_read(struct arena *arena, const char *s, size_t n, struct nitf *nitf)
{
        struct reader reader = { .out = nitf }, *r = &reader;   /* not in the arena: a package holds many of these */
        struct xml *x = &r->x;

        xml_start(x, arena, s, n, NULL);
        if (!xml_child(x, 0))
                return false;
        for (unsigned in = x->depth; xml_child(x, in);)
                if (is(r, "head"))
                        read_head(r);
                else if (is(r, "body"))
                        read_body(r);
        set(&nitf->story->headline, r->title);
        set(&nitf->story->agency, r->holder);
        /* A release at the time of issue is no embargo. */
        if (nitf->story->embargoed != CLOCK_NONE && nitf->story->embargoed <= nitf->story->published)
                nitf->story->embargoed = CLOCK_NONE;
        nitf->damaged = x->damaged;
        return true;
}

int nitf_decode(const struct decode_input *input, struct job *job)
{
        struct story story = decode_story("nitf");
        struct nitf nitf = { .story = &story };

        if (!nitf_read(job->arena, input->s, input->n, &nitf) || (nitf.text == NULL && story.headline == NULL && story.guid == NULL)) {
                job->reason = "NITF without headline and text";
                return MODULE_E_REFUSED;
        }
        story.keywords = nitf.keywords.items;
        story.subjects = nitf.subjects.items;
        story.links = nitf.links.items;
        story.damaged = nitf.damaged;
        decode_located(job->arena, &story, nitf.text, nitf.n, nitf.located, nitf.country);
        return decode_add(input, job, &story, nitf.text, nitf.n);
}
