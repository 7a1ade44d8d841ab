/* What a job frame asks and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/serve.h"

struct fixture {
        struct arena lasting, scratch;
        struct chain *chain;
        struct buf out;
};

static void log_nothing(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

static int set_up(void **state)
{
        static const char text[] = "modules: [decode]\n";
        struct fixture *f = calloc(1, sizeof(*f));
        struct yaml_errors errors;
        struct yaml_node *root;

        assert_non_null(f);
        yaml_errors_init(&errors, &f->lasting);
        assert_int_equal(yaml_parse(&f->lasting, "f.yaml", text, strlen(text), &root, &errors), 0);
        assert_int_equal(chain_open(&f->chain, &f->lasting, "f.yaml", yaml_get(root, "modules"), &errors, log_nothing,
                                    NULL), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        chain_close(f->chain);
        buf_deinit(&f->out);
        arena_deinit(&f->scratch);
        arena_deinit(&f->lasting);
        free(f);
        return 0;
}

/* Run one job; the answer's JSON, a new reference. */
static json_t *serve(struct fixture *f, const char *head, const char *body, enum frame_type wanted)
{
        const struct frame job = { .type = FRAME_JOB, .head = head, .n_head = strlen(head), .body = body,
                                   .n_body = strlen(body) };
        struct frame answer;
        size_t size;
        json_t *json;

        buf_clear(&f->out);
        assert_int_equal(serve_job(f->chain, &f->scratch, &job, &f->out), 0);
        assert_int_equal(frame_parse(f->out.data, f->out.n, 64 << 20, &answer, &size), 0);
        assert_int_equal(size, f->out.n);
        assert_int_equal(answer.type, wanted);
        json = json_loadb(answer.head, answer.n_head, 0, NULL);
        assert_non_null(json);
        return json;
}

static const char *text_of(json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        return text != NULL ? text : "(none)";
}

static void test_delivery(void **state)
{
        json_t *answer = serve(*state, "{\"kind\":\"delivery\",\"envelope\":{\"delivery\":7,\"source\":\"inbox\"}}",
                               "Headline: A\nGuid: g1\n\nPARIS (Agency) - Text.\n", FRAME_RESULT);
        json_t *story = json_array_get(json_object_get(answer, "stories"), 0);

        assert_int_equal(json_array_size(json_object_get(answer, "stories")), 1);
        assert_int_equal(json_array_size(json_object_get(answer, "bad")), 0);
        assert_string_equal(text_of(story, "headline"), "A");
        assert_string_equal(text_of(story, "guid"), "g1");
        assert_non_null(strstr(text_of(story, "text"), "Text."));
        json_decref(answer);
}

static void test_refused_delivery(void **state)
{
        json_t *answer = serve(*state, "{\"kind\":\"delivery\",\"envelope\":{\"format\":\"nothing\"}}", "x",
                               FRAME_FAIL);

        assert_true(json_is_false(json_object_get(answer, "stray")));
        assert_true(json_string_length(json_object_get(answer, "reason")) > 0);
        json_decref(answer);
}

/* It says so, and the worker goes on. */
static void test_too_large(void **state)
{
        char *body = malloc(FRAME_HEAD_MAX + 1);
        json_t *answer;

        assert_non_null(body);
        memset(body, 'a', FRAME_HEAD_MAX);
        body[FRAME_HEAD_MAX] = '\0';
        answer = serve(*state, "{\"kind\":\"story\",\"segment\":0,\"whole\":true,\"story\":{}}", body, FRAME_FAIL);
        assert_non_null(strstr(text_of(answer, "reason"), "larger than a worker may answer"));
        json_decref(answer);
        free(body);
}

/* Without a coder there is nothing coded; the members are there all the same. */
/* The worker stops where the desk would not take more, before it has held all of them. */
static void test_too_many(void **state)
{
        static const struct {
                const char *head, *unit;
                size_t n;
                enum frame_type wanted;
        } rows[] = {
                { "<rss><channel>", "<item><title>A</title></item>", SERVE_STORIES_MAX, FRAME_RESULT },
                { "<rss><channel>", "<item><title>A</title></item>", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "<rss>", "<item><title>A</title></item>", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "<rss><channel><item><title>A</title></item>", "<item/>", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry><id>A</id></entry>", SERVE_STORIES_MAX + 1,
                  FRAME_FAIL },
                { "<newsMessage><itemSet>", "<newsItem guid='a'/>", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "<NewsML>",
                  "<NewsItem><NewsComponent><NewsLines><HeadLine>A</HeadLine></NewsLines></NewsComponent></NewsItem>",
                  SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "", "{\"uri\": \"a\"}\n", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "{\"uri\": \"a\"}\n", "{\n", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "", "\1a1 \2a=\nb\3\4", SERVE_STORIES_MAX + 1, FRAME_FAIL },
                { "", "\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2b\3", SERVE_STORIES_MAX + 1, FRAME_FAIL },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct buf text = BUF_NULL;
                json_t *answer;

                assert_int_equal(buf_append_string(&text, rows[i].head), 0);
                for (size_t k = 0; k < rows[i].n; k++)
                        assert_int_equal(buf_append_string(&text, rows[i].unit), 0);
                answer = serve(f, "{\"kind\":\"delivery\",\"envelope\":{}}", text.data, rows[i].wanted);
                if (rows[i].wanted == FRAME_FAIL)
                        assert_string_equal(text_of(answer, "reason"), "too many stories in one delivery");
                else
                        assert_int_equal(json_array_size(json_object_get(answer, "stories")), rows[i].n);
                json_decref(answer);
                buf_deinit(&text);
        }
}

