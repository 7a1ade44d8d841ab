/*
 * A store of many events for measuring questions: rows as the desk leaves them, written without it. What is frequent
 * and what is rare is spread as in news, by Zipf's law (the n-th has 1/n of the first's share): 200 countries, the
 * first of which is an eighth of all sources; 10 roles and 12 names of each in each country, 20,000 places, 2000
 * origins, 5000 publishers, 50 sources; 16 types by fixed shares; 27,000 events a day. For every five events one of the
 * last 20,000 changes, so the log of changes is not in the order of the events; records are of about 1 KB. Two rules
 * raised alerts, one for an event in 500, one for 10 in all.
 */
#pragma once

#include <stdint.h>

enum {
        BIG_STORE_COUNTRIES = 200,
        BIG_STORE_A_DAY = 27000,
};

/* The code of the n-th country, by frequency, from 0. */
void big_store_country(int n, char code[static 4]);
/* Make it, so that the last event is of the wall clock `now` (us). Ends the program on trouble. */
void big_store_fill(const char *path, int64_t events, int64_t now);
