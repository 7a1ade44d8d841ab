/* See schema.h. Each type is one row of types[]: what it is called in messages, and how a node becomes its value. */
#include "config/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "config/value.h"

/* One setting on its way from the file to the struct. */
struct setting {
        const struct schema_context *context;
        const struct schema_item *item;
        const struct yaml_node *node;
        void *field;
};

void schema_error(const struct schema_context *context, const struct yaml_node *node, const char *key,
                  const char *format, ...)
{
        const char *where = context->where != NULL ? context->where : "";
        unsigned line = 1, column = 1;
        char *message;
        va_list args;
        int n;

        if (node == NULL)
                node = context->section;
        if (node != NULL) {
                line = node->line;
                column = node->column;
        }
        va_start(args, format);
        n = vasprintf(&message, format, args);
        va_end(args);
        if (n < 0)
                arena_out_of_memory();
        if (key == NULL)
                key = "";
        yaml_errors_add(context->errors, context->path, line, column, "%s%s%s%s%s", where,
                        *where != '\0' && *key != '\0' ? "." : "", key, *where != '\0' || *key != '\0' ? ": " : "",
                        message);
        free(message);
}

const char *schema_nearest(const char *word, const char *const *names, size_t n)
{
        return nearest_word(word, names, n);
}

const char *schema_absolute(const struct schema_context *context, const char *path)
{
        const char *slash = strrchr(context->path, '/');
        _cleanup_free_ char *here = NULL;

        if (*path == '/')
                return path;
        while (strncmp(path, "./", 2) == 0)
                path += 2;
        if (*context->path == '/')
                return arena_printf(context->arena, "%.*s%s", (int)(slash - context->path) + 1, context->path, path);
        here = getcwd(NULL, 0);
        return arena_printf(context->arena, "%s/%.*s%s", here != NULL ? here : "",
                            slash != NULL ? (int)(slash - context->path) + 1 : 0, context->path, path);
}

static bool is_bounded(const struct schema_item *item)
{
        return item->max > item->min;
}

/* A value as the file would have it. */
static const char *show(const struct schema_item *item, int64_t value, char out[VALUE_TEXT_MAX])
{
        if (item->type == SCHEMA_SIZE)
                return value_show_size(value, out);
        if (item->type == SCHEMA_SPAN)
                return value_show_span(value, out);
        snprintf(out, VALUE_TEXT_MAX, item->type == SCHEMA_MODE ? "%04llo" : "%lld", (long long)value);
        return out;
}

static void out_of_range(const struct setting *s)
{
        char least[VALUE_TEXT_MAX], most[VALUE_TEXT_MAX];

        schema_error(s->context, s->node, s->item->name, "%s is out of range (%s to %s)", s->node->text,
                     show(s->item, s->item->min, least), show(s->item, s->item->max, most));
}

/* The length of a text or a list. */
static bool check_length(const struct setting *s, size_t n, const char *unit)
{
        const struct schema_item *item = s->item;

        if (!is_bounded(item) || ((int64_t)n >= item->min && (int64_t)n <= item->max))
                return true;
        schema_error(s->context, s->node, item->name, "has %zu %s (%lld to %lld)", n, unit, (long long)item->min,
                     (long long)item->max);
        return false;
}

/* A text that goes on as a C string. */
static bool check_text(const struct setting *s, const struct yaml_node *node)
{
        if (node->n_text == strlen(node->text))
                return true;
        schema_error(s->context, node, s->item->name, "must not hold a NUL byte");
        return false;
}

static bool set_text(const struct setting *s)
{
        if (!check_text(s, s->node) || !check_length(s, s->node->n_text, "bytes"))
                return false;
        *(const char **)s->field = s->node->text;
        return true;
}

static const char *path_of(const struct setting *s, const struct yaml_node *node)
{
        if (!check_text(s, node))
                return NULL;
        if (node->n_text == 0) {
                schema_error(s->context, node, s->item->name, "is empty");
                return NULL;
        }
        return schema_absolute(s->context, node->text);
}

static bool set_path(const struct setting *s)
{
        const char *path = path_of(s, s->node);

        if (path != NULL)
                *(const char **)s->field = path;
        return path != NULL;
}

static void wrong_value(const struct setting *s, const struct yaml_node *node);

static bool set_bool(const struct setting *s)
{
        if (s->node->plain && value_bool(s->node->text, s->field))
                return true;
        wrong_value(s, s->node);
        return false;
}

static bool set_fraction(const struct setting *s)
{
        double value;

        if (!s->node->plain || !value_fraction(s->node->text, &value)) {
                wrong_value(s, s->node);
                return false;
        }
        if (is_bounded(s->item) && (value < (double)s->item->min || value > (double)s->item->max)) {
                out_of_range(s);
                return false;
        }
        *(double *)s->field = value;
        return true;
}

