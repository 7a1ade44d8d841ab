/* See text.h. */
#include "ctl/text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ctl/ctl.h"

/* Characters that show nothing and steer how others are shown. */
static bool steers(uint32_t c)
{
        return (c >= 0x200B && c <= 0x200F) ||  /* zero width, left-to-right and right-to-left marks */
               (c >= 0x2028 && c <= 0x202E) ||  /* line and paragraph separators, embeddings, overrides */
               (c >= 0x2060 && c <= 0x206F) ||  /* joiners, isolates, deprecated format characters */
               c == 0x061C || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

void text_need(int r)
{
        if (r == 0)
                return;
        fputs("datelinectl: out of memory\n", stderr);
        exit(CTL_LOCAL);
}

void text_printf(struct buf *out, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        text_need(n < 0 ? -1 : buf_reserve(out, (size_t)n));
        va_start(args, format);
        vsnprintf(out->data + out->n, (size_t)n + 1, format, args);
        va_end(args);
        out->n += (size_t)n;
}

/* One character of foreign text; `next`: the one behind it, 0 at the end. */
static void append_character(struct buf *out, uint32_t c, char next, enum text_flags flags)
{
        char bytes[4];

        if (c == '\n' && (flags & TEXT_LINES) != 0)
                text_printf(out, "\n");
        else if (c == '\n' || c == '\t')
                text_printf(out, " ");
        else if (c == '\r' && next == '\n')
                return;
        else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
                text_printf(out, "\\x%02x", (unsigned)c);
        else if (steers(c))
                text_printf(out, "\\u{%X}", (unsigned)c);
        else
                text_need(buf_append(out, bytes, utf8_encode(c, bytes)));
}

void text_append(struct buf *out, const char *s, size_t n, enum text_flags flags)
{
        for (size_t i = 0; i < n;) {
                uint32_t c;

                i += utf8_decode(s + i, n - i, &c);
                append_character(out, c, i < n ? s[i] : '\0', flags);
        }
}

void text_set_locale(void)
{
        /* Of all else nothing: numbers in an export have a point wherever the user lives. */
        setlocale(LC_CTYPE, "");
        if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
                setlocale(LC_CTYPE, "C.UTF-8");
}

static size_t columns(uint32_t c)
{
        int width = wcwidth((wchar_t)c);

        return width < 0 ? 1 : (size_t)width;
}

size_t text_width(const char *s, size_t n)
{
        size_t used;

        text_fit(s, n, SIZE_MAX, &used);
        return used;
}

size_t text_fit(const char *s, size_t n, size_t width, size_t *used)
{
        size_t i = 0;

        *used = 0;
        while (i < n) {
                uint32_t c;
                size_t size = utf8_decode(s + i, n - i, &c), wide = columns(c);

                if (wide > width - *used)
                        break;
                *used += wide;
                i += size;
        }
        return i;
}

/* The end of the line that begins at s: the last space that fits; within a word only where it is longer than a line. */
static size_t line_end(const char *s, size_t n, size_t width)
{
        const char *newline = memchr(s, '\n', n);
        size_t length = newline != NULL ? (size_t)(newline - s) : n, used, fit = text_fit(s, length, width, &used);

        if (fit == length || fit == 0)
                return length > 0 && fit == 0 ? utf8_decode(s, length, &(uint32_t){ 0 }) : length;
        for (size_t i = fit; i > 0; i--)
                if (s[i] == ' ')
                        return i;
        return fit;
}

void text_wrap(struct buf *out, const char *s, size_t n, size_t width, size_t indent)
{
        size_t room = width > indent + 20 ? width - indent : 20;

        for (size_t i = 0; i < n;) {
                size_t end = line_end(s + i, n - i, room);

                text_printf(out, "%*s%.*s\n", end > 0 ? (int)indent : 0, "", (int)end, s + i);
                i += end;
                if (i < n && (s[i] == '\n' || s[i] == ' '))
                        i++;
        }
}

void text_number(struct buf *out, int64_t value)
{
        char digits[32];
        int n = snprintf(digits, sizeof(digits), "%lld", (long long)value);

        for (int i = 0; i < n; i++)
                text_printf(out, digits[i] != '-' && (n - 1 - i) % 3 == 0 && i != n - 1 ? "%c," : "%c", digits[i]);
}

void text_span(struct buf *out, int64_t us)
{
        int64_t s = us / CLOCK_SECOND;

        if (us < 1000)
                text_printf(out, "%d us", (int)MAX_OF(us, (int64_t)0));
        else if (us < CLOCK_SECOND)
                text_printf(out, us < 100000 ? "%.1f ms" : "%.0f ms", (double)us / 1000);
        else if (s < 10 && us % CLOCK_SECOND != 0)
                text_printf(out, "%.1f s", (double)us / (double)CLOCK_SECOND);
        else if (s < 120)
                text_printf(out, "%d s", (int)s);
        else if (s < 3600)
                text_printf(out, "%d min", (int)(s / 60));
        else if (s < 86400)
                text_printf(out, "%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
        else
                text_printf(out, "%lld d %d h", (long long)(s / 86400), (int)(s % 86400 / 3600));
}

void text_size(struct buf *out, int64_t bytes)
{
        static const char *const units[] = { "B", "KB", "MB", "GB", "TB", "PB" };
        double value = (double)bytes;
        size_t unit = 0;

        while (value >= 1024 && unit + 1 < N_ELEMENTS(units)) {
                value /= 1024;
                unit++;
        }
        text_printf(out, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

void text_time(struct buf *out, int64_t us, int64_t now)
{
        time_t at = (time_t)(us / CLOCK_SECOND), present = (time_t)(now / CLOCK_SECOND);
        struct tm a, b;
        char text[64];

        localtime_r(&at, &a);
        localtime_r(&present, &b);
        strftime(text, sizeof(text), a.tm_year == b.tm_year ? "%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &a);
        text_printf(out, "%s", text);
}
