/*
 * A block that speaks (some 40 bytes, few of them in links) gives its container a point and one more for each hundred bytes;
 * the container's parent gets half of it, so that sections of one article add up there. A container that is named for what
 * it is (article, itemprop="articleBody") counts more.
 */
#include "modules/decode/article.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/fragment.h"
#include "modules/decode/url.h"

enum {
        BLOCKS_MAX = 20000, CONTAINERS_MAX = 20000, DEPTH_MAX = 256, LINKS_MAX = 2048,
        SPEAKS = 40,            /* bytes of a block that may be a sentence */
        SHORT = 25,             /* a shorter line must end like a sentence */
        CLASS_MAX = 512,
};

enum tag { TAG_OTHER, TAG_P, TAG_HEADING, TAG_H1, TAG_LI, TAG_QUOTE };

struct block {
        size_t at, n, linked;
        uint32_t container;
        unsigned char tag;
        bool apart;             /* not of the article, whatever it says */
};

struct container {
        uint32_t parent, last;  /* last: the greatest index inside of it */
        float score;
        bool apart, named;
};

struct open {
        const char *name;
        size_t n;
        uint32_t container;
        unsigned char tag;
        bool apart;
};

struct link {
        size_t block;
        const char *s;
        size_t n;
};

struct article {
        struct arena *arena;
        char *room;
        size_t used;
        struct fragment f;              /* the block being made */
        size_t linked, a_from;
        unsigned in_a;
        struct block *blocks;
        struct container *containers;
        struct link *links;
        size_t n_blocks, n_containers, n_links, blocks_room, containers_room;
        struct open open[DEPTH_MAX];
        unsigned depth;
};

struct article *article_start(struct arena *arena, size_t room)
{
        struct article *a = arena_new(arena, struct article);

        a->arena = arena;
        a->room = arena_alloc(arena, room + 1);
        a->f = fragment_start(a->room);
        a->containers_room = a->blocks_room = 256;
        a->blocks = arena_array(arena, struct block, a->blocks_room);
        a->containers = arena_array(arena, struct container, a->containers_room);
        a->links = arena_array(arena, struct link, LINKS_MAX);
        a->n_containers = 1;            /* the page */
        return a;
}

static void *grow(struct arena *arena, void *old, size_t n, size_t *room, size_t size)
{
        char *more;

        if (n < *room)
                return old;
        more = arena_alloc(arena, 2 * *room * size);
        memcpy(more, old, n * size);
        *room *= 2;
        return more;
}

static const struct open *top(const struct article *a)
{
        static const struct open page = { 0 };

        return a->depth > 0 ? &a->open[a->depth - 1] : &page;
}

/* The block that was being made is done. */
static void end_block(struct article *a)
{
        size_t n = a->f.n;

        if (n == 0)
                return;
        if (a->in_a > 0)
                a->linked += n - MIN_OF(a->a_from, n);
        if (a->n_blocks < BLOCKS_MAX) {
                a->blocks = grow(a->arena, a->blocks, a->n_blocks, &a->blocks_room, sizeof *a->blocks);
                a->blocks[a->n_blocks++] = (struct block){ .at = a->used, .n = n, .linked = MIN_OF(a->linked, n),
                                                           .container = top(a)->container, .tag = top(a)->tag, .apart = top(a)->apart };
                a->used += n;
        }
        a->f = fragment_start(a->room + a->used);
        a->linked = a->a_from = 0;
}

static bool contains(const char *s, size_t n, const char *const *words)
{
        for (; *words != NULL; words++) {
                size_t k = strlen(*words);

                for (size_t i = 0; i + k <= n; i++)
                        if ((s[i] | 32) == **words && strncasecmp(s + i, *words, k) == 0)
                                return true;
        }
        return false;
}

/* What class and id say. */
static void judge(const struct markup_token *t, bool *apart, bool *named)
{
        static const char *const bad[] = { "comment", "sidebar", "related", "promo", "share", "social", "nav", "footer", "menu",
                                           "cookie", "newsletter", "subscri", "advert", "banner", "breadcrumb", "popup", "modal",
                                           "widget", "recommend", "trending", "most-read", "mostread", "caption", "byline", "author",
                                           "credit", "copyright", "disclaimer", "teaser", "tag-list", "tags", "toolbar", "login",
                                           "signup", "donate", "outbrain", "taboola", "read-more", "more-on", "hidden", "timestamp",
                                           "dateline-date", "skip-link", "consent", "paywall", "pagination", NULL };
        static const char *const good[] = { "articlebody", "article-body", "article_body", "story-body", "storybody", "story-content",
                                            "entry-content", "post-content", "article-content", "article-text", "article__body",
                                            "article__content", "body-copy", "main-content", "story-text", NULL };
        static const char *const names[] = { "class", "id", "role", "itemprop", "data-component", "data-testid" };
        const char *value;
        size_t n;

        if (t->n == 0)
                return;
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                if (!markup_attribute(t, names[i], &value, &n))
                        continue;
                n = MIN_OF(n, (size_t)CLASS_MAX);
                if (contains(value, n, good))
                        *named = true;
                else if (contains(value, n, bad))
                        *apart = true;
        }
        if (*named)
                *apart = false;
        if (markup_attribute(t, "hidden", &value, &n) ||
            (markup_attribute(t, "style", &value, &n) && memmem(value, n, "display:none", 12) != NULL))
                *apart = true;
}

