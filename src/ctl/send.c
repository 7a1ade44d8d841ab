/* See send.h. */
#include "ctl/send.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "ctl/archive.h"
#include "ctl/text.h"

enum { FILE_MAX = 256 << 20 };

/* 0, BUF_E_FULL or -errno. */
static int read_all(int fd, struct buf *out)
{
        ssize_t n = 1;
        int r = 0;

        while (r == 0 && n != 0) {
                char bytes[65536];

                n = read(fd, bytes, sizeof(bytes));
                if (n < 0 && errno != EINTR)
                        r = -errno;
                else if (n > 0)
                        r = buf_append(out, bytes, (size_t)n);
        }
        return r;
}

static void set_text(json_t *parameters, const char *name, const char *value)
{
        if (value != NULL)
                json_object_set_new(parameters, name, json_string(value));
}

/* Text goes as it is, other bytes as base64. */
static json_t *make_parameters(const struct command_line *line, const char *path, const struct buf *bytes)
{
        const char *name = option_get(line->options, "name"), *slash = strrchr(path, '/');
        const char *data = bytes->data != NULL ? bytes->data : "";
        _cleanup_(buf_deinit) struct buf base64 = BUF_NULL;
        json_t *parameters = json_object(), *content;

        if (name == NULL && strcmp(path, "-") != 0)
                name = slash != NULL ? slash + 1 : path;
        if (name != NULL && utf8_is_valid(name, strlen(name)))
                set_text(parameters, "name", name);
        set_text(parameters, "format", option_get(line->options, "format"));
        set_text(parameters, "encoding", option_get(line->options, "encoding"));
        if (utf8_is_valid(data, bytes->n)) {
                content = json_stringn_nocheck(data, bytes->n);
        } else {
                text_need(base64_encode(&base64, data, bytes->n));
                content = json_stringn_nocheck(base64.data, base64.n);
        }
        text_need(json_object_set_new(parameters, base64.n > 0 ? "base64" : "text", content));
        return parameters;
}

static int print_taken(struct ctl *ctl, const char *path, const struct varlink_reply *reply)
{
        long long id = (long long)ctl_int(reply->parameters, "id");
        bool known = json_is_true(json_object_get(reply->parameters, "known"));

        if (ctl->json) {
                json_object_set_new(reply->parameters, "file", json_string(path));
                return ctl_print_json(ctl, reply->parameters);
        }
        text_append(&ctl->out, path, strlen(path), 0);
        text_printf(&ctl->out, known ? ": known already as delivery %lld\n" : ": delivery %lld\n", id);
        return ctl_print(ctl);
}

/* A WARC file that can be read twice, and is meant to be one. */
static bool is_archive(const struct command_line *line, int fd)
{
        const char *format = option_get(line->options, "format");

        return (format == NULL || strcmp(format, "auto") == 0 || strcmp(format, "warc") == 0) && archive_is(fd);
}

/* A file that is one delivery. */
static int send_whole(struct ctl *ctl, const struct command_line *line, const char *path, int fd)
{
        _cleanup_(buf_deinit) struct buf bytes = BUF_BOUNDED(FILE_MAX);
        struct varlink_reply reply;
        int r = read_all(fd, &bytes);

        if (r == BUF_E_FULL)
                return ctl_fail(ctl, CTL_LOCAL, "%s: longer than %d MB", path, FILE_MAX >> 20);
        if (r < 0)
                return ctl_fail(ctl, CTL_LOCAL, "%s: cannot be read: %s", path, strerror(-r));
        r = ctl_call(ctl, "Submit", make_parameters(line, path, &bytes), &reply);
        if (r != CTL_OK)
                return r;
        r = print_taken(ctl, path, &reply);
        varlink_reply_deinit(&reply);
        return r;
}

static int send_file(struct ctl *ctl, const struct command_line *line, const char *path)
{
        bool standard = strcmp(path, "-") == 0;
        int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), r;

        if (fd < 0)
                return ctl_fail(ctl, CTL_LOCAL, "%s: cannot be read: %s", path, strerror(errno));
        r = is_archive(line, fd) ? archive_send(ctl, line, path, fd) : send_whole(ctl, line, path, fd);
        if (!standard)
                close(fd);
        return r;
}

int send_run(struct ctl *ctl, const struct command_line *line)
{
        int worst = CTL_OK;

        for (int i = 0; i < line->argc; i++) {
                int r = send_file(ctl, line, line->argv[i]);

                worst = worst == CTL_OK ? r : worst;
                if (r == CTL_UNREACHABLE || r == CTL_DENIED || r == CTL_USAGE)
                        break;
        }
        return worst;
}
