/* signals.h - SIGINT, SIGTERM and SIGHUP through a descriptor, for loops that poll: no handler, so no variable that
 * changes.
 */
#ifndef SYNFIN_BASE_SIGNALS_H
#define SYNFIN_BASE_SIGNALS_H

/* Blocks the three and gives the descriptor that they come through from now on, never waiting; -1: there is none. */
int signals_caught(void);

/* The signal that has come; 0: none. */
int signals_next(int descriptor);

#endif
