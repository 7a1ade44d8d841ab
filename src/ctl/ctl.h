/*
 * What every command of datelinectl shares: where the daemon is, how to print, how a refusal becomes words and an
 * exit code.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ctl/session.h"
#include "ctl/option.h"

/* Exit codes, documented in datelinectl(1). */
enum {
        CTL_OK = 0,
        CTL_NOTHING = 1,                /* nothing was found */
        CTL_USAGE = 2,
        CTL_UNREACHABLE = 3,            /* the daemon cannot be reached, went away, or failed */
        CTL_DENIED = 4,
        CTL_REFUSED = 5,                /* the daemon did not take it: configuration, delivery */
        CTL_LOCAL = 6,                  /* a file that cannot be read, no memory, output that cannot be written */
};

enum {
        CTL_LIMIT_MAX = 1000,           /* what the daemon gives in one reply */
};

struct ctl {
        const char *socket;
        bool json;
        bool terminal;                  /* standard output is one */
        bool colors;
        size_t width;                   /* of the terminal; 0: there is none */
        int64_t now;                    /* wall clock at the start */
        bool endless;                   /* wait for answers as long as it takes */
        bool told;                      /* that it waits for datelined to start */
        struct session session;
        struct buf out;                 /* what is to be printed */
        bool patient;                   /* a NotTaken that may pass is not said, but told by `later` */
        bool later;
        bool quiet;                     /* a refused configuration is not said: datelined's log does */
};

/* Fill from the environment and the terminal. */
void ctl_init(struct ctl *ctl, const char *socket, bool json);
void ctl_deinit(struct ctl *ctl);

/* "datelinectl: ..." to standard error, made harmless; returns `code`. */
int ctl_fail(struct ctl *ctl, int code, const char *format, ...) _printf_(3, 4);

/* Call io.dateline.Control.METHOD; connects first where that was not done. `parameters` (NULL: none) are taken over.
 * CTL_OK and *reply, which the caller deinits; otherwise it was said what is wrong. */
int ctl_call(struct ctl *ctl, const char *method, json_t *parameters, struct varlink_reply *reply);
/* The same for calls with many replies: begin, then ctl_next() until reply->continues is false. */
int ctl_begin(struct ctl *ctl, const char *method, json_t *parameters);
int ctl_next(struct ctl *ctl, struct varlink_reply *reply, bool forever);

/* All replies of such a call, one after the other, to `take`, until it returns another thing than CTL_OK, which is then
 * the result. `forever`: between two of them it may be quiet for any time. `parameters` are taken over. */
int ctl_stream(struct ctl *ctl, const char *method, json_t *parameters, bool forever,
               int (*take)(struct ctl *ctl, void *user, const json_t *parameters), void *user);

/* Call and print what came: as JSON, or by `print`, which appends to ctl->out. An array, a line each (where it is
 * empty, the words `nothing` and CTL_NOTHING; `say`, unless NULL, first says to standard error what there is to say of
 * the reply); or one value (`member` NULL: all parameters of the reply). */
int ctl_list(struct ctl *ctl, const char *method, json_t *parameters, const char *member, const char *nothing,
             void (*print)(struct ctl *ctl, const json_t *array),
             void (*say)(struct ctl *ctl, const json_t *parameters));
int ctl_show(struct ctl *ctl, const char *method, json_t *parameters, const char *member,
             void (*print)(struct ctl *ctl, const json_t *value));

/* The option --limit. CTL_OK or CTL_USAGE, then it was said. */
int ctl_limit(struct ctl *ctl, const struct option_table *options, int64_t fallback, int64_t least, int64_t *limit);

/* Write what is in ctl->out. CTL_OK or CTL_LOCAL. */
int ctl_print(struct ctl *ctl);
/* One value as one line; each element of an array as one. */
int ctl_print_json(struct ctl *ctl, const json_t *value);
int ctl_print_lines(struct ctl *ctl, const json_t *array);

/* Members of replies; "" and 0 where they are missing or null. */
const char *ctl_text(const json_t *object, const char *name);
int64_t ctl_int(const json_t *object, const char *name);
double ctl_real(const json_t *object, const char *name);
/* A time as "3 s ago"; "never" where there is none. */
void ctl_ago(struct ctl *ctl, struct buf *out, const char *rfc3339);
