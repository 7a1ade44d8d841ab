/* Mentions: what a row for each report of an event wants, of all its reports. */
#pragma once

#include "control/call.h"

void mentions_handle(struct call *call);
