/* See dictionary.h. Here: finding the files, and the actor parts of dateline's own YAML. */
#include "modules/code/dictionary.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "modules/code/frames.h"
#include "modules/code/petrarch.h"

enum { FILES_MAX = 256 };

struct file {
        const char *path;
        const struct yaml_node *root;   /* NULL: not YAML */
};

struct loader {
        struct dictionary *dictionary;
        struct arena files_arena;       /* of texts and nodes: gone when all is taken */
        struct yaml_errors *errors;
        struct file files[FILES_MAX];
        size_t n_files;
};

uint32_t dictionary_add_entry(struct dictionary *d, const struct dictionary_entry *entry)
{
        if (d->n_entries == d->entries_size) {
                size_t size = d->entries_size * 2 + 8192;
                struct dictionary_entry *entries = arena_alloc(d->arena, size * sizeof *entries);

                if (d->n_entries > 0)
                        memcpy(entries, d->entries, d->n_entries * sizeof *entries);
                d->entries = entries;
                d->entries_size = size;
        }
        d->entries[d->n_entries] = *entry;
        return (uint32_t)d->n_entries++;
}

void dictionary_add_phrase(struct dictionary *d, uint32_t entry, const char *phrase)
{
        phrases_add(d->phrases, phrase, entry);
}

static void complain(struct loader *l, const char *path, const struct yaml_node *node, const char *message,
                     const char *word)
{
        yaml_errors_add(l->errors, path, node->line, node->column, "%s: '%s'", message, word);
}

static const char *scalar(const struct yaml_node *map, const char *key)
{
        const struct yaml_node *node = map->kind == YAML_MAP ? yaml_get(map, key) : NULL;

        return node && node->kind == YAML_SCALAR && node->n_text > 0 ? node->text : NULL;
}

/* "1999", "1999-08", "1999-08-09": the first day of it, or the last. */
static bool parse_day(const char *text, bool last, int32_t *out)
{
        int year = 0, month = 0, day = 0;
        int fields = sscanf(text, "%4d-%2d-%2d", &year, &month, &day);

        if (fields < 1 || year < 1000)
                return false;
        if (fields < 2)
                month = last ? 12 : 1;
        if (month < 1 || month > 12)
                return false;
        if (fields < 3)
                day = last ? clock_month_days(year, month) : 1;
        if (day < 1 || day > clock_month_days(year, month))
                return false;
        *out = (int32_t)clock_days(year, month, day);
        return true;
}

/* The next of names that stand in one string, divided by commas: of a thousand, a list would take longer to read than
 * all else. "" where nothing stands between two commas. */
static char *next_name(struct arena *arena, const char **s)
{
        size_t n = strcspn(*s, ","), end = n;
        const char *name = *s;

        while (end > 0 && name[end - 1] == ' ')
                end--;
        *s += n;
        *s += strspn(*s, ", ");
        return arena_strndup(arena, name, end);
}

/* "Afghan" is also "Afghans"; "French" and "Chinese" have no such plural. */
static void add_plural(struct loader *l, uint32_t entry, const char *text)
{
        size_t n = strlen(text);

        if (n > 2 && strchr("nioatekbrdl", text[n - 1]))
                dictionary_add_phrase(l->dictionary, entry, arena_printf(l->dictionary->arena, "%ss", text));
        if (n > 3 && strcmp(text + n - 3, "man") == 0)
                dictionary_add_phrase(l->dictionary, entry,
                                      arena_printf(l->dictionary->arena, "%.*smen", (int)n - 3, text));
}

