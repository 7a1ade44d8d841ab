/* Text to nodes: values, places counted from 1, and every message with its exact place. */
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

#include "config/yaml.h"

struct parsed {
        struct arena arena;
        struct yaml_errors errors;
        struct yaml_node *root;
        char *messages;
        int r;
};

static void parse_n(struct parsed *p, const char *text, size_t n)
{
        *p = (struct parsed){ 0 };
        yaml_errors_init(&p->errors, &p->arena);
        p->r = yaml_parse(&p->arena, "f.yaml", text, n, &p->root, &p->errors);
        yaml_errors_sort(&p->errors);
        p->messages = yaml_errors_text(&p->errors);
}

static void parse(struct parsed *p, const char *text)
{
        parse_n(p, text, strlen(text));
}

static void done(struct parsed *p)
{
        free(p->messages);
        arena_deinit(&p->arena);
}

/* A tree on one line, with each node's place: `{a@1:1: 5@1:4, b@2:1: [x@2:5]@2:4}@1:1`; quoted scalars have quotes. */
static void print(FILE *f, const struct yaml_node *node)
{
        if (node->kind == YAML_SCALAR) {
                fprintf(f, node->plain ? "%s" : "'%s'", node->text);
                assert_int_equal(strlen(node->text), node->n_text);
        } else if (node->kind == YAML_LIST) {
                for (size_t i = 0; i < node->n; i++) {
                        fputs(i == 0 ? "[" : ", ", f);
                        print(f, node->items[i]);
                }
                fputs(node->n == 0 ? "[]" : "]", f);
        } else {
                for (size_t i = 0; i < node->n; i++) {
                        fputs(i == 0 ? "{" : ", ", f);
                        print(f, node->pairs[i].key);
                        fputs(": ", f);
                        print(f, node->pairs[i].value);
                }
                fputs(node->n == 0 ? "{}" : "}", f);
        }
        fprintf(f, "@%u:%u", node->line, node->column);
}

static void test_trees(void **state)
{
        static const struct {
                const char *text, *tree;
        } rows[] = {
                { "", "{}@1:1" },
                { "# only words\n", "{}@1:1" },
                { "---\n", "{}@1:1" },
                { "~\n", "{}@1:1" },
                { "null", "{}@1:1" },
                { "a: 5\n", "{a@1:1: 5@1:4}@1:1" },
                { "\xEF\xBB\xBF" "a: 5\n", "{a@1:1: 5@1:4}@1:1" },
                { "a: 5\r\nb: 6\r\n", "{a@1:1: 5@1:4, b@2:1: 6@2:4}@1:1" },
                { "a: '5'\nb: \"x\\ty\"\n", "{a@1:1: '5'@1:4, b@2:1: 'x\ty'@2:4}@1:1" },
                { "a:\nb: ~\n", "{a@1:1: @1:3, b@2:1: ~@2:4}@1:1" },
                { "- x\n-  y\n", "[x@1:3, y@2:4]@1:1" },
                { "a: [1, {b: c}]\n", "{a@1:1: [1@1:5, {b@1:9: c@1:12}@1:8]@1:4}@1:1" },
                { "a: []\nb: {}\n", "{a@1:1: []@1:4, b@2:1: {}@2:4}@1:1" },
                { "watch:\n  - name: inbox\n    directory: /x\n",
                  "{watch@1:1: [{name@2:5: inbox@2:11, directory@3:5: /x@3:16}@2:5]@2:3}@1:1" },
                { "\xC3\xA9: \xE2\x82\xAC\n", "{\xC3\xA9@1:1: \xE2\x82\xAC@1:4}@1:1" },  /* columns are characters */
                { "a: |\n  one\n  two\n", "{a@1:1: 'one\ntwo\n'@1:4}@1:1" },
                { "a: one\n  two\n", "{a@1:1: one two@1:4}@1:1" },
                { "plain\n", "plain@1:1" },
                { "[]", "[]@1:1" },
                { "{}", "{}@1:1" },
                { "a: &x 1\n", "{a@1:1: 1@1:4}@1:1" },  /* an anchor alone does no harm */
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct parsed p;
                char *tree = NULL;
                size_t size;
                FILE *f;

                parse(&p, rows[i].text);
                assert_string_equal(p.messages, "");
                assert_int_equal(p.r, 0);
                f = open_memstream(&tree, &size);
                assert_non_null(f);
                print(f, p.root);
                fclose(f);
                assert_string_equal(tree, rows[i].tree);
                free(tree);
                done(&p);
        }
}

