/* See archive.h. */
#include "ctl/archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "ctl/text.h"
#include "modules/decode/slices.h"

enum {
        HEAD = 65536,
        RETRY_MS = 500,
        SHOW_US = 1000000,              /* on a terminal */
        SAY_US = 10000000,              /* elsewhere */
};

struct archive {
        struct ctl *ctl;
        const struct command_line *line;
        const char *path, *name;
        int fd;
        int64_t size, read;
        uint64_t hash;                  /* of the first bytes */
        char head[HEAD];
        size_t n_head;
        uint64_t slices, known, records;
        bool progress, terminal;
        int64_t began, said;
        struct buf packed, base64;
};

static ssize_t read_whole(int fd, char *out, size_t n)
{
        size_t done = 0;

        while (done < n) {
                ssize_t k = read(fd, out + done, n - done);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                done += (size_t)k;
        }
        return (ssize_t)done;
}

bool archive_is(int fd)
{
        char head[HEAD];
        ssize_t n = pread(fd, head, sizeof(head), 0);

        return n > 0 && records_begin(head, (size_t)n);
}

static ssize_t read_more(void *user, char *out, size_t n)
{
        struct archive *a = user;
        ssize_t k = read_whole(a->fd, out, n);

        a->read += MAX_OF(k, (ssize_t)0);
        return k;
}

static void show(struct archive *a, bool last)
{
        int64_t now = clock_monotonic_us(), left;
        double seconds = (double)MAX_OF(now - a->began, INT64_C(1)) / 1e6;

        if (!a->progress || (!last && now - a->said < (a->terminal ? SHOW_US : SAY_US)))
                return;
        a->said = now;
        left = a->read > 0 ? (int64_t)(seconds * (double)(a->size - a->read) / (double)a->read) : 0;
        fprintf(stderr, "%s%.60s: %.1f of %.1f MB (%d%%), %llu records, %.0f/s", a->terminal ? "\r" : "", a->name,
                (double)a->read / 1e6, (double)a->size / 1e6, (int)(a->size > 0 ? 100 * a->read / a->size : 0),
                (unsigned long long)a->records, (double)a->records / seconds);
        if (!last)
                fprintf(stderr, ", %lld:%02lld:%02lld left", (long long)left / 3600, (long long)left / 60 % 60,
                        (long long)left % 60);
        fputs(a->terminal && !last ? "\033[K" : a->terminal ? "\033[K\n" : "\n", stderr);
}

/* Call until it is no longer "later". */
static int call(struct archive *a, const char *method, json_t *parameters, struct varlink_reply *reply)
{
        const struct timespec wait = { .tv_nsec = RETRY_MS * INT64_C(1000000) };
        int r;

        text_need(parameters == NULL ? -ENOMEM : 0);
        a->ctl->patient = true;
        for (;;) {
                a->ctl->later = false;
                r = ctl_call(a->ctl, method, json_incref(parameters), reply);
                if (r != CTL_REFUSED || !a->ctl->later)
                        break;
                nanosleep(&wait, NULL);
                show(a, false);
        }
        a->ctl->patient = false;
        json_decref(parameters);
        return r;
}

/* Does the daemon have it? */
static int ask(struct archive *a, const char *key, bool *known)
{
        struct varlink_reply reply;
        int r = call(a, "Submitted", json_pack("{s:s}", "key", key), &reply);

        if (r != CTL_OK)
                return r;
        *known = json_is_integer(json_object_get(reply.parameters, "id"));
        varlink_reply_deinit(&reply);
        return CTL_OK;
}

static int send_slice(struct archive *a, struct slices *slices, const char *key)
{
        struct varlink_reply reply;
        const char *encoding = option_get(a->line->options, "encoding");
        json_t *parameters;
        int r;

        text_need(slices_pack(slices, &a->packed));
        buf_clear(&a->base64);
        text_need(base64_encode(&a->base64, a->packed.data, a->packed.n));
        parameters = json_pack("{s:s, s:s, s:s%, s:s*}", "format", "warc", "key", key, "base64", a->base64.data,
                               a->base64.n, "encoding", encoding);
        if (utf8_is_valid(a->name, strlen(a->name)))
                json_object_set_new(parameters, "name", json_string(a->name));
        r = call(a, "Submit", parameters, &reply);
        if (r == CTL_OK)
                varlink_reply_deinit(&reply);
        return r;
}

