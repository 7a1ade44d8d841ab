/* See job.h. */
#include "work/job.h"

#include <stdio.h>

void job_place(const struct work_job *job, char *out, size_t size)
{
        const char *name = job != NULL ? job->name : NULL;
        char what[48] = "it";

        *out = '\0';
        if (job == NULL || (job->about.story == NULL && job->about.delivery == 0))
                return;
        if (job->about.story == NULL)
                snprintf(what, sizeof(what), "delivery %lld", (long long)job->about.delivery);
        snprintf(out, size, " at %s%s%s%s", what, name != NULL ? " ('" : "", name != NULL ? name : "", name != NULL ? "')" : "");
}
