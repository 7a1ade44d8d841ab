/*
 * UTF-8, UTF-16 and Windows-1252 (with Latin-1 inside it) by hand: these three are nearly all of what arrives on wires.
 * The table of the 32 codes of Windows-1252 that Latin-1 has not is the WHATWG one (encoding.spec.whatwg.org), where the
 * five unassigned codes map to themselves. The rest is iconv's.
 */
#include "modules/decode/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>

#include "base/error.h"
#include "base/utf8.h"

enum {
        DECLARATION_MAX = 2048, /* bytes in which a document says its encoding */
        GUESS_MAX = 16384,      /* bytes that uchardet sees */
        FEW = 24,               /* bytes beyond ASCII */
        NAME_SIZE = 48,
};

static const uint16_t windows_1252[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
        0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x009D, 0x017E, 0x0178,
};

/* What iconv converts. Names are iconv's, in small letters. */
static const char *const single_byte[] = {
        "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "windows-1254",
        "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "windows-1250", "windows-1251",
        "windows-1253", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "koi8-r", "koi8-u", "macintosh",
        "mac-cyrillic", "ibm437", "ibm850", "ibm852", "ibm866", "tis-620",
};
static const char *const multi_byte[] = {
        "gb18030", "big5-hkscs", "euc-jp", "shift_jis", "iso-2022-jp", "euc-kr", "uhc", "iso-2022-kr", "euc-tw", "utf-32", "utf-7",
};

/* Other names of the same. */
static const char *const aliases[][2] = {
        { "utf8", "utf-8" },             { "us-ascii", "utf-8" },         { "ascii", "utf-8" },
        { "ansi_x3.4-1968", "utf-8" },   { "utf-16", "utf-16le" },        { "ucs-2", "utf-16le" },
        { "cp1252", "windows-1252" },    { "iso-8859-1", "windows-1252" },{ "latin-1", "windows-1252" },
        { "latin1", "windows-1252" },    { "iso8859-1", "windows-1252" }, { "iso_8859-1", "windows-1252" },
        { "ansi", "windows-1252" },      { "latin2", "iso-8859-2" },      { "latin-2", "iso-8859-2" },
        { "iso-8859-9", "windows-1254" },{ "latin5", "windows-1254" },    { "iso-8859-11", "tis-620" },
        { "windows-874", "tis-620" },    { "gb2312", "gb18030" },         { "gbk", "gb18030" },
        { "euc-cn", "gb18030" },         { "cp936", "gb18030" },          { "big5", "big5-hkscs" },
        { "big-5", "big5-hkscs" },       { "cp950", "big5-hkscs" },       { "sjis", "shift_jis" },
        { "shift-jis", "shift_jis" },    { "x-sjis", "shift_jis" },       { "cp932", "shift_jis" },
        { "windows-31j", "shift_jis" },  { "x-euc-jp", "euc-jp" },        { "ks_c_5601-1987", "uhc" },
        { "cp949", "uhc" },              { "windows-949", "uhc" },        { "koi8", "koi8-r" },
        { "cp866", "ibm866" },           { "cp437", "ibm437" },           { "cp850", "ibm850" },
        { "cp852", "ibm852" },           { "iso-8859-8-i", "iso-8859-8" },{ "mac", "macintosh" },
        { "x-mac-cyrillic", "mac-cyrillic" }, { "mac-roman", "macintosh" }, { "x-mac-roman", "macintosh" },
};

struct charsets {
        bool has_table[N_ELEMENTS(single_byte)];
        uint16_t tables[N_ELEMENTS(single_byte)][128];  /* of the bytes from 128 on */
        iconv_t converters[N_ELEMENTS(multi_byte)];     /* (iconv_t)-1: not there */
};

uint32_t charset_from_1252(uint32_t code)
{
        return code >= 0x80 && code < 0xA0 ? windows_1252[code - 0x80] : code;
}