/* What kind of element; *container: it may hold an article or be apart from one. */
static enum tag kind_of(const struct markup_token *t, bool *container, bool *apart, bool *named)
{
        static const char *const elsewhere[] = { "nav", "aside", "footer", "form", "menu", "dialog" };
        static const char *const holding[] = { "div", "section", "article", "main", "td", "body", "ul", "ol", "table", "header",
                                               "nav", "aside", "footer", "form", "menu", "dialog", "center" };

        *container = false;
        for (size_t i = 0; i < N_ELEMENTS(elsewhere); i++)
                *apart = *apart || markup_is(t, elsewhere[i]);
        for (size_t i = 0; i < N_ELEMENTS(holding); i++)
                *container = *container || markup_is(t, holding[i]);
        *named = markup_is(t, "article") || markup_is(t, "main");
        if (markup_is(t, "p"))
                return TAG_P;
        if (markup_is(t, "li") || markup_is(t, "dd") || markup_is(t, "dt"))
                return TAG_LI;
        if (markup_is(t, "blockquote") || markup_is(t, "pre"))
                return TAG_QUOTE;
        if (t->n_name == 2 && (t->name[0] | 32) == 'h' && t->name[1] >= '1' && t->name[1] <= '6')
                return t->name[1] == '1' ? TAG_H1 : TAG_HEADING;
        return TAG_OTHER;
}

static void open_element(struct article *a, const struct markup_token *t)
{
        struct open element = *top(a);
        bool container, apart = false, named = false, body = markup_is(t, "body") || markup_is(t, "html");
        enum tag tag = kind_of(t, &container, &apart, &named);

        if (a->depth == DEPTH_MAX)
                return;
        /* <p> ends at the next block. */
        if (a->depth > 0 && top(a)->n == 1 && (*top(a)->name | 32) == 'p') {
                a->depth--;
                element = *top(a);
        }
        if (!body)
                judge(t, &apart, &named);
        element.name = t->name;
        element.n = t->n_name;
        element.tag = (unsigned char)(tag == TAG_OTHER && !container ? element.tag : tag);
        element.apart = (element.apart || apart) && !(named && !element.apart);
        if (container && a->n_containers < CONTAINERS_MAX) {
                a->containers = grow(a->arena, a->containers, a->n_containers, &a->containers_room, sizeof *a->containers);
                a->containers[a->n_containers] = (struct container){ .parent = element.container, .named = named,
                                                                     .apart = element.apart, .last = (uint32_t)a->n_containers };
                element.container = (uint32_t)a->n_containers++;
        }
        a->open[a->depth++] = element;
}

static void close_element(struct article *a, const struct markup_token *t)
{
        for (unsigned i = a->depth; i-- > 0 && i + 64 > a->depth;)
                if (a->open[i].n == t->n_name && strncasecmp(a->open[i].name, t->name, t->n_name) == 0) {
                        a->depth = i;
                        return;
                }
}

static void take_link(struct article *a, const struct markup_token *t)
{
        struct link link = { .block = a->n_blocks };

        if (a->n_links < LINKS_MAX && markup_attribute(t, "href", &link.s, &link.n) && link.n > 1 && *link.s != '#')
                a->links[a->n_links++] = link;
}

void article_tag(struct article *a, const struct markup_token *t)
{
        enum fragment_class class;

        if (t->n_name == 1 && (*t->name | 32) == 'a') {
                if (t->kind == MARKUP_OPEN) {
                        take_link(a, t);
                        a->in_a = 1;
                        a->a_from = a->f.n;
                } else if (a->in_a > 0) {
                        a->linked += a->f.n - MIN_OF(a->a_from, a->f.n);
                        a->in_a = 0;
                }
                return;
        }
        class = fragment_class(t);
        if (class == FRAGMENT_CELL)
                fragment_break(&a->f, ' ');
        if (class == FRAGMENT_BREAK)
                end_block(a);
        if (class != FRAGMENT_BLOCK && !markup_is(t, "td") && !markup_is(t, "form") && !markup_is(t, "dialog") && !markup_is(t, "menu"))
                return;
        end_block(a);
        if (t->kind == MARKUP_OPEN)
                open_element(a, t);
        else
                close_element(a, t);
}

