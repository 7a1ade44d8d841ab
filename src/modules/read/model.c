/* See model.h and read.h. */
#include "modules/read/model.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/error.h"

struct opener {
        struct read_model *model;
        const char *name;
        char **error;
        const struct layout_section *sections;
        uint32_t n_sections;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct opener *o, int code, const char *format, ...)
{
        _cleanup_free_ char *what = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&what, format, args);
        va_end(args);
        if (n < 0 || asprintf(o->error, "%s: %s", o->name, what) < 0) {
                what = n < 0 ? NULL : what;
                return error_origin(-ENOMEM);
        }
        return code;
}

static int damaged(const struct opener *o, const char *what)
{
        return refuse(o, READ_MODEL_E_DAMAGED, "the model is damaged (%s); install it again", what);
}

static int check_header(struct opener *o)
{
        const struct read_model *m = o->model;
        struct layout_header h;
        size_t table;

        if (m->size < sizeof(h))
                return refuse(o, READ_MODEL_E_VERSION,
                              "not a model: shorter than a header; give a file made by dateline-train");
        memcpy(&h, m->base, sizeof(h));
        if (memcmp(h.magic, LAYOUT_MAGIC, sizeof(h.magic)) != 0)
                return refuse(o, READ_MODEL_E_VERSION, "not a model; give a file made by dateline-train");
        if (h.order != LAYOUT_ORDER)
                return refuse(o, READ_MODEL_E_VERSION,
                              "made on a machine of another byte order; train or export it here");
        if (h.version != LAYOUT_VERSION)
                return refuse(o, READ_MODEL_E_VERSION,
                              "format version %u, but this program reads version %d; install the model "
                              "that belongs to the program",
                              h.version, LAYOUT_VERSION);
        table = sizeof(h) + (size_t)h.n_sections * sizeof(struct layout_section);
        if (h.size != m->size || h.n_sections > LAYOUT_SECTIONS_MAX || table > m->size)
                return damaged(o, "its size is not what its header says");
        if (XXH3_64bits(m->base + sizeof(h), m->size - sizeof(h)) != h.checksum)
                return damaged(o, "the checksum is wrong");
        o->sections = (const struct layout_section *)(const void *)(m->base + sizeof(h));
        o->n_sections = h.n_sections;
        return 0;
}

/* The section, or NULL: missing, not within the file, not aligned, or its size no multiple of `item`. */
static const void *section(const struct opener *o, uint32_t id, size_t item, size_t *n)
{
        const struct read_model *m = o->model;
        uint32_t i;

        for (i = 0; i < o->n_sections; i++) {
                const struct layout_section *s = &o->sections[i];

                if (s->id != id)
                        continue;
                if (s->at > m->size || s->size > m->size - s->at || s->at % LAYOUT_ALIGN != 0 || s->size % item != 0)
                        return NULL;
                *n = s->size / item;
                return m->base + s->at;
        }
        *n = 0;
        return NULL;
}

/* A section of exactly n items, or NULL. */
static const void *exact(const struct opener *o, uint32_t id, size_t item, size_t n)
{
        size_t found;
        const void *p = section(o, id, item, &found);

        return found == n ? p : NULL;
}

/* A table of hashes: a power of two, at least one slot empty, values below `limit`. */
static bool get_table(const struct opener *o, uint32_t id, uint32_t limit, struct model_table *out)
{
        size_t n, i, empty = 0;
        const struct layout_slot *slots = section(o, id, sizeof(*slots), &n);

        if (slots == NULL || n == 0 || n > 1u << 24 || (n & (n - 1)) != 0)
                return false;
        for (i = 0; i < n; i++) {
                if (slots[i].key == 0)
                        empty++;
                else if (slots[i].value >= limit)
                        return false;
        }
        out->slots = slots;
        out->mask = (uint32_t)n - 1;
        return empty > 0;
}

