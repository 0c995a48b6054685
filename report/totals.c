#include <string.h>

#include "report/rows.h"
#include "report/words.h"

/* --- JSON --- */

static void number(struct text *t, const char *key, uint64_t n)
{
    text_string(t, key);
    text_u64(t, n);
}

static void when(struct text *t, const char *key, bool known, nanoseconds time)
{
    text_string(t, key);
    if (!known) {
        text_string(t, "null");
        return;
    }
    text_char(t, '"');
    text_time(t, time);
    text_char(t, '"');
}

void json_capture(struct text *t, const struct decoder *decoder, const struct report_source *source)
{
    struct totals n = decoder_totals(decoder);
    number(t, "{\"type\":\"capture\",\"frames\":", n.frames);
    number(t, ",\"frame_bytes\":", n.frame_bytes);
    number(t, ",\"captured_bytes\":", n.captured_bytes);
    number(t, ",\"tcp_segments\":", n.tcp_segments);
    number(t, ",\"udp_datagrams\":", n.udp_datagrams);
    number(t, ",\"connections\":", n.connections);
    number(t, ",\"flows\":", n.flows);
    number(t, ",\"other\":", n.other);
    number(t, ",\"cut_frames\":", n.cut_frames);
    number(t, ",\"malformed\":", n.malformed);
    number(t, ",\"fragments\":", n.fragments);
    number(t, ",\"bad_checksum\":", n.bad_checksum);
    number(t, ",\"duplicates\":", n.duplicates);
    number(t, ",\"arp_unanswered\":", n.arp_unanswered);
    if (source->dropped_known)
        number(t, ",\"dropped\":", source->dropped);
    else
        text_string(t, ",\"dropped\":null");
    number(t, ",\"given_up\":{\"connections\":", n.given_up_connections);
    number(t, ",\"fragments\":", n.given_up_fragments);
    number(t, ",\"streams\":", n.given_up_streams);
    when(t, "},\"first_time\":", n.frames, n.first_time);
    when(t, ",\"last_time\":", n.frames, n.last_time);
    text_string(t, ",\"check\":[");
    bool any = false;
    for (uint32_t checks = decoder_check_capture(decoder); checks; checks &= checks - 1) {
        text_string(t, any ? ",\"" : "\"");
        text_string(t, check_names[__builtin_ctz(checks)]);
        text_char(t, '"');
        any = true;
    }
    text_string(t, source->complete ? "],\"complete\":true}\n" : "],\"complete\":false}\n");
}

/* --- words --- */

static void sentence(struct text *t, struct text *s, unsigned width)
{
    words_wrap(t, s->bytes, s->used, 0, 0, width);
    text_free(s);
}

static void part(struct text *s, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    text_string(s, s->used ? ", " : "");
    words_count(s, n, one, many);
}

static void odd_frames(struct text *t, const struct totals *n, unsigned width)
{
    struct text s = {0};
    part(&s, n->other, "frame of another kind", "frames of other kinds");
    part(&s, n->fragments, "IP fragment", "IP fragments");
    part(&s, n->cut_frames, "frame cut off by the snapshot length", "frames cut off by the snapshot length");
    part(&s, n->malformed, "malformed frame", "malformed frames");
    part(&s, n->bad_checksum, "wrong checksum", "wrong checksums");
    part(&s, n->duplicates, "segment captured twice", "segments captured twice");
    part(&s, n->arp_unanswered, "address that ARP asked for in vain", "addresses that ARP asked for in vain");
    if (!s.used)
        return;
    struct text line = {0};
    text_string(&line, "Also: ");
    text_bytes(&line, s.bytes, s.used);
    text_char(&line, '.');
    text_free(&s);
    sentence(t, &line, width);
}

static void lost_frames(struct text *t, const struct totals *n, const struct report_source *source, unsigned width)
{
    struct text s = {0};
    if (source->dropped_known && source->dropped) {
        words_count(&s, source->dropped, "frame was", "frames were");
        text_string(&s, " dropped while capturing: what is missing below may have happened.");
        sentence(t, &s, width);
    }
    if (!source->complete && !(source->dropped_known && source->dropped)) {
        text_string(&s, "The capture is cut short: what comes after its last whole frame is not known.");
        sentence(t, &s, width);
    }
    if (n->given_up_connections + n->given_up_fragments + n->given_up_streams) {
        text_string(&s, "Given up for want of room: ");
        struct text parts = {0};
        part(&parts, n->given_up_connections, "connection or flow", "connections and flows");
        part(&parts, n->given_up_fragments, "datagram in fragments", "datagrams in fragments");
        part(&parts, n->given_up_streams, "segment's place in its stream", "segments' places in their streams");
        text_bytes(&s, parts.bytes, parts.used);
        text_free(&parts);
        text_char(&s, '.');
        sentence(t, &s, width);
    }
}

void totals_text(struct text *t, const struct decoder *decoder, const struct report_source *source, unsigned width)
{
    struct totals n = decoder_totals(decoder);
    struct text s = {0};
    text_harmless(t, source->name, strlen(source->name));
    text_char(t, '\n');
    words_count(&s, n.frames, "frame", "frames");
    if (n.frames) {
        text_string(&s, " in ");
        words_duration(&s, n.last_time - n.first_time);
        text_string(&s, ", from ");
        words_date(&s, n.first_time);
    }
    sentence(t, &s, width);
    if (n.connections || n.tcp_segments) {
        words_count(&s, n.connections, "TCP connection", "TCP connections");
        text_string(&s, " of ");
        words_count(&s, n.tcp_segments, "segment", "segments");
    }
    if (n.flows || n.udp_datagrams) {
        part(&s, n.flows, "UDP flow", "UDP flows");
        text_string(&s, " of ");
        words_count(&s, n.udp_datagrams, "datagram", "datagrams");
    }
    if (s.used)
        sentence(t, &s, width);
    odd_frames(t, &n, width);
    lost_frames(t, &n, source, width);
}
