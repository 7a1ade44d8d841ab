/*
 * The judge of the desk: brings the stories of a corpus (corpus.py), as the coder coded them (dateline code), through the desk,
 * and compares what it made of them with the truth.
 *
 *   judge STORIES.jsonl CODED.jsonl [ORDERS]
 *
 * Prints the B-cubed precision, recall and F1 (Bagga and Baldwin, 1998) of joining, over the reports of sentences whose act is
 * known; precision and recall of copies, over pairs of stories; and whether the outcome is the same in so many orders of
 * arrival. A report is judged where its sentence is marked and its kind is the one that the coder mostly gave to that act: the
 * coder is judged elsewhere. Ends with 1 where an aim is missed.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "desk/desk.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "tests/unit/store/invariants.h"

enum { STORIES_MAX = 2000, REPORTS_MAX = 20000, AIM_F1 = 920, AIM_COPY_PRECISION = 995, AIM_COPY_RECALL = 970 };

struct item {
        json_t *story, *coded;
        const char *id, *copy_of;
        bool killed, is_kill;
        char *answer;                   /* what the worker would send */
};

struct report {
        size_t story;
        int64_t number;
        const char *act;                /* NULL: not judged */
};

struct corpus {
        struct item items[STORIES_MAX];
        size_t n;
        struct report reports[REPORTS_MAX];
        size_t n_reports;
        size_t n_marked, n_judged;
};

/* What the desk made of it. */
struct outcome {
        size_t event[REPORTS_MAX];      /* the least index of a report in its event; SIZE_MAX: hidden */
        size_t origin[STORIES_MAX];     /* the story's origin */
        char *record[REPORTS_MAX];      /* of the event, at its least report; without what the order of arrival decides */
};

static void fail(const char *what)
{
        fprintf(stderr, "judge: %s\n", what);
        exit(1);
}

static const char *text_of(json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text != NULL ? text : "";
}

/* ---- the corpus ---- */

static json_t **read_lines(const char *path, size_t *n)
{
        json_t **lines = calloc(STORIES_MAX, sizeof(json_t *));
        FILE *f = fopen(path, "re");

        if (f == NULL || lines == NULL)
                fail(path);
        for (*n = 0; *n < STORIES_MAX; ++*n) {
                lines[*n] = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL);
                if (lines[*n] == NULL)
                        break;
        }
        fclose(f);
        return lines;
}

static const char *act_of(json_t *story, json_t *event)
{
        json_int_t at = json_integer_value(json_array_get(json_object_get(json_object_get(event, "trigger"), "span"), 0));
        json_t *mark;
        size_t i;

        json_array_foreach(json_object_get(json_object_get(story, "truth"), "marks"), i, mark)
                if (at >= json_integer_value(json_array_get(mark, 0)) && at < json_integer_value(json_array_get(mark, 1)))
                        return json_string_value(json_array_get(mark, 2));
        return NULL;
}

/* The kind of act that the coder gave most often to the reports of `act`. */
static const char *usual_kind(const struct corpus *c, const char *const *kinds, const char *act)
{
        const char *best = "";
        size_t most = 0;

        for (size_t i = 0; i < c->n_reports; i++) {
                size_t n = 0;

                if (c->reports[i].act == NULL || strcmp(c->reports[i].act, act) != 0)
                        continue;
                for (size_t j = 0; j < c->n_reports; j++)
                        n += c->reports[j].act != NULL && strcmp(c->reports[j].act, act) == 0 &&
                             strcmp(kinds[i], kinds[j]) == 0;
                if (n > most) {
                        most = n;
                        best = kinds[i];
                }
        }
        return best;
}

static void add_story(struct corpus *c, json_t *story, json_t *coded, const char **kinds)
{
        struct item *item = &c->items[c->n];
        json_t *truth = json_object_get(story, "truth"), *events = json_object_get(coded, "events"), *event;
        size_t i;

        if (strcmp(text_of(story, "id"), text_of(coded, "story")) != 0)
                fail("the coded stories are others");
        item->story = story;
        item->coded = coded;
        item->id = text_of(story, "id");
        item->copy_of = json_string_value(json_object_get(truth, "copy_of"));
        item->killed = json_is_true(json_object_get(truth, "killed"));
        item->is_kill = strcmp(text_of(story, "status"), "canceled") == 0;
        item->answer = json_dumps(coded, JSON_COMPACT);
        json_array_foreach(events, i, event) {
                if (c->n_reports == REPORTS_MAX)
                        fail("too many reports");
                kinds[c->n_reports] = text_of(event, "event");
                c->reports[c->n_reports++] = (struct report){ c->n, (int64_t)i + 1, act_of(story, event) };
        }
        c->n_marked += json_array_size(json_object_get(truth, "marks"));
        c->n++;
}

