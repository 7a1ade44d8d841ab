/* A story as JSON, there and back; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/story.h"

static int parse(const char *text, struct story *story, struct arena *arena, const char **reason)
{
        json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
        int r;

        assert_non_null(json);
        r = story_from_json(arena, json, story, reason);
        json_decref(json);
        return r;
}

static void test_there_and_back(void **state _unused_)
{
        static const char wanted[] =
                "{\"id\":\"42.1\",\"format\":\"plain\",\"guid\":\"urn:x\",\"version\":\"2\",\"status\":\"embargoed\","
                "\"headline\":\"C\xc3\xb4te \\\"quoted\\\"\",\"byline\":\"By A\",\"agency\":\"Reuters\","
                "\"published\":\"2023-10-19T08:00:00Z\",\"language\":\"en\",\"url\":\"https://news.example/1\","
                "\"summary\":\"S\",\"keywords\":[\"a\",\"b\"],\"links\":[],"
                "\"dateline\":{\"place\":\"SEOUL\",\"country\":\"KOR\",\"agency\":\"Reuters\",\"date\":\"Oct 20\"},"
                "\"urgency\":3,\"text\":\"one\\ntwo\"}";
        const char *keywords[] = { "a", "b", NULL }, *links[] = { NULL };
        struct arena arena = ARENA_NULL;
        struct story story = { 0 }, back = { 0 };
        const char *reason;
        char *first, *second;
        json_t *json;

        assert_int_equal(parse("{}", &story, &arena, &reason), 0);
        story.id = "42.1";
        story.format = "plain";
        story.guid = "urn:x";
        story.version = "2";
        story.status = "embargoed";
        story.headline = "C\xc3\xb4te \"quoted\"";
        story.byline = "By A";
        story.agency = story.dateline.agency = "Reuters";
        story.dateline.place = "SEOUL";
        story.dateline.country = "KOR";
        story.dateline.date = "Oct 20";
        story.published = 1697702400000000;
        story.language = "en";
        story.url = "https://news.example/1";
        story.summary = "S";
        story.text = "one\ntwo";
        story.n_text = 7;
        story.urgency = 3;
        story.keywords = keywords;
        story.links = links;
        json = story_to_json(&story, true);
        first = json_dumps(json, JSON_COMPACT);
        assert_string_equal(first, wanted);
        assert_int_equal(story_from_json(&arena, json, &back, &reason), 0);
        json_decref(json);
        assert_int_equal(back.n_text, 7);
        assert_true(back.published == story.published);
        assert_true(back.updated == CLOCK_NONE);
        assert_null(back.subjects);
        assert_string_equal(back.keywords[1], "b");
        assert_null(back.keywords[2]);
        json = story_to_json(&back, true);
        second = json_dumps(json, JSON_COMPACT);
        assert_string_equal(first, second);
        json_decref(json);
        json = story_to_json(&back, false);
        assert_null(json_object_get(json, "text"));
        json_decref(json);
        free(first);
        free(second);
        arena_deinit(&arena);
}

static void test_taken(void **state _unused_)
{
        struct arena arena = ARENA_NULL;
        struct story story = { 0 };
        const char *reason;

        assert_int_equal(parse("{}", &story, &arena, &reason), 0);
        assert_null(story.headline);
        assert_null(story.text);
        assert_true(story.published == CLOCK_NONE);
        assert_int_equal(parse("{\"headline\": null, \"dateline\": null, \"urgency\": 9, \"events\": [1], \"unknown\": "
                               "{}}",
                               &story, &arena, &reason),
                         0);
        assert_int_equal(story.urgency, 9);
        /* A text that is there already stays. */
        story = (struct story){ .text = "body", .n_text = 4 };
        assert_int_equal(parse("{\"text\": \"other\"}", &story, &arena, &reason), 0);
        assert_string_equal(story.text, "body");
        arena_deinit(&arena);
}

static void test_refused(void **state _unused_)
{
        static const char *const rows[][2] = {
                { "[]", "a story is not an object" },
                { "{\"headline\": 1}", "headline is not a string" },
                { "{\"guid\": {}}", "guid is not a string" },
                { "{\"published\": \"yesterday\"}", "published is not a time" },
                { "{\"updated\": 5}", "updated is not a time" },
                { "{\"keywords\": \"a\"}", "keywords is not an array of strings" },
                { "{\"keywords\": [\"a\", 1]}", "keywords is not an array of strings" },
                { "{\"dateline\": []}", "dateline is not an object" },
                { "{\"dateline\": {\"place\": []}}", "dateline.place is not a string" },
                { "{\"urgency\": 10}", "urgency is not a number from 0 to 9" },
                { "{\"urgency\": -1}", "urgency is not a number from 0 to 9" },
                { "{\"urgency\": \"1\"}", "urgency is not a number from 0 to 9" },
                { "{\"text\": []}", "text is not a string" },
        };
        struct arena arena = ARENA_NULL;

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct story story = { .headline = "as it was" };
                const char *reason;

                assert_int_equal(parse(rows[i][0], &story, &arena, &reason), STORY_E_BAD);
                assert_string_equal(reason, rows[i][1]);
                assert_string_equal(story.headline, "as it was");
        }
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_taken),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
