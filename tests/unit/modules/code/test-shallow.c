/* A parse from the words alone carries the plain forms through. */
#include "fixture.h"

#include <string.h>

#include "modules/read/read.h"

static const char *events(void **state, const char *text)
{
        struct fixture *f = *state;
        struct reader *reader = NULL;
        struct reading *reading = NULL;
        const char *out;

        assert_int_equal(reader_new(&reader, NULL), 0);
        assert_int_equal(reader_read(reader, &f->arena, text, strlen(text), &reading), 0);
        f->story = (struct story){
                .id = "test", .text = text, .n_text = strlen(text), .published = CLOCK_NONE, .updated = CLOCK_NONE
        };
        out = fixture_events(f, code_story(&f->state, &f->arena, &f->story, reading));
        reader_free(reader);
        return out;
}

static void test_plain_forms(void **state)
{
        assert_string_equal(events(state, "Poland expelled two Russian diplomats."), "SANCTION POL>RUSGOV happened");
        assert_string_equal(events(state, "Chadian rebels were arrested by Libyan police."),
                            "COERCE LBYCOP>TCDREB happened");
        assert_string_equal(events(state, "Iran threatened to attack Iraq."), "THREATEN IRN>IRQ happened");
        assert_string_equal(events(state, "It rained in the north of Spain."), "");
}

static void test_hostile(void **state)
{
        assert_string_equal(events(state, ""), "");
        assert_string_equal(events(state, "- - - ( ) \" ' . . ,"), "");
        assert_string_equal(events(state, "to to to by by of of and and 's 's not"), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_plain_forms), cmocka_unit_test(test_hostile) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
