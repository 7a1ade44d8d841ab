/* See url.h. Nothing is normalised but dot segments: what two feeds write differently may be different. */
#include "modules/decode/url.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { URL_BASE_MAX = 4096 };

/* A URL's parts as lengths from its beginning. */
struct parts {
        size_t scheme;          /* up to and with the colon; 0: none */
        size_t authority;       /* end of "//host", or scheme where there is none */
        size_t path;            /* end of the path */
        size_t query;           /* end of "?query" */
};

static struct parts split(const char *s)
{
        struct parts p = { 0 };
        size_t i = 0;

        while (isalnum((unsigned char)s[i]) || (i > 0 && s[i] != '\0' && strchr("+-.", s[i])))
                i++;
        if (i > 0 && isalpha((unsigned char)s[0]) && s[i] == ':')
                p.scheme = i + 1;
        i = p.scheme;
        if (s[i] == '/' && s[i + 1] == '/')
                i += 2 + strcspn(s + i + 2, "/?#");
        p.authority = i;
        p.path = i + strcspn(s + i, "?#");
        p.query = p.path + (s[p.path] == '?' ? strcspn(s + p.path, "#") : 0);
        return p;
}

/* "/a/./b/../c" to "/a/c", in place. */
static void remove_dots(char *path)
{
        char *in = path, *out = path;

        while (*in) {
                size_t k = 1 + strcspn(in + 1, "/");

                if (strncmp(in, "/./", 3) == 0 || strcmp(in, "/.") == 0) {
                        in += 2;
                        if (*in == '\0')
                                *out++ = '/';
                } else if (strncmp(in, "/../", 4) == 0 || strcmp(in, "/..") == 0) {
                        in += 3;
                        while (out > path && *--out != '/')
                                ;
                        if (*in == '\0')
                                *out++ = '/';
                } else {
                        memmove(out, in, k);
                        in += k;
                        out += k;
                }
        }
        *out = '\0';
}

static char *clean(struct arena *arena, const char *s)
{
        size_t n = strlen(s), o = 0;
        char *copy = arena_alloc(arena, n + 1);

        for (size_t i = 0; i < n; i++)
                if (s[i] != '\n' && s[i] != '\r' && s[i] != '\t' && !(s[i] == ' ' && o == 0))
                        copy[o++] = s[i];
        while (o > 0 && copy[o - 1] == ' ')
                o--;
        copy[o] = '\0';
        return copy;
}

/* A base that no server would take: it would be copied for each reference. */
static bool is_long(const char *base)
{
        return strnlen(base, URL_BASE_MAX + 1) > URL_BASE_MAX;
}

const char *url_resolve(struct arena *arena, const char *base, const char *reference)
{
        char *ref = clean(arena, reference), *path;
        struct parts r = split(ref), b;
        size_t folder;

        if (r.scheme != 0 || base == NULL || is_long(base))
                return ref;
        b = split(base);
        if (b.scheme == 0 || (b.authority == b.scheme && base[b.scheme] != '/'))
                return ref;
        if (r.authority != 0)
                return arena_printf(arena, "%.*s%s", (int)b.scheme, base, ref);
        if (*ref == '\0')
                return arena_strndup(arena, base, b.query);
        if (*ref == '#')
                return arena_printf(arena, "%.*s%s", (int)b.query, base, ref);
        if (*ref == '?')
                return arena_printf(arena, "%.*s%s", (int)b.path, base, ref);
        folder = b.path;
        while (folder > b.authority && base[folder - 1] != '/')
                folder--;
        if (*ref == '/')
                path = arena_strndup(arena, ref, r.path);
        else
                path = arena_printf(arena, "%s%.*s%.*s", folder == b.authority ? "/" : "", (int)(folder - b.authority),
                                    base + b.authority, (int)r.path, ref);
        remove_dots(path);
        return arena_printf(arena, "%.*s%s%s", (int)b.authority, base, path, ref + r.path);
}
