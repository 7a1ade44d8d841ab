/* See modules.h. */
#include "config/modules.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/checks.h"

#define HOUR (3600 * CLOCK_SECOND)

enum { MODULES_MAX = 32 };

static const char *const by_default[] = { "decode", "read", "code" };

#define MODULE(field) .name = #field, .offset = offsetof(struct config_module, field)

static const struct schema_item exec_items[] = {
        { MODULE(name), .type = SCHEMA_STRING, .required = true, .min = 1, .max = 64, .check = checks_name,
          .help = "The name of this step in logs and status, unique among exec entries." },
        { MODULE(command), .type = SCHEMA_STRINGS, .required = true, .min = 1, .max = 64, .check = checks_command,
          .help = "The program, an absolute path, and its arguments; there is no shell." },
        { MODULE(timeout), .type = SCHEMA_SPAN, .fallback = "10s", .min = 10000, .max = HOUR,
          .help = "A program that does not answer within this time is killed and started anew; the story is tried "
                  "again." },
        { 0 },
};

const struct schema modules_exec = {
        .name = "exec", .size = sizeof(struct config_module), .items = exec_items,
        .help = "Any program as a step of work: it runs beside the workers, gets each story as a line of JSON on its "
                "standard input and answers with a line of JSON.",
};

static void check_object(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field)
{
        const char *file = *(const char **)field;
        struct stat st;

        if (stat(file, &st) < 0 || access(file, R_OK) < 0)
                schema_error(context, node, key, "%s: %s", file, strerror(errno));
        else if (!S_ISREG(st.st_mode))
                schema_error(context, node, key, "%s is not a file", file);
}

static const struct schema_item load_items[] = {
        { MODULE(file), .type = SCHEMA_PATH, .required = true, .check = check_object,
          .help = "The shared object; it is opened in the worker before its sandbox closes." },
        { MODULE(settings), .type = SCHEMA_NODE, .help = "What the module's own schema takes." },
        { 0 },
};

const struct schema modules_load = {
        .name = "load", .size = sizeof(struct config_module), .items = load_items,
        .help = "A worker module of your own, see dateline-module(3).",
};

/* "/usr/lib/dateline/modules/x.so" is "x". */
static const char *name_of_file(struct arena *arena, const char *file)
{
        const char *slash = strrchr(file, '/'), *name = slash != NULL ? slash + 1 : file;
        size_t n = strlen(name);

        if (n > 3 && strcmp(name + n - 3, ".so") == 0)
                n -= 3;
        return arena_strndup(arena, name, n);
}

/* Name and settings of "read" or {read: {...}}; NULL where it is neither. */
static const struct yaml_node *split(const struct yaml_node *entry, const struct yaml_node **settings)
{
        *settings = NULL;
        if (entry->kind == YAML_SCALAR && !yaml_is_null(entry))
                return entry;
        if (entry->kind != YAML_MAP || entry->n != 1)
                return NULL;
        if (!yaml_is_null(entry->pairs[0].value))
                *settings = entry->pairs[0].value;
        return entry->pairs[0].key;
}

static void fill_entry(const struct schema_context *context, const struct yaml_node *entry,
                       struct config_module *module)
{
        const struct yaml_node *settings, *name = split(entry, &settings);
        struct schema_context inner = *context;

        inner.section = entry;
        if (name == NULL) {
                schema_error(&inner, entry, NULL,
                             "expected the name of a module, or one name with its settings ('- read', or '- decode: "
                             "{max_size: 8M}')");
        } else {
                inner.where = arena_printf(context->arena, "%s.%s", context->where, name->text);
                if (strcmp(name->text, "exec") == 0) {
                        (void)schema_fill(&inner, &modules_exec, settings, module);
                        module->kind = CONFIG_MODULE_EXEC;
                } else if (strcmp(name->text, "load") == 0) {
                        (void)schema_fill(&inner, &modules_load, settings, module);
                        module->kind = CONFIG_MODULE_LOAD;
                        if (module->file != NULL)
                                module->name = name_of_file(context->arena, module->file);
                } else {
                        module->name = name->text;
                        module->settings = settings;
                }
                module->where = inner.where;
        }
        module->place = (struct yaml_place){ context->path, entry->line, entry->column };
}

