/* See lexicon.h. Words are kept in an open-addressed table by lemma; frames are sorted once at the end. */
#include "modules/code/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "modules/code/cues.h"

enum { FIRST_WORDS = 8192 };

struct set {
        const char *name;
};

struct lexicon {
        struct arena *arena;
        struct lexicon_word **words;    /* by hash */
        size_t words_size, n_words;
        struct set sets[LEXICON_SETS_MAX];
        size_t n_sets;
        struct lexicon_code *codes;
        size_t n_codes, codes_size;
        size_t n_frames;
        struct lexicon_word **order;    /* as they came, for lexicon_word_at() */
        size_t order_size;
};

/* A place in a file, for messages. */
struct where {
        const char *path;
        struct yaml_errors *errors;
};

struct lexicon *lexicon_new(struct arena *arena)
{
        struct lexicon *lexicon = arena_new(arena, struct lexicon);

        lexicon->arena = arena;
        lexicon->words_size = FIRST_WORDS;
        lexicon->words = arena_array(arena, struct lexicon_word *, FIRST_WORDS);
        return lexicon;
}

static uint32_t hash_string(const char *s)
{
        uint32_t h = 2166136261u;

        for (; *s; s++)
                h = (h ^ (unsigned char)*s) * 16777619u;
        return h;
}

static size_t word_slot(struct lexicon_word *const *words, size_t size, const char *lemma)
{
        size_t i = hash_string(lemma) & (size - 1);

        while (words[i] && strcmp(words[i]->lemma, lemma) != 0)
                i = (i + 1) & (size - 1);
        return i;
}

struct lexicon_word *lexicon_intern(struct lexicon *l, const char *lemma)
{
        size_t i = word_slot(l->words, l->words_size, lemma);

        if (l->words[i])
                return l->words[i];
        if (l->n_words * 2 >= l->words_size) {
                struct lexicon_word **old = l->words;
                size_t old_size = l->words_size;

                l->words_size *= 2;
                l->words = arena_array(l->arena, struct lexicon_word *, l->words_size);
                for (size_t k = 0; k < old_size; k++)
                        if (old[k])
                                l->words[word_slot(l->words, l->words_size, old[k]->lemma)] = old[k];
                i = word_slot(l->words, l->words_size, lemma);
        }
        if (l->n_words == l->order_size) {
                struct lexicon_word **order =
                        arena_array(l->arena, struct lexicon_word *, l->order_size * 2 + FIRST_WORDS);

                if (l->n_words > 0)
                        memcpy(order, l->order, l->n_words * sizeof *order);
                l->order = order;
                l->order_size = l->order_size * 2 + FIRST_WORDS;
        }
        l->words[i] = arena_new(l->arena, struct lexicon_word);
        l->words[i]->lemma = arena_strdup(l->arena, lemma);
        l->order[l->n_words++] = l->words[i];
        return l->words[i];
}

const struct lexicon_word *lexicon_find(const struct lexicon *lexicon, const char *lemma)
{
        return lemma ? lexicon->words[word_slot(lexicon->words, lexicon->words_size, lemma)] : NULL;
}

const struct lexicon_word *lexicon_word_at(const struct lexicon *lexicon, size_t i)
{
        return i < lexicon->n_words ? lexicon->order[i] : NULL;
}

size_t lexicon_count_frames(const struct lexicon *lexicon)
{
        return lexicon->n_frames;
}

int lexicon_set(const struct lexicon *lexicon, const char *name)
{
        for (size_t i = 0; i < lexicon->n_sets; i++)
                if (lexicon->sets[i].name && strcmp(lexicon->sets[i].name, name) == 0)
                        return (int)i;
        return -1;
}

const struct lexicon_code *lexicon_code(const struct lexicon *lexicon, const char *code)
{
        for (size_t i = 0; i < lexicon->n_codes; i++)
                if (strcmp(lexicon->codes[i].code, code) == 0)
                        return &lexicon->codes[i];
        return NULL;
}

static const char *const status_names[STATUS_MAX_] = {
        NULL, "happened", "ongoing", "planned", "demanded", "hypothetical", "denied", "background",
};

const char *lexicon_status_name(enum lexicon_status status)
{
        return status < STATUS_MAX_ ? status_names[status] : NULL;
}

enum lexicon_status lexicon_status_named(const char *name)
{
        for (int i = 1; i < STATUS_MAX_; i++)
                if (strcmp(status_names[i], name) == 0)
                        return (enum lexicon_status)i;
        return STATUS_NONE;
}

struct arena *lexicon_arena(const struct lexicon *lexicon)
{
        return lexicon->arena;
}

static void complain(const struct where *where, const struct yaml_node *node, const char *message, const char *word)
{
        yaml_errors_add(where->errors, where->path, node->line, node->column, "%s: '%s'", message, word);
}

/* ---- sets ---- */

static int new_set(struct lexicon *l, const char *name)
{
        if (l->n_sets == LEXICON_SETS_MAX)
                return -1;
        l->sets[l->n_sets].name = name ? arena_strdup(l->arena, name) : NULL;
        return (int)l->n_sets++;
}

int lexicon_new_set(struct lexicon *lexicon)
{
        return new_set(lexicon, NULL);
}

static void words_to_set(struct lexicon *l, const struct where *where, const struct yaml_node *list, int set)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct yaml_node *item = list->items[i];

                if (item->kind != YAML_SCALAR)
                        complain(where, item, "must be a word", "list");
                else if (item->text[0] == '@') {
                        int other = lexicon_set(l, item->text + 1);

                        if (other < 0)
                                complain(where, item, "no such set (a set must stand before it is used)", item->text);
                        else
                                for (size_t k = 0; k < l->n_words; k++)
                                        if (lexicon_in_set(l->order[k], other))
                                                lexicon_set_bit(&l->order[k]->sets, set);
                } else {
                        lexicon_set_bit(&lexicon_intern(l, item->text)->sets, set);
                }
        }
}

