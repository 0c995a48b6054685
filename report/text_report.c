/* The default text of `synfin report`: connections under the server's socket, in words.
 *
 *     # client                 sent bytes >   < bytes RTT ms what happened
 * TCP 10.9.0.1:6666  3 connections, 3 open at the same time
 *     1 10.9.0.2:33432           13      12      12   30.1 closed, client first
 *       client: retransmission 1; server: duplicate ack 2
 */
#include <stdlib.h>
#include <string.h>

#include "report/groups.h"
#include "report/rows.h"
#include "report/sentence.h"
#include "report/words.h"

enum {
    GROUPS_SHOWN = 40, ROWS_SHOWN = 12, ROWS_SHOWN_OF_MANY = 8,    /* without --all */
    OUTCOMES_COUNTED = 12, CHECK_IDS_SHOWN = 8, EARLY_SHOWN = 10,
    ID_WIDTH = 5, CLIENT_WIDTH = 21, REMARK_INDENT = 6,
};

/* Text in a column: s in `width` columns, to the right or the left, and a blank. */
static void column(struct text *t, const struct text *s, unsigned width, bool right)
{
    unsigned used = words_columns(s->bytes, s->used), pad = used < width ? width - used : 0;
    if (right)
        text_repeat(t, " ", pad);
    text_bytes(t, s->bytes, s->used);
    if (!right)
        text_repeat(t, " ", pad);
    text_char(t, ' ');
}

static void number_column(struct text *t, uint64_t n, unsigned width)
{
    struct text s = {0};
    words_short_number(&s, n, width);
    column(t, &s, width, true);
    text_free(&s);
}

static void rtt_column(struct text *t, bool known, nanoseconds rtt)
{
    struct text s = {0};
    if (known)
        words_milliseconds(&s, rtt);
    else
        text_char(&s, '-');
    column(t, &s, 6, true);
    text_free(&s);
}

/* --- remarks under a row --- */

static void mark_name(struct text *t, const char *name)
{
    for (; *name; name++)
        text_char(t, *name == '_' ? ' ' : *name);
}

/* What parts two counts: a comma, or, before the first of a side, that side's name. */
static void side_item(struct text *s, const char *side, bool *any)
{
    if (*any)
        text_string(s, ", ");
    else
        text_format(s, "%s%s: ", s->used ? "; " : "", side);
    *any = true;
}

static void side_remark(struct text *s, const char *side, const struct tally *tally)
{
    bool any = false;
    if (!tally)
        return;
    for (unsigned i = 0; i < MARK_COUNT; i++) {
        if (!tally->marks[i])
            continue;
        side_item(s, side, &any);
        mark_name(s, mark_names[i]);
        text_char(s, ' ');
        words_number(s, tally->marks[i]);
    }
    if (tally->checksum_bad) {
        side_item(s, side, &any);
        words_count(s, tally->checksum_bad, "wrong checksum", "wrong checksums");
    }
    if (tally->duplicates) {
        side_item(s, side, &any);
        words_number(s, tally->duplicates);
        text_string(s, " captured twice");
    }
}

static void remark(struct text *s, const char *what)
{
    text_string(s, s->used ? "; " : "");
    text_string(s, what);
}

static void around_remarks(struct text *s, const struct conversation *of)
{
    for (unsigned i = 0; i < of->tunnels && i < UNIT_TUNNELS; i++) {
        remark(s, "in ");
        text_string(s, tunnel_names[of->tunnel[i]]);
    }
    if (of->within) {
        remark(s, "carried by ");
        text_u64(s, of->within);
    }
}

