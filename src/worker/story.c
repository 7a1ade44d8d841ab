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
        MEMBER("embargoed", TIME, embargoed),
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

/* The members of "source". */
static const struct member source_members[] = {
        MEMBER("title", TEXT, source.title),
        MEMBER("url", TEXT, source.url),
};

/* Members that are objects. */
static const struct {
        const char *name, *wrong;
        const struct member *members;
        size_t n;
} objects[] = {
        { "dateline", "dateline is not an object", dateline_members, N_ELEMENTS(dateline_members) },
        { "source", "source is not an object", source_members, N_ELEMENTS(source_members) },
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

/* Objects without members are left out. */
static int objects_to_json(json_t *object, const struct story *story)
{
        for (size_t i = 0; i < N_ELEMENTS(objects); i++) {
                json_t *inner = json_object();
                int r = inner == NULL ? error_origin(-ENOMEM) :
                                        members_to_json(inner, story, objects[i].members, objects[i].n);

                if (r == 0 && json_object_size(inner) != 0 && json_object_set(object, objects[i].name, inner) < 0)
                        r = error_origin(-ENOMEM);
                json_decref(inner);
                if (r < 0)
                        return r;
        }
        return 0;
}

json_t *story_to_json(const struct story *story, bool with_text)
{
        json_t *object = json_object();

        if (object == NULL || members_to_json(object, story, members, N_ELEMENTS(members)) < 0 ||
            objects_to_json(object, story) < 0 ||
            (story->damaged && json_object_set_new(object, "damaged", json_true()) < 0) ||
            (story->urgency != 0 && json_object_set_new(object, "urgency", json_integer(story->urgency)) < 0) ||
            (with_text && story->text != NULL &&
             json_object_set_new(object, "text", json_stringn(story->text, story->n_text)) < 0)) {
                json_decref(object);
                object = NULL;
        }
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
        struct story s = {
                .published = CLOCK_NONE, .updated = CLOCK_NONE, .embargoed = CLOCK_NONE,
                .text = story->text, .n_text = story->n_text
        };
        json_t *urgency = json_object_get(object, "urgency");
        json_t *text = json_object_get(object, "text");
        int r;

        *reason = NULL;
        if (!json_is_object(object))
                *reason = "a story is not an object";
        else if (urgency != NULL && (!json_is_integer(urgency) || json_integer_value(urgency) < 0 ||
                                     json_integer_value(urgency) > 9))
                *reason = "urgency is not a number from 0 to 9";
        else if (s.text == NULL && text != NULL && !json_is_string(text))
                *reason = "text is not a string";
        if (*reason != NULL)
                return STORY_E_BAD;
        r = members_from_json(arena, object, &s, members, N_ELEMENTS(members), reason);
        for (size_t i = 0; r == 0 && i < N_ELEMENTS(objects); i++) {
                json_t *inner = json_object_get(object, objects[i].name);

                if (inner != NULL && !json_is_null(inner) && !json_is_object(inner)) {
                        *reason = objects[i].wrong;
                        return STORY_E_BAD;
                }
                r = members_from_json(arena, inner, &s, objects[i].members, objects[i].n, reason);
        }
        if (r != 0)
                return r;
        s.damaged = json_is_true(json_object_get(object, "damaged"));
        s.urgency = (int)json_integer_value(urgency);
        if (s.text == NULL && text != NULL) {
                s.n_text = json_string_length(text);
                s.text = arena_strndup(arena, json_string_value(text), s.n_text);
        }
        *story = s;
        return 0;
}