void article_text(struct article *a, const struct markup_token *token)
{
        fragment_add(&a->f, token->s, token->n, token->kind == MARKUP_CDATA);
}

const char *article_h1(const struct article *a)
{
        for (size_t i = 0; i < a->n_blocks; i++)
                if (a->blocks[i].tag == TAG_H1 && a->blocks[i].n > 8 && a->blocks[i].linked < a->blocks[i].n)
                        return arena_strndup(a->arena, a->room + a->blocks[i].at, a->blocks[i].n);
        return NULL;
}

static bool speaks(const struct block *b)
{
        return !b->apart && b->n >= SPEAKS && b->linked * 5 < b->n * 2 && b->tag != TAG_H1 && b->tag != TAG_HEADING;
}

static uint32_t best_container(struct article *a)
{
        uint32_t best = 0;

        for (size_t i = 0; i < a->n_blocks; i++) {
                const struct block *b = &a->blocks[i];
                float points = 1.0F + (float)MIN_OF(b->n, (size_t)600) / 100.0F;
                struct container *c = &a->containers[b->container];

                if (!speaks(b))
                        continue;
                if (b->tag == TAG_OTHER && b->n < 2 * SPEAKS)
                        points /= 2;
                c->score += points;
                if (b->container != 0)
                        a->containers[c->parent].score += points / 2;
        }
        for (uint32_t i = (uint32_t)a->n_containers; i-- > 1;) {
                struct container *c = &a->containers[i], *parent = &a->containers[c->parent];

                if (parent->last < c->last)
                        parent->last = c->last;
                if (c->named)
                        c->score *= 1.5F;
                if (c->apart)
                        c->score = 0;
        }
        for (uint32_t i = 1; i < a->n_containers; i++)
                if (a->containers[i].score > a->containers[best].score)
                        best = i;
        return best;
}

static bool ends_sentence(const char *s, size_t n)
{
        static const char *const ends[] = { ".", "!", "?", ":", "\"", "'", "\xE2\x80\x9D", "\xE2\x80\xA6", "\xC2\xBB", "\xE3\x80\x82" };

        for (size_t i = 0; i < N_ELEMENTS(ends); i++)
                if (n >= strlen(ends[i]) && memcmp(s + n - strlen(ends[i]), ends[i], strlen(ends[i])) == 0)
                        return true;
        return false;
}

static bool belongs(const struct article *a, const struct block *b, const char *headline)
{
        const char *s = a->room + b->at;

        if (b->apart || b->linked * 2 >= b->n || b->tag == TAG_H1)
                return false;
        if (headline != NULL && strlen(headline) == b->n && memcmp(headline, s, b->n) == 0)
                return false;
        if (b->tag == TAG_HEADING)
                return b->n >= 3;
        return b->n >= SHORT || ends_sentence(s, b->n);
}

char *article_end(struct article *a, const char *headline, const char *base, struct strings *links, size_t *n)
{
        uint32_t best;
        size_t o = 0, headings = 0, link = 0;
        bool spoke = false;
        char *out;

        end_block(a);
        best = best_container(a);
        out = arena_alloc(a->arena, a->used + a->n_blocks + 1);
        for (size_t i = 0; i < a->n_blocks; i++) {
                const struct block *b = &a->blocks[i];

                if (b->container < best || b->container > a->containers[best].last || !belongs(a, b, headline))
                        continue;
                /* Headings count only between paragraphs: `headings` is where the text ended before the last ones. */
                if (b->tag == TAG_HEADING && !spoke)
                        continue;
                headings = b->tag != TAG_HEADING ? 0 : headings ? headings : o;
                spoke = spoke || speaks(b);
                if (o > 0)
                        out[o++] = '\n';
                memcpy(out + o, a->room + b->at, b->n);
                o += b->n;
                while (link < a->n_links && a->links[link].block < i)
                        link++;
                for (; link < a->n_links && a->links[link].block == i; link++) {
                        size_t k;
                        char *href = markup_decode(a->arena, a->links[link].s, a->links[link].n, &k);

                        if (strncasecmp(href, "javascript:", 11) != 0 && strncasecmp(href, "mailto:", 7) != 0)
                                strings_add(a->arena, links, url_resolve(a->arena, base, href));
                }
        }
        if (headings > 0)
                o = headings;
        out[o] = '\0';
        *n = o;
        return spoke ? out : NULL;
}
