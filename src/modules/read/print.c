/* See print.h. */
#include "modules/read/print.h"

#include <string.h>

#include "modules/read/sentence.h"

static const char *or_empty(const char *s)
{
        return s == NULL || *s == '\0' ? "_" : s;
}

/* The text on one line: breaks and tabs become spaces. */
static void print_flat(FILE *out, const char *text, size_t begin, size_t end)
{
        size_t i;

        for (i = begin; i < end; i++)
                fputc((unsigned char)text[i] < ' ' ? ' ' : text[i], out);
}

/* How many words share the token's span. */
static size_t words_of_token(const struct reading *r, const struct reading_sentence *s, size_t i)
{
        const struct reading_token *t = &r->tokens[s->first];
        size_t n = 1;

        while (i + n < s->n_tokens && t[i + n].begin == t[i].begin && t[i + n].end == t[i].end)
                n++;
        return n;
}

static void print_word(FILE *out, const struct reading *r, const struct reading_token *t, size_t number, bool space)
{
        fprintf(out, "%zu\t%s\t%s\t%s\t%s\t%s\t", number, t->form, or_empty(t->lemma),
                reading_upos_name((enum reading_upos)t->upos), or_empty(t->xpos), or_empty(t->feats));
        if (r->parsed)
                fprintf(out, "%d\t%s\t_\t%s\n", t->head + 1, or_empty(t->deprel), space ? "_" : "SpaceAfter=No");
        else
                fprintf(out, "_\t_\t_\t%s\n", space ? "_" : "SpaceAfter=No");
}

static void print_sentence(FILE *out, const struct reading *r, const struct reading_sentence *s)
{
        const struct reading_token *tokens = &r->tokens[s->first];
        size_t i, k, n;

        for (i = 0; i < s->n_tokens; i += n) {
                n = words_of_token(r, s, i);
                if (n > 1) {
                        fprintf(out, "%zu-%zu\t", i + 1, i + n);
                        print_flat(out, r->text, tokens[i].begin, tokens[i].end);
                        fprintf(out, "\t_\t_\t_\t_\t_\t_\t_\t%s\n",
                                tokens[i + n - 1].space_after ? "_" : "SpaceAfter=No");
                }
                for (k = i; k < i + n; k++)
                        print_word(out, r, &tokens[k], k + 1, n > 1 || tokens[k].space_after);
        }
}

void print_conllu(FILE *out, const struct reading *r, size_t first)
{
        size_t i;

        for (i = 0; i < r->n_sentences; i++) {
                const struct reading_sentence *s = &r->sentences[i];

                if (i == 0 || s->paragraph != s[-1].paragraph)
                        fputs("# newpar\n", out);
                fprintf(out, "# sent_id = %zu\n", first + i);
                if (s->cut)
                        fputs("# cut = the sentence is longer than the bound and goes on\n", out);
                fputs("# text = ", out);
                print_flat(out, r->text, s->begin, s->end);
                fputc('\n', out);
                print_sentence(out, r, s);
                fputc('\n', out);
        }
}

struct drawing {
        FILE *out;
        const struct reading_token *tokens;
        size_t n;
        char prefix[8 * SENTENCE_MAX];          /* lines of the words above, 1 to 4 bytes a step */
};

static void draw(struct drawing *d, int32_t word, size_t used, int side);

/* The words under `word` on one side of it, in the order of the text. */
static void draw_side(struct drawing *d, int32_t word, size_t used, bool left)
{
        int32_t i, from = left ? 0 : word + 1, to = left ? word : (int32_t)d->n;
        int32_t outermost = -1;

        for (i = from; i < to; i++)
                if (d->tokens[i].head == word && (outermost < 0 || !left))
                        outermost = i;
        for (i = from; i < to; i++)
                if (d->tokens[i].head == word)
                        draw(d, i, used, i == outermost ? (left ? 1 : 2) : 0);
}

/* Adds a line of the tree to the prefix; returns its new length. */
static size_t extend(struct drawing *d, size_t used, bool line)
{
        const char *part = line ? "\xE2\x94\x82  " : "   ";
        size_t n = strlen(part);

        if (used + n >= sizeof(d->prefix))
                return used;
        memcpy(d->prefix + used, part, n);
        return used + n;
}

/* `side`: 1 where the word is the first under its head, 2 where it is the last, 0 between, -1 the root. */
static void draw(struct drawing *d, int32_t word, size_t used, int side)
{
        static const char *const corners[] = { "\xE2\x94\x9C\xE2\x94\x80 ", "\xE2\x94\x8C\xE2\x94\x80 ",
                                               "\xE2\x94\x94\xE2\x94\x80 " };
        const struct reading_token *t = &d->tokens[word];

        draw_side(d, word, side < 0 ? used : extend(d, used, side != 1), true);
        fprintf(d->out, "%.*s%s%s  %s %s\n", (int)used, d->prefix, side < 0 ? "" : corners[side], t->form,
                reading_upos_name((enum reading_upos)t->upos), or_empty(t->deprel));
        draw_side(d, word, side < 0 ? used : extend(d, used, side != 2), false);
}

void print_trees(FILE *out, const struct reading *r)
{
        struct drawing d = { .out = out };
        size_t i, k;

        for (i = 0; i < r->n_sentences; i++) {
                d.tokens = &r->tokens[r->sentences[i].first];
                d.n = r->sentences[i].n_tokens;
                for (k = 0; k < d.n; k++) {
                        if (!r->parsed)
                                fprintf(out, "%s%s", k > 0 ? " " : "", d.tokens[k].form);
                        else if (d.tokens[k].head < 0)
                                draw(&d, (int32_t)k, 0, -1);
                }
                fputs(r->parsed ? "\n" : "\n\n", out);
        }
}
