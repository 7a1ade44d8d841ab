/* `dateline code --explain`: why each event was coded, for people who grow the dictionaries. */
#pragma once

#include "modules/code/coding.h"

/* To standard output. */
void explain_print(const struct coding *coding);
