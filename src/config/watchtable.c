/* See watchtable.h. */
#include "config/watchtable.h"

#include <string.h>

#include "base/clock.h"
#include "config/checks.h"
#include "config/config.h"

#define HOUR (3600 * CLOCK_SECOND)
#define DAY (24 * HOUR)

_Static_assert(offsetof(struct config_watch, n_separator) == offsetof(struct config_watch, separator) + sizeof(char *),
               "SCHEMA_BYTES wants the length right behind the bytes");

/* `done` goes below the directory where it is not absolute. */
static void resolve_done(const struct schema_context *context, const struct yaml_node *node, struct config_watch *watch)
{
        size_t n;
        char *done;

        if (watch->directory == NULL) {
                watch->done = NULL;
                return;
        }
        if (strcmp(watch->done, "delete") == 0)
                return;
        done = *watch->done == '/' ? arena_strdup(context->arena, watch->done) :
                                     arena_printf(context->arena, "%s/%s", watch->directory, watch->done);
        for (n = strlen(done); n > 1 && (done[n - 1] == '/' || (n > 2 && strcmp(done + n - 2, "/.") == 0)); n--)
                done[n - 1] = '\0';
        watch->done = done;
        if (strcmp(done, watch->directory) == 0)
                schema_error(context, yaml_get(node, "done"), "done", "must not be the watched directory itself");
}

static const char *const framings[] = { "connection", "separator", "length", "wire", NULL };

/* `framing: separator` and `separator` want one another. A misspelt framing was told already. */
static void check_framing(const struct schema_context *context, const struct yaml_node *node,
                          const struct config_watch *watch)
{
        const struct yaml_node *framing = yaml_get(node, "framing"), *separator = yaml_get(node, "separator");

        if (watch->framing == CONFIG_FRAMING_SEPARATOR && separator == NULL)
                schema_error(context, framing, "separator", "is missing: framing by a separator needs one");
        if (watch->framing != CONFIG_FRAMING_SEPARATOR && separator != NULL && watch->listen != NULL &&
            (framing == NULL ||
             (framing->kind == YAML_SCALAR && strcmp(framing->text, framings[watch->framing]) == 0)))
                schema_error(context, separator, "separator", "goes only with 'framing: separator'");
}

static void check_every(const struct schema_context *context, const struct yaml_node *node, struct config_watch *watch)
{
        static const char *const of_both[] = { "every", "timeout" };

        for (size_t i = 0; i < N_ELEMENTS(of_both); i++)
                if (yaml_get(node, "command") == NULL && yaml_get(node, "feed") == NULL &&
                    yaml_get(node, of_both[i]) != NULL)
                        schema_error(context, yaml_get(node, of_both[i]), of_both[i],
                                     "goes only with 'command' or 'feed'");
        if (watch->kind == CONFIG_WATCH_COMMAND && yaml_get(node, "every") == NULL)
                schema_error(context, NULL, "every", "is missing");
        if (watch->kind != CONFIG_WATCH_FEED)
                return;
        if (yaml_get(node, "every_max") == NULL || watch->every_max == 0)
                watch->every_max = 4 * watch->every;
        else if (watch->every_max < watch->every)
                schema_error(context, yaml_get(node, "every_max"), "every_max", "is less than 'every'");
}

static void check_watch(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        static const char *const of_unix[] = { "mode", "group" };
        struct config_watch *watch = section;

        watch->kind = watch->listen != NULL    ? CONFIG_WATCH_LISTEN :
                      watch->command.n != 0    ? CONFIG_WATCH_COMMAND :
                      watch->feed != NULL      ? CONFIG_WATCH_FEED :
                                                 CONFIG_WATCH_DIRECTORY;
        resolve_done(context, node, watch);
        check_framing(context, node, watch);
        check_every(context, node, watch);
        for (size_t i = 0; i < N_ELEMENTS(of_unix); i++)
                if (watch->listen != NULL && *watch->listen != '/' && yaml_get(node, of_unix[i]) != NULL)
                        schema_error(context, yaml_get(node, of_unix[i]), of_unix[i], "goes only with a Unix socket");
}

static const char *const watch_choice[] = { "directory", "listen", "command", "feed", NULL };

#define WATCH(field) .name = #field, .offset = offsetof(struct config_watch, field)

static const char *const full_texts[] = { "no", "yes", "auto", NULL };

