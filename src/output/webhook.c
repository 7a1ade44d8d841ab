/*
 * The webhook output: events are POSTed to a receiver, signed, one request at a time, in their order.
 *
 *      gathering --full, or nothing more--> signing (pool) --> asking --2xx--> safe: the cursor follows, gathering
 *                                                          |
 *                                    all else: back-off, the same events come again and are cut to the same message
 *
 * A message holds what waited, up to `batch` events: a lone event goes at once, and after an outage few requests bring
 * what was missed. Its webhook-id is made of its first event's key and how many follow, so a message that is tried
 * again has the same. A crash may cut the events anew: then an event's own key, (id, revision), tells that it came
 * before.
 *
 * What an answer means: 2xx is taken. 413 and 422 are about this message: it is tried in smaller pieces, and an event
 * that is refused alone is given up, with a line in the log and a count in the status; but where REFUSED_MAX are
 * refused and none is taken between, the receiver is wrong and not the events, and it is waited for like after any
 * other trouble. Every other answer, and none, is about the receiver: it is tried again for ever, less and less often,
 * no sooner than its Retry-After says, after "gone" (410) once an hour.
 *
 * The secret is read for each message on libuv's pool, used there and overwritten: it stands in memory only for that
 * moment, and a new one counts from the next message on.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/credentials.h"
#include "http/http.h"
#include "output/output.h"
#include "output/sign.h"

enum {
        BODY_BYTES = 256 << 10,         /* from which a message is full, however few events it holds */
        ANSWER_BYTES = 64 << 10,        /* of an answer that are looked at, which is more than enough */
        REFUSED_MAX = 10,
        GONE_WAIT_S = 3600,
        ID_MAX = 128,
        FIXED_HEADERS = 4,
};

struct webhook {
        struct output *output;
        struct buf body;
        size_t n;                       /* events in it */
        int64_t seq;                    /* of the last of them */
        char first[64];                 /* key of the first one */
        size_t most;                    /* events that the message may hold */
        unsigned refused;               /* given up since the last one that was taken */

        uv_work_t signing, looking;
        bool is_signing, is_looking, is_asking, stopping;
        bool blind;                     /* the secret could not be read when that was tried last */
        char id[ID_MAX];
        int64_t timestamp;
        char signature[SIGN_MAX];
        char *error, *look_error;       /* of signing; of the look at the secret */

        struct http_request request;
        char texts[FIXED_HEADERS][ID_MAX + 32];
        const char **headers;           /* of every request: `texts`, then those of the configuration */
};

static struct webhook *webhook_of(const struct output *output)
{
        return output->state;
}

static void forget(struct webhook *w)
{
        buf_clear(&w->body);
        w->n = 0;
}

static void try_stop(struct webhook *w)
{
        if (w->stopping && !w->is_signing && !w->is_looking && !w->is_asking)
                output_stopped(w->output);
}

/* ---- what became of it ---- */

static size_t batch(const struct webhook *w)
{
        return (size_t)w->output->row->batch;
}

static void taken(struct webhook *w)
{
        w->most = MIN_OF(2 * w->most, batch(w));
        forget(w);
        output_safe(w->output, w->seq, true);
        output_go_on(w->output);
}

/* The same events come again. `wait`: us, the least time until then. */
static void again(struct webhook *w, int64_t wait)
{
        w->most = MAX_OF(w->n, (size_t)1);
        forget(w);
        w->output->wait = wait;
        output_failed(w->output);
}

static void give_up(struct webhook *w, int status)
{
        w->refused++;
        w->output->given_up++;
        log_message(
                w->output->host->log, LOG_ERR, LOG_OUTPUT_REFUSED,
                &(struct log_about){ .output = w->output->row->name },
                "output %s: the receiver refuses event %s with status %d, and will not get it; see 'datelinectl event'",
                w->output->row->name, w->first, status);
        taken(w);
}

static void refused(struct webhook *w, int status)
{
        if (w->n > 1) {
                output_trouble(w->output,
                               "the receiver refuses messages with status %d; they are tried in smaller pieces",
                               status);
                w->n /= 2;
                w->output->failures = 0;        /* it is there and answers */
                again(w, 0);
        } else if (w->refused < REFUSED_MAX) {
                give_up(w, status);
        } else {
                output_trouble(w->output, "the receiver refuses one event after the other with status %d", status);
                again(w, 0);
        }
}

