/*
 * See attribution.h. A cue is a verb of saying with a clause, "according to", or a verb of saying that is slipped into
 * what
 * it reports ("..., he said, ..."). The content is the subtree of what was said, without the cue's own.
 */
#include "modules/code/attribution.h"

#include <string.h>
#include <strings.h>

#include "modules/code/actors.h"

static struct coding_statement *new_statement(struct coding *coding, const struct dep_tree *tree, int32_t cue)
{
        struct coding_statement *st = arena_new(coding->arena, struct coding_statement);

        st->sentence = tree->sentence;
        st->cue = cue;
        st->cue_span = coding_span_of(tree, cue, cue);
        coding->statements =
                coding_push(coding->arena, coding->statements, coding->n_statements++, &coding->statements_size, st);
        return st;
}

static void set_source(struct coding *coding, const struct coding_sentence *s, struct coding_statement *st,
                       int32_t node)
{
        int32_t first, last;

        if (node == DEP_NONE)
                return;
        (void)coding;
        first = s->tree->nodes[node].left;
        last = s->tree->nodes[node].right;
        /* A clause right behind the source is no part of its name; one that is set off by a comma is told about it. */
        dep_each_child(s->tree, child, node)
                if (child > node &&
                    (s->tree->nodes[child].rel == REL_ACL_RELCL || s->tree->nodes[child].rel == REL_PARATAXIS) &&
                    s->tree->nodes[child].left - 1 >= node && s->tree->nodes[child].left - 1 < last &&
                    (s->tree->nodes[child].rel == REL_PARATAXIS ||
                     s->tree->tokens[s->tree->nodes[child].left].form[0] != ','))
                        last = s->tree->nodes[child].left - 1;
        while (last > node && s->tree->nodes[last].upos == UPOS_PUNCT)
                last--;
        dep_each_child(s->tree, child, node)
                if (s->tree->nodes[child].rel == REL_CASE && child == first && first < node) {
                        first = child + 1;
                        while (first < node && (dep_is(s->tree, first, "to")))
                                first++;
                }
        st->source = actors_at(s, node);
        st->source_span = coding_span_of(s->tree, first, last);
        st->has_source = true;
}

/* The tokens of [first, last] that are not under `without`, as spans; punctuation at the ends is left out. */
static void add_content(const struct coding_sentence *s, struct coding_statement *st, int32_t first, int32_t last,
                        int32_t without)
{
        const struct dep_tree *tree = s->tree;
        int32_t hole_first = without == DEP_NONE ? last + 1 : tree->nodes[without].left;
        int32_t hole_last = without == DEP_NONE ? last : tree->nodes[without].right;
        int32_t parts[2][2] = { { first, hole_first - 1 < last ? hole_first - 1 : last }, { hole_last + 1, last } };

        for (int i = 0; i < (without == DEP_NONE ? 1 : 2); i++) {
                int32_t b = parts[i][0] < first ? first : parts[i][0], e = parts[i][1];

                while (b <= e && tree->nodes[b].upos == UPOS_PUNCT && strchr(",.;:-", tree->tokens[b].form[0]))
                        b++;
                while (e >= b && tree->nodes[e].upos == UPOS_PUNCT && strchr(",;:.-", tree->tokens[e].form[0]))
                        e--;
                if (b <= e && st->n_content < CODING_PARTS_MAX)
                        st->content[st->n_content++] = coding_span_of(tree, b, e);
        }
}

static const char *kind_of(const struct coding_sentence *s, int32_t first, int32_t last)
{
        int32_t quoted = 0, all = 0;

        for (int32_t i = first; i <= last; i++) {
                if (s->tree->nodes[i].upos == UPOS_PUNCT)
                        continue;
                all++;
                quoted += s->quoted[i];
        }
        return quoted == 0 ? "indirect" : quoted * 10 >= all * 9 ? "direct" : "mixed";
}

/* The verb with what stands around it: "has repeatedly called for". */
static struct coding_span cue_span(const struct dep_tree *tree, int32_t verb, int32_t content_first)
{
        int32_t first = verb, last = verb;

