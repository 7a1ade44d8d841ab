/* `dateline read FILE...`: what the read module makes of plain text, as CoNLL-U, JSON or trees. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/chars.h"
#include "base/paths.h"
#include "modules/read/conllu.h"
#include "modules/read/print.h"
#include "modules/read/read.h"
#include "offline/offline.h"

enum format { CONLLU, JSON, TREES };

struct settings {
        const char *model;
        bool conllu_in;
        enum format format;
};

static const char usage[] =
        "usage: dateline read [OPTION]... FILE...\n\n"
        "Reads plain text (one paragraph a line; - is standard input) and prints its sentences, words, tags, lemmas "
        "and\n"
        "dependencies in CoNLL-U.\n\n"
        "  --model FILE         the model (the one that came with dateline where it is left out)\n"
        "  --input text|conllu  conllu: take sentences and words as FILE has them, and predict the rest\n"
        "  --json               one JSON object a file, on one line\n"
        "  --draw               the trees of the sentences, for people\n"
        "  --help               this text\n";

/* JSON is UTF-8; bytes of the text that are not become U+FFFD. */
static json_t *text_value(const char *s)
{
        json_t *value = s == NULL ? json_null() : json_string(s);
        struct buf clean = BUF_NULL;
        size_t n, i = 0, size;
        int r = 0;

        if (value != NULL)
                return value;
        n = strlen(s);
        while (i < n && r == 0) {
                char bytes[4];

                r = buf_append(&clean, bytes, chars_encode(chars_decode(s + i, n - i, &size), bytes));
                i += size;
        }
        value = r == 0 ? json_stringn(clean.data, clean.n) : NULL;
        buf_deinit(&clean);
        return value;
}

static json_t *word_value(const struct reading *reading, const struct reading_token *t)
{
        json_t *word =
                json_pack("{s:i, s:i, s:o}", "begin", (int)t->begin, "end", (int)t->end, "form", text_value(t->form));

        if (word == NULL || !reading->parsed)
                return word;
        json_object_set_new(word, "lemma", text_value(t->lemma));
        json_object_set_new(word, "upos", json_string(reading_upos_name((enum reading_upos)t->upos)));
        json_object_set_new(word, "xpos", text_value(t->xpos));
        json_object_set_new(word, "feats", text_value(t->feats));
        json_object_set_new(word, "head", json_integer(t->head));
        json_object_set_new(word, "deprel", text_value(t->deprel));
        return word;
}

static int print_json(const char *path, const struct reading *reading)
{
        json_t *sentences = json_array(), *all = json_pack("{s:s, s:o}", "file", path, "sentences", sentences);
        char *line;
        size_t i, k;

        for (i = 0; i < reading->n_sentences; i++) {
                const struct reading_sentence *s = &reading->sentences[i];
                json_t *words = json_array();

                for (k = 0; k < s->n_tokens; k++)
                        json_array_append_new(words, word_value(reading, &reading->tokens[s->first + k]));
                json_array_append_new(sentences, json_pack("{s:i, s:i, s:i, s:b, s:o}", "begin", (int)s->begin, "end",
                                                           (int)s->end, "paragraph", (int)s->paragraph, "cut", s->cut,
                                                           "words", words));
        }
        line = json_dumps(all, JSON_COMPACT | JSON_PRESERVE_ORDER);
        json_decref(all);
        if (line == NULL)
                return EX_OSERR;
        puts(line);
        free(line);
        return 0;
}

static int print(const struct settings *settings, const char *path, const struct reading *reading, size_t first)
{
        if (settings->format == JSON)
                return print_json(path, reading);
        if (settings->format == TREES)
                print_trees(stdout, reading);
        else
                print_conllu(stdout, reading, first);
        return ferror(stdout) ? EX_IOERR : 0;
}

static int failed(const char *path, const char *what)
{
        fprintf(stderr, "dateline: %s: %s\n", path, what);
        return OFFLINE_EXIT_INPUT;
}

