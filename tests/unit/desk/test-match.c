/* Conditions on event records: each key by itself, nested ones, the short cut before them, groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "desk/match.h"

static const char record[] =
        "{\"id\": \"42.1.3\", \"event\": \"ASSAULT\", \"cameo\": \"1823\", \"mode\": \"firearms\", \"context\": [\"military\"],"
        " \"quad\": 4, \"goldstein\": -9.5, \"status\": \"happened\", \"confidence\": 0.8, \"watch\": \"wire\", \"reports\": 3,"
        " \"source\": [{\"code\": \"PRKMIL\", \"name\": \"Korean People's Army\"}],"
        " \"target\": [{\"code\": \"KORCVL\", \"name\": \"fishermen\"}, {\"name\": \"Acme\"}],"
        " \"attribution\": [{\"name\": \"KCNA\", \"code\": \"PRKMED\"}], \"origins\": [\"KCNA\"], \"publishers\": 1,"
        " \"mentions\": [{\"publisher\": \"Daily NK\", \"watch\": \"feed\"}],"
        " \"trigger\": {\"text\": \"opened fire on\"},"
        " \"where\": {\"name\": \"Yeonpyeong Island\", \"country\": \"KOR\", \"lat\": 37.67, \"lon\": 125.70}}";

/* Parses a condition, and tries it on the record; checks that the short cut never hides what holds. */
static bool holds_text(const char *when, const char *story)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct match_event event;
        struct match_needs needs;
        struct rule *rules;
        json_t *json = json_loads(record, 0, NULL);
        char *text;
        size_t n;
        bool is;

        assert_non_null(json);
        yaml_errors_init(&errors, &arena);
        text = arena_printf(&arena, "rules: [{name: a, when: {%s}}]", when);
        if (rule_parse(&arena, "t", text, strlen(text), &errors, &rules, &n) != 0)
                fail_msg("%s: %s", when, errors.first->message);
        match_event_init(&event, json);
        event.text_asked = true;
        event.text_value = story;
        match_needs_init(&needs, &rules->when);
        is = match_holds(&rules->when, &event);
        if (is && !match_may_hold(&needs, &event))
                fail_msg("the short cut hides %s", when);
        json_decref(json);
        arena_deinit(&arena);
        return is;
}

static void test_conditions(void **state)
{
        static const char *const yes[] = {
                "actor: PRK", "actor: [USA, KOR]", "actor: 'people''s army'", "source: PRKMIL", "target: KORCVL", "target: acme",
                "pair: [PRK, KOR]", "pair: [KOR, PRK]", "pair: [fishermen, PRKMIL]", "actor: PR", "type: ASSAULT", "type: ['18']",
                "type: [AID, '182']", "type: '1'", "mode: firearms", "context: [diplomatic, military]", "quad: material conflict",
                "quad: [verbal conflict, material conflict]", "status: [happened, ongoing]", "country: KOR", "place: yeonpyeong",
                "near: {lat: 37.7, lon: 125.7, km: 10}", "origin: KCNA", "origin: PRKMED", "origin: kcna", "max_origins: 1",
                "min_origins: 1", "one_sided: yes", "one_sided: source", "watch: [x, wire]", "watch: feed", "publisher: daily", "min_reports: 3",
                "min_publishers: 1", "words: fire", "words: OPENED", "words: open*", "words: 'opened fire'", "text: shots",
                "min_confidence: 0.8", "max_goldstein: -9", "min_goldstein: -9.5", "all: [{actor: PRK}, {actor: KOR}]",
                "any: [{actor: USA}, {type: ASSAULT}]", "none: [{actor: USA}, {type: AID}]",
                "any: [{all: [{source: KOR}]}, {none: [{source: KOR}]}]", "any: [{type: AID}, {type: ASSAULT}], status: happened",
        };
        static const char *const no[] = {
                "actor: USA", "actor: PRKGOV", "source: KOR", "target: PRK", "pair: [PRK, USA]", "pair: [PRK, PRK]", "type: AID",
                "type: '19'", "mode: drone", "context: x", "quad: verbal conflict", "status: [denied, planned]", "country: PRK",
                "place: Seoul", "near: {lat: 37.7, lon: 127, km: 100}", "origin: Reuters", "min_origins: 2", "one_sided: no",
                "one_sided: target", "watch: x", "publisher: Times", "min_reports: 4", "min_publishers: 2", "words: pen",
                "words: fir", "text: shot", "min_confidence: 0.81", "max_goldstein: -9.6", "min_goldstein: 0",
                "all: [{actor: PRK}, {actor: USA}]", "any: [{actor: USA}, {type: AID}]", "none: [{actor: USA}, {actor: PRK}]",
                "actor: PRK, status: denied",
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(yes); i++)
                if (!holds_text(yes[i], "Shots at sea\nThey heard shots."))
                        fail_msg("does not hold: %s", yes[i]);
        for (size_t i = 0; i < N_ELEMENTS(no); i++)
                if (holds_text(no[i], "Shots at sea\nThey heard shots."))
                        fail_msg("holds: %s", no[i]);
        assert_false(holds_text("text: shots", NULL));
}