        while (first > 0) {
                enum rel rel = (enum rel)tree->nodes[first - 1].rel;

                if (tree->nodes[first - 1].head != verb ||
                    (rel != REL_AUX && rel != REL_AUX_PASS && rel != REL_ADVMOD &&
                     tree->nodes[first - 1].upos != UPOS_PART))
                        break;
                first--;
        }
        for (int32_t i = verb + 1; i < tree->n && i < content_first && i <= verb + 2; i++)
                if (tree->nodes[i].rel == REL_COMPOUND_PRT && tree->nodes[i].head == verb)
                        last = i;
        /* "called for": the small word before the content goes with the cue */
        if (last + 1 < content_first && last + 1 < tree->n && tree->nodes[last + 1].upos != UPOS_PUNCT &&
            content_first - last <= 2 && tree->nodes[last + 1].rel == REL_CASE)
                last++;
        return coding_span_of(tree, first, last);
}

/* What was said, as tokens [first, last] without the subtree of `without`. */
struct content {
        int32_t first, last, without;
};

static bool subtree(const struct dep_tree *tree, int32_t node, struct content *out)
{
        if (node == DEP_NONE)
                return false;
        *out = (struct content){ tree->nodes[node].left, tree->nodes[node].right, DEP_NONE };
        return true;
}

static bool find_quote(const struct coding_sentence *s, int32_t verb, struct content *out)
{
        int32_t n = s->tree->n, first = -1, last = -1;

        for (int32_t i = 0; i < n && !s->quoted[verb]; i++) {
                if (!s->quoted[i])
                        continue;
                first = first < 0 ? i : first;
                last = i;
        }
        if (first < 0 || (first < verb && verb < last))
                return false;
        *out = (struct content){ first, last, DEP_NONE };
        return true;
}

/* Everything behind the verb that is its own: object, phrases and clauses. */
static bool behind(const struct dep_tree *tree, int32_t verb, struct content *out)
{
        int32_t first = tree->n, last = -1;

        dep_each_child(tree, child, verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (child < verb ||
                    (rel != REL_OBJ && rel != REL_OBL && rel != REL_XCOMP && rel != REL_CCOMP && rel != REL_IOBJ &&
                     !(rel == REL_ADVCL && dep_child(tree, child, REL_MARK) != DEP_NONE)))
                        continue;
                if (tree->nodes[child].left > verb && tree->nodes[child].left < first)
                        first = tree->nodes[child].left;
                if (tree->nodes[child].right > last)
                        last = tree->nodes[child].right;
        }
        /* "called for a strike": the preposition is the cue's */
        if (first < tree->n && tree->nodes[first].rel == REL_CASE && first < last)
                first++;
        *out = (struct content){ first, last, DEP_NONE };
        return first <= last && last >= 0;
}

/* *of_act: see coding.h. */
static bool find_content(const struct coding_sentence *s, const struct clause_sets *sets, int32_t verb,
                         struct content *out, bool *of_act)
{
        const struct dep_tree *tree = s->tree;
        int32_t head = tree->nodes[verb].head, aside = dep_child(tree, verb, REL_PARATAXIS);
        bool says = lexicon_in_set(tree->nodes[verb].word, sets->say);

        *of_act = false;
        if (subtree(tree, dep_child(tree, verb, REL_CCOMP), out))
                return true;
        if (says && tree->nodes[verb].rel == REL_PARATAXIS && head != DEP_NONE &&
            (dep_child(tree, verb, REL_NSUBJ) != DEP_NONE || find_quote(s, verb, out))) {
                *out = (struct content){ tree->nodes[head].left, tree->nodes[head].right, verb };
                return true;
        }
        /* What is slipped into this clause is a cue of its own, not what it says. */
        if (aside != DEP_NONE && says &&
            !(lexicon_in_set(tree->nodes[aside].word, sets->say) && dep_child(tree, aside, REL_NSUBJ) != DEP_NONE) &&
            aside > verb)
                return subtree(tree, aside, out);
        if (says && find_quote(s, verb, out))
                return true;
        *of_act = true;
        if (dep_child(tree, verb, REL_COMPOUND_PRT) != DEP_NONE)        /* "called off" calls nothing */
                return false;
        if (lexicon_in_set(tree->nodes[verb].word, sets->intend) &&
            subtree(tree, dep_child(tree, verb, REL_XCOMP), out))
                return true;
        return lexicon_in_set(tree->nodes[verb].word, sets->utter) && behind(tree, verb, out);
}

