/*
 * See attribution.h. A cue governs what it attributes in one of a few constructions, and each is looked for in the
 * tree, the surest first: slipped into what it reports ("..., he said, ..."), a clause, a quotation, an infinitive, the
 * object, a phrase. cues.yaml says which words do which. Constructions are saying.c's and judging.c's, edges
 * statement.c's, quotations over sentences speech.c's.
 */
#include "modules/code/attribution.h"

#include <string.h>
#include <strings.h>

#include "modules/code/judging.h"
#include "modules/code/saying.h"
#include "modules/code/seeker.h"
#include "modules/code/speech.h"

void attribution_sets_init(struct attribution_sets *sets, const struct lexicon *lexicon)
{
        clause_sets_init(&sets->clause, lexicon);
        cues_init(&sets->cues, lexicon);
}

static int32_t distance(int32_t a, int32_t b)
{
        return a < b ? b - a : a - b;
}

/* What stands before a finite verb that the tree gives no subject: the noun phrase behind the last break, or the name
 * or pronoun alone where a preposition makes more of it. DEP_NONE where it is neither. */
static int32_t noun_before(const struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t from = cue->group.first, last = from - 1;
        bool plain = true;

        if (last < 0 || k->s->quote[last] >= 0 || tree->nodes[cue->verb].rel == REL_ACL ||
            !(seeker_is_finite(tree, cue->verb) || (cue->group.first < cue->verb && seeker_is_finite(tree, from))))
                return DEP_NONE;
        while (from > 0 && !seeker_is_punct(tree, from - 1))
                plain &= tree->nodes[--from].upos != UPOS_ADP;
        if (plain && saying_nominal(tree, from, last) != DEP_NONE)
                return saying_nominal(tree, from, last);
        return tree->nodes[last].upos == UPOS_PROPN || tree->nodes[last].upos == UPOS_PRON || dep_is(tree, last, "all")
                       ? last
                       : DEP_NONE;
}

static void find_subject(const struct seeker *k, struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t own = cue->passive ? DEP_NONE : clause_own_subject(tree, cue->group.top);
        int32_t head = tree->nodes[cue->group.top].head;
        bool gerund = seeker_xpos(tree, cue->verb, "VBG");

        cue->meant = clause_subject(tree, &k->sets->clause, cue->group.top);
        /* Of two, the nearer one: the other was torn off what is said. */
        for (int32_t next = own; next != DEP_NONE; next = dep_next(tree, next))
                if (next != own && !clause_is_relative(tree, next) &&
                    distance(next, cue->verb) < distance(own, cue->verb))
                        own = cue->meant = next;
        if (gerund && own > cue->verb)          /* "adding that it" */
                own = cue->meant = DEP_NONE;
        cue->subject = own != DEP_NONE ? own : cue->meant;
        /* "..., he said, adding that": who spoke goes on. */
        if (own == DEP_NONE && !cue->passive && k->said_cue != DEP_NONE && gerund &&
            seeker_tail(k, k->said_cue, tree->n - 1) < cue->verb &&
            (seeker_is_comma(tree, cue->group.first - 1) || tree->nodes[cue->verb].rel == REL_ADVCL)) {
                cue->subject = k->said_source;
                cue->meant = k->said_meant;
        }
        if (own == DEP_NONE && k->joined == cue->verb && k->said_cue != DEP_NONE) {
                cue->subject = k->said_source;
                cue->meant = k->said_meant;
        }
        /* "..., saying": whoever acts in the sentence. */
        if (cue->subject == DEP_NONE && gerund && seeker_is_comma(tree, cue->group.first - 1) &&
            tree->root < cue->verb && tree->root >= 0) {
                cue->subject = clause_own_subject(tree, tree->root);
                cue->meant = cue->subject;
        }
        if (cue->subject == DEP_NONE && !cue->passive)
                cue->subject = cue->meant = noun_before(k, cue);
        if (own == DEP_NONE && head >= 0 && seeker_told_to(k, head, &cue->subject) == cue->verb)
                cue->meant = cue->subject;
}

