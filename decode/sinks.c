/* Who listens to the stream of events, and what only connections with something remarkable have. */
#include "decode/internal.h"

void decoder_attach(struct decoder *d, const struct sink *sink)
{
    if (d->sink_count == SINKS_MAX)
        return;
    d->sinks[d->sink_count++] = *sink;
    d->wants |= sink->wants & ((UINT32_C(1) << EVENT_COUNT) - 1);
}

void decoder_emit(const struct decoder *d, const struct event *event)
{
    for (unsigned i = 0; i < d->sink_count; i++)
        if (d->sinks[i].wants >> event->kind & 1)
            d->sinks[i].event(d->sinks[i].self, event);
}

const struct tally *decoder_tally(const struct decoder *d, const struct peer *peer)
{
    static const struct tally none;
    return peer->tally ? pool_at(&d->tallies, peer->tally) : &none;
}

struct tally *decoder_tally_of(struct decoder *d, struct peer *peer)
{
    if (!peer->tally)
        peer->tally = pool_take(&d->tallies);
    return peer->tally ? pool_at(&d->tallies, peer->tally) : NULL;
}
