/* See rules.h. */
#include "train/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "modules/read/lemma.h"
#include "modules/read/multi.h"
#include "modules/read/reading.h"

/* A form without capitals says nothing of what becomes of them; one with them says it for many. */
enum { CASED = 4 };

uint32_t rules_lemma_tag(uint8_t upos, const char *xpos, const char *feats, size_t n_xpos)
{
        char tag[512];

        snprintf(tag, sizeof(tag), "%s %s", reading_upos_name(upos), n_xpos > 2 ? xpos : feats);
        return (uint32_t)map_hash(tag, strlen(tag));
}

/* Bytes that both begin with, whole characters only. */
static size_t common(const char *a, const char *b)
{
        size_t n = 0;

        while (a[n] != '\0' && a[n] == b[n])
                n++;
        while (n > 0 && ((unsigned char)a[n] & 0xC0) == 0x80)
                n--;
        return n;
}

/* The rule from form to lemma that keeps most of the form; lower case before the case as it is before title case. */
static bool lemma_rule(const char *form, const char *lemma, struct names *strings, struct layout_lemma *out)
{
        char text[2 * LEMMA_FORM_MAX + 8];
        size_t n = strlen(form), best = 0, i;
        bool found = false;

        if (n >= LEMMA_FORM_MAX || strlen(lemma) >= LEMMA_FORM_MAX)
                return false;
        for (i = CASE_LOWER; i <= CASE_TITLE; i++) {
                size_t length = lemma_apply(form, n, (enum layout_case)i, 0, "", text), same;

                if (length == 0)
                        continue;
                same = common(text, lemma);
                if (found && same <= best)
                        continue;
                found = true;
                best = same;
                memset(out, 0, sizeof(*out));
                out->casing = (uint16_t)i;
                out->strip = (uint16_t)(length - same);
                out->append = names_add(strings, lemma + same);
        }
        return found;
}

static bool has_upper(const char *form)
{
        size_t n = strlen(form), i = 0, size;

        for (i = 0; i < n; i += size)
                if (chars_class(chars_decode(form + i, n - i, &size)) == CHAR_UPPER)
                        return true;
        return false;
}

static void learn_lemmas(struct rules *r, const struct conllu *corpora, size_t n, size_t n_xpos)
{
        struct backoff b = BACKOFF_NULL;
        struct map numbers = MAP_NULL;
        size_t c, s, w;

        for (c = 0; c < n; c++)
                for (s = 0; s < corpora[c].n_sentences; s++)
                        for (w = 0; w < corpora[c].sentences[s].n_words; w++) {
                                const struct conllu_word *word = &corpora[c].sentences[s].words[w];
                                struct layout_lemma rule;
                                uint32_t keys[LEMMA_KEYS], tag, *at;

                                if (strcmp(word->lemma, "_") == 0 && strcmp(word->form, "_") != 0)
                                        continue;
                                if (!lemma_rule(word->form, word->lemma, &r->strings, &rule))
                                        continue;
                                at = map_at(&numbers, map_hash(&rule, sizeof(rule)), (uint32_t)r->n_lemmas);
                                if (*at == r->n_lemmas) {
                                        r->lemmas = map_allocate(r->lemmas, r->n_lemmas + 1, sizeof(rule));
                                        r->lemmas[r->n_lemmas++] = rule;
                                }
                                tag = rules_lemma_tag(word->upos, word->xpos, word->feats, n_xpos);
                                backoff_add(&b, keys, lemma_keys(word->form, strlen(word->form), tag, keys),
                                            LEMMA_WHOLE, *at, has_upper(word->form) ? CASED : 1);
                        }
        r->lemma_keys = backoff_finish(&b, UINT32_MAX, &r->n_lemma_keys);
        backoff_deinit(&b);
        map_deinit(&numbers);
}

static size_t characters(const char *s, size_t n)
{
        size_t i, count = 0;

        for (i = 0; i < n; i++)
                count += ((unsigned char)s[i] & 0xC0) != 0x80;
        return count;
}