static void add_names(struct loader *l, const char *path, const struct yaml_node *node, uint32_t entry, bool plurals)
{
        if (!node)
                return;
        if (node->kind == YAML_LIST) {
                for (size_t i = 0; i < node->n; i++)
                        if (node->items[i]->kind != YAML_SCALAR) {
                                complain(l, path, node->items[i], "must be a name", "");
                        } else {
                                dictionary_add_phrase(l->dictionary, entry, node->items[i]->text);
                                if (plurals)
                                        add_plural(l, entry, node->items[i]->text);
                        }
                return;
        }
        if (node->kind != YAML_SCALAR) {
                complain(l, path, node, "must be names", "");
                return;
        }
        for (const char *s = node->text; *s;) {
                const char *name = next_name(l->dictionary->arena, &s);

                dictionary_add_phrase(l->dictionary, entry, name);
                if (plurals)
                        add_plural(l, entry, name);
        }
}

/* The phrases of a list, or of one string with commas between, for an entry. */
static void add_phrases(struct loader *l, const char *path, const struct yaml_node *node, uint32_t entry)
{
        add_names(l, path, node, entry, false);
}

static void add_demonyms(struct loader *l, const char *path, const struct yaml_node *node, uint32_t entry)
{
        add_names(l, path, node, entry, true);
}

static void add_state(struct loader *l, const char *path, const struct yaml_node *row)
{
        static const struct {
                const char *key;
                enum dictionary_via via;
                const char *role;
        } parts[] = {
                { "names", DICTIONARY_VIA_NAME, "" },       { "demonyms", DICTIONARY_VIA_DEMONYM, "" },
                { "capital", DICTIONARY_VIA_CAPITAL, "" },  { "seats", DICTIONARY_VIA_SEAT, "GOV" },
                { "places", DICTIONARY_VIA_PLACE, "" },
        };
        const char *code = scalar(row, "code"), *name = scalar(row, "name");

        if (!code || !name || strlen(code) != 3) {
                complain(l, path, row, "a state needs a code of three letters and a name", code ? code : "");
                return;
        }
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                const struct yaml_node *list = yaml_get(row, parts[i].key);
                struct dictionary_entry entry = {
                        .kind = DICTIONARY_STATE, .via = parts[i].via, .name = arena_strdup(l->dictionary->arena, name),
                        .code = arena_printf(l->dictionary->arena, "%s%s", code, parts[i].role),
                        .from = DICTIONARY_FROM_ALWAYS, .to = DICTIONARY_TO_ALWAYS, .file = path, .line = row->line,
                };
                uint32_t id;

                if (!list && i > 0)
                        continue;
                id = dictionary_add_entry(l->dictionary, &entry);
                if (i == 0)
                        dictionary_add_phrase(l->dictionary, id, name);
                if (parts[i].via == DICTIONARY_VIA_DEMONYM)
                        add_demonyms(l, path, list, id);
                else
                        add_phrases(l, path, list, id);
        }
}

static bool read_days(struct loader *l, const char *path, const struct yaml_node *row, struct dictionary_entry *entry)
{
        const char *from = scalar(row, "from"), *to = scalar(row, "to");

        entry->from = DICTIONARY_FROM_ALWAYS;
        entry->to = DICTIONARY_TO_ALWAYS;
        if ((from && !parse_day(from, false, &entry->from)) || (to && !parse_day(to, true, &entry->to))) {
                complain(l, path, row, "a date is YEAR, YEAR-MONTH or YEAR-MONTH-DAY", from ? from : to);
                return false;
        }
        if (entry->from > entry->to) {
                complain(l, path, row, "'from' is later than 'to'", from);
                return false;
        }
        return true;
}

/* One actor of a row. `name` lives as long as the dictionary. */
static uint32_t add_named(struct loader *l, const char *name, const struct dictionary_entry *row)
{
        struct dictionary_entry entry = *row;
        uint32_t id;

        entry.name = name;
        id = dictionary_add_entry(l->dictionary, &entry);
        dictionary_add_phrase(l->dictionary, id, name);
        if (row->kind == DICTIONARY_PERSON && strrchr(name, ' '))
                phrases_add(l->dictionary->surnames, strrchr(name, ' ') + 1, id);
        return id;
}

