/* See framing.h. */
#include "watch/framing.h"

#include <string.h>

#include "base/error.h"

enum { SOH = 1, EOT = 4 };

void framing_init(struct framing *framing, const struct config_watch *row)
{
        *framing = (struct framing){
                .kind = (enum config_framing)row->framing,
                .max_size = (size_t)row->max_size,
                .separator = row->separator,
                .n_separator = row->n_separator,
        };
        /* Without one it would never end: then a message is a line. */
        if (framing->kind == CONFIG_FRAMING_SEPARATOR && framing->n_separator == 0) {
                framing->separator = "\n";
                framing->n_separator = 1;
        }
}

void framing_deinit(struct framing *framing)
{
        buf_deinit(&framing->in);
        framing->at = framing->searched = 0;
}

int framing_push(struct framing *framing, const char *bytes, size_t n)
{
        uint64_t skip = MIN_OF(framing->skip, (uint64_t)n);

        framing->skip -= skip;
        return error_trace(buf_append(&framing->in, bytes + skip, n - (size_t)skip));
}

void framing_end(struct framing *framing)
{
        framing->ended = true;
}

static bool is_blank(const char *bytes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)bytes[i] > ' ')
                        return false;
        return true;
}

/* Take `n` bytes as the message and `further` bytes that divide it from the next. */
static int take(struct framing *framing, struct framing_message *message, size_t n, size_t further)
{
        *message = (struct framing_message){ framing->in.data != NULL ? framing->in.data + framing->at : "", n };
        framing->at += n + further;
        framing->searched = 0;
        return is_blank(message->bytes, n) ? FRAMING_E_EMPTY : 0;
}

static int next_connection(struct framing *framing, struct framing_message *message)
{
        size_t n = framing_held(framing);

        if (n > framing->max_size) {
                framing->at = framing->in.n;
                return FRAMING_E_TOO_LARGE;
        }
        if (!framing->ended)
                return FRAMING_E_MORE;
        return n == 0 ? FRAMING_E_END : take(framing, message, n, 0);
}

/* The message that ends at `n` from `at`, or a part of one that is too large. */
static int take_separated(struct framing *framing, struct framing_message *message, size_t n, size_t further)
{
        uint64_t whole = framing->skipped + n;
        int r = take(framing, message, n, further);

        framing->skipped = 0;
        if (whole > framing->max_size) {
                message->n = whole;
                return FRAMING_E_TOO_LARGE;
        }
        return r;
}

static int next_separated(struct framing *framing, struct framing_message *message)
{
        for (;;) {
                size_t held = framing_held(framing), keep = framing->n_separator - 1;
                const char *start = held == 0 ? NULL : framing->in.data + framing->at, *found = NULL;
                int r;

                if (held > framing->searched)
                        found = memmem(start + framing->searched, held - framing->searched, framing->separator,
                                       framing->n_separator);
                if (found == NULL && framing->ended) {
                        if (held + framing->skipped == 0)
                                return FRAMING_E_END;
                        r = take_separated(framing, message, held, 0);
                } else if (found == NULL) {
                        framing->searched = held > keep ? held - keep : 0;
                        /* Forget what is too large anyway, but for what may be the beginning of the separator. */
                        if (framing->searched > framing->max_size || framing->skipped > 0) {
                                framing->skipped += framing->searched;
                                framing->at += framing->searched;
                                framing->searched = 0;
                        }
                        return FRAMING_E_MORE;
                } else {
                        r = take_separated(framing, message, (size_t)(found - start), framing->n_separator);
                }
                if (r != FRAMING_E_EMPTY)
                        return r;
        }
}

/* The next SOH or EOT. */
static const char *find_sign(const char *bytes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (bytes[i] == SOH || bytes[i] == EOT)
                        return bytes + i;
        return NULL;
}

/* Noise is passed over: true at a SOH. */
static bool find_message(struct framing *framing)
{
        size_t held = framing_held(framing);
        const char *start = held == 0 ? NULL : framing->in.data + framing->at;
        const char *soh = held == 0 || framing->in_body ? start : memchr(start, SOH, held);

        if (framing->in_body)
                return true;
        framing->at = soh != NULL ? (size_t)(soh - framing->in.data) : framing->in.n;
        framing->in_body = soh != NULL;
        framing->searched = framing->in_body;   /* behind SOH */
        return framing->in_body;
}

