/*
 * The generations differ in the spelling of names (versioncreated, versionCreated), in whether there is one or a list
 * (headline, headlines[]), and in suffixes (body_html, body_xhtml). Names are not unlike enough to be mistaken, so each
 * property is looked for under all its names and no version needs to be known.
 */
#include "modules/decode/ninjs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/country.h"
#include "modules/decode/fragment.h"
#include "modules/decode/json.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"

bool ninjs_matches(const struct decode_input *input)
{
        return json_begins(input);
}

struct reader {
        const struct decode_input *input;
        struct job *job;
        size_t number;
};

/* The first of several names that is a text. Numbers are taken as texts. */
static const char *first(struct arena *arena, json_t *object, const char *const *names)
{
        for (; *names != NULL; names++) {
                json_t *value = json_object_get(object, *names);

                if (json_is_integer(value))
                        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
                if (json_is_string(value) && json_string_length(value) > 0)
                        return arena_strdup(arena, json_string_value(value));
        }
        return NULL;
}
#define FIRST(arena, object, ...) first(arena, object, (const char *const[]){ __VA_ARGS__, NULL })

static int64_t time_of(const char *text)
{
        return text ? stamp_parse(text) : CLOCK_NONE;
}

/* Of headlines[], descriptions[]: the one whose role is "main", or the first. */
static json_t *main_of(json_t *list)
{
        json_t *entry, *best = NULL;
        size_t i;

        json_array_foreach(list, i, entry) {
                const char *role = json_string_value(json_object_get(entry, "role"));

                if (role != NULL && strcasecmp(role, "main") == 0)
                        return entry;
                if (best == NULL && json_is_string(json_object_get(entry, "value")))
                        best = entry;
        }
        return best;
}

/* name_html, name_xhtml, name_text, name_ANYTHING of 1.x; name, and list[] of 2.x and 3.x. The one with markup is taken where
 * there is one: it has the paragraphs. */
static char *text_of(struct arena *arena, json_t *object, const char *name, const char *list, struct strings *links, size_t *n)
{
        json_t *value, *best = NULL, *entry = main_of(json_object_get(object, list));
        const char *key, *type = json_string_value(json_object_get(entry, "contentType"));
        size_t k = strlen(name), i;
        bool html = false;
        char *copy;

        *n = 0;
        if (type == NULL)
                type = json_string_value(json_object_get(entry, "contenttype"));
        json_array_foreach(json_object_get(object, list), i, value) {
                const char *t = json_string_value(json_object_get(value, "contentType"));

                t = t ? t : json_string_value(json_object_get(value, "contenttype"));
                if (t != NULL && strstr(t, "html") != NULL && (type == NULL || strstr(type, "html") == NULL)) {
                        entry = value;
                        type = t;
                }
        }
        best = json_object_get(entry, "value");
        html = type != NULL && strstr(type, "ml") != NULL;
        if (best == NULL)
                json_object_foreach(object, key, value) {
                        bool marked = strstr(key, "ml") != NULL;

                        if (strncmp(key, name, k) != 0 || (key[k] != '\0' && key[k] != '_') || !json_is_string(value) ||
                            json_string_length(value) == 0)
                                continue;
                        if (best == NULL || (marked && !html)) {
                                best = value;
                                html = marked;
                        }
                }
        if (!json_is_string(best))
                return NULL;
        *n = json_string_length(best);
        if (html || fragment_is_html(json_string_value(best), *n)) {
                copy = arena_strndup(arena, json_string_value(best), *n);
                return fragment_text(arena, copy, *n, NULL, links, n);
        }
        copy = arena_strndup(arena, json_string_value(best), *n);
        *n = text_clean(copy, *n);
        copy = text_paragraphs(arena, copy, *n, n);
        return *n > 0 ? copy : NULL;
}

static void take_subjects(struct arena *arena, json_t *object, struct strings *subjects, struct strings *keywords)
{
        static const char *const lists[] = { "subject", "subjects", "genre", "genres", "keywords", "keyword", "place", "places" };
        json_t *entry;
        size_t i;

        for (size_t l = 0; l < N_ELEMENTS(lists); l++)
                json_array_foreach(json_object_get(object, lists[l]), i, entry) {
                        if (json_is_string(entry)) {
                                strings_add(arena, keywords, arena_strdup(arena, json_string_value(entry)));
                                continue;
                        }
                        if (l < 2)
                                strings_add(arena, subjects, FIRST(arena, entry, "code", "qcode", "literal", "uri"));
                        strings_add(arena, keywords, FIRST(arena, entry, "name", "literal"));
                }
}

static const char *agency_of(struct arena *arena, json_t *object)
{
        const char *agency = FIRST(arena, object, "source", "infosource", "provider");
        json_t *list = json_object_get(object, "infoSources");

        if (list == NULL)
                list = json_object_get(object, "infosources");
        if (list == NULL)
                list = json_object_get(object, "infosource");
        if (agency == NULL && json_is_array(list))
                agency = FIRST(arena, json_array_get(list, 0), "name", "literal");
        return agency ? agency : FIRST(arena, object, "copyrightHolder", "copyrightholder", "creditline");
}

static const char *byline_of(struct arena *arena, json_t *object)
{
        const char *byline = FIRST(arena, object, "byline", "by", "author");
        json_t *list = json_object_get(object, "authors");

        if (byline == NULL && json_is_array(list))
                byline = FIRST(arena, json_array_get(list, 0), "name");
        return byline ? fragment_line(arena, byline, strlen(byline)) : NULL;
}

