/* See link.h. The weights and bounds were set by hand on the corpus of tests/desk, see there. */
#include "desk/link.h"

#include <string.h>

/* How far two sides agree. */
enum { SIDE_CONFLICT = -1, SIDE_NEUTRAL = 0 };
static const double by_country = 0.6, by_role = 0.85, by_name = 1.0, by_near_role = 0.4;

static const double weight_actors = 0.35, weight_sentence = 0.3, weight_story = 0.25, weight_place = 0.1, weight_names = 0.6;
static const double names_middle = 0.5;  /* fewer names in common than this speak against it */
static const double bound = 0.5;
static const double story_least = 0.12, sentence_least = 0.25;  /* of common words: one of them must be there */

static bool is_state(const char *role)
{
        static const char *const state[] = { "GOV", "MIL", "COP", "SPY", "JUD", "LEG" };

        for (size_t i = 0; i < N_ELEMENTS(state); i++)
                if (strncmp(role, state[i], 3) == 0)
                        return true;
        return false;
}

static bool is_anybody(const char *role)
{
        return strncmp(role, "CVL", 3) == 0;
}

/* All words of the shorter name are in the other, or the last ones are the same. */
static bool same_name(const struct facts_actor *a, const struct facts_actor *b)
{
        size_t found = 0;

        if (a->n_name > b->n_name)
                return same_name(b, a);
        if (a->name[a->n_name - 1] == b->name[b->n_name - 1])
                return true;
        for (size_t i = 0; i < a->n_name; i++)
                for (size_t j = 0; j < b->n_name; j++)
                        if (a->name[i] == b->name[j]) {
                                found++;
                                break;
                        }
        return found == a->n_name;
}

static double compare_actors(const struct facts_actor *a, const struct facts_actor *b)
{
        size_t n_a = strlen(a->role), n_b = strlen(b->role);

        if (a->country[0] != '\0' && b->country[0] != '\0' && strcmp(a->country, b->country) != 0)
                return SIDE_CONFLICT;
        if (a->n_name > 0 && b->n_name > 0)
                return same_name(a, b) ? by_name : SIDE_CONFLICT;
        if (n_a > 0 && n_b > 0) {
                if (strncmp(a->role, b->role, MIN_OF(n_a, n_b)) == 0 || strncmp(a->role, b->role, 3) == 0)
                        return by_role;
                if (is_state(a->role) && is_state(b->role))
                        return by_near_role;
                /* Some man is a suspect, a farmer, a pupil in another's words. */
                return is_anybody(a->role) != is_anybody(b->role) && !is_state(a->role) && !is_state(b->role) ? by_near_role
                                                                                                               : SIDE_CONFLICT;
        }
        return a->country[0] != '\0' && b->country[0] != '\0' ? by_country : SIDE_NEUTRAL;
}

/* The best pair counts; nobody known on one side says nothing. */
static double compare_sides(const struct facts_actor *a, size_t n_a, const struct facts_actor *b, size_t n_b)
{
        double best = SIDE_CONFLICT;

        if (n_a == 0 || n_b == 0)
                return SIDE_NEUTRAL;
        for (size_t i = 0; i < n_a; i++)
                for (size_t j = 0; j < n_b; j++)
                        best = MAX_OF(best, compare_actors(&a[i], &b[j]));
        return best;
}

struct everybody {
        struct facts_actor actors[2 * FACTS_ACTORS_MAX];
        size_t n;
};

static void gather(struct everybody *all, const struct facts *f)
{
        memcpy(all->actors, f->source, f->n_source * sizeof(*f->source));
        memcpy(all->actors + f->n_source, f->target, f->n_target * sizeof(*f->target));
        all->n = f->n_source + f->n_target;
}

/* Who met whom: everybody of the smaller company must be among the other. */
static double compare_companies(const struct facts *a, const struct facts *b)
{
        struct everybody x, y;
        double sum = 0;

        gather(&x, a->n_source + a->n_target <= b->n_source + b->n_target ? a : b);
        gather(&y, a->n_source + a->n_target <= b->n_source + b->n_target ? b : a);
        if (x.n == 0)
                return SIDE_NEUTRAL;
        for (size_t i = 0; i < x.n; i++) {
                double best = compare_sides(&x.actors[i], 1, y.actors, y.n);

                if (best < 0)
                        return SIDE_CONFLICT;
                sum += best;
        }
        return sum / (double)x.n;
}

