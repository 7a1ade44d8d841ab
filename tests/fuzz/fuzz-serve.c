/*
 * A worker's job frames: the head's JSON and the body are the input, divided by the first two bytes (the length of the head,
 * little endian). Whatever comes, the answer is one frame whose head is JSON of the form that serve.h promises, and the
 * worker can go on.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/serve.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct arena lasting, scratch;
static struct chain *chain;

static void require(bool promise)
{
        if (!promise)
                abort();
}

static void ignore(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

/* decode, and one segment that is empty: reading and coding have targets of their own. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        static const char text[] = "work: {modules: [decode]}\n";
        struct yaml_node *root;
        struct yaml_errors errors;

        (void)argc;
        (void)argv;
        yaml_errors_init(&errors, &lasting);
        require(yaml_parse(&lasting, "fuzz.yaml", text, sizeof(text) - 1, &root, &errors) == 0);
        require(chain_open(&chain, &lasting, "fuzz.yaml", yaml_get(yaml_get(root, "work"), "modules"), &errors, ignore,
                           NULL) == 0);
        return 0;
}

static void check_answer(const struct buf *out)
{
        struct frame frame;
        size_t size;
        json_t *json;

        require(frame_parse(out->data, out->n, 256 << 20, &frame, &size) == 0 && size == out->n);
        require(frame.type == FRAME_RESULT || frame.type == FRAME_FAIL);
        json = json_loadb(frame.head, frame.n_head, JSON_REJECT_DUPLICATES, NULL);
        require(json_is_object(json));
        if (frame.type == FRAME_FAIL)
                require(json_is_string(json_object_get(json, "reason")) &&
                        json_is_boolean(json_object_get(json, "stray")));
        json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        struct frame frame = { .type = FRAME_JOB };
        size_t n_head;
        int r;

        if (n < 2)
                return 0;
        n_head = data[0] | (size_t)data[1] << 8;
        if (n_head > n - 2)
                n_head = n - 2;
        frame.head = (const char *)data + 2;
        frame.n_head = n_head;
        frame.body = frame.head + n_head;
        frame.n_body = n - 2 - n_head;
        r = serve_job(chain, &scratch, &frame, &out);
        if (r == 0)
                check_answer(&out);
        else
                require(r < 0);
        return 0;
}
