/* The comparison in words: who captured what, the clocks, each way, the ladder, and what became of what did not just
 * arrive.
 */
#include <stdlib.h>
#include <string.h>

#include "report/compare_parts.h"
#include "report/export.h"
#include "report/ladder_words.h"
#include "report/scenes.h"
#include "report/words.h"

enum { NAME_WIDTH = 11, TOLD = 8 };

static const char *const sides[] = { "client", "server" };

struct writer {
    struct text *t;
    const struct comparison *c;
    unsigned width;
};

static void item(struct writer *w, const char *name, struct text *words)
{
    text_format(w->t, "  %-*s ", NAME_WIDTH, name);
    words_wrap(w->t, words->bytes, words->used, NAME_WIDTH + 3, NAME_WIDTH + 3, w->width);
    text_free(words);
}

/* --- the captures --- */

static void capture_item(struct writer *w, unsigned side)
{
    const struct view_of *view = &w->c->at[side];
    const struct report_source *about = &view->capture->about;
    struct text s = {0};
    text_harmless(&s, about->name, strlen(about->name));
    text_format(&s, "%s, %s %u: ", w->c->order[side] ? " (the second)" : " (the first)",
                w->c->tcp ? "connection" : "flow", view->of->id);
    words_endpoint(&s, &view->of->key, view->client);
    text_string(&s, " to ");
    words_endpoint(&s, &view->of->key, !view->client);
    text_string(&s, ", ");
    words_count(&s, view->of->units[0] + (uint64_t)view->of->units[1], w->c->tcp ? "segment" : "datagram",
                w->c->tcp ? "segments" : "datagrams");
    if (about->dropped_known && about->dropped)
        text_format(&s, "; %llu frames dropped, so nothing can be said to be lost on the way to it",
                    (unsigned long long)about->dropped);
    text_char(&s, '.');
    item(w, side == CLIENT ? "client end" : "server end", &s);
}

static void ends_item(struct writer *w)
{
    static const char *const told_by[] = {
        [TOLD_BY_ROUND_TRIP] = ("a round trip lies between what the client sends and the answers to it in the one, and "
                                "next to nothing in the other."),
        [TOLD_BY_TTL] = "the TTL is higher where the sender is.",
        [TOLD_BY_OFFLOAD] = "checksums are left to the device only where the sender is.",
        [TOLD_BY_CLOCK] = "what is sent is captured at its sender's first, by the one clock of this host.",
        [TOLD_BY_NOTHING] = "not decidable here. The first capture is taken for the client's.",
    };
    struct text s = {0};
    text_string(&s, "Which end is which: ");
    text_string(&s, told_by[w->c->told_by]);
    item(w, "", &s);
}

static void match_item(struct writer *w)
{
    struct text s = {0};
    if (w->c->match->kind == MATCH_NUMBERS)
        text_string(&s, "Address or port: the same initial sequence numbers, other addresses. A NAT is between the "
                        "ends.");
    else if (w->c->shifted[0] || w->c->shifted[1])
        text_string(&s, "Sequence numbers: all are shifted by the same amount. A firewall between the ends replaces "
                        "initial sequence numbers.");
    if (s.used)
        item(w, "altered", &s);
}

/* --- clocks and ways --- */

static void clock_item(struct writer *w)
{
    const struct comparison *c = w->c;
    struct text s = {0};
    nanoseconds size = c->offset < 0 ? -c->offset : c->offset;
    if (!c->clock_known) {
        text_string(&s, c->delay[0].count || c->delay[1].count
                            ? "Not decidable how far they are apart: only one direction is in both captures. Lined up "
                              "as if its shortest way took no time."
                            : "Not decidable how far they are apart: no unit is in both captures. Lined up at the "
                              "first of each.");
    } else if (c->one_clock) {
        text_string(&s, "They are one: both captures were made on this host.");
    } else {
        if (size < NS_PER_US) {
            text_string(&s, "They agree");
        } else {
            text_string(&s, "The server's is ");
            words_duration(&s, size);
            text_string(&s, c->offset < 0 ? " behind" : " ahead");
        }
        text_string(&s, c->drifts ? " at first" : "");
        text_string(&s, ". From the shortest way each way, taking both to be equally long (if they are not, this is "
                        "wrong by half of the difference).");
    }
    if (c->clock_known && c->delay[0].least + c->delay[1].least < 0)
        text_string(&s, " Yet something then arrives before it is sent: a clock was set meanwhile, or these are not two "
                        "captures of one conversation. Believe nothing below that rests on time.");
    else if (c->clock_known && !c->delay[0].most && !c->delay[1].most)
        text_string(&s, " Nothing takes any time: both captures were made at one place.");
    if (c->drifts)
        text_format(&s, " They drift: the server's %s %.1f millionths of a second each second (taken into account).",
                    c->drift < 0 ? "loses" : "gains", (c->drift < 0 ? -c->drift : c->drift) * 1e6);
    item(w, "clocks", &s);
}

