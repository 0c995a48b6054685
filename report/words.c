#include "report/words.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "decode/decoder.h"

void words_endpoint(struct text *t, const struct tuple *key, unsigned end)
{
    bool six = key->version != 4;
    if (six)
        text_char(t, '[');
    text_address(t, key->address[end], key->version);
    text_string(t, six ? "]:" : ":");
    text_u64(t, key->port[end]);
}

void words_endpoint_short(struct text *t, const struct tuple *key, unsigned end, unsigned width)
{
    struct text full = {0}, address = {0};
    bool six = key->version != 4;
    char separator = six ? ':' : '.';
    words_endpoint(&full, key, end);
    text_address(&address, key->address[end], key->version);
    text_char(&address, '\0');
    const char *s = address.failed ? "" : address.bytes, *port = memrchr(full.bytes ? full.bytes : ":", ':', full.used);
    size_t first = strcspn(s, six ? ":" : "."), fixed = full.used - strlen(s) + 2;
    bool done = full.used <= width;
    if (done)
        text_bytes(t, full.bytes, full.used);
    for (unsigned headed = 2; !done && headed-- > 0;)
        for (const char *tail = strchr(s, separator); tail && !done; tail = strchr(tail + 1, separator)) {
            if (!tail[1] || tail[1] == separator || fixed + strlen(tail + 1) + (headed ? first : 0) > width)
                continue;
            text_format(t, "%s%.*s..%s%s", six ? "[" : "", headed ? (int)first : 0, s, tail + 1, six ? "]" : "");
            done = true;
            text_bytes(t, port, full.used - (size_t)(port - full.bytes));
        }
    if (!done && port)
        text_bytes(t, port, full.used - (size_t)(port - full.bytes));
    text_free(&full);
    text_free(&address);
}

const char *words_side(const struct conversation *of, unsigned end)
{
    return end == of->client ? "client" : "server";
}

void words_duration(struct text *t, nanoseconds duration)
{
    double s = (double)duration / 1e9;
    double size = s < 0 ? -s : s;
    if (!duration)
        text_string(t, "0 s");
    else if (size < 0.001)
        text_format(t, "%.3f ms", s * 1e3);
    else if (size < 0.1)
        text_format(t, "%.1f ms", s * 1e3);
    else if (size < 10)
        text_format(t, "%.3f s", s);
    else if (size < 100)
        text_format(t, "%.1f s", s);
    else if (size < 7200)
        text_format(t, "%.0f s", s);
    else if (size < 172800)
        text_format(t, "%.1f h", s / 3600);
    else
        text_format(t, "%.1f days", s / 86400);
}

void words_number(struct text *t, uint64_t n)
{
    char digits[DIGITS_WRITE_MAX];
    size_t length = (size_t)(digits_write(digits, n) - digits);
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text_char(t, ',');
        text_char(t, digits[i]);
    }
}

void words_short_number(struct text *t, uint64_t n, unsigned width)
{
    static const char units[] = "kMGTP";
    uint64_t most = 1;
    for (unsigned i = 0; i < width; i++)
        most *= 10;
    if (n < most) {
        text_u64(t, n);
        return;
    }
    double size = (double)n / 1000;
    unsigned unit = 0;
    for (; size >= 1000 && unit < 4; unit++)
        size /= 1000;
    text_format(t, "%.*f%c", size < 10 ? 2 : size < 100 ? 1 : 0, size, units[unit]);
}

void words_milliseconds(struct text *t, nanoseconds duration)
{
    double ms = (double)duration / 1e6;
    text_format(t, ms < 1 ? "%.3f" : ms < 1000 ? "%.1f" : "%.0f", ms);
}

void words_count(struct text *t, uint64_t n, const char *one, const char *many)
{
    words_number(t, n);
    text_char(t, ' ');
    text_string(t, n == 1 ? one : many);
}

char *words_flags_write(char *at, unsigned flags)
{
    static const char names[9][4] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE" };
    const char *begin = at;
    for (unsigned i = 0; i < 9; i++) {
        if (!(flags >> i & 1))
            continue;
        if (at != begin)
            *at++ = ',';
        memcpy(at, names[i], 3);
        at += i == 8 ? 2 : 3;
    }
    return at;
}

