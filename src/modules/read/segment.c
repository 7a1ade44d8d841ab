/* See segment.h. */
#include "modules/read/segment.h"

#include "base/chars.h"
#include "modules/read/sentence.h"

enum { OUTSIDE = 1, FORM_MAX = 24 };

/* A small running hash over code points. */
static uint32_t mix(uint32_t h, uint32_t x)
{
        h ^= x * 0x85EBCA6Bu;
        h = (h << 13 | h >> 19) * 5 + 0xE6546B64u;
        return h;
}

static uint32_t finish(uint32_t h)
{
        h ^= h >> 16;
        h *= 0x7FEB352Du;
        h ^= h >> 15;
        h *= 0x846CA68Bu;
        return h ^ h >> 16;
}

/* Lower case, quotes straightened, digits alike. */
static uint32_t plain(const struct view *v, size_t i)
{
        uint32_t cp = v->cp[i];

        switch (v->class[i]) {
        case CHAR_DIGIT:
                return '0';
        case CHAR_UPPER:
                return chars_lower(cp);
        default:
                return cp == 0x2019 || cp == 0x2018 ? '\'' : cp == 0x201C || cp == 0x201D ? '"' : cp;
        }
}

static uint32_t shape(const struct view *v, size_t i)
{
        return v->class[i] >= CHAR_PUNCT ? 16 + plain(v, i) : v->class[i];
}

/* A character of the run or its class; outside of the run, OUTSIDE. */
static uint32_t at(const struct view *v, size_t i, long offset, size_t first, size_t last, bool as_shape)
{
        long where = (long)i + offset;

        if (where < (long)first || where >= (long)last)
                return OUTSIDE;
        return as_shape ? shape(v, (size_t)where) : plain(v, (size_t)where);
}

struct list {
        uint32_t *out;
        size_t n;
};

static void add(struct list *l, uint32_t h)
{
        if (l->n < SEGMENT_FEATURES) {
                l->out[l->n] = finish(mix(h, (uint32_t)l->n + 1));
                l->n++;
        }
}

static void add_window(struct list *l, const struct view *v, size_t i, size_t first, size_t last, long from, long to,
                       bool as_shape)
{
        uint32_t h = 7;
        long k;

        for (k = from; k <= to; k++)
                h = mix(h, at(v, i, k, first, last, as_shape));
        add(l, h);
}

static uint32_t stretch(const struct view *v, size_t from, size_t to, bool as_shape)
{
        uint32_t h = 11, before = 0;
        size_t i;

        if (to > from + FORM_MAX)
                to = from + FORM_MAX;
        for (i = from; i < to; i++) {
                uint32_t x = as_shape ? shape(v, i) : plain(v, i);

                if (!as_shape || x != before)
                        h = mix(h, x);
                before = x;
        }
        return h;
}

bool segment_is_candidate(const struct view *v, size_t i)
{
        bool before = v->class[i - 1] >= CHAR_LOWER && v->class[i - 1] <= CHAR_MARK;
        bool after = v->class[i] >= CHAR_LOWER && v->class[i] <= CHAR_MARK;

        return !(before && after) && !(v->class[i - 1] == CHAR_DIGIT && v->class[i] == CHAR_DIGIT);
}

/* What the next run begins with. */
static uint32_t next_run(const struct view *v, size_t last)
{
        while (last < v->n && v->class[last] == CHAR_SPACE)
                last++;
        return last == v->n ? OUTSIDE : shape(v, last);
}

size_t segment_token_features(const struct view *v, size_t i, size_t first, size_t last,
                              uint32_t out[static SEGMENT_FEATURES])
{
        struct list l = { out, 0 };
        size_t begin = i, end = i;
        uint32_t cut = v->cut[i], before, after, next = next_run(v, last);

        while (begin > first && i - begin < FORM_MAX && !v->cut[begin])
                begin--;
        while (end + 1 < last && end - i < FORM_MAX && !v->cut[end + 1])
                end++;
        before = stretch(v, begin, i, false);
        after = stretch(v, i, end + 1, false);
        add(&l, cut);
        add_window(&l, v, i, first, last, -1, 0, false);
        add_window(&l, v, i, first, last, -2, 0, false);
        add_window(&l, v, i, first, last, -1, 1, false);
        add_window(&l, v, i, first, last, -2, 1, false);
        add_window(&l, v, i, first, last, -3, 0, false);
        add_window(&l, v, i, first, last, -1, 2, false);
        add_window(&l, v, i, first, last, -1, 3, false);
        add_window(&l, v, i, first, last, -2, 2, true);
        add_window(&l, v, i, first, last, -3, 2, true);
        add_window(&l, v, i, first, last, -1, 0, true);
        add_window(&l, v, i, first, last, -4, 3, true);
        add(&l, mix(mix(before, at(v, i, 0, first, last, false)), cut));
        add(&l, mix(mix(mix(before, at(v, i, 0, first, last, false)), i + 1 == last), next));
        add(&l, mix(after, at(v, i, -1, first, last, true)));
        add(&l, mix(after, at(v, i, -1, first, last, false)));
        add(&l, mix(before, after));
        add(&l, mix(mix(at(v, i, 0, first, last, false), i + 1 == last), next));
        add(&l, mix(mix(stretch(v, begin, i, true), at(v, i, 0, first, last, true)), mix(i + 1 == last, next)));
        add(&l, mix(stretch(v, first, i, true), stretch(v, i, last, true)));
        add(&l, mix(stretch(v, first, last, false), (uint32_t)(i - first)));
        add(&l, mix(mix(plain(v, first), at(v, i, 0, first, last, true)), plain(v, last - 1)));
        return l.n;
}