static void remarks(struct text *t, const struct row *row, unsigned width)
{
    struct text s = {0};
    side_remark(&s, "client", row->tally[CLIENT]);
    side_remark(&s, "server", row->tally[SERVER]);
    if (row->tcp && connection_handshake(row->tcp) == HANDSHAKE_MIDSTREAM)
        remark(&s, "its start is not in the capture");
    if (row->tcp && connection_handshake(row->tcp) == HANDSHAKE_SIMULTANEOUS)
        remark(&s, "both ends opened at the same time");
    if (row->tcp && connection_handshake(row->tcp) == HANDSHAKE_FAST_OPEN)
        remark(&s, "data in the SYN (Fast Open)");
    if (row->tcp && row->tcp->incarnation > 1) {
        remark(&s, "connection number ");
        text_format(&s, "%u on the same four numbers", row->tcp->incarnation);
    }
    around_remarks(&s, row->of);
    if (s.used) {
        text_repeat(t, " ", REMARK_INDENT);
        words_wrap(t, s.bytes, s.used, REMARK_INDENT, REMARK_INDENT + 2, width);
    }
    text_free(&s);
}

/* --- one row --- */

static void row_text(struct text *t, const struct decoder *decoder, const struct conversation *of, unsigned width)
{
    struct row row;
    row_bind(&row, decoder, of);
    unsigned client = row.end[CLIENT], server = row.end[SERVER];
    struct text s = {0};
    text_u64(&s, of->id);
    column(t, &s, ID_WIDTH, true);
    s.used = 0;
    words_endpoint(&s, &of->key, client);
    bool long_name = s.used > CLIENT_WIDTH;
    if (long_name) {
        text_bytes(t, s.bytes, s.used);
        text_char(t, '\n');
        text_repeat(t, " ", ID_WIDTH + CLIENT_WIDTH + 2);
    } else {
        column(t, &s, CLIENT_WIDTH, false);
    }
    text_free(&s);
    number_column(t, (uint64_t)of->units[0] + of->units[1], 5);
    number_column(t, of->payload_bytes[client], 7);
    number_column(t, of->payload_bytes[server], 7);
    if (row.tcp)
        rtt_column(t, connection_initial_rtt(row.tcp) >= 0, connection_initial_rtt(row.tcp));
    else
        rtt_column(t, row.udp->exchanges, row.udp->exchanges ? row.udp->reply_sum / row.udp->exchanges : 0);
    words_outcome(t, of);
    text_char(t, '\n');
    remarks(t, &row, width);
}

void text_given_up(struct report *report, const struct conversation *row)
{
    struct text *t = &report->out->text;
    if (report->given_up > EARLY_SHOWN && !report->options.all && !report->options.only)
        return;
    if (!report->begun)
        text_string(t, "Given up early, to make room:\n");
    report->begun = true;
    row_text(t, report->decoder, row, report->options.width);
    if (report->given_up == EARLY_SHOWN && !report->options.all && !report->options.only)
        text_string(t, "  ... further ones are only counted (--all shows them).\n");
    output_some(report->out);
}

/* --- the rows of a group that are not shown, by outcome --- */

struct outcome {
    struct text words;
    size_t count;
};

struct outcomes {
    struct outcome of[OUTCOMES_COUNTED];
    unsigned used;
    size_t others;
};

static void outcome_count(struct outcomes *o, const struct conversation *row)
{
    struct text s = {0};
    words_outcome_kind(&s, row);
    for (unsigned i = 0; i < o->used; i++)
        if (o->of[i].words.used == s.used && memcmp(o->of[i].words.bytes, s.bytes, s.used) == 0) {
            o->of[i].count++;
            text_free(&s);
            return;
        }
    if (o->used == OUTCOMES_COUNTED) {
        o->others++;
        text_free(&s);
        return;
    }
    o->of[o->used].words = s;
    o->of[o->used++].count = 1;
}

static int most_first(const void *one, const void *two)
{
    const struct outcome *a = one, *b = two;
    return a->count > b->count ? -1 : a->count < b->count;
}

