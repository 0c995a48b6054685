/* restore.h - the terminal is given back whatever ends the program, and signals that concern it reach the event
 * loop.
 *
 * Signals that end a program, a failed assertion and exit() write what leaves the screen and set the terminal's
 * modes back, with nothing but async-signal-safe calls (POSIX.1-2017, 2.4.3); then the signal does what it did
 * before, so the exit status tells it. Only SIGKILL and _exit() are beyond this. SIGWINCH, SIGTSTP and SIGCONT only
 * wake the event loop through a pipe. Knows no curses.
 */
#ifndef SYNFIN_UI_RESTORE_H
#define SYNFIN_UI_RESTORE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum {
    RESTORE_LEAVE_MAX = 1024,     /* bytes of the sequences that leave the screen; real ones need 150 */
    RESTORE_SIGNALS_MAX = 24,
    RESTORE_STACK = 64 * 1024     /* the handler's own, for when the stack has overflowed */
};

struct restore {
    int fd;                       /* of the terminal, for writing */
    pid_t owner;                  /* children inherit the handlers, but the terminal is not theirs to give back */
    struct termios before;
    char leave[RESTORE_LEAVE_MAX];
    size_t leave_length;
    volatile sig_atomic_t held;   /* the terminal is ours now: dying must give it back */
    volatile sig_atomic_t resized, continued, stopping;
    int pipe[2];
    struct { int number; struct sigaction before; } caught[RESTORE_SIGNALS_MAX];
    unsigned caught_count;
    void *stack;                  /* NULL: somebody else's alternate stack is in use */
};

/* Takes the signals. `r` stays where it is until restore_end(). False: errno says why. One at a time. */
bool restore_begin(struct restore *r, int fd);

/* Appends to what is written when the program dies: before restore_hold() only. What does not fit is left out whole. */
void restore_leave_with(struct restore *r, const char *bytes, size_t length);

/* Whether there is something to give back. */
void restore_hold(struct restore *r, bool held);

/* Gives the signals back to whom they belonged, where nobody else has taken them since. Writes nothing. */
void restore_end(struct restore *r);

/* What has happened since the last call. */
struct restore_news {
    bool resized, continued, stopping;
};
struct restore_news restore_news(struct restore *r);

/* Stops this process as SIGTSTP would; gives back when it goes on. */
void restore_stop(struct restore *r);

/* Writes all of it to a terminal; true: done. A signal, a terminal that takes no more for now (EAGAIN, Ctrl-S) are
 * waited for, the latter up to `patience` milliseconds each time. Async-signal-safe. */
bool restore_write(int fd, const char *bytes, size_t length, int patience);

#endif
