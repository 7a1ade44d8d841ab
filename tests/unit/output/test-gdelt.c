/* GDELT 2.0 Events and Mentions, read back by the published columns. */
#include "reader.h"

static const char *const event_columns[] = {
        "GLOBALEVENTID",
        "SQLDATE",
        "MonthYear",
        "Year",
        "FractionDate",
        "Actor1Code",
        "Actor1Name",
        "Actor1CountryCode",
        "Actor1KnownGroupCode",
        "Actor1EthnicCode",
        "Actor1Religion1Code",
        "Actor1Religion2Code",
        "Actor1Type1Code",
        "Actor1Type2Code",
        "Actor1Type3Code",
        "Actor2Code",
        "Actor2Name",
        "Actor2CountryCode",
        "Actor2KnownGroupCode",
        "Actor2EthnicCode",
        "Actor2Religion1Code",
        "Actor2Religion2Code",
        "Actor2Type1Code",
        "Actor2Type2Code",
        "Actor2Type3Code",
        "IsRootEvent",
        "EventCode",
        "EventBaseCode",
        "EventRootCode",
        "QuadClass",
        "GoldsteinScale",
        "NumMentions",
        "NumSources",
        "NumArticles",
        "AvgTone",
        "Actor1Geo_Type",
        "Actor1Geo_FullName",
        "Actor1Geo_CountryCode",
        "Actor1Geo_ADM1Code",
        "Actor1Geo_ADM2Code",
        "Actor1Geo_Lat",
        "Actor1Geo_Long",
        "Actor1Geo_FeatureID",
        "Actor2Geo_Type",
        "Actor2Geo_FullName",
        "Actor2Geo_CountryCode",
        "Actor2Geo_ADM1Code",
        "Actor2Geo_ADM2Code",
        "Actor2Geo_Lat",
        "Actor2Geo_Long",
        "Actor2Geo_FeatureID",
        "ActionGeo_Type",
        "ActionGeo_FullName",
        "ActionGeo_CountryCode",
        "ActionGeo_ADM1Code",
        "ActionGeo_ADM2Code",
        "ActionGeo_Lat",
        "ActionGeo_Long",
        "ActionGeo_FeatureID",
        "DATEADDED",
        "SOURCEURL",
        NULL,
};
static const char *const mention_columns[] = {
        "GLOBALEVENTID",
        "EventTimeDate",
        "MentionTimeDate",
        "MentionType",
        "MentionSourceName",
        "MentionIdentifier",
        "SentenceID",
        "Actor1CharOffset",
        "Actor2CharOffset",
        "ActionCharOffset",
        "InRawText",
        "Confidence",
        "MentionDocLen",
        "MentionDocTone",
        "MentionDocTranslationInfo",
        "Extras",
        NULL,
};

struct read {
        struct reader events, mentions;
};

static void read_back(struct read *read, const char *changes)
{
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

        reader_format(&gdelt_format, reader_event, changes, out);
        reader_init(&read->events, event_columns, &out[0]);
        reader_init(&read->mentions, mention_columns, &out[1]);
        assert_int_equal(read->events.n_rows, read->mentions.n_rows);
        for (size_t i = 0; i < read->events.n_rows; i++)
                assert_string_equal(reader_get(&read->events, i, "GLOBALEVENTID"),
                                    reader_get(&read->mentions, i, "GLOBALEVENTID"));
        buf_deinit(&out[0]);
        buf_deinit(&out[1]);
}

static void read_deinit(struct read *read)
{
        reader_deinit(&read->events);
        reader_deinit(&read->mentions);
}

static void write_quoted(char *changes, struct buf *out)
{
        for (char *p = changes; (p = strchr(p, '\'')) != NULL;)
                *p = '"';
        reader_format(&gdelt_format, reader_event, changes, out);
}

