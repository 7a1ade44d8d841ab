/*
 * A story: one news item decoded from a delivery, and its form as JSON, which is what worker and daemon exchange, what
 * an exec module gets, and what `dateline decode` prints.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"

/* A string that is not known is NULL. Strings are UTF-8, NUL-terminated, in the arena of the job. */
struct story {
        const char *id; /* "DELIVERY.NUMBER" from the store, or what the user gave; set by who knows it */
        const char *format;             /* which decoder read it: "plain" */
        const char *guid;               /* identity that the sender gave */
        const char *version;            /* of the sender; compared as numbers where both are, else as text */
        const char *status;             /* "usable" where NULL; "withheld", "canceled", "embargoed" */
        const char *headline;
        const char *byline;
        const char *agency;             /* "Reuters" */
        struct {
                const char *place;      /* "SEOUL" as it stands */
                const char *country;    /* ISO 3166 alpha-3, where decode can know it */
                const char *agency;
                const char *date;       /* as it stands: "Oct 20" */
        } dateline;
        int64_t published;              /* us, CLOCK_NONE: unknown */
        int64_t updated;
        int64_t embargoed; /* not to be published before this; CLOCK_NONE: none. `status` may be "usable" */
        const char *language;
        const char *url;
        const char *summary;
        const char *text;               /* the body; paragraphs are divided by a line break. Spans count in it */
        size_t n_text;
        int urgency;                    /* 0: none */
        const char **keywords;          /* NULL-terminated, or NULL */
        const char **subjects;
        const char **links;
        struct {
                const char *title, *url;
        } source;                       /* the feed or package that the story stood in */
        bool damaged;                   /* the document was not well-formed; what could be read was */
};

/* The story as a JSON object; members that are not known are absent. `text` is left out unless wanted (worker and
 * daemon send it as the frame's body). A new reference; NULL: no memory. */
json_t *story_to_json(const struct story *story, bool with_text);

enum {
        STORY_E_BAD = 1,        /* a member has the wrong type; *reason (static text) says which */
};

/* Members that are not a story's are ignored. `text` from the object unless `story->text` was set before. Strings are
 * copied into the arena. */
int story_from_json(struct arena *arena, json_t *object, struct story *story, const char **reason);