/* What a feed says of itself comes along. */
static void test_feed_links(void **state)
{
        json_t *answer = serve(
                *state, "{\"kind\":\"delivery\",\"envelope\":{\"name\":\"http://h/a/feed\"}}",
                "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><ttl>2</ttl><a:link rel='hub' href='http://hub/'/>"
                "<a:link rel='self' href='f'/></channel></rss>",
                FRAME_RESULT);
        const json_t *hints = json_object_get(answer, "hints");

        assert_int_equal(json_integer_value(json_object_get(hints, "ttl")), 120);
        assert_string_equal(json_string_value(json_object_get(hints, "hub")), "http://hub/");
        assert_string_equal(json_string_value(json_object_get(hints, "self")), "http://h/a/f");
        json_decref(answer);
}

static void test_story(void **state)
{
        json_t *answer = serve(*state, "{\"kind\":\"story\",\"segment\":0,\"whole\":false,\"story\":{\"id\":\"1.1\"}}",
                               "The text.", FRAME_RESULT);

        assert_int_equal(json_object_size(answer), 3);
        assert_true(json_is_array(json_object_get(answer, "events")));
        assert_true(json_is_array(json_object_get(answer, "statements")));
        assert_true(json_is_array(json_object_get(answer, "actors")));
        json_decref(answer);
        answer = serve(*state,
                       "{\"kind\":\"story\",\"segment\":0,\"whole\":true,\"story\":{\"id\":\"1.1\",\"headline\":"
                       "\"H\"}}",
                       "The text.", FRAME_RESULT);
        assert_string_equal(text_of(answer, "id"), "1.1");
        assert_string_equal(text_of(answer, "headline"), "H");
        assert_string_equal(text_of(answer, "text"), "The text.");
        json_decref(answer);
}

/* What an exec module gave back: its text and its events stay. */
static void test_document(void **state)
{
        json_t *answer =
                serve(*state, "{\"kind\":\"document\",\"segment\":0,\"whole\":false}",
                      "{\"id\":\"1.1\",\"text\":\"Other text.\",\"events\":[{\"event\":\"AID\"}]}", FRAME_RESULT);

        assert_string_equal(text_of(answer, "text"), "Other text.");
        assert_string_equal(text_of(json_array_get(json_object_get(answer, "events"), 0), "event"), "AID");
        assert_true(json_is_array(json_object_get(answer, "statements")));
        json_decref(answer);
}

static void test_nonsense(void **state)
{
        static const struct {
                const char *head, *body, *reason;
        } rows[] = {
                { "{\"kind\":\"document\",\"segment\":0}", "no JSON", "no JSON object" },
                { "{\"kind\":\"document\",\"segment\":0}", "[1]", "no JSON object" },
                { "{\"kind\":\"document\",\"segment\":0}", "{\"text\":\"x\",\"text\":\"y\"}", "no JSON object" },
                { "{\"kind\":\"story\",\"segment\":1,\"story\":{}}", "x", "segment" },
                { "{\"kind\":\"story\",\"segment\":-1,\"story\":{}}", "x", "segment" },
                { "{\"kind\":\"story\",\"segment\":0,\"story\":{\"headline\":1}}", "x", "" },
        };
        static const char *const fatal[] = { "no JSON", "{}", "{\"kind\":1}", "[]", "" };
        struct fixture *f = *state;

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                json_t *answer = serve(f, rows[i].head, rows[i].body, FRAME_FAIL);

                assert_true(json_is_false(json_object_get(answer, "stray")));
                assert_non_null(strstr(text_of(answer, "reason"), rows[i].reason));
                json_decref(answer);
        }
        for (size_t i = 0; i < N_ELEMENTS(fatal); i++) {
                const struct frame job = { .type = FRAME_JOB, .head = fatal[i], .n_head = strlen(fatal[i]) };

                assert_int_equal(serve_job(f->chain, &f->scratch, &job, &f->out), -EPROTO);
        }
}

/* A program that answered twice for one story is found out by the next. */
static void test_stray_document(void **state)
{
        static const char head[] = "{\"kind\":\"document\",\"id\":\"1.2\",\"segment\":0,\"whole\":false}";
        json_t *answer = serve(*state, head, "{\"id\":\"1.1\",\"text\":\"T\",\"events\":[]}", FRAME_FAIL);

        assert_true(json_is_true(json_object_get(answer, "stray")));
        assert_non_null(strstr(text_of(answer, "reason"), "another story, 1.1"));
        json_decref(answer);
        json_decref(serve(*state, head, "{\"id\":\"1.2\",\"text\":\"T\",\"events\":[]}", FRAME_RESULT));
        json_decref(serve(*state, head, "{\"text\":\"T\",\"events\":[]}", FRAME_RESULT));
}

/* A reason that is not text does not stop the answer. */
static void test_fail(void **state)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        (void)state;
        assert_int_equal(serve_fail(&out, "\xff\xfe", true), 0);
        assert_int_equal(serve_fail(&out, "plain", false), 0);
        assert_non_null(strstr(out.data + FRAME_HEADER, "not text"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_delivery, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_refused_delivery, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_feed_links, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_story, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_document, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_stray_document, set_up, tear_down),
                cmocka_unit_test(test_fail),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
