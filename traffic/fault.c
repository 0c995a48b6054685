#include "traffic/fault.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const lab_end_names[LAB_ENDS] = { "client", "server" };
const char *const fault_action_names[FAULT_ACTIONS] = { "drop", "duplicate", "reorder", "corrupt", "delay" };

static const struct {
    const char *name;
    enum fault_what what;
} kinds[] = {
    { "data", FAULT_DATA }, { "segment", FAULT_SEGMENT }, { "datagram", FAULT_DATAGRAM }, { "arp", FAULT_ARP },
    { "any", FAULT_ANY },
};

static const struct {
    const char *name;
    uint16_t flag;
} flag_names[] = {
    { "SYN", TCP_SYN }, { "FIN", TCP_FIN }, { "RST", TCP_RST }, { "PSH", TCP_PSH },
    { "ACK", TCP_ACK }, { "URG", TCP_URG },
};

enum { WORD = 32, KINDS = sizeof kinds / sizeof *kinds, FLAGS = sizeof flag_names / sizeof *flag_names };

/* The words of a fault, one after the other. */
struct reader {
    const char *text;             /* all of it, for messages */
    const char *at;
    char word[WORD];              /* "": there are no more */
    unsigned place;               /* of the word, counted from 1 */
    struct error *error;
};

/* A word longer than any that means something is cut, and says so; it then means nothing. */
static void next_word(struct reader *r)
{
    r->at += strspn(r->at, " \t");
    size_t length = strcspn(r->at, " \t");
    size_t kept = length < WORD ? length : WORD - 1;
    memcpy(r->word, r->at, kept);
    r->word[kept] = '\0';
    if (length >= WORD)
        memcpy(r->word + WORD - 4, "...", 4);
    r->at += length;
    r->place++;
}

static bool wrong(const struct reader *r, const char *wanted)
{
    if (r->word[0])
        error_set(r->error, EXIT_USAGE, "fault \"%.100s\": word %u, \"%s\", cannot be here; give %s.",
                  r->text, r->place, r->word, wanted);
    else
        error_set(r->error, EXIT_USAGE, "fault \"%.100s\" ends too early; give also %s.", r->text, wanted);
    return false;
}

/* Decimal digits at `*at`, no more than `most`; moves past them. */
static bool digits(const char **at, uint64_t most, uint64_t *value)
{
    uint64_t n = 0;
    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at); (*at)++) {
        n = n * 10 + (uint64_t)(**at - '0');
        if (n > most)
            return false;
    }
    *value = n;
    return true;
}

static bool read_delay(struct reader *r, nanoseconds *delay)
{
    const char *at = r->word;
    uint64_t n;
    if (!digits(&at, FAULT_DELAY_MOST_S * (uint64_t)1000, &n))
        return wrong(r, "a time from 1ms to 60s");
    nanoseconds unit = strcmp(at, "ms") == 0 ? NS_PER_MS : strcmp(at, "s") == 0 ? NS_PER_S : 0;
    *delay = (nanoseconds)n * unit;
    return (*delay > 0 && *delay <= FAULT_DELAY_MOST_S * NS_PER_S) || wrong(r, "a time from 1ms to 60s");
}

static bool read_action(struct reader *r, struct fault *f)
{
    for (unsigned i = 0; i < FAULT_ACTIONS; i++)
        if (strcmp(r->word, fault_action_names[i]) == 0) {
            f->action = i;
            next_word(r);
            if (i != FAULT_DELAY)
                return true;
            if (!read_delay(r, &f->delay))
                return false;
            next_word(r);
            return true;
        }
    return wrong(r, "drop, duplicate, reorder, corrupt or delay");
}

static bool read_from(struct reader *r, struct fault *f)
{
    f->from[LAB_CLIENT] = strcmp(r->word, "client") == 0 || strcmp(r->word, "either") == 0;
    f->from[LAB_SERVER] = strcmp(r->word, "server") == 0 || strcmp(r->word, "either") == 0;
    if (!f->from[LAB_CLIENT] && !f->from[LAB_SERVER])
        return wrong(r, "who sends it: client, server or either");
    next_word(r);
    return true;
}

