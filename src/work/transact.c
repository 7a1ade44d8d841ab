/* See transact.h. */
#include "work/transact.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/deliveries.h"

static int run_fetch(struct store_job *job, struct db *db)
{
        struct transact_fetch *f = container_of(job, struct transact_fetch, job);
        int (*fetch)(struct db *, int64_t, size_t, size_t, struct waiting *, size_t *) =
                f->kind == QUEUE_STORIES ? stories_fetch : deliveries_fetch;

        f->n = 0;
        return fetch(db, f->after, f->max, f->max_bytes, f->items, &f->n);
}

void transact_fetch_init(struct transact_fetch *fetch)
{
        fetch->job.run = run_fetch;
}

static int run_note(struct store_job *job, struct db *db)
{
        struct transact_note *note = container_of(job, struct transact_note, job);

        if (note->counts)
                return deliveries_count_pending(db, &note->pending[QUEUE_DELIVERIES], &note->pending[QUEUE_STORIES]);
        return deliveries_set_attempts(db, note->is_story, note->row, note->attempts);
}

void transact_note_init(struct transact_note *note)
{
        note->job.run = run_note;
}

/* In the same transaction: alerts are there with the events that raised them, or not at all. */
static int try_rules(struct transact_end *end, struct db *db)
{
        struct desk_result *result = &end->result;
        struct rules_run rules = {
                .rules = end->rules->rules, .news = db, .state = db, .arena = &end->arena, .now = clock_wall_us(),
                .last_seq = result->told.last_seq,
        };
        int r = 0;

        if (rules.rules == NULL || rules.rules->n == 0)
                return 0;
        if (result->stories > 0)
                r = rules_note_stories(&rules, end->item->waiting.source);
        if (r == 0)
                r = rules_follow(&rules);
        result->told.last_seq = rules.last_seq;
        return error_trace(r);
}

static int run_end(struct store_job *job, struct db *db)
{
        struct transact_end *end = container_of(job, struct transact_end, job);
        const struct waiting *w = &end->item->waiting;
        int r;

        arena_reset(&end->arena);
        end->result = (struct desk_result){ 0 };
        if (end->quarantine)
                return deliveries_quarantine(db, w->is_story, w->row,
                                             end->item->reason != NULL ? end->item->reason : "out of memory");
        if (w->is_story)
                r = desk_take_reports(db, &end->arena, w->row, end->text, end->n_text, &end->result, &end->reason);
        else
                r = desk_take_stories(db, &end->arena, w->row, end->text, end->n_text, &end->result, &end->reason);
        return r == 0 ? error_trace(try_rules(end, db)) : r;
}

void transact_end_init(struct transact_end *end)
{
        end->job.durable = false;       /* what it wrote can be made again */
        end->job.run = run_end;
}

void transact_end_deinit(struct transact_end *end)
{
        arena_deinit(&end->arena);
}
