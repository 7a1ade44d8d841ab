/*
 * English is by far the most of what comes, and its small words tell it at once; libexttextcat compares every text with
 * each language, which costs as much as all the rest of decoding. So it is asked only where the small words say nothing,
 * about the first thousand bytes.
 */
#include "modules/decode/language.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libexttextcat/textcat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { LATIN_LEAST = 120, ENGLISH_MAX = 600, SAMPLE_MAX = 1000, PATH_SIZE = 512 };

struct language {
        void *textcat;
};

/* The fingerprints in `folder` that a list names; NULL where the list or one of its files is missing. */
static void *read_list(const char *list, const char *folder)
{
        char prefix[PATH_SIZE];

        if (access(list, R_OK) != 0 || (size_t)snprintf(prefix, sizeof prefix, "%s/", folder) >= sizeof prefix)
                return NULL;
        return special_textcat_Init(list, prefix);
}

int language_open(struct language **out, const char *list, const char *folder)
{
        char all[PATH_SIZE];
        struct language *language;
        void *textcat = NULL;

        *out = NULL;
        if (folder == NULL || (size_t)snprintf(all, sizeof all, "%s/fpdb.conf", folder) >= sizeof all)
                return 0;
        if (list != NULL)
                textcat = read_list(list, folder);
        if (textcat == NULL)
                textcat = read_list(all, folder);
        if (textcat == NULL)
                return 0;
        language = calloc(1, sizeof *language);
        if (language == NULL) {
                textcat_Done(textcat);
                return error_origin(-ENOMEM);
        }
        language->textcat = textcat;
        *out = language;
        return 0;
}

void language_close(struct language *language)
{
        if (language == NULL)
                return;
        textcat_Done(language->textcat);
        free(language);
}

/* Is s[0..k), k up to 5, one of the words? They are compared as numbers, since each word of a text is asked about. */
static bool is_small(const char *s, size_t k)
{
        static const char words[][8] = { "of", "and", "to", "in", "that", "said", "for", "on", "with", "by", "from", "has", "have", "is",
                                         "was", "were", "it", "his", "at", "be", "as", "an", "who", "which" };
        char lower[8] = "";
        uint64_t wanted, word;
        bool found = false;

        for (size_t i = 0; i < k; i++)
                lower[i] = (char)(s[i] | 32);
        memcpy(&wanted, lower, sizeof wanted);
        for (size_t i = 0; i < N_ELEMENTS(words); i++) {
                memcpy(&word, words[i], sizeof word);
                found |= word == wanted;
        }
        return found;
}

static bool is_english(const char *s, size_t n)
{
        size_t words = 0, the = 0, hits = 0;

        for (size_t i = 0; i < n;) {
                size_t k = 0;

                while (i + k < n && (((s[i + k] | 32) >= 'a' && (s[i + k] | 32) <= 'z') || (unsigned char)s[i + k] >= 0x80))
                        k++;
                words += k > 0;
                if (k == 3 && (s[i] | 32) == 't' && (s[i + 1] | 32) == 'h' && (s[i + 2] | 32) == 'e')
                        the++;
                else if (k >= 2 && k <= 5)
                        hits += is_small(s + i, k);
                i += k + 1;
        }
        return words >= 12 && the * 40 >= words && (the + hits) * 100 >= words * 22;
}

/* Letters of other scripts tell a language much sooner. */
static bool is_ascii(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] >= 0x80)
                        return false;
        return true;
}

const char *language_guess(const struct language *language, const char *text, size_t n, char out[LANGUAGE_SIZE])
{
        const char *found, *end;
        size_t k;

        n = MIN_OF(n, (size_t)SAMPLE_MAX);
        if (n < LANGUAGE_LEAST)
                return NULL;
        if (is_english(text, MIN_OF(n, (size_t)ENGLISH_MAX)))
                return strcpy(out, "en");
        if (language == NULL || (n < LATIN_LEAST && is_ascii(text, n)))
                return NULL;
        while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)    /* whole characters only */
                n--;
        found = textcat_Classify(language->textcat, text, n);
        if (found == NULL || *found != '[' || (end = strchr(found, ']')) == NULL)
                return NULL;
        found++;
        k = (size_t)(end - found);
        if (k > 5 && strncmp(end - 5, "-utf8", 5) == 0)
                k -= 5;
        while (k > 0 && found[k - 1] == '-')
                k--;
        if (k == 0 || k >= LANGUAGE_SIZE)
                return NULL;
        memcpy(out, found, k);
        out[k] = '\0';
        return out;
}
