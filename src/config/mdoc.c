/* See mdoc.h. */
#include "config/mdoc.h"

#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "config/value.h"

static const char *const type_names[] = {
        [SCHEMA_STRING] = "text",    [SCHEMA_PATH] = "path", [SCHEMA_BOOL] = "bool",       [SCHEMA_INT] = "number",
        [SCHEMA_FRACTION] = "fraction", [SCHEMA_SIZE] = "size", [SCHEMA_SPAN] = "span",    [SCHEMA_MODE] = "mode",
        [SCHEMA_ENUM] = "word",      [SCHEMA_BYTES] = "text", [SCHEMA_STRINGS] = "list",   [SCHEMA_PATHS] = "list",
        [SCHEMA_SECTION] = "map",    [SCHEMA_LIST] = "list", [SCHEMA_NODE] = "see below",
};

/* Running text: a backslash is \e in roff, and a sentence begins a line. */
static void print_text(FILE *f, const char *text)
{
        for (; *text != '\0'; text++) {
                if (*text == '\\')
                        fputs("\\e", f);
                else if (*text == ' ' && text[-1] == '.')
                        fputc('\n', f);
                else
                        fputc(*text, f);
        }
        fputc('\n', f);
}

static const char *show(const struct schema_item *item, int64_t value, char out[VALUE_TEXT_MAX])
{
        if (item->type == SCHEMA_SIZE)
                return value_show_size(value, out);
        if (item->type == SCHEMA_SPAN)
                return value_show_span(value, out);
        snprintf(out, VALUE_TEXT_MAX, "%lld", (long long)value);
        return out;
}

static void print_range(FILE *f, const struct schema_item *item)
{
        char least[VALUE_TEXT_MAX], most[VALUE_TEXT_MAX];

        switch (item->type) {
        case SCHEMA_INT:
        case SCHEMA_FRACTION:
        case SCHEMA_SIZE:
        case SCHEMA_SPAN:
                if (item->max > item->min)
                        fprintf(f, "From %s to %s%s%s.\n", show(item, item->min, least), show(item, item->max, most),
                                item->zero != NULL ? ", or " : "", item->zero != NULL ? item->zero : "");
                break;
        case SCHEMA_ENUM:
                fputs("One of", f);
                for (size_t i = 0; item->names[i] != NULL; i++)
                        fprintf(f, "%s %s", i != 0 ? "," : "", item->names[i]);
                fputs(".\n", f);
                break;
        case SCHEMA_SECTION:
                for (size_t i = 0; item->names != NULL && item->names[i] != NULL; i++)
                        fprintf(f, "%s %s", i != 0 ? "," : "Or one word in place of the map:", item->names[i]);
                if (item->names != NULL)
                        fputs(".\n", f);
                break;
        default:
                break;
        }
}

/* The sections around one another. */
struct nest {
        const struct schema *schema;
        const struct nest *outer;
};

static bool is_within(const struct nest *nest, const struct schema *schema)
{
        while (nest != NULL && nest->schema != schema)
                nest = nest->outer;
        return nest != NULL;
}

/* The rows of a nested section stand in a list within their item; those of a section within itself stand above. */
static void print_items(FILE *f, const struct schema *schema, const struct nest *outer)
{
        const struct schema_item *item = schema->items;
        const struct nest nest = { schema, outer };

        if (item->name == NULL)
                return;
        fputs(".Bl -tag -width Ds\n", f);
        for (; item->name != NULL; item++) {
                fprintf(f, ".It Ic %s Pq %s\n", item->name, type_names[item->type]);
                print_text(f, item->help);
                print_range(f, item);
                if (item->section != NULL && !is_within(&nest, item->section))
                        print_items(f, item->section, &nest);
                if (item->with != NULL)
                        fprintf(f, "Goes only with\n.Ic %s .\n", item->with);
                if (item->required)
                        fprintf(f, "Required%s.\n", item->with != NULL ? " there" : "");
                if (item->fallback != NULL)
                        fprintf(f, "Default:\n.Ql %s .\n", item->fallback);
        }
        fputs(".El\n", f);
}

int mdoc_print_schema(struct buf *out, const struct schema *schema)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (f == NULL)
                return error_origin(-errno);
        if (schema->help != NULL)
                print_text(f, schema->help);
        if (schema->one_of != NULL) {
                fputs("Exactly one of these keys says what an entry is:\n", f);
                for (size_t i = 0; schema->one_of[i] != NULL; i++)
                        fprintf(f, ".Ic %s%s\n", schema->one_of[i], schema->one_of[i + 1] != NULL ? " ," : " .");
        }
        print_items(f, schema, NULL);
        if (fclose(f) != 0 || text == NULL)
                return error_origin(-ENOMEM);
        return error_trace(buf_append(out, text, size));
}
