/* See job.h. */
#include "work/job.h"

#include <stdio.h>

#include "base/arena.h"
#include "store/deliveries.h"
#include "work/crew.h"

char *job_head(const struct waiting *w, const struct crew_step *step, bool first, size_t *n)
{
        static const struct crew_step decode = { 0 };
        char *head = NULL;
        int size;

        if (step == NULL)
                step = &decode;
        if (first && w->n_head > 2)
                size = asprintf(&head, "{\"segment\":%zu,\"whole\":%s,%.*s", step->segment,
                                step->whole ? "true" : "false", (int)w->n_head - 1, w->head + 1);
        else
                size = asprintf(&head, "{\"kind\":\"document\",\"id\":\"%lld.%lld\",\"segment\":%zu,\"whole\":%s}",
                                (long long)w->delivery, (long long)w->number, step->segment,
                                step->whole ? "true" : "false");
        if (size < 0)
                arena_out_of_memory();
        *n = (size_t)size;
        return head;
}

void job_name(struct work_job *job, const struct waiting *w, char *id, size_t size)
{
        snprintf(id, size, "%lld.%lld", (long long)w->delivery, (long long)w->number);
        job->about =
                (struct log_about){ .source = w->source, .story = w->is_story ? id : NULL, .delivery = w->delivery };
        job->name = w->name;
}

void job_place(const struct work_job *job, char *out, size_t size)
{
        const char *name = job != NULL ? job->name : NULL;
        char what[48] = "it";

        *out = '\0';
        if (job == NULL || (job->about.story == NULL && job->about.delivery == 0))
                return;
        if (job->about.story == NULL)
                snprintf(what, sizeof(what), "delivery %lld", (long long)job->about.delivery);
        snprintf(out, size, " at %s%s%s%s", what, name != NULL ? " ('" : "", name != NULL ? name : "",
                 name != NULL ? "')" : "");
}
