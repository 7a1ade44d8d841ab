/* The daemon's own tables: what dateline.yaml may say, and every message of the checks that no row can say alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"

static struct config *good(const char *text)
{
        struct config *config = NULL;
        char *errors;
        int r = config_parse("/etc/dateline/dateline.yaml", text, strlen(text), &config, &errors);

        if (errors != NULL)
                fail_msg("%s", errors);
        assert_int_equal(r, 0);
        return config;
}

static void assert_errors(const char *text, const char *expected)
{
        struct config *config = NULL;
        char *errors;
        int r = config_parse("dateline.yaml", text, strlen(text), &config, &errors);

        assert_int_equal(r, CONFIG_E_BAD);
        assert_null(config);
        assert_string_equal(errors, expected);
        free(errors);
}

static void test_defaults(void **state)
{
        static const char *const modules[] = { "decode", "read", "code" };
        struct config *c = good("");

        (void)state;
        assert_int_equal(c->references, 1);
        assert_int_equal(c->log_level, 6);
        assert_int_equal(c->n_watch, 0);
        assert_int_equal(c->n_outputs, 0);
        assert_int_equal(c->work.processes, 0);
        assert_int_equal(c->work.attempts, 3);
        assert_int_equal(c->work.deadline, 10 * CLOCK_SECOND);
        assert_int_equal(c->work.memory, 512 << 20);
        assert_null(c->work.module_list);
        assert_int_equal(c->work.n_modules, 3);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(c->work.modules[i].kind, CONFIG_MODULE_BUILTIN);
                assert_string_equal(c->work.modules[i].name, modules[i]);
                assert_null(c->work.modules[i].settings);
        }
        assert_string_equal(c->store.sqlite, LOCALSTATEDIR "/lib/dateline/dateline.db");
        assert_int_equal(c->store.keep, 365 * 86400 * CLOCK_SECOND);
        assert_int_equal(c->store.max_queue, 100000);
        assert_string_equal(c->control.socket, RUNSTATEDIR "/dateline/control.sock");
        assert_null(c->control.group);
        assert_int_equal(c->control.max_connections, 64);
        assert_int_equal(c->control.max_message, 16 << 20);
        config_unref(c);
}

static void test_directory(void **state)
{
        struct config *c = good("watch:\n"
                                "  - {name: a, directory: /spool/a/}\n"
                                "  - {name: b, directory: b, done: delete, format: plain, encoding: Windows-1252, "
                                "max_size: 1K}\n"
                                "  - {name: c.d_e-1, directory: /c, done: /elsewhere/}\n"
                                "  - {name: d, directory: /d, done: sub/done/.}\n");
        const struct config_watch *w = c->watch;

        (void)state;
        assert_int_equal(c->n_watch, 4);
        assert_int_equal(w[0].kind, CONFIG_WATCH_DIRECTORY);
        assert_string_equal(w[0].name, "a");
        assert_string_equal(w[0].directory, "/spool/a");
        assert_string_equal(w[0].done, "/spool/a/done");
        assert_string_equal(w[0].format, "auto");
        assert_null(w[0].encoding);
        assert_int_equal(w[0].max_size, 8 << 20);
        assert_null(w[0].listen);
        assert_int_equal(w[0].command.n, 0);
        assert_string_equal(w[0].place.path, "/etc/dateline/dateline.yaml");
        assert_int_equal(w[0].place.line, 2);
        assert_int_equal(w[0].place.column, 5);
        assert_string_equal(w[1].directory, "/etc/dateline/b");
        assert_string_equal(w[1].done, "delete");
        assert_string_equal(w[1].format, "plain");
        assert_string_equal(w[1].encoding, "Windows-1252");
        assert_int_equal(w[1].max_size, 1024);
        assert_string_equal(w[2].done, "/elsewhere");
        assert_string_equal(w[3].done, "/d/sub/done");
        config_unref(c);
}

static void test_listen(void **state)
{
        static const char *const addresses[] = { "/run/x.sock", "127.0.0.1:7901", "0.0.0.0:1", "'[::1]:7901'",
                                                 "'[::]:65535'", "localhost:7901" };
        struct config *c = good("watch:\n"
                                "  - {name: a, listen: ./a.sock, group: news, mode: 0600}\n"
                                "  - {name: b, listen: 'localhost:7901', framing: separator, separator: "
                                "'\\r\\n\\x03\\0', "
                                "max_connections: 3, idle: 1h30m}\n"
                                "  - {name: c, listen: /c, framing: length}\n");
        const struct config_watch *w = c->watch;

        (void)state;
        assert_int_equal(w[0].kind, CONFIG_WATCH_LISTEN);
        assert_string_equal(w[0].listen, "/etc/dateline/a.sock");
        assert_int_equal(w[0].framing, CONFIG_FRAMING_CONNECTION);
        assert_null(w[0].separator);
        assert_int_equal(w[0].n_separator, 0);
        assert_int_equal(w[0].max_connections, 64);
        assert_int_equal(w[0].idle, 600 * CLOCK_SECOND);
        assert_int_equal(w[0].mode, 0600);
        assert_string_equal(w[0].group, "news");
        assert_null(w[0].directory);
        assert_null(w[0].done);
        assert_string_equal(w[1].listen, "localhost:7901");
        assert_int_equal(w[1].framing, CONFIG_FRAMING_SEPARATOR);
        assert_int_equal(w[1].n_separator, 4);
        assert_memory_equal(w[1].separator, "\r\n\3\0", 4);
        assert_int_equal(w[1].max_connections, 3);
        assert_int_equal(w[1].idle, 5400 * CLOCK_SECOND);
        assert_int_equal(w[1].mode, 0660);
        assert_int_equal(w[2].framing, CONFIG_FRAMING_LENGTH);
        config_unref(c);
        for (size_t i = 0; i < N_ELEMENTS(addresses); i++) {
                char text[128];

                snprintf(text, sizeof(text), "watch: [{name: a, listen: %s}]\n", addresses[i]);
                config_unref(good(text));
        }
}

static void test_command(void **state)
{
        struct config *c = good("watch:\n"
                                "  - {name: a, command: /bin/sh, every: 10m}\n"
                                "  - {name: b, command: [/bin/sh, -c, 'echo x'], every: 1s, timeout: 500ms}\n");
        const struct config_watch *w = c->watch;

        (void)state;
        assert_int_equal(w[0].kind, CONFIG_WATCH_COMMAND);
        assert_int_equal(w[0].command.n, 1);
        assert_string_equal(w[0].command.items[0], "/bin/sh");
        assert_null(w[0].command.items[1]);     /* fit for execv() */
        assert_int_equal(w[0].every, 600 * CLOCK_SECOND);
        assert_int_equal(w[0].timeout, 60 * CLOCK_SECOND);
        assert_null(w[0].done);
        assert_int_equal(w[1].command.n, 3);
        assert_string_equal(w[1].command.items[2], "echo x");
        assert_int_equal(w[1].timeout, 500000);
        config_unref(c);
}

