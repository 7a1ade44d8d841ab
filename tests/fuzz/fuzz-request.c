/* Requests that come here: what has an end is decided once, whatever comes behind it, and in whatever pieces it comes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct request whole, part;
        char text[64];
        int r = request_parse((const char *)data, size, &whole);

        if (strnlen(whole.path, sizeof(whole.path)) == sizeof(whole.path))
                abort();
        if (r == 0 && whole.path[0] != '\0' && whole.path[0] != '/')
                abort();
        if (r == 0 && (whole.n_head > size || (whole.post && whole.n_body < 0)))
                abort();
        if (r == 0) {
                char *copy = strndup((const char *)data, size);

                (void)request_field(whole.query, "hub.mode", text, sizeof(text));
                (void)request_link(whole.type, "hub", text, sizeof(text));
                if (copy == NULL)
                        return 0;
                (void)request_field(copy, "hub.mode", text, sizeof(text));
                (void)request_link(copy, "hub", text, sizeof(text));
                free(copy);
        }
        for (size_t n = 0; n < size; n++) {
                int s = request_parse((const char *)data, n, &part);

                if (s == REQUEST_E_MORE)
                        continue;
                if (s != r || (s == 0 && memcmp(&part, &whole, sizeof(part)) != 0))
                        abort();
                break;
        }
        return 0;
}
