/* JSON lines: event records as they are, one a line. */
#include "output/format.h"
#include "store/kind.h"

static int lines(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX])
{
        int r = buf_append(&out[0], line, n);

        (void)event;
        return r != 0 ? r : buf_append(&out[0], "\n", 1);
}

const struct format jsonl_format = {
        .name = "jsonl",
        .parts = { { .before = "", .after = ".events.jsonl" } },
        .n_parts = 1,
        .changes = KINDS_EVENTS,
        .lines = lines,
};
