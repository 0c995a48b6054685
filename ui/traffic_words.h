/* traffic_words.h - what a run of the generator did, in words: its programs' calls, how they ended, what the wire did.
 */
#ifndef SYNFIN_UI_TRAFFIC_WORDS_H
#define SYNFIN_UI_TRAFFIC_WORDS_H

#include "base/text.h"
#include "traffic/session.h"

/* "runs", "ended with status 1", "was ended by signal 9" */
void traffic_ending(struct text *t, const struct session_speech *speech);

/* "connect(3, 10.9.0.1:6666) = 0", with what an error is called; and how long it took, where it waited: it stands at the
 * time when it was made, above what let it return. Where both do not fit into `width` columns, "connect(3) = 0 after 1.030 s",
 * or "connect() = ECONNREFUSED ..30.1 ms". */
void traffic_call(struct text *t, const struct true_call *call, unsigned width);

/* "frame 6 of the server dropped: SYN,ACK len=0 (2 of fault 1)": the second that matched the first fault. */
void traffic_deed(struct text *t, const struct wire_options *wire, const struct wire_deed *deed);

/* "15 ms each way, 125,000 bytes a second"; nothing where the wire has neither. */
void traffic_wire(struct text *t, const struct wire_options *wire);

/* "port 6666, 3 clients": the numbers that a scenario takes, its own where `number` has 0. */
void traffic_numbers(struct text *t, const struct scenario *scenario, const uint32_t number[ACTOR_NUMBERS]);

/* What is to be learned, before; and what is to be asked, after it: paragraphs of `width` columns. Nothing for NULL. */
void traffic_lesson(struct text *t, const struct scenario *scenario, unsigned width);
void traffic_questions(struct text *t, const struct scenario *scenario, unsigned width);

#endif
