#include "report/glossary.h"

static const struct glossary_entry sockets[] = {
    { "socket", "RFC 9293 3.3.1",
      "What a program holds to talk through the network: a number from socket(). The kernel finds a TCP socket "
      "by all four numbers of the 4-tuple, a listening or UDP socket by its local address and port alone." },
    { "listening socket|welcome socket|welcoming socket|passive socket|server socket|ServerSocket|door socket",
      "RFC 9293 3.9.1.1",
      "The socket that bind() and listen() were called on. It only takes SYNs and never carries data; accept() "
      "makes a new, connected socket for each client, with the same local port. Java calls it ServerSocket, "
      "Kurose and Ross the welcome socket." },
    { "connected socket|connection socket|accepted socket", "RFC 9293 3.3.1",
      "A socket that belongs to one connection: what connect() leaves behind in the client and accept() returns "
      "in the server. All four numbers decide which segments it gets." },
    { "TCB|transmission control block", "RFC 9293 3.3.1",
      "What the kernel keeps of one connection: state, sequence numbers, windows. close() and RST delete it." },
    { "file descriptor|fd", "",
      "The number by which a program names an open socket or file. accept() returns a new one." },
    { "blocking|block|non-blocking|select|poll|epoll", "",
      "A blocking call waits: accept() for a client, recv() for data. A server that waits in one recv() serves nobody "
      "else; select() or poll(), threads or fork() let it serve several." },
    { "fork|thread|iterative server|concurrent server", "",
      "An iterative server serves one client after the other; the rest wait in the accept queue, connected but not "
      "answered. A concurrent one has a process or thread for each, or uses poll()." },
    { "sockaddr_in|INADDR_ANY|0.0.0.0", "",
      "struct sockaddr_in holds an IPv4 address and a port, both in network byte order. INADDR_ANY (0.0.0.0) binds "
      "to all addresses of this host." },
    { "datagram socket|UDP socket|DatagramSocket", "RFC 768",
      "A socket of kind SOCK_DGRAM. All senders meet in the one socket that is bound to the destination port; "
      "recvfrom() tells who sent each datagram." },
    { "socket()|create socket", "",
      "Makes a socket and returns its number. Sends nothing. SOCK_STREAM is TCP, SOCK_DGRAM is UDP." },
    { "bind()|bind", "",
      "Gives a socket its local address and port. Sends nothing. A bound TCP socket that does not listen() "
      "refuses SYNs all the same. Port and address must be in network byte order: htons(port). 0.0.0.0 means all "
      "addresses of this host, 127.0.0.1 only programs on it." },
    { "listen()|listen|passive open|passive OPEN", "RFC 9293 3.9.1.1",
      "The passive open: from now on the kernel answers SYNs with SYN,ACK, even before accept() is called. Sends "
      "nothing itself, so a capture shows only that it has happened by the time of the first SYN,ACK." },
    { "accept()|accept", "RFC 9293 3.9.1.1",
      "Takes a finished connection from the accept queue and returns a new socket for it; waits while there is "
      "none. Sends nothing and takes no part in the handshake: the kernel has done that. First data or FIN of "
      "the server proves that it has returned." },
    { "connect()|connect|active open|active OPEN", "RFC 9293 3.9.1.1",
      "The active open: sends a SYN and waits for the SYN,ACK, one round trip. Fails with ECONNREFUSED when a "
      "RST comes back, with ETIMEDOUT when nothing does, with EHOSTUNREACH when the host is not to be found. On "
      "a UDP socket it only stores the peer's address and sends nothing." },
    { "send()|write()|sendall()|write|send", "RFC 9293 3.9.1.2",
      "Puts bytes into the kernel's send buffer and returns at once; TCP decides how many segments they become "
      "and when. It may take fewer bytes than it was given. That it succeeded does not mean that anything has "
      "arrived." },
    { "recv()|read()|receive|recv|read", "RFC 9293 3.9.1.3",
      "Takes bytes that have arrived, at least one, in order; waits while there are none. One recv() is not one "
      "send(): TCP is a stream of bytes. It returns 0 after the peer's FIN, and fails with ECONNRESET after a "
      "RST." },
    { "sendto()|sendto", "RFC 768",
      "Sends one datagram on a UDP socket to the address given: one call, one datagram." },
    { "recvfrom()|recvfrom", "RFC 768",
      "Takes one datagram from a UDP socket, and tells who sent it. What does not fit the buffer is lost." },
    { "recvmsg()|recvmsg|msghdr", "",
      "recv() with more to give and to tell, in a struct msghdr: several buffers, the sender's address, and flags "
      "(msg_flags), MSG_TRUNC among them. Recorded calls name it recv, or recvfrom "
      "where it asks who sent it." },
    { "MSG_TRUNC|truncated datagram|cut datagram", "",
      "The flag that recvmsg() sets in msg_flags where a datagram was larger than the buffer: the rest is gone, and "
      "the next call gives the next datagram. recv() and recvfrom() do not say it (on Linux, given MSG_TRUNC as a flag, "
      "they return the datagram's whole length). Recorded calls tell it among the arguments." },
    { "close()|close", "RFC 9293 3.9.1.4",
      "Gives the socket back. When its last holder has, a FIN leaves after the data that waits. If received data "
      "is still unread, Linux sends a RST instead. After close() nobody can read: data that still arrives is "
      "answered with RST." },
    { "shutdown()|shutdown|SHUT_WR|shutdownOutput", "RFC 9293 3.6",
      "shutdown(SHUT_WR) sends the FIN and keeps the socket for receiving: a half-close. From the FIN alone it "
      "cannot be told from close(); what the end does with later data tells: ACK means shutdown(), RST means "
      "close()." },
    { "backlog|listen backlog", "",
      "The second argument of listen(): how many finished connections may wait for accept(). Linux lets one more "
      "wait, and cuts the number at net.core.somaxconn. When it is full, Linux drops SYNs and final ACKs, and "
      "the client sees no answer." },
    { "accept queue|completed connection queue", "",
      "Connections whose handshake is done and that accept() has not taken yet. The client believes itself "
      "connected, may send, and its data is acknowledged by the kernel." },
    { "SYN queue|incomplete connection queue", "",
      "Connections in SYN-RECEIVED: SYN answered, ACK still to come." },
    { "setsockopt()|setsockopt|sockopt()|getsockopt()|socket option", "",
      "Sets an option of a socket: SO_REUSEADDR before bind(), SO_LINGER, SO_KEEPALIVE, TCP_NODELAY, a time-out for "
      "recv(). Sends nothing. getsockopt() asks for one: SO_ERROR tells how a connect() that was not to wait has "
      "ended." },
    { "SO_REUSEADDR|reuse address", "",
      "A socket option, set before bind(): allows binding a port that a connection in TIME-WAIT still uses. "
      "Without it a server that is started again at once fails with EADDRINUSE." },
    { "SO_LINGER|linger", "RFC 9293 3.9.1.6",
      "A socket option. With a time of 0, close() sends a RST instead of a FIN and throws away what waits: an "
      "abort." },
    { "SO_KEEPALIVE|keepalive", "RFC 9293 3.8.4",
      "A socket option: on an idle connection the kernel asks from time to time whether the peer is still there. "
      "On Linux the first time after two hours." },
    { "iterative server", "",
      "A server that serves one client until the end before it calls accept() again. The next client is "
      "connected by the kernel, and waits." },
    { "concurrent server", "",
      "A server that serves several clients at once, with a thread, a process, or poll() over all its sockets." },
    { "htons|byte order|network byte order|htonl|ntohs", "",
      "Port and address travel with the high byte first; htons() and htonl() turn numbers of this machine round. "
      "Forgotten, port 6666 becomes 2586." },
    { "EADDRINUSE|address already in use|in use", "",
      "bind() or listen(): another socket has that port, or an old connection of it is in TIME-WAIT and "
      "SO_REUSEADDR is not set." },
    { "ECONNREFUSED|connection refused|refused", "RFC 9293 3.10.7.3",
      "connect() got a RST in answer to its SYN: the host is there, but nobody listens on that port, or a "
      "firewall answers so. On a connected UDP socket: an ICMP port unreachable came back." },
    { "ECONNRESET|connection reset|connection reset by peer", "RFC 9293 3.10.7.4",
      "recv() after a RST has arrived: the peer has ended the connection at once, and data under way is lost." },
    { "EPIPE|SIGPIPE|broken pipe", "",
      "send() on a connection that is over, because a RST came or shutdown() was called. The signal SIGPIPE ends "
      "a program that neither ignores it nor asks for MSG_NOSIGNAL." },
    { "ETIMEDOUT|connection timed out|timed out", "RFC 9293 3.8.3",
      "The kernel has sent again and again and got no answer: after about two minutes for a SYN on Linux, about "
      "a quarter of an hour for data." },
    { "EHOSTUNREACH|no route to host", "RFC 9293 3.9.2.2",
      "The host cannot be reached: no answer to ARP on the same link (then no SYN is ever sent), or an ICMP "
      "error from a router." },
    { "EAGAIN|EWOULDBLOCK|nonblocking", "",
      "A socket that does not block would have to wait: nothing to read, no room to write, nobody to accept." },
    { "EINPROGRESS|goes on", "RFC 9293 3.9.1.1",
      "connect() on a socket that does not block: the SYN is sent and the handshake goes on without the call. poll() "
      "says when it is over, getsockopt(SO_ERROR) how it ended." },
    { "ENOTCONN|not connected|no conn", "",
      "A call that needs a connection on a socket that has none: connect() was not called or failed, or a RST has "
      "ended the connection. On a listening socket: only the one that accept() gives can send and receive." },
};

