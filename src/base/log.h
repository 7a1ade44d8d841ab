/*
 * The log: to the journal with fields when systemd gave us its stream, to standard error otherwise.
 *
 * Every message has a kind: a row of log_kinds[] with a name that can be grepped, a MESSAGE_ID for the journal's
 * catalog (packaging/dateline.catalog explains each to an administrator) and a rate limit, so that one broken source
 * cannot fill the disk. What was held back is counted and said. Thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "base/cleanup.h"

enum log_kind {
        LOG_GENERAL,            /* no catalog entry, no limit */
        LOG_STARTED,
        LOG_STOPPED,
        LOG_NOT_STARTED,        /* it ends at once: the reason */
        LOG_CONFIG_REFUSED,     /* a reload was refused, the old configuration goes on */
        LOG_RELOADED,
        LOG_SOURCE_TROUBLE,     /* a watcher cannot do its work: unreadable file, no such directory, bind failed */
        LOG_SOURCE_OK,          /* ... and can again */
        LOG_SOURCE_QUIET,       /* a feed has brought nothing new for longer than it should */
        LOG_SOURCE_OVERFLOW,    /* the kernel told less of a directory than happened: it is looked through anew */
        LOG_INTAKE_HELD,        /* a bound was reached or the store failed: watchers wait */
        LOG_INTAKE_RESUMED,
        LOG_STORE_TROUBLE,
        LOG_WORKER_LOST,        /* a worker died, hung or passed its memory limit */
        LOG_WORKER_SAID,        /* a line that a worker or an exec module wrote */
        LOG_QUARANTINED,
        LOG_EXEC_LOST,
        LOG_CONTROL_REFUSED,    /* a client without the right, or one that broke the protocol */
        LOG_OUTPUT_TROUBLE,
        LOG_OUTPUT_OK,
        LOG_OUTPUT_REFUSED,     /* a receiver refused an event for good */
        LOG_METRICS_TROUBLE,    /* the address for metrics cannot be had */
        LOG_CLOCK,              /* the clock was set */
        LOG_DESCRIPTORS,        /* none is left: who connects is sent away, files wait */
        LOG_MEMORY,             /* the system is short of memory: what can be given back was */
        LOG_EVENT,              /* the journal output: one message an event */
        LOG_RULE_ALERT,              /* ... and one a change of an alert */
        LOG_KIND_MAX_,
};

struct log_kind_row {
        const char *name;       /* "worker-lost" */
        const char *id;         /* 32 hexadecimal digits, or NULL */
        unsigned per_minute;    /* 0: no limit */
};
extern const struct log_kind_row log_kinds[LOG_KIND_MAX_];

/* The things that a message is about; all may be left out. */
struct log_about {
        const char *source;     /* SOURCE= */
        const char *story;      /* STORY_ID= */
        int64_t delivery;       /* DELIVERY_ID=, 0: none */
        const char *output;     /* OUTPUT= */
        int worker;             /* WORKER_PID=, 0: none */
        const char *fields[8];  /* further "NAME=value", up to NULL */
};

struct log;

/* `level`: syslog's, messages above it (less urgent) are dropped. To the journal where standard error is its stream
 * ($JOURNAL_STREAM), unless `plain`. */
int log_new(struct log **out, int level, bool plain);
void log_free(struct log *log);
void log_freep(struct log **log);

/* Whether it goes to the journal. */
bool log_is_journal(const struct log *log);

void log_set_level(struct log *log, int level);
int log_get_level(const struct log *log);
/* "debug", "info", "notice", "warning", "err"; -1 where there is no such level. */
int log_level_from_name(const char *name);
const char *log_level_name(int level);

/* `log` may be NULL (tests): then nothing is written. */
void log_message(struct log *log, int level, enum log_kind kind, const struct log_about *about, const char *format,
                 ...) _printf_(5, 6);

/* A text of several lines, a message each. */
void log_lines(struct log *log, int level, enum log_kind kind, const char *text);

#define log_debug(log, ...) log_message((log), LOG_DEBUG, LOG_GENERAL, NULL, __VA_ARGS__)
#define log_info(log, ...) log_message((log), LOG_INFO, LOG_GENERAL, NULL, __VA_ARGS__)
#define log_warning(log, ...) log_message((log), LOG_WARNING, LOG_GENERAL, NULL, __VA_ARGS__)
#define log_error(log, ...) log_message((log), LOG_ERR, LOG_GENERAL, NULL, __VA_ARGS__)
