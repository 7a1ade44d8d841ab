/*
 * Where the programs find one another and their data: beside the running program where it runs in place from a build
 * tree (there data/ and dateline-worker lie beside it), in the installed places otherwise.
 */
#pragma once

/* "…/dateline-worker"; the caller frees it, NULL without memory. */
char *paths_worker(void);

/* A file of data/, "en.model" for instance; the caller frees it, NULL without memory. */
char *paths_data(const char *name);

/* "/etc/dateline/dateline.yaml" */
const char *paths_config(void);
/* "/run/dateline/control.sock" */
const char *paths_control_socket(void);
