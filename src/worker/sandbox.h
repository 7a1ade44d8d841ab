/*
 * The sandbox: what reads foreign bytes can do nothing but compute and answer.
 *
 * A worker keeps standard error and its socket to the daemon; it can neither open, connect, fork, exec nor signal.
 * Anything that is not on the allow-list kills the process (SIGSYS): a worker that tries has been taken over or has a
 * bug, and the pool replaces it. Layers: no_new_privs, resource limits, Landlock with no rule at all where the kernel
 * has it, then seccomp. dateline(1) works on files that a person named: it may open for reading, and write to what is
 * open.
 */
#pragma once

#include <stdint.h>

enum sandbox_profile {
        SANDBOX_WORKER,         /* read and write what is open */
        SANDBOX_OFFLINE,        /* ... and open files, for reading only */
};

/* Close the sandbox for good. `memory`: bound of the address space in bytes, 0: none. 0 or -errno; *what names the
 * layer that failed. Needs no privilege. */
int sandbox_enter(enum sandbox_profile profile, int64_t memory, const char **what);

/* Close all descriptors but 0, 1, 2 and `keep` (-1: none). */
void sandbox_close_others(int keep);
