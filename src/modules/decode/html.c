/* See html.h. Believed in this order: JSON-LD, meta elements, what stands in the page. */
#include "modules/decode/html.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/article.h"
#include "modules/decode/fragment.h"
#include "modules/decode/jsonld.h"
#include "modules/decode/markup.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"
#include "modules/decode/url.h"

enum {
        SCRIPT_MAX = 1 << 20,
        TITLE_MAX = 1024,       /* a longer one has no site's name to be cut off */
        TITLE_LEAST = 15,       /* what is left of it */
};

bool html_matches(const struct decode_input *input)
{
        static const char *const roots[] = { "html", "head", "body", "title", "meta", "link", "script", "p", "div", "h1", "h2", "article",
                                             "section", "main", "table", "span", "center", "font", "b", "a", "br", "header" };

        for (size_t i = 0; i < N_ELEMENTS(roots); i++)
                if (decode_root_is(input, roots[i]))
                        return true;
        return false;
}

struct page {
        struct arena *arena;
        struct markup m;
        struct article *article;
        struct jsonld ld;
        const char *title, *og_title, *description, *og_description, *author, *canonical, *og_url, *language, *site, *base;
        const char *published, *modified, *time, *keywords;
        struct strings tags;
        size_t in_vain;         /* bytes that were looked through for ends of elements that have none */
};

static void set(const char **field, const char *value)
{
        if (*field == NULL && value != NULL && *value != '\0')
                *field = value;
}

/* Not the address of somebody's page. */
static bool is_name(const char *author)
{
        return strstr(author, "://") == NULL && strlen(author) < 200;
}

/* <meta name|property|itemprop|http-equiv="..." content="..."> */
static void take_meta(struct page *p, const struct markup_token *t)
{
        static const struct {
                const char *name;
                size_t field;
        } rows[] = {
#define ROW(name, field) { name, offsetof(struct page, field) }
                ROW("og:title", og_title), ROW("twitter:title", og_title), ROW("headline", og_title),
                ROW("description", description), ROW("og:description", og_description),
                ROW("twitter:description", og_description), ROW("author", author), ROW("article:author", author),
                ROW("dc.creator", author), ROW("parsely-author", author), ROW("sailthru.author", author), ROW("byl", author),
                ROW("og:url", og_url), ROW("og:site_name", site), ROW("application-name", site), ROW("publisher", site),
                ROW("content-language", language), ROW("dc.language", language), ROW("og:locale", language),
                ROW("article:published_time", published), ROW("datepublished", published), ROW("og:published_time", published),
                ROW("date", published), ROW("pubdate", published), ROW("publishdate", published), ROW("dc.date", published),
                ROW("dc.date.issued", published), ROW("dcterms.created", published), ROW("dcterms.date", published),
                ROW("parsely-pub-date", published), ROW("sailthru.date", published), ROW("publication_date", published),
                ROW("article:modified_time", modified), ROW("datemodified", modified), ROW("og:updated_time", modified),
                ROW("last-modified", modified), ROW("dcterms.modified", modified),
                ROW("news_keywords", keywords), ROW("keywords", keywords),
#undef ROW
        };
        static const char *const keys[] = { "property", "name", "itemprop", "http-equiv" };
        const char *key = NULL, *content;

        for (size_t i = 0; i < N_ELEMENTS(keys) && key == NULL; i++)
                key = markup_get(p->arena, t, keys[i]);
        content = key ? markup_get(p->arena, t, "content") : NULL;
        if (content == NULL || *content == '\0')
                return;
        if (strcasecmp(key, "article:tag") == 0)
                strings_add(p->arena, &p->tags, content);
        for (size_t i = 0; i < N_ELEMENTS(rows); i++)
                if (strcasecmp(rows[i].name, key) == 0 && (rows[i].field != offsetof(struct page, author) || is_name(content)))
                        set((const char **)(void *)((char *)p + rows[i].field), content);
}

static void take_link(struct page *p, const struct markup_token *t)
{
        const char *rel = markup_get(p->arena, t, "rel");

        if (rel != NULL && strcasecmp(rel, "canonical") == 0)
                set(&p->canonical, markup_get(p->arena, t, "href"));
}

/* The text up to the end tag of the element that was just opened. */
static const char *take_title(struct page *p)
{
        struct markup_token t = { .kind = MARKUP_TEXT };
        const char *begin = p->m.at, *end = begin;

        while (markup_next(&p->m, &t) && t.kind == MARKUP_TEXT)
                end = t.end;
        if (t.kind != MARKUP_TEXT)
                p->m.at = t.begin;
        return fragment_line(p->arena, begin, (size_t)(end - begin));
}

/* Passes over an element that holds no text of the article; scripts may hold JSON-LD. */
static void skip(struct page *p, const struct markup_token *open)
{
        struct markup ahead = p->m;
        struct markup_token t = { .kind = MARKUP_CDATA };       /* nothing, where the page ends here */
        const char *type;
        unsigned depth = 1;
        bool script = markup_is(open, "script");

        if (open->empty)
                return;
        if (script && (type = markup_get(p->arena, open, "type")) != NULL && strcasestr(type, "ld+json") != NULL) {
                if (markup_next(&p->m, &t) && t.kind == MARKUP_CDATA && t.n <= SCRIPT_MAX)
                        jsonld_read(p->arena, t.s, t.n, &p->ld);
                else if (t.kind != MARKUP_CDATA)
                        p->m.at = t.begin;
                return;
        }
        for (unsigned steps = 0; steps < 20000 && markup_next(&ahead, &t); steps++) {
                if ((t.kind != MARKUP_OPEN && t.kind != MARKUP_CLOSE) || t.n_name != open->n_name ||
                    strncasecmp(t.name, open->name, t.n_name) != 0)
                        continue;
                if (t.kind == MARKUP_OPEN)
                        depth += !t.empty;
                else if (--depth == 0) {
                        p->m = ahead;
                        return;
                }
        }
        p->in_vain += (size_t)(ahead.at - p->m.at);
        if (!script)
                p->m.raw = NULL;
}

