/* linktype.h - LINKTYPE_ values as files hold them (https://www.tcpdump.org/linktypes.html), and libpcap's DLT_ values,
 * which differ between systems for a few.
 */
#ifndef SYNFIN_CAPTURE_LINKTYPE_H
#define SYNFIN_CAPTURE_LINKTYPE_H

#include <stdint.h>

/* Some old systems wrote their own DLT_RAW into files: those become LINKTYPE_RAW. */
uint16_t linktype_normal(uint16_t linktype);

int linktype_to_dlt(uint16_t linktype);
uint16_t linktype_of_dlt(int dlt);

/* The longest frame that can be captured there; more in a record means that the file is damaged. */
uint32_t linktype_largest_frame(uint16_t linktype);

/* libpcap's short name ("EN10MB"), or "unknown"; a constant string. */
const char *linktype_name(uint16_t linktype);

#endif
