/* The methods that the daemon itself answers: its figures, its sources, its configuration, its log level. */
#pragma once

#include "control/call.h"

void orders_test_source(struct call *call);
void orders_pause(struct call *call);
void orders_resume(struct call *call);
void orders_reload(struct call *call);
void orders_get_log_level(struct call *call);
void orders_set_log_level(struct call *call);