static void test_words(void **state)
{
        (void)state;
        assert_true(match_word("a missile test", "missile"));
        assert_true(match_word("Missile.", "missile"));
        assert_false(match_word("missiles", "missile"));
        assert_true(match_word("missiles", "missile*"));
        assert_false(match_word("antimissile", "missile"));
        assert_true(match_word("the U.S. said", "U.S."));
        assert_true(match_word("\xc3\xa9t\xc3\xa9 fini", "\xc3\xa9t\xc3\xa9"));
        assert_false(match_word("\xc3\xa9t\xc3\xa9", "t"));
        assert_false(match_word("", "x"));
        assert_false(match_word("x", ""));
}

/* Two reports, each on the word of one of the same side; the code of the second stands with its mention. */
static void test_one_sided(void **state)
{
        static const char text[] =
                "{\"event\": \"ASSAULT\", \"source\": [{\"code\": \"PRKMIL\"}], \"target\": [{\"code\": \"---\"}],"
                " \"origins\": [\"KCNA\", \"PRKGOV\", \"X\"], \"attribution\": [{\"name\": \"KCNA\", \"code\": \"PRKMED\"}, {\"code\": \"PRKGOV\"}],"
                " \"mentions\": [{\"origin\": \"x\", \"origin_code\": \"PRK\"}]}";
        struct rule_condition c = { .min_goldstein = -10, .max_goldstein = 10, .one_sided = RULE_SIDED_SOURCE };
        json_t *json = json_loads(text, 0, NULL);
        struct match_event event;

        (void)state;
        match_event_init(&event, json);
        assert_true(match_holds(&c, &event));
        c.one_sided = RULE_SIDED_TARGET;                /* nobody knows of which country that is */
        assert_false(match_holds(&c, &event));
        json_array_append_new(json_object_get(json, "origins"), json_string("Reuters"));
        c.one_sided = RULE_SIDED_YES;
        assert_false(match_holds(&c, &event));
        json_decref(json);
}

/* What a condition needs keeps it from being looked at. */
static void test_needs(void **state)
{
        struct match_event event;
        struct match_needs needs;
        struct rule_condition c = { .min_goldstein = -10, .max_goldstein = 10 };
        const char *codes[] = { "USA" };
        json_t *json = json_loads(record, 0, NULL);

        (void)state;
        match_event_init(&event, json);
        match_needs_init(&needs, &c);
        assert_true(match_may_hold(&needs, &event));
        c.source = (struct schema_strings){ codes, 1 };
        match_needs_init(&needs, &c);
        assert_false(match_may_hold(&needs, &event));
        codes[0] = "PRK";
        c.quads = 1 << 1;
        match_needs_init(&needs, &c);
        assert_false(match_may_hold(&needs, &event));
        json_decref(json);
}

static void test_keys(void **state)
{
        struct arena arena = ARENA_NULL;
        const char *keys[MATCH_KEYS_MAX];
        json_t *json = json_loads(record, 0, NULL);
        struct match_event event;

        (void)state;
        match_event_init(&event, json);
        assert_int_equal(match_keys(&arena, RULE_GROUP_RULE, &event, keys), 1);
        assert_string_equal(keys[0], "");
        assert_int_equal(match_keys(&arena, RULE_GROUP_PAIR, &event, keys), 2);
        assert_string_equal(keys[0], "KOR PRK");
        assert_string_equal(keys[1], "Acme PRK");
        assert_int_equal(match_keys(&arena, RULE_GROUP_SOURCE, &event, keys), 1);
        assert_string_equal(keys[0], "PRK");
        assert_int_equal(match_keys(&arena, RULE_GROUP_ACTOR, &event, keys), 3);
        assert_int_equal(match_keys(&arena, RULE_GROUP_COUNTRY, &event, keys), 1);
        assert_string_equal(keys[0], "KOR");
        assert_int_equal(match_keys(&arena, RULE_GROUP_EVENT, &event, keys), 1);
        assert_string_equal(keys[0], "42.1.3");
        json_decref(json);
        json = json_loads("{\"event\": \"AID\", \"source\": [{\"code\": \"USAGOV\"}], \"target\": []}", 0, NULL);
        match_event_init(&event, json);
        assert_int_equal(match_keys(&arena, RULE_GROUP_PAIR, &event, keys), 0);
        assert_int_equal(match_keys(&arena, RULE_GROUP_PLACE, &event, keys), 0);
        json_decref(json);
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_conditions), cmocka_unit_test(test_words), cmocka_unit_test(test_one_sided), cmocka_unit_test(test_needs), cmocka_unit_test(test_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
