/*
 * The Varlink protocol (UAPI.20, version 0.1) without sockets or a loop: messages out of a byte stream, calls and
 * replies out of messages and back. The daemon, the client and the tests share it.
 *
 * A message is one JSON object in UTF-8, ended by one NUL byte. What comes in is bounded: in length by the reader, in
 * depth before the JSON parser sees it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
        VARLINK_DEPTH_MAX = 64,         /* nested arrays and objects in a message */
};

enum {
        VARLINK_E_MORE = 1,             /* no whole message yet */
        VARLINK_E_LARGE,                /* a message is longer than allowed */
        VARLINK_E_MALFORMED,            /* not what the protocol allows: the connection must be closed */
};

/* Gathers bytes and cuts them into messages. */
struct varlink_reader {
        struct buf in;
        size_t start;                   /* of the first message that was not taken */
        size_t scanned;                 /* no NUL stands before this one, from start on */
};

#define VARLINK_READER_NULL ((struct varlink_reader){ 0 })

int varlink_reader_add(struct varlink_reader *reader, const void *bytes, size_t n);
/* The next message, without its NUL; it stays valid until the next call with this reader. `max`: bytes a message may
 * have. 0, VARLINK_E_MORE or VARLINK_E_LARGE. */
int varlink_reader_take(struct varlink_reader *reader, size_t max, const char **message, size_t *n);
/* Whether a whole message waits. */
bool varlink_reader_has_message(struct varlink_reader *reader);
/* Bytes that were not taken. */
static inline size_t varlink_reader_waiting(const struct varlink_reader *reader)
{
        return reader->in.n - reader->start;
}
/* May be called twice. */
void varlink_reader_deinit(struct varlink_reader *reader);

struct varlink_call {
        json_t *root;                   /* owns the rest */
        const char *method;             /* "io.dateline.Control.Status" */
        json_t *parameters;             /* an object; NULL where there are none (absent, null) */
        bool oneway, more, upgrade;     /* at most one */
};

#define VARLINK_CALL_NULL ((struct varlink_call){ 0 })

/* 0 or VARLINK_E_MALFORMED, then *why (static text) says what is wrong. */
int varlink_call_parse(const char *message, size_t n, struct varlink_call *call, const char **why);
void varlink_call_deinit(struct varlink_call *call);

struct varlink_reply {
        json_t *root;
        const char *error;              /* fully qualified; NULL: no error */
        json_t *parameters;             /* NULL: none */
        bool continues;
};

#define VARLINK_REPLY_NULL ((struct varlink_reply){ 0 })

int varlink_reply_parse(const char *message, size_t n, struct varlink_reply *reply, const char **why);
void varlink_reply_deinit(struct varlink_reply *reply);

/* Append a whole message with its NUL. `parameters` are borrowed and may be NULL. 0, BUF_E_FULL or -ENOMEM; after an
 * error the buffer is as it was. */
int varlink_pack_call(struct buf *out, const char *method, json_t *parameters, bool more, bool oneway);
int varlink_pack_reply(struct buf *out, json_t *parameters, bool continues);
int varlink_pack_error(struct buf *out, const char *error, json_t *parameters);
/* A reply whose parameters are already JSON text (an object). */
int varlink_pack_reply_text(struct buf *out, const char *parameters, size_t n, bool continues);

/* Append a value as compact JSON text, numbers as short as they were. */
int varlink_pack_json(struct buf *out, const json_t *value);

/* What a method takes. Rows end with one without a name. */
enum varlink_type {
        VARLINK_STRING,                 /* without NUL bytes */
        VARLINK_BYTES,                  /* a string that may have NUL bytes in it */
        VARLINK_INT,
        VARLINK_BOOL,
};

struct varlink_parameter {
        const char *name;
        enum varlink_type type;
        bool required;                  /* otherwise it may be left out or null */
        int64_t min, max;               /* of an int; of a string's length where max > 0 */
};

/* The name of the first parameter that is unknown, missing, mistyped or out of range; NULL where all is well. The
 * name lives in the table or in `parameters`. */
const char *varlink_parameters_check(const struct varlink_parameter *table, json_t *parameters);

/* Checked parameters; `fallback` (or NULL) where left out. */
const char *varlink_string(json_t *parameters, const char *name);
int64_t varlink_int(json_t *parameters, const char *name, int64_t fallback);
bool varlink_bool(json_t *parameters, const char *name, bool fallback);
