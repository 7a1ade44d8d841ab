/* See fragment.h. */
#include "modules/decode/fragment.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "modules/decode/entity.h"
#include "modules/decode/text.h"
#include "modules/decode/url.h"

/* HTML's and NITF's; prefixes ("xhtml:p") do not count. */
static const struct row {
        const char *name;
        unsigned char n;
        enum fragment_class class;
} rows[] = {
#define ROW(name, class) { name, sizeof name - 1, FRAGMENT_##class }
        ROW("p", BLOCK), ROW("div", BLOCK), ROW("br", BREAK), ROW("li", BLOCK), ROW("ul", BLOCK), ROW("ol", BLOCK),
        ROW("h1", BLOCK), ROW("h2", BLOCK), ROW("h3", BLOCK), ROW("h4", BLOCK), ROW("h5", BLOCK), ROW("h6", BLOCK),
        ROW("hr", BREAK), ROW("blockquote", BLOCK), ROW("pre", BLOCK), ROW("section", BLOCK), ROW("article", BLOCK),
        ROW("header", BLOCK), ROW("footer", BLOCK), ROW("main", BLOCK), ROW("aside", BLOCK), ROW("nav", BLOCK),
        ROW("table", BLOCK), ROW("tr", BLOCK), ROW("td", CELL), ROW("th", CELL), ROW("thead", BLOCK), ROW("tbody", BLOCK),
        ROW("dl", BLOCK), ROW("dt", BLOCK), ROW("dd", BLOCK), ROW("center", BLOCK), ROW("address", BLOCK),
        ROW("details", BLOCK), ROW("summary", BLOCK), ROW("caption", BLOCK), ROW("option", CELL), ROW("body", BLOCK),
        ROW("script", SKIP), ROW("style", SKIP), ROW("template", SKIP), ROW("noscript", SKIP),
        ROW("object", SKIP), ROW("applet", SKIP), ROW("svg", SKIP), ROW("select", SKIP), ROW("button", SKIP),
        ROW("textarea", SKIP), ROW("figure", SKIP), ROW("figcaption", SKIP), ROW("audio", SKIP), ROW("video", SKIP),
        ROW("head", SKIP), ROW("canvas", SKIP),
        /* NITF 3 */
        ROW("hl1", BLOCK), ROW("hl2", BLOCK), ROW("block", BLOCK), ROW("hedline", BLOCK), ROW("byline", BLOCK),
        ROW("byttl", BLOCK), ROW("bq", BLOCK), ROW("media", SKIP), ROW("fn", BLOCK), ROW("note", SKIP),
        ROW("nitf-table-metadata", SKIP), ROW("tagline", BLOCK), ROW("postaddr", BLOCK), ROW("tobject", SKIP),
#undef ROW
};

enum fragment_class fragment_class(const struct markup_token *token)
{
        size_t n;
        const char *name = markup_local(token, &n);
        char first = (char)(name[0] | 32);

        for (size_t i = 0; i < N_ELEMENTS(rows); i++)
                if (rows[i].n == n && rows[i].name[0] == first && strncasecmp(rows[i].name, name, n) == 0)
                        return rows[i].class;
        return FRAGMENT_INLINE;
}

/* 0: copied as it is, 1: white space, 2: '&', 3: may begin something odd, 4: dropped. */
static const unsigned char kinds[256] = {
        4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
        [' '] = 1, ['&'] = 2, [0x7F] = 4, [0xC2] = 3, [0xE1] = 3, [0xE2] = 3, [0xE3] = 3, [0xEF] = 3,
};

struct fragment fragment_start(char *room)
{
        return (struct fragment){ .text = room };
}

void fragment_break(struct fragment *f, char space)
{
        if (f->n > 0 && f->pending != '\n')
                f->pending = (unsigned char)space;
}

static void put(struct fragment *f, const char *s, size_t n)
{
        if (f->pending != 0) {
                f->text[f->n++] = (char)f->pending;
                f->pending = 0;
        }
        memcpy(f->text + f->n, s, n);
        f->n += n;
}

static void put_code(struct fragment *f, const char *s, size_t n)
{
        uint32_t code;

        utf8_decode(s, n, &code);
        switch (text_kind(code)) {
        case TEXT_SPACE:
        case TEXT_BREAK:
                fragment_break(f, ' ');
                break;
        case TEXT_PLAIN:
                put(f, s, n);
                break;
        case TEXT_NOTHING:
                break;
        }
}

