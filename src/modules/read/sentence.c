/* See sentence.h. */
#include "modules/read/sentence.h"

#include "base/chars.h"

static uint32_t first_cp(const struct view *v, const struct token_span *span)
{
        return v->cp[span->first];
}

static bool is_quote(uint32_t cp)
{
        return cp == '"' || cp == '\'' || cp == 0x2019;
}

bool sentence_is_closer(const struct view *v, const struct token_span *spans, size_t k)
{
        uint32_t cp = first_cp(v, &spans[k]);

        if (is_quote(cp) && spans[k].last - spans[k].first == 1)
                return spans[k].first > 0 && v->class[spans[k].first - 1] != CHAR_SPACE;
        return chars_is_closer(cp);
}

static bool is_opener(const struct view *v, const struct token_span *spans, size_t k)
{
        uint32_t cp = first_cp(v, &spans[k]);

        return chars_is_opener(cp) || (is_quote(cp) && !sentence_is_closer(v, spans, k)) || chars_is_hyphen(cp) ||
               cp == 0x2022;
}

static bool starts_sentence(const struct view *v, const struct token_span *spans, size_t n, size_t k)
{
        enum char_class class;

        while (k < n && is_opener(v, spans, k))
                k++;
        if (k == n)
                return true;
        class = v->class[spans[k].first];
        return class == CHAR_UPPER || class == CHAR_DIGIT || class == CHAR_LETTER;
}

/* "1." or "a)" at the head of a list item. */
static bool is_list_mark(const struct view *v, const struct token_span *spans, size_t first, size_t k)
{
        return k == first + 1 &&
               (v->class[spans[first].first] == CHAR_DIGIT || spans[first].last - spans[first].first == 1);
}

bool sentence_rules(const struct view *v, const struct token_span *spans, size_t n, size_t first, size_t k)
{
        size_t last = k;

        if (sentence_is_closer(v, spans, k + 1))
                return false;
        while (last > first && sentence_is_closer(v, spans, last))
                last--;
        if (!chars_is_terminal(first_cp(v, &spans[last])) || is_list_mark(v, spans, first, last))
                return false;
        if (last > first && chars_is_opener(first_cp(v, &spans[last - 1])))
                return false;
        return starts_sentence(v, spans, n, k + 1);
}