static void test_feed(void **state)
{
        struct config *c = good("watch:\n"
                                "  - {name: a, feed: 'https://news.example/rss?a=b%20c'}\n"
                                "  - {name: b, feed: 'HTTP://[::1]:8080/', every: 1m, every_max: 1m, user_agent: me,\n"
                                "     headers: ['X-Key: 1', 'Accept: */*'], credentials: news, proxy: 'http://p:1',\n"
                                "     allow_private: yes, quiet_after: 2d, host_delay: none, ca: ca.pem}\n");
        const struct config_watch *w = c->watch;

        (void)state;
        assert_int_equal(w[0].kind, CONFIG_WATCH_FEED);
        assert_string_equal(w[0].feed, "https://news.example/rss?a=b%20c");
        assert_int_equal(w[0].every, 600 * CLOCK_SECOND);
        assert_int_equal(w[0].every_max, 2400 * CLOCK_SECOND);
        assert_int_equal(w[0].timeout, 60 * CLOCK_SECOND);
        assert_int_equal(w[0].host_delay, CLOCK_SECOND);
        assert_int_equal(w[0].quiet_after, 0);
        assert_false(w[0].allow_private);
        assert_null(w[0].credentials);
        assert_int_equal(w[1].every_max, 60 * CLOCK_SECOND);
        assert_int_equal(w[1].headers.n, 2);
        assert_string_equal(w[1].headers.items[1], "Accept: */*");
        assert_string_equal(w[1].credentials, "news");
        assert_string_equal(w[1].ca, "/etc/dateline/ca.pem");
        assert_int_equal(w[1].host_delay, 0);
        assert_int_equal(w[1].quiet_after, 172800 * CLOCK_SECOND);
        assert_true(w[1].allow_private);
        config_unref(c);
}

