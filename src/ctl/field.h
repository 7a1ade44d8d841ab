/* "name         text": how one thing is shown in lines. */
#pragma once

#include "ctl/ctl.h"

/* One field, broken to the terminal's width; nothing where the text is empty. The text is made harmless. */
void field_print(struct ctl *ctl, const char *name, const char *text);
/* The same with what stands in `text`, which is emptied. */
void field_print_buf(struct ctl *ctl, const char *name, struct buf *text);
