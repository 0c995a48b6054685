/* Whose turn it is, among processes that each want what only one may have. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "grade/lesson_parts.h"

enum { WAITERS = 6, STUCK_S = 60 };

struct waiter {
    pid_t pid;
    atomic_llong waited;          /* shared with it */
};

static char name[40];
static int said[2];               /* a byte of each that has its turn */
static struct waiter *waiters;

static void begin(void)
{
    snprintf(name, sizeof name, "test-%d", getpid());
    ck_assert_int_eq(pipe(said), 0);
    waiters = mmap(NULL, WAITERS * sizeof *waiters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(waiters != MAP_FAILED);
}

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* It stands in line behind `before` others when this comes back. */
static void wait_behind(struct waiter *w, char letter, unsigned before, int turn)
{
    char place[64];
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(turn);
        _exit(lesson_turn(name, STUCK_S, &w->waited) < 0 || write(said[1], &letter, 1) != 1);
    }
    w->pid = child;
    snprintf(place, sizeof place, "%s-%u", name, before);
    for (int lock; (lock = lesson_lock(place)) >= 0; nap())
        close(lock);
}

static char next(void)
{
    char letter;
    ck_assert_int_eq(read(said[0], &letter, 1), 1);
    return letter;
}

START_TEST(who_came_first_is_first)
{
    int turn = lesson_turn(name, STUCK_S, NULL);
    ck_assert_int_ge(turn, 0);
    for (unsigned i = 0; i < WAITERS; i++)
        wait_behind(&waiters[i], (char)('a' + i), i + 1, turn);
    while (atomic_load(&waiters[WAITERS - 1].waited) == 0)
        nap();
    kill(waiters[2].pid, SIGKILL);                     /* and who ends in line keeps nobody */
    waitpid(waiters[2].pid, NULL, 0);
    close(turn);
    for (unsigned i = 0; i < WAITERS; i++)
        if (i != 2)
            ck_assert_int_eq(next(), 'a' + (int)i);
    ck_assert_int_ge(lesson_turn(name, STUCK_S, NULL), 0);
}
END_TEST

START_TEST(a_turn_that_never_ends_is_told)
{
    atomic_llong waited = 0;
    int turn = lesson_turn(name, STUCK_S, NULL);
    ck_assert_int_eq(lesson_turn(name, 0, &waited), -1);
    ck_assert_int_eq(lesson_turn(name, 1, &waited), -1);
    ck_assert_int_ge(atomic_load(&waited), 900000000);
    close(turn);
    turn = lesson_turn(name, 1, NULL);                  /* it has left its place */
    ck_assert_int_ge(turn, 0);
}
END_TEST

Suite *turns_suite(void);

Suite *turns_suite(void)
{
    Suite *suite = suite_create("turns");
    TCase *c = tcase_create("turns");
    tcase_add_checked_fixture(c, begin, NULL);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, who_came_first_is_first);
    tcase_add_test(c, a_turn_that_never_ends_is_told);
    suite_add_tcase(suite, c);
    return suite;
}
