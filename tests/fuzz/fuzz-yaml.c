/*
 * libFuzzer target: any bytes as YAML, then as a configuration. Beside the sanitizers it holds the promises of yaml.h:
 * a text is refused with a reason or gives a whole tree, each node at a place that the text has.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

static size_t check_tree(const struct yaml_node *node, unsigned lines, unsigned depth)
{
        size_t nodes = 1;

        require(depth <= YAML_DEPTH_MAX);
        require(node->line >= 1 && node->line <= lines && node->column >= 1);
        switch (node->kind) {
        case YAML_SCALAR:
                require(node->text[node->n_text] == '\0');
                break;
        case YAML_LIST:
                for (size_t i = 0; i < node->n; i++)
                        nodes += check_tree(node->items[i], lines, depth + 1);
                break;
        case YAML_MAP:
                for (size_t i = 0; i < node->n; i++) {
                        require(node->pairs[i].key->kind == YAML_SCALAR);
                        nodes += check_tree(node->pairs[i].key, lines, depth + 1);
                        nodes += check_tree(node->pairs[i].value, lines, depth + 1);
                        require(yaml_get(node, node->pairs[i].key->text) == node->pairs[i].value);
                }
                break;
        default:
                abort();
        }
        return nodes;
}

/* Lines as YAML 1.1 counts them: besides \n and \r there are U+0085, U+2028 and U+2029. */
static unsigned count_lines(const char *text, size_t n)
{
        unsigned lines = 1;

        for (size_t i = 0; i < n; i++) {
                lines += text[i] == '\n' || text[i] == '\r';
                lines += i + 1 < n && memcmp(text + i, "\xC2\x85", 2) == 0;
                lines += i + 2 < n && (memcmp(text + i, "\xE2\x80\xA8", 3) == 0 || memcmp(text + i, "\xE2\x80\xA9",
                                                                                                    3) == 0);
        }
        return lines + 1;
}

static void check_yaml(const char *text, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct yaml_node *root;
        int r;

        yaml_errors_init(&errors, &arena);
        r = yaml_parse(&arena, "fuzz.yaml", text, n, &root, &errors);
        require(r == 0 || r == YAML_E_BAD);
        require((r == 0) == (errors.n == 0) && (r != 0 || root != NULL));
        if (root != NULL) {     /* double keys leave a whole tree, too */
                require(check_tree(root, count_lines(text, n), 0) <= 2 * n + 2);
                require(yaml_equal(root, root));
        }
        arena_deinit(&arena);
}

static void check_config(const char *text, size_t n)
{
        struct config *config = NULL;
        char *errors = NULL;
        int r = config_parse("fuzz.yaml", text, n, &config, &errors);

        require(r == 0 || r == CONFIG_E_BAD);
        require((r == 0) == (config != NULL) && (r == 0) == (errors == NULL));
        require(r == 0 || strncmp(errors, "fuzz.yaml:", 10) == 0);
        for (size_t i = 0; config != NULL && i < config->n_watch; i++)
                require(config_watch_equal(&config->watch[i], &config->watch[i]) && config->watch[i].name != NULL);
        config_unref(config);
        free(errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        check_yaml((const char *)data, n);
        check_config((const char *)data, n);
        return 0;
}