static const struct glossary_entry addresses[] = {
    { "port|port number", "RFC 9293 3.1",
      "A number from 1 to 65535 that tells, within one host, which socket is meant. TCP and UDP count theirs "
      "apart: TCP port 53 and UDP port 53 are two." },
    { "ephemeral port|dynamic port|client port", "RFC 6056",
      "The local port that the kernel picks for a socket nobody bound, as connect() does; on Linux from 32768 to "
      "60999." },
    { "well-known port|registered port", "RFC 6335",
      "0 to 1023 are the system's (binding one needs a privilege), 1024 to 49151 are registered, the rest are "
      "for anybody." },
    { "endpoint|end", "RFC 9293 3.3.1",
      "An address and a port: one end of a connection or flow." },
    { "4-tuple|four-tuple|5-tuple|connection identifier|socket pair", "RFC 9293 3.3.1",
      "Source address, source port, destination address, destination port: what names a connection. Two "
      "connections to the same server differ in the client's port or address. With the protocol it is called the "
      "5-tuple." },
    { "incarnation", "RFC 9293 3.4.1",
      "One connection after another on the same 4-tuple. Initial sequence numbers tell them apart." },
    { "client", "",
      "The end that opens: it sends the SYN, or the first datagram. Where the opening was not captured, a better "
      "guess." },
    { "server", "",
      "The end that is opened to: it listens, or waits for datagrams." },
    { "originator|responder", "",
      "Zeek's names for the end that sent first and the other. Zeek turns them round when the ports look wrong; "
      "^ in its history says so." },
    { "loopback|localhost|lo|127.0.0.1", "",
      "The interface on which a host talks to itself. Client and server on one machine are seen on lo alone." },
    { "ARP", "RFC 826",
      "Asks who on this link has an IPv4 address. Without an answer no SYN is sent, and connect() fails with "
      "EHOSTUNREACH." },
    { "ICMP|port unreachable|host unreachable|destination unreachable", "RFC 792",
      "Error messages of the network, each quoting the datagram it is about. Type 3 code 3 says that no UDP "
      "socket is bound to that port; code 1 that the host does not answer; codes 9, 10 and 13 that a firewall "
      "forbids it." },
    { "NAT", "RFC 3022",
      "A router that rewrites addresses and ports: the 4-tuple differs on its two sides." },
    { "tunnel|GRE|VXLAN|GENEVE|GTP|Teredo|6in4", "",
      "A datagram carried inside another. Both are shown: the inner one says which flow it is within, and in "
      "which tunnel." },
    { "VLAN", "",
      "A tag in the frame that parts one link into several. It is shown and is not part of a connection's name." },
};

