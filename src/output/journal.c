/*
 * The journal output: one message an event, with its fields, so that `journalctl -t datelined EVENT_TYPE=ASSAULT`
 * works. Without journald the sentence goes to standard error like any other message.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output/output.h"
#include "store/kind.h"

static bool is_journal(const struct config_output *row)
{
        return row->journal;
}

static const char *text_of(json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        return text != NULL ? text : "";
}

/* "PRKGOV" or "Kim Jong Un (PRKGOV), ...": the actors of one side. */
static void side(json_t *event, const char *name, char *out, size_t size)
{
        size_t i, used = 0;
        json_t *actor;

        out[0] = '\0';
        json_array_foreach(json_object_get(event, name), i, actor) {
                const char *code = text_of(actor, "code"), *words = text_of(actor, "name");
                int n = snprintf(out + used, size - used, "%s%s%s%s%s", i != 0 ? ", " : "", words,
                                 *words != '\0' ? " (" : "", code, *words != '\0' ? ")" : "");

                if (n < 0 || (size_t)n >= size - used)
                        break;
                used += (size_t)n;
        }
}

/* An alert's severity as the journal's. */
static int priority_of(const char *severity)
{
        static const char *const names[] = { "critical", "high", "medium", "low" };
        static const int priorities[] = { LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE };

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (strcmp(names[i], severity) == 0)
                        return priorities[i];
        return LOG_INFO;
}

static void log_alert(struct output *output, json_t *alert)
{
        const char *names[][2] = { { "ALERT_ID", "id" }, { "ALERT_RULE", "rule" }, { "ALERT_SEVERITY", "severity" },
                                   { "ALERT_CHANGE", "change" } };
        const char *change = text_of(alert, "change");
        struct log_about about = { .output = output->row->name };
        bool is_raised = strcmp(change, "raised") == 0;
        char fields[N_ELEMENTS(names)][160];

        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                snprintf(fields[i], sizeof(fields[i]), "%s=%s", names[i][0], text_of(alert, names[i][1]));
                about.fields[i] = fields[i];
        }
        log_message(output->host->log, is_raised ? priority_of(text_of(alert, "severity")) : LOG_NOTICE, LOG_RULE_ALERT,
                    &about, "alert %s (%s, %s) is %s%s%s: %s", text_of(alert, "id"), text_of(alert, "rule"),
                    text_of(alert, "severity"), change, is_raised ? "" : " by ",
                    is_raised                                ? ""
                    : strcmp(change, "acknowledged") == 0    ? text_of(alert, "acknowledged_by")
                    : *text_of(alert, "resolved_by") != '\0' ? text_of(alert, "resolved_by")
                                                             : "itself",
                    text_of(alert, "text"));
}

static int journal_deliver(struct output *output, struct stream_line *line)
{
        char source[256], target[256], who[128], fields[6][160];
        json_t *event = output_record(output, line);
        json_t *chain = json_object_get(event, "attribution");
        struct log_about about = { .output = output->row->name, .story = text_of(event, "story") };
        const char *names[][2] = { { "EVENT_ID", "id" }, { "EVENT_TYPE", "event" }, { "EVENT_STATUS", "status" } };
        size_t i;

        if (event == NULL)
                return 0;
        if ((line->kind & KINDS_ALERTS) != 0) {
                log_alert(output, event);
                return 0;
        }
        side(event, "source", source, sizeof(source));
        side(event, "target", target, sizeof(target));
        snprintf(who, sizeof(who), "%s", text_of(json_array_get(chain, 0), "name"));
        for (i = 0; i < N_ELEMENTS(names); i++) {
                snprintf(fields[i], sizeof(fields[i]), "%s=%s", names[i][0], text_of(event, names[i][1]));
                about.fields[i] = fields[i];
        }
        log_message(output->host->log, LOG_NOTICE, LOG_EVENT, &about, "%s%s%s: %s (%s)%s%s: %s",
                    *source != '\0' ? source : "somebody", *target != '\0' ? " -> " : "", target,
                    text_of(event, "event"), text_of(event, "status"), *who != '\0' ? ", says " : "", who,
                    text_of(json_object_get(event, "trigger"), "text"));
        return 0;
}

static unsigned journal_changes(const struct config_output *row _unused_)
{
        return KIND_SET(KIND_NEW);
}

const struct output_kind output_journal = {
        .name = "journal",
        .changes = journal_changes,
        .is = is_journal,
        .deliver = journal_deliver,
};
