/*
 * See yaml.h. The tree is built from libyaml's events, in a loop of a dozen lines for each kind of them: its document
 * loader takes half as long again and nearly doubles the memory, and it reads all of a hostile text before a bound can
 * stop it.
 *
 * Children of the collections that are open stand on one stack, and are copied to the arena when their collection ends:
 * so a list costs one exact allocation.
 */
#include "config/yaml.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/clock.h"
#include "base/error.h"

enum { FEW_KEYS = 12, SHOWN_MAX = 60 };

struct open_collection {
        struct yaml_node *node;
        size_t base;                    /* where its children begin on the stack */
};

struct loader {
        struct arena *arena;
        const char *path, *text;
        struct yaml_errors *errors;
        yaml_parser_t parser;
        struct yaml_node **stack;
        size_t n, size;
        struct open_collection open[YAML_DEPTH_MAX];
        unsigned depth, documents;
        size_t nodes;
        struct yaml_node *root;
        size_t n_double;        /* errors about double keys */
};

void yaml_errors_init(struct yaml_errors *errors, struct arena *arena)
{
        *errors = (struct yaml_errors){ .arena = arena };
        errors->last = &errors->first;
}

void yaml_errors_add(struct yaml_errors *errors, const char *path, unsigned line, unsigned column, const char *format,
                     ...)
{
        struct yaml_error *error;
        _cleanup_free_ char *message = NULL;
        va_list args;
        int n;

        if (errors->n++ >= YAML_ERRORS_MAX)
                return;
        va_start(args, format);
        n = vasprintf(&message, format, args);
        va_end(args);
        if (n < 0)
                arena_out_of_memory();
        error = arena_new(errors->arena, struct yaml_error);
        *error = (struct yaml_error){
                .path = path,
                .line = line,
                .column = column,
                .message = arena_strndup(errors->arena, message, (size_t)n),
        };
        *errors->last = error;
        errors->last = &error->next;
}

static int compare_places(const struct yaml_error *a, const struct yaml_error *b)
{
        int r = strcmp(a->path, b->path);

        if (r != 0)
                return r;
        if (a->line != b->line)
                return a->line < b->line ? -1 : 1;
        return a->column < b->column ? -1 : a->column > b->column;
}

/* There are at most YAML_ERRORS_MAX of them: they are put into their places one by one, which keeps the order of
 * equals. */
void yaml_errors_sort(struct yaml_errors *errors)
{
        struct yaml_error *sorted = NULL, *error, *next;

        for (error = errors->first; error != NULL; error = next) {
                struct yaml_error **at = &sorted;

                next = error->next;
                while (*at != NULL && compare_places(*at, error) <= 0)
                        at = &(*at)->next;
                error->next = *at;
                *at = error;
        }
        errors->first = sorted;
        errors->last = &errors->first;
        while (*errors->last != NULL)
                errors->last = &(*errors->last)->next;
}

char *yaml_errors_text(const struct yaml_errors *errors)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (f == NULL)
                arena_out_of_memory();
        for (const struct yaml_error *e = errors->first; e != NULL; e = e->next)
                fprintf(f, "%s:%u:%u: %s\n", e->path, e->line, e->column, e->message);
        if (errors->n > YAML_ERRORS_MAX)
                fprintf(f, "and %zu more errors\n", errors->n - YAML_ERRORS_MAX);
        if (fclose(f) != 0 || text == NULL)
                arena_out_of_memory();
        return text;
}

static void add_error(struct loader *l, const yaml_mark_t *mark, const char *message)
{
        yaml_errors_add(l->errors, l->path, (unsigned)mark->line + 1, (unsigned)mark->column + 1, "%s", message);
}

/* What libyaml says. Its reader gives the offset of a bad byte only: then the place is counted here. */
static int parser_error(struct loader *l)
{
        const yaml_parser_t *p = &l->parser;
        unsigned line = 1, column = 1;

        if (p->error == YAML_MEMORY_ERROR)
                return error_origin(-ENOMEM);
        if (p->error == YAML_READER_ERROR) {
                for (size_t i = 0; i < p->problem_offset; i++) {
                        column += (l->text[i] & 0xC0) != 0x80;
                        if (l->text[i] == '\n') {
                                line++;
                                column = 1;
                        }
                }
                yaml_errors_add(l->errors, l->path, line, column, "%s (0x%02X): the file must be text in UTF-8",
                                p->problem, (unsigned)p->problem_value);
                return YAML_E_BAD;
        }
        line = (unsigned)p->problem_mark.line + 1;
        column = (unsigned)p->problem_mark.column + 1;
        if (p->context != NULL)
                yaml_errors_add(l->errors, l->path, line, column, "%s (%s at %zu:%zu)", p->problem, p->context,
                                p->context_mark.line + 1, p->context_mark.column + 1);
        else
                yaml_errors_add(l->errors, l->path, line, column, "%s", p->problem);
        return YAML_E_BAD;
}

