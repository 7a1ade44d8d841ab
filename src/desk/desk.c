/*
 * See desk.h; the reports of a story are in reports.c. A worker's answer is checked whole before anything is written, so that an answer that makes no sense
 * leaves no trace; then the rows are written in order.
 */
#include "desk/desk.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/family.h"
#include "desk/join.h"
#include "desk/record.h"
#include "desk/reports.h"
#include "store/deliveries.h"
#include "store/embargo.h"
#include "store/pages.h"
#include "store/totals.h"
#include "worker/story.h"

enum {
        STORIES_MAX = 10000,            /* of one delivery; bad items too */
        TEXT_MAX = 1024,                /* bytes of a guid, a version, a status, a reason */
        LINK_MAX_ = 4096,               /* ... of a hub, or a feed's name for itself */
        HEAD_MAX = 256 << 10,           /* bytes of a story without its text */
};

static void decrefp(json_t **json)
{
        json_decref(*json);
}

static int nonsense(const char **reason, const char *what)
{
        *reason = what;
        return DESK_E_NONSENSE;
}

static int parse(struct arena *arena, const char *json, size_t n, json_t **root, const char **reason)
{
        json_error_t error;

        *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
        if (*root == NULL) {
                if (json_error_code(&error) == json_error_out_of_memory)
                        return error_origin(-ENOMEM);
                return nonsense(reason, arena_printf(arena, "not JSON: %s", error.text));
        }
        return json_is_object(*root) ? 0 : nonsense(reason, "not an object");
}

/* What decode made of a delivery, checked. */
struct decoded {
        struct story *stories;
        size_t n_stories;
        json_t *bad;                    /* array or NULL */
        size_t n_bad;
        struct feeds_hints hints;
        struct feeds_links links;
};

static bool is_short(const char *s)
{
        return s == NULL || strlen(s) <= TEXT_MAX;
}

/* {"ttl": seconds, "skip_hours": bits, "skip_days": bits}: what is out of range was not said. */
static struct feeds_hints get_hints(json_t *root)
{
        json_t *hints = json_object_get(root, "hints");
        json_int_t ttl = json_integer_value(json_object_get(hints, "ttl"));
        json_int_t hours = json_integer_value(json_object_get(hints, "skip_hours"));
        json_int_t days = json_integer_value(json_object_get(hints, "skip_days"));

        return (struct feeds_hints){
                .ttl = ttl > 0 && ttl <= 366 * 86400 ? ttl * CLOCK_SECOND : 0,
                .skip_hours = hours > 0 && hours < 1 << 24 ? (uint32_t)hours : 0,
                .skip_days = days > 0 && days < 1 << 7 ? (uint32_t)days : 0,
        };
}

static const char *get_link(struct arena *arena, json_t *root, const char *name)
{
        const char *link = json_string_value(json_object_get(json_object_get(root, "hints"), name));

        return link != NULL && strlen(link) < LINK_MAX_ ? arena_strdup(arena, link) : NULL;
}

static int check_stories(struct arena *arena, json_t *root, struct decoded *out, const char **reason)
{
        json_t *stories = json_object_get(root, "stories"), *item;
        size_t i;
        int r;

        out->hints = get_hints(root);
        out->links = (struct feeds_links){ .hub = get_link(arena, root, "hub"), .self = get_link(arena, root, "self") };
        out->bad = json_object_get(root, "bad");
        out->n_bad = json_array_size(out->bad);
        out->n_stories = json_array_size(stories);
        if (!json_is_array(stories) || (out->bad != NULL && !json_is_array(out->bad)))
                return nonsense(reason, "stories, bad: not arrays");
        if (out->n_stories > STORIES_MAX || out->n_bad > STORIES_MAX)
                return nonsense(reason, "too many stories in one delivery");
        out->stories = arena_array(arena, struct story, out->n_stories);
        json_array_foreach(stories, i, item) {
                struct story *s = &out->stories[i];

                r = record_is_deeper(item, RECORD_DEPTH_MAX) ? nonsense(reason, "a story nests too deep")
                                                              : story_from_json(arena, item, s, reason);
                if (r != 0)
                        return r < 0 ? error_trace(r) : DESK_E_NONSENSE;
                if (!is_short(s->guid) || !is_short(s->version) || !is_short(s->status))
                        return nonsense(reason, "guid, version, status: too long");
        }
        json_array_foreach(out->bad, i, item)
                if (!json_is_string(json_object_get(item, "reason")))
                        return nonsense(reason, "bad: without a reason");
        return 0;
}

