/* See sketch.h. */
#include "desk/sketch.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cleanup.h"

enum {
        STEM = 6,                       /* letters of a word that count */
        WORD_MIN = 3,
        COPY_RUNS_MIN = 12,             /* fewer runs than this decide nothing */
        BRIEF_RUNS = 60,                /* in a shorter text than this */
};

/* So much of the smaller text in the larger one makes a copy: between a copy with two of five paragraphs changed, and two
 * texts with the same background (make bench-desk prints both sides of it). In a brief the background alone is much. */
static const double copy_share = 0.55, brief_share = 0.63;

/* Words that tell nothing of what a story is about, cut to STEM letters, sorted. */
static const char *const common[] = {
        "about", "after", "again", "agains", "ago", "all", "also", "amid", "among", "and", "any", "are",
        "around", "back", "becaus", "been", "before", "being", "betwee", "both", "but", "came", "can", "could",
        "countr", "day", "days", "did", "does", "during", "each", "earlie", "even", "first", "five", "follow",
        "for", "four", "friday", "from", "had", "has", "have", "her", "him", "his", "hours", "how", "includ",
        "into", "its", "just", "last", "later", "least", "made", "make", "many", "may", "monday", "month",
        "more", "most", "much", "near", "new", "news", "next", "night", "not", "now", "off", "offici", "one",
        "only", "other", "our", "out", "over", "own", "people", "presid", "report", "said", "same", "saturd",
        "say", "says", "second", "see", "she", "should", "since", "six", "some", "spokes", "statem", "still",
        "such", "sunday", "take", "than", "that", "the", "their", "them", "then", "there", "these", "they",
        "this", "those", "three", "thursd", "time", "today", "told", "tuesda", "two", "under", "until", "was",
        "wednes", "week", "well", "were", "what", "when", "where", "which", "while", "who", "will", "with",
        "would", "year", "years", "yester", "you", "your",
};

