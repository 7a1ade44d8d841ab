/*
 * `datelined --check-config`: a configuration is checked as at a start, down to the settings of the workers' modules,
 * which only a worker can check.
 */
#pragma once

struct config;
struct log;
struct daemon_options;

/* Read and check the file; what is wrong goes to the log, or is printed where there is none (NULL). EX_OK and
 * *config, EX_CONFIG or EX_OSERR. */
int check_load(const char *path, struct log *log, struct config **config);

/* The same, and one worker opens the modules. EX_OK, EX_CONFIG or EX_OSERR. */
int check_run(const struct daemon_options *options);