static const char *line_of(struct arena *arena, json_t *object, const char *name, const char *list)
{
        size_t n;
        char *s = text_of(arena, object, name, list, NULL, &n);

        for (size_t i = 0; s != NULL && i < n; i++)
                if (s[i] == '\n')
                        s[i] = ' ';
        return s;
}

static int read_item(struct reader *r, json_t *object)
{
        struct arena *arena = r->job->arena;
        struct story story = decode_story("ninjs");
        struct strings subjects = { 0 }, keywords = { 0 }, links = { 0 };
        const char *urgency = FIRST(arena, object, "urgency", "priority");
        const char *created = FIRST(arena, object, "firstcreated", "firstCreated", "contentcreated", "contentCreated");
        const char *version_created = FIRST(arena, object, "versioncreated", "versionCreated");
        size_t n, n_summary;
        char *text = text_of(arena, object, "body", "bodies", &links, &n);
        char *summary = text_of(arena, object, "description", "descriptions", NULL, &n_summary);

        r->number++;
        story.guid = FIRST(arena, object, "uri", "guid", "_id", "id");
        story.version = FIRST(arena, object, "version");
        story.headline = line_of(arena, object, "headline", "headlines");
        if (story.headline == NULL)
                story.headline = FIRST(arena, object, "title", "name");
        story.byline = byline_of(arena, object);
        story.agency = agency_of(arena, object);
        story.published = time_of(created ? created : version_created);
        story.updated = time_of(version_created);
        story.embargoed = time_of(FIRST(arena, object, "embargoed", "embargoedUntil"));
        story.status = decode_status(FIRST(arena, object, "pubstatus", "pubStatus"));
        story.language = FIRST(arena, object, "language");
        story.summary = summary;
        story.url = FIRST(arena, object, "url", "canonical");
        story.urgency = urgency && isdigit((unsigned char)*urgency) && urgency[1] == '\0' ? *urgency - '0' : 0;
        take_subjects(arena, object, &subjects, &keywords);
        strings_add(arena, &keywords, FIRST(arena, object, "slugline", "slug"));
        story.subjects = subjects.items;
        story.keywords = keywords.items;
        story.links = links.items;
        if (story.guid == NULL && story.headline == NULL && text == NULL)
                return r->job->add_bad(r->job->sink, "JSON that is no news item: neither uri nor headline nor body",
                                       arena_printf(arena, "item %zu", r->number));
        if (text == NULL && summary != NULL) {
                text = arena_strndup(arena, summary, n_summary);
                n = n_summary;
        }
        decode_located(arena, &story, text, n, FIRST(arena, object, "located"), NULL);
        return decode_add(r->input, r->job, &story, text, n);
}

static int read_value(struct reader *r, json_t *value)
{
        static const char *const wrappings[] = { "items", "_items", "newsItems" };
        json_t *item;
        size_t i;
        int status = 0;

        for (size_t w = 0; w < N_ELEMENTS(wrappings) && json_is_object(value); w++)
                if (json_is_array(json_object_get(value, wrappings[w])) && json_object_get(value, "headline") == NULL)
                        value = json_object_get(value, wrappings[w]);
        if (json_is_object(value))
                return read_item(r, value);
        if (!json_is_array(value))
                return r->job->add_bad(r->job->sink, "JSON that is no object", NULL);
        json_array_foreach(value, i, item)
                if (status == 0 && json_is_object(item))
                        status = read_item(r, item);
                else if (status == 0)
                        status = r->job->add_bad(r->job->sink, "an item that is no object",
                                                 arena_printf(r->job->arena, "item %zu", i + 1));
        return status;
}

int ninjs_decode(const struct decode_input *input, struct job *job)
{
        struct reader r = { .input = input, .job = job };
        size_t at = 0, in_vain = 0;
        int status = 0;

        while (status == 0 && at < input->n) {
                const char *line;
                json_error_t error;
                size_t n;
                json_t *value;

                while (at < input->n && isspace((unsigned char)input->s[at]))
                        at++;
                if (at == input->n)
                        break;
                /* A text that opens and opens would be read again and again to where it fails: then a line is a value. */
                n = input->n - at;
                line = in_vain > 4 * input->n ? memchr(input->s + at, '\n', n) : NULL;
                if (line != NULL)
                        n = (size_t)(line - input->s) - at;
                value = json_loadb(input->s + at, n, JSON_DISABLE_EOF_CHECK, &error);
                if (value != NULL) {
                        status = read_value(&r, value);
                        json_decref(value);
                        at += (size_t)error.position;
                        continue;
                }
                in_vain += (size_t)MAX_OF(error.position, 0);
                /* One bad line of many: the next one may be good. */
                status = job->add_bad(job->sink, arena_printf(job->arena, "bad JSON: %s", error.text),
                                      arena_printf(job->arena, "byte %zu", at + (size_t)error.position));
                line = memchr(input->s + at, '\n', input->n - at);
                while (line != NULL && line + 1 < input->s + input->n && line[1] != '{')
                        line = memchr(line + 1, '\n', (size_t)(input->s + input->n - line - 1));
                if (line == NULL)
                        break;
                at = (size_t)(line + 1 - input->s);
        }
        return status;
}
