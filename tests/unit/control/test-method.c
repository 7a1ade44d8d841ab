/* The methods one by one, and that the table, the interface file and the answers agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/describe.h"
#include "control/method.h"
#include "tests/unit/control/fake.h"

#define C "'method':'io.dateline.Control."

static void service(void **state)
{
        json_t *reply, *parameters;
        struct caller c;

        caller_open(&c, *state);
        caller_call(&c, "{'method':'org.varlink.service.GetInfo'}");
        reply = caller_reply(&c);
        parameters = json_object_get(reply, "parameters");
        assert_string_equal(varlink_string(parameters, "product"), "datelined");
        assert_int_equal(json_array_size(json_object_get(parameters, "interfaces")), 2);
        assert_int_equal(json_object_size(parameters), 5);
        json_decref(reply);
        caller_call(&c, "{'method':'org.varlink.service.GetInterfaceDescription',"
                        "'parameters':{'interface':'io.dateline.Control'}}");
        reply = caller_reply(&c);
        assert_string_equal(varlink_string(json_object_get(reply, "parameters"), "description"), describe_control_text);
        json_decref(reply);
        caller_expect(&c, "{'method':'org.varlink.service.GetInterfaceDescription','parameters':{'interface':'x.y'}}",
                      "{'error':'org.varlink.service.InterfaceNotFound','parameters':{'interface':'x.y'}}");
        caller_expect(&c, "{'method':'org.varlink.service.GetInterfaceDescription'}",
                      "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'interface'}}");
        caller_close(&c);
}

static void daemon_methods(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        caller_open(&c, fake);
        caller_expect(
                &c, "{" C "Status'}",
                "{'parameters':{'version':'1','log_level':'emerg',"
                "'control':{'connections':1,'followers':0,'refused':0},'sources':[{'name':'inbox'},{'name':'wire'}]}}");
        caller_expect(&c, "{" C "Sources'}", "{'parameters':{'sources':[{'name':'inbox'},{'name':'wire'}]}}");
        caller_expect(&c, "{" C "TestSource','parameters':{'name':'example'}}",
                      "{'parameters':{'url':'http://a/','found':0}}");
        caller_expect(&c, "{" C "TestSource','parameters':{'name':'nobody'}}",
                      "{'error':'io.dateline.Control.NoSuchSource','parameters':{'name':'nobody'}}");
        caller_expect(&c, "{" C "TestSource','parameters':{'url':'ftp://a/'}}",
                      "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'url'}}");
        caller_expect(&c, "{" C "TestSource'}",
                      "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'name'}}");
        caller_expect(&c, "{" C "Pause','parameters':{'name':'inbox'}}", "{}");
        assert_string_equal(fake->paused, "inbox 1");
        caller_expect(&c, "{" C "Resume','parameters':{'name':'inbox'}}", "{}");
        assert_string_equal(fake->paused, "inbox 0");
        caller_expect(&c, "{" C "Resume','parameters':{'name':'\\u001b'}}",
                      "{'error':'io.dateline.Control.NoSuchSource','parameters':{'name':'\\u001b'}}");
        caller_expect(&c, "{" C "SetLogLevel','parameters':{'level':'debug'}}", "{}");
        assert_int_equal(fake->level, LOG_DEBUG);
        log_set_level(fake->log, LOG_EMERG);
        caller_expect(&c, "{" C "GetLogLevel'}", "{'parameters':{'level':'emerg'}}");
        caller_expect(&c, "{" C "SetLogLevel','parameters':{'level':'loud'}}",
                      "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'level'}}");
        caller_close(&c);
}

static void reload(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        caller_open(&c, fake);
        caller_expect(&c, "{" C "Reload'}", "{}");
        fake->reload_errors = "watch: 1 removed (wire)";
        caller_expect(&c, "{" C "Reload'}", "{'parameters':{'changes':'watch: 1 removed (wire)'}}");
        fake->reload_result = 1;
        fake->reload_errors = "a.yaml:1:2: wrong\n\na.yaml:3:4: wrong too\n";
        caller_expect(&c, "{" C "Reload'}", "{'error':'io.dateline.Control.ConfigurationRefused',"
                                             "'parameters':{'errors':['a.yaml:1:2: wrong','a.yaml:3:4: wrong too']}}");
        fake->reload_errors = "a.yaml: last line without an end";
        caller_expect(&c, "{" C "Reload'}", "{'error':'io.dateline.Control.ConfigurationRefused',"
                                             "'parameters':{'errors':['a.yaml: last line without an end']}}");
        fake->reload_result = -5;
        caller_expect(&c, "{" C "Reload'}",
                      "{'error':'io.dateline.Control.Failed','parameters':{'reason':'Input/output error'}}");
        assert_int_equal(fake->reloads, 5);
        caller_close(&c);
}

static void records(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        caller_open(&c, fake);
        caller_expect(&c, "{" C "Event','parameters':{'id':'1'}}",
                      "{'parameters':{'event':{'id':'1','field':'event'}}}");
        caller_expect(&c, "{" C "Story','parameters':{'id':'1'}}",
                      "{'parameters':{'story':{'id':'1','field':'story'}}}");
        caller_expect(&c, "{" C "Story','parameters':{'id':'2'}}",
                      "{'error':'io.dateline.Control.NotFound','parameters':{'id':'2'}}");
        caller_expect(&c, "{" C "Search','parameters':{'words':'a b','limit':3}}",
                      "{'parameters':{'stories':[{'headline':'a b','limit':3}]}}");
        caller_expect(&c, "{" C "Search','parameters':{'words':'\\\"'}}",
                      "{'error':'io.dateline.Control.BadQuery','parameters':{'words':'\\\"'}}");
        caller_expect(&c, "{" C "QuarantineList'}", "{'parameters':{'items':[{'limit':100}]}}");
        caller_expect(&c, "{" C "QuarantineShow','parameters':{'id':'1'}}",
                      "{'parameters':{'item':{'id':'1','field':'quarantined'}}}");
        caller_expect(&c, "{" C "QuarantineRetry','parameters':{'id':'2'}}",
                      "{'error':'io.dateline.Control.NotFound','parameters':{'id':'2'}}");
        assert_int_equal(fake->kicks, 0);
        caller_expect(&c, "{" C "QuarantineRetry','parameters':{'id':'1'}}", "{}");
        assert_int_equal(fake->kicks, 1);
        caller_expect(&c, "{" C "Submitted','parameters':{'key':'known'}}", "{'parameters':{'id':42}}");
        caller_expect(&c, "{" C "Submitted','parameters':{'key':'other'}}", "{'parameters':{'id':null}}");
        caller_expect(&c, "{" C "QuarantineDrop','parameters':{'id':'1'}}", "{}");
        caller_expect(&c, "{" C "QuarantineDrop','parameters':{'id':'full'}}",
                      "{'error':'io.dateline.Control.Failed','parameters':{'reason':'No space left on device'}}");
        assert_int_equal(fake->kicks, 1);
        caller_close(&c);
}

#define TAKEN "{'parameters':{'id':7,'known':false}}"
#define WRONG(name) "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'" name "'}}"

static void submit(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        caller_open(&c, fake);
        caller_expect(&c, "{" C "Submit','parameters':{'text':'some text','name':'a.txt','format':'plain'}}", TAKEN);
        assert_string_equal(fake->submitted, "a.txt plain 9 some text");
        caller_expect(&c, "{" C "Submit','parameters':{'base64':'c29tZSB0ZXh0'}}", TAKEN);
        assert_string_equal(fake->submitted, "- - 9 some text");
        caller_expect(&c, "{" C "Submit','parameters':{'text':'a\\u0000b'}}", TAKEN);
        assert_string_equal(fake->submitted, "- - 3 a");
        caller_expect(&c, "{" C "Submit','parameters':{'text':''}}", TAKEN);
        assert_string_equal(fake->submitted, "- - 0 ");
        caller_expect(&c, "{" C "Submit','parameters':{}}", WRONG("text"));
        caller_expect(&c, "{" C "Submit','parameters':{'text':'a','base64':'YQ=='}}", WRONG("base64"));
        caller_expect(&c, "{" C "Submit','parameters':{'base64':'YQ='}}", WRONG("base64"));
        fake->submit_result = 1;
        caller_expect(&c, "{" C "Submit','parameters':{'text':'a'}}", "{'parameters':{'id':7,'known':true}}");
        fake->submit_result = -11;
        caller_expect(
                &c, "{" C "Submit','parameters':{'text':'a'}}",
                "{'error':'io.dateline.Control.NotTaken','parameters':{'reason':'the queue is full','later':true}}");
        caller_close(&c);
}

/* A long one is parsed on another thread; what comes behind it still waits its turn. */
static void submit_long(void **state)
{
        _cleanup_(buf_deinit) struct buf call = BUF_NULL;
        struct fake *fake = *state;
        struct caller c;

        buf_append_string(&call, "{" C "Submit\",\"parameters\":{\"text\":\"");
        for (int i = 0; i < 3000000; i++)
                buf_append(&call, "x", 1);
        buf_append_string(&call, "\"}}");
        caller_open(&c, fake);
        caller_call(&c, call.data);
        caller_call(&c, "{" C "GetLogLevel'}");
        caller_expect_reply(&c, TAKEN);
        caller_expect_reply(&c, "{'parameters':{'level':'emerg'}}");
        assert_memory_equal(fake->submitted, "- - 3000000 xxx", 15);
        /* Its client goes away meanwhile. */
        caller_call(&c, call.data);
        fake_turn(fake);
        caller_close(&c);
}

