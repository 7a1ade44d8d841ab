/* See tables.h. */
#include "config/tables.h"

#include <string.h>

#include "base/clock.h"
#include "base/names.h"
#include "config/checks.h"
#include "config/config.h"
#include "config/modules.h"
#include "config/watchtable.h"

#define HOUR (3600 * CLOCK_SECOND)
#define DAY (24 * HOUR)

static void check_work(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        struct config_work *work = section;

        (void)node;
        (void)modules_fill(context, work->module_list, &work->modules, &work->n_modules);
}

#define WORK(field) .name = #field, .offset = offsetof(struct config_work, field)

static const struct schema_item work_items[] = {
        { WORK(processes), .type = SCHEMA_INT, .fallback = "auto", .zero = "auto", .min = 1, .max = 256,
          .help = "Worker processes; auto is one for each processor." },
        { WORK(attempts), .type = SCHEMA_INT, .fallback = "3", .min = 1, .max = 20,
          .help = "How often a delivery or a story whose worker died or hung is tried before it is quarantined." },
        { WORK(deadline), .type = SCHEMA_SPAN, .fallback = "10s", .min = 10000, .max = HOUR,
          .help = "A worker that needs longer for one job is killed and replaced." },
        { WORK(memory), .type = SCHEMA_SIZE, .fallback = "512M", .min = 32 << 20, .max = INT64_C(1) << 40,
          .help = "Address space of a worker; one that wants more is replaced." },
        { .name = "modules", .offset = offsetof(struct config_work, module_list), .type = SCHEMA_NODE,
          .help = "The worker modules in their order: decode, read and code where the key is left out. An entry is "
                  "a name, or a name with its settings; see WORKER MODULES below." },
        { 0 },
};

static const struct schema work_schema = {
        .name = "work", .size = sizeof(struct config_work), .items = work_items, .check = check_work,
        .help = "The processes that decode, read and code, and what they do.",
};

#define STORE(field) .name = #field, .offset = offsetof(struct config_store, field)

static const struct schema_item store_items[] = {
        { STORE(sqlite), .type = SCHEMA_PATH, .fallback = LOCALSTATEDIR "/lib/dateline/dateline.db",
          .help = "The database file. Its folder must be writable; two further files stand beside it while "
                  "datelined runs." },
        { STORE(keep), .type = SCHEMA_SPAN, .fallback = "365d", .zero = "forever", .min = 60 * CLOCK_SECOND,
          .max = 36500 * DAY, .help = "How long stories and their events are kept." },
        { STORE(max_queue), .type = SCHEMA_INT, .fallback = "100000", .min = 1, .max = 100000000,
          .help = "Deliveries that may wait for a worker; at this bound sources are held until some are done." },
        { 0 },
};

static const struct schema store_schema = {
        .name = "store", .size = sizeof(struct config_store), .items = store_items, .help = "Where everything is kept.",
};

static const char *const output_choice[] = { "journal", "files", "exec", "webhook", NULL };
const char *const config_formats[] = { "jsonl", "csv", "gdelt", "polecat", "phoenix", NULL };

static void check_change(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field)
{
        static const char *const names[] = { "new",    "changed",      "withdrawn", "events",
                                             "raised", "acknowledged", "resolved",  "alerts" };
        const struct schema_strings *list = field;

        for (size_t i = 0; i < list->n; i++) {
                const char *near = schema_nearest(list->items[i], names, N_ELEMENTS(names));
                size_t j = 0;

                while (j < N_ELEMENTS(names) && strcmp(names[j], list->items[i]) != 0)
                        j++;
                if (j == N_ELEMENTS(names))
                        schema_error(context, node, key, "%s is no kind of change%s%s%s", list->items[i],
                                     near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                                     near != NULL ? "'?)" : "");
        }
}

