/* See log.h. One mutex guards the rate limits; the write itself is one call. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/error.h"

enum { MESSAGE_MAX = 4096, FIELD_MAX = 512, FIELDS_MAX = 18 };

const struct log_kind_row log_kinds[LOG_KIND_MAX_] = {
        [LOG_GENERAL] = { "general", NULL, 0 },
        [LOG_STARTED] = { "started", "b9c418b035df4fbfa326e95acba1eaa5", 0 },
        [LOG_STOPPED] = { "stopped", "eceb6dbee64f42adbd99c9ac2a86828b", 0 },
        [LOG_NOT_STARTED] = { "not-started", "511eb29b3ac448d98dd9e4a333afc437", 0 },
        [LOG_CONFIG_REFUSED] = { "config-refused", "365d6d7b61e147788ae64addeb0c1a80", 0 },
        [LOG_RELOADED] = { "reloaded", "bf162bdb30a9404c9395c21c55b3f171", 0 },
        [LOG_SOURCE_TROUBLE] = { "source-trouble", "c2b583978a02487f9f6ca7dccdd7d2dd", 30 },
        [LOG_SOURCE_OK] = { "source-ok", "4a5e4c2152f84506baa7de16c886c0d2", 30 },
        [LOG_SOURCE_QUIET] = { "source-quiet", "e8b0ffe86bcd4deb8821e73eac227ef6", 30 },
        [LOG_SOURCE_OVERFLOW] = { "source-overflow", "ba2c150f1889444a9334037a43118601", 10 },
        [LOG_INTAKE_HELD] = { "intake-held", "783f6e815acc467d88c2e14b9612e72a", 10 },
        [LOG_INTAKE_RESUMED] = { "intake-resumed", "c667e20c1d2f4404b9518e83f65f87e4", 10 },
        [LOG_STORE_TROUBLE] = { "store-trouble", "0df222153e014eb3bc7096575056b0eb", 10 },
        [LOG_WORKER_LOST] = { "worker-lost", "7b54daf54eae458a906da77259d0753c", 30 },
        [LOG_WORKER_SAID] = { "worker-said", "c9a2b856c4404a87a7d8bd4feba3769c", 120 },
        [LOG_QUARANTINED] = { "quarantined", "963fa3b8c44c46ce99adf4499b68a6bf", 60 },
        [LOG_EXEC_LOST] = { "exec-lost", "4fb67c5b98f744a2941b45f4d773ade3", 30 },
        [LOG_CONTROL_REFUSED] = { "control-refused", "14cd7289e6674d0187832ad806a3e99f", 30 },
        [LOG_OUTPUT_TROUBLE] = { "output-trouble", "730ac0cc8dbf44b5b1064d6d14089d21", 30 },
        [LOG_OUTPUT_OK] = { "output-ok", "a72383589e104c4ea5d6bac6ee44062d", 30 },
        [LOG_OUTPUT_REFUSED] = { "output-refused", "eb4db3d5081244c9a607e3f329453dbb", 60 },
        [LOG_METRICS_TROUBLE] = { "metrics-trouble", "d65f7499a89d45a0833271708c2ec270", 10 },
        [LOG_CLOCK] = { "clock", "a23a0ec60a3d46a58e222002099e23ee", 10 },
        [LOG_DESCRIPTORS] = { "descriptors", "6c790fb6a7de4ee19217335b5b79fff9", 10 },
        [LOG_MEMORY] = { "memory", "5a20011503af4b0d9100d74c90ba32bd", 4 },
        [LOG_EVENT] = { "event", "ee6aee3c47ce4f79a29e6200091fd6ad", 0 },
        [LOG_RULE_ALERT] = { "alert", "03e72514038b4103a8f7f596b9f22741", 0 },
};

/* The rate of one kind within the running minute. */
struct rate {
        int64_t minute;
        unsigned written, held;
};

struct log {
        atomic_int level;
        bool journal;
        pthread_mutex_t mutex;
        struct rate rates[LOG_KIND_MAX_];
};

/* systemd.exec(5): JOURNAL_STREAM holds device:inode of the stream that standard error was connected to. */
static bool is_journal_stream(int fd)
{
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(fd, &st) == 0 &&
               st.st_dev == device && st.st_ino == inode;
}

int log_new(struct log **out, int level, bool plain)
{
        struct log *log = calloc(1, sizeof(*log));

        if (log == NULL)
                return error_origin(-ENOMEM);
        log->level = level;
        log->journal = !plain && is_journal_stream(STDERR_FILENO);
        pthread_mutex_init(&log->mutex, NULL);
        *out = log;
        return 0;
}

void log_free(struct log *log)
{
        if (log == NULL)
                return;
        pthread_mutex_destroy(&log->mutex);
        free(log);
}

void log_freep(struct log **log)
{
        log_free(*log);
        *log = NULL;
}

bool log_is_journal(const struct log *log)
{
        return log->journal;
}

void log_set_level(struct log *log, int level)
{
        log->level = level;
}

int log_get_level(const struct log *log)
{
        return log->level;
}

