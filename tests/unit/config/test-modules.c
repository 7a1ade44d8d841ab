/* work.modules: its forms, its order, and what is told of each mistake. */
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
#include "config/modules.h"

struct listed {
        struct arena arena;
        struct yaml_errors errors;
        struct config_module *modules;
        size_t n;
        char *messages;
        int r;
};

static void list(struct listed *l, const char *text)
{
        struct schema_context context = { .arena = &l->arena, .path = "f.yaml", .errors = &l->errors, .where = "work" };
        struct yaml_node *root = NULL;

        *l = (struct listed){ 0 };
        yaml_errors_init(&l->errors, &l->arena);
        if (text != NULL)
                assert_int_equal(yaml_parse(&l->arena, "f.yaml", text, strlen(text), &root, &l->errors), 0);
        l->r = modules_fill(&context, root, &l->modules, &l->n);
        yaml_errors_sort(&l->errors);
        l->messages = yaml_errors_text(&l->errors);
}

static void done(struct listed *l)
{
        free(l->messages);
        arena_deinit(&l->arena);
}

static void test_by_default(void **state)
{
        struct listed l;

        (void)state;
        list(&l, NULL);
        assert_int_equal(l.r, 0);
        assert_int_equal(l.n, 3);
        assert_string_equal(l.modules[0].name, "decode");
        assert_string_equal(l.modules[1].name, "read");
        assert_string_equal(l.modules[2].name, "code");
        assert_string_equal(l.modules[2].where, "work.modules[2].code");
        assert_string_equal(l.modules[2].place.path, "f.yaml");
        done(&l);
}

static void test_forms(void **state)
{
        char object[] = "test-modules-XXXXXX.so", here[4096], text[8192];
        int fd = mkstemps(object, 3);
        struct listed l;

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        assert_non_null(getcwd(here, sizeof(here)));
        snprintf(text, sizeof(text),
                 "- decode: {max_size: 8M}\n"
                 "- exec: {name: translate, command: [/bin/sh, x.py], timeout: 3s}\n"
                 "- read\n"
                 "- code:\n"
                 "- exec:\n"
                 "    name: more\n"
                 "    command: /bin/sh\n"
                 "- load: {file: %s, settings: {a: 1}}\n"
                 "- mine\n",
                 object);
        list(&l, text);
        unlink(object);
        assert_string_equal(l.messages, "");
        assert_int_equal(l.r, 0);
        assert_int_equal(l.n, 7);

        assert_int_equal(l.modules[0].kind, CONFIG_MODULE_BUILTIN);
        assert_string_equal(l.modules[0].name, "decode");
        assert_string_equal(l.modules[0].where, "work.modules[0].decode");
        assert_string_equal(yaml_get(l.modules[0].settings, "max_size")->text, "8M");
        assert_int_equal(l.modules[0].place.line, 1);
        assert_int_equal(l.modules[0].place.column, 3);

        assert_int_equal(l.modules[1].kind, CONFIG_MODULE_EXEC);
        assert_string_equal(l.modules[1].name, "translate");
        assert_int_equal(l.modules[1].command.n, 2);
        assert_string_equal(l.modules[1].command.items[1], "x.py");
        assert_int_equal(l.modules[1].timeout, 3 * CLOCK_SECOND);
        assert_int_equal(l.modules[1].place.line, 2);

        assert_string_equal(l.modules[2].name, "read");
        assert_null(l.modules[2].settings);
        assert_null(l.modules[3].settings);
        assert_int_equal(l.modules[4].timeout, 10 * CLOCK_SECOND);

        assert_int_equal(l.modules[5].kind, CONFIG_MODULE_LOAD);
        assert_memory_equal(l.modules[5].name, "test-modules-", 13);
        assert_int_equal(strlen(l.modules[5].name), strlen(object) - 3);
        assert_memory_equal(l.modules[5].file, here, strlen(here));
        assert_string_equal(yaml_get(l.modules[5].settings, "a")->text, "1");

        /* Whether there is such a module is for the worker to say. */
        assert_int_equal(l.modules[6].kind, CONFIG_MODULE_BUILTIN);
        assert_string_equal(l.modules[6].name, "mine");
        done(&l);
}

static void test_good_orders(void **state)
{
        static const char *const lists[] = {
                "[decode]",
                "[decode, read]",
                "[decode, mine, read, yours, code, ours]",
                "[decode, {exec: {name: a, command: /bin/sh}}, read, code]",
                "[decode, read, code, {exec: {name: a, command: /bin/sh}}, {exec: {name: b, command: /bin/sh}}]",
                "[decode, {exec: {name: a, command: /bin/sh}}]",
                "[decode, read, {exec: {name: a, command: /bin/sh}}]",
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(lists); i++) {
                struct listed l;

                list(&l, lists[i]);
                assert_string_equal(l.messages, "");
                assert_int_equal(l.r, 0);
                done(&l);
        }
}

