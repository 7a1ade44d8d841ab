/*
 * Whose turn it is: many things that want to be done at some time, each at some host, with one timer for all of them. A
 * turn comes when its time has come, its host was left alone for a while, fewer than TURNS_HOST others are under way
 * there, and fewer than TURNS_ALL in all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"

enum {
        TURNS_ALL = 64,         /* at a time */
        TURNS_HOST = 2,         /* ... at one host */
        TURNS_HOSTS = 2048,     /* buckets */
        TURNS_RAMP_MS = 20,     /* between two that are overdue at the start */
};

struct turns_host {
        struct list link;               /* of the bucket */
        struct list waiting;            /* turns whose time has come, while TURNS_HOST are under way */
        struct list loose;              /* in turns.loose while one of `waiting` may go */
        size_t references;
        unsigned busy;
        uint64_t free_at;               /* loop ms: nobody before */
        uint64_t closed_until;          /* by the host's own word */
        char origin[];
};

struct turn {
        struct list link;               /* waiting: at the host or for any */
        size_t place;                   /* in the heap, from 1; 0: not there */
        uint64_t at;                    /* loop ms */
        uint64_t delay;                 /* ms between two at its host */
        struct turns_host *host;
        bool reserved;                  /* `at` is a time that the host was asked for */
        bool granted;
        /* From the timer or from turns_done() of another one; never from turns_at(). Ends with turns_done(). */
        void (*go)(struct turn *turn);
};

struct turns {
        uv_loop_t *loop;
        uv_timer_t timer;
        struct turn **heap;             /* [1..n] */
        size_t n, size;
        struct list *hosts;             /* TURNS_HOSTS buckets */
        struct list waiting, loose;
        bool draining;
        unsigned busy;
        uint64_t ramp;
        void (*closed)(void *user);
        void *user;
};

/* 0 or -ENOMEM. */
int turns_init(struct turns *turns, uv_loop_t *loop);
/* All turns must be gone. `closed` when the timer is. */
void turns_close(struct turns *turns, void (*closed)(void *user), void *user);

int turns_join(struct turns *turns, struct turn *turn, const char *origin, uint64_t delay_ms, void (*go)(struct turn *));
/* Also one that is granted: then it is as if it were done. May be called twice. */
void turns_leave(struct turns *turns, struct turn *turn);

/* Its time, loop ms; replaces the one before. Not while it is granted. 0 or -ENOMEM. */
int turns_at(struct turns *turns, struct turn *turn, uint64_t at);
/* A time for one that is overdue at the start, so that they do not all come at once: the first is at once. */
uint64_t turns_ramp(struct turns *turns);
/* The host is free for others. */
void turns_done(struct turns *turns, struct turn *turn);
/* The host wants to be left alone. */
void turns_shun(struct turns *turns, struct turn *turn, uint64_t until);
