/*
 * The decode module: a delivery's bytes to stories. Each format is a file of its own and a row of the table in
 * decode.c; what formats share (character sets, markup, text, datelines, times, languages) stands beside them.
 *
 * The dateline stays in the text, as a paragraph of its own: the space behind it becomes a line break, so that every
 * span counts in what was sent and a reader still sees sentences without the agency's opening.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "worker/module.h"

struct charsets;
struct decode;

/* What a format's decoder gets. */
struct decode_input {
        const char *s;          /* the delivery as valid UTF-8, n bytes, not NUL-terminated, not to be written */
        size_t n;
        const char *charset;    /* what it was before: "utf-8", "windows-1252", ... */
        const char *root;       /* XML and HTML: the local name of the first element; NULL: no markup */
        size_t n_root;
        const char *url;        /* where it came from, NULL: unknown */
        int64_t max_size;       /* bytes of one document */
        const struct decode *decode;
};

/* The text is converted and its format found by content where `format` is "auto"; for formats that hold documents of other
 * formats (gzip, WARC). 0, MODULE_E_REFUSED with job->reason set, or -errno. */
int decode_document(const struct decode *decode, struct job *job, const char *bytes, size_t n, const char *format,
                    const char *encoding, const char *url);

/* Bytes that came packed within a document become UTF-8, in the arena where they are not; `encoding` NULL or unknown: it is guessed. */
void decode_text(const struct decode *decode, struct arena *arena, const char **text, size_t *n, const char *encoding);

/* Is the root element this one, without regard to case? */
bool decode_root_is(const struct decode_input *input, const char *name);

/* A story as a decoder begins it. */
struct story decode_story(const char *format);

/* The end of every decoder: `text` (writable, NUL-terminated, n bytes; NULL: none) becomes the story's; its dateline, its
 * language and its identity are found where the format did not say them; then job->add_story(). */
int decode_add(const struct decode_input *input, struct job *job, struct story *story, char *text, size_t n);

/* Read the opening line of story->text, mark it off by a line break, and fill `dateline` and `agency` where they are
 * still unknown. `text` must be writable, which is why it is given again. */
void decode_apply_dateline(struct arena *arena, struct story *story, char *text, size_t n);

/* ... and where the text has no dateline, the place and the country (alpha-3) that the sender gave; both may be NULL. */
void decode_located(struct arena *arena, struct story *story, char *text, size_t n, const char *place, const char *country);

/* A dateline that came by itself: "MOSCOW, Monday (Reuters)". False where it is none. */
bool decode_dateline_alone(struct arena *arena, struct story *story, const char *line);

/* How long "By ", "Von ", "Par " before the names of a byline is; 0: there is none. decode_add() drops it. */
size_t decode_byline_prefix(const char *s, size_t n);

/* A text that is at most `max` bytes long, cut where it is longer: for what a document says once and all its stories carry. */
const char *decode_cut(struct arena *arena, const char *text, size_t max);

enum { DECODE_TITLE_MAX = 512, DECODE_BYLINE_MAX = 1024 };      /* bytes of a feed's title, an agency; of a byline */

/* "usable", "withheld", "canceled", "embargoed" for what formats call these ("stat:canceled", "Killed"); NULL: none of these. */
const char *decode_status(const char *word);