static void load(struct corpus *c, const char *stories, const char *coded)
{
        const char **kinds = calloc(REPORTS_MAX, sizeof(*kinds)), **usual = calloc(REPORTS_MAX, sizeof(*usual));
        size_t n, n_coded;
        json_t **a = read_lines(stories, &n), **b = read_lines(coded, &n_coded);

        if (n == 0 || n != n_coded)
                fail("as many stories as coded ones are wanted");
        for (size_t i = 0; i < n; i++)
                add_story(c, a[i], b[i], kinds);
        for (size_t i = 0; i < c->n_reports; i++)
                if (c->reports[i].act != NULL)
                        usual[i] = usual_kind(c, kinds, c->reports[i].act);
        for (size_t i = 0; i < c->n_reports; i++) {
                struct report *r = &c->reports[i];

                if (r->act != NULL && (strcmp(kinds[i], usual[i]) != 0 || c->items[r->story].killed))
                        r->act = NULL;
                c->n_judged += r->act != NULL;
        }
        free(a);
        free(b);
        free(kinds);
        free(usual);
}

static void free_corpus(struct corpus *c)
{
        for (size_t i = 0; i < c->n; i++) {
                json_decref(c->items[i].story);
                json_decref(c->items[i].coded);
                free(c->items[i].answer);
        }
        free(c);
}

static void free_outcome(struct outcome *o)
{
        for (size_t i = 0; i < REPORTS_MAX; i++)
                free(o->record[i]);
        free(o);
}

/* ---- through the desk ---- */

static int64_t accept_story(struct db *db, struct item *item, int64_t received)
{
        struct delivery d = { .source = text_of(item->story, "watch"), .received = received, .bytes = "x", .n_bytes = 1 };
        int64_t id;

        if (deliveries_accept(db, &d, &id) != 0)
                fail("a story was not accepted");
        return id;
}

static void take_story(struct db *db, struct item *item, int64_t id)
{
        struct arena arena = ARENA_NULL;
        struct desk_result result;
        const char *reason;
        json_t *story = json_copy(item->story), *answer;
        char *json;

        json_object_del(story, "truth");
        json_object_del(story, "watch");
        answer = json_pack("{s:[o], s:[]}", "stories", story, "bad");
        json = json_dumps(answer, JSON_COMPACT);
        json_decref(answer);
        if (desk_take_stories(db, &arena, id, json, strlen(json), &result, &reason) != 0)
                fail("a story was not taken");
        free(json);
        arena_deinit(&arena);
}

static void take_reports(struct db *db, struct item *item, int64_t delivery)
{
        struct arena arena = ARENA_NULL;
        struct desk_result result;
        const char *reason = NULL;
        int64_t row;

        if (db_get_int(db, 0, &row, "SELECT id FROM stories WHERE delivery = ? AND state = 0", "i", delivery) < 0)
                fail("a story is not there");
        if (row != 0 && desk_take_reports(db, &arena, row, item->answer, strlen(item->answer), &result, &reason) != 0)
                fail(reason != NULL ? reason : "reports were not taken");
        arena_deinit(&arena);
}

/* Ids are of deliveries, which are in the order of arrival: give them by the corpus. */
static void rename_ids(json_t *value, const size_t *story_of)
{
        const char *key, *text;
        json_t *item;
        size_t i;

        json_object_foreach(value, key, item)
                rename_ids(item, story_of);
        json_array_foreach(value, i, item)
                rename_ids(item, story_of);
        text = json_string_value(value);
        if (text != NULL && text[0] != '\0' && text[strspn(text, "0123456789.")] == '\0' && strchr(text, '.') != NULL) {
                char name[64];

                snprintf(name, sizeof(name), "#%zu%s", story_of[atoll(text)], strchr(text, '.'));
                json_string_set(value, name);
        }
}

static char *make_record(const char *text, const size_t *story_of)
{
        static const char *const arrival[] = { "id", "number", "first_seen", "last_seen", "joined", "left" };
        json_t *record = json_loads(text, 0, NULL), *mention;
        char *out;
        size_t i;

        for (i = 0; i < sizeof(arrival) / sizeof(*arrival); i++)
                json_object_del(record, arrival[i]);
        json_array_foreach(json_object_get(record, "mentions"), i, mention)
                json_object_del(mention, "seen");
        rename_ids(record, story_of);
        out = json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(record);
        return out;
}

