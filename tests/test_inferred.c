/* What a RST says of close(): the event at its frame and the row's list of calls say the same. And what a segment that
 * comes again answers: SACK, a timer, or nothing that is known.
 */
#include <check.h>
#include <string.h>

#include "decode/decoder.h"
#include "tests/script.h"

#define ENDS "client 10.0.0.1:1000 isn 0\nserver 10.0.0.9:80 isn 0\n"
#define OPEN ENDS \
    "0.0 > S 0:0(0) win 1000\n" \
    "0.1 < S. 0:0(0) ack 1 win 1000\n" \
    "0.2 > . 1:1(0) ack 1 win 1000\n"
#define ASKED OPEN \
    "0.3 > P. 1:6(5) ack 1 win 1000\n" \
    "0.4 < . 1:1(0) ack 6 win 1000\n"
#define IN_VAIN ASKED \
    "1.0 > P. 6:11(5) ack 1 win 1000\n" \
    "1.3 > P. 6:11(5) ack 1 win 1000\n" \
    "1.9 > P. 6:11(5) ack 1 win 1000\n"

#define SENDS_FOUR \
    ENDS \
    "0.0 > S 0:0(0) win 9000 <mss 1000,sackOK>\n" \
    "0.03 < S. 0:0(0) ack 1 win 9000 <mss 1000,sackOK>\n" \
    "0.03 > . 1:1(0) ack 1 win 9000\n" \
    "0.04 > . 1:1001(1000) ack 1 win 9000\n" \
    "0.04 > . 1001:2001(1000) ack 1 win 9000\n" \
    "0.04 > . 2001:3001(1000) ack 1 win 9000\n" \
    "0.04 > . 3001:4001(1000) ack 1 win 9000\n" \
    "0.07 < . 1:1(0) ack 1001 win 9000\n"
#define TOLD_OF_HOLE SENDS_FOUR "0.10 < . 1:1(0) ack 1001 win 8000 <sack 2001:3001>\n"

static const struct {
    const char *shows, *script;
    uint32_t told, listed;        /* frames of a close(): as it happened, and in the row's list; 0: none */
} resets[] = {
    { "close() with unread data, or with SO_LINGER 0", ASKED "0.5 > R. 6:6(0) ack 1 win 1000\n", 6, 6 },
    { "the RFC's own abort has no ACK", ASKED "0.5 > R 6:6(0) win 0\n", 6, 6 },
    { "data is still on its way, and the program resets", ASKED "0.5 > P. 6:11(5) ack 1 win 1000\n"
      "0.6 > R. 11:11(0) ack 1 win 1000\n", 7, 7 },
    { "it was sent again once, and the program resets", IN_VAIN "2.0 > R. 11:11(0) ack 1 win 1000\n", 9, 9 },
    { "sent again in vain until the kernel gave up: what comes then is answered", IN_VAIN
      "9.0 < F. 1:1(0) ack 6 win 1000\n" "9.0 > R 6:6(0) win 0\n", 0, 0 },
    { "keep-alives in vain", ASKED "60.0 > . 5:5(0) ack 1 win 1000\n" "70.0 > . 5:5(0) ack 1 win 1000\n"
      "80.0 > R. 6:6(0) ack 1 win 1000\n", 0, 0 },
    { "data for a socket that was closed before: it decides what the FIN was", ASKED "0.5 > F. 6:6(0) ack 1 win 1000\n"
      "0.6 < P. 1:6(5) ack 7 win 1000\n" "0.6 > R 7:7(0) win 0\n", 0, 6 },
    { "nobody listens: nothing was open", ENDS "0.0 < S 0:0(0) win 1000\n" "0.0 > R. 0:0(0) ack 1 win 0\n", 0, 0 },
};

static void note_close(void *self, const struct event *event)
{
    uint32_t *frame = self;
    if (event->call.call == CALL_CLOSE)
        *frame = event->frame;
}

START_TEST(a_reset_is_a_close_only_where_nothing_else_explains_it)
{
    uint32_t told = 0, listed = 0;
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct sink sink = { .wants = 1u << EVENT_CALL, .event = note_close, .self = &told };
    struct script script;
    struct error error = { 0 };
    struct inferred_call calls[CONNECTION_CALLS_MAX];
    ck_assert_msg(script_parse(resets[_i].script, resets[_i].shows, &script, &error), "%s", error.text);
    decoder_attach(decoder, &sink);
    for (unsigned i = 0; i < script.frame_count; i++)
        decoder_feed(decoder, &script.frames[i].frame, 1);
    unsigned count = connection_calls(as_connection(decoder_first(decoder)), calls);
    for (unsigned i = 0; i < count; i++)
        if (calls[i].call == CALL_CLOSE)
            listed = calls[i].frame;
    ck_assert_msg(told == resets[_i].told, "%s: told at frame %u", resets[_i].shows, told);
    ck_assert_msg(listed == resets[_i].listed, "%s: listed at frame %u", resets[_i].shows, listed);
    decoder_free(decoder);
    script_free(&script);
}
END_TEST

