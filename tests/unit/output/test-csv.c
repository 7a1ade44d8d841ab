/* CSV: the columns of a record, and cells with the signs that CSV is made of. */
#include "reader.h"

static void expect(const char *changes, const char *wanted)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

        reader_format(&csv_format, reader_event, changes, out);
        assert_string_equal(out[0].data, wanted);
        assert_int_equal(out[1].n, 0);
        buf_deinit(&out[0]);
}

static size_t count(const char *s, char c)
{
        size_t n = 0;

        for (; *s != '\0'; s++)
                n += *s == c;
        return n;
}

static void test_columns(void **state _unused_)
{
        assert_int_equal(count(csv_format.parts[0].header, ','), 25);
        expect("{\"mode\":null,\"reports\":2,\"origins\":[\"KCNA\",\"UNO\"],\"confidence\":0.87,\"first_seen\":\"2023-"
               "10-20T01:02:03Z\","
               "\"attribution\":[{\"name\":\"Reuters\"},{\"code\":\"PRKGOV\",\"text\":\"the "
               "ministry\"},{\"text\":\"two people\"}],"
               "\"source\":[{\"code\":\"PRK\",\"name\":\"North Korea\"}],\"target\":[{\"code\":\"RUS\",\"text\":\"its "
               "ally\"}],"
               "\"trigger\":{\"text\":\"signed, at last, a \\\"plan\\\"\"},\"url\":\"https://a.example/\"}",
               "42.1.3,2023-10-19,2023-10-20T01:02:03Z,PRK,North Korea,RUS,its ally,SUPPORT,,057,1,8.0,happened,"
               "Reuters; PRKGOV; two people,KCNA; UNO,2,2,Pyongyang,PRK,39.03000,125.75000,0.87,"
               "\"signed, at last, a \"\"plan\"\"\",inbox,https://a.example/,42.1\n");
}

static void test_signs(void **state _unused_)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

        /* What a spreadsheet would run; a line break; nobody; a weight that is negative is a number. */
        reader_format(
                &csv_format, reader_event,
                "{\"source\":[{\"text\":\"=HYPERLINK(\\\"x\\\",1)\"}],\"target\":[],\"goldstein\":-2.0,\"where\":null,"
                "\"trigger\":{\"text\":\"a\\nb\\tc\"}}",
                out);
        assert_non_null(strstr(out[0].data, ",\" =HYPERLINK(\"\"x\"\",1)\",,,SUPPORT"));
        assert_non_null(strstr(out[0].data, ",-2.0,"));
        assert_non_null(strstr(out[0].data, ",a b c,"));
        assert_int_equal(count(out[0].data, '\n'), 1);
        buf_deinit(&out[0]);
}

/* A code is as it is, also where no country is known; of origins none is left out, however many there are. */
static void test_whole(void **state _unused_)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };
        char changes[8192] = "{\"source\":[{\"code\":\"---GOV\"}],\"target\":[{\"code\":\"-1+GOV\"}],\"origins\":[";

        for (int i = 0; i < 100; i++)
                snprintf(changes + strlen(changes), sizeof(changes) - strlen(changes),
                         "%s\"The correspondent of newspaper %d\"", i > 0 ? "," : "", i);
        strcat(changes, "]}");
        reader_format(&csv_format, reader_event, changes, out);
        assert_non_null(strstr(out[0].data, ",---GOV,,"));
        assert_non_null(strstr(out[0].data, ", -1+GOV,,"));
        assert_non_null(
                strstr(out[0].data, "The correspondent of newspaper 98; The correspondent of newspaper 99,100,"));
        buf_deinit(&out[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_columns), cmocka_unit_test(test_signs),
                                            cmocka_unit_test(test_whole) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
