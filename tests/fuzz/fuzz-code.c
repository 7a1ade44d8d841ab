/*
 * Any bytes as a story that is coded, twice: with the tree of shallow.c, as without a model, and with a tree that the
 * bytes themselves make up, as no model would. Spans lie within the text, statements nest, and there is an answer.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "modules/code/code.h"
#include "modules/code/gazetteer.h"
#include "modules/code/output.h"
#include "modules/read/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
        if (!good)
                abort();
}

static void check_span(const struct reading *r, struct coding_span span)
{
        check(span.begin < span.end && span.end <= r->n_text);
}

static void check_coding(const struct coding *coding)
{
        const struct reading *r = coding->reading;
        json_t *answer = output_json(coding, 0);

        check(answer != NULL);
        json_decref(answer);
        for (size_t i = 0; i < coding->n_statements; i++) {
                const struct coding_statement *st = coding->statements[i], *at = st;
                size_t depth = 0;

                check_span(r, st->cue_span);
                if (st->has_source)
                        check_span(r, st->source_span);
                check(st->n_content > 0 && st->n_content <= CODING_PARTS_MAX && st->kind != NULL);
                for (size_t p = 0; p < st->n_content; p++)
                        check_span(r, st->content[p]);
                for (; at != NULL; at = at->within)
                        check(depth++ <= coding->n_statements);
        }
        for (size_t i = 0; i < coding->n_quotes; i++) {
                const struct coding_quote *q = &coding->quotes[i];

                check(q->first_sentence <= q->last_sentence && q->last_sentence < coding->n_sentences);
                check(q->first_sentence < q->last_sentence || q->first <= q->last);
        }
        for (size_t i = 0; i < coding->n_events; i++)
                check_span(r, coding->events[i]->trigger);
}

/* A tree out of the bytes: any relation, any head, cycles too; the tags that the rules ask for. */
static void make_up(struct arena *arena, struct reading *r, const uint8_t *data, size_t size)
{
        static const char *const rels[] = { "nsubj", "obj",  "ccomp",  "xcomp",     "obl",      "advcl",      "advmod",
                                            "mark",  "case", "aux",    "parataxis", "conj",     "acl:relcl",  "acl",
                                            "nmod",  "cop",  "punct",  "nsubj:pass", "nmod:poss", "compound:prt",
                                            "appos", "det",  "cc",     "iobj",      "obl:tmod", "aux:pass" };
        static const char *const tags[] = { "VBD", "VBZ", "VBG", "VBN", "NN", "NNP",
                                            "IN",  "TO",  "WP",  "WRB", "RB", "JJ" };
        static const uint8_t upos[] = { UPOS_VERB, UPOS_VERB, UPOS_VERB, UPOS_VERB, UPOS_NOUN, UPOS_PROPN,
                                        UPOS_ADP,  UPOS_PART, UPOS_PRON, UPOS_ADV,  UPOS_ADV,  UPOS_ADJ };

        for (size_t s = 0; s < r->n_sentences; s++)
                for (size_t t = 0; t < r->sentences[s].n_tokens; t++) {
                        struct reading_token *token = &r->tokens[r->sentences[s].first + t];
                        uint8_t a = data[(t * 7 + s) % size], b = data[(t * 3 + s * 5 + 1) % size];
                        char *lemma = arena_strdup(arena, token->form);

                        for (char *c = lemma; *c; c++)
                                *c = (char)tolower((unsigned char)*c);
                        token->lemma = strcmp(lemma, "said") == 0 ? "say" : lemma;
                        token->deprel = rels[(a ^ b) % (sizeof rels / sizeof *rels)];
                        token->head = (int32_t)((a * 5u + b) % r->sentences[s].n_tokens);
                        token->xpos = tags[b % (sizeof tags / sizeof *tags)];
                        token->upos = ispunct((unsigned char)token->form[0]) ? UPOS_PUNCT
                                                                              : upos[b % (sizeof tags / sizeof *tags)];
                        token->feats = "";
                }
        r->parsed = true;
}

static void code(const struct code_state *state, struct reader *reader, const uint8_t *data, size_t size, bool made_up)
{
        struct arena arena = ARENA_NULL;
        struct story story = { .id = "fuzz", .published = CLOCK_NONE, .updated = CLOCK_NONE };
        struct reading *r;

        check(reader_read(reader, &arena, (const char *)data, size, &r) == 0);
        story.text = r->text;
        story.n_text = r->n_text;
        if (made_up)
                make_up(&arena, r, data, size);
        check_coding(code_story(state, &arena, &story, r));
        arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct arena arena;                      /* the harness has nowhere else to keep them */
        static struct code_state state;
        static struct reader *reader;
        const char *top = getenv("top_srcdir");
        struct yaml_errors errors;
        const char *path;

        if (reader == NULL) {
                path = arena_printf(&arena, "%s/data/dictionaries", top ? top : ".");
                yaml_errors_init(&errors, &arena);
                check(dictionary_load(&state.dictionary, &arena, &path, 1, &errors) == 0);
                check(state.dictionary->n_files > 0);
                path = arena_printf(&arena, "%s/data/gazetteer.tab", top ? top : ".");
                check(gazetteer_open(&state.gazetteer, &arena, path) == 0);
                status_sets_init(&state.sets, state.dictionary->lexicon);
                attribution_sets_init(&state.attribution, state.dictionary->lexicon);
                check(reader_new(&reader, NULL) == 0);
        }
        if (size == 0)
                return 0;
        code(&state, reader, data, size, false);
        code(&state, reader, data, size, true);
        return 0;
}
