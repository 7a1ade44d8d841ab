/* The list work.modules: its form and its order. What a module's settings are is for the module's own schema, in the
 * worker; only exec is known here, since the daemon runs it. */
#pragma once

#include "config/config.h"

/* The settings of `exec` and of `load`, for the manual. */
extern const struct schema modules_exec, modules_load;

/* The entries of `list` (NULL: decode, read, code), in context->arena. context->where is that of `work`. 0 or
 * YAML_E_BAD. */
int modules_fill(const struct schema_context *context, const struct yaml_node *list, struct config_module **out,
                 size_t *n);