static const struct schema_item watch_items[] = {
        { WATCH(name), .type = SCHEMA_STRING, .required = true, .min = 1, .max = 64, .check = checks_name,
          .help = "The name of this source in records, logs and commands: small letters, digits, '.', '_' and '-'. "
                  "It must be unique, and should stay as it is: what is remembered about a source goes by its name. "
                  "A socket that systemd passes under this name is used instead of a new one." },
        { WATCH(directory), .type = SCHEMA_PATH, .check = checks_directory,
          .help = "Take every file that is moved or written into this directory, once it is whole. Names that begin "
                  "with a dot or end in .tmp are left alone." },
        { WATCH(listen), .type = SCHEMA_STRING, .min = 1, .max = 256, .check = checks_address,
          .help = "Listen at this address: the path of a Unix socket, or HOST:PORT for TCP, where HOST is a numeric "
                  "address (IPv6 in brackets) or localhost." },
        { WATCH(command), .type = SCHEMA_STRINGS, .min = 1, .max = 64, .check = checks_command,
          .help = "Run this program regularly, and take what it writes to standard output as a delivery. The "
                  "program and its arguments are a list; the program is an absolute path; there is no shell." },
        { WATCH(feed), .type = SCHEMA_STRING, .min = 8, .max = 2048, .check = checks_url,
          .help = "Poll the RSS, Atom or JSON feed at this http or https address. It is asked whether it has changed, "
                  "and fetched where it has." },
        { WATCH(format), .type = SCHEMA_STRING, .fallback = "auto", .min = 1, .max = 32, .check = checks_name,
          .help = "How deliveries are decoded; auto finds out." },
        { WATCH(encoding), .type = SCHEMA_STRING, .min = 1, .max = 32,
          .help = "The character encoding of deliveries, for example windows-1252. Found out where it is left out." },
        { WATCH(max_size), .type = SCHEMA_SIZE, .fallback = "8M", .min = 1024, .max = 128 << 20,
          .help = "The largest delivery that is taken; a larger one is refused." },
        { WATCH(done), .type = SCHEMA_STRING, .fallback = "done", .min = 1, .max = 4096, .with = "directory",
          .help = "The folder to which accepted files are moved; a relative path lies below the watched directory. "
                  "The word delete removes them instead." },
        { WATCH(subdirectories), .type = SCHEMA_BOOL, .fallback = "no", .with = "directory",
          .help = "Whether files are taken out of the folders below the directory too; their records have the path "
                  "from the directory on, and they have the same one in the folder of accepted files. At most 1024 "
                  "folders are watched, 16 deep; more are told as the source's trouble. Folders are left alone whose "
                  "names begin with a dot or end in .tmp, that are symbolic links or lie on another file system, the "
                  "one of accepted files, and, next to the directory's files, one that is called done. Folders stay "
                  "where they are when they are empty." },
        { WATCH(framing), .type = SCHEMA_ENUM, .names = framings, .fallback = "connection", .with = "listen",
          .help = "What divides stories: connection, one a connection; separator, the bytes of that key behind each; "
                  "length, a line before each with its length in bytes, in decimal; wire, the signs of IPTC 7901 and "
                  "ANPA 1312: a story goes from SOH to EOT, or to the next SOH where its end was lost, and what is "
                  "between is noise. For JSON a line each (ninjs), separator: '\\n'." },
        { WATCH(separator), .type = SCHEMA_BYTES, .min = 1, .max = 64, .with = "listen",
          .help = "The bytes that end a story, with framing: separator. The escapes \\n \\r \\t \\0 \\\\ and \\xNN "
                  "are taken; write them in single quotes, as in '\\x03'." },
        { WATCH(max_connections), .type = SCHEMA_INT, .fallback = "64", .min = 1, .max = 4096, .with = "listen",
          .help = "Connections at a time; further ones are refused." },
        { WATCH(idle), .type = SCHEMA_SPAN, .fallback = "10m", .min = CLOCK_SECOND, .max = 30 * DAY,
          .with = "listen", .help = "A connection on which no byte came for so long is closed." },
        { WATCH(mode), .type = SCHEMA_MODE, .fallback = "0660", .min = 0, .max = 0777, .with = "listen",
          .help = "Permissions of the Unix socket." },
        { WATCH(group), .type = SCHEMA_STRING, .min = 1, .max = 32, .with = "listen",
          .help = "The group that owns the Unix socket." },
        { WATCH(every), .type = SCHEMA_SPAN, .fallback = "10m", .min = CLOCK_SECOND, .max = 366 * DAY,
          .help = "How often the program of a command is started; it must be given there, and a run that is not over "
                  "when the next is due delays it. Of a feed, the shortest time between two polls." },
        { WATCH(timeout), .type = SCHEMA_SPAN, .fallback = "1m", .min = 100000, .max = DAY,
          .help = "A run of a command that takes longer is killed, and what it wrote is dropped; a poll of a feed that "
                  "takes longer has failed." },
        { WATCH(every_max), .type = SCHEMA_SPAN, .fallback = "auto", .zero = "auto", .min = CLOCK_SECOND,
          .max = 366 * DAY,
          .with = "feed",
          .help = "The longest time between two polls of a feed that works; auto is four times 'every'. "
                  "Between the two a feed is polled as often as it really changes, and as its publisher asks for "
                  "(ttl, skipHours, skipDays, the syndication module's period; Cache-Control, Expires)." },
        { WATCH(user_agent), .type = SCHEMA_STRING, .min = 1, .max = 256, .with = "feed",
          .help = "How the poll calls itself; dateline and its version where it is left out." },
        { WATCH(headers), .type = SCHEMA_STRINGS, .min = 1, .max = 16, .with = "feed", .check = checks_header_lines,
          .help = "Further headers of the request, 'Name: value'. They go to no other host. A secret belongs in "
                  "'credentials', since every worker is given the text of the configuration." },
        { WATCH(credentials), .type = SCHEMA_STRING, .min = 1, .max = 4096, .with = "feed", .check = checks_credentials,
          .help = "A file that holds, on its first line, USER:PASSWORD, or 'Bearer TOKEN': an absolute path, or the "
                  "name of a systemd credential. It is read at every poll, and goes to no other host." },
        { WATCH(proxy), .type = SCHEMA_STRING, .min = 1, .max = 1024, .with = "feed",
          .help = "The proxy to go through, http://HOST:PORT or socks5h://HOST:PORT. Proxies of the environment are "
                  "not used. Through a proxy, allow_private is the proxy's to say." },
        { WATCH(ca), .type = SCHEMA_PATH, .with = "feed",
          .help = "A file of certificates (PEM) to trust instead of the system's." },
        { WATCH(allow_private), .type = SCHEMA_BOOL, .fallback = "no", .with = "feed",
          .help = "Whether the feed, or what it redirects to, may lie at an address that is not of the public "
                  "internet." },
        { WATCH(host_delay), .type = SCHEMA_SPAN, .fallback = "1s", .zero = "none", .min = 1000, .max = HOUR,
          .with = "feed",
          .help = "The time between two requests to one host. At most two are under way at a time." },
        { WATCH(full_text), .type = SCHEMA_ENUM, .names = full_texts, .fallback = "no", .with = "feed",
          .help = "Whether the page that an item links to is fetched for its text: yes; auto, where the feed gives "
                  "less than 1,000 bytes of it; no. One at a time, at the host's turn, without the feed's headers and "
                  "credentials. The item is read and coded once its page has come, with the longer text of the two; "
                  "after ten minutes without it. A robots.txt is not asked." },
        { WATCH(websub), .type = SCHEMA_BOOL, .fallback = "no", .with = "feed",
          .help = "Whether the feed is subscribed to at its hub by WebSub, where 'websub:' at the top says how the "
                  "hub reaches this machine. The hub, and the feed's name there, are those of the server's Link "
                  "headers (rel=hub and rel=self), else those of the document. While the hub's lease runs, the feed "
                  "is polled every 'every_max' only. A hub that is not wanted any more is told. Neither the feed's "
                  "headers nor its credentials go to the hub. A hub at an http address is told the secret by which its "
                  "deliveries are known where anybody on the way may read it." },
        { WATCH(quiet_after), .type = SCHEMA_SPAN, .fallback = "never", .zero = "never", .min = CLOCK_SECOND,
          .max = 366 * DAY,
          .with = "feed", .help = "A feed that brings nothing new for so long is in trouble, and that is logged." },
        { 0 },
};

const struct schema watchtable_watch = {
        .name = "watch", .size = sizeof(struct config_watch), .placed = true, .items = watch_items,
        .one_of = watch_choice, .check = check_watch,
        .help = "A list of sources, each a place from which news comes.",
};
