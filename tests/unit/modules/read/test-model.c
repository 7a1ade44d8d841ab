/* Models that are damaged, truncated, too new or no models: an error that says so, never a crash. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cleanup.h"
#include "modules/read/model.h"

static char *good;
static size_t n_good;

static int load(void **unused)
{
        _cleanup_free_ char *path = fixture_model_path();
        FILE *file = fopen(path, "re");
        long size;

        (void)unused;
        if (file == NULL)
                return -1;
        fseek(file, 0, SEEK_END);
        size = ftell(file);
        rewind(file);
        good = aligned_alloc(64, ((size_t)size + 63) / 64 * 64);
        n_good = fread(good, 1, (size_t)size, file);
        fclose(file);
        return n_good == (size_t)size ? 0 : -1;
}

static int unload(void **unused)
{
        (void)unused;
        free(good);
        return 0;
}

static char *copy(void)
{
        char *bytes = aligned_alloc(64, (n_good + 63) / 64 * 64);

        memcpy(bytes, good, n_good);
        return bytes;
}

static void seal(char *bytes, size_t n)
{
        struct layout_header *h = (struct layout_header *)(void *)bytes;

        h->size = n;
        h->checksum = XXH3_64bits(bytes + sizeof(*h), n - sizeof(*h));
}

/* Opening must fail with this code and a text that holds `says`. */
static void refused(const char *bytes, size_t n, int code, const char *says)
{
        _cleanup_free_ char *error = NULL;
        struct read_model *model = NULL;

        assert_int_equal(model_from_memory(&model, "x.model", bytes, n, &error), code);
        assert_null(model);
        assert_non_null(strstr(error, says));
        assert_int_equal(strncmp(error, "x.model: ", 9), 0);
}

static void test_good(void **unused)
{
        _cleanup_(read_model_freep) struct read_model *model = NULL, *mapped = NULL;
        _cleanup_free_ char *error = NULL, *path = fixture_model_path();

        (void)unused;
        assert_int_equal(model_from_memory(&model, "x.model", good, n_good, &error), 0);
        assert_true(model->parses);
        assert_int_equal(read_model_open(&mapped, path, &error), 0);
        assert_string_equal(read_model_name(mapped), read_model_name(model));
}

static void test_damage(void **unused)
{
        char *bytes = copy();
        struct layout_header *h = (struct layout_header *)(void *)bytes;

        (void)unused;
        refused(bytes, 10, READ_MODEL_E_VERSION, "not a model");
        refused(bytes, n_good / 2, READ_MODEL_E_DAMAGED, "size");
        bytes[n_good / 2] ^= 1;
        refused(bytes, n_good, READ_MODEL_E_DAMAGED, "checksum");
        bytes[n_good / 2] ^= 1;
        h->version = LAYOUT_VERSION + 1;
        refused(bytes, n_good, READ_MODEL_E_VERSION, "version");
        h->version = LAYOUT_VERSION;
        h->order = 0x04030201;
        refused(bytes, n_good, READ_MODEL_E_VERSION, "byte order");
        h->order = LAYOUT_ORDER;
        h->n_sections = 1 << 30;
        refused(bytes, n_good, READ_MODEL_E_DAMAGED, "size");
        bytes[0] = 'X';
        refused(bytes, n_good, READ_MODEL_E_VERSION, "not a model");
        free(bytes);
}

static struct layout_section *find(char *bytes, uint32_t id)
{
        struct layout_header *h = (struct layout_header *)(void *)bytes;
        struct layout_section *s = (struct layout_section *)(void *)(bytes + sizeof(*h));
        uint32_t i;

        for (i = 0; i < h->n_sections; i++)
                if (s[i].id == id)
                        return &s[i];
        print_error("no section %u\n", id);
        abort();
}

/* A checksum that is right does not make the tables right. */
static void test_wrong_tables(void **unused)
{
        static const uint32_t ids[] = {
                LAYOUT_STRINGS, LAYOUT_DIMS, LAYOUT_WORD_KEYS, LAYOUT_WORD_ROWS, LAYOUT_AFFIX_KEYS, LAYOUT_UPOS,
                LAYOUT_XPOS, LAYOUT_FEATS, LAYOUT_LABELS, LAYOUT_PAIRS, LAYOUT_ARC, LAYOUT_LEMMA_RULES,
                LAYOUT_MULTI_RULES, LAYOUT_SPLIT, LAYOUT_MATRIX, LAYOUT_MATRIX + MATRIX_LABEL_OUT,
        };
        size_t i;
        char *bytes;

        (void)unused;
        for (i = 0; i < N_ELEMENTS(ids); i++) {
                bytes = copy();
                find(bytes, ids[i])->size -= 1;
                seal(bytes, n_good);
                refused(bytes, n_good, READ_MODEL_E_DAMAGED, "damaged");
                free(bytes);
                bytes = copy();
                find(bytes, ids[i])->at = n_good + 64;
                seal(bytes, n_good);
                refused(bytes, n_good, READ_MODEL_E_DAMAGED, "damaged");
                free(bytes);
        }
}

static void test_wrong_values(void **unused)
{
        char *bytes = copy();
        struct layout_section *s = find(bytes, LAYOUT_WORD_KEYS);
        struct layout_slot *slot = (struct layout_slot *)(void *)(bytes + s->at);
        float *arc;

        (void)unused;
        while (slot->key == 0)
                slot++;
        slot->value = 1 << 30;
        seal(bytes, n_good);
        refused(bytes, n_good, READ_MODEL_E_DAMAGED, "network");
        free(bytes);
        bytes = copy();
        arc = (float *)(void *)(bytes + find(bytes, LAYOUT_ARC)->at);
        arc[3] = 1.0f / 0.0f;
        seal(bytes, n_good);
        refused(bytes, n_good, READ_MODEL_E_DAMAGED, "network");
        free(bytes);
        bytes = copy();
        s = find(bytes, LAYOUT_MATRIX);
        bytes[s->at + s->size - 1] = 100;
        seal(bytes, n_good);
        refused(bytes, n_good, READ_MODEL_E_DAMAGED, "network");
        free(bytes);
}

static void test_no_file(void **unused)
{
        _cleanup_free_ char *error = NULL;
        struct read_model *model = NULL;

        (void)unused;
        assert_int_equal(read_model_open(&model, "/nowhere/x.model", &error), READ_MODEL_E_OPEN);
        assert_non_null(strstr(error, "/nowhere/x.model: "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good), cmocka_unit_test(test_damage), cmocka_unit_test(test_wrong_tables),
                cmocka_unit_test(test_wrong_values), cmocka_unit_test(test_no_file),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
