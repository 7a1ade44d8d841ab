/*
 * See handover.h. Lines of decimal numbers, each followed by the bytes that it announces:
 *
 *      dateline-handover 1 FRAMING N\n            N bytes of separator
 *      INODE ENDED IN_BODY N_BODY SKIP SKIPPED N N N\n      the bytes of peer, held, out
 */
#include "watch/handover.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { NUMBERS = 9, LINE_MAX_ = 256 };

static const char magic[] = "dateline-handover 1";

const char *handover_name(char *out, const char *watcher, const char *what)
{
        snprintf(out, HANDOVER_NAME, "%s@%s", watcher, what);
        return out;
}

static int append_all(struct buf *state, const struct handover_bytes *parts, size_t n)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = parts[i].n == 0 ? 0 : buf_append(state, parts[i].bytes, parts[i].n);
        return error_trace(r);
}

int handover_begin(struct buf *state, const struct config_watch *row)
{
        const struct handover_bytes separator = { row->separator, row->separator == NULL ? 0 : row->n_separator };
        int r = buf_printf(state, "%s %d %zu\n", magic, row->framing, separator.n);

        return r != 0 ? error_trace(r) : append_all(state, &separator, 1);
}

int handover_add(struct buf *state, const struct handover_connection *c)
{
        const struct handover_bytes parts[] = { c->peer, c->held, c->out };
        int r = buf_printf(state, "%" PRIu64 " %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %zu %zu\n", c->inode, c->ended,
                           c->in_body, c->n_body, c->skip, c->skipped, c->peer.n, c->held.n, c->out.n);

        return r != 0 ? error_trace(r) : append_all(state, parts, N_ELEMENTS(parts));
}

/* `n` decimal numbers with a space between two, up to the end of the line. */
static bool read_numbers(struct handover_reader *reader, uint64_t *out, size_t n)
{
        const char *p = reader->at, *end = memchr(p, '\n', MIN_OF((size_t)(reader->end - p), (size_t)LINE_MAX_));

        if (end == NULL)
                return false;
        for (size_t i = 0; i < n; i++) {
                const char *first = p;

                out[i] = 0;
                for (; p < end && *p >= '0' && *p <= '9'; p++)
                        if (__builtin_mul_overflow(out[i], 10, &out[i]) ||
                            __builtin_add_overflow(out[i], (uint64_t)(*p - '0'), &out[i]))
                                return false;
                if (p == first || *p++ != (i + 1 == n ? '\n' : ' '))
                        return false;
        }
        reader->at = p;
        return true;
}

static bool read_bytes(struct handover_reader *reader, uint64_t n, struct handover_bytes *out)
{
        if (n > (uint64_t)(reader->end - reader->at))
                return false;
        *out = (struct handover_bytes){ reader->at, (size_t)n };
        reader->at += n;
        return true;
}

int handover_open(struct handover_reader *reader, const char *bytes, size_t n, const struct config_watch *row)
{
        const size_t n_separator = row->separator == NULL ? 0 : row->n_separator;
        struct handover_bytes separator;
        uint64_t numbers[2];

        *reader = (struct handover_reader){ bytes, bytes + n };
        if (n < sizeof(magic) || memcmp(bytes, magic, sizeof(magic) - 1) != 0 || bytes[sizeof(magic) - 1] != ' ')
                return HANDOVER_E_BAD;
        reader->at += sizeof(magic);
        if (!read_numbers(reader, numbers, 2) || !read_bytes(reader, numbers[1], &separator))
                return HANDOVER_E_BAD;
        if (numbers[0] != (uint64_t)row->framing || separator.n != n_separator ||
            (n_separator != 0 && memcmp(separator.bytes, row->separator, n_separator) != 0))
                return HANDOVER_E_FRAMING;
        return 0;
}

int handover_next(struct handover_reader *reader, struct handover_connection *out)
{
        uint64_t n[NUMBERS];

        if (reader->at == reader->end)
                return HANDOVER_E_END;
        if (!read_numbers(reader, n, NUMBERS) || n[1] > 1 || n[2] > 1)
                return HANDOVER_E_BAD;
        *out = (struct handover_connection){ .inode = n[0], .ended = n[1], .in_body = n[2], .n_body = n[3], .skip = n[4],
                                             .skipped = n[5] };
        if (!read_bytes(reader, n[6], &out->peer) || !read_bytes(reader, n[7], &out->held) ||
            !read_bytes(reader, n[8], &out->out))
                return HANDOVER_E_BAD;
        return 0;
}