/* A node becomes a child of the collection that is open, or the root. */
static int add_node(struct loader *l, const yaml_mark_t *mark, enum yaml_kind kind, struct yaml_node **out)
{
        struct yaml_node *node;

        if (l->nodes++ >= YAML_NODES_MAX) {
                add_error(l, mark, "too large: more values than dateline takes in one file");
                return YAML_E_BAD;
        }
        node = arena_new(l->arena, struct yaml_node);
        node->kind = kind;
        node->line = (unsigned)mark->line + 1;
        node->column = (unsigned)mark->column + 1;
        if (l->depth == 0) {
                l->root = node;
        } else {
                if (l->n == l->size) {
                        size_t size = MAX_OF(2 * l->size, (size_t)256);
                        void *stack = reallocarray(l->stack, size, sizeof(l->stack[0]));

                        if (stack == NULL)
                                return error_origin(-ENOMEM);
                        l->stack = stack;
                        l->size = size;
                }
                l->stack[l->n++] = node;
        }
        *out = node;
        return 0;
}

static void refuse_tag(struct loader *l, const yaml_mark_t *mark, const yaml_char_t *tag)
{
        if (tag != NULL)
                add_error(l, mark,
                          "tags (words that begin with '!') are not taken: leave it out, or put the text in quotes");
}

static int on_scalar(struct loader *l, const yaml_event_t *event)
{
        struct yaml_node *node;
        int r = add_node(l, &event->start_mark, YAML_SCALAR, &node);

        if (r != 0)
                return r;
        refuse_tag(l, &event->start_mark, event->data.scalar.tag);
        node->n_text = event->data.scalar.length;
        node->text = arena_strndup(l->arena, (const char *)event->data.scalar.value, node->n_text);
        node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        return 0;
}

static int on_alias(struct loader *l, const yaml_event_t *event)
{
        struct yaml_node *node;
        int r = add_node(l, &event->start_mark, YAML_SCALAR, &node);

        if (r != 0)
                return r;
        add_error(l, &event->start_mark, "aliases ('*name') are not taken: write the value out here");
        node->text = "";
        return 0;
}

static int on_collection(struct loader *l, const yaml_mark_t *mark, enum yaml_kind kind, const yaml_char_t *tag)
{
        struct yaml_node *node = NULL;
        int r = add_node(l, mark, kind, &node);

        if (r != 0)
                return r;
        refuse_tag(l, mark, tag);
        if (l->depth == YAML_DEPTH_MAX) {
                add_error(l, mark, "nested too deep");
                return YAML_E_BAD;
        }
        l->open[l->depth++] = (struct open_collection){ node, l->n };
        return 0;
}

static int compare_keys(const struct yaml_node *a, const struct yaml_node *b)
{
        int r = memcmp(a->text, b->text, MIN_OF(a->n_text, b->n_text));

        return r != 0 ? r : a->n_text < b->n_text ? -1 : a->n_text > b->n_text;
}

static int compare_pairs(const void *a, const void *b)
{
        const struct yaml_pair *const *left = a, *const *right = b;
        int r = compare_keys((*left)->key, (*right)->key);

        return r != 0 ? r : *left < *right ? -1 : *left > *right;       /* the earlier one first */
}

static void double_key(struct loader *l, const struct yaml_pair *first, struct yaml_pair *again)
{
        yaml_errors_add(l->errors, l->path, again->key->line, again->key->column,
                        "double key %s (it stands at %u:%u too)", yaml_show(l->errors->arena, again->key),
                        first->key->line, first->key->column);
        again->value = NULL;
        l->n_double++;
}

/* A pair whose key stood before loses its value. Dictionaries are maps with very many keys: these are sorted. */
static int find_double_keys(struct loader *l, struct yaml_pair *pairs, size_t n)
{
        _cleanup_free_ struct yaml_pair **sorted = NULL;

        if (n <= FEW_KEYS) {
                for (size_t i = 1; i < n; i++)
                        for (size_t j = 0; j < i; j++)
                                if (compare_keys(pairs[i].key, pairs[j].key) == 0) {
                                        double_key(l, &pairs[j], &pairs[i]);
                                        break;
                                }
                return 0;
        }
        sorted = calloc(n, sizeof(struct yaml_pair *));
        if (sorted == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < n; i++)
                sorted[i] = &pairs[i];
        qsort(sorted, n, sizeof(sorted[0]), compare_pairs);
        for (size_t i = 1, first = 0; i < n; i++) {
                if (compare_keys(sorted[first]->key, sorted[i]->key) == 0)
                        double_key(l, sorted[first], sorted[i]);
                else
                        first = i;
        }
        return 0;
}

