/*
 * The control protocol: the whole server over a real socket, with a daemon that is none behind it, and the client's
 * parser of replies. The first byte says in how many pieces the rest is sent, and whether the client reads; calls end
 * with NUL bytes.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/varlink.h"
#include "tests/unit/control/fake.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct fake fake;

static void remove_socket(void)
{
        unlink(fake.path);
        rmdir(fake.folder);
}

int LLVMFuzzerInitialize(int *argc _unused_, char ***argv _unused_)
{
        fake_setup(&fake);
        fake.store.inline_jobs = true;
        fake.stream.last = 600;
        fake_listen(&fake, -1);
        atexit(remove_socket);
        return 0;
}

static void read_some(struct caller *caller)
{
        char bytes[65536];

        while (recv(caller->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
                ;
}

static void talk(uint8_t how, const char *bytes, size_t n)
{
        size_t piece = (how & 7) == 0 ? n : n / (1 + (how & 7)) + 1;
        struct caller caller;

        caller_open(&caller, &fake);
        for (size_t i = 0; i < n; i += piece) {
                (void)!send(caller.fd, bytes + i, n - i < piece ? n - i : piece, MSG_NOSIGNAL | MSG_DONTWAIT);
                for (int turn = 0; turn < 4; turn++)
                        fake_turn(&fake);
                if ((how & 8) == 0)
                        read_some(&caller);
        }
        if ((how & 16) != 0)
                shutdown(caller.fd, SHUT_WR);
        fake_commit(&fake, 601);
        for (int turn = 0; turn < 8; turn++) {
                fake_turn(&fake);
                if ((how & 8) == 0)
                        read_some(&caller);
        }
        caller_close(&caller);
        for (int turn = 0; turn < 4; turn++)
                fake_turn(&fake);
        fake.stream.last = 600;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        struct varlink_reply reply;
        const char *why;

        if (n == 0)
                return 0;
        talk(data[0], (const char *)data + 1, n - 1);
        if (varlink_reply_parse((const char *)data + 1, n - 1, &reply, &why) == 0)
                varlink_reply_deinit(&reply);
        return 0;
}
