/* See lexicon.h. Words are kept in an open-addressed table by lemma; frames are sorted once at the end. */
#include "modules/code/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "modules/code/cues.h"

enum {
        FIRST_WORDS = 2048,
        SPECIFIC_OBJECT = 4,
        SPECIFIC_PREPOSITION = 3,
        SPECIFIC_PARTICLE = 2,
        SPECIFIC_GOVERNED = 4
};

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

static struct lexicon_word *word_intern(struct lexicon *l, const char *lemma)
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

static void bits_add(struct lexicon_bits *bits, int set)
{
        bits->bits[set / 64] |= UINT64_C(1) << (set % 64);
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
                                                bits_add(&l->order[k]->sets, set);
                } else {
                        bits_add(&word_intern(l, item->text)->sets, set);
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
                bits_add(&word_intern(l, word)->sets, set);
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

/* A list of words and @sets as bits: one named set is its bit, anything else gets an unnamed set. */
static bool list_bits(struct lexicon *l, const struct where *where, const struct yaml_node *node,
                      struct lexicon_bits *bits)
{
        struct yaml_node *one[1] = { (struct yaml_node *)node };
        struct yaml_node single = { .kind = YAML_LIST, .items = one, .n = 1 };
        const struct yaml_node *list = node->kind == YAML_SCALAR ? &single : node;
        bool words = false;
        int set;

        if (list->kind != YAML_LIST)
                return false;
        for (size_t i = 0; i < list->n; i++) {
                const char *text = list->items[i]->text;

                if (list->items[i]->kind == YAML_SCALAR && text[0] == '@') {
                        set = lexicon_set(l, text + 1);
                        if (set < 0)
                                complain(where, list->items[i], "no such set", text);
                        else
                                bits_add(bits, set);
                } else if (list->items[i]->kind == YAML_SCALAR && text[0] != '$') {
                        words = true;
                }
        }
        if (!words)
                return true;
        set = new_set(l, NULL);
        if (set < 0) {
                complain(where, node, "too many lists of words; name sets instead", "");
                return false;
        }
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i]->kind == YAML_SCALAR && !strchr("@$", list->items[i]->text[0]))
                        bits_add(&word_intern(l, list->items[i]->text)->sets, set);
        bits_add(bits, set);
        return true;
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

/* ---- frames ---- */

static const struct {
        const char *name;
        enum lexicon_role role;
} role_names[] = {
        { "none", ROLE_NONE },             { "subject", ROLE_SUBJECT },     { "object", ROLE_OBJECT },
        { "receiver", ROLE_RECEIVER },     { "complement", ROLE_COMPLEMENT }, { "possessor", ROLE_POSSESSOR },
        { "between", ROLE_BETWEEN },       { "any", ROLE_ANY },
        { "speaker", ROLE_SPEAKER },
};

static void read_role(struct lexicon *l, const struct where *where, const struct yaml_node *item,
                      struct lexicon_slot *slot)
{
        if (item->kind != YAML_SCALAR) {
                complain(where, item, "must be the name of a role or a preposition", "");
                return;
        }
        for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
                if (strcmp(item->text, role_names[i].name) == 0) {
                        slot->role = (uint8_t)role_names[i].role;
                        return;
                }
        slot->role = ROLE_PREPOSITION;
        slot->preposition = keep(l, item->text);
}

static void read_roles(struct lexicon *l, const struct where *where, const struct yaml_node *node,
                       struct lexicon_slot roles[LEXICON_ROLES_MAX])
{
        memset(roles, 0, LEXICON_ROLES_MAX * sizeof *roles);
        if (node->kind == YAML_SCALAR)
                read_role(l, where, node, &roles[0]);
        else if (node->kind == YAML_LIST && node->n < LEXICON_ROLES_MAX)
                for (size_t i = 0; i < node->n; i++)
                        read_role(l, where, node->items[i], &roles[i]);
        else
                complain(where, node, "must be a short list of roles", "");
}

static void default_roles(struct lexicon_frame *frame)
{
        static const struct lexicon_slot verb_source[] = { { ROLE_SUBJECT, NULL } };
        static const struct lexicon_slot verb_target[] = {
                { ROLE_OBJECT, NULL },        { ROLE_RECEIVER, NULL },    { ROLE_PREPOSITION, "against" },
                { ROLE_PREPOSITION, "with" }, { ROLE_PREPOSITION, "to" }, { ROLE_PREPOSITION, "on" },
                { ROLE_ANY, NULL },
        };
        static const struct lexicon_slot noun_source[] = {
                { ROLE_BETWEEN, NULL }, { ROLE_PREPOSITION, "by" }, { ROLE_POSSESSOR, NULL }, { ROLE_SUBJECT, NULL },
        };
        static const struct lexicon_slot noun_target[] = {
                { ROLE_PREPOSITION, "with" }, { ROLE_PREPOSITION, "against" }, { ROLE_PREPOSITION, "on" },
                { ROLE_PREPOSITION, "to" }, { ROLE_PREPOSITION, "of" },
        };

        if (frame->kind == LEXICON_NOUN) {
                memcpy(frame->source, noun_source, sizeof noun_source);
                memcpy(frame->target, noun_target, sizeof noun_target);
        } else {
                memcpy(frame->source, verb_source, sizeof verb_source);
                memcpy(frame->target, verb_target, sizeof verb_target);
        }
}

