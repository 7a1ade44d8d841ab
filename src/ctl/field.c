/* See field.h. */
#include "ctl/field.h"

#include <stdint.h>
#include <string.h>

#include "ctl/table.h"
#include "ctl/text.h"

enum { HEAD = 13 };             /* columns of a field's name */

void field_print(struct ctl *ctl, const char *name, const char *text)
{
        _cleanup_(buf_deinit) struct buf clean = BUF_NULL, lines = BUF_NULL;

        if (*text == '\0')
                return;
        text_append(&clean, text, strlen(text), 0);
        text_wrap(&lines, clean.data, clean.n, ctl->width != 0 ? ctl->width : SIZE_MAX / 4, HEAD);
        text_printf(&ctl->out, "%s%-*s%s%s", table_style_begin(TABLE_BOLD, ctl->colors), HEAD, name,
                    table_style_end(TABLE_BOLD, ctl->colors), lines.n > HEAD ? lines.data + HEAD : "\n");
}

void field_print_buf(struct ctl *ctl, const char *name, struct buf *text)
{
        field_print(ctl, name, text->data != NULL ? text->data : "");
        buf_clear(text);
}
