/*
 * The daemon's configuration: one effective, immutable struct, checked whole before anything starts or changes.
 *
 * Everything lives in the config's own arena. It is reference-counted, since watchers and outputs that did not change
 * at a reload go on with the configuration that made them; counting is for the loop's thread only.
 * The settings of a worker module are checked by the module's own schema in the worker: the daemon hands it the text of
 * the file (`text`), so that the positions in its errors are the file's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/rule.h"
#include "config/schema.h"
#include "config/yaml.h"

enum { CONFIG_NAME_SIZE = 65 };         /* of a watch's or an output's name with its NUL */

enum config_watch_kind {
        CONFIG_WATCH_DIRECTORY,
        CONFIG_WATCH_LISTEN,
        CONFIG_WATCH_COMMAND,
        CONFIG_WATCH_FEED,
};

enum config_framing {
        CONFIG_FRAMING_CONNECTION,      /* one story a connection: all until the peer shuts its side down */
        CONFIG_FRAMING_SEPARATOR,       /* `separator` ends a story; the last one may end with the connection */
        CONFIG_FRAMING_LENGTH,          /* a line with the length in decimal, then so many bytes */
        CONFIG_FRAMING_WIRE,            /* SOH begins a story, EOT ends it, as in IPTC 7901 and ANPA 1312 */
};

struct config_watch {
        struct yaml_place place;
        const char *name;               /* [a-z0-9._-]{1,64}, unique among watches */
        enum config_watch_kind kind;    /* by which of directory, listen, command, feed is there */
        const char *format;             /* "auto", "plain", ... : how decode reads it; the envelope carries it */
        const char *encoding;           /* NULL: found out */
        int64_t max_size;               /* bytes a delivery; larger ones are refused */

        const char *directory;
        bool subdirectories;            /* folders below it are watched too */
        const char *done;               /* absolute folder for accepted files, or "delete" */

        const char *listen;             /* "/run/dateline/wire.sock" or "127.0.0.1:7901", "[::1]:7901" */
        int framing;                    /* enum config_framing */
        const char *separator;          /* bytes, may hold NUL; NULL unless framing says so */
        size_t n_separator;             /* must stand right behind `separator` (SCHEMA_BYTES) */
        int64_t max_connections;
        int64_t idle;                   /* us without a byte before a connection is closed */
        int64_t mode;                   /* of a Unix socket, octal in the file: "0660" */
        const char *group;              /* of a Unix socket, NULL: as it comes */

        struct schema_strings command;  /* program and arguments; absolute program, no shell */
        int64_t every;                  /* us between two starts; feed: the shortest time between two polls */
        int64_t timeout;                /* us for one run or poll */

        const char *feed;               /* http or https URL */
        int64_t every_max;              /* us, the longest time between two polls; at least `every` */
        const char *user_agent;         /* NULL: dateline's own */
        struct schema_strings headers;  /* "Name: value" */
        const char *credentials;        /* absolute path of a file, or the name of a systemd credential; NULL: none */
        const char *proxy;
        const char *ca;                 /* file of certificates, NULL: the system's */
        bool allow_private;
        int64_t host_delay;             /* us between two requests to one host */
        int full_text;                  /* enum pages_wanted of store/pages.h: the pages behind items are fetched */
        bool websub;                    /* it is subscribed to where it names a hub */
        int64_t quiet_after;            /* us without a new story from which it is trouble, 0: never */
};

enum config_module_kind {
        CONFIG_MODULE_BUILTIN,          /* `name` says which: "decode", "read", "code", ... */
        CONFIG_MODULE_EXEC,             /* a program of its own beside the workers */
        CONFIG_MODULE_LOAD,             /* a shared object, opened in the worker */
};

/* An entry of work.modules: "- read", "- decode: {max_size: 8M}", "- exec: {...}", "- load: {...}". */
struct config_module {
        struct yaml_place place;
        enum config_module_kind kind;
        const char *name;               /* exec: its `name`; load: its file's name without folder and ".so" */
        const char *where;              /* for messages about the settings: "work.modules[0].decode" */
        const struct yaml_node *settings;       /* builtin, load: checked in the worker; NULL: none */
        /* exec */
        struct schema_strings command;
        int64_t timeout;                /* us a story */
        /* load */
        const char *file;
};

