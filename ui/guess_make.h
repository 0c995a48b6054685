/* guess_make.h - what the files that make questions share behind the door of guess.h.
 *
 * A maker looks at the scene asked about and at the world before it. It gives false and has written nothing, or true
 * and has written the question, the right option first (guess.c puts them in another order), and perhaps a lesson.
 */
#ifndef SYNFIN_UI_GUESS_MAKE_H
#define SYNFIN_UI_GUESS_MAKE_H

#include "decode/connection.h"
#include "report/scenes.h"
#include "report/story.h"
#include "ui/guess.h"

struct guess_world {
    const struct conversation *of;
    const struct story *story;
    const struct scenes *scenes;
    size_t at;                        /* the scene asked about, at least the second */
    const struct scene *scene;
    const struct step *unit;          /* its segment or datagram; NULL: an ICMP error */
    unsigned who, other;              /* ends of the key: who sends it, and the other one */
    uint8_t before[2], after[2];      /* states by end: at the end of the scene before, and of this one */
    uint32_t pick;                    /* to vary by: the same for the same row and frame */
};

/* GUESS_PLAIN: nothing new, worth asking a few times. */
enum guess_made { GUESS_NONE, GUESS_PLAIN, GUESS_TELLING };

enum guess_made guess_make(struct guess *guess, const struct guess_world *world);

/* What TCP's rules decide: the answer to a SYN, to a SYN,ACK, to a FIN, to data for a closed socket. */
bool guess_rules(struct guess *guess, const struct guess_world *world);

/* What is remarkable about the segment: sent again, a probe, a keep-alive, the window. */
bool guess_marks(struct guess *guess, const struct guess_world *world);

/* The state that an end comes to, or stays in although a segment came that it does not believe. */
bool guess_states(struct guess *guess, const struct guess_world *world);

/* Sequence and acknowledgement numbers. */
bool guess_numbers(struct guess *guess, const struct guess_world *world);

/* Datagrams, and ICMP errors, of connections too. */
enum guess_made guess_datagrams(struct guess *guess, const struct guess_world *world);
bool guess_icmp(struct guess *guess, const struct guess_world *world);

__attribute__((format(printf, 2, 3)))
void guess_says(struct guess *guess, const char *format, ...);

/* An option; one that is there already is not added, nor one too many. */
__attribute__((format(printf, 3, 4)))
void guess_offer(struct guess *guess, const char *what, const char *format, ...);

/* A sentence before the catalogue's. */
__attribute__((format(printf, 2, 3)))
void guess_lesson(struct guess *guess, const char *format, ...);

/* "client" or "server"; "FIN,ACK seq=13 ack=14 len=5", relative, in `words`, which is given back. */
const char *guess_side(const struct guess_world *world, unsigned end);
enum { GUESS_SEGMENT = 100 };
const char *guess_segment(const struct guess_world *world, const struct step *unit, char words[GUESS_SEGMENT]);

/* Behind the segment's payload, SYN and FIN (RFC 9293 3.4). */
uint32_t guess_behind(const struct step *unit);

/* The last segment or datagram before the scene that `end` (NO_END: anybody) sent, among those not far back; NULL. */
const struct step *guess_last_unit(const struct guess_world *world, unsigned end);

/* How many scenes makers look back at most. */
enum { GUESS_BACK = 500 };

#endif