static bool make_table(const char *name, uint16_t table[128])
{
        iconv_t converter = iconv_open("UTF-16LE", name);

        if (converter == (iconv_t)-1)
                return false;
        for (unsigned i = 0; i < 128; i++) {
                unsigned char byte = (unsigned char)(128 + i), out[8];
                char *in = (char *)&byte, *o = (char *)out;
                size_t n_in = 1, n_out = sizeof out;

                iconv(converter, NULL, NULL, NULL, NULL);
                table[i] = 0xFFFD;
                /* Some converters hold a character back for what may combine with it: the second call brings it. */
                if (iconv(converter, &in, &n_in, &o, &n_out) != (size_t)-1) {
                        iconv(converter, NULL, NULL, &o, &n_out);
                        if (n_out <= sizeof out - 2)
                                table[i] = (uint16_t)(out[0] | out[1] << 8);
                }
        }
        iconv_close(converter);
        return true;
}

int charset_open(struct charsets **out)
{
        struct charsets *sets = calloc(1, sizeof *sets);

        if (sets == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < N_ELEMENTS(single_byte); i++)
                sets->has_table[i] = make_table(single_byte[i], sets->tables[i]);
        for (size_t i = 0; i < N_ELEMENTS(multi_byte); i++)
                sets->converters[i] = iconv_open("UTF-8", multi_byte[i]);
        *out = sets;
        return 0;
}

void charset_close(struct charsets *sets)
{
        if (sets == NULL)
                return;
        for (size_t i = 0; i < N_ELEMENTS(multi_byte); i++)
                if (sets->converters[i] != (iconv_t)-1)
                        iconv_close(sets->converters[i]);
        free(sets);
}

/* What converts: one of these is set. */
struct kind {
        const char *name;               /* NULL: unknown */
        enum { UNKNOWN, UTF8, UTF16LE, UTF16BE, TABLE_1252, TABLE, ICONV } how;
        const uint16_t *table;
        iconv_t converter;
};

static struct kind find_kind(const struct charsets *sets, const char *name)
{
        static const struct kind by_hand[] = { { .name = "utf-8", .how = UTF8 },
                                               { .name = "utf-16le", .how = UTF16LE },
                                               { .name = "utf-16be", .how = UTF16BE },
                                               { .name = "windows-1252", .how = TABLE_1252 } };

        for (size_t i = 0; i < N_ELEMENTS(aliases); i++)
                if (strcasecmp(aliases[i][0], name) == 0) {
                        name = aliases[i][1];
                        break;
                }
        for (size_t i = 0; i < N_ELEMENTS(by_hand); i++)
                if (strcasecmp(by_hand[i].name, name) == 0)
                        return by_hand[i];
        for (size_t i = 0; sets != NULL && i < N_ELEMENTS(single_byte); i++)
                if (sets->has_table[i] && strcasecmp(single_byte[i], name) == 0)
                        return (struct kind){ .name = single_byte[i], .how = TABLE, .table = sets->tables[i] };
        for (size_t i = 0; sets != NULL && i < N_ELEMENTS(multi_byte); i++)
                if (sets->converters[i] != (iconv_t)-1 && strcasecmp(multi_byte[i], name) == 0)
                        return (struct kind){ .name = multi_byte[i], .how = ICONV, .converter = sets->converters[i] };
        return (struct kind){ 0 };
}

static size_t from_table(const unsigned char *in, size_t n, const uint16_t *table, char *out)
{
        size_t o = 0;

        for (size_t i = 0; i < n; i++)
                if (in[i] < 0x80)
                        out[o++] = (char)in[i];
                else
                        o += utf8_encode(table ? table[in[i] - 0x80] : charset_from_1252(in[i]), out + o);
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
                o += utf8_encode(cp, out + o);
        }
        return o;
}

