/*
 * The dictionaries as the coder uses them: names of states, organisations, groups and people, roles of agents, and the
 * lexicon of acts. Loaded once, before the sandbox closes; read-only afterwards.
 *
 * Files: dateline's own YAML (data/dictionaries explains each part at its head), and the field's .actors, .agents
 * and .discards files (petrarch.h). Folders are read in the order of their names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/yaml.h"
#include "modules/code/lexicon.h"
#include "modules/code/phrases.h"

enum dictionary_kind {
        DICTIONARY_STATE,
        DICTIONARY_PERSON,
        DICTIONARY_ORGANISATION,        /* also groups and companies: what acts under its own name */
        DICTIONARY_AGENT,               /* a role: "troops", "foreign minister" */
        DICTIONARY_DISCARD,             /* looks like a name, is none */
};

enum dictionary_via {
        DICTIONARY_VIA_NAME,
        DICTIONARY_VIA_DEMONYM,         /* "Iraqi", "Iraqis" */
        DICTIONARY_VIA_CAPITAL,         /* the capital: the place, or the government there */
        DICTIONARY_VIA_SEAT,            /* a word for the government: "the Kremlin" */
        DICTIONARY_VIA_PLACE,           /* a place inside: it says the country, and is no actor alone */
};

#define DICTIONARY_FROM_ALWAYS INT32_MIN
#define DICTIONARY_TO_ALWAYS INT32_MAX

struct dictionary_entry {
        enum dictionary_kind kind;
        enum dictionary_via via;
        const char *name;       /* of the actor, or the words of the role */
        const char *code;       /* "RUS", "RUSGOV", "IGOUNO"; of a role: "GOV" */
        const char *title;      /* of a person: "President"; of a role that is a body: its one name; NULL */
        int32_t from, to;       /* days since 1970, both in */
        const char *file;
        unsigned line;
};

struct dictionary {
        struct arena *arena;
        struct phrases *phrases;        /* payloads are indices of `entries` */
        struct phrases *given;          /* given names; payload 1: she, 2: he */
        struct phrases *surnames;       /* of people, the last word of the name alone */
        struct dictionary_entry *entries;
        size_t n_entries, entries_size; /* entries[0] is unused */
        const struct dictionary_entry **states; /* under their usual names, by code */
        size_t n_states;
        struct lexicon *lexicon;
        size_t n_files;
};

enum {
        DICTIONARY_E_BAD = 1,           /* `errors` says what; what could be read was taken */
};

/* `paths`: files and folders. 0, DICTIONARY_E_BAD or -errno. */
int dictionary_load(struct dictionary **out, struct arena *arena, const char *const *paths, size_t n_paths,
                    struct yaml_errors *errors);

/* For readers of other formats: a new entry, and a phrase for it. */
uint32_t dictionary_add_entry(struct dictionary *dictionary, const struct dictionary_entry *entry);
void dictionary_add_phrase(struct dictionary *dictionary, uint32_t entry, const char *phrase);

/* The usual name of the country that a code begins with, NULL: it is none of the dictionary. */
const char *dictionary_state_name(const struct dictionary *dictionary, const char *code);

/* Whether an entry holds on a day. */
static inline bool dictionary_valid(const struct dictionary_entry *entry, int32_t day)
{
        return entry->from <= day && day <= entry->to;
}
