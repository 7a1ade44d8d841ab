/* See chain.h. A new built-in module is one row in built_in[]. */
#include "worker/chain.h"

#include <dlfcn.h>
#include <string.h>
#include <syslog.h>

#include "base/error.h"
#include "base/paths.h"

static const struct module *const built_in[] = { &module_decode, &module_read, &module_code };
static const char *const default_modules[] = { "decode", "read", "code" };

/* A module that is open. */
struct link {
        const struct module *module;
        void *state;
        void *object;           /* of dlopen(), NULL for built-in ones */
        size_t segment;
};

struct chain {
        struct link *links;
        size_t n_links, n_segments;
};

/* `load: {file, settings}` */
struct load_settings {
        const char *file;
        const struct yaml_node *settings;
};

static const struct schema_item load_items[] = {
        { .name = "file", .type = SCHEMA_PATH, .offset = offsetof(struct load_settings, file), .required = true,
          .help = "The shared object; it exports dateline_module, see dateline-module(3)." },
        { .name = "settings", .type = SCHEMA_NODE, .offset = offsetof(struct load_settings, settings),
          .help = "What the module's own schema takes." },
        { 0 },
};

static const struct schema load_schema = { .name = "load", .size = sizeof(struct load_settings), .items = load_items };

static const char *data_path(struct arena *arena, const char *name)
{
        _cleanup_free_ char *path = paths_data(name);

        if (path == NULL)
                arena_out_of_memory();
        return arena_strdup(arena, path);
}

static const struct module *find_built_in(const char *name)
{
        for (size_t i = 0; i < N_ELEMENTS(built_in); i++)
                if (strcmp(built_in[i]->name, name) == 0)
                        return built_in[i];
        return NULL;
}

/* Check the settings by the module's schema, then open it. */
static int open_module(struct link *link, struct module_host *host, const struct schema_context *context,
                       const struct yaml_node *settings)
{
        static const struct schema_item no_items[] = { { 0 } };
        static const struct schema no_settings = { .name = "no settings", .size = 1, .items = no_items };
        const struct schema *schema = link->module->settings != NULL ? link->module->settings : &no_settings;
        void *filled = arena_zalloc(host->arena, schema->size);
        int r = schema_fill(context, schema, settings, filled);

        if (r != 0)
                return r < 0 ? error_trace(r) : CHAIN_E_REFUSED;
        host->context = context;
        r = link->module->open(host, filled, &link->state);
        if (r != 0)
                return r < 0 ? error_trace(r) : CHAIN_E_REFUSED;
        return 0;
}

static int open_object(struct link *link, struct module_host *host, const struct schema_context *context,
                       const struct yaml_node *node)
{
        struct load_settings load = { 0 };
        const struct yaml_node *file;
        struct schema_context inner = *context;
        int r = schema_fill(context, &load_schema, node, &load);

        if (r != 0)
                return r < 0 ? error_trace(r) : CHAIN_E_REFUSED;
        file = yaml_get(node, "file");
        link->object = dlopen(load.file, RTLD_NOW | RTLD_LOCAL);
        if (link->object == NULL) {
                schema_error(context, file, "file", "cannot be loaded: %s", dlerror());
                return CHAIN_E_REFUSED;
        }
        link->module = dlsym(link->object, MODULE_SYMBOL);
        if (link->module == NULL) {
                schema_error(context, file, "file", "is no dateline module: it does not export " MODULE_SYMBOL);
                return CHAIN_E_REFUSED;
        }
        if (link->module->abi != MODULE_ABI) {
                schema_error(context, file, "file", "was built for module ABI %u, this dateline has %d: rebuild it",
                             link->module->abi, MODULE_ABI);
                return CHAIN_E_REFUSED;
        }
        inner.where = arena_printf(context->arena, "%s.settings", context->where);
        return open_module(link, host, &inner, load.settings);
}

/* One row of the list: "read" or {read: {...}}. */
static void row_parts(const struct yaml_node *row, const char **name, const struct yaml_node **settings,
                      const struct yaml_node **place)
{
        *name = NULL;
        *settings = NULL;
        *place = row;
        if (row->kind == YAML_SCALAR) {
                *name = row->text;
        } else if (row->kind == YAML_MAP && row->n == 1) {
                *name = row->pairs[0].key->text;
                *settings = row->pairs[0].value;
                *place = row->pairs[0].key;
                if ((*settings)->kind == YAML_SCALAR && (*settings)->n_text == 0)
                        *settings = NULL;
        }
}

