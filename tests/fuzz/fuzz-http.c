/* What is read of an HTTP answer's headers beside libcurl: addresses, the charset, how long it stays fresh. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/address.h"
#include "http/http.h"
#include "watch/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = malloc(size + 1), charset[HTTP_CHARSET_MAX], origin[64], again[64];

        if (text == NULL)
                return 0;
        memcpy(text, data, size);
        text[size] = '\0';
        http_charset(text, charset);
        if (strlen(charset) >= HTTP_CHARSET_MAX ||
            schedule_fresh(&(struct schedule_headers){ .cache_control = text, .age = text }, 0) < 0 ||
            schedule_fresh(&(struct schedule_headers){ .expires = text }, 0) < 0)
                abort();
        /* An origin is its own origin. */
        if (address_origin(text, origin, sizeof(origin)) &&
            (!address_origin(origin, again, sizeof(again)) || strcmp(origin, again) != 0))
                abort();
        free(text);
        return 0;
}
