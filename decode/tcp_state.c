#include "decode/tcp_state.h"

/* In the order of figure 5, read from the top; then its notes, then what RST and ABORT do (RFC 9293 3.10.5, 3.10.7). */
const struct arc tcp_arcs[] = {
    { STATE_CLOSED, ON_PASSIVE_OPEN, STATE_LISTEN, ARC_NEVER, "passive OPEN / create TCB",
      "RFC 9293 3.9.1.1", SENTENCE_PASSIVE_OPEN,
      "listen() sends nothing; an end that answers a SYN with SYN,ACK is said to have been in LISTEN" },
    { STATE_CLOSED, ON_ACTIVE_OPEN, STATE_SYN_SENT, ARC_SEEN, "active OPEN / create TCB, snd SYN",
      "RFC 9293 3.9.1.1", SENTENCE_ACTIVE_OPEN, 0 },
    { STATE_LISTEN, ON_CLOSE, STATE_CLOSED, ARC_NEVER, "CLOSE / delete TCB", "RFC 9293 3.10.4", SENTENCE_NEVER,
      "close() of a listening socket sends nothing; the next SYN will be refused" },
    { STATE_LISTEN, ON_RCV_SYN, STATE_SYN_RECEIVED, ARC_SEEN, "rcv SYN / snd SYN,ACK", "RFC 9293 3.10.7.2",
      SENTENCE_RCV_SYN, 0 },
    { STATE_LISTEN, ON_SEND, STATE_SYN_SENT, ARC_NEVER, "SEND / snd SYN", "RFC 9293 3.10.2", SENTENCE_NEVER,
      "the same SYN as an active open, and told as one; sockets do not offer this call" },
    { STATE_SYN_SENT, ON_CLOSE, STATE_CLOSED, ARC_NEVER, "CLOSE / delete TCB", "RFC 9293 3.10.4", SENTENCE_NEVER,
      "close() before the SYN is answered sends nothing; the SYNs just stop" },
    { STATE_SYN_SENT, ON_RCV_SYN, STATE_SYN_RECEIVED, ARC_SEEN, "rcv SYN / snd SYN,ACK", "RFC 9293 3.10.7.3",
      SENTENCE_RCV_SYN_SIMULTANEOUS, 0 },
    { STATE_SYN_SENT, ON_RCV_SYN_ACK, STATE_ESTABLISHED, ARC_SEEN, "rcv SYN,ACK / snd ACK", "RFC 9293 3.10.7.3",
      SENTENCE_RCV_SYN_ACK, 0 },
    { STATE_SYN_RECEIVED, ON_ACK_OF_SYN, STATE_ESTABLISHED, ARC_INFERRED, "rcv ACK of SYN / x", "RFC 9293 3.10.7.4",
      SENTENCE_ACK_OF_SYN, 0 },
    { STATE_SYN_RECEIVED, ON_CLOSE, STATE_FIN_WAIT_1, ARC_SEEN, "CLOSE / snd FIN", "RFC 9293 3.10.4",
      SENTENCE_CLOSE, 0 },
    { STATE_ESTABLISHED, ON_CLOSE, STATE_FIN_WAIT_1, ARC_SEEN, "CLOSE / snd FIN", "RFC 9293 3.10.4",
      SENTENCE_CLOSE, 0 },
    { STATE_ESTABLISHED, ON_RCV_FIN, STATE_CLOSE_WAIT, ARC_SEEN, "rcv FIN / snd ACK", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_FIN, 0 },
    { STATE_FIN_WAIT_1, ON_ACK_OF_FIN, STATE_FIN_WAIT_2, ARC_INFERRED, "rcv ACK of FIN / x", "RFC 9293 3.10.7.4",
      SENTENCE_ACK_OF_FIN, 0 },
    { STATE_FIN_WAIT_1, ON_RCV_FIN, STATE_CLOSING, ARC_SEEN, "rcv FIN / snd ACK", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_FIN_CLOSING, 0 },
    { STATE_CLOSE_WAIT, ON_CLOSE, STATE_LAST_ACK, ARC_SEEN, "CLOSE / snd FIN", "RFC 9293 3.10.4",
      SENTENCE_CLOSE_PASSIVE, 0 },
    { STATE_FIN_WAIT_2, ON_RCV_FIN, STATE_TIME_WAIT, ARC_SEEN, "rcv FIN / snd ACK", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_FIN_LAST, 0 },
    { STATE_CLOSING, ON_ACK_OF_FIN, STATE_TIME_WAIT, ARC_INFERRED, "rcv ACK of FIN / x", "RFC 9293 3.10.7.4",
      SENTENCE_ACK_OF_FIN, 0 },
    { STATE_LAST_ACK, ON_ACK_OF_FIN, STATE_CLOSED, ARC_INFERRED, "rcv ACK of FIN / x", "RFC 9293 3.10.7.4",
      SENTENCE_ACK_OF_FIN_LAST, 0 },
    { STATE_TIME_WAIT, ON_2MSL, STATE_CLOSED, ARC_INFERRED, "Timeout=2MSL / delete TCB", "RFC 9293 3.10.8",
      SENTENCE_TWO_MSL, 0 },

    /* Note 1. Note 2 (FIN-WAIT-1 to TIME-WAIT at once) is told as the two arcs that one segment causes together. */
    { STATE_SYN_RECEIVED, ON_RCV_RST, STATE_LISTEN, ARC_INFERRED, "note 1: rcv RST, after a passive OPEN",
      "RFC 9293 3.10.7.4", SENTENCE_RCV_RST_LISTEN, 0 },
    { STATE_SYN_RECEIVED, ON_RCV_RST_ACTIVE, STATE_CLOSED, ARC_INFERRED, "rcv RST, after an active OPEN / delete TCB",
      "RFC 9293 3.10.7.4", SENTENCE_RCV_RST, 0 },

    /* No arcs of the RFC: what the ACK of a FIN had moved too early, since it did not arrive. */
    { STATE_FIN_WAIT_2, ON_FIN_AGAIN, STATE_FIN_WAIT_1, ARC_SEEN, "taken back: no rcv ACK of FIN / snd FIN again",
      "RFC 9293 3.10.7.4", SENTENCE_FIN_AGAIN, 0 },
    { STATE_TIME_WAIT, ON_FIN_AGAIN, STATE_CLOSING, ARC_SEEN, "taken back: no rcv ACK of FIN / snd FIN again",
      "RFC 9293 3.10.7.4", SENTENCE_FIN_AGAIN, 0 },
    { STATE_CLOSED, ON_FIN_AGAIN, STATE_LAST_ACK, ARC_SEEN, "taken back: no rcv ACK of FIN / snd FIN again",
      "RFC 9293 3.10.7.4", SENTENCE_FIN_AGAIN, 0 },

    /* RFC 9293 3.10.7.4, first check, TIME-WAIT, and RFC 6191: a SYN may reopen the connection. */
    { STATE_TIME_WAIT, ON_RCV_SYN, STATE_SYN_RECEIVED, ARC_SEEN, "rcv SYN / snd SYN,ACK (MAY-2)", "RFC 9293 3.6.1",
      SENTENCE_RCV_SYN_REOPEN, 0 },

    { STATE_SYN_SENT, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.3",
      SENTENCE_RCV_RST_REFUSED, 0 },
    { STATE_ESTABLISHED, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST, 0 },
    { STATE_FIN_WAIT_1, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST, 0 },
    { STATE_FIN_WAIT_2, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST, 0 },
    { STATE_CLOSE_WAIT, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST_CLOSE_WAIT, 0 },
    { STATE_CLOSING, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST_LAST, 0 },
    { STATE_LAST_ACK, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST_LAST, 0 },
    { STATE_TIME_WAIT, ON_RCV_RST, STATE_CLOSED, ARC_INFERRED, "rcv RST / delete TCB", "RFC 9293 3.10.7.4",
      SENTENCE_RCV_RST_LAST, 0 },

    { STATE_SYN_RECEIVED, ON_ABORT, STATE_CLOSED, ARC_SEEN, "ABORT / snd RST", "RFC 9293 3.10.5, 3.6.1", SENTENCE_ABORT, 0 },
    { STATE_ESTABLISHED, ON_ABORT, STATE_CLOSED, ARC_SEEN, "ABORT / snd RST", "RFC 9293 3.10.5, 3.6.1", SENTENCE_ABORT, 0 },
    { STATE_FIN_WAIT_1, ON_ABORT, STATE_CLOSED, ARC_SEEN, "ABORT / snd RST", "RFC 9293 3.10.5, 3.6.1", SENTENCE_ABORT, 0 },
    { STATE_FIN_WAIT_2, ON_ABORT, STATE_CLOSED, ARC_SEEN, "ABORT / snd RST", "RFC 9293 3.10.5, 3.6.1", SENTENCE_ABORT, 0 },
    { STATE_CLOSE_WAIT, ON_ABORT, STATE_CLOSED, ARC_SEEN, "ABORT / snd RST", "RFC 9293 3.10.5, 3.6.1", SENTENCE_ABORT, 0 },
};

const unsigned tcp_arc_count = sizeof tcp_arcs / sizeof *tcp_arcs;

int tcp_arc_find(enum tcp_state from, enum arc_event event)
{
    for (unsigned i = 0; i < tcp_arc_count; i++)
        if (tcp_arcs[i].from == from && tcp_arcs[i].event == event)
            return (int)i;
    return -1;
}
