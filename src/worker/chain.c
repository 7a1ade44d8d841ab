/* See chain.h. A new built-in module is one row in built_in[]. */
#include "worker/chain.h"

#include <dlfcn.h>
#include <string.h>
#include <syslog.h>

#include "base/error.h"
#include "base/paths.h"
#include "config/modules.h"

static const struct module *const built_in[] = { &module_decode, &module_read, &module_code };

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
                       const struct config_module *row)
{
        struct schema_context inner = *context;

        link->object = dlopen(row->file, RTLD_NOW | RTLD_LOCAL);
        if (link->object == NULL) {
                schema_error(context, NULL, "file", "cannot be loaded: %s", dlerror());
                return CHAIN_E_REFUSED;
        }
        link->module = dlsym(link->object, MODULE_SYMBOL);
        if (link->module == NULL) {
                schema_error(context, NULL, "file", "is no dateline module: it does not export " MODULE_SYMBOL);
                return CHAIN_E_REFUSED;
        }
        if (link->module->abi != MODULE_ABI) {
                schema_error(context, NULL, "file", "was built for module ABI %u, this dateline has %d: rebuild it",
                             link->module->abi, MODULE_ABI);
                return CHAIN_E_REFUSED;
        }
        inner.where = arena_printf(context->arena, "%s.settings", context->where);
        if (row->settings != NULL)
                inner.section = row->settings;
        return open_module(link, host, &inner, row->settings);
}

static int unknown_module(const struct schema_context *context, const char *name)
{
        static const char *const known[] = { "decode", "read", "code", "exec", "load" };
        const char *near = schema_nearest(name, known, N_ELEMENTS(known));

        if (near != NULL)
                schema_error(context, NULL, NULL, "unknown module (did you mean '%s'?)", near);
        else
                schema_error(context, NULL, NULL, "unknown module; there are decode, read, code, exec, load");
        return CHAIN_E_REFUSED;
}

static int open_row(struct chain *chain, struct module_host *host, struct schema_context *context,
                    const struct config_module *row)
{
        struct link *link = &chain->links[chain->n_links];
        const struct yaml_node place = { .kind = YAML_MAP, .line = row->place.line, .column = row->place.column };

        context->where = row->where;
        context->section = &place;
        link->segment = chain->n_segments - 1;
        switch (row->kind) {
        case CONFIG_MODULE_EXEC:
                chain->n_segments++;
                return 0;
        case CONFIG_MODULE_LOAD:
                chain->n_links++;
                return open_object(link, host, context, row);
        case CONFIG_MODULE_BUILTIN:
                break;
        }
        link->module = find_built_in(row->name);
        if (link->module == NULL)
                return unknown_module(context, row->name);
        chain->n_links++;
        return open_module(link, host, context, row->settings);
}

int chain_open(struct chain **out, struct arena *arena, const char *path, const struct yaml_node *modules,
               struct yaml_errors *errors, void (*log)(void *user, int level, const char *format, ...), void *user)
{
        _cleanup_(chain_closep) struct chain *chain = calloc(1, sizeof(*chain));
        struct module_host host = { .arena = arena, .data_path = data_path, .log = log, .user = user };
        struct schema_context context = { .arena = arena, .path = path, .errors = errors, .where = "work" };
        struct config_module *rows = NULL;
        size_t n = 0;
        int worst, r;

        if (chain == NULL)
                return error_origin(-ENOMEM);
        worst = modules_fill(&context, modules, &rows, &n);
        if (worst < 0)
                return error_trace(worst);
        chain->n_segments = 1;
        chain->links = calloc(n + 1, sizeof(*chain->links));
        if (chain->links == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < n; i++) {
                r = open_row(chain, &host, &context, &rows[i]);
                if (r < 0)
                        return error_trace(r);
                worst = MAX_OF(worst, r);
        }
        if (worst != 0)
                return CHAIN_E_REFUSED;
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