static bool all_finite(const float *x, size_t n)
{
        size_t i;
        bool good = true;

        for (i = 0; i < n; i++)
                good = good && fabsf(x[i]) < 1e6f;      /* false for NaN, too */
        return good;
}

static bool are_strings(const struct opener *o, const uint32_t *at, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                if (at[i] >= o->model->n_strings)
                        return false;
        return true;
}

static bool get_matrix(const struct opener *o, int which, size_t in, size_t out)
{
        struct kernel_matrix *k = &o->model->matrices[which];
        size_t n, head = out * (sizeof(int32_t) + 2 * sizeof(float)), i;
        const char *p = section(o, LAYOUT_MATRIX + (uint32_t)which, 1, &n);

        if (p == NULL || n != head + in * out)
                return false;
        k->in = in;
        k->out = out;
        k->start = (const int32_t *)(const void *)p;
        k->scale = (const float *)(const void *)(k->start + out);
        k->bias = k->scale + out;
        k->weight = (const int8_t *)(p + head);
        for (i = 0; i < out; i++)
                if (k->start[i] > 1 << 28 || k->start[i] < -(1 << 28))
                        return false;
        for (i = 0, n = 0; i < in * out; i++)
                n += k->weight[i] > 63 || k->weight[i] < -63;
        return n == 0 && all_finite(k->scale, 2 * out);
}

static bool good_width(uint32_t n, uint32_t most)
{
        return n > 0 && n <= most && n % 16 == 0;
}

static bool get_dims(const struct opener *o)
{
        struct read_model *m = o->model;
        const struct layout_dims *d = exact(o, LAYOUT_DIMS, sizeof(*d), 1);

        if (d == NULL)
                return false;
        m->dims = *d;
        if (!good_width(d->word, 512) || !good_width(d->affix, 512) || !good_width(d->hidden, 512) ||
            !good_width(d->tag, 512) || !good_width(d->arc, 512) || !good_width(d->label, 512))
                return false;
        if (d->n_upos == 0 || d->n_upos >= UPOS_MAX_ || d->n_xpos == 0 || d->n_xpos > 2000 || d->n_feats == 0 ||
            d->n_feats > 2000 || d->n_labels == 0 || d->n_labels > 1000 || d->root_label >= d->n_labels)
                return false;
        m->n_tag_outputs = (d->n_upos + d->n_xpos + d->n_feats + 15) / 16 * 16;
        m->n_label_outputs = (d->n_labels + 15) / 16 * 16;
        return d->n_words > 0 && d->n_words <= 1u << 22 && d->n_affixes <= 1u << 22;
}

static bool get_tags(const struct opener *o)
{
        struct read_model *m = o->model;
        const struct layout_dims *d = &m->dims;
        size_t i;

        m->upos = exact(o, LAYOUT_UPOS, sizeof(*m->upos), d->n_upos);
        m->xpos = exact(o, LAYOUT_XPOS, sizeof(*m->xpos), d->n_xpos);
        m->feats = exact(o, LAYOUT_FEATS, sizeof(*m->feats), d->n_feats);
        m->labels = exact(o, LAYOUT_LABELS, sizeof(*m->labels), d->n_labels);
        if (m->upos == NULL || m->xpos == NULL || m->feats == NULL || m->labels == NULL ||
            !are_strings(o, m->xpos, d->n_xpos) || !are_strings(o, m->feats, d->n_feats) ||
            !are_strings(o, m->labels, d->n_labels))
                return false;
        m->pairs = section(o, LAYOUT_PAIRS, sizeof(*m->pairs), &m->n_pairs);
        m->pair_feats = section(o, LAYOUT_PAIR_FEATS, sizeof(*m->pair_feats), &m->n_pair_feats);
        if (m->pairs == NULL || m->pair_feats == NULL || m->n_pairs == 0)
                return false;
        for (i = 0; i < d->n_upos; i++)
                if (m->upos[i] >= UPOS_MAX_)
                        return false;
        for (i = 0; i < m->n_pairs; i++) {
                const struct layout_pair *p = &m->pairs[i];

                if (p->upos >= d->n_upos || p->xpos >= d->n_xpos || p->n_feats == 0 || p->n_feats > m->n_pair_feats ||
                    p->first_feats > m->n_pair_feats - p->n_feats)
                        return false;
        }
        for (i = 0; i < m->n_pair_feats; i++)
                if (m->pair_feats[i].feats >= d->n_feats)
                        return false;
        return true;
}

