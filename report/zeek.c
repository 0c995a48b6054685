#include <inttypes.h>
#include <time.h>

#include "report/rows.h"

enum { MICRO = 1000 };

/* Columns of Zeek's conn.log, in its order, with the types its tools expect. */
#define COLUMNS(X) \
    X("ts", "time") X("uid", "string") X("id.orig_h", "addr") X("id.orig_p", "port") X("id.resp_h", "addr") \
    X("id.resp_p", "port") X("proto", "enum") X("service", "string") X("duration", "interval") \
    X("orig_bytes", "count") X("resp_bytes", "count") X("conn_state", "string") X("local_orig", "bool") \
    X("local_resp", "bool") X("missed_bytes", "count") X("history", "string") \
    X("orig_pkts", "count") X("orig_ip_bytes", "count") X("resp_pkts", "count") \
    X("resp_ip_bytes", "count") X("tunnel_parents", "set[string]")

static void date(struct text *t, const char *word, nanoseconds time)
{
    time_t when = (time_t)(time / NS_PER_S);
    struct tm utc;
    if (!gmtime_r(&when, &utc))
        return;
    text_format(t, "#%s\t%04d-%02d-%02d-%02d-%02d-%02d\n", word, utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void zeek_header(struct text *t, nanoseconds open)
{
    text_string(t, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n");
    date(t, "open", open);
#define X(name, type) "\t" name
    text_string(t, "#fields" COLUMNS(X) "\n");
#undef X
#define X(name, type) "\t" type
    text_string(t, "#types" COLUMNS(X) "\n");
#undef X
}

void zeek_end(struct text *t, nanoseconds close)
{
    date(t, "close", close);
}

/* Seconds with six decimals, as Zeek writes times and intervals; the rest is cut off. */
static void micro(struct text *t, nanoseconds time)
{
    if (time < 0) {
        text_char(t, '-');
        time = -time;
    }
    text_format(t, "%" PRId64 ".%06" PRId64, time / NS_PER_S, time % NS_PER_S / MICRO);
}

static void endpoint(struct text *t, const struct tuple *key, unsigned end)
{
    text_char(t, '\t');
    text_address(t, key->address[end], key->version);
    text_char(t, '\t');
    text_u64(t, key->port[end]);
}

static uint64_t bytes_of(const struct row *row, unsigned end)
{
    return row->tcp ? zeek_sequence_bytes(row->tcp, end) : row->of->payload_bytes[end];
}

/* Sequence space that no captured segment filled. */
static uint64_t missed_bytes(const struct row *row)
{
    uint64_t missed = 0;
    for (unsigned end = 0; row->tcp && end < 2; end++) {
        uint64_t space = zeek_sequence_bytes(row->tcp, end), filled = row->tcp->peer[end].stream_bytes;
        missed += space > filled ? space - filled : 0;
    }
    return missed;
}

/* Zeek leaves duration and bytes unset where all happened in one instant. IP bytes are not counted here: a frame's
 * bytes hold its link header too. */
void zeek_row(struct text *t, struct row *row)
{
    const struct conversation *of = row->of;
    unsigned originator = row->tcp ? row->tcp->zeek.originator : row->udp->zeek_flipped ? !of->client : of->client;
    nanoseconds duration = of->last_time - of->first_time;
    micro(t, of->first_time);
    text_format(t, "\tC%u", of->id);
    endpoint(t, &of->key, originator);
    endpoint(t, &of->key, !originator);
    text_string(t, row->tcp ? "\ttcp\t-\t" : "\tudp\t-\t");
    if (duration > 0) {
        micro(t, duration);
        text_format(t, "\t%" PRIu64 "\t%" PRIu64, bytes_of(row, originator), bytes_of(row, !originator));
    } else {
        text_string(t, "-\t-\t-");
    }
    if (row->tcp) {
        zeek_conn_state(row->tcp, row->conn_state);
        zeek_history(row->tcp, row->history);
    } else {
        zeek_flow_state(row->udp, row->conn_state);
        zeek_flow_history(row->udp, row->history);
    }
    text_format(t, "\t%s\t-\t-\t%" PRIu64 "\t%s\t%u\t-\t%u\t-\t", row->conn_state, missed_bytes(row),
                row->history[0] ? row->history : "-", of->units[originator], of->units[!originator]);
    if (of->within)
        text_format(t, "C%u\n", of->within);
    else
        text_string(t, "(empty)\n");
}