/* The next word of text[*at..n): folded to lower case where ASCII, without the punctuation around it. 0: there is none. */
static size_t next_word(const char *text, size_t n, size_t *at, char word[static 64])
{
        size_t length = 0;

        for (; *at < n; ++*at) {
                unsigned char c = (unsigned char)text[*at];
                bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;

                if (letter && length < 64)
                        word[length++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
                else if (!letter && length > 0)
                        break;
        }
        return length;
}

static int compare_words(const void *a, const void *b)
{
        return strcmp(a, *(const char *const *)b);
}

static bool is_common(const char *stem)
{
        return bsearch(stem, common, N_ELEMENTS(common), sizeof(*common), compare_words) != NULL;
}

static int compare_hashes(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return (x > y) - (x < y);
}

/* Sort, and leave each once. */
static size_t settle(uint32_t *hashes, size_t n)
{
        size_t left = 0;

        qsort(hashes, n, sizeof(*hashes), compare_hashes);
        for (size_t i = 0; i < n; i++)
                if (left == 0 || hashes[i] != hashes[left - 1])
                        hashes[left++] = hashes[i];
        return left;
}

/* A set of the `max` least hashes, kept in room for twice as many. */
static void put(uint32_t *hashes, size_t *n, size_t max, uint32_t hash)
{
        hashes[(*n)++] = hash;
        if (*n == 2 * max) {
                *n = settle(hashes, *n);
                *n = MIN_OF(*n, max);
        }
}

static uint32_t stem_hash(char word[static 64], size_t length)
{
        char stem[STEM + 1];

        length = MIN_OF(length, (size_t)STEM);
        memcpy(stem, word, length);
        stem[length] = '\0';
        if (length < WORD_MIN && (stem[0] < '0' || stem[0] > '9'))
                return 0;
        return is_common(stem) ? 0 : (uint32_t)XXH3_64bits(stem, length) | 1;
}

/* skip: NULL: all words, else names. */
static size_t take(const char *text, size_t n, bool (*skip)(const char *word, size_t n), uint32_t *words, size_t max)
{
        uint32_t found[2 * SKETCH_WORDS];
        size_t at = 0, n_found = 0, length;
        bool first = true;
        char word[64];

        while ((length = next_word(text, n, &at, word)) > 0) {
                /* A word that was cut at its 64th byte does not begin where it seems to: no name is as long. */
                char begin = text[at - MIN_OF(length, at)];
                bool is_out = skip != NULL && (first || begin < 'A' || begin > 'Z' || skip(word, length));
                uint32_t hash = is_out ? 0 : stem_hash(word, length);

                if (hash != 0)
                        put(found, &n_found, SKETCH_WORDS, hash);
                first = false;
        }
        n_found = MIN_OF(settle(found, n_found), MIN_OF(max, (size_t)SKETCH_WORDS));
        memcpy(words, found, n_found * sizeof(*words));
        return n_found;
}

size_t sketch_take_words(const char *text, size_t n, uint32_t *words, size_t max)
{
        return take(text, n, NULL, words, max);
}

size_t sketch_take_names(const char *text, size_t n, bool (*skip)(const char *word, size_t n), uint32_t *words, size_t max)
{
        return take(text, n, skip, words, max);
}

static void make_words(struct sketch *sketch, const char *headline, const char *text, size_t n)
{
        size_t at = 0, n_title, lead;
        uint32_t all[2 * SKETCH_WORDS];
        char word[64];

        for (lead = 0; lead < SKETCH_LEAD && next_word(text, n, &at, word) > 0;)
                lead++;
        n_title = headline != NULL ? sketch_take_words(headline, strlen(headline), all, SKETCH_WORDS) : 0;
        lead = n_title + sketch_take_words(text, at, all + n_title, SKETCH_WORDS);
        sketch->n_words = MIN_OF(settle(all, lead), (size_t)SKETCH_WORDS);
        memcpy(sketch->words, all, sketch->n_words * sizeof(*all));
}

void sketch_make(struct sketch *sketch, const char *headline, const char *text, size_t n)
{
        uint32_t found[2 * SKETCH_PRINTS];
        size_t at = 0, n_found = 0, length, seen = 0;
        uint64_t run[SKETCH_RUN];
        char word[64];

        *sketch = (struct sketch){ 0 };
        make_words(sketch, headline, text, n);
        while ((length = next_word(text, n, &at, word)) > 0) {
                run[seen++ % SKETCH_RUN] = XXH3_64bits(word, length);
                if (seen >= SKETCH_RUN) {
                        uint64_t in_order[SKETCH_RUN];

                        for (size_t i = 0; i < SKETCH_RUN; i++)
                                in_order[i] = run[(seen + i) % SKETCH_RUN];
                        put(found, &n_found, SKETCH_PRINTS, (uint32_t)XXH3_64bits(in_order, sizeof(in_order)));
                }
        }
        sketch->n_prints = MIN_OF(settle(found, n_found), (size_t)SKETCH_PRINTS);
        memcpy(sketch->prints, found, sketch->n_prints * sizeof(*found));
}

/* How many stand in both; *n_a, *n_b: of how many. */
static size_t intersect(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
        size_t i = 0, j = 0, both = 0;

        while (i < n_a && j < n_b) {
                both += a[i] == b[j];
                if (a[i] < b[j])
                        i++;
                else if (a[i] > b[j])
                        j++;
                else {
                        i++;
                        j++;
                }
        }
        return both;
}

static size_t count_to(const struct sketch *s, uint32_t greatest)
{
        size_t n = s->n_prints;

        while (n > 0 && s->prints[n - 1] > greatest)
                n--;
        return n;
}

double sketch_contained(const struct sketch *a, const struct sketch *b, size_t *common_runs)
{
        uint32_t greatest = UINT32_MAX;
        size_t n_a, n_b;

        *common_runs = 0;
        /* A sketch that is not full holds all of its text's runs. */
        if (a->n_prints == SKETCH_PRINTS)
                greatest = MIN_OF(greatest, a->prints[SKETCH_PRINTS - 1]);
        if (b->n_prints == SKETCH_PRINTS)
                greatest = MIN_OF(greatest, b->prints[SKETCH_PRINTS - 1]);
        n_a = count_to(a, greatest);
        n_b = count_to(b, greatest);
        if (n_a == 0 || n_b == 0)
                return 0;
        *common_runs = intersect(a->prints, n_a, b->prints, n_b);
        return (double)*common_runs / (double)MIN_OF(n_a, n_b);
}

bool sketch_is_copy(const struct sketch *a, const struct sketch *b)
{
        size_t runs, least = MIN_OF(a->n_prints, b->n_prints);
        double share = sketch_contained(a, b, &runs);

        return runs >= COPY_RUNS_MIN && share >= (least < BRIEF_RUNS ? brief_share : copy_share);
}

double sketch_overlap(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
        return n_a == 0 || n_b == 0 ? 0 : (double)intersect(a, n_a, b, n_b) / (double)MIN_OF(n_a, n_b);
}

static void put_u32(unsigned char *to, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                to[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get_u32(const unsigned char *from)
{
        return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

int sketch_encode(const struct sketch *s, struct buf *out)
{
        unsigned char bytes[SKETCH_BYTES_MAX] = { (unsigned char)s->n_prints, (unsigned char)s->n_words };
        size_t n = 4;

        for (size_t i = 0; i < s->n_prints; i++, n += 4)
                put_u32(bytes + n, s->prints[i]);
        for (size_t i = 0; i < s->n_words; i++, n += 4)
                put_u32(bytes + n, s->words[i]);
        return buf_append(out, (const char *)bytes, n);
}

bool sketch_decode(struct sketch *s, const void *bytes, size_t n)
{
        const unsigned char *from = bytes;

        *s = (struct sketch){ 0 };
        if (n < 4 || from[0] > SKETCH_PRINTS || from[1] > SKETCH_WORDS || n != 4 + 4 * ((size_t)from[0] + from[1]))
                return false;
        s->n_prints = from[0];
        s->n_words = from[1];
        from += 4;
        for (size_t i = 0; i < s->n_prints; i++, from += 4)
                s->prints[i] = get_u32(from);
        for (size_t i = 0; i < s->n_words; i++, from += 4)
                s->words[i] = get_u32(from);
        return true;
}
