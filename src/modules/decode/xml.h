/*
 * Elements over markup tokens: nesting, namespaces, xml:base and xml:lang, for decoders that walk down a document:
 *
 *      for (unsigned in = x.depth; xml_child(&x, in);)
 *              if (xml_is(&x, XML_NS_DC, "creator"))
 *                      byline = xml_text(&x);
 *
 * A child that is not read is passed over. Elements that are closed in the wrong order are closed all the same; depth is
 * bounded, what is deeper is passed over.
 */
#pragma once

#include "modules/decode/markup.h"

enum xml_ns {
        XML_NS_OWN,             /* the document's own: no prefix, or the prefix of the root element's namespace */
        XML_NS_DC,
        XML_NS_DCTERMS,
        XML_NS_CONTENT,
        XML_NS_MEDIA,
        XML_NS_ITUNES,
        XML_NS_ATOM,            /* inside of something else */
        XML_NS_XHTML,
        XML_NS_FEEDBURNER,
        XML_NS_OTHER,
};

enum { XML_DEPTH_MAX = 256, XML_BINDINGS_MAX = 64, XML_BASES_MAX = 32 };

struct xml {
        struct markup markup;
        struct arena *arena;
        bool damaged;                   /* not well-formed */

        /* The element that xml_child() found. */
        struct markup_token token;
        enum xml_ns ns;
        const char *name;               /* local */
        size_t n_name;

        unsigned depth;                 /* open elements */
        /* inside */
        unsigned too_deep, closing_to;
        bool close_empty;
        struct {
                const char *name;
                size_t n;
        } open[XML_DEPTH_MAX];
        struct {
                const char *prefix;
                size_t n;
                enum xml_ns ns;
                unsigned depth;
        } bindings[XML_BINDINGS_MAX];
        unsigned n_bindings;
        struct {
                const char *base, *language;
                unsigned depth;
        } bases[XML_BASES_MAX];
        unsigned n_bases;
        const char *own;                /* the root's namespace and the prefix that stands for it */
        size_t n_own;
};

struct xml_span {
        const char *s;
        size_t n;
};

void xml_start(struct xml *x, struct arena *arena, const char *s, size_t n, const char *base);

/* The next child of the element that was open at depth `in` (0: the root). False when that one has ended. */
bool xml_child(struct xml *x, unsigned in);

/* Is the element that was found this one? Case counts for nothing: CDF and some RSS 0.9x are in capitals. */
bool xml_is(const struct xml *x, enum xml_ns ns, const char *name);

/* What stands inside of the element, raw; the element is then read. */
struct xml_span xml_inner(struct xml *x);

/* Its text: references decoded, tags dropped, in the arena, NUL-terminated. xml_line() also folds white space to single
 * spaces; NULL where nothing is left. */
char *xml_string(struct xml *x, size_t *n);
char *xml_line(struct xml *x);

/* An attribute, decoded; NULL where it is not there. */
char *xml_get(struct xml *x, const char *name);

/* In force here; NULL where nothing was said. A language may be "": it was taken back. */
const char *xml_base(const struct xml *x);
const char *xml_language(const struct xml *x);

/* The raw inside of an element as its text. */
char *xml_span_string(struct arena *arena, struct xml_span span, size_t *n);