struct tally_of {
    size_t sent, fates[FATE_DUPLICATE + 1];
};

static struct tally_of tally(const struct comparison *c, unsigned from)
{
    struct tally_of n = { 0 };
    for (size_t i = 0; i < c->count; i++) {
        if (c->pairs[i].from != from)
            continue;
        n.sent += c->pairs[i].sent != NULL;
        n.fates[c->pairs[i].fate]++;
    }
    return n;
}

static void also(struct text *s, size_t n, const char *words)
{
    if (n)
        text_format(s, ", %zu %s", n, words);
}

static void way_item(struct writer *w, unsigned from)
{
    const struct delays *d = &w->c->delay[from];
    struct tally_of n = tally(w->c, from);
    struct text s = {0};
    text_format(&s, "%zu sent", n.sent);
    if (n.sent && n.fates[FATE_ARRIVES] == n.sent)
        text_string(&s, n.sent == 1 ? ", and it arrived" : ", and all arrived");
    also(&s, n.fates[FATE_LOST], "lost");
    also(&s, n.fates[FATE_NOT_CAPTURED], "arrived without being captured");
    also(&s, n.fates[FATE_UNDECIDABLE], "not decidable");
    also(&s, n.fates[FATE_DUPLICATE], "doubled on the way");
    also(&s, n.fates[FATE_INSERTED], "arrived that was never sent");
    if (d->count && w->c->clock_known) {
        text_string(&s, ". One way: least ");
        words_duration(&s, d->least);
        text_string(&s, ", median ");
        words_duration(&s, d->median);
        text_string(&s, ", most ");
        words_duration(&s, d->most);
    }
    text_char(&s, '.');
    item(w, from == CLIENT ? "to server" : "to client", &s);
}

/* --- what became of them --- */

static void unit_words(struct text *s, const struct comparison *c, const struct seen *u)
{
    if (!c->tcp) {
        text_format(s, "datagram of %u bytes", u->payload);
        return;
    }
    if (u->flags)
        words_flags(s, u->flags);
    else
        text_string(s, "segment without flags");
    if (u->payload)
        text_format(s, " with %u bytes", u->payload);
}

static void frame_words(struct text *s, unsigned side, const struct seen *u)
{
    text_format(s, "the %s's frame %u", sides[side], u->frame);
}

/* The next copy that was sent of the same bytes; NULL. */
static const struct pair *next_copy(const struct comparison *c, const struct pair *p)
{
    const struct pair *end = c->pairs + c->count;
    uint32_t from = p->sent->seq, size = p->sent->payload + !!(p->sent->flags & (TCP_SYN | TCP_FIN));
    for (const struct pair *q = p + 1; c->tcp && size && q < end; q++)
        if (q->from == p->from && q->sent && q->sent != p->sent && q->sent->again && q->sent->seq - from < size)
            return q;
    return NULL;
}

/* Did this, of the same end, bring what the lost ACK says? */
static bool acknowledges(const struct pair *q, const struct pair *lost)
{
    return q->from == lost->from && q->sent && q->arrived && !(q->changes & CHANGE_CORRUPTED) &&
           q->sent->flags & TCP_ACK && q->sent->ack - lost->sent->ack < UINT32_C(1) << 31;
}

static void later_ack_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    const struct pair *end = c->pairs + c->count, *q = p + 1;
    while (q < end && !acknowledges(q, p))
        q++;
    if (q == end) {
        text_string(s, "Nothing that acknowledges as much arrived after it.");
        return;
    }
    text_format(s, "A later one tells the same%s: ", q->sent->ack == p->sent->ack ? "" : " and more");
    frame_words(s, p->from, q->sent);
    text_string(s, ", which arrived as ");
    frame_words(s, !p->from, q->arrived);
    text_char(s, '.');
}

