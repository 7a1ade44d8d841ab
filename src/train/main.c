/*
 * dateline-train: treebanks in, one model file out. Not installed; doc/reading.md shows how it is used.
 *
 *   dateline-train train  --train FILE... [--dev FILE] --checkpoint FILE [options]   learns the network
 *   dateline-train compare --train FILE... --dev FILE --teacher FILE...              measures networks, also as one
 *   dateline-train export --train FILE... [--checkpoint FILE] --name TEXT MODEL      writes the model file
 *   dateline-train eval   MODEL FILE.conllu...                                       measures it
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/print.h"
#include "modules/read/reading.h"
#include "modules/read/read.h"
#include "train/evaluate.h"
#include "train/export.h"
#include "train/learn.h"
#include "train/teach.h"

enum { FILES_MAX = 16 };

struct options {
        const char *train[FILES_MAX], *teachers[FILES_MAX], *dev, *name, *abbreviations;
        size_t n_train;
        struct learn_options learn;
        struct net_dims dims;
        uint32_t split_size;
        size_t split_epochs;
};

static const struct options defaults = {
        .name = "unnamed",
        .split_size = 1 << 16,
        .split_epochs = 3,
        .dims = { .word = 96, .affix = 64, .hidden = 128, .layers = 2, .tag = 64, .arc = 96, .label = 96 },
        .learn = {
                .epochs = 24, .batch = 600, .rate = 2e-3f, .word_drop = 0.25f, .seed = 1,
                .net = { .drop_input = 0.3f, .drop_hidden = 0.33f, .drop_recurrent = 0.15f, .drop_mlp = 0.2f,
                         .tag_weight = 0.4f, .smooth = 0.03f, .teach = 0.5f },
        },
};

enum kind { SIZE, NUMBER32, NUMBER64, FLOAT, TEXT, FLAG };

/* One row an option: where it goes, and what it means. */
static const struct row {
        const char *name;
        enum kind kind;
        size_t at;
        const char *help;
} rows[] = {
        { "dev", TEXT, offsetof(struct options, dev), "measure on this treebank while training" },
        { "checkpoint", TEXT, offsetof(struct options, learn.checkpoint),
          "what was learnt, written after every epoch" },
        { "resume", FLAG, offsetof(struct options, learn.resume), "go on from the checkpoint" },
        { "name", TEXT, offsetof(struct options, name), "the model's name for people" },
        { "abbreviations", TEXT, offsetof(struct options, abbreviations),
          "export: a file of words that keep their full stop" },
        { "epochs", SIZE, offsetof(struct options, learn.epochs), "times through the treebanks" },
        { "stop", SIZE, offsetof(struct options, learn.stop), "stop after this epoch, to go on another time" },
        { "batch", SIZE, offsetof(struct options, learn.batch), "words in a batch" },
        { "rate", FLOAT, offsetof(struct options, learn.rate), "learning rate" },
        { "seed", NUMBER64, offsetof(struct options, learn.seed), "seed of all that is random" },
        { "word", NUMBER32, offsetof(struct options, dims.word), "width of the word embedding" },
        { "affix", NUMBER32, offsetof(struct options, dims.affix), "width of the affix embedding" },
        { "hidden", NUMBER32, offsetof(struct options, dims.hidden), "units of a layer in one direction" },
        { "layers", NUMBER32, offsetof(struct options, dims.layers),
          "layers (the reader takes 2, a teacher may have 3)" },
        { "tag", NUMBER32, offsetof(struct options, dims.tag), "hidden units of the tagger" },
        { "arc", NUMBER32, offsetof(struct options, dims.arc), "width of the arc scorer" },
        { "label", NUMBER32, offsetof(struct options, dims.label), "hidden units of the labeller" },
        { "drop-word", FLOAT, offsetof(struct options, learn.word_drop),
          "a word seen f times is hidden x / (x + f) times" },
        { "drop-input", FLOAT, offsetof(struct options, learn.net.drop_input), "dropout of the embeddings" },
        { "drop-hidden", FLOAT, offsetof(struct options, learn.net.drop_hidden), "dropout of the layers" },
        { "drop-recurrent", FLOAT, offsetof(struct options, learn.net.drop_recurrent), "dropout from step to step" },
        { "drop-mlp", FLOAT, offsetof(struct options, learn.net.drop_mlp), "dropout of what follows the layers" },
        { "tag-weight", FLOAT, offsetof(struct options, learn.net.tag_weight), "weight of the tags in the loss" },
        { "smooth", FLOAT, offsetof(struct options, learn.net.smooth), "label smoothing" },
        { "teach", FLOAT, offsetof(struct options, learn.net.teach), "share of the teachers in what is learnt" },
        { "vary", FLOAT, offsetof(struct options, learn.vary_share),
          "share of the sentences that are varied, in every epoch anew" },
        { "split-epochs", SIZE, offsetof(struct options, split_epochs), "export: passes of the splitter" },
        { "split-size", NUMBER32, offsetof(struct options, split_size),
          "export: weights of the splitter, a power of two" },
};

