/* See setting.h. News agencies and churches do not count: they speak of the whole world. */
#include "modules/code/setting.h"

#include <string.h>

#include "modules/code/matches.h"

enum {
        COUNTRIES_MAX = 64,
        STATE_WEIGHT = 4,
        ACTOR_WEIGHT = 3,
        FIRST_WEIGHT = 2,
        ONLY_SHARE = 5,         /* of ONLY_OF: a story of one country */
        ONLY_OF = 6,
};

struct setting_votes {
        struct {
                char code[4];
                unsigned n;
        } rows[COUNTRIES_MAX];
        size_t n;
};

bool setting_is_country(const char *code)
{
        static const char *const others[] = { "IGO", "NGO", "IMG", "MNC", "REF", "AFR", "ASA", "EUR", "LAM", "MEA",
                                              "SEA", "SAS", "CAS", "WAF", "EAF", "CFR", "SAF", "NAF", "EEU", "WST",
                                              "BLK", "CRB", "CAU", "PGS", "SCN", "SAM", "NMR", "CEU", NULL };

        if (strlen(code) < 3 || code[0] == '-')
                return false;
        for (const char *const *o = others; *o; o++)
                if (strncmp(code, *o, 3) == 0)
                        return false;
        return true;
}

static void vote(struct setting_votes *votes, const char *code, unsigned weight)
{
        size_t i = 0;

        while (i < votes->n && strncmp(votes->rows[i].code, code, 3) != 0)
                i++;
        if (i == COUNTRIES_MAX)
                return;
        if (i == votes->n) {
                memcpy(votes->rows[i].code, code, 3);
                votes->n++;
        }
        votes->rows[i].n += weight;
}

unsigned setting_weight(const struct coding *coding, const char *country)
{
        for (size_t i = 0; coding->votes && i < coding->votes->n; i++)
                if (strncmp(coding->votes->rows[i].code, country, 3) == 0)
                        return coding->votes->rows[i].n;
        return 0;
}

const char *setting_only(const struct coding *coding)
{
        unsigned all = 0, own = setting_weight(coding, coding->country);

        for (size_t i = 0; coding->votes && i < coding->votes->n; i++)
                all += coding->votes->rows[i].n;
        return coding->country[0] && own > 0 && own * ONLY_OF >= all * ONLY_SHARE ? coding->country : NULL;
}

static void count_matches(const struct coding *coding, struct setting_votes *votes, const struct coding_sentence *s,
                          unsigned more, bool open)
{
        for (size_t i = 0; i < s->n_matches; i++) {
                const struct dictionary_entry *entry = s->matches[i].entry;
                bool everywhere = entry->kind == DICTIONARY_ORGANISATION &&
                                  (strstr(entry->code, "MED") || strstr(entry->code, "REL"));

                if (entry->kind != DICTIONARY_AGENT && setting_is_country(entry->code) && !everywhere &&
                    (open || !matches_is_open(coding, &s->matches[i])))
                        vote(votes, entry->code,
                             (entry->kind == DICTIONARY_STATE ? STATE_WEIGHT : ACTOR_WEIGHT) + more);
        }
}

/* The country of the dateline's place, where the dictionaries know the place whole. */
static bool of_dateline(struct coding *coding, struct story *story)
{
        const char *place = story->dateline.place;
        struct reading_token tokens[1] = { 0 };
        struct phrases_atom atoms[4];
        const struct phrases_payload *found;
        const struct dictionary_entry *entry;
        size_t length, n;

        if (story->dateline.country) {
                memcpy(coding->country, story->dateline.country, strnlen(story->dateline.country, 3));
                return true;
        }
        if (!place)
                return false;
        tokens[0].form = arena_strndup(coding->arena, place, strcspn(place, "/"));
        n = phrases_atomise(coding->dictionary->phrases, tokens, 0, 1, atoms);
        found = n > 0 ? phrases_find(coding->dictionary->phrases, atoms, n, &length) : NULL;
        entry = found ? matches_choose(coding, found) : NULL;
        if (!entry || entry->kind != DICTIONARY_STATE || length < n)
                return false;
        memcpy(coding->country, entry->code, 3);
        story->dateline.country = arena_strdup(coding->arena, coding->country);
        return true;
}

void setting_find(struct coding *coding, struct story *story)
{
        struct setting_votes *votes = arena_new(coding->arena, struct setting_votes);
        size_t best = 0;

        /* Names that several countries have speak only where nothing else does. */
        for (int open = 0; open < 2 && votes->n == 0; open++)
                for (size_t i = 0; i < coding->n_sentences; i++)
                        count_matches(coding, votes, &coding->sentences[i], i == 0 ? FIRST_WEIGHT : 0, open == 1);
        coding->votes = votes;
        if (of_dateline(coding, story)) {
                vote(votes, coding->country, STATE_WEIGHT);
                return;
        }
        for (size_t i = 1; i < votes->n; i++)
                if (votes->rows[i].n > votes->rows[best].n)
                        best = i;
        if (votes->n > 0)
                memcpy(coding->country, votes->rows[best].code, 3);
}