/* "what: reason" of one item that could not be read. */
static const char *bad_reason(struct arena *arena, json_t *item)
{
        const char *what = json_string_value(json_object_get(item, "what"));
        const char *reason = json_string_value(json_object_get(item, "reason"));

        return what != NULL && *what != '\0' ? arena_printf(arena, "%s: %s", what, reason) : reason;
}

/* The delivery that is being ended. */
struct ending {
        struct db *db;
        struct arena *arena;
        struct desk_result *result;
        int64_t delivery, source, received;
        int64_t base;                   /* the greatest number of a story of this delivery, when it is decoded again */
        int64_t number;                 /* the last one given */
        int64_t page_of;                /* the delivery is this story's page, 0: it is none */
        int64_t full_text;              /* enum pages_wanted */
};

/* A delivery that comes out of quarantine was decoded once already: what came of it stays as it is. */
static int was_taken(struct ending *e, const struct family_key *key, bool *taken)
{
        int64_t row = 0;
        int r = 0;

        if (e->base > 0)
                r = db_get_int(e->db, 0, &row,
                               "SELECT id FROM stories WHERE delivery = ? AND number <= ? AND hash = ?"
                               " AND guid IS ?",
                               "iibt", e->delivery, e->base, key->hash, (size_t)FAMILY_HASH, key->guid);
        *taken = row != 0;
        return r;
}

static int insert_duplicate(struct ending *e, const struct family_key *key, const struct family_member *original)
{
        int r;

        r = db_run(e->db,
                   "INSERT INTO stories (delivery, number, source, received, state, hash, duplicate_of, guid, version)"
                   " VALUES (?, ?, ?, ?, 4, ?, ?, ?, ?)",
                   "iiiibitt", e->delivery, e->number, e->source, e->received, key->hash, (size_t)FAMILY_HASH,
                   original->row, key->guid, key->version);
        if (r == 0)
                r = family_raise(e->db, original, key->version, e->delivery, e->number);
        if (r == 0)
                r = totals_add(e->db, "duplicates", 1);
        e->result->duplicates++;
        return error_trace(r);
}

/* The greater of the story's own place and the top of the one whose content it takes over. */
static void choose_top(struct ending *e, const struct family_key *key, const struct family_member *same,
                       struct family_member *top)
{
        int c = same != NULL ? family_compare_versions(same->top_version, key->version) : -1;

        if (c > 0 || (c == 0 && (same->top_delivery > e->delivery ||
                                 (same->top_delivery == e->delivery && same->top_number > e->number))))
                *top = *same;
        else
                *top = (struct family_member){ .top_version = key->version, .top_delivery = e->delivery,
                                               .top_number = e->number };
}

static bool awaits_page(const struct ending *e, const struct story *story)
{
        if (e->full_text == PAGES_NO || story->url == NULL || strncmp(story->url, "http", 4) != 0)
                return false;
        return e->full_text == PAGES_YES || story->n_text < PAGES_SHORT;
}

/* What a new story waits for, and *until when; INT64_MIN: no time is known. */
static int64_t first_state(struct ending *e, const struct family_key *key, const struct story *story, int64_t *until)
{
        bool embargoed = story->status != NULL && strcmp(story->status, "embargoed") == 0;

        if (key->canceled)
                return DELIVERY_DONE;
        if (story->status != NULL && strcmp(story->status, "withheld") == 0)
                return DELIVERY_WITHHELD;
        /* An embargo without a time ends with a newer version. */
        if (embargoed && (story->embargoed == CLOCK_NONE || story->embargoed > clock_wall_us())) {
                if (story->embargoed != CLOCK_NONE && (e->result->embargo == 0 || story->embargoed < e->result->embargo))
                        e->result->embargo = story->embargoed;
                *until = story->embargoed;      /* CLOCK_NONE is INT64_MIN */
                return DELIVERY_EMBARGOED;
        }
        if (awaits_page(e, story)) {
                *until = clock_wall_us() + PAGES_WAIT_S * CLOCK_SECOND;
                e->result->embargo = e->result->embargo == 0 ? *until : MIN_OF(e->result->embargo, *until);
                return DELIVERY_AWAITS;
        }
        e->result->ready++;
        return DELIVERY_PENDING;
}