static int usage(FILE *out)
{
        size_t i;

        fputs("Usage: dateline-train train  --train FILE... [--dev FILE] --checkpoint FILE [OPTION...]\n"
              "       dateline-train compare --train FILE... --dev FILE --teacher FILE...\n"
              "       dateline-train export --train FILE... [--checkpoint FILE] --name TEXT MODEL\n"
              "       dateline-train eval   MODEL FILE.conllu...\n\n"
              "      --train FILE          a treebank in CoNLL-U; may be given more than once\n"
              "      --teacher FILE        the checkpoint of a network to learn from; may be given more than once\n",
              out);
        for (i = 0; i < N_ELEMENTS(rows); i++)
                fprintf(out, "      --%-20s%s\n", rows[i].name, rows[i].help);
        return out == stdout ? 0 : 2;
}

static void set(struct options *o, const struct row *row, const char *value)
{
        char *at = (char *)o + row->at;

        switch (row->kind) {
        case SIZE:
                *(size_t *)(void *)at = strtoul(value, NULL, 10);
                break;
        case NUMBER32:
                *(uint32_t *)(void *)at = (uint32_t)strtoul(value, NULL, 10);
                break;
        case NUMBER64:
                *(uint64_t *)(void *)at = strtoull(value, NULL, 10);
                break;
        case FLOAT:
                *(float *)(void *)at = strtof(value, NULL);
                break;
        case TEXT:
                *(const char **)(void *)at = value;
                break;
        case FLAG:
                *(bool *)(void *)at = true;
                break;
        }
}

/* False where an option is unknown; getopt has said so. */
static bool parse_options(int argc, char **argv, struct options *o)
{
        struct option list[N_ELEMENTS(rows) + 4] = { { 0 } };
        size_t i;
        int c;

        for (i = 0; i < N_ELEMENTS(rows); i++)
                list[i] = (struct option){ rows[i].name, rows[i].kind == FLAG ? no_argument : required_argument, NULL,
                                           256 + (int)i };
        list[i++] = (struct option){ "train", required_argument, NULL, 't' };
        list[i++] = (struct option){ "teacher", required_argument, NULL, 'c' };
        list[i++] = (struct option){ "help", no_argument, NULL, 'h' };
        while ((c = getopt_long(argc, argv, "h", list, NULL)) != -1) {
                if (c >= 256)
                        set(o, &rows[c - 256], optarg);
                else if (c == 't' && o->n_train < FILES_MAX)
                        o->train[o->n_train++] = optarg;
                else if (c == 'c' && o->learn.n_teachers < FILES_MAX)
                        o->teachers[o->learn.n_teachers++] = optarg;
                else
                        return false;
        }
        o->learn.teachers = o->teachers;
        return true;
}

static int load(struct conllu *out, const char *path)
{
        _cleanup_free_ char *error = NULL;
        int r = conllu_load(out, path, &error);

        if (r != 0)
                fprintf(stderr, "dateline-train: %s\n", r > 0 ? error : strerror(-r));
        return r;
}

static bool load_all(struct conllu *corpora, const struct options *o)
{
        size_t i;

        for (i = 0; i < o->n_train; i++)
                if (load(&corpora[i], o->train[i]) != 0)
                        return false;
        if (o->n_train == 0)
                fputs("dateline-train: give a treebank with --train\n", stderr);
        return o->n_train > 0;
}

static bool good_dims(const struct net_dims *d)
{
        const uint32_t widths[] = { d->word, d->affix, d->hidden, d->tag, d->arc, d->label };
        size_t i;

        for (i = 0; i < N_ELEMENTS(widths); i++)
                if (widths[i] == 0 || widths[i] % 16 != 0 || widths[i] > 512) {
                        fputs("dateline-train: widths must be multiples of 16, at most 512\n", stderr);
                        return false;
                }
        if (d->layers < 1 || d->layers > NET_LAYERS || d->n_upos + d->n_xpos + d->n_feats + 16 > NET_COLUMNS) {
                fputs("dateline-train: too many layers, or too many tags in the treebank\n", stderr);
                return false;
        }
        return true;
}

