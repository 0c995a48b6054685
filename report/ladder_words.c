/* What the rows of a ladder say, whatever they are drawn with. */
#include "report/ladder_words.h"

#include <stdio.h>
#include <string.h>

#include "report/anatomy.h"
#include "report/fields.h"
#include "report/words.h"

/* --- what stands on an arrow --- */

enum { WORD_MAX = 48 };
enum part { PART_SEQ = 1, PART_ACK = 2, PART_LEN = 4 };

bool ladder_again(const struct step *unit)
{
    return unit->segment.marks & MARKS_SENT_AGAIN && unit->because.sentence != SENTENCE_MARK_FIN_NUMBER;
}

/* One word for the most telling mark; the same that `synfin help` knows. */
static const char *mark_word(const struct scene *scene)
{
    static const struct { uint32_t mark; const char *word; } words[] = {
        { MARKS_SENT_AGAIN, "again" }, { MARK_OUT_OF_ORDER, "out of order" }, { MARK_ZERO_WINDOW_PROBE, "probe" },
        { MARK_ZERO_WINDOW_PROBE_ACK | MARK_ZERO_WINDOW, "window 0" }, { MARK_WINDOW_FULL, "window full" },
        { MARK_KEEP_ALIVE, "keep-alive" }, { MARK_KEEP_ALIVE_ACK, "still alive" }, { MARK_LOST_SEGMENT, "after a gap" },
        { MARK_ACK_LOST_SEGMENT, "of unseen" }, { MARK_DUPLICATE_ACK, "dup" },
        { MARK_WINDOW_UPDATE, "window update" },
    };
    const struct step *unit = scene->unit;
    if (scene->refused)
        return scene->refused->because.sentence == SENTENCE_MARK_CHECKSUM_BAD ? "bad sum" : "ignored";
    if (unit->because.sentence == SENTENCE_MARK_SACK_NEWS)
        return "SACK";            /* a window update is what Wireshark calls it */
    uint32_t marks = unit->segment.marks & ~(ladder_again(unit) ? 0 : (uint32_t)MARKS_SENT_AGAIN);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (marks & words[i].mark)
            return words[i].word;
    return NULL;
}

/* Nine flags in full do not fit on a narrow arrow; then each is one letter. */
static void flags_words(struct text *t, const struct step *unit, bool letters)
{
    if (unit->segment.known < 14) {
        text_string(t, "cut off");
        return;
    }
    if (!letters) {
        if (unit->segment.flags)
            words_flags(t, unit->segment.flags);
        else
            text_string(t, "no flags");
        return;
    }
    for (unsigned i = 0; i < 9; i++)
        if (unit->segment.flags >> i & 1)
            text_char(t, "FSRPAUECN"[i]);
}

static void number_word(struct text *t, const char *name, uint32_t n)
{
    text_string(t, name);
    text_u64(t, n);
}

static void label_words(struct text *t, const struct connection *c, const struct step *unit, unsigned parts)
{
    bool rst = unit->segment.flags & TCP_RST;
    uint32_t relative;
    if (parts & PART_SEQ && words_relative_seq(c, unit->who, unit->segment.seq, !rst, &relative))
        number_word(t, " seq=", relative);
    if (parts & PART_ACK && words_relative_seq(c, !unit->who, unit->segment.ack, true, &relative))
        number_word(t, " ack=", relative);
    if (parts & PART_LEN)
        number_word(t, " len=", unit->segment.payload);
}

/* What the segment has to tell: numbers that say nothing here are left out from the start. */
static unsigned parts_of(const struct step *unit, unsigned room)
{
    unsigned parts = PART_SEQ;
    bool known = unit->segment.known >= 14, ack = known && unit->segment.flags & TCP_ACK;
    if (ack)
        parts |= PART_ACK;
    if (unit->segment.payload)
        parts |= PART_LEN;
    bool pure = ack && !unit->segment.payload && !(unit->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST));
    if (pure && room < 26)
        parts = PART_ACK;
    return known ? parts : PART_SEQ;
}