static int send_all(struct archive *a, struct slices *slices)
{
        bool asking = true;             /* what was taken before stands at the beginning */
        struct slice slice;
        int r;

        do {
                char key[128];
                bool known = false;

                r = slices_next(slices, &slice);
                if (r < 0)
                        return ctl_fail(a->ctl, CTL_LOCAL, "%s: cannot be read: %s", a->path, strerror(-r));
                a->records += slice.records;
                show(a, false);
                if (slice.records == 0)
                        continue;
                snprintf(key, sizeof(key), "warc-%016llx-%llx-%012llx-%llx", (unsigned long long)a->hash,
                         (unsigned long long)a->size, (unsigned long long)slice.position.at,
                         (unsigned long long)slice.position.skip);
                r = asking ? ask(a, key, &known) : CTL_OK;
                asking = known;
                a->slices++;
                a->known += known;
                if (r == CTL_OK && !known)
                        r = send_slice(a, slices, key);
                if (r != CTL_OK)
                        return r;
        } while (!slice.last);
        return CTL_OK;
}

static int report(struct archive *a, struct slices *slices)
{
        size_t damaged = slices_damaged(slices);

        show(a, true);
        if (damaged > 0)
                (void)ctl_fail(a->ctl, CTL_OK, "%s: %zu records could not be read whole, or were too large", a->path,
                               damaged);
        if (a->ctl->json) {
                bool named = utf8_is_valid(a->path, strlen(a->path));
                json_t *o = json_pack("{s:s*, s:I, s:I, s:I, s:I}", "file", named ? a->path : NULL, "records",
                                      (json_int_t)a->records, "deliveries", (json_int_t)a->slices, "known",
                                      (json_int_t)a->known, "damaged", (json_int_t)damaged);
                int r = ctl_print_json(a->ctl, o);

                json_decref(o);
                return r;
        }
        text_append(&a->ctl->out, a->path, strlen(a->path), 0);
        text_printf(&a->ctl->out, ": %llu records in %llu deliveries", (unsigned long long)a->records,
                    (unsigned long long)a->slices);
        text_printf(&a->ctl->out, a->known > 0 ? ", %llu of them known already\n" : "\n", (unsigned long long)a->known);
        return ctl_print(a->ctl);
}

int archive_send(struct ctl *ctl, const struct command_line *line, const char *path, int fd)
{
        struct archive *a = calloc(1, sizeof(*a));
        const char *given = option_get(line->options, "name"), *slash = strrchr(path, '/');
        _cleanup_(slices_closep) struct slices *slices = NULL;
        struct stat st;
        ssize_t n;
        int r;

        text_need(a == NULL ? -ENOMEM : 0);
        a->ctl = ctl;
        a->line = line;
        a->path = path;
        a->name = given != NULL ? given : slash != NULL ? slash + 1 : path;
        a->fd = fd;
        a->terminal = isatty(STDERR_FILENO) == 1;
        a->progress = a->terminal || option_get(line->options, "progress") != NULL;
        a->began = a->said = clock_monotonic_us();
        a->size = fstat(fd, &st) == 0 ? st.st_size : 0;
        n = read_whole(fd, a->head, sizeof(a->head));
        a->n_head = (size_t)MAX_OF(n, (ssize_t)0);
        a->read = (int64_t)a->n_head;
        a->hash = XXH3_64bits(a->head, a->n_head);
        slices = slices_open(a->head, a->n_head, read_more, a, NULL);
        text_need(slices == NULL ? -ENOMEM : 0);
        r = send_all(a, slices);
        if (r == CTL_OK)
                r = report(a, slices);
        buf_deinit(&a->packed);
        buf_deinit(&a->base64);
        slices_close(STEAL(slices));
        free(a);
        return r;
}
