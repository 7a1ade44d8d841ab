/* Elements: nesting, namespaces, xml:base and xml:lang, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "modules/decode/xml.h"

struct fixture {
        struct arena arena;
        struct xml x;
};

static int setup(void **state)
{
        *state = calloc(1, sizeof(struct fixture));
        return *state ? 0 : -1;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        arena_deinit(&f->arena);
        free(f);
        return 0;
}

static struct xml *start(void **state, const char *s)
{
        struct fixture *f = *state;

        xml_start(&f->x, &f->arena, s, strlen(s), "http://h/");
        assert_true(xml_child(&f->x, 0));
        return &f->x;
}

static void test_children(void **state)
{
        struct xml *x = start(state, "<r><a>1<b>2</b></a>text<c/><d>  x \n y &amp; <![CDATA[<z>]]></d></r>");
        unsigned in = x->depth;

        assert_true(xml_is(x, XML_NS_OWN, "R"));
        assert_true(xml_child(x, in) && xml_is(x, XML_NS_OWN, "a"));    /* not read: passed over */
        assert_true(xml_child(x, in) && xml_is(x, XML_NS_OWN, "c"));
        assert_null(xml_line(x));
        assert_true(xml_child(x, in) && xml_is(x, XML_NS_OWN, "d"));
        assert_string_equal(xml_line(x), "x y & <z>");
        assert_false(xml_child(x, in));
        assert_false(x->damaged);
}

static void test_namespaces(void **state)
{
        struct xml *x = start(state, "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:r='http://purl.org/rss/1.0/'"
                                     " xmlns:d='http://purl.org/dc/elements/1.1/'><r:a/><d:a/><o:a xmlns:o='urn:o'/><o:a/><dc:a/></rdf:RDF>");
        static const enum xml_ns expected[] = { XML_NS_OWN, XML_NS_DC, XML_NS_OTHER, XML_NS_OTHER, XML_NS_DC };
        unsigned in = x->depth;

        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
                assert_true(xml_child(x, in));
                assert_int_equal(x->ns, expected[i]);
        }
        assert_true(x->damaged);        /* dc was never declared */
}

static void test_inherited(void **state)
{
        struct xml *x = start(state, "<r xml:base='b/' xml:lang='en'><a xml:base='../c'><i/></a><a xml:lang=''/><a/></r>");
        unsigned in = x->depth, inner;

        assert_string_equal(xml_base(x), "http://h/b/");
        assert_true(xml_child(x, in));
        inner = x->depth;
        assert_true(xml_child(x, inner));
        assert_string_equal(xml_base(x), "http://h/c");
        assert_string_equal(xml_language(x), "en");
        assert_true(xml_child(x, in));
        assert_string_equal(xml_language(x), "");
        assert_true(xml_child(x, in));
        assert_string_equal(xml_language(x), "en");
        assert_string_equal(xml_base(x), "http://h/b/");
}

static void test_wrong_order(void **state)
{
        struct xml *x = start(state, "<r><i><t>a<b>c</t></i></nothing><i><t>d</t></i>");
        unsigned in = x->depth, inner;

        assert_true(xml_child(x, in));
        inner = x->depth;
        assert_true(xml_child(x, inner));
        assert_string_equal(xml_line(x), "ac");
        assert_false(xml_child(x, inner));
        assert_true(xml_child(x, in));
        inner = x->depth;
        assert_true(xml_child(x, inner));
        assert_string_equal(xml_line(x), "d");
        assert_false(xml_child(x, in));
        assert_true(x->damaged);
}

static void test_deep(void **state)
{
        struct buf deep = BUF_NULL;
        struct xml *x;

        buf_append_string(&deep, "<r>");
        for (unsigned i = 0; i < 1000; i++)
                buf_append_string(&deep, "<a>");
        for (unsigned i = 0; i < 1000; i++)
                buf_append_string(&deep, "</a>");
        buf_append_string(&deep, "<z>end</z></r>");
        x = start(state, deep.data);
        assert_true(xml_child(x, 1) && xml_is(x, XML_NS_OWN, "a"));
        assert_true(xml_child(x, 1) && xml_is(x, XML_NS_OWN, "z"));
        assert_string_equal(xml_line(x), "end");
        buf_deinit(&deep);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_children, setup, teardown),
                cmocka_unit_test_setup_teardown(test_namespaces, setup, teardown),
                cmocka_unit_test_setup_teardown(test_inherited, setup, teardown),
                cmocka_unit_test_setup_teardown(test_wrong_order, setup, teardown),
                cmocka_unit_test_setup_teardown(test_deep, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