/* Whether anybody can be meant: no orders to the reader, no "you". */
static bool has_speaker(const struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;

        if (cue->subject == DEP_NONE)
                return cue->passive;
        return !(tree->nodes[cue->subject].upos == UPOS_PRON && dep_is(tree, cue->subject, "you"));
}

/* "Issued a statement", "unleashed a flurry of tweets" */
static bool carries_text(const struct seeker *k, const struct seeker_cue *cue)
{
        int32_t object = dep_child(k->tree, cue->verb, REL_OBJ);

        return object > cue->verb && lexicon_in_set(cue->word, k->sets->cues.carry) &&
               lexicon_in_set(k->tree->nodes[clause_meant(k->tree, &k->sets->clause, object)].word, k->sets->cues.text);
}

/* "Refused to disclose": the verb below is the cue, and takes this one with it. */
static bool leads_on(const struct seeker *k, int32_t verb)
{
        const struct dep_tree *tree = k->tree;
        const struct cues *cues = &k->sets->cues;
        int32_t below = dep_child(tree, verb, REL_XCOMP), more;
        const struct lexicon_word *word;

        if (below < verb || !lexicon_in_set(tree->nodes[verb].word, cues->phase) ||
            dep_child(tree, verb, REL_OBJ) != DEP_NONE)
                return false;
        word = tree->nodes[below].word;
        more = dep_child(tree, below, REL_XCOMP);
        return (lexicon_in_set(word, cues->say) && dep_child(tree, below, REL_CCOMP) > below) ||
               (lexicon_in_set(word, cues->object) && dep_child(tree, below, REL_OBJ) > below) ||
               (lexicon_in_set(word, cues->infinitive) && more > below && seeker_has_to(tree, more));
}

/* "Issued a statement calling for": all of it is the cue, and who issued it speaks. */
static void take_carrier(const struct seeker *k, struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t carrier = cues_carrier(&k->sets->cues, tree, cue->verb);
        struct cues_group group;

        if (carrier == DEP_NONE)
                return;
        group = cues_group(&k->sets->cues, tree, carrier);
        cue->group.first = group.first;
        cue->group.top = group.top;
        cue->passive = false;
}

static void verb(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        const struct cues *cues = &k->sets->cues;
        struct seeker_cue cue = { .verb = node, .word = tree->nodes[node].word };
        bool say = lexicon_in_set(cue.word, cues->say), done = false;
        int32_t particle = dep_child(tree, node, REL_COMPOUND_PRT);
        bool plain = particle == DEP_NONE || lexicon_in_set(tree->nodes[particle].word, cues->particle);

        if (leads_on(k, node))
                return;
        if (lexicon_in_set(cue.word, cues->seem)) {
                judging_seem(k, node);
                return;
        }
        cue.passive = clause_is_passive(tree, node);
        cue.group = cues_group(cues, tree, node);
        take_carrier(k, &cue);
        find_subject(k, &cue);
        if (say && !cue.passive && saying_aside(k, &cue))
                done = true;
        else if (!has_speaker(k, &cue))
                return;
        else
                done = (say && saying_clause(k, &cue, false)) ||
                       (lexicon_in_set(cue.word, cues->infinitive) && judging_infinitive(k, &cue)) ||
                       (plain && judging_phrase(k, &cue)) ||
                       (plain && (lexicon_in_set(cue.word, cues->object) || carries_text(k, &cue)) &&
                        judging_object(k, &cue)) ||
                       (say && (saying_clause(k, &cue, true) || saying_as(k, &cue) ||
                                speech_beside(k->coding, k->s, &cue.group, node, cue.subject)));
        if (done)
                k->last_cue = node;
}

