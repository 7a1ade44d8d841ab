/* Joining in the store: what an event of many reports says, what it was told as, and how a join is undone. */
#include "../store/fixture.h"

#include "desk/copies.h"
#include "desk/merge.h"
#include "store/changes.h"
#include "store/keep.h"

#define BODY                                                                                                          \
        "Shells struck a market by the river, three sellers died. Police closed the embankment and firemen "          \
        "fought the flames until noon. A bakery and two stalls of flowers burned down, and a tram stood still "        \
        "on the bridge. The council opened a hall for those who had lost their homes."

/* Story number n of a delivery of its own, with one report; its row. */
static int64_t tell(struct db *db, const char *story, const char *report)
{
        char json[2048];
        int64_t id;

        id = fixture_deliver(db, "inbox", "raw", 1772625600000000 + 1000000 * fixture_int(db, "SELECT count(*) FROM deliveries"));
        snprintf(json, sizeof(json), "{'stories': [{%s}]}", story);
        fixture_stories(db, id, json);
        if (report == NULL)
                return 0;
        snprintf(json, sizeof(json), "{'events': [{'event': 'ASSAULT', 'quad': 4, 'trigger': {'text': 'struck', 'span': [7, 13]}, %s}]}",
                 report);
        fixture_reports(db, fixture_row(db, id, 1), json);
        fixture_check(db);
        return fixture_row(db, id, 1);
}

#define STORY(guid, agency, day, text)                                                                           \
        "'guid': '" guid "', 'agency': '" agency "', 'published': '2026-03-" day "T10:00:00Z', 'headline': 'Market', 'text': '" text "'"
#define MARKET "Shells struck a market by the river, three sellers died."
#define DEPOT "Rockets struck warehouses and a bakery behind the tram depot, firemen fought flames."
#define WEDNESDAY "'when': {'start': '2026-03-04', 'end': '2026-03-04'}"
#define SIDES "'source': [{'code': 'RUS'}], 'target': [{'code': 'UKR'}]"

static json_t *event(struct db *db, const char *id)
{
        json_t *record = NULL;

        assert_int_equal(query_event(db, id, &record), 0);
        return record;
}

static const char *text(json_t *object, const char *key)
{
        const char *value = json_string_value(json_object_get(object, key));

        return value != NULL ? value : "";
}

static json_int_t number(json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

/* "2.1.1 3.1.1 ": a list of ids. */
static void assert_ids(json_t *record, const char *key, const char *wanted)
{
        char found[512] = "";
        json_t *id;
        size_t i;

        json_array_foreach(json_object_get(record, key), i, id)
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ", json_string_value(id));
        assert_string_equal(found, wanted);
}

/* "new 1.1.1 1", ...: the log. */
static void assert_log(struct db *db, int64_t after, const char *wanted)
{
        char *lines[32], found[512] = "";
        int64_t seqs[32];
        size_t n;

        assert_int_equal(changes_after(db, after, 32, lines, seqs, &n), 0);
        for (size_t i = 0; i < n; i++) {
                json_t *line = json_loads(lines[i], 0, NULL);

                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s %s %lld; ", text(line, "change"),
                         text(line, "id"), (long long)number(line, "revision"));
                json_decref(line);
                free(lines[i]);
        }
        assert_string_equal(found, wanted);
}