void words_flags(struct text *t, unsigned flags)
{
    char *at = text_reserve(t, WORDS_FLAGS_MAX);
    if (at)
        t->used += (size_t)(words_flags_write(at, flags) - at);
}

void words_date(struct text *t, nanoseconds time)
{
    int64_t seconds = time / NS_PER_S, rest = time % NS_PER_S;
    if (rest < 0) {
        seconds--;
        rest += NS_PER_S;
    }
    time_t when = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&when, &utc)) {
        text_time(t, time);
        return;
    }
    text_format(t, "%04d-%02d-%02d %02d:%02d:%02d.%03" PRId64 " UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                utc.tm_hour, utc.tm_min, utc.tm_sec, rest / NS_PER_MS);
}

/* What an ICMP error says (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; RFC 4443 3), in the words of a student's
 * question. */
static const char *icmp_meaning(const struct conversation *row)
{
    enum { UNREACHABLE = 3, TIME_EXCEEDED = 11, UNREACHABLE6 = 1, TIME_EXCEEDED6 = 3 };
    bool v4 = row->key.version == 4;
    unsigned code = row->icmp_code;
    if (row->icmp_type == (v4 ? TIME_EXCEEDED : TIME_EXCEEDED6))
        return "time exceeded";
    if (row->icmp_type != (v4 ? UNREACHABLE : UNREACHABLE6))
        return "ICMP error";
    if (code == (v4 ? 3 : 4))
        return "port unreachable";
    if (v4 ? code == 9 || code == 10 || code == 13 : code == 1)
        return "firewall forbids";
    return code == (v4 ? 1 : 3) ? "host unreachable" : code == 0 ? "no route" : "unreachable";
}

static void icmp_words(struct text *t, const struct conversation *row, bool numbers)
{
    text_string(t, icmp_meaning(row));
    if (numbers)
        text_format(t, " (%u/%u)", row->icmp_type, row->icmp_code);
}

static void open_words(struct text *t, const struct connection *c)
{
    const struct conversation *row = &c->head;
    const struct peer *client = &c->peer[row->client], *server = &c->peer[!row->client];
    if (client->state == server->state)
        text_format(t, "open (%s)", tcp_state_names[client->state]);
    else
        text_format(t, "%s/%s", tcp_state_names[client->state], tcp_state_names[server->state]);
}

static void ending_words(struct text *t, const struct connection *c, bool opening)
{
    const struct conversation *row = &c->head;
    unsigned by = connection_closed_by(c);
    switch (connection_ending(c)) {
    case ENDING_CLOSED:
        text_string(t, "closed, ");
        if (by < NO_END)
            text_format(t, "%s first", words_side(row, by));
        else
            text_string(t, by == BOTH_ENDS ? "both at once" : "who first unknown");
        return;
    case ENDING_RESET:
        text_string(t, opening ? "opening reset by " : "reset by the ");
        text_string(t, c->reset_by < NO_END ? words_side(row, c->reset_by) : "network");
        return;
    case ENDING_HALF_CLOSED:
        if (by < NO_END && row->units[!by] == 0)
            text_format(t, "%s's FIN only", words_side(row, by));
        else
            text_format(t, "%s has not closed", by < NO_END ? words_side(row, !by) : "one end");
        return;
    default:
        open_words(t, c);
    }
}

static void tcp_outcome(struct text *t, const struct connection *c, bool numbers)
{
    enum handshake handshake = connection_handshake(c);
    uint32_t opener = c->peer[c->head.client].syns;
    switch (handshake) {
    case HANDSHAKE_REFUSED:
        text_string(t, "refused: nobody listens");
        return;
    case HANDSHAKE_NO_ANSWER:
        text_string(t, numbers ? "no answer to " : "no answer to its SYNs");
        if (numbers)
            words_count(t, opener, "SYN", "SYNs");
        return;
    case HANDSHAKE_UNREACHABLE:
        icmp_words(t, &c->head, numbers);
        return;
    case HANDSHAKE_HALF:
        if (connection_ending(c) == ENDING_OPEN) {
            text_string(t, "handshake not finished");
            return;
        }
        break;
    default:
        break;
    }
    ending_words(t, c, handshake == HANDSHAKE_HALF);
}

