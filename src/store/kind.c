/* See kind.h. */
#include "store/kind.h"

#include <string.h>

#include "base/cleanup.h"

static const char *const names[] = {
        [KIND_NEW] = "new",         [KIND_CHANGED] = "changed",           [KIND_WITHDRAWN] = "withdrawn",
        [KIND_RAISED] = "raised",   [KIND_ACKNOWLEDGED] = "acknowledged", [KIND_RESOLVED] = "resolved",
};

const char *kind_name(enum kind kind)
{
        return kind >= KIND_NEW && kind <= KIND_RESOLVED ? names[kind] : "unknown";
}

unsigned kind_parse(const char *word, size_t n)
{
        if (n == strlen("events") && memcmp(word, "events", n) == 0)
                return KINDS_EVENTS;
        if (n == strlen("alerts") && memcmp(word, "alerts", n) == 0)
                return KINDS_ALERTS;
        for (unsigned i = KIND_NEW; i < N_ELEMENTS(names); i++)
                if (n == strlen(names[i]) && memcmp(word, names[i], n) == 0)
                        return KIND_SET(i);
        return 0;
}

unsigned kind_parse_list(const char *words)
{
        unsigned all = 0;

        for (;;) {
                size_t n = strcspn(words, ",");
                unsigned one = kind_parse(words, n);

                if (one == 0)
                        return 0;
                all |= one;
                if (words[n] == '\0')
                        return all;
                words += n + 1;
        }
}

unsigned kind_of_line(const char *line, size_t n)
{
        static const char seq[] = "{\"seq\":", change[] = ",\"change\":\"";
        const char *end = line + n, *word;

        if (n < strlen(seq) || memcmp(line, seq, strlen(seq)) != 0)
                return 0;
        line += strlen(seq);
        while (line < end && *line >= '0' && *line <= '9')
                line++;
        if ((size_t)(end - line) < strlen(change) || memcmp(line, change, strlen(change)) != 0)
                return 0;
        word = line + strlen(change);
        line = memchr(word, '"', (size_t)(end - word));
        for (unsigned i = KIND_NEW; line != NULL && i < N_ELEMENTS(names); i++)
                if ((size_t)(line - word) == strlen(names[i]) && memcmp(word, names[i], strlen(names[i])) == 0)
                        return i;
        return 0;
}
