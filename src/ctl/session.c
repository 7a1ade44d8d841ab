/* See session.h. */
#include "ctl/session.h"

#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/error.h"

int session_connect(struct session *session, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;

        *session = SESSION_NULL;
        if (strlen(path) >= sizeof(address.sun_path))
                return error_origin(-ENAMETOOLONG);
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return error_origin(-errno);
        session->fd = fd;
        fd = -1;
        return 0;
}

/* Wait until the socket can be used. */
static int wait_for(struct session *session, short what, int64_t deadline)
{
        struct pollfd p = { .fd = session->fd, .events = what };

        for (;;) {
                int64_t left = deadline == INT64_MAX ? -1 : MAX_OF(deadline - clock_monotonic_us(), (int64_t)0);
                int n = poll(&p, 1, left < 0 ? -1 : (int)((left + 999) / 1000));

                if (n > 0)
                        return 0;
                if (n == 0)
                        return SESSION_E_TIMEOUT;
                if (errno != EINTR)
                        return error_origin(-errno);
        }
}

static int64_t deadline_in(int timeout_ms)
{
        return timeout_ms < 0 ? INT64_MAX : clock_monotonic_us() + timeout_ms * INT64_C(1000);
}

int session_send(struct session *session, const char *method, json_t *parameters, bool more, int timeout_ms)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        int64_t deadline = deadline_in(timeout_ms);
        size_t sent = 0;
        int r = varlink_pack_call(&out, method, parameters, more, false);

        while (r == 0 && sent < out.n) {
                ssize_t n = send(session->fd, out.data + sent, out.n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n >= 0)
                        sent += (size_t)n;
                else if (errno == EAGAIN)
                        r = wait_for(session, POLLOUT, deadline);
                else if (errno == EPIPE || errno == ECONNRESET)
                        r = SESSION_E_CLOSED;
                else if (errno != EINTR)
                        r = error_origin(-errno);
        }
        return error_trace(r);
}

int session_receive(struct session *session, struct varlink_reply *reply, int timeout_ms)
{
        int64_t deadline = deadline_in(timeout_ms);
        const char *message, *why;
        char bytes[65536];
        size_t length;
        ssize_t n;
        int r;

        for (;;) {
                r = varlink_reader_take(&session->reader, SESSION_REPLY_MAX, &message, &length);
                if (r == 0)
                        return varlink_reply_parse(message, length, reply, &why) == 0 ? 0 : SESSION_E_PROTOCOL;
                if (r != VARLINK_E_MORE)
                        return SESSION_E_PROTOCOL;
                r = wait_for(session, POLLIN, deadline);
                if (r != 0)
                        return error_trace(r);
                n = recv(session->fd, bytes, sizeof(bytes), 0);
                if (n == 0 || (n < 0 && errno == ECONNRESET))
                        return SESSION_E_CLOSED;
                if (n < 0 && errno != EINTR)
                        return error_origin(-errno);
                if (n > 0)
                        r = varlink_reader_add(&session->reader, bytes, (size_t)n);
                if (r != 0)
                        return error_trace(r);
        }
}

bool session_is_unread(const struct session *session)
{
        int bytes;

        return ioctl(session->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void session_deinit(struct session *session)
{
        if (session->fd >= 0)
                close(session->fd);
        varlink_reader_deinit(&session->reader);
        *session = SESSION_NULL;
}
