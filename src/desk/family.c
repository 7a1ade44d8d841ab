/* See family.h. */
#include "desk/family.h"

#include <ctype.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/error.h"
#include "desk/copies.h"
#include "store/deliveries.h"
#include "store/search.h"
#include "store/totals.h"

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Runs of white space count as one space, at the ends as nothing. */
static void hash_folded(XXH3_state_t *state, const char *s, size_t n)
{
        bool any = false;

        for (size_t i = 0; i < n;) {
                size_t begin;

                while (i < n && is_space(s[i]))
                        i++;
                begin = i;
                while (i < n && !is_space(s[i]))
                        i++;
                if (begin == i)
                        break;
                if (any)
                        XXH3_128bits_update(state, " ", 1);
                XXH3_128bits_update(state, s + begin, i - begin);
                any = true;
        }
        XXH3_128bits_update(state, "", 1);
}

static void hash_content(const struct story *story, unsigned char out[FAMILY_HASH])
{
        XXH128_canonical_t canonical;
        XXH3_state_t state;

        XXH3_128bits_reset(&state);
        hash_folded(&state, story->headline != NULL ? story->headline : "",
                    story->headline != NULL ? strlen(story->headline) : 0);
        hash_folded(&state, story->text != NULL ? story->text : "", story->text != NULL ? story->n_text : 0);
        if (story->status != NULL && strcmp(story->status, "usable") != 0)
                hash_folded(&state, story->status, strlen(story->status));
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
        memcpy(out, canonical.digest, FAMILY_HASH);
}

static int64_t key_identity(const struct family_key *key)
{
        const int64_t mask = (INT64_C(1) << 48) - 1;
        int64_t identity = 0;

        if (key->guid != NULL)
                return (int64_t)XXH3_64bits_withSeed(key->guid, strlen(key->guid), (XXH64_hash_t)key->source) & mask;
        for (int i = 0; i < 6; i++)
                identity = identity << 8 | key->hash[i];
        return identity;
}

void family_key_init(struct family_key *key, int64_t source, const struct story *story)
{
        *key = (struct family_key){
                .source = source,
                .guid = story->guid != NULL && *story->guid != '\0' ? story->guid : NULL,
                .version = story->version,
                .canceled = story->status != NULL && strcmp(story->status, "canceled") == 0,
        };
        hash_content(story, key->hash);
        key->identity = key_identity(key);
}