static int open_row(struct chain *chain, struct module_host *host, struct schema_context *context,
                    const struct yaml_node *row, size_t index)
{
        struct link *link = &chain->links[chain->n_links];
        const struct yaml_node *settings, *place;
        const char *name;
        int r;

        row_parts(row, &name, &settings, &place);
        context->where = arena_printf(context->arena, "work.modules[%zu]", index);
        if (name == NULL) {
                schema_error(context, row, NULL, "must be the name of a module, or one name with its settings");
                return CHAIN_E_REFUSED;
        }
        if (strcmp(name, "exec") == 0) {
                chain->n_segments++;
                return 0;
        }
        context->where = arena_printf(context->arena, "work.modules[%zu].%s", index, name);
        link->segment = chain->n_segments - 1;
        if (strcmp(name, "load") == 0) {
                chain->n_links++;
                return open_object(link, host, context, settings);
        }
        link->module = find_built_in(name);
        if (link->module == NULL) {
                static const char *const known[] = { "decode", "read", "code", "exec", "load" };
                const char *near = schema_nearest(name, known, N_ELEMENTS(known));

                if (near != NULL)
                        schema_error(context, place, NULL, "unknown module (did you mean '%s'?)", near);
                else
                        schema_error(context, place, NULL, "unknown module; there are decode, read, code, exec, load");
                return CHAIN_E_REFUSED;
        }
        r = open_module(link, host, context, settings);
        if (r == 0)
                chain->n_links++;
        return r;
}

int chain_open(struct chain **out, struct arena *arena, const char *path, const struct yaml_node *modules,
               struct yaml_errors *errors, void (*log)(void *user, int level, const char *format, ...), void *user)
{
        _cleanup_(chain_closep) struct chain *chain = calloc(1, sizeof(*chain));
        struct module_host host = { .arena = arena, .data_path = data_path, .log = log, .user = user };
        struct schema_context context = { .arena = arena, .path = path, .errors = errors };
        size_t n = modules != NULL ? modules->n : N_ELEMENTS(default_modules);
        int worst = 0;

        if (chain == NULL)
                return error_origin(-ENOMEM);
        chain->n_segments = 1;
        chain->links = calloc(n + 1, sizeof(*chain->links));
        if (chain->links == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < n; i++) {
                struct yaml_node by_default = { .kind = YAML_SCALAR, .line = 1, .column = 1 };
                const struct yaml_node *row = modules != NULL ? modules->items[i] : &by_default;
                int r;

                if (modules == NULL) {
                        by_default.text = default_modules[i];
                        by_default.n_text = strlen(default_modules[i]);
                }
                r = open_row(chain, &host, &context, row, i);
                if (r < 0)
                        return error_trace(r);
                worst = MAX_OF(worst, r);
        }
        if (worst != 0)
                return worst;
        *out = STEAL(chain);
        return 0;
}

void chain_close(struct chain *chain)
{
        if (chain == NULL)
                return;
        for (size_t i = 0; i < chain->n_links; i++) {
                struct link *link = &chain->links[i];

                if (link->module != NULL && link->module->close != NULL && link->state != NULL)
                        link->module->close(link->state);
                if (link->object != NULL)
                        dlclose(link->object);
        }
        free(chain->links);
        free(chain);
}

void chain_closep(struct chain **chain)
{
        chain_close(*chain);
        *chain = NULL;
}

size_t chain_segments(const struct chain *chain)
{
        return chain->n_segments;
}

int chain_decode(struct chain *chain, struct job *job)
{
        for (size_t i = 0; i < chain->n_links; i++)
                if (chain->links[i].module->decode != NULL)
                        return error_trace(chain->links[i].module->decode(chain->links[i].state, job));
        job->reason = "no module of the chain decodes";
        return CHAIN_E_REFUSED;
}

int chain_process(struct chain *chain, size_t segment, struct job *job)
{
        for (size_t i = 0; i < chain->n_links; i++) {
                struct link *link = &chain->links[i];
                int r;

                if (link->segment != segment || link->module->process == NULL)
                        continue;
                r = link->module->process(link->state, job);
                if (r != 0)
                        return error_trace(r);
        }
        return 0;
}

size_t chain_count(const struct chain *chain)
{
        return chain->n_links;
}

const char *chain_module_name(const struct chain *chain, size_t i)
{
        return chain->links[i].module->name;
}

const char *chain_module_version(const struct chain *chain, size_t i)
{
        const struct link *link = &chain->links[i];
        const char *said = link->module->describe != NULL ? link->module->describe(link->state) : NULL;

        if (said == NULL)
                said = link->module->version;
        return said != NULL ? said : "";
}

const struct module *chain_find(const struct chain *chain, const char *name, void **state)
{
        for (size_t i = 0; i < chain->n_links; i++) {
                if (strcmp(chain->links[i].module->name, name) == 0) {
                        *state = chain->links[i].state;
                        return chain->links[i].module;
                }
        }
        return NULL;
}
