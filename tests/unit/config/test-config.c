/* The configuration as a whole: loading, references, comparison over a reload, the packaged file, the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"

static struct config *good(const char *text)
{
        struct config *config = NULL;
        char *errors;
        int r = config_parse("dateline.yaml", text, strlen(text), &config, &errors);

        if (errors != NULL)
                fail_msg("%s", errors);
        assert_int_equal(r, 0);
        return config;
}

static void test_missing_file(void **state)
{
        struct config *config = NULL;
        char *errors;

        (void)state;
        assert_int_equal(config_load("no/dateline.yaml", &config, &errors), CONFIG_E_BAD);
        assert_null(config);
        assert_string_equal(errors, "no/dateline.yaml:1:1: cannot be read: No such file or directory\n");
        free(errors);
}

/* The issue's own example, at its own place, and everything else that is wrong with it. */
static void test_all_at_once(void **state)
{
        static const char text[] = "# line 1\n"
                                   "log:\n"
                                   "  level: info\n"
                                   "  colour: red\n"
                                   "store: {keep: 365d}\n"
                                   "work:\n"
                                   "  attempts: 0\n"
                                   "  modules:\n"
                                   "    - decode\n"
                                   "    - code\n"
                                   "\n"
                                   "watch:\n"
                                   "    - name: inbox\n"
                                   "      directroy: /var/spool/dateline/inbox\n"
                                   "    - name: inbox\n"
                                   "      listen: nowhere\n"
                                   "control: []\n";
        struct config *config = NULL;
        char *errors;

        (void)state;
        assert_int_equal(config_parse("dateline.yaml", text, strlen(text), &config, &errors), CONFIG_E_BAD);
        assert_string_equal(
                errors,
                "dateline.yaml:4:3: log.colour: unknown key\n"
                "dateline.yaml:7:13: work.attempts: 0 is out of range (1 to 20)\n"
                "dateline.yaml:10:7: work.modules[1]: 'code' needs 'read' before it\n"
                "dateline.yaml:14:7: watch[0].directroy: unknown key (did you mean 'directory'?)\n"
                "dateline.yaml:15:13: watch[1].name: 'inbox' is taken by watch[0] already\n"
                "dateline.yaml:16:15: watch[1].listen: 'nowhere' is no address: write /path/of/socket, 127.0.0.1:7901, "
                "[::1]:7901 or localhost:7901\n"
                "dateline.yaml:17:10: control: expected a map ('key: value' lines), not a list\n");
        free(errors);
}

/* What the design promises, but for the parts that later work brings. */
static void test_example(void **state)
{
        struct config *c = good("watch:\n"
                                "  - name: inbox\n"
                                "    directory: /var/spool/dateline/inbox\n"
                                "  - name: newsroom\n"
                                "    listen: /run/dateline/wire.sock\n"
                                "    format: iptc7901\n"
                                "work:\n"
                                "  processes: auto\n"
                                "  modules:\n"
                                "    - decode: {max_size: 8M}\n"
                                "    - read: {model: /usr/share/dateline/en.model}\n"
                                "    - code: {dictionaries: [/usr/share/dateline/dictionaries, "
                                "/etc/dateline/dictionaries]}\n"
                                "store: {sqlite: /var/lib/dateline/dateline.db, keep: 365d}\n"
                                "control: {socket: /run/dateline/control.sock, group: dateline}\n");

        (void)state;
        assert_int_equal(c->n_watch, 2);
        assert_string_equal(c->watch[1].format, "iptc7901");
        assert_int_equal(c->work.n_modules, 3);
        assert_int_equal(yaml_get(c->work.modules[2].settings, "dictionaries")->n, 2);
        assert_int_equal(c->store.keep, 365 * 86400 * CLOCK_SECOND);
        config_unref(c);
}