static void test_rest(void **state)
{
        struct config *c = good("log: {level: debug}\n"
                                "work: {processes: 8, attempts: 1, deadline: 2m, memory: 1G}\n"
                                "store: {sqlite: state/x.db, keep: forever, max_queue: 5}\n"
                                "outputs:\n"
                                "  - {name: j, journal: yes, only: {type: ASSAULT, status: denied}}\n"
                                "  - {name: k, journal: no}\n"
                                "  - {name: l, files: out/, format: phoenix, every: 1h, keep: 30d}\n"
                                "  - {name: m, files: /o}\n"
                                "  - {name: n, exec: [/bin/cat, -u]}\n"
                                "metrics: run/m.sock\n"
                                "control: {socket: c.sock, group: dateline, max_connections: 1, max_message: 1M}\n");

        (void)state;
        assert_int_equal(c->log_level, 7);
        assert_int_equal(c->work.processes, 8);
        assert_int_equal(c->work.attempts, 1);
        assert_int_equal(c->work.deadline, 120 * CLOCK_SECOND);
        assert_int_equal(c->work.memory, 1 << 30);
        assert_string_equal(c->store.sqlite, "/etc/dateline/state/x.db");
        assert_int_equal(c->store.keep, 0);
        assert_int_equal(c->store.max_queue, 5);
        assert_int_equal(c->n_outputs, 5);
        assert_string_equal(c->outputs[0].name, "j");
        assert_true(c->outputs[0].journal);
        assert_string_equal(c->outputs[0].only.type, "ASSAULT");
        assert_string_equal(c->outputs[0].only.status, "denied");
        assert_null(c->outputs[0].only.source);
        assert_int_equal(c->outputs[0].place.line, 5);
        assert_false(c->outputs[1].journal);
        assert_null(c->outputs[1].only.type);
        assert_int_equal(c->outputs[0].only.only, CONFIG_ONLY_NONE);
        assert_int_equal(c->outputs[1].only.only, CONFIG_ONLY_NONE);
        assert_string_equal(c->outputs[2].files, "/etc/dateline/out");
        assert_string_equal(config_formats[c->outputs[2].format], "phoenix");
        assert_int_equal(c->outputs[2].every, 3600 * CLOCK_SECOND);
        assert_int_equal(c->outputs[2].keep, 30 * 86400 * CLOCK_SECOND);
        assert_string_equal(config_formats[c->outputs[3].format], "jsonl");
        assert_int_equal(c->outputs[3].every, 900 * CLOCK_SECOND);
        assert_int_equal(c->outputs[3].keep, 0);
        assert_int_equal(c->outputs[4].exec.n, 2);
        assert_string_equal(c->outputs[4].exec.items[0], "/bin/cat");
        assert_string_equal(c->metrics, "/etc/dateline/run/m.sock");
        assert_string_equal(c->control.socket, "/etc/dateline/c.sock");
        assert_string_equal(c->control.group, "dateline");
        assert_int_equal(c->control.max_connections, 1);
        assert_int_equal(c->control.max_message, 1 << 20);
        config_unref(c);
}

