/* See differ.h. */
#include "config/differ.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/names.h"
#include "config/equal.h"
#include "config/ruletable.h"
#include "config/tables.h"
#include "config/watchtable.h"

enum { SHOWN = 10 };            /* names of one kind of change */

enum change { ADDED, CHANGED, REMOVED, CHANGES_ };

static const char *const change_words[] = { "added", "changed", "removed" };

/* Rows that are known by their names. */
struct rows {
        const char *heading;
        const struct schema *schema;
        size_t name;                    /* where in a row its name is */
        const void *items;
        size_t n;
};

struct told {
        size_t n;
        struct buf names;
};

static const void *row_at(const struct rows *rows, size_t i)
{
        return (const char *)rows->items + i * rows->schema->size;
}

static const char *name_at(const struct rows *rows, size_t i)
{
        return *(const char *const *)(const void *)((const char *)row_at(rows, i) + rows->name);
}

static int tell(struct told *told, const char *name)
{
        return told->n++ < SHOWN ? buf_printf(&told->names, "%s%s", told->n > 1 ? ", " : "", name) : 0;
}

/* "; " between two. */
static int begin_part(struct buf *out)
{
        return out->n > 0 ? buf_append_string(out, "; ") : 0;
}

static int append_told(struct buf *out, const char *heading, const struct told told[CHANGES_])
{
        bool any = false;
        int r = 0;

        for (enum change c = 0; c < CHANGES_ && r == 0; c++) {
                if (told[c].n == 0)
                        continue;
                if (!any)
                        r = begin_part(out);
                if (r == 0)
                        r = buf_printf(out, "%s%s %zu %s (%.*s%s)", any ? "," : heading, any ? "" : ":", told[c].n,
                                       change_words[c], (int)told[c].names.n, told[c].names.data,
                                       told[c].n > SHOWN ? ", ..." : "");
                any = true;
        }
        return r;
}

static int compare_rows(struct buf *out, const struct rows *old, const struct rows *new)
{
        _cleanup_(names_deinit) struct names before = { 0 };
        _cleanup_free_ bool *there = calloc(old->n + 1, sizeof(*there));
        struct told told[CHANGES_] = { 0 };
        int r = there == NULL ? -ENOMEM : names_init(&before, old->n + 1);

        for (size_t i = 0; i < old->n && r >= 0; i++)
                names_add(&before, name_at(old, i), i);
        for (size_t i = 0; i < new->n && r >= 0; i++) {
                size_t at = names_find(&before, name_at(new, i));

                if (at == NAMES_NONE) {
                        r = tell(&told[ADDED], name_at(new, i));
                } else {
                        there[at] = true;
                        if (!equal_sections(new->schema, row_at(old, at), row_at(new, i)))
                                r = tell(&told[CHANGED], name_at(new, i));
                }
        }
        for (size_t i = 0; i < old->n && r >= 0; i++)
                if (!there[i])
                        r = tell(&told[REMOVED], name_at(old, i));
        if (r >= 0)
                r = append_told(out, old->heading, told);
        for (enum change c = 0; c < CHANGES_; c++)
                buf_deinit(&told[c].names);
        return r;
}

/* What is not a list, by its heading. */
static int compare_sections(struct buf *out, const struct config *old, const struct config *new)
{
        bool any = false;
        int r = 0;

        for (const struct schema_item *item = tables_root.items; item->name != NULL && r == 0; item++) {
                const struct schema_item alone[] = { *item, { 0 } };
                const struct schema one = { .items = alone };

                if (item->type == SCHEMA_LIST || equal_sections(&one, old, new))
                        continue;
                r = any ? 0 : begin_part(out);
                if (r == 0)
                        r = buf_printf(out, "%s%s", any ? ", " : "other settings of ", item->name);
                any = true;
        }
        return r;
}

char *differ_text(const struct config *old, const struct config *new, bool *emptied)
{
        const struct rows a[] = {
                { "watch", &watchtable_watch, offsetof(struct config_watch, name), old->watch, old->n_watch },
                { "outputs", &tables_output, offsetof(struct config_output, name), old->outputs, old->n_outputs },
                { "rules", &ruletable_rule, offsetof(struct rule, name), old->rules, old->n_rules },
        };
        const struct rows b[] = {
                { "watch", &watchtable_watch, offsetof(struct config_watch, name), new->watch, new->n_watch },
                { "outputs", &tables_output, offsetof(struct config_output, name), new->outputs, new->n_outputs },
                { "rules", &ruletable_rule, offsetof(struct rule, name), new->rules, new->n_rules },
        };
        struct buf out = BUF_NULL;
        int r = 0;

        *emptied = false;
        for (size_t i = 0; i < N_ELEMENTS(a) && r >= 0; i++) {
                *emptied |= a[i].n > 0 && b[i].n == 0;
                r = compare_rows(&out, &a[i], &b[i]);
        }
        if (r >= 0)
                r = compare_sections(&out, old, new);
        if (r >= 0 && out.n == 0)
                r = buf_append_string(&out, "nothing has changed");
        if (r >= 0)
                r = buf_append(&out, "", 1);
        if (r < 0)
                buf_deinit(&out);
        return out.data;
}