static void test_packaged_file(void **state)
{
        const char *top = getenv("top_srcdir");
        _cleanup_free_ char *path = NULL;
        struct config *config = NULL;
        char *errors;
        int r;

        (void)state;
        assert_true(asprintf(&path, "%s/etc/dateline.yaml", top != NULL ? top : ".") > 0);
        r = config_load(path, &config, &errors);
        if (errors != NULL)
                fail_msg("%s", errors);
        assert_int_equal(r, 0);
        assert_int_equal(config->n_watch, 2);
        assert_string_equal(config->watch[0].name, "inbox");
        assert_string_equal(config->watch[0].directory, "/var/spool/dateline/inbox");
        assert_string_equal(config->watch[1].name, "wire");
        assert_string_equal(config->watch[1].listen, "/run/dateline/wire.sock");
        assert_string_equal(config->store.sqlite, "/var/lib/dateline/dateline.db");
        config_unref(config);
}

/* The packaged file shows settings behind '#': each that names a key must still be one. */
static void test_packaged_examples(void **state)
{
        const char *top = getenv("top_srcdir");
        _cleanup_free_ char *path = NULL, *text = NULL;
        struct config *config = NULL;
        char *errors, line[512];
        size_t size;
        FILE *in, *out = open_memstream(&text, &size);
        int shown = 0, r;

        (void)state;
        assert_true(asprintf(&path, "%s/etc/dateline.yaml", top != NULL ? top : ".") > 0);
        in = fopen(path, "re");
        assert_non_null(in);
        assert_non_null(out);
        while (fgets(line, sizeof(line), in) != NULL) {
                size_t blank = strspn(line, " "), word = strspn(line + blank, "# -");
                const char *name = line + blank + word;
                size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

                /* Programs and objects of the examples are not there; words are no settings. */
                if (line[blank] != '#' || blank == 0 || n == 0 || name[n] != ':' || strstr(line, "/opt/") != NULL ||
                    strstr(line, "/usr/local/") != NULL) {
                        fputs(line, out);
                        continue;
                }
                fprintf(out, "%.*s%s", (int)blank, line, line + blank + 2);
                shown++;
        }
        fclose(in);
        fputs("", out);
        fclose(out);
        assert_true(shown >= 20);
        r = config_parse(path, text, strlen(text), &config, &errors);
        /* The scheduled command is left without its program: that, and nothing else. */
        assert_int_equal(r, CONFIG_E_BAD);
        assert_non_null(strstr(errors, ": watch[3]: one of directory, listen, command, feed is missing\n"));
        for (char *e = errors; *e != '\0'; e = strchr(e, '\n') + 1)
                if (strstr(e, ": watch[3]") == NULL || strstr(e, ": watch[3]") > strchr(e, '\n'))
                        fail_msg("%s", e);
        free(errors);
}

static void test_text_is_kept(void **state)
{
        static const char text[] = "log: {level: err}\n# end";
        struct config *c = good(text);

        (void)state;
        assert_string_equal(c->path, "dateline.yaml");
        assert_int_equal(c->n_text, strlen(text));
        assert_memory_equal(c->text, text, sizeof(text));
        config_unref(c);
}

static void test_load(void **state)
{
        char path[] = "test-config-XXXXXX";
        struct config *config = NULL;
        char *errors;
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "log: {level: err}\n", 18), 18);
        close(fd);
        assert_int_equal(config_load(path, &config, &errors), 0);
        unlink(path);
        assert_null(errors);
        assert_int_equal(config->log_level, 3);
        assert_int_equal(config->n_text, 18);
        assert_string_equal(config->text, "log: {level: err}\n");
        config_unref(config);
}

static void test_references(void **state)
{
        struct config *c = good(""), *again = config_ref(c);

        (void)state;
        assert_ptr_equal(c, again);
        assert_int_equal(c->references, 2);
        config_unrefp(&again);
        assert_null(again);
        assert_int_equal(c->references, 1);
        config_unref(c);
        config_unref(NULL);
}

