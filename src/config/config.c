/* See config.h. */
#include "config/config.h"

#include <string.h>

#include "base/error.h"
#include "config/equal.h"
#include "config/mdoc.h"
#include "config/modules.h"
#include "config/tables.h"
#include "config/watchtable.h"

static int config_new(struct config **out, const char *path)
{
        struct config *config = calloc(1, sizeof(*config));

        if (config == NULL)
                return error_origin(-ENOMEM);
        config->references = 1;
        config->path = arena_strdup(&config->arena, path);
        *out = config;
        return 0;
}

/* The rules of the folder that the configuration names. */
static int load_rules(const struct schema_context *context, const struct yaml_node *root, struct config *config)
{
        struct schema_context inner = *context;
        const char **watches;
        int r;

        if (config->rules_directory == NULL)
                return 0;
        inner.section = yaml_get(root, "rules");
        r = rule_load_directory(&inner, config->rules_directory, &config->rules, &config->n_rules);
        if (r != 0)
                return error_trace(r);
        watches = arena_array(&config->arena, const char *, config->n_watch + 1);
        watches[0] = "submit";
        for (size_t i = 0; i < config->n_watch; i++)
                watches[i + 1] = config->watch[i].name != NULL ? config->watch[i].name : "";
        rule_check_watches(context->errors, config->rules, config->n_rules, watches, config->n_watch + 1);
        return context->errors->n != 0 ? YAML_E_BAD : 0;
}

/* The tables fill a struct that they clear first: what is the configuration's own is kept beside it. */
static int fill(struct config *config, const struct yaml_node *root, struct yaml_errors *errors)
{
        struct schema_context context = { .arena = &config->arena, .path = config->path, .errors = errors };
        struct config filled;
        int r = schema_fill(&context, &tables_root, root, &filled), rules;

        filled.arena = config->arena;
        filled.references = config->references;
        filled.path = config->path;
        filled.text = config->text;
        filled.n_text = config->n_text;
        *config = filled;
        rules = r >= 0 ? load_rules(&context, root, config) : 0;
        return r < 0 ? r : MAX_OF(r, rules);
}

/* `text`: NULL to read the file. */
static int build(struct config *config, const char *text, size_t n, struct yaml_errors *errors)
{
        struct yaml_node *root = NULL;
        int r = 0;

        if (text == NULL) {
                r = yaml_read_file(&config->arena, config->path, &config->text, &config->n_text, errors);
        } else {
                config->text = arena_strndup(&config->arena, text, n);
                config->n_text = n;
        }
        if (r == 0)
                r = yaml_parse(&config->arena, config->path, config->text, config->n_text, &root, errors);
        if (r >= 0 && root != NULL) {
                int filled = fill(config, root, errors);

                r = filled < 0 ? filled : MAX_OF(r, filled);
        }
        return r;
}

static int load(const char *path, const char *text, size_t n, struct config **out, char **error_text)
{
        _cleanup_(config_unrefp) struct config *config = NULL;
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        int r;

        *error_text = NULL;
        r = config_new(&config, path);
        if (r != 0)
                return error_trace(r);
        yaml_errors_init(&errors, &arena);
        r = build(config, text, n, &errors);
        if (r > 0) {
                yaml_errors_sort(&errors);
                *error_text = yaml_errors_text(&errors);
                r = CONFIG_E_BAD;
        }
        arena_deinit(&arena);
        if (r == 0)
                *out = STEAL(config);
        return error_trace(r);
}

int config_load(const char *path, struct config **out, char **errors)
{
        return load(path, NULL, 0, out, errors);
}

int config_parse(const char *path, const char *text, size_t n, struct config **out, char **errors)
{
        return load(path, text, n, out, errors);
}

struct config *config_ref(struct config *config)
{
        config->references++;
        return config;
}

void config_unref(struct config *config)
{
        if (config == NULL || --config->references != 0)
                return;
        arena_deinit(&config->arena);
        free(config);
}

void config_unrefp(struct config **config)
{
        config_unref(*config);
        *config = NULL;
}

bool config_watch_equal(const struct config_watch *a, const struct config_watch *b)
{
        return equal_sections(&watchtable_watch, a, b);
}

bool config_output_equal(const struct config_output *a, const struct config_output *b)
{
        return equal_sections(&tables_output, a, b);
}

const struct yaml_node *config_find_modules(const struct yaml_node *root)
{
        const struct yaml_node *modules = yaml_get(yaml_get(root, "work"), "modules");

        return modules != NULL && modules->kind == YAML_LIST ? modules : NULL;
}

