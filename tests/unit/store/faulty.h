/*
 * A disk that fails when it is told to: a layer over SQLite's own file system (https://sqlite.org/vfs.html) that counts what is
 * written, and lets the Nth write, truncation or sync fail. Syncs are not passed on, since no test here cuts the power.
 */
#pragma once

#include <stdbool.h>

enum faulty_kind {
        FAULTY_WRITE,           /* EIO */
        FAULTY_TORN,            /* EIO, and half of the bytes are written */
        FAULTY_FULL,            /* ENOSPC, for a while */
        FAULTY_SYNC,            /* EIO at the next sync */
        FAULTY_LONG,            /* EIO, for a while */
        FAULTY_KINDS_,
};

extern const char *const faulty_names[FAULTY_KINDS_];

/* From now on all databases lie on it. */
void faulty_install(void);
/* The Nth operation from now (from 1) fails; 0: none. */
void faulty_arm(enum faulty_kind kind, long n);
/* Whether it has failed yet; disarms. */
bool faulty_disarm(void);