/* The most precise of each, what contradicts, and who vouches. */
static void test_merged(void **state _unused_)
{
        struct db *db = fixture_db();
        json_t *e;

        tell(db, STORY("a", "Reuters", "04", BODY), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY ","
             " 'attribution': [{'name': 'the governor'}], 'confidence': 0.5");
        tell(db, STORY("b", "AFP", "04", "Three sellers died when shells struck a market at the river, an official said."),
             "'cameo': '194', 'status': 'happened', 'source': [{'code': 'RUSMIL', 'name': 'Russian army'}],"
             " 'target': [{'code': 'UKR'}], " WEDNESDAY ", 'where': {'name': 'Kherson', 'country': 'UKR'}, 'confidence': 0.9");
        tell(db, STORY("c", "TASS", "05", "No shells of ours struck a market at the river where three sellers died, said an official."),
             "'cameo': '190', 'status': 'denied', " SIDES ", " WEDNESDAY ", 'attribution': [{'name': 'the governor'}]");
        e = event(db, "3.1.1");
        assert_string_equal(text(e, "id"), "1.1.1");
        assert_int_equal(number(e, "reports"), 3);
        assert_int_equal(number(e, "stories"), 3);
        assert_int_equal(json_array_size(json_object_get(e, "origins")), 2);
        assert_string_equal(text(e, "status"), "happened");
        assert_string_equal(text(e, "cameo"), "190");
        assert_string_equal(text(json_array_get(json_object_get(e, "source"), 0), "code"), "RUSMIL");
        assert_string_equal(text(json_object_get(e, "where"), "name"), "Kherson");
        assert_string_equal(text(json_object_get(e, "from"), "source"), "2.1.1");
        assert_string_equal(text(json_object_get(e, "from"), "where"), "2.1.1");
        assert_int_equal(json_array_size(json_object_get(json_object_get(e, "conflicts"), "cameo")), 2);
        assert_string_equal(text(json_array_get(json_object_get(e, "mentions"), 1), "cameo"), "194");
        assert_string_equal(text(json_array_get(json_object_get(e, "mentions"), 0), "cameo"), "");
        assert_int_equal(json_array_size(json_object_get(json_object_get(e, "conflicts"), "status")), 2);
        assert_int_equal(json_array_size(json_object_get(e, "statuses")), 2);
        assert_string_equal(text(json_array_get(json_object_get(e, "statuses"), 1), "status"), "denied");
        assert_string_equal(text(json_array_get(json_object_get(e, "statuses"), 1), "first"), "2026-03-05T10:00:00Z");
        assert_string_equal(json_string_value(json_array_get(json_object_get(e, "joined"), 0)), "3.1.1");
        json_decref(e);
        assert_log(db, 0, "new 1.1.1 1; changed 1.1.1 2; changed 1.1.1 3; ");
        assert_int_equal(fixture_int(db, "SELECT reports * 100 + stories * 10 + origins FROM events"), 332);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM event_actors"), 2);
        db_close(db);
}