static const char manual_head[] =
        ".\\\" Made from the tables of src/config and of the modules: change it there.\n"
        ".Dd November 24, 2026\n"
        ".Dt DATELINE.YAML 5\n"
        ".Os dateline\n"
        ".Sh NAME\n"
        ".Nm dateline.yaml\n"
        ".Nd configuration of datelined\n"
        ".Sh DESCRIPTION\n"
        "The file is one YAML document in UTF-8: a map of the sections below, each of which may be left out.\n"
        "It is checked whole, by\n"
        ".Ql datelined --check-config ,\n"
        "at every start and at every reload, before anything starts or changes.\n"
        "All that is wrong is told at once, with file, line and column:\n"
        ".Bd -literal -offset indent\n"
        "dateline.yaml:14:7: watch[0].directroy: unknown key (did you mean 'directory'?)\n"
        ".Ed\n"
        ".Pp\n"
        "A key may stand once in its map.\n"
        "Aliases, tags and further documents are not taken.\n"
        "A relative path lies below the folder of the file.\n"
        ".Pp\n"
        "Values have these types:\n"
        ".Bl -tag -width fraction\n"
        ".It text\n"
        "As it stands; in quotes where YAML wants them.\n"
        ".It path\n"
        "The name of a file or a folder.\n"
        ".It bool\n"
        "yes or no, true or false, on or off.\n"
        ".It number\n"
        "A whole number.\n"
        ".It fraction\n"
        "A number such as 0.5.\n"
        ".It size\n"
        "Bytes, or with K, M, G or T behind it that many powers of 1024: 8M.\n"
        ".It span\n"
        "A length of time in us, ms, s, m, h, d and w: 30s, 1h30m, 365d.\n"
        ".It mode\n"
        "Permission bits in octal: 0660.\n"
        ".It list\n"
        "A list of texts or paths; one alone need not be a list.\n"
        ".El\n";

static const char manual_modules[] =
        ".Sh WORKER MODULES\n"
        "Each entry of\n"
        ".Ic work.modules\n"
        "is the name of a module, or a map of one name to its settings.\n"
        "The first must be\n"
        ".Ic decode .\n"
        ".Ic code\n"
        "comes behind\n"
        ".Ic read ,\n"
        "and no\n"
        ".Ic exec\n"
        "may stand between the two.\n"
        ".Bd -literal -offset indent\n"
        "work:\n"
        "  modules:\n"
        "    - decode: {max_size: 8M}\n"
        "    - exec: {name: translate, command: [/usr/bin/python3, /opt/translate.py]}\n"
        "    - read\n"
        "    - code\n"
        ".Ed\n";

static const char manual_tail[] =
        ".Sh FILES\n"
        ".Bl -tag -width Ds\n"
        ".It Pa " SYSCONFDIR "/dateline/dateline.yaml\n"
        "The file that datelined reads unless it is told another.\n"
        ".El\n"
        ".Sh SEE ALSO\n"
        ".Xr dateline 1 ,\n"
        ".Xr datelinectl 1 ,\n"
        ".Xr dateline-module 3 ,\n"
        ".Xr dateline-rules 5 ,\n"
        ".Xr datelined 8\n";

/* "watch" is the heading "WATCH". */
static int print_heading(struct buf *out, const char *name)
{
        char upper[64];
        size_t i;

        for (i = 0; name[i] != '\0' && i + 1 < sizeof(upper); i++)
                upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
        upper[i] = '\0';
        return buf_printf(out, ".Sh %s\n", upper);
}

int config_print_manual(struct buf *out, const struct schema *const *modules)
{
        const struct schema *const own[] = { &modules_exec, &modules_load };
        int r = buf_append_string(out, manual_head);

        for (const struct schema_item *item = tables_root.items; r == 0 && item->name != NULL; item++) {
                const struct schema_item alone[] = { *item, { 0 } };
                const struct schema one = { .items = alone };

                r = print_heading(out, item->name);
                if (r == 0)
                        r = mdoc_print_schema(out, item->section != NULL ? item->section : &one);
        }
        if (r == 0)
                r = buf_append_string(out, manual_modules);
        for (; r == 0 && *modules != NULL; modules++) {
                r = buf_printf(out, ".Ss %s\n", (*modules)->name);
                if (r == 0)
                        r = mdoc_print_schema(out, *modules);
        }
        for (size_t i = 0; r == 0 && i < N_ELEMENTS(own); i++) {
                r = buf_printf(out, ".Ss %s\n", own[i]->name);
                if (r == 0)
                        r = mdoc_print_schema(out, own[i]);
        }
        if (r == 0)
                r = buf_append_string(out, manual_tail);
        return error_trace(r);
}