static void test_equal(void **state)
{
        static const char base[] = "watch: [{name: a, directory: /a}, {name: b, listen: /b, framing: separator, "
                                   "separator: "
                                   "'\\0x'}, {name: c, command: /bin/sh, every: 1h}]\n"
                                   "outputs: [{name: o, journal: yes}]\n"
                                   "work: {modules: [decode, read: {model: /x}]}\n";
        static const char moved[] = "# moved, with defaults written out\n"
                                    "log: {level: debug}\n"
                                    "work: {attempts: 3, modules: [decode, read: {model: /x}]}\n"
                                    "outputs:\n- name: o\n  journal: on\n"
                                    "watch:\n- {directory: /a/, name: a, done: done}\n"
                                    "- {name: b, listen: /b, framing: separator, separator: '\\x00x', mode: 0660}\n"
                                    "- {name: c, command: [/bin/sh], every: 60m}\n";
        static const char changed[] = "watch: [{name: a, directory: /a, done: delete}, {name: b, listen: /b, framing: "
                                      "separator, separator: '\\0y'}, {name: c, command: [/bin/sh, -c], every: 1h}]\n"
                                      "outputs: [{name: o, journal: no}]\n"
                                      "work: {modules: [decode, read: {model: /y}]}\n";
        struct config *a = good(base), *b = good(moved), *c = good(changed);

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                assert_true(config_watch_equal(&a->watch[i], &b->watch[i]));
                assert_false(config_watch_equal(&a->watch[i], &c->watch[i]));
                assert_false(config_watch_equal(&a->watch[i], &a->watch[(i + 1) % 3]));
        }
        assert_true(config_output_equal(&a->outputs[0], &b->outputs[0]));
        assert_false(config_output_equal(&a->outputs[0], &c->outputs[0]));
        config_unref(a);
        config_unref(b);
        config_unref(c);
}

static void test_find_modules(void **state)
{
        static const struct {
                const char *text;
                size_t n;               /* 0: none */
        } rows[] = {
                { "", 0 }, { "work:", 0 }, { "work: []", 0 }, { "work: {modules: x}", 0 },
                { "work: {modules: [a, b]}", 2 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct arena arena = ARENA_NULL;
                struct yaml_errors errors;
                struct yaml_node *root;
                const struct yaml_node *modules;

                yaml_errors_init(&errors, &arena);
                assert_int_equal(yaml_parse(&arena, "f", rows[i].text, strlen(rows[i].text), &root, &errors), 0);
                modules = config_find_modules(root);
                assert_int_equal(modules != NULL ? modules->n : 0, rows[i].n);
                arena_deinit(&arena);
        }
}

/* Every key of every table is in the manual, and has something said about it. */
static void test_manual(void **state)
{
        static const char *const lines[] = {
                ".Dt DATELINE.YAML 5\n",
                ".Sh WATCH\n",
                ".It Ic directory Pq path\n",
                ".It Ic max_size Pq size\nThe largest delivery that is taken; a larger one is refused.\nFrom 1K",
                "From 1K to 128M.\nDefault:\n.Ql 8M .\n",
                ".It Ic every Pq span\n",
                "Goes only with\n.Ic feed .\nDefault:\n.Ql auto .\n",
                "The escapes \\en \\er \\et \\e0 \\e\\e and \\exNN are taken",
                ".It Ic processes Pq number\nWorker processes; auto is one for each processor.\nFrom 1 to 256, or auto",
                ".Ss mine\nWhat mine does.\n.Bl -tag -width Ds\n.It Ic half Pq fraction\nA part.\nFrom 0 to 1.\n.El\n",
                ".Ss exec\n",
                ".Ss load\n",
                ".Sh SEE ALSO\n",
        };
        static const struct schema_item items[] = {
                { .name = "half", .type = SCHEMA_FRACTION, .min = 0, .max = 1, .help = "A part." },
                { 0 },
        };
        static const struct schema mine = { .name = "mine", .items = items, .help = "What mine does." };
        static const struct schema *const modules[] = { &mine, NULL };
        struct buf out = BUF_NULL;

        (void)state;
        assert_int_equal(config_print_manual(&out, modules), 0);
        for (size_t i = 0; i < N_ELEMENTS(lines); i++)
                if (strstr(out.data, lines[i]) == NULL)
                        fail_msg("the manual lacks: %s", lines[i]);
        buf_deinit(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_missing_file),  cmocka_unit_test(test_all_at_once),
                cmocka_unit_test(test_example),       cmocka_unit_test(test_packaged_file),
                cmocka_unit_test(test_packaged_examples), cmocka_unit_test(test_text_is_kept),
                cmocka_unit_test(test_load),          cmocka_unit_test(test_references),
                cmocka_unit_test(test_equal),         cmocka_unit_test(test_find_modules),
                cmocka_unit_test(test_manual),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
