/* See ending.h. */
#include "offline/ending.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { GRACE_S = 1 };

/* A handler can reach nothing else. */
static volatile sig_atomic_t asked, held, late;
static const char *volatile last_words;

static void end_now(void)
{
        const char *words = last_words;

        (void)!write(STDERR_FILENO, words, strlen(words));
        _exit(ENDING_EXIT);
}

static void on_signal(int number)
{
        (void)number;
        asked = 1;
        (void)alarm(GRACE_S);
}

static void on_alarm(int number)
{
        (void)number;
        if (!held)
                end_now();
        late = 1;
}

void ending_catch(const char *words)
{
        static const int numbers[] = { SIGINT, SIGTERM };
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_RESETHAND }, old;
        struct sigaction alarmed = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
        sigset_t set;

        last_words = words;
        (void)sigaction(SIGALRM, &alarmed, NULL);
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGALRM);
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++)
                if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
                        (void)sigaction(numbers[i], &action, NULL);
}

bool ending_asked(void)
{
        return asked;
}

void ending_hold(void)
{
        held = 1;
}

void ending_release(void)
{
        held = 0;
        if (late)
                end_now();
}

void ending_calm(void)
{
        held = 1;
}