static bool try_label(struct text *t, const struct connection *c, const struct step *unit, unsigned parts,
                      const char *word, unsigned room)
{
    t->used = 0;
    flags_words(t, unit, false);
    label_words(t, c, unit, parts);
    if (word && *word) {
        text_char(t, ' ');
        text_string(t, word);
    }
    return t->used <= room;
}

/* Its mark, and what became of it where that is known. Empty: nothing. */
static void remark(char word[WORD_MAX], const struct ladder_row *row)
{
    const char *mark = mark_word(row->scene), *both = mark && row->word ? ", " : "";
    snprintf(word, WORD_MAX, "%s%s%s", mark ? mark : "", both, row->word ? row->word : "");
}

static void segment_label(struct text *t, const struct ladder *l, const struct ladder_row *row, unsigned room)
{
    const struct connection *c = as_connection(l->capture[row->from].of);
    const struct step *unit = row->scene->unit;
    char word[WORD_MAX];
    if (unit->segment.duplicate_of && !row->word) {
        if (!try_label(t, c, unit, 0, "captured twice", room) && !try_label(t, c, unit, 0, "twice", room))
            try_label(t, c, unit, 0, NULL, room);
        return;
    }
    remark(word, row);
    static const uint8_t given_up[] = { 0, PART_ACK, PART_ACK | PART_LEN, PART_ACK | PART_LEN | PART_SEQ };
    unsigned parts = parts_of(unit, room);
    for (unsigned i = 0; i < sizeof given_up; i++) {
        if (parts == PART_ACK && i == 1)
            i = 3;
        if (try_label(t, c, unit, parts & ~(unsigned)given_up[i], word, room))
            return;
    }
    bool narrow = unit->segment.marks & MARK_OUT_OF_ORDER && !row->word;     /* a shorter word for it */
    if (try_label(t, c, unit, 0, narrow ? "overtaken" : NULL, room) || try_label(t, c, unit, 0, NULL, room))
        return;
    t->used = 0;
    flags_words(t, unit, true);
}

void ladder_label(struct text *t, const struct ladder *l, const struct ladder_row *row, unsigned room)
{
    const struct scene *scene = row->scene;
    if (row->kind == LADDER_ICMP) {
        const char *code = anatomy_icmp_code(l->of->key.version, scene->icmp->icmp.type, scene->icmp->icmp.code);
        bool named = *code && strlen("ICMP ") + strlen(code) <= room;
        text_format(t, "ICMP %s", named ? code : "unreachable");
    } else if (scene->unit->kind == EVENT_UDP_DATAGRAM) {
        text_u64(t, scene->unit->datagram.payload);
        text_string(t, " B");
        if (row->word)
            text_format(t, " %s", row->word);
    } else {
        segment_label(t, l, row, room);
    }
    text_char(t, '\0');
}

/* --- how it is drawn --- */

bool ladder_to_server(const struct ladder *l, const struct ladder_row *row)
{
    const struct ladder_capture *capture = &l->capture[row->from];
    if (row->kind == LADDER_ICMP)
        return row->scene->icmp->who != capture->client;
    return row->scene->unit->who == capture->client;
}

bool ladder_heavy(const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (!unit || unit->kind != EVENT_TCP_SEGMENT)
        return false;
    return ladder_again(unit) && !unit->segment.duplicate_of;
}

enum role ladder_role(const struct ladder_row *row, bool right)
{
    const struct step *unit = row->scene->unit;
    if (row->fate != FATE_ARRIVES)
        return ROLE_TROUBLE;
    bool reset = unit && unit->kind == EVENT_TCP_SEGMENT && unit->segment.flags & TCP_RST;
    if (ladder_heavy(row->scene) || row->scene->refused || row->kind == LADDER_ICMP || reset)
        return ROLE_TROUBLE;
    return right ? ROLE_CLIENT : ROLE_SERVER;
}

const char *ladder_unknown_state(const struct ladder *l, const struct ladder_row *row)
{
    const struct step *unit = row->scene ? row->scene->unit : NULL;
    bool sent = unit && !l->both && unit->kind == EVENT_TCP_SEGMENT && unit->who == l->of->client;
    bool syn = sent && unit->segment.flags & TCP_SYN;
    enum handshake handshake = syn ? connection_handshake(as_connection(l->of)) : HANDSHAKE_COMPLETE;
    if (handshake == HANDSHAKE_REFUSED)
        return "no socket";
    return handshake_unheard(handshake) ? "?" : "";
}

