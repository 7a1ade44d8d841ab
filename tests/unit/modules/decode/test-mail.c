/* Mail: which part is the story, how words and parts are packed, and what is no mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static void test_parts(void **state)
{
        struct fixture *f = *state;

        /* Plain text before HTML, whatever comes first; an attachment is neither. */
        fixture_expect(f, "Received: from a by b\r\nMessage-ID: <4711@exa.example>\r\nDate: Tue, 24 Nov 2026 10:30:00 +0100\r\n"
                          "From: \"Example Desk\" <desk@exa.example>\r\nSubject: =?utf-8?Q?Norway_=E2=80=98signs=E2=80=99?= a pact\r\n"
                          "Keywords: fish, pact\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"=_1\"\r\n\r\nPreamble.\r\n"
                          "--=_1\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nAttached.\r\n"
                          "--=_1\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
                          "--inner\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+SFRNTC48L3A+\r\n"
                          "--inner\r\nContent-Type: text/plain; charset=\"iso-8859-1\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                          "BERGEN, Norway (EXA) - The ministers signed in a caf=E9, offic=\r\nials said.\r\n\r\nMore =3D less.\r\n-- \r\nThe desk\r\n"
                          "--inner--\r\n--=_1--\r\nEpilogue.\r\n",
                       "[{\"format\": \"mail\", \"guid\": \"4711@exa.example\", \"published\": \"2026-11-24T09:30:00Z\", \"agency\": \"EXA\","
                       " \"headline\": \"Norway \u2018signs\u2019 a pact\", \"keywords\": [\"fish\", \"pact\"], \"source\": {\"title\": \"Example Desk\"},"
                       " \"text\": \"BERGEN, Norway (EXA) -\\nThe ministers signed in a caf\u00e9, officials said.\\nMore = less.\"}]");
        /* HTML alone, base64 in another encoding; and a message that was sent on. */
        fixture_expect(f, "From: a@b.example (Jane Doe)\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\nSubject: Inner\n"
                          "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nPHA+zdnbOjwvcD4=\n",
                       "[{\"headline\": null, \"source\": {\"title\": \"Jane Doe\"}, \"text\": \"\u043c\u044b\u0448:\"}]");
        /* Lines that go on; encoded words side by side are one. */
        fixture_expect(f, "From: a@b.example\nDate: 24 Nov 2026\nSubject: A =?utf-8?B?w6k=?= =?utf-8?q?t=C3?=\n =?x-unknown?Q?=A9?= b\n"
                          "Content-Type: text/plain; format=flowed\n\nThe first line \ngoes on.\nThe second does not.\n",
                       "[{\"headline\": \"A \u00e9t\u00c3\u00a9 b\", \"text\": \"The first line goes on.\\nThe second does not.\"}]");
}

static void test_damaged(void **state)
{
        struct fixture *f = *state;

        /* Nothing behind the head, no end of the parts, base64 that is none. */
        fixture_expect(f, "From: a@b.example\nDate: 24 Nov 2026\nSubject: All\n", "[{\"headline\": \"All\", \"text\": null}]");
        fixture_expect(f, "From: a@b.example\nMessage-ID: <1>\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nOne.\n",
                       "[{\"guid\": \"1\", \"text\": \"One.\"}]");
        assert_int_equal(fixture_decode_from(f, "test", "From: a\nMIME-Version: 1\nContent-Transfer-Encoding: base64\n\n!!!"), MODULE_E_REFUSED);
        assert_string_equal(f->reason, "a mail without subject and text");
        /* Parts in parts in parts, deeper than is looked at. */
        fixture_expect(f, "From: a@b.example\nMessage-ID: <1>\nSubject: Deep\nContent-Type: multipart/mixed; boundary=x\n\n"
                          "--x\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"
                          "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"
                          "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nToo deep.\n",
                       "[{\"headline\": \"Deep\", \"text\": null}]");
        /* What only looks like it. */
        fixture_expect(f, "From: the beginning\n\nIt was clear.", "[{\"format\": \"plain\"}]");
        fixture_expect(f, "Headline: A\nDate: 2026-11-24\n\nText one.", "[{\"format\": \"plain\"}]");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_parts), cmocka_unit_test(test_damaged) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