static void lost_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, p->changes & CHANGE_PIECES ? "Part of the " : "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_format(s, " was sent and never reached the %s", sides[!p->from]);
    const struct pair *copy = next_copy(c, p);
    if (copy) {
        text_string(s, ": it had to be sent again in ");
        frame_words(s, p->from, copy->sent);
        if (copy->arrived) {
            text_string(s, ", which arrived as ");
            frame_words(s, !p->from, copy->arrived);
        }
        text_char(s, '.');
    } else if (!c->tcp) {
        text_string(s, ", and stays lost: UDP sends nothing again.");
    } else if (p->sent->payload || p->sent->flags & (TCP_SYN | TCP_FIN)) {
        text_string(s, ". It is not sent again in this capture.");
    } else if (p->sent->flags & TCP_RST) {
        text_string(s, ". A RST is never sent again: the other end does not learn of it.");
    } else {
        text_string(s, ". Nobody acknowledges an ACK alone, so no timer sends it again. ");
        later_ack_words(s, c, p);
    }
    if (p->guessed)
        text_string(s, " (Which of several equal copies it was is a guess.)");
}

static void needless_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_format(s, " repeats what the %s had already: its answer was lost, late, or came after the timer.",
                sides[!p->from]);
}

static void late_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_string(s, " took ");
    words_duration(s, way_of(p));
    text_string(s, " (");
    frame_words(s, !p->from, p->arrived);
    text_string(s, ")");
    text_string(s, p->changes & CHANGE_AFTER_AGAIN ? ": its sender had already sent it again by then." : ".");
}

static void altered_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    const struct seen *from = p->sent, *to = p->arrived;
    text_string(s, "The ");
    unit_words(s, c, from);
    text_string(s, " of ");
    frame_words(s, p->from, from);
    text_string(s, " is, as ");
    frame_words(s, !p->from, to);
    text_string(s, ", another: ");
    if (p->changes & CHANGE_PAYLOAD)
        text_string(s, "other payload of the same length; ");
    if (p->changes & CHANGE_WINDOW)
        text_format(s, "window %u became %u; ", from->window, to->window);
    if (from->mss != to->mss)
        text_format(s, "MSS %u became %u; ", from->mss, to->mss);
    if (p->changes & CHANGE_OPTIONS && from->mss == to->mss)
        text_string(s, "options were taken out or changed; ");
    if (p->changes & CHANGE_HEADER)
        text_string(s, "the same IP identification with other numbers, flags or bytes; ");
    text_string(s, "something between the ends rewrites it.");
}

static void corrupted_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_string(s, " was damaged on the way: as ");
    frame_words(s, !p->from, p->arrived);
    text_string(s, " its checksum is wrong, so the receiver drops it.");
}

static void only_arrived_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    bool doubled = p->fate == FATE_DUPLICATE;
    text_string(s, "The ");
    unit_words(s, c, p->arrived);
    text_string(s, " of ");
    frame_words(s, !p->from, p->arrived);
    text_format(s, doubled ? " was sent once by the %s, and arrived once more."
                           : " was never sent by the %s: something between the ends made it.", sides[p->from]);
}

static void undecided_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    unsigned has = p->sent ? p->from : !p->from, lacks = !has;
    const struct seen *u = p->sent ? p->sent : p->arrived;
    const struct report_source *about = &c->at[lacks].capture->about;
    text_string(s, "The ");
    unit_words(s, c, u);
    text_string(s, " of ");
    frame_words(s, has, u);
    text_format(s, " is not in the %s's capture, which ", sides[lacks]);
    if (about->dropped_known && about->dropped)
        text_string(s, "dropped frames.");
    else if (p->sent ? common_time(c, lacks, c->at[lacks].first) > p->sent_at + c->delay[p->from].least
                     : common_time(c, lacks, c->at[lacks].first) > p->arrived_at - c->delay[p->from].least)
        text_string(s, "began later.");
    else
        text_string(s, "holds nothing after it: it may have been stopped before.");
}

static void not_captured_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_format(s, " was acknowledged by the %s, so it arrived: only its capture lacks it.", sides[!p->from]);
}

