/* See lemma.h. */
#include "modules/read/lemma.h"

#include <string.h>

#include "base/chars.h"
#include "modules/read/feature.h"

enum { KIND_EXACT = 63, KIND_WHOLE, KIND_SUFFIX };

static uint32_t key(uint32_t kind, uint32_t tag, const char *s, size_t n)
{
        uint32_t k = feature_hash(kind, s, n) ^ tag * 0x9E3779B1u;

        return k == 0 ? 1 : k;
}

size_t lemma_keys(const char *form, size_t n, uint32_t tag, uint32_t keys[static LEMMA_KEYS])
{
        char lower[LEMMA_FORM_MAX + 8];
        size_t length = chars_lower_string(form, n, lower, sizeof(lower)), at = length, used = 0, i;
        size_t begins[LEMMA_SUFFIX_MAX + 1];

        keys[used++] = key(KIND_EXACT, tag, form, n);
        keys[used++] = key(KIND_WHOLE, tag, lower, length);
        for (i = 0; i <= LEMMA_SUFFIX_MAX; i++) {
                begins[i] = at;
                if (at == 0 || i == LEMMA_SUFFIX_MAX)
                        break;
                do
                        at--;
                while (at > 0 && ((unsigned char)lower[at] & 0xC0) == 0x80);
        }
        for (i = i + 1; i-- > 0;)
                keys[used++] = key(KIND_SUFFIX, tag, lower + begins[i], length - begins[i]);
        return used;
}

static size_t recase(const char *form, size_t n, enum layout_case casing, char *out, size_t size)
{
        size_t first;

        if (casing == CASE_LOWER)
                return chars_lower_string(form, n, out, size);
        if (casing == CASE_TITLE && n > 0) {
                chars_decode(form, n, &first);
                memcpy(out, form, first);
                return first + chars_lower_string(form + first, n - first, out + first, size - first);
        }
        memcpy(out, form, n);
        out[n] = '\0';
        return n;
}

size_t lemma_apply(const char *form, size_t n, enum layout_case casing, size_t strip, const char *append, char *out)
{
        size_t length, extra = strlen(append);

        if (n >= LEMMA_FORM_MAX || extra >= LEMMA_FORM_MAX)
                return 0;
        length = recase(form, n, casing, out, LEMMA_FORM_MAX + 8);
        if (strip > length || (strip < length && strip > 0 && ((unsigned char)out[length - strip] & 0xC0) == 0x80))
                return 0;
        length -= strip;
        memcpy(out + length, append, extra + 1);
        return length + extra;
}

const char *lemma_of(const struct read_model *m, struct arena *arena, const char *form, size_t n, uint32_t tag)
{
        uint32_t keys[LEMMA_KEYS];
        char out[2 * LEMMA_FORM_MAX + 8];
        size_t n_keys, i, length;

        if (n >= LEMMA_FORM_MAX)
                return form;
        n_keys = lemma_keys(form, n, tag, keys);
        for (i = 0; i < n_keys; i++) {
                uint32_t rule = model_find(&m->lemma_keys, keys[i]);
                const struct layout_lemma *l;

                if (rule == UINT32_MAX)
                        continue;
                l = &m->lemmas[rule];
                length = lemma_apply(form, n, (enum layout_case)l->casing, l->strip, m->strings + l->append, out);
                if (length == 0)
                        continue;
                return length == n && memcmp(out, form, n) == 0 ? form : arena_strndup(arena, out, length);
        }
        return form;
}