static void take_tag(struct page *p, const struct markup_token *t, size_t n)
{
        if (t->kind == MARKUP_OPEN) {
                if (markup_is(t, "meta"))
                        take_meta(p, t);
                else if (markup_is(t, "link"))
                        take_link(p, t);
                else if (markup_is(t, "base") && p->base == NULL)
                        p->base = markup_get(p->arena, t, "href");
                else if (markup_is(t, "html"))
                        set(&p->language, markup_get(p->arena, t, "lang"));
                else if (markup_is(t, "time"))
                        set(&p->time, markup_get(p->arena, t, "datetime"));
                else if (markup_is(t, "title") && p->title == NULL) {
                        p->title = take_title(p);
                        return;
                }
                /* A page may never end anything: no more than this is looked for in vain. */
                if (fragment_class(t) == FRAGMENT_SKIP && !markup_is(t, "head") && p->in_vain <= 4 * n) {
                        skip(p, t);
                        return;
                }
        }
        article_tag(p->article, t);
}

/* "Headline | The Daily", "Headline | World | The Daily" */
static const char *cut_site(struct arena *arena, const char *title, const char *site)
{
        static const char *const bars[] = { " | ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " - ", " :: ", " \xC2\xBB " };
        const char *last = NULL;

        if (title != NULL && strnlen(title, TITLE_MAX) == TITLE_MAX)
                return title;
        for (size_t i = 0; title != NULL && i < N_ELEMENTS(bars); i++)
                for (const char *at = title; (at = strstr(at, bars[i])) != NULL; at++)
                        if (i == 0 && at - title >= TITLE_LEAST)        /* no headline has one inside */
                                return arena_strndup(arena, title, (size_t)(at - title));
                        else if (at > last && (i >= 4 || strlen(at) <= 40 || (site && strstr(at, site))))
                                last = at;
        if (last == NULL || last - title < TITLE_LEAST)
                return title;
        return arena_strndup(arena, title, (size_t)(last - title));
}

static int64_t time_of(const char *a, const char *b, const char *c)
{
        int64_t us = a ? stamp_parse(a) : CLOCK_NONE;

        if (us == CLOCK_NONE && b != NULL)
                us = stamp_parse(b);
        if (us == CLOCK_NONE && c != NULL)
                us = stamp_parse(c);
        return us;
}

static void take_keywords(struct page *p, struct strings *list)
{
        const char *words = p->ld.keywords ? p->ld.keywords : p->keywords;

        while (words != NULL && *words != '\0') {
                size_t k = strcspn(words, ",;");

                strings_add(p->arena, list, text_trim(p->arena, words, k));
                words += k + (words[k] != '\0');
        }
        for (size_t i = 0; i < p->tags.n; i++)
                strings_add(p->arena, list, p->tags.items[i]);
}

/* The body of JSON-LD where the page itself shows less than half of it. */
static char *ld_text(struct page *p, char *text, size_t *n)
{
        size_t k, given = p->ld.body ? strlen(p->ld.body) : 0;
        char *body;

        if (given < 200 || *n * 2 > given)
                return text;
        if (fragment_is_html(p->ld.body, given)) {
                body = fragment_text(p->arena, p->ld.body, given, NULL, NULL, &k);
        } else {
                body = arena_strndup(p->arena, p->ld.body, given);
                k = text_clean(body, given);
                body = text_paragraphs(p->arena, body, k, &k);
        }
        if (body == NULL || k < *n)
                return text;
        *n = k;
        return body;
}

int html_decode(const struct decode_input *input, struct job *job)
{
        struct arena *arena = job->arena;
        struct page p = { .arena = arena, .m = markup_start(input->s, input->n, true) };
        struct story story = decode_story("html");
        struct strings links = { 0 }, keywords = { 0 };
        struct markup_token t;
        const char *base, *h1;
        size_t n = 0;
        char *text;

        p.article = article_start(arena, input->n);
        while (markup_next(&p.m, &t))
                if (t.kind == MARKUP_TEXT || t.kind == MARKUP_CDATA)
                        article_text(p.article, &t);
                else
                        take_tag(&p, &t, input->n);
        base = p.base ? url_resolve(arena, input->url, p.base) : input->url ? input->url : p.canonical;
        story.url = p.canonical ? url_resolve(arena, base, p.canonical) : p.og_url ? p.og_url : p.ld.url ? p.ld.url : input->url;
        h1 = article_h1(p.article);
        story.headline = p.ld.headline ? p.ld.headline : p.og_title ? cut_site(arena, p.og_title, p.site) :
                         h1 ? h1 : cut_site(arena, p.title, p.site);
        text = article_end(p.article, story.headline, base ? base : story.url, &links, &n);
        if (text == NULL)
                n = 0;
        text = ld_text(&p, text, &n);
        if (text == NULL) {
                job->reason = "a page without an article";
                return MODULE_E_REFUSED;
        }
        story.byline = p.ld.author ? p.ld.author : p.author;
        story.guid = story.url;
        story.summary = p.ld.description ? p.ld.description : p.description ? p.description : p.og_description;
        story.published = time_of(p.ld.published, p.published, p.time);
        story.updated = time_of(p.ld.modified, p.modified, NULL);
        story.language = p.language ? p.language : p.ld.language;
        story.source.title = p.ld.publisher ? p.ld.publisher : p.site;
        take_keywords(&p, &keywords);
        story.keywords = keywords.items;
        story.links = links.items;
        return decode_add(input, job, &story, text, n);
}
