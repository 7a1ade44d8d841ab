/* Events counted: Timeline, Pairs. */
#pragma once

#include "control/call.h"

void digest_handle_timeline(struct call *call);
void digest_handle_pairs(struct call *call);
