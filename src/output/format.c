/* See format.h. */
#include "output/format.h"

#include <string.h>

const struct format *const format_rows[] = { &jsonl_format,   &csv_format,     &gdelt_format,
                                             &polecat_format, &phoenix_format, NULL };
const char *const format_names[] = { "jsonl", "csv", "gdelt", "polecat", "phoenix", NULL };

const struct format *format_find(const char *name)
{
        for (size_t i = 0; format_rows[i] != NULL; i++)
                if (strcmp(format_rows[i]->name, name) == 0)
                        return format_rows[i];
        return NULL;
}
