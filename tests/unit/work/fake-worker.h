/*
 * A worker that misbehaves as it is told: the test program itself, run again by the name of dateline-worker. What it
 * does is the last word of the configuration's text in its setup frame, so that process and pool start it as they start
 * any.
 */
#pragma once

/* Never returns. */
void fake_worker_main(void) __attribute__((noreturn));

/* The path of the running program (by readlink(2), which is right under valgrind too). */
const char *fake_worker_program(char path[4096]);

/*
 * The pool starts the dateline-worker beside its own program. So the test runs as a copy of itself in a folder of its
 * own, with another copy by that name, which is the worker and does not return. To be called first in main(); what it
 * returns is that folder, which fake_worker_leave() removes.
 */
const char *fake_worker_begin(int argc, char **argv);
void fake_worker_leave(const char *folder);