static void test_messages(void **state)
{
        static const struct {
                const char *text, *messages;
        } rows[] = {
                { "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: double key 'a' (it stands at 1:1 too)\n" },
                { "x: {k: 1, k: 2, k: 3}\n", "f.yaml:1:11: double key 'k' (it stands at 1:5 too)\n"
                                             "f.yaml:1:17: double key 'k' (it stands at 1:5 too)\n" },
                { "a: 1\n'a': 2\n", "f.yaml:2:1: double key 'a' (it stands at 1:1 too)\n" },
                { "? [a, b]\n: 1\n", "f.yaml:1:3: a key must be a word, not a list\n" },
                { "? {a: b}\n: 1\n", "f.yaml:1:3: a key must be a word, not a map\n" },
                { "\"a\\0b\": 1\n", "f.yaml:1:1: a key must be a word, not 'a?b'\n" },
                { "a: &x 1\nb: *x\n", "f.yaml:2:4: aliases ('*name') are not taken: write the value out here\n" },
                { "a: &x [1]\nb: [*x, *x]\n", "f.yaml:2:5: aliases ('*name') are not taken: write the value out here\n"
                                              "f.yaml:2:9: aliases ('*name') are not taken: write the value out "
                                              "here\n" },
                { "a: !include x\n",
                  "f.yaml:1:4: tags (words that begin with '!') are not taken: leave it out, or put the text in "
                  "quotes\n" },
                { "a: !!seq [x]\n",
                  "f.yaml:1:4: tags (words that begin with '!') are not taken: leave it out, or put the text in "
                  "quotes\n" },
                { "a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here: a file holds one\n" },
                { "a: [1, 2\n", "f.yaml:2:1: did not find expected ',' or ']' (while parsing a flow sequence at "
                                "1:4)\n" },
                { "a: 1\n b: 2\n", "f.yaml:2:3: mapping values are not allowed in this context\n" },
                { "a:\n\tb: 2\n", "f.yaml:2:1: found character that cannot start any token (while scanning for the "
                                  "next "
                                  "token at 2:1)\n" },
                { "a: 'x\n", "f.yaml:2:1: found unexpected end of stream (while scanning a quoted scalar at 1:4)\n" },
                { "a: 1\nxyz\nb: 1\n", "f.yaml:3:1: could not find expected ':' (while scanning a simple key at "
                                       "2:1)\n" },
                { "a: 1\nb: x\x01y\n",
                  "f.yaml:2:5: control characters are not allowed (0x01): the file must be text in UTF-8\n" },
                { "\xC3\xA9: x\xFFy\n", "f.yaml:1:5: invalid leading UTF-8 octet (0xFF): the file must be text in "
                                        "UTF-8\n" },
                { "a: 1\nb: 1\na: 1\nc: [\n", "f.yaml:5:1: did not find expected node content (while parsing a flow "
                                              "node at "
                                              "5:1)\n" },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct parsed p;

                parse(&p, rows[i].text);
                assert_string_equal(p.messages, rows[i].messages);
                assert_int_equal(p.r, YAML_E_BAD);
                /* Behind a double key the rest is still checked. */
                assert_int_equal(p.root != NULL, strstr(rows[i].messages, "double key") != NULL);
                done(&p);
        }
}

static void test_nul_byte(void **state)
{
        struct parsed p;

        (void)state;
        parse_n(&p, "a: \0b\n", 6);
        assert_int_equal(p.r, YAML_E_BAD);
        assert_string_equal(p.messages,
                            "f.yaml:1:4: control characters are not allowed (0x00): the file must be text in UTF-8\n");
        done(&p);

        /* As an escape it is a byte like others: `n_text` tells. */
        parse(&p, "a: \"x\\0y\"\n");
        assert_int_equal(p.r, 0);
        assert_int_equal(yaml_get(p.root, "a")->n_text, 3);
        assert_memory_equal(yaml_get(p.root, "a")->text, "x\0y", 4);
        done(&p);
}

/* More keys than are compared one with another. */
static void test_double_keys_of_many(void **state)
{
        _cleanup_free_ char *text = NULL;
        struct parsed p;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        (void)state;
        assert_non_null(f);
        for (int i = 0; i < 5000; i++)
                fprintf(f, "key%d: %d\n", i, i);
        fprintf(f, "key: 1\nkey77: 2\nkey4999: 3\nkey77: 4\n");
        fclose(f);
        parse(&p, text);
        assert_int_equal(p.r, YAML_E_BAD);
        assert_string_equal(p.messages, "f.yaml:5002:1: double key 'key77' (it stands at 78:1 too)\n"
                                        "f.yaml:5003:1: double key 'key4999' (it stands at 5000:1 too)\n"
                                        "f.yaml:5004:1: double key 'key77' (it stands at 78:1 too)\n");
        done(&p);
}

