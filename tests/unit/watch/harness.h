/*
 * What the watchers' tests share: a loop, the real intake over a store that lives in memory and does as it is told, a watcher
 * from a piece of configuration, a folder that goes at the end. Every wait is bounded; harness_deinit() checks that the
 * loop closes.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <uv.h>

#include <cmocka.h>

#include "store/feeds.h"
#include "store/store.h"
#include "watch/watcher.h"

struct kept {
        size_t next;                    /* of the same hash, 0: none */
        char *source, *name, *key;
        char *bytes;
        size_t n_bytes;
};

/* The store of the tests: store_write() and deliveries_accept() are defined over it. */
struct store {
        uv_timer_t timer;
        struct list jobs;
        struct kept *kept;              /* id = position + 1 */
        size_t n_kept;
        size_t buckets[8192];           /* ids by the key's hash, 0: none */
        size_t n_waiting, n_runs;
        int fail;                       /* what every job returns */
        int fail_one;                   /* what the next job returns */
        bool stuck;                     /* nothing comes back */
        size_t most_waiting;
        /* Of the one feed. */
        struct feeds_state feed;
        char *feed_url;
        unsigned n_saved, n_forgotten;
        size_t n_pages;                 /* that its items wait for */
};

struct harness {
        uv_loop_t loop;
        uv_timer_t wake;                /* so that conditions are looked at */
        struct store store;
        struct intake *intake;
        struct config *config;
        struct watcher_host host;
        struct watcher *watcher;
        bool watcher_closed, intake_closed, told_open;
        unsigned n_told;
        unsigned n_settled;
        char folder[64];
};

enum { WAIT_MS = 60000 };         /* only where it fails, or on a machine that has other things to do */

void harness_init(struct harness *h);
/* Stops and closes all that there is. */
void harness_deinit(struct harness *h);
/* Make and start a watcher from "key: value" lines, "%s" in `yaml` being the folder. */
void harness_watch(struct harness *h, const char *yaml);
void harness_stop_watch(struct harness *h);
/* Turn the loop until condition(h) holds; false after `ms`. */
bool harness_wait(struct harness *h, bool (*condition)(struct harness *h), int ms);
void harness_run(struct harness *h, int ms);
bool harness_wait_kept(struct harness *h, size_t n);
/* What is often waited for. */
bool harness_is_settled(struct harness *h);
bool harness_has_trouble(struct harness *h);
bool harness_has_no_trouble(struct harness *h);

/* Files in the folder. */
const char *harness_path(struct harness *h, const char *name);
void harness_write(struct harness *h, const char *name, const char *text);
bool harness_exists(struct harness *h, const char *name);
/* The file's text, malloc'ed. */
char *harness_read(struct harness *h, const char *name);
const struct kept *harness_find(struct harness *h, const char *name);

/* For the end of main(). A failed test leaves its loop behind, and libuv's threads with it, which exit() would wait for. */
int harness_exit(int r);
