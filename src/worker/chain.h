/*
 * The chain: the worker modules of one configuration, opened, in their order. The worker runs it for the daemon,
 * dateline(1) runs it over files.
 *
 * `exec` rows stand in the list but are the daemon's to run; they divide the modules behind decode into segments.
 * Segment 0 is what stands between decode and the first exec, and so on; without exec there is one. A segment may be
 * empty.
 */
#pragma once

#include <stddef.h>

#include "config/yaml.h"
#include "worker/module.h"

struct chain;

enum {
        CHAIN_E_REFUSED = 1,    /* open: `errors` says what is wrong. run: job->reason says why */
};

/* Open all modules of the list `modules` (work.modules of a configuration, see config_find_modules(); NULL: decode,
 * read, code with their defaults). `arena` must live as long as the chain. `path` is the configuration's, for
 * messages. `log` and `user`: where modules' messages go. */
int chain_open(struct chain **out, struct arena *arena, const char *path, const struct yaml_node *modules,
               struct yaml_errors *errors, void (*log)(void *user, int level, const char *format, ...), void *user);
void chain_close(struct chain *chain);
void chain_closep(struct chain **chain);

/* Segments behind decode, at least 1. */
size_t chain_segments(const struct chain *chain);

/* A delivery: calls job->add_story and job->add_bad. 0, CHAIN_E_REFUSED (job->reason) or -errno. */
int chain_decode(struct chain *chain, struct job *job);

/* A story through one segment: fills job->reading, job->coded. The same returns. */
int chain_process(struct chain *chain, size_t segment, struct job *job);

/* Modules in order: name and what it says of itself ("" where nothing). */
size_t chain_count(const struct chain *chain);
const char *chain_module_name(const struct chain *chain, size_t i);
const char *chain_module_version(const struct chain *chain, size_t i);

/* A module by its name (offline use: `dateline read` needs one alone); NULL where it is not in the chain. *state is
 * set. */
const struct module *chain_find(const struct chain *chain, const char *name, void **state);

/* The built-in modules. */
extern const struct module module_decode, module_read, module_code;
