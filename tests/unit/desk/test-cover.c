/* Events of more reports than are compared: the outcome does not depend on the order, a further report touches little.
 */
#include "../store/fixture.h"

#include "desk/cover.h"
#include "desk/merge.h"
#include "desk/record.h"

enum { STORIES = 1200, FEW = 300, MANY = 120, KILLED_OF = 20 };

/* Sanitizers and valgrind look at the same with fewer. */
static size_t count_stories(void)
{
        const char *preloaded = getenv("LD_PRELOAD");

#ifdef WITH_SANITIZERS
        preloaded = "vgpreload";
#endif
        return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL ? FEW : STORIES;
}

static uint64_t next(uint64_t *state)
{
        *state = *state * 6364136223846793005 + 1442695040888963407;
        return *state >> 33;
}

static void put_words(char *out, size_t size, const char *act, unsigned of, unsigned n, uint64_t *state)
{
        for (unsigned i = 0; i < n; i++)
                snprintf(out + strlen(out), size - strlen(out), "%sword%c ", act, (char)('a' + next(state) % of));
        out[strlen(out) - 1] = '.';
}

/* Three acts of one kind on one day: two in one town or in none, told alike, and one in another country's. */
static const struct act {
        const char *words, *sides[3], *places[3];
} acts[] = {
        { "market",
          { "'source': [{'code': 'RUS'}], 'target': [{'code': 'UKR'}]",
            "'source': [{'code': 'RUSMIL'}], 'target': [{'code': 'UKRCVL'}]",
            "'source': [{'code': 'RUS'}], 'target': [{'code': 'UKRGOV'}]" },
          { "", ", 'where': {'name': 'Kherson', 'country': 'UKR'}", "" } },
        { "bridge",
          { "'source': [{'code': 'RUS'}], 'target': [{'code': 'UKR'}]",
            "'source': [{'code': 'RUSMIL'}], 'target': [{'code': 'UKR'}]",
            "'source': [{'code': 'RUS'}], 'target': [{'code': 'UKRMIL'}]" },
          { "", ", 'where': {'name': 'Odesa', 'country': 'UKR'}", "" } },
        { "harbour",
          { "'source': [{'code': 'ISR'}], 'target': [{'code': 'LBN'}]",
            "'source': [{'code': 'ISRMIL'}], 'target': [{'code': 'LBN'}]",
            "'source': [{'code': 'ISR'}], 'target': [{'code': 'LBNREB'}]" },
          { "", ", 'where': {'name': 'Tyre', 'country': 'LBN'}", "" } },
};

/* Of every twenty stories twelve tell of the first act, five of the second, two of the third and one of the first two.
 */
static const struct act *act_of(size_t i)
{
        return &acts[i % 20 < 12 ? 0 : i % 20 < 17 ? 1 : i % 20 < 19 ? 2 : 0];
}

static void make_story(char *out, size_t size, size_t i, bool kill)
{
        const struct act *act = act_of(i);
        uint64_t state = i + 1;
        char text[1024] = "";

        for (int k = 0; k < 5; k++)
                next(&state);
        put_words(text, sizeof(text), act->words, 18, 9, &state);
        strcat(text, " ");
        put_words(text, sizeof(text), i % 20 == 19 ? "bridge" : act->words, 18, 9, &state);
        strcat(text, " ");
        put_words(text, sizeof(text), "other", 26, 12, &state);
        snprintf(out, size,
                 "{'stories': [{'guid': 'g%zu', 'version': '%d', 'status': '%s', 'agency': 'Agency %d', 'published': "
                 "'2026-03-04T%02d:%02d:00Z', 'headline': 'Story', 'text': '%s'}]}",
                 i, kill ? 2 : 1, kill ? "canceled" : "usable", (int)(next(&state) % 40), (int)(8 + i / 150),
                 (int)(next(&state) % 60), text);
}

