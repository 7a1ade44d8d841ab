/* See story.h. One table maps members to fields, for both directions. */
#include "worker/story.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

enum kind { TEXT, TIME, LIST };

struct member {
        const char *name;
        enum kind kind;
        size_t offset;
        const char *wrong;
};

#define MEMBER(name_, kind_, field)                                                                       \
        { name_, kind_, offsetof(struct story, field),                                                    \
          kind_ == LIST ? #field " is not an array of strings" : kind_ == TIME ? #field " is not a time"  \
                                                                              : #field " is not a string" }

static const struct member members[] = {
        MEMBER("id", TEXT, id),
        MEMBER("format", TEXT, format),
        MEMBER("guid", TEXT, guid),
        MEMBER("version", TEXT, version),
        MEMBER("status", TEXT, status),
        MEMBER("headline", TEXT, headline),
        MEMBER("byline", TEXT, byline),
        MEMBER("agency", TEXT, agency),
        MEMBER("published", TIME, published),
        MEMBER("updated", TIME, updated),
        MEMBER("language", TEXT, language),
        MEMBER("url", TEXT, url),
        MEMBER("summary", TEXT, summary),
        MEMBER("keywords", LIST, keywords),
        MEMBER("subjects", LIST, subjects),
        MEMBER("links", LIST, links),
};

/* The members of "dateline". */
static const struct member dateline_members[] = {
        MEMBER("place", TEXT, dateline.place),
        MEMBER("country", TEXT, dateline.country),
        MEMBER("agency", TEXT, dateline.agency),
        MEMBER("date", TEXT, dateline.date),
};

static json_t *list_to_json(const char *const *list)
{
        json_t *array = json_array();

        for (; array != NULL && *list != NULL; list++)
                if (json_array_append_new(array, json_string(*list)) < 0) {
                        json_decref(array);
                        return NULL;
                }
        return array;
}

static int members_to_json(json_t *object, const struct story *story, const struct member *m, size_t n)
{
        for (; n > 0; m++, n--) {
                const char *field = (const char *)story + m->offset;
                char time[CLOCK_TEXT_MAX];
                json_t *value = NULL;

                if (m->kind == TIME) {
                        int64_t us = *(const int64_t *)(const void *)field;

                        if (us == CLOCK_NONE)
                                continue;
                        value = json_string(clock_format(us, time));
                } else if (m->kind == TEXT) {
                        const char *text = *(const char *const *)(const void *)field;

                        if (text == NULL)
                                continue;
                        value = json_string(text);
                } else {
                        const char *const *list = *(const char *const *const *)(const void *)field;

                        if (list == NULL)
                                continue;
                        value = list_to_json(list);
                }
                if (json_object_set_new(object, m->name, value) < 0)
                        return error_origin(-ENOMEM);
        }
        return 0;
}

json_t *story_to_json(const struct story *story, bool with_text)
{
        json_t *object = json_object(), *dateline = json_object();

        if (object == NULL || dateline == NULL ||
            members_to_json(object, story, members, N_ELEMENTS(members)) < 0 ||
            members_to_json(dateline, story, dateline_members, N_ELEMENTS(dateline_members)) < 0 ||
            (json_object_size(dateline) != 0 && json_object_set(object, "dateline", dateline) < 0) ||
            (story->urgency != 0 && json_object_set_new(object, "urgency", json_integer(story->urgency)) < 0) ||
            (with_text && story->text != NULL &&
             json_object_set_new(object, "text", json_stringn(story->text, story->n_text)) < 0)) {
                json_decref(object);
                object = NULL;
        }
        json_decref(dateline);
        return object;
}

static int list_from_json(struct arena *arena, json_t *value, const char ***out)
{
        size_t n = json_array_size(value), i;
        const char **list;
        json_t *item;

        if (!json_is_array(value))
                return STORY_E_BAD;
        list = arena_array(arena, const char *, n + 1);
        json_array_foreach(value, i, item) {
                if (!json_is_string(item))
                        return STORY_E_BAD;
                list[i] = arena_strndup(arena, json_string_value(item), json_string_length(item));
        }
        *out = list;
        return 0;
}

static int member_from_json(struct arena *arena, json_t *value, enum kind kind, void *field)
{
        int64_t us;

        switch (kind) {
        case TEXT:
                if (!json_is_string(value))
                        return STORY_E_BAD;
                *(const char **)field = arena_strndup(arena, json_string_value(value), json_string_length(value));
                return 0;
        case TIME:
                if (!json_is_string(value) || clock_parse(json_string_value(value), &us) != 0)
                        return STORY_E_BAD;
                *(int64_t *)field = us;
                return 0;
        default:
                return list_from_json(arena, value, field);
        }
}

static int members_from_json(struct arena *arena, json_t *object, struct story *story, const struct member *m, size_t n,
                             const char **reason)
{
        for (; n > 0; m++, n--) {
                json_t *value = json_object_get(object, m->name);
                int r;

                if (value == NULL || json_is_null(value))
                        continue;
                r = member_from_json(arena, value, m->kind, (char *)story + m->offset);
                if (r != 0) {
                        *reason = m->wrong;
                        return r;
                }
        }
        return 0;
}

int story_from_json(struct arena *arena, json_t *object, struct story *story, const char **reason)
{
        struct story s = { .published = CLOCK_NONE, .updated = CLOCK_NONE, .text = story->text, .n_text = story->n_text };
        json_t *dateline = json_object_get(object, "dateline"), *urgency = json_object_get(object, "urgency");
        json_t *text = json_object_get(object, "text");
        int r;

        *reason = NULL;
        if (!json_is_object(object))
                *reason = "a story is not an object";
        else if (dateline != NULL && !json_is_null(dateline) && !json_is_object(dateline))
                *reason = "dateline is not an object";
        else if (urgency != NULL && (!json_is_integer(urgency) || json_integer_value(urgency) < 0 ||
                                     json_integer_value(urgency) > 9))
                *reason = "urgency is not a number from 0 to 9";
        else if (s.text == NULL && text != NULL && !json_is_string(text))
                *reason = "text is not a string";
        if (*reason != NULL)
                return STORY_E_BAD;
        r = members_from_json(arena, object, &s, members, N_ELEMENTS(members), reason);
        if (r == 0 && dateline != NULL)
                r = members_from_json(arena, dateline, &s, dateline_members, N_ELEMENTS(dateline_members), reason);
        if (r != 0)
                return r;
        s.urgency = (int)json_integer_value(urgency);
        if (s.text == NULL && text != NULL) {
                s.n_text = json_string_length(text);
                s.text = arena_strndup(arena, json_string_value(text), s.n_text);
        }
        *story = s;
        return 0;
}
