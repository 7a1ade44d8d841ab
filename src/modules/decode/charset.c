/*
 * UTF-8, UTF-16 and Windows-1252 (with Latin-1 inside it) by hand: these three are nearly all of what arrives on wires.
 * The table of the 32 codes of Windows-1252 that Latin-1 has not is the WHATWG one (encoding.spec.whatwg.org), where the
 * five unassigned codes map to themselves.
 */
#include "modules/decode/charset.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static const uint16_t windows_1252[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
        0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x009D, 0x017E, 0x0178,
};

enum kind {
        KIND_AUTO,
        KIND_UTF8,
        KIND_UTF16LE,
        KIND_UTF16BE,
        KIND_1252,
};

static const struct name_row {
        const char *name;
        enum kind kind;
} names[] = {
        { "auto", KIND_AUTO },
        { "utf-8", KIND_UTF8 },
        { "utf8", KIND_UTF8 },
        { "us-ascii", KIND_UTF8 },
        { "ascii", KIND_UTF8 },
        { "utf-16le", KIND_UTF16LE },
        { "utf-16", KIND_UTF16LE },
        { "utf-16be", KIND_UTF16BE },
        { "windows-1252", KIND_1252 },
        { "cp1252", KIND_1252 },
        { "iso-8859-1", KIND_1252 },
        { "latin-1", KIND_1252 },
        { "latin1", KIND_1252 },
        { NULL, KIND_AUTO },
};

static const char *const kind_names[] = {
        [KIND_AUTO] = "auto",         [KIND_UTF8] = "utf-8",        [KIND_UTF16LE] = "utf-16le",
        [KIND_UTF16BE] = "utf-16be", [KIND_1252] = "windows-1252",
};

static size_t from_1252(const unsigned char *in, size_t n, char *out)
{
        size_t o = 0;

        for (size_t i = 0; i < n; i++) {
                uint32_t cp = in[i];

                if (cp >= 0x80 && cp < 0xA0)
                        cp = windows_1252[cp - 0x80];
                o += utf8_encode(cp, out + o);
        }
        return o;
}

static size_t from_utf16(const unsigned char *in, size_t n, bool big, char *out)
{
        size_t o = 0;

        for (size_t i = 0; i + 1 < n; i += 2) {
                uint32_t cp = big ? (uint32_t)in[i] << 8 | in[i + 1] : (uint32_t)in[i + 1] << 8 | in[i];

                if (cp >= 0xD800 && cp < 0xDC00 && i + 3 < n) {
                        uint32_t low = big ? (uint32_t)in[i + 2] << 8 | in[i + 3] : (uint32_t)in[i + 3] << 8 | in[i + 2];

                        if (low >= 0xDC00 && low < 0xE000) {
                                cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
                                i += 2;
                        }
                }
                if (cp >= 0xD800 && cp < 0xE000)
                        cp = 0xFFFD;
                o += utf8_encode(cp, out + o);
        }
        return o;
}

/* What is not UTF-8 becomes U+FFFD. `out` has room for three bytes a byte. */
static size_t from_utf8(const char *in, size_t n, char *out)
{
        size_t o = 0;

        for (size_t i = 0; i < n;) {
                uint32_t cp;

                i += utf8_decode(in + i, n - i, &cp);
                o += utf8_encode(cp, out + o);
        }
        return o;
}

/* A text with a bad byte here and there is damaged UTF-8; one where bad bytes outnumber good sequences never was. */
static enum kind guess(const char *in, size_t n)
{
        size_t good = 0, bad = 0;

        if (utf8_is_valid(in, n))
                return KIND_UTF8;
        for (size_t i = 0; i < n;) {
                uint32_t cp;
                size_t k = utf8_decode(in + i, n - i, &cp);

                if (k > 1)
                        good++;
                else if ((unsigned char)in[i] >= 0x80)
                        bad++;
                i += k;
        }
        return good > bad ? KIND_UTF8 : KIND_1252;
}

static enum kind byte_order_mark(const char *in, size_t n, size_t *skip)
{
        static const struct {
                const char *bytes;
                size_t n;
                enum kind kind;
        } marks[] = {
                { "\xEF\xBB\xBF", 3, KIND_UTF8 },
                { "\xFF\xFE", 2, KIND_UTF16LE },
                { "\xFE\xFF", 2, KIND_UTF16BE },
        };

        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
                if (n >= marks[i].n && memcmp(in, marks[i].bytes, marks[i].n) == 0) {
                        *skip = marks[i].n;
                        return marks[i].kind;
                }
        *skip = 0;
        return KIND_AUTO;
}

int charset_to_utf8(struct arena *arena, const char *bytes, size_t n, const char *encoding, char **out, size_t *n_out,
                    const char **found)
{
        const struct name_row *row = names;
        enum kind kind;
        size_t skip;

        if (encoding)
                while (row->name && strcasecmp(row->name, encoding) != 0)
                        row++;
        if (!row->name)
                return CHARSET_E_UNKNOWN;
        kind = byte_order_mark(bytes, n, &skip);
        if (kind == KIND_AUTO)
                kind = row->kind;
        bytes += skip;
        n -= skip;
        if (kind == KIND_AUTO)
                kind = guess(bytes, n);
        *out = arena_alloc(arena, n * 3 + 4);
        switch (kind) {
        case KIND_UTF16LE:
        case KIND_UTF16BE:
                *n_out = from_utf16((const unsigned char *)bytes, n, kind == KIND_UTF16BE, *out);
                break;
        case KIND_1252:
                *n_out = from_1252((const unsigned char *)bytes, n, *out);
                break;
        default:
                *n_out = from_utf8(bytes, n, *out);
        }
        (*out)[*n_out] = '\0';
        *found = kind_names[kind];
        return 0;
}
