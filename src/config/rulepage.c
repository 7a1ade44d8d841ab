/* See rulepage.h. */
#include "config/rulepage.h"

#include "base/error.h"
#include "config/mdoc.h"
#include "config/ruletable.h"

static const char head[] =
        ".\\\" Made from the tables of src/config/ruletable.c and template.c: change it there.\n"
        ".Dd November 24, 2026\n"
        ".Dt DATELINE-RULES 5\n"
        ".Os dateline\n"
        ".Sh NAME\n"
        ".Nm dateline-rules\n"
        ".Nd rules that raise alerts\n"
        ".Sh DESCRIPTION\n"
        "The setting\n"
        ".Ic rules\n"
        "of\n"
        ".Xr dateline.yaml 5\n"
        "names a folder.\n"
        "Every file in it whose name ends in .yaml holds rules: conditions on "
        "events, and what to say when they are met.\n"
        "The files are checked together with the configuration, by\n"
        ".Ql datelined --check-config ,\n"
        "at every start and at every reload, all or nothing; what is wrong is told with file, line and column.\n"
        ".Bd -literal -offset indent\n"
        "rules:\n"
        "  - name: korea-conflict\n"
        "    severity: high\n"
        "    when:\n"
        "      pair: [PRK, KOR]\n"
        "      quad: material conflict\n"
        "      status: [happened, ongoing]\n"
        "    rate: {count: 5, in: 24h}\n"
        "    group: pair\n"
        "    hold_off: 6h\n"
        "    text: \"{count} acts between {key} in {window}, the last: {source} {words} {target}\"\n"
        ".Ed\n"
        ".Pp\n"
        "A rule is tried where an event is committed, in the same transaction, when it is new and each time that it\n"
        "changes; an event meets a rule once.\n"
        "An alert is\n"
        ".Em raised ;\n"
        "a person can say that he has seen it, then it is\n"
        ".Em acknowledged ;\n"
        "and it is\n"
        ".Em resolved\n"
        "by a person, or by itself: when so many of its events were "
        "withdrawn, or do not meet the rule any more, that the\n"
        "rest would not have raised it, or when something has come whose absence it told.\n"
        "Alerts are kept over a restart, and so is what is counted.\n"
        "A new rule that counts looks at the stored events first; until that "
        "is done, it raises nothing by comparison with\n"
        "the usual.\n"
        ".Pp\n"
        ".Ql datelinectl rules test FILE --since 30d\n"
        "tries the rules of a file on what is stored, and shows what they would have raised.\n"
        ".Sh RULES\n";

static const char conditions_head[] =
        ".Sh TEXTS\n"
        "What an alert says is made from the rule's text.\n"
        "A field in braces is replaced by its value, or by nothing where there is none; two braces stand for one.\n"
        "Some fields have a value only in rules with\n"
        ".Ic rate\n"
        "or\n"
        ".Ic absence .\n"
        ".Bl -tag -width Ds\n";

static const char tail[] =
        ".El\n"
        ".Sh ALERTS\n"
        "An alert is a JSON object in\n"
        ".Ql datelinectl alerts --json ,\n"
        "on the control socket and for outputs with\n"
        ".Ql only: alerts ,\n"
        "which get one for each change:\n"
        ".Bl -tag -width acknowledged\n"
        ".It Li seq , change , revision\n"
        "The place of the change among all that outputs are told, what it was\n"
        ".Pq raised, acknowledged, resolved ,\n"
        "and its number for this alert: the id with it is the key by which a receiver knows what it has got already.\n"
        ".It Li id , rule , key , severity , state , text\n"
        "Its name\n"
        ".Pq Ql a12 ,\n"
        "the rule, the group where the rule has one, and what it says.\n"
        ".It Li raised , last , count , events\n"
        "When it was raised and last met, how many events met it, and the ids "
        "of the last of those that stand behind it.\n"
        ".It Li acknowledged , acknowledged_by , note\n"
        "When, by whom, with which words.\n"
        ".It Li resolved , resolved_by , reason\n"
        "The same; without\n"
        ".Li resolved_by\n"
        "it resolved itself.\n"
        ".El\n"
        ".Pp\n"
        "What is met again within the hold-off is counted and tells nobody.\n"
        "An alert is forgotten with the stories of its time, see\n"
        ".Ic store.keep .\n"
        ".Sh FILES\n"
        ".Bl -tag -width Ds\n"
        ".It Pa " SYSCONFDIR "/dateline/rules.d/\n"
        "Where rules usually are.\n"
        ".El\n"
        ".Sh SEE ALSO\n"
        ".Xr datelinectl 1 ,\n"
        ".Xr dateline-events 5 ,\n"
        ".Xr dateline.yaml 5 ,\n"
        ".Xr datelined 8\n";

int rulepage_print(struct buf *out)
{
        int r = buf_append_string(out, head);

        if (r == 0)
                r = mdoc_print_schema(out, &ruletable_rule);
        if (r == 0)
                r = buf_append_string(out, conditions_head);
        for (size_t i = 0; r == 0 && i < TEMPLATE_FIELDS; i++) {
                const struct template_row *row = &template_rows[i];

                r = buf_printf(out, ".It Ic %s%s\n%s\n", row->name,
                               row->kinds == TEMPLATE_RATE                                    ? " Pq rate" :
                               row->kinds == TEMPLATE_ABSENCE                                 ? " Pq absence" :
                               row->kinds == (TEMPLATE_RATE | TEMPLATE_ABSENCE)               ? " Pq rate, absence" :
                               (row->kinds & TEMPLATE_ABSENCE) == 0                           ? " Pq events" :
                                                                                                "",
                               row->help);
        }
        if (r == 0)
                r = buf_append_string(out, tail);
        return error_trace(r);
}