static const struct glossary_entry units[] = {
    { "frame|captured frame", "",
      "What was captured: one link-layer frame with its time. Numbers count from 1 over the whole file, as in "
      "Wireshark." },
    { "packet|why not packet", "",
      "A loose word. TCP sends segments, UDP and IP send datagrams, the link carries frames, and these are the "
      "words used here, because one is not the other: one datagram may be several fragments, one captured frame "
      "several segments." },
    { "segment|TCP segment", "RFC 9293 3.1",
      "What TCP sends: a header, and perhaps payload. A SYN, an ACK, a FIN are segments." },
    { "datagram|UDP datagram", "RFC 768",
      "What UDP sends: eight bytes of header (two ports, length, checksum) and payload. Length counts the header "
      "too. It arrives whole, or not at all, perhaps twice, perhaps out of order." },
    { "connection|TCP connection", "RFC 9293 3.3.1",
      "Two ends that keep state about each other, from SYN to FIN. Only TCP has connections." },
    { "flow|UDP flow", "RFC 768",
      "Datagrams between the same two endpoints. UDP keeps no state: there is no handshake and no end, only "
      "silence." },
    { "UDP", "RFC 768",
      "Ports and a checksum on top of IP. No order, no repetition, no connection." },
    { "TCP", "RFC 9293",
      "A stream of bytes each way between two sockets, in order and without gaps, on top of a network that "
      "loses, delays and repeats." },
    { "stream", "RFC 9293 2.2",
      "The bytes of one direction, in order. Its division into segments means nothing to the receiver." },
    { "payload", "RFC 9293 3.1",
      "What is behind the header: the program's bytes. Its length comes from the IP header, never from the "
      "frame." },
    { "payload_bytes|stream_bytes|sequence_bytes|bytes", "",
      "Three ways to count: payload_bytes adds up payload lengths, what was sent again too; stream_bytes counts "
      "each byte once; sequence_bytes is the sequence space covered, gaps included, as Zeek counts." },
    { "fragment|IP fragment", "RFC 791",
      "A piece of an IP datagram too large for a link. The transport header is in the first one only." },
    { "SYN", "RFC 9293 3.4",
      "Synchronise: carries the sender's initial sequence number and takes one number itself. Only the first "
      "segment of each end has it." },
    { "SYN,ACK|SYN-ACK|SYN/ACK|SYNACK", "RFC 9293 3.5",
      "The server's SYN and the ACK of the client's in one segment. The kernel sends it, not accept()." },
    { "ACK|acknowledgement|acknowledgment|cumulative ACK", "RFC 9293 3.4",
      "The number of the next byte that is expected: everything before it has arrived at the peer's kernel. It "
      "does not say that the program has read it. A segment with nothing but an ACK takes no sequence number." },
    { "FIN", "RFC 9293 3.6",
      "No more data from this end. Takes one sequence number. The other direction goes on until it has its own "
      "FIN." },
    { "RST|reset", "RFC 9293 3.5.2",
      "Ends a connection at once, or answers a segment that belongs to none. It is never acknowledged. After it "
      "the next call on the socket fails with ECONNRESET, a send() after that with EPIPE." },
    { "PSH|push", "RFC 9293 3.9.1.2",
      "Hand this to the program. The last segment of what waits to be sent has it, mostly where one send() ends. A "
      "kernel may set it more often (Linux also after half a window), so more may be waiting behind it." },
    { "URG|urgent", "RFC 9293 3.8.5",
      "The urgent pointer counts. New programs should not use it." },
    { "ECE|CWR|ECN|congestion notification", "RFC 3168",
      "A router marked a datagram instead of dropping it (ECE tells the sender), and the sender has slowed down "
      "(CWR). Both on a SYN only say that the end could do so." },
    { "sequence number|seq|relative sequence number|sequence space", "RFC 9293 3.4",
      "The number of a segment's first byte in its stream, modulo 2^32. SYN and FIN take one number each. "
      "Relative numbers count from the SYN, so that the first byte of data is 1." },
    { "ISN|initial sequence number|ISS|IRS", "RFC 9293 3.4.1",
      "Where an end's sequence numbers begin: the number of its SYN. Chosen so that nobody can guess it." },
    { "checksum|bad sum|checksum offload", "RFC 9293 3.1",
      "A sum over header, payload and addresses. A receiver drops what has a wrong one. Of segments captured on "
      "the machine that sent them it is often not filled in yet, because the device does that: no error." },
    { "offload|segmentation offload|TSO|GSO|GRO|LRO|coalesced", "",
      "The kernel hands the device one large piece that is cut into segments behind the place where it is "
      "captured; receiving, pieces are put together before it. So a captured segment may be larger than the MSS." },
    { "TTL|hop limit", "RFC 791",
      "Falls by one at each router; at 0 the datagram is dropped." },
};

