/* Facts, links and clusters: what is compared, what contradicts, and that the order of reports does not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "desk/cluster.h"
#include "desk/facts.h"
#include "desk/link.h"

static const int64_t noon = INT64_C(1772625600) * CLOCK_SECOND;        /* 4 March 2026, 12:00 */

static json_t *load(const char *text)
{
        char *copy = strdup(text);
        json_t *json;

        for (char *p = copy; (p = strchr(p, '\'')) != NULL;)
                *p = '"';
        json = json_loads(copy, 0, NULL);
        free(copy);
        assert_non_null(json);
        return json;
}

static struct facts facts_of(const char *json, const char *text)
{
        json_t *report = load(json);
        struct facts facts;

        facts_make(&facts, report, text, strlen(text), noon, 7, 1);
        json_decref(report);
        return facts;
}

static void test_facts(void **state _unused_)
{
        struct facts f = facts_of("{'event':'ASSAULT','cameo':'190','status':'denied','reciprocal':true,"
                                  "'source':[{'code':'RUSMIL','name':'Russian army'},{'code':'---'},{'code':'USA','name':'United States'}],"
                                  "'target':[{'code':'---GOV'}],'when':{'start':'2026-03-03','end':'2026-03-04'},"
                                  "'where':{'name':'Kherson','country':'UKR'},'trigger':{'span':[30,37]}}",
                                  "First words. The enemy's army shelled Kherson again. Last words."), back;
        struct buf bytes = BUF_NULL;

        assert_int_equal(f.status, FACTS_DENIED);
        assert_true(f.reciprocal && f.dated && f.place != 0);
        assert_int_equal(f.day_end - f.day_start, 1);
        assert_int_equal(f.n_source, 2);                /* somebody of whom nothing is known is nobody */
        assert_string_equal(f.source[0].role, "MIL");
        assert_int_equal(f.source[0].n_name, 2);
        assert_string_equal(f.source[1].country, "USA");
        assert_int_equal(f.source[1].n_name, 0);        /* the country is its code */
        assert_string_equal(f.target[0].country, "");
        assert_int_equal(f.n_words, 4);                 /* enemy, army, shelled, kherson */
        assert_int_equal(f.n_names, 1);
        assert_int_equal(facts_encode(&f, &bytes), 0);
        assert_true(facts_decode(&back, bytes.data, bytes.n));
        assert_memory_equal(&back, &f, sizeof(f));
        for (size_t n = 0; n < bytes.n; n++)
                assert_false(facts_decode(&back, bytes.data, n));
        buf_deinit(&bytes);
        f = facts_of("{'event':'AGREE','cameo':'036','status':'planned','where':{'name':'Ukraine','country':'UKR'}}", "");
        assert_int_equal(f.family, facts_of("{'event':'CONSULT','cameo':'040'}", "").family);
        assert_int_equal(f.place, 0);                   /* a country is no place in it */
        assert_false(f.dated);
        assert_int_equal(f.day_end - f.day_start, 2);   /* from today on */
}

/* Two reports, each of a story of its own with these words. */
static enum link compare(const char *a, const char *b, const char *text_a, const char *text_b)
{
        struct facts f = facts_of(a, text_a), g = facts_of(b, text_b);
        struct sketch s, t;
        struct link_report one = { &f, &s, 1 }, other = { &g, &t, 2 };
        double there, back;
        enum link link;

        sketch_make(&s, NULL, text_a, strlen(text_a));
        sketch_make(&t, NULL, text_b, strlen(text_b));
        link = link_compare(&one, &other, &there);
        assert_int_equal(link_compare(&other, &one, &back), link);
        assert_true(there == back);
        return link;
}

#define REPORT(source, target, more)                                                                               \
        "{'event':'ASSAULT','cameo':'190','status':'happened','source':[" source "],'target':[" target "],"        \
        "'when':{'start':'2026-03-04','end':'2026-03-04'},'trigger':{'span':[0,3]}" more "}"
#define RUS "{'code':'RUS'}"
#define RUSMIL "{'code':'RUSMIL'}"
#define UKR "{'code':'UKR'}"
#define KHERSON ",'where':{'name':'Kherson','country':'UKR'}"
#define TEXT "Shells struck a market by the river, three sellers died."
#define LIKE "Three people died as shells struck a market near the river."