static void overtaken_words(struct text *s, const struct comparison *c, const struct pair *p)
{
    text_string(s, "The ");
    unit_words(s, c, p->sent);
    text_string(s, " of ");
    frame_words(s, p->from, p->sent);
    text_string(s, " arrived after what was sent later (");
    frame_words(s, !p->from, p->arrived);
    text_string(s, ").");
}

struct finding {
    const char *name;
    uint16_t changes;             /* any of these, of what arrives; or: */
    uint8_t fate;
    void (*words)(struct text *s, const struct comparison *c, const struct pair *p);
};

static bool is_of(const struct finding *f, const struct pair *p)
{
    return f->changes ? p->fate == FATE_ARRIVES && p->changes & f->changes : p->fate == f->fate;
}

static void finding_items(struct writer *w, const struct finding *f, bool *any)
{
    size_t told = 0, more = 0;
    for (size_t i = 0; i < w->c->count; i++) {
        if (!is_of(f, &w->c->pairs[i]))
            continue;
        if (told == TOLD) {
            more++;
            continue;
        }
        struct text s = {0};
        text_string(w->t, *any ? "" : "\nWhat became of them\n");
        *any = true;
        f->words(&s, w->c, &w->c->pairs[i]);
        item(w, told++ ? "" : f->name, &s);
    }
    if (more) {
        struct text s = {0};
        text_format(&s, "And %zu more.", more);
        item(w, "", &s);
    }
}

static void findings(struct writer *w)
{
    static const struct finding all[] = {
        { "lost", 0, FATE_LOST, lost_words },
        { "needless", CHANGE_NEEDLESS, 0, needless_words },
        { "late", CHANGE_LATE | CHANGE_AFTER_AGAIN, 0, late_words },
        { "overtaken", CHANGE_REORDERED, 0, overtaken_words },
        { "corrupted", CHANGE_CORRUPTED, 0, corrupted_words },
        { "altered", CHANGES_ALTERED, 0, altered_words },
        { "doubled", 0, FATE_DUPLICATE, only_arrived_words },
        { "inserted", 0, FATE_INSERTED, only_arrived_words },
        { "uncaptured", 0, FATE_NOT_CAPTURED, not_captured_words },
        { "undecided", 0, FATE_UNDECIDABLE, undecided_words },
    };
    bool any = false;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        finding_items(w, &all[i], &any);
    if (!any && w->c->count)
        text_format(w->t, "\nEvery %s that was sent arrived as it was sent%s.\n", w->c->tcp ? "segment" : "datagram",
                    w->c->at[CLIENT].of->icmp_frame ? "; an ICMP error came back" : "");
}

static void legend(struct writer *w, const struct ladder *ladder)
{
    unsigned used = ladder->used & ~(unsigned)(USED_TWICE | USED_BY_NOW | USED_CLOSE | USED_SENDING);
    if (ladder->at.call_width)
        used = ladder->used & ~(unsigned)USED_TWICE;
    bool any = false;
    for (unsigned i = 0; i < ladder_sign_count; i++) {
        if (!(used & ladder_signs[i].used))
            continue;
        struct text s = {0};
        text_string(w->t, any ? "" : "\n");
        any = true;
        text_string(&s, ladder_signs[i].means);
        item(w, ladder_signs[i].sign, &s);
    }
}

bool compare_text(struct report_output *out, struct comparison *c, const struct report_options *options)
{
    unsigned width = options->width < 76 ? 80 : options->width > 120 ? 120 : options->width;
    struct writer w = { .t = &out->text, .c = c, .width = width };
    struct scenes scenes[2] = { { 0 }, { 0 } };
    struct ladder ladder = { 0 };
    bool well = compare_ladder(c, options, &ladder, scenes);
    if (well) {
        text_format(w.t, "One %s captured at both ends\n", c->tcp ? "connection" : "flow");
        capture_item(&w, CLIENT);
        capture_item(&w, SERVER);
        ends_item(&w);
        match_item(&w);
        clock_item(&w);
        way_item(&w, CLIENT);
        way_item(&w, SERVER);
        text_char(w.t, '\n');
        ladder_text(w.t, &ladder, options->ascii);
        legend(&w, &ladder);
        findings(&w);
        ladder_free(&ladder);
    }
    scenes_free(&scenes[0]);
    scenes_free(&scenes[1]);
    return well;
}
