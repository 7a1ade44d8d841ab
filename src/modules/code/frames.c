/*
 * See frames.h. A row of the file is read once for each kind of word that it has; its sets, roles and prepositions are
 * kept once for all of its words, for a row may have a hundred.
 */
#include "modules/code/frames.h"

#include <string.h>

enum { SPECIFIC_OBJECT = 4, SPECIFIC_PREPOSITION = 3, SPECIFIC_PARTICLE = 2, SPECIFIC_GOVERNED = 4 };

struct reader {
        struct lexicon *lexicon;
        struct arena *arena;            /* the lexicon's */
        const char *path;
        struct yaml_errors *errors;
};

static void complain(const struct reader *r, const struct yaml_node *node, const char *message, const char *word)
{
        yaml_errors_add(r->errors, r->path, node->line, node->column, "%s: '%s'", message, word);
}

/* The bit of the set that "@name" means; -1 after saying that there is none. */
static int named_set(const struct reader *r, const struct yaml_node *item)
{
        int set = lexicon_set(r->lexicon, item->text + 1);

        if (set < 0)
                complain(r, item, "no such set", item->text);
        return set;
}

/* A list of words and @sets as bits: one named set is its bit, anything else gets an unnamed set. NULL where it is no
 * list. */
static const struct lexicon_bits *list_bits(const struct reader *r, const struct yaml_node *node)
{
        struct yaml_node *one[1] = { (struct yaml_node *)node };
        struct yaml_node single = { .kind = YAML_LIST, .items = one, .n = 1 };
        const struct yaml_node *list = node->kind == YAML_SCALAR ? &single : node;
        struct lexicon_bits *bits;
        int own = -1, set;

        if (list->kind != YAML_LIST) {
                complain(r, node, "must be a list of words", "");
                return NULL;
        }
        bits = arena_new(r->arena, struct lexicon_bits);
        for (size_t i = 0; i < list->n; i++) {
                const struct yaml_node *item = list->items[i];

                if (item->kind != YAML_SCALAR) {
                        complain(r, item, "must be a word", "");
                        continue;
                }
                if (item->text[0] == '@') {
                        set = named_set(r, item);
                } else {
                        own = own < 0 ? lexicon_new_set(r->lexicon) : own;
                        set = own;
                        if (own < 0) {
                                complain(r, node, "too many lists of words; name sets instead", "");
                                return NULL;
                        }
                        lexicon_set_bit(&lexicon_intern(r->lexicon, item->text)->sets, own);
                }
                if (set >= 0)
                        lexicon_set_bit(bits, set);
        }
        return bits;
}

static const struct {
        const char *name;
        enum lexicon_role role;
} role_names[] = {
        { "none", ROLE_NONE },           { "subject", ROLE_SUBJECT },       { "object", ROLE_OBJECT },
        { "receiver", ROLE_RECEIVER },   { "complement", ROLE_COMPLEMENT }, { "possessor", ROLE_POSSESSOR },
        { "between", ROLE_BETWEEN },     { "any", ROLE_ANY },               { "speaker", ROLE_SPEAKER },
};

static void read_role(const struct reader *r, const struct yaml_node *item, struct lexicon_slot *slot)
{
        if (item->kind != YAML_SCALAR) {
                complain(r, item, "must be the name of a role or a preposition", "");
                return;
        }
        for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
                if (strcmp(item->text, role_names[i].name) == 0) {
                        slot->role = (uint8_t)role_names[i].role;
                        return;
                }
        slot->role = ROLE_PREPOSITION;
        slot->preposition = arena_strdup(r->arena, item->text);
}

/* Slots, with one of ROLE_NONE at the end. */
static const struct lexicon_slot *read_roles(const struct reader *r, const struct yaml_node *node)
{
        bool list = node->kind == YAML_LIST && node->n < LEXICON_ROLES_MAX;
        struct lexicon_slot *roles = arena_array(r->arena, struct lexicon_slot, (list ? node->n : 1) + 1);

        if (node->kind == YAML_SCALAR)
                read_role(r, node, &roles[0]);
        else if (list)
                for (size_t i = 0; i < node->n; i++)
                        read_role(r, node->items[i], &roles[i]);
        else
                complain(r, node, "must be a short list of roles", "");
        return roles;
}