/* What is not UTF-8 becomes U+FFFD. `out` has room for three bytes a byte. */
static size_t from_utf8(const char *in, size_t n, char *out)
{
        size_t o = 0;

        for (size_t i = 0; i < n;) {
                size_t k = utf8_valid_prefix(in + i, n - i);

                memcpy(out + o, in + i, k);
                o += k;
                i += k;
                if (i < n) {
                        memcpy(out + o, "\xEF\xBF\xBD", 3);
                        o += 3;
                        i++;
                }
        }
        return o;
}

/* A byte that cannot be converted becomes U+FFFD. `out` has room for three bytes a byte and a little more. */
static size_t from_iconv(iconv_t converter, const char *in, size_t n, char *out, size_t room)
{
        char *from = (char *)(uintptr_t)in, *o = out;

        iconv(converter, NULL, NULL, NULL, NULL);
        while (n > 0) {
                size_t r = iconv(converter, &from, &n, &o, &room);

                if (r != (size_t)-1 || room < 3 || errno == E2BIG)
                        break;
                memcpy(o, "\xEF\xBF\xBD", 3);
                o += 3;
                room -= 3;
                from++;
                n--;
        }
        return (size_t)(o - out);
}

/* A text with a bad byte here and there, or cut in mid-character, is damaged UTF-8; one where bad bytes outnumber good
 * sequences never was. */
static bool is_damaged_utf8(const char *in, size_t n)
{
        size_t good = 0, bad = 0;

        for (size_t i = 0; i < n && i < (size_t)GUESS_MAX * 16;) {
                uint32_t cp;
                size_t k = utf8_decode(in + i, n - i, &cp);

                if (k > 1)
                        good++;
                else if ((unsigned char)in[i] >= 0x80)
                        bad++;
                i += k;
        }
        return good > 0 && good >= bad;
}

/* uchardet's guess about what begins near the first byte that is not ASCII. */
static struct kind guess(const struct charsets *sets, const char *in, size_t n)
{
        struct kind kind = { 0 };
        size_t from = 0, high = 0, k;
        uchardet_t detector;

        if (sets == NULL || (detector = uchardet_new()) == NULL)
                return kind;
        while (from < n && (unsigned char)in[from] < 0x80)
                from++;
        from = from > 256 ? from - 256 : 0;
        k = MIN_OF(n - from, (size_t)GUESS_MAX);
        /* A few letters with accents in a Latin text say nothing about which Latin it is. */
        for (size_t i = 0; i < k; i++)
                high += (unsigned char)in[from + i] >= 0x80;
        if (high < FEW && high * 2 < k) {
                uchardet_delete(detector);
                return kind;
        }
        if (uchardet_handle_data(detector, in + from, k) == 0) {
                uchardet_data_end(detector);
                kind = find_kind(sets, uchardet_get_charset(detector));
        }
        uchardet_delete(detector);
        return kind.how == UTF8 ? (struct kind){ 0 } : kind;
}

static struct kind byte_order_mark(const char *in, size_t n, size_t *skip)
{
        static const struct {
                const char *bytes;
                size_t n;
                const char *name;
        } marks[] = {
                { "\xEF\xBB\xBF", 3, "utf-8" },
                { "\xFF\xFE", 2, "utf-16le" },
                { "\xFE\xFF", 2, "utf-16be" },
        };

        for (size_t i = 0; i < N_ELEMENTS(marks); i++)
                if (n >= marks[i].n && memcmp(in, marks[i].bytes, marks[i].n) == 0) {
                        *skip = marks[i].n;
                        return find_kind(NULL, marks[i].name);
                }
        *skip = 0;
        /* XML without a mark: "<?" or "<r" in two bytes each. */
        if (n >= 4 && in[0] == '<' && in[1] == '\0' && in[2] != '\0' && in[3] == '\0')
                return find_kind(NULL, "utf-16le");
        if (n >= 4 && in[0] == '\0' && in[1] == '<' && in[2] == '\0' && in[3] != '\0')
                return find_kind(NULL, "utf-16be");
        return (struct kind){ 0 };
}

