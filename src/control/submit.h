/* Submit: a delivery by a client's hand. */
#pragma once

#include "control/call.h"

/* Decode the bytes; may run on another thread. */
const char *submit_prepare(struct call *call);
void submit_handle(struct call *call);
