/* See fixture.h. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "modules/code/gazetteer.h"
#include "modules/read/read.h"

int fixture_setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        const char *top = getenv("top_srcdir");
        struct yaml_errors errors;
        const char *path;

        assert_non_null(f);
        path = arena_printf(&f->arena, "%s/data/dictionaries", top ? top : ".");
        yaml_errors_init(&errors, &f->arena);
        if (dictionary_load(&f->state.dictionary, &f->arena, &path, 1, &errors) != 0) {
                char *said = yaml_errors_text(&errors);

                fputs(said, stderr);
                free(said);
                abort();        /* cmocka would go on to the tests */
        }
        path = arena_printf(&f->arena, "%s/data/gazetteer.tab", top ? top : ".");
        assert_int_equal(gazetteer_open(&f->state.gazetteer, &f->arena, path), 0);
        status_sets_init(&f->state.sets, f->state.dictionary->lexicon);
        context_sets_init(&f->state.contexts, f->state.dictionary->lexicon);
        attribution_sets_init(&f->state.attribution, f->state.dictionary->lexicon);
        *state = f;
        return 0;
}

int fixture_teardown(void **state)
{
        struct fixture *f = *state;

        arena_deinit(&f->arena);
        free(f);
        return 0;
}

static enum reading_upos upos_of(const char *name)
{
        for (int i = 0; i < UPOS_MAX_; i++)
                if (strcmp(reading_upos_name((enum reading_upos)i), name) == 0)
                        return (enum reading_upos)i;
        return UPOS_X;
}

struct reading *fixture_reading(struct fixture *f, const char *conllu)
{
        struct reading *r = arena_new(&f->arena, struct reading);
        size_t n = strlen(conllu), at = 0;
        uint32_t paragraph = 0;
        char *text = arena_alloc(&f->arena, n + 2), *copy = arena_strdup(&f->arena, conllu), *line, *save = copy;

        r->tokens = arena_array(&f->arena, struct reading_token, n + 1);
        r->sentences = arena_array(&f->arena, struct reading_sentence, n + 1);
        r->parsed = true;
        while ((line = strsep(&save, "\n")) != NULL) {
                struct reading_sentence *s = &r->sentences[r->n_sentences];
                struct reading_token *t = &r->tokens[r->n_tokens];
                char *form = strtok(line, " \t"), *upos, *head;
                const char *join;

                if (!form) {
                        if (s->n_tokens > 0) {
                                r->n_sentences++;
                                r->sentences[r->n_sentences].first = (uint32_t)r->n_tokens;
                        }
                        continue;
                }
                if (strcmp(form, "paragraph") == 0) {
                        paragraph++;
                        if (at > 0)
                                text[at - 1] = '\n';
                        continue;
                }
                if (s->n_tokens == 0) {
                        s->begin = (uint32_t)at;
                        s->paragraph = paragraph;
                }
                t->form = form;
                t->lemma = strtok(NULL, " \t");
                upos = strtok(NULL, " \t");
                t->xpos = strtok(NULL, " \t");
                head = strtok(NULL, " \t");
                t->deprel = strtok(NULL, " \t");
                assert_non_null(t->deprel);
                join = strtok(NULL, " \t");
                t->upos = (uint8_t)upos_of(upos);
                t->head = atoi(head) - 1;
                t->begin = (uint32_t)at;
                memcpy(text + at, form, strlen(form));
                at += strlen(form);
                t->end = (uint32_t)at;
                t->space_after = !join || strcmp(join, "join") != 0;
                if (t->space_after)
                        text[at++] = ' ';
                s->end = t->end;
                s->n_tokens++;
                r->n_tokens++;
        }
        if (r->sentences[r->n_sentences].n_tokens > 0)
                r->n_sentences++;
        text[at] = '\0';
        r->text = text;
        r->n_text = at;
        return r;
}

struct coding *fixture_code(struct fixture *f, const char *conllu, const char *day)
{
        struct reading *r = fixture_reading(f, conllu);

        f->story = (struct story){
                .id = "test", .text = r->text, .n_text = r->n_text, .published = CLOCK_NONE, .updated = CLOCK_NONE
        };
        if (day)
                assert_int_equal(clock_parse(day, &f->story.published), 0);
        return code_story(&f->state, &f->arena, &f->story, r);
}

struct coding *fixture_story(struct fixture *f, const char *text)
{
        struct reader *reader;
        struct reading *r;

        assert_int_equal(reader_new(&reader, NULL), 0);
        assert_int_equal(reader_read(reader, &f->arena, text, strlen(text), &r), 0);
        reader_free(reader);
        f->story = (struct story){
                .id = "test", .text = r->text, .n_text = r->n_text, .published = CLOCK_NONE, .updated = CLOCK_NONE
        };
        return code_story(&f->state, &f->arena, &f->story, r);
}

static const char *statements(struct fixture *f, const struct coding *coding, const struct coding_statement *st,
                              const char *indent)
{
        const char *out = "";

        for (; st; st = st->next) {
                const char *content = "";

                for (size_t i = 0; i < st->n_content; i++)
                        content = arena_printf(&f->arena, "%s%s%s", content, i ? " .. " : "",
                                               coding_text(coding, st->content[i]));
                out = arena_printf(&f->arena, "%s%s%s: %s: %s: %s\n%s", out, indent,
                                   st->has_source ? coding_text(coding, st->source_span) : "-",
                                   coding_text(coding, st->cue_span), st->kind, content,
                                   statements(f, coding, st->first, arena_printf(&f->arena, "> %s", indent)));
        }
        return out;
}

const char *fixture_statements(struct fixture *f, const struct coding *coding)
{
        char *out = arena_strdup(&f->arena, statements(f, coding, coding->first_statement, ""));

        if (*out)
                out[strlen(out) - 1] = '\0';
        return out;
}

static const char *side(struct fixture *f, struct coding_actor *const *actors, size_t n)
{
        const char *out = n ? "" : "-";

        for (size_t i = 0; i < n; i++)
                out = arena_printf(&f->arena, "%s%s%s", out, i ? "+" : "", actors[i]->code);
        return out;
}

const char *fixture_events(struct fixture *f, const struct coding *coding)
{
        const char *out = "";

        for (size_t i = 0; i < coding->n_events; i++) {
                const struct coding_event *e = coding->events[i];

                out = arena_printf(&f->arena, "%s%s%s %s>%s %s", out, i ? "; " : "", e->code->event,
                                   side(f, e->source, e->n_source), side(f, e->target, e->n_target),
                                   lexicon_status_name(e->status));
        }
        return out;
}
