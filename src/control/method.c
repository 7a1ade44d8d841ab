/* See method.h. */
#include "control/method.h"

#include <string.h>

#include "control/alerts.h"
#include "control/ask.h"
#include "control/criteria.h"
#include "control/describe.h"
#include "control/digest.h"
#include "control/events.h"
#include "control/mentions.h"
#include "control/orders.h"
#include "control/sources.h"
#include "control/submit.h"
#include "config/rule.h"
#include "store/alerts.h"
#include "store/digest.h"

#define CONTROL "io.dateline.Control."
#define SERVICE "org.varlink.service."

enum { ID_MAX = 64, KEY_MAX = 128, NAME_MAX_ = 255, WORDS_MAX = 4096 };

static const struct varlink_parameter nothing[] = { { 0 } };
static const struct varlink_parameter interface[] = { { "interface", VARLINK_STRING, .required = true }, { 0 } };
static const struct varlink_parameter id[] = {
        { "id", VARLINK_STRING, .required = true, .min = 1, .max = ID_MAX },
        { 0 },
};
static const struct varlink_parameter name[] = {
        { "name", VARLINK_STRING, .required = true, .min = 1, .max = NAME_MAX_ },
        { 0 },
};
static const struct varlink_parameter test_source[] = {
        { "name", VARLINK_STRING, .min = 1, .max = NAME_MAX_ },
        { "url", VARLINK_STRING, .min = 1, .max = WORDS_MAX },
        { "allow_private", VARLINK_BOOL, .required = false },
        { 0 },
};
static const struct varlink_parameter level[] = { { "level", VARLINK_STRING, .required = true }, { 0 } };
static const struct varlink_parameter list[] = { { "limit", VARLINK_INT, .min = 1, .max = ASK_LIMIT_MAX }, { 0 } };
static const struct varlink_parameter search[] = {
        { "words", VARLINK_STRING, .required = true, .min = 1, .max = WORDS_MAX },
        { "limit", VARLINK_INT, .min = 1, .max = ASK_LIMIT_MAX },
        { 0 },
};
static const struct varlink_parameter submit[] = {
        { "name", VARLINK_STRING, .min = 0, .max = NAME_MAX_ },
        { "format", VARLINK_STRING, .min = 1, .max = NAME_MAX_ },
        { "encoding", VARLINK_STRING, .min = 1, .max = NAME_MAX_ },
        { "key", VARLINK_STRING, .min = 1, .max = KEY_MAX },
        { "text", VARLINK_BYTES, .required = false },
        { "base64", VARLINK_STRING, .required = false },
        { 0 },
};
static const struct varlink_parameter key[] = {
        { "key", VARLINK_STRING, .required = true, .min = 1, .max = KEY_MAX },
        { 0 },
};
static const struct varlink_parameter events[] = {
        CRITERIA_PARAMETERS,
        { "after", VARLINK_INT, .min = 0, .max = INT64_MAX },
        { "before", VARLINK_INT, .min = 1, .max = INT64_MAX },
        { "withdrawn", VARLINK_BOOL, .required = false },
        { "change", VARLINK_STRING, .required = false },
        { "limit", VARLINK_INT, .min = 0, .max = INT64_MAX },
        { "newest", VARLINK_BOOL, .required = false },
        { "follow", VARLINK_BOOL, .required = false },
        { 0 },
};
static const struct varlink_parameter timeline[] = {
        CRITERIA_PARAMETERS,
        { "directed", VARLINK_BOOL, .required = false },
        { "by", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { "seconds", VARLINK_INT, .min = 1, .max = 60 },
        { 0 },
};
static const struct varlink_parameter pairs[] = {
        CRITERIA_PARAMETERS,
        { "limit", VARLINK_INT, .min = 1, .max = DIGEST_PAIRS_MAX },
        { "bins", VARLINK_INT, .min = 1, .max = DIGEST_SERIES_MAX },
        { "seconds", VARLINK_INT, .min = 1, .max = 60 },
        { 0 },
};
static const struct varlink_parameter mentions[] = {
        { "number", VARLINK_INT, .required = true, .min = 1, .max = INT64_MAX },
        { "skip", VARLINK_INT, .min = 0, .max = INT64_MAX },
        { "limit", VARLINK_INT, .min = 1, .max = ASK_LIMIT_MAX },
        { 0 },
};
static const struct varlink_parameter alerts[] = {
        { "rule", VARLINK_STRING, .min = 1, .max = NAME_MAX_ },
        { "key", VARLINK_STRING, .min = 0, .max = NAME_MAX_ },
        { "severity", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { "state", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { "since", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { "until", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { "after", VARLINK_INT, .min = 0, .max = INT64_MAX },
        { "limit", VARLINK_INT, .min = 0, .max = INT64_MAX },
        { "newest", VARLINK_BOOL, .required = false },
        { "follow", VARLINK_BOOL, .required = false },
        { 0 },
};
static const struct varlink_parameter alert_order[] = {
        { "id", VARLINK_STRING, .required = true, .min = 1, .max = ID_MAX },
        { "note", VARLINK_STRING, .min = 1, .max = ALERTS_NOTE_MAX },
        { "by", VARLINK_STRING, .min = 1, .max = ALERTS_BY_MAX },
        { 0 },
};
static const struct varlink_parameter test_rules[] = {
        { "name", VARLINK_STRING, .min = 1, .max = WORDS_MAX },
        { "text", VARLINK_STRING, .required = true, .min = 0, .max = RULE_FILE_MAX },
        { "since", VARLINK_STRING, .min = 1, .max = ID_MAX },
        { 0 },
};

const struct method method_rows[] = {
        { SERVICE "GetInfo", nothing, 0, describe_info, NULL },
        { SERVICE "GetInterfaceDescription", interface, 0, describe_interface, NULL },
        { CONTROL "Status", nothing, 0, sources_status, NULL },
        { CONTROL "Events", events, 0, events_handle, NULL },
        { CONTROL "Event", id, 0, ask_event, NULL },
        { CONTROL "Mentions", mentions, 0, mentions_handle, NULL },
        { CONTROL "Story", id, 0, ask_story, NULL },
        { CONTROL "Timeline", timeline, 0, digest_handle_timeline, NULL },
        { CONTROL "Pairs", pairs, 0, digest_handle_pairs, NULL },
        { CONTROL "Alerts", alerts, 0, events_handle_alerts, NULL },
        { CONTROL "Alert", id, 0, alerts_handle_show, NULL },
        { CONTROL "AcknowledgeAlert", alert_order, METHOD_CHANGES, alerts_handle_acknowledge, NULL },
        { CONTROL "ResolveAlert", alert_order, METHOD_CHANGES, alerts_handle_resolve, NULL },
        { CONTROL "Rules", nothing, 0, alerts_handle_rules, NULL },
        { CONTROL "TestRules", test_rules, METHOD_CHANGES, alerts_handle_test, NULL },
        { CONTROL "Search", search, 0, ask_search, NULL },
        { CONTROL "Submit", submit, METHOD_CHANGES, submit_handle, submit_prepare },
        { CONTROL "Submitted", key, 0, ask_submitted, NULL },
        { CONTROL "Sources", nothing, 0, sources_list, NULL },
        { CONTROL "TestSource", test_source, METHOD_CHANGES, orders_test_source, NULL },
        { CONTROL "Pause", name, METHOD_CHANGES, orders_pause, NULL },
        { CONTROL "Resume", name, METHOD_CHANGES, orders_resume, NULL },
        { CONTROL "QuarantineList", list, 0, ask_quarantine_list, NULL },
        { CONTROL "QuarantineShow", id, 0, ask_quarantine_show, NULL },
        { CONTROL "QuarantineRetry", id, METHOD_CHANGES, ask_quarantine_retry, NULL },
        { CONTROL "QuarantineDrop", id, METHOD_CHANGES, ask_quarantine_drop, NULL },
        { CONTROL "Reload", nothing, METHOD_CHANGES, orders_reload, NULL },
        { CONTROL "GetLogLevel", nothing, 0, orders_get_log_level, NULL },
        { CONTROL "SetLogLevel", level, METHOD_CHANGES, orders_set_log_level, NULL },
        { 0 },
};

const struct method *method_find(const char *method)
{
        for (const struct method *row = method_rows; row->name != NULL; row++)
                if (strcmp(row->name, method) == 0)
                        return row;
        return NULL;
}

bool method_has_interface(const char *interface_name, size_t n)
{
        return (n == strlen(CONTROL) - 1 && memcmp(interface_name, CONTROL, n) == 0) ||
               (n == strlen(SERVICE) - 1 && memcmp(interface_name, SERVICE, n) == 0);
}
