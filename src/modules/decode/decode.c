/* See decode.h. A new format is a file and a row of formats[]; `auto` takes the first row that says the bytes are its. */
#include "modules/decode/decode.h"

#include <string.h>

#include "modules/decode/dateline.h"
#include "modules/decode/plain.h"

struct decode_format {
        const char *name;
        bool (*matches)(const struct decode_input *input);
        int (*decode)(const struct decode_input *input, struct job *job);
};

static const struct decode_format formats[] = {
        { "plain", plain_matches, plain_decode },
};

struct decode_settings {
        int64_t max_size;
};

static const struct schema_item items[] = {
        { .name = "max_size", .type = SCHEMA_SIZE, .offset = offsetof(struct decode_settings, max_size), .fallback = "8M",
          .min = 1024, .max = 256 << 20, .help = "The largest delivery that is decoded; a larger one is refused." },
        { 0 },
};

static const struct schema settings_schema = {
        .name = "decode", .size = sizeof(struct decode_settings), .items = items,
        .help = "Turns the bytes of a delivery into stories.",
};

void decode_apply_dateline(struct arena *arena, struct story *story, char *text, size_t n)
{
        struct dateline line;

        if (!dateline_parse(arena, text, n, &line))
                return;
        if (line.length > 0 && text[line.length - 1] == ' ')
                text[line.length - 1] = '\n';
        if (!story->dateline.place)
                story->dateline.place = line.place;
        if (!story->dateline.agency)
                story->dateline.agency = line.agency;
        if (!story->dateline.date)
                story->dateline.date = line.date;
        if (!story->agency)
                story->agency = line.agency;
}

static int decode_open(struct module_host *host, const void *settings, void **state)
{
        (void)host;
        *state = (void *)settings;
        return 0;
}

static int decode_delivery(void *state, struct job *job)
{
        const struct decode_settings *settings = state;
        struct decode_input input = { .bytes = job->bytes, .n = job->n_bytes, .max_size = settings->max_size };
        const char *format = "auto";

        if (job->envelope) {
                input.encoding = job->envelope->encoding;
                if (job->envelope->format)
                        format = job->envelope->format;
        }
        if ((int64_t)job->n_bytes > settings->max_size) {
                job->reason = "larger than max_size";
                return MODULE_E_REFUSED;
        }
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
                if (strcmp(format, "auto") == 0 ? formats[i].matches(&input) : strcmp(format, formats[i].name) == 0)
                        return formats[i].decode(&input, job);
        job->reason = "no such format";
        return MODULE_E_REFUSED;
}

const struct module module_decode = {
        .abi = MODULE_ABI,
        .name = "decode",
        .version = "1",
        .settings = &settings_schema,
        .open = decode_open,
        .decode = decode_delivery,
};
