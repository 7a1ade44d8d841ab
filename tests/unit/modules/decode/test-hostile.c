/*
 * Documents that are meant to cost much (tests/bench/hostile.c) are decoded or refused, within a memory that is so many times
 * their size. Under callgrind with DATELINE_COUNT=BYTES their instructions are counted instead, for so many bytes and for
 * twice as many: tests/integration/test-hostile.py compares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else   /* then nothing is counted, and the test says so */
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

#include "../../../bench/hostile.h"
#include "fixture.h"

enum { BYTES = 128 << 10, TIMES = 48, ONCE = 4 << 20 };    /* ONCE: entities may grow a document by so much */

static void decode(struct fixture *f, const struct hostile *hostile, size_t n)
{
        struct buf bytes = BUF_NULL;
        char name[64];
        int r;

        assert_int_equal(hostile_make(hostile, n, &bytes), 0);
        snprintf(name, sizeof(name), "%s %zu", hostile->name, n);
        CALLGRIND_ZERO_STATS;
        r = fixture_decode(f, hostile->format, NULL, bytes.data, bytes.n);
        CALLGRIND_DUMP_STATS_AT(name);
        if (r != 0 && r != MODULE_E_REFUSED)
                fail_msg("%s: %d", hostile->name, r);
        if (f->arena.used > TIMES * n + ONCE)
                fail_msg("%s: %zu bytes for %zu", hostile->name, f->arena.used, n);
        buf_deinit(&bytes);
}

static void test_hostile(void **state)
{
        const char *count = getenv("DATELINE_COUNT");
        size_t n = count != NULL ? (size_t)atoi(count) : BYTES;

        for (size_t i = 0; i < n_hostiles; i++) {
                decode(*state, &hostiles[i], n);
                if (count != NULL)
                        decode(*state, &hostiles[i], 2 * n);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_hostile) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
