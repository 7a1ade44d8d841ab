/* One walk of a table: every type, every message with its exact place, defaults, lists, comparison. */
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
#include "config/equal.h"
#include "config/schema.h"

struct inner {
        struct yaml_place place;
        const char *name;
        int64_t weight;
};

struct all {
        const char *text, *path;
        bool flag;
        int64_t number, size, span, mode, cores;
        double fraction;
        int colour;
        const char *bytes;
        size_t n_bytes;
        struct schema_strings words, files;
        struct inner inner;
        struct schema_list list;
        const struct yaml_node *node;
        const char *left, *right, *of_left;
        unsigned checks;                /* how often the section's check ran */
};

static const struct schema_item inner_items[] = {
        { .name = "name", .type = SCHEMA_STRING, .offset = offsetof(struct inner, name) },
        { .name = "weight", .type = SCHEMA_INT, .offset = offsetof(struct inner, weight), .fallback = "7", .min = 1,
          .max = 9 },
        { 0 },
};

static const struct schema inner_schema = { .name = "inner", .size = sizeof(struct inner), .placed = true,
                                            .items = inner_items };

static const struct schema_item named_items[] = {
        { .name = "name", .type = SCHEMA_STRING, .offset = offsetof(struct inner, name), .required = true },
        { .name = "weight", .type = SCHEMA_INT, .offset = offsetof(struct inner, weight), .fallback = "7", .min = 1,
          .max = 9 },
        { 0 },
};

static const struct schema named_schema = { .name = "named", .size = sizeof(struct inner), .placed = true,
                                            .items = named_items };

static const char *const colours[] = { "red", "green", "blue", NULL };
static const char *const sides[] = { "left", "right", NULL };

static void check_text(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        if (strcmp(*(const char **)field, "bad") == 0)
                schema_error(context, node, key, "is bad");
}

static void check_all(const struct schema_context *context, const struct yaml_node *node, void *section)
{
        struct all *all = section;

        all->checks++;
        if (all->number == 99)
                schema_error(context, yaml_get(node, "number"), "number", "is 99");
        if (all->number == 98)
                schema_error(context, NULL, NULL, "has 98 in it");
}

#define ALL(field) .name = #field, .offset = offsetof(struct all, field)

static const struct schema_item all_items[] = {
        { ALL(text), .type = SCHEMA_STRING, .min = 1, .max = 8, .check = check_text },
        { ALL(path), .type = SCHEMA_PATH, .fallback = "/etc/x" },
        { ALL(flag), .type = SCHEMA_BOOL, .fallback = "yes" },
        { ALL(number), .type = SCHEMA_INT, .fallback = "5", .min = -10, .max = 100 },
        { ALL(size), .type = SCHEMA_SIZE, .fallback = "8M", .min = 1024, .max = 1 << 30 },
        { ALL(span), .type = SCHEMA_SPAN, .fallback = "90s", .min = CLOCK_SECOND, .max = 365 * 86400 * CLOCK_SECOND,
          .zero = "forever" },
        { ALL(mode), .type = SCHEMA_MODE, .fallback = "0660", .min = 0, .max = 0777 },
        { ALL(cores), .type = SCHEMA_INT, .fallback = "auto", .zero = "auto", .min = 1, .max = 64 },
        { ALL(fraction), .type = SCHEMA_FRACTION, .fallback = "0.5", .min = 0, .max = 1 },
        { ALL(colour), .type = SCHEMA_ENUM, .names = colours, .fallback = "green" },
        { ALL(bytes), .type = SCHEMA_BYTES, .min = 1, .max = 4 },
        { ALL(words), .type = SCHEMA_STRINGS, .min = 1, .max = 3 },
        { ALL(files), .type = SCHEMA_PATHS },
        { ALL(inner), .type = SCHEMA_SECTION, .section = &inner_schema },
        { ALL(list), .type = SCHEMA_LIST, .section = &named_schema, .min = 0, .max = 3 },
        { ALL(node), .type = SCHEMA_NODE },
        { ALL(left), .type = SCHEMA_STRING },
        { ALL(right), .type = SCHEMA_STRING },
        { ALL(of_left), .type = SCHEMA_STRING, .with = "left", .required = true },
        { 0 },
};

static const struct schema all_schema = { .name = "all", .size = sizeof(struct all), .items = all_items,
                                          .one_of = sides, .check = check_all };

struct filled {
        struct arena arena;
        struct yaml_errors errors;
        struct all all;
        char *messages;
        int r;
};

