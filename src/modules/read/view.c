/* See view.h. */
#include "modules/read/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "base/error.h"

int view_init(struct view *view)
{
        *view = VIEW_NULL;
        view->cp = malloc(VIEW_MAX * sizeof(*view->cp));
        view->offset = malloc((VIEW_MAX + 1) * sizeof(*view->offset));
        view->class = malloc(VIEW_MAX);
        view->cut = malloc(VIEW_MAX + 1);
        if (view->cp == NULL || view->offset == NULL || view->class == NULL || view->cut == NULL) {
                view_deinit(view);
                return error_origin(-ENOMEM);
        }
        return 0;
}

void view_deinit(struct view *view)
{
        free(view->cp);
        free(view->offset);
        free(view->class);
        free(view->cut);
        *view = VIEW_NULL;
}

void view_decode(struct view *view, const char *text, size_t begin, size_t end)
{
        size_t n = 0, size;

        while (begin < end && n < VIEW_MAX) {
                uint32_t cp = chars_decode(text + begin, end - begin, &size);

                view->cp[n] = cp;
                view->offset[n] = (uint32_t)begin;
                view->class[n] = (uint8_t)chars_class(cp);
                begin += size;
                n++;
        }
        view->offset[n] = (uint32_t)begin;
        view->n = n;
        memset(view->cut, 0, n + 1);
}
