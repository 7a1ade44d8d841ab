/* Keys to numbers, strings to numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/map.h"

static void test_map(void **unused)
{
        struct map map = MAP_NULL;
        uint64_t i;

        (void)unused;
        assert_int_equal(map_get(&map, 5), MAP_ABSENT);
        for (i = 1; i <= 5000; i++)
                *map_at(&map, i * i, 0) = (uint32_t)i;
        assert_int_equal(map.n, 5000);
        for (i = 1; i <= 5000; i++)
                assert_int_equal(map_get(&map, i * i), i);
        assert_int_equal(map_get(&map, 2), MAP_ABSENT);
        assert_int_equal(*map_at(&map, 4, 9), 2);
        map_deinit(&map);
        map_deinit(&map);
}

static void test_names(void **unused)
{
        struct names names = NAMES_NULL;

        (void)unused;
        assert_int_equal(names_add(&names, "a"), 0);
        assert_int_equal(names_add(&names, "b"), 1);
        assert_int_equal(names_add(&names, "a"), 0);
        assert_int_equal(names.counts[0], 2);
        assert_string_equal(names.list[1], "b");
        assert_int_equal(names_find(&names, "c"), MAP_ABSENT);
        names_deinit(&names);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_map), cmocka_unit_test(test_names) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
