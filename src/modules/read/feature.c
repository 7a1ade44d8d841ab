/* See feature.h. */
#include "modules/read/feature.h"

#include "base/chars.h"

enum kind {
        KIND_WORD = 1,
        KIND_PREFIX,
        KIND_SUFFIX,
        KIND_SHAPE,
        KIND_PLACE,
};

enum { PREFIXES = 4, SUFFIXES = 5, SHAPE_MAX = 12 };

uint32_t feature_hash(uint32_t kind, const char *s, size_t n)
{
        uint64_t h = 0x9E3779B97F4A7C15u * (kind + 1);
        size_t i;

        for (i = 0; i < n; i++)
                h = (h ^ (unsigned char)s[i]) * 0x100000001B3u;
        h ^= h >> 29;
        h *= 0xBF58476D1CE4E5B9u;
        h ^= h >> 32;
        return (uint32_t)h == 0 ? 1 : (uint32_t)h;
}

bool feature_has_lower(const char *form, size_t n)
{
        size_t i = 0, size;

        while (i < n) {
                if (chars_class(chars_decode(form + i, n - i, &size)) == CHAR_LOWER)
                        return true;
                i += size;
        }
        return false;
}

static void add(struct feature_word *out, uint32_t hash)
{
        if (out->n < FEATURE_MAX)
                out->affix[out->n++] = hash;
}

/* Lower-cases, remembers where characters begin, and draws the shape ("Xx", "d.d", "x-x"; runs shortened). */
struct spelling {
        char lower[FEATURE_FORM_MAX + 8];
        uint16_t offset[FEATURE_FORM_MAX + 1];  /* of each character in `lower` */
        size_t n;                               /* characters */
        char shape[SHAPE_MAX];
        size_t n_shape;
};

static char shape_of(uint32_t cp, enum char_class class)
{
        switch (class) {
        case CHAR_UPPER:
                return 'X';
        case CHAR_LOWER:
                return 'x';
        case CHAR_LETTER:
        case CHAR_MARK:
                return 'c';
        case CHAR_DIGIT:
                return 'd';
        default:
                return cp < 0x80 ? (char)cp : 'p';
        }
}

static void spell(struct spelling *s, const char *form, size_t n)
{
        size_t i = 0, size, used = 0;

        s->n = s->n_shape = 0;
        while (i < n && used < FEATURE_FORM_MAX) {
                uint32_t cp = chars_decode(form + i, n - i, &size);
                enum char_class class = chars_class(cp);
                char shape = shape_of(cp, class);

                s->offset[s->n++] = (uint16_t)used;
                used += chars_encode(class == CHAR_DIGIT ? '0' : chars_lower(cp), s->lower + used);
                if (s->n_shape < SHAPE_MAX && (s->n_shape < 2 || s->shape[s->n_shape - 1] != shape ||
                                               s->shape[s->n_shape - 2] != shape))
                        s->shape[s->n_shape++] = shape;
                i += size;
        }
        s->offset[s->n] = (uint16_t)used;
}

void feature_word(struct feature_word *out, const char *form, size_t n, struct feature_place place)
{
        struct spelling s;
        size_t i, end;
        char at;

        spell(&s, form, n);
        end = s.offset[s.n];
        out->n = 0;
        out->word = feature_hash(KIND_WORD, s.lower, end);
        for (i = 1; i <= PREFIXES && i < s.n; i++)
                add(out, feature_hash(KIND_PREFIX, s.lower, s.offset[i]));
        for (i = 1; i <= SUFFIXES && i <= s.n; i++)
                add(out, feature_hash(KIND_SUFFIX + (i == s.n ? 16 : 0), s.lower + s.offset[s.n - i],
                                      end - s.offset[s.n - i]));
        add(out, feature_hash(KIND_SHAPE, s.shape, s.n_shape));
        at = (char)(place.first | place.capitals << 1 | place.space_before << 2 | place.space_after << 3);
        add(out, feature_hash(KIND_PLACE, &at, 1));
        if (place.first || place.capitals) {
                char both[SHAPE_MAX + 1];

                both[0] = at & 3;
                for (i = 0; i < s.n_shape; i++)
                        both[i + 1] = s.shape[i];
                add(out, feature_hash(KIND_PLACE, both, s.n_shape + 1));
        }
}
