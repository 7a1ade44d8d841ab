/*
 * See dates.h. Expressions are found over the words, without the tree: a weekday, a month with a day and a year, a word
 * like "yesterday", "last"/"this"/"next" before a unit. A weekday is the latest one in a past clause, and the story's
 * own
 * day counts as it; with "next" or "will" it is the coming one.
 */
#include "modules/code/dates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

static const char *const months[] = { "january", "february", "march",     "april",   "may",      "june",
                                      "july",    "august",   "september", "october", "november", "december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

static int month_of(const char *word)
{
        size_t n = strlen(word);

        if (n > 0 && word[n - 1] == '.')
                n--;
        if (n < 3 || !isupper((unsigned char)word[0]))
                return 0;
        for (int i = 0; i < 12; i++)
                if (strncasecmp(word, months[i], n) == 0 && (n == strlen(months[i]) || n == 3 || (n == 4 && i == 8)))
                        return i + 1;
        return 0;
}

static int weekday_of(const char *word)
{
        if (!isupper((unsigned char)word[0]))
                return -1;
        for (int i = 0; i < 7; i++)
                if (strcasecmp(word, weekdays[i]) == 0)
                        return i;
        return -1;
}

/* 0 is Monday: 1970-01-01 was a Thursday. */
static int weekday_of_day(int32_t day)
{
        return (int)(((int64_t)day + 3) % 7 + 7) % 7;
}

static int number_of(const char *word)
{
        char *end;
        long n = strtol(word, &end, 10);

        if (end == word || (*end && strcmp(end, "st") != 0 && strcmp(end, "nd") != 0 && strcmp(end, "rd") != 0 &&
                            strcmp(end, "th") != 0))
                return 0;
        return n > 0 && n < 10000 ? (int)n : 0;
}

static bool is_year(int n)
{
        return n >= 1800 && n <= 2100;
}

static struct coding_dates *add(struct coding *coding, const struct dep_tree *tree, int32_t first, int32_t last,
                                int32_t start, int32_t end)
{
        struct coding_dates *d = arena_new(coding->arena, struct coding_dates);

        d->span = coding_span_of(tree, first, last);
        d->text = coding_text(coding, d->span);
        d->sentence = tree->sentence;
        d->node = last;
        d->start = start;
        d->end = end;
        coding->dates = arena_push(coding->arena, coding->dates, coding->n_dates++, &coding->dates_size, d);
        return d;
}

static void month_range(int year, int month, int32_t *start, int32_t *end)
{
        while (month < 1)
                month += 12, year--;
        while (month > 12)
                month -= 12, year++;
        *start = (int32_t)clock_days(year, month, 1);
        *end = (int32_t)clock_days(year, month, clock_month_days(year, month));
}

/* "last month", "this week", "next year", "last Friday". How many tokens it took, 0. */
static int relative_unit(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        static const char *const words[] = { "last", "this", "next", "previous" };
        static const int shifts[] = { -1, 0, 1, -1 };
        int shift = 2, year, month, dom, weekday;
        int32_t start, end, day = coding->day;
        const char *unit;

        for (int k = 0; k < 4; k++)
                if (strcasecmp(tree->tokens[i].form, words[k]) == 0)
                        shift = shifts[k];
        if (shift == 2 || i + 1 >= tree->n)
                return 0;
        unit = tree->tokens[i + 1].form;
        clock_date(day, &year, &month, &dom);
        weekday = weekday_of(unit);
        if (strcmp(unit, "week") == 0) {
                start = day - weekday_of_day(day) + 7 * shift;
                end = start + 6;
        } else if (strcmp(unit, "weekend") == 0) {
                start = day - weekday_of_day(day) + 5 + 7 * shift;
                end = start + 1;
        } else if (strcmp(unit, "month") == 0) {
                month_range(year, month + shift, &start, &end);
        } else if (strcmp(unit, "year") == 0) {
                start = (int32_t)clock_days(year + shift, 1, 1);
                end = (int32_t)clock_days(year + shift, 12, 31);
        } else if (strcmp(unit, "night") == 0 && shift < 1) {
                start = end = day + shift;
        } else if (weekday >= 0) {
                int back = (weekday_of_day(day) - weekday + 7) % 7;

                start = end = shift < 0   ? day - (back ? back : 7)
                              : shift > 0 ? day + 7 - back
                                          : day - back + (back > 3 ? 7 : 0);
        } else if (month_of(unit) && shift != 0) {
                int m = month_of(unit);

                month_range(shift < 0 ? (m < month ? year : year - 1) : (m > month ? year : year + 1), m, &start, &end);
        } else {
                return 0;
        }
        add(coding, tree, i, i + 1, start, end);
        return 2;
}

/* "Oct 20", "20 October 2023", "October 2023", "in March". */
static int month_day(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        int32_t at = i, first = i;
        int day = 0, month, year = 0, own_year, own_month, dom;
        int32_t start, end;

        month = month_of(tree->tokens[i].form);
        if (!month && (day = number_of(tree->tokens[i].form)) > 0 && day <= 31 && i + 1 < tree->n) {
                month = month_of(tree->tokens[i + 1].form);
                at = i + 1;
        }
        if (!month)
                return 0;
        at++;
        if (at < tree->n && !day && number_of(tree->tokens[at].form) >= 1 && number_of(tree->tokens[at].form) <= 31)
                day = number_of(tree->tokens[at++].form);
        if (at < tree->n && strcmp(tree->tokens[at].form, ",") == 0 && at + 1 < tree->n &&
            is_year(number_of(tree->tokens[at + 1].form)))
                at++;
        if (at < tree->n && is_year(number_of(tree->tokens[at].form)))
                year = number_of(tree->tokens[at++].form);
        if (!day && !year && (month == 5 || month == 3) && !(i > 0 && tree->nodes[i - 1].upos == UPOS_ADP))
                return 0;       /* "May", "March" are words too */
        if (!year) {
                if (!coding->has_day)
                        return 0;
                clock_date(coding->day, &own_year, &own_month, &dom);
                /* The nearest one: up to two months ahead, else in the past. */
                year = month > own_month + 2 ? own_year - 1 : month < own_month - 9 ? own_year + 1 : own_year;
        }
        if (day > clock_month_days(year, month))
                return 0;
        if (day)
                start = end = (int32_t)clock_days(year, month, day);
        else
                month_range(year, month, &start, &end);
        add(coding, tree, first, at - 1, start, end);
        return at - first;
}

/* "2023", "2024-25", where a preposition or the shape says that it is a year. */
static int years(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        int from = number_of(tree->tokens[i].form), to = 0, taken = 1;
        int32_t last = i;

        if (!is_year(from) && sscanf(tree->tokens[i].form, "%4d-%d", &from, &to) != 2 &&
            sscanf(tree->tokens[i].form, "%4d\xE2\x80\x93%d", &from, &to) != 2)
                return 0;
        if (!is_year(from) || !(strlen(tree->tokens[i].form) == 4 || to))
                return 0;
        if (!to && i + 2 < tree->n &&
            (strcmp(tree->tokens[i + 1].form, "-") == 0 || strcmp(tree->tokens[i + 1].form, "\xE2\x80\x93") == 0) &&
            isdigit((unsigned char)tree->tokens[i + 2].form[0])) {
                to = atoi(tree->tokens[i + 2].form);
                last = i + 2;
                taken = 3;
        }
        if (to > 0 && to < 100)
                to += from / 100 * 100;
        if (to && (!is_year(to) || to < from))
                return 0;
        if (!to) {
                const char *before = i > 0 ? tree->tokens[i - 1].form : "";

                if (strcasecmp(before, "in") != 0 && strcasecmp(before, "since") != 0 &&
                    strcasecmp(before, "by") != 0 && strcasecmp(before, "of") != 0 &&
                    strcasecmp(before, "until") != 0 && strcasecmp(before, "the") != 0 &&
                    strcasecmp(before, "from") != 0)
                        return 0;
                to = from;
        }
        add(coding, tree, i, last, (int32_t)clock_days(from, 1, 1), (int32_t)clock_days(to, 12, 31));
        return taken;
}

static bool is_coming(const struct dep_tree *tree, int32_t i)
{
        for (int32_t k = i, steps = 0; k != DEP_NONE && steps < 4; k = tree->nodes[k].head, steps++)
                dep_each_child(tree, child, k)
                        if (tree->nodes[child].rel == REL_AUX &&
                            (dep_is(tree, child, "will") || dep_is(tree, child, "shall")))
                                return true;
        return false;
}

static int one_word(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        static const struct {
                const char *word;
                int shift;
        } words[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 }, { "tonight", 0 }, { "overnight", -1 } };
        int weekday;

        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
                if (strcasecmp(tree->tokens[i].form, words[k].word) == 0) {
                        add(coding, tree, i, i, coding->day + words[k].shift, coding->day + words[k].shift);
                        return 1;
                }
        weekday = weekday_of(tree->tokens[i].form);
        if (weekday >= 0) {
                int back = (weekday_of_day(coding->day) - weekday + 7) % 7;
                int32_t day = is_coming(tree, i) && back > 0 ? coding->day + 7 - back : coding->day - back;

                add(coding, tree, i, i, day, day);
                return 1;
        }
        return 0;
}