static bool is_number(const char *s)
{
        return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

int family_compare_versions(const char *a, const char *b)
{
        size_t n_a, n_b;

        if (a == NULL || b == NULL)
                return (a != NULL) - (b != NULL);
        if (!is_number(a) || !is_number(b))
                return strcmp(a, b);
        a += strspn(a, "0");
        b += strspn(b, "0");
        n_a = strlen(a);
        n_b = strlen(b);
        return n_a != n_b ? (n_a > n_b) - (n_a < n_b) : strcmp(a, b);
}

static int compare_top(const struct family_member *m, const char *version, int64_t delivery, int64_t number)
{
        int c = family_compare_versions(m->top_version, version);

        if (c == 0)
                c = (m->top_delivery > delivery) - (m->top_delivery < delivery);
        if (c == 0)
                c = (m->top_number > number) - (m->top_number < number);
        return c;
}

static const char *copy_text(struct arena *arena, sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        return text != NULL ? arena_strdup(arena, text) : NULL;
}

int family_load(struct db *db, struct arena *arena, const struct family_key *key, struct family_member **members,
                size_t *n)
{
        sqlite3_stmt *s;
        int r;

        *n = 0;
        *members = NULL;
        s = db_query(db, "SELECT id, delivery, number, state, hash, top_version, top_delivery, top_number, replaced_by"
                     " FROM stories INDEXED BY stories_identity WHERE identity = ?1 AND"
                     " CASE WHEN ?2 IS NULL THEN guid IS NULL AND hash = ?4 ELSE guid = ?2 AND source = ?3 END"
                     " ORDER BY id DESC LIMIT ?5", "itibi", key->identity, key->guid, key->source, key->hash,
                     (size_t)FAMILY_HASH, (int64_t)FAMILY_MAX);
        while ((r = db_step(db, s)) > 0) {
                struct family_member *m;

                if (*members == NULL)
                        *members = arena_array(arena, struct family_member, FAMILY_MAX);
                m = &(*members)[(*n)++];
                m->row = sqlite3_column_int64(s, 0);
                m->delivery = sqlite3_column_int64(s, 1);
                m->number = sqlite3_column_int64(s, 2);
                m->state = sqlite3_column_int64(s, 3);
                if (sqlite3_column_bytes(s, 4) == FAMILY_HASH)
                        memcpy(m->hash, sqlite3_column_blob(s, 4), FAMILY_HASH);
                m->top_version = copy_text(arena, s, 5);
                m->top_delivery = sqlite3_column_int64(s, 6);
                m->top_number = sqlite3_column_int64(s, 7);
                m->replaced_by = sqlite3_column_int64(s, 8);
        }
        return error_trace(r);
}

const struct family_member *family_find(const struct family_member *members, size_t n, const struct family_key *key)
{
        for (size_t i = 0; i < n; i++)
                if (memcmp(members[i].hash, key->hash, FAMILY_HASH) == 0)
                        return &members[i];
        return NULL;
}

int family_raise(struct db *db, const struct family_member *original, const char *version, int64_t delivery,
                 int64_t number)
{
        if (compare_top(original, version, delivery, number) >= 0)
                return 0;
        return error_trace(db_run(db,
                                  "UPDATE stories SET top_version = ?, top_delivery = ?, top_number = ? WHERE id = ?",
                                  "tiii", version, delivery, number, original->row));
}

/* Show or hide the reports of a story. */
static int set_shown(struct db *db, int64_t row, bool shown, struct family_turned *turned)
{
        int r = db_run(db, "UPDATE reports SET shown = ?1 WHERE story = ?2 AND shown <> ?1", "ii", (int64_t)shown, row);

        if (r == 0 && sqlite3_changes(db_handle(db)) > 0 && turned->n < N_ELEMENTS(turned->stories))
                turned->stories[turned->n++] = row;
        return error_trace(r);
}

int family_demote(struct db *db, struct arena *arena, const struct family_member *old, int64_t row,
                  struct family_turned *turned)
{
        int r;

        r = db_run(db, "UPDATE stories SET duplicate_of = ? WHERE duplicate_of = ?", "ii", row, old->row);
        if (r == 0)
                r = db_run(db, "UPDATE stories SET state = 4, duplicate_of = ?, identity = NULL, replaced_by = NULL,"
                           " head = NULL, reason = NULL WHERE id = ?", "ii", row, old->row);
        if (r == 0)
                r = set_shown(db, old->row, false, turned);
        if (r == 0)
                r = copies_remove(db, arena, old->row, &turned->moved, &turned->n_moved);
        if (r == 0)
                r = search_remove(db, old->row);
        if (r == 0)
                r = totals_add(db, "stories", -1);
        if (r == 0)
                r = totals_add(db, "duplicates", 1);
        if (r == 0 && old->state == DELIVERY_QUARANTINED)
                r = totals_add(db, "quarantined", -1);
        return error_trace(r);
}

int family_settle(struct db *db, struct arena *arena, const struct family_key *key, int64_t *current,
                  struct family_turned *turned)
{
        const struct family_member *top = NULL, *shown = NULL;
        struct family_member *members;
        size_t n;
        int r;

        *current = 0;
        r = family_load(db, arena, key, &members, &n);
        if (r < 0 || n == 0)
                return error_trace(r);
        for (size_t i = 0; i < n; i++) {
                const struct family_member *m = &members[i];

                if (top == NULL || compare_top(m, top->top_version, top->top_delivery, top->top_number) > 0)
                        top = m;
                if (m->state == DELIVERY_DONE &&
                    (shown == NULL || compare_top(m, shown->top_version, shown->top_delivery, shown->top_number) > 0))
                        shown = m;
        }
        /* What was told before must not be used either until it is released. */
        if (top->state == DELIVERY_WITHHELD)
                shown = NULL;
        *current = top->row;
        for (size_t i = 0; i < n && r == 0 && n > 1; i++) {
                const struct family_member *m = &members[i];
                int64_t by = m == top ? 0 : top->row;

                if (m->replaced_by != by)
                        r = db_run(db, "UPDATE stories SET replaced_by = nullif(?, 0) WHERE id = ?", "ii", by, m->row);
                if (r == 0 && m->state == DELIVERY_DONE)
                        r = set_shown(db, m->row, m == shown, turned);
        }
        return error_trace(r);
}
