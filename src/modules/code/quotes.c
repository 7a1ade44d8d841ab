/*
 * See quotes.h. Single quotes are apostrophes too often to be trusted and are left alone. A quotation ends with its
 * paragraph,
 * unless the next paragraph begins with an opening mark, which is how a long quotation runs on.
 */
#include "modules/code/quotes.h"

#include <string.h>

enum mark { MARK_NONE, MARK_OPEN, MARK_CLOSE, MARK_EITHER };

static enum mark mark_of(const char *form)
{
        if (strcmp(form, "\xE2\x80\x9C") == 0 || strcmp(form, "``") == 0 || strcmp(form, "\xC2\xAB") == 0)
                return MARK_OPEN;
        if (strcmp(form, "\xE2\x80\x9D") == 0 || strcmp(form, "''") == 0 || strcmp(form, "\xC2\xBB") == 0)
                return MARK_CLOSE;
        return strcmp(form, "\"") == 0 ? MARK_EITHER : MARK_NONE;
}

void quotes_find(struct coding *coding)
{
        bool open = false;
        uint32_t paragraph = UINT32_MAX;

        for (size_t k = 0; k < coding->n_sentences; k++) {
                struct coding_sentence *s = &coding->sentences[k];
                const struct reading_sentence *sentence = &coding->reading->sentences[k];

                s->quoted = arena_array(coding->arena, bool, (size_t)s->tree->n + 1);
                if (sentence->paragraph != paragraph)
                        open = false;
                paragraph = sentence->paragraph;
                for (int32_t i = 0; i < s->tree->n; i++) {
                        enum mark mark = mark_of(s->tree->tokens[i].form);
                        bool was = open;

                        if (mark == MARK_OPEN)
                                open = true;
                        else if (mark == MARK_CLOSE)
                                open = false;
                        else if (mark == MARK_EITHER)
                                open = !open;
                        s->quoted[i] = open || was;
                }
        }
}

bool quotes_span(const struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_span *out)
{
        int32_t first = node, last = node;

        (void)coding;
        if (!s->quoted[node])
                return false;
        while (first > 0 && s->quoted[first - 1] && mark_of(s->tree->tokens[first - 1].form) == MARK_NONE)
                first--;
        while (last + 1 < s->tree->n && s->quoted[last + 1] && mark_of(s->tree->tokens[last + 1].form) == MARK_NONE)
                last++;
        *out = coding_span_of(s->tree, first, last);
        return true;
}
