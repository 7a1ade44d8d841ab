/* What is asked: filters, search, stories, quarantine, totals; the same rules for followers. */
#include "fixture.h"

#include "base/clock.h"
#include "store/kind.h"
#include "store/search.h"

/* Two sources, four stories, six events. */
static struct db *filled(void)
{
        static const char reports[] =
                "{'events': ["
                "{'event': 'ASSAULT', 'cameo': '190', 'quad': 4, 'status': 'happened',"
                " 'source': [{'code': 'RUSMIL', 'name': 'Russian army'}], 'target': [{'code': 'UKR'}]},"
                "{'event': 'ASSAULT', 'cameo': '195', 'status': 'denied',"
                " 'source': [], 'target': [{'code': 'UKRCVL', 'name': '100% Odesa'}]},"
                "{'event': 'CONSULT', 'cameo': null, 'status': 'planned', 'where': {'name': 'Paris', 'country': 'FRA'},"
                " 'source': [{'code': 'USA'}], 'target': null}]}";
        struct db *db = fixture_db();
        int64_t waiting;

        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 1000000000000000),
                        "{'stories': [{'headline': 'Talks in Moscow', 'guid': 'g', 'version': '1',"
                        " 'published': '2023-10-19T08:00:00Z', 'text': 'The ministers met."
                        " C\xc3\xb4te d\\u0027Ivoire\\u0027s U.N. envoy spoke of \\\"anti-war\\\" talks.'}]}");
        fixture_reports(db, 1, FIXTURE_REPORTS);
        fixture_stories(db, fixture_deliver(db, "wire", "raw", 2000000000000000),
                        "{'stories': [{'headline': 'Strike', 'text': 'A strike hit the port.'},"
                        " {'text': 'Nothing new from the port.'}]}");
        fixture_reports(db, 2, reports);
        fixture_reports(db, 3, "{'events': []}");
        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 3000000000000000),
                        "{'stories': [{'headline': 'Talks in Moscow', 'guid': 'g', 'version': '2', "
                        "'text': 'Corrected.'}]}");
        fixture_reports(db, 4, FIXTURE_REPORTS);
        assert_int_equal(search_index(db, 100, &waiting), 0);
        assert_int_equal(waiting, 0);
        fixture_check(db);
        return db;
}

/* All that was looked at, as a JSON array. */
static json_t *ask(struct db *db, const struct query_filter *filter, bool newest, int64_t limit)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        struct query_answer answer;
        json_t *events;

        assert_int_equal(query_events(db, filter, newest, limit, &text, &answer), 0);
        assert_false(answer.reach.cut);
        events = json_loadb(text.data, text.n, 0, NULL);
        assert_int_equal(json_array_size(events), answer.n);
        if (answer.n > 0)
                assert_int_equal(json_integer_value(json_object_get(json_array_get(events, (size_t)answer.n - 1),
                                                                    "seq")), answer.last);
        return events;
}

/* The ids of the events that a filter lets through, in the order of their last change, by SQL and by the follower's
 * rule. */
static void assert_events(struct db *db, struct query_filter f, const char *wanted)
{
        char found[64] = "", followed[64] = "";
        struct query_filter all = { .withdrawn = true };
        json_t *events, *event;
        size_t i;

        events = ask(db, &f, false, 100);
        json_array_foreach(events, i, event)
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ",
                         json_string_value(json_object_get(event, "id")));
        json_decref(events);
        assert_string_equal(found, wanted);
        events = ask(db, &all, false, 100);
        json_array_foreach(events, i, event)
                if (query_filter_matches(&f, event))
                        snprintf(followed + strlen(followed), sizeof(followed) - strlen(followed), "%s ",
                                 json_string_value(json_object_get(event, "id")));
        json_decref(events);
        assert_string_equal(followed, wanted);
}

