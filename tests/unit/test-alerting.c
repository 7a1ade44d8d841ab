/* Which rules the writer tries, whatever the store makes of a new set: in place of its threads, the test does the jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "alerting.h"
#include "store/db.h"

/* What alerting.c calls. */
static struct store_job *handed_over;

void store_write(struct store *store, struct store_job *job)
{
        (void)store;
        assert_null(handed_over);
        handed_over = job;
}

void stream_committed(struct stream *stream, int64_t seq)
{
        (void)stream;
        (void)seq;
}

static struct db *db;

/* Do what was handed over. before < 0: the batch was lost before its turn came; commit < 0: after it. */
static void do_job_but(int before, int commit)
{
        struct store_job *job = STEAL(handed_over);
        int r = before;

        assert_non_null(job);
        if (r == 0) {
                assert_int_equal(db_begin(db, false), 0);
                r = job->run(job, db);
                r = r == 0 ? commit : r;
                if (r == 0)
                        assert_int_equal(db_commit(db), 0);
                else
                        db_rollback(db);
                if (r != 0 && job->lost != NULL)
                        job->lost(job);
        }
        job->done(job, r);
}

static void do_job(int r)
{
        do_job_but(r, 0);
}

static struct config *parse(const char *text)
{
        _cleanup_free_ char *errors = NULL;
        struct config *config;

        if (config_parse("/f.yaml", text, strlen(text), &config, &errors) != 0)
                fail_msg("%s", errors);
        return config;
}

static void set(struct alerting *a)
{
        struct config *config = parse("log: {level: info}\n");

        alerting_set(a, config);
        config_unref(config);
}

/* On a full disk the store gives a whole batch back, also what it had not begun with: the old set, which the writer still tries,
 * must stay, and the new one comes in its time. */
static void test_lost_before_its_turn(void **state)
{
        struct rules_slot *slot;
        struct alerting *a;
        struct rules *old;

        (void)state;
        assert_int_equal(alerting_new(&a, NULL, NULL, NULL), 0);
        slot = alerting_slot(a);
        set(a);
        do_job(0);
        old = slot->rules;
        assert_non_null(old);
        set(a);
        do_job(-ENOSPC);
        assert_ptr_equal(slot->rules, old);
        assert_int_equal(old->n, 0);            /* a sanitizer sees whether it is there */
        set(a);
        do_job(0);
        assert_ptr_not_equal(slot->rules, NULL);
        assert_null(handed_over);
        alerting_free(a);
}

/* The first set of all: none is tried until the store has taken it. */
static void test_first_is_lost(void **state)
{
        struct alerting *a;

        (void)state;
        assert_int_equal(alerting_new(&a, NULL, NULL, NULL), 0);
        set(a);
        do_job(-EIO);
        assert_null(alerting_slot(a)->rules);
        set(a);
        do_job(0);
        assert_non_null(alerting_slot(a)->rules);
        alerting_free(a);
}

/* It was run and then lost: the store does not know these rules, so they are given again. */
static void test_run_and_refused(void **state)
{
        struct alerting *a;

        (void)state;
        assert_int_equal(alerting_new(&a, NULL, NULL, NULL), 0);
        set(a);
        do_job(0);
        set(a);
        assert_int_equal(db_exec(db, "ALTER TABLE rules RENAME TO no_rules"), 0);
        do_job(0);
        assert_int_equal(db_exec(db, "ALTER TABLE no_rules RENAME TO rules"), 0);
        assert_int_equal(alerting_slot(a)->rules->n, 0);
        set(a);
        do_job(0);
        assert_null(handed_over);
        alerting_free(a);
}

/* It was run, and the commit failed: what the writer does next must not try rules that the store does not know. */
static void test_run_and_not_committed(void **state)
{
        struct rules *old;
        struct alerting *a;

        (void)state;
        assert_int_equal(alerting_new(&a, NULL, NULL, NULL), 0);
        set(a);
        do_job_but(0, -ENOSPC);
        assert_null(alerting_slot(a)->rules);
        set(a);
        do_job(0);
        old = alerting_slot(a)->rules;
        assert_non_null(old);
        set(a);
        do_job_but(0, -ENOSPC);
        assert_ptr_equal(alerting_slot(a)->rules, old);
        assert_int_equal(old->n, 0);            /* a sanitizer sees whether it is there */
        set(a);
        do_job(0);
        assert_ptr_not_equal(alerting_slot(a)->rules, NULL);
        alerting_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lost_before_its_turn),
                cmocka_unit_test(test_first_is_lost),
                cmocka_unit_test(test_run_and_refused),
                cmocka_unit_test(test_run_and_not_committed),
        };
        char *error = NULL;
        int r = db_open(&db, ":memory:", false, &error);

        if (r == 0)
                r = cmocka_run_group_tests(tests, NULL, NULL);
        db_close(db);
        return r;
}