static const char *const level_names[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug" };

int log_level_from_name(const char *name)
{
        for (int i = 0; i < (int)N_ELEMENTS(level_names); i++)
                if (strcmp(level_names[i], name) == 0)
                        return i;
        return -1;
}

const char *log_level_name(int level)
{
        return level >= 0 && level < (int)N_ELEMENTS(level_names) ? level_names[level] : "?";
}

/* Whether a message of this kind may be written now; `held`: how many were held back before it. */
static bool rate_allows(struct log *log, enum log_kind kind, unsigned *held)
{
        struct rate *rate = &log->rates[kind];
        int64_t minute = clock_monotonic_us() / (60 * CLOCK_SECOND);
        bool allowed;

        *held = 0;
        if (log_kinds[kind].per_minute == 0)
                return true;
        pthread_mutex_lock(&log->mutex);
        if (rate->minute != minute) {
                *held = rate->held;
                *rate = (struct rate){ .minute = minute };
        }
        allowed = rate->written < log_kinds[kind].per_minute;
        if (allowed)
                rate->written++;
        else
                rate->held++;
        pthread_mutex_unlock(&log->mutex);
        return allowed;
}

/* The fields of one journal entry, in one piece of memory. */
struct entry {
        char text[FIELDS_MAX][FIELD_MAX];
        struct iovec iov[FIELDS_MAX + 1];
        int n;
};

static void _printf_(2, 3) entry_add(struct entry *e, const char *format, ...)
{
        va_list args;
        int n;

        if (e->n >= FIELDS_MAX)
                return;
        va_start(args, format);
        n = vsnprintf(e->text[e->n], FIELD_MAX, format, args);
        va_end(args);
        if (n < 0)
                return;
        e->iov[e->n].iov_base = e->text[e->n];
        e->iov[e->n].iov_len = MIN_OF((size_t)n, (size_t)FIELD_MAX - 1);
        e->n++;
}

static void write_journal(int level, enum log_kind kind, const struct log_about *about, char *message)
{
        struct entry e;

        e.n = 0;
        entry_add(&e, "PRIORITY=%d", level);
        entry_add(&e, "SYSLOG_IDENTIFIER=%s", program_invocation_short_name);
        entry_add(&e, "KIND=%s", log_kinds[kind].name);
        if (log_kinds[kind].id != NULL)
                entry_add(&e, "MESSAGE_ID=%s", log_kinds[kind].id);
        if (about != NULL) {
                if (about->source != NULL)
                        entry_add(&e, "SOURCE=%s", about->source);
                if (about->story != NULL)
                        entry_add(&e, "STORY_ID=%s", about->story);
                if (about->delivery != 0)
                        entry_add(&e, "DELIVERY_ID=%lld", (long long)about->delivery);
                if (about->output != NULL)
                        entry_add(&e, "OUTPUT=%s", about->output);
                if (about->worker != 0)
                        entry_add(&e, "WORKER_PID=%d", about->worker);
                for (size_t i = 0; i < N_ELEMENTS(about->fields) && about->fields[i] != NULL; i++)
                        entry_add(&e, "%s", about->fields[i]);
        }
        e.iov[e.n].iov_base = message;
        e.iov[e.n].iov_len = strlen(message);
        (void)sd_journal_sendv(e.iov, e.n + 1);
}

/* "source inbox: story 42.1: ", what a message is about, for whoever reads no fields. Outputs name themselves. */
static int put_about(char *out, size_t size, const struct log_about *about)
{
        size_t n = 0;

        if (about != NULL && about->source != NULL)
                n += (size_t)snprintf(out, size, "source %s: ", about->source);
        if (about != NULL && about->story != NULL && about->output == NULL && n < size)
                n += (size_t)snprintf(out + n, size - n, "story %s: ", about->story);
        return (int)MIN_OF(n, size - 1);
}

/* What comes from outside (a worker's line, a file's name) must neither begin a line of its own nor steer a terminal;
 * the journal would show a message with such bytes as a blob. */
static void tame(char *text)
{
        for (; *text != '\0'; text++) {
                if ((unsigned char)*text < 0x20 || *text == 0x7f)
                        *text = *text == '\t' || *text == '\n' ? ' ' : '?';
                else if ((unsigned char)text[0] == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80)
                        text[0] = text[1] = '?';        /* U+0080 to U+009F: CSI is one of them */
        }
}

static void write_plain(int level, const char *text)
{
        char line[MESSAGE_MAX + FIELD_MAX];
        int n;

        n = snprintf(line, sizeof(line), "%s: %s%s\n", program_invocation_short_name,
                     level <= LOG_ERR ? "error: " : level == LOG_WARNING ? "warning: " : "", text);
        if (n >= (int)sizeof(line)) {
                n = sizeof(line) - 1;
                line[n - 1] = '\n';
        }
        if (n > 0)
                (void)!write(STDERR_FILENO, line, (size_t)n);
}

void log_message(struct log *log, int level, enum log_kind kind, const struct log_about *about, const char *format, ...)
{
        static const char name[] = "MESSAGE=";
        char message[MESSAGE_MAX];
        char *text = message + sizeof(name) - 1;
        size_t size = sizeof(message) - (sizeof(name) - 1);
        unsigned held;
        va_list args;
        int n, about_n;

        if (log == NULL || level > log->level || !rate_allows(log, kind, &held))
                return;
        memcpy(message, name, sizeof(name));
        about_n = put_about(text, FIELD_MAX, about);
        text += about_n;
        size -= (size_t)about_n;
        va_start(args, format);
        n = vsnprintf(text, size, format, args);
        va_end(args);
        if (n > 0 && held != 0 && (size_t)n < size)
                snprintf(text + n, size - (size_t)n, " (%u of this kind were held back)", held);
        tame(message);
        if (log->journal)
                write_journal(level, kind, about, message);
        else
                write_plain(level, message + sizeof(name) - 1);
}

void log_lines(struct log *log, int level, enum log_kind kind, const char *text)
{
        while (*text != '\0') {
                size_t n = strcspn(text, "\n");

                log_message(log, level, kind, NULL, "%.*s", (int)n, text);
                text += n + (text[n] == '\n');
        }
}
