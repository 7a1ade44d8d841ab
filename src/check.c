/* See check.h. */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <uv.h>

#include "daemon.h"
#include "work/crew.h"

static void print_errors(const char *errors)
{
        fputs(errors, stderr);
        if (*errors != '\0' && errors[strlen(errors) - 1] != '\n')
                fputc('\n', stderr);
}

int check_load(const char *path, struct log *log, struct config **config)
{
        _cleanup_free_ char *errors = NULL;
        int r = config_load(path, config, &errors);

        if (r == 0)
                return EX_OK;
        if (r > 0 && log != NULL)
                log_lines(log, LOG_ERR, LOG_NOT_STARTED, errors);
        else if (r > 0)
                print_errors(errors);
        else
                fprintf(stderr, "datelined: %s: %s\n", path, strerror(-r));
        return r > 0 ? EX_CONFIG : EX_OSERR;
}

struct check {
        struct crew *crew;
        int status;
};

static void on_check_closed(struct crew *crew, void *user)
{
        (void)user;
        crew_free(crew);
}

static void on_check_started(void *user, int r, const char *reason)
{
        struct check *check = user;

        check->status = r == 0 ? EX_OK : r == POOL_E_CONFIG ? EX_CONFIG : EX_OSERR;
        if (r != 0)
                print_errors(reason);
        crew_close(check->crew, 0, on_check_closed, NULL);
}

int check_run(const struct daemon_options *options)
{
        _cleanup_(config_unrefp) struct config *config = NULL;
        struct check check = { .status = EX_OSERR };
        uv_loop_t loop;
        int status = check_load(options->config_path, NULL, &config);

        if (status != EX_OK)
                return status;
        config->work.processes = 1;     /* each would open the same modules with the same settings */
        if (uv_loop_init(&loop) < 0)
                return EX_OSERR;
        if (crew_new(&check.crew, &loop, NULL, config, options->sandbox, on_check_started, &check) < 0)
                return EX_OSERR;
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
        return check.status;
}
