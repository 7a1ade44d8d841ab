/* See sources.h. */
#include "control/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "control/client.h"

enum { SLICE_US = 1500 };

struct listing {
        struct buf text;                /* what is not handed over yet */
        size_t next;                    /* source */
};

static void forget(struct call *call)
{
        struct listing *l = call->state;

        call->state = NULL;
        call->wake = call->gone = NULL;
        buf_deinit(&l->text);
        free(l);
}

static void on_gone(struct call *call)
{
        forget(call);
        call_end(call);
}

/* Some more of them; the rest when the client has taken these. */
static void go_on(struct call *call)
{
        struct listing *l = call->state;
        int r = call->host->sources(call->host->user, &l->next, clock_monotonic_us() + SLICE_US, &l->text);
        bool last = r <= 0;
        struct buf text;

        if (r < 0 || (r == 0 && buf_append_string(&l->text, "]}") != 0))
                arena_out_of_memory();  /* a reply that was begun cannot become an error */
        text = l->text;
        l->text = BUF_NULL;
        if (last) {
                forget(call);
                (void)call_part(call, text.data, text.n, true);
        } else if (call_part(call, text.data, text.n, false)) {
                call_again(call);
        } else {
                on_gone(call);
        }
        buf_deinit(&text);
}

/* `head`: the other members, taken over; NULL: no memory. */
static void begin(struct call *call, json_t *head)
{
        struct listing *l = calloc(1, sizeof(*l));
        char *text = head != NULL ? json_dumps(head, JSON_COMPACT) : NULL;
        int r = l == NULL || text == NULL ? -ENOMEM : buf_append(&l->text, text, strlen(text) - 1);

        if (r == 0)
                r = buf_append_string(&l->text, json_object_size(head) > 0 ? ",\"sources\":[" : "\"sources\":[");
        free(text);
        json_decref(head);
        if (r != 0) {
                if (l != NULL)
                        buf_deinit(&l->text);
                free(l);
                call_failed_errno(call, -ENOMEM);
                return;
        }
        call->state = l;
        call->wake = go_on;
        call->gone = on_gone;
        go_on(call);
}

void sources_list(struct call *call)
{
        begin(call, json_object());
}

void sources_status(struct call *call)
{
        const struct clients *all = call->all;
        json_t *status = call->host->status(call->host->user);
        json_t *own = json_pack("{s:I, s:I, s:I}", "connections", (json_int_t)all->n, "followers",
                                (json_int_t)all->n_followers, "refused", (json_int_t)all->refused);

        if (status == NULL || json_object_set_new(status, "control", own) < 0 ||
            json_object_set_new(status, "log_level", json_string(log_level_name(log_get_level(call->host->log)))) < 0) {
                json_decref(status);
                status = NULL;
        }
        begin(call, status);
}
