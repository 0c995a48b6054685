/* scenarios.h - the rows of the table in scenario.c, one file a topic. Internal to traffic/.
 */
#ifndef SYNFIN_TRAFFIC_SCENARIOS_H
#define SYNFIN_TRAFFIC_SCENARIOS_H

#include "traffic/scenario.h"

extern const struct scenario scenario_handshake;
extern const struct scenario scenario_accept;
extern const struct scenario scenario_many_clients;
extern const struct scenario scenario_accept_order;
extern const struct scenario scenario_backlog;
extern const struct scenario scenario_simultaneous_open;
extern const struct scenario scenario_ephemeral_port;
extern const struct scenario scenario_client_port;
extern const struct scenario scenario_address_in_use;
extern const struct scenario scenario_one_address;
extern const struct scenario scenario_reuse_address;
extern const struct scenario scenario_refused;
extern const struct scenario scenario_udp_unreachable;
extern const struct scenario scenario_no_answer;
extern const struct scenario scenario_arp_unanswered;
extern const struct scenario scenario_close;
extern const struct scenario scenario_server_closes;
extern const struct scenario scenario_half_close;
extern const struct scenario scenario_simultaneous_close;
extern const struct scenario scenario_abort;
extern const struct scenario scenario_unread;
extern const struct scenario scenario_killed;
extern const struct scenario scenario_keep_alive;
extern const struct scenario scenario_end_of_stream;
extern const struct scenario scenario_broken_pipe;
extern const struct scenario scenario_timed_out;
extern const struct scenario scenario_stream;
extern const struct scenario scenario_datagrams;
extern const struct scenario scenario_cut_datagram;
extern const struct scenario scenario_empty_datagram;
extern const struct scenario scenario_udp;
extern const struct scenario scenario_udp_senders;
extern const struct scenario scenario_connected_udp;
extern const struct scenario scenario_udp_lost;
extern const struct scenario scenario_udp_reordered;
extern const struct scenario scenario_udp_duplicated;
extern const struct scenario scenario_lost_syn;
extern const struct scenario scenario_lost_syn_ack;
extern const struct scenario scenario_retransmission;
extern const struct scenario scenario_lost_fin;
extern const struct scenario scenario_duplicated;
extern const struct scenario scenario_reordered;
extern const struct scenario scenario_bad_checksum;
extern const struct scenario scenario_lost_last_ack;
extern const struct scenario scenario_fast_retransmission;
extern const struct scenario scenario_demux;
extern const struct scenario scenario_demux_udp;
extern const struct scenario scenario_four_tuple;
extern const struct scenario scenario_zero_window;
extern const struct scenario scenario_slow_reader;
extern const struct scenario scenario_nagle;
extern const struct scenario scenario_no_delay;
extern const struct scenario scenario_delayed_ack;
extern const struct scenario scenario_quick_ack;
extern const struct scenario scenario_bulk;
extern const struct scenario scenario_bulk_loss;
extern const struct scenario scenario_echo;
extern const struct scenario scenario_requests;
extern const struct scenario scenario_names;
extern const struct scenario scenario_names_lost;
extern const struct scenario scenario_many_short;
extern const struct scenario scenario_no_listen;
extern const struct scenario scenario_client_first;
extern const struct scenario scenario_loopback_server;
extern const struct scenario scenario_privileged_port;
extern const struct scenario scenario_byte_swapped_port;
extern const struct scenario scenario_forgotten_close;
extern const struct scenario scenario_iterative;
extern const struct scenario scenario_one_recv;
extern const struct scenario scenario_partial_send;
extern const struct scenario scenario_side_by_side;
extern const struct scenario scenario_same_port;
extern const struct scenario scenario_late_or_lost;
extern const struct scenario scenario_chat;

#endif