static int insert_original(struct ending *e, const struct family_key *key, const struct story *story, const char *head,
                           const struct family_member *same, struct family_turned *turned, int64_t *row)
{
        int64_t until = INT64_MIN, state = first_state(e, key, story, &until);
        struct family_member top;
        int r;

        choose_top(e, key, same, &top);
        r = db_run(e->db,
                   "INSERT INTO stories (delivery, number, source, received, state, canceled, identity, hash,"
                   " top_version, top_delivery, top_number, guid, version, head, embargo)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   "iiiiiiibtiitttn", e->delivery, e->number, e->source, e->received, state, (int64_t)key->canceled,
                   key->identity, key->hash, (size_t)FAMILY_HASH, top.top_version, top.top_delivery, top.top_number, key->guid,
                   key->version, head, until);
        if (r < 0)
                return error_trace(r);
        *row = sqlite3_last_insert_rowid(db_handle(e->db));
        r = db_run(e->db, "INSERT INTO texts (id, headline, text) VALUES (?, ?, ?)", "itz", *row, story->headline,
                   story->text != NULL ? story->text : "", story->n_text);
        if (r == 0)
                r = totals_add(e->db, "stories", 1);
        if (r == 0 && same != NULL) {
                r = family_demote(e->db, e->arena, same, *row, turned);
                e->result->duplicates++;
        }
        e->result->stories++;
        return error_trace(r);
}

static int take_story(struct ending *e, const struct story *story, const char *head)
{
        struct family_turned turned = { .n = 0 };
        struct join_stories settle = { .came = turned.stories };
        const struct family_member *same;
        struct family_member *members;
        struct family_key key;
        int64_t current, row = 0;
        bool taken;
        size_t n;
        int r;

        family_key_init(&key, e->source, story);
        r = was_taken(e, &key, &taken);
        if (r < 0 || taken)
                return error_trace(r);
        e->number++;
        r = family_load(e->db, e->arena, &key, &members, &n);
        if (r < 0)
                return error_trace(r);
        same = family_find(members, n, &key);
        if (same != NULL && (same->delivery < e->delivery ||
                             (same->delivery == e->delivery && same->number < e->number))) {
                r = insert_duplicate(e, &key, same);
        } else {
                r = insert_original(e, &key, story, head, same, &turned, &row);
                if (story->headline != NULL)
                        e->result->headline = story->headline;
        }
        if (r < 0 || n == 0)
                return error_trace(r);
        r = family_settle(e->db, e->arena, &key, &current, &turned);
        settle.n_came = turned.n;
        settle.moved = turned.moved;
        settle.n_moved = turned.n_moved;
        if (r == 0 && turned.n + turned.n_moved > 0)
                r = join_settle(e->db, e->arena, &settle, NULL, 0, &e->result->told);
        if (r == 0)
                r = embargo_end_replaced(e->db, key.identity);
        if (r == 0 && row != 0 && row == current && (n > 1 || same == NULL))
                e->result->versions++;
        return error_trace(r);
}

static int take_bad(struct ending *e, json_t *item)
{
        int r;

        e->number++;
        e->result->quarantined++;
        r = db_run(e->db,
                   "INSERT INTO stories (delivery, number, source, received, state, reason) VALUES (?, ?, ?, ?, 2, ?)",
                   "iiiit", e->delivery, e->number, e->source, e->received, bad_reason(e->arena, item));
        if (r == 0)
                r = totals_add(e->db, "quarantined", 1);
        return error_trace(r);
}

static int end_delivery(struct ending *e, const struct decoded *decoded, const char *const *heads)
{
        int r = 0;

        for (size_t i = 0; i < decoded->n_stories && r == 0; i++)
                r = take_story(e, &decoded->stories[i], heads[i]);
        for (size_t i = 0; i < decoded->n_bad && r == 0; i++)
                r = take_bad(e, json_array_get(decoded->bad, i));
        if (r == 0)
                r = db_run(e->db, "UPDATE deliveries SET state = 1 WHERE id = ?", "i", e->delivery);
        /* The bytes stay as long as something in them could not be read. */
        if (r == 0 && decoded->n_bad == 0)
                r = db_run(e->db, "DELETE FROM payloads WHERE delivery = ?", "i", e->delivery);
        e->result->hints = decoded->hints;
        e->result->links = decoded->links;
        if (r == 0)
                r = feeds_settle(e->db, e->delivery, e->source, e->result->stories, &decoded->hints);
        return error_trace(r);
}

/* A page is no story of its own. */
static int end_page(struct ending *e, const struct decoded *decoded)
{
        int r = pages_take(e->db, e->arena, e->page_of, decoded->n_stories > 0 ? &decoded->stories[0] : NULL, &e->result->ready);

        e->result->late = true;
        if (r == 0)
                r = db_run(e->db, "UPDATE deliveries SET state = 1 WHERE id = ?", "i", e->delivery);
        if (r == 0)
                r = db_run(e->db, "DELETE FROM payloads WHERE delivery = ?", "i", e->delivery);
        return error_trace(r);
}