static bool get_network(const struct opener *o)
{
        struct read_model *m = o->model;
        const struct layout_dims *d = &m->dims;
        size_t x, h, n_arc;
        const float *arc;

        if (!get_dims(o) || !get_tags(o) || !get_table(o, LAYOUT_WORD_KEYS, d->n_words, &m->words) ||
            !get_table(o, LAYOUT_AFFIX_KEYS, d->n_affixes, &m->affixes))
                return false;
        m->word_rows = exact(o, LAYOUT_WORD_ROWS, d->word, d->n_words);
        m->affix_rows = exact(o, LAYOUT_AFFIX_ROWS, d->affix, d->n_affixes);
        if (m->word_rows == NULL || m->affix_rows == NULL)
                return false;
        x = d->word + d->affix;
        h = d->hidden;
        arc = section(o, LAYOUT_ARC, sizeof(float), &n_arc);
        if (arc == NULL || n_arc != d->arc + LAYOUT_DISTANCES + d->label || !all_finite(arc, n_arc))
                return false;
        m->arc_root = arc;
        m->arc_distance = arc + d->arc;
        m->label_root = m->arc_distance + LAYOUT_DISTANCES;
        return get_matrix(o, MATRIX_FORWARD_1, x + h, 3 * h) && get_matrix(o, MATRIX_BACKWARD_1, x + h, 3 * h) &&
               get_matrix(o, MATRIX_FORWARD_2, 3 * h, 3 * h) && get_matrix(o, MATRIX_BACKWARD_2, 3 * h, 3 * h) &&
               get_matrix(o, MATRIX_TAG, 4 * h, d->tag) && get_matrix(o, MATRIX_TAG_OUT, d->tag, m->n_tag_outputs) &&
               get_matrix(o, MATRIX_PARSE, 2 * h, 2 * d->arc + 2 * d->label) &&
               get_matrix(o, MATRIX_LABEL_OUT, d->label, m->n_label_outputs);
}

static bool get_lemmas(const struct opener *o)
{
        struct read_model *m = o->model;
        size_t i;

        m->lemmas = section(o, LAYOUT_LEMMA_RULES, sizeof(*m->lemmas), &m->n_lemmas);
        if (m->lemmas == NULL || !get_table(o, LAYOUT_LEMMA_KEYS, (uint32_t)m->n_lemmas, &m->lemma_keys))
                return false;
        for (i = 0; i < m->n_lemmas; i++)
                if (m->lemmas[i].append >= m->n_strings || m->lemmas[i].casing > CASE_TITLE)
                        return false;
        return true;
}

static bool get_multis(const struct opener *o)
{
        struct read_model *m = o->model;
        size_t i;

        m->multis = section(o, LAYOUT_MULTI_RULES, sizeof(*m->multis), &m->n_multis);
        if (m->multis == NULL || !get_table(o, LAYOUT_MULTI_KEYS, (uint32_t)m->n_multis, &m->multi_keys))
                return false;
        for (i = 0; i < m->n_multis; i++)
                if (m->multis[i].n < 1 || m->multis[i].n > N_ELEMENTS(m->multis[i].words) ||
                    !are_strings(o, m->multis[i].words, m->multis[i].n))
                        return false;
        return true;
}

