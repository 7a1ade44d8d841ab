/* See template.h. */
#include "config/template.h"

#include <string.h>

#include "base/nearest.h"

enum { ALWAYS = TEMPLATE_EVENT | TEMPLATE_RATE | TEMPLATE_ABSENCE, OF_EVENTS = TEMPLATE_EVENT | TEMPLATE_RATE };

const struct template_row template_rows[TEMPLATE_FIELDS] = {
        [TEMPLATE_RULE] = { "rule", ALWAYS, "The name of the rule." },
        [TEMPLATE_SEVERITY] = { "severity", ALWAYS, "Its severity." },
        [TEMPLATE_KEY] = { "key", ALWAYS, "What the rule's group holds together, \"PRK USA\" for instance." },
        [TEMPLATE_ID] = { "id", OF_EVENTS, "The event's id." },
        [TEMPLATE_STORY] = { "story", OF_EVENTS, "The id of the story that brought it." },
        [TEMPLATE_SOURCE] = { "source", OF_EVENTS,
                                "Who did it: names, or the story's words for them where there are none, or codes." },
        [TEMPLATE_TARGET] = { "target", OF_EVENTS, "To whom." },
        [TEMPLATE_TYPE] = { "type", OF_EVENTS, "The PLOVER category." },
        [TEMPLATE_CAMEO] = { "cameo", OF_EVENTS, "The CAMEO code." },
        [TEMPLATE_MODE] = { "mode", OF_EVENTS, "The category's mode." },
        [TEMPLATE_STATUS] = { "status", OF_EVENTS, "happened, planned, denied, ..." },
        [TEMPLATE_QUAD] = { "quad", OF_EVENTS, "The kind of act in two words, \"material conflict\" for instance." },
        [TEMPLATE_PLACE] = { "place", OF_EVENTS, "The name of the place." },
        [TEMPLATE_COUNTRY] = { "country", OF_EVENTS, "The place's country, by its three letters." },
        [TEMPLATE_DAY] = { "day", OF_EVENTS, "The day of the act, or the first of several." },
        [TEMPLATE_WORDS] = { "words", OF_EVENTS, "The words of the story that tell of the act." },
        [TEMPLATE_ORIGINS] = { "origins", OF_EVENTS, "Who vouches for it." },
        [TEMPLATE_REPORTS] = { "reports", OF_EVENTS, "How many reports there are of it." },
        [TEMPLATE_WATCH] = { "watch", ALWAYS,
                               "The watch that its story came from; of an absence, those that are waited for." },
        [TEMPLATE_COUNT] = { "count", OF_EVENTS, "How many events it took." },
        [TEMPLATE_WINDOW] = { "window", TEMPLATE_RATE | TEMPLATE_ABSENCE, "The span of the rate or of the absence." },
        [TEMPLATE_USUAL] = { "usual", TEMPLATE_RATE,
                               "The mean of the windows before, 0 where times_usual is not set." },
        [TEMPLATE_SINCE] = { "since", TEMPLATE_ABSENCE, "When the last one came." },
};

static enum template_field find(const char *name, size_t n)
{
        for (int i = 0; i < TEMPLATE_FIELDS; i++)
                if (strlen(template_rows[i].name) == n && memcmp(template_rows[i].name, name, n) == 0)
                        return (enum template_field)i;
        return TEMPLATE_LITERAL;
}

/* Why there is no such field here. */
static const char *unknown(struct arena *arena, const char *name, size_t n, enum template_kind kind)
{
        const char *names[TEMPLATE_FIELDS], *word = arena_strndup(arena, name, n), *near;
        enum template_field field = find(name, n);
        size_t n_names = 0;

        if (field != TEMPLATE_LITERAL)
                return arena_printf(arena, "{%s} has no value here: it goes only with %s", word,
                                    template_rows[field].kinds == TEMPLATE_RATE    ? "'rate'" :
                                    template_rows[field].kinds == TEMPLATE_ABSENCE ? "'absence'" :
                                    template_rows[field].kinds & TEMPLATE_EVENT    ? "events" :
                                                                                     "'rate' or 'absence'");
        for (int i = 0; i < TEMPLATE_FIELDS; i++)
                if (template_rows[i].kinds & kind)
                        names[n_names++] = template_rows[i].name;
        near = nearest_word(word, names, n_names);
        return near != NULL ? arena_printf(arena, "there is no field {%s} (did you mean {%s}?)", word, near)
                            : arena_printf(arena, "there is no field {%s}", word);
}

static void add(struct template *out, enum template_field field, const char *text, size_t n)
{
        if (n != 0 || field != TEMPLATE_LITERAL)
                out->pieces[out->n++] = (struct template_piece){ field, text, n };
}

int template_parse(struct arena *arena, const char *text, enum template_kind kind, struct template *out,
                   const char **error, size_t *at)
{
        const char *p = text, *from = text, *end;
        enum template_field field;
        size_t braces = 0;

        for (const char *s = text; *s != '\0'; s++)
                braces += *s == '{' || *s == '}';
        *out = (struct template){ .pieces = arena_array(arena, struct template_piece, 2 * braces + 1) };
        for (; *p != '\0'; p++) {
                if (*p != '{' && *p != '}')
                        continue;
                *at = (size_t)(p - text);
                add(out, TEMPLATE_LITERAL, from, (size_t)(p - from) + (p[1] == *p));
                if (p[1] == *p) {               /* a brace that is meant */
                        from = ++p + 1;
                        continue;
                }
                end = *p == '{' ? strchr(p, '}') : NULL;
                if (end == NULL) {
                        *error = *p == '{' ? "'{' without its '}' (write '{{' for a brace)"
                                           : "'}' without its '{' (write '}}' for a brace)";
                        return TEMPLATE_E_BAD;
                }
                field = find(p + 1, (size_t)(end - p) - 1);
                if (field == TEMPLATE_LITERAL || (template_rows[field].kinds & kind) == 0) {
                        *error = unknown(arena, p + 1, (size_t)(end - p) - 1, kind);
                        return TEMPLATE_E_BAD;
                }
                add(out, field, NULL, 0);
                p = end;
                from = p + 1;
        }
        add(out, TEMPLATE_LITERAL, from, (size_t)(p - from));
        return 0;
}