/* A new event has a row for each report, a changed one for those that joined, and none of its own. */
static void test_mentions(void **state _unused_)
{
        static const char mentions[] = "'mentions':[{'report':'42.1.3','seen':'2023-10-20T08:07:46Z','sentence':5,'"
                                       "offsets':[210,270,254],'watch':'inbox'},"
                                       "{'report':'45.1.1','seen':'2023-10-20T09:00:00Z','sentence':0,'offsets':[-1,4,"
                                       "9],'publisher':'paper.example',"
                                       "'url':'https://paper.example/1','confidence':0.5}]";
        struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };
        struct reader read;
        char changes[1024];

        snprintf(changes, sizeof(changes), "{%s}", mentions);
        write_quoted(changes, out);
        reader_init(&read, mention_columns, &out[1]);
        assert_int_equal(read.n_rows, 2);
        assert_string_equal(reader_get(&read, 0, "MentionIdentifier"), "dateline:42.1");
        assert_string_equal(reader_get(&read, 0, "ActionCharOffset"), "254");
        assert_string_equal(reader_get(&read, 1, "MentionTimeDate"), "20231020090000");
        assert_string_equal(reader_get(&read, 1, "EventTimeDate"), "20231020080746");
        assert_string_equal(reader_get(&read, 1, "MentionType"), "1");
        assert_string_equal(reader_get(&read, 1, "MentionSourceName"), "paper.example");
        assert_string_equal(reader_get(&read, 1, "Confidence"), "50");
        reader_deinit(&read);
        buf_clear(&out[0]);
        buf_clear(&out[1]);
        snprintf(changes, sizeof(changes), "{'change':'changed','joined':['45.1.1'],%s}", mentions);
        write_quoted(changes, out);
        assert_int_equal(out[0].n, 0);
        reader_init(&read, mention_columns, &out[1]);
        assert_int_equal(read.n_rows, 1);
        assert_string_equal(reader_get(&read, 0, "MentionIdentifier"), "https://paper.example/1");
        reader_deinit(&read);
        buf_clear(&out[1]);
        snprintf(changes, sizeof(changes), "{'change':'changed',%s}", mentions);
        write_quoted(changes, out);
        assert_int_equal(out[0].n + out[1].n, 0);
        buf_deinit(&out[0]);
        buf_deinit(&out[1]);
}

/* Where there is more than one row, an offset goes with its actor; of the others it is not known. */
static void test_offsets(void **state _unused_)
{
        static const char *const rows[][2] = {
                { "'reciprocal':true", "10 20,20 10," },
                { "'source':[{'code':'FRA'},{'code':'DEU'}]", "10 20,-1 20," },
                { "'target':[{'code':'FRA'},{'code':'DEU'}]", "10 20,10 -1," },
                { "'source':[{'code':'FRA'},{'code':'DEU'}],'target':[],'reciprocal':true", "10 -1,-1 10," },
                { "'source':[]", "-1 20," },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };
                char changes[512], found[128] = "";
                struct reader read;

                snprintf(changes, sizeof(changes), "{%s,'mentions':[{'report':'42.1.3','offsets':[10,20,30]}]}",
                         rows[i][0]);
                write_quoted(changes, out);
                reader_init(&read, mention_columns, &out[1]);
                for (size_t k = 0; k < read.n_rows; k++) {
                        const char *source = reader_get(&read, k, "Actor1CharOffset"),
                                   *target = reader_get(&read, k, "Actor2CharOffset");

                        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s %s,",
                                 source != NULL ? source : "", target != NULL ? target : "");
                        assert_string_equal(reader_get(&read, k, "ActionCharOffset"), "30");
                }
                assert_string_equal(found, rows[i][1]);
                reader_deinit(&read);
                buf_deinit(&out[0]);
                buf_deinit(&out[1]);
        }
}

/* An event that was told, withdrawn and told again has its row already, in each of the formats that tell it once,
 * but its reports may be others now; an export, which says what it is now, has it. */
static void test_returned(void **state _unused_)
{
        static const struct format *const formats[] = { &gdelt_format, &polecat_format, &phoenix_format };

        for (size_t i = 0; i < N_ELEMENTS(formats); i++) {
                struct buf out[FORMAT_PARTS_MAX] = { BUF_NULL };

                reader_format(formats[i], reader_event, "{\"revision\":3}", out);
                assert_int_equal(out[0].n, 0);
                assert_int_equal(out[1].n > 0, formats[i] == &gdelt_format);
                reader_format(formats[i], reader_event, "{\"revision\":3,\"change\":null}", out);
                assert_int_not_equal(out[0].n, 0);
                buf_deinit(&out[0]);
                buf_deinit(&out[1]);
        }
}

