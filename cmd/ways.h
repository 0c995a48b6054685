/* ways.h - what lets synfin capture where it may not yet: the one command that mends it on this machine, and the
 * programs that may capture for it.
 */
#ifndef SYNFIN_CMD_WAYS_H
#define SYNFIN_CMD_WAYS_H

#include <stdbool.h>

#include "base/text.h"
#include "cmd/options.h"

enum { WAYS_PATH_ROOM = 1024 };

struct library {
    const char *name;             /* how its file's name begins */
    char path[WAYS_PATH_ROOM];
};

/* Where a library that is loaded lies; "" when it is linked in. */
struct library ways_library(const char *name);

enum way {
    WAY_ONCE,                     /* a command to be typed once, as root */
    WAY_EACH_TIME,                /* one that works each time it is typed */
    WAY_NONE,                     /* root without the capability: nothing can be typed here */
};

/* Appends the command that lets this file capture, as its file system and its libraries need it, with remarks in
 * brackets; of WAY_NONE, what is the matter. `interface` for commands that name one. */
enum way ways_mend(struct text *t, const char *interface);

enum dumpcap { DUMPCAP_NONE, DUMPCAP_MAY, DUMPCAP_GROUP };

/* Wireshark's dumpcap often has the right that we lack. Appends the command: the one that captures with it
 * (DUMPCAP_MAY), or the one that lets this user run it (DUMPCAP_GROUP). */
enum dumpcap ways_dumpcap(struct text *t, const char *interface);

/* Prints the error that opening a source gave; where capturing was refused, also what works now and what mends it. The
 * error's status. */
enum exit_status ways_error(const struct options *options, const struct error *error);

/* The latter alone. */
void ways_refused(const char *interface);

#endif
