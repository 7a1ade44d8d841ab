/* See watcher.h. */
#include "watch/watcher.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"

enum { TROUBLE_MAX = 512 };

/* One row a kind, by enum config_watch_kind. */
static const struct watcher_kind *const watcher_kinds[] = {
        [CONFIG_WATCH_DIRECTORY] = &watcher_directory,
        [CONFIG_WATCH_LISTEN] = &watcher_socket,
        [CONFIG_WATCH_COMMAND] = &watcher_command,
        [CONFIG_WATCH_FEED] = &watcher_feed,
};

int watcher_new(struct watcher **out, const struct watcher_host *host, struct config *config,
                const struct config_watch *row)
{
        const struct watcher_kind *kind = watcher_kinds[row->kind];
        struct watcher *watcher;
        int r;

        r = kind->create(&watcher);
        if (r < 0)
                return error_trace(r);
        list_init(&watcher->link);
        watcher->kind = kind;
        watcher->host = host;
        watcher->config = config_ref(config);
        watcher->row = row;
        watcher->state = WATCHER_NEW;
        *out = watcher;
        return 0;
}

int watcher_start(struct watcher *watcher)
{
        int r;

        watcher->state = WATCHER_RUNNING;
        r = watcher->kind->start(watcher);
        if (r < 0)
                watcher->state = WATCHER_CLOSED;
        return error_trace(r);
}

void watcher_stop(struct watcher *watcher, void (*closed)(struct watcher *watcher, void *user), void *user)
{
        enum watcher_state before = watcher->state;

        watcher->closed = closed;
        watcher->user = user;
        watcher->state = WATCHER_STOPPING;
        /* One that never started has no handles. */
        if (before == WATCHER_RUNNING)
                watcher->kind->stop(watcher);
        else
                watcher_closed(watcher);
}

void watcher_closed(struct watcher *watcher)
{
        watcher->state = WATCHER_CLOSED;
        if (watcher->closed != NULL)
                watcher->closed(watcher, watcher->user);
}

void watcher_free(struct watcher *watcher)
{
        if (watcher == NULL)
                return;
        list_unlink(&watcher->link);
        free(watcher->trouble);
        config_unref(watcher->config);
        watcher->kind->free(watcher);
}

static void set_idle(struct watcher *watcher, bool *flag, bool value)
{
        bool before = watcher_is_idle(watcher);

        *flag = value;
        if (watcher->state != WATCHER_RUNNING || before == watcher_is_idle(watcher))
                return;
        if (before)
                watcher->kind->resume(watcher);
        else
                watcher->kind->hold(watcher);
}

void watcher_set_held(struct watcher *watcher, bool held)
{
        set_idle(watcher, &watcher->held, held);
}

void watcher_set_paused(struct watcher *watcher, bool paused)
{
        set_idle(watcher, &watcher->paused, paused);
}

void watcher_settled(struct watcher *watcher)
{
        if (watcher->settled)
                return;
        watcher->settled = true;
        if (watcher->host->settled != NULL)
                watcher->host->settled(watcher, watcher->host->user);
}

static void write_log(struct watcher *watcher, int level, enum log_kind kind, const char *text)
{
        const struct log_about about = { .source = watcher->row->name };

        log_message(watcher->host->log, level, kind, &about, "%s", text);
}

static void set_trouble(struct watcher *watcher, enum log_kind kind, const char *format, va_list args) _printf_(3, 0);
static void set_trouble(struct watcher *watcher, enum log_kind kind, const char *format, va_list args)
{
        char text[TROUBLE_MAX];

        vsnprintf(text, sizeof(text), format, args);
        watcher->last_trouble = clock_wall_us();
        if (watcher->trouble != NULL && strcmp(watcher->trouble, text) == 0)
                return;
        free(watcher->trouble);
        watcher->trouble = strdup(text);
        write_log(watcher, LOG_WARNING, kind, text);
}

void watcher_trouble(struct watcher *watcher, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        set_trouble(watcher, LOG_SOURCE_TROUBLE, format, args);
        va_end(args);
}

void watcher_trouble_as(struct watcher *watcher, enum log_kind kind, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        set_trouble(watcher, kind, format, args);
        va_end(args);
}

void watcher_trouble_over(struct watcher *watcher)
{
        if (watcher->trouble == NULL)
                return;
        free(watcher->trouble);
        watcher->trouble = NULL;
        write_log(watcher, LOG_NOTICE, LOG_SOURCE_OK, "works again");
}

static void report(struct watcher *watcher, int level, enum log_kind kind, const char *format, va_list args) _printf_(4, 0);
static void report(struct watcher *watcher, int level, enum log_kind kind, const char *format, va_list args)
{
        char text[TROUBLE_MAX];

        vsnprintf(text, sizeof(text), format, args);
        if (level <= LOG_WARNING)
                watcher->last_trouble = clock_wall_us();
        write_log(watcher, level, kind, text);
}

void watcher_report(struct watcher *watcher, int level, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        report(watcher, level, level <= LOG_WARNING ? LOG_SOURCE_TROUBLE : LOG_GENERAL, format, args);
        va_end(args);
}

void watcher_report_as(struct watcher *watcher, int level, enum log_kind kind, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        report(watcher, level, kind, format, args);
        va_end(args);
}

void watcher_count(struct watcher *watcher, int r, size_t n_bytes)
{
        if (r == 0) {
                watcher->accepted++;
                watcher->bytes += n_bytes;
                watcher->last_accepted = clock_wall_us();
        } else if (r == DELIVERIES_E_KNOWN) {
                watcher->known++;
        } else {
                watcher->refused++;
        }
}

const char *watcher_printable(const char *name, char *out, size_t size)
{
        size_t n = strlen(name), n_out = 0;

        for (size_t i = 0; i < n;) {
                uint32_t code;
                size_t taken = utf8_decode(name + i, n - i, &code);

                if (n_out + taken >= size)
                        break;
                if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffd)
                        out[n_out++] = '?';
                else
                        n_out += utf8_encode(code, out + n_out);
                i += taken;
        }
        out[n_out] = '\0';
        return out;
}