/* The words after the first: a stretch of the token where it is one, so that its case is kept. */
static uint32_t later_word(const char *token, const char *word, struct names *strings)
{
        size_t n = strlen(token), length = strlen(word), at;
        char slice[4];

        for (at = n; at-- > 0;) {
                if (length > 0 && n - at >= length && n - at < 100 && memcmp(token + at, word, length) == 0) {
                        slice[0] = '\1';
                        slice[1] = (char)(characters(token + at, n - at) + 1);
                        slice[2] = (char)(characters(word, length) + 1);
                        slice[3] = '\0';
                        return names_add(strings, slice);
                }
        }
        return names_add(strings, word);
}

static bool multi_rule(const struct conllu_sentence *s, const struct conllu_multi *m, struct names *strings,
                       struct layout_multi *out)
{
        char token[MULTI_PLAIN], word[MULTI_PLAIN];
        size_t n = strlen(m->form), same, i;

        if (m->n > MULTI_WORDS || n >= MULTI_FORM_MAX)
                return false;
        n = multi_plain(m->form, n, token);
        memset(out, 0, sizeof(*out));
        out->n = (uint16_t)m->n;
        for (i = 0; i < m->n; i++) {
                const char *form = s->words[m->first + i].form;

                multi_plain(form, strlen(form), word);
                if (i == 0) {
                        same = common(token, word);
                        out->strip = (uint16_t)characters(token + same, n - same);
                        out->words[0] = names_add(strings, word + same);
                } else {
                        out->words[i] = later_word(token, word, strings);
                }
        }
        return true;
}

struct multi_learner {
        struct rules *rules;
        struct backoff backoff;
        struct map numbers;
};

static void add_token(struct multi_learner *l, const char *form, const struct layout_multi *rule)
{
        uint32_t keys[MULTI_KEYS],
                *at = map_at(&l->numbers, map_hash(rule, sizeof(*rule)), (uint32_t)l->rules->n_multis);
        size_t n = strlen(form);

        if (*at == l->rules->n_multis) {
                l->rules->multis = map_allocate(l->rules->multis, l->rules->n_multis + 1, sizeof(*rule));
                l->rules->multis[l->rules->n_multis++] = *rule;
        }
        if (n >= 2 && n < MULTI_FORM_MAX)
                backoff_add(&l->backoff, keys, multi_keys(form, n, keys), 1, *at, 1);
}

static void learn_multis(struct rules *r, const struct conllu *corpora, size_t n)
{
        struct multi_learner l = { .rules = r };
        struct layout_multi one = { .n = 1 }, rule;
        size_t c, s, w, m;

        one.words[0] = names_add(&r->strings, "");
        r->multis = map_allocate(NULL, 1, sizeof(one));
        r->multis[r->n_multis++] = one;
        *map_at(&l.numbers, map_hash(&one, sizeof(one)), 0) = 0;
        for (c = 0; c < n; c++)
                for (s = 0; s < corpora[c].n_sentences; s++) {
                        const struct conllu_sentence *sentence = &corpora[c].sentences[s];

                        for (w = 0, m = 0; w < sentence->n_words; w++) {
                                if (m == sentence->n_multis || sentence->multis[m].first != w) {
                                        add_token(&l, sentence->words[w].form, &one);
                                        continue;
                                }
                                if (multi_rule(sentence, &sentence->multis[m], &r->strings, &rule))
                                        add_token(&l, sentence->multis[m].form, &rule);
                                w += sentence->multis[m++].n - 1;
                        }
                }
        r->multi_keys = backoff_finish(&l.backoff, 0, &r->n_multi_keys);
        backoff_deinit(&l.backoff);
        map_deinit(&l.numbers);
}

void rules_learn(struct rules *out, const struct conllu *corpora, size_t n, size_t n_xpos)
{
        *out = (struct rules){ 0 };
        learn_multis(out, corpora, n);
        learn_lemmas(out, corpora, n, n_xpos);
        fprintf(stderr, "lemmas: %zu rules, %zu keys; multiword tokens: %zu rules, %zu keys\n", out->n_lemmas,
                out->n_lemma_keys, out->n_multis, out->n_multi_keys);
}

void rules_deinit(struct rules *r)
{
        free(r->lemmas);
        free(r->lemma_keys);
        free(r->multis);
        free(r->multi_keys);
        names_deinit(&r->strings);
        *r = (struct rules){ 0 };
}
