/* interfaces.h - the interfaces that could be captured on, as libpcap finds them; nothing is opened.
 */
#ifndef SYNFIN_CAPTURE_INTERFACES_H
#define SYNFIN_CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

/* "lo, eth0, any", cut at the last name that fits; "none" where there are none. */
void interfaces_names(char *text, size_t room);

/* Each interface that is up, likeliest first: its name as the system has it (for -i; not harmless), and what is known
 * of it, harmless: "up, loopback  127.0.0.1, ::1". Both only for the time of the call. False: they cannot be listed. */
bool interfaces_up(void (*each)(void *self, const char *name, const char *says), void *self);

#endif