/* The SYN was doubled on the way, behind the place of capture: each copy is answered, and that answer too. */
static const struct {
    const char *shows, *script;
    uint16_t sentence;            /* of the last frame */
} answers[] = {
    { "a SYN,ACK at once behind the first answers a second copy of the SYN", ENDS "0.0 > S 0:0(0) win 1000\n"
      "0.1 < S. 0:0(0) ack 1 win 1000\n" "0.1 > . 1:1(0) ack 1 win 1000\n" "0.1 < S. 0:0(0) ack 1 win 1000\n",
      SENTENCE_MARK_ANSWER_TWICE },
    { "a second later its timer ran out", ENDS "0.0 > S 0:0(0) win 1000\n"
      "0.1 < S. 0:0(0) ack 1 win 1000\n" "1.1 < S. 0:0(0) ack 1 win 1000\n", SENTENCE_MARK_TIMER },
    { "where nothing is outstanding, RFC 5681 counts no duplicate", OPEN "0.3 < S. 0:0(0) ack 1 win 1000\n"
      "0.3 > . 1:1(0) ack 1 win 1000\n", SENTENCE_MARK_DUPLICATE_ACK_IDLE },
    { "where later data came, it does", OPEN "0.3 < P. 6:11(5) ack 1 win 1000\n" "0.3 > . 1:1(0) ack 1 win 1000\n",
      SENTENCE_MARK_DUPLICATE_ACK },
    { "new SACK blocks are more than a window", TOLD_OF_HOLE, SENTENCE_MARK_SACK_NEWS },
    { "the same blocks again, and only the window is new", TOLD_OF_HOLE
      "0.11 < . 1:1(0) ack 1001 win 8500 <sack 2001:3001>\n", SENTENCE_MARK_WINDOW_UPDATE },
    { "one more block is news", TOLD_OF_HOLE "0.11 < . 1:1(0) ack 1001 win 8500 <sack 2001:4001>\n",
      SENTENCE_MARK_SACK_NEWS },
    { "D-SACK tells of no hole", SENDS_FOUR "0.10 < . 1:1(0) ack 1001 win 8000 <sack 1:1001>\n",
      SENTENCE_MARK_WINDOW_UPDATE },
    { "SACK had told of the hole: no timer, however long ago it was first sent", SENDS_FOUR
      "0.39 < . 1:1(0) ack 1001 win 8000 <sack 2001:3001>\n" "0.39 > . 1001:2001(1000) ack 1 win 9000\n",
      SENTENCE_MARK_SACK },
    { "nothing new came for the time of a timer after the SACK", TOLD_OF_HOLE
      "0.40 > . 1001:2001(1000) ack 1 win 9000\n", SENTENCE_MARK_TIMER },
    { "what SACK told had come is not missing", TOLD_OF_HOLE "0.40 > . 1001:2001(1000) ack 1 win 9000\n"
      "0.43 < . 1:1(0) ack 2001 win 9000 <sack 2001:3001>\n" "0.43 > . 2001:3001(1000) ack 1 win 9000\n",
      SENTENCE_MARK_AGAIN },
    { "after a time-out the ACKs let go of the rest, no timer of its own does", SENDS_FOUR
      "0.40 > . 1001:2001(1000) ack 1 win 9000\n" "0.43 < . 1:1(0) ack 2001 win 9000\n"
      "0.43 > . 2001:3001(1000) ack 1 win 9000\n", SENTENCE_MARK_AGAIN },
    { "the timer counts from the copy before", IN_VAIN, SENTENCE_MARK_TIMER_AGAIN },
    { "a first FIN on the number of the SYN is not sent again", ENDS "0.0 > S 0:0(0) win 1000\n"
      "0.3 > F 0:0(0) win 1000\n", SENTENCE_MARK_FIN_NUMBER },
    { "a FIN from LISTEN moves for a reason, too", ENDS "0.0 > S 0:0(0) win 1000\n" "0.3 < F 0:0(0) win 1000\n",
      SENTENCE_NONE },
    { "a wrong checksum where one was right before: dropped", OPEN "0.3 > P. 1:6(5) ack 1 win 1000 checksum bad\n",
      SENTENCE_MARK_CHECKSUM_BAD },
    { "a wrong checksum where none was right: not filled in yet", ENDS "0.0 > S 0:0(0) win 1000 checksum bad\n",
      SENTENCE_MARK_CHECKSUM_UNFILLED },
    { "and that is told once", ENDS "0.0 > S 0:0(0) win 1000 checksum bad\n" "0.1 < S. 0:0(0) ack 1 win 1000\n"
      "0.1 > . 1:1(0) ack 1 win 1000 checksum bad\n", SENTENCE_NONE },
};

