/*
 * Alerting: has the store's writer try the rules of the configuration. The set in force belongs to the writer's thread;
 * a new one comes to it as a job, so that between two transactions all rules change at once. By the clock it has
 * absences looked at.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/log.h"
#include "config/config.h"
#include "desk/rules.h"
#include "output/stream.h"
#include "store/store.h"

struct alerting;

int alerting_new(struct alerting **out, struct log *log, struct store *store, struct stream *stream);

/* What jobs of the writer run the rules with; for the writer's thread only. */
struct rules_slot *alerting_slot(struct alerting *alerting);

/* From the next transaction on, the rules of this configuration. Takes a reference. */
void alerting_set(struct alerting *alerting, struct config *config);
/* To be called every second. */
void alerting_tick(struct alerting *alerting);

/* Once the store is closed. */
void alerting_free(struct alerting *alerting);
