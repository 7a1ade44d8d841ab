/* The Varlink codec: UAPI.20, "Wire Protocol". */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "control/varlink.h"

static void reader_split_at_every_byte(void **state _unused_)
{
        static const char stream[] = "one\0two\0\0four";      /* the last one with the literal's own NUL */
        static const char *const wanted[] = { "one", "two", "", "four" };

        for (size_t cut = 0; cut <= sizeof(stream); cut++) {
                _cleanup_(varlink_reader_deinit) struct varlink_reader reader = VARLINK_READER_NULL;
                const char *message;
                size_t n, k = 0;

                for (int part = 0; part < 2; part++) {
                        assert_int_equal(varlink_reader_add(&reader, part == 0 ? stream : stream + cut,
                                                            part == 0 ? cut : sizeof(stream) - cut), 0);
                        while (varlink_reader_take(&reader, 100, &message, &n) == 0) {
                                assert_true(k < 4);
                                assert_int_equal(n, strlen(wanted[k]));
                                assert_memory_equal(message, wanted[k], n);
                                k++;
                        }
                }
                assert_int_equal(k, 4);
                assert_int_equal(varlink_reader_waiting(&reader), 0);
                assert_null(reader.in.data);    /* an idle one holds no memory */
        }
}

static void reader_bounds(void **state _unused_)
{
        _cleanup_(varlink_reader_deinit) struct varlink_reader reader = VARLINK_READER_NULL;
        const char *message;
        size_t n;

        varlink_reader_add(&reader, "12345\0" "1234567", 13);
        assert_true(varlink_reader_has_message(&reader));
        assert_int_equal(varlink_reader_take(&reader, 5, &message, &n), 0);
        assert_false(varlink_reader_has_message(&reader));
        assert_int_equal(varlink_reader_waiting(&reader), 7);
        assert_int_equal(varlink_reader_take(&reader, 7, &message, &n), VARLINK_E_MORE);
        assert_int_equal(varlink_reader_take(&reader, 6, &message, &n), VARLINK_E_LARGE);
        varlink_reader_add(&reader, "\0", 1);
        assert_int_equal(varlink_reader_take(&reader, 6, &message, &n), VARLINK_E_LARGE);
        assert_int_equal(varlink_reader_take(&reader, 7, &message, &n), 0);
        assert_int_equal(n, 7);
}

static void calls(void **state _unused_)
{
        static const char *const good[] = {
                "{\"method\":\"a.b.C\"}",
                " {\n\"method\" : \"a.b.C\" ,\t\"parameters\" : { } }\r\n",
                "{\"method\":\"a.b.C\",\"parameters\":null,\"oneway\":null,\"more\":false}",
                "{\"method\":\"a.b.C\",\"more\":true,\"oneway\":false}",
                "{\"method\":\"a.b.C\",\"org.example\":{\"x\":1}}",
                "{\"method\":\"a.b.C\",\"parameters\":{\"s\":\"[[[[{{{{\\\"[\"}}",
        };
        static const char *const bad[] = {
                "", "x", "{", "[]", "3", "\"a\"", "null", "{} {}",
                "{}", "{\"parameters\":{}}", "{\"method\":3}", "{\"method\":null}", "{\"method\":\"a\\u0000b\"}",
                "{\"method\":\"a.b.C\",\"parameters\":[]}", "{\"method\":\"a.b.C\",\"parameters\":\"x\"}",
                "{\"method\":\"a.b.C\",\"more\":1}", "{\"method\":\"a.b.C\",\"oneway\":\"true\"}",
                "{\"method\":\"a.b.C\",\"upgrade\":{}}", "{\"method\":\"a.b.C\",\"id\":1}",
                "{\"method\":\"a.b.C\",\"more\":true,\"oneway\":true}",
                "{\"method\":\"a.b.C\",\"more\":true,\"upgrade\":true}",
                "{\"method\":\"a.b.C\",\"method\":\"a.b.D\"}", "{\"method\":\"\xff\"}", "{\"method\":\"a.b.C\",}",
                "{\"method\":\"a.b.C\",\"parameters\":{\"x\":NaN}}",
                "{\"method\":\"a.b.C\",\"parameters\":{\"x\":1e999}}",
                "{\"method\":\"a.b.C\",\"parameters\":{\"x\":99999999999999999999}}",
        };
        struct varlink_call call;
        const char *why;

        for (size_t i = 0; i < N_ELEMENTS(good); i++) {
                assert_int_equal(varlink_call_parse(good[i], strlen(good[i]), &call, &why), 0);
                assert_string_equal(call.method, "a.b.C");
                assert_int_equal(call.more, i == 3);
                varlink_call_deinit(&call);
                varlink_call_deinit(&call);
        }
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                why = NULL;
                if (varlink_call_parse(bad[i], strlen(bad[i]), &call, &why) != VARLINK_E_MALFORMED)
                        fail_msg("taken: %s", bad[i]);
                assert_non_null(why);
                assert_null(call.root);
        }
}

