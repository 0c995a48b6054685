/* prints.h - by what the same recording is known again although its file was changed: saved in another format, cut,
 * filtered, shifted in time.
 *
 * A connection's print is "ISN-ISN@SECONDS": its client's and its server's initial sequence number, which real
 * hosts draw at random (RFC 9293 3.4.1), and the time of its first frame. A flow has no such number:
 * "udp:PORT-PORT@SECONDS".
 */
#ifndef SYNFIN_GRADE_PRINTS_H
#define SYNFIN_GRADE_PRINTS_H

#include "base/text.h"
#include "decode/decoder.h"

enum { PRINTS_MOST = 60 };        /* of one capture, the first ones: a line that a result has room for */

/* Appends the prints of the rows still held, with a space between them. Connections without both numbers have none. */
void capture_prints(struct text *t, const struct decoder *decoder);

#endif