/* Many that have a code, a title and days in common. Behind " = " stand other names of the same one. */
static void add_each(struct loader *l, const struct dictionary_entry *row, const char *names)
{
        while (*names) {
                char *name = next_name(l->dictionary->arena, &names), *other = strstr(name, " = ");
                uint32_t id;

                if (other)
                        *other = '\0';
                if (!*name)
                        continue;
                id = add_named(l, name, row);
                while (other) {
                        char *next = strstr(other + 3, " = ");

                        if (next)
                                *next = '\0';
                        dictionary_add_phrase(l->dictionary, id, other + 3);
                        other = next;
                }
        }
}

static void add_actor(struct loader *l, const char *path, const struct yaml_node *row, enum dictionary_kind kind)
{
        const char *code = scalar(row, "code"), *name = scalar(row, "name"), *title = scalar(row, "title");
        const struct yaml_node *each = row->kind == YAML_MAP ? yaml_get(row, "each") : NULL;
        struct dictionary_entry entry = { .kind = kind, .file = path, .line = row->line };

        if (row->kind != YAML_MAP || !code || !(name || (each && each->kind == YAML_SCALAR)) || strlen(code) > 15) {
                complain(l, path, row, "an actor needs a name (or names in `each`) and a code of at most 15 letters",
                         name ? name : "");
                return;
        }
        if (!read_days(l, path, row, &entry))
                return;
        entry.code = arena_strdup(l->dictionary->arena, code);
        entry.title = title ? arena_strdup(l->dictionary->arena, title) : NULL;
        if (name)
                add_phrases(l, path, yaml_get(row, "names"),
                            add_named(l, arena_strdup(l->dictionary->arena, name), &entry));
        if (each)
                add_each(l, &entry, each->text);
}

static const char *plural(struct arena *arena, const char *word)
{
        size_t n = strlen(word);

        if (n > 3 && strcmp(word + n - 3, "man") == 0)
                return arena_printf(arena, "%.*smen", (int)n - 3, word);
        if (n > 1 && word[n - 1] == 'y' && !strchr("aeiou", word[n - 2]))
                return arena_printf(arena, "%.*sies", (int)n - 1, word);
        if (word[n - 1] == 's' || word[n - 1] == 'x' || (n > 1 && word[n - 1] == 'h' && strchr("cs", word[n - 2])))
                return arena_printf(arena, "%ses", word);
        return arena_printf(arena, "%ss", word);
}

/* The words of a role stand in one string, as the names of `each`. */
static void add_agent(struct loader *l, const char *path, const struct yaml_node *row)
{
        const char *code = scalar(row, "code"), *words = scalar(row, "words"), *body = scalar(row, "body");
        struct arena *arena = l->dictionary->arena;
        struct dictionary_entry entry = {
                .kind = DICTIONARY_AGENT,
                .from = DICTIONARY_FROM_ALWAYS,
                .to = DICTIONARY_TO_ALWAYS,
                .file = path,
                .line = row->line,
        };

        if (!code || !words) {
                complain(l, path, row, "a role needs a code, and words divided by commas", code ? code : "");
                return;
        }
        entry.code = arena_strdup(arena, code);
        entry.title = body ? arena_strdup(arena, body) : NULL;
        while (*words) {
                uint32_t id;

                entry.name = next_name(arena, &words);
                if (!*entry.name)
                        continue;
                id = dictionary_add_entry(l->dictionary, &entry);
                dictionary_add_phrase(l->dictionary, id, entry.name);
                dictionary_add_phrase(l->dictionary, id, plural(arena, entry.name));
        }
}

/* Strings divided by commas, as in `each`. */
static void add_given(struct loader *l, const char *path, const struct yaml_node *map)
{
        static const char *const keys[] = { "she", "he" };

        if (map->kind != YAML_MAP)
                complain(l, path, map, "must be a map of she and he", "");
        for (uint32_t i = 0; i < 2 && map->kind == YAML_MAP; i++) {
                const char *names = scalar(map, keys[i]);

                while (names && *names)
                        phrases_add(l->dictionary->given, next_name(l->dictionary->arena, &names), i + 1);
        }
}

