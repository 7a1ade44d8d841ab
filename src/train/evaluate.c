/*
 * See evaluate.h. Characters are counted without white space, so that a span is the same in both files. FEATS are
 * compared by the universal features only, as the shared task does.
 */
#include "train/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "train/map.h"

/* A word with its place in the file. `parent` is the number of its head among all words, or SIZE_MAX. */
struct word {
        const struct conllu_word *word;
        size_t begin, end;
        bool multi;
        size_t parent;
};

struct span {
        size_t begin, end;
};

struct side {
        struct word *words;
        struct span *tokens, *sentences;
        size_t n_words, n_tokens, n_sentences;
        char *text;                     /* without white space */
        size_t n_text, text_size;
};

static size_t add_text(struct side *s, const char *form)
{
        size_t n = strlen(form), i = 0;

        if (s->n_text + n + 1 > s->text_size) {
                s->text_size = 2 * (s->n_text + n + 1);
                s->text = map_allocate(s->text, s->text_size, 1);
        }
        while (i < n) {
                size_t size;

                if (chars_class(chars_decode(form + i, n - i, &size)) != CHAR_SPACE) {
                        memcpy(s->text + s->n_text, form + i, size);
                        s->n_text += size;
                }
                i += size;
        }
        return s->n_text;
}

static void load_sentence(struct side *s, const struct conllu_sentence *sentence)
{
        size_t first = s->n_words, begin = s->n_text, w, m = 0, i;

        for (w = 0; w < sentence->n_words; w++) {
                bool multi = m < sentence->n_multis && sentence->multis[m].first == w;
                size_t n = multi ? sentence->multis[m].n : 1, from = s->n_text, to;

                to = add_text(s, multi ? sentence->multis[m++].form : sentence->words[w].form);
                s->tokens[s->n_tokens++] = (struct span){ from, to };
                for (i = 0; i < n; i++) {
                        const struct conllu_word *word = &sentence->words[w + i];

                        s->words[s->n_words++] = (struct word){
                                word, from, to, multi, word->head < 0 ? SIZE_MAX : first + (size_t)word->head
                        };
                }
                w += n - 1;
        }
        s->sentences[s->n_sentences++] = (struct span){ begin, s->n_text };
}

static void load(struct side *s, const struct conllu *c)
{
        size_t i;

        *s = (struct side){ 0 };
        s->words = map_allocate(NULL, c->n_words, sizeof(*s->words));
        s->tokens = map_allocate(NULL, c->n_words, sizeof(*s->tokens));
        s->sentences = map_allocate(NULL, c->n_sentences, sizeof(*s->sentences));
        for (i = 0; i < c->n_sentences; i++)
                load_sentence(s, &c->sentences[i]);
}

static void unload(struct side *s)
{
        free(s->words);
        free(s->tokens);
        free(s->sentences);
        free(s->text);
}

static struct evaluate_count spans(const struct span *gold, size_t n_gold, const struct span *system, size_t n_system)
{
        struct evaluate_count c = { 0, n_gold, n_system };
        size_t g = 0, s = 0;

        while (g < n_gold && s < n_system) {
                if (gold[g].begin < system[s].begin) {
                        g++;
                } else if (system[s].begin < gold[g].begin) {
                        s++;
                } else {
                        c.right += gold[g].end == system[s].end;
                        g++;
                        s++;
                }
        }
        return c;
}

static bool same_form(const struct word *a, const struct word *b)
{
        char x[512], y[512];

        chars_lower_string(a->word->form, strlen(a->word->form), x, sizeof(x));
        chars_lower_string(b->word->form, strlen(b->word->form), y, sizeof(y));
        return strcmp(x, y) == 0;
}

/* The longest common subsequence of the forms of gold[g..g_end) and system[s..s_end). */
static void align_multi(const struct side *gold, size_t g, size_t g_end, const struct side *system, size_t s,
                        size_t s_end, size_t *match)
{
        size_t n = g_end - g, m = s_end - s, i, j;
        uint16_t *best = calloc((n + 1) * (m + 1), sizeof(*best));

        if (best == NULL)
                exit(1);
        for (i = n; i-- > 0;)
                for (j = m; j-- > 0;) {
                        uint16_t down = best[(i + 1) * (m + 1) + j], right = best[i * (m + 1) + j + 1];

                        best[i * (m + 1) + j] = down > right ? down : right;
                        if (same_form(&gold->words[g + i], &system->words[s + j])) {
                                uint16_t both = (uint16_t)(best[(i + 1) * (m + 1) + j + 1] + 1);

                                if (both > best[i * (m + 1) + j])
                                        best[i * (m + 1) + j] = both;
                        }
                }
        for (i = 0, j = 0; i < n && j < m;) {
                if (same_form(&gold->words[g + i], &system->words[s + j])) {
                        match[s + j++] = g + i++;
                } else if (best[(i + 1) * (m + 1) + j] > best[i * (m + 1) + j + 1]) {
                        i++;
                } else {
                        j++;
                }
        }
        free(best);
}

