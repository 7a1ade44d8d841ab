/* See ruletable.h. */
#include "config/ruletable.h"

#include <string.h>

#include "base/clock.h"
#include "base/plover.h"
#include "config/checks.h"

#define DAY (86400 * CLOCK_SECOND)

const char *const rule_quads[] = { "none", "verbal cooperation", "material cooperation", "verbal conflict",
                                   "material conflict",
                                   NULL };
const char *const rule_severities[] = { "info", "low", "medium", "high", "critical", NULL };
const char *const rule_groups[] = { "rule", "pair", "source", "target", "actor", "country", "place", "watch", "type",
                                    "event",
                                    NULL };


static const char *const sides[] = { "either way", "yes", "no", "source", "target", NULL };
static const char *const ofs[] = { "events", "stories", NULL };

/* The node of an entry of a list that may be one text alone. */
static const struct yaml_node *entry(const struct yaml_node *node, size_t i)
{
        return node->kind == YAML_LIST ? node->items[i] : node;
}

static size_t count(const char *const *names)
{
        size_t n = 0;

        while (names[n] != NULL)
                n++;
        return n;
}

static void unknown_word(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         const char *what,
                         const char *const *names)
{
        const char *near = schema_nearest(node->text, names, count(names));

        schema_error(context, node, key, "%s is no %s%s%s%s", yaml_show(context->arena, node), what,
                     near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
}

/* The words of a list as bits by their positions in `names`. */
static unsigned bits(const struct schema_context *context, const struct yaml_node *node, const char *key,
                     const struct schema_strings *words, const char *what, const char *const *names)
{
        unsigned set = 0;

        for (size_t i = 0; i < words->n; i++) {
                size_t at = 0;

                while (names[at] != NULL && strcmp(names[at], words->items[i]) != 0)
                        at++;
                if (names[at] != NULL)
                        set |= 1u << at;
                else
                        unknown_word(context, entry(node, i), key, what, names);
        }
        return set;
}

static void check_status(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field)
{
        container_of(field, struct rule_condition, status)->statuses = bits(context, node, key, field, "status",
                                                                            plover_statuses);
}

static void check_quad(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        container_of(field, struct rule_condition, quad)->quads = bits(context, node, key, field, "kind of act",
                                                                       rule_quads);
}

static void check_types(const struct schema_context *context, const struct yaml_node *node, const char *key,
                        void *field)
{
        const struct schema_strings *types = field;

        for (size_t i = 0; i < types->n; i++)
                checks_type(context, entry(node, i), key, &types->items[i]);
}

static void check_country(const struct schema_context *context, const struct yaml_node *node, const char *key,
                          void *field)
{
        const struct schema_strings *countries = field;

        for (size_t i = 0; i < countries->n; i++)
                if (!plover_is_country(countries->items[i]))
                        schema_error(context, entry(node, i), key, "%s is no country: three capitals, as in PRK",
                                     yaml_show(context->arena, entry(node, i)));
}

static void check_filled(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field)
{
        const struct schema_strings *texts = field;

        for (size_t i = 0; i < texts->n; i++)
                if (texts->items[i][strspn(texts->items[i], " *")] == '\0')
                        schema_error(context, entry(node, i), key, "is empty: it would hold of everything");
}

static void check_pair(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        check_filled(context, node, key, field);
        if (((const struct schema_strings *)field)->n != 2)
                schema_error(context, node, key, "wants two actors: [PRK, KOR]");
}

static void check_near(const struct schema_context *context, const struct yaml_node *node, void *section _unused_)
{
        static const char *const keys[] = { "lat", "lon", "km" };

        for (size_t i = 0; node != NULL && i < N_ELEMENTS(keys); i++)
                if (yaml_get(node, keys[i]) == NULL)
                        schema_error(context, NULL, keys[i], "is missing");
}

static const struct schema_item near_items[] = {
        { .name = "lat", .type = SCHEMA_FRACTION, .offset = offsetof(struct rule_near, lat), .min = -90, .max = 90,
          .help = "Degrees, north is positive." },
        { .name = "lon", .type = SCHEMA_FRACTION, .offset = offsetof(struct rule_near, lon), .min = -180, .max = 180,
          .help = "Degrees, east is positive." },
        { .name = "km", .type = SCHEMA_INT, .offset = offsetof(struct rule_near, km), .min = 1, .max = 20000,
          .help = "The radius." },
        { 0 },
};

static const struct schema near = {
        .name = "near", .size = sizeof(struct rule_near), .items = near_items, .check = check_near,
};

#define CONDITION(field) .name = #field, .offset = offsetof(struct rule_condition, field)
#define WORDS .type = SCHEMA_STRINGS, .min = 1, .max = 100
#define NUMBER .type = SCHEMA_INT, .min = 1, .max = 1000

static const struct schema_item condition_items[] = {
        { CONDITION(actor), WORDS, .check = check_filled,
          .help = "One of these is on either side: an actor's code by prefix (PRK, PRKMIL) where it is all capitals "
                  "and digits, otherwise a part of a name." },
        { CONDITION(source), WORDS, .check = check_filled, .help = "One of these does it." },
        { CONDITION(target), WORDS, .check = check_filled, .help = "It is done to one of these." },
        { CONDITION(pair), WORDS, .check = check_pair,
          .help = "Two actors of which one is on each side, in either direction." },
        { CONDITION(type), WORDS, .check = check_types,
          .help = "The act: a PLOVER category (ASSAULT), or the beginning of a CAMEO code (19; in quotes where it "
                  "begins with 0)." },
        { CONDITION(mode), WORDS, .check = check_filled, .help = "The category's mode." },
        { CONDITION(context), WORDS, .check = check_filled, .help = "One of the event's contexts." },
        { CONDITION(quad), WORDS, .check = check_quad,
          .help = "The kind of act: verbal cooperation, material cooperation, verbal conflict, material conflict, or "
                  "none." },
        { CONDITION(status), WORDS, .check = check_status,
          .help = "happened, ongoing, planned, demanded, hypothetical, denied or background." },
        { CONDITION(country), WORDS, .check = check_country,
          .help = "The country of the place, by its three letters." },
        { .name = "place", .offset = offsetof(struct rule_condition, where), WORDS, .check = check_filled,
          .help = "A part of the place's name." },
        { CONDITION(near), .type = SCHEMA_SECTION, .section = &near,
          .help = "The place lies in this circle. A place whose coordinates are not known does not." },
        { CONDITION(origin), WORDS, .check = check_filled,
          .help = "One of these vouches for it in the end: as actors, a code by prefix or a part of a name." },
        { CONDITION(min_origins), NUMBER, .help = "At least so many vouch for it independently of one another." },
        { CONDITION(max_origins), NUMBER, .help = "At most so many do." },
        { CONDITION(one_sided), .type = SCHEMA_ENUM, .names = sides, .fallback = "either way",
          .help = "Whether all who vouch for it belong to one of the two sides, by the country of their codes: yes, "
                  "no, or to that side." },
        { CONDITION(watch), WORDS, .check = check_filled, .help = "The story came from one of these watches." },
        { CONDITION(publisher), WORDS, .check = check_filled, .help = "A part of the name of one of its publishers." },
        { CONDITION(min_reports), NUMBER, .help = "At least so many reports tell of it." },
        { CONDITION(min_publishers), NUMBER, .help = "At least so many publishers do." },
        { CONDITION(words), WORDS, .check = check_filled,
          .help = "One of these stands among the words that tell of the act: whole words, small and capital letters "
                  "alike; a * at the end stands for the rest of a word." },
        { CONDITION(text), WORDS, .check = check_filled,
          .help = "One of these stands in the headline or the text of the story that brought it, in the same way." },
        { CONDITION(min_confidence), .type = SCHEMA_FRACTION, .fallback = "0", .min = 0, .max = 1,
          .help = "The coder is at least so sure." },
        { CONDITION(min_goldstein), .type = SCHEMA_FRACTION, .fallback = "-10", .min = -10, .max = 10,
          .help = "The Goldstein weight is at least this." },
        { CONDITION(max_goldstein), .type = SCHEMA_FRACTION, .fallback = "10", .min = -10, .max = 10,
          .help = "The Goldstein weight is at most this." },
        { CONDITION(all), .type = SCHEMA_LIST, .section = &ruletable_condition, .min = 1, .max = 100,
          .help = "Conditions, each a map of these keys, all of which must hold." },
        { CONDITION(any), .type = SCHEMA_LIST, .section = &ruletable_condition, .min = 1, .max = 100,
          .help = "Conditions of which one must hold." },
        { CONDITION(none), .type = SCHEMA_LIST, .section = &ruletable_condition, .min = 1, .max = 100,
          .help = "Conditions of which none may hold." },
        { 0 },
};

static void check_condition(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        const struct rule_condition *condition = section;

        if (node != NULL ? node->n == 0 : context->where[strlen(context->where) - 1] == ']')
                schema_error(context, node, NULL, "is empty: give it a condition, or leave it out");
        if (condition->max_origins != 0 && condition->max_origins < condition->min_origins)
                schema_error(context, yaml_get(node, "max_origins"), "max_origins", "is less than min_origins");
        if (condition->max_goldstein < condition->min_goldstein)
                schema_error(context, yaml_get(node, "max_goldstein"), "max_goldstein", "is less than min_goldstein");
}

const struct schema ruletable_condition = {
        .name = "when", .size = sizeof(struct rule_condition), .placed = true, .items = condition_items,
        .check = check_condition,
};

static void check_rate(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        struct rule_rate *rate = section;

        if (node == NULL) {
                *rate = (struct rule_rate){ 0 };
                return;
        }
        if (yaml_get(node, "count") == NULL && yaml_get(node, "times_usual") == NULL)
                schema_error(context, NULL, NULL, "one of count, times_usual is missing");
        if (yaml_get(node, "in") == NULL)
                schema_error(context, NULL, "in", "is missing: the window, 24h for instance");
        if (rate->times_usual != 0 && rate->in * (rate->windows + 1) > 400 * DAY)
                schema_error(context, yaml_get(node, "times_usual"), "times_usual",
                             "looks back over more than 400 days: choose a shorter window (in) or fewer windows");
}

#define RATE(field) .name = #field, .offset = offsetof(struct rule_rate, field)

static const struct schema_item rate_items[] = {
        { RATE(count), .type = SCHEMA_INT, .fallback = "5", .min = 1, .max = 10000,
          .help = "So many events of a group within the window." },
        { RATE(in), .type = SCHEMA_SPAN, .min = 60 * CLOCK_SECOND, .max = 366 * DAY, .help = "The window." },
        { RATE(times_usual), .type = SCHEMA_FRACTION, .min = 1, .max = 1000,
          .help = "And so many times the usual: the mean of the windows before this one." },
        { RATE(windows), .type = SCHEMA_INT, .fallback = "8", .min = 1, .max = 60, .with = "times_usual",
          .help = "How many windows before make the usual." },
        { 0 },
};

static const struct schema rate = {
        .name = "rate", .size = sizeof(struct rule_rate), .items = rate_items, .check = check_rate,
};

static void check_absence(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        struct rule_absence *absence = section;

        if (node != NULL && absence->of_time == 0 && yaml_get(node, "for") == NULL)
                schema_error(context, NULL, "for", "is missing: how long nothing has come, 6h for instance");
}

static const struct schema_item absence_items[] = {
        { .name = "for", .offset = offsetof(struct rule_absence, of_time), .type = SCHEMA_SPAN,
          .min = 10 * CLOCK_SECOND,
          .max = 366 * DAY, .help = "So long." },
        { .name = "of", .offset = offsetof(struct rule_absence, of), .type = SCHEMA_ENUM, .names = ofs,
          .fallback = "events",
          .help = "Of events for which 'when' holds, or of new stories; then 'when' names the watches and nothing "
                  "else." },
        { 0 },
};

static const struct schema absence = {
        .name = "absence", .size = sizeof(struct rule_absence), .items = absence_items, .check = check_absence,
};

/* Of a tree: FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_node(uint64_t hash, const struct yaml_node *node)
{
        hash = (hash ^ (node != NULL ? (unsigned)node->kind + 1 : 0)) * UINT64_C(1099511628211);
        for (size_t i = 0; node != NULL && node->kind == YAML_SCALAR && i < node->n_text; i++)
                hash = (hash ^ (unsigned char)node->text[i]) * UINT64_C(1099511628211);
        for (size_t i = 0; node != NULL && node->kind != YAML_SCALAR && i < node->n; i++) {
                if (node->kind == YAML_MAP)
                        hash = hash_node(hash, node->pairs[i].key);
                hash = hash_node(hash, node->kind == YAML_MAP ? node->pairs[i].value : node->items[i]);
        }
        return hash;
}

static void check_text(const struct schema_context *context, const struct yaml_node *node, struct rule *rule)
{
        static const char *const fallbacks[] = {
                [TEMPLATE_EVENT] = "{source} {type} {target} ({status}): {words}",
                [TEMPLATE_RATE] = "{count} in {window} ({key}), the last: {source} {type} {target}",
                [TEMPLATE_ABSENCE] = "nothing for {window}, since {since}",
        };
        enum template_kind kind = rule->rate.count != 0       ? TEMPLATE_RATE :
                                  rule->absence.of_time != 0  ? TEMPLATE_ABSENCE :
                                                                TEMPLATE_EVENT;
        const struct yaml_node *text = yaml_get(node, "text");
        struct yaml_node place;
        const char *error;
        size_t at;

        if (rule->text == NULL)
                rule->text = fallbacks[kind];
        if (template_parse(context->arena, rule->text, kind, &rule->template, &error, &at) == 0 || text == NULL)
                return;
        place = *text;
        /* A text in one line stands in the file as it is, with the quote before it. */
        if (strpbrk(text->text, "\n\\\"'") == NULL)
                place.column += (unsigned)at + !text->plain;
        schema_error(context, &place, "text", "%s", error);
}

