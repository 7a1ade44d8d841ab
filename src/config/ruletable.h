/* The tables of a file of alert rules: what stands in it, and the checks that no row can say alone. */
#pragma once

#include "config/rule.h"

struct ruletable_file {
        struct schema_list rules;       /* of struct rule */
};

extern const struct schema ruletable_file, ruletable_rule, ruletable_condition;