/* encoding="x" of an XML prolog, charset=x of an HTML meta. */
static bool declared(const char *in, size_t n, char name[NAME_SIZE])
{
        size_t limit = MIN_OF(n, (size_t)DECLARATION_MAX), i = 0, k = 0;
        const char *p;

        while (i < limit && isspace((unsigned char)in[i]))
                i++;
        if (limit - i < 6 || in[i] != '<')
                return false;
        if (memcmp(in + i, "<?xml", 5) == 0) {
                const char *end = memchr(in + i, '>', limit - i);

                if (end == NULL || (p = memmem(in + i, (size_t)(end - in) - i, "encoding", 8)) == NULL)
                        return false;
                p += 8;
        } else if ((p = memmem(in + i, limit - i, "charset=", 8)) != NULL) {
                p += 7;
        } else {
                return false;
        }
        while (p < in + limit && (isspace((unsigned char)*p) || *p == '='))
                p++;
        if (p < in + limit && (*p == '"' || *p == '\''))
                p++;
        while (p + k < in + limit && k + 1 < NAME_SIZE && (isalnum((unsigned char)p[k]) || strchr("-_.:", p[k])) && p[k] != '\0') {
                name[k] = p[k];
                k++;
        }
        name[k] = '\0';
        return k > 0;
}

/* What it is, where nothing but the bytes says so. `hint` is the document's own word. */
static struct kind decide(const struct charsets *sets, const char *bytes, size_t n, struct kind hint)
{
        size_t valid = utf8_valid_prefix(bytes, n);
        struct kind guessed;

        if (valid == n && (hint.how != ICONV || strncmp(hint.name, "iso-2022", 8) != 0))
                return find_kind(NULL, "utf-8");
        if (hint.how != UNKNOWN && hint.how != UTF8 && hint.how != UTF16LE && hint.how != UTF16BE)
                return hint;
        if (is_damaged_utf8(bytes, n))
                return find_kind(NULL, "utf-8");
        guessed = guess(sets, bytes, n);
        return guessed.how != UNKNOWN ? guessed : find_kind(NULL, "windows-1252");
}

int charset_to_utf8(const struct charsets *sets, struct arena *arena, const char *bytes, size_t n, const char *encoding,
                    const char **out, size_t *n_out, const char **found)
{
        struct kind kind, given = { 0 };
        char name[NAME_SIZE];
        size_t skip, room;
        char *converted;

        if (encoding != NULL && strcasecmp(encoding, "auto") != 0) {
                given = find_kind(sets, encoding);
                if (given.how == UNKNOWN)
                        return CHARSET_E_UNKNOWN;
        }
        kind = byte_order_mark(bytes, n, &skip);
        bytes += skip;
        n -= skip;
        if (kind.how == UNKNOWN)
                kind = given;
        if (kind.how == UNKNOWN)
                kind = decide(sets, bytes, n, declared(bytes, n, name) ? find_kind(sets, name) : kind);
        else if (kind.how == UTF8)
                kind = decide(sets, bytes, n, kind);
        *found = kind.name;
        if (kind.how == UTF8 && utf8_is_valid(bytes, n)) {
                *out = bytes;
                *n_out = n;
                return 0;
        }
        room = n * 3 + 16;
        converted = arena_alloc(arena, room);
        if (kind.how == UTF16LE || kind.how == UTF16BE)
                *n_out = from_utf16((const unsigned char *)bytes, n, kind.how == UTF16BE, converted);
        else if (kind.how == TABLE || kind.how == TABLE_1252)
                *n_out = from_table((const unsigned char *)bytes, n, kind.table, converted);
        else if (kind.how == ICONV)
                *n_out = from_iconv(kind.converter, bytes, n, converted, room);
        else
                *n_out = from_utf8(bytes, n, converted);
        *out = converted;
        return 0;
}