/* Multicast, RFC 5771 and RFC 4291 2.7; what else goes to many is broadcast. */
static bool to_group(const struct flow *f)
{
    const uint8_t *server = f->head.key.address[!f->head.client];
    return f->head.key.version == 6 ? server[0] == 0xff : server[0] >> 4 == 14;
}

static void udp_outcome(struct text *t, const struct flow *f, bool numbers)
{
    switch (flow_status(f)) {
    case FLOW_REPLIED:
        text_string(t, numbers ? "answered, " : "answered");
        if (numbers)
            words_count(t, f->exchanges, "exchange", "exchanges");
        break;
    case FLOW_UNREACHABLE:
        if (f->head.units[0] && f->head.units[1])
            text_string(t, "answered; ICMP error too");
        else
            icmp_words(t, &f->head, numbers);
        break;
    default:
        text_string(t, !(f->head.flags & CONVERSATION_MULTICAST) ? "no answer"
                       : to_group(f)                             ? "multicast, no answer"
                                                                 : "broadcast, no answer");
    }
}

static void outcome(struct text *t, const struct conversation *row, bool numbers)
{
    if (conversation_is_tcp(row))
        tcp_outcome(t, as_connection(row), numbers);
    else
        udp_outcome(t, as_flow(row), numbers);
}

void words_outcome(struct text *t, const struct conversation *row)
{
    outcome(t, row, true);
}

void words_outcome_kind(struct text *t, const struct conversation *row)
{
    outcome(t, row, false);
}

const char *words_state(enum tcp_state state)
{
    static const char *const means[STATE_COUNT] = {
        [STATE_UNKNOWN] = "The capture does not tell its state.",
        [STATE_CLOSED] = "No connection: none yet, or no longer.",
        [STATE_LISTEN] = "A passive open: waits for a SYN from anybody. The state of a listening socket.",
        [STATE_SYN_SENT] = "Has sent a SYN and waits for the SYN,ACK: connect() has not returned.",
        [STATE_SYN_RECEIVED] = "Has answered a SYN with SYN,ACK and waits for the ACK; accept() does not see it yet.",
        [STATE_ESTABLISHED] = "Data may flow both ways.",
        [STATE_FIN_WAIT_1] = "Has sent its FIN and waits for the ACK of it; can still receive.",
        [STATE_FIN_WAIT_2] = "Its FIN is acknowledged; waits for that of the other end, which has not called close().",
        [STATE_CLOSE_WAIT] = "Has the other's FIN; its program has not called close(). If it stays: forgotten.",
        [STATE_CLOSING] = "Both FINs crossed; waits for the ACK of its own.",
        [STATE_LAST_ACK] = "Has answered the other's FIN with its own and waits for the last ACK.",
        [STATE_TIME_WAIT] = "All is said; waits 2 MSL, in case its last ACK is lost, and until old segments die out.",
    };
    return means[state < STATE_COUNT ? state : STATE_UNKNOWN];
}

void words_completeness(struct text *t, unsigned completeness)
{
    static const char *const parts[6] = { "SYN", "SYN-ACK", "ACK", "data", "FIN", "RST" };
    bool any = false;
    for (unsigned i = 0; i < 6; i++)
        if (completeness >> i & 1) {
            text_string(t, any ? ", " : "");
            text_string(t, parts[i]);
            any = true;
        }
    if (!any)
        text_string(t, "none of SYN, SYN-ACK, ACK, data, FIN, RST");
    bool opened = (completeness & 7) == 7, ended = completeness & 48, data = completeness & 8;
    if (opened && ended)
        text_string(t, data ? ": complete, with data" : ": complete, no data");
    else
        text_string(t, opened ? ": incomplete, its end is missing" : ": incomplete");
}

const char *const words_conn_states[WORDS_CONN_STATES] = {
    "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH",
};