static void answered(struct webhook *w, const struct http_answer *a)
{
        if (a->status >= 200 && a->status < 300) {
                w->refused = 0;
                taken(w);
        } else if (a->status == 413 || a->status == 422) {
                refused(w, a->status);
        } else if (a->status >= 300 && a->status < 400) {
                output_trouble(w->output,
                               "the receiver answers with a redirect (status %d), which is not followed: write the "
                               "address that it leads to into the configuration",
                               a->status);
                again(w, a->retry_after);
        } else if (a->status == 410) {
                output_trouble(w->output,
                               "the receiver is gone for good, it says (status 410): take this output out of the "
                               "configuration; it is tried once an hour");
                again(w, GONE_WAIT_S * CLOCK_SECOND);
        } else {
                output_trouble(w->output, "the receiver answers with status %d", a->status);
                again(w, a->retry_after);
        }
}

static void on_answer(struct http_request *request)
{
        struct webhook *w = container_of(request, struct webhook, request);
        struct http_answer *a = &request->answer;

        w->is_asking = false;
        if (w->stopping) {
                try_stop(w);
        } else if (a->error == HTTP_OK || (a->error == HTTP_E_LARGE && a->status != 0)) {
                answered(w, a);
        } else {
                output_trouble(w->output, "the receiver cannot be reached: %s", a->why);
                again(w, 0);
        }
        http_answer_deinit(a);
}

/* ---- a request ---- */

static void ask(struct webhook *w)
{
        const struct config_output *row = w->output->row;
        int r;

        snprintf(w->texts[0], sizeof(w->texts[0]), "Content-Type: application/json");
        snprintf(w->texts[1], sizeof(w->texts[1]), "webhook-id: %s", w->id);
        snprintf(w->texts[2], sizeof(w->texts[2]), "webhook-timestamp: %lld", (long long)w->timestamp);
        snprintf(w->texts[3], sizeof(w->texts[3]), "webhook-signature: %s", w->signature);
        w->request = (struct http_request){
                .url = row->webhook,
                .headers = w->headers,
                .n_headers = FIXED_HEADERS + row->headers.n,
                .ca = row->ca,
                .body = w->body.data,
                .n_body = w->body.n,
                .timeout = row->timeout,
                .max_size = ANSWER_BYTES,
                .allow_private = true,          /* the administrator says where it is, and it leads nowhere else */
                .done = on_answer,
        };
        r = http_start(w->output->host->http, &w->request);
        w->is_asking = r == 0;
        if (r == 0)
                return;
        output_trouble(w->output, "the receiver cannot be reached: %s", w->request.answer.why);
        again(w, 0);
}

static void sign(const char *name, const char *id, int64_t timestamp, const struct buf *body,
                 char signature[static SIGN_MAX], char **error)
{
        char *secret;

        credentials_read_line(name, &secret, error);
        if (secret == NULL)
                return;
        if (sign_v1(secret, id, timestamp, body->data, body->n, signature) != 0)
                error_say(error, 1, "%s: its first line is not 'whsec_' and 24 to 64 bytes in base64", name);
        credentials_free(secret);
}

static void work_sign(uv_work_t *work)
{
        struct webhook *w = work->data;

        w->timestamp = clock_wall_us() / CLOCK_SECOND;
        sign(w->output->row->secret, w->id, w->timestamp, &w->body, w->signature, &w->error);
}

/* At the start, so that a secret that is not there is told before the first event is late; and where it was not,
 * again. */
static void work_look(uv_work_t *work)
{
        struct webhook *w = container_of(work, struct webhook, looking);
        char signature[SIGN_MAX], empty[] = "";

        sign(w->output->row->secret, "", 0, &(struct buf){ .data = empty }, signature, &w->look_error);
}

/* A secret that could not be read is looked at again after the back-off, see webhook_flush(), so that the trouble is
 * over when it is mended, and not with the next event only. */
static void looked(struct webhook *w, const char *error)
{
        bool was_blind = w->blind;

        w->blind = error != NULL;
        if (error != NULL && (was_blind || w->output->trouble == NULL))
                output_trouble(w->output, "its secret cannot be read: %s", error);
        if (error != NULL && w->output->following)
                output_failed(w->output);
        else if (error == NULL && was_blind)
                output_safe(w->output, w->output->delivered, false);
}

static void after_look(uv_work_t *work, int status)
{
        struct webhook *w = container_of(work, struct webhook, looking);
        _cleanup_free_ char *error = STEAL(w->look_error);

        (void)status;
        w->is_looking = false;
        if (w->stopping)
                try_stop(w);
        else if (w->n == 0 && !w->is_signing && !w->is_asking)  /* else the message tells how it is */
                looked(w, error);
}