static uint16_t flag_named(const char *name, size_t length)
{
    for (unsigned i = 0; i < FLAGS; i++)
        if (strlen(flag_names[i].name) == length && strncmp(flag_names[i].name, name, length) == 0)
            return flag_names[i].flag;
    return 0;
}

static bool read_flags(struct reader *r, struct fault *f)
{
    const char *wanted = "flags with commas (SYN; SYN,ACK; FIN; RST; ACK), data, segment, datagram, arp or any";
    const char *at = r->word;
    f->what = FAULT_FLAGS;
    for (;;) {
        size_t length = strcspn(at, ",");
        uint16_t flag = flag_named(at, length);
        if (!flag)
            return wrong(r, wanted);
        f->flags |= flag;
        if (!at[length])
            return true;
        at += length + 1;
    }
}

static bool read_what(struct reader *r, struct fault *f)
{
    unsigned i = 0;
    while (i < KINDS && strcmp(r->word, kinds[i].name) != 0)
        i++;
    if (i < KINDS)
        f->what = kinds[i].what;
    else if (!read_flags(r, f))
        return false;
    next_word(r);
    return true;
}

static bool read_conditions(struct reader *r, struct fault *f)
{
    for (;;) {
        bool port = strcmp(r->word, "port") == 0;
        if (!port && strcmp(r->word, "len") != 0)
            return true;
        next_word(r);
        const char *at = r->word;
        uint64_t n;
        if (!digits(&at, UINT16_MAX, &n) || *at)
            return wrong(r, port ? "a port from 0 to 65535" : "bytes of payload, from 0 to 65535");
        *(port ? &f->port : &f->length) = (int32_t)n;
        next_word(r);
    }
}

/* "5%", "0.01%" */
static bool read_chance(struct reader *r, struct fault *f)
{
    char *end;
    double percent = strtod(r->word, &end);
    bool decimal = r->word[strspn(r->word, "0123456789.")] == '%';        /* no 0x10, no 1e1 */
    if (!decimal || !isdigit((unsigned char)r->word[0]) || strcmp(end, "%") != 0 || percent > 100)
        return wrong(r, "a chance from 0% to 100%");
    f->chance = (uint32_t)(percent * (FAULT_CHANCE_ALL / 100) + 0.5);
    return true;
}

static bool read_how_many(struct reader *r, struct fault *f)
{
    const char *at = r->word;
    if (!*at)
        return true;
    if (strchr(at, '%'))
        return read_chance(r, f);
    if (!digits(&at, UINT32_MAX, &f->first) || !f->first)
        return wrong(r, "which of those that match (2, 2-4, 3-), a chance (5%), \"port N\" or \"len N\"");
    f->last = f->first;
    if (*at == '-') {
        at++;
        f->last = UINT64_MAX;
        if (*at && (!digits(&at, UINT32_MAX, &f->last) || f->last < f->first))
            return wrong(r, "a range that does not run backwards, as 2-4");
    }
    return !*at || wrong(r, "a number (2), a range (2-4, 3-) or a chance (5%)");
}

bool fault_read(struct fault *fault, const char *text, struct error *error)
{
    struct reader r = { .text = text, .at = text, .error = error };
    *fault = (struct fault){
        .port = FAULT_NONE, .length = FAULT_NONE, .first = 1, .last = UINT64_MAX, .chance = FAULT_CHANCE_ALL,
    };
    next_word(&r);
    if (!read_action(&r, fault) || !read_from(&r, fault) || !read_what(&r, fault) || !read_conditions(&r, fault)
        || !read_how_many(&r, fault))
        return false;
    next_word(&r);
    if (r.word[0])
        return wrong(&r, "nothing more");
    if (fault->action == FAULT_CORRUPT && fault->what == FAULT_ARP) {
        error_set(error, EXIT_USAGE, "fault \"%.100s\": ARP has no checksum that could be wrong; drop it instead.", text);
        return false;
    }
    return true;
}