/* Of stories nothing but their watch is known. */
static void check_stories(const struct schema_context *context, const struct yaml_node *when)
{
        if (yaml_get(when, "watch") == NULL)
                schema_error(context, when, "when.watch", "is missing: which watches should bring stories");
        for (size_t i = 0; when != NULL && when->kind == YAML_MAP && i < when->n; i++)
                if (strcmp(when->pairs[i].key->text, "watch") != 0)
                        schema_error(context, when->pairs[i].key, "when",
                                     "%s does not go with 'of: stories': only 'watch' does",
                                     yaml_show(context->arena, when->pairs[i].key));
}

/* The conditions within one another; `deep`: the first that lies too deep. */
static void measure(const struct rule_condition *condition, int depth, int *n, const struct rule_condition **deep)
{
        const struct schema_list *const lists[] = { &condition->all, &condition->any, &condition->none };

        ++*n;
        if (depth > RULE_DEPTH_MAX && *deep == NULL)
                *deep = condition;
        for (size_t i = 0; i < N_ELEMENTS(lists); i++)
                for (size_t k = 0; k < lists[i]->n; k++)
                        measure((const struct rule_condition *)lists[i]->items + k, depth + 1, n, deep);
}

static void check_rule(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        const struct yaml_node *when = yaml_get(node, "when"), *group = yaml_get(node, "group");
        const struct rule_condition *deep = NULL;
        struct rule *rule = section;
        int n = 0;

        if (rule->rate.count != 0 && rule->absence.of_time != 0)
                schema_error(context, yaml_get(node, "absence"), "absence",
                             "there is 'rate' already; only one of them can be here");
        if (rule->absence.of_time != 0 && group != NULL)
                schema_error(context, group, "group", "does not go with 'absence': write a rule for each");
        if (rule->absence.of_time != 0 && rule->absence.of == RULE_OF_STORIES)
                check_stories(context, when);
        measure(&rule->when, 0, &n, &deep);
        if (deep != NULL)
                yaml_errors_add(context->errors, deep->place.path, deep->place.line, deep->place.column,
                                "%s: conditions lie deeper in one another than %d", context->where, RULE_DEPTH_MAX);
        if (n > RULE_CONDITIONS_MAX)
                schema_error(context, when, "when", "has %d conditions (at most %d)", n, RULE_CONDITIONS_MAX);
        check_text(context, node, rule);
        rule->fingerprint = hash_node(hash_node(UINT64_C(14695981039346656037), when), group) & INT64_MAX;
}