static void depth(void **state _unused_)
{
        /* {"method":"a.b.C","parameters":{"x":[[[...]]]}}: the two objects count. */
        for (size_t deep = VARLINK_DEPTH_MAX - 2; deep <= VARLINK_DEPTH_MAX - 1; deep++) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;
                struct varlink_call call;
                const char *why = "";
                int r;

                buf_append_string(&text, "{\"method\":\"a.b.C\",\"parameters\":{\"x\":");
                for (size_t i = 0; i < deep; i++)
                        buf_append_string(&text, "[");
                for (size_t i = 0; i < deep; i++)
                        buf_append_string(&text, "]");
                buf_append_string(&text, "}}");
                r = varlink_call_parse(text.data, text.n, &call, &why);
                assert_int_equal(r, deep == VARLINK_DEPTH_MAX - 2 ? 0 : VARLINK_E_MALFORMED);
                varlink_call_deinit(&call);
        }
}

static void replies(void **state _unused_)
{
        static const char *const bad[] = {
                "{\"error\":\"a.b.C\",\"continues\":true}", "{\"error\":1}", "{\"continues\":0}", "{\"parameters\":1}",
                "{\"method\":\"a\"}", "[]",
        };
        static const char good[] = "{\"parameters\":{\"a\":1},\"continues\":true,\"error\":null,\"com.x\":1}";
        struct varlink_reply reply;
        const char *why;

        assert_int_equal(varlink_reply_parse("{}", 2, &reply, &why), 0);
        assert_null(reply.error);
        assert_null(reply.parameters);
        assert_false(reply.continues);
        varlink_reply_deinit(&reply);
        assert_int_equal(varlink_reply_parse(good, strlen(good), &reply, &why), 0);
        assert_true(reply.continues);
        assert_int_equal(varlink_int(reply.parameters, "a", 0), 1);
        varlink_reply_deinit(&reply);
        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                assert_int_equal(varlink_reply_parse(bad[i], strlen(bad[i]), &reply, &why), VARLINK_E_MALFORMED);
}