static void fill(struct filled *f, const char *path, const char *text)
{
        struct schema_context context = { .arena = &f->arena, .path = path, .errors = &f->errors, .where = "top" };
        struct yaml_node *root = NULL;

        *f = (struct filled){ 0 };
        memset(&f->all, 0xA5, sizeof(f->all));
        yaml_errors_init(&f->errors, &f->arena);
        if (text != NULL)
                assert_int_equal(yaml_parse(&f->arena, path, text, strlen(text), &root, &f->errors), 0);
        f->r = schema_fill(&context, &all_schema, root, &f->all);
        yaml_errors_sort(&f->errors);
        f->messages = yaml_errors_text(&f->errors);
}

static void done(struct filled *f)
{
        free(f->messages);
        arena_deinit(&f->arena);
}

static void test_defaults(void **state)
{
        struct filled f;

        (void)state;
        fill(&f, "/etc/f.yaml", "right: x");
        assert_string_equal(f.messages, "");
        assert_int_equal(f.r, 0);
        assert_null(f.all.text);
        assert_string_equal(f.all.path, "/etc/x");
        assert_true(f.all.flag);
        assert_int_equal(f.all.number, 5);
        assert_int_equal(f.all.size, 8 << 20);
        assert_int_equal(f.all.span, 90 * CLOCK_SECOND);
        assert_int_equal(f.all.mode, 0660);
        assert_int_equal(f.all.cores, 0);
        assert_true(f.all.fraction > 0.49 && f.all.fraction < 0.51);
        assert_int_equal(f.all.colour, 1);
        assert_null(f.all.bytes);
        assert_int_equal(f.all.n_bytes, 0);
        assert_int_equal(f.all.words.n, 0);
        assert_int_equal(f.all.inner.weight, 7);
        assert_int_equal(f.all.inner.place.line, 1);
        assert_int_equal(f.all.list.n, 0);
        assert_null(f.all.node);
        assert_int_equal(f.all.checks, 1);
        done(&f);
}

static void test_values(void **state)
{
        const struct inner *list;
        struct filled f;

        (void)state;
        fill(&f, "/etc/dateline/f.yaml",
             "text: '12345678'\n"
             "path: ./rules/a\n"
             "flag: off\n"
             "number: -10\n"
             "size: 1G\n"
             "span: forever\n"
             "mode: '0600'\n"
             "cores: 64\n"
             "fraction: 1\n"
             "colour: blue\n"
             "bytes: '\\0a\\x03'\n"
             "words: one\n"
             "files: [/a, b]\n"
             "inner: {name: ~x, weight: 9}\n"
             "list:\n"
             "  - name: 5\n"
             "  - {weight: 2, name: 'null'}\n"
             "node: {what: [ever]}\n"
             "left: l\n"
             "of_left: ll\n");
        assert_string_equal(f.messages, "");
        assert_int_equal(f.r, 0);
        assert_string_equal(f.all.text, "12345678");
        assert_string_equal(f.all.path, "/etc/dateline/rules/a");
        assert_false(f.all.flag);
        assert_int_equal(f.all.number, -10);
        assert_int_equal(f.all.size, 1 << 30);
        assert_int_equal(f.all.span, 0);
        assert_int_equal(f.all.mode, 0600);
        assert_int_equal(f.all.cores, 64);
        assert_true(f.all.fraction > 0.99);
        assert_int_equal(f.all.colour, 2);
        assert_int_equal(f.all.n_bytes, 3);
        assert_memory_equal(f.all.bytes, "\0a\3", 3);
        assert_int_equal(f.all.words.n, 1);
        assert_string_equal(f.all.words.items[0], "one");
        assert_int_equal(f.all.files.n, 2);
        assert_string_equal(f.all.files.items[0], "/a");
        assert_string_equal(f.all.files.items[1], "/etc/dateline/b");
        assert_string_equal(f.all.inner.name, "~x");
        assert_int_equal(f.all.inner.weight, 9);
        assert_int_equal(f.all.inner.place.line, 14);
        assert_int_equal(f.all.inner.place.column, 8);
        list = f.all.list.items;
        assert_int_equal(f.all.list.n, 2);
        assert_string_equal(list[0].name, "5");
        assert_int_equal(list[0].weight, 7);
        assert_string_equal(list[0].place.path, "/etc/dateline/f.yaml");
        assert_int_equal(list[0].place.line, 16);
        assert_int_equal(list[0].place.column, 5);
        assert_string_equal(list[1].name, "null");
        assert_int_equal(list[1].weight, 2);
        assert_int_equal(f.all.node->kind, YAML_MAP);
        assert_string_equal(f.all.of_left, "ll");
        done(&f);
}