static bool get_split(const struct opener *o)
{
        struct read_model *m = o->model;
        size_t n;
        const char *p = section(o, LAYOUT_SPLIT, 1, &n);
        const struct layout_split *split = (const struct layout_split *)(const void *)p;

        if (p == NULL || n < sizeof(*split) || split->size == 0 || split->size > 1u << 22 ||
            (split->size & (split->size - 1)) != 0 || n != sizeof(*split) + 4 * (size_t)split->size)
                return false;
        m->split = split;
        m->split_token = (const int16_t *)(const void *)(p + sizeof(*split));
        m->split_sentence = m->split_token + split->size;
        return true;
}

static bool has(const struct opener *o, uint32_t id)
{
        uint32_t i;

        for (i = 0; i < o->n_sections; i++)
                if (o->sections[i].id == id)
                        return true;
        return false;
}

static int check_sections(struct opener *o)
{
        struct read_model *m = o->model;
        size_t n;

        m->name = section(o, LAYOUT_NAME, 1, &n);
        if (m->name == NULL || n == 0 || m->name[n - 1] != '\0')
                return damaged(o, "it has no name");
        m->strings = section(o, LAYOUT_STRINGS, 1, &m->n_strings);
        if (m->strings == NULL || m->n_strings == 0 || m->strings[m->n_strings - 1] != '\0')
                return damaged(o, "its strings");
        m->parses = has(o, LAYOUT_DIMS);
        if (m->parses && !get_network(o))
                return damaged(o, "its network");
        if (has(o, LAYOUT_LEMMA_RULES) && !get_lemmas(o))
                return damaged(o, "its lemma rules");
        if (has(o, LAYOUT_MULTI_RULES) && !get_multis(o))
                return damaged(o, "its multiword tokens");
        m->abbreviations.hashes = section(o, LAYOUT_ABBREVIATIONS, sizeof(uint32_t), &m->abbreviations.n);
        if (has(o, LAYOUT_ABBREVIATIONS) && m->abbreviations.hashes == NULL)
                return damaged(o, "its abbreviations");
        if (has(o, LAYOUT_SPLIT) && !get_split(o))
                return damaged(o, "its splitter");
        return 0;
}

int model_from_memory(struct read_model **out, const char *name, const void *base, size_t size, char **error)
{
        _cleanup_(read_model_freep) struct read_model *m = calloc(1, sizeof(*m));
        struct opener o = { .model = m, .name = name, .error = error };
        int r;

        if (m == NULL)
                return error_origin(-ENOMEM);
        m->base = base;
        m->size = size;
        r = check_header(&o);
        if (r == 0)
                r = check_sections(&o);
        if (r != 0)
                return error_trace(r);
        *out = STEAL(m);
        return 0;
}

int read_model_open(struct read_model **out, const char *path, char **error)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct opener o = { .name = path, .error = error };
        struct stat st;
        void *base;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return refuse(&o, READ_MODEL_E_OPEN, "cannot be opened: %s; check `model` of the read module",
                              strerror(errno));
        if (!S_ISREG(st.st_mode) || st.st_size == 0)
                return refuse(&o, READ_MODEL_E_OPEN,
                              "not a file with something in it; check `model` of the read module");
        base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (base == MAP_FAILED)
                return refuse(&o, READ_MODEL_E_OPEN, "cannot be mapped: %s", strerror(errno));
        r = model_from_memory(out, path, base, (size_t)st.st_size, error);
        if (r == 0)
                (*out)->mapped = true;
        else
                munmap(base, (size_t)st.st_size);
        return error_trace(r);
}

void read_model_free(struct read_model *m)
{
        if (m == NULL)
                return;
        if (m->mapped)
                munmap((void *)(uintptr_t)m->base, m->size);
        free(m);
}

void read_model_freep(struct read_model **m)
{
        read_model_free(*m);
        *m = NULL;
}

const char *read_model_name(const struct read_model *m)
{
        return m->name;
}