/* What is said by others in the sentence ends before a phrase that holds for all of it. */
static void cut(const struct seeker *k, int32_t phrase)
{
        uint32_t begin = k->tree->tokens[phrase].begin;
        int32_t last = phrase - 1;

        while (last > 0 && seeker_is_punct(k->tree, last) && k->s->quote[last] < 0)
                last--;
        for (size_t i = k->coding->n_statements; i-- > 0 && k->coding->statements[i]->sentence == k->tree->sentence;)
                for (size_t p = 0; p < k->coding->statements[i]->n_content && last >= 0; p++) {
                        struct coding_span *part = &k->coding->statements[i]->content[p];

                        if (part->begin < k->tree->tokens[last].end && part->end > begin)
                                part->end = k->tree->tokens[last].end;
                }
}

static void according(struct seeker *k, int32_t source)
{
        const struct dep_tree *tree = k->tree;
        int32_t cue = dep_case(tree, source), head = tree->nodes[source].head, last = cue;
        struct statement st;
        bool edge;

        if (head == DEP_NONE)
                return;
        /* At the edge of a sentence it holds for all of it, inside for its clause. */
        edge = cue == 0 || seeker_is_punct(tree, cue - 1);
        while (tree->nodes[head].head != DEP_NONE && (edge || tree->nodes[head].upos != UPOS_VERB))
                head = tree->nodes[head].head;
        if (dep_is(tree, cue + 1, "to"))
                last++;
        if (edge)
                cut(k, cue);
        st = statement_new(k->coding, k->s, cue, cue, last);
        statement_source(&st, source, source);
        if (st.source != DEP_NONE && last < st.source_last)
                st.source_first = last + 1;
        statement_add(&st, tree->nodes[head].left, tree->nodes[head].right);
        statement_drop(&st, tree->nodes[source].left, tree->nodes[source].right);
        statement_end(&st);
}

/* "Reportedly": somebody says the clause that it stands in. */
static void hearsay(struct seeker *k, int32_t adverb)
{
        const struct dep_tree *tree = k->tree;
        int32_t head = tree->nodes[adverb].head;
        struct statement st = statement_new(k->coding, k->s, adverb, adverb, adverb);

        if (head == DEP_NONE || tree->nodes[head].upos != UPOS_VERB || tree->nodes[head].rel == REL_AMOD)
                return;
        statement_add(&st, tree->nodes[head].left, tree->nodes[head].right);
        statement_end(&st);
}

/* "I think" inside a quotation attributes nothing further; "he said" does. */
static bool is_own_word(const struct seeker *k, int32_t node)
{
        int32_t subject = clause_own_subject(k->tree, node);

        return k->s->quoted[node] &&
               (subject == DEP_NONE || k->tree->nodes[node].upos != UPOS_VERB || dep_is(k->tree, subject, "I") ||
                dep_is(k->tree, subject, "i") || dep_is(k->tree, subject, "we") || dep_is(k->tree, subject, "you"));
}

void attribution_find(struct coding *coding, const struct attribution_sets *sets, uint32_t sentence)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        struct seeker k = {
                .coding = coding, .sets = sets, .s = s, .tree = s->tree,
                .said_cue = DEP_NONE, .joined = DEP_NONE, .last_cue = DEP_NONE,
        };

        for (int32_t i = 0; i < s->tree->n; i++) {
                const struct lexicon_word *word = s->tree->nodes[i].word;
                enum reading_upos upos = (enum reading_upos)s->tree->nodes[i].upos;

                if (is_own_word(&k, i))
                        continue;
                if (upos == UPOS_VERB && (cues_is_verb(&sets->cues, word) || lexicon_in_set(word, sets->cues.carry) ||
                                          lexicon_in_set(word, sets->cues.seem)))
                        verb(&k, i);
                else if (upos == UPOS_NOUN && lexicon_in_set(word, sets->cues.noun))
                        judging_noun(&k, i);
                else if ((upos == UPOS_ADJ && lexicon_in_set(word, sets->cues.adjective)) ||
                         (upos == UPOS_NOUN && lexicon_in_set(word, sets->cues.role)))
                        judging_adjective(&k, i);
                else if (upos == UPOS_ADV && lexicon_in_set(word, sets->cues.adverb))
                        hearsay(&k, i);
                if (dep_case(s->tree, i) != DEP_NONE &&
                    lexicon_in_set(s->tree->nodes[dep_case(s->tree, i)].word, sets->cues.preposition))
                        according(&k, i);
        }
        speech_label(coding, sentence);
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

