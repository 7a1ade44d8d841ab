/* See pages.h. */
#include "store/pages.h"

#include <string.h>

#include "base/error.h"
#include "store/search.h"

int pages_load(struct db *db, const char *source, int64_t after, size_t max, struct page *pages, size_t *n)
{
        sqlite3_stmt *s = db_query(db, "SELECT id, json_extract(head, '$.url') FROM stories INDEXED BY stories_awaiting WHERE state = 7"
                                   " AND source = (SELECT id FROM sources WHERE name = ?) AND id > ? ORDER BY id LIMIT ?", "tii",
                                   source, after, (int64_t)max);
        int r;

        for (*n = 0; (r = db_step(db, s)) > 0;) {
                const char *url = (const char *)sqlite3_column_text(s, 1);

                pages[*n].story = sqlite3_column_int64(s, 0);
                pages[*n].url = strdup(url != NULL ? url : "");
                if (pages[*n].url == NULL) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
                ++*n;
        }
        return error_trace(r);
}

int pages_give_up(struct db *db, int64_t story)
{
        return error_trace(db_run(db, "UPDATE stories SET state = 0 WHERE id = ? AND state = 7", "i", story));
}

static void fill(const char **to, const char *from)
{
        if (*to == NULL)
                *to = from;
}

/* What the page knows and the feed did not say. */
static char *join_heads(struct arena *arena, const char *head, const struct story *page)
{
        struct story story = { 0 };
        const char *unused;
        json_t *json = json_loads(head, 0, NULL), *out = NULL;
        char *text = NULL;

        if (json != NULL && story_from_json(arena, json, &story, &unused) == 0) {
                fill(&story.headline, page->headline);
                fill(&story.byline, page->byline);
                fill(&story.agency, page->agency);
                fill(&story.language, page->language);
                fill(&story.summary, page->summary);
                if (story.dateline.place == NULL)
                        story.dateline = page->dateline;
                if (story.published == CLOCK_NONE)
                        story.published = page->published;
                if (story.updated == CLOCK_NONE)
                        story.updated = page->updated;
                out = story_to_json(&story, false);
                text = out != NULL ? json_dumps(out, JSON_COMPACT) : NULL;
        }
        json_decref(json);
        json_decref(out);
        return text;
}

int pages_take(struct db *db, struct arena *arena, int64_t story, const struct story *page, int64_t *n)
{
        _cleanup_free_ char *head = NULL;
        int64_t length = 0;
        sqlite3_stmt *s;
        int r;

        *n = 0;
        s = db_query(db, "SELECT t.head, length(CAST(x.text AS BLOB)) FROM stories t JOIN texts x ON x.id = t.id WHERE t.id = ? AND t.state = 7",
                     "i", story);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        length = sqlite3_column_int64(s, 1);
        if (page != NULL && page->text != NULL && (int64_t)page->n_text > length)
                head = join_heads(arena, (const char *)sqlite3_column_text(s, 0), page);
        sqlite3_reset(s);
        *n = 1;
        if (head == NULL)
                return error_trace(pages_give_up(db, story));
        r = search_replace(db, story, page->text, page->n_text);
        if (r == 0)
                r = db_run(db, "UPDATE stories SET state = 0, head = ? WHERE id = ?", "ti", head, story);
        return error_trace(r);
}
