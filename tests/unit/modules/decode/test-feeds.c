/* RSS, Atom and JSON Feed: what their variants and mistakes give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static void test_rss(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<rss><channel><title>T</title><link>http://h/f/</link><item><title>A</title><link>x</link></item></channel></rss>",
                       "[{\"format\": \"rss\", \"headline\": \"A\", \"url\": \"http://h/f/x\", \"guid\": \"http://h/f/x\", \"text\": null,"
                       " \"source\": {\"title\": \"T\", \"url\": \"http://h/f/\"}, \"published\": null, \"damaged\": null}]");
        /* Summary and full text. */
        fixture_expect(f, "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><item><title>A</title><description>short</description>"
                          "<content:encoded>&lt;p&gt;long&lt;/p&gt;</content:encoded></item></rss>",
                       "[{\"summary\": \"short\", \"text\": \"long\"}]");
        fixture_expect(f, "<rss><item><title>A</title><description>only</description></item></rss>",
                       "[{\"summary\": \"only\", \"text\": \"only\"}]");
        /* A description and a summary: whichever is longer. */
        fixture_expect(f, "<rss><item><description>the longer one</description><summary>short</summary></item>"
                          "<item><description>short</description><summary>the longer one</summary></item>"
                          "<item><summary>alone</summary></item></rss>",
                       "[{\"summary\": \"short\", \"text\": \"the longer one\"}, {\"summary\": \"short\", \"text\": \"the longer one\"},"
                       " {\"summary\": \"alone\", \"text\": \"alone\"}]");
        /* A guid that is no link; a guid that is the link. */
        fixture_expect(f, "<rss><item><guid isPermaLink='false'>g</guid></item><item><guid>http://h/1</guid></item></rss>",
                       "[{\"guid\": \"g\", \"url\": null}, {\"guid\": \"http://h/1\", \"url\": \"http://h/1\"}]");
        /* The feed's own link says nothing about an item. */
        fixture_expect(f, "<rss><channel><link>http://h/</link><item><title>A</title><link>http://h/</link></item></channel></rss>",
                       "[{\"guid\": null, \"url\": \"http://h/\"}]");
}

/* What WordPress puts behind each text, a time that is a program's zero, "By". */
static void test_rss_habits(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><item><title>A</title><author>By Jane Doe</author>"
                          "<pubDate>Thu, 01 Jan 1970 00:00:00 +0000</pubDate>"
                          "<description>Short.&lt;p&gt;The post &lt;a href='/1'&gt;A&lt;/a&gt; appeared first on B.&lt;/p&gt;</description>"
                          "<content:encoded>&lt;p&gt;Long.&lt;/p&gt;&lt;p&gt;The post A appeared first on B.&lt;/p&gt;</content:encoded></item>"
                          "<item><title>The post</title><description>The post office appeared first on the list.</description></item></rss>",
                       "[{\"summary\": \"Short.\", \"text\": \"Long.\", \"byline\": \"Jane Doe\", \"published\": null},"
                       " {\"text\": \"The post office appeared first on the list.\"}]");
}

static void test_rss_mistakes(void **state)
{
        struct fixture *f = *state;

        /* Undeclared prefix, bare ampersand, HTML's references, an unclosed element. */
        fixture_expect(f, "<rss><channel><item><title>A &nbsp;& B</title><dc:creator>J</dc:creator><description>x <b>y</description></item>"
                          "<item><title>C</title></item></channel>",
                       "[{\"headline\": \"A & B\", \"byline\": \"J\", \"text\": \"x y\", \"damaged\": true}, {\"headline\": \"C\"}]");
        /* Its own entities are put in, within bounds; none is fetched. */
        fixture_expect(f, "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]><rss><item><title>&b;"
                          "&c;</title></item></rss>",
                       "[{\"headline\": \"aaaaaaaa&c;\"}]");
        /* One bad item of three. */
        fixture_expect(f, "<rss><item><title>A</title></item><item/><item><title>B</title></item></rss>",
                       "[{\"headline\": \"A\"}, {\"headline\": \"B\"}]");
        assert_int_equal(json_array_size(f->bad), 1);
}

