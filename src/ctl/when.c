/* See when.h. */
#include "ctl/when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
        WRITTEN_MAX = 64,
        NUMBER_MAX = 1000000000,
};

/* Without capitals, the blanks before and behind it, and all but one of those within it. */
static int tidy(const char *text, char out[WRITTEN_MAX])
{
        size_t n = 0;

        for (; *text != '\0'; text++) {
                bool blank = isspace((unsigned char)*text);

                if (blank && (n == 0 || out[n - 1] == ' '))
                        continue;
                if (n + 1 == WRITTEN_MAX)
                        return WHEN_E_FORMAT;
                out[n++] = blank ? ' ' : (char)tolower((unsigned char)*text);
        }
        if (n > 0 && out[n - 1] == ' ')
                n--;
        out[n] = '\0';
        return n > 0 ? 0 : WHEN_E_FORMAT;
}

/* Behind the word, where the text begins with it as a whole; NULL: it does not. */
static const char *skip_word(const char *text, const char *word)
{
        size_t n = strlen(word);

        if (strncmp(text, word, n) != 0 || (text[n] != '\0' && text[n] != ' '))
                return NULL;
        return text[n] == ' ' ? text + n + 1 : text + n;
}

/* "h", "hours"; moves on behind it. 0: it is none. */
static int64_t unit(const char **text)
{
        static const struct {
                const char *names;      /* each between spaces; plurals too */
                int64_t us;
        } units[] = {
                { " us ", 1 },
                { " ms ", 1000 },
                { " s sec secs second seconds ", CLOCK_SECOND },
                { " m min mins minute minutes ", 60 * CLOCK_SECOND },
                { " h hr hrs hour hours ", 3600 * CLOCK_SECOND },
                { " d day days ", 86400 * CLOCK_SECOND },
                { " w week weeks ", 7 * 86400 * CLOCK_SECOND },
        };
        char name[16];
        int n = 0;

        while (isalpha((unsigned char)(*text)[n]))
                n++;
        if (n == 0 || n > 10)
                return 0;
        snprintf(name, sizeof(name), " %.*s ", n, *text);
        *text += n;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (strstr(units[i].names, name) != NULL)
                        return units[i].us;
        return 0;
}

/* "1 h 30 min", "a week", with "ago" behind it or not. */
static int span(const char *text, int64_t *us)
{
        const char *word;

        *us = 0;
        do {
                int64_t n = 0, factor;

                if ((word = skip_word(text, "a")) != NULL || (word = skip_word(text, "an")) != NULL) {
                        text = word;
                        n = 1;
                } else if (!isdigit((unsigned char)*text)) {
                        return WHEN_E_FORMAT;
                }
                for (; word == NULL && isdigit((unsigned char)*text); text++) {
                        n = n * 10 + (*text - '0');
                        if (n > NUMBER_MAX)
                                return WHEN_E_FORMAT;
                }
                text += *text == ' ';
                factor = unit(&text);
                if (factor == 0 || __builtin_mul_overflow(n, factor, &n) || __builtin_add_overflow(*us, n, us))
                        return WHEN_E_FORMAT;
                text += *text == ' ';
        } while (*text != '\0' && strcmp(text, "ago") != 0);
        return 0;
}

/* A day, and a time on it, perhaps. */
static int on_day(int64_t at, const char *time, int64_t *us)
{
        char day[CLOCK_TEXT_MAX], text[CLOCK_TEXT_MAX + WRITTEN_MAX];

        clock_format(at, day);
        snprintf(text, sizeof(text), "%.10s%s%s", day, *time != '\0' ? " " : "", time);
        return clock_parse(text, us) == 0 ? 0 : WHEN_E_FORMAT;
}

int when_parse(const char *text, int64_t now, int64_t *us)
{
        char written[WRITTEN_MAX];
        const char *rest;
        int64_t before;
        int r = tidy(text, written);

        if (r != 0)
                return r;
        if (strcmp(written, "now") == 0)
                *us = now;
        else if ((rest = skip_word(written, "today")) != NULL)
                r = on_day(now, rest, us);
        else if ((rest = skip_word(written, "yesterday")) != NULL)
                r = on_day(now - 86400 * CLOCK_SECOND, rest, us);
        else if (span(written, &before) == 0)
                *us = now - before;
        else
                r = clock_parse(written, us) == 0 ? 0 : WHEN_E_FORMAT;
        if (r == 0 && *us < 0)
                *us = 0;
        return r;
}