struct config_work {
        int64_t processes;              /* 0: one a core */
        int64_t attempts;
        int64_t deadline;               /* us a job */
        int64_t memory;                 /* bytes of address space a worker */
        const struct yaml_node *module_list;    /* as it stands in the file, NULL where left out */
        struct config_module *modules;  /* decode, read, code where the list is left out */
        size_t n_modules;
};

/* Which kinds of lines an output gets. */
enum config_only {
        CONFIG_ONLY_NONE,               /* nothing is said: events */
        CONFIG_ONLY_EVENTS,
        CONFIG_ONLY_ALERTS,
};

/* Which events, in the words of `datelinectl events`; NULL: not asked for. */
struct config_filter {
        int only;                       /* enum config_only; first, see SCHEMA_SECTION */
        const char *source, *target, *actor;    /* actor codes by prefix, or parts of names */
        const char *type;                       /* PLOVER category, or CAMEO code by prefix */
        const char *status;
        const char *watch;                      /* where the story came from */
        const char *country, *place;            /* of the place: three letters; a part of its name */
        const char *origin, *publisher;         /* parts of names */
        int64_t quad, min_origins, min_reports; /* 0: not asked for */
        const char *rule, *severity;            /* of alerts */
        struct schema_strings change; /* "new", "events", ... (store/kind.h); none: what the kind of output takes */
};

struct config_output {
        struct yaml_place place;
        const char *name;               /* unique among outputs */
        bool journal;
        struct schema_strings exec;             /* program and arguments; absolute program, no shell */
        const char *files;                      /* the directory, absolute */
        int format;                             /* of files: the position in config_formats[] */
        int64_t every;                          /* us that one file holds */
        int64_t keep;                           /* us after which a finished file is removed, 0: never */
        const char *webhook;                    /* http or https URL */
        const char *secret;                     /* absolute path of a file, or the name of a systemd credential */
        int64_t batch;                          /* events in one request */
        int64_t timeout;                        /* us for one request */
        struct schema_strings headers;          /* "Name: value" */
        const char *ca;                         /* file of certificates, NULL: the system's */
        struct config_filter only;
};

/* "jsonl", "gdelt", ...; ended by NULL. */
extern const char *const config_formats[];

struct config_store {
        const char *sqlite;             /* path of the database */
        int64_t keep;                   /* us that stories are kept, 0: for ever */
        int64_t max_queue;              /* deliveries that may wait before watchers are held */
};

struct config_control {
        const char *socket;
        const char *group;              /* who may change things beside root and the daemon's user; NULL: nobody */
        int64_t max_connections;
        int64_t max_message;            /* bytes */
};

struct config_websub {
        const char *listen, *url;       /* as metrics; NULL: there is none */
};

struct config {
        struct arena arena;
        unsigned references;
        const char *path;
        const char *text;               /* the file as it was read */
        size_t n_text;

        int log_level;                  /* syslog's */
        struct schema_list watch_list, output_list;
        struct config_watch *watch;     /* = watch_list.items */
        size_t n_watch;
        struct config_work work;
        struct config_store store;
        struct config_output *outputs;
        size_t n_outputs;
        const char *rules_directory;            /* NULL: none */
        struct rule *rules;                     /* those that are enabled */
        size_t n_rules;
        struct config_control control;
        struct config_websub websub;
        const char *metrics;                    /* "/run/dateline/metrics.sock" or "127.0.0.1:9464"; NULL: none */
};

enum {
        CONFIG_E_BAD = 1,       /* *errors: all that is wrong, a line each; the caller frees it */
};

/* Read, parse, check. 0 with one reference, CONFIG_E_BAD, or -errno. */
int config_load(const char *path, struct config **out, char **errors);
/* The same from text (tests, fuzzing). */
int config_parse(const char *path, const char *text, size_t n, struct config **out, char **errors);

struct config *config_ref(struct config *config);
void config_unref(struct config *config);
void config_unrefp(struct config **config);

/* Whether a watch, an output are the same in two configurations: then they go on over a reload. */
bool config_watch_equal(const struct config_watch *a, const struct config_watch *b);
bool config_output_equal(const struct config_output *a, const struct config_output *b);

/* The list `work.modules` of a parsed configuration, for the worker, which checks each module's settings itself. NULL
 * where there is none. See modules.h for its entries. */
const struct yaml_node *config_find_modules(const struct yaml_node *root);

/* dateline.yaml(5) in mdoc, made from the tables. `modules`: the tables of worker modules' settings, ended by NULL;
 * each is printed by its name. 0 or -errno. */
int config_print_manual(struct buf *out, const struct schema *const *modules);
