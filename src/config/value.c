/* See value.h. */
#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

bool value_bool(const char *text, bool *value)
{
        static const struct {
                const char *word;
                bool value;
        } words[] = { { "true", true },   { "yes", true }, { "on", true },
                      { "false", false }, { "no", false }, { "off", false } };

        for (size_t i = 0; i < N_ELEMENTS(words); i++) {
                if (strcmp(words[i].word, text) == 0) {
                        *value = words[i].value;
                        return true;
                }
        }
        return false;
}

bool value_int(const char *text, int64_t *value)
{
        long long v;
        char *end;

        if (!isdigit((unsigned char)text[text[0] == '-' || text[0] == '+']))
                return false;
        errno = 0;
        v = strtoll(text, &end, 10);
        if (*end != '\0' || errno != 0)
                return false;
        *value = v;
        return true;
}

bool value_fraction(const char *text, double *value)
{
        char *end;

        if (text[0] == '\0' || text[strspn(text, "0123456789.eE+-")] != '\0')
                return false;
        *value = strtod(text, &end);
        return *end == '\0' && isfinite(*value);
}

bool value_size(const char *text, int64_t *value)
{
        static const char units[] = "KMGT";
        int64_t v = 0;

        if (!isdigit((unsigned char)*text))
                return false;
        for (; isdigit((unsigned char)*text); text++)
                if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *text - '0', &v))
                        return false;
        if (*text != '\0') {
                const char *unit = strchr(units, *text);

                if (unit == NULL || text[1] != '\0' ||
                    __builtin_mul_overflow(v, INT64_C(1024) << (10 * (unit - units)), &v))
                        return false;
        }
        *value = v;
        return true;
}

bool value_mode(const char *text, int64_t *value)
{
        *value = 0;
        if (*text == '\0' || strlen(text) > 6 || text[strspn(text, "01234567")] != '\0')
                return false;
        for (; *text != '\0'; text++)
                *value = *value << 3 | (*text - '0');
        return true;
}

static int hexadecimal(char c)
{
        static const char digits[] = "0123456789abcdef";
        const char *p = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

        return p != NULL ? (int)(p - digits) : -1;
}

bool value_bytes(struct arena *arena, const char *text, size_t n, const char **bytes, size_t *n_bytes)
{
        static const char letters[] = "nrt0\\", stand_for[] = { '\n', '\r', '\t', '\0', '\\' };
        char *out = arena_alloc(arena, n + 1);
        size_t n_out = 0;

        for (size_t i = 0; i < n; i++) {
                const char *letter;

                if (text[i] != '\\') {
                        out[n_out++] = text[i];
                        continue;
                }
                if (++i == n)
                        return false;
                letter = text[i] != '\0' ? strchr(letters, text[i]) : NULL;
                if (letter != NULL) {
                        out[n_out++] = stand_for[letter - letters];
                } else if (text[i] == 'x' && n - i > 2 && hexadecimal(text[i + 1]) >= 0 &&
                           hexadecimal(text[i + 2]) >= 0) {
                        out[n_out++] = (char)(hexadecimal(text[i + 1]) << 4 | hexadecimal(text[i + 2]));
                        i += 2;
                } else {
                        return false;
                }
        }
        out[n_out] = '\0';
        *bytes = out;
        *n_bytes = n_out;
        return true;
}

struct unit {
        const char *name;
        int64_t factor;
};

/* `units` from the largest to 1. */
static const char *show(int64_t value, const struct unit *units, char out[VALUE_TEXT_MAX])
{
        while (units->factor > 1 && (value == 0 || value % units->factor != 0))
                units++;
        snprintf(out, VALUE_TEXT_MAX, "%lld%s", (long long)(value / units->factor), units->name);
        return out;
}

const char *value_show_size(int64_t value, char out[VALUE_TEXT_MAX])
{
        static const struct unit units[] = {
                { "T", INT64_C(1) << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1024 }, { "", 1 }
        };

        return show(value, units, out);
}

const char *value_show_span(int64_t us, char out[VALUE_TEXT_MAX])
{
        static const struct unit units[] = {
                { "d", 86400 * CLOCK_SECOND }, { "h", 3600 * CLOCK_SECOND }, { "m", 60 * CLOCK_SECOND },
                { "s", CLOCK_SECOND },         { "ms", 1000 },               { "us", 1 },
        };

        return show(us, units, out);
}