/* What is wrong, and how it is told: place, key, what to do. */
struct message_row {
        const char *text, *messages;
};

static const struct message_row of_files[] = {
        { "wacth: []", "dateline.yaml:1:1: wacth: unknown key (did you mean 'watch'?)\n" },
        { "- a", "dateline.yaml:1:1: expected a map ('key: value' lines), not a list\n" },
        { "rules: []", "dateline.yaml:1:8: rules: expected a path, not a list\n" },
        { "a: 1\na: 2\n", "dateline.yaml:1:1: a: unknown key\n"
                          "dateline.yaml:2:1: double key 'a' (it stands at 1:1 too)\n" },
};

static const struct message_row of_watches[] = {
        { "watch:\n- name: a\n  directroy: /a\n  done: x\n",
          "dateline.yaml:3:3: watch[0].directroy: unknown key (did you mean 'directory'?)\n" },
        { "watch: [{directory: /a}]", "dateline.yaml:1:9: watch[0].name: is missing\n" },
        { "watch: [{name: a}]", "dateline.yaml:1:9: watch[0]: one of directory, listen, command, feed is missing\n" },
        { "watch: [{name: a, directory: /a, listen: /b}]",
          "dateline.yaml:1:34: watch[0].listen: there is 'directory' already; only one of directory, listen, "
          "command, feed can be here\n" },
        { "watch: [{name: In Box, directory: /a}]",
          "dateline.yaml:1:16: watch[0].name: 'In Box' is no name here: use small letters, digits, '.', '_' "
          "and "
          "'-'\n" },
        { "watch: [{name: '', directory: /a}]", "dateline.yaml:1:16: watch[0].name: has 0 bytes (1 to 64)\n" },
        { "watch:\n- {name: a, directory: /a}\n- {name: b, directory: /b}\n- {name: a, directory: /c}\n",
          "dateline.yaml:4:10: watch[2].name: 'a' is taken by watch[0] already\n" },
        { "watch:\n- {name: a, directory: /a}\n- {name: b, directory: /a/}\n",
          "dateline.yaml:3:24: watch[1].directory: '/a' is taken by watch[0] already\n" },
        { "watch: [{name: a, directory: /a, subdirectories: yes}, {name: b, directory: /a/b/c}]\n",
          "dateline.yaml:1:50: watch[0].subdirectories: '/a/b/c' lies below '/a', and is the directory of watch[1]\n" },
        { "watch: [{name: a, directory: /ab, done: /a/b}, {name: b, directory: /a, subdirectories: yes}]\n",
          "dateline.yaml:1:89: watch[1].subdirectories: '/a/b' lies below '/a', and is where accepted files go of "
          "watch[0]\n" },
        { "watch: [{name: a, directory: /a, done: .}]",
          "dateline.yaml:1:40: watch[0].done: must not be the watched directory itself\n" },
        { "watch: [{name: a, directory: /a, done: /a/}]",
          "dateline.yaml:1:40: watch[0].done: must not be the watched directory itself\n" },
        { "watch: [{name: a, directory: /a, framing: length}]",
          "dateline.yaml:1:34: watch[0].framing: goes only with 'listen'\n" },
        { "watch: [{name: a, directory: /a, max_size: 1G}]",
          "dateline.yaml:1:44: watch[0].max_size: 1G is out of range (1K to 128M)\n" },
};

