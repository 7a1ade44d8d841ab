/*
 * read as a worker module: maps the model before the sandbox closes, then reads story after story. Workers share the
 * model's pages, since they map the same file.
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "modules/read/read.h"
#include "worker/chain.h"

/* A long book; reading one takes about two seconds. What is not read of a longer one is said in the record. */
enum { TOKENS_MAX = 200000 };

struct settings {
        const char *model;
};

struct state {
        struct read_model *model;
        struct reader *reader;
};

static const struct schema_item items[] = {
        { .name = "model", .type = SCHEMA_PATH, .offset = offsetof(struct settings, model),
          .help = "The model file; the one that comes with dateline where the key is left out." },
        { 0 },
};

static const struct schema settings_schema = {
        .name = "read", .size = sizeof(struct settings), .items = items,
        .help = "Sentences, tokens, tags, lemmas and dependencies of a story's text.",
};

static void module_close(void *user)
{
        struct state *state = user;

        reader_free(state->reader);
        read_model_free(state->model);
        free(state);
}

/* A model that was named must be there; without the built-in one there are sentences and tokens, which is said once. */
static int open_model(struct module_host *host, const struct settings *settings, struct state *state)
{
        const char *path = settings->model != NULL ? settings->model : host->data_path(host->arena, "en.model");
        _cleanup_free_ char *error = NULL;
        int r;

        if (settings->model == NULL && access(path, F_OK) < 0) {
                host->log(host->user, LOG_WARNING, "read: there is no %s: sentences and tokens only", path);
                return 0;
        }
        r = read_model_open(&state->model, path, &error);
        if (r > 0) {
                schema_error(host->context, NULL, "model", "%s", error);
                return MODULE_E_REFUSED;
        }
        return error_trace(r);
}

static int module_open(struct module_host *host, const void *settings, void **out)
{
        struct state *state = calloc(1, sizeof(*state));
        int r;

        if (state == NULL)
                return error_origin(-ENOMEM);
        r = open_model(host, settings, state);
        if (r == 0)
                r = error_trace(reader_new(&state->reader, state->model));
        if (r == 0)
                reader_limit(state->reader, TOKENS_MAX);
        if (r != 0) {
                module_close(state);
                return r;
        }
        *out = state;
        return 0;
}

static int module_process(void *user, struct job *job)
{
        struct state *state = user;
        int r = reader_read(state->reader, job->arena, job->story->text, job->story->n_text, &job->reading);

        if (r > 0) {
                job->reason = "the text is longer than the reader takes (16M)";
                return MODULE_E_REFUSED;
        }
        return error_trace(r);
}

static const char *module_describe(void *user)
{
        struct state *state = user;

        return state->model != NULL ? read_model_name(state->model) : "without a model";
}

const struct module module_read = {
        .abi = MODULE_ABI,
        .name = "read",
        .settings = &settings_schema,
        .open = module_open,
        .process = module_process,
        .close = module_close,
        .describe = module_describe,
};
