/*
 * The contract of a worker module: one step of work over a delivery or a story, configured in YAML, run in a sandboxed
 * worker. Built-in modules (decode, read, code) and shared objects named in the configuration follow the same contract;
 * dateline-module(3) tells it to people outside.
 *
 * A module is opened before the sandbox closes: files are opened, mapped, dictionaries loaded there. After that it has
 * no network and no file system, and each call is a pure function of its input and its settings: the same story gives
 * the same output, in whatever order stories come. Nothing of a job outlives the job; all memory of a job comes from
 * its arena (or malloc, freed by the module).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/schema.h"
#include "worker/story.h"

#define MODULE_ABI 1

/* Where a delivery came from. Strings may be NULL where unknown. */
struct envelope {
        int64_t delivery;               /* id in the store, 0 offline */
        const char *source;             /* the watcher's name */
        const char *name;               /* file name, peer, URL: whatever the watcher knows */
        const char *format;             /* "auto", "plain", ... as configured */
        const char *encoding;           /* as configured or as a protocol said; NULL: find out */
        int64_t received;               /* wall clock, us */
};

/* What a job is about and what it made. */
struct job {
        struct arena *arena;            /* reset after the job */
        const struct envelope *envelope;

        /* decode: in */
        const char *bytes;
        size_t n_bytes;
        /* What comes behind the bytes where a delivery is too long to be held (WARC): up to n bytes into `out`, 0 at
         * the end, -errno. NULL: the bytes are all. */
        ssize_t (*read)(void *user, char *out, size_t n);
        void *read_user;

        /* a story's modules: in and out */
        struct story *story;
        struct reading *reading;        /* NULL until read ran */
        json_t *coded;                  /* {"statements": [], "actors": [], "events": []}, NULL until code ran;
                                           a module may add members and change these; the job owns it */
        const char *reason;             /* why the module refused, for MODULE_E_REFUSED */

        /* The worker's side of `module_add_story` and `module_add_bad`. 0; or what decode must return at once:
         * MODULE_E_REFUSED, with `reason` set, where there are too many, or -errno. */
        void *sink;
        int (*add_story)(void *sink, const struct story *story);
        int (*add_bad)(void *sink, const char *reason, const char *what);

        /* decode: out. What the document says about when to come for the next one; 0: nothing. */
        struct job_hints {
                int64_t ttl;            /* seconds */
                uint32_t skip_hours;    /* bit h: not in that hour, UTC */
                uint32_t skip_days;     /* bit d: not on that day, UTC; 0 is Sunday */
        } hints;

        /* decode, of a delivery that is read piece by piece (WARC). start: in, where `bytes` begins. position: out,
         * of the record whose stories are being added; all before it is done, so that one may begin there another
         * time. */
        struct job_position {
                int64_t at; /* byte of the delivery: of the record, or of the member of gzip that it stands in */
                int64_t skip;           /* ... then so many unpacked bytes before it */
        } start, position;

        /* decode, of a feed: out. Where its changes are told of, and what it is called there (WebSub), as URLs;
         * NULL: not said. */
        struct job_links {
                const char *hub, *self;
        } links;
};

/* For open: messages about settings go where a person finds them. */
struct module_host {
        struct arena *arena;                    /* lives as long as the module */
        const struct schema_context *context;   /* the place of the module's settings, for schema_error() */
        const char *(*data_path)(struct arena *arena, const char *name);        /* a file of dateline's own data */
        /* To the daemon's log (offline: standard error); syslog levels. */
        void (*log)(void *user, int level, const char *format, ...) _printf_(3, 4);
        void *user;
};

enum {
        MODULE_E_REFUSED = 1,   /* process: this input cannot be done, no new attempt can help: job->reason says why.
                                   open: the settings or files are wrong, schema_error() was called */
};

struct module {
        uint32_t abi;                   /* MODULE_ABI */
        const char *name;
        const char *version;            /* for status; may be NULL, then open may set it through module_version */
        const struct schema *settings;  /* NULL: the module has none */

        /* `settings`: the filled struct, lives as long as the module. *state is the module's own. 0, MODULE_E_REFUSED
         * or -errno. */
        int (*open)(struct module_host *host, const void *settings, void **state);
        /* One delivery: call job->add_story() for each story in it, job->add_bad() for each item that cannot be read.
         * NULL where the module does not decode. */
        int (*decode)(void *state, struct job *job);
        /* One story. NULL where the module works on deliveries. */
        int (*process)(void *state, struct job *job);
        void (*close)(void *state);
        /* What is loaded, "en 3 (2026-11-24)", for status; NULL or a NULL return: nothing to say. */
        const char *(*describe)(void *state);
};

/* The symbol that a shared object exports: `const struct module dateline_module`. */
#define MODULE_SYMBOL "dateline_module"