/* The narrowest of a list around a span, wider than `inner` (NULL: any). `tells`: it tells of what it holds, and is no
 * act itself. */
static struct coding_statement *narrowest(struct coding_statement *const *list, size_t n, struct coding_span span,
                                          const struct coding_statement *inner, bool tells)
{
        struct coding_statement *best = NULL;

        for (size_t i = 0; i < n; i++)
                if (list[i] != inner && !(tells && list[i]->of_act) && holds(list[i], span) &&
                    (!inner || width(list[i]) > width(inner)) && (!best || width(list[i]) < width(best)))
                        best = list[i];
        return best;
}

struct coding_actor *attribution_speaker(const struct coding *coding, uint32_t sentence, int32_t node)
{
        struct coding_span span = coding_span_of(coding->sentences[sentence].tree, node, node);
        const struct coding_statement *st;
        size_t first = coding->n_statements;

        while (first > 0 && coding->statements[first - 1]->sentence == sentence)
                first--;
        if (first == coding->n_statements)
                return NULL;
        st = narrowest(coding->statements + first, coding->n_statements - first, span, NULL, true);
        return st ? st->source : NULL;
}

/* The statements with content in a sentence. */
struct cover {
        struct coding_statement **list;
        size_t n, size;
};

static uint32_t sentence_at(const struct reading *reading, uint32_t byte)
{
        size_t low = 0, high = reading->n_sentences;

        while (low + 1 < high) {
                size_t middle = (low + high) / 2;

                if (reading->sentences[middle].begin <= byte)
                        low = middle;
                else
                        high = middle;
        }
        return (uint32_t)low;
}

static struct cover *covers(struct coding *coding)
{
        struct cover *out = arena_array(coding->arena, struct cover, coding->n_sentences + 1);
        const struct reading_sentence *sentences = coding->reading->sentences;

        for (size_t i = 0; i < coding->n_statements; i++) {
                struct coding_statement *st = coding->statements[i];

                for (size_t p = 0; p < st->n_content; p++) {
                        uint32_t k = sentence_at(coding->reading, st->content[p].begin);

                        for (; k < coding->n_sentences && sentences[k].begin < st->content[p].end; k++) {
                                struct cover *c = &out[k];

                                if (c->n == 0 || c->list[c->n - 1] != st)
                                        c->list = arena_push(coding->arena, c->list, c->n++, &c->size, st);
                        }
                }
        }
        return out;
}

void attribution_join(struct coding *coding)
{
        struct cover *in;

        speech_run_on(coding);
        in = covers(coding);
        for (size_t i = 0; i < coding->n_statements; i++) {
                struct coding_statement *st = coding->statements[i];
                const struct cover *here = &in[st->sentence];

                st->outer = narrowest(here->list, here->n, st->cue_span, st, true);
                st->within = narrowest(here->list, here->n, st->cue_span, st, false);
        }
        for (size_t i = coding->n_statements; i-- > 0;) {
                struct coding_statement *st = coding->statements[i];
                struct coding_statement **first = st->within ? &st->within->first : &coding->first_statement;

                st->next = *first;
                *first = st;
        }
        for (size_t i = 0; i < coding->n_events; i++) {
                const struct cover *here = &in[coding->events[i]->sentence];

                coding->events[i]->attribution = narrowest(here->list, here->n, coding->events[i]->trigger, NULL, true);
        }
}