/* The stories as they are stored: without text, and without an id, which is the row's. */
static int make_heads(struct arena *arena, const struct decoded *decoded, const char ***out, const char **reason)
{
        const char **heads = arena_array(arena, const char *, decoded->n_stories);

        for (size_t i = 0; i < decoded->n_stories; i++) {
                struct story *s = &decoded->stories[i];
                json_t *json;
                char *text;

                s->id = NULL;
                json = story_to_json(s, false);
                text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
                json_decref(json);
                if (text == NULL)
                        return error_origin(-ENOMEM);
                if (strlen(text) > HEAD_MAX) {
                        free(text);
                        return nonsense(reason, "a story's head is too long");
                }
                heads[i] = arena_strdup(arena, text);
                free(text);
        }
        *out = heads;
        return 0;
}

static int find_delivery(struct ending *e, bool *pending)
{
        sqlite3_stmt *s;
        int r;

        s = db_query(e->db, "SELECT source, received, (SELECT max(number) FROM stories WHERE delivery = d.id), page_of,"
                     " (SELECT full_text FROM fetches WHERE delivery = d.id)"
                     " FROM deliveries d WHERE id = ? AND state = 0", "i", e->delivery);
        r = db_step(e->db, s);
        *pending = r > 0;
        if (r <= 0)
                return error_trace(r);
        e->source = sqlite3_column_int64(s, 0);
        e->received = sqlite3_column_int64(s, 1);
        e->base = e->number = sqlite3_column_int64(s, 2);
        e->page_of = sqlite3_column_int64(s, 3);
        e->full_text = sqlite3_column_int64(s, 4);
        sqlite3_reset(s);
        return 0;
}

int desk_take_stories(struct db *db, struct arena *arena, int64_t delivery, const char *json, size_t n,
                      struct desk_result *result, const char **reason)
{
        struct ending e = { .db = db, .arena = arena, .result = result, .delivery = delivery };
        _cleanup_(decrefp) json_t *root = NULL;
        struct decoded decoded = { 0 };
        const char **heads = NULL;
        bool pending;
        int r;

        *result = (struct desk_result){ 0 };
        *reason = NULL;
        r = parse(arena, json, n, &root, reason);
        if (r == 0)
                r = check_stories(arena, root, &decoded, reason);
        if (r == 0)
                r = make_heads(arena, &decoded, &heads, reason);
        if (r == 0)
                r = find_delivery(&e, &pending);
        if (r != 0 || !pending)
                return error_trace(r);
        if (e.page_of != 0)
                return error_trace(end_page(&e, &decoded));
        if (decoded.n_stories == 0 && decoded.n_bad > 0 && e.base == 0) {
                const char *first = bad_reason(arena, json_array_get(decoded.bad, 0));

                if (decoded.n_bad > 1)
                        first = arena_printf(arena, "%s (and %zu more)", first, decoded.n_bad - 1);
                result->quarantined = (int64_t)decoded.n_bad;
                result->refused = first;
                return error_trace(deliveries_quarantine(db, false, delivery, first));
        }
        return error_trace(end_delivery(&e, &decoded, heads));
}

static int check_reports(json_t *root, const char **reason)
{
        json_t *events = json_object_get(root, "events"), *text = json_object_get(root, "text"), *event;
        size_t i;

        if (!json_is_array(events))
                return nonsense(reason, "events: not an array");
        if (json_array_size(events) > RECORD_EVENTS_MAX)
                return nonsense(reason, "events: too many of one story");
        if (text != NULL && !json_is_string(text))
                return nonsense(reason, "text: not a string");
        json_array_foreach(events, i, event)
                if (record_check(event, reason) != 0)
                        return DESK_E_NONSENSE;
        return 0;
}

int desk_take_reports(struct db *db, struct arena *arena, int64_t story_row, const char *json, size_t n,
                      struct desk_result *result, const char **reason)
{
        _cleanup_(decrefp) json_t *root = NULL;
        int r;

        *result = (struct desk_result){ 0 };
        *reason = NULL;
        r = parse(arena, json, n, &root, reason);
        if (r == 0)
                r = check_reports(root, reason);
        if (r != 0)
                return error_trace(r);
        return error_trace(reports_take(db, arena, story_row, root, result, reason));
}
