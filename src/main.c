/* datelined: parse options, run the daemon, return its status. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/paths.h"
#include "check.h"
#include "daemon.h"

static const char usage[] =
        "Usage: datelined [OPTION]...\n"
        "Read the news as it arrives, keep a record of who did what to whom, on whose word.\n"
        "\n"
        "  -c, --config FILE      the configuration (default: %s)\n"
        "      --check-config     check the configuration and the modules' settings, then exit\n"
        "      --log-level LEVEL  debug, info, notice, warning or err, over the configuration's\n"
        "      --no-sandbox       leave the workers' sandbox and memory open, for debuggers only\n"
        "  -h, --help             this text\n"
        "  -V, --version          the version\n"
        "\n"
        "SIGHUP reloads the configuration, SIGTERM stops. Exit status: 0, or as sysexits.h: 64 wrong options, 69 the\n"
        "control socket cannot be had, 71 the system fails, 73 the store cannot be had, 78 the configuration is "
        "wrong.\n"
        "See datelined(8), dateline.yaml(5), datelinectl(1).\n";

/*
 * What is in its memory is nobody's: no core is written, wherever cores go (a handler behind core_pattern is called
 * whatever RLIMIT_CORE says), and no other process of the same user, a program of the configuration for instance, may
 * look.
 */
static void keep_memory(const struct daemon_options *options)
{
#ifndef WITH_SANITIZERS                 /* the one for leaks looks from a process of its own */
        if (options->sandbox)
                (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
        (void)options;
#endif
}

int main(int argc, char *argv[])
{
        enum { CHECK = 256, LEVEL, NO_SANDBOX };
        static const struct option options[] = {
                { "config", required_argument, NULL, 'c' },
                { "check-config", no_argument, NULL, CHECK },
                { "log-level", required_argument, NULL, LEVEL },
                { "no-sandbox", no_argument, NULL, NO_SANDBOX },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        struct daemon_options chosen = { .config_path = paths_config(), .log_level = -1, .sandbox = true };
        bool check = false;
        int option;

        while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0) {
                switch (option) {
                case 'c':
                        chosen.config_path = optarg;
                        break;
                case CHECK:
                        check = true;
                        break;
                case LEVEL:
                        chosen.log_level = log_level_from_name(optarg);
                        if (chosen.log_level < 0) {
                                fprintf(stderr, "datelined: --log-level: there is no level '%s'\n", optarg);
                                return EX_USAGE;
                        }
                        break;
                case NO_SANDBOX:
                        chosen.sandbox = false;
                        break;
                case 'h':
                        printf(usage, paths_config());
                        return EX_OK;
                case 'V':
                        puts("datelined " PACKAGE_VERSION);
                        return EX_OK;
                default:
                        fprintf(stderr, "Try 'datelined --help'.\n");
                        return EX_USAGE;
                }
        }
        if (optind < argc) {
                fprintf(stderr, "datelined: it takes no arguments, what is '%s'? Try 'datelined --help'.\n",
                        argv[optind]);
                return EX_USAGE;
        }
        keep_memory(&chosen);
        return check ? check_run(&chosen) : daemon_run(&chosen);
}
