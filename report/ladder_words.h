/* ladder_words.h - what the rows of a ladder say and how they are to be drawn, whatever they are drawn with: character
 * cells, SVG, Mermaid.
 *
 * Texts are appended to a struct text. All of them are ours: flags, numbers, addresses; no byte of a payload.
 */
#ifndef SYNFIN_REPORT_LADDER_WORDS_H
#define SYNFIN_REPORT_LADDER_WORDS_H

#include "report/call_words.h"
#include "report/ladder.h"

/* "SYN,ACK seq=0 ack=1": what stands on the arrow of a row, in at most `room` columns where that can be. Ends with a
 * zero byte. */
void ladder_label(struct text *t, const struct ladder *ladder, const struct ladder_row *row, unsigned room);

/* "0.200 s of silence", "12 more segments", "2 MSL have passed": what stands between the life lines instead of an
 * arrow. Ends with a zero byte. */
void ladder_quiet(struct text *t, const struct ladder *ladder, const struct ladder_row *row);

/* The call on that side of a row, in at most `width` columns where that can be, or `room` to keep its name:
 * "connect()", "= 0", "recv()=5". "" where there is none. */
void ladder_call(char out[CALL_WORD_ROOM], const struct ladder_row *row, unsigned side, unsigned width, unsigned room);

/* "10.9.0.2:40000": the end on that side, CLIENT or SERVER. */
void ladder_end(struct text *t, const struct ladder *ladder, unsigned side);

/* Where the arrow of this row goes: towards the server or away from it. */
bool ladder_to_server(const struct ladder *ladder, const struct ladder_row *row);

/* Is this segment (no datagram) marked as sent before, and for more than a number that was used before? */
bool ladder_again(const struct step *unit);

/* Is the arrow drawn heavy: sent before? */
bool ladder_heavy(const struct scene *scene);

/* The role of the arrow, which goes to the right or not. */
enum role ladder_role(const struct ladder_row *row, bool right);

/* Of a server that never answered with SYN,ACK, beside the client's SYN: what is known. "" where there is nothing to
 * say. */
const char *ladder_unknown_state(const struct ladder *ladder, const struct ladder_row *row);

/* It came, and its receiver drops it: the checksum is wrong. The arrow ends with a cross. */
bool ladder_dropped(const struct ladder_row *row);

/* What a legend says of the signs and words that occur (enum ladder_used). */
struct ladder_sign {
    unsigned used;
    const char *sign, *means;
};
extern const struct ladder_sign ladder_signs[];
extern const unsigned ladder_sign_count;

/* Are times told in milliseconds, not in seconds? */
bool ladder_in_milliseconds(const struct ladder *ladder);

/* A time of the capture, since the first frame of the conversation, in so many columns. */
void ladder_time(char out[16], const struct ladder *ladder, nanoseconds time, unsigned width);

#endif
