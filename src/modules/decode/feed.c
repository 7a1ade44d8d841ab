/* See feed.h. */
#include "modules/decode/feed.h"

#include <string.h>
#include <strings.h>

#include "modules/decode/fragment.h"
#include "modules/decode/text.h"
#include "modules/decode/url.h"

/* A relation may be one of several words. */
static bool has_word(const char *words, const char *word)
{
        size_t n = strlen(word), k;

        for (words += strspn(words, " "); *words != '\0'; words += k, words += strspn(words, " ")) {
                k = strcspn(words, " ");
                if (k == n && strncasecmp(words, word, n) == 0)
                        return true;
        }
        return false;
}

void feed_take_relation(const struct feed *feed, const char *base, const char *rel, const char *href)
{
        struct job_links *links = &feed->job->links;
        const struct {
                const char *rel, **to;
        } rows[] = { { "hub", &links->hub }, { "self", &links->self } };

        for (size_t i = 0; rel != NULL && href != NULL && *href != '\0' && i < N_ELEMENTS(rows); i++)
                if (*rows[i].to == NULL && has_word(rel, rows[i].rel))
                        *rows[i].to = url_resolve(feed->job->arena, base, href);
}

void feed_item_start(const struct feed *feed, struct feed_item *item)
{
        *item = (struct feed_item){ .story = decode_story(feed->format) };
        item->story.source.title = feed->title;
        item->story.source.url = feed->url;
}

static bool has_tags(struct xml_span span)
{
        const char *p = span.s, *end = span.s + span.n;

        while ((p = memchr(p, '<', (size_t)(end - p))) != NULL && p + 1 < end) {
                if (p[1] != '!' && p[1] != '?')
                        return true;
                if (end - p > 9 && memcmp(p, "<![CDATA[", 9) == 0) {
                        p = memmem(p, (size_t)(end - p), "]]>", 3);
                        if (p == NULL)
                                return false;
                }
                p++;
        }
        return false;
}

struct feed_text feed_text_read(struct xml *x)
{
        struct feed_text text = { .base = xml_base(x), .language = xml_language(x) };
        struct xml_span span = xml_inner(x);
        const char *s = span.s;
        size_t n = span.n;

        if (has_tags(span)) {
                text.s = s;
                text.n = n;
                text.html = true;
                return text;
        }
        /* One CDATA section and nothing else is read where it stands. */
        while (n > 0 && (*s == ' ' || *s == '\n' || *s == '\r' || *s == '\t'))
                s++, n--;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n' || s[n - 1] == '\r' || s[n - 1] == '\t'))
                n--;
        if (n >= 12 && memcmp(s, "<![CDATA[", 9) == 0 && memcmp(s + n - 3, "]]>", 3) == 0 &&
            memmem(s, n - 3, "]]>", 3) == NULL) {
                text.s = s + 9;
                text.n = n - 12;
        } else {
                text.s = xml_span_string(x->arena, (struct xml_span){ s, n }, &text.n);
        }
        text.html = fragment_is_html(text.s, text.n);
        return text;
}

static char *to_line(struct arena *arena, const struct feed_text *text)
{
        struct fragment f;

        if (text->html)
                return fragment_line(arena, text->s, text->n);
        f = fragment_start(arena_alloc(arena, text->n + 1));
        fragment_add(&f, text->s, text->n, true);
        return fragment_end(&f) > 0 ? f.text : NULL;
}

char *feed_line(struct xml *x)
{
        struct feed_text text = feed_text_read(x);

        return to_line(x->arena, &text);
}

const char *feed_person(struct arena *arena, const char *text)
{
        const char *open, *close;

        if (text == NULL || strchr(text, '@') == NULL)
                return text;
        if ((open = strchr(text, '(')) != NULL && (close = strrchr(open, ')')) != NULL) {
                const char *inside = text_trim(arena, open + 1, (size_t)(close - open) - 1);

                if (strchr(inside, '@') == NULL)
                        return *inside ? inside : text;
                return text_trim(arena, text, (size_t)(open - text));
        }
        if ((open = strchr(text, '<')) != NULL && open > text)
                return text_trim(arena, text, (size_t)(open - text));
        return text;
}

