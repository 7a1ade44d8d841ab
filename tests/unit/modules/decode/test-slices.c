/* WARC: records and their positions, slices, and how bodies are packed. */
#include <brotli/encode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "fixture.h"
#include "modules/decode/slices.h"

enum packing { PLAIN, WHOLE, MEMBERS, PACKINGS };

static void gzip_to(struct buf *out, const char *bytes, size_t n)
{
        z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n };
        char *packed = malloc(n + 1000);

        assert_non_null(packed);
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_out = (Bytef *)packed;
        z.avail_out = (uInt)(n + 1000);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(buf_append(out, packed, n + 1000 - z.avail_out), 0);
        deflateEnd(&z);
        free(packed);
}

static void record_to(struct buf *out, const char *type, const char *url, const char *block, size_t n)
{
        assert_int_equal(buf_printf(out, "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\nContent-Type: application/http\r\n"
                                    "Content-Length: %zu\r\n\r\n", type, url, n), 0);
        assert_int_equal(buf_append(out, block, n), 0);
        assert_int_equal(buf_append(out, "\r\n\r\n", 4), 0);
}

/* A request, a picture, and a page of about 40 kB. */
static void make(struct buf *out, enum packing packing, int n)
{
        static const char png[] = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG";
        struct buf page = BUF_NULL, plain = BUF_NULL, piece = BUF_NULL;

        for (int i = 0; i < n; i++) {
                char url[64];

                snprintf(url, sizeof(url), "http://news.example/%d", i);
                buf_clear(&page);
                buf_clear(&piece);
                buf_printf(&page, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><article><h1>Story %d of today</h1>", i);
                for (int k = 0; k < 500; k++)
                        buf_printf(&page, "<p>The minister said in story %d that sentence %d of it was true.</p>", i, k);
                buf_append_string(&page, "</article></body></html>");
                record_to(&piece, "request", url, "GET / HTTP/1.0\r\n\r\n", 18);
                record_to(&piece, "response", url, png, sizeof(png) - 1);
                record_to(&piece, "response", url, page.data, page.n);
                if (packing == MEMBERS)
                        gzip_to(out, piece.data, piece.n);
                else
                        buf_append(packing == PLAIN ? out : &plain, piece.data, piece.n);
        }
        if (packing == WHOLE)
                gzip_to(out, plain.data, plain.n);
        buf_deinit(&page);
        buf_deinit(&plain);
        buf_deinit(&piece);
}

struct source {
        const char *bytes;
        size_t n, at;
};

static ssize_t give(void *user, char *out, size_t n)
{
        struct source *s = user;

        n = MIN_OF(MIN_OF(n, s->n - s->at), (size_t)1000);
        memcpy(out, s->bytes + s->at, n);
        s->at += n;
        return (ssize_t)n;
}

static struct slices *open_at(struct source *s, const struct buf *warc, const struct job_position *start)
{
        struct slices *slices;

        *s = (struct source){ .bytes = warc->data, .n = warc->n, .at = start != NULL ? (size_t)start->at : 0 };
        slices = slices_open("", 0, give, s, start);
        assert_non_null(slices);
        return slices;
}

/* The head decides what it is, so it must be there. */
static struct slices *open_with_head(struct source *s, const struct buf *warc, const struct job_position *start)
{
        size_t at = start != NULL ? (size_t)start->at : 0, head = MIN_OF(warc->n - at, (size_t)64);
        struct slices *slices;

        *s = (struct source){ .bytes = warc->data, .n = warc->n, .at = at + head };
        slices = slices_open(warc->data + at, head, give, s, start);
        assert_non_null(slices);
        return slices;
}

static void test_slices(void **state)
{
        struct fixture *f = *state;

        for (enum packing packing = 0; packing < PACKINGS; packing++) {
                struct buf warc = BUF_NULL, packed = BUF_NULL;
                struct job_position middle = { 0 };
                size_t records = 0, behind = 0, n = 0;
                struct slices *slices;
                struct source source;
                struct slice slice;

                make(&warc, packing, 60);
                slices = open_with_head(&source, &warc, NULL);
                do {
                        assert_int_equal(slices_next(slices, &slice), 0);
                        records += slice.records;
                        behind += n >= 2 ? slice.records : 0;
                        if (slice.records > 0) {
                                assert_int_equal(slices_pack(slices, &packed), 0);
                                assert_int_equal(fixture_decode(f, "warc", NULL, packed.data, packed.n), 0);
                                assert_int_equal(json_array_size(f->stories), slice.records);
                                assert_int_equal(json_array_size(f->bad), 0);
                        }
                        if (++n == 2)
                                middle = slice.next;
                } while (!slice.last);
                assert_int_equal(records, 60);
                assert_true(n >= 3);
                assert_int_equal(slices_damaged(slices), 0);
                slices_close(slices);
                /* From the third one on. */
                slices = open_with_head(&source, &warc, &middle);
                for (records = 0, slice.last = false; !slice.last; records += slice.records) {
                        assert_int_equal(slices_next(slices, &slice), 0);
                        if (records == 0)
                                assert_memory_equal(&slice.position, &middle, sizeof(middle));
                }
                assert_int_equal(records, behind);
                slices_close(slices);
                buf_deinit(&warc);
                buf_deinit(&packed);
        }
}

static void test_nothing(void **state)
{
        struct buf warc = BUF_NULL;
        struct slices *slices;
        struct source source;
        struct slice slice;

        (void)state;
        buf_append_string(&warc, "no archive at all\n");
        slices = open_at(&source, &warc, NULL);
        assert_int_equal(slices_next(slices, &slice), 0);
        assert_true(slice.last);
        assert_int_equal(slice.records, 0);
        slices_close(slices);
        buf_deinit(&warc);
}

/* A body under brotli; what only says so is taken as it is. */
static void test_brotli(void **state)
{
        static const char page[] = "<html><head><title>Talks in Paris</title></head><body><article><h1>Talks in Paris</h1><p>PARIS (AFP) - The "
                                   "ministers met on Monday, and met again on Tuesday, and will meet on Friday.</p></article></body></html>";
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\n\r\n";
        struct fixture *f = *state;
        uint8_t packed[1024];
        size_t n = sizeof(packed);

        assert_true(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, sizeof(page) - 1, (const uint8_t *)page, &n, packed));
        for (int plain = 0; plain < 2; plain++) {
                struct buf block = BUF_NULL, warc = BUF_NULL;

                buf_append_string(&block, head);
                buf_append(&block, plain ? (const void *)page : packed, plain ? sizeof(page) - 1 : n);
                record_to(&warc, "response", "http://news.example/1", block.data, block.n);
                assert_int_equal(fixture_decode(f, "auto", NULL, warc.data, warc.n), 0);
                fixture_check(f, "[{\"headline\": \"Talks in Paris\", \"dateline\": {\"place\": \"PARIS\", \"agency\": \"AFP\"}}]");
                buf_deinit(&block);
                buf_deinit(&warc);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_slices), cmocka_unit_test(test_nothing), cmocka_unit_test(test_brotli),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
