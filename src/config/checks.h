/*
 * Checks for rows of schema tables (schema_item.check): the form of a name, a program, an address, which the type does
 * not say. Each tells what is wrong with schema_error().
 */
#pragma once

#include "config/schema.h"

/* STRING: small letters, digits, '.', '_', '-'. */
void checks_name(const struct schema_context *context, const struct yaml_node *node, const char *key,
                 void *field);
/* STRINGS: a program, absolute, there and executable, and its arguments. */
void checks_command(const struct schema_context *context, const struct yaml_node *node, const char *key,
                    void *field);
/* PATH: "inbox/" and "inbox" are one directory; it becomes the shorter one. */
void checks_directory(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field);
/* STRING, PATH: short enough for a Unix socket. */
void checks_socket_path(const struct schema_context *context, const struct yaml_node *node, const char *key,
                        void *field);
/* STRING: the path of a Unix socket, which is made absolute, or HOST:PORT. */
void checks_address(const struct schema_context *context, const struct yaml_node *node, const char *key,
                    void *field);
/* The same, but HOST must be this machine's own: what listens there asks for no password. */
void checks_loopback(const struct schema_context *context, const struct yaml_node *node, const char *key,
                     void *field);
/* STRING: an http or https address without user information, which would stand in logs and records. */
void checks_url(const struct schema_context *context, const struct yaml_node *node, const char *key,
                void *field);
/* STRINGS: 'Name: value', and no password. */
void checks_header_lines(const struct schema_context *context, const struct yaml_node *node, const char *key,
                         void *field);
/* STRING: what plover_is_type() takes. */
void checks_type(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field);
/* STRING: a country's three capitals. */
void checks_country(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field);
/* STRING: a status of events. */
void checks_status(const struct schema_context *context, const struct yaml_node *node, const char *key, void *field);
/* STRING: the absolute path of a file, or the name of a systemd credential. */
void checks_credentials(const struct schema_context *context, const struct yaml_node *node, const char *key,
                        void *field);