static void write_what(struct text *t, const struct fault *f)
{
    const char *comma = "";
    for (unsigned i = 0; i < KINDS; i++)
        if (kinds[i].what == f->what)
            text_string(t, kinds[i].name);
    for (unsigned i = 0; i < FLAGS; i++)
        if (f->flags & flag_names[i].flag) {
            text_format(t, "%s%s", comma, flag_names[i].name);
            comma = ",";
        }
}

void fault_write(struct text *t, const struct fault *f)
{
    text_string(t, fault_action_names[f->action]);
    if (f->action == FAULT_DELAY)
        text_format(t, " %llums", (unsigned long long)(f->delay / NS_PER_MS));
    text_format(t, " %s ", f->from[LAB_CLIENT] && f->from[LAB_SERVER] ? "either" : lab_end_names[f->from[LAB_SERVER]]);
    write_what(t, f);
    if (f->port != FAULT_NONE)
        text_format(t, " port %d", (int)f->port);
    if (f->length != FAULT_NONE)
        text_format(t, " len %d", (int)f->length);
    if (f->chance != FAULT_CHANCE_ALL)
        text_format(t, " %g%%", (double)f->chance / (FAULT_CHANCE_ALL / 100));
    else if (f->first == f->last)
        text_format(t, " %llu", (unsigned long long)f->first);
    else if (f->last != UINT64_MAX)
        text_format(t, " %llu-%llu", (unsigned long long)f->first, (unsigned long long)f->last);
    else if (f->first > 1)
        text_format(t, " %llu-", (unsigned long long)f->first);
}

static bool flags_match(uint16_t named, const struct unit *u)
{
    const uint16_t exact = TCP_SYN | TCP_FIN | TCP_RST;
    if ((u->flags & named) != named || (u->flags & exact) != (named & exact))
        return false;
    if ((named & TCP_SYN) && !(named & TCP_ACK) && (u->flags & TCP_ACK))
        return false;
    return named != TCP_ACK || u->payload_length == 0;
}

static bool kind_matches(const struct fault *f, const struct unit *u)
{
    bool tcp = u->kind == UNIT_TCP;
    switch (f->what) {
    case FAULT_FLAGS: return tcp && flags_match(f->flags, u);
    case FAULT_DATA: return tcp && u->payload_length > 0;
    case FAULT_SEGMENT: return tcp;
    case FAULT_DATAGRAM: return u->kind == UNIT_UDP;
    case FAULT_ARP: return u->kind == UNIT_ARP;
    case FAULT_ANY: break;
    }
    return tcp || u->kind == UNIT_UDP;
}

bool fault_speaks_of(const struct fault *f, const struct unit *u, enum lab_end from)
{
    if (!f->from[from] || !kind_matches(f, u))
        return false;
    bool ports = u->kind == UNIT_TCP || u->kind == UNIT_UDP;
    if (f->port != FAULT_NONE && (!ports || (u->key.port[0] != f->port && u->key.port[1] != f->port)))
        return false;
    return f->length == FAULT_NONE || (ports && u->payload_length == (uint32_t)f->length);
}

bool faults_add(struct faults *faults, const char *text, struct error *error)
{
    if (faults->count == FAULTS_MOST) {
        error_set(error, EXIT_USAGE, "At most %d faults.", FAULTS_MOST);
        return false;
    }
    if (!fault_read(&faults->fault[faults->count], text, error))
        return false;
    faults->count++;
    return true;
}

/* splitmix64: full period from any seed, 0 too. */
static uint32_t by_chance(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) % FAULT_CHANCE_ALL);
}

uint32_t faults_meet(struct faults *faults, const struct unit *units, unsigned count, enum lab_end from)
{
    uint32_t happen = 0;
    for (unsigned i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->fault[i];
        bool matches = false;
        for (unsigned u = 0; u < count; u++)
            matches |= fault_speaks_of(f, &units[u], from);
        if (!matches)
            continue;
        uint64_t n = ++faults->matched[i];
        if (n < f->first || n > f->last)
            continue;
        if (f->chance == FAULT_CHANCE_ALL || by_chance(&faults->chance) < f->chance)
            happen |= UINT32_C(1) << i;
    }
    return happen;
}
