/*
 * The signature of a webhook's request, after Standard Webhooks 1.0.0 (standardwebhooks.com, "Signature scheme"):
 * HMAC-SHA256 of "ID.TIMESTAMP.BODY" with the secret's bytes, written "v1,BASE64". The secret is written
 * "whsec_BASE64" and holds 24 to 64 bytes. The hash and the encoding are nettle's. Nothing of the secret stays in
 * memory. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        SIGN_MAX = 48,                  /* "v1," and the encoding of 32 bytes with its NUL */
};

enum {
        SIGN_E_SECRET = 1,              /* it is none */
};

/* `id` must hold no '.'. `timestamp`: seconds since 1970. 0 or SIGN_E_SECRET. */
int sign_v1(const char *secret, const char *id, int64_t timestamp, const void *body, size_t n, char out[SIGN_MAX]);
