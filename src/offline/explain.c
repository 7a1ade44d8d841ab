/*
 * `dateline code --explain`: for each sentence its tree, and for each event the frame that fired and where it stands,
 * the
 * rule behind each actor, the status, the attribution and the date.
 */
#include "offline/explain.h"

#include <stdio.h>
#include <string.h>

#include "modules/code/actors.h"

static void print_tree(const struct coding_sentence *s)
{
        const struct dep_tree *t = s->tree;

        for (int32_t i = 0; i < t->n; i++) {
                const struct coding_actor *actor = actors_at(s, i);

                printf("  %3d  %-18s %-16s %-6s %-11s %3d", i + 1, t->tokens[i].form,
                       t->tokens[i].lemma ? t->tokens[i].lemma : "",
                       reading_upos_name((enum reading_upos)t->tokens[i].upos),
                       t->tokens[i].deprel ? t->tokens[i].deprel : "", t->tokens[i].head + 1);
                if (actor)
                        printf("  %s%s (%s)", actor->code[0] ? actor->code : "?", actor->weak ? " weak" : "",
                               actor->rule);
                putchar('\n');
        }
}

static void print_actors(const char *label, const struct coding *coding, struct coding_actor *const *actors, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                printf("    %s %s \"%s\": %s", label, actors[i]->code, coding_text(coding, actors[i]->span),
                       actors[i]->rule);
                if (actors[i]->entry && actors[i]->entry->line == 0)
                        printf(" (%s, %s)", actors[i]->entry->name, actors[i]->entry->file);
                else if (actors[i]->entry)
                        printf(" (%s, %s:%u)", actors[i]->entry->name, actors[i]->entry->file, actors[i]->entry->line);
                putchar('\n');
        }
}

static void print_event(const struct coding *coding, const struct coding_event *e)
{
        printf("  event %s %s, confidence %.2f\n", e->code->event, e->code->code, e->confidence);
        printf("    frame %s%s%s at %s:%u, trigger \"%s\"\n", e->frame->lemma, e->frame->particle ? " " : "",
               e->frame->particle ? e->frame->particle : "", e->frame->file, e->frame->line,
               coding_text(coding, e->trigger));
        print_actors("source", coding, e->source, e->n_source);
        print_actors("target", coding, e->target, e->n_target);
        printf("    status %s: %s\n", lexicon_status_name(e->status), e->status_rule);
        for (const struct coding_statement *st = e->attribution; st; st = st->outer)
                printf("    attribution \"%s\" by \"%s\"\n",
                       st->has_source ? coding_text(coding, st->source_span) : "?", coding_text(coding, st->cue_span));
        if (e->when)
                printf("    when \"%s\"\n", e->when->text);
        if (e->where && e->where->has_position)
                printf("    where \"%s\" %s %.3f %.3f: %s\n", e->where->name, e->where->country, e->where->latitude,
                       e->where->longitude, e->where->rule);
        else if (e->where)
                printf("    where \"%s\" %s: %s\n", e->where->name, e->where->country, e->where->rule);
}

void explain_print(const struct coding *coding)
{
        printf("story %s\n", coding->story->id);
        for (size_t i = 0; i < coding->n_sentences; i++) {
                const struct reading_sentence *s = &coding->reading->sentences[i];

                printf("sentence %zu: %s\n", i, coding_text(coding, (struct coding_span){ s->begin, s->end }));
                print_tree(&coding->sentences[i]);
                for (size_t k = 0; k < coding->n_events; k++)
                        if (coding->events[k]->sentence == i)
                                print_event(coding, coding->events[k]);
        }
}
