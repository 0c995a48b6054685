#include "traffic/scenario.h"

#include <string.h>

#include "traffic/scenarios.h"

const struct scenario *const scenarios[] = {
    &scenario_handshake,
    &scenario_accept,
    &scenario_many_clients,
    &scenario_accept_order,
    &scenario_backlog,
    &scenario_simultaneous_open,
    &scenario_ephemeral_port,
    &scenario_client_port,
    &scenario_address_in_use,
    &scenario_one_address,
    &scenario_reuse_address,
    &scenario_refused,
    &scenario_udp_unreachable,
    &scenario_no_answer,
    &scenario_arp_unanswered,
    &scenario_close,
    &scenario_server_closes,
    &scenario_half_close,
    &scenario_simultaneous_close,
    &scenario_abort,
    &scenario_unread,
    &scenario_killed,
    &scenario_keep_alive,
    &scenario_end_of_stream,
    &scenario_broken_pipe,
    &scenario_timed_out,
    &scenario_stream,
    &scenario_datagrams,
    &scenario_cut_datagram,
    &scenario_empty_datagram,
    &scenario_udp,
    &scenario_udp_senders,
    &scenario_connected_udp,
    &scenario_udp_lost,
    &scenario_udp_reordered,
    &scenario_udp_duplicated,
    &scenario_lost_syn,
    &scenario_lost_syn_ack,
    &scenario_retransmission,
    &scenario_lost_fin,
    &scenario_duplicated,
    &scenario_reordered,
    &scenario_bad_checksum,
    &scenario_lost_last_ack,
    &scenario_fast_retransmission,
    &scenario_demux,
    &scenario_demux_udp,
    &scenario_four_tuple,
    &scenario_zero_window,
    &scenario_slow_reader,
    &scenario_nagle,
    &scenario_no_delay,
    &scenario_delayed_ack,
    &scenario_quick_ack,
    &scenario_bulk,
    &scenario_bulk_loss,
    &scenario_echo,
    &scenario_requests,
    &scenario_names,
    &scenario_names_lost,
    &scenario_many_short,
    &scenario_chat,
    &scenario_no_listen,
    &scenario_client_first,
    &scenario_loopback_server,
    &scenario_privileged_port,
    &scenario_byte_swapped_port,
    &scenario_forgotten_close,
    &scenario_iterative,
    &scenario_one_recv,
    &scenario_partial_send,
    &scenario_side_by_side,
    &scenario_same_port,
    &scenario_late_or_lost,
    NULL,
};

const struct scenario *scenario_find(const char *name)
{
    for (unsigned i = 0; scenarios[i]; i++)
        if (strcmp(scenarios[i]->name, name) == 0)
            return scenarios[i];
    return NULL;
}

bool scenario_wire(const struct scenario *s, struct lab_options *options, struct error *error)
{
    for (unsigned i = 0; i < SCENARIO_FAULTS && s->faults[i]; i++)
        if (!faults_add(&options->wire.faults, s->faults[i], error))
            return false;
    if (!options->wire.delay)
        options->wire.delay = s->delay;
    if (!options->wire.rate)
        options->wire.rate = s->rate;
    options->settings = s->settings;
    for (options->setting_count = 0; options->setting_count < SCENARIO_SETTINGS;)
        if (!s->settings[options->setting_count].name)
            break;
        else
            options->setting_count++;
    return true;
}
