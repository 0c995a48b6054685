/* test_parse_made.h - packets put together from the inside out, and what the parser says of them; for the tests of
 * the parser.
 *
 * Client 10.0.0.1 (2001:db8::1) port 40000 sends to server 10.0.0.2 (2001:db8::2) port 80: sequence number 1000,
 * acknowledgment 2000, window 512, PSH and ACK, "hello". Headers around it are written as hexadecimal digits.
 */
#ifndef SYNFIN_TESTS_TEST_PARSE_MADE_H
#define SYNFIN_TESTS_TEST_PARSE_MADE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"

enum { PACKET_ROOM = 72 * 1024, HELLO = 5 };

struct packet {
    size_t length;
    uint8_t bytes[PACKET_ROOM];
};

/* Bodies of IP packets. A segment's options are hexadecimal digits, a multiple of 4 bytes. */
struct packet made_segment(unsigned version, const char *options, size_t payload);
struct packet made_datagram(unsigned version, uint16_t source_port, uint16_t destination_port,
                            const struct packet *payload);
struct packet made_text(const char *text);
struct packet made_bytes(const char *hex);

/* An IP packet around a body; the parts of a packet in front of, and after, another. */
struct packet made_ip(unsigned version, uint8_t protocol, const struct packet *body);
struct packet made_fragment(unsigned version, uint8_t protocol, uint32_t id, const struct packet *body, size_t from,
                            size_t length, bool more);
struct packet made_before(const char *hex, const struct packet *packet);
struct packet made_after(const struct packet *packet, const char *hex);

/* The whole packet of the conversation above, and the same in Ethernet. */
struct packet made_hello(unsigned version);
struct packet made_ethernet(const struct packet *packet, uint16_t type);

void made_put16(struct packet *packet, size_t at, uint16_t value);

struct opened {
    struct parsed parsed;
    struct unit units[FRAME_UNITS_MAX];
};

/* Opens a packet as a frame of that link type, whole, or cut off after `caplen` bytes. The parser's own numbering is
 * 1. */
struct opened open_packet(struct parser *parser, uint16_t linktype, const struct packet *packet);
struct opened open_cut(struct parser *parser, uint16_t linktype, const struct packet *packet, size_t caplen);

/* The same with a parser of its own. */
struct opened opened(uint16_t linktype, const struct packet *packet);

/* Is the unit the segment of made_hello()? */
void expect_hello(const struct unit *unit, unsigned version);

TCase *parse_link_cases(void);
TCase *parse_network_cases(void);
TCase *parse_fragment_cases(void);
TCase *parse_transport_cases(void);
TCase *parse_control_cases(void);
TCase *parse_tunnel_cases(void);

#endif
