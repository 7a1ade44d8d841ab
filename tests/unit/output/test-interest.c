/* Whom an event is for: what the index finds is what the filters say one by one, whatever the filters are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/interest.h"
#include "store/filter.h"

enum { FILTERS = 600, EVENTS = 300 };

struct someone {
        struct interest interest;
        struct query_filter filter;
        bool found;
};

static uint64_t next(uint64_t *state)
{
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
        return *state >> 33;
}

static const char *const codes[] = { "USA", "USAGOV", "USAMIL", "PRK", "PRKGOV", "CHN", "CHNMED", "U", "", "KOR" };

static const char *const parts[] = { "minister", "Lavrov", "KIM", "%", "president of" };

/* A filter of one to three conditions. */
static void make_filter(struct someone *s, uint64_t *state)
{
        size_t n = 1 + next(state) % 3;

        memset(s, 0, sizeof(*s));
        for (size_t i = 0; i < n; i++) {
                const char *code = codes[next(state) % N_ELEMENTS(codes)], *part =
                        parts[next(state) % N_ELEMENTS(parts)];
                const char *actor = *code != '\0' && next(state) % 3 != 0 ? code : part;

                switch (next(state) % 11) {
                case 0: s->filter.actor = actor; break;
                case 1: s->filter.source = actor; break;
                case 2: s->filter.target = actor; break;
                case 3: s->filter.type = next(state) % 2 == 0 ? "assault" : "CONSULT"; break;
                case 4: s->filter.type = next(state) % 2 == 0 ? "19" : "0"; break;
                case 5: s->filter.country = next(state) % 2 == 0 ? "FRA" : "UKR"; break;
                case 6: s->filter.watch = "wire"; break;
                case 7: s->filter.story = next(state) % 2 == 0 ? "7.1" : "9.1"; break;
                case 8: s->filter.quad = 1 + (int64_t)(next(state) % 4); break;
                case 9: s->filter.place = "ari"; break;
                default: s->filter.min_reports = 2; break;
                }
        }
        if (s->filter.actor != NULL && next(state) % 4 == 0)
                s->filter.other = "PRK";
}

static json_t *make_actors(uint64_t *state)
{
        json_t *list = json_array();

        for (uint64_t i = next(state) % 3; i > 0; i--)
                json_array_append_new(list, json_pack("{s:s, s:s}", "code", codes[next(state) % N_ELEMENTS(codes)],
                                                      "name",
                                                      next(state) % 2 == 0 ? "The President of Kim"
                                                              : "Minister Sergei Lavrov"));
        return list;
}

static json_t *make_event(uint64_t *state)
{
        json_t *event = json_pack("{s:o, s:o, s:s, s:i, s:s, s:s, s:i}", "source", make_actors(state), "target",
                                  make_actors(state), "event",
                                  next(state) % 2 == 0 ? "ASSAULT" : "CONSULT", "quad", (int)(1 + next(state) % 4),
                                          "watch",
                                  next(state) % 2 == 0 ? "wire" : "feed", "story", next(state) % 3 == 0 ? "7.1"
                                          : "8.1", "reports",
                                  (int)(1 + next(state) % 2));

        if (next(state) % 4 != 0)
                json_object_set_new(event, "cameo", json_string(next(state) % 2 == 0 ? "190" : "040"));
        if (next(state) % 2 == 0)
                json_object_set_new(event, "where", json_pack("{s:s, s:s}", "name", "Paris", "country",
                                                              next(state) % 2 == 0 ? "FRA" : "USA"));
        if (next(state) % 3 == 0)
                json_object_set_new(event, "mentions", json_pack("[{s:s}, {s:s}]", "report", "8.1.1", "report",
                                                                 "9.1.2"));
        return event;
}

static void on_found(void *user, struct interest *interest)
{
        size_t *n = user;

        ++*n;
        container_of(interest, struct someone, interest)->found = true;
}

static void test_all(void **state)
{
        struct someone *some = calloc(FILTERS, sizeof(*some));
        struct interest_index *index = interest_index_new();
        uint64_t random = 7;
        size_t passed = 0;

        (void)state;
        assert_non_null(index);
        for (size_t i = 0; i < FILTERS; i++) {
                make_filter(&some[i], &random);
                interest_add(index, &some[i].interest, &some[i].filter);
        }
        for (size_t k = 0; k < EVENTS; k++) {
                json_t *event = make_event(&random);
                size_t n = 0;

                interest_find(index, event, on_found, &n);
                for (size_t i = 0; i < FILTERS; i++) {
                        if (some[i].found != filter_matches(&some[i].filter, event))
                                print_message("event %zu, filter %zu\n", k, i);
                        assert_true(some[i].found == filter_matches(&some[i].filter, event));
                        passed += some[i].found;
                        some[i].found = false;
                }
                /* Some go and come. */
                for (size_t i = k % 7; i < FILTERS; i += 7) {
                        interest_remove(&some[i].interest);
                        make_filter(&some[i], &random);
                        interest_add(index, &some[i].interest, &some[i].filter);
                }
                json_decref(event);
        }
        assert_true(passed > EVENTS);
        for (size_t i = 0; i < FILTERS; i++) {
                interest_remove(&some[i].interest);
                interest_remove(&some[i].interest);
        }
        interest_index_free(index);
        free(some);
}

/* One who asks for another code is not even looked at. */
static void test_few(void **state)
{
        struct interest_index *index = interest_index_new();
        struct someone usa = { .filter.target = "USAGOV" }, prk = { .filter.actor = "PRK" };
        json_t *event = json_pack("{s:[{s:s}], s:[]}", "source", "code", "PRKMIL", "target");
        size_t n = 0;

        (void)state;
        interest_add(index, &usa.interest, &usa.filter);
        interest_add(index, &prk.interest, &prk.filter);
        usa.filter.target = NULL;       /* would pass */
        interest_find(index, event, on_found, &n);
        assert_int_equal(n, 1);
        assert_true(prk.found);
        interest_remove(&usa.interest);
        interest_remove(&prk.interest);
        interest_index_free(index);
        json_decref(event);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_all), cmocka_unit_test(test_few) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