static bool is_builtin(const struct config_module *module, const char *name)
{
        return module->kind == CONFIG_MODULE_BUILTIN && module->name != NULL && strcmp(module->name, name) == 0;
}

/* The position of a built-in module, n where it is not there. */
static size_t find(const struct config_module *modules, size_t n, const char *name)
{
        size_t i = 0;

        while (i < n && !is_builtin(&modules[i], name))
                i++;
        return i;
}

static void check_twice(const struct schema_context *context, const struct config_module *modules, size_t i,
                        const struct yaml_node *entry)
{
        for (size_t j = 0; j < i; j++) {
                const struct config_module *a = &modules[j], *b = &modules[i];

                if (a->kind != b->kind || a->name == NULL || b->name == NULL || strcmp(a->name, b->name) != 0)
                        continue;
                if (b->kind == CONFIG_MODULE_EXEC)
                        schema_error(context, yaml_get(entry->pairs[0].value, "name"), "exec.name",
                                     "'%s' is taken by work.modules[%zu] already", b->name, j);
                else if (b->kind == CONFIG_MODULE_BUILTIN)
                        schema_error(context, entry, NULL, "'%s' stands at work.modules[%zu] already", b->name, j);
                return;
        }
}

/* decode first; what code takes is what read made of the same story, so no program may come between. */
static void check_order(const struct schema_context *context, const struct config_module *modules, size_t n,
                        const struct yaml_node *list)
{
        size_t read = find(modules, n, "read"), code = find(modules, n, "code");

        for (size_t i = 0; i < n; i++) {
                const struct yaml_node *entry = list->items[i];
                struct schema_context inner = *context;

                inner.where = arena_printf(context->arena, "%s.modules[%zu]", context->where, i);
                check_twice(&inner, modules, i, entry);
                if (i == 0 && !is_builtin(&modules[0], "decode"))
                        schema_error(&inner, entry, NULL, "'decode' must come first");
                if (i == code && (read == n || read > code))
                        schema_error(&inner, entry, NULL, "'code' needs 'read' before it");
                if (modules[i].kind == CONFIG_MODULE_EXEC && i > read && code != n && i < code)
                        schema_error(&inner, entry, NULL,
                                     "'exec' cannot stand between 'read' and 'code': put it before 'read' or behind "
                                     "'code'");
        }
}

int modules_fill(const struct schema_context *context, const struct yaml_node *list, struct config_module **out,
                 size_t *n)
{
        size_t before = context->errors->n, length = list != NULL ? list->n : N_ELEMENTS(by_default);
        struct config_module *modules;

        *out = NULL;
        *n = 0;
        if (list != NULL && (list->kind != YAML_LIST || length == 0)) {
                schema_error(context, list, "modules", "expected a list of modules, not %s",
                             list->kind == YAML_LIST ? "an empty one" : yaml_show(context->arena, list));
                return YAML_E_BAD;
        }
        if (length > MODULES_MAX) {
                schema_error(context, list, "modules", "has %zu entries (at most %d)", length, MODULES_MAX);
                return YAML_E_BAD;
        }
        modules = arena_array(context->arena, struct config_module, length);
        for (size_t i = 0; i < length; i++) {
                struct schema_context inner = *context;

                inner.where = arena_printf(context->arena, "%s.modules[%zu]", context->where, i);
                if (list != NULL) {
                        fill_entry(&inner, list->items[i], &modules[i]);
                } else {
                        modules[i].name = by_default[i];
                        modules[i].where = arena_printf(context->arena, "%s.%s", inner.where, by_default[i]);
                        modules[i].place = (struct yaml_place){ context->path, 1, 1 };
                }
        }
        if (list != NULL)
                check_order(context, modules, length, list);
        *out = modules;
        *n = length;
        return context->errors->n != before ? YAML_E_BAD : 0;
}