static const struct glossary_entry opening[] = {
    { "three-way handshake|handshake|3-way handshake|connection establishment", "RFC 9293 3.5",
      "SYN, SYN,ACK, ACK: each end tells its initial sequence number and hears it acknowledged. connect() starts "
      "it and returns after one round trip; the server's kernel does its half without the program." },
    { "simultaneous open", "RFC 9293 3.5",
      "Both ends send a SYN before either arrives: both go from SYN-SENT to SYN-RECEIVED, and it becomes one "
      "connection." },
    { "half-open|half open connection|half-open connection", "RFC 9293 3.5.1",
      "One end believes in the connection, the other has forgotten it (a crash). Its next segment is answered "
      "with RST. In talk of SYN floods the word means connections in SYN-RECEIVED." },
    { "SYN flood|SYN cookies", "RFC 4987",
      "Very many SYNs whose ACKs never come, to fill the SYN queue. With SYN cookies the server keeps nothing "
      "and hides what it must know in its sequence number." },
    { "Fast Open|TFO|TCP Fast Open", "RFC 7413",
      "Data already in the SYN, allowed by a cookie that the server gave earlier." },
    { "MSS|maximum segment size", "RFC 9293 3.7.1",
      "The most payload that an end wants to receive in one segment; told in its SYN. 1460 on Ethernet with "
      "IPv4, 65495 on Linux's loopback." },
    { "option|TCP options", "RFC 9293 3.1",
      "What stands between the fixed 20 bytes of the header and the payload: MSS, window scale, SACK permitted, "
      "timestamps." },
    { "timestamps|TSval|TSecr|timestamp option", "RFC 7323 3.2",
      "Each segment carries the sender's clock (TSval) and the last one heard (TSecr). They measure round trips, "
      "and tell a segment sent again from one that was overtaken." },
    { "window scale|scale factor|wscale", "RFC 7323 2.2",
      "The window field has 16 bits; both SYNs may give a shift for all later ones. Without the SYNs in the "
      "capture the true window is not known." },
    { "acceptable|acceptance test|challenge ACK|not accepted", "RFC 5961",
      "Before a segment may change anything its numbers are tested. A RST must have exactly the number expected "
      "next, so that nobody can guess one from outside; others are answered with a challenge ACK, or ignored." },
};

