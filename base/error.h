/* error.h - one failure, told so that the reader knows what, where and what to do.
 *
 * A function that can fail takes a struct error and fills it on failure only; the caller decides whether to
 * print it. `status` is the exit status of README.md and the man page, so that main need not translate.
 */
#ifndef SYNFIN_BASE_ERROR_H
#define SYNFIN_BASE_ERROR_H

enum exit_status {
    EXIT_DONE = 0,        /* all of it */
    EXIT_CHECK = 1,       /* a check failed, and --exit-code was given */
    EXIT_USAGE = 2,       /* options, filter or rubric */
    EXIT_UNREADABLE = 3,  /* the input cannot be read */
    EXIT_CUT_SHORT = 4,   /* the input ends in the middle of a record; what came before was reported */
    EXIT_PERMISSION = 5,  /* the system refused */
    EXIT_OUTPUT = 6       /* the output could not be written */
};

struct error {
    enum exit_status status;
    char text[512];       /* one or more sentences, no newline at the end; empty: no error */
};

/* Sets status and text (printf-like; cut at the size of the buffer, never overrun). */
__attribute__((format(printf, 3, 4)))
void error_set(struct error *error, enum exit_status status, const char *format, ...);

/* Prints "synfin: TEXT" on standard error, control characters made harmless, and gives back the status. */
enum exit_status error_print(const struct error *error);

#endif