static void add_discards(struct loader *l, const char *path, const struct yaml_node *list)
{
        struct dictionary_entry entry = {
                .kind = DICTIONARY_DISCARD, .name = "discard", .code = "", .from = DICTIONARY_FROM_ALWAYS,
                .to = DICTIONARY_TO_ALWAYS, .file = path, .line = list->line,
        };

        add_phrases(l, path, list, dictionary_add_entry(l->dictionary, &entry));
}

static void add_actor_parts(struct loader *l, const char *path, const struct yaml_node *root)
{
        static const struct {
                const char *key;
                enum dictionary_kind kind;
        } parts[] = {
                { "states", DICTIONARY_STATE },
                { "people", DICTIONARY_PERSON },
                { "organisations", DICTIONARY_ORGANISATION },
                { "agents", DICTIONARY_AGENT },
        };
        const struct yaml_node *list;

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                list = yaml_get(root, parts[i].key);
                if (list && list->kind != YAML_LIST) {
                        complain(l, path, list, "must be a list", parts[i].key);
                        continue;
                }
                for (size_t k = 0; list && k < list->n; k++)
                        if (parts[i].kind == DICTIONARY_STATE)
                                add_state(l, path, list->items[k]);
                        else if (parts[i].kind == DICTIONARY_AGENT)
                                add_agent(l, path, list->items[k]);
                        else
                                add_actor(l, path, list->items[k], parts[i].kind);
        }
        list = yaml_get(root, "given");
        if (list)
                add_given(l, path, list);
        list = yaml_get(root, "discards");
        if (list)
                add_discards(l, path, list);
}

/* A misspelt part would be lost silently. */
static void check_parts(struct loader *l, const char *path, const struct yaml_node *root)
{
        static const char *const known[] = { "states", "people", "organisations", "agents", "discards", "given", "sets",
                                             "frames", "cameo",  "licence",       "source", "about" };

        if (root->kind != YAML_MAP) {
                complain(l, path, root, "a dictionary is a map of parts", "");
                return;
        }
        for (size_t i = 0; i < root->n; i++) {
                bool found = false;

                for (size_t k = 0; k < sizeof known / sizeof *known; k++)
                        found = found || strcmp(known[k], root->pairs[i].key->text) == 0;
                if (!found)
                        complain(l, path, root->pairs[i].key, "no such part of a dictionary", root->pairs[i].key->text);
        }
}

/* ---- files ---- */

static bool has_suffix(const char *path, const char *suffix)
{
        size_t n = strlen(path), k = strlen(suffix);

        return n > k && strcmp(path + n - k, suffix) == 0;
}

static int add_file(struct loader *l, const char *path)
{
        struct file *file = &l->files[l->n_files];
        struct yaml_node *root = NULL;
        const char *text;
        size_t n;
        int r;

        if (l->n_files == FILES_MAX) {
                yaml_errors_add(l->errors, path, 1, 1, "more than %d dictionary files", FILES_MAX);
                return 0;
        }
        file->path = arena_strdup(l->dictionary->arena, path);
        r = yaml_read_file(&l->files_arena, file->path, &text, &n, l->errors);
        if (r != 0)
                return r < 0 ? error_trace(r) : 0;
        l->dictionary->n_files++;
        if (petrarch_knows(path)) {
                petrarch_load(l->dictionary, file->path, text, n, l->errors);
                return 0;
        }
        r = yaml_parse(&l->files_arena, file->path, text, n, &root, l->errors);
        if (r < 0)
                return error_trace(r);
        if (r > 0)
                return 0;
        file->root = root;
        check_parts(l, file->path, root);
        if (root->kind == YAML_MAP)
                l->n_files++;
        return 0;
}

static int wanted(const struct dirent *entry)
{
        return entry->d_name[0] != '.' && (has_suffix(entry->d_name, ".yaml") || petrarch_knows(entry->d_name));
}

