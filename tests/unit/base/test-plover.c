/* What may be asked for, and what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/plover.h"

static void test_types(void **state)
{
        const char *near;

        (void)state;
        for (size_t i = 0; plover_types[i] != NULL; i++)
                assert_true(plover_is_type(plover_types[i], &near));
        assert_true(plover_is_type("1", &near) && plover_is_type("0231", &near));
        assert_false(plover_is_type("19000", &near));
        assert_true(plover_is_type("WEATHER_2", &near));        /* a module's */
        assert_false(plover_is_type("weather", &near));
        assert_null(near);
        assert_false(plover_is_type("", &near));
        assert_false(plover_is_type("assault", &near));
        assert_string_equal(near, "ASSAULT");
        assert_false(plover_is_type("SANCTIONS", &near));
        assert_string_equal(near, "SANCTION");
}

static void test_statuses(void **state)
{
        const char *near;

        (void)state;
        for (size_t i = 0; plover_statuses[i] != NULL; i++)
                assert_true(plover_is_status(plover_statuses[i], &near));
        assert_false(plover_is_status("Happened", &near));
        assert_string_equal(near, "happened");
        assert_false(plover_is_status("x", &near));
        assert_null(near);
}

static void test_countries(void **state)
{
        (void)state;
        assert_true(plover_is_country("PRK"));
        assert_false(plover_is_country("prk") || plover_is_country("PRKGOV") || plover_is_country("") ||
                     plover_is_country("P-K"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_statuses),
                cmocka_unit_test(test_countries),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
