/* See jsonld.h. Objects may stand in arrays, in "@graph", or in "mainEntity". */
#include "modules/decode/jsonld.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "modules/decode/fragment.h"

enum { LEVEL_MAX = 4 };

static bool is_article(const char *type)
{
        static const char *const others[] = { "BlogPosting", "LiveBlogPosting", "Report", "NewsStory" };
        size_t n = type ? strlen(type) : 0;

        for (size_t i = 0; type != NULL && i < N_ELEMENTS(others); i++)
                if (strcmp(type, others[i]) == 0)
                        return true;
        return n >= 7 && strcmp(type + n - 7, "Article") == 0;
}

static bool has_type(json_t *object)
{
        json_t *type = json_object_get(object, "@type"), *entry;
        size_t i;

        if (json_is_string(type))
                return is_article(json_string_value(type));
        json_array_foreach(type, i, entry)
                if (is_article(json_string_value(entry)))
                        return true;
        return false;
}

static json_t *find_article(json_t *value, unsigned level)
{
        json_t *entry, *found = NULL;
        size_t i;

        if (level > LEVEL_MAX)
                return NULL;
        json_array_foreach(value, i, entry)
                if ((found = find_article(entry, level + 1)) != NULL)
                        return found;
        if (!json_is_object(value))
                return NULL;
        if (has_type(value))
                return value;
        found = find_article(json_object_get(value, "@graph"), level + 1);
        if (found == NULL)
                found = find_article(json_object_get(value, "mainEntity"), level + 1);
        return found ? found : find_article(json_object_get(value, "mainEntityOfPage"), level + 1);
}

static void set(struct arena *arena, const char **field, json_t *value)
{
        if (*field == NULL && json_is_string(value) && json_string_length(value) > 0)
                *field = arena_strdup(arena, json_string_value(value));
}

/* One line: references and tags that stand in it resolved. */
static void set_line(struct arena *arena, const char **field, json_t *value)
{
        if (*field == NULL && json_is_string(value)) {
                char *copy = arena_strdup(arena, json_string_value(value));

                *field = fragment_line(arena, copy, strlen(copy));
        }
}

/* A name, {"name": ...}, or a list of these: "A, B". */
static void set_names(struct arena *arena, const char **field, json_t *value, unsigned level)
{
        const char *names = NULL;
        json_t *entry;
        size_t i;

        if (*field != NULL || level > LEVEL_MAX)
                return;
        if (json_is_object(value)) {
                set_names(arena, field, json_object_get(value, "name"), level + 1);
                return;
        }
        if (json_is_string(value)) {
                if (strstr(json_string_value(value), "://") == NULL)
                        set_line(arena, field, value);
                return;
        }
        json_array_foreach(value, i, entry) {
                const char *name = NULL;

                set_names(arena, &name, entry, level + 1);
                if (name != NULL && i < 16)
                        names = names ? arena_printf(arena, "%s, %s", names, name) : name;
        }
        *field = names;
}

/* Scripts hold more than JSON: a wrapping of CDATA or comments, and strings with line ends in them. */
static json_t *load(struct arena *arena, const char *s, size_t n)
{
        json_t *document = json_loadb(s, n, JSON_DISABLE_EOF_CHECK, NULL);
        const char *begin = memmem(s, MIN_OF(n, (size_t)64), "CDATA[", 6);
        char *copy;

        if (document != NULL)
                return document;
        begin = begin != NULL ? begin + 6 : s;
        while (begin < s + n && *begin != '{' && *begin != '[')
                begin++;
        n -= (size_t)(begin - s);
        copy = arena_strndup(arena, begin, n);
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)copy[i] < ' ')
                        copy[i] = ' ';
        return json_loadb(copy, n, JSON_DISABLE_EOF_CHECK, NULL);
}

void jsonld_read(struct arena *arena, const char *s, size_t n, struct jsonld *ld)
{
        json_t *document = load(arena, s, n), *article = find_article(document, 0), *page;

        if (article != NULL) {
                page = json_object_get(article, "mainEntityOfPage");
                set_line(arena, &ld->headline, json_object_get(article, "headline"));
                set_line(arena, &ld->headline, json_object_get(article, "name"));
                set_line(arena, &ld->description, json_object_get(article, "description"));
                set_names(arena, &ld->author, json_object_get(article, "author"), 0);
                set_names(arena, &ld->author, json_object_get(article, "creator"), 0);
                set_names(arena, &ld->publisher, json_object_get(article, "publisher"), 0);
                set(arena, &ld->body, json_object_get(article, "articleBody"));
                set(arena, &ld->published, json_object_get(article, "datePublished"));
                set(arena, &ld->modified, json_object_get(article, "dateModified"));
                set(arena, &ld->language, json_object_get(article, "inLanguage"));
                set(arena, &ld->url, json_object_get(article, "url"));
                set(arena, &ld->url, json_is_object(page) ? json_object_get(page, "@id") : page);
                set_names(arena, &ld->keywords, json_object_get(article, "keywords"), 0);
        }
        json_decref(document);
}