static uint32_t word_of(const struct view *v, const struct token_span *spans, size_t n, size_t k, long offset,
                        bool as_shape)
{
        long where = (long)k + offset;

        if (where < 0 || where >= (long)n)
                return OUTSIDE;
        return stretch(v, spans[where].first, spans[where].last, as_shape);
}

/* Brackets and quotes that were opened since the sentence began and are still open, as far as can be told. */
static uint32_t open_marks(const struct view *v, const struct token_span *spans, size_t first, size_t k)
{
        int brackets = 0, quotes = 0;
        size_t i, from = k - first > 64 ? k - 64 : first;

        for (i = from; i <= k; i++) {
                uint32_t cp = v->cp[spans[i].first];

                if (cp == '(' || cp == '[')
                        brackets++;
                else if ((cp == ')' || cp == ']') && brackets > 0)
                        brackets--;
                else if (cp == '"')
                        quotes ^= 1;
                else if (cp == 0x201C)
                        quotes = 1;
                else if (cp == 0x201D)
                        quotes = 0;
        }
        return (uint32_t)((brackets > 0) * 2 + quotes);
}

static uint32_t length_of(size_t n)
{
        return n < 4 ? (uint32_t)n : n < 8 ? 4 : n < 16 ? 5 : n < 32 ? 6 : 7;
}

size_t segment_sentence_features(const struct view *v, const struct token_span *spans, size_t n, size_t first, size_t k,
                                 uint32_t out[static SEGMENT_FEATURES])
{
        struct list l = { out, 0 };
        uint32_t rule = sentence_rules(v, spans, n, first, k), open = open_marks(v, spans, first, k);
        uint32_t last = word_of(v, spans, n, k, 0, false), next = word_of(v, spans, n, k, 1, false);
        uint32_t prev = k > first ? word_of(v, spans, n, k, -1, false) : OUTSIDE;
        uint32_t last_shape = word_of(v, spans, n, k, 0, true), next_shape = word_of(v, spans, n, k, 1, true);
        uint32_t prev_shape = k > first ? word_of(v, spans, n, k, -1, true) : OUTSIDE;
        uint32_t after_shape = word_of(v, spans, n, k, 2, true), length = length_of(k - first + 1);
        uint32_t space = spans[k].space_after, left = length_of(n - k - 1);

        add(&l, rule);
        add(&l, mix(rule, mix(open, space)));
        add(&l, mix(rule, mix(next_shape, space)));
        add(&l, mix(last, space));
        add(&l, mix(next, space));
        add(&l, mix(last, next));
        add(&l, mix(mix(last, next_shape), space));
        add(&l, mix(mix(last_shape, next), space));
        add(&l, mix(mix(last_shape, next_shape), space));
        add(&l, mix(mix(prev, last), next_shape));
        add(&l, mix(mix(prev_shape, last), next_shape));
        add(&l, mix(mix(prev_shape, last_shape), mix(next_shape, after_shape)));
        add(&l, mix(mix(next_shape, after_shape), last));
        add(&l, mix(next, word_of(v, spans, n, k, 2, false)));
        add(&l, mix(mix(next, after_shape), rule));
        add(&l, mix(mix(last, open), next_shape));
        add(&l, mix(mix(length, last_shape), next_shape));
        add(&l, mix(mix(length, rule), last));
        add(&l, mix(mix(left, rule), last));
        add(&l, mix(mix(left, length), mix(last_shape, next_shape)));
        add(&l, mix(mix(prev, rule), space));
        add(&l, mix(mix(k > first + 1 ? word_of(v, spans, n, k, -2, true) : OUTSIDE, prev_shape),
                    mix(last_shape, next_shape)));
        add(&l, mix(word_of(v, spans, n, first, 0, false), mix(rule, last)));
        add(&l, mix(word_of(v, spans, n, first, 0, true), mix(mix(length, rule), next_shape)));
        add(&l, mix(mix(prev, last), next));
        add(&l, mix(mix(next, next_shape), mix(v->cp[spans[k].last - 1] == '.', spans[k].last - spans[k].first > 1)));
        return l.n;
}

static int32_t sum(const int16_t *weights, uint32_t size, const uint32_t *features, size_t n)
{
        int32_t total = 0;
        size_t i;

        for (i = 0; i < n; i++)
                total += weights[features[i] & (size - 1)];
        return total;
}

bool segment_run(const struct view *v, size_t *first, size_t *last)
{
        size_t at = *last;

        while (at < v->n && v->class[at] == CHAR_SPACE)
                at++;
        *first = at;
        while (at < v->n && v->class[at] != CHAR_SPACE)
                at++;
        *last = at;
        return *first < *last;
}

void segment_tokens(const struct read_model *m, struct view *v)
{
        uint32_t features[SEGMENT_FEATURES];
        size_t first, last = 0, i;

        while (segment_run(v, &first, &last))
                for (i = first + 1; i < last; i++) {
                        size_t n;

                        if (!segment_is_candidate(v, i))
                                continue;
                        n = segment_token_features(v, i, first, last, features);
                        v->cut[i] = sum(m->split_token, m->split->size, features, n) + m->split->token_bias > 0;
                }
}

bool segment_sentence(const struct read_model *m, const struct view *v, const struct token_span *spans, size_t n,
                      size_t first, size_t k)
{
        uint32_t features[SEGMENT_FEATURES];
        size_t n_features = segment_sentence_features(v, spans, n, first, k, features);

        return sum(m->split_sentence, m->split->size, features, n_features) + m->split->sentence_bias > 0;
}