#define FORMS "expected the name of a module, or one name with its settings ('- read', or '- decode: {max_size: 8M}')\n"

static void test_messages(void **state)
{
        static const struct {
                const char *text, *messages;
        } rows[] = {
                { "[]", "f.yaml:1:1: work.modules: expected a list of modules, not an empty one\n" },
                { "decode", "f.yaml:1:1: work.modules: expected a list of modules, not 'decode'\n" },
                { "decode: {}", "f.yaml:1:1: work.modules: expected a list of modules, not a map\n" },
                { "[read, code]", "f.yaml:1:2: work.modules[0]: 'decode' must come first\n" },
                { "- decode\n- code\n", "f.yaml:2:3: work.modules[1]: 'code' needs 'read' before it\n" },
                { "- decode\n- code\n- read\n", "f.yaml:2:3: work.modules[1]: 'code' needs 'read' before it\n" },
                { "- decode\n- read\n- code\n- read: {}\n",
                  "f.yaml:4:3: work.modules[3]: 'read' stands at work.modules[1] already\n" },
                { "- decode\n- read\n- exec: {name: a, command: /bin/sh}\n- code\n",
                  "f.yaml:3:3: work.modules[2]: 'exec' cannot stand between 'read' and 'code': put it before 'read' or "
                  "behind 'code'\n" },
                { "- exec: {name: a, command: /bin/sh}\n- decode\n- read\n- code\n",
                  "f.yaml:1:3: work.modules[0]: 'decode' must come first\n" },
                { "- decode\n- exec: {name: a, command: /bin/sh}\n- exec: {name: a, command: /bin/sh}\n",
                  "f.yaml:3:16: work.modules[2].exec.name: 'a' is taken by work.modules[1] already\n" },
                { "- decode\n- {read: {}, code: {}}\n- [x]\n-\n- {}\n",
                  "f.yaml:2:3: work.modules[1]: " FORMS
                  "f.yaml:3:3: work.modules[2]: " FORMS
                  "f.yaml:4:2: work.modules[3]: " FORMS
                  "f.yaml:5:3: work.modules[4]: " FORMS },
                { "- decode\n- exec\n", "f.yaml:2:3: work.modules[1].exec.name: is missing\n"
                                        "f.yaml:2:3: work.modules[1].exec.command: is missing\n" },
                { "- decode\n- exec: {name: A, comand: [x], timeout: 5}\n",
                  "f.yaml:2:16: work.modules[1].exec.name: 'A' is no name here: use small letters, digits, '.', '_' "
                  "and "
                  "'-'\n"
                  "f.yaml:2:19: work.modules[1].exec.comand: unknown key (did you mean 'command'?)\n"
                  "f.yaml:2:41: work.modules[1].exec.timeout: expected a span such as 30s, 10m or 365d, not '5'\n" },
                { "- decode\n- exec: [x]\n",
                  "f.yaml:2:9: work.modules[1].exec: expected a map ('key: value' lines), not a list\n" },
                { "- decode\n- exec: {name: a, command: [python3, x]}\n",
                  "f.yaml:2:29: work.modules[1].exec.command: the program must be an absolute path, not 'python3'\n" },
                { "- decode\n- load\n", "f.yaml:2:3: work.modules[1].load.file: is missing\n" },
                { "- decode\n- load: {file: /no/such.so}\n",
                  "f.yaml:2:16: work.modules[1].load.file: /no/such.so: No such file or directory\n" },
                { "- decode\n- load: {file: /etc}\n", "f.yaml:2:16: work.modules[1].load.file: /etc is not a file\n" },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct listed l;

                list(&l, rows[i].text);
                assert_string_equal(l.messages, rows[i].messages);
                assert_int_equal(l.r, YAML_E_BAD);
                done(&l);
        }
}

static void test_too_many(void **state)
{
        char text[512] = "[decode";
        struct listed l;

        (void)state;
        for (int i = 0; i < 32; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), ", m%d", i);
        strcat(text, "]");
        list(&l, text);
        assert_int_equal(l.r, YAML_E_BAD);
        assert_string_equal(l.messages, "f.yaml:1:1: work.modules: has 33 entries (at most 32)\n");
        done(&l);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_default), cmocka_unit_test(test_forms),    cmocka_unit_test(test_good_orders),
                cmocka_unit_test(test_messages),   cmocka_unit_test(test_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
