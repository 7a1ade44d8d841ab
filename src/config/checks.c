/* See checks.h. */
#include "config/checks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/plover.h"
#include "config/value.h"

enum { SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

void checks_name(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char *name = *(const char **)field;

        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-")] != '\0')
                schema_error(context, node, key, "%s is no name here: use small letters, digits, '.', '_' and '-'",
                             yaml_show(context->arena, node));
}

void checks_command(const struct schema_context *context, const struct yaml_node *node, const char *key,
                          void *field)
{
        const struct schema_strings *command = field;
        const char *program = command->items[0];
        struct stat st;

        if (node->kind == YAML_LIST)
                node = node->items[0];
        if (*program != '/')
                schema_error(context, node, key, "the program must be an absolute path, not %s",
                             yaml_show(context->arena, node));
        else if (command->n == 1 && strchr(program, ' ') != NULL && access(program, F_OK) < 0)
                schema_error(context, node, key,
                             "write a program with arguments as a list: [/path/of/program, argument]");
        else if (stat(program, &st) < 0)
                schema_error(context, node, key, "%s: %s", program, strerror(errno));
        else if (!S_ISREG(st.st_mode) || access(program, X_OK) < 0)
                schema_error(context, node, key, "%s is not a program that can be run", program);
}

void checks_directory(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char **directory = field;
        size_t n = strlen(*directory);

        (void)node;
        (void)key;
        while (n > 1 && (*directory)[n - 1] == '/')
                n--;
        *directory = arena_strndup(context->arena, *directory, n);
}

void checks_socket_path(const struct schema_context *context, const struct yaml_node *node, const char *key,
                              void *field)
{
        size_t n = strlen(*(const char **)field);

        if (n > SOCKET_PATH_MAX)
                schema_error(context, node, key, "is too long for a Unix socket: %zu bytes (at most %d)", n,
                             SOCKET_PATH_MAX);
}

static bool is_port(const char *text)
{
        int64_t port;

        return text[strspn(text, "0123456789")] == '\0' && value_int(text, &port) && port >= 1 && port <= 65535;
}

/* "127.0.0.1:7901", "[::1]:7901", "localhost:7901" */
static bool is_tcp_address(const char *text)
{
        const char *colon = strrchr(text, ':');
        char host[INET6_ADDRSTRLEN + 2];
        unsigned char address[sizeof(struct in6_addr)];
        size_t n;

        if (colon == NULL || !is_port(colon + 1))
                return false;
        n = (size_t)(colon - text);
        if (n >= sizeof(host))
                return false;
        memcpy(host, text, n);
        host[n] = '\0';
        if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
                host[n - 1] = '\0';
                return inet_pton(AF_INET6, host + 1, address) == 1;
        }
        return strcmp(host, "localhost") == 0 || inet_pton(AF_INET, host, address) == 1;
}

void checks_address(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field)
{
        const char **listen = field;

        if (strchr(*listen, '/') != NULL) {
                *listen = schema_absolute(context, *listen);
                checks_socket_path(context, node, key, field);
        } else if (!is_tcp_address(*listen)) {
                schema_error(context, node, key,
                             "%s is no address: write /path/of/socket, 127.0.0.1:7901, [::1]:7901 or localhost:7901",
                             yaml_show(context->arena, node));
        }
}

/* The figures are for this machine alone: there is no password. */
void checks_loopback(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char **address = field;

        if (strchr(*address, '/') != NULL) {
                *address = schema_absolute(context, *address);
                checks_socket_path(context, node, key, field);
        } else if (!is_tcp_address(*address) ||
                   (strncmp(*address, "127.", 4) != 0 && strncmp(*address, "[::1]:", 6) != 0 &&
                    strncmp(*address, "localhost:", 10) != 0)) {
                schema_error(context, node, key,
                             "%s is no address here: write /path/of/socket, 127.0.0.1:9464 or [::1]:9464",
                             yaml_show(context->arena, node));
        }
}

/* A URL without user information, which would stand in logs and records. */
void checks_url(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char *url = *(const char **)field, *host;

        if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0) {
                schema_error(context, node, key, "%s is no address of a %s: write http://... or https://...",
                             yaml_show(context->arena, node), key);
                return;
        }
        host = strchr(url, ':') + 3;
        if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
                schema_error(context, node, key, "must not hold a password%s", strcmp(key, "feed") == 0 ?
                             ": write it into a file and name that in 'credentials'" : "");
        else if (strcspn(host, "/?#:") == 0 || url[strcspn(url, " \t\r\n\"<>\\^`{|}")] != '\0')
                schema_error(context, node, key, "%s is no address of a %s", yaml_show(context->arena, node), key);
}

void checks_header_lines(const struct schema_context *context, const struct yaml_node *node, const char *key,
                               void *field)
{
        static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
        const struct schema_strings *headers = field;

        for (size_t i = 0; i < headers->n; i++) {
                const char *line = headers->items[i];
                size_t n = strspn(line, token);

                if (n == 0 || line[n] != ':' || line[strcspn(line, "\r\n")] != '\0')
                        schema_error(context, node->kind == YAML_LIST ? node->items[i] : node, key,
                                     "a header is written as 'Name: value' on one line");
                else if (strncasecmp(line, "authorization:", 14) == 0)
                        schema_error(context, node->kind == YAML_LIST ? node->items[i] : node, key,
                                     "passwords and tokens go into a file: see 'credentials'");
        }
}

void checks_credentials(const struct schema_context *context, const struct yaml_node *node, const char *key,
                              void *field)
{
        const char *name = *(const char **)field;

        if (*name != '/' && (strchr(name, '/') != NULL || *name == '.'))
                schema_error(context, node, key, "%s is neither an absolute path nor the name of a systemd credential",
                             yaml_show(context->arena, node));
}

static void unknown(const struct schema_context *context, const struct yaml_node *node, const char *key,
                    const char *what,
                    const char *near)
{
        schema_error(context, node, key, "%s is %s%s%s%s", yaml_show(context->arena, node), what,
                     near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
}

void checks_type(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char *near;

        if (!plover_is_type(*(const char **)field, &near))
                unknown(context, node, key, "neither a PLOVER category nor the beginning of a CAMEO code", near);
}

void checks_country(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        if (!plover_is_country(*(const char **)field))
                schema_error(context, node, key, "%s is no country: three capitals, as in PRK",
                             yaml_show(context->arena, node));
}

void checks_status(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field)
{
        const char *near;

        if (!plover_is_status(*(const char **)field, &near))
                unknown(context, node, key, "no status", near);
}
