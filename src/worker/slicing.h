/*
 * dateline-worker --slices: cuts the WARC file that is its standard input into slices and writes them, a frame each, to
 * its standard output: FRAME_RESULT, head: the slice's place in the file, body: its bytes. At the end FRAME_READY,
 * head: how many records were damaged, nothing where none was; or FRAME_FAIL. In the sandbox of a worker.
 */
#pragma once

#include <stdbool.h>

/* An exit status. */
int slicing_main(bool sandboxed);
