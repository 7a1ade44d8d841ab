/* The state that a process of another version has left: what is read out of it lies within it, and written again it reads the
 * same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "watch/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(const struct handover_bytes *part, const char *bytes, size_t n)
{
        if (part->n != 0 && (part->bytes < bytes || part->n > n || part->bytes + part->n > bytes + n))
                abort();
}

static void same(const struct handover_bytes *a, const struct handover_bytes *b)
{
        if (a->n != b->n || (a->n != 0 && memcmp(a->bytes, b->bytes, a->n) != 0))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct config_watch row = { .framing = CONFIG_FRAMING_SEPARATOR, .separator = "#", .n_separator = 1 };
        struct handover_connection one, again;
        struct handover_reader reader, second;
        char *bytes = malloc(size + 1);

        if (bytes == NULL)
                return 0;
        memcpy(bytes, data, size);
        if (handover_open(&reader, bytes, size, &row) != HANDOVER_E_BAD)
                while (handover_next(&reader, &one) == 0) {
                        struct buf text = BUF_NULL;

                        within(&one.peer, bytes, size);
                        within(&one.held, bytes, size);
                        within(&one.out, bytes, size);
                        if (handover_begin(&text, &row) != 0 || handover_add(&text, &one) != 0 ||
                            handover_open(&second, text.data, text.n, &row) != 0 || handover_next(&second, &again) != 0)
                                abort();
                        same(&one.held, &again.held);
                        same(&one.out, &again.out);
                        if (one.inode != again.inode || one.skip != again.skip || one.n_body != again.n_body)
                                abort();
                        buf_deinit(&text);
                }
        free(bytes);
        return 0;
}
