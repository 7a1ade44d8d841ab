/* See status.h. Sentence by sentence, with the tags and dependencies that the file gives. */
#include "offline/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, WORDS_MAX = 4096 };

enum column {
        COLUMN_ID,
        COLUMN_FORM,
        COLUMN_LEMMA,
        COLUMN_UPOS,
        COLUMN_XPOS,
        COLUMN_FEATS,
        COLUMN_HEAD,
        COLUMN_REL,
        COLUMN_DEPS,
        COLUMN_MISC
};

/* A line of a sentence: a word, or something that passes. */
struct line {
        char *text;
        char *column[COLUMNS];
        int32_t token;          /* -1: no word */
};

struct sentence {
        struct line *lines;
        size_t n_lines, size;
        struct reading_token *tokens;
        int32_t n;
};

static bool split(char *text, char *column[COLUMNS])
{
        int n = 0;

        for (char *at = text; at && n < COLUMNS; n++) {
                column[n] = at;
                at = strchr(at, '\t');
                if (at)
                        *at++ = '\0';
        }
        return n == COLUMNS;
}

static enum reading_upos upos_of(const char *name)
{
        for (int i = 0; i < UPOS_MAX_; i++)
                if (strcmp(reading_upos_name((enum reading_upos)i), name) == 0)
                        return (enum reading_upos)i;
        return UPOS_X;
}

static void add_line(struct sentence *s, struct arena *arena, char *text)
{
        struct line *line;

        if (s->n_lines == s->size) {
                struct line *lines = arena_array(arena, struct line, s->size * 2 + 64);

                if (s->n_lines > 0)
                        memcpy(lines, s->lines, s->n_lines * sizeof *lines);
                s->lines = lines;
                s->size = s->size * 2 + 64;
        }
        line = &s->lines[s->n_lines++];
        *line = (struct line){ .text = text, .token = -1 };
        if (text[0] == '#' || strpbrk(text, "\t") == NULL || strcspn(text, ".-") < strcspn(text, "\t") ||
            s->n == WORDS_MAX)
                return;
        line->text = arena_strdup(arena, text);
        if (!split(text, line->column))
                return;
        line->token = s->n;
        s->tokens[s->n++] = (struct reading_token){
                .form = line->column[COLUMN_FORM],
                .lemma = line->column[COLUMN_LEMMA],
                .xpos = line->column[COLUMN_XPOS],
                .feats = line->column[COLUMN_FEATS],
                .deprel = line->column[COLUMN_REL],
                .head = atoi(line->column[COLUMN_HEAD]) - 1,
                .upos = (uint8_t)upos_of(line->column[COLUMN_UPOS]),
        };
}

static void print_sentence(const struct code_state *state, struct arena *arena, const struct sentence *s)
{
        struct reading_sentence one = { .n_tokens = (uint32_t)s->n };
        struct reading reading = { .text = "",
                                   .sentences = &one,
                                   .n_sentences = 1,
                                   .tokens = s->tokens,
                                   .n_tokens = (size_t)s->n,
                                   .parsed = true };
        const struct dep_tree *tree = dep_new(arena, &reading, 0, state->dictionary->lexicon);

        for (size_t i = 0; i < s->n_lines; i++) {
                const struct line *line = &s->lines[i];
                const char *rule, *misc;

                if (line->token < 0 || s->tokens[line->token].upos != UPOS_VERB) {
                        puts(line->text);
                        continue;
                }
                misc = line->column[COLUMN_MISC];
                for (int c = 0; c < COLUMN_MISC; c++)
                        printf("%s\t", line->column[c]);
                printf("%s%sStatus=%s\n", strcmp(misc, "_") == 0 ? "" : misc, strcmp(misc, "_") == 0 ? "" : "|",
                       lexicon_status_name(status_of(tree, &state->sets, line->token, &rule)));
        }
}

void status_print(struct backfill *b, const struct code_state *state, struct arena *arena, char *text, size_t n)
{
        struct sentence s = { 0 };
        char *end = text + n;

        while (text < end && !backfill_stopped(b)) {
                char *stop = memchr(text, '\n', (size_t)(end - text)), *next = stop ? stop + 1 : end;

                if (stop)
                        *stop = '\0';
                if (!s.tokens)
                        s.tokens = arena_array(arena, struct reading_token, WORDS_MAX);
                if (*text) {
                        add_line(&s, arena, text);
                } else {
                        backfill_hold(b);
                        print_sentence(state, arena, &s);
                        putchar('\n');
                        backfill_release(b);
                        arena_reset(arena);
                        s = (struct sentence){ 0 };
                }
                text = next;
        }
        backfill_hold(b);
        if (s.n_lines > 0 && !backfill_stopped(b))
                print_sentence(state, arena, &s);
        backfill_release(b);
}
