/* The table, its samples, the bounds, identity by policy; and all of it in a closed sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "worker/sandbox.h"

#include "fixture.h"

static int read_file(const char *folder, const char *name, struct buf *out)
{
        char path[4096], chunk[4096];
        FILE *file;
        size_t n;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        file = fopen(path, "rb");
        if (file == NULL)
                return -1;
        while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
                buf_append(out, chunk, n);
        fclose(file);
        return 0;
}

static const char *samples(char path[4096])
{
        const char *top = getenv("top_srcdir");

        snprintf(path, 4096, "%s/tests/samples/decode", top ? top : ".");
        return path;
}

/* Each sample gives what stands in SAMPLE.expected: {"stories": [], "bad": []}. */
static void test_samples(void **state)
{
        struct fixture *f = *state;
        char folder[4096];
        DIR *dir = opendir(samples(folder));
        const struct dirent *entry;
        unsigned seen = 0;

        assert_non_null(dir);
        while ((entry = readdir(dir)) != NULL) {
                struct buf bytes = BUF_NULL, text = BUF_NULL;
                char name[300];
                json_t *expected, *found;

                snprintf(name, sizeof name, "%s.expected", entry->d_name);
                if (entry->d_name[0] == '.' || read_file(folder, name, &text) != 0)
                        continue;
                assert_int_equal(read_file(folder, entry->d_name, &bytes), 0);
                assert_int_equal(fixture_decode(f, "auto", NULL, bytes.data, bytes.n), 0);
                expected = json_loadb(text.data, text.n, 0, NULL);
                assert_non_null(expected);
                found = json_pack("{s:O, s:O}", "stories", f->stories, "bad", f->bad);
                if (!json_equal(expected, found)) {
                        char *said = json_dumps(found, JSON_INDENT(1));

                        print_error("%s gives %s\n", entry->d_name, said);
                        free(said);
                        fail();
                }
                json_decref(expected);
                json_decref(found);
                buf_deinit(&bytes);
                buf_deinit(&text);
                seen++;
        }
        closedir(dir);
        assert_true(seen >= 15);
}

static void refused(struct fixture *f, const char *format, const char *bytes, size_t n, const char *reason)
{
        assert_int_equal(fixture_decode(f, format, NULL, bytes, n), MODULE_E_REFUSED);
        assert_string_equal(f->reason, reason);
        assert_int_equal(json_array_size(f->stories), 0);
}

/* As a compressed or encrypted file is: it has SOH, US and STX somewhere. */
static void chance(char *bytes, size_t n)
{
        uint32_t x = 1;

        for (size_t i = 0; i < n; i++) {
                x = x * 1664525 + 1013904223;
                bytes[i] = (char)(x >> 24);
        }
}

static void test_refused(void **state)
{
        struct fixture *f = *state;
        static char bytes[65536];
        char *big = calloc(1, (1 << 20) + 1);

        memset(big, 'a', (1 << 20) + 1);
        refused(f, "auto", big, (1 << 20) + 1, "larger than max_size");
        free(big);
        refused(f, "auto", "\0\0\0\0\1\0\5\6\7", 9, "binary data");
        refused(f, "auto", "%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj", 41, "binary data");
        chance(bytes, sizeof bytes);
        refused(f, "auto", bytes, sizeof bytes, "binary data");
        refused(f, "anpa", bytes, sizeof bytes, "binary data");
        refused(f, "auto", "<?xml version='1.0'?><unknown>x</unknown>", 41, "its format is not recognised");
        refused(f, "nonsense", "x", 1, "no such format");
        refused(f, "auto", "<html><body><p>x</p></body></html>", 34, "a page without an article");
        refused(f, "plain", "", 0, "no text");
}

/* The head of a plain text: what holds a story back, and what takes one back. */
static void test_head(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "Guid: a\nEmbargo: 2026-11-24T23:00:00Z\n\nText one.",
                       "[{\"guid\": \"a\", \"embargoed\": \"2026-11-24T23:00:00Z\", \"status\": \"embargoed\", \"text\": \"Text one.\"}]");
        fixture_expect(f, "Headline: H\nEmbargoed: until the speech\n\nText one.",
                       "[{\"headline\": \"H\", \"embargoed\": null, \"status\": \"embargoed\"}]");
        fixture_expect(f, "Guid: a\nStatus: KILLED\n\nText one.", "[{\"guid\": \"a\", \"status\": \"canceled\"}]");
        fixture_expect(f, "Guid: a\nStatus: odd\n\nText one.", "[{\"status\": \"odd\"}]");
}

