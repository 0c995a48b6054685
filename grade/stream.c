#include "grade/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/sequence.h"

enum { WINDOW_MOST = 1 << 30 };

/* A segment's payload at its place in the stream, which may begin before the stream does. */
struct placed {
    int64_t from;
    const struct happening *segment;
};

static int earlier_first(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

/* A segment that arrived damaged is refused. A wrong checksum alone is no damage: where all of an end's are wrong, its
 * device had still to fill them in when they were captured. */
static bool carries(const struct happening *h, unsigned end)
{
    bool datagram = h->kind == EVENT_UDP_DATAGRAM;
    return (h->kind == EVENT_TCP_SEGMENT || datagram) && h->who == end && h->payload > 0 && !h->refused &&
           !(datagram && h->bad) && h->duplicate_of == 0 && !(h->flags & TCP_RST);
}

static uint32_t first_byte(const struct happening *h)
{
    return h->seq + (h->flags & TCP_SYN ? 1 : 0);
}

static size_t count_carriers(const struct evidence *e, uint32_t row, unsigned end)
{
    size_t count = 0;
    for (const struct happening *h = evidence_first(e, row); h; h = evidence_next(e, h))
        count += carries(h, end);
    return count;
}

/* Sequence number of the stream's first byte: behind the SYN, or without one the lowest seen. */
static uint32_t stream_begin(const struct evidence *e, const struct connection *c, unsigned end)
{
    bool any = false;
    uint32_t lowest = c->peer[end].iss + 1;
    if (c->peer[end].facts & PEER_ISS)
        return lowest;
    for (const struct happening *h = evidence_first(e, c->head.id); h; h = evidence_next(e, h))
        if (carries(h, end) && (!any || seq_before(first_byte(h), lowest))) {
            lowest = first_byte(h);
            any = true;
        }
    return lowest;
}

static struct placed *place_all(const struct evidence *e, const struct conversation *row, unsigned end, uint32_t begin,
                                size_t count)
{
    struct placed *all = malloc((count + 1) * sizeof *all);
    size_t used = 0;
    int64_t behind = 0;           /* datagrams follow one another */
    if (!all)
        return NULL;
    for (const struct happening *h = evidence_first(e, row->id); h; h = evidence_next(e, h)) {
        if (!carries(h, end))
            continue;
        int64_t from = h->kind == EVENT_UDP_DATAGRAM ? behind : (int32_t)(first_byte(h) - begin);
        all[used++] = (struct placed){ .from = from, .segment = h };
        behind += h->payload;
    }
    if (conversation_is_tcp(row))
        qsort(all, used, sizeof *all, earlier_first);
    return all;
}

static void append(struct stream *s, const struct evidence *e, const struct happening *h, uint32_t skip,
                   uint32_t length)
{
    memcpy(s->bytes + s->length, e->payload + h->payload_at + skip, length);
    s->pieces[s->piece_count++] = (struct stream_piece){ .from = s->length, .length = length, .frame = h->frame };
    s->length += length;
}

/* How far into the stream the other end acknowledges, its FIN left out; 0: nothing. No more than a window can be in
 * flight, and the largest is 1 GiB (RFC 7323 2.3): beyond it an acknowledgement is of another connection. */
static int64_t acknowledged(const struct evidence *e, const struct connection *c, unsigned end, uint32_t begin)
{
    const struct peer *peer = &c->peer[end];
    int64_t most = 0, believed = (int64_t)peer->stream_bytes + WINDOW_MOST;
    for (const struct happening *h = evidence_first(e, c->head.id); h; h = evidence_next(e, h)) {
        int64_t ack = (int32_t)(h->ack - begin);
        bool counts = h->kind == EVENT_TCP_SEGMENT && h->who != end && h->flags & TCP_ACK && !h->refused;
        most = counts && ack > most && ack <= believed ? ack : most;
    }
    int64_t fin = peer->facts & PEER_FIN ? (int32_t)(peer->fin - begin) : INT64_MAX;
    return most < fin ? most : fin;
}

/* Takes over all that follows without a gap. Behind the FIN there is nothing: what claims to lie there is none of
 * it. */
static void join(struct stream *s, const struct evidence *e, const struct placed *all, size_t count, int64_t fin)
{
    for (size_t i = 0; i < count && all[i].from < fin; i++) {
        const struct happening *h = all[i].segment;
        int64_t end = all[i].from + h->payload, behind = (int64_t)s->length;
        if (end <= behind)
            continue;
        if (all[i].from > behind) {
            snprintf(s->missing, sizeof s->missing, "%lld bytes before frame %u were not captured",
                     (long long)(all[i].from - behind), h->frame);
            return;
        }
        uint32_t skip = (uint32_t)(behind - all[i].from);
        if (h->payload_kept > skip)
            append(s, e, h, skip, h->payload_kept - skip);
        if (h->payload_kept < h->payload) {
            bool later = i + 1 < count && all[i + 1].from <= (int64_t)s->length;   /* sent again, perhaps whole */
            if (later)
                continue;
            snprintf(s->missing, sizeof s->missing, h->no_room ? "the bytes from frame %u on are more than are kept"
                                                               : "the payload of frame %u was cut off by the snapshot "
                                                                 "length",
                     h->frame);
            return;
        }
    }
}

static void note_ends(struct stream *s, const struct evidence *e, const struct connection *c, unsigned end,
                      uint32_t begin)
{
    const struct peer *peer = &c->peer[end];
    const char *who = end == c->head.client ? "client" : "server";
    if (s->missing[0])
        return;
    if (e->left_out)
        snprintf(s->missing, sizeof s->missing, "the capture is too large to be kept whole");
    else if (!(peer->facts & PEER_ISS))
        snprintf(s->missing, sizeof s->missing, "what the %s sent begins before the capture", who);
    else if (peer->facts & PEER_FIN && peer->fin != begin + (uint32_t)s->length)
        snprintf(s->missing, sizeof s->missing, "%u bytes before the FIN of the %s (frame %u) were not captured",
                 peer->fin - begin - (uint32_t)s->length, who, peer->fin_frame);
    else if (acknowledged(e, c, end, begin) > (int64_t)s->length)
        snprintf(s->missing, sizeof s->missing, "%lld bytes of the %s that were acknowledged were not captured",
                 (long long)(acknowledged(e, c, end, begin) - (int64_t)s->length), who);
    else if (!(peer->facts & PEER_FIN) && connection_ending(c) != ENDING_RESET && !e->over)
        snprintf(s->missing, sizeof s->missing, "the %s has not closed when the capture ends", who);
}

bool stream_make(struct stream *s, const struct evidence *e, const struct conversation *row, unsigned end)
{
    *s = (struct stream){ 0 };
    const struct connection *c = conversation_is_tcp(row) ? as_connection(row) : NULL;
    size_t count = count_carriers(e, row->id, end);
    uint32_t begin = c ? stream_begin(e, c, end) : 0;
    struct placed *all = place_all(e, row, end, begin, count);
    size_t bytes = 0;
    for (size_t i = 0; all && i < count; i++)
        bytes += all[i].segment->payload_kept;
    s->bytes = malloc(bytes + 1);
    s->pieces = malloc((count + 1) * sizeof *s->pieces);
    bool well = all && s->bytes && s->pieces;
    if (well) {
        bool closed = c && c->peer[end].facts & PEER_FIN;
        join(s, e, all, count, closed ? (int32_t)(c->peer[end].fin - begin) : INT64_MAX);
        if (c)
            note_ends(s, e, c, end, begin);
    } else {
        stream_free(s);
    }
    free(all);
    return well;
}

uint64_t stream_lacks(const struct evidence *e, const struct conversation *row, unsigned end)
{
    const struct connection *c = conversation_is_tcp(row) ? as_connection(row) : NULL;
    if (!c || !(c->peer[end].facts & PEER_ISS) || c->peer[end].stream_bytes > INT32_MAX)
        return 0;
    uint32_t begin = stream_begin(e, c, end);
    size_t count = count_carriers(e, row->id, end);
    struct placed *all = place_all(e, row, end, begin, count);
    int64_t most = acknowledged(e, c, end, begin), behind = 0, lacks = 0;
    for (size_t i = 0; all && i < count && behind < most; i++) {
        int64_t from = all[i].from < most ? all[i].from : most, till = all[i].from + all[i].segment->payload;
        lacks += from > behind ? from - behind : 0;
        behind = till > behind ? till : behind;
    }
    free(all);
    return (uint64_t)(lacks + (most > behind ? most - behind : 0));
}

bool stream_of_unit(struct stream *s, const struct evidence *e, const struct happening *h)
{
    *s = (struct stream){ .bytes = malloc((size_t)h->payload_kept + 1), .pieces = malloc(sizeof *s->pieces) };
    if (!s->bytes || !s->pieces) {
        stream_free(s);
        return false;
    }
    if (h->payload_kept)
        append(s, e, h, 0, h->payload_kept);
    if (h->payload_kept < h->payload)
        snprintf(s->missing, sizeof s->missing, h->no_room ? "the payload of frame %u found no room"
                                                           : "the payload of frame %u was cut off by the snapshot "
                                                             "length",
                 h->frame);
    return true;
}

void stream_free(struct stream *s)
{
    free(s->bytes);
    free(s->pieces);
    *s = (struct stream){ 0 };
}

uint32_t stream_frame(const struct stream *s, size_t at)
{
    size_t low = 0, high = s->piece_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->pieces[middle].from <= at)
            low = middle;
        else
            high = middle;
    }
    return s->piece_count ? s->pieces[low].frame : 0;
}