/* Every method of the table stands in the interface file with just these parameters, and the other way round. */
static void table_and_interface_agree(void **state _unused_)
{
        size_t rows = 0, lines = 0;

        for (const struct method *row = method_rows; row->name != NULL; row++, rows++) {
                const char *dot = strrchr(row->name, '.');
                const char *text = strncmp(row->name, "org.", 4) == 0 ? describe_service_text : describe_control_text;
                char head[64], *in, *parameter, *rest;
                const struct varlink_parameter *p = row->parameters;

                snprintf(head, sizeof(head), "\nmethod %s(", dot + 1);
                in = strstr(text, head);
                assert_non_null(in);
                in = strndup(in + strlen(head), strcspn(in + strlen(head), ")"));
                parameter = strtok_r(in, ",", &rest);
                for (; parameter != NULL; parameter = strtok_r(NULL, ",", &rest), p++) {
                        static const char *const types[] = { "string", "string", "int", "bool" };
                        char wanted[64];

                        assert_non_null(p->name);
                        snprintf(wanted, sizeof(wanted), "%s: %s%s", p->name, p->required ? "" : "?", types[p->type]);
                        parameter += strspn(parameter, " \n");
                        parameter[strcspn(parameter, "\n")] = '\0';
                        assert_string_equal(parameter, wanted);
                }
                assert_null(p->name);
                free(in);
        }
        for (const char *at = describe_control_text; (at = strstr(at, "\nmethod ")) != NULL; at++)
                lines++;
        for (const char *at = describe_service_text; (at = strstr(at, "\nmethod ")) != NULL; at++)
                lines++;
        assert_int_equal(rows, lines);
        assert_true(method_has_interface("io.dateline.Control", 19));
        assert_false(method_has_interface("io.dateline.Contro", 18));
        assert_null(method_find("io.dateline.Control."));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_begin_test, fake_end_test)
        static const struct CMUnitTest tests[] = {
                TEST(service), TEST(daemon_methods), TEST(reload), TEST(records), TEST(submit), TEST(submit_long),
                cmocka_unit_test(table_and_interface_agree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