/* "two days", "a week", "18 months": how many days, and how many of them are one unit. 0 where it is no such thing. */
static int32_t duration(const struct dep_tree *tree, int32_t i, int32_t *unit)
{
        static const char *const numbers[] = { "a",   "two",   "three", "four", "five",
                                               "six", "seven", "eight", "nine", "ten" };
        static const struct {
                const char *unit;
                int days;
        } units[] = { { "day", 1 }, { "week", 7 }, { "month", 30 }, { "year", 365 } };
        int count;

        if (i + 1 >= tree->n)
                return 0;
        count = number_of(tree->tokens[i].form);
        for (int k = 0; k < 10 && !count; k++)
                if (strcasecmp(tree->tokens[i].form, numbers[k]) == 0)
                        count = k + 1;
        for (int k = 0; k < 4 && count; k++) {
                size_t n = strlen(units[k].unit);
                const char *form = tree->tokens[i + 1].form;

                if (strncasecmp(form, units[k].unit, n) == 0 && (!form[n] || strcmp(form + n, "s") == 0) &&
                    (int64_t)count * units[k].days < 4000000) {
                        *unit = units[k].days;
                        return count * units[k].days;
                }
        }
        return 0;
}

static bool is_word(const struct dep_tree *tree, int32_t i, const char *word)
{
        return i >= 0 && i < tree->n && strcasecmp(tree->tokens[i].form, word) == 0;
}

