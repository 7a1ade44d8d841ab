/* The methods: one row each. */
#pragma once

#include "control/call.h"
#include "control/varlink.h"

enum method_flags {
        METHOD_CHANGES = 1,             /* root, the daemon's user or the admin group only */
};

struct method {
        const char *name;               /* fully qualified */
        const struct varlink_parameter *parameters;
        enum method_flags flags;
        /* On the loop; ends in exactly one final reply or error, now or later. */
        void (*handle)(struct call *call);
        /* Before it, perhaps on another thread: touches nothing but the call (message, bytes). The name of a
         * parameter that is wrong, or NULL. May be NULL. */
        const char *(*prepare)(struct call *call);
};

/* Ended by a row without a name. */
extern const struct method method_rows[];

/* NULL where there is none. */
const struct method *method_find(const char *name);
/* Whether there is an interface of this name (n bytes). */
bool method_has_interface(const char *name, size_t n);