static void make_report(char *out, size_t size, size_t i)
{
        const struct act *act = act_of(i);
        uint64_t state = i * 7 + 3;

        for (int k = 0; k < 5; k++)
                next(&state);
        snprintf(
                out, size,
                "{'events': [{'event': 'ASSAULT', 'cameo': '%s', 'quad': 4, 'trigger': {'text': 'w', 'span': [3, 7]}, 'status': '%s',"
                " 'confidence': 0.%d, 'when': {'start': '2026-03-04', 'end': '2026-03-04'}, %s%s%s}]}",
                next(&state) % 3 == 0 ? "194" : "190",
                next(&state) % 9 == 0   ? "denied"
                : next(&state) % 7 == 0 ? "ongoing"
                                        : "happened",
                (int)(50 + next(&state) % 40), act->sides[next(&state) % 3], act->places[next(&state) % 3],
                next(&state) % 2 == 0 ? ", 'attribution': [{'name': 'the governor'}]" : "");
}

/* Without what is of the last change. */
static void print_record(FILE *f, const char *text)
{
        json_t *record = json_loads(text, 0, NULL), *mentions = json_object_get(record, "mentions");
        char *line;

        json_object_del(record, "joined");
        json_object_del(record, "left");
        while (json_array_size(mentions) > MERGE_MENTIONS)
                json_array_remove(mentions, json_array_size(mentions) - 1);
        line = json_dumps(record, JSON_COMPACT);
        fprintf(f, "%s\n", line);
        free(line);
        json_decref(record);
}

static void print_rows(FILE *f, struct db *db, const char *sql)
{
        sqlite3_stmt *s;

        assert_int_equal(sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
                for (int i = 0; i < sqlite3_column_count(s); i++)
                        fprintf(f, "%s ",
                                sqlite3_column_type(s, i) == SQLITE_NULL ? "-"
                                                                         : (const char *)sqlite3_column_text(s, i));
                fprintf(f, "\n");
        }
        sqlite3_finalize(s);
}

/* All that is to be the same. */
static char *outcome(struct db *db)
{
        sqlite3_stmt *s;
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        assert_int_equal(sqlite3_prepare_v2(db_handle(db),
                                            "SELECT c.record FROM events e JOIN changes c ON c.seq = e.changed"
                                            " WHERE NOT e.withdrawn ORDER BY e.seq",
                                            -1, &s, NULL),
                         SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW)
                print_record(f, (const char *)sqlite3_column_text(s, 0));
        sqlite3_finalize(s);
        print_rows(f, db, "SELECT story, number, event, part FROM reports WHERE shown ORDER BY story, number");
        print_rows(f, db,
                   "SELECT day, key, part, rank, story, number FROM near ORDER BY day, key, rank, story, number");
        print_rows(f, db, "SELECT * FROM tallies WHERE n <> 0 ORDER BY event, what, value");
        print_rows(f, db, "SELECT * FROM crowd ORDER BY event, time, hash, number, story");
        print_rows(f, db, "SELECT story, origin FROM sketches ORDER BY story");
        fclose(f);
        return text;
}

/* The acts stay apart; the first one is told of civilians and of a government, which speaks against one event. Most
 * reports are not compared with. */
static void assert_told(struct db *db, size_t stories)
{
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM events WHERE NOT withdrawn AND reports > 10"), 4);
        assert_true(fixture_int(db, "SELECT max(reports) FROM events WHERE NOT withdrawn") > (stories == FEW ? 1 : 5) * MERGE_MAX);
        assert_true(fixture_int(db, "SELECT count(*) FROM reports WHERE part = 1") > (int64_t)stories / 2);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM reports WHERE part = 2"), stories / KILLED_OF);
}

/* Stories are decoded in their order, and their reports come in another; so do the kills of some. `late`: all kills at
 * the end. */