static void read_outcome(struct db *db, const struct corpus *c, const int64_t *delivery, struct outcome *o)
{
        size_t *story_of = calloc(c->n + 1, sizeof(*story_of)), *least = calloc((c->n + 1) << 10, sizeof(*least));
        sqlite3_stmt *s;

        for (size_t i = 0; i < c->n; i++)
                story_of[delivery[i]] = i;
        for (size_t i = 0; i < (c->n + 1) << 10; i++)
                least[i] = SIZE_MAX;
        for (size_t i = 0; i < c->n_reports; i++) {
                int64_t event;

                o->event[i] = SIZE_MAX;
                free(o->record[i]);
                o->record[i] = NULL;
                if (db_get_int(db, -1, &event, "SELECT r.event FROM stories t JOIN reports r ON r.story = t.id"
                               " WHERE t.delivery = ? AND r.number = ? AND r.shown", "ii", delivery[c->reports[i].story],
                               c->reports[i].number) < 0)
                        fail("reports cannot be read");
                if (event < 0)
                        continue;
                if (least[event] == SIZE_MAX) {
                        least[event] = i;
                        s = db_query(db, "SELECT c.record FROM events e JOIN changes c ON c.seq = e.changed WHERE e.seq = ?", "i",
                                     event);
                        if (db_step(db, s) != 1)
                                fail("an event is missing");
                        o->record[i] = make_record((const char *)sqlite3_column_text(s, 0), story_of);
                        sqlite3_reset(s);
                }
                o->event[i] = least[event];
        }
        for (size_t i = 0; i < c->n; i++) {
                int64_t origin;

                if (db_get_int(db, 0, &origin, "SELECT o.delivery FROM stories t JOIN sketches s ON s.story = t.id JOIN stories o"
                               " ON o.id = coalesce(s.origin, s.story) WHERE t.delivery = ?", "i", delivery[i]) < 0)
                        fail("origins cannot be read");
                o->origin[i] = origin != 0 ? story_of[origin] : SIZE_MAX;
        }
        free(story_of);
        free(least);
}

/* In which order the stories come, are decoded and coded. */
struct orders {
        size_t came[STORIES_MAX], decoded[STORIES_MAX], coded[STORIES_MAX];
        size_t late;                    /* so many are decoded before the first of them is coded */
};

static void run(struct corpus *c, const struct orders *order, struct outcome *o)
{
        int64_t *delivery = calloc(c->n, sizeof(*delivery)), base = INT64_C(1775000000) * CLOCK_SECOND;
        const char *broken;
        struct db *db;
        char *error;

        if (db_open(&db, ":memory:", false, &error) != 0)
                fail(error);
        for (size_t i = 0; i < c->n; i++)
                delivery[order->came[i]] = accept_story(db, &c->items[order->came[i]], base + (int64_t)i * CLOCK_SECOND);
        for (size_t i = 0; i < c->n + order->late; i++) {
                if (i < c->n)
                        take_story(db, &c->items[order->decoded[i]], delivery[order->decoded[i]]);
                if (i >= order->late)
                        take_reports(db, &c->items[order->coded[i - order->late]], delivery[order->coded[i - order->late]]);
        }
        broken = invariants_broken(db);
        if (broken != NULL)
                fail(broken);
        read_outcome(db, c, delivery, o);
        db_close(db);
        free(delivery);
}

/* ---- the figures ---- */

static int permille(double value)
{
        return (int)(value * 1000 + 0.5);
}

static bool judge_joining(const struct corpus *c, const struct outcome *o, bool verbose)
{
        double precision = 0, recall = 0, f1;
        size_t n = 0;

        for (size_t i = 0; i < c->n_reports; i++) {
                size_t same_event = 0, same_act = 0, both = 0;

                if (c->reports[i].act == NULL || o->event[i] == SIZE_MAX)
                        continue;
                for (size_t j = 0; j < c->n_reports; j++) {
                        bool event, act;

                        if (c->reports[j].act == NULL || o->event[j] == SIZE_MAX)
                                continue;
                        event = o->event[i] == o->event[j];
                        act = strcmp(c->reports[i].act, c->reports[j].act) == 0;
                        same_event += event;
                        same_act += act;
                        both += event && act;
                }
                precision += (double)both / (double)same_event;
                recall += (double)both / (double)same_act;
                n++;
                if (verbose && (both < same_event || both < same_act) && getenv("JUDGE_VERBOSE") != NULL)
                        printf("  %-14s %s.%lld event %zu: %zu of %zu in it, %zu of the act's %zu\n", c->reports[i].act,
                               c->items[c->reports[i].story].id, (long long)c->reports[i].number, o->event[i], both, same_event,
                               both, same_act);
        }
        precision /= (double)n;
        recall /= (double)n;
        f1 = 2 * precision * recall / (precision + recall);
        if (verbose)
                printf("joining: B-cubed precision %.1f%%, recall %.1f%%, F1 %.1f%% over %zu reports (aim 92)\n", 100 * precision,
                       100 * recall, 100 * f1, n);
        return permille(f1) >= AIM_F1;
}

/* The telling that a story goes back to. */
static const char *root_of(const struct item *item)
{
        return item->copy_of != NULL ? item->copy_of : item->id;
}