static int read_text(const struct settings *settings, struct reader *reader, struct arena *arena, const char *path,
                     size_t *first)
{
        struct buf text = BUF_NULL;
        struct reading *reading;
        int r = offline_read_file(path, READER_TEXT_MAX, &text);

        if (r != 0)
                return r;
        r = reader_read(reader, arena, text.data == NULL ? "" : text.data, text.n, &reading);
        r = r != 0 ? failed(path, "the text is longer than the reader takes (16M)")
                   : print(settings, path, reading, *first);
        if (r == 0)
                *first += reading->n_sentences;
        buf_deinit(&text);
        return r;
}

static int read_words(const struct settings *settings, struct reader *reader, struct arena *arena, const char *path,
                      size_t *first)
{
        _cleanup_free_ char *error = NULL;
        struct conllu gold;
        struct reading *reading;
        int r = conllu_load(&gold, path, &error);

        if (r != 0) {
                fprintf(stderr, "dateline: %s\n", r > 0 ? error : strerror(-r));
                return r == CONLLU_E_OPEN ? EX_NOINPUT : r < 0 ? EX_OSERR : OFFLINE_EXIT_INPUT;
        }
        r = reader_read_words(reader, arena, gold.sentences, gold.n_sentences, &reading);
        r = r != 0 ? failed(path, "a sentence has more than 256 words, or all is more than 16M") :
            print(settings, path, reading, *first);
        if (r == 0)
                *first += reading->n_sentences;
        conllu_deinit(&gold);
        return r;
}

static int parse_options(int argc, char **argv, struct settings *settings)
{
        static const struct option options[] = {
                { "model", required_argument, NULL, 'm' },
                { "input", required_argument, NULL, 'i' },
                { "json", no_argument, NULL, 'j' },
                { "draw", no_argument, NULL, 'd' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
                if (c == 'm')
                        settings->model = optarg;
                else if (c == 'i' && strcmp(optarg, "conllu") == 0)
                        settings->conllu_in = true;
                else if (c == 'i' && strcmp(optarg, "text") == 0)
                        settings->conllu_in = false;
                else if (c == 'j')
                        settings->format = JSON;
                else if (c == 'd')
                        settings->format = TREES;
                else
                        return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? -1 : EX_USAGE;
        }
        return optind == argc ? (fputs("dateline read: name a file, or - for standard input\n", stderr), EX_USAGE) : 0;
}

/* A model that was named must be there; without the built-in one there are sentences and tokens. */
static int open_reader(const struct settings *settings, struct read_model **model, struct reader **reader)
{
        _cleanup_free_ char *error = NULL, *built_in = paths_data("en.model");
        const char *path = settings->model != NULL ? settings->model : built_in;
        int r = path == NULL ? -ENOMEM : read_model_open(model, path, &error);

        if (r == READ_MODEL_E_OPEN && settings->model == NULL) {
                fprintf(stderr, "dateline: %s\ndateline: sentences and tokens only\n", error);
                r = 0;
        }
        if (r > 0) {
                fprintf(stderr, "dateline: %s\n", error);
                return EX_CONFIG;
        }
        if (r == 0)
                r = reader_new(reader, *model);
        return r == 0 ? 0 : EX_OSERR;
}

int offline_read(int argc, char **argv)
{
        _cleanup_(read_model_freep) struct read_model *model = NULL;
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct settings settings = { 0 };
        struct arena arena = ARENA_NULL;
        size_t first = 1;
        int i, exit_code = parse_options(argc, argv, &settings);

        if (exit_code != 0)
                return exit_code < 0 ? 0 : exit_code;
        exit_code = open_reader(&settings, &model, &reader);
        for (i = optind; i < argc && (exit_code == 0 || exit_code == OFFLINE_EXIT_INPUT); i++) {
                int r = settings.conllu_in ? read_words(&settings, reader, &arena, argv[i], &first) :
                        read_text(&settings, reader, &arena, argv[i], &first);

                exit_code = MAX_OF(r, exit_code);
                arena_reset(&arena);
        }
        errno = 0;      /* the stream remembers that an earlier write failed, but not why */
        if (fflush(stdout) != 0 || ferror(stdout)) {
                fprintf(stderr, "dateline: the output cannot be written: %s\n", strerror(errno != 0 ? errno : EIO));
                exit_code = EX_IOERR;
        }
        arena_deinit(&arena);
        return exit_code;
}
