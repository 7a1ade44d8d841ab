/* Events, and alerts: what is stored, in batches, and then, for those who follow, what is committed from now on. */
#pragma once

#include "control/call.h"

void events_handle(struct call *call);
void events_handle_alerts(struct call *call);