static const struct glossary_entry data[] = {
    { "window|receive window|rwnd|flow control|sliding window", "RFC 9293 3.8.6",
      "How many bytes more the receiver will take, told in each segment: the free part of its receive buffer. It "
      "shrinks when the program does not call recv()." },
    { "zero window|window probe|persist timer|zero window probe", "RFC 9293 3.8.6.1",
      "The receive buffer is full, so the sender stops. From time to time it tries with one byte (Linux: "
      "with none, one number back), in case the news of an open window was lost." },
    { "congestion window|cwnd|slow start|congestion control|congestion avoidance", "RFC 5681",
      "How much the sender itself dares to have under way. It is told to nobody; bytes in flight show it from "
      "below." },
    { "path MTU|path MTU discovery|PMTU|MTU|fragmentation needed|packet too big", "RFC 1191, RFC 8201",
      "The largest datagram that passes every link on the way. A router that cannot pass one on says so by ICMP "
      "(fragmentation needed, packet too big), and the sender sends smaller ones: nothing is broken." },
    { "bytes in flight|outstanding data", "RFC 5681 2",
      "Sent and not acknowledged yet." },
    { "RTT|round trip time|round-trip time|initial RTT|ACK RTT", "RFC 6298",
      "From sending a segment to its ACK, at the place of capture: near the server it is only the way beyond. "
      "The handshake's is called initial RTT. By Karn's rule segments sent twice are not measured, because the "
      "ACK may be of either." },
    { "Karn's rule|Karn|Karn's algorithm", "RFC 6298 3",
      "No round trip is measured with a segment that was sent again: nobody can tell which copy the ACK answers." },
    { "RTO|retransmission timeout|retransmission timer|timeout", "RFC 6298",
      "How long the sender waits for an ACK before it sends again: one second at first, then by the round trips "
      "measured, doubled after each vain try." },
    { "TLP|tail loss probe|loss probe", "RFC 8985 7",
      "The last segment once more (or new data, where there is some) after about two round trips without an ACK, "
      "before the retransmission timer runs out: what its ACK tells shows what is missing, and it is sent again at "
      "once." },
    { "needless|sent needlessly", "RFC 9293 3.8.1",
      "Sent again although the other end had it: its ACK was lost or late, or came after the timer. Where the capture "
      "has that ACK, Wireshark calls it a spurious retransmission; `synfin compare` knows it from both ends." },
    { "retransmit|retransmission|again|sent again|resent|packet loss|loss", "RFC 9293 3.8.1",
      "Bytes sent a second time because their ACK did not come. The capture shows that they were sent again, not "
      "where the first copy or its ACK was lost." },
    { "duplicate ACK|dup|dup ACK|triple duplicate ACK|fast retransmit", "RFC 5681 3.2",
      "The same acknowledgement again: a segment came, but not the next one. After three the sender sends the "
      "missing one without waiting for its timer." },
    { "SACK|selective acknowledgement|selective acknowledgment", "RFC 2018",
      "An option that names bytes which arrived beyond a gap, so that only what is missing is sent again." },
    { "D-SACK|DSACK|duplicate SACK", "RFC 2883",
      "A SACK block that says: these bytes came twice. So the retransmission was not needed." },
    { "delayed ACK|delayed acknowledgement", "RFC 9293 3.8.6.3",
      "A receiver may wait a little (at most 0.5 s, often 40 ms) before it acknowledges, in the hope that data "
      "goes the same way. At least every second full segment is acknowledged at once." },
    { "Nagle|Nagle's algorithm|TCP_NODELAY", "RFC 9293 3.7.4",
      "While something is unacknowledged, small data waits until more has come or the ACK has. With delayed ACKs "
      "it makes small exchanges slow; TCP_NODELAY switches it off." },
    { "silly window syndrome|SWS", "RFC 9293 3.8.6.2",
      "Many tiny segments because the window opens in tiny steps; both ends avoid it." },
    { "keep-alive", "RFC 9293 3.8.4",
      "A segment one number back, with no data or one old byte: its answer shows that the peer is still there." },
    { "after a gap|of unseen|gap", "",
      "After a gap: bytes before this segment are not in the capture. Of unseen: it acknowledges bytes that the "
      "capture does not hold, so they arrived and were not captured." },
    { "overtaken|reordering", "RFC 9293 3.4",
      "Sent earlier, captured later: the network changed the order. Nothing was sent again." },
    { "MPTCP|multipath TCP", "RFC 8684",
      "One stream over several TCP connections; each of them is shown by itself." },
};