/* A report that bridges two is killed: they part, and come together when it is back. */
static void test_undone(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t last;
        json_t *e;

        tell(db, STORY("a", "Reuters", "04", BODY), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        tell(db, STORY("b", "AFP", "04", "Three sellers died when shells struck a market at the river, an official said."),
             "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        assert_int_equal(fixture_total(db, "events"), 1);
        assert_int_equal(changes_last(db, &last), 0);
        tell(db, "'guid': 'a', 'status': 'canceled', 'agency': 'Reuters', 'text': 'kill'", NULL);
        fixture_check(db);
        assert_int_equal(fixture_total(db, "events"), 1);
        assert_log(db, last, "new 2.1.1 1; withdrawn 1.1.1 3; ");
        e = event(db, "2.1.1");
        assert_int_equal(number(e, "reports"), 1);
        assert_null(json_object_get(e, "statuses"));
        json_decref(e);
        e = event(db, "1.1.1");                         /* what became of it is said */
        assert_string_equal(text(e, "became"), "2.1.1");
        assert_true(json_is_true(json_object_get(e, "withdrawn")));
        json_decref(e);
        db_close(db);
}

/* A corrected story replaces its report; the event stays the one that it was. */
static void test_corrected(void **state _unused_)
{
        struct db *db = fixture_db();
        json_t *e;

        tell(db, STORY("a", "Reuters", "04", BODY) ", 'version': '1'", "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        tell(db, STORY("a", "Reuters", "04", BODY " Corrects the street.") ", 'version': '2'",
             "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY ", 'where': {'name': 'Kherson', 'country': 'UKR'}");
        e = event(db, "2.1.1");
        assert_string_equal(text(e, "id"), "1.1.1");
        assert_string_equal(text(e, "story"), "2.1");
        assert_int_equal(number(e, "reports"), 1);
        assert_string_equal(text(json_object_get(e, "where"), "name"), "Kherson");
        json_decref(e);
        assert_log(db, 0, "new 1.1.1 1; changed 1.1.1 2; ");
        /* The correction takes the act back. */
        tell(db, STORY("a", "Reuters", "04", BODY " Nothing of this happened.") ", 'version': '3'",
             "'cameo': '190', 'status': 'happened', 'source': [{'code': 'USA'}], 'target': [{'code': 'UKR'}]");
        assert_log(db, 2, "new 3.1.1 1; withdrawn 1.1.1 3; ");
        assert_int_equal(fixture_total(db, "events"), 1);
        db_close(db);
}

/* One that links two events is killed: they are two again, the later one with a further revision. */
static void test_returned(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t last;

        tell(db, STORY("a", "Reuters", "04", MARKET), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        tell(db, STORY("b", "AFP", "04", DEPOT), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        assert_int_equal(fixture_total(db, "events"), 2);
        tell(db, STORY("c", "AP", "04", MARKET " " DEPOT), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        assert_int_equal(fixture_total(db, "events"), 1);
        assert_int_equal(changes_last(db, &last), 0);
        tell(db, "'guid': 'c', 'status': 'canceled', 'agency': 'AP', 'text': 'kill'", NULL);
        assert_log(db, last, "changed 1.1.1 3; new 2.1.1 3; ");
        db_close(db);
}

/* An earlier story that comes late: the event goes on under its name. */
static void test_named_by_first(void **state _unused_)
{
        struct db *db = fixture_db();
        const char *report = "{'events': [{'event': 'ASSAULT', 'cameo': '190', 'status': 'happened', 'trigger': {'span': [7, 13]}, "
                             SIDES ", " WEDNESDAY "}]}";
        json_t *e;

        fixture_deliver(db, "inbox", "raw", 1772625600000000);
        tell(db, STORY("b", "AFP", "04", "Three sellers died when shells struck a market at the river, an official said."), NULL);
        fixture_reports(db, fixture_row(db, 2, 1), report);
        fixture_stories(db, 1, "{'stories': [{" STORY("a", "Reuters", "04", BODY) "}]}");
        fixture_reports(db, fixture_row(db, 1, 1), report);
        fixture_check(db);
        e = event(db, "1.1.1");
        assert_int_equal(number(e, "reports"), 2);
        json_decref(e);
        db_close(db);
}

/* Copies: one origin however many print it, whoever comes first; it is kept when the origin's sketch is gone. */
static void test_copies(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t n;
        json_t *e;

        tell(db, STORY("p1", "", "05", BODY) ", 'url': 'https://www.herald.example/1'", "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        tell(db, STORY("p2", "", "05", BODY " Own line.") ", 'url': 'https://courier.example/1'", "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        e = event(db, "1.1.1");
        assert_int_equal(json_array_size(json_object_get(e, "origins")), 1);    /* published at once: either of them */
        json_decref(e);
        tell(db, STORY("a", "Reuters", "04", BODY " First line."), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        e = event(db, "1.1.1");
        assert_int_equal(number(e, "reports"), 3);
        assert_int_equal(number(e, "stories"), 1);
        assert_int_equal(number(e, "publishers"), 3);
        assert_int_equal(json_array_size(json_object_get(e, "origins")), 1);
        assert_string_equal(json_string_value(json_array_get(json_object_get(e, "origins"), 0)), "Reuters");
        assert_string_equal(text(json_array_get(json_object_get(e, "mentions"), 1), "copy_of"), "3.1");
        assert_ids(e, "joined", "3.1.1 ");   /* the others got another origin, and did not come again */
        json_decref(e);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM sketches WHERE origin = 3"), 2);
        assert_int_equal(copies_expire(db, INT64_MAX, 2, &n), 0);
        assert_int_equal(n, 2);
        fixture_check(db);
        assert_int_equal(copies_expire(db, INT64_MAX, 9, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(fixture_int(db, "SELECT (SELECT count(*) FROM prints) + (SELECT count(*) FROM near)"), 0);
        db_close(db);
}

static void tell_many(struct db *db, int n)
{
        for (int i = 0; i < n; i++) {
                char story[1024];

                snprintf(story, sizeof(story), STORY("g%d", "Agency %d", "04", BODY " Edition %d of this newspaper."), i, i % 7, i);
                tell(db, story, "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        }
}

/* More reports of one act than are looked at together: all of them join, none is lost, and each further one is told. */
static void test_crowd(void **state _unused_)
{
        struct db *db = fixture_db();
        enum { N = 300 };
        json_t *e;

        tell_many(db, N);
        assert_int_equal(fixture_int(db, "SELECT max(reports) FROM events WHERE NOT withdrawn"), N);
        assert_int_equal(fixture_total(db, "events"), 1);
        tell(db, STORY("late", "Late", "05", BODY " Not ours."), "'cameo': '190', 'status': 'denied', " SIDES ", " WEDNESDAY);
        e = event(db, "1.1.1");
        assert_int_equal(number(e, "reports"), N + 1);
        assert_int_equal(json_array_size(json_object_get(e, "mentions")), MERGE_MENTIONS + 1);
        assert_ids(e, "joined", "301.1.1 ");
        assert_int_equal(json_array_size(json_object_get(e, "statuses")), 2);
        assert_string_equal(text(json_array_get(json_object_get(e, "statuses"), 1), "last"), "2026-03-05T10:00:00Z");
        assert_string_equal(text(json_array_get(json_object_get(json_object_get(e, "conflicts"), "status"), 1), "value"), "denied");
        json_decref(e);
        tell(db, "'guid': 'late', 'status': 'canceled', 'agency': 'Late', 'text': 'kill'", NULL);
        fixture_check(db);
        e = event(db, "1.1.1");
        assert_int_equal(number(e, "reports"), N);
        assert_ids(e, "left", "301.1.1 ");
        assert_int_equal(json_array_size(json_object_get(e, "statuses")), 1);
        assert_null(json_object_get(e, "conflicts"));
        json_decref(e);
        db_close(db);
}

/* Notes the reports that a line tells: of a `new` one all of its mentions, of a `changed` one those that joined, each with its
 * mention. How many that were not told before. */
static int note_told(json_t *line, bool *told, size_t size)
{
        json_t *mention, *joined = json_object_get(line, "joined");
        int n = 0;
        size_t i;

        assert_true(json_array_size(joined) <= MERGE_MENTIONS);
        assert_true(json_array_size(json_object_get(line, "left")) <= MERGE_MENTIONS);
        assert_true(json_array_size(json_object_get(line, "mentions")) <= (size_t)2 * MERGE_MENTIONS);
        json_array_foreach(json_object_get(line, "mentions"), i, mention) {
                const char *report = text(mention, "report");
                bool counts = joined == NULL;
                size_t story = (size_t)strtoul(report, NULL, 10), k;
                json_t *id;

                json_array_foreach(joined, k, id)
                        counts = counts || strcmp(json_string_value(id), report) == 0;
                assert_true(story < size);
                if (counts)
                        n += !told[story];
                told[story] = told[story] || counts;
        }
        return n;
}

/* How many reports the log tells as being of the event, behind `after`. */
static int count_told(struct db *db, const char *id, int64_t after)
{
        bool told[512] = { false };
        char *lines[64];
        int64_t seqs[64];
        int n_told = 0;
        size_t n;

        do {
                assert_int_equal(changes_after(db, after, 64, lines, seqs, &n), 0);
                for (size_t i = 0; i < n; i++) {
                        json_t *line = json_loads(lines[i], 0, NULL);

                        if (strcmp(text(line, "id"), id) == 0 && json_object_get(line, "withdrawn") == NULL)
                                n_told += note_told(line, told, N_ELEMENTS(told));
                        json_decref(line);
                        after = seqs[i];
                        free(lines[i]);
                }
        } while (n > 0);
        return n_told;
}

/* Two crowds are one event while there is a story that links them: the log tells of each report that came and went, a few a
 * line. */
static void test_many_at_once(void **state _unused_)
{
        struct db *db = fixture_db();
        enum { N = 60 };
        int64_t before, middle;

        for (int i = 0; i < 2 * N; i++) {
                char story[1024];

                snprintf(story, sizeof(story), STORY("g%d", "Agency %d", "04", "%s %d"), i, i % 7,
                         i < N ? MARKET : DEPOT, i);
                tell(db, story, "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        }
        assert_int_equal(fixture_total(db, "events"), 2);
        assert_int_equal(count_told(db, "1.1.1", 0), N);
        assert_int_equal(count_told(db, "61.1.1", 0), N);
        assert_int_equal(changes_last(db, &before), 0);
        tell(db, STORY("both", "AP", "03", MARKET " " DEPOT), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        fixture_check(db);
        assert_int_equal(fixture_total(db, "events"), 1);
        assert_int_equal(fixture_int(db, "SELECT max(reports) FROM events WHERE NOT withdrawn"), 2 * N + 1);
        assert_int_equal(count_told(db, "1.1.1", before), N + 1);
        assert_int_equal(changes_last(db, &middle), 0);
        tell(db, "'guid': 'both', 'status': 'canceled', 'agency': 'AP', 'text': 'kill'", NULL);
        fixture_check(db);
        assert_int_equal(fixture_total(db, "events"), 2);
        assert_int_equal(count_told(db, "61.1.1", middle), N);
        assert_int_equal(fixture_int(db, "SELECT sum(json_array_length(record, '$.left')) FROM changes WHERE ref ="
                                         " (SELECT seq FROM events WHERE story = 1) AND seq > (SELECT max(seq) FROM changes WHERE"
                                         " kind = 3)"), N + 1);
        db_close(db);
}

/* Each copy was published before all that came before it: all of them have one origin in the end, the last. */
static void test_backwards(void **state _unused_)
{
        struct db *db = fixture_db();
        enum { N = MERGE_MAX + 20 };
        json_t *e;

        for (int i = 0; i < N; i++) {
                char story[1024];

                snprintf(story, sizeof(story), "'guid': 'g%d', 'agency': 'Agency %d', 'published': '2026-03-04T%02d:%02d:00Z',"
                         " 'headline': 'Market', 'text': '" BODY " Edition %d.'", i, i, 11 - i / 60, 59 - i % 60, i);
                tell(db, story, "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
        }
        assert_int_equal(fixture_int(db, "SELECT count(DISTINCT coalesce(origin, story)) FROM sketches"), 1);
        e = event(db, "1.1.1");
        assert_int_equal(number(e, "reports"), N);
        assert_int_equal(number(e, "stories"), 1);
        assert_int_equal(json_array_size(json_object_get(e, "origins")), 1);
        assert_string_equal(text(json_array_get(json_object_get(e, "mentions"), 7), "copy_of"), "84.1");
        json_decref(e);
        db_close(db);
}

/* The origin of many turns out to be the duplicate of one that was delivered before, and is decoded late: the others have
 * another origin then, and what is counted of their texts follows at once, also where that one is never coded. */
static void test_origin_demoted(void **state _unused_)
{
        static const int counts[] = { 5, MERGE_MAX + 20 };

        for (size_t k = 0; k < N_ELEMENTS(counts); k++) {
                static const char original[] = "'agency': 'Reuters', 'published': '2026-03-04T09:00:00Z', 'headline': 'Market', 'text': '" BODY "'";
                struct db *db = fixture_db();
                char story[1024], id[32];
                int64_t last;
                json_t *e;

                fixture_deliver(db, "inbox", "raw", 1772625600000000);
                tell_many(db, counts[k]);
                last = tell(db, original, "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY) + 1;
                snprintf(id, sizeof(id), "%lld.1", (long long)last);
                e = event(db, "2.1.1");
                assert_int_equal(number(e, "stories"), 1);
                assert_string_equal(text(json_array_get(json_object_get(e, "mentions"), 2), "copy_of"), id);
                json_decref(e);
                snprintf(story, sizeof(story), "{'stories': [{%s}]}", original);
                assert_int_equal(fixture_stories(db, 1, story).stories, 1);
                fixture_check(db);
                e = event(db, "2.1.1");
                assert_int_equal(number(e, "reports"), counts[k]);
                assert_int_equal(number(e, "stories"), 1);
                for (size_t i = 0; i < json_array_size(json_object_get(e, "mentions")); i++)
                        assert_string_not_equal(text(json_array_get(json_object_get(e, "mentions"), i), "copy_of"), id);
                json_decref(e);
                tell(db, STORY("late", "Late", "04", BODY " Late."), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
                assert_int_equal(fixture_int(db, "SELECT stories FROM events WHERE NOT withdrawn"), 1);
                db_close(db);
        }
}

/* What was done and what came of it, in one sentence: two events, also when others tell of both or of one. */
static void test_means_and_result(void **state _unused_)
{
        static const char *const stories[] = {
                STORY("a", "Reuters", "04", "Russian forces shelled a hospital in Kherson, killing three people."),
                STORY("b", "AFP", "04", "Russian troops shelled a hospital of Kherson and killed three people there."),
                STORY("c", "AP", "04", "Three people were killed when Russian forces shelled a hospital in Kherson."),
        };
        static const char *const shelled = "{'event': 'ASSAULT', 'cameo': '194', 'quad': 4, 'status': 'happened', " WEDNESDAY ","
                                           " 'source': [{'code': 'RUSMIL'}], 'target': [{'code': 'UKRHLH'}], 'trigger': {'span': [15, 22]}}";
        static const char *const killed = "{'event': 'ASSAULT', 'cameo': '190', 'quad': 4, 'status': 'happened', " WEDNESDAY ","
                                          " 'source': [{'code': 'RUSMIL'}], 'target': [{'code': 'UKRCVL'}], 'trigger': {'span': [40, 47]}}";

        for (int order = 0; order < 6; order++) {
                const int at[] = { order % 3, (order % 3 + 1 + order / 3) % 3, (order % 3 + 2 - order / 3) % 3 };
                struct db *db = fixture_db();
                json_t *e;

                for (int i = 0; i < 3; i++) {
                        int64_t id = fixture_deliver(db, "inbox", "raw", 1772625600000000 + 1000000 * i);
                        char json[2048];

                        snprintf(json, sizeof(json), "{'stories': [{%s}]}", stories[at[i]]);
                        fixture_stories(db, id, json);
                        snprintf(json, sizeof(json), "{'events': [%s, %s]}", at[i] == 2 ? killed : shelled,
                                 at[i] == 2 ? shelled : killed);
                        fixture_reports(db, fixture_row(db, id, 1), json);
                        fixture_check(db);
                        assert_int_equal(fixture_total(db, "events"), 2);
                        assert_int_equal(fixture_int(db, "SELECT sum(reports) FROM events WHERE NOT withdrawn"), 2 * (i + 1));
                }
                e = event(db, at[0] == 2 ? "1.1.1" : "1.1.2");
                assert_string_equal(text(json_array_get(json_object_get(e, "target"), 0), "code"), "UKRCVL");
                assert_string_equal(text(e, "cameo"), "190");
                assert_int_equal(number(e, "reports"), 3);
                assert_null(json_object_get(e, "conflicts"));
                json_decref(e);
                db_close(db);
        }
}

/* All that is older, piece by piece; how many deliveries and stories. */
static int64_t expire(struct db *db, int64_t before)
{
        int64_t all = 0, n;

        do {
                assert_int_equal(keep_expire(db, before, 100, &n), 0);
                all += n;
        } while (n > 0);
        return all;
}

/* Stories that are not kept any more do not change what was told, and the event keeps its id as long as it has a report. */
static void test_kept(void **state _unused_)
{
        static const int counts[] = { 5, MERGE_MAX + 20 };

        for (size_t i = 0; i < N_ELEMENTS(counts); i++) {
                struct db *db = fixture_db();
                int64_t last, after;
                json_t *e;

                tell_many(db, counts[i]);
                assert_int_equal(changes_last(db, &last), 0);
                /* The first three, in which the first one's name is. */
                assert_int_equal(expire(db, 1772625600000000 + 3 * 1000000), 6);
                fixture_check(db);
                assert_int_equal(changes_last(db, &after), 0);
                assert_int_equal(after, last);
                e = event(db, "5.1.1");
                assert_string_equal(text(e, "id"), "1.1.1");
                assert_int_equal(number(e, "reports"), counts[i]);
                json_decref(e);
                tell(db, STORY("late", "Late", "04", BODY " Late."), "'cameo': '190', 'status': 'happened', " SIDES ", " WEDNESDAY);
                e = event(db, "5.1.1");
                assert_string_equal(text(e, "id"), "1.1.1");
                assert_string_equal(text(e, "first_seen"), "2026-03-04T12:00:00Z");
                assert_int_equal(number(e, "reports"), counts[i] - 3 + 1);
                json_decref(e);
                assert_int_equal(fixture_total(db, "events"), 1);
                /* With its last report it goes. */
                assert_int_equal(expire(db, INT64_MAX), 2 * (counts[i] - 3 + 1));
                fixture_check(db);
                assert_int_equal(fixture_int(db, "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM tallies)"
                                             " + (SELECT count(*) FROM crowd) + (SELECT count(*) FROM near)"), 0);
                db_close(db);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_merged), cmocka_unit_test(test_undone), cmocka_unit_test(test_corrected),
                cmocka_unit_test(test_returned),
                cmocka_unit_test(test_named_by_first), cmocka_unit_test(test_copies), cmocka_unit_test(test_crowd), cmocka_unit_test(test_many_at_once),
                cmocka_unit_test(test_kept), cmocka_unit_test(test_backwards),
                cmocka_unit_test(test_means_and_result), cmocka_unit_test(test_origin_demoted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
