/* The methods that the store answers: each is one job on one of its threads, which also makes the reply's text, so
 * that a large answer does not hold up the loop. */
#pragma once

#include "control/call.h"

enum { ASK_LIMIT_MAX = 1000 };
#define ASK_SLOW "the question takes too long: ask for less (a shorter time, a longer name)"

void ask_event(struct call *call);
void ask_story(struct call *call);
void ask_search(struct call *call);
void ask_submitted(struct call *call);
void ask_quarantine_list(struct call *call);
void ask_quarantine_show(struct call *call);
void ask_quarantine_retry(struct call *call);
void ask_quarantine_drop(struct call *call);
