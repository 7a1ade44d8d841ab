/*
 * Any bytes as a model file. The checksum is set right first, so that the fuzzer gets past it to the tables; a model
 * that
 * is taken must then read a text without harm.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "modules/read/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(char *bytes, size_t size)
{
        struct layout_header h;

        if (size < sizeof(h))
                return;
        memcpy(&h, bytes, sizeof(h));
        memcpy(h.magic, LAYOUT_MAGIC, sizeof(h.magic));
        h.order = LAYOUT_ORDER;
        h.version = LAYOUT_VERSION;
        h.size = size;
        h.checksum = XXH3_64bits(bytes + sizeof(h), size - sizeof(h));
        memcpy(bytes, &h, sizeof(h));
}

static void use(const struct read_model *model)
{
        static const char text[] = "Mr. Li's men didn't sign. \"No,\" he said (twice).\nU.S. TROOPS LEAVE\n"
                                   "\xE2\x80\x99tis x@y.z";
        struct reader *reader;
        struct arena arena = ARENA_NULL;
        struct reading *reading;

        if (reader_new(&reader, model) < 0)
                return;
        if (reader_read(reader, &arena, text, sizeof(text) - 1, &reading) < 0)
                abort();
        arena_deinit(&arena);
        reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *bytes = aligned_alloc(64, (size + 64) / 64 * 64), *error = NULL;
        struct read_model *model = NULL;

        if (bytes == NULL)
                return 0;
        memcpy(bytes, data, size);
        seal(bytes, size);
        if (model_from_memory(&model, "fuzz", bytes, size, &error) == 0) {
                use(model);
                read_model_free(model);
        }
        free(error);
        free(bytes);
        return 0;
}
