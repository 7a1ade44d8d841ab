/* Base64 (RFC 4648, section 4: the usual alphabet, padded): how bytes travel in JSON. */
#pragma once

#include <stddef.h>

#include "base/buf.h"

enum {
        BASE64_E_BAD = 1,       /* not base64 */
};

/* Append the encoding of bytes[0..n). 0, BUF_E_FULL or -ENOMEM. */
int base64_encode(struct buf *out, const void *bytes, size_t n);

/* Append what text[0..n) encodes. White space between the characters is passed over, anything else that does not
 * belong is an error: wrong letters, wrong padding, bits left over. 0, BASE64_E_BAD (then `out` is as it was) or
 * -ENOMEM; -ENOSPC where the buffer's bound is passed. */
int base64_decode(struct buf *out, const char *text, size_t n);
