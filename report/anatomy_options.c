/* anatomy_options.c - TCP options (RFC 9293 3.1, IANA's list of kinds): the same that decode/options.c knows. */
#include "report/anatomy_walk.h"

enum {
    END = 0,
    NOP = 1,
    MSS = 2,
    SCALE = 3,
    SACK_PERMITTED = 4,
    SACK = 5,
    TIMESTAMPS = 8,
    MD5 = 19,
    AO = 29,
    MPTCP = 30,
    FAST_OPEN = 34,
    EXPERIMENT = 254,
    FAST_OPEN_EXPERIMENT = 0xf989
};

/* least, most: what its length may be, kind and length counted. */
static const struct option {
    uint8_t kind, least, most;
    const char *name, *rfc, *says;
} options[] = {
    { MSS, 4, 4, "option MSS", "RFC 9293 3.7.1",
      "Maximum segment size: so many bytes of payload the sender can take in one segment. Only in a SYN. Without it "
      "536." },
    { SCALE, 3, 3, "option window scale", "RFC 7323 2.2",
      "From now on this end's window field is shifted left by so many bits. Only in a SYN, and only if both SYNs have "
      "it." },
    { SACK_PERMITTED, 2, 2, "option SACK permitted", "RFC 2018 2",
      "This end understands selective acknowledgments. Only in a SYN." },
    { SACK, 2, 34, "option SACK", "RFC 2018 3",
      "Blocks that arrived behind a gap: from the left edge to before the right one. Only what lies between need be "
      "sent "
      "again." },
    { TIMESTAMPS, 10, 10, "option timestamps", "RFC 7323 3.2",
      "TSval is the sender's clock, TSecr the last TSval it got back: the round trip, and protection against old "
      "segments "
      "(PAWS)." },
    { MD5, 18, 18, "option MD5 signature", "RFC 2385", "A digest with a shared key, for BGP; obsolete, see AO." },
    { AO, 4, 255, "option AO", "RFC 5925 2.2",
      "TCP authentication option: a code over the segment, made with a shared key." },
    { MPTCP, 3, 255, "option MPTCP", "RFC 8684 3", "Multipath TCP: several connections carry one stream." },
    { FAST_OPEN, 2, 18, "option Fast Open", "RFC 7413 2",
      "A cookie that lets a SYN carry data at once; without a cookie, a request for one." },
    { EXPERIMENT, 2, 255, "option experiment", "RFC 6994 3",
      "Kind 254 is shared by experiments, told apart by two bytes." },
    { 253, 2, 255, "option experiment", "RFC 6994 3", "Kind 253 is shared by experiments, told apart by two bytes." },
};

static const struct option other = {
    0,
    2,
    255,
    "option",
    "RFC 9293 3.1",
    "An option that is not known here: kind, length, value. Receivers skip what they do "
    "not know."
};

static const struct option *option_of(unsigned kind)
{
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].kind == kind)
            return &options[i];
    return &other;
}

/* The value in words; `value` has `length` bytes, a length that the kind allows. */
static void write_option(struct anatomy_field *f, unsigned kind, const uint8_t *value, size_t length)
{
    switch (kind) {
    case MSS: field_value(f, "%u", bytes_be16(value)); break;
    case SCALE: field_value(f, "%u (x %u)", value[0], 1u << (value[0] > 14 ? 14 : value[0])); break;
    case SACK_PERMITTED: field_value(f, "yes"); break;
    case SACK:
        for (size_t i = 0; i + 8 <= length; i += 8)
            field_append(f, "%s%u-%u", i ? ", " : "", bytes_be32(value + i), bytes_be32(value + i + 4));
        break;
    case TIMESTAMPS: field_value(f, "TSval %u, TSecr %u", bytes_be32(value), bytes_be32(value + 4)); break;
    case MPTCP: field_value(f, "subtype %u, %zu bytes", value[0] >> 4, length); break;
    case FAST_OPEN:
        field_value(f, length ? "cookie of %zu bytes" : "asks for a cookie", length);
        break;
    case EXPERIMENT:
        if (length >= 2 && bytes_be16(value) == FAST_OPEN_EXPERIMENT) {
            field_value(f, "0xf989 Fast Open, cookie of %zu bytes", length - 2);
            break;
        }
        /* fall through */
    default:
        field_value(f, "kind %u, %zu byte%s of value", kind, length, length == 1 ? "" : "s");
    }
}

static bool length_fits(const struct option *option, unsigned kind, int size)
{
    if (size < option->least || size > option->most)
        return false;
    return kind == SACK ? (size - 2) % 8 == 0 : kind != FAST_OPEN || size == 2 || size >= 6;
}

static void one_option(struct walk *w, unsigned kind, int size)
{
    const struct option *option = option_of(kind);
    const uint8_t *bytes = w->at.at;
    struct anatomy_field *f = walk_add(w, (size_t)size, option->name, option->says);
    f->rfc = option->rfc;
    if (length_fits(option, kind, size))
        write_option(f, kind, bytes + 2, (size_t)size - 2);
    else
        field_malformed(f, "kind %u cannot have length %d: malformed", kind, size);
}

static void no_operation(struct walk *w)
{
    struct anatomy_field *f = walk_add(w, 1, "option NOP",
                                       "No operation: fills up, so that the next option begins at a "
                                       "boundary of 4 bytes.");
    field_value(f, "kind 1");
}

/* Nothing is read after an option whose length is impossible: where the next begins cannot be known. */
void walk_tcp_options(struct walk *w)
{
    while (cursor_left(&w->at) > 0) {
        int kind = cursor_peek(&w->at, 0), size = cursor_peek(&w->at, 1);
        if (kind == NOP) {
            no_operation(w);
            continue;
        }
        if (kind == END) {
            field_value(walk_add(w, 1, "option end", "No options follow; the rest of the header is padding."),
                        "kind 0");
            return;
        }
        bool cut = w->beyond > 0 && (size < 0 || (size >= 2 && (uint32_t)size <= walk_left(w)));
        if (size >= 2 && (size_t)size <= cursor_left(&w->at)) {
            one_option(w, (unsigned)kind, size);
        } else if (cut || w->quoted) {
            walk_short(w, size < 2 ? 2 : (size_t)size, option_of((unsigned)kind)->name);
            return;
        } else {
            field_malformed(walk_add(w, cursor_left(&w->at), "option",
                                     "An option's length counts its kind and itself; "
                                     "nothing behind this one can be read."),
                            "kind %d, length %d: malformed", kind, size);
            return;
        }
    }
}