static void look(struct webhook *w)
{
        if (!w->is_looking)
                w->is_looking = uv_queue_work(w->output->host->loop, &w->looking, work_look, after_look) == 0;
}

static void after_sign(uv_work_t *work, int status)
{
        struct webhook *w = work->data;
        _cleanup_free_ char *error = STEAL(w->error);

        (void)status;
        w->is_signing = false;
        w->blind = error != NULL;
        if (w->stopping) {
                try_stop(w);
        } else if (error != NULL) {
                output_trouble(w->output, "its secret cannot be read: %s", error);
                again(w, 0);
        } else {
                ask(w);
        }
}

/* What was gathered. Nothing more comes before it is safe, or comes again. */
static void send_message(struct webhook *w)
{
        if (buf_append_string(&w->body, "]}") != 0)
                arena_out_of_memory();
        if (w->n > 1)
                snprintf(w->id, sizeof(w->id), "%s+%zu", w->first, w->n - 1);
        else
                snprintf(w->id, sizeof(w->id), "%s", w->first);
        w->is_signing = true;
        w->signature[0] = '\0';
        output_pause(w->output);
        if (uv_queue_work(w->output->host->loop, &w->signing, work_sign, after_sign) < 0)
                arena_out_of_memory();
}

/* ---- the contract ---- */

/* The event's key, without the '.' that divides what is signed: "17-1-2-r3". */
static void note_first(struct webhook *w, struct stream_line *line)
{
        json_t *event = output_record(w->output, line);
        const char *id = json_string_value(json_object_get(event, "id"));
        json_t *revision = json_object_get(event, "revision");

        snprintf(w->first, sizeof(w->first), "%s-r%lld", id != NULL ? id : "none",
                 json_is_integer(revision) ? (long long)json_integer_value(revision) : 1);
        for (char *c = w->first; *c != '\0'; c++)
                if (*c == '.')
                        *c = '-';
}

static int webhook_deliver(struct output *output, struct stream_line *line)
{
        struct webhook *w = webhook_of(output);

        if (w->n == 0)
                note_first(w, line);
        if (buf_append_string(&w->body, w->n == 0 ? "{\"type\":\"dateline.events\",\"data\":[" : ",") != 0 ||
            buf_append(&w->body, line->text, line->n) != 0)
                arena_out_of_memory();
        w->n++;
        w->seq = line->seq;
        if (w->n >= w->most || w->body.n >= BODY_BYTES)
                send_message(w);
        return OUTPUT_E_HELD;
}

static void webhook_flush(struct output *output)
{
        struct webhook *w = webhook_of(output);

        if (w->n > 0 && !w->is_signing && !w->is_asking)
                send_message(w);
        else if (w->n == 0 && w->blind)
                look(w);
}

static int webhook_create(struct output *output)
{
        struct webhook *w = calloc(1, sizeof(*w));
        const struct config_output *row = output->row;

        if (w == NULL || (w->headers = calloc(FIXED_HEADERS + row->headers.n, sizeof(*w->headers))) == NULL) {
                free(w);
                return error_origin(-ENOMEM);
        }
        for (size_t i = 0; i < FIXED_HEADERS; i++)
                w->headers[i] = w->texts[i];
        for (size_t i = 0; i < row->headers.n; i++)
                w->headers[FIXED_HEADERS + i] = row->headers.items[i];
        w->output = output;
        w->signing.data = w;
        w->most = (size_t)row->batch;
        output->state = w;
        look(w);
        return 0;
}

static void webhook_stop(struct output *output)
{
        struct webhook *w = webhook_of(output);

        w->stopping = true;
        if (w->is_asking)
                http_cancel(&w->request);       /* on_answer() goes on */
        else
                try_stop(w);
}

static void webhook_free(struct output *output)
{
        struct webhook *w = webhook_of(output);

        buf_deinit(&w->body);
        free(w->headers);
        free(w->error);
        free(w->look_error);
        free(w);
}

static bool is_webhook(const struct config_output *row)
{
        return row->webhook != NULL;
}

const struct output_kind output_webhook = {
        .name = "webhook",
        .is = is_webhook,
        .deliver = webhook_deliver,
        .flush = webhook_flush,
        .create = webhook_create,
        .stop = webhook_stop,
        .free = webhook_free,
        .answers = true,
};
