/* classic.h - classic pcap files: a header of 24 bytes, then records of a header and a frame.
 *
 * Either byte order, microseconds (a1b2c3d4), nanoseconds (a1b23c4d), and Kuznetzov's records with 8 bytes more
 * (a1b2cd34). Versions as libpcap takes them: 2.0 to 2.4, and 543.0 of DG/UX. A captured length beyond the header's
 * snapshot length is tolerated (such files are common), one beyond what any device captures is not.
 */
#ifndef SYNFIN_CAPTURE_CLASSIC_H
#define SYNFIN_CAPTURE_CLASSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "capture/record.h"

enum { CLASSIC_HEADER = 24 };

enum classic_lengths {
    LENGTHS_CAPTURED_FIRST,   /* since version 2.4 */
    LENGTHS_WIRE_FIRST,       /* before 2.3 */
    LENGTHS_EITHER,           /* 2.3: the smaller one was captured */
};

struct classic {
    nanoseconds unit;         /* of the fraction of a second in a record header */
    uint32_t record_header;   /* bytes: 16 or 24 */
    uint32_t largest;         /* captured length */
    uint16_t linktype;
    bool big;                 /* byte order */
    enum classic_lengths lengths;
};

/* Do these 4 bytes open such a file? */
bool classic_magic(const uint8_t magic[4]);

/* Reads the file header. RECORD_OTHER (record->size is its length), RECORD_SHORT or RECORD_BAD. */
enum record_kind classic_begin(struct classic *c, const uint8_t *bytes, size_t length, struct record *record);

/* The record at `bytes`. Sets of the frame: bytes, time, caplen, len, linktype, interface. */
enum record_kind classic_record(const struct classic *c, const uint8_t *bytes, size_t length, struct frame *frame,
                                struct record *record);

#endif
