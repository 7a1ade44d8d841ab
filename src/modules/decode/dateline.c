/*
 * A cursor walks over place, qualifiers, date and agency in whatever order agencies write them, and the result counts
 * only when the end (a dash, or an agency in brackets) and the place give evidence together.
 */
#include "modules/decode/dateline.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
        DATELINE_MAX = 160,     /* bytes; a longer beginning is prose */
        PLACE_WORDS_MAX = 6,
};

/* Words in capitals that stand before a dash and are no place. */
static const char *const no_places[] = {
        "UPDATE", "CORRECTED", "CORRECTION", "BREAKING", "EXCLUSIVE", "ANALYSIS", "FACTBOX", "TIMELINE", "WRAPUP", "RPT",
        "REFILE", "NEWSMAKER", "INSIGHT", "URGENT", "FLASH", "ALERT", "BULLETIN", "ADVISORY", "KILL", "EDITOR", "EDITORS",
        "NOTE", "WATCH", "VIDEO", "PHOTO", "LIVE", "OPINION", "INTERVIEW", "COLUMN", "PREVIEW", "REVIEW", "FEATURE", "NEW",
        "SPECIAL", "REPORT", "SUMMARY", "HIGHLIGHTS", "LEAD", "WRITETHRU", "CONTEXT", "BACKGROUND", NULL,
};

/* A place may begin with these words of the list above all the same: NEW YORK, NEW DELHI. */
static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                                    "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

struct cursor {
        const char *s;
        size_t i, n;
};

static bool ends_here(const struct cursor *c)
{
        return c->i >= c->n;
}

static void skip_spaces(struct cursor *c)
{
        while (!ends_here(c) && c->s[c->i] == ' ')
                c->i++;
}

static bool take(struct cursor *c, const char *what)
{
        size_t k = strlen(what);

        if (c->n - c->i < k || memcmp(c->s + c->i, what, k) != 0)
                return false;
        c->i += k;
        return true;
}

/* "-", "--", "–", "—" and a run of them, and AP's "_"; behind it a space or the end. */
static bool take_dash(struct cursor *c)
{
        size_t start = c->i;

        while (take(c, "-") || take(c, "_") || take(c, "\xE2\x80\x93") || take(c, "\xE2\x80\x94") || take(c, "\xE2\x80\x95"))
                ;
        if (c->i == start)
                return false;
        if (!ends_here(c) && c->s[c->i] != ' ' && c->i - start == 1) {
                c->i = start;
                return false;
        }
        return true;
}

/* A word: up to white space, a comma, a bracket or a slash; a full stop stays where letters stand before it. */
static size_t word_length(const struct cursor *c)
{
        size_t k = 0;

        while (c->i + k < c->n && !strchr(" ,()/:;\"\n", c->s[c->i + k]) &&
               strncmp(c->s + c->i + k, "\xE2\x80\x94", 3) != 0 && strncmp(c->s + c->i + k, "\xE2\x80\x93", 3) != 0)
                k++;
        return k;
}

static bool is_in(const char *word, size_t n, const char *const *list, size_t n_list)
{
        for (size_t i = 0; i < n_list && list[i]; i++)
                if (((*word ^ *list[i]) & ~32) == 0 && strlen(list[i]) == n && strncasecmp(word, list[i], n) == 0)
                        return true;
        return false;
}

static bool is_month(const char *word, size_t n)
{
        if (n < 3)
                return false;
        for (size_t i = 0; i < 12; i++)
                if (strncasecmp(word, months[i], 3) == 0)
                        return true;
        return false;
}

static bool is_day_number(const char *word, size_t n)
{
        size_t k = 0;

        while (k < n && isdigit((unsigned char)word[k]))
                k++;
        return k > 0 && (k <= 2 || k == 4) && (k == n || (k + 1 == n && word[k] == '.') || (k + 2 == n && k <= 2));
}

/* Two capitals and no small letter. Letters beyond ASCII do not count against it: SÃO PAULO, ZÜRICH. */
static bool is_capitals(const char *word, size_t n)
{
        size_t upper = 0;

        for (size_t i = 0; i < n; i++) {
                if (islower((unsigned char)word[i]) && !(i == 1 && upper == 1 && n > 3 && word[0] == 'M'))
                        return false;
                upper += isupper((unsigned char)word[i]) != 0;
        }
        return upper >= 2 || (upper == 1 && n > 2 && (unsigned char)word[n - 1] >= 0x80);
}

static bool is_name(const char *word, size_t n)
{
        return n > 0 && (isupper((unsigned char)word[0]) || (unsigned char)word[0] >= 0xC3);
}

/* Small words inside names of places: RIO de JANEIRO, Frankfurt am Main. */
static bool is_small(const char *word, size_t n)
{
        static const char *const small[] = { "de", "la", "el", "al", "am", "an", "of", "the", "do", "da", "du", "der", "es" };

        return is_in(word, n, small, sizeof small / sizeof *small);
}

