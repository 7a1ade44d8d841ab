/* See doctype.h. */
#include "modules/decode/doctype.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum { HEAD = 65536, NAME = 64 };

struct entity {
        const char *name;
        size_t n_name;
        const char *value;
        size_t n;
};

struct doctype {
        struct entity entities[DOCTYPE_ENTITIES];
        size_t n;
};

static bool is_name(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static const char *skip_space(const char *p, const char *end)
{
        while (p < end && isspace((unsigned char)*p))
                p++;
        return p;
}

/* "&name;" at p: which one, and its length. */
static const struct entity *find(const struct doctype *d, const char *p, const char *end, size_t *length)
{
        const char *q = p + 1;

        while (q < end && q - p <= NAME && is_name(*q))
                q++;
        if (q == end || *q != ';')
                return NULL;
        *length = (size_t)(q + 1 - p);
        for (size_t i = 0; i < d->n; i++)
                if (d->entities[i].n_name == *length - 2 && memcmp(d->entities[i].name, p + 1, *length - 2) == 0)
                        return &d->entities[i];
        return NULL;
}

/* The text with what is known put in; false: it would be longer than `out` may be. */
static bool put_in(const struct doctype *d, const char *p, const char *end, struct buf *out)
{
        while (p < end) {
                const char *amp = memchr(p, '&', (size_t)(end - p)), *stop = amp != NULL ? amp : end;
                const struct entity *e;
                size_t length = 1;

                if (buf_append(out, p, (size_t)(stop - p)) != 0)
                        return false;
                if (amp == NULL)
                        break;
                e = find(d, amp, end, &length);
                if (e == NULL)
                        length = 1;
                if (buf_append(out, e != NULL ? e->value : "&", e != NULL ? e->n : 1) != 0)
                        return false;
                p = amp + length;
        }
        return true;
}

/* ... name "value"> behind "<!ENTITY". */
static void declare(struct doctype *d, struct arena *arena, const char *p, const char *end)
{
        struct buf value = BUF_BOUNDED(DOCTYPE_VALUE);
        const char *name, *stop;
        size_t n_name;

        p = skip_space(p, end);
        for (name = p; p < end && is_name(*p); p++)
                ;
        n_name = (size_t)(p - name);
        p = skip_space(p, end);
        if (n_name == 0 || n_name > NAME || p == end || (*p != '"' && *p != '\'') || d->n == DOCTYPE_ENTITIES)
                return;
        stop = memchr(p + 1, *p, (size_t)(end - p - 1));
        if (stop != NULL && put_in(d, p + 1, stop, &value))
                d->entities[d->n++] = (struct entity){ name, n_name, arena_strndup(arena, value.data != NULL ? value.data : "", value.n),
                                                       value.n };
        buf_deinit(&value);
}

/* What stands between [ and ]; behind it, or NULL where there is nothing of the kind. */
static const char *read_subset(struct doctype *d, struct arena *arena, const char *s, size_t n)
{
        const char *end = s + (n < HEAD ? n : HEAD), *p = memmem(s, (size_t)(end - s), "<!DOCTYPE", 9);

        for (; p != NULL && p < end && *p != '[' && *p != '>'; p++)
                ;
        if (p == NULL || p == end || *p == '>')
                return NULL;
        while (p < end && *p != ']') {
                if (end - p > 8 && memcmp(p, "<!ENTITY", 8) == 0) {
                        declare(d, arena, p + 8, end);
                        p += 8;
                } else if (*p == '"' || *p == '\'') {
                        const char *stop = memchr(p + 1, *p, (size_t)(end - p - 1));

                        p = stop != NULL ? stop + 1 : end;
                } else if (end - p > 4 && memcmp(p, "<!--", 4) == 0) {
                        const char *stop = memmem(p, (size_t)(end - p), "-->", 3);

                        p = stop != NULL ? stop + 3 : end;
                } else {
                        p++;
                }
        }
        return d->n > 0 ? p : NULL;
}

void doctype_expand(struct arena *arena, const char **s, size_t *n)
{
        struct doctype d = { .n = 0 };
        const char *behind = read_subset(&d, arena, *s, *n);
        struct buf out = BUF_BOUNDED(*n + DOCTYPE_GROWTH);

        if (behind == NULL || memchr(behind, '&', *n - (size_t)(behind - *s)) == NULL)
                return;
        if (buf_append(&out, *s, (size_t)(behind - *s)) == 0 && put_in(&d, behind, *s + *n, &out)) {
                *s = arena_strndup(arena, out.data, out.n);
                *n = out.n;
        }
        buf_deinit(&out);
}
