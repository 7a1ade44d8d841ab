/*
 * Alert rules as their files say them: `rules: DIR` in the configuration names a folder, and every NAME.yaml in it is a
 * map with a list `rules`. They are checked by tables (ruletable.c) as the configuration is, together with it, all or
 * nothing. What is done with them is desk/rules.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/schema.h"
#include "config/template.h"

enum {
        RULE_FILES_MAX = 1000,
        RULE_RULES_MAX = 10000,         /* of all files */
        RULE_FILE_MAX = 1 << 20,        /* bytes of a file */
        RULE_DEPTH_MAX = 8,             /* conditions within conditions */
        RULE_CONDITIONS_MAX = 500,      /* of one rule */
        RULE_TEXT_MAX = 1024,           /* bytes of a template */
};

enum rule_severity { RULE_INFO, RULE_LOW, RULE_MEDIUM, RULE_HIGH, RULE_CRITICAL };

/* What the alerts of a rule are kept apart by: the hold-off and the rate hold for each group. */
enum rule_group {
        RULE_GROUP_RULE,                /* all together */
        RULE_GROUP_PAIR,                /* the countries of the two sides, in either direction: "PRK USA" */
        RULE_GROUP_SOURCE, RULE_GROUP_TARGET, RULE_GROUP_ACTOR,         /* the country (of either side) */
        RULE_GROUP_COUNTRY,             /* of the place */
        RULE_GROUP_PLACE,
        RULE_GROUP_WATCH,
        RULE_GROUP_TYPE,
        RULE_GROUP_EVENT,               /* each event by itself */
};

enum rule_sided { RULE_SIDED_EITHER_WAY, RULE_SIDED_YES, RULE_SIDED_NO, RULE_SIDED_SOURCE, RULE_SIDED_TARGET };

/* Positions are those of the bits in rule_condition; of its statuses, those of plover_statuses. */
extern const char *const rule_quads[], *const rule_severities[], *const rule_groups[];

struct rule_near {
        double lat, lon;                /* degrees */
        int64_t km;                     /* 0: not asked for */
};

/* All that is given must hold; of a list, one entry. */
struct rule_condition {
        struct yaml_place place;
        struct schema_strings source, target, actor;    /* codes by prefix where all capitals, else parts of names */
        struct schema_strings pair;                     /* none or two: one on each side, in either direction */
        struct schema_strings type, mode, context;
        struct schema_strings quad, status;
        unsigned quads, statuses;                       /* the same as bits; 0: not asked for */
        struct schema_strings country, where;
        struct rule_near near;
        struct schema_strings origin;                   /* as actors */
        int64_t min_origins, max_origins;               /* 0: not asked for */
        int one_sided;                                  /* enum rule_sided */
        struct schema_strings watch, publisher;
        int64_t min_reports, min_publishers;
        struct schema_strings words, text;              /* of the trigger; of the whole story */
        double min_confidence, min_goldstein, max_goldstein;
        struct schema_list all, any, none;              /* of struct rule_condition */
};

struct rule_rate {
        int64_t count;                  /* events; 0: no rate */
        int64_t in;                     /* us */
        double times_usual;             /* 0: not asked for */
        int64_t windows;                /* before, whose mean is the usual */
};

struct rule_absence {
        int64_t of_time;                /* us, key `for`; 0: no absence */
        int of;                         /* enum rule_of */
};

enum rule_of { RULE_OF_EVENTS, RULE_OF_STORIES };

struct rule {
        struct yaml_place place;
        const char *name;               /* unique among all files */
        bool enabled;
        int severity;                   /* enum rule_severity */
        struct rule_condition when;
        struct rule_rate rate;
        struct rule_absence absence;
        int group;                      /* enum rule_group */
        int64_t hold_off;               /* us; 0: each time */
        const char *text;
        struct template template;
        uint64_t fingerprint;           /* of what is counted: equal as long as `when` and `group` say the same */
};

/* The rules of all files of a folder, by name of file; context->path is the configuration's. Rules that are not enabled
 * are checked and left out. 0 or YAML_E_BAD. */
int rule_load_directory(const struct schema_context *context, const char *directory, struct rule **rules, size_t *n);
/* Whether every watch that is named in a rule is one of `watches`. */
void rule_check_watches(struct yaml_errors *errors, const struct rule *rules, size_t n, const char *const *watches,
                        size_t n_watches);
/* Those of one text, which may be a foreign one: a client's. `path` is for messages. */
int rule_parse(struct arena *arena, const char *path, const char *text, size_t n, struct yaml_errors *errors,
               struct rule **rules, size_t *n_rules);