static void test_order_is_kept(void **state)
{
        struct parsed p;

        (void)state;
        parse(&p, "z: 1\ny: 1\nx: 1\nw: 1\nv: 1\nu: 1\nt: 1\ns: 1\nr: 1\nq: 1\np: 1\no: 1\nn: 1\nm: 1\nl: 1\n");
        assert_int_equal(p.r, 0);
        assert_int_equal(p.root->n, 15);
        for (size_t i = 0; i < p.root->n; i++)
                assert_int_equal(p.root->pairs[i].key->text[0], 'z' - (int)i);
        done(&p);
}

static void test_depth(void **state)
{
        char text[2 * YAML_DEPTH_MAX + 8];
        struct parsed p;

        (void)state;
        memset(text, '[', YAML_DEPTH_MAX);
        memset(text + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
        parse_n(&p, text, 2 * (size_t)YAML_DEPTH_MAX);
        assert_int_equal(p.r, 0);
        done(&p);

        memset(text, '[', YAML_DEPTH_MAX + 1);
        parse_n(&p, text, YAML_DEPTH_MAX + 1);
        assert_int_equal(p.r, YAML_E_BAD);
        assert_string_equal(p.messages, "f.yaml:1:33: nested too deep\n");
        done(&p);
}

/* A bound stops the work, it does not only judge it: half a million brackets would take libyaml minutes. */
static void test_hostile_depth(void **state)
{
        size_t n = 500000;
        _cleanup_free_ char *text = malloc(n);
        struct parsed p;

        (void)state;
        assert_non_null(text);
        memset(text, '[', n);
        parse_n(&p, text, n);
        assert_int_equal(p.r, YAML_E_BAD);
        assert_string_equal(p.messages, "f.yaml:1:33: nested too deep\n");
        done(&p);
}

static void test_too_many_nodes(void **state)
{
        size_t n = 2 * (size_t)YAML_NODES_MAX;
        _cleanup_free_ char *text = malloc(n);
        struct parsed p;

        (void)state;
        assert_non_null(text);
        for (size_t i = 0; i < n; i += 2)
                memcpy(text + i, i == 0 ? "[x" : ",x", 2);
        parse_n(&p, text, n);
        assert_int_equal(p.r, YAML_E_BAD);
        assert_int_equal(p.errors.n, 1);
        assert_string_equal(p.errors.first->message, "too large: more values than dateline takes in one file");
        /* The list and YAML_NODES_MAX - 1 entries fit. */
        assert_int_equal(p.errors.first->column, 2 * YAML_NODES_MAX);
        done(&p);
}

static void test_too_large(void **state)
{
        struct parsed p;

        (void)state;
        parse_n(&p, "", (size_t)YAML_TEXT_MAX + 1);     /* refused before a byte is read */
        assert_int_equal(p.r, YAML_E_BAD);
        assert_string_equal(p.messages, "f.yaml:1:1: too large: 67108865 bytes (at most 64 MB)\n");
        done(&p);
}

static void test_errors_sorted_and_bounded(void **state)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        char *text;

        (void)state;
        yaml_errors_init(&errors, &arena);
        yaml_errors_add(&errors, "b", 1, 1, "four");
        yaml_errors_add(&errors, "a", 2, 3, "three");
        yaml_errors_add(&errors, "a", 2, 1, "%s", "one");
        yaml_errors_add(&errors, "a", 2, 1, "two");
        yaml_errors_sort(&errors);
        yaml_errors_add(&errors, "c", 9, 9, "five");
        text = yaml_errors_text(&errors);
        assert_string_equal(text, "a:2:1: one\na:2:1: two\na:2:3: three\nb:1:1: four\nc:9:9: five\n");
        free(text);
        for (int i = 0; i < YAML_ERRORS_MAX; i++)
                yaml_errors_add(&errors, "d", 1, 1, "more");
        assert_int_equal(errors.n, YAML_ERRORS_MAX + 5);
        text = yaml_errors_text(&errors);
        assert_non_null(strstr(text, "more\nand 5 more errors\n"));
        free(text);
        arena_deinit(&arena);
}

static void test_get_and_null(void **state)
{
        struct parsed p;

        (void)state;
        parse(&p, "a: 1\nb: ~\nc: '~'\nd:\ne: []\nf: null\ng: nulls\n");
        assert_int_equal(p.r, 0);
        assert_string_equal(yaml_get(p.root, "a")->text, "1");
        assert_null(yaml_get(p.root, "z"));
        assert_null(yaml_get(NULL, "a"));
        assert_null(yaml_get(yaml_get(p.root, "a"), "a"));
        assert_null(yaml_get(yaml_get(p.root, "e"), "a"));
        assert_false(yaml_is_null(yaml_get(p.root, "a")));
        assert_true(yaml_is_null(yaml_get(p.root, "b")));
        assert_false(yaml_is_null(yaml_get(p.root, "c")));
        assert_true(yaml_is_null(yaml_get(p.root, "d")));
        assert_false(yaml_is_null(yaml_get(p.root, "e")));
        assert_true(yaml_is_null(yaml_get(p.root, "f")));
        assert_false(yaml_is_null(yaml_get(p.root, "g")));
        done(&p);
}