/* Words in one string, divided by commas: a list of so many nodes would take most of the start. */
static void string_to_set(struct lexicon *l, const char *words, int set)
{
        char word[64];

        for (size_t n; *words; words += n + (words[n] == ',')) {
                size_t first = 0, last;

                n = strcspn(words, ",");
                while (first < n && (words[first] == ' ' || words[first] == '\n'))
                        first++;
                for (last = n; last > first && (words[last - 1] == ' ' || words[last - 1] == '\n');)
                        last--;
                if (last == first || last - first >= sizeof word)
                        continue;
                memcpy(word, words + first, last - first);
                word[last - first] = '\0';
                lexicon_set_bit(&lexicon_intern(l, word)->sets, set);
        }
}

static void add_sets(struct lexicon *l, const struct where *where, const struct yaml_node *map)
{
        for (size_t i = 0; i < map->n; i++) {
                const struct yaml_node *key = map->pairs[i].key, *value = map->pairs[i].value;
                int set = lexicon_set(l, key->text);

                if (value->kind != YAML_LIST && value->kind != YAML_SCALAR) {
                        complain(where, value, "must be a list of words, or one string of them", key->text);
                        continue;
                }
                if (strncmp(key->text, "cue_", 4) == 0 && !cues_knows(key->text))
                        complain(where, key, "no cues are asked for by this name (see cues.yaml)", key->text);
                if (set < 0)
                        set = new_set(l, key->text);
                if (set < 0)
                        complain(where, key, "too many sets", key->text);
                else if (value->kind == YAML_SCALAR)
                        string_to_set(l, value->text, set);
                else
                        words_to_set(l, where, value, set);
        }
}

/* ---- the table of codes ---- */

static const char *scalar(const struct yaml_node *map, const char *key)
{
        const struct yaml_node *node = yaml_get(map, key);

        return node && node->kind == YAML_SCALAR && node->n_text > 0 ? node->text : NULL;
}

static const char *keep(struct lexicon *l, const char *s)
{
        return s ? arena_strdup(l->arena, s) : NULL;
}

static void add_codes(struct lexicon *l, const struct where *where, const struct yaml_node *list)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct yaml_node *row = list->items[i];
                const char *code = scalar(row, "code"), *event = scalar(row, "event"),
                           *goldstein = scalar(row, "goldstein");
                const char *quad = scalar(row, "quad");

                if (row->kind != YAML_MAP || !code || !event || !goldstein || !quad) {
                        complain(where, row, "a row needs code, event, quad and goldstein", code ? code : "");
                        continue;
                }
                if (l->n_codes == l->codes_size) {
                        size_t size = l->codes_size * 2 + 512;
                        struct lexicon_code *codes = arena_array(l->arena, struct lexicon_code, size);

                        if (l->n_codes > 0)
                                memcpy(codes, l->codes, l->n_codes * sizeof *codes);
                        l->codes = codes;
                        l->codes_size = size;
                }
                l->codes[l->n_codes++] = (struct lexicon_code){
                        keep(l, code), keep(l, event), keep(l, scalar(row, "mode")), keep(l, scalar(row, "context")),
                        strtod(goldstein, NULL), keep(l, scalar(row, "future")), atoi(quad),
                };
        }
}

void lexicon_add(struct lexicon *lexicon, const char *path, const struct yaml_node *root, struct yaml_errors *errors)
{
        struct where where = { path, errors };
        const struct yaml_node *node = yaml_get(root, "sets");

        if (node && node->kind == YAML_MAP)
                add_sets(lexicon, &where, node);
        node = yaml_get(root, "cameo");
        if (node && node->kind == YAML_LIST)
                add_codes(lexicon, &where, node);
}

/* ---- frames ---- */

void lexicon_add_frame(struct lexicon *l, struct lexicon_word *word, const struct lexicon_frame *frame)
{
        size_t n = word->n_frames[frame->kind];

        if ((n & (n - 1)) == 0) {       /* at the powers of two the list grows to the next */
                const struct lexicon_frame **list = arena_array(l->arena, const struct lexicon_frame *, n ? 2 * n : 1);

                if (n > 0)
                        memcpy(list, word->frames[frame->kind], n * sizeof *list);
                word->frames[frame->kind] = list;
        }
        word->frames[frame->kind][n] = frame;
        word->n_frames[frame->kind]++;
        l->n_frames++;
}

static int compare_frames(const void *a, const void *b)
{
        const struct lexicon_frame *x = *(const struct lexicon_frame *const *)a,
                                   *y = *(const struct lexicon_frame *const *)b;

        if (x->specificity != y->specificity)
                return x->specificity > y->specificity ? -1 : 1;
        if (strcmp(x->file, y->file) != 0)
                return strcmp(x->file, y->file);
        return x->line < y->line ? -1 : x->line > y->line;
}

void lexicon_finish(struct lexicon *lexicon)
{
        for (size_t i = 0; i < lexicon->n_words; i++)
                for (int kind = 0; kind < LEXICON_KIND_MAX_; kind++)
                        if (lexicon->order[i]->n_frames[kind] > 1)
                                qsort(lexicon->order[i]->frames[kind], lexicon->order[i]->n_frames[kind],
                                      sizeof *lexicon->order[i]->frames[kind], compare_frames);
}