static const struct {
        const char *text, *messages;    /* `right: x` is put before: lines count from 2 */
} wrong[] = {
        { "txet: x", "f.yaml:2:1: top.txet: unknown key (did you mean 'text'?)\n" },
        { "zebra: x", "f.yaml:2:1: top.zebra: unknown key\n" },
        { "\"a\\tb\": x", "f.yaml:2:1: top.a?b: unknown key\n" },
        { "text: [x]", "f.yaml:2:7: top.text: expected a text, not a list\n" },
        { "text: {x: 1}", "f.yaml:2:7: top.text: expected a text, not a map\n" },
        { "text:", "f.yaml:2:6: top.text: is empty: give it a text, or leave the key out\n" },
        { "text: ~", "f.yaml:2:7: top.text: is empty: give it a text, or leave the key out\n" },
        { "text: ''", "f.yaml:2:7: top.text: has 0 bytes (1 to 8)\n" },
        { "text: '123456789'", "f.yaml:2:7: top.text: has 9 bytes (1 to 8)\n" },
        { "text: \"a\\0b\"", "f.yaml:2:7: top.text: must not hold a NUL byte\n" },
        { "text: bad", "f.yaml:2:7: top.text: is bad\n" },
        { "path: ''", "f.yaml:2:7: top.path: is empty\n" },
        { "path: \"/a\\0b\"", "f.yaml:2:7: top.path: must not hold a NUL byte\n" },
        { "flag: maybe", "f.yaml:2:7: top.flag: expected yes or no, not 'maybe'\n" },
        { "flag: 'yes'", "f.yaml:2:7: top.flag: expected yes or no, not 'yes'\n" },
        { "flag: []", "f.yaml:2:7: top.flag: expected yes or no, not a list\n" },
        { "number: many", "f.yaml:2:9: top.number: expected a whole number, not 'many'\n" },
        { "number: '5'", "f.yaml:2:9: top.number: expected a whole number, not '5'\n" },
        { "number: 1.5", "f.yaml:2:9: top.number: expected a whole number, not '1.5'\n" },
        { "number: -11", "f.yaml:2:9: top.number: -11 is out of range (-10 to 100)\n" },
        { "number: 101", "f.yaml:2:9: top.number: 101 is out of range (-10 to 100)\n" },
        { "number: 99", "f.yaml:2:9: top.number: is 99\n" },
        { "number: 98", "f.yaml:1:1: top: has 98 in it\n" },
        { "size: 8MB", "f.yaml:2:7: top.size: expected a size such as 512K or 8M, not '8MB'\n" },
        { "size: 1023", "f.yaml:2:7: top.size: 1023 is out of range (1K to 1G)\n" },
        { "size: 2G", "f.yaml:2:7: top.size: 2G is out of range (1K to 1G)\n" },
        { "size: \"8M\\0\"", "f.yaml:2:7: top.size: must not hold a NUL byte\n" },
        { "span: 10", "f.yaml:2:7: top.span: expected a span such as 30s, 10m or 365d, or 'forever', not "
                      "'10'\n" },
        { "span: 0s", "f.yaml:2:7: top.span: 0s is out of range (1s to 365d)\n" },
        { "span: 366d", "f.yaml:2:7: top.span: 366d is out of range (1s to 365d)\n" },
        { "mode: 0888", "f.yaml:2:7: top.mode: expected an octal mode such as 0660, not '0888'\n" },
        { "mode: 01777", "f.yaml:2:7: top.mode: 01777 is out of range (0000 to 0777)\n" },
        { "cores: all", "f.yaml:2:8: top.cores: expected a whole number, or 'auto', not 'all'\n" },
        { "cores: 0", "f.yaml:2:8: top.cores: 0 is out of range (1 to 64)\n" },
        { "fraction: half", "f.yaml:2:11: top.fraction: expected a number, not 'half'\n" },
        { "fraction: 1.01", "f.yaml:2:11: top.fraction: 1.01 is out of range (0 to 1)\n" },
        { "colour: gren", "f.yaml:2:9: top.colour: expected one of red, green, blue, not 'gren' (did you mean "
                          "'green'?)\n" },
        { "colour: yellow", "f.yaml:2:9: top.colour: expected one of red, green, blue, not 'yellow'\n" },
        { "colour: [red]", "f.yaml:2:9: top.colour: expected one of red, green, blue, not a list\n" },
        { "bytes: '\\q'",
          "f.yaml:2:8: top.bytes: expected a text with the escapes \\n \\r \\t \\0 \\\\ \\xNN, not '\\q'\n" },
        { "bytes: abcde", "f.yaml:2:8: top.bytes: has 5 bytes (1 to 4)\n" },
        { "bytes: ''", "f.yaml:2:8: top.bytes: has 0 bytes (1 to 4)\n" },
        { "words: {a: b}", "f.yaml:2:8: top.words: expected a text or a list of texts, not a map\n" },
        { "words: []", "f.yaml:2:8: top.words: has 0 entries (1 to 3)\n" },
        { "words: [a, b, c, d]", "f.yaml:2:8: top.words: has 4 entries (1 to 3)\n" },
        { "words: [a, [b], {c: d}]",
          "f.yaml:2:12: top.words: expected a text or a list of texts, not a list\n"
          "f.yaml:2:17: top.words: expected a text or a list of texts, not a map\n" },
        { "words: [a, \"b\\0\"]", "f.yaml:2:12: top.words: must not hold a NUL byte\n" },
        { "files: [a, '']", "f.yaml:2:12: top.files: is empty\n" },
        { "inner: x", "f.yaml:2:8: top.inner: expected a map ('key: value' lines), not 'x'\n" },
        { "inner: [x]", "f.yaml:2:8: top.inner: expected a map ('key: value' lines), not a list\n" },
        { "inner: {wieght: 1}", "f.yaml:2:9: top.inner.wieght: unknown key (did you mean 'weight'?)\n" },
        { "inner: {weight: 10}", "f.yaml:2:17: top.inner.weight: 10 is out of range (1 to 9)\n" },
        { "list: x", "f.yaml:2:7: top.list: expected a list (lines that begin with '-'), not 'x'\n" },
        { "list: {name: x}", "f.yaml:2:7: top.list: expected a list (lines that begin with '-'), not a map\n" },
        { "list: [x]", "f.yaml:2:8: top.list[0]: expected a map ('key: value' lines), not 'x'\n" },
        { "list:\n- name: a\n- weight: 3\n", "f.yaml:4:3: top.list[1].name: is missing\n" },
        { "list:\n- name: a\n-\n", "f.yaml:4:2: top.list[1].name: is missing\n" },
        { "list:\n- nmae: a\n", "f.yaml:3:3: top.list[0].nmae: unknown key (did you mean 'name'?)\n" },
        { "list: [{name: a}, {name: a}, {name: a}, {name: a}]", "f.yaml:2:7: top.list: has 4 entries (0 to "
                                                                "3)\n" },
        { "of_left: x", "f.yaml:2:1: top.of_left: goes only with 'left'\n" },
        { "left: x\nof_left: y",
          "f.yaml:1:1: top.right: there is 'left' already; only one of left, right can be here\n" },
};

