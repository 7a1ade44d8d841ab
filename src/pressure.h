/*
 * Memory pressure: systemd names a file, a FIFO or a socket that tells when memory is scarce ($MEMORY_PRESSURE_WATCH,
 * $MEMORY_PRESSURE_WRITE: https://systemd.io/MEMORY_PRESSURE). Then what can be given back is: SQLite's caches, the
 * heap's free pages, and workers that have nothing to do are replaced by fresh ones. Without these variables nothing is
 * watched.
 */
#pragma once

struct daemon;
struct pressure;

/* Trouble with what is to be watched is logged, and nothing is watched then (*out is NULL, as where there is nothing to
 * watch). -ENOMEM alone is an error. It answers at most every ten seconds. */
int pressure_new(struct pressure **out, struct daemon *d);
/* NULL is fine. What it had asked of the store comes back before the store is closed. */
void pressure_close(struct pressure *pressure);
