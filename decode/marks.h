/* marks.h - what is remarkable about one segment, by the names that Wireshark gives it (tcp.analysis.*).
 *
 * One list: the name in JSON and the display filter, a sentence for `synfin help`. A set of marks is a bit mask.
 */
#ifndef SYNFIN_DECODE_MARKS_H
#define SYNFIN_DECODE_MARKS_H

#include <stdint.h>

#define MARKS(X) \
    X(RETRANSMISSION, "retransmission", \
      "The segment was sent before: the sender's timer ran out, or it was told of a loss.") \
    X(FAST_RETRANSMISSION, "fast_retransmission", \
      "Sent again after duplicate ACKs asked for it, before the retransmission timer ran out (RFC 5681 3.2).") \
    X(SPURIOUS_RETRANSMISSION, "spurious_retransmission", \
      "Sent again although the peer had acknowledged all of it already.") \
    X(OUT_OF_ORDER, "out_of_order", \
      "Sent earlier than segments that were captured before it: the network, not the sender, changed the order.") \
    X(LOST_SEGMENT, "lost_segment", \
      "Bytes before this segment are missing from the capture: lost on the way, late, or not captured.") \
    X(ACK_LOST_SEGMENT, "ack_lost_segment", \
      "Acknowledges bytes that the capture does not hold: they arrived, but were not captured.") \
    X(DUPLICATE_ACK, "duplicate_ack", \
      "The same acknowledgement again: a segment arrived, but not the one that is next in order (RFC 5681 2).") \
    X(ZERO_WINDOW, "zero_window", \
      "The receive buffer is full: its program does not call recv(), so the peer must stop (RFC 9293 3.8.6).") \
    X(ZERO_WINDOW_PROBE, "zero_window_probe", \
      "One byte sent into a closed window, to learn whether it has opened (RFC 9293 3.8.6.1).") \
    X(ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack", \
      "The answer to a zero window probe: still closed.") \
    X(KEEP_ALIVE, "keep_alive", \
      "Nothing new, one sequence number back: is the peer still there? (RFC 9293 3.8.4)") \
    X(KEEP_ALIVE_ACK, "keep_alive_ack", \
      "The answer to a keep-alive: still here.") \
    X(WINDOW_UPDATE, "window_update", \
      "Acknowledges nothing new, but tells a changed window: the program has called recv(), buffers grew, or with " \
      "SACK: more came beyond a hole.") \
    X(WINDOW_FULL, "window_full", \
      "This segment fills the peer's receive window to its edge: the sender must now wait.") \
    X(REUSED_PORTS, "reused_ports", \
      "A new connection on the addresses and ports of an earlier one in this capture.")

enum mark_index {
#define X(id, name, sentence) MARK_INDEX_##id,
    MARKS(X)
#undef X
    MARK_COUNT
};

enum mark {
#define X(id, name, sentence) MARK_##id = 1 << MARK_INDEX_##id,
    MARKS(X)
#undef X
    MARKS_SENT_AGAIN = MARK_RETRANSMISSION | MARK_FAST_RETRANSMISSION | MARK_SPURIOUS_RETRANSMISSION,
};

/* The names and sentences of the list, by enum mark_index. */
extern const char *const mark_names[MARK_COUNT];
extern const char *const mark_sentences[MARK_COUNT];

#endif