/* The place: words up to a comma, bracket, dash or full stop. *capitals: all of it is. */
static bool take_place(struct cursor *c, size_t *end, bool *capitals)
{
        size_t words = 0, last = c->i;

        *capitals = true;
        for (;;) {
                size_t k = word_length(c);
                const char *word = c->s + c->i;
                bool stop;

                if (k == 0 || words == PLACE_WORDS_MAX || isdigit((unsigned char)word[0]) || word[0] == '-')
                        break;
                if (words > 0 && is_month(word, k) && !is_capitals(word, k))
                        break;
                if (is_in(word, k, no_places, sizeof no_places / sizeof *no_places) && !(k == 3 && memcmp(word, "NEW", 3) == 0))
                        return false;
                stop = word[k - 1] == '.' && k > 3;
                if (stop)
                        k--;
                if (!is_name(word, k) && !(words > 0 && is_small(word, k)))
                        return false;
                if (!is_capitals(word, k) && !is_small(word, k) && !(k <= 3 && word[k - 1] == '.'))
                        *capitals = false;
                words++;
                c->i += k;
                last = c->i;
                if (stop)
                        break;
                if (take(c, "/"))
                        continue;
                skip_spaces(c);
        }
        c->i = last;
        *end = last;
        return words > 0;
}

/* "(Reuters)", "(AFP/AP)", "/TASS/". */
static bool take_agency(struct cursor *c, struct arena *arena, struct dateline *out)
{
        const char *close;
        size_t k;

        if (c->s[c->i] != '(' && c->s[c->i] != '/')
                return false;
        close = memchr(c->s + c->i + 1, c->s[c->i] == '(' ? ')' : '/', c->n - c->i - 1);
        if (!close || out->agency)
                return false;
        k = (size_t)(close - (c->s + c->i + 1));
        if (k == 0 || k > 40 || (!isalpha((unsigned char)c->s[c->i + 1])))
                return false;
        for (size_t words = 0, i = c->i + 1; i < c->i + 1 + k; i++)
                if (c->s[i] == ' ' && ++words > 3)
                        return false;
        out->agency = arena_strndup(arena, c->s + c->i + 1, k);
        c->i += k + 2;
        return true;
}

/* One word or "Month day" of a date: "Oct. 20", "20 October", "Monday", "2023". */
static bool take_date(struct cursor *c, size_t *begin, size_t *end)
{
        size_t k = word_length(c);
        const char *word = c->s + c->i;
        size_t bare = k > 0 && word[k - 1] == '.' ? k - 1 : k;

        if (k == 0 || (!is_month(word, bare) && !is_day_number(word, k) && !is_in(word, bare, days, 14)))
                return false;
        if (is_month(word, bare) && bare > 9)
                return false;
        if (*end == 0)
                *begin = c->i;
        c->i += k;
        *end = c->i - (k != bare && bare > 3 ? 1 : 0);
        return true;
}

bool dateline_parse(struct arena *arena, const char *s, size_t n, struct dateline *out)
{
        struct cursor c = { s, 0, n < DATELINE_MAX ? n : DATELINE_MAX };
        const char *line_end = memchr(s, '\n', c.n);
        size_t place_end, date_begin = 0, date_end = 0, region_begin = 0, region_end = 0, begin;
        bool capitals, dash = false;

        *out = (struct dateline){ 0 };
        if (line_end)
                c.n = (size_t)(line_end - s);
        skip_spaces(&c);
        begin = c.i;
        if (ends_here(&c) || !take_place(&c, &place_end, &capitals))
                return false;
        while (!ends_here(&c)) {
                skip_spaces(&c);
                if (ends_here(&c))
                        break;
                if ((dash = take_dash(&c)))
                        break;
                if (take(&c, ",") || take(&c, ".") || take_agency(&c, arena, out) || take_date(&c, &date_begin, &date_end))
                        continue;
                /* A qualifier of the place, right behind it: "BEIRUT, Lebanon", "AUSTIN, Texas", "Kyiv, Ukraine". */
                if (!date_end && !out->agency && is_name(s + c.i, word_length(&c)) && c.i - place_end < 60) {
                        if (!region_end)
                                region_begin = c.i;
                        c.i += word_length(&c);
                        region_end = c.i;
                        continue;
                }
                break;
        }
        /* Kyodo writes its name without brackets, between commas. */
        if (!dash && out->agency == NULL)
                return false;
        if (!capitals && out->agency == NULL)
                return false;
        if (!capitals && !dash && s[c.i - 1] != ')' && s[c.i - 1] != '/' && s[c.i - 1] != '.')
                return false;
        out->place = arena_strndup(arena, s + begin, place_end - begin);
        if (date_end > date_begin)
                out->date = arena_strndup(arena, s + date_begin, date_end - date_begin);
        if (region_end > region_begin)
                out->region = arena_strndup(arena, s + region_begin, region_end - region_begin);
        skip_spaces(&c);
        out->length = c.i;
        return out->length < n && (size_t)(n - out->length) > 1;
}
