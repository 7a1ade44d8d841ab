/* See serve.h. */
#include "worker/serve.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "worker/story.h"

static void decrefp(json_t **json)
{
        json_decref(*json);
}
#define _cleanup_json_ _cleanup_(decrefp)

static int append_json(struct buf *out, enum frame_type type, json_t *json)
{
        _cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);

        if (text == NULL)
                return error_origin(-ENOMEM);
        return error_trace(frame_append(out, type, text, strlen(text), NULL, 0));
}

int serve_fail(struct buf *out, const char *reason, bool stray)
{
        _cleanup_json_ json_t *json = json_pack("{s:s, s:b}", "reason", reason, "stray", stray);

        if (json == NULL)
                json = json_pack("{s:s, s:b}", "reason", "failed, and the reason is not text", "stray", stray);
        return json == NULL ? error_origin(-ENOMEM) : append_json(out, FRAME_FAIL, json);
}

enum { SERVE_E_STRAY = CHAIN_E_REFUSED + 1 };

/* Where decode's stories go. */
struct sink {
        json_t *stories, *bad;
        struct job *job;
};

/* The desk would not take more; what is made until then is within a worker's memory. */
static int too_many(struct sink *sink, const json_t *of)
{
        if (json_array_size(of) < SERVE_STORIES_MAX)
                return 0;
        sink->job->reason = "too many stories in one delivery";
        return MODULE_E_REFUSED;
}

static int add_story(void *user, const struct story *story)
{
        struct sink *sink = user;
        json_t *json;
        int r = too_many(sink, sink->stories);

        if (r != 0)
                return r;
        json = story_to_json(story, true);
        if (json == NULL || json_array_append_new(sink->stories, json) < 0)
                return error_origin(-ENOMEM);
        return 0;
}

static int add_bad(void *user, const char *reason, const char *what)
{
        struct sink *sink = user;
        json_t *json;
        int r = too_many(sink, sink->bad);

        if (r != 0)
                return r;
        json = json_pack("{s:s, s:s*}", "reason", reason, "what", what);
        if (json == NULL || json_array_append_new(sink->bad, json) < 0)
                return error_origin(-ENOMEM);
        return 0;
}

static const char *get_string(json_t *object, const char *name)
{
        return json_string_value(json_object_get(object, name));
}

static struct envelope get_envelope(json_t *head)
{
        json_t *from = json_object_get(head, "envelope");

        return (struct envelope){
                .delivery = json_integer_value(json_object_get(from, "delivery")),
                .source = get_string(from, "source"),
                .name = get_string(from, "name"),
                .format = get_string(from, "format"),
                .encoding = get_string(from, "encoding"),
                .received = json_integer_value(json_object_get(from, "received")),
        };
}

static int run_delivery(struct chain *chain, struct job *job, struct buf *out)
{
        struct sink sink = { .stories = json_array(), .bad = json_array(), .job = job };
        _cleanup_json_ json_t *answer = json_pack("{s:o, s:o}", "stories", sink.stories, "bad", sink.bad);
        int r;

        if (answer == NULL)
                return error_origin(-ENOMEM);
        job->sink = &sink;
        job->add_story = add_story;
        job->add_bad = add_bad;
        r = chain_decode(chain, job);
        if (r != 0)
                return error_trace(r);
        if (job->hints.ttl != 0 || job->hints.skip_hours != 0 || job->hints.skip_days != 0 || job->links.hub != NULL ||
            job->links.self != NULL) {
                json_t *hints = json_pack("{s:I, s:i, s:i, s:s*, s:s*}", "ttl", (json_int_t)job->hints.ttl,
                                          "skip_hours",
                                          (int)job->hints.skip_hours, "skip_days", (int)job->hints.skip_days, "hub",
                                          job->links.hub, "self", job->links.self);

                if (json_object_set_new(answer, "hints", hints) < 0)
                        return error_origin(-ENOMEM);
        }
        return append_json(out, FRAME_RESULT, answer);
}

