/* interfaces.h - the names of the interfaces that could be captured on.
 */
#ifndef SYNFIN_CAPTURE_INTERFACES_H
#define SYNFIN_CAPTURE_INTERFACES_H

#include <stddef.h>

/* "lo, eth0, any", cut at the last name that fits; "none" where there are none. */
void interfaces_names(char *text, size_t room);

#endif
