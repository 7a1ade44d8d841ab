/* Framing of outside bytes: the first byte chooses the kind, the second the size of the pieces; the pieces must not
 * change what comes out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "watch/framing.h"

enum { MAX_SIZE = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const struct config_watch *row, const char *bytes, size_t n, size_t piece, struct buf *out)
{
        struct framing framing;
        struct framing_message message;
        int r = FRAMING_E_MORE;

        framing_init(&framing, row);
        for (size_t at = 0; at <= n && r != FRAMING_E_BAD && r != FRAMING_E_END; at += piece) {
                if (at < n && framing_push(&framing, bytes + at, MIN_OF(piece, n - at)) < 0)
                        abort();
                if (at + piece > n)
                        framing_end(&framing);
                do {
                        r = framing_next(&framing, &message);
                        if (r == FRAMING_E_MORE)
                                break;
                        if (r == FRAMING_E_EMPTY || r == FRAMING_E_BAD || r == FRAMING_E_END)
                                message.n = 0;  /* says nothing then */
                        if (buf_printf(out, "%d:%llu:", r, (unsigned long long)message.n) != 0)
                                abort();
                        if (r == 0 && (message.n > MAX_SIZE || buf_append(out, message.bytes, (size_t)message.n) != 0))
                                abort();
                } while (r != FRAMING_E_BAD && r != FRAMING_E_END &&
                         !(r == FRAMING_E_TOO_LARGE && framing.kind == CONFIG_FRAMING_CONNECTION));
                framing_compact(&framing);
                if (framing_held(&framing) > MAX_SIZE + piece + FRAMING_LINE_MAX)
                        abort();
                if (r == FRAMING_E_TOO_LARGE)
                        break;
        }
        framing_deinit(&framing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct config_watch row = { .max_size = MAX_SIZE, .separator = "\n--", .n_separator = 3 };
        struct buf whole = BUF_NULL, pieces = BUF_NULL;

        if (size < 2)
                return 0;
        row.framing = data[0] % 4;
        run(&row, (const char *)data + 2, size - 2, size, &whole);
        run(&row, (const char *)data + 2, size - 2, (size_t)data[1] % 16 + 1, &pieces);
        if (whole.n != pieces.n || (whole.n > 0 && memcmp(whole.data, pieces.data, whole.n) != 0))
                abort();
        buf_deinit(&whole);
        buf_deinit(&pieces);
        return 0;
}
