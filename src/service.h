/*
 * What the control socket asks of the daemon: the functions behind struct control_host.
 */
#pragma once

struct daemon;

/* Opens the control socket. 0, positive: refused, which was logged, or -errno. */
int service_start(struct daemon *d);