static int close_map(struct loader *l, struct yaml_node *node, struct yaml_node **children, size_t n)
{
        struct yaml_pair *pairs = arena_array(l->arena, struct yaml_pair, n / 2);
        size_t n_pairs = 0, kept = 0;
        int r;

        for (size_t i = 0; i + 1 < n; i += 2) {
                struct yaml_node *key = children[i];

                if (key->kind == YAML_SCALAR && strlen(key->text) == key->n_text)
                        pairs[n_pairs++] = (struct yaml_pair){ key, children[i + 1] };
                else
                        yaml_errors_add(l->errors, l->path, key->line, key->column, "a key must be a word, not %s",
                                        yaml_show(l->errors->arena, key));
        }
        r = find_double_keys(l, pairs, n_pairs);
        if (r != 0)
                return error_trace(r);
        for (size_t i = 0; i < n_pairs; i++)
                if (pairs[i].value != NULL)
                        pairs[kept++] = pairs[i];
        node->pairs = pairs;
        node->n = kept;
        return 0;
}

static int on_collection_end(struct loader *l)
{
        struct open_collection *open = &l->open[--l->depth];
        struct yaml_node **children;
        size_t n = l->n - open->base;

        if (n == 0)
                return 0;
        children = l->stack + open->base;
        l->n = open->base;
        if (open->node->kind == YAML_MAP)
                return close_map(l, open->node, children, n);
        open->node->items = arena_array(l->arena, struct yaml_node *, n);
        memcpy(open->node->items, children, n * sizeof(children[0]));
        open->node->n = n;
        return 0;
}

static int on_document(struct loader *l, const yaml_mark_t *mark)
{
        if (l->documents++ == 0)
                return 0;
        add_error(l, mark, "a second document begins here: a file holds one");
        return YAML_E_BAD;
}

static int on_event(struct loader *l, const yaml_event_t *event)
{
        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                return on_document(l, &event->start_mark);
        case YAML_ALIAS_EVENT:
                return on_alias(l, event);
        case YAML_SCALAR_EVENT:
                return on_scalar(l, event);
        case YAML_SEQUENCE_START_EVENT:
                return on_collection(l, &event->start_mark, YAML_LIST, event->data.sequence_start.tag);
        case YAML_MAPPING_START_EVENT:
                return on_collection(l, &event->start_mark, YAML_MAP, event->data.mapping_start.tag);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                return on_collection_end(l);
        default:
                return 0;
        }
}

static int run(struct loader *l)
{
        bool done = false;
        int r = 0;

        while (r == 0 && !done) {
                yaml_event_t event;

                if (!yaml_parser_parse(&l->parser, &event))
                        return parser_error(l);
                r = on_event(l, &event);
                done = event.type == YAML_STREAM_END_EVENT;
                yaml_event_delete(&event);
        }
        return r;
}

int yaml_parse(struct arena *arena, const char *path, const char *text, size_t n, struct yaml_node **root,
               struct yaml_errors *errors)
{
        static const char bom[] = { '\xEF', '\xBB', '\xBF' };
        struct loader l = { .arena = arena, .path = path, .text = text, .errors = errors };
        size_t before = errors->n;
        int r;

        *root = NULL;
        if (n > YAML_TEXT_MAX) {
                yaml_errors_add(errors, path, 1, 1, "too large: %zu bytes (at most %d MB)", n, YAML_TEXT_MAX >> 20);
                return YAML_E_BAD;
        }
        if (n >= sizeof(bom) && memcmp(text, bom, sizeof(bom)) == 0) {
                l.text += sizeof(bom);
                n -= sizeof(bom);
        }
        if (!yaml_parser_initialize(&l.parser))
                return error_origin(-ENOMEM);
        yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&l.parser, (const unsigned char *)l.text, n);
        r = run(&l);
        yaml_parser_delete(&l.parser);
        free(l.stack);
        if (r != 0)
                return error_trace(r);
        if (l.root == NULL || yaml_is_null(l.root)) {
                l.root = arena_new(arena, struct yaml_node);
                *l.root = (struct yaml_node){ .kind = YAML_MAP, .line = 1, .column = 1 };
        }
        if (errors->n - before == l.n_double)
                *root = l.root;
        return errors->n != before ? YAML_E_BAD : 0;
}

enum {
        READ_REST_US = 100000,          /* so long nobody has written when a file is taken for whole */
        READ_TIMES = 20,
        READ_E_AGAIN = YAML_E_BAD + 1,
};

static int cannot_read(const char *path, struct yaml_errors *errors, int error)
{
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(error));
        return YAML_E_BAD;
}

static int read_all(struct arena *arena, const char *path, int fd, size_t size, const char **text, size_t *n,
                    struct yaml_errors *errors)
{
        char *bytes = arena_alloc(arena, size + 1);
        size_t have = 0;