static void test_columns(void **state _unused_)
{
        static const char *const events[][2] = {
                { "GLOBALEVENTID", "1700" },
                { "SQLDATE", "20231019" },
                { "MonthYear", "202310" },
                { "Year", "2023" },
                { "FractionDate", "2023.7918" },
                { "Actor1Code", "PRKGOV" },
                { "Actor1Name", "Choe Son Hui" },
                { "Actor1CountryCode", "PRK" },
                { "Actor1KnownGroupCode", "" },
                { "Actor1EthnicCode", "" },
                { "Actor1Religion1Code", "" },
                { "Actor1Religion2Code", "" },
                { "Actor1Type1Code", "GOV" },
                { "Actor1Type2Code", "" },
                { "Actor1Type3Code", "" },
                { "Actor2Code", "RUSGOV" },
                { "Actor2Name", "Sergei Lavrov " },
                { "Actor2CountryCode", "RUS" },
                { "Actor2KnownGroupCode", "" },
                { "Actor2EthnicCode", "" },
                { "Actor2Religion1Code", "" },
                { "Actor2Religion2Code", "" },
                { "Actor2Type1Code", "GOV" },
                { "Actor2Type2Code", "" },
                { "Actor2Type3Code", "" },
                { "IsRootEvent", "0" },
                { "EventCode", "057" },
                { "EventBaseCode", "057" },
                { "EventRootCode", "05" },
                { "QuadClass", "1" },
                { "GoldsteinScale", "8.0" },
                { "NumMentions", "3" },
                { "NumSources", "2" },
                { "NumArticles", "3" },
                { "AvgTone", "" },
                { "Actor1Geo_Type", "0" },
                { "Actor1Geo_FullName", "" },
                { "Actor1Geo_CountryCode", "" },
                { "Actor1Geo_ADM1Code", "" },
                { "Actor1Geo_ADM2Code", "" },
                { "Actor1Geo_Lat", "" },
                { "Actor1Geo_Long", "" },
                { "Actor1Geo_FeatureID", "" },
                { "Actor2Geo_Type", "0" },
                { "Actor2Geo_FullName", "" },
                { "Actor2Geo_CountryCode", "" },
                { "Actor2Geo_ADM1Code", "" },
                { "Actor2Geo_ADM2Code", "" },
                { "Actor2Geo_Lat", "" },
                { "Actor2Geo_Long", "" },
                { "Actor2Geo_FeatureID", "" },
                { "ActionGeo_Type", "4" },
                { "ActionGeo_FullName", "Pyongyang" },
                { "ActionGeo_CountryCode", "KN" },
                { "ActionGeo_ADM1Code", "" },
                { "ActionGeo_ADM2Code", "" },
                { "ActionGeo_Lat", "39.0300" },
                { "ActionGeo_Long", "125.7500" },
                { "ActionGeo_FeatureID", "" },
                { "DATEADDED", "20231020080746" },
                { "SOURCEURL", "dateline:42.1" },
        };
        static const char *const mentions[][2] = {
                { "GLOBALEVENTID", "1700" },
                { "EventTimeDate", "20231020080746" },
                { "MentionTimeDate", "20231020080746" },
                { "MentionType", "2" },
                { "MentionSourceName", "inbox" },
                { "MentionIdentifier", "dateline:42.1" },
                { "SentenceID", "6" },
                { "Actor1CharOffset", "210" },
                { "Actor2CharOffset", "270" },
                { "ActionCharOffset", "254" },
                { "InRawText", "1" },
                { "Confidence", "91" },
                { "MentionDocLen", "" },
                { "MentionDocTone", "" },
                { "MentionDocTranslationInfo", "" },
                { "Extras", "" },
        };
        struct read read;

        read_back(&read, NULL);
        assert_int_equal(read.events.n_columns, 61);
        assert_int_equal(read.mentions.n_columns, 16);
        assert_int_equal(read.events.n_rows, 1);
        reader_expect(&read.events, 0, events, N_ELEMENTS(events));
        reader_expect(&read.mentions, 0, mentions, N_ELEMENTS(mentions));
        read_deinit(&read);
}