/* The quotation that ends a sentence, or begins one, is said by the verb of the next, or of the one before: "Is it
 * so?" he
 * said. False where there is none. */
static bool quote_beside(const struct coding *coding, uint32_t sentence, bool before, struct coding_span *out)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        int32_t first = before ? s->tree->n - 1 : 0, last = first, step = before ? -1 : 1;

        if (s->tree->n == 0 || !s->quoted[first])
                return false;
        while (last + step >= 0 && last + step < s->tree->n && s->quoted[last + step])
                last += step;
        *out = before ? coding_span_of(s->tree, last, first) : coding_span_of(s->tree, first, last);
        return before ? first - last >= 2 : last - first >= 2;
}

static void say_beside(struct coding *coding, const struct clause_sets *sets, const struct coding_sentence *s,
                       int32_t verb)
{
        const struct dep_tree *tree = s->tree;
        uint32_t here = tree->sentence, paragraph = coding->reading->sentences[here].paragraph;
        int32_t subject = dep_child(tree, verb, REL_NSUBJ);
        bool colon = strcmp(tree->tokens[tree->n - 1].form, ":") == 0, found = false;
        struct coding_statement *st;
        struct coding_span content;

        if (!lexicon_in_set(tree->nodes[verb].word, sets->say) || subject == DEP_NONE ||
            tree->nodes[verb].rel != REL_ROOT || dep_child(tree, verb, REL_OBJ) != DEP_NONE)
                return;
        if (colon && here + 1 < coding->n_sentences)
                found = quote_beside(coding, here + 1, false, &content);
        else if (!colon && here > 0 && tree->nodes[subject].left <= 1 &&
                 coding->reading->sentences[here - 1].paragraph == paragraph)
                found = quote_beside(coding, here - 1, true, &content);
        if (!found)
                return;
        st = new_statement(coding, tree, verb);
        st->cue_span = cue_span(tree, verb, tree->n);
        set_source(coding, s, st, subject);
        st->content[st->n_content++] = content;
        st->kind = "direct";
}

static void say(struct coding *coding, const struct clause_sets *sets, const struct coding_sentence *s, int32_t verb)
{
        const struct dep_tree *tree = s->tree;
        struct coding_statement *st;
        struct content content;
        bool of_act;

        if (!find_content(s, sets, verb, &content, &of_act)) {
                say_beside(coding, sets, s, verb);
                return;
        }
        if (content.without == DEP_NONE && verb >= content.first && verb <= content.last)
                return;
        st = new_statement(coding, tree, verb);
        st->of_act = of_act;
        st->cue_span = cue_span(tree, verb, content.first);
        set_source(coding, s, st, clause_subject(tree, sets, verb));
        add_content(s, st, content.first, content.last, content.without);
        st->kind = kind_of(s, content.first, content.last);
}