void feed_split(struct arena *arena, struct strings *list, const char *text)
{
        while (text != NULL && *text != '\0') {
                size_t k = strcspn(text, ",");

                strings_add(arena, list, text_trim(arena, text, k));
                text += k + (text[k] != '\0');
        }
}

/* A text as a story has it: a line a paragraph. */
static char *to_paragraphs(struct arena *arena, const struct feed_text *text, struct strings *links, size_t *n)
{
        char *copy, *out;

        *n = 0;
        if (text->s == NULL)
                return NULL;
        if (text->html)
                return fragment_text(arena, text->s, text->n, text->base, links, n);
        copy = arena_strndup(arena, text->s, text->n);
        *n = text_clean(copy, text->n);
        out = text_paragraphs(arena, copy, *n, n);
        return *n > 0 ? out : NULL;
}

/* WordPress ends each text with "The post HEADLINE appeared first on SITE.", which the reader would take for one more sentence. */
static void drop_footer(char *text, size_t *n)
{
        const char *newline = text != NULL ? memrchr(text, '\n', *n) : NULL;
        size_t at = newline != NULL ? (size_t)(newline - text) : 0;

        if (at == 0 || strncmp(text + at + 1, "The post ", 9) != 0 || strstr(text + at + 1, " appeared first on ") == NULL)
                return;
        text[at] = '\0';
        *n = at;
}

static char *join(struct arena *arena, const struct strings *list)
{
        size_t n = 0;
        char *all, *end;

        for (size_t i = 0; i < list->n; i++)
                n += strlen(list->items[i]) + 2;
        all = end = arena_alloc(arena, n + 1);
        for (size_t i = 0; i < list->n; i++)
                end = stpcpy(stpcpy(end, i > 0 ? ", " : ""), list->items[i]);
        return all;
}

int feed_item_add(struct feed *feed, struct feed_item *item, bool damaged)
{
        struct arena *arena = feed->job->arena;
        struct story *story = &item->story;
        size_t n_summary, n;
        char *summary, *text;

        feed->items++;
        if (story->url == NULL && story->guid != NULL && strncmp(story->guid, "http", 4) == 0)
                story->url = story->guid;
        if (item->summary.base == NULL)
                item->summary.base = story->url ? story->url : feed->url;
        if (item->content.base == NULL)
                item->content.base = story->url ? story->url : feed->url;
        summary = to_paragraphs(arena, &item->summary, &item->links, &n_summary);
        text = to_paragraphs(arena, &item->content, &item->links, &n);
        drop_footer(summary, &n_summary);
        drop_footer(text, &n);
        if (summary != NULL)
                story->summary = summary;
        if (text == NULL && summary != NULL) {
                n = n_summary;
                text = arena_strndup(arena, summary, n);        /* the dateline will be marked off in it */
        }
        if (item->bylines.n > 0)
                story->byline = join(arena, &item->bylines);
        else if (story->byline == NULL)
                story->byline = feed->byline;
        story->keywords = item->keywords.items;
        story->links = item->links.items;
        /* The text's own word for its language comes first; "" says that there is none. */
        if (item->content.s != NULL && item->content.language != NULL)
                story->language = item->content.language;
        else if (item->summary.s != NULL && item->summary.language != NULL)
                story->language = item->summary.language;
        else if (story->language == NULL)
                story->language = feed->language;
        if (story->language != NULL && *story->language == '\0')
                story->language = NULL;
        story->damaged = damaged;
        if (!item->touched)
                return feed->job->add_bad(feed->job->sink, "an item with nothing in it",
                                          arena_printf(arena, "item %zu", feed->items));
        if (story->guid == NULL && story->url != NULL && (feed->url == NULL || strcmp(story->url, feed->url) != 0))
                story->guid = story->url;
        return decode_add(feed->input, feed->job, story, text, n);
}