void fragment_add(struct fragment *f, const char *s, size_t n, bool cdata)
{
        const char *end = s + n;

        while (s < end) {
                const char *run = s;
                size_t k, n_c;
                uint32_t code;
                char c[4];

                while (s < end && kinds[(unsigned char)*s] == 0)
                        s++;
                if (s > run)
                        put(f, run, (size_t)(s - run));
                if (s == end)
                        break;
                switch (kinds[(unsigned char)*s]) {
                case 1:
                        while (s < end && kinds[(unsigned char)*s] == 1)
                                s++;
                        if (f->n > 0 && f->pending == 0)
                                f->pending = ' ';
                        break;
                case 2:
                        k = cdata ? 0 : entity_decode(s, (size_t)(end - s), c, &n_c);
                        if (k == 0)
                                put(f, s++, 1);
                        else
                                put_code(f, c, n_c);
                        s += k;
                        break;
                case 3:
                        k = utf8_decode(s, (size_t)(end - s), &code);
                        put_code(f, s, k);
                        s += k;
                        break;
                default:
                        s++;
                }
        }
}

size_t fragment_end(struct fragment *f)
{
        f->text[f->n] = '\0';
        return f->n;
}

static void take_link(struct arena *arena, const struct markup_token *t, const char *base, struct strings *links)
{
        char *href = links->n < STRINGS_MAX ? markup_get(arena, t, "href") : NULL;

        if (href != NULL && *href != '\0' && *href != '#' && strncasecmp(href, "javascript:", 11) != 0 &&
            strncasecmp(href, "mailto:", 7) != 0)
                strings_add(arena, links, url_resolve(arena, base, href));
}

/* Passes over an element that is no text; where its end is missing only its start goes. */
static void skip_element(struct markup *m, const struct markup_token *open, size_t *in_vain)
{
        struct markup ahead = *m;
        struct markup_token t;
        unsigned depth = 1;

        if (open->empty)
                return;
        for (unsigned steps = 0; steps < 4096 && markup_next(&ahead, &t); steps++) {
                if ((t.kind != MARKUP_OPEN && t.kind != MARKUP_CLOSE) || t.n_name != open->n_name ||
                    strncasecmp(t.name, open->name, t.n_name) != 0)
                        continue;
                if (t.kind == MARKUP_OPEN)
                        depth += !t.empty;
                else if (--depth == 0) {
                        *m = ahead;
                        return;
                }
        }
        m->raw = NULL;
        *in_vain += (size_t)(ahead.at - m->at);
}

char *fragment_text(struct arena *arena, const char *s, size_t n, const char *base, struct strings *links, size_t *n_out)
{
        struct fragment f = fragment_start(arena_alloc(arena, n + 1));
        struct markup m = markup_start(s, n, true);
        struct markup_token t;
        size_t in_vain = 0;

        while (markup_next(&m, &t)) {
                enum fragment_class class;

                if (t.kind == MARKUP_TEXT || t.kind == MARKUP_CDATA) {
                        fragment_add(&f, t.s, t.n, t.kind == MARKUP_CDATA);
                        continue;
                }
                class = fragment_class(&t);
                if (class == FRAGMENT_BLOCK || class == FRAGMENT_BREAK)
                        fragment_break(&f, '\n');
                else if (class == FRAGMENT_CELL)
                        fragment_break(&f, ' ');
                else if (class == FRAGMENT_SKIP && t.kind == MARKUP_OPEN && in_vain <= 4 * n) {
                        fragment_break(&f, ' ');
                        skip_element(&m, &t, &in_vain); /* looked for in vain: that is bounded */
                } else if (links != NULL && t.kind == MARKUP_OPEN && t.n_name <= 4 && markup_is(&t, "a"))
                        take_link(arena, &t, base, links);
        }
        *n_out = fragment_end(&f);
        return f.n > 0 ? f.text : NULL;
}

char *fragment_line(struct arena *arena, const char *s, size_t n)
{
        size_t k;
        char *text = fragment_text(arena, s, n, NULL, NULL, &k);

        for (size_t i = 0; text != NULL && i < k; i++)
                if (text[i] == '\n')
                        text[i] = ' ';
        return text;
}

bool fragment_is_html(const char *s, size_t n)
{
        const char *end = s + n, *p;
        char c[4];
        size_t k;

        for (p = s; (p = memchr(p, '<', (size_t)(end - p))) != NULL && p + 1 < end; p++)
                if (((p[1] | 32) >= 'a' && (p[1] | 32) <= 'z') || p[1] == '/' || p[1] == '!') {
                        if (memchr(p, '>', (size_t)(end - p)) != NULL)
                                return true;
                        break;
                }
        for (p = s; (p = memchr(p, '&', (size_t)(end - p))) != NULL; p++)
                if (entity_decode(p, (size_t)(end - p), c, &k) > 0)
                        return true;
        return false;
}
