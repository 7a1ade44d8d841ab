/* See reports.h. All records are completed before the first is written: one that is too long leaves no trace. */
#include "desk/reports.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/copies.h"
#include "desk/facts.h"
#include "desk/family.h"
#include "desk/join.h"
#include "desk/record.h"
#include "store/search.h"
#include "worker/story.h"

enum { HOST_MAX = 255 };

/* The story whose reports come. */
struct telling {
        struct db *db;
        struct arena *arena;
        struct desk_result *result;
        int64_t row, source, received;
        const char *id;                 /* "42.1" */
        const char *watch;
        struct story story;             /* its head */
        const char *agency, *publisher;
        const char *text, *headline;
        size_t n_text;
        struct family_key key;
        struct join_fresh *fresh;
        size_t n_fresh;
        int64_t came[JOIN_STORIES_MAX];         /* whose reports must be settled, see join.h */
        int64_t *moved;
        size_t n_came, n_moved;
};

static bool is_known(const char *text)
{
        return text != NULL && *text != '\0';
}

/* Who printed it: the host of its address, else the feed or package that it stood in. */
static const char *find_publisher(struct arena *arena, const struct story *story)
{
        const char *host = story->url != NULL ? strstr(story->url, "://") : NULL;

        if (host != NULL) {
                size_t n;

                host += 3;
                n = strcspn(host, "/?#:");
                if (strncmp(host, "www.", 4) == 0 && n > 4) {
                        host += 4;
                        n -= 4;
                }
                if (n > 0 && n <= HOST_MAX)
                        return arena_strndup(arena, host, n);
        }
        return is_known(story->source.title) ? story->source.title : NULL;
}

static int find_telling(struct telling *t, bool *pending)
{
        const char *unused;
        sqlite3_stmt *s;
        json_t *head;
        int r;

        s = db_query(t->db,
                     "SELECT t.delivery, t.number, t.source, t.received, t.guid, t.version, t.hash, t.identity, t.head,"
                     " s.name FROM stories t JOIN sources s ON s.id = t.source WHERE t.id = ? AND t.state = 0",
                     "i", t->row);
        r = db_step(t->db, s);
        *pending = r > 0;
        if (r <= 0)
                return error_trace(r);
        t->id = arena_printf(t->arena, "%lld.%lld", (long long)sqlite3_column_int64(s, 0),
                             (long long)sqlite3_column_int64(s, 1));
        t->source = t->key.source = sqlite3_column_int64(s, 2);
        t->received = sqlite3_column_int64(s, 3);
        t->key.guid = sqlite3_column_type(s, 4) == SQLITE_NULL
                              ? NULL : arena_strdup(t->arena, (const char *)sqlite3_column_text(s, 4));
        if (sqlite3_column_bytes(s, 6) == FAMILY_HASH)
                memcpy(t->key.hash, sqlite3_column_blob(s, 6), FAMILY_HASH);
        t->key.identity = sqlite3_column_int64(s, 7);
        t->watch = arena_strdup(t->arena, (const char *)sqlite3_column_text(s, 9));
        t->story.published = CLOCK_NONE;
        head = json_loads((const char *)sqlite3_column_text(s, 8), 0, NULL);
        if (story_from_json(t->arena, head, &t->story, &unused) == 0) {
                t->agency = is_known(t->story.agency) ? t->story.agency
                            : is_known(t->story.dateline.agency) ? t->story.dateline.agency : NULL;
                t->publisher = find_publisher(t->arena, &t->story);
        }
        json_decref(head);
        sqlite3_reset(s);
        return 0;
}

/* Nobody publishes long after it was received. */
static bool is_dated(const struct telling *t)
{
        int64_t published = t->story.published;

        return published != CLOCK_NONE && published >= 0 && published <= t->received + 86400 * CLOCK_SECOND;
}

/* When it was published, as far as that can be known. */
static int64_t time_of(const struct telling *t)
{
        return is_dated(t) ? t->story.published : t->received;
}

/* What orders stories of one time: their content; of those that tell no time, in which order they came. */
static uint64_t hash_of(const struct telling *t)
{
        uint64_t hash;

        memcpy(&hash, t->key.hash, sizeof(hash));
        if (!is_dated(t)) {
                char *end;

                hash = strtoull(t->id, &end, 10) << 16;
                hash |= *end == '.' ? strtoull(end + 1, NULL, 10) & 0xffff : 0;
        }
        return hash;
}