static void according(struct coding *coding, const struct coding_sentence *s, int32_t source)
{
        const struct dep_tree *tree = s->tree;
        int32_t cue = dep_case(tree, source), head = tree->nodes[source].head;
        struct coding_statement *st;
        bool edge;

        if (head == DEP_NONE)
                return;
        /* At the edge of a sentence it holds for all of it, inside for its clause. */
        edge = cue == 0 || tree->nodes[cue - 1].upos == UPOS_PUNCT;
        while (tree->nodes[head].head != DEP_NONE && (edge || tree->nodes[head].upos != UPOS_VERB))
                head = tree->nodes[head].head;
        st = new_statement(coding, tree, cue);
        st->cue_span = coding_span_of(tree, cue, cue + 1 < tree->n && dep_is(tree, cue + 1, "to") ? cue + 1 : cue);
        set_source(coding, s, st, source);
        if (st->source_span.begin < st->cue_span.end)
                st->source_span.begin = tree->tokens[dep_is(tree, cue + 1, "to") ? cue + 2 : cue + 1].begin;
        add_content(s, st, tree->nodes[head].left, tree->nodes[head].right, source);
        st->kind = kind_of(s, tree->nodes[head].left, tree->nodes[head].right);
}

/* "Moscow's claim that", "his criticism of", "its plan to": the noun is the cue, its owner the source. */
static void noun(struct coding *coding, const struct coding_sentence *s, int32_t node)
{
        const struct dep_tree *tree = s->tree;
        int32_t owner = dep_child(tree, node, REL_NMOD_POSS), content = dep_child(tree, node, REL_CCOMP), last = node;
        struct coding_statement *st;

        if (content == DEP_NONE && (content = dep_child(tree, node, REL_ACL)) != DEP_NONE &&
            dep_child(tree, content, REL_MARK) == DEP_NONE)
                content = DEP_NONE;
        if (content == DEP_NONE)
                dep_each_child(tree, child, node)
                        if (tree->nodes[child].rel == REL_NMOD && child > node && dep_case(tree, child) == node + 1)
                                content = child;
        if (owner == DEP_NONE || content == DEP_NONE || content < node)
                return;
        if (dep_case(tree, content) == node + 1)
                last = node + 1;
        st = new_statement(coding, tree, node);
        st->of_act = true;
        st->cue_span = coding_span_of(tree, node, last);
        set_source(coding, s, st, owner);
        add_content(s, st, last + 1 > tree->nodes[content].left ? last + 1 : tree->nodes[content].left,
                    tree->nodes[content].right, DEP_NONE);
        st->kind = kind_of(s, tree->nodes[content].left, tree->nodes[content].right);
}

/* "I think" inside a quotation attributes nothing further. */
static bool is_in_speech(const struct coding_sentence *s, int32_t verb)
{
        return s->quoted[verb];
}

static bool is_according(const struct dep_tree *tree, int32_t node)
{
        return node != DEP_NONE && strcasecmp(tree->tokens[node].form, "according") == 0;
}

void attribution_find(struct coding *coding, const struct clause_sets *sets, uint32_t sentence)
{
        struct coding_sentence *s = &coding->sentences[sentence];

        for (int32_t i = 0; i < s->tree->n; i++) {
                if (s->tree->nodes[i].upos == UPOS_VERB && !is_in_speech(s, i) &&
                    (lexicon_in_set(s->tree->nodes[i].word, sets->say) ||
                     lexicon_in_set(s->tree->nodes[i].word, sets->utter) ||
                     lexicon_in_set(s->tree->nodes[i].word, sets->intend)))
                        say(coding, sets, s, i);
                else if (lexicon_in_set(s->tree->nodes[i].word, sets->said_noun) &&
                         s->tree->nodes[i].upos == UPOS_NOUN && !s->quoted[i])
                        noun(coding, s, i);
                else if (is_according(s->tree, dep_case(s->tree, i)))
                        according(coding, s, i);
        }
}

static bool holds(const struct coding_statement *st, struct coding_span span)
{
        for (size_t i = 0; i < st->n_content; i++)
                if (st->content[i].begin <= span.begin && span.end <= st->content[i].end)
                        return true;
        return false;
}

static bool is_self(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "i", "we", "me", "us", "my", "our", "mine", "ours", NULL };

        for (const char *const *w = words; *w && tree->nodes[node].upos == UPOS_PRON; w++)
                if (strcasecmp(tree->tokens[node].form, *w) == 0)
                        return true;
        return false;
}