static char *run(uint64_t seed, bool late, size_t stories)
{
        size_t order[STORIES], kills = 0, killed = stories / KILLED_OF;
        char json[2048];
        struct db *db = fixture_db();
        char *text;

        for (size_t i = 0; i < stories; i++) {
                int64_t id = fixture_deliver(db, "wire", "raw", 1772625600000000 + 1000000 * (int64_t)i);

                make_story(json, sizeof(json), i, false);
                fixture_stories(db, id, json);
                order[i] = i;
        }
        for (size_t i = stories - 1; i > 0 && seed != 0; i--) {
                size_t j = next(&seed) % (i + 1), swap = order[i];

                order[i] = order[j];
                order[j] = swap;
        }
        for (size_t i = 0; i < stories; i++) {
                make_report(json, sizeof(json), order[i]);
                fixture_reports(db, (int64_t)order[i] + 1, json);
                if (i + 1 < stories && (late || i % KILLED_OF != 0))
                        continue;
                /* The earliest ones among them: those are of the core. */
                for (; kills < killed && (i + 1 == stories || kills < i / KILLED_OF); kills++) {
                        size_t k = kills < killed / 2 ? kills * 5 : kills * 20;

                        make_story(json, sizeof(json), k, true);
                        fixture_stories(db, fixture_deliver(db, "wire", "raw", 1772630000000000 + (int64_t)kills),
                                        json);
                }
        }
        assert_int_equal(kills, killed);
        fixture_check(db);
        if (stories >= FEW)
                assert_told(db, stories);
        else
                assert_in_range(fixture_int(db, "SELECT max(reports) FROM events WHERE NOT withdrawn"), MERGE_MENTIONS + 9, MERGE_MAX);
        text = outcome(db);
        db_close(db);
        return text;
}

static void assert_same(char *a, char *b)
{
        size_t line = 1;
        for (size_t i = 0; a[i] != '\0' || b[i] != '\0'; i++) {
                if (a[i] != b[i]) {
                        print_message("line %zu differs: %.200s\nand: %.200s\n", line, a + i, b + i);
                        fail();
                }
                line += a[i] == '\n';
        }
        free(b);
}

static void test_orders(void **state _unused_)
{
        size_t stories = count_stories();
        char *first = run(0, true, stories);

        for (uint64_t seed = 1; seed <= 2; seed++)
                assert_same(first, run(seed, seed % 2 == 0, stories));
        free(first);
}

/* Events of more reports than stand in `mentions`, and of fewer than are read: which ones stand there does not depend on who came
 * last, in many orders. */
static void test_mentions(void **state _unused_)
{
        uint64_t orders = count_stories() == FEW ? 3 : 30;
        char *first = run(0, true, MANY);

        for (uint64_t seed = 1; seed <= orders; seed++)
                assert_same(first, run(seed, seed % 2 == 0, MANY));
        free(first);
}

/* Hundreds of like stories of one second that tell no time of their own: where the first is coded last, the others stay what they
 * are, and it costs no more than it must. */
static char *run_second(size_t first)
{
        struct db *db = fixture_db();
        char json[2048];
        char *text;

        for (size_t i = 0; i < FEW; i++) {
                int64_t id = fixture_deliver(db, "wire", "raw", 1772625600000000 + (int64_t)i);

                snprintf(json, sizeof(json), "{'stories': [{'headline': 'Market', 'text': 'Shells struck a market by the river, three"
                         " sellers died and a tram stood still on the bridge until noon. Edition %zu.'}]}", i);
                fixture_stories(db, id, json);
        }
        for (size_t i = 0; i < FEW; i++)
                fixture_reports(db, 1 + (int64_t)((i + first) % FEW),
                                "{'events': [{'event': 'ASSAULT', 'cameo': '190', 'quad': 4, 'status': 'happened', 'source': [{'code': 'RUS'}],"
                                " 'target': [{'code': 'UKR'}], 'trigger': {'text': 'struck', 'span': [7, 13]}}]}");
        fixture_check(db);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM reports WHERE part = 0"), COVER_LINKS);
        text = outcome(db);
        db_close(db);
        return text;
}

static void test_one_second(void **state _unused_)
{
        char *first = run_second(0);

        assert_same(first, run_second(1));
        assert_same(first, run_second(FEW / 2));
        free(first);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_orders), cmocka_unit_test(test_mentions),
                cmocka_unit_test(test_one_second),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
