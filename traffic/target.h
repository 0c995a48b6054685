/* target.h - where the generator may send: this host, its link, and private networks; never anywhere else.
 */
#ifndef SYNFIN_TRAFFIC_TARGET_H
#define SYNFIN_TRAFFIC_TARGET_H

#include <stdbool.h>

#include "base/error.h"

/* An IPv4 address of loopback, link-local (RFC 3927) or private (RFC 1918)? False: EXIT_USAGE, `error` says what may
 * stand there. */
bool target_allowed(const char *text, struct error *error);

#endif