static void test_atom(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<a:feed xmlns:a='http://www.w3.org/2005/Atom' xml:base='http://h/'><a:title>T</a:title><a:entry><a:id>1</a:id>"
                          "<a:title type='html'>x &amp;lt; &lt;i>y&lt;/i></a:title><a:link href='p'/><a:link rel='via' href='v'/>"
                          "<a:updated>2026-01-01T00:00:00Z</a:updated><a:content type='text'>1 &lt; 2</a:content></a:entry></a:feed>",
                       "[{\"format\": \"atom\", \"guid\": \"1\", \"headline\": \"x < y\", \"url\": \"http://h/p\", \"links\": [\"http://h/v\"],"
                       " \"published\": \"2026-01-01T00:00:00Z\", \"text\": \"1 < 2\", \"source\": {\"title\": \"T\"}}]");
        /* One entry alone, language by xml:lang, content elsewhere. */
        fixture_expect(f, "<entry xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title>x</title><content src='http://h/c.html'/></entry>",
                       "[{\"headline\": \"x\", \"language\": \"de\", \"links\": [\"http://h/c.html\"], \"text\": null}]");
        /* 0.3: base64. */
        fixture_expect(f, "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='base64'>eHl6</title></entry></feed>",
                       "[{\"headline\": \"xyz\"}]");
}

static void test_jsonfeed(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "{\"version\": \"https://jsonfeed.org/version/1\", \"title\": \"T\", \"home_page_url\": \"http://h/\", \"author\": {\"name\": "
                          "\"D\"}, \"items\": [{\"id\": \"a\", \"url\": \"x\", \"content_html\": \"<p>1</p><p>2</p>\"}, 7, {}, {\"id\": 3}]}",
                       "[{\"format\": \"jsonfeed\", \"guid\": \"a\", \"url\": \"http://h/x\", \"byline\": \"D\", \"text\": \"1\\n2\","
                       " \"source\": {\"title\": \"T\", \"url\": \"http://h/\"}}, {\"guid\": \"3\"}]");
        assert_int_equal(json_array_size(f->bad), 2);
}

/* A document's own entities; what would blow up is left as it is. */
static void test_entities(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<?xml version='1.0'?><!DOCTYPE rss [<!-- ' --><!ENTITY ag 'Agence'><!ENTITY both \"&ag; &amp; Co\">"
                          "<!ENTITY out SYSTEM 'file:///etc/passwd'><!ENTITY % p 'x'>]><rss version='2.0'><channel><item><title>&both; of &ag; "
                          "&out; &unknown;</title></item></channel></rss>",
                       "[{\"headline\": \"Agence & Co of Agence &out; &unknown;\"}]");
        fixture_expect(f, "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>"
                          "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;'>]><rss version='2.0'>"
                          "<channel><item><title>It is &b; and &c;</title></item></channel></rss>",
                       "[{\"headline\": \"It is &b; and &b;&b;\"}]");
}

/* What the document says of itself: when to come again, and who tells of its changes. */
static void test_hints(void **state)
{
        static const struct {
                const char *text;
                int64_t ttl;
                uint32_t hours, days;
        } rows[] = {
#define SY "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
                { "<rss><channel><title>T</title></channel></rss>", 0, 0, 0 },
                { "<rss><channel><ttl>90</ttl></channel></rss>", 5400, 0, 0 },
                { "<rss><channel><ttl>soon</ttl></channel></rss>", 0, 0, 0 },
                { "<rss><channel><ttl>-5</ttl></channel></rss>", 0, 0, 0 },
                { "<rss><channel><ttl>99999999999999999999</ttl></channel></rss>", 0, 0, 0 },
                { "<rss><channel><skipHours><hour>0</hour><hour>23</hour><hour>24</hour></skipHours></channel></rss>", 0, 1U | 1U << 23, 0 },
                { "<rss><channel><skipDays><day>Sunday</day><day>sat</day><day>Never</day></skipDays></channel></rss>", 0, 0, 1U | 1U << 6 },
                { SY "<sy:updatePeriod>hourly</sy:updatePeriod></channel></rss>", 3600, 0, 0 },
                { SY "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel></rss>", 21600, 0, 0 },
                { SY "<sy:updateFrequency>4</sy:updateFrequency><sy:updatePeriod>daily</sy:updatePeriod></channel></rss>", 21600, 0, 0 },
                { SY "<sy:updateFrequency>2</sy:updateFrequency></channel></rss>", 43200, 0, 0 },
                { SY "<sy:updatePeriod>yearly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency></channel></rss>", 365 * 86400, 0, 0 },
                { SY "<ttl>60</ttl><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency></channel></rss>", 3600, 0, 0 },
#undef SY
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                assert_int_equal(fixture_decode(f, "feed", NULL, rows[i].text, strlen(rows[i].text)), 0);
                assert_int_equal(f->hints.ttl, rows[i].ttl);
                assert_int_equal(f->hints.skip_hours, rows[i].hours);
                assert_int_equal(f->hints.skip_days, rows[i].days);
        }
}

static void expect_links(struct fixture *f, const char *text, const char *hub, const char *self)
{
        assert_int_equal(fixture_decode(f, "feed", NULL, text, strlen(text)), 0);
        if ((hub != NULL) != (f->links.hub != NULL) || (self != NULL) != (f->links.self != NULL))
                fail_msg("hub %s, self %s: %s", f->links.hub, f->links.self, text);
        if (hub != NULL)
                assert_string_equal(f->links.hub, hub);
        if (self != NULL)
                assert_string_equal(f->links.self, self);
}

