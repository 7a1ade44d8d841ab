/* See statement.h. */
#include "modules/code/statement.h"

#include <string.h>

#include "modules/code/actors.h"

struct statement statement_new(struct coding *coding, const struct coding_sentence *s, int32_t node, int32_t cue_first,
                               int32_t cue_last)
{
        return (struct statement){
                .coding = coding, .s = s, .tree = s->tree, .node = node,
                .cue_first = cue_first, .cue_last = cue_last, .source = DEP_NONE,
                .content = arena_array(coding->arena, bool, (size_t)s->tree->n + 1),
        };
}

static bool is_punct(const struct dep_tree *tree, int32_t token)
{
        return tree->nodes[token].upos == UPOS_PUNCT;
}

/* The edges of a source: the whole phrase with its appositions and relative clauses, but not the clause that the cue
 * stands in, and nothing on the other side of the cue. */
void statement_source(struct statement *st, int32_t node, int32_t meant)
{
        const struct dep_tree *tree = st->tree;
        int32_t first, last;

        if (node == DEP_NONE)
                return;
        first = tree->nodes[node].left;
        last = tree->nodes[node].right;
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                bool clause = rel == REL_ACL || rel == REL_ACL_RELCL || rel == REL_PARATAXIS || rel == REL_ADVCL;

                if (child > node && tree->nodes[child].left > node && tree->nodes[child].left - 1 < last &&
                    (rel == REL_PARATAXIS || (clause && dep_below(tree, st->node, child)) ||
                     (rel == REL_ACL && is_punct(tree, tree->nodes[child].left))))
                        last = tree->nodes[child].left - 1;
                /* What is no part of a noun phrase was torn off another clause. */
                if (child < node && (rel == REL_CONJ || rel == REL_CCOMP || rel == REL_ADVCL || rel == REL_PARATAXIS ||
                                     rel == REL_OTHER || rel == REL_CC) &&
                    tree->nodes[child].right < node)
                        first = tree->nodes[child].right + 1;
                if (rel == REL_CASE && child == first && first < node)
                        for (first = child + 1; first < node && dep_is(tree, first, "to");)
                                first++;
        }
        if (node < st->cue_first && last >= st->cue_first)
                last = st->cue_first - 1;
        if (node > st->cue_last && first <= st->cue_last)
                first = st->cue_last + 1;
        while (last > node && is_punct(tree, last) && tree->tokens[last].form[0] != ')')
                last--;
        while (first < node && is_punct(tree, first) && !st->s->quoted[first])
                first++;
        st->source = node;
        st->meant = meant;
        st->source_first = first;
        st->source_last = last;
}

void statement_add(struct statement *st, int32_t first, int32_t last)
{
        for (int32_t i = first < 0 ? 0 : first; i <= last && i < st->tree->n; i++)
                st->content[i] = true;
}

void statement_drop(struct statement *st, int32_t first, int32_t last)
{
        for (int32_t i = first < 0 ? 0 : first; i <= last && i < st->tree->n; i++)
                st->content[i] = false;
}

bool statement_is_empty(const struct statement *st)
{
        for (int32_t i = 0; i < st->tree->n; i++)
                if (st->content[i] && !is_punct(st->tree, i))
                        return false;
        return true;
}

/* A quotation that is begun is content to its end, where neither cue nor source stand in it. */
static void whole_quotes(struct statement *st)
{
        const struct coding_sentence *s = st->s;

        for (int32_t i = 0; i < st->tree->n; i++) {
                int32_t last = i;
                bool any = false;

                if (s->quote[i] < 0)
                        continue;
                while (last + 1 < st->tree->n && s->quote[last + 1] == s->quote[i])
                        last++;
                for (int32_t k = i; k <= last; k++)
                        any |= st->content[k] && !is_punct(st->tree, k);
                if (any && !(st->cue_first <= last && st->cue_last >= i) &&
                    !(st->source != DEP_NONE && st->source_first <= last && st->source_last >= i))
                        statement_add(st, i, last);
                i = last;
        }
}

static const char *kind_of(const struct statement *st)
{
        int32_t quoted = 0, all = 0;

        for (int32_t i = 0; i < st->tree->n; i++) {
                if (!st->content[i] || is_punct(st->tree, i))
                        continue;
                all++;
                quoted += st->s->quoted[i] && !st->s->quoted[st->node];
        }
        return quoted == 0 ? "indirect" : quoted == all ? "direct" : "mixed";
}

/* The mark that ends the quotation which the cue itself stands in. */
static bool is_end(const struct statement *st, int32_t token)
{
        const struct coding_quote *quote;

        if (st->s->quote[token] < 0 || st->s->quote[token] != st->s->quote[st->node])
                return false;
        quote = &st->coding->quotes[st->s->quote[token]];
        return quote->last_sentence == st->tree->sentence && quote->last == token;
}

/* Runs of content as spans; what parts two runs and is only punctuation does not part them. */
static void spans(struct statement *st, struct coding_statement *out)
{
        const struct dep_tree *tree = st->tree;

        for (int32_t i = 0; i < tree->n && out->n_content < CODING_PARTS_MAX; i++) {
                int32_t first, last;

                if (!st->content[i] || (is_punct(tree, i) && strchr(",.;:-)", tree->tokens[i].form[0])))
                        continue;
                for (first = last = i; i < tree->n && (st->content[i] || is_punct(tree, i)); i++)
                        if (st->content[i])
                                last = i;
                while (last > first && is_punct(tree, last) &&
                       ((strchr(",;:.-(", tree->tokens[last].form[0]) && st->s->quote[last] < 0) || is_end(st, last)))
                        last--;
                out->content[out->n_content++] = coding_span_of(tree, first, last);
        }
}

static struct coding_statement *make(struct statement *st)
{
        struct coding_statement *out = arena_new(st->coding->arena, struct coding_statement);
        struct coding *coding = st->coding;

        out->sentence = st->tree->sentence;
        out->cue = st->node;
        out->cue_span = coding_span_of(st->tree, st->cue_first, st->cue_last);
        out->of_act = st->of_act;
        out->label = st->label;
        if (st->source != DEP_NONE) {
                out->source = actors_at(st->s, st->meant);
                out->source_span = coding_span_of(st->tree, st->source_first, st->source_last);
                out->has_source = true;
        }
        coding->statements = arena_push(coding->arena, coding->statements, coding->n_statements++,
                                        &coding->statements_size, out);
        return out;
}

struct coding_statement *statement_end(struct statement *st)
{
        struct coding_statement *out;

        whole_quotes(st);
        statement_drop(st, st->cue_first, st->cue_last);
        if (st->source != DEP_NONE)
                statement_drop(st, st->source_first, st->source_last);
        if (statement_is_empty(st))
                return NULL;
        out = make(st);
        out->kind = kind_of(st);
        spans(st, out);
        return out;
}

struct coding_statement *statement_end_with(struct statement *st, struct coding_span content)
{
        struct coding_statement *out = make(st);

        out->content[out->n_content++] = content;
        out->kind = "direct";
        return out;
}
