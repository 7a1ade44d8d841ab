/* See conllu.h. */
#include "modules/read/conllu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "modules/read/reading.h"

enum { COLUMNS = 10 };

struct parser {
        struct conllu *out;
        const char *name;
        char **error;
        size_t line;
        size_t n_sentences, sentences_size;
        struct conllu_word *words;      /* of the sentence that is being read */
        size_t n_words, words_size;
        struct conllu_multi *multis;
        size_t n_multis, multis_size;
        size_t multi_end;               /* words before this one belong to the last multi */
        bool multi_space;
        bool paragraph;
};

static int grow(void *list, size_t *size, size_t n, size_t item)
{
        void **where = list;
        size_t want = *size == 0 ? 64 : 2 * *size;
        void *bigger;

        if (n < *size)
                return 0;
        bigger = realloc(*where, want * item);
        if (bigger == NULL)
                return error_origin(-ENOMEM);
        *where = bigger;
        *size = want;
        return 0;
}

static int syntax(struct parser *p, size_t column, const char *what)
{
        if (asprintf(p->error, "%s:%zu:%zu: %s", p->name, p->line, column, what) < 0)
                return error_origin(-ENOMEM);
        return CONLLU_E_SYNTAX;
}

static uint8_t upos_of(const char *name)
{
        int i;

        for (i = UPOS_NONE + 1; i < UPOS_MAX_; i++)
                if (strcmp(name, reading_upos_name((enum reading_upos)i)) == 0)
                        return (uint8_t)i;
        return UPOS_NONE;
}

/* Takes the line apart at its tabs, in place. */
static int split(struct parser *p, char *line, char *columns[COLUMNS])
{
        char *begin = line;
        int i;

        for (i = 0; i < COLUMNS; i++) {
                char *end = strchr(line, '\t');

                columns[i] = line;
                if (*line == '\0' || *line == '\t')
                        return syntax(p, (size_t)(line - begin) + 1, "an empty column; write _ where there is nothing");
                if (i == COLUMNS - 1) {
                        if (end != NULL)
                                return syntax(p, (size_t)(end - begin) + 1, "more than ten columns");
                        return 0;
                }
                if (end == NULL)
                        return syntax(p, (size_t)(line - begin) + 1, "fewer than ten columns divided by tabs");
                *end = '\0';
                line = end + 1;
        }
        return 0;
}

static bool no_space(const char *misc)
{
        return strstr(misc, "SpaceAfter=No") != NULL;
}

static int add_multi(struct parser *p, char *columns[COLUMNS])
{
        char *dash;
        unsigned long first = strtoul(columns[0], &dash, 10), last = *dash == '-' ? strtoul(dash + 1, NULL, 10) : 0;
        int r;

        if (first != p->n_words + 1 || last <= first || last - first > 100)
                return syntax(p, 1, "the range of this multiword token does not fit the words around it");
        r = grow(&p->multis, &p->multis_size, p->n_multis, sizeof(*p->multis));
        if (r < 0)
                return error_trace(r);
        p->multis[p->n_multis++] = (struct conllu_multi){
                .form = arena_strdup(&p->out->arena, columns[1]),
                .first = (uint32_t)p->n_words,
                .n = (uint32_t)(last - first + 1),
        };
        p->multi_end = last;
        p->multi_space = !no_space(columns[9]);
        return 0;
}

static int add_word(struct parser *p, char *columns[COLUMNS])
{
        struct arena *arena = &p->out->arena;
        struct conllu_word *word;
        char *end;
        unsigned long head = strtoul(columns[6], &end, 10);
        int r;

        if (strtoul(columns[0], NULL, 10) != p->n_words + 1)
                return syntax(p, 1, "words must be numbered 1, 2, 3 ...");
        if (strcmp(columns[6], "_") != 0 && (*end != '\0' || head > 100000))
                return syntax(p, (size_t)(columns[6] - columns[0]) + 1, "the head is not a number");
        r = grow(&p->words, &p->words_size, p->n_words, sizeof(*p->words));
        if (r < 0)
                return error_trace(r);
        word = &p->words[p->n_words++];
        *word = (struct conllu_word){
                .form = arena_strdup(arena, columns[1]),
                .lemma = arena_strdup(arena, columns[2]),
                .upos = upos_of(columns[3]),
                .xpos = arena_strdup(arena, columns[4]),
                .feats = strcmp(columns[5], "_") == 0 ? "" : arena_strdup(arena, columns[5]),
                .head = strcmp(columns[6], "_") == 0 ? -2 : (int32_t)head - 1,
                .deprel = arena_strdup(arena, columns[7]),
                .space_after = !no_space(columns[9]),
        };
        if (p->n_words < p->multi_end)
                word->space_after = false;
        else if (p->n_words == p->multi_end)
                word->space_after = p->multi_space;
        return 0;
}