/* The members that the modules made, beside the story's own where the whole document is wanted. */
static int answer_story(struct job *job, bool whole, bool with_text, struct buf *out)
{
        static const char *const members[] = { "statements", "actors", "events" };
        _cleanup_json_ json_t *answer = whole ? story_to_json(job->story, true) : json_object();

        if (answer == NULL)
                return error_origin(-ENOMEM);
        if (with_text && !whole &&
            json_object_set_new(answer, "text", json_stringn(job->story->text, job->story->n_text)) < 0)
                return error_origin(-ENOMEM);
        if (job->coded != NULL && json_object_update(answer, job->coded) < 0)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < N_ELEMENTS(members) && !whole; i++)
                if (json_object_get(answer, members[i]) == NULL &&
                    json_object_set_new(answer, members[i], json_array()) < 0)
                        return error_origin(-ENOMEM);
        return append_json(out, FRAME_RESULT, answer);
}

/* A program that answered twice is one answer ahead from then on. One that leaves the id out is believed. */
static bool is_stray(json_t *head, json_t *document)
{
        const char *wanted = get_string(head, "id"), *given = get_string(document, "id");

        return wanted != NULL && given != NULL && strcmp(wanted, given) != 0;
}

static int run_story(struct chain *chain, struct job *job, json_t *head, struct buf *out)
{
        bool is_document = strcmp(get_string(head, "kind"), "document") == 0;
        json_int_t segment = json_integer_value(json_object_get(head, "segment"));
        _cleanup_json_ json_t *document = NULL;
        struct story story = { 0 };
        int r;

        if (segment < 0 || (size_t)segment >= chain_segments(chain)) {
                job->reason = "the job asks for a segment that the chain does not have";
                return CHAIN_E_REFUSED;
        }
        if (is_document) {
                document = json_loadb(job->bytes, job->n_bytes, JSON_REJECT_DUPLICATES, NULL);
                if (!json_is_object(document)) {
                        job->reason = "the exec module's answer is no JSON object";
                        return CHAIN_E_REFUSED;
                }
                if (is_stray(head, document)) {
                        job->reason = arena_printf(job->arena, "the exec module's answer is of another story, %.32s",
                                                   get_string(document, "id"));
                        return SERVE_E_STRAY;
                }
        } else if (job->n_bytes > 0 && memchr(job->bytes, '\0', job->n_bytes) != NULL) {
                job->reason = "the story's text has a NUL in it, which would make its answer nonsense";
                return CHAIN_E_REFUSED;
        } else {
                story.text = arena_strndup(job->arena, job->bytes, job->n_bytes);
                story.n_text = job->n_bytes;
        }
        r = story_from_json(job->arena, is_document ? document : json_object_get(head, "story"), &story, &job->reason);
        if (r != 0)
                return r < 0 ? error_trace(r) : CHAIN_E_REFUSED;
        if (story.text == NULL)
                story.text = "";
        job->story = &story;
        if (is_document && json_object_get(document, "events") != NULL) {
                static const char *const members[] = { "statements", "actors", "events" };

                job->coded = json_object();
                for (size_t i = 0; i < N_ELEMENTS(members); i++)
                        if (json_object_set(job->coded, members[i], json_object_get(document, members[i])) < 0)
                                continue;       /* a member that is not there */
        }
        r = chain_process(chain, (size_t)segment, job);
        if (r != 0)
                return error_trace(r);
        return answer_story(job, json_is_true(json_object_get(head, "whole")), is_document, out);
}

int serve_job(struct chain *chain, struct arena *arena, const struct frame *frame, struct buf *out)
{
        _cleanup_json_ json_t *head = json_loadb(frame->head, frame->n_head, 0, NULL);
        const char *kind = get_string(head, "kind");
        const struct envelope envelope = get_envelope(head);
        struct job job = { .arena = arena, .envelope = &envelope, .bytes = frame->body, .n_bytes = frame->n_body };
        size_t before = out->n;
        int r;

        arena_reset(arena);
        if (kind == NULL || frame->type != FRAME_JOB)
                return error_origin(-EPROTO);
        if (strcmp(kind, "delivery") == 0)
                r = run_delivery(chain, &job, out);
        else
                r = run_story(chain, &job, head, out);
        json_decref(job.coded);
        if (r == -EMSGSIZE) {
                job.reason =
                        "what was made of it is larger than a worker may answer (64 MB): hand it in in smaller pieces";
                r = CHAIN_E_REFUSED;
        }
        if (r > 0) {
                out->n = before;
                r = serve_fail(out, job.reason != NULL ? job.reason : "refused without a reason", r == SERVE_E_STRAY);
        }
        return error_trace(r);
}
