/* See saying.h. What stands in events is others' text: control characters do not go into an alert. */
#include "desk/saying.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/value.h"

enum { NAMES_SHOWN = 3 };

static const char *member(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

/* "Kim Jong Un, Choe Son Hui and 3 more" */
static const char *names(struct arena *arena, const json_t *list)
{
        const char *text = "";
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *name = json_is_string(item) ? json_string_value(item) : member(item, "name");

                if (i == NAMES_SHOWN)
                        return arena_printf(arena, "%s and %zu more", text, json_array_size(list) - i);
                if (*name == '\0')
                        name = *member(item, "text") != '\0' ? member(item, "text") : member(item, "code");
                text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", name);
        }
        return text;
}

/* "reuters, kcna" */
static const char *words(struct arena *arena, const struct schema_strings *list)
{
        const char *text = "";

        for (size_t i = 0; i < list->n; i++)
                text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", list->items[i]);
        return text;
}

static const char *quad_of(const json_t *record)
{
        json_int_t quad = json_integer_value(json_object_get(record, "quad"));

        return quad > 0 && quad <= 4 ? rule_quads[quad] : "";
}

static const char *event_value(struct arena *arena, enum template_field field, const json_t *record)
{
        static const char *const members[TEMPLATE_FIELDS] = {
                [TEMPLATE_ID] = "id",     [TEMPLATE_STORY] = "story",   [TEMPLATE_TYPE] = "event",   [TEMPLATE_CAMEO] = "cameo",
                [TEMPLATE_MODE] = "mode", [TEMPLATE_STATUS] = "status", [TEMPLATE_WATCH] = "watch",
        };

        switch (field) {
        case TEMPLATE_SOURCE:
                return names(arena, json_object_get(record, "source"));
        case TEMPLATE_TARGET:
                return names(arena, json_object_get(record, "target"));
        case TEMPLATE_QUAD:
                return quad_of(record);
        case TEMPLATE_PLACE:
                return member(json_object_get(record, "where"), "name");
        case TEMPLATE_COUNTRY:
                return member(json_object_get(record, "where"), "country");
        case TEMPLATE_DAY:
                return member(json_object_get(record, "when"), "start");
        case TEMPLATE_WORDS:
                return member(json_object_get(record, "trigger"), "text");
        case TEMPLATE_ORIGINS:
                return names(arena, json_object_get(record, "origins"));
        case TEMPLATE_REPORTS:
                return arena_printf(arena, "%" PRId64, match_count(json_object_get(record, "reports")));
        default:
                return members[field] != NULL ? member(record, members[field]) : "";
        }
}

static const char *value(struct arena *arena, enum template_field field, const struct saying *s)
{
        const struct rule *rule = s->rule;
        char text[CLOCK_TEXT_MAX];

        switch (field) {
        case TEMPLATE_RULE:
                return rule->name;
        case TEMPLATE_SEVERITY:
                return rule_severities[rule->severity];
        case TEMPLATE_KEY:
                return s->key;
        case TEMPLATE_COUNT:
                return arena_printf(arena, "%" PRId64, s->count);
        case TEMPLATE_USUAL:
                return arena_printf(arena, "%.1f", s->usual);
        case TEMPLATE_SINCE:
                return arena_strdup(arena, clock_format(s->since / CLOCK_SECOND * CLOCK_SECOND, text));
        case TEMPLATE_WINDOW:
                return arena_strdup(arena, value_show_span(rule->rate.count != 0 ? rule->rate.in : rule->absence.of_time, text));
        case TEMPLATE_WATCH:
                if (s->event == NULL)
                        return words(arena, &rule->when.watch);
                break;
        default:
                break;
        }
        return s->event != NULL ? event_value(arena, field, s->event->record) : "";
}

const char *saying_make(struct arena *arena, const struct saying *s)
{
        const struct template *template = &s->rule->template;
        char *out = arena_alloc(arena, SAYING_MAX + 1);
        size_t n = 0;

        for (size_t i = 0; i < template->n; i++) {
                const struct template_piece *piece = &template->pieces[i];
                const char *text = piece->field == TEMPLATE_LITERAL ? piece->text : value(arena, piece->field, s);
                size_t length = piece->field == TEMPLATE_LITERAL ? piece->n : strlen(text);

                for (size_t k = 0; k < length && n < SAYING_MAX; k++)
                        out[n++] = (unsigned char)text[k] < ' ' || text[k] == 0x7f ? ' ' : text[k];
        }
        if (n == SAYING_MAX) {          /* perhaps cut within a character: without its last one */
                do
                        n--;
                while (n > 0 && ((unsigned char)out[n] & 0xC0) == 0x80);
        }
        out[n] = '\0';
        return out;
}