static int end_sentence(struct parser *p)
{
        struct arena *arena = &p->out->arena;
        struct conllu_sentence *sentence;
        size_t i;
        int r;

        if (p->n_words == 0)
                return 0;
        if (p->multi_end > p->n_words)
                return syntax(p, 1, "the sentence ends within a multiword token");
        for (i = 0; i < p->n_words; i++)
                if (p->words[i].head >= (int32_t)p->n_words || p->words[i].head == (int32_t)i)
                        return syntax(p, 1, "a head in the sentence above is not one of its words");
        r = grow(&p->out->sentences, &p->sentences_size, p->n_sentences, sizeof(*sentence));
        if (r < 0)
                return error_trace(r);
        sentence = &p->out->sentences[p->n_sentences++];
        sentence->words = arena_alloc(arena, p->n_words * sizeof(*p->words));
        memcpy(sentence->words, p->words, p->n_words * sizeof(*p->words));
        sentence->multis = arena_alloc(arena, p->n_multis * sizeof(*p->multis));
        if (p->n_multis > 0)
                memcpy(sentence->multis, p->multis, p->n_multis * sizeof(*p->multis));
        sentence->n_words = (uint32_t)p->n_words;
        sentence->n_multis = (uint32_t)p->n_multis;
        sentence->paragraph = p->paragraph;
        p->out->n_sentences = p->n_sentences;
        p->out->n_words += p->n_words;
        p->n_words = p->n_multis = p->multi_end = 0;
        p->paragraph = false;
        return 0;
}

static int parse_line(struct parser *p, char *line)
{
        char *columns[COLUMNS] = { 0 };
        int r;

        if (*line == '\0')
                return end_sentence(p);
        if (*line == '#') {
                if (strncmp(line, "# newpar", 8) == 0 || strncmp(line, "# newdoc", 8) == 0)
                        p->paragraph = true;
                return 0;
        }
        r = split(p, line, columns);
        if (r != 0)
                return r;
        if (strchr(columns[0], '.') != NULL)
                return 0;       /* an empty node of the enhanced graph */
        return strchr(columns[0], '-') != NULL ? add_multi(p, columns) : add_word(p, columns);
}

int conllu_parse(struct conllu *out, const char *name, const char *text, size_t n, char **error)
{
        struct parser p = { .out = out, .name = name, .error = error, .paragraph = true };
        _cleanup_free_ char *copy = malloc(n + 1);
        char *line = copy, *end;
        int r = 0;

        *out = CONLLU_NULL;
        if (copy == NULL)
                return error_origin(-ENOMEM);
        memcpy(copy, text, n);
        copy[n] = '\0';
        while (r == 0 && line < copy + n) {
                p.line++;
                end = memchr(line, '\n', (size_t)(copy + n - line));
                if (end == NULL)
                        end = copy + n;
                *end = '\0';
                if (end > line && end[-1] == '\r')
                        end[-1] = '\0';
                r = parse_line(&p, line);
                line = end + 1;
        }
        if (r == 0)
                r = end_sentence(&p);
        free(p.words);
        free(p.multis);
        if (r != 0)
                conllu_deinit(out);
        return error_trace(r);
}

int conllu_load(struct conllu *out, const char *path, char **error)
{
        _cleanup_free_ char *text = NULL;
        FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
        size_t n = 0;
        ssize_t got;

        *out = CONLLU_NULL;
        if (file == NULL) {
                if (asprintf(error, "%s: cannot be opened: %s", path, strerror(errno)) < 0)
                        return error_origin(-ENOMEM);
                return CONLLU_E_OPEN;
        }
        got = getdelim(&text, &n, '\0', file);  /* a NUL ends the text: CoNLL-U has none */
        if (file != stdin)
                fclose(file);
        return error_trace(conllu_parse(out, path, text, got < 0 ? 0 : (size_t)got, error));
}

void conllu_deinit(struct conllu *conllu)
{
        arena_deinit(&conllu->arena);
        free(conllu->sentences);
        *conllu = CONLLU_NULL;
}

char *conllu_text(const struct conllu *conllu, size_t *n)
{
        char *text = NULL;
        FILE *out = open_memstream(&text, n);
        size_t s, w, m;

        if (out == NULL)
                return NULL;
        for (s = 0; s < conllu->n_sentences; s++) {
                const struct conllu_sentence *sentence = &conllu->sentences[s];

                if (sentence->paragraph && s > 0)
                        fputc('\n', out);
                for (w = 0, m = 0; w < sentence->n_words; w++) {
                        const char *form = sentence->words[w].form;

                        if (m < sentence->n_multis && sentence->multis[m].first == w) {
                                form = sentence->multis[m].form;
                                w += sentence->multis[m++].n - 1;
                        }
                        fputs(form, out);
                        if (sentence->words[w].space_after)
                                fputc(' ', out);
                }
        }
        fputc('\n', out);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
