/* See output.h. Members stand in one order, so that the same input gives the same bytes. */
#include "modules/code/output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "modules/code/quotes.h"

static json_t *span_json(struct coding_span span)
{
        return json_pack("[i,i]", (int)span.begin, (int)span.end);
}

static json_t *text_json(const struct coding *coding, struct coding_span span)
{
        return json_stringn(coding->reading->text + span.begin, span.end - span.begin);
}

/* Members that are not known are absent. */
static void set(json_t *object, const char *key, const char *value)
{
        if (value && *value)
                json_object_set_new(object, key, json_string(value));
}

static json_t *day_json(int32_t day)
{
        int y, m, d;
        char text[48];

        clock_date(day, &y, &m, &d);
        snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
        return json_string(text);
}

static json_t *actor_json(const struct coding *coding, const struct coding_actor *actor)
{
        json_t *o = json_object();

        json_object_set_new(o, "code", json_string(actor->code));
        set(o, "name", actor->name);
        set(o, "title", actor->title);
        json_object_set_new(o, "text", text_json(coding, actor->span));
        json_object_set_new(o, "span", span_json(actor->span));
        if (actor->entity)
                json_object_set_new(o, "actor", json_integer(actor->entity->number));
        return o;
}

static json_t *actors_json(const struct coding *coding, struct coding_actor *const *actors, size_t n)
{
        json_t *list = json_array();

        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, actor_json(coding, actors[i]));
        return list;
}

/* Outermost first. */
static json_t *attribution_json(const struct coding *coding, const struct coding_statement *st)
{
        json_t *list = json_array();

        for (int depth = 0; st && depth < 8; st = st->outer, depth++) {
                json_t *o = json_object();

                if (st->source) {
                        set(o, "name", st->source->name);
                        set(o, "code", st->source->code);
                }
                if (st->has_source)
                        json_object_set_new(o, "text", text_json(coding, st->source_span));
                json_object_set_new(o, "cue", text_json(coding, st->cue_span));
                set(o, "kind", st->kind);
                json_object_set_new(o, "span", span_json(st->has_source ? st->source_span : st->cue_span));
                json_array_insert_new(list, 0, o);
        }
        return list;
}

/* As many digits as the gazetteer has. */
static json_t *degrees(double value)
{
        return json_real(round(value * 1000) / 1000);
}

static json_t *where_json(const struct coding_place *place)
{
        json_t *o = json_object();

        json_object_set_new(o, "name", json_string(place->name));
        json_object_set_new(o, "country", json_string(place->country));
        set(o, "kind", place->kind);
        if (place->has_position) {
                json_object_set_new(o, "lat", degrees(place->latitude));
                json_object_set_new(o, "lon", degrees(place->longitude));
        }
        if (place->span.end > place->span.begin)        /* the dateline's stands outside the sentence */
                json_object_set_new(o, "span", span_json(place->span));
        return o;
}

static json_t *event_json(const struct coding *coding, const struct coding_event *e)
{
        json_t *o = json_object(), *context = json_array();
        struct coding_span quote;

        json_object_set_new(o, "sentence", json_integer(e->sentence));
        json_object_set_new(o, "event", json_string(e->code->event));
        json_object_set_new(o, "cameo", json_string(e->code->code));
        json_object_set_new(o, "mode", e->mode ? json_string(e->mode) : json_null());
        for (size_t i = 0; i < e->n_contexts; i++)
                json_array_append_new(context, json_string(e->contexts[i]));
        json_object_set_new(o, "context", context);
        json_object_set_new(o, "quad", json_integer(e->code->quad));
        json_object_set_new(o, "goldstein", json_real(e->code->goldstein));
        json_object_set_new(o, "source", actors_json(coding, e->source, e->n_source));
        json_object_set_new(o, "target", actors_json(coding, e->target, e->n_target));
        json_object_set_new(o, "reciprocal", json_boolean(e->reciprocal));
        json_object_set_new(
                o, "trigger",
                json_pack("{s:o,s:o}", "text", text_json(coding, e->trigger), "span", span_json(e->trigger)));
        json_object_set_new(o, "status", json_string(lexicon_status_name(e->status)));
        json_object_set_new(o, "attribution", attribution_json(coding, e->attribution));
        if (e->quoted && quotes_span(coding, &coding->sentences[e->sentence], e->node, &quote))
                json_object_set_new(o, "quote",
                                    json_pack("{s:o,s:o}", "text", text_json(coding, quote), "span", span_json(quote)));
        else
                json_object_set_new(o, "quote", json_null());
        if (e->when)
                json_object_set_new(o, "when",
                                    json_pack("{s:o,s:o,s:s,s:o}", "start", day_json(e->when->start), "end",
                                              day_json(e->when->end), "text", e->when->text, "span",
                                              span_json(e->when->span)));
        else
                json_object_set_new(o, "when", json_null());
        json_object_set_new(o, "where", e->where ? where_json(e->where) : json_null());
        json_object_set_new(o, "confidence", json_real(round(e->confidence * 100) / 100));
        return o;
}