/* Leading zeros stay; codes of two digits get a third; four digits have a base. */
static void test_codes(void **state _unused_)
{
        static const char *const rows[][5] = {
                { "{\"cameo\":\"04\"}", "040", "040", "04", "1" },
                { "{\"cameo\":\"0311\"}", "0311", "031", "03", "1" },
                { "{\"cameo\":\"061\"}", "061", "061", "06", "2" },
                { "{\"cameo\":\"112\"}", "112", "112", "11", "3" },
                { "{\"cameo\":\"1383\"}", "1383", "138", "13", "3" },
                { "{\"cameo\":\"14\"}", "140", "140", "14", "4" },
                { "{\"cameo\":\"20\"}", "200", "200", "20", "4" },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct read read;

                read_back(&read, rows[i][0]);
                assert_string_equal(reader_get(&read.events, 0, "EventCode"), rows[i][1]);
                assert_string_equal(reader_get(&read.events, 0, "EventBaseCode"), rows[i][2]);
                assert_string_equal(reader_get(&read.events, 0, "EventRootCode"), rows[i][3]);
                assert_string_equal(reader_get(&read.events, 0, "QuadClass"), rows[i][4]);
                read_deinit(&read);
        }
}

static void test_pairs(void **state _unused_)
{
        static const char both[] =
                "{\"source\":[{\"code\":\"KGZGOV\"},{\"code\":\"TJKGOV\"}],\"target\":[],\"reciprocal\":true}";
        struct read read;

        read_back(&read, both);
        assert_int_equal(read.events.n_rows, 2);
        assert_string_equal(reader_get(&read.events, 0, "Actor1Code"), "KGZGOV");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Code"), "TJKGOV");
        assert_string_equal(reader_get(&read.events, 1, "GLOBALEVENTID"), "1701");
        assert_string_equal(reader_get(&read.events, 1, "Actor1Code"), "TJKGOV");
        assert_string_equal(reader_get(&read.mentions, 1, "Actor1CharOffset"), "-1");
        read_deinit(&read);
        read_back(&read, "{\"reciprocal\":true}");
        assert_int_equal(read.events.n_rows, 2);
        assert_string_equal(reader_get(&read.events, 1, "Actor1Code"), "RUSGOV");
        read_deinit(&read);
        read_back(&read, "{\"source\":[],\"target\":[{\"code\":\"FRA\"},{\"code\":\"DEU\"}]}");
        assert_int_equal(read.events.n_rows, 2);
        assert_string_equal(reader_get(&read.events, 0, "Actor1Code"), "");
        assert_string_equal(reader_get(&read.events, 1, "Actor2Code"), "DEU");
        assert_string_equal(reader_get(&read.events, 1, "Actor2CountryCode"), "DEU");
        read_deinit(&read);
}

/* What the gazetteer knows of a place. */
static void test_places(void **state _unused_)
{
        static const struct {
                const char *changes, *type, *name, *country, *adm1, *lat, *lon;
        } rows[] = {
                { "{\"where\":{\"name\":\"Minsk\",\"country\":\"BLR\",\"kind\":\"capital\",\"lat\":53.9,\"lon\":27.567}"
                  "}",
                  "4", "Minsk", "BO", "", "53.9000", "27.5670" },
                { "{\"where\":{\"name\":\"Bavaria\",\"country\":\"DEU\",\"kind\":\"region\",\"lat\":48.8,\"lon\":11.4}"
                  "}",
                  "5", "Bavaria", "GM", "", "48.8000", "11.4000" },
                { "{\"where\":{\"name\":\"Ohio\",\"country\":\"USA\",\"kind\":\"region\"}}", "2", "Ohio", "US", "", "",
                  "" },
                { "{\"where\":{\"name\":\"Austin\",\"country\":\"USA\",\"kind\":\"city\"}}", "3", "Austin", "US", "",
                  "", "" },
                { "{\"where\":{\"name\":\"the Republic\",\"country\":\"IRL\",\"kind\":\"country\"}}", "1",
                  "the Republic", "EI", "", "", "" },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct read read;

                read_back(&read, rows[i].changes);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Type"), rows[i].type);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_FullName"), rows[i].name);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_CountryCode"), rows[i].country);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_ADM1Code"), rows[i].adm1);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Lat"), rows[i].lat);
                assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Long"), rows[i].lon);
                read_deinit(&read);
        }
}