static int train(struct options *o)
{
        struct conllu corpora[FILES_MAX] = { 0 }, dev = CONLLU_NULL;
        struct data_vocabulary v;
        struct net_sentence *sentences, *dev_sentences = NULL;
        struct learn *learn = NULL;
        size_t n, n_dev = 0, i;
        int r;

        if (!load_all(corpora, o) || (o->dev != NULL && load(&dev, o->dev) != 0))
                return 1;
        data_learn(&v, corpora, o->n_train);
        o->dims.n_words = v.n_words;
        o->dims.n_affixes = v.n_affixes;
        o->dims.n_upos = UPOS_MAX_ - 1;
        o->dims.n_xpos = (uint32_t)v.xpos.n;
        o->dims.n_feats = (uint32_t)v.feats.n;
        o->dims.n_labels = (uint32_t)v.labels.n;
        if (!good_dims(&o->dims))
                return 1;
        sentences = data_numbers(&v, corpora, o->n_train, o->learn.word_drop, &n);
        if (o->dev != NULL)
                dev_sentences = data_numbers(&v, &dev, 1, 0, &n_dev);
        if (o->learn.vary_share > 0)
                o->learn.vary = vary_new(&v, corpora, o->n_train, o->learn.word_drop);
        r = o->learn.resume ? learn_load(&learn, o->learn.checkpoint, &v) : learn_new(&learn, &o->dims, o->learn.seed);
        if (r == 0) {
                fprintf(stderr, "%zu sentences; %u words, %u affixes, %zu parameters; %s\n", n, v.n_words, v.n_affixes,
                        learn->net->at.n, learn->net->ops->name);
                r = learn_run(learn, &o->learn, &v, sentences, n, dev_sentences, n_dev);
        }
        learn_free(learn);
        vary_free(o->learn.vary);
        data_free(sentences, n);
        data_free(dev_sentences, n_dev);
        data_deinit(&v);
        for (i = 0; i < o->n_train; i++)
                conllu_deinit(&corpora[i]);
        conllu_deinit(&dev);
        return r == 0 ? 0 : 1;
}

/* Each teacher alone, then all together: how much there is to learn from them. */
static int compare(const struct options *o)
{
        struct conllu corpora[FILES_MAX] = { 0 }, dev = CONLLU_NULL;
        struct data_vocabulary v;
        struct net_sentence *sentences;
        size_t n, i;
        int r = 0;

        if (!load_all(corpora, o) || load(&dev, o->dev) != 0)
                return 1;
        data_learn(&v, corpora, o->n_train);
        sentences = data_numbers(&v, &dev, 1, 0, &n);
        for (i = 0; i <= o->learn.n_teachers && r == 0; i++) {
                bool all = i == o->learn.n_teachers;
                struct score_shares s;

                r = teach_test(o->teachers + (all ? 0 : i), all ? i : 1, &v, sentences, n, &s);
                if (r == 0)
                        printf("UPOS %.2f XPOS %.2f FEATS %.2f UAS %.2f LAS %.2f (with subtypes %.2f) %s\n", s.upos,
                               s.xpos, s.feats, s.uas, s.las_base, s.las, all ? "all of them" : o->teachers[i]);
        }
        data_free(sentences, n);
        data_deinit(&v);
        for (i = 0; i < o->n_train; i++)
                conllu_deinit(&corpora[i]);
        conllu_deinit(&dev);
        return r == 0 ? 0 : 1;
}

static int export(const struct options *o, const char *path)
{
        struct conllu corpora[FILES_MAX] = { 0 };
        struct export_parts parts = { .name = o->name };
        struct data_vocabulary v;
        struct learn *learn = NULL;
        struct rules rules;
        struct splits splits;
        size_t i;
        int r;

        if (!load_all(corpora, o) || splits_load_abbreviations(&splits, o->abbreviations) != 0)
                return 1;
        data_learn(&v, corpora, o->n_train);
        if (o->learn.checkpoint != NULL && learn_load(&learn, o->learn.checkpoint, &v) != 0)
                return 1;
        rules_learn(&rules, corpora, o->n_train, v.xpos.n);
        splits_learn(&splits, corpora, o->n_train, o->split_size, o->split_epochs, o->learn.seed);
        parts.vocabulary = &v;
        parts.learn = learn;
        parts.rules = &rules;
        parts.splits = &splits;
        r = export_write(path, &parts);
        if (r < 0)
                fprintf(stderr, "dateline-train: %s: %s\n", path, strerror(-r));
        learn_free(learn);
        rules_deinit(&rules);
        splits_deinit(&splits);
        data_deinit(&v);
        for (i = 0; i < o->n_train; i++)
                conllu_deinit(&corpora[i]);
        return r == 0 ? 0 : 1;
}

