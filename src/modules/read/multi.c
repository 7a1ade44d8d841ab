/* See multi.h; how a rule is written stands in layout.h. */
#include "modules/read/multi.h"

#include <string.h>

#include "base/chars.h"
#include "modules/read/feature.h"

enum { KIND_WHOLE = 66, KIND_SUFFIX };

size_t multi_plain(const char *form, size_t n, char out[static MULTI_PLAIN])
{
        size_t length = chars_lower_string(form, n, out, MULTI_PLAIN), i;

        for (i = 0; i + 2 < length; i++)
                if (memcmp(out + i, "\xE2\x80\x99", 3) == 0) {
                        out[i] = '\'';
                        memmove(out + i + 1, out + i + 3, length - i - 2);
                        length -= 2;
                }
        return length;
}

size_t multi_keys(const char *form, size_t n, uint32_t keys[static MULTI_KEYS])
{
        char lower[MULTI_PLAIN];
        size_t length = multi_plain(form, n, lower), at = length, used = 0, count = 0;
        size_t begins[MULTI_SUFFIX_MAX];

        keys[used++] = feature_hash(KIND_WHOLE, lower, length);
        while (count < MULTI_SUFFIX_MAX && at > 0) {
                do
                        at--;
                while (at > 0 && ((unsigned char)lower[at] & 0xC0) == 0x80);
                begins[count++] = at;
        }
        while (count > 0) {
                count--;
                keys[used++] = feature_hash(KIND_SUFFIX, lower + begins[count], length - begins[count]);
        }
        return used;
}

/* The byte at which the last `count` characters begin; n where there are fewer. */
static size_t from_end(const char *form, size_t n, size_t count)
{
        size_t at = n;

        for (; count > 0; count--) {
                if (at == 0)
                        return n;
                do
                        at--;
                while (at > 0 && ((unsigned char)form[at] & 0xC0) == 0x80);
        }
        return at;
}

/* A string of a rule: a stretch of the token, or itself. NULL where the token is too short. */
static const char *word_of(struct arena *arena, const char *form, size_t n, const char *string)
{
        size_t from, length, begin, end;

        if (string[0] != '\1')
                return string;
        if (string[1] == '\0' || string[2] == '\0')
                return NULL;
        from = (unsigned char)string[1] - 1u;
        length = (unsigned char)string[2] - 1u;
        if (length > from)
                return NULL;
        begin = from_end(form, n, from);
        end = from_end(form, n, from - length);
        return begin < end ? arena_strndup(arena, form + begin, end - begin) : NULL;
}

static size_t apply(const struct read_model *m, struct arena *arena, const struct layout_multi *rule, const char *form,
                    size_t n, const char *words[static MULTI_WORDS])
{
        const char *append = m->strings + rule->words[0], *rest[MULTI_WORDS];
        size_t i, stem = from_end(form, n, rule->strip), extra = strlen(append);
        char *first;

        if (rule->n < 2 || (stem == n && rule->strip > 0) || stem + extra == 0)
                return 1;
        for (i = 1; i < rule->n; i++) {
                rest[i] = word_of(arena, form, n, m->strings + rule->words[i]);
                if (rest[i] == NULL)
                        return 1;
        }
        first = arena_alloc(arena, stem + extra + 1);
        memcpy(first, form, stem);
        memcpy(first + stem, append, extra + 1);
        words[0] = first;
        memcpy(words + 1, rest + 1, (rule->n - 1u) * sizeof(*words));
        return rule->n;
}

size_t multi_split(const struct read_model *m, struct arena *arena, const char *form, size_t n,
                   const char *words[static MULTI_WORDS])
{
        uint32_t keys[MULTI_KEYS];
        size_t n_keys, i;

        if (m->n_multis == 0 || n < 2 || n >= MULTI_FORM_MAX)
                return 1;
        n_keys = multi_keys(form, n, keys);
        for (i = 0; i < n_keys; i++) {
                uint32_t rule = model_find(&m->multi_keys, keys[i]);

                if (rule != UINT32_MAX)
                        return apply(m, arena, &m->multis[rule], form, n, words);
        }
        return 1;
}
