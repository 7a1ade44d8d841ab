/* See context.h. The code's own context stands first, then those of words, then those of actors; a clause that another
 * verb begins is another act's. */
#include "modules/code/context.h"

#include <stdio.h>
#include <string.h>

#include "modules/code/setting.h"

/* PLOVER's, in the manual's order but for "executive", which no word shows. */
static const char *const names[CONTEXT_NAMES] = {
        "military",
        "intelligence",
        "legislative",
        "election",
        "political_institutions",
        "pro_democracy",
        "pro_autocracy",
        "economic",
        "legal",
        "reparations",
        "human_rights",
        "rights_freedoms",
        "repression",
        "human_security",
        "gender",
        "lgbt",
        "religion_ethnicity",
        "inequality",
        "diplomatic",
        "territory",
        "peacekeeping",
        "health",
        "asylum",
        "migration",
        "disasters",
        "natural_resource",
        "environment",
        "technology",
        "terrorism",
        "cbrn",
        "cyber",
        "misinformation",
        "crime",
        "corruption",
        "illegal_drugs",
        "trafficking",
};

/* Of ASSAULT, the surest first. */
static const char *const modes[CONTEXT_MODES] = { "suicide-attack", "drone",      "aerial",
                                                  "heavy-weapons",  "explosives", "crowd-control",
                                                  "firearms",       "primitive",  "unconventional" };

static void add_bit(struct lexicon_bits *bits, int set)
{
        if (set >= 0)
                bits->bits[set / 64] |= UINT64_C(1) << (set % 64);
}

void context_sets_init(struct context_sets *sets, const struct lexicon *lexicon)
{
        char name[64];

        *sets = (struct context_sets){ .any = { { 0 } } };
        for (int i = 0; i < CONTEXT_NAMES; i++) {
                snprintf(name, sizeof name, "context_%s", names[i]);
                sets->context[i] = lexicon_set(lexicon, name);
                add_bit(&sets->any, sets->context[i]);
        }
        for (int i = 0; i < CONTEXT_MODES; i++) {
                snprintf(name, sizeof name, "mode_%s", modes[i]);
                sets->mode[i] = lexicon_set(lexicon, name);
                add_bit(&sets->any, sets->mode[i]);
        }
}

static void add_context(struct coding_event *e, const char *name)
{
        for (size_t i = 0; i < e->n_contexts; i++)
                if (strcmp(e->contexts[i], name) == 0)
                        return;
        if (e->n_contexts < CODING_CONTEXTS_MAX)
                e->contexts[e->n_contexts++] = name;
}

static void take_word(const struct context_sets *sets, const struct lexicon_word *word, struct coding_event *e,
                      int *mode)
{
        if (!lexicon_in_bits(word, &sets->any))
                return;
        for (int i = 0; i < CONTEXT_NAMES; i++)
                if (lexicon_in_set(word, sets->context[i]))
                        add_context(e, names[i]);
        for (int i = 0; i < CONTEXT_MODES && i < *mode; i++)
                if (lexicon_in_set(word, sets->mode[i]))
                        *mode = i;
}

static void walk(const struct dep_tree *tree, const struct context_sets *sets, int32_t node, struct coding_event *e,
                 int *mode, int depth)
{
        take_word(sets, tree->nodes[node].word, e, mode);
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel != REL_PARATAXIS && rel != REL_ADVCL &&
                    !(rel == REL_CONJ && tree->nodes[child].upos == UPOS_VERB) && depth < 8)
                        walk(tree, sets, child, e, mode, depth + 1);
        }
}

/* What the actors are says as much as the words. */
static void take_actors(struct coding_event *e, struct coding_actor *const *actors, size_t n)
{
        static const struct {
                const char *role, *context;
        } roles[] = { { "MIL", "military" }, { "JUD", "legal" },     { "LEG", "legislative" },
                      { "SPY", "intelligence" }, { "REF", "migration" } };

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
                        if (strlen(actors[i]->code) > 3 && strstr(actors[i]->code + 3, roles[k].role))
                                add_context(e, roles[k].context);
}

static bool is_state(const struct coding_actor *actor)
{
        size_t n = strlen(actor->code);

        return actor->code[0] != '-' && (n == 3 || strstr(actor->code + 3, "GOV")) && setting_is_country(actor->code);
}

/* Words between the governments of two states are diplomacy. */
static bool is_diplomacy(const struct coding_event *e)
{
        const char *first = NULL;

        if (e->code->quad != 1 && e->code->quad != 3)
                return false;
        for (size_t i = 0; i < e->n_source + e->n_target; i++) {
                const struct coding_actor *actor = i < e->n_source ? e->source[i] : e->target[i - e->n_source];

                if (!is_state(actor))
                        continue;
                if (first && strncmp(first, actor->code, 3) != 0)
                        return true;
                first = actor->code;
        }
        return false;
}

void context_find(const struct coding *coding, const struct context_sets *sets, struct coding_event *e)
{
        int mode = CONTEXT_MODES;

        e->n_contexts = 0;
        if (e->code->context)
                add_context(e, e->code->context);
        e->mode = e->code->mode;
        walk(coding->sentences[e->sentence].tree, sets, e->node, e, &mode, 0);
        take_actors(e, e->source, e->n_source);
        take_actors(e, e->target, e->n_target);
        if (is_diplomacy(e))
                add_context(e, "diplomatic");
        if (!e->mode && mode < CONTEXT_MODES && strcmp(e->code->event, "ASSAULT") == 0)
                e->mode = modes[mode];
}