static void note_reason(void *self, const struct event *event)
{
    *(uint16_t *)self = event->because.sentence;
}

/* Every move has a reason in words. */
static void note_move(void *self, const struct event *event)
{
    *(bool *)self |= !*sentence_texts[event->because.sentence];
}

START_TEST(what_comes_again_says_what_it_answers)
{
    uint16_t sentence = SENTENCE_NONE;
    bool unreasoned = false;
    struct sink moves = { .wants = 1u << EVENT_TCP_STATE, .event = note_move, .self = &unreasoned };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct sink sink = { .wants = 1u << EVENT_TCP_SEGMENT, .event = note_reason, .self = &sentence };
    struct script script;
    struct error error = { 0 };
    ck_assert_msg(script_parse(answers[_i].script, answers[_i].shows, &script, &error), "%s", error.text);
    decoder_attach(decoder, &sink);
    decoder_attach(decoder, &moves);
    for (unsigned i = 0; i < script.frame_count; i++)
        decoder_feed(decoder, &script.frames[i].frame, 1);
    ck_assert_msg(!unreasoned, "%s: a move without a reason", answers[_i].shows);
    ck_assert_msg(sentence == answers[_i].sentence, "%s: %s", answers[_i].shows, sentence_texts[sentence]);
    decoder_free(decoder);
    script_free(&script);
}
END_TEST

/* Of one conversation: frames 1 and 2 are ARP. */
#define ARP ENDS "0.0 arp 10.0.0.1 asks 10.0.0.9\n" "0.03 arp 10.0.0.9 answers 10.0.0.1\n"

static const struct {
    const char *shows, *script;
    bool told;
} waited[] = {
    { "the SYN leaves when the answer comes", ARP "0.03002 > S 0:0(0) win 1000\n", true },
    { "long after, it did not wait", ARP "0.2 > S 0:0(0) win 1000\n", false },
    { "the other end had not asked", ARP "0.03002 < S 0:0(0) win 1000\n", false },
    { "an answer that nobody asked for here", ENDS "0.03 arp 10.0.0.9 answers 10.0.0.1\n"
      "0.03002 > S 0:0(0) win 1000\n", false },
};

static void note_event(void *self, const struct event *event)
{
    *(struct event *)self = *event;
}

START_TEST(a_first_frame_tells_that_it_waited_for_arp)
{
    struct event told = { .kind = EVENT_COUNT };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct sink sink = { .wants = 1u << EVENT_ARP_ANSWERED, .event = note_event, .self = &told };
    struct script script;
    struct error error = { 0 };
    ck_assert_msg(script_parse(waited[_i].script, waited[_i].shows, &script, &error), "%s", error.text);
    decoder_attach(decoder, &sink);
    for (unsigned i = 0; i < script.frame_count; i++)
        decoder_feed(decoder, &script.frames[i].frame, 1);
    ck_assert_msg((told.kind == EVENT_ARP_ANSWERED) == waited[_i].told, "%s", waited[_i].shows);
    if (waited[_i].told) {
        ck_assert_uint_eq(told.because.frame[0], 1);
        ck_assert_uint_eq(told.because.frame[1], 2);
        ck_assert_int_eq(told.because.value[0], 30 * NS_PER_MS);
    }
    decoder_free(decoder);
    script_free(&script);
}
END_TEST

Suite *inferred_suite(void)
{
    Suite *suite = suite_create("inferred");
    TCase *tests = tcase_create("resets");
    tcase_add_loop_test(tests, a_reset_is_a_close_only_where_nothing_else_explains_it, 0,
                        sizeof resets / sizeof *resets);
    tcase_add_loop_test(tests, what_comes_again_says_what_it_answers, 0, sizeof answers / sizeof *answers);
    tcase_add_loop_test(tests, a_first_frame_tells_that_it_waited_for_arp, 0, sizeof waited / sizeof *waited);
    suite_add_tcase(suite, tests);
    return suite;
}