static void check_severity(const struct schema_context *context, const struct yaml_node *node, const char *key,
                           void *field)
{
        const char *severity = *(const char **)field, *near;
        size_t n = 0;

        for (; rule_severities[n] != NULL; n++)
                if (strcmp(rule_severities[n], severity) == 0)
                        return;
        near = schema_nearest(severity, rule_severities, n);
        schema_error(context, node, key, "%s is no severity: info, low, medium, high or critical%s%s%s",
                     yaml_show(context->arena, node),
                     near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
}

#define FILTER_NUMBER(field) .name = #field, .type = SCHEMA_INT, .offset = offsetof(struct config_filter, field), \
        .fallback = "0"
#define FILTER(field) .name = #field, .type = SCHEMA_STRING, .offset = offsetof(struct config_filter, field), \
        .min = 1, .max = 256

static const struct schema_item filter_items[] = {
        { FILTER(source), .help = "Who acts: a code by prefix (PRK, PRKGOV), or part of a name." },
        { FILTER(target), .help = "To whom, in the same way." },
        { FILTER(actor), .help = "Either side, in the same way." },
        { FILTER(type), .check = checks_type, .help = "A PLOVER category (ASSAULT), or a CAMEO code by prefix (19)." },
        { FILTER(status), .check = checks_status,
          .help = "happened, ongoing, planned, demanded, hypothetical, denied or background." },
        { FILTER(watch), .help = "The name of the watch that the story came from." },
        { FILTER(country), .check = checks_country, .help = "The country of the place, three letters (FRA)." },
        { FILTER(place), .help = "A part of the place's name." },
        { FILTER(origin), .help = "A part of the name of one who vouches for it." },
        { FILTER(publisher), .help = "A part of the name of one of its publishers." },
        { FILTER_NUMBER(quad), .min = 0, .max = 4,
          .help = "1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict; 0 for all." },
        { FILTER_NUMBER(min_origins), .min = 0, .max = 1000000, .help = "At least so many vouch for it." },
        { FILTER_NUMBER(min_reports), .min = 0, .max = 1000000, .help = "At least so many reports tell it." },
        { FILTER(rule),
          .help = "Of alerts: the name of the rule that raised it. With this or severity, and without change, the "
                  "output gets alerts; what else is given here is of events." },
        { FILTER(severity), .check = check_severity,
          .help = "Of alerts: at least this: info, low, medium, high or critical." },
        { .name = "change", .offset = offsetof(struct config_filter, change), .type = SCHEMA_STRINGS, .min = 1,
          .max = 8,
          .check = check_change,
          .help = "What may be told of an event: new, changed (a report joined or left), withdrawn; of an alert: "
                  "raised, acknowledged, resolved; events or alerts for all of either. Left out: all of events; of "
                  "files in the formats csv, gdelt, polecat and phoenix and of the journal, what they have a place "
                  "for." },
        { 0 },
};

static const struct schema filter_schema = {
        .name = "only", .size = sizeof(struct config_filter), .items = filter_items,
        .help = "Which events an output gets.",
};

static const char *const only_words[] = { "events", "alerts", NULL };

/* Alerts have no columns in formats of events. */
static void check_output(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        struct config_output *output = section;

        if (output->webhook != NULL && yaml_get(node, "secret") == NULL)
                schema_error(context, NULL, "secret", "is missing: the requests of a webhook are signed");
        if (output->only.change.n == 0 && (output->only.rule != NULL || output->only.severity != NULL))
                output->only.only = CONFIG_ONLY_ALERTS;
        if (output->files != NULL && output->format != 0 && output->only.only == CONFIG_ONLY_ALERTS)
                schema_error(context, yaml_get(node, "only"), "only",
                             "a file of %s has events only: set format: %s for alerts",
                             config_formats[output->format], config_formats[0]);
}

#define OUTPUT(field) .name = #field, .offset = offsetof(struct config_output, field)

static const struct schema_item output_items[] = {
        { OUTPUT(name), .type = SCHEMA_STRING, .required = true, .min = 1, .max = 64, .check = checks_name,
          .help = "The name of this output, unique among outputs. Its place in the stream of events goes by this "
                  "name." },
        { OUTPUT(journal), .type = SCHEMA_BOOL,
          .help = "Write each event to the journal (outside systemd, to standard error). The word no switches the "
                  "output off." },
        { OUTPUT(files), .type = SCHEMA_PATH, .check = checks_directory,
          .help = "Write events to files in this directory, which must be there and be the output's own. A file "
                  "appears under its name when its time is over and it is whole; then no event is missing in the "
                  "files and none is twice, whatever was killed." },
        { OUTPUT(format), .type = SCHEMA_ENUM, .names = config_formats, .fallback = "jsonl", .with = "files",
          .help = "What is in the files: event records as JSON lines, a table in CSV, or the columns of GDELT 2.0, "
                  "POLECAT or Phoenix; see dateline-export(5)." },
        { OUTPUT(every), .type = SCHEMA_SPAN, .fallback = "15m", .min = CLOCK_SECOND, .max = DAY, .with = "files",
          .help = "The time that one file holds. A file is named by the beginning of its time, in UTC; where nothing "
                  "happened there is no file." },
        { OUTPUT(keep), .type = SCHEMA_SPAN, .fallback = "forever", .zero = "forever", .min = 60 * CLOCK_SECOND,
          .max = 36500 * DAY, .with = "files", .help = "Finished files that are older are removed." },
        { OUTPUT(exec), .type = SCHEMA_STRINGS, .min = 1, .max = 64, .check = checks_command,
          .help = "Run this program and write each event to its standard input, a JSON line each. It stays; when it "
                  "ends it is started again. The program and its arguments are a list; the program is an absolute "
                  "path; there is no shell." },
        { OUTPUT(webhook), .type = SCHEMA_STRING, .min = 8, .max = 2048, .check = checks_url,
          .help = "POST events to this http or https address, signed after Standard Webhooks, in their order and one "
                  "request at a time; see dateline-webhook(7). Redirects are not followed." },
        { OUTPUT(secret), .type = SCHEMA_STRING, .min = 1, .max = 4096, .with = "webhook", .check = checks_credentials,
          .help = "What requests of a webhook are signed with, and must be given there: a file, by its absolute path, "
                  "or the name of a systemd credential, whose first line is whsec_ and 24 to 64 random bytes in "
                  "base64. It is read for every request." },
        { OUTPUT(batch), .type = SCHEMA_INT, .fallback = "100", .min = 1, .max = 1000, .with = "webhook",
          .help = "How many events one request may hold where more than one wait; a lone event is sent at once." },
        { OUTPUT(timeout), .type = SCHEMA_SPAN, .fallback = "15s", .min = 100000, .max = HOUR, .with = "webhook",
          .help = "The time within which the receiver must have answered." },
        { OUTPUT(headers), .type = SCHEMA_STRINGS, .min = 1, .max = 16, .with = "webhook", .check = checks_header_lines,
          .help = "Further headers of the request, 'Name: value'. They are no place for a secret, since every worker "
                  "is given the text of the configuration." },
        { OUTPUT(ca), .type = SCHEMA_PATH, .with = "webhook",
          .help = "A file of certificates (PEM) to trust instead of the system's." },
        { OUTPUT(only), .type = SCHEMA_SECTION, .section = &filter_schema, .names = only_words,
          .help = "Only these events, for which all that is given must hold; the word alerts: the alerts of the rules "
                  "(see dateline-rules(5)) instead. Left out: all events." },
        { 0 },
};

const struct schema tables_output = {
        .name = "outputs", .size = sizeof(struct config_output), .placed = true, .items = output_items,
        .one_of = output_choice, .check = check_output,
        .help = "A list of receivers of events. Each has a place of its own in the stream of events and catches up by "
                "itself.",
};

#define CONTROL(field) .name = #field, .offset = offsetof(struct config_control, field)

static const struct schema_item control_items[] = {
        { CONTROL(socket), .type = SCHEMA_PATH, .fallback = RUNSTATEDIR "/dateline/control.sock",
          .check = checks_socket_path,
          .help = "The Unix socket for datelinectl(1) and other clients. A socket that systemd passes under the "
                  "name control is used instead of a new one." },
        { CONTROL(group), .type = SCHEMA_STRING, .min = 1, .max = 32,
          .help = "Members of this group may change things too. Left out: only root and the user that datelined "
                  "runs as." },
        { CONTROL(max_connections), .type = SCHEMA_INT, .fallback = "64", .min = 1, .max = 16384,
          .help = "Clients at a time; further ones are refused." },
        { CONTROL(max_message), .type = SCHEMA_SIZE, .fallback = "16M", .min = 4096, .max = 256 << 20,
          .help = "The largest message that a client may send." },
        { 0 },
};

static const struct schema control_schema = {
        .name = "control", .size = sizeof(struct config_control), .items = control_items,
        .help = "The socket through which datelined is asked and told.",
};

static void check_callback(const struct schema_context *context, const struct yaml_node *node, const char *key,
                           void *field)
{
        const char *url = *(const char **)field;

        checks_url(context, node, key, field);
        if (strpbrk(url, "?#") != NULL)
                schema_error(context, node, key,
                             "it must end in a path, without '?' and '#': what is called is URL/TOKEN");
}

static void check_websub(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        const struct config_websub *websub = section;

        if (node != NULL && (websub->listen == NULL) != (websub->url == NULL))
                schema_error(context, node, websub->listen == NULL ? "listen" : "url",
                             "is missing: 'websub' needs 'listen' and 'url'");
}

static const struct schema_item websub_items[] = {
        { .name = "listen", .type = SCHEMA_STRING, .offset = offsetof(struct config_websub, listen), .min = 1,
          .max = 256,
          .check = checks_loopback,
          .help = "Where the callback listens: the path of a Unix socket, or HOST:PORT where HOST is an address of "
                  "this machine's loopback. A web server of yours passes on to it what comes to 'url'; it speaks "
                  "HTTP/1.1 without TLS." },
        { .name = "url", .type = SCHEMA_STRING, .offset = offsetof(struct config_websub, url), .min = 8, .max = 1024,
          .check = check_callback,
          .help = "How hubs reach it, as in https://news.example/dateline. To it, '/' and a word for each feed are "
                  "added that nobody can guess. That and the secret of each feed, which must sign what hubs bring, "
                  "are made of a key in the file of the store's name with -websub.key behind it, which is made where "
                  "it is missing." },
        { 0 },
};

static const struct schema websub_schema = {
        .name = "websub", .size = sizeof(struct config_websub), .items = websub_items, .check = check_websub,
        .help = "How the hubs of feeds that have 'websub: yes' reach this machine (WebSub, a W3C Recommendation).",
};

static const char *const levels[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", NULL };

static const struct schema_item log_items[] = {
        { .name = "level", .type = SCHEMA_ENUM, .names = levels, .fallback = "info",
          .help = "Messages that are less urgent than this are dropped." },
        { 0 },
};

static const struct schema log_schema = {
        .name = "log", .size = sizeof(int), .items = log_items,
        .help = "What is logged: to the journal under systemd, to standard error otherwise.",
};

static const struct schema_item root_items[] = {
        { .name = "log", .type = SCHEMA_SECTION, .section = &log_schema, .offset = offsetof(struct config, log_level) },
        { .name = "watch", .type = SCHEMA_LIST, .section = &watchtable_watch,
          .offset = offsetof(struct config, watch_list), .min = 0, .max = 20000 },
        { .name = "work", .type = SCHEMA_SECTION, .section = &work_schema, .offset = offsetof(struct config, work) },
        { .name = "store", .type = SCHEMA_SECTION, .section = &store_schema, .offset = offsetof(struct config, store) },
        { .name = "outputs", .type = SCHEMA_LIST, .section = &tables_output,
          .offset = offsetof(struct config, output_list), .min = 0, .max = 256 },
        { .name = "rules", .type = SCHEMA_PATH, .offset = offsetof(struct config, rules_directory),
          .help = "A folder whose files NAME.yaml hold rules that raise alerts, see dateline-rules(5). They are "
                  "checked and taken over with this file, all or nothing. Left out: there are no alerts." },
        { .name = "control", .type = SCHEMA_SECTION, .section = &control_schema,
          .offset = offsetof(struct config, control) },
        { .name = "websub", .type = SCHEMA_SECTION, .section = &websub_schema,
          .offset = offsetof(struct config, websub) },
        { .name = "metrics", .type = SCHEMA_STRING, .offset = offsetof(struct config, metrics), .min = 1, .max = 256,
          .check = checks_loopback,
          .help = "Answer HTTP requests for /metrics at this address with the figures of 'datelinectl status' in the "
                  "OpenMetrics format, for Prometheus and others: the path of a Unix socket, or HOST:PORT where HOST "
                  "is an address of this machine's loopback. Left out: nobody answers." },
        { 0 },
};

/* No two entries of a list may have the same text in a field. */
static void check_unique(const struct schema_context *context, const struct yaml_node *node, const char *list_key,
                         const struct schema *schema, const struct schema_list *list, const char *key, size_t offset)
{
        const struct yaml_node *nodes = yaml_get(node, list_key);
        _cleanup_(names_deinit) struct names names = { 0 };

        if (list->n < 2 || names_init(&names, list->n) < 0)
                return;
        for (size_t i = 0; i < list->n; i++) {
                const char *text = *(const char **)((char *)list->items + i * schema->size + offset);
                size_t other = text != NULL ? names_add(&names, text, i) : NAMES_NONE;
                struct schema_context inner = *context;

                if (other == NAMES_NONE)
                        continue;
                inner.where = arena_printf(context->arena, "%s[%zu]", list_key, i);
                schema_error(&inner, yaml_get(nodes->items[i], key), key, "'%s' is taken by %s[%zu] already", text,
                             list_key, other);
        }
}

/* Whether `path` lies below `directory`. */
static bool is_below(const char *path, const char *directory)
{
        size_t n = strlen(directory);

        return path != NULL && strncmp(path, directory, n) == 0 && (path[n] == '/' || directory[n - 1] == '/');
}

/* With `subdirectories` a file must not be there for two sources, nor be one that another source has taken already. */
static void check_folders(const struct schema_context *context, const struct yaml_node *node,
                          const struct config *config)
{
        const struct config_watch *watches = config->watch;

        for (size_t i = 0; i < config->n_watch; i++) {
                struct schema_context inner = *context;

                if (!watches[i].subdirectories || watches[i].directory == NULL)
                        continue;
                inner.where = arena_printf(context->arena, "watch[%zu]", i);
                for (size_t k = 0; k < config->n_watch; k++) {
                        bool inside = is_below(watches[k].directory, watches[i].directory);

                        if (k != i && (inside || is_below(watches[k].done, watches[i].directory)))
                                schema_error(&inner, yaml_get(yaml_get(node, "watch")->items[i], "subdirectories"),
                                             "subdirectories",
                                             "'%s' lies below '%s', and is %s watch[%zu]",
                                             inside ? watches[k].directory : watches[k].done, watches[i].directory,
                                             inside ? "the directory of" : "where accepted files go of", k);
                }
        }
}

static void check_root(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        static const struct {
                const char *list;
                const struct schema *schema;
                size_t list_offset;
                const char *key;
                size_t offset;
        } unique[] = {
                { "watch", &watchtable_watch, offsetof(struct config, watch_list), "name",
                  offsetof(struct config_watch, name) },
                { "watch", &watchtable_watch, offsetof(struct config, watch_list), "directory",
                  offsetof(struct config_watch, directory) },
                { "watch", &watchtable_watch, offsetof(struct config, watch_list), "listen",
                  offsetof(struct config_watch, listen) },
                { "outputs", &tables_output, offsetof(struct config, output_list), "name",
                  offsetof(struct config_output, name) },
                { "outputs", &tables_output, offsetof(struct config, output_list), "files",
                  offsetof(struct config_output, files) },
        };
        struct config *c = section;
        const struct config_watch *watch = c->watch_list.items;

        for (size_t i = 0; i < c->watch_list.n && c->websub.url == NULL; i++) {
                if (!watch[i].websub)
                        continue;
                schema_error(context, node, "watch", "'%s' has 'websub: yes', but no 'websub:' at the top says how its "
                             "hub reaches this machine", watch[i].name);
                break;
        }
        for (size_t i = 0; i < N_ELEMENTS(unique); i++)
                check_unique(context, node, unique[i].list, unique[i].schema,
                             (const struct schema_list *)((const char *)section + unique[i].list_offset), unique[i].key,
                             unique[i].offset);
        c->watch = c->watch_list.items;
        c->n_watch = c->watch_list.n;
        c->outputs = c->output_list.items;
        c->n_outputs = c->output_list.n;
        check_folders(context, node, c);
}

const struct schema tables_root = {
        .name = "dateline.yaml", .size = sizeof(struct config), .items = root_items, .check = check_root,
};