static bool parse_number(const struct setting *s, int64_t *value)
{
        switch (s->item->type) {
        case SCHEMA_SIZE:
                return value_size(s->node->text, value);
        case SCHEMA_SPAN:
                return clock_parse_span(s->node->text, value) == 0;
        case SCHEMA_MODE:
                return value_mode(s->node->text, value);
        default:
                return s->node->plain && value_int(s->node->text, value);
        }
}

static bool set_number(const struct setting *s)
{
        int64_t value;

        if (s->item->zero != NULL && strcmp(s->node->text, s->item->zero) == 0) {
                *(int64_t *)s->field = 0;
                return true;
        }
        if (!check_text(s, s->node))
                return false;
        if (!parse_number(s, &value)) {
                wrong_value(s, s->node);
                return false;
        }
        if (is_bounded(s->item) && (value < s->item->min || value > s->item->max)) {
                out_of_range(s);
                return false;
        }
        *(int64_t *)s->field = value;
        return true;
}

static bool set_enum(const struct setting *s)
{
        for (int i = 0; s->item->names[i] != NULL; i++) {
                if (strcmp(s->item->names[i], s->node->text) == 0) {
                        *(int *)s->field = i;
                        return true;
                }
        }
        wrong_value(s, s->node);
        return false;
}

static bool set_bytes(const struct setting *s)
{
        const char *bytes;
        size_t n;

        if (!value_bytes(s->context->arena, s->node->text, s->node->n_text, &bytes, &n)) {
                wrong_value(s, s->node);
                return false;
        }
        if (!check_length(s, n, "bytes"))
                return false;
        *(const char **)s->field = bytes;
        *(size_t *)((char *)s->field + sizeof(char *)) = n;
        return true;
}

/* A list of texts, or one text alone. */
static bool set_strings(const struct setting *s)
{
        struct schema_strings *strings = s->field;
        struct yaml_node *one = (struct yaml_node *)s->node, **nodes = &one;
        const char **items;
        size_t n = 1;
        bool good = true;

        if (s->node->kind == YAML_LIST) {
                nodes = s->node->items;
                n = s->node->n;
        }
        if (!check_length(s, n, n == 1 ? "entry" : "entries"))
                return false;
        items = arena_array(s->context->arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++) {
                if (nodes[i]->kind != YAML_SCALAR) {
                        wrong_value(s, nodes[i]);
                        good = false;
                        continue;
                }
                if (s->item->type == SCHEMA_PATHS)
                        items[i] = path_of(s, nodes[i]);
                else if (check_text(s, nodes[i]))
                        items[i] = nodes[i]->text;
                good = good && items[i] != NULL;
        }
        if (good)
                *strings = (struct schema_strings){ items, n };
        return good;
}

static bool set_section(const struct setting *s)
{
        struct schema_context inner = *s->context;

        inner.where =
                *inner.where != '\0' ? arena_printf(inner.arena, "%s.%s", inner.where, s->item->name) : s->item->name;
        return schema_fill(&inner, s->item->section, s->node, s->field) == 0;
}

/* A word in place of a section's map. */
static bool set_word(const struct setting *s)
{
        for (int i = 0; s->item->names[i] != NULL; i++) {
                if (strcmp(s->item->names[i], s->node->text) == 0) {
                        set_section(&(struct setting){ s->context, s->item, NULL, s->field });
                        *(int *)s->field = i + 1;
                        return true;
                }
        }
        wrong_value(s, s->node);
        return false;
}

static bool set_list(const struct setting *s)
{
        const struct schema *schema = s->item->section;
        struct schema_list *list = s->field;
        bool good = true;

        if (yaml_is_null(s->node))
                return true;
        if (!check_length(s, s->node->n, s->node->n == 1 ? "entry" : "entries"))
                return false;
        list->items = arena_zalloc(s->context->arena, s->node->n * schema->size);
        list->n = s->node->n;
        for (size_t i = 0; i < list->n; i++) {
                struct schema_context inner = *s->context;

                inner.where = arena_printf(inner.arena, "%s%s%s[%zu]", inner.where, *inner.where != '\0' ? "." : "",
                                           s->item->name, i);
                if (schema_fill(&inner, schema, s->node->items[i], (char *)list->items + i * schema->size) != 0)
                        good = false;
        }
        return good;
}

static bool set_node(const struct setting *s)
{
        *(const struct yaml_node **)s->field = yaml_is_null(s->node) ? NULL : s->node;
        return true;
}

enum { ITEMS_MAX = 64 };         /* rows of a table */