/* "three days ago", "two weeks earlier"; "the past two days"; "after two days of fighting", which end on the story's
 * day. */
static int ago(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        int32_t unit, days = duration(tree, i, &unit), day = coding->day - days;

        if (days == 0)
                return 0;
        if (is_word(tree, i + 2, "ago") || is_word(tree, i + 2, "earlier")) {
                add(coding, tree, i, i + 2, day - unit / 2, day + unit / 2);
                return 3;
        }
        if (i > 0 &&
            (is_word(tree, i - 1, "past") || is_word(tree, i - 1, "last") || is_word(tree, i - 1, "previous"))) {
                add(coding, tree, i - 1, i + 1, day, coding->day);
                return 2;
        }
        if (is_word(tree, i + 2, "of") && i + 3 < tree->n &&
            (is_word(tree, i - 1, "after") || is_word(tree, i - 1, "following"))) {
                add(coding, tree, i, i + 1, day, coding->day);
                return 2;
        }
        return 0;
}

/* "the 1990s" */
static int decade(struct coding *coding, const struct dep_tree *tree, int32_t i)
{
        const char *form = tree->tokens[i].form;
        int year = 0;
        char rest[3] = "";

        if (strlen(form) != 5 || sscanf(form, "%4d%2s", &year, rest) != 2 || strcmp(rest, "s") != 0 || !is_year(year) ||
            year % 10 != 0)
                return 0;
        add(coding, tree, i, i, (int32_t)clock_days(year, 1, 1), (int32_t)clock_days(year + 9, 12, 31));
        return 1;
}

void dates_find(struct coding *coding, uint32_t sentence)
{
        const struct dep_tree *tree = coding->sentences[sentence].tree;

        for (int32_t i = 0; i < tree->n;) {
                int taken = month_day(coding, tree, i);

                if (!taken)
                        taken = years(coding, tree, i);
                if (!taken)
                        taken = decade(coding, tree, i);
                if (!taken && coding->has_day) {
                        taken = relative_unit(coding, tree, i);
                        if (!taken)
                                taken = ago(coding, tree, i);
                        if (!taken)
                                taken = one_word(coding, tree, i);
                }
                i += taken ? taken : 1;
        }
}

/* Steps up from a node until a node above both is met. */
static int32_t distance(const struct dep_tree *tree, int32_t from, int32_t to)
{
        int32_t steps = 0;

        for (int32_t a = from; a != DEP_NONE && steps < 12; a = tree->nodes[a].head, steps++) {
                int32_t down = 0;

                for (int32_t b = to; b != DEP_NONE && down < 12; b = tree->nodes[b].head, down++)
                        if (a == b)
                                return steps * 2 + down;
        }
        return 99;
}

/* Dates were found sentence after sentence. */
static size_t first_of(const struct coding *coding, uint32_t sentence)
{
        size_t low = 0, high = coding->n_dates;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (coding->dates[middle]->sentence < sentence)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static const struct coding_dates *nearest(const struct coding *coding, uint32_t sentence, int32_t node)
{
        const struct dep_tree *tree = coding->sentences[sentence].tree;
        const struct coding_dates *best = NULL;
        int32_t best_distance = 99;

        for (size_t i = first_of(coding, sentence); i < coding->n_dates; i++) {
                const struct coding_dates *d = coding->dates[i];
                int32_t here;

                if (d->sentence != sentence)
                        break;
                here = distance(tree, node, d->node);
                if (here < best_distance) {
                        best_distance = here;
                        best = d;
                }
        }
        return best_distance <= 3 ? best : NULL;
}

/* "a trip last month during which he met": the verb whose time the clause shares, DEP_NONE. */
static int32_t shared_time(const struct dep_tree *tree, int32_t verb)
{
        if (tree->nodes[verb].rel == REL_CONJ)
                return tree->nodes[verb].head;
        if (tree->nodes[verb].rel != REL_ACL_RELCL)
                return DEP_NONE;
        dep_each_child(tree, child, verb)
                if (dep_is(tree, child, "when") ||
                    (dep_is(tree, child, "which") && dep_is(tree, dep_case(tree, child), "during")))
                        return tree->nodes[tree->nodes[verb].head].head;
        return DEP_NONE;
}

const struct coding_dates *dates_of_event(const struct coding *coding, const struct coding_event *event)
{
        const struct dep_tree *tree = coding->sentences[event->sentence].tree;
        const struct coding_dates *found = nearest(coding, event->sentence, event->node);
        int32_t at = event->node;

        for (int steps = 0; !found && steps < 3 && (at = shared_time(tree, at)) != DEP_NONE; steps++)
                found = nearest(coding, event->sentence, at);
        return found;
}
