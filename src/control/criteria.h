/* Which events a call asks for: the parameters that Events, Timeline and Pairs share, and the answer to how far it was
 * looked. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "control/varlink.h"
#include "store/query.h"

enum { CRITERIA_TEXT_MAX = 255, CRITERIA_ID_MAX = 64 };

#define CRITERIA_TEXT(name) { name, VARLINK_STRING, .min = 1, .max = CRITERIA_TEXT_MAX }
#define CRITERIA_ID(name) { name, VARLINK_STRING, .min = 1, .max = CRITERIA_ID_MAX }

/* Rows of a method's parameters. */
#define CRITERIA_PARAMETERS \
        CRITERIA_TEXT("source"), CRITERIA_TEXT("target"), CRITERIA_TEXT("actor"), CRITERIA_TEXT("other"), \
                CRITERIA_TEXT("type"), \
        CRITERIA_TEXT("status"), CRITERIA_TEXT("watch"), CRITERIA_ID("story"), \
                { "quad", VARLINK_INT, .min = 0, .max = 4 }, \
        CRITERIA_ID("country"), CRITERIA_TEXT("place"), CRITERIA_TEXT("origin"), \
                { "min_origins", VARLINK_INT, .min = 0, .max = 1000000 }, \
        { "min_reports", VARLINK_INT, .min = 0, .max = 1000000 }, CRITERIA_TEXT("publisher"), CRITERIA_TEXT("rule"), \
        CRITERIA_ID("since"), CRITERIA_ID("until"), CRITERIA_ID("from"), CRITERIA_ID("to")

/* Checked parameters into a filter, whose texts live in them. The name of one that is wrong, or NULL. */
const char *criteria_read(json_t *parameters, struct query_filter *filter);
/* ,"cut":{...} behind the members of an object; nothing where all was looked at. 0, or as of buf_append(). */
int criteria_append_cut(struct buf *out, const struct query_reach *reach);
/* The same as a value; NULL where all was looked at. */
json_t *criteria_cut(const struct query_reach *reach);
