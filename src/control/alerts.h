/* Alerts one by one, and the rules that raise them. */
#pragma once

#include "control/call.h"

void alerts_handle_show(struct call *call);
void alerts_handle_acknowledge(struct call *call);
void alerts_handle_resolve(struct call *call);
void alerts_handle_rules(struct call *call);
void alerts_handle_test(struct call *call);
