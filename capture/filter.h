/* filter.h - BPF expressions (pcap-filter(7)) on frames of any link type.
 *
 * An expression means other instructions on every link type, so it is compiled once for each that comes. Where it
 * cannot be (no addresses there, say), it lets nothing pass. Host and network names are refused, since libpcap would
 * ask the name server for them; port and protocol names come from this host's own tables.
 */
#ifndef SYNFIN_CAPTURE_FILTER_H
#define SYNFIN_CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/error.h"
#include "capture/frame.h"

struct filter;

/* False: the expression holds a word that libpcap would look up as a host, a network or a device; `error` names it. */
bool filter_without_names(const char *expression, struct error *error);

/* NULL: the expression is wrong on every usual link type (EXIT_USAGE). */
struct filter *filter_open(const char *expression, struct error *error);
void filter_close(struct filter *filter);

/* Does it mean something on this link type? False: `error` says why not. */
bool filter_fits(struct filter *filter, uint16_t linktype, struct error *error);

/* Moves the frames that pass to the front, in order; how many they are. */
unsigned filter_keep(struct filter *filter, struct frame *frames, unsigned count);

/* True when frames came, but it meant nothing on any of their link types; `error` says why. */
bool filter_was_useless(const struct filter *filter, struct error *error);

#endif