/* Each type of actor's code; where the date is not known; places. */
static void test_fallbacks(void **state _unused_)
{
        struct read read;

        read_back(
                &read,
                "{\"source\":[{\"code\":\"IGOUNO\",\"text\":\"the U.N.\"}],\"when\":null,\"where\":null,\"sentence\":0,"
                "\"url\":\"https://news.example/1\",\"goldstein\":null}");
        assert_string_equal(reader_get(&read.events, 0, "Actor1Type1Code"), "IGO");
        assert_string_equal(reader_get(&read.events, 0, "Actor1KnownGroupCode"), "UNO");
        assert_string_equal(reader_get(&read.events, 0, "Actor1CountryCode"), "");
        assert_string_equal(reader_get(&read.events, 0, "Actor1Name"), "the U.N.");
        assert_string_equal(reader_get(&read.events, 0, "SQLDATE"), "20231020");
        assert_string_equal(reader_get(&read.events, 0, "IsRootEvent"), "1");
        assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Type"), "0");
        assert_string_equal(reader_get(&read.events, 0, "GoldsteinScale"), "");
        assert_string_equal(reader_get(&read.events, 0, "SOURCEURL"), "https://news.example/1");
        assert_string_equal(reader_get(&read.mentions, 0, "MentionType"), "1");
        assert_string_equal(reader_get(&read.mentions, 0, "SentenceID"), "1");
        read_deinit(&read);
        read_back(&read, "{\"source\":[{\"code\":\"IGOAFR\"}],\"target\":[{\"code\":\"LBNMOSSHIREBMIL\"}],"
                         "\"where\":{\"country\":\"DEU\"},\"when\":{\"start\":\"2024-12-31\"}}");
        assert_string_equal(reader_get(&read.events, 0, "Actor1CountryCode"), "AFR");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Religion1Code"), "MOS");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Religion2Code"), "SHI");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Type1Code"), "REB");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Type2Code"), "MIL");
        assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Type"), "1");
        assert_string_equal(reader_get(&read.events, 0, "ActionGeo_FullName"), "Germany");
        assert_string_equal(reader_get(&read.events, 0, "ActionGeo_CountryCode"), "GM");
        assert_string_equal(reader_get(&read.events, 0, "FractionDate"), "2024.9890");
        read_deinit(&read);
        read_back(&read, "{\"source\":[{\"code\":\"---GOV\"}],\"target\":[{\"code\":\"---\",\"text\":\"somebody\"}],"
                         "\"publishers\":null}");
        assert_string_equal(reader_get(&read.events, 0, "Actor1Code"), "GOV");
        assert_string_equal(reader_get(&read.events, 0, "Actor1KnownGroupCode"), "");
        assert_string_equal(reader_get(&read.events, 0, "Actor1Type1Code"), "GOV");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Code"), "");
        assert_string_equal(reader_get(&read.events, 0, "Actor2KnownGroupCode"), "");
        assert_string_equal(reader_get(&read.events, 0, "Actor2Name"), "somebody");
        assert_string_equal(reader_get(&read.events, 0, "NumSources"), "1");
        read_deinit(&read);
        read_back(&read, "{\"where\":{\"name\":\"Springfield\",\"country\":\"USA\"}}");
        assert_string_equal(reader_get(&read.events, 0, "ActionGeo_Type"), "3");
        read_deinit(&read);
        read_back(&read, "{\"cameo\":null}");
        assert_int_equal(read.events.n_rows, 0);
        read_deinit(&read);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_places),
                cmocka_unit_test(test_columns),
                cmocka_unit_test(test_mentions),
                cmocka_unit_test(test_offsets),
                cmocka_unit_test(test_returned),
                cmocka_unit_test(test_codes),
                cmocka_unit_test(test_pairs),
                cmocka_unit_test(test_fallbacks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