static void assert_filters(struct db *db)
{
        assert_events(db, (struct query_filter){ 0 }, "2.1.1 2.1.2 2.1.3 1.1.1 ");
        assert_events(db, (struct query_filter){ .withdrawn = true }, "2.1.1 2.1.2 2.1.3 1.1.1 ");
        assert_events(db, (struct query_filter){ .source = "RUS" }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .source = "RUSMIL" }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .source = "RUSM" }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .source = "UKR" }, "");
        assert_events(db, (struct query_filter){ .target = "UKR" }, "2.1.1 2.1.2 ");
        assert_events(db, (struct query_filter){ .target = "UKRCVL" }, "2.1.2 ");
        assert_events(db, (struct query_filter){ .actor = "RUS" }, "2.1.1 1.1.1 ");
        assert_events(db, (struct query_filter){ .actor = "lavrov" }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .source = "choe son" }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .actor = "% o" }, "2.1.2 ");
        assert_events(db, (struct query_filter){ .actor = "_" }, "");
        assert_events(db, (struct query_filter){ .actor = "'; DROP TABLE events; --" }, "");
        assert_events(db, (struct query_filter){ .source = "RUS", .target = "UKR" }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .type = "ASSAULT" }, "2.1.1 2.1.2 ");
        assert_events(db, (struct query_filter){ .type = "assault" }, "2.1.1 2.1.2 ");
        assert_events(db, (struct query_filter){ .type = "19" }, "2.1.1 2.1.2 ");
        assert_events(db, (struct query_filter){ .type = "195" }, "2.1.2 ");
        assert_events(db, (struct query_filter){ .type = "0" }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .status = "denied" }, "2.1.2 ");
        assert_events(db, (struct query_filter){ .watch = "wire" }, "2.1.1 2.1.2 2.1.3 ");
        assert_events(db, (struct query_filter){ .watch = "none" }, "");
        assert_events(db, (struct query_filter){ .story = "2.1" }, "2.1.1 2.1.2 2.1.3 ");
        assert_events(db, (struct query_filter){ .story = "nonsense" }, "");
        assert_events(db, (struct query_filter){ .since = 2000000000000000 }, "2.1.1 2.1.2 2.1.3 ");
        assert_events(db, (struct query_filter){ .since = 2000000000000001 }, "");
        assert_events(db, (struct query_filter){ .until = 2000000000000000, .withdrawn = true }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .actor = "UKR", .other = "RUS" }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .actor = "RUS", .other = "choe" }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .actor = "RUS", .other = "USA" }, "");
        assert_events(db, (struct query_filter){ .actor = "RUS", .other = "RUS" }, "");
        assert_events(db, (struct query_filter){ .day_from = 19649, .day_to = 19649 }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .day_from = 19650 }, "");
        assert_events(db, (struct query_filter){ .day_to = 19648 }, "");
        assert_events(db, (struct query_filter){ .day_to = 19649, .actor = "RUS" }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .country = "FRA" }, "2.1.3 ");
        assert_events(db, (struct query_filter){ .country = "FRA", .actor = "RUS" }, "");
        assert_events(db, (struct query_filter){ .place = "PARI" }, "2.1.3 ");
        assert_events(db, (struct query_filter){ .origin = "WIR" }, "2.1.1 2.1.2 2.1.3 ");
        assert_events(db, (struct query_filter){ .origin = "w_re" }, "");
        assert_events(db, (struct query_filter){ .origin = "a\"b" }, "");
        assert_events(db, (struct query_filter){ .min_origins = 2 }, "");
        assert_events(db, (struct query_filter){ .min_reports = 1, .quad = 4 }, "2.1.1 ");
        assert_events(db, (struct query_filter){ .after = 3 }, "2.1.3 1.1.1 ");
        assert_events(db, (struct query_filter){ .after = 4, .withdrawn = true }, "1.1.1 ");
        assert_events(db, (struct query_filter){ .kinds = KINDS_EVENTS, .withdrawn = true },
                      "2.1.1 2.1.2 2.1.3 1.1.1 ");
        assert_events(db, (struct query_filter){ .kinds = KIND_SET(KIND_WITHDRAWN), .withdrawn = true }, "");
        assert_events(db, (struct query_filter){ .kinds = KIND_SET(KIND_CHANGED) }, "1.1.1 ");
}

