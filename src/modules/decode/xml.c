/* See xml.h. */
#include "modules/decode/xml.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/url.h"

struct ns_row {
        const char *text;
        enum xml_ns ns;
};

/* By the beginning of the URI: versions and spellings differ at the end. */
static const struct ns_row uris[] = {
        { "http://purl.org/dc/elements/", XML_NS_DC },
        { "http://purl.org/dc/terms", XML_NS_DCTERMS },
        { "http://purl.org/rss/1.0/modules/content", XML_NS_CONTENT },
        { "http://search.yahoo.com/mrss", XML_NS_MEDIA },
        { "http://tools.search.yahoo.com/mrss", XML_NS_MEDIA },
        { "http://www.itunes.com/dtds/podcast", XML_NS_ITUNES },
        { "http://example.com/dtds/podcast", XML_NS_ITUNES },
        { "http://www.w3.org/1999/xhtml", XML_NS_XHTML },
        { "http://rssnamespace.org/feedburner", XML_NS_FEEDBURNER },
        { "http://purl.org/rss/1.0/modules/", XML_NS_OTHER },
        { "http://purl.org/rss/1.0", XML_NS_OWN },
        { "http://purl.org/net/rss1.1", XML_NS_OWN },
        { "http://my.netscape.com/", XML_NS_OWN },
        { "http://channel.netscape.com/rdf/", XML_NS_OWN },
        { "http://backend.userland.com/rss", XML_NS_OWN },
        { "http://blogs.law.harvard.edu/tech/rss", XML_NS_OWN },
        { "http://www.w3.org/2005/atom", XML_NS_ATOM },
        { "http://purl.org/atom/ns", XML_NS_ATOM },
};

/* Prefixes that were used and not declared. */
static const struct ns_row prefixes[] = {
        { "dc", XML_NS_DC }, { "dcterms", XML_NS_DCTERMS }, { "content", XML_NS_CONTENT }, { "media", XML_NS_MEDIA },
        { "itunes", XML_NS_ITUNES }, { "atom", XML_NS_ATOM }, { "atom10", XML_NS_ATOM }, { "xhtml", XML_NS_XHTML },
        { "feedburner", XML_NS_FEEDBURNER }, { "rss", XML_NS_OWN },
};

void xml_start(struct xml *x, struct arena *arena, const char *s, size_t n, const char *base)
{
        memset(x, 0, sizeof *x);
        x->markup = markup_start(s, n, false);
        x->arena = arena;
        x->closing_to = UINT_MAX;
        if (base != NULL) {
                x->bases[0].base = base;
                x->n_bases = 1;
        }
}

static enum xml_ns find_uri(const struct xml *x, const char *uri, size_t n)
{
        if (x->own != NULL && n == x->n_own && memcmp(uri, x->own, n) == 0)
                return XML_NS_OWN;
        for (size_t i = 0; i < N_ELEMENTS(uris); i++)
                if (n >= strlen(uris[i].text) && strncasecmp(uris[i].text, uri, strlen(uris[i].text)) == 0)
                        return uris[i].ns;
        return XML_NS_OTHER;
}