#define RULE(field) .name = #field, .offset = offsetof(struct rule, field)

static const struct schema_item rule_items[] = {
        { RULE(name), .type = SCHEMA_STRING, .required = true, .min = 1, .max = 64, .check = checks_name,
          .help = "The name of the rule, unique among all files. Its alerts and its counts go by this name." },
        { RULE(enabled), .type = SCHEMA_BOOL, .fallback = "yes",
          .help = "The word no switches the rule off; it is still checked." },
        { RULE(severity), .type = SCHEMA_ENUM, .names = rule_severities, .fallback = "medium",
          .help = "What is told with its alerts." },
        { RULE(when), .type = SCHEMA_SECTION, .section = &ruletable_condition,
          .help = "What must hold of an event, all that is given; of a list, one of its entries. An event is tried "
                  "when it is new and each time that it changes. Left out: it holds of every event." },
        { RULE(rate), .type = SCHEMA_SECTION, .section = &rate,
          .help = "Not each event by itself but so many of a group, by the time of their first reports." },
        { RULE(absence), .type = SCHEMA_SECTION, .section = &absence,
          .help = "Not that something came but that nothing did. The alert is resolved by itself when something "
                  "comes." },
        { RULE(group), .type = SCHEMA_ENUM, .names = rule_groups, .fallback = "rule",
          .help = "What is counted and held off together: all of the rule, or by pair (the countries of the two "
                  "sides, in either direction), source, target, actor (the countries of either side), country or "
                  "place of the event, watch, type, or each event by itself." },
        { RULE(hold_off), .type = SCHEMA_SPAN, .fallback = "1h", .zero = "none", .min = CLOCK_SECOND, .max = 366 * DAY,
          .help = "What meets the rule again within this time of the group's last alert is added to that alert "
                  "instead of raising another, also where a person has resolved it; what resolved itself holds "
                  "nothing off." },
        { RULE(text), .type = SCHEMA_STRING, .min = 1, .max = RULE_TEXT_MAX,
          .help = "What the alert says, with fields in braces; see TEXTS." },
        { 0 },
};

const struct schema ruletable_rule = {
        .name = "rules", .size = sizeof(struct rule), .placed = true, .items = rule_items, .check = check_rule,
};

static const struct schema_item file_items[] = {
        { .name = "rules", .type = SCHEMA_LIST, .section = &ruletable_rule,
          .offset = offsetof(struct ruletable_file, rules),
          .min = 0, .max = RULE_RULES_MAX, .help = "A list of rules." },
        { 0 },
};

const struct schema ruletable_file = {
        .name = "rules.d", .size = sizeof(struct ruletable_file), .items = file_items,
};