static void test_filters(void **state _unused_)
{
        struct db *db = filled();

        assert_filters(db);
        db_close(db);
}

/* What holds for many events is looked for in another way than what is rare; the answers are the same. */
static void test_frequent(void **state _unused_)
{
        static const char many[] =
                "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)"
                " INSERT INTO events (seq, story, number, source, first_seen, last_seen, withdrawn, revision, changed, "
                "type, cameo)"
                " SELECT 1000000 + i, 1, 1000000 + i, 1, 0, 0, 1, 1, 0, 'ASSAULT', '195' FROM n";
        static const char actors[] =
                "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)"
                " INSERT INTO event_actors (event, side, actor, changed) SELECT 1000000 + n.i, s.column1, a.id, 0 FROM "
                "n, actors a,"
                " (VALUES (0), (1)) s";
        struct db *db = filled();

        assert_int_equal(db_run(db, many, ""), 0);
        assert_int_equal(db_run(db, actors, ""), 0);
        assert_filters(db);
        db_close(db);
}

/* Events of which every hundredth is of a country, over many windows; the records are as little as they can be. */
static struct db *many(void)
{
        struct db *db = fixture_db();

        assert_int_equal(db_exec(db,
                "INSERT INTO sources (id, name) VALUES (1, 'wire');"
                "INSERT INTO actors (id, code, name) VALUES (1, 'AAA', 'a'), (2, 'BBBGOV', 'b'), (3, 'CCC', 'c');"
                "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                " INSERT INTO changes (seq, kind, ref, revision, at, record) SELECT i, 1, i, 1, i * 1000000,"
                " '{\"id\":\"' || i || '.1.1\",\"origins\":[\"' || iif(i % 3000 = 1, 'Rare', 'Often') || '\"]}' FROM n;"
                "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type, "
                "cameo, quad, country, day_start)"
                " SELECT seq, seq, 1, 1, at, at, 1, seq, iif(seq % 100 = 0, 'AID', 'CONSULT'), iif(seq % 3 = 0, '071', "
                "'040'), 1 + seq % 4,"
                " iif(seq % 100 = 1, 'FRA', NULL), seq FROM changes;"
                "INSERT INTO event_actors (event, side, actor, changed) SELECT seq, 0, iif(seq % 200 = 0, 1, 2), "
                "changed FROM events"
                " UNION ALL SELECT seq, 1, iif(seq % 300 = 0, 2, 3), changed FROM events"), 0);
        return db;
}

/* Whether the last `limit` are those that go by by hand, and the first ones behind a place as well; however slow the machine. */
static void assert_found(struct db *db, struct query_filter f, const char *sql)
{
        f.patience = 3600 * CLOCK_SECOND;
        for (int newest = 0; newest < 2; newest++)
                for (int64_t limit = 1; limit <= 1000; limit = limit * 32) {
                        json_t *events = ask(db, &f, newest, limit);
                        size_t n = json_array_size(events);
                        char text[512];

                        snprintf(text, sizeof(text),
                                 "SELECT count(*) * 1000000 + coalesce(sum(seq %% 9973), 0) FROM (SELECT seq FROM "
                                 "events e WHERE"
                                 " %s ORDER BY seq%s LIMIT %d)", sql, newest ? " DESC" : "", (int)limit);
                        for (int64_t sum = 0, i = 0; i <= (int64_t)n; i++) {
                                if (i == (int64_t)n)
                                        assert_int_equal((int64_t)n * 1000000 + sum, fixture_int(db, text));
                                else
                                        sum += json_integer_value(json_object_get(json_array_get(events, (size_t)i),
                                                                                  "seq")) % 9973;
                        }
                        json_decref(events);
                }
}

