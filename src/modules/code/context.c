/*
 * See context.h. PLOVER's manual gives contexts by the paragraph or the whole document, so words of the whole sentence
 * count, and those of the act's own clause first; but not those who tell of it ("the army said"), and not what other
 * verbs joined to the act bring. That an act between states is "diplomatic" is said only where nothing narrower is
 * known.
 */
#include "modules/code/context.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/code/setting.h"

/* PLOVER's, in the manual's order. */
static const char *const names[CONTEXT_NAMES] = {
        "military",
        "intelligence",
        "executive",
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

enum { DEPTH_MAX = 8 };

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

struct finder {
        const struct coding_sentence *s;
        const struct dep_tree *tree;
        const struct context_sets *sets;
        const struct lexicon *lexicon;
        struct coding_event *e;
        int mode;               /* the surest so far */
};

static void take_word(struct finder *f, const struct lexicon_word *word)
{
        if (!lexicon_in_bits(word, &f->sets->any))
                return;
        for (int i = 0; i < CONTEXT_NAMES; i++)
                if (lexicon_in_set(word, f->sets->context[i]))
                        add_context(f->e, names[i]);
        for (int i = 0; i < CONTEXT_MODES && i < f->mode; i++)
                if (lexicon_in_set(word, f->sets->mode[i]))
                        f->mode = i;
}

/* Lower-cased lemma of a token appended at `at`; the new end, 0 where there is no room. */
static size_t append_lemma(char *out, size_t size, size_t at, const struct reading_token *token)
{
        size_t n = token->lemma ? strlen(token->lemma) : 0;

        if (n == 0 || at + n + 1 > size)
                return 0;
        for (size_t i = 0; i <= n; i++)
                out[at + i] = (char)tolower((unsigned char)token->lemma[i]);
        return at + n;
}

/* "Islamic State", "National Liberation Army": what an armed group calls itself says nothing of the act. */
static bool is_of_name(const struct coding_sentence *s, int32_t token)
{
        int32_t match = s->match_of[token];

        return match >= 0 && s->matches[match].last > s->matches[match].first + 1 &&
               s->matches[match].entry->kind == DICTIONARY_ORGANISATION &&
               (strncmp(s->matches[match].entry->code, "IMG", 3) == 0 ||
                strstr(s->matches[match].entry->code, "REB") != NULL);
}

/* A token's word, or two of which it is the second ("human right"); "Court" of a name is a court. */
static void take_token(struct finder *f, int32_t i)
{
        const struct dep_node *node = &f->tree->nodes[i];
        const struct lexicon_word *pair = NULL;
        char text[64];
        size_t n;

        if (node->upos != UPOS_NOUN && node->upos != UPOS_PROPN && node->upos != UPOS_ADJ && node->upos != UPOS_VERB)
                return;
        if (is_of_name(f->s, i))
                return;
        if (i > 0 && node->upos != UPOS_VERB) {
                n = append_lemma(text, sizeof text - 1, 0, &f->tree->tokens[i - 1]);
                if (n > 0) {
                        text[n++] = ' ';
                        if (append_lemma(text, sizeof text, n, &f->tree->tokens[i]) > 0)
                                pair = lexicon_find(f->lexicon, text);
                }
        }
        if (pair)
                take_word(f, pair);
        if (node->word && node->word->lemma)
                take_word(f, node->word);
        else if (append_lemma(text, sizeof text, 0, &f->tree->tokens[i]) > 0)
                take_word(f, lexicon_find(f->lexicon, text));
}

/* What another verb that is joined to the act says is another act's. */
static bool is_joined(const struct dep_tree *tree, int32_t node)
{
        enum rel rel = (enum rel)tree->nodes[node].rel;

        return rel == REL_PARATAXIS || (rel == REL_CONJ && tree->nodes[node].upos == UPOS_VERB);
}

static void leave_out(const struct dep_tree *tree, int32_t node, bool *seen)
{
        for (int32_t i = tree->nodes[node].left; i <= tree->nodes[node].right; i++)
                seen[i] = true;
}

static void walk(struct finder *f, int32_t node, bool *seen, int depth)
{
        seen[node] = true;
        take_token(f, node);
        dep_each_child(f->tree, child, node)
                if (is_joined(f->tree, child))
                        leave_out(f->tree, child, seen);
                else if (f->tree->nodes[child].rel != REL_ADVCL && depth < DEPTH_MAX)
                        walk(f, child, seen, depth + 1);
}

/* What the actors are says as much as the words. */
static void take_actors(struct coding_event *e, struct coding_actor *const *actors, size_t n)
{
        static const struct {
                const char *role, *context;
        } roles[] = { { "MIL", "military" },     { "JUD", "legal" },     { "LEG", "legislative" },
                      { "SPY", "intelligence" }, { "REF", "migration" } };

        for (size_t i = 0; i < n; i++) {
                for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
                        if (strlen(actors[i]->code) > 3 && strstr(actors[i]->code + 3, roles[k].role))
                                add_context(e, roles[k].context);
                if (strncmp(actors[i]->code, "IMG", 3) == 0)    /* militants of no one country */
                        add_context(e, "terrorism");
        }
}

/* A state, its government or parliament, or an organisation of states. */
static bool is_state(const struct coding_actor *actor)
{
        size_t n = strlen(actor->code);

        if (strncmp(actor->code, "IGO", 3) == 0)
                return true;
        return actor->code[0] != '-' && setting_is_country(actor->code) &&
               (n == 3 || strstr(actor->code + 3, "GOV") || strstr(actor->code + 3, "LEG"));
}

/* Words between two states are diplomacy. */
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

/* The statements of each sentence, chained: `first` and `next` hold numbers of coding->statements, -1 ends a chain. */
struct chains {
        int32_t *first, *next;
};

static struct chains chain_statements(const struct coding *coding)
{
        struct chains c = {
                arena_array(coding->arena, int32_t, coding->n_sentences + 1),
                arena_array(coding->arena, int32_t, coding->n_statements + 1),
        };

        for (size_t i = 0; i < coding->n_sentences; i++)
                c.first[i] = -1;
        for (size_t i = 0; i < coding->n_statements; i++) {
                c.next[i] = c.first[coding->statements[i]->sentence];
                c.first[coding->statements[i]->sentence] = (int32_t)i;
        }
        return c;
}

/* Marks the tokens of a sentence that name who tells: "Thai military sources said". */
static void mark_tellers(const struct coding *coding, const struct chains *c, uint32_t sentence, bool *tells)
{
        const struct dep_tree *tree = coding->sentences[sentence].tree;

        memset(tells, 0, (size_t)tree->n);
        for (int32_t i = c->first[sentence]; i >= 0; i = c->next[i]) {
                const struct coding_statement *st = coding->statements[i];

                if (!st->has_source || st->of_act)
                        continue;
                for (int32_t k = 0; k < tree->n; k++)
                        if (tree->tokens[k].begin >= st->source_span.begin &&
                            tree->tokens[k].end <= st->source_span.end)
                                tells[k] = true;
        }
}

/* `seen` is room for the sentence's tokens. */
static void find(const struct coding *coding, const struct context_sets *sets, struct coding_event *e,
                 const bool *tells, bool *seen)
{
        const struct coding_sentence *s = &coding->sentences[e->sentence];
        struct finder f = { s, s->tree, sets, coding->dictionary->lexicon, e, CONTEXT_MODES };
        const char *general = e->code->context && strcmp(e->code->context, "diplomatic") == 0 ? e->code->context : NULL;

        memset(seen, 0, (size_t)f.tree->n);
        e->n_contexts = 0;
        if (e->code->context && !general)
                add_context(e, e->code->context);
        e->mode = e->code->mode;
        walk(&f, e->node, seen, 0);
        take_actors(e, e->source, e->n_source);
        take_actors(e, e->target, e->n_target);
        if (!e->mode && f.mode < CONTEXT_MODES && strcmp(e->code->event, "ASSAULT") == 0)
                e->mode = modes[f.mode];
        for (int32_t i = 0; i < f.tree->n; i++)
                if (!seen[i] && !tells[i])
                        take_token(&f, i);
        if (is_diplomacy(e) || (general && e->n_contexts == 0))
                add_context(e, "diplomatic");
}

void context_find(const struct coding *coding, const struct context_sets *sets)
{
        const struct chains chains = chain_statements(coding);
        bool *tells, *seen;
        int32_t longest = 0;

        for (size_t i = 0; i < coding->n_sentences; i++)
                longest = MAX_OF(longest, coding->sentences[i].tree->n);
        tells = arena_array(coding->arena, bool, (size_t)longest + 1);
        seen = arena_array(coding->arena, bool, (size_t)longest + 1);
        for (size_t i = 0; i < coding->n_events; i++) {
                struct coding_event *e = coding->events[i];

                if (i == 0 || coding->events[i - 1]->sentence != e->sentence)
                        mark_tellers(coding, &chains, e->sentence, tells);
                find(coding, sets, e, tells, seen);
        }
}
