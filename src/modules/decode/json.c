/* See json.h. */
#include "modules/decode/json.h"

#include <string.h>

static size_t skip_space(const char *s, size_t n, size_t i)
{
        while (i < n && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t'))
                i++;
        return i;
}

bool json_begins(const struct decode_input *input)
{
        size_t i = skip_space(input->s, input->n, 0);

        if (i < input->n && input->s[i] == '[')
                i = skip_space(input->s, input->n, i + 1);
        if (i >= input->n || input->s[i] != '{')
                return false;
        i = skip_space(input->s, input->n, i + 1);
        return i < input->n && (input->s[i] == '"' || input->s[i] == '}');
}

const char *json_text(struct arena *arena, json_t *object, const char *name)
{
        const char *s = json_string_value(json_object_get(object, name));

        return s != NULL && *s != '\0' ? arena_strdup(arena, s) : NULL;
}
