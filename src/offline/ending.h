/*
 * How a run over files ends on SIGINT and SIGTERM: between two stories, so that what was begun is finished and its
 * place is known. A single story may take seconds, and a large document longer until it is decoded: what is not done a
 * second after the signal is given up and the process ends, and so it does at once on a second signal of the kind. What
 * a story prints is written between ending_hold() and ending_release(), during which that second does not end the
 * process: the output never ends within a line.
 */
#pragma once

#include <stdbool.h>

enum { ENDING_EXIT = 130 };

/* `words` are said where a story is given up; they must live as long as the process. Who has a signal ignored, as
 * behind nohup, goes on ignoring it. Before the sandbox. */
void ending_catch(const char *words);
/* A signal has come: end where that is possible. */
bool ending_asked(void);
void ending_hold(void);
void ending_release(void);
/* It ends by itself now, however long that takes. */
void ending_calm(void);
