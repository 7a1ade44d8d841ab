/* NITF, NewsML-G2, NewsML 1, ninjs: fields, states and bad items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static void test_nitf(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<nitf><head><docdata management-status='withheld'><doc-id id-string='1'/><date.issue norm='20260102T030405+0100'/>"
                          "<date.release norm='20260102T030405+0100'/></docdata></head><body><body.head><hedline><hl2>Only this</hl2></hedline>"
                          "<byline>By A B<byttl>Writer</byttl></byline></body.head><body.content><block><p>X</p></block></body.content></body></nitf>",
                       "[{\"format\": \"nitf\", \"guid\": \"1\", \"status\": \"withheld\", \"published\": \"2026-01-02T02:04:05Z\", \"embargoed\": null,"
                       " \"headline\": \"Only this\", \"byline\": \"A B\", \"text\": \"X\"}]");
        assert_int_equal(fixture_decode_from(f, "test", "<nitf><head/></nitf>"), MODULE_E_REFUSED);
}

static void test_newsml(void **state)
{
        struct fixture *f = *state;

        /* A prefix for the namespace, plain inline data, an embargo. */
        fixture_expect(f, "<n:newsItem xmlns:n='http://iptc.org/std/nar/2006-10-01/' guid='g' version='2'><n:itemMeta><n:embargoed>2026-01-02T00:00:00Z"
                          "</n:embargoed><n:pubStatus qcode='stat:usable'/></n:itemMeta><n:contentMeta><n:headline role='hlr:sub'>S</n:headline>"
                          "<n:headline role='hlr:main'>M</n:headline></n:contentMeta><n:contentSet><n:inlineData contenttype='text/plain'>One.\n\nTwo."
                          "</n:inlineData></n:contentSet></n:newsItem>",
                       "[{\"format\": \"newsml\", \"guid\": \"g\", \"version\": \"2\", \"status\": \"embargoed\", \"embargoed\": \"2026-01-02T00:00:00Z\","
                       " \"headline\": \"M\", \"text\": \"One.\\nTwo.\"}]");
        assert_int_equal(fixture_decode_from(f, "test", "<newsMessage><header/></newsMessage>"), MODULE_E_REFUSED);
}

/* XHTML whose body begins with a header of its own: keywords, a time, the headline once more. */
static void test_newsml_header(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<newsItem guid='g'><contentSet><inlineXML contenttype='application/xhtml+xml'><html><head><title>T</title></head><body>"
                          "<header><ul><li>Keyword</li></ul><time>11.10.2022</time><h1>T</h1></header><section><p>London <span>(dpa)</span> - One.</p>"
                          "<p>Two.</p></section></body></html></inlineXML></contentSet></newsItem>",
                       "[{\"dateline\": {\"place\": \"London\", \"agency\": \"dpa\"}, \"text\": \"London (dpa) -\\nOne.\\nTwo.\"}]");
        /* One that does not end is text like any other. */
        fixture_expect(f, "<newsItem guid='g'><contentSet><inlineXML><html><body><header><p>One.</p><p>Two.</p></body></html></inlineXML></contentSet>"
                          "</newsItem>",
                       "[{\"text\": \"One.\\nTwo.\"}]");
}

/* Packages refer to items: what they hold is told by the items. */
static void test_newsml_package(void **state)
{
#define COLLECTION "<packageItem guid='p' version='1'><itemMeta><itemClass qcode='ninat:composite'/><title>Top stories</title></itemMeta><contentMeta>" \
                "<headline>Minister met president</headline></contentMeta><groupSet root='g'><group id='g' role='group:main'><itemRef residref='i' " \
                "version='2'><headline>Of the item</headline></itemRef></group></groupSet></packageItem>"
        struct fixture *f = *state;

        fixture_expect(f, "<newsMessage><header/><itemSet>" COLLECTION "<newsItem guid='i' version='2'><contentMeta><headline>Of the item</headline>"
                          "</contentMeta></newsItem>" COLLECTION "</itemSet></newsMessage>",
                       "[{\"guid\": \"i\", \"headline\": \"Of the item\"}]");
        assert_int_equal(json_array_size(f->bad), 0);
        assert_int_equal(fixture_decode_from(f, "test", COLLECTION), MODULE_E_REFUSED);
        assert_non_null(strstr(f->reason, "refers to items"));
        assert_int_equal(fixture_decode_from(f, "test", "<newsMessage><itemSet>" COLLECTION COLLECTION "</itemSet></newsMessage>"), MODULE_E_REFUSED);
        assert_non_null(strstr(f->reason, "refers to items"));
        assert_int_equal(fixture_decode_from(f, "test", "<newsMessage><itemSet><conceptItem guid='c'/></itemSet></newsMessage>"), MODULE_E_REFUSED);
        assert_null(strstr(f->reason, "refers to items"));
#undef COLLECTION
}

static void test_newsml1(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>p</ProviderId><DateId>20260102</DateId><NewsItemId>i</NewsItemId>"
                          "<RevisionId>3</RevisionId></NewsIdentifier></Identification><NewsManagement><Status FormalName='Canceled'/></NewsManagement>"
                          "<NewsComponent><NewsLines><HeadLine>H</HeadLine></NewsLines><ContentItem><DataContent><nitf><body><body.content><p>T</p>"
                          "</body.content></body></nitf></DataContent></ContentItem></NewsComponent></NewsItem><NewsItem/></NewsML>",
                       "[{\"format\": \"newsml1\", \"guid\": \"urn:newsml:p:20260102:i\", \"version\": \"3\", \"status\": \"canceled\", \"headline\": \"H\","
                       " \"published\": \"2026-01-02T00:00:00Z\", \"text\": \"T\"}]");
        assert_int_equal(json_array_size(f->bad), 1);
}

static void test_ninjs(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "{\"uri\": \"1\"}", "[{\"format\": \"ninjs\", \"guid\": \"1\", \"text\": null}]");
        fixture_expect(f, "[{\"uri\": \"1\", \"headline\": \"A\"}, 5, {}, {\"uri\": \"2\", \"headlines\": [{\"value\": \"B\"}], \"bodies\": [{\"value\": \"a\","
                          " \"contentType\": \"text/plain\"}, {\"value\": \"<p>b</p><p>c</p>\", \"contentType\": \"text/html\"}]}]",
                       "[{\"headline\": \"A\"}, {\"headline\": \"B\", \"text\": \"b\\nc\"}]");
        assert_int_equal(json_array_size(f->bad), 2);
        fixture_expect(f, "{\"uri\": \"1\"}\n{bad}\n{\"uri\": \"2\"}\n", "[{\"guid\": \"1\"}, {\"guid\": \"2\"}]");
        assert_int_equal(json_array_size(f->bad), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_nitf), cmocka_unit_test(test_newsml), cmocka_unit_test(test_newsml_header), cmocka_unit_test(test_newsml_package), cmocka_unit_test(test_newsml1),
                                            cmocka_unit_test(test_ninjs) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
