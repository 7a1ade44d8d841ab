/* See gazetteer.h. Lines are found by halving the bytes between two line starts: no index is needed. */
#include "modules/code/gazetteer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "modules/code/phrases.h"

enum { COLUMNS = 8 };

static const char *const kind_names[] = { "capital", "city", "region", "country" };

struct gazetteer {
        const char *bytes;
        size_t n;
};

struct field {
        const char *at;
        size_t n;
};

const char *gazetteer_kind_name(enum gazetteer_kind kind)
{
        return kind_names[kind];
}

struct gazetteer *gazetteer_new(struct arena *arena, const char *bytes, size_t n)
{
        struct gazetteer *g = arena_new(arena, struct gazetteer);

        g->bytes = bytes;
        g->n = n;
        return g;
}

int gazetteer_open(struct gazetteer **out, struct arena *arena, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        void *bytes;

        if (fd < 0)
                return error_origin(-errno);
        if (fstat(fd, &st) < 0)
                return error_origin(-errno);
        if (!S_ISREG(st.st_mode) || st.st_size == 0)
                return error_origin(-EINVAL);
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (bytes == MAP_FAILED)
                return error_origin(-errno);
        *out = gazetteer_new(arena, bytes, (size_t)st.st_size);
        return 0;
}

static size_t line_start(const struct gazetteer *g, size_t at)
{
        while (at > 0 && g->bytes[at - 1] != '\n')
                at--;
        return at;
}

static size_t line_end(const struct gazetteer *g, size_t at)
{
        const char *end = memchr(g->bytes + at, '\n', g->n - at);

        return end ? (size_t)(end - g->bytes) : g->n;
}

/* The key of the line that starts at `at`, against `key`. */
static int compare(const struct gazetteer *g, size_t at, const char *key, size_t n)
{
        size_t end = at;
        int order;

        while (end < g->n && g->bytes[end] != '\t' && g->bytes[end] != '\n' && end - at <= n)
                end++;
        order = memcmp(g->bytes + at, key, end - at < n ? end - at : n);
        return order ? order : (end - at > n) - (end - at < n);
}

/* Cut at tabs; false where there are too few. */
static bool cut(const struct gazetteer *g, size_t at, size_t end, struct field fields[COLUMNS])
{
        for (int i = 0; i < COLUMNS; i++) {
                const char *tab = memchr(g->bytes + at, '\t', end - at);
                size_t to = tab && i < COLUMNS - 1 ? (size_t)(tab - g->bytes) : end;

                if (!tab && i < COLUMNS - 1)
                        return false;
                fields[i] = (struct field){ g->bytes + at, to - at };
                at = to + 1;
        }
        return true;
}

/* Columns are short and end in a tab, so that a copy is what strtod() can be given. */
static double number(const struct field *field)
{
        char text[24] = "";

        memcpy(text, field->at, field->n < sizeof text - 1 ? field->n : sizeof text - 1);
        return strtod(text, NULL);
}

static bool read_row(const struct gazetteer *g, size_t at, size_t end, struct gazetteer_place *p)
{
        struct field f[COLUMNS];
        double people;
        size_t kind = 0;

        if (!cut(g, at, end, f) || f[2].n != 3 || f[3].n == 0 || f[3].n > 3)
                return false;
        while (kind < sizeof kind_names / sizeof *kind_names &&
               (strlen(kind_names[kind]) != f[7].n || memcmp(kind_names[kind], f[7].at, f[7].n) != 0))
                kind++;
        people = number(&f[6]);
        *p = (struct gazetteer_place){ .name = f[1].at, .n_name = f[1].n, .latitude = number(&f[4]),
                                       .longitude = number(&f[5]), .kind = (enum gazetteer_kind)kind };
        memcpy(p->country, f[2].at, 3);
        memcpy(p->region, f[3].at, f[3].n);
        if (kind == sizeof kind_names / sizeof *kind_names || !(people >= 0 && people < 4e9) ||
            !(p->latitude >= -90 && p->latitude <= 90) || !(p->longitude >= -180 && p->longitude <= 180))
                return false;
        p->people = (uint32_t)people;
        return true;
}

size_t gazetteer_find(const struct gazetteer *g, const char *key, struct gazetteer_place out[GAZETTEER_SAME_MAX])
{
        size_t low = 0, high = g ? g->n : 0, n = strlen(key), found = 0;

        /* The first line whose key is not below: lines in [0, low) are, the one at `high` is not. */
        while (low < high) {
                size_t start = line_start(g, low + (high - low) / 2);

                if (start < low)
                        start = low;
                if (compare(g, start, key, n) < 0)
                        low = line_end(g, start) + 1;
                else
                        high = start;
        }
        while (g && low < g->n && found < GAZETTEER_SAME_MAX && compare(g, low, key, n) == 0) {
                size_t end = line_end(g, low);

                found += read_row(g, low, end, &out[found]);
                low = end + 1;
        }
        return found;
}

bool gazetteer_country(const struct gazetteer *g, const char country[4], bool capital, struct gazetteer_place *out)
{
        struct gazetteer_place places[GAZETTEER_SAME_MAX];
        char key[8] = "=", *to = key + 1;

        for (int i = 0; i < 3 && country[i]; i++)
                *to++ = country[i] >= 'A' && country[i] <= 'Z' ? (char)(country[i] - 'A' + 'a') : country[i];
        if (capital)
                *to = '=';
        if (gazetteer_find(g, key, places) == 0)
                return false;
        *out = places[0];
        return true;
}

bool gazetteer_key(const char *text, size_t n, char out[GAZETTEER_KEY_MAX])
{
        return phrases_fold(text, n, out, GAZETTEER_KEY_MAX);
}
