/*
 * A daemon that is none: host, store and stream for the tests of the control server, with a client's end. The server
 * and its clients run in one thread; a client that waits turns the loop. The fake store runs its jobs on other threads,
 * as the real one does.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "config/config.h"
#include "control/control.h"
#include "control/varlink.h"

enum { FAKE_WAIT_MS = 20000 };  /* after which a test that waits gives up */

struct store {
        uv_loop_t *loop;
        bool holds;                     /* jobs wait until it does not */
        bool inline_jobs;               /* run them in fake_turn() instead of on other threads */
        struct list waiting;
        size_t n_jobs;                  /* that have come back */
};

struct stream {
        struct list followers;
        int64_t last;                   /* events 1..last are committed; fake_event() makes them */
        bool fetches;                   /* each line takes a fetch first */
        uv_idle_t waker;
        size_t n_taken;
};

struct fake {
        uv_loop_t loop;
        struct control_host host;
        struct config config;
        struct control *control;
        struct store store;
        struct stream stream;
        struct log *log;
        char folder[64], path[128];
        bool closed;

        /* what the host was asked for */
        char paused[64];
        int level, kicks, reloads;
        int reload_result;
        const char *reload_errors;
        struct control_submit *submit;  /* held back where `holds_submit` */
        bool holds_submit;
        char submitted[256];            /* "NAME FORMAT BYTES" */
        int submit_result;
};

struct caller {
        struct fake *fake;
        int fd;
        struct varlink_reader reader;
};

/* The server with a socket in a folder of its own. */
void fake_setup(struct fake *fake);
void fake_listen(struct fake *fake, int activated_fd);
void fake_teardown(struct fake *fake);
/* For cmocka: a fake in *state, listening or not. */
int fake_begin_test(void **state);
int fake_begin_test_deaf(void **state);
int fake_end_test(void **state);
/* Turn the loop once without waiting, or until nothing happens any more. */
void fake_turn(struct fake *fake);
void fake_settle(struct fake *fake);

/* The event with this sequence number: actor CCC is PRK where it is odd, USA where it is even. */
json_t *fake_event(int64_t seq);
/* Commit events up to `last`, waking who follows. */
void fake_commit(struct fake *fake, int64_t last);
/* Let the store go on. */
void fake_store_release(struct fake *fake);

void caller_open(struct caller *caller, struct fake *fake);
void caller_send(struct caller *caller, const void *bytes, size_t n);
/* A message with its NUL. Single quotes become double ones, here and in what is expected. */
void caller_call(struct caller *caller, const char *json);
/* The next reply, as JSON; fails the test where none comes. */
json_t *caller_reply(struct caller *caller);
/* Whether the server closes the connection (after replies that are thrown away, *n of them). */
bool caller_is_closed(struct caller *caller, size_t *n);
/* Whether nothing more comes now. */
bool caller_is_quiet(struct caller *caller);
void caller_close(struct caller *caller);

/* Call and compare: `reply` as JSON text. */
void caller_expect(struct caller *caller, const char *call, const char *reply);
void caller_expect_reply(struct caller *caller, const char *reply);