static const struct message_row of_feeds[] = {
        { "watch: [{name: a, feed: news.example/rss}]",
          "dateline.yaml:1:25: watch[0].feed: 'news.example/rss' is no address of a feed: write http://... or "
          "https://...\n" },
        { "watch: [{name: a, feed: 'file:///etc/passwd'}]",
          "dateline.yaml:1:25: watch[0].feed: 'file:///etc/passwd' is no address of a feed: write http://... or "
          "https://...\n" },
        { "watch: [{name: a, feed: 'https://me:secret@news.example/rss'}]",
          "dateline.yaml:1:25: watch[0].feed: must not hold a password: write it into a file and name that in "
          "'credentials'\n" },
        { "watch: [{name: a, feed: 'http:///rss'}]",
          "dateline.yaml:1:25: watch[0].feed: 'http:///rss' is no address of a feed\n" },
        { "watch: [{name: a, feed: 'http://a/b c'}]",
          "dateline.yaml:1:25: watch[0].feed: 'http://a/b c' is no address of a feed\n" },
        { "watch: [{name: a, feed: 'http://a/', every: 10m, every_max: 5m}]",
          "dateline.yaml:1:61: watch[0].every_max: is less than 'every'\n" },
        { "watch: [{name: a, feed: 'http://a/', headers: [nonsense]}]",
          "dateline.yaml:1:48: watch[0].headers: a header is written as 'Name: value' on one line\n" },
        { "watch: [{name: a, feed: 'http://a/', headers: ['Authorization: Bearer x']}]",
          "dateline.yaml:1:48: watch[0].headers: passwords and tokens go into a file: see 'credentials'\n" },
        { "watch: [{name: a, feed: 'http://a/', credentials: ../x}]",
          "dateline.yaml:1:51: watch[0].credentials: '../x' is neither an absolute path nor the name of a systemd "
          "credential\n" },
};

static const struct message_row of_listeners[] = {
        { "watch: [{name: a, listen: /a, allow_private: yes}]",
          "dateline.yaml:1:31: watch[0].allow_private: goes only with 'feed'\n" },
        { "watch:\n- {name: a, listen: /a}\n- {name: b, listen: /a}\n",
          "dateline.yaml:3:21: watch[1].listen: '/a' is taken by watch[0] already\n" },
        { "watch: [{name: a, listen: /a, done: x, every: 1h}]",
          "dateline.yaml:1:31: watch[0].done: goes only with 'directory'\n"
          "dateline.yaml:1:47: watch[0].every: goes only with 'command' or 'feed'\n" },
        { "watch: [{name: a, listen: /a, framing: separator}]",
          "dateline.yaml:1:40: watch[0].separator: is missing: framing by a separator needs one\n" },
        { "watch: [{name: a, listen: /a, separator: x}]",
          "dateline.yaml:1:42: watch[0].separator: goes only with 'framing: separator'\n" },
        { "watch: [{name: a, listen: /a, framing: length, separator: x}]",
          "dateline.yaml:1:59: watch[0].separator: goes only with 'framing: separator'\n" },
        { "watch: [{name: a, listen: /a, framing: lenght, separator: x}]",
          "dateline.yaml:1:40: watch[0].framing: expected one of connection, separator, length, wire, not 'lenght' "
          "(did "
          "you mean 'length'?)\n" },
        { "watch: [{name: a, listen: /a, framing: [x], separator: x}]",
          "dateline.yaml:1:40: watch[0].framing: expected one of connection, separator, length, wire, not a list\n" },
        { "watch: [{name: a, listen: 'localhost:1', mode: 0600, group: x}]",
          "dateline.yaml:1:48: watch[0].mode: goes only with a Unix socket\n"
          "dateline.yaml:1:61: watch[0].group: goes only with a Unix socket\n" },
};

static const struct message_row of_commands[] = {
        { "watch: [{name: a, command: /bin/sh}]", "dateline.yaml:1:9: watch[0].every: is missing\n" },
        { "watch: [{name: a, command: sh, every: 1h}]",
          "dateline.yaml:1:28: watch[0].command: the program must be an absolute path, not 'sh'\n" },
        { "watch: [{name: a, command: [bin/sh, -c], every: 1h}]",
          "dateline.yaml:1:29: watch[0].command: the program must be an absolute path, not 'bin/sh'\n" },
        { "watch: [{name: a, command: /bin/sh -c true, every: 1h}]",
          "dateline.yaml:1:28: watch[0].command: write a program with arguments as a list: [/path/of/program, "
          "argument]\n" },
        { "watch: [{name: a, command: [/bin/no-such-program, x], every: 1h}]",
          "dateline.yaml:1:29: watch[0].command: /bin/no-such-program: No such file or directory\n" },
        { "watch: [{name: a, command: /etc/passwd, every: 1h}]",
          "dateline.yaml:1:28: watch[0].command: /etc/passwd is not a program that can be run\n" },
        { "watch: [{name: a, command: /bin, every: 1h}]",
          "dateline.yaml:1:28: watch[0].command: /bin is not a program that can be run\n" },
        { "watch: [{name: a, command: [], every: 1h}]",
          "dateline.yaml:1:28: watch[0].command: has 0 entries (1 to 64)\n" },
};