static void packing(void **state _unused_)
{
        static const char wanted[] =
                "{\"method\":\"a.b.C\"}\0"
                "{\"method\":\"a.b.C\",\"more\":true}\0"
                "{\"method\":\"a.b.C\",\"parameters\":{\"x\":39.03},\"oneway\":true}\0"
                "{}\0"
                "{\"continues\":true}\0"
                "{\"parameters\":{\"x\":39.03},\"continues\":true}\0"
                "{\"error\":\"a.b.E\"}\0"
                "{\"error\":\"a.b.E\",\"parameters\":{\"x\":39.03}}\0"
                "{\"parameters\":{\"y\":2},\"continues\":true}\0"
                "{\"parameters\":{\"y\":2}}";
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        json_t *parameters = json_pack("{s:f}", "x", 39.03), *none = json_object();

        assert_int_equal(varlink_pack_call(&out, "a.b.C", NULL, false, false), 0);
        assert_int_equal(varlink_pack_call(&out, "a.b.C", none, true, false), 0);
        assert_int_equal(varlink_pack_call(&out, "a.b.C", parameters, false, true), 0);
        assert_int_equal(varlink_pack_reply(&out, NULL, false), 0);
        assert_int_equal(varlink_pack_reply(&out, none, true), 0);
        assert_int_equal(varlink_pack_reply(&out, parameters, true), 0);
        assert_int_equal(varlink_pack_error(&out, "a.b.E", NULL), 0);
        assert_int_equal(varlink_pack_error(&out, "a.b.E", parameters), 0);
        assert_int_equal(varlink_pack_reply_text(&out, "{\"y\":2}", 7, true), 0);
        assert_int_equal(varlink_pack_reply_text(&out, "{\"y\":2}", 7, false), 0);
        assert_int_equal(out.n, sizeof(wanted));
        assert_memory_equal(out.data, wanted, sizeof(wanted));
        json_decref(parameters);
        json_decref(none);
}

static void packing_into_a_full_buffer(void **state _unused_)
{
        json_t *parameters = json_pack("{s:s}", "text", "some words that take room");

        for (size_t max = 1; max < 60; max++) {
                _cleanup_(buf_deinit) struct buf out = BUF_BOUNDED(max);

                buf_append(&out, "x", 1);
                if (varlink_pack_reply(&out, parameters, true) != 0)
                        assert_int_equal(out.n, 1);
                else
                        assert_int_equal(out.data[out.n - 1], '\0');
        }
        json_decref(parameters);
}

static const char *check(const char *json)
{
        static const struct varlink_parameter table[] = {
                { "id", VARLINK_STRING, .required = true, .min = 1, .max = 4 },
                { "n", VARLINK_INT, .min = 1, .max = 10 },
                { "on", VARLINK_BOOL, .required = false },
                { "bytes", VARLINK_BYTES, .required = false },
                { 0 },
        };
        json_t *parameters = json_loads(json, JSON_ALLOW_NUL, NULL);
        const char *wrong = varlink_parameters_check(table, parameters);
        static char copy[16];

        snprintf(copy, sizeof(copy), "%s", wrong != NULL ? wrong : "fine");
        json_decref(parameters);
        return copy;
}

static void parameters(void **state _unused_)
{
        assert_string_equal(check("{\"id\":\"a\"}"), "fine");
        assert_string_equal(check("{\"id\":\"a\",\"n\":null,\"on\":true,\"bytes\":\"a\\u0000b\"}"), "fine");
        assert_string_equal(check("{\"id\":\"abcd\",\"n\":10,\"on\":null}"), "fine");
        assert_string_equal(check("{}"), "id");
        assert_string_equal(check("{\"id\":null}"), "id");
        assert_string_equal(check("{\"id\":\"\"}"), "id");
        assert_string_equal(check("{\"id\":\"abcde\"}"), "id");
        assert_string_equal(check("{\"id\":\"a\\u0000\"}"), "id");
        assert_string_equal(check("{\"id\":1}"), "id");
        assert_string_equal(check("{\"id\":\"a\",\"n\":0}"), "n");
        assert_string_equal(check("{\"id\":\"a\",\"n\":11}"), "n");
        assert_string_equal(check("{\"id\":\"a\",\"n\":1.0}"), "n");
        assert_string_equal(check("{\"id\":\"a\",\"on\":1}"), "on");
        assert_string_equal(check("{\"id\":\"a\",\"bytes\":[]}"), "bytes");
        assert_string_equal(check("{\"id\":\"a\",\"other\":1}"), "other");
        assert_string_equal(check("{\"id\":\"a\",\"ID\":null}"), "ID");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(reader_split_at_every_byte), cmocka_unit_test(reader_bounds), cmocka_unit_test(calls),
                cmocka_unit_test(depth), cmocka_unit_test(replies), cmocka_unit_test(packing),
                cmocka_unit_test(packing_into_a_full_buffer), cmocka_unit_test(parameters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
