/* See rule.h. */
#include "config/rule.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/names.h"
#include "base/nearest.h"
#include "config/ruletable.h"

static bool is_rules_file(const char *name)
{
        size_t n = strlen(name);

        return *name != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the folder's files in their order, in the arena. 0 or -errno. */
static int list_files(struct arena *arena, const char *directory, const char ***names, size_t *n)
{
        DIR *dir = opendir(directory);
        struct dirent *entry;

        *names = arena_array(arena, const char *, RULE_FILES_MAX + 1);
        *n = 0;
        if (dir == NULL)
                return -errno;
        while (*n <= RULE_FILES_MAX && (entry = readdir(dir)) != NULL)
                if (is_rules_file(entry->d_name))
                        (*names)[(*n)++] = arena_strdup(arena, entry->d_name);
        closedir(dir);
        qsort(*names, *n, sizeof(**names), compare_names);
        return 0;
}

int rule_parse(struct arena *arena, const char *path, const char *text, size_t n, struct yaml_errors *errors,
               struct rule **rules, size_t *n_rules)
{
        struct schema_context context = { .arena = arena, .path = path, .errors = errors };
        struct ruletable_file file = { 0 };
        struct yaml_node *root = NULL;
        int r, filled = 0;

        *rules = NULL;
        *n_rules = 0;
        if (n > RULE_FILE_MAX) {
                yaml_errors_add(errors, path, 1, 1, "is too large for a file of rules (at most %d bytes)",
                                RULE_FILE_MAX);
                return YAML_E_BAD;
        }
        r = yaml_parse(arena, path, text, n, &root, errors);
        if (r >= 0 && root != NULL)
                filled = schema_fill(&context, &ruletable_file, root, &file);
        if (r != 0 || filled != 0)
                return r < 0 ? error_trace(r) : filled < 0 ? error_trace(filled) : YAML_E_BAD;
        *rules = file.rules.items;
        *n_rules = file.rules.n;
        return 0;
}

static int load_file(struct arena *arena, const char *path, struct yaml_errors *errors, struct rule **rules, size_t *n)
{
        const char *text;
        size_t n_text;
        int r = yaml_read_file(arena, path, &text, &n_text, errors);

        *n = 0;
        return r != 0 ? r : rule_parse(arena, path, text, n_text, errors, rules, n);
}

/* Names are unique among all files. */
static bool check_names(struct yaml_errors *errors, struct rule *const *files, const size_t *counts, size_t n_files,
                        size_t n)
{
        _cleanup_(names_deinit) struct names names = { 0 };
        _cleanup_free_ const struct rule **seen = calloc(n + 1, sizeof(*seen));
        bool unique = true;
        size_t k = 0;

        if (seen == NULL || names_init(&names, n + 1) < 0)
                arena_out_of_memory();
        for (size_t i = 0; i < n_files; i++) {
                for (size_t j = 0; j < counts[i]; j++) {
                        const struct rule *rule = &files[i][j];
                        size_t other = names_add(&names, rule->name, k);

                        seen[k++] = rule;
                        if (other == NAMES_NONE)
                                continue;
                        unique = false;
                        yaml_errors_add(errors, rule->place.path, rule->place.line, rule->place.column,
                                        "rules[%zu].name: '%s' is taken already, at %s:%u", j, rule->name,
                                        seen[other]->place.path, seen[other]->place.line);
                }
        }
        return unique;
}

int rule_load_directory(const struct schema_context *context, const char *directory, struct rule **rules, size_t *n)
{
        struct arena *arena = context->arena;
        struct rule **files;
        const char **names;
        size_t n_files, *counts, total = 0;
        int r, worst = 0;

        *rules = NULL;
        *n = 0;
        r = list_files(arena, directory, &names, &n_files);
        if (r < 0 || n_files > RULE_FILES_MAX) {
                schema_error(context, NULL, "rules", r < 0 ? "%s: %s: make the folder, or leave 'rules' out"
                                                           : "%s: has more files than %s", directory,
                             r < 0 ? strerror(-r) : "1000");
                return YAML_E_BAD;
        }
        files = arena_array(arena, struct rule *, n_files);
        counts = arena_array(arena, size_t, n_files);
        for (size_t i = 0; i < n_files; i++) {
                r = load_file(arena, arena_printf(arena, "%s/%s", directory, names[i]), context->errors, &files[i],
                              &counts[i]);
                if (r < 0)
                        return error_trace(r);
                worst = MAX_OF(worst, r);
                total += counts[i];
        }
        if (total > RULE_RULES_MAX) {
                schema_error(context, NULL, "rules", "%s: has %zu rules (at most %d)", directory, total,
                             RULE_RULES_MAX);
                return YAML_E_BAD;
        }
        if (!check_names(context->errors, files, counts, n_files, total) || worst != 0)
                return YAML_E_BAD;
        *rules = arena_array(arena, struct rule, total);
        for (size_t i = 0; i < n_files; i++)
                for (size_t j = 0; j < counts[i]; j++)
                        if (files[i][j].enabled)
                                (*rules)[(*n)++] = files[i][j];
        return 0;
}

static void check_watches(struct yaml_errors *errors, const struct rule *rule, const struct rule_condition *condition,
                          const char *const *watches, size_t n)
{
        const struct schema_list *const lists[] = { &condition->all, &condition->any, &condition->none };

        for (size_t i = 0; i < condition->watch.n; i++) {
                const char *word = condition->watch.items[i], *near;
                size_t at = 0;

                while (at < n && strcmp(watches[at], word) != 0)
                        at++;
                if (at < n)
                        continue;
                near = nearest_word(word, watches, n);
                yaml_errors_add(errors, condition->place.path, condition->place.line, condition->place.column,
                                "rule '%s': there is no watch '%s'%s%s%s", rule->name, word,
                                near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                                near != NULL ? "'?)" : "");
        }
        for (size_t i = 0; i < N_ELEMENTS(lists); i++)
                for (size_t k = 0; k < lists[i]->n; k++)
                        check_watches(errors, rule, (const struct rule_condition *)lists[i]->items + k, watches, n);
}

void rule_check_watches(struct yaml_errors *errors, const struct rule *rules, size_t n, const char *const *watches,
                        size_t n_watches)
{
        for (size_t i = 0; i < n; i++)
                check_watches(errors, &rules[i], &rules[i].when, watches, n_watches);
}