static json_t *statements_json(const struct coding *coding, const struct coding_statement *within);

static json_t *statement_json(const struct coding *coding, const struct coding_statement *st)
{
        json_t *o = json_object(), *spans = json_array(), *source = json_object(), *content = json_object();
        char *joined = arena_strdup(coding->arena, "");

        if (st->has_source) {
                json_object_set_new(source, "text", text_json(coding, st->source_span));
                if (st->source) {
                        set(source, "code", st->source->code);
                        set(source, "name", st->source->name);
                }
                json_object_set_new(source, "spans", json_pack("[o]", span_json(st->source_span)));
        }
        json_object_set_new(o, "source", st->has_source ? source : json_null());
        if (!st->has_source)
                json_decref(source);
        json_object_set_new(
                o, "cue",
                json_pack("{s:o,s:[o]}", "text", text_json(coding, st->cue_span), "spans", span_json(st->cue_span)));
        for (size_t i = 0; i < st->n_content; i++) {
                json_array_append_new(spans, span_json(st->content[i]));
                joined = arena_printf(coding->arena, "%s%s%s", joined, i ? " " : "",
                                      coding_text(coding, st->content[i]));
        }
        json_object_set_new(content, "text", json_string(joined));
        json_object_set_new(content, "spans", spans);
        json_object_set_new(o, "content", content);
        set(o, "kind", st->kind ? st->kind : "indirect");
        json_object_set_new(o, "sentence", json_integer(st->sentence));
        json_object_set_new(o, "statements", statements_json(coding, st));
        return o;
}

/* Those that stand at once within another, or, with NULL, those of the writer's own. Each is narrower than the one that
 * it stands in, so that this ends. */
static json_t *statements_json(const struct coding *coding, const struct coding_statement *within)
{
        json_t *list = json_array();

        for (const struct coding_statement *st = within ? within->first : coding->first_statement; st; st = st->next)
                json_array_append_new(list, statement_json(coding, st));
        return list;
}

static json_t *entity_json(const struct coding_entity *e)
{
        json_t *o = json_object();

        json_object_set_new(o, "actor", json_integer(e->number));
        set(o, "name", e->name);
        set(o, "title", e->title);
        json_object_set_new(o, "code", json_string(e->code));
        json_object_set_new(o, "mentions", json_integer(e->mentions));
        return o;
}

json_t *output_json(const struct coding *coding, double min_confidence)
{
        json_t *statements = statements_json(coding, NULL), *actors = json_array(), *events = json_array();

        for (const struct coding_entity *e = coding->entities; e; e = e->next)
                if (e->name && !e->voice)
                        json_array_append_new(actors, entity_json(e));
        for (size_t i = 0; i < coding->n_events; i++)
                if (coding->events[i]->confidence >= min_confidence)
                        json_array_append_new(events, event_json(coding, coding->events[i]));
        return json_pack("{s:o,s:o,s:o,s:o*}", "statements", statements, "actors", actors, "events", events, "unread",
                         coding->unread > 0 ? json_pack("[I,I]", (json_int_t)coding->unread,
                                                        (json_int_t)coding->reading->n_text)
                                            : NULL);
}