/* A stretch that touches a multiword token on either side, as wide as it must be for both. */
static void widen(const struct side *gold, size_t *g_end, const struct side *system, size_t *s_end, size_t end)
{
        bool grown = true;

        while (grown) {
                grown = false;
                while (*g_end < gold->n_words && gold->words[*g_end].begin < end) {
                        if (gold->words[*g_end].multi && gold->words[*g_end].end > end)
                                end = gold->words[*g_end].end;
                        ++*g_end;
                        grown = true;
                }
                while (*s_end < system->n_words && system->words[*s_end].begin < end) {
                        if (system->words[*s_end].multi && system->words[*s_end].end > end)
                                end = system->words[*s_end].end;
                        ++*s_end;
                        grown = true;
                }
        }
}

/* match[system word] = gold word, or SIZE_MAX. */
static void align(const struct side *gold, const struct side *system, size_t *match)
{
        size_t g = 0, s = 0, i;

        for (i = 0; i < system->n_words; i++)
                match[i] = SIZE_MAX;
        while (g < gold->n_words && s < system->n_words) {
                const struct word *a = &gold->words[g], *b = &system->words[s];

                if (a->multi || b->multi) {
                        size_t g_end = g, s_end = s, end = a->multi ? a->end : b->end;

                        if (!a->multi && a->end <= b->begin) {
                                g++;
                                continue;
                        }
                        if (!b->multi && b->end <= a->begin) {
                                s++;
                                continue;
                        }
                        widen(gold, &g_end, system, &s_end, end);
                        if (g_end > g && s_end > s)
                                align_multi(gold, g, g_end, system, s, s_end, match);
                        g = g_end > g ? g_end : g + (s_end == s);
                        s = s_end;
                } else if (a->begin == b->begin && a->end == b->end) {
                        match[s++] = g++;
                } else if (a->begin <= b->begin) {
                        g++;
                } else {
                        s++;
                }
        }
}

static bool same_relation(const char *a, const char *b)
{
        size_t n = strcspn(a, ":");

        return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

static bool is_universal(const char *feature, size_t n)
{
        static const char *const names[] = {
                "PronType", "NumType", "Poss", "Reflex", "Foreign", "Abbr", "Gender", "Animacy", "Number", "Case",
                "Definite", "Degree", "VerbForm", "Mood", "Tense", "Aspect", "Voice", "Evident", "Polarity", "Person",
                "Polite",
        };
        size_t i;

        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strlen(names[i]) == n && strncmp(names[i], feature, n) == 0)
                        return true;
        return false;
}

/* The universal features of a list that is sorted, as CoNLL-U has it. */
static void universal(const char *feats, char *out, size_t size)
{
        size_t used = 0;

        out[0] = '\0';
        while (*feats != '\0') {
                size_t n = strcspn(feats, "|");

                if (is_universal(feats, strcspn(feats, "=")) && used + n + 2 < size) {
                        memcpy(out + used, feats, n);
                        out[used + n] = '|';
                        used += n + 1;
                        out[used] = '\0';
                }
                feats += n + (feats[n] == '|');
        }
}

static bool same_feats(const char *a, const char *b)
{
        char x[1024], y[1024];

        universal(a, x, sizeof(x));
        universal(b, y, sizeof(y));
        return strcmp(x, y) == 0;
}

static void count_word(const struct word *g, const struct word *s, size_t parent, struct evaluate_result *out)
{
        const struct conllu_word *a = g->word, *b = s->word;

        out->words.right++;
        out->upos.right += a->upos == b->upos;
        out->xpos.right += strcmp(a->xpos, b->xpos) == 0;
        out->feats.right += same_feats(a->feats, b->feats);
        out->lemmas.right += strcmp(a->lemma, "_") == 0 || strcmp(a->lemma, b->lemma) == 0;
        if (parent != g->parent)
                return;
        out->uas.right++;
        out->las.right += same_relation(a->deprel, b->deprel);
        out->las_subtypes.right += strcmp(a->deprel, b->deprel) == 0;
}

bool evaluate(const struct conllu *gold, const struct conllu *system, struct evaluate_result *out)
{
        struct evaluate_count all;
        struct side g, s;
        size_t *match, i;
        bool same;

        load(&g, gold);
        load(&s, system);
        same = g.n_text == s.n_text && memcmp(g.text, s.text, g.n_text) == 0;
        all = (struct evaluate_count){ 0, g.n_words, s.n_words };
        *out = (struct evaluate_result){ .words = all, .upos = all, .xpos = all, .feats = all, .lemmas = all,
                                         .uas = all, .las = all, .las_subtypes = all };
        out->tokens = spans(g.tokens, g.n_tokens, s.tokens, s.n_tokens);
        out->sentences = spans(g.sentences, g.n_sentences, s.sentences, s.n_sentences);
        match = map_allocate(NULL, s.n_words, sizeof(*match));
        align(&g, &s, match);
        for (i = 0; i < s.n_words; i++) {
                size_t parent = s.words[i].parent;

                if (match[i] == SIZE_MAX)
                        continue;
                if (parent != SIZE_MAX)
                        parent = match[parent] == SIZE_MAX ? SIZE_MAX - 1 : match[parent];
                count_word(&g.words[match[i]], &s.words[i], parent, out);
        }
        free(match);
        unload(&g);
        unload(&s);
        return same;
}
