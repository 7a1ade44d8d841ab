/* See equal.h. */
#include "config/equal.h"

#include <string.h>

static bool equal_strings(const struct schema_strings *a, const struct schema_strings *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (strcmp(a->items[i], b->items[i]) != 0)
                        return false;
        return true;
}

static bool equal_lists(const struct schema *schema, const struct schema_list *a, const struct schema_list *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (!equal_sections(schema, (const char *)a->items + i * schema->size,
                                  (const char *)b->items + i * schema->size))
                        return false;
        return true;
}

static bool equal_texts(const char *a, const char *b)
{
        return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool equal_bytes(const char *const *a, const char *const *b)
{
        size_t n = *(const size_t *)(a + 1);

        return n == *(const size_t *)(b + 1) && (n == 0 || memcmp(*a, *b, n) == 0);
}

static bool equal_fields(const struct schema_item *item, const void *a, const void *b)
{
        switch (item->type) {
        case SCHEMA_STRING:
        case SCHEMA_PATH:
                return equal_texts(*(const char *const *)a, *(const char *const *)b);
        case SCHEMA_BYTES:
                return equal_bytes(a, b);
        case SCHEMA_BOOL:
                return *(const bool *)a == *(const bool *)b;
        case SCHEMA_ENUM:
                return *(const int *)a == *(const int *)b;
        case SCHEMA_FRACTION:
                return memcmp(a, b, sizeof(double)) == 0;
        case SCHEMA_INT:
        case SCHEMA_SIZE:
        case SCHEMA_SPAN:
        case SCHEMA_MODE:
                return *(const int64_t *)a == *(const int64_t *)b;
        case SCHEMA_STRINGS:
        case SCHEMA_PATHS:
                return equal_strings(a, b);
        case SCHEMA_SECTION:
                return (item->names == NULL || *(const int *)a == *(const int *)b) &&
                       equal_sections(item->section, a, b);
        case SCHEMA_LIST:
                return equal_lists(item->section, a, b);
        case SCHEMA_NODE:
                return yaml_equal(*(const struct yaml_node *const *)a, *(const struct yaml_node *const *)b);
        }
        return false;
}

bool equal_sections(const struct schema *schema, const void *a, const void *b)
{
        for (const struct schema_item *item = schema->items; item->name != NULL; item++)
                if (!equal_fields(item, (const char *)a + item->offset, (const char *)b + item->offset))
                        return false;
        return true;
}