static void outcomes_text(struct text *t, struct outcomes *o, unsigned width)
{
    struct text s = {0};
    qsort(o->of, o->used, sizeof *o->of, most_first);
    for (unsigned i = 0; i < o->used; i++) {
        text_string(&s, i ? "; " : "");
        words_number(&s, o->of[i].count);
        text_char(&s, ' ');
        text_bytes(&s, o->of[i].words.bytes, o->of[i].words.used);
        text_free(&o->of[i].words);
    }
    if (o->others) {
        text_string(&s, "; ");
        words_number(&s, o->others);
        text_string(&s, " with another outcome");
    }
    words_wrap(t, s.bytes, s.used, REMARK_INDENT, REMARK_INDENT, width);
    text_free(&s);
}

static void more_rows(struct text *t, const struct group *group, size_t from, unsigned width)
{
    struct outcomes o = { .used = 0 };
    for (size_t i = from; i < group->count; i++)
        outcome_count(&o, group->rows[i].row);
    text_repeat(t, " ", ID_WIDTH - 3);
    text_string(t, "... and ");
    words_number(t, group->count - from);
    text_string(t, " more (--all shows them):\n");
    text_repeat(t, " ", REMARK_INDENT);
    outcomes_text(t, &o, width);
}

/* --- groups --- */

static bool nobody_listens(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (connection_handshake(as_connection(group->rows[i].row)) != HANDSHAKE_REFUSED)
            return false;
    return true;
}

static void group_heading(struct text *t, const struct group *group, nanoseconds end)
{
    const struct conversation *first = group->rows->row;
    bool tcp = conversation_is_tcp(first);
    text_string(t, tcp ? "TCP " : "UDP ");
    words_endpoint(t, &first->key, !first->client);
    text_string(t, "  ");
    if (!tcp) {
        words_count(t, group->count, "sender", "senders");
    } else if (nobody_listens(group)) {
        words_count(t, group->count, "attempt", "attempts");
        text_string(t, ": nobody listens");
    } else {
        words_count(t, group->count, "connection", "connections");
        size_t at_once = group->count > 1 ? group_at_once(group, end) : 0;
        if (at_once > 1)
            text_format(t, ", %zu open at the same time", at_once);
    }
    text_char(t, '\n');
}

static void groups_text(struct report *report, const struct groups *groups)
{
    struct text *t = &report->out->text;
    nanoseconds end = decoder_totals(report->decoder).last_time;
    bool all = report->options.all;
    size_t shown = all || groups->count <= GROUPS_SHOWN + 5 ? groups->count : GROUPS_SHOWN;
    if (groups->count)
        text_string(t, "\n    # client                 sent bytes >   < bytes RTT ms what happened\n");
    for (size_t i = 0; i < shown && !report->out->failed; i++) {
        const struct group *group = &groups->groups[i];
        size_t rows = all || group->count <= ROWS_SHOWN ? group->count : ROWS_SHOWN_OF_MANY;
        group_heading(t, group, end);
        for (size_t j = 0; j < rows && output_some(report->out); j++)
            row_text(t, report->decoder, group->rows[j].row, report->options.width);
        if (rows < group->count)
            more_rows(t, group, rows, report->options.width);
    }
    if (shown == groups->count)
        return;
    struct outcomes o = { .used = 0 };
    for (size_t i = shown; i < groups->count; i++)
        for (size_t j = 0; j < groups->groups[i].count; j++)
            outcome_count(&o, groups->groups[i].rows[j].row);
    text_string(t, "... and ");
    words_count(t, groups->count - shown, "more server socket", "more server sockets");
    text_string(t, " (--all shows them):\n      ");
    outcomes_text(t, &o, report->options.width);
}

/* --- what to check --- */

struct findings {
    uint32_t ids[CHECK_COUNT][CHECK_IDS_SHOWN];
    size_t count[CHECK_COUNT];
    uint32_t first;               /* id of the first row that has any */
};

