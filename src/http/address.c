/* See address.h. */
#include "http/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

static bool is_private_v4(uint32_t a)
{
        static const struct {
                uint32_t net;
                int bits;
        } nets[] = {
                { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },  { 0xa9fe0000, 16 },
                { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0586300, 24 }, { 0xc0a80000, 16 },
                { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 }, { 0xe0000000, 4 },  { 0xf0000000, 4 },
        };

        for (size_t i = 0; i < N_ELEMENTS(nets); i++)
                if ((a ^ nets[i].net) >> (32 - nets[i].bits) == 0)
                        return true;
        return false;
}

static uint32_t v4_in(const uint8_t *b)
{
        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool is_private_v6(const uint8_t *b)
{
        static const uint8_t zeros[12] = { 0 }, mapped[12] = { [10] = 0xff, [11] = 0xff };
        static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

        if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
                return is_private_v4(v4_in(b + 12));
        if (b[0] == 0x20 && b[1] == 0x02)                               /* 6to4 */
                return is_private_v4(v4_in(b + 2));
        if (memcmp(b, zeros, 12) == 0)                                  /* ::, ::1, IPv4-compatible */
                return true;
        if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0)         /* 2001::/23: Teredo, benchmarking, ... */
                return true;
        if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
                return true;
        return (b[0] & 0xe0) != 0x20;                                   /* only 2000::/3 is global unicast */
}

bool address_is_private(const struct sockaddr *address)
{
        if (address->sa_family == AF_INET)
                return is_private_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
        if (address->sa_family == AF_INET6)
                return is_private_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
        return true;
}

bool address_is_private_text(const char *ip)
{
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

        if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
                return address_is_private((struct sockaddr *)&v4);
        if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1)
                return address_is_private((struct sockaddr *)&v6);
        return true;
}

bool address_origin(const char *url, char *out, size_t size)
{
        bool tls = strncasecmp(url, "https://", 8) == 0;
        const char *host = url + (tls ? 8 : 7), *port;
        size_t n, n_host;
        int written;

        if (!tls && strncasecmp(url, "http://", 7) != 0)
                return false;
        n = strcspn(host, "/?#");
        if (n == 0 || n > 300 || memchr(host, '@', n) != NULL || memchr(host, '\\', n) != NULL)
                return false;
        n_host = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
        if (n_host == 0 || n_host > n)
                return false;
        port = host[n_host] == ':' && n_host + 1 < n ? host + n_host + 1 : NULL;
        for (size_t i = n_host + 1; i < n; i++)
                if (host[i] < '0' || host[i] > '9')
                        return false;
        written = snprintf(out, size, "%s://%.*s:%.*s", tls ? "https" : "http", (int)n_host, host,
                           port != NULL ? (int)(n - n_host - 1) : tls ? 3 : 2, port != NULL ? port : tls ? "443" : "80");
        for (char *c = out; *c != '\0'; c++)
                *c = (char)tolower((unsigned char)*c);
        return written > 0 && (size_t)written < size;
}
