/* What an address is: of the public internet or not, and which origin a URL has. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Whether an address is none of the public internet: loopback, private, link-local, multicast, reserved, or an IPv6
 * address that holds such an IPv4 one. Anything that is not IP is private. Source: IANA's special-purpose registries. */
bool address_is_private(const struct sockaddr *address);
/* The same of an address in digits. */
bool address_is_private_text(const char *ip);

/* "scheme://host:port" of an http or https URL, lower case, with the default port; into `out`. False where it is none, or
 * has user information in it. */
bool address_origin(const char *url, char *out, size_t size);
