/*
 * libFuzzer target: any bytes as a file of alert rules, and behind a NUL byte as an event record on which they are tried. A text
 * is refused with a reason at a place, or gives rules that can be tried; what can be told of a rule beforehand never hides an
 * event for which it holds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "desk/saying.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

static void try_rule(struct arena *arena, const struct rule *rule, json_t *record, const char *text)
{
        struct saying saying = { .rule = rule, .key = "A B", .count = 3, .usual = 1.5, .since = 1 };
        const char *keys[MATCH_KEYS_MAX];
        struct match_event event;
        struct match_needs needs;

        match_event_init(&event, record);
        event.text_asked = true;
        event.text_value = text;
        match_needs_init(&needs, &rule->when);
        require(!match_holds(&rule->when, &event) || match_may_hold(&needs, &event));
        require(match_keys(arena, (enum rule_group)rule->group, &event, keys) <= MATCH_KEYS_MAX);
        saying.event = rule->absence.of_time == 0 ? &event : NULL;
        require(strlen(saying_make(arena, &saying)) <= SAYING_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        const char *text = (const char *)data, *nul = n > 0 ? memchr(text, '\0', n) : NULL;
        size_t n_text = nul != NULL ? (size_t)(nul - text) : n, n_rules;
        json_t *record = nul != NULL ? json_loadb(nul + 1, n - n_text - 1, 0, NULL) : NULL;
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct rule *rules;
        int r;

        yaml_errors_init(&errors, &arena);
        r = rule_parse(&arena, "fuzz.yaml", text, n_text, &errors, &rules, &n_rules);
        require(r == 0 || r == YAML_E_BAD);
        require((r == 0) == (errors.n == 0));
        for (const struct yaml_error *e = errors.first; e != NULL; e = e->next)
                require(e->line >= 1 && e->column >= 1 && *e->message != '\0');
        if (record == NULL)
                record = json_object();
        for (size_t i = 0; i < n_rules && i < 50; i++) {
                require(rules[i].name != NULL && rules[i].text != NULL);
                try_rule(&arena, &rules[i], record, "Headline\ntext of a story");
        }
        json_decref(record);
        arena_deinit(&arena);
        return 0;
}
