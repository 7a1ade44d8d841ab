/* See hostile.h. A row a document. */
#include "hostile.h"

#include <string.h>

#include "base/error.h"

#define RSS "<rss><channel><item><title>A</title>"
#define TEXT RSS "<description>"
#define HTML "<html><body><article><p>A paragraph that is long enough to be one of an article, with a full stop.</p>"
#define G2 "<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><itemSet><newsItem guid='a'>"

const struct hostile hostiles[] = {
        /* markup: what begins and never ends, what is nested, what is looked for */
        { .name = "deep", .format = "auto", .head = TEXT, .unit = "<a>" },
        { .name = "deep-empty", .format = "auto", .head = RSS, .unit = "<a><b/>" },
        { .name = "closing", .format = "auto", .head = "<rss><channel><item><a><b><c><d>", .unit = "</x>" },
        { .name = "closing-deep", .format = "auto", .head = "<rss>", .unit = "<a><a><a></x></x>" },
        { .name = "alternating", .format = "auto", .head = "<rss><channel>", .unit = "<a><b></a>" },
        { .name = "angles", .format = "auto", .head = TEXT, .unit = "<" },
        { .name = "angles-closing", .format = "auto", .head = TEXT, .unit = "</" },
        { .name = "declarations", .format = "auto", .head = TEXT, .unit = "<!" },
        { .name = "comments", .format = "auto", .head = TEXT, .unit = "<!--" },
        { .name = "comments-short", .format = "auto", .head = TEXT, .unit = "<!-->" },
        { .name = "cdata", .format = "auto", .head = TEXT, .unit = "<![CDATA[" },
        { .name = "cdata-empty", .format = "auto", .head = TEXT, .unit = "<![CDATA[]]>" },
        { .name = "instructions", .format = "auto", .head = TEXT, .unit = "<?" },
        { .name = "brackets", .format = "auto", .head = TEXT, .unit = "<!a[" },
        { .name = "tags-open", .format = "auto", .head = TEXT, .unit = "<a " },
        { .name = "quotes", .format = "auto", .head = TEXT, .unit = "<a =\"" },
        { .name = "quotes-two", .format = "auto", .head = TEXT, .unit = "<a =\" ='" },
        { .name = "quotes-in-tag", .format = "auto", .head = RSS "<x ", .unit = "=\"'" },
        { .name = "attributes", .format = "auto", .head = "<rss><channel><item ", .unit = "a%=\"b\" ", .tail = "><title>x</title></item>" },
        { .name = "attributes-many-tags", .format = "auto", .head = "<rss><channel>", .unit = "<item about='a' b='c' d='e' f='g' href='h'/>" },
        { .name = "namespaces", .format = "auto", .head = "<rss ", .unit = "xmlns:a%='http://n/%' ", .tail = "><channel><item><title>x</title>" },
        { .name = "xml-in-value", .format = "auto", .head = "<rss a='", .unit = "xml", .tail = "'><channel><item><title>x</title>" },
        { .name = "xml-names", .format = "auto", .head = "<rss ", .unit = " xml", .tail = "><channel><item><title>x</title>" },
        { .name = "xml-base-in-value", .format = "auto", .head = "<rss a='", .unit = " xml:base", .tail = "'><channel><item><title>x</title>" },
        { .name = "xml-base", .format = "auto", .head = "<rss xml:base='http://h/", .long_head = 3, .neck = "'", .unit = " xml:base='a'",
          .tail = "><channel><item><title>x</title>" },
        { .name = "xml-lang", .format = "auto", .head = "<rss xml:lang='", .long_head = 2, .neck = "'><channel>", .unit = "<item><title>A</title></item>" },
        { .name = "base-nested", .format = "auto", .head = "<rss>", .unit = "<a xml:base='b/'>" },
        { .name = "base-long", .format = "auto", .head = "<rss xml:base='http://h/", .long_head = 2, .neck = "'><channel>",
          .unit = "<item><link>a</link></item>" },
        { .name = "names-long", .format = "auto", .head = TEXT "<", .long_head = 2, .neck = ">", .unit = "</x>" },
        /* references */
        { .name = "references", .format = "auto", .head = TEXT, .unit = "&amp;" },
        { .name = "references-numbers", .format = "auto", .head = TEXT, .unit = "&#38;" },
        { .name = "references-open", .format = "auto", .head = TEXT, .unit = "&" },
        { .name = "references-long", .format = "auto", .head = TEXT, .unit = "&abcdefghijklmnopqrstuvwxyzabcdefghijkl" },
        { .name = "entities", .format = "auto", .head = "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>]>" TEXT,
          .unit = "&a;" },
        { .name = "entities-declared", .format = "auto", .head = "<!DOCTYPE rss [", .unit = "<!ENTITY a% '&a;", .tail = "]>" TEXT },
        { .name = "entities-quotes", .format = "auto", .head = "<!DOCTYPE rss [", .unit = "<!ENTITY\"'", .tail = "]>" TEXT },
        /* feeds */
        { .name = "items", .format = "auto", .head = "<rss><channel>", .unit = "<item/>" },
        { .name = "items-titles", .format = "auto", .head = "<rss><channel>", .unit = "<item><title>%</title></item>" },
        { .name = "items-long-feed-title", .format = "auto", .head = "<rss><channel><title>", .long_head = 2, .neck = "</title>",
          .unit = "<item><title>%</title></item>" },
        { .name = "items-long-feed-link", .format = "auto", .head = "<rss><channel><link>http://h/", .long_head = 2, .neck = "</link>",
          .unit = "<item><link>%</link></item>" },
        { .name = "items-long-author", .format = "auto", .head = "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>", .long_head = 2,
          .neck = "</name></author>", .unit = "<entry><id>%</id></entry>" },
        { .name = "categories", .format = "auto", .head = RSS, .unit = "<category>c%</category>" },
        { .name = "categories-same", .format = "auto", .head = RSS, .unit = "<category>c</category>" },
        { .name = "authors", .format = "auto", .head = RSS, .unit = "<author>a%</author>" },
        { .name = "authors-long", .format = "auto", .head = RSS "<author>", .long_head = 2, .neck = "</author>", .unit = "<author>a%</author>" },
        { .name = "keywords", .format = "auto", .head = RSS "<keywords>", .unit = "k%," },
        { .name = "media", .format = "auto", .head = RSS, .unit = "<media:group><media:content url='a%'>" },
        { .name = "itunes", .format = "auto", .head = RSS, .unit = "<itunes:category text='a'>" },
        { .name = "hubs", .format = "auto", .head = "<rss><channel>", .unit = "<atom:link rel='a a a a a hub' href='a'/>" },
        { .name = "hours", .format = "auto", .head = "<rss><channel><skipHours>", .unit = "<hour>1</hour>" },
        { .name = "atom-links", .format = "auto", .head = "<feed xmlns='http://www.w3.org/2005/Atom'><entry>", .unit = "<link href='l%' rel='via'/>" },
        { .name = "atom-texts", .format = "auto", .head = "<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
          .unit = "<content type='html'>&lt;p&gt;a</content>" },
        { .name = "atom-base64", .format = "auto", .head = "<feed><entry><content mode='base64'>", .unit = "AAAA" },
        { .name = "guid-long", .format = "auto", .head = "<rss><channel><item><guid>", .unit = "g", .tail = "</guid></item><item><title>x</title></item>" },
        /* HTML, in a page and in an item */
        { .name = "paragraphs", .format = "auto", .head = HTML, .unit = "<p>" },
        { .name = "containers", .format = "auto", .head = HTML, .unit = "<div>" },
        { .name = "containers-closed", .format = "auto", .head = HTML, .unit = "</div>" },
        { .name = "classes", .format = "auto", .head = HTML, .unit = "<div class='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' id='bbbbbbbbbbbbbbb'>" },
        { .name = "scripts", .format = "auto", .head = HTML, .unit = "<script>" },
        { .name = "styles", .format = "auto", .head = HTML, .unit = "<style></" },
        { .name = "drawings", .format = "auto", .head = HTML, .unit = "<svg>" },
        { .name = "drawings-long", .format = "auto", .head = HTML, .unit = "<svg>a long text between the tags, so that few of them make many bytes; a long "
          "text between the tags, so that few of them make many bytes; a long text between the tags, so that few of them make many bytes; a long text between "
          "the tags, so that few of them make many bytes; a long text between the tags, so that few of them make many bytes; a long text between the tags" },
        { .name = "skipped-kinds", .format = "auto", .head = HTML, .unit = "<svg><select><button><object><figure>" },
        { .name = "anchors", .format = "auto", .head = HTML, .unit = "<a href='l%'>a</a>" },
        { .name = "metas", .format = "auto", .head = "<html><head>", .unit = "<meta name='a' content='b'>" },
        { .name = "titles", .format = "auto", .head = "<html><head><title>", .unit = "a - b", .tail = "</title></head>" HTML },
        { .name = "titles-site", .format = "auto", .head = "<html><head><meta property='og:site_name' content='nowhere'><meta property='og:title' content='",
          .unit = " | ", .tail = "'></head>" HTML },
        { .name = "titles-open", .format = "auto", .head = "<html><head>", .unit = "<title>" },
        { .name = "ld-json", .format = "auto", .head = HTML, .unit = "<script type='application/ld+json'>{\"a\":[</script>" },
        { .name = "ld-json-deep", .format = "auto", .head = HTML "<script type='application/ld+json'>", .unit = "[" },
        { .name = "fragment", .format = "auto", .head = TEXT, .unit = "&lt;p&gt;&lt;a href='l%'&gt;" },
        { .name = "fragment-skipped", .format = "auto", .head = TEXT, .unit = "&lt;svg&gt;" },
        { .name = "times", .format = "auto", .head = HTML, .unit = "<time datetime='2026-01-01'>" },
        /* text */
        { .name = "line-ends", .format = "auto", .unit = "\n", .tail = "A line.\n" },
        { .name = "spaces", .format = "auto", .unit = " ", .tail = "A line.\n" },
        { .name = "lines-short", .format = "auto", .unit = "a\n" },
        { .name = "line-long", .format = "auto", .unit = "word " },
        { .name = "capitals", .format = "auto", .unit = "PARIS, " },
        { .name = "header-lines", .format = "plain", .head = "Headline: a\n", .unit = "Keywords: b,\n" },
        { .name = "header-goes-on", .format = "plain", .head = "Headline: a\n", .unit = " b\n" },
        { .name = "header-list", .format = "plain", .head = "Keywords: ", .unit = "k%," },
        { .name = "not-utf8", .format = "auto", .unit = "\xff\xc3 " },
        { .name = "half-utf8", .format = "auto", .unit = "a\xe2\x82 \xc3\xa9" },
        { .name = "utf16", .format = "auto", .head = "\xff\xfe", .unit = "\x34\xd8" },
        { .name = "encodings", .format = "auto", .head = "<?xml version='1.0' encoding='iso-2022-jp'?>" TEXT, .unit = "\x1b$B\x1b(B" },
        /* wires */
        { .name = "soh", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\1" },
        { .name = "soh-etx", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\1\3" },
        { .name = "stx", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\2" },
        { .name = "stx-eot", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\2\4" },
        { .name = "soh-stx-eot", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\1\2\4" },
        { .name = "eot", .format = "iptc7901", .head = "\1a1 \2a=\n", .unit = "\4" },
        { .name = "messages", .format = "iptc7901", .unit = "\1a1 4 i 9 x\r\n\2A headline =\r\nA text.\3" },
        { .name = "keywords-wire", .format = "iptc7901", .head = "\1a1\r\n", .unit = "k%/\r\n", .tail = "\2a=\nb\3" },
        { .name = "headline-lines", .format = "iptc7901", .head = "\1a1\r\n\2", .unit = "a=\r\n" },
        { .name = "slug-lines", .format = "iptc7901", .head = "\1a1\r\n\2", .unit = "LEAD\r\n" },
        { .name = "anpa-soh", .format = "anpa", .head = "\x16\x16\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2^a<\r\n", .unit = "\1" },
        { .name = "anpa-stories", .format = "anpa", .unit = "\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2^a<\r\n\3" },
        { .name = "anpa-head", .format = "anpa", .head = "\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2", .unit = "^Ld, Writethru<\r\n" },
        { .name = "anpa-slug", .format = "anpa", .head = "\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2^", .unit = "a1 L, ", .tail = "<\r\nb\r\n" },
        { .name = "anpa-slug-long", .format = "anpa", .head = "\1w0001\x1f\r\nr a \x13\x11 ", .unit = "Ld 1", .tail = "\r\n\2b\r\n" },
        { .name = "anpa-dashes", .format = "anpa", .head = "\1w0001\x1f\r\nr a \x13\x11 x 01-01 1\r\n\2", .unit = "`` _ ''" },
        /* mail */
        { .name = "mail-headers", .format = "mail", .head = "From: a\n", .unit = "a: b\n" },
        { .name = "mail-folded", .format = "mail", .head = "From: a\nSubject:", .unit = " a\n" },
        { .name = "mail-words", .format = "mail", .head = "From: a\nSubject:", .unit = " =?utf-8?Q?=C3=A9?=\n" },
        { .name = "mail-words-open", .format = "mail", .head = "From: a\nSubject:", .unit = " =?utf-8?Q?a" },
        { .name = "mail-parts", .format = "mail", .head = "From: a\nContent-Type: multipart/mixed; boundary=x\n\n", .unit = "--x\na:b\n\nc\n" },
        { .name = "mail-deep", .format = "mail", .head = "From: a\n", .unit = "Content-Type: multipart/mixed; boundary=x\n\n--x\n" },
        { .name = "mail-sent-on", .format = "mail", .head = "From: a\n", .unit = "Content-Type: message/rfc822\n\n" },
        { .name = "mail-parameters", .format = "mail", .head = "From: a\nContent-Type: multipart/mixed", .unit = "; a=b", .tail = "\n\na" },
        { .name = "mail-quoted", .format = "mail", .head = "From: a\nContent-Transfer-Encoding: quoted-printable\n\n", .unit = "=C3=A9=\n" },
        { .name = "mail-base64", .format = "mail", .head = "From: a\nContent-Transfer-Encoding: base64\n\n", .unit = "w6nDqcOp\n" },
        /* XML of agencies */
        { .name = "nitf-blocks", .format = "auto", .head = "<nitf><body><body.content>", .unit = "<block><p>a" },
        { .name = "nitf-head", .format = "auto", .head = "<nitf><head><docdata>", .unit = "<key-list><keyword key='k%'/>", .tail = "</docdata></head><body><p>a" },
        { .name = "nitf-hedline", .format = "auto", .head = "<nitf><body><body.head>", .unit = "<hedline><hl1>a</hl1></hedline>" },
        { .name = "g2-items", .format = "auto", .head = "<newsMessage><itemSet>", .unit = "<newsItem guid='a%'/>" },
        { .name = "g2-sender", .format = "auto", .head = "<newsMessage><header><sender>", .long_head = 2, .neck = "</sender></header><itemSet>",
          .unit = "<newsItem guid='a%'/>" },
        { .name = "g2-subjects", .format = "auto", .head = G2 "<contentMeta>", .unit = "<subject qcode='a:%'><name>b</name></subject>" },
        { .name = "g2-located", .format = "auto", .head = G2 "<contentMeta>", .unit = "<located><broader>" },
        { .name = "g2-inline", .format = "auto", .head = G2 "<contentSet>", .unit = "<inlineXML><nitf><body><p>a</p></body></nitf></inlineXML>" },
        { .name = "g2-data", .format = "auto", .head = G2 "<contentSet>", .unit = "<inlineData>a\n\nb</inlineData>" },
        { .name = "newsml1-components", .format = "auto", .head = "<NewsML><NewsItem>", .unit = "<NewsComponent>" },
        { .name = "newsml1-items", .format = "auto", .head = "<NewsML>", .unit = "<NewsItem><NewsComponent/></NewsItem>" },
        { .name = "newsml1-contents", .format = "auto", .head = "<NewsML><NewsItem><NewsComponent>", .unit = "<ContentItem><DataContent>a</DataContent></ContentItem>" },
        /* JSON */
        { .name = "json-deep", .format = "auto", .head = "{\"uri\": ", .unit = "[" },
        { .name = "json-objects", .format = "auto", .head = "[", .unit = "{\"uri\": \"%\"},", .tail = "{}]" },
        { .name = "json-numbers", .format = "auto", .head = "[{\"uri\": \"a\"},", .unit = "1,", .tail = "1]" },
        { .name = "json-lines", .format = "auto", .unit = "{\"uri\": \"%\"}\n" },
        { .name = "json-lines-bad", .format = "auto", .head = "{\"uri\": \"1\"}\n", .unit = "{\n" },
        { .name = "json-lines-open", .format = "auto", .head = "{\"uri\": \"1\"}\n", .unit = "{\"a\": [\n" },
        { .name = "json-arrays-open", .format = "auto", .head = "{\"uri\": \"1\"}\n", .unit = "{\"a\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,\n" },
        { .name = "json-keys", .format = "auto", .head = "{\"uri\": \"a\"", .unit = ", \"k%\": 1", .tail = "}" },
        { .name = "json-key-again", .format = "auto", .head = "{\"uri\": \"a\"", .unit = ", \"k\": 1", .tail = "}" },
        { .name = "json-escapes", .format = "auto", .head = "{\"uri\": \"a\", \"body_text\": \"", .unit = "\\u00e9\\n", .tail = "\"}" },
        { .name = "json-bodies", .format = "auto", .head = "{\"uri\": \"a\", \"bodies\": [{\"value\": \"a\"}", .unit = ", {\"value\": \"<p>a</p>\"}", .tail = "]}" },
        { .name = "json-associations", .format = "auto", .head = "{\"uri\": \"a\"", .unit = ", \"associations\": {\"b\": {\"uri\": \"c\"" },
        { .name = "json-feed", .format = "auto", .head = "{\"version\": \"https://jsonfeed.org/version/1\", \"title\": \"", .long_head = 2,
          .neck = "\", \"items\": [", .unit = "{\"id\": %},", .tail = "{}]}" },
        /* archives */
        { .name = "warc-heads", .format = "warc", .unit = "WARC/1.0\r\n" },
        { .name = "warc-fields", .format = "warc", .head = "WARC/1.0\r\n", .unit = "A: b\r\n" },
        { .name = "warc-records", .format = "warc", .unit = "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n" },
        { .name = "warc-chunks", .format = "warc", .head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://h/\r\nContent-Length: 900000\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", .unit = "1\r\na\r\n" },
        { .name = "gzip-heads", .format = "auto", .unit = "\x1f\x8b\x08" },
};
const size_t n_hostiles = N_ELEMENTS(hostiles);

int hostile_make(const struct hostile *h, size_t n, struct buf *out)
{
        size_t n_tail = h->tail != NULL ? strlen(h->tail) : 0, i = 0;
        int r = h->head != NULL ? buf_append_string(out, h->head) : 0;

        for (size_t k = 0; h->long_head != 0 && k < n / h->long_head && r == 0; k++)
                r = buf_append(out, "x", 1);
        if (r == 0 && h->neck != NULL)
                r = buf_append_string(out, h->neck);
        for (; out->n + strlen(h->unit) + n_tail < n && r == 0; i++)
                for (const char *u = h->unit; *u != '\0' && r == 0; u++)
                        r = *u == '%' ? buf_printf(out, "%zu", i) : buf_append(out, u, 1);
        return r == 0 && h->tail != NULL ? buf_append_string(out, h->tail) : r;
}