static int next_wire(struct framing *framing, struct framing_message *message)
{
        while (find_message(framing)) {
                size_t held = framing_held(framing);
                const char *start = held == 0 ? NULL : framing->in.data + framing->at, *found = NULL;
                int r;

                if (held > framing->searched)
                        found = find_sign(start + framing->searched, held - framing->searched);
                if (found == NULL && !framing->ended) {
                        framing->searched = held;
                        if (held > framing->max_size || framing->skipped > 0) {
                                framing->skipped += held;
                                framing->at += held;
                                framing->searched = 0;
                        }
                        return FRAMING_E_MORE;
                }
                framing->in_body = false;
                r = take_separated(framing, message, found == NULL ? held : (size_t)(found - start) + (*found == EOT), 0);
                if (r != FRAMING_E_EMPTY)
                        return r;
        }
        return framing->ended ? FRAMING_E_END : FRAMING_E_MORE;
}

/* Digits and nothing else. */
static bool read_length(const char *line, size_t n, uint64_t *length)
{
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++) {
                if (line[i] < '0' || line[i] > '9' || value > (UINT64_MAX - 9) / 10)
                        return false;
                value = 10 * value + (uint64_t)(line[i] - '0');
        }
        *length = value;
        return true;
}

/* The line with the length, over the line ends that may stand behind the last message's bytes. 0 once it is known. */
static int take_length(struct framing *framing)
{
        for (;;) {
                size_t held = framing_held(framing), n;
                const char *line = held == 0 ? NULL : framing->in.data + framing->at, *end = NULL;

                if (held > 0)
                        end = memchr(line, '\n', MIN_OF(held, (size_t)FRAMING_LINE_MAX));
                if (end == NULL) {
                        if (held >= FRAMING_LINE_MAX || (framing->ended && !is_blank(line, held)))
                                return FRAMING_E_BAD;
                        return framing->ended ? FRAMING_E_END : FRAMING_E_MORE;
                }
                n = (size_t)(end - line);
                framing->at += n + 1;
                if (n > 0 && line[n - 1] == '\r')
                        n--;
                if (n == 0)
                        continue;
                framing->in_body = true;
                return read_length(line, n, &framing->n_body) ? 0 : FRAMING_E_BAD;
        }
}

static int next_length(struct framing *framing, struct framing_message *message)
{
        size_t held;
        int r;

        if (!framing->in_body) {
                r = take_length(framing);
                if (r != 0)
                        return r;
        }
        held = framing_held(framing);
        message->n = framing->n_body;
        if (framing->n_body > framing->max_size) {
                size_t skip = (size_t)MIN_OF((uint64_t)held, framing->n_body);

                framing->at += skip;
                framing->skip = framing->n_body - skip;
                framing->in_body = false;
                return FRAMING_E_TOO_LARGE;
        }
        if (held < framing->n_body && !framing->ended)
                return FRAMING_E_MORE;
        framing->in_body = false;
        if (held < framing->n_body) {
                framing->at = framing->in.n;
                return FRAMING_E_TRUNCATED;
        }
        return take(framing, message, (size_t)framing->n_body, 0);
}

int framing_next(struct framing *framing, struct framing_message *message)
{
        *message = (struct framing_message){ NULL, 0 };
        switch (framing->kind) {
        case CONFIG_FRAMING_CONNECTION:
                return next_connection(framing, message);
        case CONFIG_FRAMING_SEPARATOR:
                return next_separated(framing, message);
        case CONFIG_FRAMING_WIRE:
                return next_wire(framing, message);
        default:
                return next_length(framing, message);
        }
}

void framing_compact(struct framing *framing)
{
        if (framing_held(framing) == 0)
                buf_deinit(&framing->in);
        else if (framing->at > 0)
                buf_consume(&framing->in, framing->at);
        framing->at = 0;
}
