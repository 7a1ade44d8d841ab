/* dateline(1): the worker modules over files, without a daemon. A subcommand is a row of commands[]. */
#include <stdio.h>
#include <string.h>

#include "offline/offline.h"

static const struct command {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *help;
} commands[] = {
        { "decode", offline_decode, "bytes to stories, one JSON line a story" },
        { "read", offline_read, "sentences, tokens, tags, lemmas and dependencies" },
        { "code", offline_code, "who did what to whom, and who says so; one JSON line a story" },
        { "lint-dictionary", offline_lint, "check dictionary files" },
        { "opml", offline_opml, "lists of feeds to rows of the configuration" },
};

static int help(FILE *to, int exit_code)
{
        fputs("usage: dateline COMMAND [OPTION]... FILE...\n\n", to);
        for (size_t i = 0; i < N_ELEMENTS(commands); i++)
                fprintf(to, "  %-16s %s\n", commands[i].name, commands[i].help);
        fputs("\nEach command explains itself with --help. dateline(1) tells more.\n", to);
        return exit_code;
}

int main(int argc, char **argv)
{
        if (argc < 2)
                return help(stderr, EX_USAGE);
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
                return help(stdout, 0);
        if (strcmp(argv[1], "--version") == 0)
                return puts("dateline " PACKAGE_VERSION), 0;
        for (size_t i = 0; i < N_ELEMENTS(commands); i++) {
                char name[32];          /* with which getopt_long() begins its messages */

                if (strcmp(argv[1], commands[i].name) != 0)
                        continue;
                snprintf(name, sizeof(name), "dateline %s", commands[i].name);
                argv[1] = name;
                return commands[i].run(argc - 1, argv + 1);
        }
        fprintf(stderr, "dateline: there is no command '%s'\n", argv[1]);
        return help(stderr, EX_USAGE);
}