/* --- times and the rest --- */

bool ladder_in_milliseconds(const struct ladder *l)
{
    return l->milliseconds;
}

/* So many units of time: 1e9 nanoseconds are a second. */
static void time_words(char out[16], nanoseconds time, double unit, unsigned width)
{
    double s = (double)time / unit, size = s < 0 ? -s * 10 : s;
    unsigned decimals = width - 2;
    for (double most = 10; decimals && size >= most - 0.0005; most *= 10)   /* 9.9996 would be rounded to 10.000 */
        decimals--;
    snprintf(out, 16, "%.*f", (int)decimals, s);
}

void ladder_time(char out[16], const struct ladder *l, nanoseconds time, unsigned width)
{
    time_words(out, time - l->zero, l->milliseconds ? 1e6 : 1e9, width);
}

void ladder_quiet(struct text *t, const struct ladder *l, const struct ladder_row *row)
{
    if (row->kind == LADDER_TIME) {
        text_string(t, row->scene->state[0] || row->scene->state[1] ? "2 MSL have passed" : "time passed");
    } else if (row->kind == LADDER_SILENCE) {
        words_duration(t, (nanoseconds)row->number);
        text_string(t, " of silence");
    } else {
        text_format(t, "%llu ", (unsigned long long)row->number);
        text_string(t, row->number == 1 ? "more" : l->unit_word ? "more datagrams" : "more segments");
    }
    text_char(t, '\0');
}

void ladder_call(char out[CALL_WORD_ROOM], const struct ladder_row *row, unsigned side, unsigned width, unsigned room)
{
    if (row->recorded[side])
        call_word(out, row->recorded[side], (enum call_part)row->part[side], width, room);
    else
        snprintf(out, CALL_WORD_ROOM, "%s", row->call[side] ? row->call[side] : "");
}

void ladder_end(struct text *t, const struct ladder *l, unsigned side)
{
    const struct ladder_capture *capture = &l->capture[side];
    words_endpoint(t, &capture->of->key, side == CLIENT ? capture->client : !capture->client);
}

bool ladder_dropped(const struct ladder_row *row)
{
    const struct step *refused = row->scene->refused;
    return refused && refused->because.sentence == SENTENCE_MARK_CHECKSUM_BAD;
}

/* --- the legend --- */

const struct ladder_sign ladder_signs[] = {
    { USED_BY_NOW, "()?", "has happened by now; the segments do not tell when" },
    { USED_CLOSE, "close()?", "close(), shutdown() or the end of the program: the segments look the same" },
    { USED_SENDING, "send()", "one call at least; payload behind it without a word may be of the same call" },
    { USED_RECORDED, "= result", "recorded where the program made the call; calls without it are inferred" },
    { USED_NOTHING, "nothing", "EAGAIN: nothing came in time, or the call was not to wait" },
    { USED_GOES_ON, "goes on", "EINPROGRESS: the call was not to wait, and the handshake goes on without it" },
    { USED_NO_CONN, "no conn", "ENOTCONN: the socket is not connected" },
    { USED_IN_USE, "in use", "EADDRINUSE: another socket has the port, or an old connection is in TIME-WAIT" },
    { USED_AGAIN, "again", "sent before: a retransmission" },
    { USED_LOST, "X", "lost: sent at one end, never captured at the other" },
    { USED_UNDECIDED, "? at its end", "not decidable: the other capture was not running then, or dropped frames" },
    { USED_TWICE, "twice", "the same frame captured a second time; nothing was sent again" },
    { USED_IGNORED, "ignored", "fails an acceptance test and changes nothing" },
    { USED_BAD_SUM, "bad sum", "the checksum is wrong: the receiver drops it without a word" },
    { USED_LEFT_OUT, "more", "left out here; --all shows them" },
    { USED_GUESSED, "seq, ack", "count from the first number seen where the SYN was not" },
};

const unsigned ladder_sign_count = sizeof ladder_signs / sizeof *ladder_signs;
