/* See chars.h. The ranges are those of Unicode 15's blocks, coarse where it makes no difference to a reader. */
#include "base/chars.h"

#include <string.h>

#include "base/cleanup.h"

static enum char_class class_ascii(uint32_t cp)
{
        if ((cp >= 9 && cp <= 13) || cp == ' ')
                return CHAR_SPACE;
        if (cp >= 'a' && cp <= 'z')
                return CHAR_LOWER;
        if (cp >= 'A' && cp <= 'Z')
                return CHAR_UPPER;
        if (cp >= '0' && cp <= '9')
                return CHAR_DIGIT;
        if (cp != 0 && strchr("$+<=>^`|~", (int)cp) != NULL)
                return CHAR_SYMBOL;
        return cp < ' ' || cp == 0x7F ? CHAR_SPACE : CHAR_PUNCT;
}

static const struct {
        uint32_t first, last;
        enum char_class class;
} class_ranges[] = {
        { 0x80, 0xA0, CHAR_SPACE },       { 0xA1, 0xA1, CHAR_PUNCT },       { 0xA2, 0xA6, CHAR_SYMBOL },
        { 0xA7, 0xA7, CHAR_PUNCT },       { 0xA8, 0xA9, CHAR_SYMBOL },      { 0xAA, 0xAA, CHAR_LETTER },
        { 0xAB, 0xAB, CHAR_PUNCT },       { 0xAC, 0xB5, CHAR_SYMBOL },      { 0xB6, 0xB8, CHAR_PUNCT },
        { 0xB9, 0xB9, CHAR_SYMBOL },      { 0xBA, 0xBA, CHAR_LETTER },      { 0xBB, 0xBB, CHAR_PUNCT },
        { 0xBC, 0xBE, CHAR_DIGIT },       { 0xBF, 0xBF, CHAR_PUNCT },       { 0xD7, 0xD7, CHAR_SYMBOL },
        { 0xF7, 0xF7, CHAR_SYMBOL },      { 0x2B0, 0x2FF, CHAR_LETTER },    { 0x300, 0x36F, CHAR_MARK },
        { 0x37E, 0x37E, CHAR_PUNCT },     { 0x387, 0x387, CHAR_PUNCT },     { 0x483, 0x489, CHAR_MARK },
        { 0x55A, 0x55F, CHAR_PUNCT },     { 0x589, 0x58A, CHAR_PUNCT },     { 0x591, 0x5BD, CHAR_MARK },
        { 0x5BE, 0x5BE, CHAR_PUNCT },     { 0x5F3, 0x5F4, CHAR_PUNCT },     { 0x60C, 0x60D, CHAR_PUNCT },
        { 0x61B, 0x61F, CHAR_PUNCT },     { 0x64B, 0x65F, CHAR_MARK },      { 0x660, 0x669, CHAR_DIGIT },
        { 0x66A, 0x66D, CHAR_PUNCT },     { 0x6D4, 0x6D4, CHAR_PUNCT },     { 0x6F0, 0x6F9, CHAR_DIGIT },
        { 0x93A, 0x94F, CHAR_MARK },      { 0x964, 0x965, CHAR_PUNCT },     { 0x966, 0x96F, CHAR_DIGIT },
        { 0x9E6, 0x9EF, CHAR_DIGIT },     { 0x1680, 0x1680, CHAR_SPACE },   { 0x2000, 0x200B, CHAR_SPACE },
        { 0x200C, 0x200D, CHAR_MARK },    { 0x200E, 0x200F, CHAR_SPACE },   { 0x2010, 0x2027, CHAR_PUNCT },
        { 0x2028, 0x202F, CHAR_SPACE },   { 0x2030, 0x205E, CHAR_PUNCT },   { 0x205F, 0x206F, CHAR_SPACE },
        { 0x2070, 0x209F, CHAR_DIGIT },   { 0x20A0, 0x20CF, CHAR_SYMBOL },  { 0x20D0, 0x20FF, CHAR_MARK },
        { 0x2100, 0x2BFF, CHAR_SYMBOL },  { 0x2E00, 0x2E7F, CHAR_PUNCT },   { 0x3000, 0x3000, CHAR_SPACE },
        { 0x3001, 0x3003, CHAR_PUNCT },   { 0x3008, 0x3020, CHAR_PUNCT },   { 0xE000, 0xF8FF, CHAR_SYMBOL },
        { 0xFE00, 0xFE0F, CHAR_MARK },    { 0xFE10, 0xFE6F, CHAR_PUNCT },   { 0xFEFF, 0xFEFF, CHAR_SPACE },
        { 0xFF01, 0xFF0F, CHAR_PUNCT },   { 0xFF10, 0xFF19, CHAR_DIGIT },   { 0xFF1A, 0xFF20, CHAR_PUNCT },
        { 0xFFE0, 0xFFFD, CHAR_SYMBOL },  { 0x1F000, 0x1FAFF, CHAR_SYMBOL }, { 0xE0000, 0xE0FFF, CHAR_MARK },
};

