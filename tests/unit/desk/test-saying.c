/* What alerts say: every field, what has no value, what is too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "desk/saying.h"

static const char record[] =
        "{\"id\": \"4.1.2\", \"story\": \"4.1\", \"event\": \"ASSAULT\", \"cameo\": \"190\", \"mode\": \"aerial\", \"quad\": 4, \"status\": \"denied\","
        " \"watch\": \"wire\", \"reports\": 3, \"origins\": [\"A\", \"B\", \"C\", \"D\", \"E\"], \"when\": {\"start\": \"2026-11-24\"},"
        " \"source\": [{\"code\": \"PRKMIL\", \"name\": \"army\"}], \"target\": [{\"code\": \"KOR\"}, {\"code\": \"KORCVL\", \"text\": \"some\\u0007one\"}],"
        " \"trigger\": {\"text\": \"struck\"}, \"where\": {\"name\": \"Seoul\", \"country\": \"KOR\"}}";

/* The text of a rule, said of the record. */
static void check_said(const char *rule, const char *wanted, bool with_event)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct match_event event;
        struct rule *rules;
        json_t *json = json_loads(record, 0, NULL);
        struct saying saying = { .key = "KOR PRK", .count = 6, .usual = 1.25, .since = 1700000000 * CLOCK_SECOND + 5 };
        size_t n;

        yaml_errors_init(&errors, &arena);
        if (rule_parse(&arena, "t", rule, strlen(rule), &errors, &rules, &n) != 0)
                fail_msg("%s", errors.first->message);
        match_event_init(&event, json);
        saying.rule = rules;
        saying.event = with_event ? &event : NULL;
        assert_string_equal(saying_make(&arena, &saying), wanted);
        json_decref(json);
        arena_deinit(&arena);
}

static void test_fields(void **state)
{
        (void)state;
        check_said("rules: [{name: r, severity: low, text: '{rule}|{severity}|{key}|{id}|{story}|{source}|{target}|{type}|{cameo}|{mode}|{status}"
                   "|{quad}|{place}|{country}|{day}|{words}|{origins}|{reports}|{watch}|{count}'}]",
                   "r|low|KOR PRK|4.1.2|4.1|army|KOR, some one|ASSAULT|190|aerial|denied|material conflict|Seoul|KOR|2026-11-24|struck"
                   "|A, B, C and 2 more|3|wire|6", true);
        check_said("rules: [{name: r, rate: {count: 2, in: 90m, times_usual: 2}, text: '{count} in {window}, {usual}'}]", "6 in 90m, 1.2", true);
        check_said("rules: [{name: r, absence: {for: 6h}, when: {watch: [a, b]}, text: '{watch}: {window}, {since}{key}'}]",
                   "a, b: 6h, 2023-11-14T22:13:20ZKOR PRK", false);
        check_said("rules: [{name: r}]", "army ASSAULT KOR, some one (denied): struck", true);
}

/* A text that is too long is cut between characters. */
static void test_long(void **state)
{
        struct arena arena = ARENA_NULL;

        (void)state;
        for (int pad = 0; pad < 4; pad++) {
                struct template_piece pieces[700];
                struct rule rule = { .name = "r", .template = { pieces, N_ELEMENTS(pieces) } };
                struct saying saying = { .rule = &rule, .key = "" };
                const char *text;
                size_t length;

                for (size_t i = 0; i < N_ELEMENTS(pieces); i++)
                        pieces[i] = (struct template_piece){ TEMPLATE_LITERAL, "\xf0\x9f\x98\x80", 4 };
                pieces[0] = (struct template_piece){ TEMPLATE_LITERAL, "xyz", (size_t)pad };
                text = saying_make(&arena, &saying);
                length = strlen(text);
                assert_true(length <= SAYING_MAX && length > SAYING_MAX - 8);
                assert_int_equal((length - (size_t)pad) % 4, 0);
        }
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_fields), cmocka_unit_test(test_long) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