static bool judge_copies(const struct corpus *c, const struct outcome *o)
{
        size_t right = 0, found = 0, there = 0, stories = 0;
        double precision, recall;

        for (size_t i = 0; i < c->n; i++) {
                if (c->items[i].is_kill || c->items[i].killed)
                        continue;
                stories++;
                for (size_t j = 0; j < i; j++) {
                        bool same = strcmp(root_of(&c->items[i]), root_of(&c->items[j])) == 0;
                        bool said = o->origin[i] != SIZE_MAX && o->origin[i] == o->origin[j];

                        if (c->items[j].is_kill || c->items[j].killed)
                                continue;
                        there += same;
                        found += said;
                        right += same && said;
                        if (same != said && getenv("JUDGE_VERBOSE") != NULL)
                                printf("  copies: %s and %s %s\n", c->items[j].id, c->items[i].id, said ? "are none" : "missed");
                }
        }
        precision = found != 0 ? (double)right / (double)found : 1;
        recall = there != 0 ? (double)right / (double)there : 1;
        printf("copies: precision %.1f%%, recall %.1f%% over %zu pairs of %zu stories (aims 99.5, 97)\n", 100 * precision,
               100 * recall, there, stories);
        return permille(precision) >= AIM_COPY_PRECISION && permille(recall) >= AIM_COPY_RECALL;
}

/* The first difference is told. */
static bool is_same(const struct corpus *c, const struct outcome *a, const struct outcome *b)
{
        for (size_t i = 0; i < c->n; i++)
                if (a->origin[i] != b->origin[i]) {
                        printf("  the origin of %s is %zu, then %zu\n", c->items[i].id, a->origin[i], b->origin[i]);
                        return false;
                }
        for (size_t i = 0; i < c->n_reports; i++) {
                if (a->event[i] != b->event[i]) {
                        printf("  report %s.%lld is in event %zu, then %zu\n", c->items[c->reports[i].story].id,
                               (long long)c->reports[i].number, a->event[i], b->event[i]);
                        return false;
                }
                if (a->record[i] != NULL && strcmp(a->record[i], b->record[i]) != 0) {
                        printf("  an event is\n%s\nthen\n%s\n", a->record[i], b->record[i]);
                        return false;
                }
        }
        return true;
}

static bool check_killed(const struct corpus *c, const struct outcome *o)
{
        size_t hidden = 0, killed = 0;

        for (size_t i = 0; i < c->n_reports; i++)
                if (c->items[c->reports[i].story].killed) {
                        killed++;
                        hidden += o->event[i] == SIZE_MAX;
                }
        printf("killed: %zu of %zu reports are out of all events\n", hidden, killed);
        return hidden == killed && killed > 0;
}

static void shuffle(size_t *order, size_t n, uint64_t *state)
{
        for (size_t i = n - 1; i > 0; i--) {
                size_t j, swap = order[i];

                *state = *state * 6364136223846793005 + 1442695040888963407;
                j = (size_t)(*state >> 33) % (i + 1);
                order[i] = order[j];
                order[j] = swap;
        }
}

int main(int argc, char **argv)
{
        struct corpus *c = calloc(1, sizeof(*c));
        struct outcome *first = calloc(1, sizeof(*first)), *other = calloc(1, sizeof(*other));
        struct orders *order = calloc(1, sizeof(*order));
        size_t orders = argc > 3 ? (size_t)atoi(argv[3]) : 5, same = 0;
        bool good = true;

        if (argc < 3)
                fail("judge STORIES.jsonl CODED.jsonl [ORDERS]");
        load(c, argv[1], argv[2]);
        for (size_t i = 0; i < c->n; i++)
                order->came[i] = order->decoded[i] = order->coded[i] = i;
        run(c, order, first);
        printf("%zu stories, %zu reports; %zu tellings of known acts, %zu reports of them are judged\n", c->n, c->n_reports,
               c->n_marked, c->n_judged);
        good &= judge_joining(c, first, true);
        good &= judge_copies(c, first);
        good &= check_killed(c, first);
        for (size_t k = 0; k < orders; k++) {
                uint64_t state = k + 1;

                /* As they come, or each step in an order of its own, when all have been decoded. */
                shuffle(order->came, c->n, &state);
                memcpy(order->decoded, order->came, sizeof(order->came));
                order->late = k % 3 == 0 ? 0 : 7 * k;
                if (k % 3 == 2) {
                        shuffle(order->decoded, c->n, &state);
                        order->late = c->n;
                }
                memcpy(order->coded, order->decoded, sizeof(order->came));
                if (k % 3 == 2)
                        shuffle(order->coded, c->n, &state);
                run(c, order, other);
                same += is_same(c, first, other);
        }
        printf("order: the same in %zu of %zu shuffled orders\n", same, orders);
        good &= same == orders;
        free_outcome(first);
        free_outcome(other);
        free(order);
        free_corpus(c);
        return good ? 0 : 1;
}
