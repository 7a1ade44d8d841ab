/* See order.h. */
#include "ctl/order.h"

#include <string.h>

#include "ctl/text.h"

/* A call whose reply says nothing. */
static int order(struct ctl *ctl, const char *method, json_t *parameters)
{
        struct varlink_reply reply;
        int r = ctl_call(ctl, method, parameters, &reply);

        if (r == CTL_OK)
                varlink_reply_deinit(&reply);
        return r;
}

int order_pause(struct ctl *ctl, const struct command_line *line)
{
        return order(ctl, "Pause", json_pack("{s:s}", "name", line->argv[0]));
}

int order_resume(struct ctl *ctl, const struct command_line *line)
{
        return order(ctl, "Resume", json_pack("{s:s}", "name", line->argv[0]));
}

static void print_changes(struct ctl *ctl, const json_t *parameters)
{
        const char *changes = ctl_text(parameters, "changes");

        if (*changes == '\0')
                return;
        text_append(&ctl->out, changes, strlen(changes), 0);
        text_printf(&ctl->out, "\n");
}

const struct option_row order_reload_options[] = {
        { "quiet", 'q', NULL, "say nothing that datelined's log says too: the changes, or what is wrong" },
        { 0 },
};

int order_reload(struct ctl *ctl, const struct command_line *line)
{
        ctl->quiet = option_get(line->options, "quiet") != NULL;
        if (ctl->quiet)
                return order(ctl, "Reload", NULL);
        return ctl_show(ctl, "Reload", NULL, NULL, print_changes);
}

static void print_level(struct ctl *ctl, const json_t *parameters)
{
        const char *level = ctl_text(parameters, "level");

        text_append(&ctl->out, level, strlen(level), 0);
        text_printf(&ctl->out, "\n");
}

int order_log_level(struct ctl *ctl, const struct command_line *line)
{
        if (line->argc == 1)
                return order(ctl, "SetLogLevel", json_pack("{s:s}", "level", line->argv[0]));
        return ctl_show(ctl, "GetLogLevel", NULL, NULL, print_level);
}