/* SIDE_CONFLICT, or 0..1. */
static double compare_everybody(const struct facts *a, const struct facts *b)
{
        double source, target;

        if (a->reciprocal || b->reciprocal)
                return compare_companies(a, b);
        source = compare_sides(a->source, a->n_source, b->source, b->n_source);
        target = compare_sides(a->target, a->n_target, b->target, b->n_target);
        if (source < 0 || target < 0)
                return SIDE_CONFLICT;
        return source > 0 && target > 0 ? (source + target) / 2 : MAX_OF(source, target) * 0.7;
}

/* -1: other places; 1: the same; 0: one does not know. */
static int compare_places(const struct facts *a, const struct facts *b)
{
        if (a->place != 0 && b->place != 0)
                return a->place == b->place ? 1 : -1;
        if (a->country[0] != '\0' && b->country[0] != '\0' && strcmp(a->country, b->country) != 0)
                return -1;
        return 0;
}

static bool same_actors(const struct facts *a, const struct facts *b)
{
        return a->n_source == b->n_source && a->n_target == b->n_target &&
               (a->n_source == 0 || compare_actors(&a->source[0], &b->source[0]) > by_near_role) &&
               (a->n_target == 0 || compare_actors(&a->target[0], &b->target[0]) > by_near_role);
}

/* One sentence that names two who suffered, each in a report of its own: "shelled a hospital, killing three people". The
 * writer tells what was done and what came of it as two acts; others' words must not make one of them, in which the
 * second would not be seen any more. Whom he calls by one country ("shelled Kherson, killing three people") may be one. */
static bool tells_two(const struct facts *a, const struct facts *b)
{
        double target = compare_sides(a->target, a->n_target, b->target, b->n_target);

        return !a->reciprocal && !b->reciprocal && target > SIDE_NEUTRAL && target <= by_near_role &&
               a->n_words > 0 && a->n_words == b->n_words &&
               memcmp(a->words, b->words, a->n_words * sizeof(*a->words)) == 0;
}

/* The days and the kind first: they are cheap, and speak against most. *place, *actors: what they add. */
static bool excludes(const struct facts *a, const struct facts *b, int *place, double *actors)
{
        if (a->family != b->family || a->day_end < b->day_start || b->day_end < a->day_start)
                return true;
        *place = compare_places(a, b);
        if (*place < 0)
                return true;
        *actors = compare_everybody(a, b);
        return *actors < 0;
}

bool link_excludes(const struct facts *a, const struct facts *b)
{
        double actors;
        int place;

        return excludes(a, b, &place, &actors);
}

enum link link_compare(const struct link_report *one, const struct link_report *other, double *strength)
{
        const struct facts *a = one->facts, *b = other->facts;
        double actors, story, sentence, names;
        int place;

        *strength = 0;
        if (excludes(a, b, &place, &actors))
                return LINK_CONFLICT;
        sentence = sketch_overlap(a->words, a->n_words, b->words, b->n_words);
        if (one->story == other->story) {
                if (tells_two(a, b))
                        return LINK_CONFLICT;
                /* A story tells one act again further down, or two acts of one kind. */
                if (!same_actors(a, b) || strcmp(a->cameo, b->cameo) != 0)
                        return LINK_NONE;
                story = 0.5;
        } else {
                story = sketch_overlap(one->sketch->words, one->sketch->n_words, other->sketch->words,
                                       other->sketch->n_words);
        }
        if (actors <= 0 && place <= 0)
                return LINK_NONE;
        if (story < story_least && sentence < sentence_least)
                return LINK_NONE;
        names = a->n_names > 0 && b->n_names > 0 ? sketch_overlap(a->names, a->n_names, b->names, b->n_names) : names_middle;
        *strength = weight_actors * actors + weight_sentence * MIN_OF(2 * sentence, 1.0) +
                    weight_story * MIN_OF(2 * story, 1.0) + weight_place * (place > 0) + weight_names * (names - names_middle);
        return *strength >= bound ? LINK_SAME : LINK_NONE;
}
