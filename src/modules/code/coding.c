/* See coding.h. */
#include "modules/code/coding.h"

#include <string.h>

/* Words of one multiword token ("He's") share its span. Where they are written out one behind the other, each has a
 * part of its own: the bytes of the token's words before `token`; of its own, too, where `with` is set. */
static uint32_t part(const struct dep_tree *tree, int32_t token, bool with)
{
        const struct reading_token *t = tree->tokens;
        uint32_t size = t[token].end - t[token].begin, before = 0, all = 0;
        int32_t first = token, last = token;

        while (first > 0 && t[first - 1].begin == t[token].begin && t[first - 1].end == t[token].end)
                first--;
        while (last + 1 < tree->n && t[last + 1].begin == t[token].begin && t[last + 1].end == t[token].end)
                last++;
        for (int32_t i = first; i <= last; i++) {
                all += (uint32_t)strlen(t[i].form);
                if (i < token || (with && i == token))
                        before = all;
        }
        return all == size ? before : with ? size : 0;
}

struct coding_span coding_span_of(const struct dep_tree *tree, int32_t first, int32_t last)
{
        return (struct coding_span){ tree->tokens[first].begin + part(tree, first, false),
                                     tree->tokens[last].begin + part(tree, last, true) };
}

const char *coding_text(const struct coding *coding, struct coding_span span)
{
        return arena_strndup(coding->arena, coding->reading->text + span.begin, span.end - span.begin);
}