void attribution_speakers(struct coding *coding, uint32_t sentence)
{
        struct coding_sentence *s = &coding->sentences[sentence];

        for (int32_t i = 0; i < s->tree->n; i++) {
                const struct coding_actor *speaker = NULL;
                struct coding_span span = coding_span_of(s->tree, i, i);
                struct coding_actor *actor = s->actor[i];

                if (!actor || !is_self(s->tree, i))
                        continue;
                for (size_t k = coding->n_statements; k-- > 0 && !speaker;) {
                        const struct coding_statement *st = coding->statements[k];

                        if (st->sentence == sentence && holds(st, span))
                                speaker = st->source;
                        else if (st->sentence + 6 < sentence || (st->sentence < sentence && !s->quoted[i]))
                                break;
                        else if (st->sentence < sentence && strcmp(st->kind ? st->kind : "", "indirect") != 0)
                                speaker = st->source;
                }
                if (!speaker || speaker == actor || !speaker->code[0])
                        continue;
                memcpy(actor->code, speaker->code, sizeof actor->code);
                actor->entity = speaker->entity;
                actor->name = speaker->name;
                actor->title = speaker->title;
                actor->rule = "who says 'we' or 'I'";
                actor->named = speaker->named;
        }
}

static uint32_t width(const struct coding_statement *st)
{
        uint32_t n = 0;

        for (size_t i = 0; i < st->n_content; i++)
                n += st->content[i].end - st->content[i].begin;
        return n;
}

/* The narrowest statement around a span, none of them `not` itself or inside it. */
static struct coding_statement *around(const struct coding *coding, struct coding_span span,
                                       const struct coding_statement * not )
{
        struct coding_statement *best = NULL;

        for (size_t i = 0; i < coding->n_statements; i++) {
                struct coding_statement *st = coding->statements[i];

                if (st != not &&!st->of_act && holds(st, span) && (!not || width(st) > width(not )) &&
                    (!best || width(st) < width(best)))
                        best = st;
        }
        return best;
}

struct coding_actor *attribution_speaker(const struct coding *coding, uint32_t sentence, int32_t node)
{
        const struct coding_statement *st =
                around(coding, coding_span_of(coding->sentences[sentence].tree, node, node), NULL);

        return st && st->sentence == sentence ? st->source : NULL;
}

/* A sentence inside a quotation without a cue of its own belongs to the speaker beside it in its paragraph, the one
 * before
 * it first. */
static void extend_quotes(struct coding *coding)
{
        for (uint32_t i = 0; i < coding->n_sentences; i++) {
                struct coding_sentence *s = &coding->sentences[i];
                const struct reading_sentence *sentence = &coding->reading->sentences[i];
                struct coding_statement *best = NULL;
                int32_t n = s->tree->n, root = s->tree->root;

                if (n == 0 || root < 0 || !s->quoted[root] || !s->quoted[0] ||
                    around(coding, coding_span_of(s->tree, root, root), NULL))
                        continue;
                for (size_t k = 0; k < coding->n_statements; k++) {
                        struct coding_statement *st = coding->statements[k];

                        if (coding->reading->sentences[st->sentence].paragraph != sentence->paragraph ||
                            strcmp(st->kind ? st->kind : "indirect", "indirect") == 0 || !st->has_source)
                                continue;
                        if (st->sentence < i ? !best || best->sentence <= st->sentence : !best)
                                best = st;
                }
                if (!best || best->n_content == CODING_PARTS_MAX)
                        continue;
                while (n > 1 && !s->quoted[n - 1])
                        n--;
                best->content[best->n_content++] = coding_span_of(s->tree, 0, n - 1);
        }
}

void attribution_join(struct coding *coding)
{
        extend_quotes(coding);
        for (size_t i = 0; i < coding->n_statements; i++)
                coding->statements[i]->outer = around(coding, coding->statements[i]->cue_span, coding->statements[i]);
        for (size_t i = 0; i < coding->n_events; i++)
                coding->events[i]->attribution = around(coding, coding->events[i]->trigger, NULL);
}
