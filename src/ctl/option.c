/* See option.h. */
#include "ctl/option.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"

/* The place of a row's value; NULL where no row has this name (n bytes) or letter. */
static const char **find(struct option_table **tables, size_t n_tables, const char *name, size_t n, char letter,
                         const struct option_row **found)
{
        for (size_t t = 0; t < n_tables; t++) {
                const struct option_row *rows = tables[t]->rows;

                for (size_t i = 0; rows[i].name != NULL && i < OPTIONS_MAX; i++) {
                        bool is = name != NULL ? strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0 :
                                                 rows[i].letter == letter;

                        if (is) {
                                *found = &rows[i];
                                return &tables[t]->values[i];
                        }
                }
        }
        return NULL;
}

static int unknown(struct option_table **tables, size_t n_tables, const char *argument, char **error)
{
        const char *names[4 * OPTIONS_MAX], *near;
        char word[64];
        size_t n = 0;

        for (size_t t = 0; t < n_tables; t++)
                for (const struct option_row *row = tables[t]->rows; row->name != NULL && n < N_ELEMENTS(names); row++)
                        names[n++] = row->name;
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
        near = argument[1] == '-' ? nearest_word(word, names, n) : NULL;
        if (near != NULL)
                return error_say(error, OPTION_E_USAGE, "unknown option '%s' (did you mean '--%s'?)", argument, near);
        return error_say(error, OPTION_E_USAGE, "unknown option '%s'", argument);
}

/* Take the option at argv[*i]; its value may be the next argument. */
static int take(struct option_table **tables, size_t n_tables, int argc, char **argv, int *i, char **error)
{
        const char *argument = argv[*i], *name = argument + 2, **value;
        bool is_long = argument[1] == '-';
        size_t n = is_long ? strcspn(name, "=") : 0;
        const struct option_row *row;

        value = find(tables, n_tables, is_long ? name : NULL, n, argument[1], &row);
        if (value == NULL)
                return unknown(tables, n_tables, argument, error);
        if (row->value == NULL) {
                if (is_long ? name[n] != '\0' : argument[2] != '\0')
                        return error_say(error, OPTION_E_USAGE, "option '--%s' takes no value", row->name);
                *value = "";
                return 0;
        }
        if (is_long && name[n] == '=')
                *value = name + n + 1;
        else if (!is_long && argument[2] != '\0')
                *value = argument + 2;
        else if (*i + 1 < argc)
                *value = argv[++*i];
        else
                return error_say(error, OPTION_E_USAGE, "option '--%s' needs a value: --%s=%s", row->name, row->name,
                                 row->value);
        return 0;
}

int option_parse(struct option_table **tables, size_t n_tables, int *argc, char **argv, char **error)
{
        int left = 0, r;
        bool ended = false;

        for (int i = 0; i < *argc; i++) {
                if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
                        argv[left++] = argv[i];
                } else if (strcmp(argv[i], "--") == 0) {
                        ended = true;
                } else {
                        r = take(tables, n_tables, *argc, argv, &i, error);
                        if (r != 0)
                                return error_trace(r);
                }
        }
        *argc = left;
        return 0;
}

const char *option_get(const struct option_table *table, const char *name)
{
        for (size_t i = 0; table->rows[i].name != NULL; i++)
                if (strcmp(table->rows[i].name, name) == 0)
                        return table->values[i];
        return NULL;
}

int option_describe(const struct option_row *rows, struct buf *out)
{
        int r = 0;

        for (; rows->name != NULL && r == 0; rows++) {
                char head[64];

                snprintf(head, sizeof(head), "%s%c%s--%s%s%s", rows->letter != 0 ? "-" : " ",
                         rows->letter != 0 ? rows->letter : ' ', rows->letter != 0 ? ", " : "  ", rows->name,
                         rows->value != NULL ? "=" : "", rows->value != NULL ? rows->value : "");
                r = buf_printf(out, "  %-24s  %s\n", head, rows->help);
        }
        return r;
}
