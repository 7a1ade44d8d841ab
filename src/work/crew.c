/* See crew.h. */
#include "work/crew.h"

#include <string.h>

#include "base/error.h"

static bool is_exec(const struct config_module *module)
{
        return module->kind == CONFIG_MODULE_EXEC;
}

/* The steps: empty segments at the ends stay, since the first makes the document and the last reads it; others go. */
static void make_steps(struct crew *crew)
{
        const struct config_work *work = &crew->config->work;
        size_t segment = 0, in_segment = 0, exec = 0;

        for (size_t i = 0; i < work->n_modules; i++) {
                const struct config_module *module = &work->modules[i];

                if (module->kind == CONFIG_MODULE_BUILTIN && strcmp(module->name, "decode") == 0)
                        continue;
                if (!is_exec(module)) {
                        in_segment++;
                        continue;
                }
                if (in_segment != 0 || segment == 0)
                        crew->steps[crew->n_steps++] = (struct crew_step){ .segment = segment, .whole = true };
                crew->steps[crew->n_steps++] = (struct crew_step){ .exec = crew->execs[exec++] };
                segment++;
                in_segment = 0;
        }
        crew->steps[crew->n_steps++] = (struct crew_step){ .segment = segment };
}

static int make_execs(struct crew *crew, uv_loop_t *loop, struct log *log)
{
        const struct config_work *work = &crew->config->work;

        crew->execs = calloc(work->n_modules + 1, sizeof(*crew->execs));
        crew->steps = calloc(2 * work->n_modules + 1, sizeof(*crew->steps));
        if (crew->execs == NULL || crew->steps == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < work->n_modules; i++) {
                int r;

                if (!is_exec(&work->modules[i]))
                        continue;
                r = exec_new(&crew->execs[crew->n_execs], loop, log, crew->config, &work->modules[i]);
                if (r < 0)
                        return error_trace(r);
                crew->n_execs++;
        }
        return 0;
}

int crew_new(struct crew **out, uv_loop_t *loop, struct log *log, struct config *config, bool sandbox,
             pool_started started, void *user)
{
        struct crew *crew = calloc(1, sizeof(*crew));
        int r;

        if (crew == NULL)
                return error_origin(-ENOMEM);
        list_init(&crew->link);
        crew->config = config_ref(config);
        /* Out of memory here ends the daemon: nothing is unwound for it. */
        r = make_execs(crew, loop, log);
        if (r < 0)
                return error_trace(r);
        make_steps(crew);
        r = pool_new(&crew->pool, loop, log, config, sandbox, started, user);
        if (r < 0)
                return error_trace(r);
        *out = crew;
        return 0;
}

static void on_part_closed(void *user)
{
        struct crew *crew = user;

        if (--crew->open == 0)
                crew->closed(crew, crew->user);
}

static void on_pool_closed(void *user)
{
        struct crew *crew = user;

        crew->pool = NULL;
        on_part_closed(crew);
}

void crew_close(struct crew *crew, int64_t grace_us, void (*closed)(struct crew *crew, void *user), void *user)
{
        crew->closed = closed;
        crew->user = user;
        crew->open = 1 + crew->n_execs;
        for (size_t i = 0; i < crew->n_execs; i++)
                exec_close(crew->execs[i], on_part_closed, crew);
        pool_close(crew->pool, grace_us, on_pool_closed, crew);
}

void crew_hurry(struct crew *crew, int64_t grace_us)
{
        if (crew->pool != NULL)
                pool_hurry(crew->pool, grace_us);
}

void crew_free(struct crew *crew)
{
        list_unlink(&crew->link);
        config_unref(crew->config);
        free(crew->execs);
        free(crew->steps);
        free(crew);
}