static void test_messages(void **state)
{
        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
                char text[256];
                struct filled f;

                snprintf(text, sizeof(text), "right: x\n%s\n", wrong[i].text);
                fill(&f, "f.yaml", text);
                assert_string_equal(f.messages, wrong[i].messages);
                assert_int_equal(f.r, YAML_E_BAD);
                assert_int_equal(f.all.checks, 1);
                done(&f);
        }
}

/* Without the line that the table above puts before. */
static void test_whole_section(void **state)
{
        static const struct {
                const char *text, *messages;
        } rows[] = {
                { "{}", "f.yaml:1:1: top: one of left, right is missing\n" },
                { "\n\nnumber: 3", "f.yaml:3:1: top: one of left, right is missing\n" },
                { "left: x", "f.yaml:1:1: top.of_left: is missing\n" },
                /* A misspelt key is told once: what it stands for does not count as missing too. */
                { "letf: x\nof_left: y", "f.yaml:1:1: top.letf: unknown key (did you mean 'left'?)\n" },
                { "[left]", "f.yaml:1:1: top: expected a map ('key: value' lines), not a list\n" },
                { "left", "f.yaml:1:1: top: expected a map ('key: value' lines), not 'left'\n" },
                { NULL, "f.yaml:1:1: top: one of left, right is missing\n" },
                /* All at once, in the order of their places. */
                { "zoo: 1\nlist:\n  - {weight: 0}\nright: y\nnumber: x\nflag: 1\n",
                  "f.yaml:1:1: top.zoo: unknown key\n"
                  "f.yaml:3:5: top.list[0].name: is missing\n"
                  "f.yaml:3:14: top.list[0].weight: 0 is out of range (1 to 9)\n"
                  "f.yaml:5:9: top.number: expected a whole number, not 'x'\n"
                  "f.yaml:6:7: top.flag: expected yes or no, not '1'\n" },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct filled f;

                fill(&f, "f.yaml", rows[i].text);
                assert_string_equal(f.messages, rows[i].messages);
                assert_int_equal(f.r, YAML_E_BAD);
                done(&f);
        }
}

