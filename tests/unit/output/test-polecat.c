/* POLECAT, read back by the published header. */
#include "reader.h"

#include <stdio.h>

static const char *const columns[] = {
        "Event ID",
        "Event Date",
        "Event Type",
        "Event Mode",
        "Intensity",
        "Quad Code",
        "Contexts",
        "Actor Name",
        "Actor Country",
        "Actor COW",
        "Primary Actor Sector",
        "Actor Sectors",
        "Actor Title",
        "Actor Name Raw",
        "Wikipedia Actor ID",
        "Recipient Name",
        "Recipient Country",
        "Recipient COW",
        "Primary Recipient Sector",
        "Recipient Sectors",
        "Recipient Title",
        "Recipient Name Raw",
        "Wikipedia Recipient ID",
        "Placename",
        "City",
        "District",
        "Province",
        "Country",
        "Latitude",
        "Longitude",
        "GeoNames ID",
        "Raw Placename",
        "Feature Type",
        "Source",
        "Publication Date",
        "Story People",
        "Story Organizations",
        "Story Locations",
        "Language",
        "Version",
        NULL,
};

static void read_back(struct reader *reader, const char *changes)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

        reader_format(&polecat_format, reader_event, changes, out);
        reader_init(reader, columns, &out[0]);
        assert_int_equal(out[1].n, 0);
        buf_deinit(&out[0]);
}

static void test_header(void **state _unused_)
{
        struct buf file = BUF_NULL;
        struct reader reader;

        assert_int_equal(buf_append_string(&file, polecat_format.parts[0].header), 0);
        reader_init(&reader, columns, &file);
        assert_int_equal(reader.n_columns, 40);
        assert_int_equal(reader.n_rows, 1);
        for (size_t i = 0; i < reader.n_columns; i++)
                assert_string_equal(reader.cells[0][i], columns[i]);
        reader_deinit(&reader);
        buf_deinit(&file);
}

static void test_columns(void **state _unused_)
{
        static const char *const expected[][2] = {
                { "Event ID", "42.1.3-1" },
                { "Event Date", "2023-10-19" },
                { "Event Type", "SUPPORT" },
                { "Event Mode", "" },
                { "Intensity", "8.0" },
                { "Quad Code", "VERBAL COOPERATION" },
                { "Contexts", "diplomatic;military" },
                { "Actor Name", "Choe Son Hui" },
                { "Actor Country", "PRK" },
                { "Actor COW", "731" },
                { "Primary Actor Sector", "GOV" },
                { "Actor Sectors", "GOV" },
                { "Actor Title", "Foreign Minister" },
                { "Actor Name Raw", "North Korean Foreign Minister Choe Son Hui" },
                { "Wikipedia Actor ID", "" },
                { "Recipient Name", "Sergei Lavrov " },
                { "Recipient Country", "RUS" },
                { "Recipient COW", "365" },
                { "Primary Recipient Sector", "GOV" },
                { "Recipient Sectors", "GOV" },
                { "Recipient Title", "" },
                { "Recipient Name Raw", "his counterpart" },
                { "Wikipedia Recipient ID", "" },
                { "Placename", "Pyongyang" },
                { "City", "" },
                { "District", "" },
                { "Province", "" },
                { "Country", "PRK" },
                { "Latitude", "39.03000" },
                { "Longitude", "125.75000" },
                { "GeoNames ID", "" },
                { "Raw Placename", "" },
                { "Feature Type", "" },
                { "Source", "inbox" },
                { "Publication Date", "2023-10-20" },
                { "Story People", "" },
                { "Story Organizations", "" },
                { "Story Locations", "" },
                { "Language", "" },
                { "Version", "dateline " PACKAGE_VERSION },
        };
        struct reader reader;

        read_back(&reader, NULL);
        assert_int_equal(reader.n_rows, 1);
        reader_expect(&reader, 0, expected, N_ELEMENTS(expected));
        reader_deinit(&reader);
}

static void test_places(void **state _unused_)
{
        static const char *const rows[][4] = {
                { "capital", "Minsk", "", "PPLC" },     { "city", "Minsk", "", "PPL" },
                { "region", "", "Minsk", "ADM1" },      { "country", "", "", "PCLI" },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                char changes[128];
                struct reader reader;

                snprintf(changes, sizeof(changes),
                         "{\"where\":{\"name\":\"Minsk\",\"country\":\"BLR\",\"kind\":\"%s\"}}", rows[i][0]);
                read_back(&reader, changes);
                assert_string_equal(reader_get(&reader, 0, "Placename"), "Minsk");
                assert_string_equal(reader_get(&reader, 0, "City"), rows[i][1]);
                assert_string_equal(reader_get(&reader, 0, "Province"), rows[i][2]);
                assert_string_equal(reader_get(&reader, 0, "Feature Type"), rows[i][3]);
                reader_deinit(&reader);
        }
}

static void test_others(void **state _unused_)
{
        struct reader reader;

        read_back(&reader, "{\"cameo\":null,\"quad\":4,\"mode\":\"firearms\",\"event\":\"ASSAULT\",\"context\":[],"
                           "\"source\":[{\"code\":\"SYRREBMIL\",\"text\":\"rebels\"}],\"target\":[]}");
        assert_int_equal(reader.n_rows, 1);
        assert_string_equal(reader_get(&reader, 0, "Quad Code"), "MATERIAL CONFLICT");
        assert_string_equal(reader_get(&reader, 0, "Event Mode"), "firearms");
        assert_string_equal(reader_get(&reader, 0, "Contexts"), "");
        assert_string_equal(reader_get(&reader, 0, "Actor Name"), "rebels");
        assert_string_equal(reader_get(&reader, 0, "Primary Actor Sector"), "REB");
        assert_string_equal(reader_get(&reader, 0, "Actor Sectors"), "REB;MIL");
        assert_string_equal(reader_get(&reader, 0, "Recipient Name"), "");
        reader_deinit(&reader);
        read_back(&reader, "{\"reciprocal\":true}");
        assert_int_equal(reader.n_rows, 2);
        assert_string_equal(reader_get(&reader, 1, "Event ID"), "42.1.3-2");
        assert_string_equal(reader_get(&reader, 1, "Actor Country"), "RUS");
        reader_deinit(&reader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_header),
                cmocka_unit_test(test_places),
                cmocka_unit_test(test_columns),
                cmocka_unit_test(test_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
