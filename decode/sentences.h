/* sentences.h - every sentence the tool says about traffic, in one catalogue.
 *
 * decode/ names a sentence and its arguments (struct because), report/ puts it into words. So the words stand in one
 * place, ready for gettext, and a reason costs nothing where nobody reads it. Placeholders:
 *   {who} {Who} {peer} {Peer}  "the client" or "the server": the end that `who` names, the other one
 *   {frame} {frame2}           frame[0], frame[1]
 *   {n} {n2}                   value[0], value[1] as numbers
 *   {time} {time2}             value[0], value[1] as durations: "0.998 s", "30.1 ms"
 * A part in [square brackets] is left out when a frame that it names is 0.
 */
#ifndef SYNFIN_DECODE_SENTENCES_H
#define SYNFIN_DECODE_SENTENCES_H

#include <stdint.h>

/* id, RFC section, text */
#define SENTENCES(X) \
    X(NONE, "", "") \
    /* arcs of figure 5 */ \
    X(ACTIVE_OPEN, "RFC 9293 3.9.1.1", \
      "{Who} sends a SYN: its program called connect(), an active open.") \
    X(PASSIVE_OPEN, "RFC 9293 3.9.1.1", \
      "{Who} answers a SYN, so its program had called bind() and listen() before: a passive open sends nothing.") \
    X(PASSIVE_OPEN_AGAIN, "RFC 9293 3.9.1.1", \
      "{Who} answers a SYN after its old connection ended: the listening socket was there all the time.") \
    X(RCV_SYN, "RFC 9293 3.10.7.2", \
      "{Who} answers the SYN[ of frame {frame}] with SYN,ACK. The kernel does this; accept() is not involved.") \
    X(RCV_SYN_REOPEN, "RFC 9293 3.10.7.4", \
      "{Who} was in TIME-WAIT and accepts a new SYN[ of frame {frame}] on the same four numbers (MAY-2): a new " \
      "connection.") \
    X(RCV_SYN_SIMULTANEOUS, "RFC 9293 3.5", \
      "{Who} had sent a SYN of its own and answers the SYN[ of frame {frame}] that crossed it: a simultaneous open.") \
    X(RCV_SYN_ACK, "RFC 9293 3.10.7.3", \
      "{Who} acknowledges the SYN,ACK[ of frame {frame}]: its half is done, connect() returns.") \
    X(RCV_SYN_ACK_UNSEEN, "RFC 9293 3.10.7.3", \
      "{Who} sends an ACK without SYN, so the SYN,ACK had reached it, though the capture does not hold it.") \
    X(RCV_SYN_UNSEEN, "RFC 9293 3.10.7.2", \
      "{Peer} sends an ACK without SYN, so {who} had sent a SYN,ACK, though the capture does not hold it.") \
    X(ACK_OF_SYN, "RFC 9293 3.10.7.4", \
      "The segment acknowledges the SYN of {who}[ (frame {frame})]: ESTABLISHED. The new connection now waits in " \
      "the accept queue.") \
    X(ACK_OF_SYN_ACTIVE, "RFC 9293 3.10.7.4", \
      "The segment acknowledges the SYN of {who}[ (frame {frame})]: ESTABLISHED, and connect() returns.") \
    X(ACK_OF_SYN_UNSEEN, "RFC 9293 3.10.7.4", \
      "{Who} sends data, so the ACK of its SYN had reached it, though the capture does not hold it.") \
    X(CLOSE, "RFC 9293 3.6", \
      "{Who} sends a FIN: its program called close() or shutdown(), or ended. It will send no more data, but can " \
      "still receive.") \
    X(CLOSE_PASSIVE, "RFC 9293 3.6", \
      "{Who} sends its own FIN: its program has now called close() too, or ended.") \
    X(RCV_FIN, "RFC 9293 3.6", \
      "{Who} acknowledges the FIN[ of frame {frame}]: recv() gives what is left, then 0. Until its program calls " \
      "close(), {who} stays in this state.") \
    X(RCV_FIN_LAST, "RFC 9293 3.6.1", \
      "{Who} acknowledges the FIN[ of frame {frame}]. Its own was acknowledged before, so only TIME-WAIT is left: 2 " \
      "MSL, in case this ACK is lost.") \
    X(RCV_FIN_CLOSING, "RFC 9293 3.6", \
      "{Who} acknowledges a FIN[ (frame {frame})] that crossed its own: both ends closed at the same time.") \
    X(RCV_FIN_PASSED, "RFC 9293 3.10.7.4", \
      "The FIN of {peer}[ (frame {frame})] passed on its way to {who} before this RST; its ACK was not captured.") \
    X(ACK_OF_FIN, "RFC 9293 3.10.7.4", \
      "The segment acknowledges the FIN of {who}[ (frame {frame})].") \
    X(ACK_OF_FIN_LAST, "RFC 9293 3.10.7.4", \
      "The segment acknowledges the FIN of {who}[ (frame {frame})], the last thing it waited for: its end is gone.") \
    X(FIN_AGAIN, "RFC 9293 3.10.7.4", \
      "{Who} sends its FIN again: the ACK[ of frame {frame}], which passed here, had not reached it by then; it was " \
      "lost later, or is on its way. The move that was inferred from that ACK is taken back.") \
    X(CLOSE_UNOPENED, "RFC 9293 3.10.4", \
      "{Who} sends a FIN before the connection is open: its program has given it up, or the segment is not the " \
      "kernel's.") \
    X(TWO_MSL, "RFC 9293 3.4.2", \
      "2 MSL ({time}) have passed since {who} acknowledged the last FIN: old duplicates have died out.") \
    X(RCV_RST, "RFC 9293 3.10.7.4", \
      "A RST reaches {who}: everything ends at once. The next call on the socket fails with ECONNRESET, a send() " \
      "after that with EPIPE.") \
    X(RCV_RST_CLOSE_WAIT, "RFC 9293 3.10.7.4", \
      "A RST reaches {who} after a FIN: everything ends at once. recv() goes on to return 0; send() fails with " \
      "EPIPE.") \
    X(RCV_RST_LAST, "RFC 9293 3.10.7.4", \
      "A RST reaches {who}: its end is gone at once. Both directions were closed, so no call is left that could be " \
      "told.") \
    X(RCV_RST_REFUSED, "RFC 9293 3.10.7.3", \
      "The SYN[ of frame {frame}] is answered with RST: nobody listens on that port (or a firewall answers so). " \
      "connect() fails with ECONNREFUSED.") \
    X(RCV_RST_LISTEN, "RFC 9293 3.10.7.4", \
      "A RST answers the SYN,ACK of {who}[ (frame {frame})]: back to LISTEN, as figure 5's note 1 says.") \
    X(ABORT, "RFC 9293 3.10.5, 3.6.1", \
      "{Who} sends a RST and forgets the connection: close() with unread data, SO_LINGER 0, a program that ended or " \
      "was killed with unread data, a listener closed before accept(), a time-out, or a firewall.") \
    X(ABORT_AFTER_CLOSE, "RFC 9293 3.6.1", \
      "{Who} answers with a RST: data came for a socket that its program has closed, so nobody can read it any " \
      "more. The kernel does this, no call.") \
    X(ABORT_TIMED_OUT, "RFC 9293 3.8.4", \
      "{Who} gives the connection up with a RST: its keep-alives were not answered. The kernel does this; the " \
      "program's next call fails with ETIMEDOUT.") \
    X(ABORT_GAVE_UP, "RFC 9293 3.8.3, 3.10.7.1", \
      "{Who} answers with a RST: what it sent again and again was never acknowledged, so its kernel has given the " \
      "connection up and knows of none any more. The kernel does this; the program's calls fail with ETIMEDOUT.") \
    X(ABORT_UNKNOWN, "RFC 9293 3.5.1, 3.10.7.1", \
      "{Who} answers with a RST, the only segment of it here: most likely it knows of no such connection, since it " \
      "restarted or gave it up. The kernel does this, no call.") \
    X(NEVER, "", "") \
    /* how the state at the start of the capture is known */ \
    X(MIDSTREAM, "RFC 9293 3.3.2", \
      "The capture begins in the middle of this connection; both ends are taken to be ESTABLISHED.") \
    X(ANSWER_FIRST, "RFC 9293 3.5", \
      "The capture holds the SYN,ACK but not the SYN before it.") \
    X(INCARNATION, "RFC 9293 3.4.1", \
      "A SYN with another initial sequence number on the same four numbers: a new connection.") \
    /* acceptance tests */ \
    X(RST_OUTSIDE, "RFC 5961 3.2", \
      "This RST is not believed: its sequence number ({n}, relative) is not the one that {peer} expects next " \
      "({n2}). Forged, or far too late.") \
    X(RST_UNACCEPTABLE, "RFC 9293 3.10.7.3", \
      "This RST is not believed: in SYN-SENT a RST must acknowledge the SYN.") \
    X(SYN_SYNCHRONISED, "RFC 5961 4.2", \
      "A SYN inside a synchronised connection changes nothing; the answer is a challenge ACK.") \
    X(ACK_OF_NOTHING, "RFC 9293 3.10.7.3", \
      "Acknowledges something that {peer} has not sent on this connection: a half-open connection is discovered " \
      "(figure 9), the answer is a RST.") \
    X(FIN_OUTSIDE, "RFC 9293 3.4", \
      "This FIN is not believed: its sequence number ({n}, relative) lies outside the window of {peer}.") \
    /* openings and endings */ \
    X(ESTABLISHED, "RFC 9293 3.5", \
      "Both ends are ESTABLISHED[, {time} after the SYN of frame {frame}].") \
    X(CLOSED, "RFC 9293 3.6", \
      "Both FINs are acknowledged. {Who} closed first.") \
    X(CLOSED_BOTH, "RFC 9293 3.6", \
      "Both FINs are acknowledged; both ends closed at the same time.") \
    X(RESET, "RFC 9293 3.5.3", \
      "{Who} ended the connection with a RST.") \
    X(UNREACHABLE, "RFC 9293 3.9.2.2", \
      "An ICMP error (type {n}, code {n2}) answers the segment of {who}: a router or host says that it cannot be " \
      "delivered.") \
    X(PATH_MTU, "RFC 1191, RFC 8201", \
      "An ICMP error (type {n}, code {n2}) says that a datagram of {who} is too large for the next link: path MTU " \
      "discovery. {Who} sends it again in smaller pieces.") \
    X(GIVEN_UP, "", \
      "Dropped from the table to make room: what comes later on these four numbers counts as a new one.") \
    /* calls */ \
    X(CALL_CONNECT, "RFC 9293 3.9.1.1", \
      "A SYN leaves: {who} called connect() (after socket(), perhaps bind()).") \
    X(CALL_LISTEN, "RFC 9293 3.9.1.1", \
      "A SYN,ACK leaves: {who} had called bind() and listen() by now. The kernel answered, not accept().") \
    X(CALL_ACCEPT, "RFC 9293 3.9.1.1", \
      "First data or FIN of {who}: accept() has returned by now, for only a program that holds the new socket can " \
      "send or close.") \
    X(CALL_SEND, "RFC 9293 3.9.1.2", \
      "{Who} sends {n} B that it has not sent before: send() had given at least so much.") \
    X(CALL_CLOSE_OR_SHUTDOWN, "RFC 9293 3.9.1.4", \
      "A FIN leaves: {who} called close() or shutdown(SHUT_WR), or ended. What it does with later data tells which.") \
    X(CALL_ABORT, "RFC 9293 3.10.5, 3.6.1", \
      "{Who} resets a live connection: close() with unread data or with SO_LINGER 0, or the program ended with " \
      "unread data.") \
    X(CALL_SENDTO, "RFC 768", \
      "One datagram, {n} B: one sendto() (or send() on a connected socket).") \
    X(CALL_RECORDED, "RFC 9293 3.9.1", \
      "Recorded where the program made it, with its time and result.") \
    /* marks: why a segment has them */ \
    X(MARK_TIMER, "RFC 6298 5.4", \
      "{Who} sends this again[ (first in frame {frame})]: no acknowledgement had reached it after {time}, so its " \
      "timer ran out.") \
    X(MARK_TIMER_AGAIN, "RFC 6298 5.4, 5.5", \
      "{Who} sends this again (first in frame {frame}, latest in frame {frame2}): no acknowledgement had reached it " \
      "{time} after the latest, so its timer ran out again.") \
    X(MARK_SACK, "RFC 6675 5", \
      "{Who} sends this again[ (first in frame {frame})]: {peer} had told with SACK that these bytes are missing and " \
      "later ones have arrived. No timer need have run out.") \
    X(MARK_ANSWER_AGAIN, "RFC 9293 3.10.7.4", \
      "{Who} answers once more[, first in frame {frame}]: the SYN came again, so the answer had not arrived, or " \
      "came too late.") \
    X(MARK_ANSWER_TWICE, "RFC 9293 3.10.7.4", \
      "{Who} answers once more[, first in frame {frame}], too soon for its timer: the SYN must have reached it " \
      "twice, a copy made on the way or sent again.") \
    X(MARK_AGAIN, "RFC 9293 3.8.1", \
      "{Who} has sent this before[, in frame {frame}].") \
    X(MARK_FIN_NUMBER, "RFC 9293 3.4", \
      "The first FIN of {who}, on a number that was used before[, in frame {frame}]: only the number makes it look " \
      "sent again.") \
    X(MARK_FAST, "RFC 5681 3.2", \
      "{Who} sends this again after {n} duplicate ACKs, without waiting for its timer.") \
    X(MARK_FAST_SACK, "RFC 6675 5", \
      "{Who} sends this again, without waiting for its timer: {peer} had told with SACK that these bytes are missing " \
      "and later ones have arrived ({n} duplicate ACKs by Wireshark's count).") \
    X(MARK_SPURIOUS, "RFC 9293 3.8.1", \
      "{Who} sends this again although {peer} had acknowledged it: the ACK was lost or late, or the timer too short.") \
    X(MARK_OUT_OF_ORDER, "RFC 9293 3.10.7.4", \
      "Earlier in the stream than what was captured just before: overtaken on the way, or sent again after a loss " \
      "before the capture.") \
    X(MARK_LOST, "RFC 9293 3.10.7.4", \
      "{n} bytes before this segment are missing: lost before the capture, or still to come.") \
    X(MARK_ACK_LOST, "RFC 9293 3.4", \
      "Acknowledges bytes that the capture does not hold: {peer} sent them, the capture missed them.") \
    X(MARK_DUPLICATE_ACK, "RFC 5681 2", \
      "Acknowledges the same byte again (number {n} of such ACKs): mostly since something arrived that was not the " \
      "next in order.") \
    X(MARK_DUPLICATE_ACK_IDLE, "RFC 5681 2", \
      "Acknowledges the same byte again (number {n}), which Wireshark counts. RFC 5681 would not: it acknowledges " \
      "all that {peer} has sent. Most likely an answer to what came twice, or is not believed.") \
    X(MARK_ZERO_WINDOW, "RFC 9293 3.8.6", \
      "The window is 0: the receive buffer of {who} is full, its program is not calling recv(). {Peer} must stop.") \
    X(MARK_ZERO_WINDOW_PROBE, "RFC 9293 3.8.6.1", \
      "{Who} tries the closed window with one byte.") \
    X(MARK_ZERO_WINDOW_PROBE_ACK, "RFC 9293 3.8.6.1", \
      "{Who} answers the probe: the window is still closed.") \
    X(MARK_KEEP_ALIVE, "RFC 9293 3.8.4", \
      "Nothing new, one number back: {who} asks whether {peer} is still there.") \
    X(MARK_KEEP_ALIVE_ACK, "RFC 9293 3.8.4", \
      "{Who} answers the keep-alive: still here.") \
    X(MARK_WINDOW_UPDATE, "RFC 9293 3.8.6.2.2", \
      "Nothing new but the window, now {n} bytes: the program of {who} has called recv(), or its buffer grew.") \
    X(MARK_SACK_NEWS, "RFC 2018 3", \
      "Tells with SACK that more has arrived beyond a hole; the byte it waits for is still {n} (relative). Its " \
      "window field is not the same as before, so Wireshark calls it a window update and not a duplicate ACK.") \
    X(MARK_WINDOW_FULL, "RFC 9293 3.8.6", \
      "This fills the window that {peer} offers: {who} must wait for an acknowledgement or a window update.") \
    X(MARK_REUSED_PORTS, "RFC 9293 3.4.1", \
      "The four numbers of an earlier connection are used again.") \
    X(MARK_CHECKSUM_BAD, "RFC 9293 3.1", \
      "The checksum is wrong: the receiver drops this segment without a word.") \
    X(MARK_CHECKSUM_UNFILLED, "RFC 9293 3.1", \
      "The checksum is wrong, but {who} has sent no right one so far: mostly since its segments are captured before " \
      "its network card fills them in. So they count as any other. (Told once.)") \
    /* where ours differ from Wireshark's, how it is known */ \
    X(KNOW_DUPLICATE, "", \
      "The same frame captured twice (frame {frame}, {time} before, the same in every field): a mirror port, or " \
      "capture on two interfaces. Nothing was sent again.") \
    X(KNOW_SEEN_BEFORE, "RFC 9293 3.8.1", \
      "Sent again: these bytes were captured before[ in frame {frame}], so it is no reordering.") \
    X(KNOW_TSVAL_NEW, "RFC 7323 3.2", \
      "Sent again: its time stamp (TSval {n}) is newer than that of a segment ahead of it ({n2}), so it left later " \
      "than that.") \
    X(KNOW_TSVAL_OLD, "RFC 7323 3.2", \
      "Overtaken, not sent again: its time stamp (TSval {n}) is older than that of segments captured before it " \
      "({n2}).") \
    X(KNOW_HOLE_OLD, "RFC 9293 3.8.1", \
      "Sent again: it fills a hole that was there for {time}[, since frame {frame}]; a round trip takes {time2}, so " \
      "the sender has heard of it.") \
    X(KNOW_HOLE_NEW, "RFC 9293 3.10.7.4", \
      "Overtaken, not sent again: it fills a hole[ left by frame {frame}] after {time}; a round trip takes {time2}, " \
      "too long to have learnt of a loss.") \
    X(KNOW_ID_NEW, "RFC 6864", \
      "Sent again: its IP identification ({n}) comes after those of segments captured before it ({n2}), so it left " \
      "later.") \
    X(KNOW_ID_OLD, "RFC 6864", \
      "Overtaken, not sent again: its IP identification ({n}) comes before that of a segment captured earlier " \
      "({n2}).") \
    X(KNOW_ID_SAME, "RFC 6864", \
      "A copy made on the way, not sent again: it carries an IP identification ({n}) that was captured before.") \
    X(KNOW_CROSSING, "RFC 9293 3.5", \
      "Not sent again: it answers the SYN that crossed this end's own SYN, so the number is the same (simultaneous " \
      "open).") \
    X(KNOW_SACKED, "RFC 2018", \
      "Sent again: {peer} had told with SACK that these bytes are missing, {time} after[ frame {frame}] left them " \
      "out; a round trip takes {time2}.") \
    X(KNOW_ONE_BYTE, "RFC 9293 3.8.4", \
      "Sent again: one byte that is not acknowledged yet. It looks like a keep-alive, but a keep-alive is sent when " \
      "nothing is outstanding.") \
    X(KNOW_FAST_OPEN, "RFC 7413 4.2.2", \
      "Sent again: the data of the SYN[ (frame {frame})] was not acknowledged by the SYN,ACK.") \
    X(KNOW_ID_GAP, "RFC 6864", \
      "Sent again: IP identifications are missing before it ({n2} of them), more than its place in the stream " \
      "explains, and {time} passed: the first copy was lost before the capture.") \
    X(KNOW_NOT_SENT_AGAIN, "RFC 9293 3.8.1", \
      "Not sent again: no byte of it was captured before and nothing says that a copy was lost.") \
    X(KNOW_ACK_ZERO, "RFC 9293 3.4", \
      "Acknowledges something new. Its acknowledgement number happens to be 0, which Wireshark takes for none.") \
    X(KNOW_WINDOW_PROBE, "RFC 9293 3.8.6.1", \
      "A probe of the closed window: {peer} has told a window of 0. Linux sends it without a byte, one number back, " \
      "so that Wireshark takes it for a keep-alive.") \
    X(KNOW_ACK_SEEN, "RFC 9293 3.4", \
      "Acknowledges exactly what was captured. Wireshark does not count the byte of a window probe, nor a second " \
      "SYN,ACK.") \
    X(KNOW_NOT_LOST, "RFC 9293 3.8.6.1", \
      "Nothing is missing before it. Wireshark does not count the byte of the window probe before.") \
    X(KNOW_ANOTHER_ISN, "RFC 9293 3.5", \
      "Another SYN,ACK of {who} with another initial sequence number: nothing is lost, and the connection is the " \
      "same.") \
    X(KNOW_HEADER_BROKEN, "", \
      "The TCP header is cut off or its length is impossible; Wireshark shows no marks then.") \
    /* udp */ \
    X(UDP_REPLY, "RFC 768", \
      "The first datagram the other way, {time} after the request. UDP itself promises no answer: the program sent " \
      "one.") \
    X(UDP_UNREACHABLE, "RFC 1122 4.1.3.3", \
      "An ICMP error (type {n}, code {n2}) quotes a datagram of {who}: no UDP socket there takes it; none is bound, " \
      "or one is connect()ed to another peer. Only a connect()ed socket is told.") \
    X(UDP_EXPIRED, "", \
      "Nothing for {time}: the flow counts as over. UDP has no end of its own.") \
    X(ARP_ANSWERED, "RFC 826", \
      "First the kernel of {who} asked by ARP for the link address of {peer} (frame {frame}); the answer came {time} " \
      "later (frame {frame2}). This SYN waited for it, so connect() takes that much longer than the handshake.") \
    X(ARP_ANSWERED_UDP, "RFC 826", \
      "First the kernel of {who} asked by ARP for the link address of {peer} (frame {frame}); the answer came {time} " \
      "later (frame {frame2}). This datagram waited for it in the kernel; sendto() did not.") \
    X(ARP_UNANSWERED, "RFC 1122 2.3.2.1", \
      "{n} ARP requests without an answer: nobody on this link has that address. connect() fails with EHOSTUNREACH, " \
      "no SYN is ever sent.")

enum sentence {
#define X(id, rfc, text) SENTENCE_##id,
    SENTENCES(X)
#undef X
    SENTENCE_COUNT
};

extern const char *const sentence_texts[SENTENCE_COUNT];
extern const char *const sentence_rfcs[SENTENCE_COUNT];

/* A sentence with its arguments. */
struct because {
    uint16_t sentence;
    uint8_t who;                  /* end of the key that {who} names */
    uint32_t frame[2];
    int64_t value[2];
};

#endif