static bool truth(const struct yaml_node *node)
{
        return node && node->kind == YAML_SCALAR && (strcmp(node->text, "yes") == 0 || strcmp(node->text, "true") == 0);
}

static const struct lexicon_code *read_code(struct lexicon *l, const struct where *where, const struct yaml_node *node)
{
        const struct lexicon_code *code = node->kind == YAML_SCALAR ? lexicon_code(l, node->text) : NULL;

        if (!code)
                complain(where, node, "no such code in the cameo table", node->kind == YAML_SCALAR ? node->text : "");
        return code;
}

static void read_object(struct lexicon *l, const struct where *where, const struct yaml_node *node,
                        struct lexicon_frame *f)
{
        if (node->kind == YAML_SCALAR && strcmp(node->text, "none") == 0) {
                f->no_object = true;
        } else if (node->kind == YAML_SCALAR && strcmp(node->text, "$actor") == 0) {
                f->object_actor = true;
                f->specificity += SPECIFIC_OBJECT - 1;
        } else {
                f->has_object = list_bits(l, where, node, &f->object);
                f->specificity += SPECIFIC_OBJECT;
        }
}

/* `preposition: {on: [@sanctions], from: }` */
static void read_prepositions(struct lexicon *l, const struct where *where, const struct yaml_node *node,
                              struct lexicon_frame *f)
{
        if (node->kind != YAML_MAP || node->n > LEXICON_PREPS_MAX) {
                complain(where, node, "must be a map of at most 4 prepositions", "");
                return;
        }
        for (size_t i = 0; i < node->n; i++) {
                const struct yaml_node *value = node->pairs[i].value;
                size_t k = f->n_prepositions++;

                f->prepositions[k].preposition = keep(l, node->pairs[i].key->text);
                f->specificity += SPECIFIC_PREPOSITION;
                if (value->kind == YAML_LIST) {
                        f->prepositions[k].has_words = list_bits(l, where, value, &f->prepositions[k].words);
                        f->specificity++;
                }
        }
}

static void read_complement(struct lexicon *l, const struct where *where, const struct yaml_node *node,
                            struct lexicon_frame *f)
{
        if (node->kind == YAML_SCALAR && strcmp(node->text, "yes") == 0) {
                f->complement = COMPLEMENT_NEEDED;
                f->specificity += 1;
        } else if (node->kind == YAML_SCALAR && strcmp(node->text, "infinitive") == 0) {
                f->complement = COMPLEMENT_INFINITIVE;
                f->specificity += 1;
        } else if (node->kind == YAML_SCALAR && strcmp(node->text, "no") == 0) {
                f->complement = COMPLEMENT_NONE;
        } else {
                f->complement = COMPLEMENT_NEEDED;
                f->has_governed = list_bits(l, where, node, &f->governed);
                f->specificity += SPECIFIC_GOVERNED;
        }
}

static void read_flag(struct lexicon *l, const struct where *where, const struct yaml_node *key,
                      const struct yaml_node *value, struct lexicon_frame *f)
{
        struct {
                const char *name;
                bool *flag;
        } flags[] = {
                { "reciprocal", &f->reciprocal }, { "absorbs", &f->absorbs },         { "weak", &f->weak },
                { "nothing", &f->nothing },       { "passive", &f->passive_only },    { "active", &f->active_only },
                { "obliges", &f->obliges },       { "same_subject", &f->same_subject },
        };

        (void)l;
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
                if (strcmp(key->text, flags[i].name) == 0) {
                        *flags[i].flag = truth(value);
                        f->specificity += flags[i].flag == &f->obliges;
                        return;
                }
        if (strcmp(key->text, "status") == 0 && value->kind == YAML_SCALAR) {
                for (int i = 1; i < STATUS_MAX_; i++)
                        if (strcmp(status_names[i], value->text) == 0) {
                                f->status = (enum lexicon_status)i;
                                return;
                        }
        }
        complain(where, key, "unknown key or value of a frame", key->text);
}

static void read_key(struct lexicon *l, const struct where *where, const struct yaml_pair *pair,
                     struct lexicon_frame *f)
{
        const char *key = pair->key->text;
        const struct yaml_node *value = pair->value;

