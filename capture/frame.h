/* frame.h - one captured frame: bytes of one link-layer frame with its time, as a source hands it to a decoder.
 *
 * The bytes are borrowed: they lie in the source's arena and are valid until the next batch is asked for.
 */
#ifndef SYNFIN_CAPTURE_FRAME_H
#define SYNFIN_CAPTURE_FRAME_H

#include <stdint.h>

#include "base/time.h"

enum { FRAME_BATCH = 32 };    /* a source gives at most so many at once */

struct frame {
    const uint8_t *bytes;     /* caplen of them */
    nanoseconds time;         /* since the epoch; of frames without a time stamp that of the frame before (0 at first) */
    uint64_t offset;          /* of its record in the file */
    uint32_t number;          /* counted from 1 over the whole file, whatever the filter, as Wireshark counts */
    uint32_t caplen;          /* bytes captured: what may be read */
    uint32_t len;             /* bytes on the wire: a number to show, never a bound */
    uint16_t linktype;        /* LINKTYPE_ value of the file format's registry */
    uint16_t interface;       /* index of the capturing interface, from 0 */
};

#endif