/* The namespaces that a start tag declares, and its xml:base and xml:lang. */
static void take_declarations(struct xml *x)
{
        const struct markup_token *t = &x->token;
        const char *p = t->s, *end = t->s + t->n;
        const char *base = NULL, *language = NULL;
        bool has_base = false, has_language = false;    /* looked for once */

        while ((p = memmem(p, (size_t)(end - p), "xml", 3)) != NULL) {
                const char *name = p, *value;
                size_t k, n;

                p += 3;
                /* Before its length: that is counted once for each name, and never within one. */
                if (name == t->s || !(isspace((unsigned char)name[-1])))
                        continue;
                for (k = 0; name + k < end && name[k] != '=' && !isspace((unsigned char)name[k]); k++)
                        ;
                if (k < 5)
                        continue;
                if (k == 8 && memcmp(name, "xml:base", 8) == 0 && !has_base) {
                        has_base = true;
                        base = markup_get(x->arena, t, "xml:base");
                } else if (k == 8 && memcmp(name, "xml:lang", 8) == 0 && !has_language) {
                        has_language = true;
                        language = markup_get(x->arena, t, "xml:lang");
                }
                if (memcmp(name, "xmlns", 5) != 0 || x->n_bindings == XML_BINDINGS_MAX)
                        continue;
                value = name + k;
                while (value < end && (*value == '=' || isspace((unsigned char)*value)))
                        value++;
                if (value == end || (*value != '"' && *value != '\''))
                        continue;
                n = (size_t)((const char *)(memchr(value + 1, *value, (size_t)(end - value - 1)) ?: end) - value - 1);
                x->bindings[x->n_bindings].prefix = k > 6 ? name + 6 : "";
                x->bindings[x->n_bindings].n = k > 6 ? k - 6 : 0;
                /* RDF is a wrapping: the feed's own namespace is another. */
                if (x->depth == 1 && !(t->n_name >= 3 && memcmp(t->name + t->n_name - 3, "RDF", 3) == 0)) {
                        const char *colon = memchr(t->name, ':', t->n_name);
                        size_t n_prefix = colon ? (size_t)(colon - t->name) : 0;

                        /* The namespace of the root element itself; in RDF, RSS is what has no prefix. */
                        if (k > 6 ? n_prefix == k - 6 && memcmp(name + 6, t->name, n_prefix) == 0 : n_prefix == 0 || x->own == NULL) {
                                x->own = value + 1;
                                x->n_own = n;
                        }
                }
                x->bindings[x->n_bindings].ns = k == 5 && x->depth == 1 ? XML_NS_OWN : find_uri(x, value + 1, n);
                x->bindings[x->n_bindings++].depth = x->depth;
        }
        if ((base != NULL || language != NULL) && x->n_bases < XML_BASES_MAX) {
                const char *outer = xml_base(x), *outer_language = xml_language(x);

                x->bases[x->n_bases].base = base ? url_resolve(x->arena, outer, base) : outer;
                x->bases[x->n_bases].language = language ? language : outer_language;
                x->bases[x->n_bases++].depth = x->depth;
        }
}

static void find_ns(struct xml *x)
{
        const struct markup_token *t = &x->token;
        size_t n_prefix;

        x->name = markup_local(t, &x->n_name);
        n_prefix = x->name > t->name ? (size_t)(x->name - t->name) - 1 : 0;
        for (unsigned i = x->n_bindings; i-- > 0;)
                if (x->bindings[i].n == n_prefix && memcmp(x->bindings[i].prefix, t->name, n_prefix) == 0) {
                        x->ns = x->bindings[i].ns;
                        return;
                }
        x->ns = n_prefix == 0 || x->depth == 1 ? XML_NS_OWN : XML_NS_OTHER;
        for (size_t i = 0; i < N_ELEMENTS(prefixes) && x->ns == XML_NS_OTHER; i++)
                if (strlen(prefixes[i].text) == n_prefix && memcmp(prefixes[i].text, t->name, n_prefix) == 0) {
                        x->ns = prefixes[i].ns;
                        x->damaged = true;
                }
}

static void pop(struct xml *x)
{
        while (x->n_bindings > 0 && x->bindings[x->n_bindings - 1].depth >= x->depth)
                x->n_bindings--;
        while (x->n_bases > 0 && x->bases[x->n_bases - 1].depth >= x->depth && x->bases[x->n_bases - 1].depth > 0)
                x->n_bases--;
        x->depth--;
}

static void open_element(struct xml *x)
{
        x->open[x->depth].name = x->token.name;
        x->open[x->depth].n = x->token.n_name;
        x->depth++;
        if (x->token.n > 9 && memmem(x->token.s, x->token.n, "xml", 3) != NULL)
                take_declarations(x);
        x->close_empty = x->token.empty;
}

/* Which open element an end tag closes: its depth, UINT_MAX where it closes nothing. */
static unsigned find_open(struct xml *x, const struct markup_token *t)
{
        for (unsigned i = x->depth; i-- > 0;)
                if (x->open[i].n == t->n_name && strncasecmp(x->open[i].name, t->name, t->n_name) == 0) {
                        if (i + 1 != x->depth)
                                x->damaged = true;
                        return i;
                }
        x->damaged = true;
        return UINT_MAX;
}

enum event { END, TEXT, OPEN, CLOSE };

