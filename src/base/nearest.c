/* See nearest.h. */
#include "base/nearest.h"

#include <string.h>

#include "base/cleanup.h"

enum { LENGTH_MAX = 48 };

/* Optimal string alignment distance over three rows. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
        size_t rows[3][LENGTH_MAX + 1];

        for (size_t j = 0; j <= n_b; j++)
                rows[0][j] = j;
        for (size_t i = 1; i <= n_a; i++) {
                size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

                row[0] = i;
                for (size_t j = 1; j <= n_b; j++) {
                        size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

                        best = MIN_OF(best, above[j] + 1);
                        best = MIN_OF(best, row[j - 1] + 1);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                best = MIN_OF(best, two[j - 2] + 1);
                        row[j] = best;
                }
        }
        return rows[n_a % 3][n_b];
}

const char *nearest_word(const char *word, const char *const *words, size_t n)
{
        const char *best = NULL;
        size_t least = 3, length = strlen(word);

        for (size_t i = 0; i < n; i++) {
                size_t other = strlen(words[i]), d;

                if (length > LENGTH_MAX || other > LENGTH_MAX)
                        continue;
                d = distance(word, length, words[i], other);
                if (d < least && 2 * d < MAX_OF(length, other)) {
                        least = d;
                        best = words[i];
                }
        }
        return best;
}
