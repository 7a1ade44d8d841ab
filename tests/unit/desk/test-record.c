/* The event record: who vouches, and what is stored. (What is refused: test-desk.) */
#include "../store/fixture.h"

#include "desk/record.h"

static json_t *load(const char *text)
{
        struct arena arena = ARENA_NULL;
        json_t *json = json_loads(fixture_quote(&arena, text), 0, NULL);

        assert_non_null(json);
        arena_deinit(&arena);
        return json;
}

static void assert_origin(const char *attribution, const char *agency, const char *wanted)
{
        char text[300];
        json_t *event;

        snprintf(text, sizeof(text), "{'attribution': %s}", attribution);
        event = load(text);
        assert_string_equal(record_origin(event, agency, "inbox"), wanted);
        json_decref(event);
}

static void test_origin(void **state _unused_)
{
        assert_origin("[]", "Reuters", "Reuters");
        assert_origin("null", "Reuters", "Reuters");
        assert_origin("[]", NULL, "inbox");
        assert_origin("[]", "", "inbox");
        assert_origin("[{'name': 'KCNA'}]", "Yonhap", "KCNA");
        assert_origin("[{'name': 'Yonhap'}]", "YONHAP", "YONHAP");
        assert_origin("[{'name': 'Yonhap'}, {'name': 'the ministry'}]", "Yonhap", "the ministry");
        assert_origin("[{'name': 'the ministry'}, {'name': 'Yonhap'}]", "Yonhap", "the ministry");
        assert_origin("[{'name': 'KCNA'}, {'code': 'PRKGOV'}, {'name': ''}]", "Yonhap", "KCNA");
}

static void test_complete(void **state _unused_)
{
        const struct record_about about = { .story = "42.1", .number = 3, .event = 7, .first_seen = 1700000000000000,
                                            .published = 1699999200000000, .origin = "KCNA", .watch = "inbox",
                                            .publisher = "paper.example", .url = "https://paper.example/1" };
        json_t *event = load("{'seq': 99, 'event': 'SUPPORT', 'id': 'forged', 'confidence': 0.91, 'withdrawn': true,"
                             " 'where': {'lat': 39.03, 'lon': 125.754321}, 'reports': 500, 'story': 5, 'x': [null]}");
        const char *reason;
        json_t *wanted;
        char *text;
        size_t n;

        assert_int_equal(record_complete(event, &about, &text, &n, &reason), 0);
        json_decref(event);
        wanted = load("{'id':'42.1.3','story':'42.1','number':7,'event':'SUPPORT','confidence':0.91,"
                      "'where':{'lat':39.03,'lon':125.754321},'x':[null],"
                      "'reports':1,'stories':1,'publishers':1,'origins':['KCNA'],'first_seen':'2023-11-14T22:13:20Z',"
                      "'last_seen':'2023-11-14T22:13:20Z','watch':'inbox','publisher':'paper.example',"
                      "'url':'https://paper.example/1','mentions':[{'report':'42.1.3','seen':'2023-11-14T22:13:20Z','sentence':0,"
                      "'offsets':[-1,-1,-1],'publisher':'paper.example','url':'https://paper.example/1','watch':'inbox',"
                      "'origin':'KCNA','published':'2023-11-14T22:00:00Z','confidence':0.91}]}");
        event = json_loadb(text, n, 0, NULL);
        assert_true(json_equal(event, wanted));
        assert_non_null(strstr(text, "{\"id\":\"42.1.3\",\"story\":\"42.1\",\"number\":7,\"event\":"));
        assert_non_null(strstr(text, ",\"confidence\":0.91,"));
        json_decref(event);
        json_decref(wanted);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_origin),
                cmocka_unit_test(test_complete),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