enum { A_SCALAR = 1 << YAML_SCALAR, A_LIST = 1 << YAML_LIST, A_MAP = 1 << YAML_MAP };

static const struct type {
        const char *expected;
        unsigned kinds;                 /* of nodes that it takes */
        bool takes_null;
        bool (*set)(const struct setting *s);
} types[] = {
        [SCHEMA_STRING] = { "a text", A_SCALAR, false, set_text },
        [SCHEMA_PATH] = { "a path", A_SCALAR, false, set_path },
        [SCHEMA_BOOL] = { "yes or no", A_SCALAR, false, set_bool },
        [SCHEMA_INT] = { "a whole number", A_SCALAR, false, set_number },
        [SCHEMA_FRACTION] = { "a number", A_SCALAR, false, set_fraction },
        [SCHEMA_SIZE] = { "a size such as 512K or 8M", A_SCALAR, false, set_number },
        [SCHEMA_SPAN] = { "a span such as 30s, 10m or 365d", A_SCALAR, false, set_number },
        [SCHEMA_MODE] = { "an octal mode such as 0660", A_SCALAR, false, set_number },
        [SCHEMA_ENUM] = { "one of", A_SCALAR, false, set_enum },
        [SCHEMA_BYTES] = { "a text with the escapes \\n \\r \\t \\0 \\\\ \\xNN", A_SCALAR, false, set_bytes },
        [SCHEMA_STRINGS] = { "a text or a list of texts", A_SCALAR | A_LIST, false, set_strings },
        [SCHEMA_PATHS] = { "a path or a list of paths", A_SCALAR | A_LIST, false, set_strings },
        [SCHEMA_SECTION] = { "a map ('key: value' lines)", A_MAP, true, set_section },
        [SCHEMA_LIST] = { "a list (lines that begin with '-')", A_LIST, true, set_list },
        [SCHEMA_NODE] = { "anything", A_SCALAR | A_LIST | A_MAP, true, set_node },
};

static size_t count_names(const char *const *names)
{
        size_t n = 0;

        while (names[n] != NULL)
                n++;
        return n;
}

/* "a, b, c" */
static const char *join(struct arena *arena, const char *const *names)
{
        const char *text = names[0];

        for (size_t i = 1; names[i] != NULL; i++)
                text = arena_printf(arena, "%s, %s", text, names[i]);
        return text;
}

static void wrong_value(const struct setting *s, const struct yaml_node *node)
{
        struct arena *arena = s->context->arena;
        const struct schema_item *item = s->item;
        const char *expected = types[item->type].expected, *shown = yaml_show(arena, node), *near = NULL;

        if (item->names != NULL) {
                expected = arena_printf(arena, "%s%sone of %s", item->type == SCHEMA_SECTION ? expected : "",
                                        item->type == SCHEMA_SECTION ? " or " : "", join(arena, item->names));
                if (node->kind == YAML_SCALAR)
                        near = schema_nearest(node->text, item->names, count_names(item->names));
        } else if (item->zero != NULL) {
                expected = arena_printf(arena, "%s, or '%s'", expected, item->zero);
        }
        if (near != NULL)
                schema_error(s->context, node, item->name, "expected %s, not %s (did you mean '%s'?)", expected, shown,
                             near);
        else
                schema_error(s->context, node, item->name, "expected %s, not %s", expected, shown);
}

/* A value that stands in the file. */
static void set_from_file(const struct setting *s)
{
        const struct type *type = &types[s->item->type];
        bool is_null = yaml_is_null(s->node);

        if (is_null && !type->takes_null)
                schema_error(s->context, s->node, s->item->name, "is empty: give it %s, or leave the key out",
                             type->expected);
        else if (s->item->type == SCHEMA_SECTION && s->item->names != NULL && !is_null && s->node->kind == YAML_SCALAR)
                (void)set_word(s);
        else if (!is_null && (type->kinds & 1u << s->node->kind) == 0)
                wrong_value(s, s->node);
        else if (type->set(s) && s->item->check != NULL && !is_null)
                s->item->check(s->context, s->node, s->item->name, s->field);
}

static void set_default(const struct schema_context *context, const struct schema_item *item, void *field)
{
        struct yaml_node *node;

        if (item->type == SCHEMA_SECTION) {
                set_section(&(struct setting){ context, item, NULL, field });
        } else if (item->fallback != NULL) {
                node = arena_new(context->arena, struct yaml_node);
                *node = (struct yaml_node){ .kind = YAML_SCALAR, .text = item->fallback, .plain = true,
                                            .n_text = strlen(item->fallback), .line = 1, .column = 1 };
                if (context->section != NULL) {
                        node->line = context->section->line;
                        node->column = context->section->column;
                }
                types[item->type].set(&(struct setting){ context, item, node, field });
        }
}

