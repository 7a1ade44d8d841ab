/* Phoenix, read back by the columns that its readers name. */
#include "reader.h"

static const char *const columns[] = {
        "EventID",
        "Date",
        "Year",
        "Month",
        "Day",
        "SourceActorFull",
        "SourceActorEntity",
        "SourceActorRole",
        "SourceActorAttribute",
        "TargetActorFull",
        "TargetActorEntity",
        "TargetActorRole",
        "TargetActorAttribute",
        "EventCode",
        "EventRootCode",
        "PentaClass",
        "GoldsteinScore",
        "Issues",
        "Lat",
        "Lon",
        "LocationName",
        "StateName",
        "CountryCode",
        "SentenceID",
        "URLs",
        "NewsSources",
        NULL,
};

static void read_back(struct reader *reader, const char *changes)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

        reader_format(&phoenix_format, reader_event, changes, out);
        reader_init(reader, columns, &out[0]);
        buf_deinit(&out[0]);
}

static void test_columns(void **state _unused_)
{
        static const char *const expected[][2] = {
                { "EventID", "1700" },
                { "Date", "20231019" },
                { "Year", "2023" },
                { "Month", "10" },
                { "Day", "19" },
                { "SourceActorFull", "PRKGOV" },
                { "SourceActorEntity", "PRK" },
                { "SourceActorRole", "GOV" },
                { "SourceActorAttribute", "" },
                { "TargetActorFull", "RUSGOV" },
                { "TargetActorEntity", "RUS" },
                { "TargetActorRole", "GOV" },
                { "TargetActorAttribute", "" },
                { "EventCode", "057" },
                { "EventRootCode", "05" },
                { "PentaClass", "1" },
                { "GoldsteinScore", "8.0" },
                { "Issues", "" },
                { "Lat", "39.03000" },
                { "Lon", "125.75000" },
                { "LocationName", "Pyongyang" },
                { "StateName", "" },
                { "CountryCode", "PRK" },
                { "SentenceID", "42.1_5" },
                { "URLs", "" },
                { "NewsSources", "inbox" },
        };
        struct reader reader;

        read_back(&reader, NULL);
        assert_int_equal(reader.n_columns, 26);
        assert_int_equal(reader.n_rows, 1);
        reader_expect(&reader, 0, expected, N_ELEMENTS(expected));
        reader_deinit(&reader);
}

static void test_classes(void **state _unused_)
{
        static const int classes[] = { 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 3, 4, 4, 4, 4 };

        for (int top = 1; top <= 20; top++) {
                struct reader reader;
                char changes[32], expected[4];

                snprintf(changes, sizeof(changes), "{\"cameo\":\"%02d\"}", top);
                snprintf(expected, sizeof(expected), "%d", classes[top - 1]);
                read_back(&reader, changes);
                assert_string_equal(reader_get(&reader, 0, "PentaClass"), expected);
                reader_deinit(&reader);
        }
}

static void test_actors(void **state _unused_)
{
        struct reader reader;

        read_back(&reader, "{\"source\":[{\"code\":\"IGOUNOMIL\"}],\"target\":[{\"code\":\"LBNMOSREBXYZ\"}],"
                           "\"when\":{\"start\":\"2024-02-03\"},\"url\":\"https://news.example/1\"}");
        assert_string_equal(reader_get(&reader, 0, "SourceActorEntity"), "IGO");
        assert_string_equal(reader_get(&reader, 0, "SourceActorRole"), "MIL");
        assert_string_equal(reader_get(&reader, 0, "SourceActorAttribute"), "UNO");
        assert_string_equal(reader_get(&reader, 0, "TargetActorRole"), "REB");
        assert_string_equal(reader_get(&reader, 0, "TargetActorAttribute"), "MOS;XYZ");
        assert_string_equal(reader_get(&reader, 0, "Month"), "02");
        assert_string_equal(reader_get(&reader, 0, "Day"), "03");
        assert_string_equal(reader_get(&reader, 0, "URLs"), "https://news.example/1");
        reader_deinit(&reader);
        read_back(&reader, "{\"cameo\":null}");
        assert_int_equal(reader.n_rows, 0);
        reader_deinit(&reader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_columns),
                cmocka_unit_test(test_classes),
                cmocka_unit_test(test_actors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
