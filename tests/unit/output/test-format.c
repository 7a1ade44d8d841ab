/* The table of formats, JSON lines, the table of countries, rows at their bounds. */
#include "reader.h"

#include "config/config.h"
#include "base/country.h"
#include "output/row.h"

static void test_table(void **state _unused_)
{
        size_t n = 0;

        for (size_t i = 0; config_formats[i] != NULL; i++, n++) {
                assert_non_null(format_find(config_formats[i]));
                assert_string_equal(format_find(config_formats[i])->name, format_names[i]);
        }
        assert_null(format_names[n]);
        assert_null(format_rows[n]);
        assert_null(format_find("icews"));
}

static void test_jsonl(void **state _unused_)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };
        json_t *event = json_loads(reader_event, 0, NULL), *back;

        assert_int_equal(jsonl_format.lines(event, reader_event, strlen(reader_event), out), 0);
        assert_int_equal(out[0].data[out[0].n - 1], '\n');
        assert_ptr_equal(memchr(out[0].data, '\n', out[0].n), out[0].data + out[0].n - 1);
        back = json_loadb(out[0].data, out[0].n, 0, NULL);
        assert_true(json_equal(event, back));
        json_decref(event);
        json_decref(back);
        buf_deinit(&out[0]);
}

static void test_countries(void **state _unused_)
{
        for (size_t i = 0; i < country_n_rows; i++) {
                assert_int_equal(strlen(country_rows[i].iso), 3);
                assert_true(country_rows[i].fips[0] == '\0' || strlen(country_rows[i].fips) == 2);
                assert_true(country_rows[i].name[0] != '\0');
                assert_ptr_equal(country_find(country_rows[i].iso), &country_rows[i]);
                for (size_t k = 0; k < i; k++) {
                        assert_string_not_equal(country_rows[i].iso, country_rows[k].iso);
                        assert_true(country_rows[i].fips[0] == '\0' ||
                                    strcmp(country_rows[i].fips, country_rows[k].fips) != 0);
                        assert_true(country_rows[i].cow[0] == '\0' ||
                                    strcmp(country_rows[i].cow, country_rows[k].cow) != 0);
                }
        }
        assert_int_equal(country_n_rows, 249);
        /* Where FIPS is not what ISO's two letters would be. */
        assert_string_equal(country_find("DEUGOV")->fips, "GM");
        assert_string_equal(country_find("CHN")->fips, "CH");
        assert_string_equal(country_find("CHE")->fips, "SZ");
        assert_string_equal(country_find("AUS")->fips, "AS");
        assert_string_equal(country_find("UKR")->fips, "UP");
        assert_string_equal(country_find("USA")->cow, "2");
        assert_null(country_find("XXX"));
        assert_null(country_find("US"));
        assert_null(country_find(NULL));
}

/* Each side as large as a record may be, and cells that are not nice. */
static void test_bounds(void **state _unused_)
{
        json_t *event = json_loads(reader_event, 0, NULL), *list = json_array();
        struct row_pair pairs[ROW_PAIRS_MAX];
        struct buf out = BUF_BOUNDED(8);
        struct row row;

        for (int i = 0; i < 64; i++)
                json_array_append_new(list, json_pack("{s:s}", "code", "FRAGOVMILREBOPPJUDLEGUNOXYZABC"));
        json_object_set(event, "source", list);
        json_object_set_new(event, "target", list);
        assert_int_equal(row_pairs(event, pairs), ROW_PAIRS_MAX);
        for (size_t i = 0; format_rows[i] != NULL; i++) {
                struct buf parts[FORMAT_PARTS_MAX] = { BUF_NULL };

                assert_int_equal(format_rows[i]->lines(event, "{}", 2, parts), 0);
                buf_deinit(&parts[0]);
                buf_deinit(&parts[1]);
        }
        json_decref(event);
        row_begin(&row, &out);
        row_text(&row, "a\tb\r\n\x7f");
        row_text(&row, NULL);
        assert_int_equal(row_end(&row), 0);
        assert_string_equal(out.data, "a b   \t\n");
        row_begin(&row, &out);
        row_text(&row, "x");
        assert_int_equal(row_end(&row), BUF_E_FULL);
        buf_deinit(&out);
}

/* Records of modules that are not ours: members are missing or of another type. */
static void test_odd(void **state _unused_)
{
        static const char *const odd[] = {
                "{}",
                "[]",
                "{\"source\":{},\"target\":7,\"when\":[],\"where\":\"x\",\"sentence\":\"y\",\"cameo\":\"190\",\"seq\":"
                "1}",
                "{\"cameo\":\"19\",\"first_seen\":\"1969-01-01T00:00:00Z\",\"source\":[[]],\"target\":[null],"
                "\"origins\":[]}",
                "{\"cameo\":\"x9\"}",
                "{\"cameo\":\"19000\"}",
                "{\"cameo\":\"190\",\"first_seen\":\"never\",\"quad\":99}",
        };

        for (size_t k = 0; k < N_ELEMENTS(odd); k++) {
                json_t *event = json_loads(odd[k], 0, NULL);

                assert_non_null(event);
                for (size_t i = 0; format_rows[i] != NULL; i++) {
                        struct buf parts[FORMAT_PARTS_MAX] = { BUF_NULL };

                        assert_int_equal(format_rows[i]->lines(event, odd[k], strlen(odd[k]), parts), 0);
                        buf_deinit(&parts[0]);
                        buf_deinit(&parts[1]);
                }
                json_decref(event);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_jsonl),
                cmocka_unit_test(test_countries),
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_odd),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