const char *words_conn_state(const char *conn_state)
{
    static const char *const says[WORDS_CONN_STATES] = {
        "a SYN, and nothing came back",
        "established, not ended",
        "established and ended normally",
        "the attempt was rejected",
        "established; the originator closed, the responder did not",
        "established; the responder closed, the originator did not",
        "established, then reset by the originator",
        "reset by the responder",
        "a SYN and then a RST of the originator; nothing from the responder",
        "a SYN-ACK and then a RST of the responder; no SYN seen",
        "a SYN and a FIN of the originator, no SYN-ACK: half of it was seen",
        "a SYN-ACK and a FIN of the responder, no SYN: half of it was seen",
        "no SYN seen, or none of the other cases",
    };
    for (unsigned i = 0; i < WORDS_CONN_STATES; i++)
        if (strcmp(words_conn_states[i], conn_state) == 0)
            return says[i];
    return NULL;
}

const char *words_history_letter(char letter)
{
    if (letter == '^')
        return "the roles were turned round";
    switch (letter & ~0x20) {
    case 'S': return "SYN";
    case 'H': return "SYN-ACK";
    case 'A': return "ACK without payload";
    case 'D': return "payload";
    case 'F': return "FIN";
    case 'R': return "RST";
    case 'C': return "bad checksum";
    case 'G': return "gap";
    case 'I': return "FIN and RST together";
    case 'Q': return "other mix of SYN, FIN, RST";
    case 'T': return "payload sent again";
    case 'W': return "zero window";
    default: return NULL;
    }
}

bool words_relative_seq(const struct connection *c, unsigned end, uint32_t seq, bool guessed, uint32_t *relative)
{
    const struct peer *p = &c->peer[end];
    *relative = seq - p->iss;
    return p->facts & PEER_ISS || (guessed && p->facts & PEER_NUMBERED);
}

void words_shell(struct text *t, const char *s)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+=:,@%";
    bool plain = *s && s[strspn(s, safe)] == '\0';
    text_string(t, plain ? "" : "'");
    for (const char *quote; (quote = strchr(s, '\'')); s = quote + 1) {
        text_harmless(t, s, (size_t)(quote - s));
        text_string(t, "'\\''");
    }
    text_harmless(t, s, strlen(s));
    text_string(t, plain ? "" : "'");
}

unsigned words_columns(const char *s, size_t length)
{
    unsigned columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)s[i] & 0xc0) != 0x80;
    return columns;
}

void words_wrap(struct text *t, const char *s, size_t length, unsigned at, unsigned indent, unsigned width)
{
    const char *end = s + length;
    bool fresh = true;
    while (s < end) {
        while (s < end && *s == ' ')
            s++;
        size_t word = 0;
        while (s + word < end && s[word] != ' ')
            word++;
        if (!word)
            break;
        unsigned columns = words_columns(s, word);
        if (!fresh && at + 1 + columns > width) {
            text_char(t, '\n');
            text_repeat(t, " ", indent);
            at = indent;
            fresh = true;
        }
        if (!fresh)
            text_char(t, ' ');
        text_bytes(t, s, word);
        at += columns + !fresh;
        fresh = false;
        s += word;
    }
    text_char(t, '\n');
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned words_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    enum { LONGEST = 64 };
    unsigned row[LONGEST];
    if (b_length >= LONGEST)
        return UINT_MAX;
    for (unsigned j = 0; j <= b_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned before = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned changed = before + (a[i - 1] != b[j - 1]);
            before = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_length];
}

unsigned words_lines(const char *s, size_t length)
{
    unsigned lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += s[i] == '\n';
    return lines;
}

void words_check(struct text *t, const struct conversation *row, unsigned check)
{
    unsigned port = row->key.port[!row->client];
    if (check == CHECK_INDEX_BOUND_BYTE_SWAPPED)
        text_format(t, "A program is bound to port %u: that is %u with its two bytes swapped. bind() or connect() "
                    "lacks htons().",
                    (port << 8 | port >> 8) & 0xffff, port);
    else
        text_string(t, check_evidence[check]);
}
