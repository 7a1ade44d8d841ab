/* The chain: which modules are opened, what is said where one is wrong, which module runs for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/chain.h"

struct opened {
        struct arena arena;
        struct yaml_errors errors;
        struct chain *chain;
        char *said;             /* the errors */
        int r;
};

static void log_nothing(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

/* `modules` is the list in YAML; it stands at line 1, column 11. */
static void open_chain(struct opened *o, const char *modules)
{
        struct yaml_node *root;
        char *text;

        memset(o, 0, sizeof(*o));
        yaml_errors_init(&o->errors, &o->arena);
        text = arena_printf(&o->arena, "modules:  %s\n", modules);
        assert_int_equal(yaml_parse(&o->arena, "f.yaml", text, strlen(text), &root, &o->errors), 0);
        o->r = chain_open(&o->chain, &o->arena, "f.yaml", yaml_get(root, "modules"), &o->errors, log_nothing, NULL);
        o->said = yaml_errors_text(&o->errors);
}

static void close_chain(struct opened *o)
{
        chain_close(o->chain);
        free(o->said);
        arena_deinit(&o->arena);
}

static void test_segments(void **state)
{
        static const struct {
                const char *modules;
                size_t count, segments;
        } rows[] = {
                { "[decode]", 1, 1 },
                { "[decode, exec: {name: a, command: [/bin/cat]}]", 1, 2 },
                { "[decode, exec: {name: a, command: [/bin/cat]}, exec: {name: b, command: [/bin/cat]}]", 1, 3 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct opened o;
                void *module_state;

                open_chain(&o, rows[i].modules);
                assert_string_equal(o.said, "");
                assert_int_equal(o.r, 0);
                assert_int_equal(chain_count(o.chain), rows[i].count);
                assert_int_equal(chain_segments(o.chain), rows[i].segments);
                assert_string_equal(chain_module_name(o.chain, 0), "decode");
                assert_non_null(chain_module_version(o.chain, 0));
                assert_ptr_equal(chain_find(o.chain, "decode", &module_state), &module_decode);
                assert_null(chain_find(o.chain, "read", &module_state));
                close_chain(&o);
        }
}

static void test_refused(void **state)
{
        static const struct {
                const char *modules, *said;
        } rows[] = {
                { "[decode, reed]", "f.yaml:1:20: work.modules[1].reed: unknown module (did you mean 'read'?)\n" },
                { "[decode: {max_size: 1}]",
                  "f.yaml:1:31: work.modules[0].decode.max_size: 1 is out of range (1K to 256M)\n" },
                { "[decode: {maxsize: 1M}]",
                  "f.yaml:1:21: work.modules[0].decode.maxsize: unknown key (did you mean 'max_size'?)\n" },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct opened o;

                open_chain(&o, rows[i].modules);
                assert_string_equal(o.said, rows[i].said);
                assert_int_equal(o.r, CHAIN_E_REFUSED);
                assert_null(o.chain);
                close_chain(&o);
        }
}

/* All that is wrong at once, whichever module it is in. */
static void test_all_errors(void **state)
{
        struct opened o;

        (void)state;
        open_chain(&o, "[decode: {max_size: 1}, nothing, load: {file: /bin/true}]");
        assert_int_equal(o.r, CHAIN_E_REFUSED);
        assert_int_equal(o.errors.n, 3);
        assert_non_null(strstr(o.said, "work.modules[2].load.file: cannot be loaded"));
        close_chain(&o);
}

struct sink {
        size_t n;
        char text[256];
};

static int add_story(void *user, const struct story *story)
{
        struct sink *sink = user;

        sink->n++;
        snprintf(sink->text, sizeof(sink->text), "%s", story->text);
        return 0;
}

static int add_bad(void *user, const char *reason, const char *what)
{
        (void)user;
        (void)reason;
        (void)what;
        fail();
        return 0;
}

static void test_run(void **state)
{
        static const char bytes[] = "PARIS, Oct 20 (Agency) - The text.\n";
        const struct envelope envelope = { .source = "test" };
        struct sink sink = { 0 };
        struct opened o;
        struct arena arena = ARENA_NULL;
        struct job job = { .arena = &arena, .envelope = &envelope, .bytes = bytes, .n_bytes = sizeof(bytes) - 1,
                           .sink = &sink, .add_story = add_story, .add_bad = add_bad };

        (void)state;
        open_chain(&o, "[decode]");
        assert_int_equal(chain_decode(o.chain, &job), 0);
        assert_int_equal(sink.n, 1);
        assert_non_null(strstr(sink.text, "The text."));
        assert_int_equal(chain_process(o.chain, 0, &job), 0);   /* an empty segment does nothing */
        assert_null(job.coded);
        close_chain(&o);
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_segments),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_all_errors),
                cmocka_unit_test(test_run),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