        if (strcmp(key, "verbs") == 0 || strcmp(key, "nouns") == 0 || strcmp(key, "adjectives") == 0 ||
            strcmp(key, "source") == 0 || strcmp(key, "target") == 0 || strcmp(key, "example") == 0)
                return;
        if (strcmp(key, "code") == 0)
                f->code = read_code(l, where, value);
        else if (strcmp(key, "negated") == 0)
                f->negated = read_code(l, where, value);
        else if (strcmp(key, "verbal") == 0)
                f->verbal = read_code(l, where, value);
        else if (strcmp(key, "future") == 0)
                f->future = read_code(l, where, value);
        else if (strcmp(key, "object") == 0)
                read_object(l, where, value, f);
        else if (strcmp(key, "preposition") == 0)
                read_prepositions(l, where, value, f);
        else if (strcmp(key, "complement") == 0)
                read_complement(l, where, value, f);
        else
                read_flag(l, where, pair->key, value, f);
}

static void word_add_frame(struct lexicon *l, struct lexicon_word *word, const struct lexicon_frame *frame)
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

/* "carry out" is the verb "carry" with the particle "out". */
static void add_frame_for(struct lexicon *l, const struct lexicon_frame *made, const char *text)
{
        struct lexicon_frame *frame = arena_alloc(l->arena, sizeof *frame);
        const char *space = made->kind == LEXICON_VERB ? strchr(text, ' ') : NULL;

        *frame = *made;
        frame->lemma = space ? arena_strndup(l->arena, text, (size_t)(space - text)) : arena_strdup(l->arena, text);
        if (space) {
                frame->particle = arena_strdup(l->arena, space + 1);
                frame->specificity += SPECIFIC_PARTICLE;
        }
        word_add_frame(l, word_intern(l, frame->lemma), frame);
}

static void add_frame_words(struct lexicon *l, const struct where *where, const struct lexicon_frame *frame,
                            const struct yaml_node *words)
{
        if (words->kind != YAML_LIST)
                complain(where, words, "must be a list of words", "");
        for (size_t i = 0; i < words->n && words->kind == YAML_LIST; i++) {
                const char *text = words->items[i]->text;
                int set;

                if (words->items[i]->kind != YAML_SCALAR)
                        continue;
                if (text[0] != '@') {
                        add_frame_for(l, frame, text);
                        continue;
                }
                set = lexicon_set(l, text + 1);
                if (set < 0)
                        complain(where, words->items[i], "no such set", text);
                for (size_t k = 0; k < l->n_words && set >= 0; k++)
                        if (lexicon_in_set(l->order[k], set))
                                add_frame_for(l, frame, l->order[k]->lemma);
        }
}

static void add_frame(struct lexicon *l, const struct where *where, const struct yaml_node *node)
{
        static const char *const kinds[] = { "verbs", "nouns", "adjectives" };
        size_t words = 0;

        if (node->kind != YAML_MAP) {
                complain(where, node, "a frame is a map", "");
                return;
        }
        for (int kind = 0; kind < LEXICON_KIND_MAX_; kind++) {
                const struct yaml_node *list = yaml_get(node, kinds[kind]);
                struct lexicon_frame frame = { .kind = (enum lexicon_kind)kind,
                                               .file = where->path,
                                               .line = node->line };

                if (!list)
                        continue;
                words++;
                default_roles(&frame);
                if (yaml_get(node, "source"))
                        read_roles(l, where, yaml_get(node, "source"), frame.source);
                if (yaml_get(node, "target"))
                        read_roles(l, where, yaml_get(node, "target"), frame.target);
                for (size_t i = 0; i < node->n; i++)
                        read_key(l, where, &node->pairs[i], &frame);
                if (!frame.code && !frame.nothing)
                        complain(where, node, "a frame needs a code", kinds[kind]);
                else
                        add_frame_words(l, where, &frame, list);
        }
        if (words == 0)
                complain(where, node, "a frame needs verbs, nouns or adjectives", "");
}

void lexicon_add(struct lexicon *lexicon, enum lexicon_pass pass, const char *path, const struct yaml_node *root,
                 struct yaml_errors *errors)
{
        struct where where = { path, errors };
        const struct yaml_node *node;

        if (pass == LEXICON_PASS_SETS) {
                node = yaml_get(root, "sets");
                if (node && node->kind == YAML_MAP)
                        add_sets(lexicon, &where, node);
                node = yaml_get(root, "cameo");
                if (node && node->kind == YAML_LIST)
                        add_codes(lexicon, &where, node);
                return;
        }
        node = yaml_get(root, "frames");
        for (size_t i = 0; node && node->kind == YAML_LIST && i < node->n; i++)
                add_frame(lexicon, &where, node->items[i]);
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
