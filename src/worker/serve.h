/*
 * The worker's side of the frames: what a job frame asks of the chain, and the answer. Knows no socket, so that it
 * tests and fuzzes without one; main.c reads and writes.
 *
 * A job's head is one JSON object:
 *   {"kind": "delivery", "envelope": {"delivery", "source", "name", "format", "encoding", "received"}}
 *       body: the bytes. Answer: {"stories": [{..., "text"}], "bad": [{"reason", "what"}]}
 *   {"kind": "story", "segment": 0, "whole": false, "envelope": {...}, "story": {...}}
 *       body: the story's text. Answer: {"statements", "actors", "events"}, or where `whole` the document: the
 *       story's members with "text", and these beside them.
 *   {"kind": "document", "id": "42.1", "segment": 1, "whole": false}
 *       body: a document, as an exec module gave it back for the story of this id. Answer as for a story, with the
 *       "text" that was coded, since the module may have changed it.
 */
#pragma once

#include "base/buf.h"
#include "base/frame.h"
#include "worker/chain.h"

enum { SERVE_STORIES_MAX = 10000 };     /* of one delivery, and as many bad items */

/* Run a job frame and append the answer, a result or a failure, to `out`. `arena` is scratch memory, reset here.
 * 0, or -errno: the worker cannot go on. */
int serve_job(struct chain *chain, struct arena *arena, const struct frame *frame, struct buf *out);

/* Append a frame that says why something failed. `stray`: the document is another story's. */
int serve_fail(struct buf *out, const char *reason, bool stray);