/* A file as an agency's terminal writes it: paragraphs are indented, lines wrapped, most paragraphs of two or three lines. */
static void test_wrapped(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "Norway and Chile sign a pact\n\n    Von Eva Klar\n\n"
                          "    BERGEN, Norway, Nov 24 (AP) _ The foreign ministers of both\ncountries signed an agreement on fisheries in the harbour.\n"
                          "    \"This is a beginning,\" Anna Lund told reporters after the\nceremony.\n"
                          "    The opposition accused the government of hiding the costs.\n\n    (Written by somebody)\n",
                       "[{\"headline\": \"Norway and Chile sign a pact\", \"byline\": \"Eva Klar\", \"dateline\": {\"place\": \"BERGEN\", \"country\": "
                       "\"NOR\", \"agency\": \"AP\", \"date\": \"Nov 24\"}, \"text\": \"BERGEN, Norway, Nov 24 (AP) _\\nThe foreign ministers of both "
                       "countries signed an agreement on fisheries in the harbour.\\n\\\"This is a beginning,\\\" Anna Lund told reporters after the "
                       "ceremony.\\nThe opposition accused the government of hiding the costs.\\n(Written by somebody)\"}]");
        /* Lines that are paragraphs stay so, however many of one length there are. */
        fixture_expect(f, "The ministers of both countries met on Monday.\nThey agreed on a plan for all the fishermen.\n\n"
                          "The opposition did not agree with any of it.\nTalks will go on in the spring, they said.",
                       "[{\"text\": \"The ministers of both countries met on Monday.\\nThey agreed on a plan for all the fishermen.\\n"
                       "The opposition did not agree with any of it.\\nTalks will go on in the spring, they said.\"}]");
}

/* Depth beyond any bound, and what never ends, are survived. */
static void test_deep(void **state)
{
        struct fixture *f = *state;
        struct buf deep = BUF_NULL;

        buf_append_string(&deep, "<rss><item><title>A</title><description>");
        for (unsigned i = 0; i < 100000; i++)
                buf_append_string(&deep, "<a>");
        assert_int_equal(fixture_decode(f, "auto", NULL, deep.data, deep.n), 0);
        assert_int_equal(json_array_size(f->stories), 1);
        buf_clear(&deep);
        buf_append_string(&deep, "<html>");
        for (unsigned i = 0; i < 50000; i++)
                buf_append_string(&deep, "<figure><div class=\"x");
        assert_true(fixture_decode(f, "auto", NULL, deep.data, deep.n) >= 0);
        buf_deinit(&deep);
}

static void test_identity(void **state)
{
        static const char rss[] = "<rss><item><guid isPermaLink='false'>g</guid><link>http://h/1</link><title>A</title></item></rss>";
        struct fixture *f = *state;

        fixture_expect(f, rss, "[{\"guid\": \"g\"}]");
        fixture_decode_from(f, "by-url", rss);
        fixture_check(f, "[{\"guid\": \"http://h/1\"}]");
        fixture_decode_from(f, "by-content", rss);
        fixture_check(f, "[{\"guid\": null}]");
}

/* Whatever decoding needs was opened before: a process that opens anything here dies of SIGSYS. */
static void test_sandbox(void **state)
{
#ifdef WITH_SANITIZERS
        (void)state;
        skip();
#else
        static const char *const encodings[] = { "koi8-r", "windows-1255", "euc-jp", "shift_jis", "gb18030", "big5", "euc-kr", "iso-2022-jp" };
        static const char dutch[] = "De ministers van de twee landen hebben woensdag afgesproken om een grensovergang te heropenen die twee jaar "
                                    "dicht is geweest, zo heeft het ministerie van Buitenlandse Zaken bekendgemaakt.";
        struct fixture *f = *state;
        struct buf warc = BUF_NULL;
        char folder[4096];
        int status;
        pid_t child;

        /* valgrind's own system calls have no place in the sandbox; it preloads a library of its own. */
        if (getenv("LD_PRELOAD") != NULL && strstr(getenv("LD_PRELOAD"), "vgpreload") != NULL) {
                print_message("skipped: valgrind does not run in the sandbox\n");
                skip();
        }
        assert_int_equal(read_file(samples(folder), "pages.warc.gz", &warc), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                const char *what;

                if (sandbox_enter(SANDBOX_WORKER, 0, &what) != 0)
                        _exit(2);
                for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
                        if (fixture_decode(f, "plain", encodings[i], "A \xC6\xFC\xCB\xDC b.", 9) != 0)
                                _exit(3);
                if (fixture_decode(f, "auto", NULL, "A line of \xCC\xE8\xED\xE8\xF1\xF2\xF0\xFB text.", 23) != 0)
                        _exit(4);
                if (fixture_decode(f, "auto", NULL, dutch, strlen(dutch)) != 0 ||
                    json_object_get(json_array_get(f->stories, 0), "language") == NULL)
                        _exit(5);
                if (fixture_decode(f, "auto", NULL, warc.data, warc.n) != 0 || json_array_size(f->stories) != 3)
                        _exit(6);
                _exit(0);
        }
        buf_deinit(&warc);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
#endif
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_samples), cmocka_unit_test(test_refused), cmocka_unit_test(test_head), cmocka_unit_test(test_wrapped),
                cmocka_unit_test(test_deep),
                cmocka_unit_test(test_identity), cmocka_unit_test(test_sandbox),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
