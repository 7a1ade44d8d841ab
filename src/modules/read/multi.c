/* See multi.h; how a rule is written stands in layout.h. */
#include "modules/read/multi.h"

#include <string.h>

#include "modules/read/chars.h"
#include "modules/read/feature.h"

enum { KIND_WHOLE = 66, KIND_SUFFIX };

size_t multi_keys(const char *form, size_t n, uint32_t keys[static MULTI_KEYS])
{
        char lower[MULTI_FORM_MAX + 8];
        size_t length = chars_lower_string(form, n, lower, sizeof(lower)), at = length, used = 0, count = 0, i;
        size_t begins[MULTI_SUFFIX_MAX];

        for (i = 0; i < length; i++)            /* the curly apostrophe is as good as the straight one */
                if (i + 2 < length && memcmp(lower + i, "\xE2\x80\x99", 3) == 0) {
                        lower[i] = '\'';
                        memmove(lower + i + 1, lower + i + 3, length - i - 2);
                        length -= 2;
                        at = length;
                }
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

/* A string of a rule: a stretch of the token, or itself. */
static const char *word_of(struct arena *arena, const char *form, size_t n, const char *string)
{
        size_t from, length;

        if (string[0] != '\1')
                return string;
        if (string[1] == '\0' || string[2] == '\0')
                return NULL;
        from = (unsigned char)string[1] - 1u;
        length = (unsigned char)string[2] - 1u;
        if (from > n || length > from || length == 0)
                return NULL;
        return arena_strndup(arena, form + n - from, length);
}

static size_t apply(const struct read_model *m, struct arena *arena, const struct layout_multi *rule, const char *form,
                    size_t n, const char *words[static MULTI_WORDS])
{
        const char *append = m->strings + rule->words[0];
        char *stem;
        size_t i, extra = strlen(append);

        if (rule->n < 2 || rule->strip >= n + (extra > 0))
                return 1;
        stem = arena_alloc(arena, n + extra + 1);
        memcpy(stem, form, n - rule->strip);
        memcpy(stem + n - rule->strip, append, extra + 1);
        words[0] = stem;
        for (i = 1; i < rule->n; i++) {
                words[i] = word_of(arena, form, n, m->strings + rule->words[i]);
                if (words[i] == NULL)
                        return 1;
        }
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