static void test_windows(void **state _unused_)
{
        struct db *db = many();

        assert_found(db, (struct query_filter){ 0 }, "1");
        assert_found(db, (struct query_filter){ .country = "FRA" }, "country = 'FRA'");
        assert_found(db, (struct query_filter){ .actor = "AAA" }, "seq % 200 = 0");
        assert_found(db, (struct query_filter){ .source = "BBB", .type = "07" }, "seq % 200 <> 0 AND seq % 3 = 0");
        assert_found(db, (struct query_filter){ .target = "BBBGOV" }, "seq % 300 = 0");
        assert_found(db, (struct query_filter){ .actor = "BBB", .other = "AAA" }, "seq % 600 = 0");
        assert_found(db, (struct query_filter){ .type = "aid", .actor = "A" }, "seq % 200 = 0");
        assert_found(db, (struct query_filter){ .origin = "rare" }, "seq % 3000 = 1");
        assert_found(db, (struct query_filter){ .since = 10000000000, .until = 15000000000 },
                     "seq >= 10000 AND seq < 15000");
        assert_found(db, (struct query_filter){ .since = 19000000000, .quad = 1 }, "seq >= 19000 AND seq % 4 = 0");
        assert_found(db, (struct query_filter){ .since = 10000000000, .country = "FRA" },
                     "seq >= 10000 AND seq % 100 = 1");
        assert_found(db, (struct query_filter){ .after = 100, .before = 12001, .country = "FRA" },
                     "seq > 100 AND seq <= 12000 AND seq % 100 = 1");
        db_close(db);
}

/* Time is over at once after the first window: what was looked at is told, and from there it goes on to the end. */
static void test_cut(void **state _unused_)
{
        struct query_filter f = { .origin = "rare", .patience = 1 };
        struct db *db = many();
        struct query_answer answer = { .n = 0 };
        int64_t found = 0, looked = 0;
        int asked = 0;

        for (int newest = 0; newest < 2; newest++) {
                found = looked = asked = 0;
                f.after = f.before = 0;
                do {
                        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

                        assert_int_equal(query_events(db, &f, newest, 100, &text, &answer), 0);
                        found += answer.n;
                        looked += answer.reach.looked;
                        asked++;
                        if (answer.reach.cut)
                                assert_int_equal(answer.reach.at, answer.reach.seq * 1000000);
                        if (newest)
                                f.before = answer.reach.seq;
                        else
                                f.after = answer.reach.seq;
                } while (answer.reach.cut);
                assert_true(asked > 3);
                assert_int_equal(found, 7);
                assert_int_equal(looked, 20000);
        }
        db_close(db);
}

static void test_limits(void **state _unused_)
{
        const struct query_filter all = { 0 };
        struct db *db = filled();
        json_t *events;

        events = ask(db, &all, true, 2);
        assert_int_equal(json_array_size(events), 2);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "seq")), 4);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 1), "seq")), 5);
        json_decref(events);
        events = ask(db, &all, true, 3);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "seq")), 3);
        json_decref(events);
        events = ask(db, &all, false, 2);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "seq")), 2);
        json_decref(events);
        db_close(db);
}