uint32_t chars_lower(uint32_t cp)
{
        if (cp < 0x80)
                return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
        if (cp < 0x100)
                return cp >= 0xC0 && cp <= 0xDE && cp != 0xD7 ? cp + 32 : cp;
        if (cp < 0x180) {
                if (cp == 0x130)
                        return 'i';
                if (cp == 0x178)
                        return 0xFF;
                if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
                        return cp + (cp & 1);
                return cp == 0x138 || cp == 0x149 || cp == 0x17F ? cp : cp | 1;
        }
        if (cp >= 0x370 && cp < 0x400) {
                if (cp >= 0x391 && cp <= 0x3AB && cp != 0x3A2)
                        return cp + 32;
                return cp == 0x386 ? 0x3AC : cp >= 0x388 && cp <= 0x38A ? cp + 37 : cp == 0x38C ? 0x3CC :
                       cp == 0x38E || cp == 0x38F ? cp + 63 : cp;
        }
        if (cp >= 0x400 && cp < 0x530) {
                if (cp < 0x430)
                        return cp < 0x410 ? cp + 80 : cp + 32;
                if ((cp >= 0x460 && cp <= 0x481) || (cp >= 0x48A && cp <= 0x4BF) || cp >= 0x4D0)
                        return cp | 1;
                return cp >= 0x4C1 && cp <= 0x4CE ? cp + (cp & 1) : cp;
        }
        if (cp >= 0x531 && cp <= 0x556)
                return cp + 48;
        if ((cp >= 0x1E00 && cp <= 0x1E95) || (cp >= 0x1EA0 && cp <= 0x1EFF))
                return cp | 1;
        return cp >= 0xFF21 && cp <= 0xFF3A ? cp + 32 : cp;
}

/* Letters of scripts that have case, where lower and upper can be told by chars_lower(). */
static bool has_case(uint32_t cp)
{
        return cp < 0x250 || (cp >= 0x370 && cp < 0x590) || (cp >= 0x1E00 && cp < 0x2000) ||
               (cp >= 0xFF21 && cp <= 0xFF5A);
}

enum char_class chars_class(uint32_t cp)
{
        size_t low = 0, high = N_ELEMENTS(class_ranges);

        if (cp < 0x80)
                return class_ascii(cp);
        while (low < high) {
                size_t middle = (low + high) / 2;

                if (cp > class_ranges[middle].last)
                        low = middle + 1;
                else if (cp < class_ranges[middle].first)
                        high = middle;
                else
                        return class_ranges[middle].class;
        }
        if (!has_case(cp))
                return CHAR_LETTER;
        return chars_lower(cp) != cp ? CHAR_UPPER : CHAR_LOWER;
}

bool chars_is_opener(uint32_t cp)
{
        return cp == '(' || cp == '[' || cp == '{' || cp == 0xAB || cp == 0x2018 || cp == 0x201A || cp == 0x201C ||
               cp == 0x201E || cp == 0x2039 || cp == 0xBF || cp == 0xA1 || cp == 0x300C || cp == 0x300E;
}

bool chars_is_closer(uint32_t cp)
{
        return cp == ')' || cp == ']' || cp == '}' || cp == 0xBB || cp == 0x2019 || cp == 0x201D || cp == 0x203A ||
               cp == 0x300D || cp == 0x300F;
}

bool chars_is_terminal(uint32_t cp)
{
        return cp == '.' || cp == '!' || cp == '?' || cp == 0x2026 || cp == 0x203C || cp == 0x203D || cp == 0x3002 ||
               cp == 0xFF01 || cp == 0xFF1F || cp == 0x61F || cp == 0x6D4 || cp == 0x964 || cp == 0x589;
}

bool chars_is_apostrophe(uint32_t cp)
{
        return cp == '\'' || cp == 0x2019;
}

bool chars_is_hyphen(uint32_t cp)
{
        return cp == '-' || (cp >= 0x2010 && cp <= 0x2015);
}

size_t chars_lower_string(const char *s, size_t n, char *out, size_t size)
{
        size_t used = 0, i = 0;

        while (i < n) {
                char bytes[4];
                size_t taken, made;
                uint32_t cp = chars_decode(s + i, n - i, &taken);

                if (cp == CHARS_INVALID && taken == 1) {
                        bytes[0] = s[i];
                        made = 1;
                } else {
                        made = chars_encode(chars_lower(cp), bytes);
                }
                if (used + made + 1 > size)
                        break;
                memcpy(out + used, bytes, made);
                used += made;
                i += taken;
        }
        out[used] = '\0';
        return used;
}