static void default_roles(struct lexicon_frame *frame)
{
        static const struct lexicon_slot verb_source[] = { { ROLE_SUBJECT, NULL }, { ROLE_NONE, NULL } };
        static const struct lexicon_slot verb_target[] = {
                { ROLE_OBJECT, NULL },        { ROLE_RECEIVER, NULL },    { ROLE_PREPOSITION, "against" },
                { ROLE_PREPOSITION, "with" }, { ROLE_PREPOSITION, "to" }, { ROLE_PREPOSITION, "on" },
                { ROLE_ANY, NULL },           { ROLE_NONE, NULL },
        };
        static const struct lexicon_slot noun_source[] = {
                { ROLE_BETWEEN, NULL }, { ROLE_PREPOSITION, "by" }, { ROLE_POSSESSOR, NULL }, { ROLE_SUBJECT, NULL },
                { ROLE_NONE, NULL },
        };
        static const struct lexicon_slot noun_target[] = {
                { ROLE_PREPOSITION, "with" }, { ROLE_PREPOSITION, "against" }, { ROLE_PREPOSITION, "on" },
                { ROLE_PREPOSITION, "to" },   { ROLE_PREPOSITION, "of" },      { ROLE_NONE, NULL },
        };

        frame->source = frame->kind == LEXICON_NOUN ? noun_source : verb_source;
        frame->target = frame->kind == LEXICON_NOUN ? noun_target : verb_target;
}

static bool is_scalar(const struct yaml_node *node, const char *text)
{
        return node->kind == YAML_SCALAR && strcmp(node->text, text) == 0;
}

static const struct lexicon_code *read_code(const struct reader *r, const struct yaml_node *node)
{
        const struct lexicon_code *code = node->kind == YAML_SCALAR ? lexicon_code(r->lexicon, node->text) : NULL;

        if (!code)
                complain(r, node, "no such code in the cameo table", node->kind == YAML_SCALAR ? node->text : "");
        return code;
}

static void read_object(const struct reader *r, const struct yaml_node *node, struct lexicon_frame *f)
{
        if (is_scalar(node, "none")) {
                f->no_object = true;
        } else if (is_scalar(node, "$actor")) {
                f->object_actor = true;
                f->specificity += SPECIFIC_OBJECT - 1;
        } else {
                f->object = list_bits(r, node);
                f->specificity += SPECIFIC_OBJECT;
        }
}

/* `preposition: {on: [@sanctions], from: }` */
static void read_prepositions(const struct reader *r, const struct yaml_node *node, struct lexicon_frame *f)
{
        struct lexicon_preposition *list;

        if (node->kind != YAML_MAP || node->n > LEXICON_PREPS_MAX) {
                complain(r, node, "must be a map of at most 4 prepositions", "");
                return;
        }
        list = arena_array(r->arena, struct lexicon_preposition, node->n + 1);
        for (size_t i = 0; i < node->n; i++) {
                const struct yaml_node *value = node->pairs[i].value;

                list[i].word = arena_strdup(r->arena, node->pairs[i].key->text);
                f->specificity += SPECIFIC_PREPOSITION;
                if (value->kind == YAML_LIST) {
                        list[i].object = list_bits(r, value);
                        f->specificity++;
                }
        }
        f->prepositions = list;
        f->n_prepositions = node->n;
}

static void read_complement(const struct reader *r, const struct yaml_node *node, struct lexicon_frame *f)
{
        if (is_scalar(node, "yes")) {
                f->complement = COMPLEMENT_NEEDED;
                f->specificity += 1;
        } else if (is_scalar(node, "infinitive")) {
                f->complement = COMPLEMENT_INFINITIVE;
                f->specificity += 1;
        } else if (is_scalar(node, "no")) {
                f->complement = COMPLEMENT_NONE;
        } else {
                f->complement = COMPLEMENT_NEEDED;
                f->governed = list_bits(r, node);
                f->specificity += SPECIFIC_GOVERNED;
        }
}

static void read_status(const struct reader *r, const struct yaml_node *key, const struct yaml_node *value,
                        struct lexicon_frame *f)
{
        f->status = value->kind == YAML_SCALAR ? lexicon_status_named(value->text) : STATUS_NONE;
        if (f->status == STATUS_NONE)
                complain(r, value, "no such status", key->text);
}

static void read_flag(const struct reader *r, const struct yaml_node *key, const struct yaml_node *value,
                      struct lexicon_frame *f)
{
        struct {
                const char *name;
                bool *flag;
        } flags[] = {
                { "reciprocal", &f->reciprocal }, { "absorbs", &f->absorbs },         { "weak", &f->weak },
                { "nothing", &f->nothing },       { "passive", &f->passive_only },    { "active", &f->active_only },
                { "obliges", &f->obliges },       { "same_subject", &f->same_subject },
        };

        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
                if (strcmp(key->text, flags[i].name) == 0) {
                        *flags[i].flag = is_scalar(value, "yes") || is_scalar(value, "true");
                        f->specificity += flags[i].flag == &f->obliges;
                        return;
                }
        complain(r, key, "unknown key of a frame", key->text);
}

