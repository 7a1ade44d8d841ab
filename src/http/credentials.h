/*
 * Passwords and tokens, from a file or from a systemd credential, read when they are needed: they stand neither in the
 * configuration nor in the store, in no log and on no command line.
 */
#pragma once

/* `name`: an absolute path, or the name of a credential in $CREDENTIALS_DIRECTORY. *out: "user:password" or "Bearer TOKEN",
 * malloc'ed, to be given to credentials_free(); NULL: *error (malloc'ed, may be NULL without memory) says why. Blocks. */
void credentials_read(const char *name, char **out, char **error);
/* The same of any one line. */
void credentials_read_line(const char *name, char **out, char **error);
/* Overwrites it first. */
void credentials_free(char *credentials);