static void test_equal(void **state)
{
        static const struct {
                const char *a, *b;
                bool equal;
        } rows[] = {
                { "a: [1, {b: c}]", "a:\n  - 1\n  - b: c\n", true },
                { "a: 1", "a: 2", false },
                { "a: 1", "b: 1", false },
                { "a: 1", "a: '1'", false },
                { "a: [1]", "a: [1, 2]", false },
                { "a: []", "a: {}", false },
                { "a: {x: 1, y: 2}", "a: {y: 2, x: 1}", false },        /* order may mean something */
                { "a: \"x\\0y\"", "a: \"x\\0z\"", false },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct parsed a, b;

                parse(&a, rows[i].a);
                parse(&b, rows[i].b);
                assert_int_equal(yaml_equal(a.root, b.root), rows[i].equal);
                assert_true(yaml_equal(a.root, a.root));
                assert_false(yaml_equal(a.root, NULL));
                done(&a);
                done(&b);
        }
        assert_true(yaml_equal(NULL, NULL));
}

static void test_show(void **state)
{
        struct parsed p;

        (void)state;
        parse(&p, "- short\n- \"a\\nb\"\n- [x]\n- {x: 1}\n"
                  "- 123456789012345678901234567890123456789012345678901234567890\n"
                  "- 12345678901234567890123456789012345678901234567890123456789\xE2\x82\xAC\n");
        assert_int_equal(p.r, 0);
        assert_string_equal(yaml_show(&p.arena, p.root->items[0]), "'short'");
        assert_string_equal(yaml_show(&p.arena, p.root->items[1]), "'a?b'");
        assert_string_equal(yaml_show(&p.arena, p.root->items[2]), "a list");
        assert_string_equal(yaml_show(&p.arena, p.root->items[3]), "a map");
        assert_string_equal(yaml_show(&p.arena, p.root->items[4]),
                            "'123456789012345678901234567890123456789012345678901234567890'");
        assert_string_equal(yaml_show(&p.arena, p.root->items[5]),
                            "'12345678901234567890123456789012345678901234567890123456789...'");
        done(&p);
}

static void test_read_file(void **state)
{
        char path[] = "test-yaml-XXXXXX";
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        const char *text;
        char *messages;
        size_t n;
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        yaml_errors_init(&errors, &arena);
        assert_int_equal(yaml_read_file(&arena, path, &text, &n, &errors), 0);
        assert_int_equal(n, 0);
        for (int i = 0; i < 3000; i++)
                assert_int_equal(write(fd, "0123456789", 10), 10);
        assert_int_equal(yaml_read_file(&arena, path, &text, &n, &errors), 0);
        assert_int_equal(n, 30000);
        assert_int_equal(strlen(text), 30000);
        assert_int_equal(ftruncate(fd, (off_t)YAML_TEXT_MAX + 1), 0);
        assert_int_equal(yaml_read_file(&arena, path, &text, &n, &errors), YAML_E_BAD);
        close(fd);
        unlink(path);
        assert_int_equal(yaml_read_file(&arena, "none.yaml", &text, &n, &errors), YAML_E_BAD);
        assert_int_equal(yaml_read_file(&arena, "/", &text, &n, &errors), YAML_E_BAD);
        messages = yaml_errors_text(&errors);
        assert_non_null(strstr(messages, ":1:1: cannot be read: File too large\n"
                                         "none.yaml:1:1: cannot be read: No such file or directory\n"
                                         "/:1:1: cannot be read: Is a directory\n"));
        free(messages);
        arena_deinit(&arena);
}

/* What is no regular file does not tell its size: a pipe is read to its end. */
static void test_read_pipe(void **state)
{
        char path[32], bytes[20000];
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        const char *text;
        size_t n;
        int fds[2];

        (void)state;
        memset(bytes, 'x', sizeof(bytes));
        yaml_errors_init(&errors, &arena);
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], bytes, sizeof(bytes)), sizeof(bytes));
        close(fds[1]);
        snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
        assert_int_equal(yaml_read_file(&arena, path, &text, &n, &errors), 0);
        close(fds[0]);
        assert_int_equal(n, sizeof(bytes));
        assert_memory_equal(text, bytes, sizeof(bytes));
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_trees),
                cmocka_unit_test(test_messages),
                cmocka_unit_test(test_nul_byte),
                cmocka_unit_test(test_double_keys_of_many),
                cmocka_unit_test(test_order_is_kept),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_hostile_depth),
                cmocka_unit_test(test_too_many_nodes),
                cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_errors_sorted_and_bounded),
                cmocka_unit_test(test_get_and_null),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_show),
                cmocka_unit_test(test_read_file),
                cmocka_unit_test(test_read_pipe),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
