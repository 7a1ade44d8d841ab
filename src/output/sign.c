/* See sign.h. */
#include "output/sign.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

enum {
        SECRET_MIN = 24,
        SECRET_MAX = 64,
        SECRET_TEXT_MAX = 88,           /* 64 bytes in base64 */
};

static const char prefix[] = "whsec_";

/* How many bytes; 0: it is no secret. */
static size_t decode(const char *secret, uint8_t key[BASE64_DECODE_LENGTH(SECRET_TEXT_MAX)])
{
        struct base64_decode_ctx base64;
        size_t n = 0, n_text;

        if (strncmp(secret, prefix, sizeof(prefix) - 1) != 0)
                return 0;
        secret += sizeof(prefix) - 1;
        n_text = strlen(secret);
        if (n_text > SECRET_TEXT_MAX)
                return 0;
        nettle_base64_decode_init(&base64);
        if (!nettle_base64_decode_update(&base64, &n, key, n_text, secret) || !nettle_base64_decode_final(&base64))
                n = 0;
        explicit_bzero(&base64, sizeof(base64));
        return n >= SECRET_MIN && n <= SECRET_MAX ? n : 0;
}

int sign_v1(const char *secret, const char *id, int64_t timestamp, const void *body, size_t n, char out[SIGN_MAX])
{
        uint8_t key[BASE64_DECODE_LENGTH(SECRET_TEXT_MAX)], digest[SHA256_DIGEST_SIZE];
        struct hmac_sha256_ctx hmac;
        char head[256];
        size_t n_key = decode(secret, key);
        int n_head = snprintf(head, sizeof(head), "%s.%lld.", id, (long long)timestamp);

        if (n_key != 0 && (size_t)n_head < sizeof(head)) {
                nettle_hmac_sha256_set_key(&hmac, n_key, key);
                nettle_hmac_sha256_update(&hmac, (size_t)n_head, (const uint8_t *)head);
                nettle_hmac_sha256_update(&hmac, n, body);
                nettle_hmac_sha256_digest(&hmac, sizeof(digest), digest);
                explicit_bzero(&hmac, sizeof(hmac));
                snprintf(out, SIGN_MAX, "v1,");
                nettle_base64_encode_raw(out + 3, sizeof(digest), digest);
                out[3 + BASE64_ENCODE_RAW_LENGTH(sizeof(digest))] = '\0';
        }
        explicit_bzero(key, sizeof(key));
        return n_key != 0 && (size_t)n_head < sizeof(head) ? 0 : SIGN_E_SECRET;
}
