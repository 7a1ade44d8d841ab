/* See base64.h. */
#include "base/base64.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(struct buf *out, const void *bytes, size_t n)
{
        const unsigned char *p = bytes;
        int r = buf_reserve(out, (n + 2) / 3 * 4);
        char *to;

        if (r != 0)
                return r;
        to = out->data + out->n;
        for (size_t i = 0; i < n; i += 3) {
                size_t have = MIN_OF(n - i, (size_t)3);
                uint32_t second = have > 1 ? p[i + 1] : 0, third = have > 2 ? p[i + 2] : 0;
                uint32_t v = (uint32_t)p[i] << 16 | second << 8 | third;

                *to++ = letters[v >> 18];
                *to++ = letters[v >> 12 & 63];
                *to++ = have > 1 ? letters[v >> 6 & 63] : '=';
                *to++ = have > 2 ? letters[v & 63] : '=';
        }
        out->n = (size_t)(to - out->data);
        *to = '\0';
        return 0;
}

/* 0..63, or -1. */
static int value(unsigned char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct buf *out, const char *text, size_t n)
{
        size_t padding = 0, count = 0;
        uint32_t bits = 0;
        unsigned char *to;
        int r = buf_reserve(out, n / 4 * 3 + 3);

        if (r != 0)
                return r < 0 ? r : error_origin(-ENOSPC);
        to = (unsigned char *)out->data + out->n;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)text[i];
                bool ended = padding > 0 && count % 4 == 0;
                int v = value(c);

                if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
                        continue;
                if (ended || (v < 0 && c != '=') || (v >= 0 && padding > 0))
                        return BASE64_E_BAD;
                padding += c == '=';
                bits = bits << 6 | (uint32_t)MAX_OF(v, 0);
                if (++count % 4 != 0)
                        continue;
                if (padding > 2 || (bits & ((1u << 8 * padding) - 1)) != 0)
                        return BASE64_E_BAD;
                *to++ = (unsigned char)(bits >> 16);
                *to++ = (unsigned char)(bits >> 8);
                *to++ = (unsigned char)bits;
                bits = 0;
        }
        if (count % 4 != 0)
                return BASE64_E_BAD;
        out->n = (size_t)(to - (unsigned char *)out->data) - padding;
        out->data[out->n] = '\0';
        return 0;
}