/* What stands in a section: `given` for each row that has a key, `meant` also where a misspelt key is near it. */
struct presence {
        size_t n;
        const char *names[ITEMS_MAX];
        const struct yaml_node *keys[ITEMS_MAX];        /* NULL: not given */
        bool meant[ITEMS_MAX];
};

/* Not from the arena: a configuration may have thousands of sections, and it stays. */
static void presence_init(struct presence *p, const struct schema *schema)
{
        *p = (struct presence){ 0 };
        while (schema->items[p->n].name != NULL) {
                if (p->n == ITEMS_MAX)
                        abort();        /* ITEMS_MAX is to be raised */
                p->names[p->n] = schema->items[p->n].name;
                p->n++;
        }
}

/* The row of that name; p->n where there is none. */
static size_t find(const struct presence *p, const char *name)
{
        size_t i = 0;

        while (i < p->n && strcmp(p->names[i], name) != 0)
                i++;
        return i;
}

static void unknown_key(const struct schema_context *context, struct presence *p, const struct yaml_node *key)
{
        const char *near = schema_nearest(key->text, p->names, p->n);
        const char *shown = yaml_show(context->arena, key);
        const char *name = arena_strndup(context->arena, shown + 1, strlen(shown) - 2);

        if (near != NULL) {
                schema_error(context, key, name, "unknown key (did you mean '%s'?)", near);
                p->meant[find(p, near)] = true;
        } else {
                schema_error(context, key, name, "unknown key");
        }
}

/* Required rows, rows that go with another, and the keys of which one must be there. */
static void check_presence(const struct schema_context *context, const struct schema *schema, const struct presence *p)
{
        const char *const *choice = schema->one_of;
        const char *first = NULL;
        bool meant = false;

        for (size_t i = 0; i < p->n; i++) {
                const struct schema_item *item = &schema->items[i];
                bool alone = item->with != NULL && !p->meant[find(p, item->with)];

                if (alone && p->keys[i] != NULL)
                        schema_error(context, p->keys[i], item->name, "goes only with '%s'", item->with);
                else if (!alone && item->required && !p->meant[i])
                        schema_error(context, NULL, item->name, "is missing");
        }
        for (size_t i = 0; choice != NULL && choice[i] != NULL; i++) {
                size_t row = find(p, choice[i]);

                meant = meant || p->meant[row];
                if (p->keys[row] == NULL)
                        continue;
                if (first != NULL)
                        schema_error(context, p->keys[row], choice[i],
                                     "there is '%s' already; only one of %s can be here", first,
                                     join(context->arena, choice));
                else
                        first = choice[i];
        }
        if (choice != NULL && !meant)
                schema_error(context, NULL, NULL, "one of %s is missing", join(context->arena, choice));
}

int schema_fill(const struct schema_context *context, const struct schema *schema, const struct yaml_node *node,
                void *section)
{
        struct schema_context inner = *context;
        size_t before = context->errors->n;
        struct presence p;

        presence_init(&p, schema);
        memset(section, 0, schema->size);
        if (inner.where == NULL)
                inner.where = "";
        if (node != NULL)
                inner.section = node;
        if (node != NULL && yaml_is_null(node))
                node = NULL;
        if (schema->placed)
                *(struct yaml_place *)section =
                        (struct yaml_place){ context->path, inner.section ? inner.section->line : 1,
                                             inner.section ? inner.section->column : 1 };
        if (node != NULL && node->kind != YAML_MAP) {
                schema_error(&inner, node, NULL, "expected %s, not %s", types[SCHEMA_SECTION].expected,
                             yaml_show(context->arena, node));
                return YAML_E_BAD;
        }
        for (size_t i = 0; node != NULL && i < node->n; i++) {
                size_t row = find(&p, node->pairs[i].key->text);

                if (row == p.n) {
                        unknown_key(&inner, &p, node->pairs[i].key);
                        continue;
                }
                p.keys[row] = node->pairs[i].key;
                p.meant[row] = true;
        }
        for (size_t i = 0; i < p.n; i++) {
                const struct schema_item *item = &schema->items[i];
                void *field = (char *)section + item->offset;

                if (p.keys[i] == NULL || item->type != SCHEMA_SECTION)
                        set_default(&inner, item, field);
                if (p.keys[i] != NULL)
                        set_from_file(&(struct setting){ &inner, item, yaml_get(node, item->name), field });
        }
        check_presence(&inner, schema, &p);
        if (schema->check != NULL)
                schema->check(&inner, node, section);
        return context->errors->n != before ? YAML_E_BAD : 0;
}