static void test_links(void **state)
{
        struct fixture *f = *state;

#define ATOM "<feed xmlns='http://www.w3.org/2005/Atom'>"
        expect_links(f, ATOM "<link rel='hub' href='http://hub/'/><link rel='self' href='http://h/f'/><link href='http://h/'/></feed>",
                     "http://hub/", "http://h/f");
        expect_links(f, ATOM "<link rel='self hub' href='http://h/f'/><link rel='hub' href='http://second/'/></feed>", "http://h/f", "http://h/f");
        expect_links(f, ATOM "<link rel='hub' href=''/><link rel='hubs' href='http://x/'/><link href='http://h/'/></feed>", NULL, NULL);
        expect_links(f, "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://h/a/'><link rel='self' href='f'/></feed>", NULL, "http://h/a/f");
        /* An entry's links are not the feed's. */
        expect_links(f, ATOM "<entry><id>1</id><link rel='hub' href='http://hub/'/><link rel='self' href='http://h/e'/></entry></feed>", NULL, NULL);
        expect_links(f, "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><link>http://h/</link><atom:link rel='hub' href='http://hub/'/>"
                        "<atom:link rel='self' type='application/rss+xml' href='http://h/f'/><item><title>A</title><link>x</link></item></channel></rss>",
                     "http://hub/", "http://h/f");
        fixture_check(f, "[{\"url\": \"http://h/x\", \"source\": {\"url\": \"http://h/\"}}]");
        expect_links(f, "<rss><channel><atom10:link rel='HUB' href='http://hub/'/><link rel='self' href='http://h/f'/></channel></rss>",
                     "http://hub/", "http://h/f");
        expect_links(f, "{\"version\": \"https://jsonfeed.org/version/1.1\", \"feed_url\": \"http://h/f\", \"hubs\": [{\"type\": \"rssCloud\", "
                        "\"url\": \"http://no/\"}, 7, {\"type\": \"WebSub\", \"url\": \"http://hub/\"}], \"items\": []}", "http://hub/", "http://h/f");
        expect_links(f, "<rss><channel><title>T</title></channel></rss>", NULL, NULL);
#undef ATOM
}

static const char *text_at(const struct fixture *f, size_t i, const char *name)
{
        return json_string_value(json_object_get(json_array_get(f->stories, i), name));
}

/* Texts that no desk would take, or that each of many stories would carry along, are cut; what tells stories apart stays. */
static void test_bounds(void **state)
{
        static char text[400000], long_text[5001];
        struct fixture *f = *state;
        int n;

        memset(long_text, 'x', sizeof(long_text) - 1);
        n = snprintf(text, sizeof(text), "<rss xml:lang='%s'><channel><title>%s\xc3\xa9</title><link>http://h/%s</link>"
                     "<item><guid isPermaLink='false'>%s1</guid><author>%s</author></item><item><guid isPermaLink='false'>%s2</guid></item>"
                     "<item><guid isPermaLink='false'>%s1</guid></item><item><link>http://h/i/%s</link></item><item><title>A</title></item></channel></rss>",
                     long_text, long_text + 4489, long_text, long_text, long_text, long_text, long_text, long_text);
        assert_true(n > 0 && (size_t)n < sizeof(text));
        assert_int_equal(fixture_decode(f, "feed", NULL, text, (size_t)n), 0);
        assert_int_equal(json_array_size(f->stories), 5);
        assert_string_not_equal(text_at(f, 0, "guid"), text_at(f, 1, "guid"));
        assert_string_equal(text_at(f, 0, "guid"), text_at(f, 2, "guid"));
        for (size_t i = 0; i < 4; i++)
                assert_in_range(strlen(text_at(f, i, "guid")), 500, 1000);
        assert_int_equal(strlen(text_at(f, 0, "byline")), 1024);
        assert_null(text_at(f, 3, "url"));
        assert_null(text_at(f, 4, "language"));
        /* Cut within a character: that goes. */
        assert_int_equal(strlen(json_string_value(json_object_get(json_object_get(json_array_get(f->stories, 4), "source"), "title"))), 511);
        assert_null(json_object_get(json_object_get(json_array_get(f->stories, 4), "source"), "url"));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_rss), cmocka_unit_test(test_rss_habits), cmocka_unit_test(test_rss_mistakes), cmocka_unit_test(test_atom),
                                            cmocka_unit_test(test_jsonfeed), cmocka_unit_test(test_entities),
                                            cmocka_unit_test(test_hints), cmocka_unit_test(test_bounds), cmocka_unit_test(test_links) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
