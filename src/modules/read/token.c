/* See token.h. */
#include "modules/read/token.h"

#include "base/chars.h"
#include "modules/read/feature.h"

static bool is_word(const struct view *v, size_t i)
{
        return chars_is_word(v->class[i]);
}

static bool is_letter(const struct view *v, size_t i)
{
        return v->class[i] >= CHAR_LOWER && v->class[i] <= CHAR_MARK;
}

static bool is_digit(const struct view *v, size_t i)
{
        return v->class[i] == CHAR_DIGIT;
}

static bool is_vowel(uint32_t cp)
{
        cp = chars_lower(cp);
        return cp == 'a' || cp == 'e' || cp == 'i' || cp == 'o' || cp == 'u' || cp >= 0x80;
}

enum { ABBREVIATION_MAX = 12, KIND_ABBREVIATION = 70 };

uint32_t token_abbreviation_hash(const char *word, size_t n)
{
        return feature_hash(KIND_ABBREVIATION, word, n);
}

static bool is_known(const struct view *v, size_t first, size_t last, const struct token_abbreviations *known)
{
        char word[4 * ABBREVIATION_MAX];
        size_t n = 0, low = 0, high = known == NULL ? 0 : known->n;
        uint32_t hash;

        if (high == 0 || last - first > ABBREVIATION_MAX)
                return false;
        for (; first < last; first++)
                n += chars_encode(v->cp[first], word + n);
        hash = token_abbreviation_hash(word, n);
        while (low < high) {
                size_t middle = (low + high) / 2;

                if (known->hashes[middle] < hash)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < known->n && known->hashes[low] == hash;
}

bool token_is_abbreviation(const struct view *v, size_t first, size_t last, const struct token_abbreviations *known)
{
        bool single = true, vowel = false;
        size_t i;

        if (first >= last || !is_letter(v, first))
                return false;
        if (is_known(v, first, last, known))
                return true;
        for (i = first; i < last; i++) {
                bool even = (i - first) % 2 == 0;

                single = single && (even ? is_letter(v, i) : v->cp[i] == '.');
                vowel = vowel || !is_letter(v, i) || is_vowel(v->cp[i]);
        }
        if (single && last - first > 1)
                return (last - first) % 2 == 1;
        if (single)
                return v->class[first] == CHAR_UPPER;
        return v->class[first] == CHAR_UPPER && v->class[first + 1] == CHAR_LOWER && last - first <= 4 && !vowel;
}

/* Where the chunk is an address that must not be taken apart: scheme://, www., name@host. */
static bool is_address(const struct view *v, size_t first, size_t last)
{
        size_t i;

        if (last - first > 4 && v->cp[first] == 'w' && v->cp[first + 1] == 'w' && v->cp[first + 2] == 'w' &&
            v->cp[first + 3] == '.')
                return true;
        for (i = first + 1; i + 2 < last; i++) {
                if (v->cp[i] == ':' && v->cp[i + 1] == '/' && v->cp[i + 2] == '/')
                        return is_letter(v, i - 1);
                if (v->cp[i] == '@' && is_word(v, i - 1) && is_word(v, i + 1)) {
                        for (i++; i + 1 < last; i++)
                                if (v->cp[i] == '.' && is_word(v, i - 1) && is_letter(v, i + 1))
                                        return true;
                        return false;
                }
        }
        return false;
}

static bool may_repeat(uint32_t cp)
{
        return cp == '.' || cp == '-' || cp == '!' || cp == '?' || cp == '*' || cp == '=' || cp == '_' || cp == '~' ||
               cp == '#' || cp == '+' || cp == '<' || cp == '>';
}

/* The full stop at p: does it stay with what stands before it? */
static bool stop_belongs(const struct view *v, size_t p, size_t first, size_t last,
                         const struct token_abbreviations *known)
{
        size_t begin = p;

        if (p + 1 < last && is_word(v, p + 1))
                return true;
        if (p + 1 < last && v->cp[p + 1] == '.')
                return false;
        while (begin > first && (is_letter(v, begin - 1) || v->cp[begin - 1] == '.'))
                begin--;
        return token_is_abbreviation(v, begin, p, known);
}

/* Does the punctuation at p hang together with the word beside it? `word_before` says on which side we ask. */
static bool joins(const struct view *v, size_t p, size_t first, size_t last, bool word_before,
                  const struct token_abbreviations *known)
{
        bool before = p > first && is_word(v, p - 1), after = p + 1 < last && is_word(v, p + 1);
        bool digits = before && after && is_digit(v, p - 1) && is_digit(v, p + 1);
        uint32_t cp = v->cp[p];

        if (chars_is_apostrophe(cp))
                return (before && after) || (after && is_digit(v, p + 1) && p == first);
        if (cp == '.')
                return before ? stop_belongs(v, p, first, last, known) && (word_before || after) :
                       after && is_digit(v, p + 1);
        if (cp == ',' || cp == ':')
                return digits;
        if (cp == '&' || cp == '_' || cp == 0xB7)
                return before && after;
        if (cp == '@' || cp == '#')
                return after && p == first;
        if (cp == '+' || cp == '-')
                return !word_before && p == first && after && is_digit(v, p + 1);
        return false;
}

static bool boundary(const struct view *v, size_t i, size_t first, size_t last, const struct token_abbreviations *known)
{
        bool before = is_word(v, i - 1), after = is_word(v, i);

        if (before && after)
                return false;
        if (!before && !after)
                return v->cp[i - 1] != v->cp[i] || !may_repeat(v->cp[i]);
        return before ? !joins(v, i, first, last, true, known) : !joins(v, i - 1, first, last, false, known);
}

/* An address is one token, but for the quotes, brackets and stops around it. */
static void cut_address(struct view *v, size_t first, size_t last)
{
        while (first < last && !is_word(v, first))
                v->cut[++first] = 1;
        while (last > first && !is_word(v, last - 1) && v->cp[last - 1] != '/')
                v->cut[--last] = 1;
}

static void cut_chunk(struct view *v, size_t first, size_t last, const struct token_abbreviations *known)
{
        size_t i;

        v->cut[first] = v->cut[last] = 1;
        if (is_address(v, first, last))
                cut_address(v, first, last);
        else
                for (i = first + 1; i < last; i++)
                        v->cut[i] = boundary(v, i, first, last, known);
}

void token_rules(struct view *v, const struct token_abbreviations *known)
{
        size_t i = 0;

        while (i < v->n) {
                size_t first;

                while (i < v->n && v->class[i] == CHAR_SPACE)
                        i++;
                first = i;
                while (i < v->n && v->class[i] != CHAR_SPACE)
                        i++;
                if (i > first)
                        cut_chunk(v, first, i, known);
        }
}

size_t token_collect(const struct view *v, struct token_span *spans)
{
        size_t i = 0, n = 0;

        while (i < v->n) {
                size_t first = i;

                if (v->class[i] == CHAR_SPACE) {
                        i++;
                        continue;
                }
                for (i++; i < v->n && i < first + TOKEN_MAX && !v->cut[i] && v->class[i] != CHAR_SPACE; i++)
                        ;
                spans[n++] = (struct token_span){
                        .first = (uint32_t)first,
                        .last = (uint32_t)i,
                        .space_after = i == v->n || v->class[i] == CHAR_SPACE,
                };
        }
        return n;
}
