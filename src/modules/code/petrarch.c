/*
 * The format, as PETRARCH-2's manual and the files themselves show it (eventdata.parusanalytics.com):
 *   NAME_ [CODE]            a name with underscores for spaces; a trailing underscore closes the word
 *   NAME [CODE >19990101]   a code may carry a date: >FROM, <TO, FROM-TO
 *   +SYNONYM                further names of the entry before it
 *       [CODE]              further codes of it, on lines of their own
 *   AGENT {PLURAL} [~GOV]   {}: no plural; without braces the plural is regular
 *   !SET! = A, B, C         a substitution set, used as !SET! inside names
 * Comments begin with # or stand between <!-- and -->.
 */
#include "modules/code/petrarch.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { NAMES_MAX = 512, CODES_MAX = 32, SETS_MAX = 16, LINE_MAX_ = 1024 };

enum kind { KIND_ACTORS, KIND_AGENTS, KIND_DISCARDS, KIND_NONE };

struct code {
        const char *code;
        int32_t from, to;
};

struct set {
        const char *name;       /* "!PERSON!" */
        char *words;            /* "MAN, MEN" */
};

struct parser {
        struct dictionary *dictionary;
        const char *path;
        struct yaml_errors *errors;
        enum kind kind;
        unsigned line;
        bool in_comment;
        /* the entry that is being gathered */
        const char *names[NAMES_MAX];
        size_t n_names;
        struct code codes[CODES_MAX];
        size_t n_codes;
        unsigned entry_line;
        bool plural;
        struct set sets[SETS_MAX];
        size_t n_sets;
};

static enum kind kind_of(const char *path)
{
        static const char *const endings[] = { ".actors", ".agents", ".discards" };
        size_t n = strlen(path);

        if (n > 4 && strcmp(path + n - 4, ".txt") == 0)
                n -= 4;
        for (int i = 0; i < 3; i++) {
                size_t k = strlen(endings[i]);

                if (n > k && strncmp(path + n - k, endings[i], k) == 0)
                        return (enum kind)i;
        }
        return KIND_NONE;
}

bool petrarch_knows(const char *path)
{
        return kind_of(path) != KIND_NONE;
}

static void complain(struct parser *p, const char *message)
{
        yaml_errors_add(p->errors, p->path, p->line, 1, "%s; the line is skipped", message);
}

/* Underscores to spaces; names in title case, so that a capital is asked for and no more; roles in lower case. */
static const char *tidy(struct parser *p, const char *s, size_t n)
{
        char *out = arena_strndup(p->dictionary->arena, s, n);
        size_t letters = 0;
        bool start = true;

        for (size_t i = 0; i < n; i++)
                letters += isalpha((unsigned char)out[i]) != 0;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)out[i];

                if (c == '_')
                        out[i] = ' ';
                else if (p->kind == KIND_AGENTS || (!start && letters > 2))
                        out[i] = (char)tolower(c);
                start = !isalpha(c) && c < 0x80;
        }
        while (n > 0 && out[n - 1] == ' ')
                out[--n] = '\0';
        return out;
}

static const char *plural_of(struct arena *arena, const char *word)
{
        size_t n = strlen(word);

        if (n > 2 && word[n - 1] == 'y' && !strchr("aeiou", word[n - 2]))
                return arena_printf(arena, "%.*sies", (int)n - 1, word);
        return arena_printf(arena, n > 0 && strchr("sx", word[n - 1]) ? "%ses" : "%ss", word);
}

static void flush(struct parser *p)
{
        bool agents = p->kind == KIND_AGENTS;

        for (size_t c = 0; c < p->n_codes; c++) {
                struct dictionary_entry entry = {
                        .kind = agents                                      ? DICTIONARY_AGENT
                                : strlen(p->codes[c].code) == 3 && c == 0 ? DICTIONARY_STATE
                                                                            : DICTIONARY_ORGANISATION,
                        .code = p->codes[c].code, .from = p->codes[c].from, .to = p->codes[c].to, .file = p->path,
                        .line = p->entry_line, .name = p->n_names ? p->names[0] : "",
                };
                uint32_t id = dictionary_add_entry(p->dictionary, &entry);

                for (size_t i = 0; i < p->n_names; i++) {
                        dictionary_add_phrase(p->dictionary, id, p->names[i]);
                        if (agents && p->plural)
                                dictionary_add_phrase(p->dictionary, id, plural_of(p->dictionary->arena, p->names[i]));
                }
        }
        p->n_names = p->n_codes = 0;
        p->plural = true;
}

