/* See command.h. */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "ctl/alerts.h"
#include "ctl/digest.h"
#include "ctl/events.h"
#include "ctl/export.h"
#include "ctl/order.h"
#include "ctl/quarantine.h"
#include "ctl/record.h"
#include "ctl/rules.h"
#include "ctl/send.h"
#include "ctl/source.h"
#include "ctl/status.h"
#include "ctl/text.h"
#include "ctl/when.h"

static const struct option_row no_options[] = { { 0 } };

static const struct option_row search_options[] = {
        { "limit", 'n', "N", "at most so many stories (20)" },
        { 0 },
};

static const struct option_row submit_options[] = {
        { "name", 0, "NAME", "the delivery's name (the file's)" },
        { "format", 0, "FORMAT", "how to read it, as in the configuration (found out)" },
        { "encoding", 0, "NAME", "its character encoding (found out)" },
        { "progress", 0, NULL, "say how far a WARC file is, also where standard error is no terminal" },
        { 0 },
};

static const struct option_row global_options[] = {
        { "socket", 0, "PATH", "datelined's control socket (or $DATELINE_SOCKET)" },
        { "json", 0, NULL, "print JSON, one object a line, for programs" },
        { "help", 'h', NULL, "say what a command does" },
        { "version", 'V', NULL, "print the version" },
        { 0 },
};

const struct command command_rows[] = {
        { "status", NULL, 0, 0, no_options, "show how the daemon is doing, on one screen", NULL, status_run },
        { "events", NULL, 0, 0, events_options, "list events, or follow them as they come",
          "TIME is written as in " WHEN_ACCEPTED ".\n"
          "ACTOR is the beginning of a code (PRK, PRKGOV), or a part of a name.\n",
          events_run },
        { "export", NULL, 0, 0, export_options, "write all such events in the format of a known event data set",
          "See dateline-export(5) for the columns. TIME and ACTOR are as with 'events'.\n", export_run },
        { "event", "ID", 1, 1, no_options, "show one event with all that is known of it", NULL, record_event },
        { "timeline", "[ACTOR [ACTOR]]", 0, 2, digest_timeline_options,
          "count the events of an actor or a pair over time",
          "Events by the day of their first report, and the sum of their Goldstein weights. Of a pair, both "
          "directions\n"
          "count. TIME and ACTOR are as with 'events'.\n",
          digest_timeline },
        { "pairs", NULL, 0, 0, digest_pairs_options, "show the pairs of countries with most events between them",
          "Both directions count. TIME is as with 'events'.\n", digest_pairs },
        { "alerts", NULL, 0, 0, alerts_options, "list what the alert rules raised, or follow it",
          "Alerts that are not resolved, unless --state or --follow says another thing. TIME is as with 'events'.\n",
          alerts_run },
        { "alert", "ID", 1, 1, no_options, "show one alert with the events behind it and its history", NULL,
          alerts_show },
        { "ack", "ID...", 1, -1, alerts_note_options, "say that you have seen an alert", NULL, alerts_acknowledge },
        { "resolve", "ID...", 1, -1, alerts_note_options, "say that an alert is over", NULL, alerts_resolve },
        { "rules", "[test FILE]", 0, 2, rules_options,
          "list the alert rules with what they raised, or try those of a file",
          "  test FILE       show what the rules of a file would have raised on what is stored\n", rules_run },
        { "story", "ID", 1, 1, no_options, "show one story with its text and its events", NULL, record_story },
        { "search", "WORDS...", 1, -1, search_options, "find stories by their words",
          "All words must be in the story. \"Quoted words\" stand together, word* is a beginning, OR and NOT work.\n",
          record_search },
        { "submit", "FILE...", 1, -1, submit_options, "hand in files as a source would; - is standard input",
          "A WARC file goes in slices, each as it is taken. After an interruption the same command goes on where it "
          "stopped.\n",
          send_run },
        { "sources", "[test NAME|URL | opml]", 0, 2, source_options,
          "list the sources with their state and counts, or try a feed",
          "  test NAME       fetch a feed of the configuration once, and show what would be taken\n"
          "  test URL        the same with any feed; nothing is stored\n"
          "  opml            print the feeds among the sources as OPML, for a feed reader\n",
          source_run },
        { "pause", "NAME", 1, 1, no_options, "take nothing from a source until it is resumed", NULL, order_pause },
        { "resume", "NAME", 1, 1, no_options, "take from a paused source again", NULL, order_resume },
        { "quarantine", "list|show|retry|drop [ID...]", 1, -1, quarantine_options,
          "see what could not be read, try it again, or forget it",
          "  list            what is there, newest first\n"
          "  show ID         one of them: the reason and the bytes\n"
          "  retry ID...     try again from the beginning\n"
          "  drop ID...      forget it and its bytes\n",
          quarantine_run },
        { "reload", NULL, 0, 0, order_reload_options, "read the configuration anew; a wrong one is refused", NULL,
          order_reload },
        { "log-level", "[LEVEL]", 0, 1, no_options, "show or set the log level: debug, info, notice, warning, err",
          NULL, order_log_level },
        { 0 },
};