static void find(struct findings *f, const struct decoder *decoder, uint32_t only)
{
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row)) {
        if (only && row->id != only)
            continue;
        for (uint32_t checks = decoder_check(decoder, row); checks; checks &= checks - 1) {
            unsigned check = (unsigned)__builtin_ctz(checks);
            if (f->count[check] < CHECK_IDS_SHOWN)
                f->ids[check][f->count[check]] = row->id;
            f->count[check]++;
            if (!f->first)
                f->first = row->id;
        }
    }
}

static void finding_text(struct text *t, const struct findings *f, unsigned check, unsigned width)
{
    struct text s = {0};
    size_t shown = f->count[check] < CHECK_IDS_SHOWN ? f->count[check] : CHECK_IDS_SHOWN;
    text_string(&s, shown ? "in " : "all of it");
    for (size_t i = 0; i < shown; i++) {
        text_string(&s, !i ? "" : i + 1 == shown && shown == f->count[check] ? " and " : ", ");
        text_u64(&s, f->ids[check][i]);
    }
    if (shown < f->count[check])
        text_format(&s, " and %zu more", f->count[check] - shown);
    text_string(&s, ": ");
    text_string(&s, check_evidence[check]);
    text_string(t, "  ");
    words_wrap(t, s.bytes, s.used, 2, 2, width);
    text_free(&s);
    text_string(t, "    ");
    words_wrap(t, check_advice[check], strlen(check_advice[check]), 4, 4, width);
}

static void arp_text(struct text *t, const struct report_arp *arp, unsigned width)
{
    struct text s = {0};
    text_address(&s, arp->address, 4);
    text_format(&s, ", last asked for in frame %u: ", arp->frame);
    sentence_text(&s, NULL, &arp->because);
    text_string(t, "  ");
    words_wrap(t, s.bytes, s.used, 2, 2, width);
    text_free(&s);
}

static void findings_text(struct text *t, const struct findings *f, uint32_t capture, const struct report *report)
{
    bool any = capture || report->arp_count;
    for (unsigned check = 0; check < CHECK_COUNT; check++)
        any = any || f->count[check];
    if (any)
        text_string(t, "\nWhat to check\n");
    for (unsigned i = 0; i < report->arp_count; i++)
        arp_text(t, &report->arp[i], report->options.width);
    for (unsigned check = 0; check < CHECK_COUNT; check++)
        if (f->count[check] || capture >> check & 1)
            finding_text(t, f, check, report->options.width);
}

static void go_on(struct text *t, const struct report_source *source, uint32_t id)
{
    if (!source->file || !id || strcmp(source->file, "-") == 0)
        return;
    text_format(t, "\nThe story of %u, with its ladder:\n  synfin explain --id %u ", id, id);
    words_shell(t, source->file);
    text_char(t, '\n');
}

void text_report(struct report *report, const struct report_source *source)
{
    struct text *t = &report->out->text;
    struct groups groups;
    if (report->begun)
        text_char(t, '\n');
    if (!groups_make(&groups, report->decoder, report->options.only)) {
        t->failed = true;
        return;
    }
    totals_text(t, report->decoder, source, report->options.width);
    groups_text(report, &groups);
    if (groups.count) {
        static const char columns[] = "sent: segments or datagrams, both ways. bytes: payload, > from the client, < "
                                      "from the server, what was sent again too. RTT: of the handshake; UDP: mean time "
                                      "from request to reply.";
        text_char(t, '\n');
        words_wrap(t, columns, sizeof columns - 1, 0, 0, report->options.width);
    }
    if (!groups.count && source->filtered)
        text_string(t, "\nNo connection and no flow passes the filter.\n");
    struct findings findings = { .first = 0 };
    find(&findings, report->decoder, report->options.only);
    findings_text(t, &findings, decoder_check_capture(report->decoder), report);
    go_on(t, source, findings.first ? findings.first : groups.count ? groups.groups[0].rows[0].id : 0);
    groups_free(&groups);
}
