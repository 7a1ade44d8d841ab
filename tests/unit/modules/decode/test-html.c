/* Pages: what is the article and what is around it; where headline, time and author are said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define SENTENCE "The ministers of both countries met on Wednesday and agreed on a plan, officials said."
#define SECOND "Talks will go on in the spring, according to a spokesman of the foreign ministry."

static void test_article(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<html lang='en'><title>A headline of a page | The Daily</title><nav><ul><li><a href='/'>Home</a></ul></nav>"
                          "<div id='sidebar'><p>" SENTENCE " This is in the sidebar.</p></div><article><h1>A headline of a page</h1>"
                          "<p>" SENTENCE "<p>" SECOND "<h2>Heading</h2><p>Yes.</p><h2>Nothing behind it</h2><div class='share'>Share this page with all your "
                          "friends and followers today.</div></article><footer><p>" SENTENCE " All rights reserved.</p></footer></html>",
                       "[{\"format\": \"html\", \"headline\": \"A headline of a page\", \"language\": \"en\","
                       " \"text\": \"" SENTENCE "\\n" SECOND "\\nHeading\\nYes.\"}]");
        /* An old page: a table and line breaks. */
        fixture_expect(f, "<html><body><table><tr><td><a href='1'>Menu one</a><br><a href='2'>Menu two</a></td><td><b>Title</b><br><br>" SENTENCE
                          "<br><br>" SECOND "</td></tr></table></body></html>",
                       "[{\"text\": \"" SENTENCE "\\n" SECOND "\"}]");
}

static void test_said(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<html><head><base href='http://h/x/'><link rel='canonical' href='1.html'><meta property='og:title' content='Meta &amp; title'>"
                          "<meta name='author' content='By Jane Doe'><meta property='article:published_time' content='2026-01-02T03:04:05+01:00'>"
                          "<meta name='keywords' content='a, b'></head><body><p>" SENTENCE "</p></body></html>",
                       "[{\"headline\": \"Meta & title\", \"byline\": \"Jane Doe\", \"published\": \"2026-01-02T02:04:05Z\", \"url\": "
                       "\"http://h/x/1.html\", \"guid\": \"http://h/x/1.html\", \"keywords\": [\"a\", \"b\"]}]");
        fixture_expect(f, "<html><head><meta property='og:title' content='Meta'><script type='application/ld+json'>[{\"@type\": \"Person\"}, {\"@type\": "
                          "[\"NewsArticle\"], \"headline\": \"LD &amp; more\", \"author\": [{\"name\": \"A\"}, \"B\"], \"datePublished\": \"2026-01-02\","
                          " \"publisher\": {\"name\": \"The Daily\"}}]</script></head><body><p>" SENTENCE "</p></body></html>",
                       "[{\"headline\": \"LD & more\", \"byline\": \"A, B\", \"published\": \"2026-01-02T00:00:00Z\", \"source\": {\"title\": "
                       "\"The Daily\"}}]");
        /* JSON that is broken changes nothing. */
        fixture_expect(f, "<html><title>A title of a page</title><script type='application/ld+json'>{\"@type\": \"NewsArticle\", </script><body><p>" SENTENCE
                          "</p></body></html>",
                       "[{\"headline\": \"A title of a page\", \"text\": \"" SENTENCE "\"}]");
}

/* A title with the section and the site behind it is the headline that stands over the text; somebody's address is no author. */
static void test_title(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<html><title>Police arrest 12 at a protest | Local | Daily Post</title><meta property='article:author' "
                          "content='https://social.example/jane'><meta name='author' content='Jane Doe'><body><p>Police arrest 12 at a protest</p>"
                          "<p>PORT LOUIS (AFP) - " SENTENCE "</p><p>" SECOND "</p></body></html>",
                       "[{\"headline\": \"Police arrest 12 at a protest\", \"byline\": \"Jane Doe\", \"dateline\": {\"place\": \"PORT LOUIS\", "
                       "\"agency\": \"AFP\"}, \"text\": \"PORT LOUIS (AFP) -\\n" SENTENCE "\\n" SECOND "\"}]");
}

/* The text is in JSON-LD alone, as behind a paywall. */
static void test_body_of_ld(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "<html><head><script type='application/ld+json'>{\"@type\": \"NewsArticle\", \"headline\": \"H\", \"articleBody\": \"" SENTENCE
                          "\\n\\n" SECOND "\\n\\n" SENTENCE " Again.\"}</script></head><body><p>Subscribe now.</p></body></html>",
                       "[{\"headline\": \"H\", \"text\": \"" SENTENCE "\\n" SECOND "\\n" SENTENCE " Again.\"}]");
}

/* JSON-LD as pages have it: within comments and CDATA, with line ends in strings, in a graph, of many types. */
static void test_ld_forms(void **state)
{
        static const char *const scripts[] = {
                "/*<![CDATA[*/{\"@type\": \"WebPage\", \"mainEntity\": {\"@type\": \"NewsArticle\", \"headline\": \"Headline of LD\"}}/*]]>*/",
                "<!-- {\"@type\": \"NewsArticle\", \"headline\": \"Headline\nof LD\"} -->",
                "{\"@graph\": [{\"@type\": \"WebSite\"}, {\"@type\": [\"ReportageNewsArticle\", \"Thing\"], \"headline\": \"Headline of LD\"}]};",
                "[{\"@type\": \"BreadcrumbList\"}, {\"@type\": \"http://schema.org/NewsArticle\", \"headline\": \"Headline of LD\"}]",
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
                char page[2048];

                snprintf(page, sizeof page, "<html><title>Another title of it</title><script type='application/ld+json'>%s</script><body><p>"
                         SENTENCE "</p><p>" SENTENCE "</p></body></html>", scripts[i]);
                fixture_expect(f, page, "[{\"headline\": \"Headline of LD\"}]");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_article), cmocka_unit_test(test_said), cmocka_unit_test(test_title),
                                            cmocka_unit_test(test_body_of_ld),
                                            cmocka_unit_test(test_ld_forms) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