static int print_overview(FILE *to)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        text_printf(&out, "Usage: datelinectl [OPTION...] COMMAND [ARGUMENT...]\n\n"
                                "Asks and commands datelined, the daemon that reads the news.\n\nCommands:\n");
        for (const struct command *row = command_rows; row->name != NULL; row++) {
                char head[64];

                snprintf(head, sizeof(head), "%s%s%s", row->name, row->arguments != NULL ? " " : "",
                         row->arguments != NULL ? row->arguments : "");
                text_printf(&out, strlen(head) > 24 ? "  %s\n%27s %s\n" : "  %-24s %s%s\n", head,
                           strlen(head) > 24 ? "" : row->summary, strlen(head) > 24 ? row->summary : "");
        }
        text_printf(&out, "\nOptions:\n");
        option_describe(global_options, &out);
        text_printf(&out, "\n'datelinectl COMMAND --help' says more. Exit codes: 0 done, 1 nothing found, 2 usage,\n"
                          "3 daemon not reached or failed, 4 not permitted, 5 refused, 6 trouble on this side.\n");
        fputs(out.data != NULL ? out.data : "", to);
        return CTL_OK;
}

static int print_help(const struct command *command)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        text_printf(&out, "Usage: datelinectl %s%s%s%s\n\n%c%s.\n", command->name,
                   command->options[0].name != NULL ? " [OPTION...]" : "", command->arguments != NULL ? " " : "",
                   command->arguments != NULL ? command->arguments : "", command->summary[0] - 'a' + 'A',
                   command->summary + 1);
        if (command->help != NULL)
                text_printf(&out, "\n%s", command->help);
        text_printf(&out, "\nOptions:\n");
        option_describe(command->options, &out);
        option_describe(global_options, &out);
        fputs(out.data != NULL ? out.data : "", stdout);
        return CTL_OK;
}

static const struct command *find(const char *name)
{
        for (const struct command *row = command_rows; row->name != NULL; row++)
                if (strcmp(row->name, name) == 0)
                        return row;
        return NULL;
}

static int unknown_command(struct ctl *ctl, const char *name)
{
        const char *names[32], *near;
        size_t n = 0;

        for (const struct command *row = command_rows; row->name != NULL && n < N_ELEMENTS(names); row++)
                names[n++] = row->name;
        near = nearest_word(name, names, n);
        if (near != NULL)
                return ctl_fail(ctl, CTL_USAGE, "there is no command '%s' (did you mean '%s'?)", name, near);
        return ctl_fail(ctl, CTL_USAGE, "there is no command '%s': 'datelinectl --help' lists them", name);
}

static int check_arguments(struct ctl *ctl, const struct command *command, int n)
{
        if (n >= command->min && (command->max < 0 || n <= command->max))
                return CTL_OK;
        if (command->arguments == NULL)
                return ctl_fail(ctl, CTL_USAGE, "'%s' takes no arguments", command->name);
        return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl %s %s", command->name, command->arguments);
}

/* The first argument that is no option: options before it are global ones and may have values. */
static const struct command *guess(int argc, char **argv)
{
        for (int i = 0; i < argc; i++) {
                const struct command *command = find(argv[i]);

                if (command != NULL && (i == 0 || strcmp(argv[i - 1], "--socket") != 0))
                        return command;
        }
        return NULL;
}

static int run(struct ctl *ctl, const struct command *command, struct option_table *options, int argc, char **argv)
{
        struct command_line line = { .options = options, .argc = argc - 1, .argv = argv + 1 };
        int r;

        if (argc == 0) {
                print_overview(stderr);
                return CTL_USAGE;
        }
        if (command == NULL || strcmp(command->name, argv[0]) != 0)
                return unknown_command(ctl, argv[0]);
        r = check_arguments(ctl, command, line.argc);
        return r == CTL_OK ? command->run(ctl, &line) : r;
}

int command_main(int argc, char **argv)
{
        struct option_table global = { .rows = global_options }, own = { .rows = no_options };
        struct option_table *tables[] = { &own, &global };
        const struct command *command;
        _cleanup_free_ char *error = NULL;
        bool help;
        struct ctl ctl;
        int r;

        argc--;
        argv++;
        command = guess(argc, argv);
        if (command != NULL)
                own.rows = command->options;
        r = option_parse(tables, N_ELEMENTS(tables), &argc, argv, &error);
        ctl_init(&ctl, option_get(&global, "socket"), option_get(&global, "json") != NULL);
        if (r != 0)
                return ctl_fail(&ctl, CTL_USAGE, "%s", error != NULL ? error : "out of memory");
        if (option_get(&global, "version") != NULL)
                return printf("datelinectl %s\n", PACKAGE_VERSION) > 0 ? CTL_OK : CTL_LOCAL;
        help = argc > 0 && strcmp(argv[0], "help") == 0;
        argv += help;
        argc -= help;
        help |= option_get(&global, "help") != NULL;
        if (help && command != NULL)
                return print_help(command);
        if (help && argc == 0)
                return print_overview(stdout);
        r = run(&ctl, command, &own, argc, argv);
        ctl_deinit(&ctl);
        return r;
}
