/*
 * Status and Sources. There may be ten thousand sources: their objects are made some at a time, for a millisecond or
 * two of a turn of the loop, and go to the client as they are made.
 */
#pragma once

#include "control/call.h"

void sources_status(struct call *call);
void sources_list(struct call *call);
