/* org.varlink.service: what the service says of itself. */
#pragma once

#include "control/call.h"

void describe_info(struct call *call);
void describe_interface(struct call *call);

/* The interface files, embedded at build time (descriptions.c is made from them). */
extern const char describe_service_text[], describe_control_text[];