static const struct glossary_entry closing[] = {
    { "active close|passive close|four-way handshake|connection termination|teardown", "RFC 9293 3.6",
      "Who sends the first FIN closes actively and ends in TIME-WAIT; the other closes passively, through "
      "CLOSE-WAIT and LAST-ACK. Each direction has its own FIN and its own ACK: four segments, or three when the "
      "second FIN goes with the ACK." },
    { "half-close|half closed|half-closed", "RFC 9293 3.6.1",
      "One end has sent its FIN, the other goes on sending: shutdown(SHUT_WR)." },
    { "simultaneous close", "RFC 9293 3.6",
      "Both FINs cross: both ends go through CLOSING to TIME-WAIT." },
    { "abort", "RFC 9293 3.10.5, 3.6.1",
      "Ending with RST instead of FIN: SO_LINGER 0, close() with unread data, or a process that died." },
    { "2MSL|2 MSL|MSL|maximum segment lifetime|2MSL timer", "RFC 9293 3.4.2",
      "Twice the longest time a segment can live in the network (2 minutes by the RFC; Linux waits 60 s in all). "
      "TIME-WAIT lasts that long; --msl sets it here." },
    { "quiet time", "RFC 9293 3.4.3",
      "After a crash TCP should be silent for one MSL, so that old segments die out." },
    { "completeness|conversation completeness|tcp.completeness", "",
      "Wireshark's number, a sum: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST. 31 is a whole connection with "
      "data, 7 an opened one, 37 (1, 4 and 32) and 33 are typical of refused ones, 1 is a SYN alone." },
    { "SxFy|sxfy", "",
      "SYNs and FINs counted: S2F2 is a whole connection (a SYN,ACK counts as one), S1F0 an attempt; R is added "
      "when a RST was seen." },
    { "calls|inferred calls|socket calls|true calls|recorded calls", "",
      "Which calls the segments prove, or which were recorded where the programs made them (NAME.calls.jsonl beside NAME, "
      "or --calls). A recorded call has its result: recv()=5, = refused. An inferred one has none; where only \"by now\" "
      "is known it has a question mark. What blocks is a bracket from where it was made to where it returned." },
    { "seen|inferred|certainty", "",
      "Seen: the action itself is a segment in the capture. Inferred: its cause has passed, its effect is what "
      "the RFC says. What the capture cannot tell is said to be so." },
    { "undecidable|not decidable", "",
      "What this capture cannot answer. No answer to a SYN may be a wrong address, a firewall, a full backlog or "
      "loss." },
    { "midstream|missing start", "",
      "The capture begins in the middle of the connection: ISN, options and who opened are not known." },
    { "handshake values|complete|half|simultaneous|fast_open", "",
      "How a connection began: complete; half (SYN and SYN,ACK, no ACK); refused (RST); no_answer; unreachable "
      "(ICMP); simultaneous (both sent a SYN); fast_open (data in the SYN); midstream (before the capture)." },
    { "ending values|ending|half_closed", "",
      "How a connection ended: closed (each FIN is acknowledged), reset (a RST), half_closed (one end has sent its "
      "FIN, the other has not), open (none of these by the end of the capture)." },
    { "status values|status|replied|unreplied", "",
      "What became of a flow: unreplied (one end sent), replied (both did), unreachable (an ICMP error quotes one of "
      "its datagrams)." },
    { "captured twice|duplicate_of|duplicates", "",
      "The same frame in the capture two times, the same in every field: a mirror port, or capture on several "
      "interfaces. Nothing was sent again." },
    { "mark|marks|analysis", "",
      "What is remarkable about one segment, by Wireshark's names (tcp.analysis): retransmission, duplicate_ack, ... "
      "`synfin help marks` lists them." },
    { "silence", "",
      "A row of the ladder for a time in which nothing was captured, longer than some round trips." },
    { "BPF|filter|capture filter", "",
      "The language of tcpdump's filters: `tcp port 6666`, `host 10.0.0.1 and udp`. Words after the file are one. "
      "Frames keep their numbers." },
    { "snapshot length|snaplen|cut off", "",
      "The longest part of a frame that was captured. What lies behind it is unknown, not zero." },
    { "given up|given_up", "",
      "Dropped from the table because it was full: openings never answered first, then closed connections, then "
      "the oldest idle. Counted, and told; --max-connections gives more room." },
    { "dropped|capture drops", "",
      "Frames that the kernel could not hand over in time while capturing. What is missing may have happened." },
};

#define PART(title, entries) { title, entries, sizeof entries / sizeof *entries }

const struct glossary_part glossary[GLOSSARY_PARTS] = {
    PART("sockets and calls", sockets), PART("addresses", addresses), PART("segments, datagrams, frames", units),
    PART("opening", opening), PART("data", data), PART("closing, and what is told of a connection", closing),
};
