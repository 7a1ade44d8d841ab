/* Requests of the metrics address: what has an end is decided once, whatever comes behind it, and in whatever pieces it comes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct request whole, part;
        int r = request_parse((const char *)data, size, &whole);

        if (strnlen(whole.path, sizeof(whole.path)) == sizeof(whole.path))
                abort();
        if (r == 0 && whole.path[0] != '\0' && whole.path[0] != '/')
                abort();
        for (size_t n = 0; n < size; n++) {
                int s = request_parse((const char *)data, n, &part);

                if (s == REQUEST_E_MORE)
                        continue;
                if (s != r || (s == 0 && (strcmp(part.path, whole.path) != 0 || part.head != whole.head)))
                        abort();
                break;
        }
        return 0;
}