static int add_path(struct loader *l, const char *path)
{
        struct dirent **names;
        struct stat st;
        int n, r = 0;

        if (stat(path, &st) != 0) {
                yaml_errors_add(l->errors, path, 1, 1, "cannot be read: %s", strerror(errno));
                return 0;
        }
        if (!S_ISDIR(st.st_mode))
                return add_file(l, path);
        n = scandir(path, &names, wanted, alphasort);
        if (n < 0) {
                yaml_errors_add(l->errors, path, 1, 1, "cannot be read: %s", strerror(errno));
                return 0;
        }
        for (int i = 0; i < n; i++) {
                if (r == 0)
                        r = add_file(l, arena_printf(l->dictionary->arena, "%s/%s", path, names[i]->d_name));
                free(names[i]);
        }
        free(names);
        return error_trace(r);
}

static int by_code(const void *a, const void *b)
{
        const struct dictionary_entry *x = *(const struct dictionary_entry *const *)a;
        const struct dictionary_entry *y = *(const struct dictionary_entry *const *)b;
        int order = strncmp(x->code, y->code, 3);

        return order ? order : x < y ? -1 : x > y;
}

/* When no entry comes any more, since they move while they grow. */
static void index_states(struct dictionary *d)
{
        const struct dictionary_entry *last = NULL;
        size_t size = 0;

        for (size_t i = 0; i < d->n_entries; i++) {
                const struct dictionary_entry *e = &d->entries[i];

                /* The field's files have a row for each way of writing a country, one behind the other. */
                if (e->kind != DICTIONARY_STATE || e->via != DICTIONARY_VIA_NAME ||
                    (last && strncmp(last->code, e->code, 3) == 0))
                        continue;
                d->states = arena_push(d->arena, d->states, d->n_states++, &size, (void *)e);
                last = e;
        }
        if (d->n_states > 0)
                qsort(d->states, d->n_states, sizeof *d->states, by_code);
}

const char *dictionary_state_name(const struct dictionary *d, const char *code)
{
        size_t low = 0, high = d->n_states;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strncmp(d->states[middle]->code, code, 3) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < d->n_states && strncmp(d->states[low]->code, code, 3) == 0 ? d->states[low]->name : NULL;
}

/* All files, then their parts: the sets of all, before the frames of any. */
static int load(struct loader *l, const char *const *paths, size_t n_paths)
{
        struct dictionary *d = l->dictionary;

        for (size_t i = 0; i < n_paths; i++) {
                int r = add_path(l, paths[i]);

                if (r < 0)
                        return error_trace(r);
        }
        for (size_t i = 0; i < l->n_files; i++) {
                add_actor_parts(l, l->files[i].path, l->files[i].root);
                lexicon_add(d->lexicon, l->files[i].path, l->files[i].root, l->errors);
        }
        for (size_t i = 0; i < l->n_files; i++)
                frames_add(d->lexicon, l->files[i].path, l->files[i].root, l->errors);
        lexicon_finish(d->lexicon);
        index_states(d);
        return 0;
}

int dictionary_load(struct dictionary **out, struct arena *arena, const char *const *paths, size_t n_paths,
                    struct yaml_errors *errors)
{
        struct loader l = {
                .dictionary = arena_new(arena, struct dictionary), .errors = errors, .files_arena = ARENA_NULL,
        };
        struct dictionary *d = l.dictionary;
        size_t before = errors->n;
        int r;

        d->arena = arena;
        d->phrases = phrases_new(arena);
        d->surnames = phrases_new(arena);
        d->given = phrases_new(arena);
        d->lexicon = lexicon_new(arena);
        dictionary_add_entry(d, &(struct dictionary_entry){ .kind = DICTIONARY_DISCARD, .name = "", .code = "" });
        r = load(&l, paths, n_paths);
        arena_deinit(&l.files_arena);
        if (r < 0)
                return error_trace(r);
        *out = d;
        return errors->n > before ? DICTIONARY_E_BAD : 0;
}