static const struct message_row of_outputs[] = {
        { "outputs: [{name: a, webhook: 'http://a/'}]",
          "dateline.yaml:1:11: outputs[0].secret: is missing: the requests of a webhook are signed\n" },
        { "outputs: [{name: a, webhook: 'http://me:secret@a/', secret: s}]",
          "dateline.yaml:1:30: outputs[0].webhook: must not hold a password\n" },
        { "outputs: [{name: a, webhook: 'ftp://a/', secret: s}]",
          "dateline.yaml:1:30: outputs[0].webhook: 'ftp://a/' is no address of a webhook: write http://... or "
          "https://...\n" },
        { "outputs: [{name: a, journal: yes, batch: 3}]",
          "dateline.yaml:1:35: outputs[0].batch: goes only with 'webhook'\n" },
        { "outputs: [{name: a}]", "dateline.yaml:1:11: outputs[0]: one of journal, files, exec, webhook is missing\n" },
        { "outputs:\n- name: desk\n  webhook: https://hooks.example/dateline\n  only: alerts\n",
          "dateline.yaml:2:3: outputs[0].secret: is missing: the requests of a webhook are signed\n" },
        { "outputs: [{name: a, journal: yes, only: alert}, {name: b, journal: yes, only: [alerts]}]",
          "dateline.yaml:1:41: outputs[0].only: expected a map ('key: value' lines) or one of events, alerts, not "
          "'alert' (did you mean 'alerts'?)\n"
          "dateline.yaml:1:79: outputs[1].only: expected a map ('key: value' lines) or one of events, alerts, not a "
          "list\n" },
        { "outputs: [{name: a, files: /tmp, format: gdelt, only: alerts}]",
          "dateline.yaml:1:55: outputs[0].only: a file of gdelt has events only: set format: jsonl for alerts\n" },
        { "outputs: [{name: a, journal: yes, only: {tpye: X, status: hapened}}, {name: b, journal: yes, only: "
          "{status: x, type: ASAULT}}]",
          "dateline.yaml:1:42: outputs[0].only.tpye: unknown key (did you mean 'type'?)\n"
          "dateline.yaml:1:59: outputs[0].only.status: 'hapened' is no status (did you mean 'happened'?)\n"
          "dateline.yaml:1:109: outputs[1].only.status: 'x' is no status\n"
          "dateline.yaml:1:118: outputs[1].only.type: 'ASAULT' is neither a PLOVER category nor the beginning of a "
          "CAMEO code (did you mean 'ASSAULT'?)\n" },
        { "outputs: [{name: a, journal: yes}, {name: a, journal: yes}]",
          "dateline.yaml:1:43: outputs[1].name: 'a' is taken by outputs[0] already\n" },
        { "outputs: [{name: a, files: /a}, {name: b, files: /a/}]",
          "dateline.yaml:1:50: outputs[1].files: '/a' is taken by outputs[0] already\n" },
        { "outputs: [{name: a, files: /a, format: gedlt}]",
          "dateline.yaml:1:40: outputs[0].format: expected one of jsonl, csv, gdelt, polecat, phoenix, not 'gedlt' "
          "(did you mean "
          "'gdelt'?)\n" },
        { "outputs: [{name: a, journal: yes, every: 1h}]",
          "dateline.yaml:1:35: outputs[0].every: goes only with 'files'\n" },
};