        for (;;) {
                ssize_t r;

                if (have == size) {
                        char *larger = arena_alloc(arena, 2 * size + 1);

                        memcpy(larger, bytes, have);
                        bytes = larger;
                        size *= 2;
                }
                r = read(fd, bytes + have, size - have);
                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0)
                        return cannot_read(path, errors, errno);
                have += (size_t)r;
                if (have > YAML_TEXT_MAX)
                        return cannot_read(path, errors, EFBIG);
                if (r == 0)
                        break;
        }
        bytes[have] = '\0';
        *text = bytes;
        *n = have;
        return 0;
}

/* How many us are missing until nobody has written for READ_REST_US. A time to come is no sign of anything. */
static int64_t unrest(const struct stat *st)
{
        int64_t age = clock_wall_us() - ((int64_t)st->st_mtim.tv_sec * CLOCK_SECOND + st->st_mtim.tv_nsec / 1000);

        return age >= 0 && age < READ_REST_US ? READ_REST_US - age : 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
               a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* 0, YAML_E_BAD, or READ_E_AGAIN: somebody writes it; *wait us would be enough if that was all. */
static int read_once(struct arena *arena, const char *path, const char **text, size_t *n, struct yaml_errors *errors,
                     int64_t *wait)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct stat before, after;
        int r;

        if (fd < 0 || fstat(fd, &before) < 0)
                return cannot_read(path, errors, errno);
        if (before.st_size > YAML_TEXT_MAX)
                return cannot_read(path, errors, EFBIG);
        if (!S_ISREG(before.st_mode))
                return read_all(arena, path, fd, 4096, text, n, errors);
        *wait = unrest(&before);
        if (*wait > 0)
                return READ_E_AGAIN;
        r = read_all(arena, path, fd, (size_t)before.st_size + 1, text, n, errors);
        *wait = READ_REST_US;
        return r != 0 ? r : stat(path, &after) == 0 && is_same(&before, &after) ? 0 : READ_E_AGAIN;
}

int yaml_read_file(struct arena *arena, const char *path, const char **text, size_t *n, struct yaml_errors *errors)
{
        int64_t wait;
        int r = 0;

        for (int i = 0; i < READ_TIMES; i++) {
                r = read_once(arena, path, text, n, errors, &wait);
                if (r != READ_E_AGAIN)
                        return r;
                usleep((useconds_t)wait);
        }
        yaml_errors_add(errors, path, 1, 1, "is being written again and again: try it once that is over");
        return YAML_E_BAD;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
        if (map == NULL || map->kind != YAML_MAP)
                return NULL;
        for (size_t i = 0; i < map->n; i++)
                if (strcmp(map->pairs[i].key->text, key) == 0)
                        return map->pairs[i].value;
        return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
        static const char *const words[] = { "", "~", "null", "Null", "NULL" };

        if (node->kind != YAML_SCALAR || !node->plain)
                return false;
        for (size_t i = 0; i < N_ELEMENTS(words); i++)
                if (strcmp(node->text, words[i]) == 0)
                        return true;
        return false;
}

static bool is_control(char c)
{
        return (unsigned char)c < ' ' || c == 0x7F;
}

const char *yaml_show(struct arena *arena, const struct yaml_node *node)
{
        size_t n = node->n_text;
        char *text;

        if (node->kind != YAML_SCALAR)
                return node->kind == YAML_LIST ? "a list" : "a map";
        if (n > SHOWN_MAX) {
                n = SHOWN_MAX;
                while (n > 0 && (node->text[n] & 0xC0) == 0x80)
                        n--;
        }
        text = arena_alloc(arena, n + sizeof("'...'"));
        *text = '\'';
        for (size_t i = 0; i < n; i++)
                text[i + 1] = is_control(node->text[i]) ? '?' : node->text[i];
        strcpy(text + n + 1, n < node->n_text ? "...'" : "'");
        return text;
}

bool yaml_equal(const struct yaml_node *a, const struct yaml_node *b)
{
        if (a == NULL || b == NULL)
                return a == b;
        if (a->kind != b->kind || a->n != b->n)
                return false;
        switch (a->kind) {
        case YAML_SCALAR:
                return a->plain == b->plain && compare_keys(a, b) == 0;
        case YAML_LIST:
                for (size_t i = 0; i < a->n; i++)
                        if (!yaml_equal(a->items[i], b->items[i]))
                                return false;
                return true;
        case YAML_MAP:
                for (size_t i = 0; i < a->n; i++)
                        if (compare_keys(a->pairs[i].key, b->pairs[i].key) != 0 ||
                            !yaml_equal(a->pairs[i].value, b->pairs[i].value))
                                return false;
                return true;
        }
        return false;
}