static void add_name(struct parser *p, const char *s, size_t n)
{
        while (n > 0 && isspace((unsigned char)s[n - 1]))
                n--;
        while (n > 0 && isspace((unsigned char)*s))
                s++, n--;
        if (n > 0 && p->n_names < NAMES_MAX)
                p->names[p->n_names++] = tidy(p, s, n);
}

/* A name with !SET! inside is one name for each word of the set. */
static void add_names(struct parser *p, const char *s, size_t n)
{
        const char *bang = memchr(s, '!', n), *end = bang ? memchr(bang + 1, '!', n - (size_t)(bang + 1 - s)) : NULL;
        char name[LINE_MAX_];

        if (!end) {
                add_name(p, s, n);
                return;
        }
        for (size_t i = 0; i < p->n_sets; i++) {
                size_t k = (size_t)(end + 1 - bang);

                if (strlen(p->sets[i].name) != k || strncmp(p->sets[i].name, bang, k) != 0)
                        continue;
                for (const char *w = p->sets[i].words; *w;) {
                        size_t length = strcspn(w, ","), skip = strspn(w, " ");
                        int m = snprintf(name, sizeof name, "%.*s%s%.*s%.*s", (int)(bang - s), s,
                                         bang > s && bang[-1] != '_' ? "_" : "", (int)(length - skip), w + skip,
                                         (int)(s + n - (end + 1)), end + 1);

                        if (m > 0 && (size_t)m < sizeof name)
                                add_name(p, name, (size_t)m);
                        w += length + (w[length] == ',');
                }
                return;
        }
        complain(p, "no such substitution set");
}

/* YYYYMMDD, or TABARI's YYMMDD, where 30 and later is the last century. */
static bool parse_day(const char *s, int32_t *out)
{
        size_t digits = strspn(s, "0123456789");
        int y, m, d;

        if (digits == 8 ? sscanf(s, "%4d%2d%2d", &y, &m, &d) != 3
                        : digits != 6 || sscanf(s, "%2d%2d%2d", &y, &m, &d) != 3)
                return false;
        if (digits == 6)
                y += y < 30 ? 2000 : 1900;
        if (m < 1 || m > 12 || d < 1 || d > 31)
                return false;
        *out = (int32_t)clock_days(y, m, d);
        return true;
}

/* "CODE", "CODE >19990101", "CODE <19990101", "CODE 19990101-20030101" */
static void add_code(struct parser *p, const char *s, size_t n)
{
        char text[80];
        struct code code = { NULL, DICTIONARY_FROM_ALWAYS, DICTIONARY_TO_ALWAYS };
        char *date;
        size_t k;
        bool good = true;

        while (n > 0 && isspace((unsigned char)*s))
                s++, n--;
        if (n == 0 || n >= sizeof text || p->n_codes == CODES_MAX) {
                complain(p, "a code is missing, or too long");
                return;
        }
        memcpy(text, s, n);
        text[n] = '\0';
        k = strcspn(text, " \t");
        date = text + k + strspn(text + k, " \t");
        text[k] = '\0';
        if (*date == '>')
                good = parse_day(date + 1, &code.from);
        else if (*date == '<')
                good = parse_day(date + 1, &code.to);
        else if (*date)
                good = parse_day(date, &code.from) && strchr(date, '-') && parse_day(strchr(date, '-') + 1, &code.to);
        if (!good || code.from > code.to) {
                complain(p, "a date is >DAY, <DAY or DAY-DAY, and a day is YYYYMMDD or YYMMDD");
                return;
        }
        for (char *c = text; *c; c++)
                *c = (char)toupper((unsigned char)*c);
        if (strncmp(text, "---", 3) == 0)
                return;
        s = text[0] == '~' ? text + 1 : text;
        k = strlen(s);
        if (k > 0 && s[k - 1] == '~')
                k--;
        if (k == 0 || k > 15) {
                complain(p, "a code has 1 to 15 letters");
                return;
        }
        code.code = arena_strndup(p->dictionary->arena, s, k);
        p->codes[p->n_codes++] = code;
}

