/*
 * Deliveries that are meant to cost much: for each way in which a decoder might do something again and again, a document
 * that asks for it. Of any size, so that time and memory can be compared for n and 2n bytes. Shared by bench-decode and
 * tests/unit/modules/decode/test-hostile.
 */
#pragma once

#include "base/buf.h"

struct hostile {
        const char *name, *format;
        const char *head, *unit, *tail; /* head, then unit as often as it fits, then tail; '%' in the unit: a number that counts */
        size_t long_head;               /* n divided by this is filled up by 'x' behind the head; 0: none */
        const char *neck;               /* behind that */
};

extern const struct hostile hostiles[];
extern const size_t n_hostiles;

/* About n bytes. 0 or -ENOMEM. */
int hostile_make(const struct hostile *hostile, size_t n, struct buf *out);