/* The reading, printed and taken in again: what is measured is what `dateline read` prints. */
static bool reread(const struct reading *reading, struct conllu *out)
{
        _cleanup_free_ char *text = NULL, *error = NULL;
        size_t n = 0;
        FILE *file = open_memstream(&text, &n);

        if (file == NULL)
                return false;
        print_conllu(file, reading, 1);
        fclose(file);
        if (conllu_parse(out, "output", text, n, &error) != 0) {
                fprintf(stderr, "dateline-train: %s\n", error);
                return false;
        }
        return true;
}

static bool measure(struct reader *reader, const struct conllu *gold, bool from_text, struct evaluate_result *out)
{
        struct arena arena = ARENA_NULL;
        struct conllu system = CONLLU_NULL;
        struct reading *reading;
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        bool good;
        int r;

        if (from_text) {
                text = conllu_text(gold, &n);
                r = text == NULL ? -1 : reader_read(reader, &arena, text, n, &reading);
        } else {
                r = reader_read_words(reader, &arena, gold->sentences, gold->n_sentences, &reading);
        }
        good = r == 0 && reread(reading, &system);
        if (good && !evaluate(gold, &system, out))
                fputs("dateline-train: warning: the characters of gold and output differ\n", stderr);
        conllu_deinit(&system);
        arena_deinit(&arena);
        return good;
}

static int eval(char **argv, int argc)
{
        _cleanup_(read_model_freep) struct read_model *model = NULL;
        _cleanup_(reader_freep) struct reader *reader = NULL;
        _cleanup_free_ char *error = NULL;
        int i, k, r = read_model_open(&model, argv[0], &error);

        if (r != 0 || reader_new(&reader, model) != 0) {
                fprintf(stderr, "dateline-train: %s\n", r > 0 ? error : "out of memory");
                return 1;
        }
        printf("%-28s %-6s %6s %6s %6s %6s %6s %6s %6s %6s %6s %6s\n", "file", "from", "tokens", "sents", "words",
               "UPOS", "XPOS", "FEATS", "lemmas", "UAS", "LAS", "+sub");
        for (i = 1; i < argc; i++) {
                struct conllu gold;
                const char *name = strrchr(argv[i], '/');

                if (load(&gold, argv[i]) != 0)
                        return 1;
                for (k = 0; k < 2; k++) {
                        struct evaluate_result e;

                        if (!measure(reader, &gold, k == 1, &e))
                                return 1;
                        printf("%-28s %-6s %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f\n",
                               name == NULL ? argv[i] : name + 1, k == 1 ? "text" : "tokens", evaluate_f1(e.tokens),
                               evaluate_f1(e.sentences), evaluate_f1(e.words), evaluate_f1(e.upos), evaluate_f1(e.xpos),
                               evaluate_f1(e.feats), evaluate_f1(e.lemmas), evaluate_f1(e.uas), evaluate_f1(e.las),
                               evaluate_f1(e.las_subtypes));
                }
                conllu_deinit(&gold);
        }
        return 0;
}

int main(int argc, char **argv)
{
        struct options o = defaults;

        if (!parse_options(argc, argv, &o))
                return usage(stderr);
        if (optind < argc && strcmp(argv[optind], "train") == 0 && o.learn.checkpoint != NULL)
                return train(&o);
        if (optind < argc && strcmp(argv[optind], "compare") == 0 && o.dev != NULL && o.learn.n_teachers > 0)
                return compare(&o);
        if (optind + 1 < argc && strcmp(argv[optind], "export") == 0)
                return export(&o, argv[optind + 1]);
        if (optind + 2 < argc && strcmp(argv[optind], "eval") == 0)
                return eval(argv + optind + 1, argc - optind - 1);
        return usage(argc == 1 ? stdout : stderr);
}