/* One step. After CLOSE the depth is one less. *t is the token that was read, as far as one was. */
static enum event next(struct xml *x, struct markup_token *t)
{
        if (x->close_empty) {
                x->close_empty = false;
                pop(x);
                return CLOSE;
        }
        if (x->closing_to != UINT_MAX && x->depth > x->closing_to) {
                pop(x);
                return CLOSE;
        }
        x->closing_to = UINT_MAX;
        while (markup_next(&x->markup, t)) {
                if (t->kind == MARKUP_TEXT || t->kind == MARKUP_CDATA)
                        return TEXT;
                if (t->kind == MARKUP_OPEN && x->depth == XML_DEPTH_MAX) {
                        x->too_deep += !t->empty;
                        continue;
                }
                if (t->kind == MARKUP_CLOSE && x->too_deep > 0) {
                        x->too_deep--;
                        continue;
                }
                if (t->kind == MARKUP_OPEN) {
                        x->token = *t;
                        open_element(x);
                        return OPEN;
                }
                x->closing_to = find_open(x, t);
                if (x->closing_to != UINT_MAX) {
                        pop(x);
                        return CLOSE;
                }
        }
        x->damaged = x->damaged || x->markup.damaged;
        if (x->depth == 0)
                return END;
        x->damaged = true;
        *t = (struct markup_token){ .begin = x->markup.end, .end = x->markup.end };
        pop(x);
        return CLOSE;
}

bool xml_child(struct xml *x, unsigned in)
{
        struct markup_token t;

        while (x->depth >= in)
                switch (next(x, &t)) {
                case OPEN:
                        if (x->depth == in + 1) {
                                find_ns(x);
                                return true;
                        }
                        break;
                case END:
                        return false;
                default:
                        break;
                }
        return false;
}

bool xml_is(const struct xml *x, enum xml_ns ns, const char *name)
{
        return x->ns == ns && markup_same(x->name, x->n_name, name);
}

struct xml_span xml_inner(struct xml *x)
{
        unsigned in = x->depth;
        const char *begin = x->token.end, *end = begin;
        struct markup_token t = { .begin = begin };

        if (x->close_empty) {
                next(x, &t);
                return (struct xml_span){ begin, 0 };
        }
        while (x->depth >= in) {
                enum event event = next(x, &t);

                if (event == END)
                        break;
                if (event == CLOSE && x->depth < in)
                        end = t.begin;
        }
        return (struct xml_span){ begin, end > begin ? (size_t)(end - begin) : 0 };
}

char *xml_span_string(struct arena *arena, struct xml_span span, size_t *n)
{
        struct markup m = markup_start(span.s, span.n, false);
        struct markup_token t;
        char *out, *o;

        if (memchr(span.s, '<', span.n) == NULL)
                return markup_decode(arena, span.s, span.n, n);
        out = o = arena_alloc(arena, span.n + 1);
        while (markup_next(&m, &t)) {
                if (t.kind == MARKUP_CDATA) {
                        memcpy(o, t.s, t.n);
                        o += t.n;
                } else if (t.kind == MARKUP_TEXT) {
                        size_t k;
                        const char *text = memchr(t.s, '&', t.n) == NULL ? t.s : markup_decode(arena, t.s, t.n, &k);

                        if (text == t.s)
                                k = t.n;
                        memcpy(o, text, k);
                        o += k;
                }
        }
        *o = '\0';
        *n = (size_t)(o - out);
        return out;
}

char *xml_string(struct xml *x, size_t *n)
{
        return xml_span_string(x->arena, xml_inner(x), n);
}

char *xml_line(struct xml *x)
{
        size_t n, o = 0;
        char *s = xml_string(x, &n);

        for (size_t i = 0; i < n; i++)
                if (!isspace((unsigned char)s[i]))
                        s[o++] = s[i];
                else if (o > 0 && s[o - 1] != ' ')
                        s[o++] = ' ';
        if (o > 0 && s[o - 1] == ' ')
                o--;
        s[o] = '\0';
        return o > 0 ? s : NULL;
}

char *xml_get(struct xml *x, const char *name)
{
        return markup_get(x->arena, &x->token, name);
}

const char *xml_base(const struct xml *x)
{
        return x->n_bases > 0 ? x->bases[x->n_bases - 1].base : NULL;
}

const char *xml_language(const struct xml *x)
{
        for (unsigned i = x->n_bases; i-- > 0;)
                if (x->bases[i].language != NULL)
                        return x->bases[i].language;
        return NULL;
}