static void test_links(void **state _unused_)
{
        assert_int_equal(compare(REPORT(RUS, UKR, ""), REPORT(RUSMIL, UKR, KHERSON), TEXT, LIKE), LINK_SAME);
        /* Known and other: never. */
        assert_int_equal(compare(REPORT(RUS, UKR, KHERSON), REPORT(RUS, UKR, ",'where':{'name':'Odesa','country':'UKR'}"), TEXT, TEXT),
                         LINK_CONFLICT);
        assert_int_equal(compare(REPORT(RUS, UKR, ""), REPORT(UKR, RUS, ""), TEXT, TEXT), LINK_CONFLICT);
        assert_int_equal(compare(REPORT("{'code':'RUSGOV','name':'Sergei Lavrov'}", UKR, ""),
                                 REPORT("{'code':'RUSGOV','name':'Vladimir Putin'}", UKR, ""), TEXT, TEXT), LINK_CONFLICT);
        assert_int_equal(compare(REPORT("{'code':'RUSGOV','name':'Sergei Lavrov'}", UKR, ""),
                                 REPORT("{'code':'RUSGOV','name':'Lavrov'}", UKR, ""), TEXT, LIKE), LINK_SAME);
        assert_int_equal(compare(REPORT(RUS, UKR, ""),
                                 "{'event':'ASSAULT','cameo':'190','status':'happened','source':[" RUS "],'target':[" UKR "],"
                                 "'when':{'start':'2026-03-05','end':'2026-03-05'}}", TEXT, TEXT), LINK_CONFLICT);
        assert_int_equal(compare(REPORT(RUS, UKR, ""), "{'event':'ACCUSE','status':'happened','source':[" RUS "]}", TEXT, TEXT),
                         LINK_CONFLICT);
        /* Nothing against it, and nothing for it. */
        assert_int_equal(compare(REPORT(RUS, UKR, ""), REPORT(RUS, UKR, ""), TEXT,
                                 "Gunfire at dawn hit an empty warehouse outside another village."), LINK_NONE);
        assert_int_equal(compare(REPORT("", "", ""), REPORT("", "", ""), TEXT, TEXT), LINK_NONE);
        /* A report that was denied is the same act. */
        assert_int_equal(compare(REPORT(RUS, UKR, ""), REPORT(RUS, UKR, ",'status':'denied'"), TEXT, LIKE), LINK_SAME);
}

/* Reports that may be one event look where the other stands. */
static void assert_meet(const char *a, const char *b, bool wanted)
{
        struct facts f = facts_of(a, ""), g = facts_of(b, "");
        struct facts_keys x, y;
        bool there = false, back = false;

        facts_keys(&f, &x);
        facts_keys(&g, &y);
        for (size_t i = 0; i < x.n_look; i++)
                for (size_t j = 0; j < y.n_put; j++)
                        there |= x.look[i].day == y.put[j].day && x.look[i].key == y.put[j].key;
        for (size_t i = 0; i < y.n_look; i++)
                for (size_t j = 0; j < x.n_put; j++)
                        back |= y.look[i].day == x.put[j].day && y.look[i].key == x.put[j].key;
        assert_int_equal(there, wanted);
        assert_int_equal(back, wanted);
}

static void test_keys(void **state _unused_)
{
        assert_meet(REPORT(RUS, UKR, ""), REPORT(RUSMIL, UKR, ""), true);
        assert_meet(REPORT(RUS, UKR, ""), REPORT("", UKR, ""), true);
        assert_meet(REPORT("", UKR, ""), REPORT(UKR, "", ""), true);
        assert_meet(REPORT(RUS "," UKR, "", ""), REPORT(UKR, RUS, ""), true);
        assert_meet(REPORT(RUS, UKR, ""), REPORT("{'code':'USA'}", UKR, ""), false);
        assert_meet(REPORT(RUS, UKR, ""), REPORT("{'code':'USA'}", "", ""), false);
        assert_meet(REPORT("", "", KHERSON), REPORT("", UKR, ""), true);
}

/* A with B, B with C, but A not with C: what is stronger is taken, in whatever order they come. */
static void test_clusters(void **state _unused_)
{
        static const char *const reports[] = {
                REPORT(RUS, UKR, KHERSON), REPORT(RUS, UKR, ""), REPORT(RUS, UKR, ",'where':{'name':'Odesa','country':'UKR'}"),
                REPORT(RUSMIL, UKR, KHERSON), REPORT("{'code':'USA'}", UKR, ""),
        };
        static const char *const texts[] = { TEXT, LIKE, "Three drones struck a port by the sea and a market.", TEXT, TEXT };
        enum { N = 5 };
        struct arena arena = ARENA_NULL;
        struct facts facts[N];
        struct sketch sketches[N];
        size_t wanted[N] = { 0 };

        for (int i = 0; i < N; i++) {
                facts[i] = facts_of(reports[i], texts[i]);
                facts[i].hash = (uint64_t)i;
                sketch_make(&sketches[i], NULL, texts[i], strlen(texts[i]));
        }
        for (unsigned order = 0; order < 120; order++) {
                struct link_report given[N];
                size_t group[N], of[N], left[N] = { 0, 1, 2, 3, 4 };

                for (unsigned i = 0, rest = order; i < N; i++) {
                        unsigned k = rest % (N - i);

                        rest /= N - i;
                        of[i] = left[k];
                        memmove(left + k, left + k + 1, (N - i - k - 1) * sizeof(*left));
                        given[i] = (struct link_report){ &facts[of[i]], &sketches[of[i]], (int64_t)of[i] + 1 };
                }
                cluster_make(&arena, given, N, group);
                for (size_t i = 0; i < N; i++)
                        for (size_t j = 0; j < N; j++) {
                                bool same = group[i] == group[j];

                                if (order == 0)
                                        wanted[of[i]] |= (size_t)same << of[j];
                                assert_int_equal(same, wanted[of[i]] >> of[j] & 1);
                        }
                arena_reset(&arena);
        }
        assert_int_equal(wanted[0], 1 | 2 | 8);
        assert_int_equal(wanted[2], 4);
        assert_int_equal(wanted[4], 16);
        arena_deinit(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_facts), cmocka_unit_test(test_links), cmocka_unit_test(test_keys),
                cmocka_unit_test(test_clusters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