static void take_discard(struct parser *p, const char *s)
{
        struct dictionary_entry entry = { .kind = DICTIONARY_DISCARD, .name = "discard", .code = "", .file = p->path,
                                          .line = p->line, .from = DICTIONARY_FROM_ALWAYS, .to = DICTIONARY_TO_ALWAYS };

        s += *s == '+';
        dictionary_add_phrase(p->dictionary, dictionary_add_entry(p->dictionary, &entry), tidy(p, s, strlen(s)));
}

static void take_set(struct parser *p, const char *s)
{
        const char *equals = strchr(s, '=');
        size_t n = (size_t)(strchr(s + 1, '!') + 1 - s);

        if (p->n_sets == SETS_MAX) {
                complain(p, "too many substitution sets");
                return;
        }
        p->sets[p->n_sets].name = arena_strndup(p->dictionary->arena, s, n);
        p->sets[p->n_sets++].words = arena_strdup(p->dictionary->arena, equals + 1);
}

/* One line without its comment, trimmed at the end. */
static void take_line(struct parser *p, const char *s)
{
        const char *bracket = strchr(s, '['), *close = bracket ? strchr(bracket, ']') : NULL, *brace = strchr(s, '{');
        const char *name_end = s + strlen(s), *equals = strchr(s, '=');
        bool indented = isspace((unsigned char)*s), synonym;

        while (isspace((unsigned char)*s))
                s++;
        if (*s == '!' && equals && strchr(s + 1, '!') && strchr(s + 1, '!') < equals) {
                take_set(p, s);
                return;
        }
        if (bracket && !close) {
                complain(p, "a bracket is not closed");
                return;
        }
        if (bracket)
                name_end = bracket;
        if (brace && brace < name_end)
                name_end = brace;
        if (name_end > s && !(indented && *s == '[')) {
                synonym = *s == '+';
                if (!synonym) {
                        flush(p);
                        p->entry_line = p->line;
                } else if (p->n_names == 0) {
                        complain(p, "a synonym without an entry before it");
                        return;
                }
                add_names(p, s + synonym, (size_t)(name_end - s) - synonym);
        }
        if (brace && strchr(brace, '}')) {
                const char *end = strchr(brace, '}');

                p->plural = false;
                if (end > brace + 1)
                        add_names(p, brace + 1, (size_t)(end - brace - 1));
        }
        for (; bracket && close; bracket = strchr(close, '['), close = bracket ? strchr(bracket, ']') : NULL)
                add_code(p, bracket + 1, (size_t)(close - bracket - 1));
}

/* Comments out; false where nothing is left. */
static bool strip(struct parser *p, char *line)
{
        char *hash, *open;
        size_t n;

        if (p->in_comment) {
                char *end = strstr(line, "-->");

                if (!end)
                        return false;
                p->in_comment = false;
                memmove(line, end + 3, strlen(end + 3) + 1);
        }
        open = strstr(line, "<!--");
        if (open) {
                p->in_comment = strstr(open, "-->") == NULL;
                *open = '\0';
        }
        hash = strchr(line, '#');
        if (hash)
                *hash = '\0';
        n = strlen(line);
        while (n > 0 && isspace((unsigned char)line[n - 1]))
                line[--n] = '\0';
        return n > 0;
}

void petrarch_load(struct dictionary *dictionary, const char *path, const char *text, size_t n,
                   struct yaml_errors *errors)
{
        struct parser *p = arena_new(dictionary->arena, struct parser);

        p->dictionary = dictionary;
        p->path = path;
        p->errors = errors;
        p->kind = kind_of(path);
        p->plural = true;
        for (size_t at = 0; at < n;) {
                size_t k = strcspn(text + at, "\n");
                char line[LINE_MAX_];

                if (at + k > n)
                        k = n - at;
                p->line++;
                if (k >= sizeof line) {
                        complain(p, "the line is too long");
                } else {
                        memcpy(line, text + at, k);
                        line[k] = '\0';
                        if (strip(p, line)) {
                                if (p->kind == KIND_DISCARDS)
                                        take_discard(p, line);
                                else
                                        take_line(p, line);
                        }
                }
                at += k + 1;
        }
        flush(p);
}