/* A module may have changed the text; then the spans count in the new one. */
static int keep_text(struct telling *t, json_t *answer)
{
        json_t *text = json_object_get(answer, "text");
        sqlite3_stmt *s;
        int64_t same;
        int r;

        if (text != NULL) {
                r = db_get_int(t->db, 1, &same, "SELECT text = ? FROM texts WHERE id = ?", "zi", json_string_value(text),
                               json_string_length(text), t->row);
                if (r == 0 && same == 0)
                        r = search_replace(t->db, t->row, json_string_value(text), json_string_length(text));
                if (r < 0)
                        return error_trace(r);
        }
        t->text = "";
        s = db_query(t->db, "SELECT headline, text FROM texts WHERE id = ?", "i", t->row);
        r = db_step(t->db, s);
        if (r <= 0)
                return error_trace(r);
        t->headline = sqlite3_column_type(s, 0) == SQLITE_NULL
                              ? NULL : arena_strdup(t->arena, (const char *)sqlite3_column_text(s, 0));
        t->n_text = (size_t)sqlite3_column_bytes(s, 1);
        t->text = arena_strndup(t->arena, (const char *)sqlite3_column_text(s, 1), t->n_text);
        sqlite3_reset(s);
        return 0;
}

static int complete(struct telling *t, json_t *events, const char **reason)
{
        struct record_about about = { .story = t->id, .first_seen = t->received, .published = t->story.published,
                                      .watch = t->watch, .agency = t->agency, .url = t->story.url };
        const char *fallback = t->agency != NULL ? t->agency : t->publisher;
        json_t *event;
        size_t i;
        int r;

        about.publisher = t->publisher != NULL ? t->publisher : fallback != NULL ? fallback : t->watch;
        json_array_foreach(events, i, event) {
                struct join_fresh *fresh = &t->fresh[i];
                char *text;

                about.number = (int64_t)i + 1;
                about.event = record_number(t->row, about.number);
                about.origin = record_origin(event, fallback, t->watch);
                r = record_complete(event, &about, &text, &fresh->n, reason);
                if (r != 0)
                        return r > 0 ? DESK_E_NONSENSE : error_trace(r);
                fresh->story = t->row;
                fresh->number = about.number;
                fresh->text = arena_strndup(t->arena, text, fresh->n);
                free(text);
        }
        t->n_fresh = json_array_size(events);
        return 0;
}

static int put_report(struct telling *t, json_t *event, int64_t number)
{
        char *bytes = arena_alloc(t->arena, FACTS_BYTES_MAX);
        struct buf encoded = BUF_BOUNDED(FACTS_BYTES_MAX);
        struct facts facts;
        size_t n;
        int r;

        facts_make(&facts, event, t->text, t->n_text, time_of(t), hash_of(t), number);
        r = facts_encode(&facts, &encoded);
        n = r == 0 ? encoded.n : 0;     /* too much: it stands alone */
        if (n > 0)
                memcpy(bytes, encoded.data, n);
        buf_deinit(&encoded);
        if (r < 0)
                return error_trace(r);
        return error_trace(db_run(t->db, "INSERT INTO reports (story, number, event, facts) VALUES (?, ?, ?, ?)", "iiib", t->row, number,
                                  record_number(t->row, number), bytes, n));
}

static int put_sketch(struct telling *t)
{
        struct copies_story about = { .row = t->row, .time = time_of(t), .hash = hash_of(t),
                                      .who = t->agency != NULL ? t->agency : t->publisher };
        struct sketch *sketch = arena_new(t->arena, struct sketch);
        int r;

        sketch_make(sketch, t->headline, t->text, t->n_text);
        r = copies_add(t->db, t->arena, &about, sketch, &t->moved, &t->n_moved);
        return error_trace(r);
}

static int settle(struct telling *t)
{
        struct join_stories stories = { .came = t->came, .moved = t->moved, .n_moved = t->n_moved };
        struct family_turned turned = { .n = 0 };
        int64_t current;
        int r;

        r = family_settle(t->db, t->arena, &t->key, &current, &turned);
        for (size_t i = 0; i < turned.n && t->n_came < JOIN_STORIES_MAX; i++)
                t->came[t->n_came++] = turned.stories[i];
        stories.n_came = t->n_came;
        if (r == 0)
                r = join_settle(t->db, t->arena, &stories, t->fresh, t->n_fresh, &t->result->told);
        return error_trace(r);
}

int reports_take(struct db *db, struct arena *arena, int64_t row, json_t *answer, struct desk_result *result,
                 const char **reason)
{
        json_t *events = json_object_get(answer, "events");
        struct telling t = { .db = db, .arena = arena, .result = result, .row = row,
                             .fresh = arena_array(arena, struct join_fresh, json_array_size(events) + 1) };
        bool pending;
        int r;

        t.came[t.n_came++] = row;
        r = find_telling(&t, &pending);
        if (r != 0 || !pending)
                return error_trace(r);
        r = complete(&t, events, reason);
        if (r != 0)
                return r;
        r = keep_text(&t, answer);
        for (size_t i = 0; i < t.n_fresh && r == 0; i++)
                r = put_report(&t, json_array_get(events, i), (int64_t)i + 1);
        if (r == 0)
                r = put_sketch(&t);
        if (r == 0)
                r = db_run(db, "UPDATE stories SET state = 1, reason = NULL WHERE id = ?", "i", row);
        if (r == 0)
                r = settle(&t);
        result->events = (int64_t)t.n_fresh;
        return error_trace(r);
}