/* Keys that are read before, or are there for the reader of the file. */
static bool is_read(const char *key)
{
        static const char *const keys[] = { "verbs", "nouns", "adjectives", "source", "target", "example" };

        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (strcmp(key, keys[i]) == 0)
                        return true;
        return false;
}

static void read_key(const struct reader *r, const struct yaml_pair *pair, struct lexicon_frame *f)
{
        const struct {
                const char *key;
                const struct lexicon_code **code;
        } codes[] = {
                { "code", &f->code }, { "negated", &f->negated }, { "verbal", &f->verbal }, { "future", &f->future },
        };
        const char *key = pair->key->text;

        if (is_read(key))
                return;
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
                if (strcmp(key, codes[i].key) == 0) {
                        *codes[i].code = read_code(r, pair->value);
                        return;
                }
        if (strcmp(key, "object") == 0)
                read_object(r, pair->value, f);
        else if (strcmp(key, "preposition") == 0)
                read_prepositions(r, pair->value, f);
        else if (strcmp(key, "complement") == 0)
                read_complement(r, pair->value, f);
        else if (strcmp(key, "status") == 0)
                read_status(r, pair->key, pair->value, f);
        else
                read_flag(r, pair->key, pair->value, f);
}

/* "carry out" is the verb "carry" with the particle "out". */
static void add_word(const struct reader *r, const struct lexicon_frame *made, const char *text)
{
        struct lexicon_frame *frame = arena_alloc(r->arena, sizeof *frame);
        const char *space = made->kind == LEXICON_VERB ? strchr(text, ' ') : NULL;
        struct lexicon_word *word;

        *frame = *made;
        word = lexicon_intern(r->lexicon, space ? arena_strndup(r->arena, text, (size_t)(space - text)) : text);
        frame->lemma = word->lemma;
        if (space) {
                frame->particle = arena_strdup(r->arena, space + 1);
                frame->specificity += SPECIFIC_PARTICLE;
        }
        lexicon_add_frame(r->lexicon, word, frame);
}

static void add_set(const struct reader *r, const struct lexicon_frame *frame, int set)
{
        const struct lexicon_word *word;

        for (size_t i = 0; set >= 0 && (word = lexicon_word_at(r->lexicon, i)) != NULL; i++)
                if (lexicon_in_set(word, set))
                        add_word(r, frame, word->lemma);
}

static void add_words(const struct reader *r, const struct lexicon_frame *frame, const struct yaml_node *words)
{
        if (words->kind != YAML_LIST) {
                complain(r, words, "must be a list of words", "");
                return;
        }
        for (size_t i = 0; i < words->n; i++) {
                const struct yaml_node *item = words->items[i];

                if (item->kind != YAML_SCALAR)
                        complain(r, item, "must be a word", "");
                else if (item->text[0] == '@')
                        add_set(r, frame, named_set(r, item));
                else
                        add_word(r, frame, item->text);
        }
}

static void add_frame(const struct reader *r, const struct yaml_node *node)
{
        static const char *const kinds[] = { "verbs", "nouns", "adjectives" };
        size_t n = 0;

        if (node->kind != YAML_MAP) {
                complain(r, node, "a frame is a map", "");
                return;
        }
        for (int kind = 0; kind < LEXICON_KIND_MAX_; kind++) {
                const struct yaml_node *words = yaml_get(node, kinds[kind]), *source, *target;
                struct lexicon_frame frame = { .kind = (enum lexicon_kind)kind, .file = r->path, .line = node->line };

                if (!words)
                        continue;
                n++;
                default_roles(&frame);
                source = yaml_get(node, "source");
                target = yaml_get(node, "target");
                if (source)
                        frame.source = read_roles(r, source);
                if (target)
                        frame.target = read_roles(r, target);
                for (size_t i = 0; i < node->n; i++)
                        read_key(r, &node->pairs[i], &frame);
                if (!frame.code && !frame.nothing)
                        complain(r, node, "a frame needs a code", kinds[kind]);
                else
                        add_words(r, &frame, words);
        }
        if (n == 0)
                complain(r, node, "a frame needs verbs, nouns or adjectives", "");
}

void frames_add(struct lexicon *lexicon, const char *path, const struct yaml_node *root, struct yaml_errors *errors)
{
        const struct reader r = { lexicon, lexicon_arena(lexicon), path, errors };
        const struct yaml_node *list = yaml_get(root, "frames");

        for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++)
                add_frame(&r, list->items[i]);
}