static void test_empty_sections(void **state)
{
        struct filled f;

        (void)state;
        fill(&f, "f.yaml", "right: x\ninner:\nlist:\nnode:\n");
        assert_string_equal(f.messages, "");
        assert_int_equal(f.all.inner.weight, 7);
        assert_int_equal(f.all.list.n, 0);
        assert_null(f.all.node);
        done(&f);
}

static void test_wrong_value_leaves_default(void **state)
{
        struct filled f;

        (void)state;
        fill(&f, "f.yaml", "right: x\nnumber: no\ncolour: black\nbytes: abcdef\n");
        assert_int_equal(f.r, YAML_E_BAD);
        assert_int_equal(f.all.number, 5);
        assert_int_equal(f.all.colour, 1);
        assert_null(f.all.bytes);
        done(&f);
}

static void test_absolute(void **state)
{
        _cleanup_free_ char *here = getcwd(NULL, 0);
        struct arena arena = ARENA_NULL;
        struct schema_context context = { .arena = &arena };
        static const struct {
                const char *file, *path, *absolute;     /* `@` is the working directory */
        } rows[] = {
                { "/etc/d/f.yaml", "/x", "/x" },       { "/etc/d/f.yaml", "x", "/etc/d/x" },
                { "/f.yaml", "x/y", "/x/y" },          { "/etc/f.yaml", "./x", "/etc/x" },
                { "/etc/f.yaml", "../x", "/etc/../x" }, { "f.yaml", "x", "@/x" },
                { "sub/f.yaml", "x", "@/sub/x" },      { "./f.yaml", "././x", "@/./x" },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                const char *want = rows[i].absolute;

                if (*want == '@')
                        want = arena_printf(&arena, "%s%s", here, want + 1);
                context.path = rows[i].file;
                assert_string_equal(schema_absolute(&context, rows[i].path), want);
        }
        arena_deinit(&arena);
}

static void test_equal(void **state)
{
        static const char base[] = "right: x\ntext: a\nwords: [a, b]\nbytes: '\\0a'\nnode: {a: 1}\nlist: [{name: n}]\n";
        static const char *const other[] = {
                "text: b", "path: /y", "flag: no", "number: 6", "size: 9M", "span: 91s", "mode: 0600", "cores: 1",
                "fraction: 0.25", "colour: red", "bytes: '\\0b'", "bytes: '\\0ab'", "words: [a]", "words: [a, c]",
                "files: [/a]", "inner: {weight: 8}", "inner: {name: x}", "list: [{name: m}]", "list: []",
                "list: [{name: n}, {name: m}]", "node: {a: 2}", "node:", "text: ~",
        };
        struct filled a, b;

        (void)state;
        fill(&a, "f.yaml", base);
        fill(&b, "/other.yaml", "# elsewhere\nlist: [{name: n}]\nbytes: '\\x00a'\nwords: [a, b]\ntext: a\nnode: {a: "
                                "1}\n"
                                "right: x\nnumber: 5\n");
        assert_string_equal(b.messages, "");
        assert_true(equal_sections(&all_schema, &a.all, &b.all));
        done(&b);
        for (size_t i = 0; i < N_ELEMENTS(other); i++) {
                /* The key of the base that is set otherwise is left out of it. */
                size_t n = strcspn(other[i], ":") + 1;
                char text[512] = "";

                for (const char *line = base; *line != '\0'; line = strchr(line, '\n') + 1)
                        if (strncmp(line, other[i], n) != 0)
                                strncat(text, line, (size_t)(strchr(line, '\n') + 1 - line));
                if (strcmp(other[i], "text: ~") != 0)
                        strcat(text, other[i]);
                fill(&b, "f.yaml", text);
                assert_string_equal(b.messages, "");
                if (equal_sections(&all_schema, &a.all, &b.all) || equal_sections(&all_schema, &b.all, &a.all))
                        fail_msg("'%s' makes no difference", other[i]);
                done(&b);
        }
        done(&a);
}

static void test_nearest(void **state)
{
        static const char *const names[] = { "directory", "done", "listen" };

        (void)state;
        assert_string_equal(schema_nearest("directroy", names, 3), "directory");
        assert_string_equal(schema_nearest("don", names, 3), "done");
        assert_null(schema_nearest("webhook", names, 3));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_messages),
                cmocka_unit_test(test_whole_section),
                cmocka_unit_test(test_empty_sections),
                cmocka_unit_test(test_wrong_value_leaves_default),
                cmocka_unit_test(test_absolute),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