static const char *text(json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

static void test_story(void **state _unused_)
{
        struct db *db = filled();
        json_t *story, *versions;

        assert_int_equal(query_story(db, "9.1", &story), QUERY_E_NONE);
        assert_int_equal(query_story(db, "1", &story), QUERY_E_NONE);
        assert_int_equal(query_story(db, "1.1.1", &story), QUERY_E_NONE);
        assert_int_equal(query_story(db, "", &story), QUERY_E_NONE);
        assert_int_equal(query_story(db, "1.1", &story), 0);
        assert_string_equal(text(story, "id"), "1.1");
        assert_string_equal(text(story, "source"), "inbox");
        assert_string_equal(text(story, "state"), "done");
        assert_string_equal(text(story, "headline"), "Talks in Moscow");
        assert_string_equal(text(story, "published"), "2023-10-19T08:00:00Z");
        assert_string_equal(text(story, "replaced_by"), "3.1");
        assert_non_null(strstr(text(story, "text"), "anti-war"));
        versions = json_object_get(story, "versions");
        assert_int_equal(json_array_size(versions), 2);
        assert_string_equal(text(json_array_get(versions, 0), "id"), "1.1");
        assert_true(json_is_false(json_object_get(json_array_get(versions, 0), "current")));
        assert_string_equal(text(json_array_get(versions, 1), "version"), "2");
        assert_true(json_is_true(json_object_get(json_array_get(versions, 1), "current")));
        assert_int_equal(json_array_size(json_object_get(story, "events")), 1);
        /* The event goes on with the report of the version that counts. */
        assert_string_equal(text(json_array_get(json_object_get(story, "events"), 0), "id"), "1.1.1");
        assert_string_equal(text(json_array_get(json_object_get(story, "events"), 0), "story"), "3.1");
        json_decref(story);
        assert_int_equal(query_event(db, "2.1.3", &story), 0);
        assert_string_equal(text(story, "event"), "CONSULT");
        assert_string_equal(json_string_value(json_array_get(json_object_get(story, "origins"), 0)), "wire");
        json_decref(story);
        assert_int_equal(query_event(db, "2.1.4", &story), QUERY_E_NONE);
        assert_int_equal(query_event(db, "2.1", &story), QUERY_E_NONE);
        assert_int_equal(query_event(db, "x", &story), QUERY_E_NONE);
        db_close(db);
}

static void assert_hits(struct db *db, const char *words, int r, const char *ids)
{
        char found[64] = "";
        json_t *hits, *hit;
        size_t i;

        assert_int_equal(query_search(db, words, 10, &hits), r);
        if (r != 0)
                return;
        json_array_foreach(hits, i, hit)
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ", text(hit, "id"));
        json_decref(hits);
        assert_string_equal(found, ids);
}

static void test_search(void **state _unused_)
{
        struct db *db = filled();
        char *longest = malloc(2001);
        json_t *hits, *story;

        assert_hits(db, "port", 0, "2.2 2.1 ");
        assert_hits(db, "PORT strike", 0, "2.1 ");
        assert_hits(db, "strike port", 0, "2.1 ");
        assert_hits(db, "talks", 0, "3.1 1.1 ");
        assert_hits(db, "cote d'ivoire", 0, "1.1 ");
        assert_hits(db, "anti-war", 0, "1.1 ");
        assert_hits(db, "U.N.", 0, "1.1 ");
        assert_hits(db, "por*", 0, "2.2 2.1 ");
        assert_hits(db, "port NOT strike", 0, "2.2 ");
        assert_hits(db, "strike OR ministers", 0, "2.1 1.1 ");
        assert_hits(db, "\"the port\"", 0, "2.2 2.1 ");
        assert_hits(db, "headline:strike", 0, "2.1 ");
        assert_hits(db, "nowhere", 0, "");
        assert_hits(db, "!!!", 0, "");
        assert_hits(db, "a:b ^c +d {e}", 0, "");
        assert_hits(db, "\"open", QUERY_E_WORDS, NULL);
        assert_hits(db, "(port", QUERY_E_WORDS, NULL);
        assert_hits(db, "port AND", 0, "");
        assert_hits(db, "*", QUERY_E_WORDS, NULL);
        assert_hits(db, "", QUERY_E_WORDS, NULL);
        assert_hits(db, "  \t", QUERY_E_WORDS, NULL);
        memset(longest, '(', 2000);
        longest[2000] = '\0';
        assert_hits(db, longest, QUERY_E_WORDS, NULL);
        longest[1000] = '\0';
        assert_hits(db, longest, QUERY_E_WORDS, NULL);
        free(longest);
        assert_int_equal(query_search(db, "ministers", 10, &hits), 0);
        assert_string_equal(text(json_array_get(hits, 0), "headline"), "Talks in Moscow");
        assert_string_equal(text(json_array_get(hits, 0), "source"), "inbox");
        assert_string_equal(text(json_array_get(hits, 0), "published"), "2023-10-19T08:00:00Z");
        assert_non_null(strstr(text(json_array_get(hits, 0), "snippet"), "[ministers]"));
        /* What was replaced, or killed, says so. */
        assert_string_equal(text(json_array_get(hits, 0), "replaced_by"), "3.1");
        assert_null(json_object_get(json_array_get(hits, 0), "killed"));
        json_decref(hits);
        assert_int_equal(db_run(db, "UPDATE stories SET canceled = 1 WHERE delivery = 3", ""), 0);
        assert_int_equal(query_search(db, "ministers", 10, &hits), 0);
        assert_true(json_is_true(json_object_get(json_array_get(hits, 0), "killed")));
        assert_int_equal(query_story(db, text(json_array_get(hits, 0), "id"), &story), 0);
        assert_string_equal(text(story, "replaced_by"), text(json_array_get(hits, 0), "replaced_by"));
        assert_true(json_is_true(json_object_get(story, "killed")));
        json_decref(story);
        json_decref(hits);
        assert_int_equal(query_search(db, "port", 1, &hits), 0);
        assert_int_equal(json_array_size(hits), 1);
        json_decref(hits);
        db_close(db);
}

static void test_quarantine(void **state _unused_)
{
        struct db *db = filled();
        json_t *list, *item;
        int64_t id;

        fixture_deliver(db, "inbox", "raw bytes", 4);
        deliveries_quarantine(db, false, 4, "hung");
        id = fixture_deliver(db, "wire", "some", 5);
        fixture_stories(db, id,
                        "{'stories': [{'text': 'h\xc3\xa9'}], 'bad': [{'reason': 'cut', 'what': 'item "
                        "2'}]}");
        deliveries_quarantine(db, true, fixture_row(db, id, 1), "crashed");
        fixture_stories(db, fixture_deliver(db, "wire", "x", 6),
                        "{'stories': [], 'bad': [{'reason': 'empty'}, {'reason': 'b'}]}");
        fixture_check(db);
        assert_int_equal(query_quarantine(db, 10, &list), 0);
        assert_int_equal(json_array_size(list), 4);
        assert_string_equal(text(json_array_get(list, 0), "id"), "6");
        assert_string_equal(text(json_array_get(list, 0), "reason"), "empty (and 1 more)");
        assert_string_equal(text(json_array_get(list, 1), "id"), "5.1");
        assert_string_equal(text(json_array_get(list, 1), "kind"), "story");
        assert_string_equal(text(json_array_get(list, 2), "id"), "5.2");
        assert_string_equal(text(json_array_get(list, 2), "kind"), "item");
        assert_string_equal(text(json_array_get(list, 2), "reason"), "item 2: cut");
        assert_string_equal(text(json_array_get(list, 3), "id"), "4");
        json_decref(list);
        assert_int_equal(query_quarantine(db, 2, &list), 0);
        assert_int_equal(json_array_size(list), 2);
        json_decref(list);
        assert_int_equal(query_quarantined(db, "4", &item), 0);
        assert_string_equal(text(item, "bytes"), "cmF3IGJ5dGVz");
        assert_string_equal(text(item, "reason"), "hung");
        json_decref(item);
        assert_int_equal(query_quarantined(db, "5.1", &item), 0);
        assert_string_equal(text(item, "bytes"), "aMOp");
        assert_int_equal(json_integer_value(json_object_get(item, "size")), 3);
        json_decref(item);
        assert_int_equal(query_quarantined(db, "5.2", &item), 0);
        assert_string_equal(text(item, "bytes"), "c29tZQ==");
        json_decref(item);
        assert_int_equal(query_quarantined(db, "1", &item), QUERY_E_NONE);
        assert_int_equal(query_quarantined(db, "1.1", &item), QUERY_E_NONE);
        assert_int_equal(query_totals(db, &item), 0);
        assert_int_equal(json_integer_value(json_object_get(item, "quarantined")), 4);
        assert_int_equal(json_integer_value(json_object_get(item, "stories")), 5);
        assert_int_equal(json_integer_value(json_object_get(item, "events")), 4);
        assert_int_equal(json_integer_value(json_object_get(item, "duplicates")), 0);
        assert_int_equal(json_integer_value(json_object_get(item, "deliveries")), 6);
        json_decref(item);
        db_close(db);
}

/* No answer needs a scan of a table that grows, but for a part of a name and what follows an index. */
static void test_no_scans(void **state _unused_)
{
        static const char *const statements[] = {
                "SELECT name, value FROM totals WHERE name <> 'indexed'",
                "SELECT seq, kind, revision, record FROM changes WHERE seq > 3 ORDER BY seq LIMIT 9",
                "SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE state = 0",
                "SELECT * FROM deliveries WHERE state = 2 ORDER BY id DESC LIMIT 10",
                "SELECT * FROM stories WHERE state = 2 ORDER BY id DESC LIMIT 10",
                "SELECT id FROM stories WHERE delivery = 1 AND number = 1",
                "SELECT record FROM events e JOIN changes c ON c.seq = e.changed WHERE type = 'ASSAULT' ORDER BY "
                "e.changed DESC"
                " LIMIT 10",
                ("SELECT record FROM events e JOIN changes c ON c.seq = e.changed WHERE e.seq IN (SELECT event FROM "
                 "event_actors WHERE side = 0 AND actor IN"
                 " (SELECT id FROM actors WHERE code >= 'PRK' AND code < 'PRK~')) ORDER BY e.changed DESC LIMIT 10"),
        };
        struct db *db = filled();

        for (size_t i = 0; i < N_ELEMENTS(statements); i++) {
                char sql[512];
                sqlite3_stmt *s;

                snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", statements[i]);
                assert_int_equal(sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL), SQLITE_OK);
                while (sqlite3_step(s) == SQLITE_ROW) {
                        const char *detail = (const char *)sqlite3_column_text(s, 3);

                        if (strncmp(detail, "SCAN", 4) == 0 && strstr(detail, "INDEX") == NULL &&
                            strncmp(detail, "SCAN totals", 11) != 0) {
                                print_message("%s: %s\n", statements[i], detail);
                                fail();
                        }
                }
                sqlite3_finalize(s);
        }
        db_close(db);
}

static void test_ids(void **state _unused_)
{
        int64_t delivery, number;

        assert_true(query_parse_id("42.1", &delivery, &number));
        assert_int_equal(delivery, 42);
        assert_int_equal(number, 1);
        assert_true(query_parse_id("7", &delivery, &number));
        assert_int_equal(number, 0);
        assert_false(query_parse_id("", &delivery, &number));
        assert_false(query_parse_id("1.", &delivery, &number));
        assert_false(query_parse_id(".1", &delivery, &number));
        assert_false(query_parse_id("1.1.1", &delivery, &number));
        assert_false(query_parse_id("-1", &delivery, &number));
        assert_false(query_parse_id("1111111111111111111", &delivery, &number));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_filters), cmocka_unit_test(test_frequent), cmocka_unit_test(test_windows),
                        cmocka_unit_test(test_cut),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_story),
                cmocka_unit_test(test_search),
                cmocka_unit_test(test_quarantine),
                cmocka_unit_test(test_no_scans),
                cmocka_unit_test(test_ids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
