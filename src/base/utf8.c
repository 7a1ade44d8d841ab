/* See utf8.h. */
#include "base/utf8.h"

#include <string.h>

/* Length of the valid sequence at s, 0 where there is none. */
static size_t sequence(const unsigned char *s, size_t n, uint32_t *code)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        uint32_t c = s[0];
        size_t len;

        if (c < 0x80) {
                *code = c;
                return 1;
        }
        len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        if (c < 0xC2 || c > 0xF4 || len > n)
                return 0;
        c &= 0x7Fu >> len;
        for (size_t i = 1; i < len; i++) {
                if ((s[i] & 0xC0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3F);
        }
        if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
                return 0;
        *code = c;
        return len;
}

size_t utf8_valid_prefix(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n) {
                uint32_t code;
                uint64_t eight;
                size_t len;

                /* Most of it is ASCII. */
                while (n - i >= sizeof(eight)) {
                        memcpy(&eight, s + i, sizeof(eight));
                        if ((eight & UINT64_C(0x8080808080808080)) != 0)
                                break;
                        i += sizeof(eight);
                }
                if (i == n)
                        break;
                len = sequence((const unsigned char *)s + i, n - i, &code);

                if (len == 0)
                        break;
                i += len;
        }
        return i;
}

size_t utf8_decode(const char *s, size_t n, uint32_t *code)
{
        size_t len = sequence((const unsigned char *)s, n, code);

        if (len != 0)
                return len;
        *code = 0xFFFD;
        return 1;
}

size_t utf8_encode(uint32_t code, char out[4])
{
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
                code = 0xFFFD;
        if (code < 0x80) {
                out[0] = (char)code;
                return 1;
        }
        if (code < 0x800) {
                out[0] = (char)(0xC0 | code >> 6);
                out[1] = (char)(0x80 | (code & 0x3F));
                return 2;
        }
        if (code < 0x10000) {
                out[0] = (char)(0xE0 | code >> 12);
                out[1] = (char)(0x80 | (code >> 6 & 0x3F));
                out[2] = (char)(0x80 | (code & 0x3F));
                return 3;
        }
        out[0] = (char)(0xF0 | code >> 18);
        out[1] = (char)(0x80 | (code >> 12 & 0x3F));
        out[2] = (char)(0x80 | (code >> 6 & 0x3F));
        out[3] = (char)(0x80 | (code & 0x3F));
        return 4;
}