static const struct message_row of_others[] = {
        { "metrics: 0.0.0.0:9464",
          "dateline.yaml:1:10: metrics: '0.0.0.0:9464' is no address here: write /path/of/socket, 127.0.0.1:9464 or "
          "[::1]:9464\n" },
        { "work: {processes: 0}", "dateline.yaml:1:19: work.processes: 0 is out of range (1 to 256)\n" },
        { "work: {memory: 1M}", "dateline.yaml:1:16: work.memory: 1M is out of range (32M to 1T)\n" },
        { "store: {keep: 365}", "dateline.yaml:1:15: store.keep: expected a span such as 30s, 10m or 365d, or "
                                "'forever', not '365'\n" },
        { "store: {sqlite: }", "dateline.yaml:1:17: store.sqlite: is empty: give it a path, or leave the key "
                               "out\n" },
        { "log: {level: loud}", "dateline.yaml:1:14: log.level: expected one of emerg, alert, crit, err, "
                                "warning, "
                                "notice, info, debug, not 'loud'\n" },
};

static void test_messages(void **state)
{
        static const struct {
                const struct message_row *rows;
                size_t n;
        } groups[] = {
                { of_files, N_ELEMENTS(of_files) },
                { of_watches, N_ELEMENTS(of_watches) },
                { of_feeds, N_ELEMENTS(of_feeds) },
                { of_listeners, N_ELEMENTS(of_listeners) },
                { of_commands, N_ELEMENTS(of_commands) },
                { of_outputs, N_ELEMENTS(of_outputs) },
                { of_others, N_ELEMENTS(of_others) },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(groups); i++)
                for (size_t k = 0; k < groups[i].n; k++)
                        assert_errors(groups[i].rows[k].text, groups[i].rows[k].messages);
}

static void test_bad_addresses(void **state)
{
        static const char *const addresses[] = {
                "localhost", "localhost:", "localhost:0", "localhost:65536", "localhost:-1",
                ":7901", "127.0.0.1", "127.0.0:7901", "[::1]", "[::1:7901",
                "::1:7901", "[127.0.0.1]:7901", "news.example:1", "localhost:7901x", "localhost: 1",
                "[]:1", "999.0.0.1:7901", "x:99999999999999999999",
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(addresses); i++) {
                char text[128], expected[256];

                snprintf(text, sizeof(text), "watch: [{name: a, listen: '%s'}]\n", addresses[i]);
                snprintf(expected, sizeof(expected),
                         "dateline.yaml:1:27: watch[0].listen: '%s' is no address: write /path/of/socket, "
                         "127.0.0.1:7901, "
                         "[::1]:7901 or localhost:7901\n",
                         addresses[i]);
                assert_errors(text, expected);
        }
}

/* A Unix socket's path has a bound that bind(2) would tell of only later. */
static void test_socket_path(void **state)
{
        char path[110], text[256];

        (void)state;
        memset(path, 'x', sizeof(path));
        path[0] = '/';
        path[107] = '\0';
        snprintf(text, sizeof(text), "watch: [{name: a, listen: %s}]\n", path);
        config_unref(good(text));
        path[107] = 'x';
        path[108] = '\0';
        snprintf(text, sizeof(text), "watch: [{name: a, listen: %s}]\n", path);
        assert_errors(text, "dateline.yaml:1:27: watch[0].listen: is too long for a Unix socket: 108 bytes (at most "
                            "107)\n");
        snprintf(text, sizeof(text), "control: {socket: %s}\n", path);
        assert_errors(text, "dateline.yaml:1:19: control.socket: is too long for a Unix socket: 108 bytes (at most "
                            "107)\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults), cmocka_unit_test(test_directory),
                cmocka_unit_test(test_listen),   cmocka_unit_test(test_command),
                cmocka_unit_test(test_feed),
                cmocka_unit_test(test_rest),     cmocka_unit_test(test_messages),
                cmocka_unit_test(test_bad_addresses), cmocka_unit_test(test_socket_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
