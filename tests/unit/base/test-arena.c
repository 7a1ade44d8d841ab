/* The bump allocator: alignment, growth, what a reset keeps, and how the process ends without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/arena.h"

static void test_aligned_and_apart(void **state)
{
        struct arena arena = ARENA_NULL;
        char *before = NULL;

        (void)state;
        for (size_t i = 0; i < 2000; i++) {
                size_t size = i % 67;
                char *p = arena_alloc(&arena, size);

                assert_int_equal((uintptr_t)p % 16, 0);
                memset(p, (int)(i % 251), size);
                if (i > 0 && (i - 1) % 67 > 0)
                        assert_int_equal((unsigned char)before[(i - 1) % 67 - 1], (i - 1) % 251);
                before = p;
        }
        arena_deinit(&arena);
}

static void test_push(void **state)
{
        struct arena arena = ARENA_NULL;
        static int numbers[1000];
        size_t size = 0;
        int **list = NULL;

        (void)state;
        for (size_t n = 0; n < 1000; n++) {
                list = arena_push(&arena, list, n, &size, &numbers[n]);
                assert_true(size > n && size <= 2 * n + 8);
        }
        for (size_t n = 0; n < 1000; n++)
                assert_ptr_equal(list[n], &numbers[n]);
        arena_deinit(&arena);
}

static void test_large(void **state)
{
        struct arena arena = ARENA_NULL;
        char *small = arena_strdup(&arena, "small"), *large = arena_zalloc(&arena, 10 << 20), *behind;

        (void)state;
        for (size_t i = 0; i < 10 << 20; i += 4096)
                assert_int_equal(large[i], 0);
        memset(large, 'x', 10 << 20);
        behind = arena_strdup(&arena, "behind");
        assert_string_equal(small, "small");
        assert_string_equal(behind, "behind");
        assert_true(arena.used >= 10 << 20);
        arena_deinit(&arena);
}

static void test_zalloc_after_reset(void **state)
{
        struct arena arena = ARENA_NULL;
        static const char zero[1000];

        (void)state;
        memset(arena_alloc(&arena, 1000), 0xA5, 1000);
        arena_reset(&arena);
        assert_memory_equal(arena_zalloc(&arena, 1000), zero, 1000);
        assert_memory_equal(arena_array(&arena, int, 250), zero, 1000);
        arena_deinit(&arena);
}

/* After one round the memory of a job is there: the next rounds of the same size get it from one chunk. */
static void test_reset_keeps_one_chunk(void **state)
{
        struct arena arena = ARENA_NULL;
        struct arena_chunk *kept;

        (void)state;
        arena_reset(&arena);
        assert_null(arena.chunks);
        for (int i = 0; i < 1000; i++)
                (void)arena_alloc(&arena, 1000);
        assert_int_equal(arena.used, 1000 * 1008);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
        kept = arena.chunks;
        assert_non_null(kept);
        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 1000; i++)
                        (void)arena_alloc(&arena, 1000);
                assert_ptr_equal(arena.chunks, kept);
                arena_reset(&arena);
                assert_ptr_equal(arena.chunks, kept);
        }
        arena_deinit(&arena);
}

static void test_strings(void **state)
{
        struct arena arena = ARENA_NULL;

        (void)state;
        assert_string_equal(arena_strdup(&arena, ""), "");
        assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
        assert_memory_equal(arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
        assert_string_equal(arena_printf(&arena, "%s-%d-%s", "x", 42, "y"), "x-42-y");
        assert_string_equal(arena_printf(&arena, "%s", ""), "");
        assert_int_equal(strlen(arena_printf(&arena, "%*d", 50000, 7)), 50000);
        arena_deinit(&arena);
}

static void test_deinit_twice(void **state)
{
        struct arena arena = ARENA_NULL;

        (void)state;
        arena_deinit(&arena);
        (void)arena_alloc(&arena, 1);
        arena_deinit(&arena);
        arena_deinit(&arena);
        assert_null(arena.chunks);
        assert_int_equal(arena.used, 0);
        assert_string_equal(arena_strdup(&arena, "again"), "again");
        arena_deinit(&arena);
}

/* A size that cannot be had ends the process by the status that the pool knows. */
static void test_out_of_memory(void **state)
{
        int status = 0;
        pid_t pid = fork();

        (void)state;
        assert_true(pid >= 0);
        if (pid == 0) {
                struct arena arena = ARENA_NULL;

                close(STDERR_FILENO);
                (void)arena_alloc(&arena, SIZE_MAX - 8);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), ARENA_EXIT_OUT_OF_MEMORY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_aligned_and_apart),
                cmocka_unit_test(test_push),
                cmocka_unit_test(test_large),
                cmocka_unit_test(test_zalloc_after_reset),
                cmocka_unit_test(test_reset_keeps_one_chunk),
                cmocka_unit_test(test_strings),
                cmocka_unit_test(test_deinit_twice),
                cmocka_unit_test(test_out_of_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
