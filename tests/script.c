#include "tests/script.h"

#include <stdlib.h>
#include <string.h>

#include "decode/tuple.h"
#include "tests/script_unit.h"

const char *const script_subject_names[CLAIM_COUNT] = {
#define X(id, name) name,
    SCRIPT_CLAIMS(X)
#undef X
};

static const nanoseconds default_start = 1767225600 * NS_PER_S;   /* 2026-01-01 00:00 UTC */

/* --- conversations --- */

static int find_conversation(const struct script *s, const char *name)
{
    for (int i = 0; i < s->conversation_count; i++)
        if (strcmp(s->conversations[i].name, name) == 0)
            return i;
    return SCRIPT_CAPTURE;
}

static bool new_conversation(struct script *s, struct reader *r, const char *name, int *index)
{
    if (s->conversation_count == SCRIPT_CONVERSATIONS_MAX)
        return read_refuse(r, "expected at most %d conversations", SCRIPT_CONVERSATIONS_MAX);
    struct script_conversation *c = &s->conversations[s->conversation_count];
    *c = (struct script_conversation){ .line = r->line };
    strcpy(c->name, name);
    *index = s->conversation_count++;
    return true;
}

/* ADDRESS:PORT [isn N] */
static bool read_end(struct script_conversation *c, struct reader *r, unsigned which)
{
    struct script_end *end = &c->end[which];
    uint8_t version = 0, other = c->version;
    if (!read_endpoint(r, end->address, &version, &end->port))
        return false;
    if (other && other != version)
        return read_refuse(r, "expected both addresses of one kind, IPv4 or IPv6");
    c->version = version;
    end->id = (uint16_t)(end->port * 40503u);
    end->window = 64240;
    return !read_this(r, "isn") || read_number(r, UINT32_MAX, &end->isn, "an initial sequence number");
}

/* conversation NAME client ADDRESS:PORT [isn N] server ADDRESS:PORT [isn N] */
static bool read_conversation(struct script *s, struct reader *r)
{
    char name[WORD_MAX];
    int index = 0;
    if (!read_word(r, name, "the conversation's name"))
        return false;
    bool letter = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
    if (!letter || strlen(name) >= SCRIPT_NAME_MAX || strcmp(name, "capture") == 0)
        return read_refuse(r, "expected a name of at most %d characters that begins with a letter, found '%s'",
                           SCRIPT_NAME_MAX - 1, name);
    if (find_conversation(s, name) != SCRIPT_CAPTURE)
        return read_refuse(r, "expected a new name, '%s' stands above", name);
    if (!new_conversation(s, r, name, &index))
        return false;
    struct script_conversation *c = &s->conversations[index];
    if (!read_this(r, "client"))
        return read_fail(r, "client");
    if (!read_end(c, r, SCRIPT_CLIENT))
        return false;
    if (!read_this(r, "server"))
        return read_fail(r, "server");
    return read_end(c, r, SCRIPT_SERVER);
}

/* client or server of the conversation that needs no prefix */
static bool read_nameless_end(struct script *s, struct reader *r, unsigned which)
{
    int index = find_conversation(s, "");
    if (index == SCRIPT_CAPTURE && !new_conversation(s, r, "", &index))
        return false;
    return read_end(&s->conversations[index], r, which);
}

static bool same_ends(const struct script_conversation *a, const struct script_conversation *b)
{
    struct tuple keys[2];
    const struct script_conversation *both[] = { a, b };
    for (int i = 0; i < 2; i++)
        tuple_make(&keys[i], both[i]->version, both[i]->protocol, both[i]->end[0].address, both[i]->end[1].address,
                   both[i]->end[0].port, both[i]->end[1].port);
    return tuple_equal(&keys[0], &keys[1]);
}

static void number_incarnations(struct script *s)
{
    for (int i = 0; i < s->conversation_count; i++) {
        s->conversations[i].incarnation = 1;
        for (int j = 0; j < i; j++)
            if (same_ends(&s->conversations[i], &s->conversations[j]))
                s->conversations[i].incarnation++;
    }
}

/* --- claims --- */

/* The rest of the line, blanks made single. */
static char *rest_of_line(struct reader *r)
{
    char *value = calloc(1, (size_t)(r->end - r->at) + 2), *to = value;
    char word[WORD_MAX];
    while (value && !read_at_end(r) && read_word(r, word, "a word")) {
        if (to > value)
            *to++ = ' ';
        to = stpcpy(to, word);
    }
    return value;
}

static bool read_claim(struct script *s, int conversation, struct reader *r)
{
    char word[WORD_MAX];
    unsigned subject = 0;
    if (!read_word(r, word, "what is claimed"))
        return false;
    while (subject < CLAIM_COUNT && strcmp(word, script_subject_names[subject]) != 0)
        subject++;
    if (subject == CLAIM_COUNT)
        return read_refuse(r, "expected a claim such as handshake, ending, path or check, found '%s'", word);
    if (read_at_end(r))
        return read_fail(r, "what it is");
    if (s->claim_count == s->claim_room) {
        unsigned room = s->claim_room ? s->claim_room * 2 : 16;
        struct script_claim *claims = realloc(s->claims, room * sizeof *claims);
        if (!claims)
            return read_refuse(r, "out of memory");
        s->claims = claims;
        s->claim_room = room;
    }
    char *value = rest_of_line(r);
    if (!value)
        return read_refuse(r, "out of memory");
    s->claims[s->claim_count++] = (struct script_claim){ .subject = (enum script_subject)subject, .line = r->line,
                                                         .conversation = conversation, .value = value };
    return !r->failed;
}

/* --- directives --- */

static bool read_clock(struct script *s, struct reader *r)
{
    if (!read_this(r, "nanoseconds"))
        return read_fail(r, "nanoseconds");
    return s->nanosecond_clock = true;
}

static bool read_start_time(struct script *s, struct reader *r)
{
    bool relative = false;
    return read_time(r, &s->start, &relative);
}

static bool read_snap(struct script *s, struct reader *r)
{
    return read_number(r, 262144, &s->snaplen, "a snapshot length");
}

static bool read_vlan(struct script *s, struct reader *r)
{
    uint32_t vlan = 0;
    if (!read_number(r, 4094, &vlan, "a VLAN, or 0 for none"))
        return false;
    s->vlan = (uint16_t)vlan;
    return true;
}

static bool read_options(struct script *s, struct reader *r)
{
    char text[sizeof s->options - 2];
    if (read_peek(r) != '<')
        return read_fail(r, "<options>");
    r->at++;
    if (!read_up_to(r, '>', text, sizeof text, "options up to '>'"))
        return false;
    stpcpy(stpcpy(stpcpy(s->options, "<"), text), ">");
    return true;
}

static bool read_client(struct script *s, struct reader *r)
{
    return read_nameless_end(s, r, SCRIPT_CLIENT);
}

static bool read_server(struct script *s, struct reader *r)
{
    return read_nameless_end(s, r, SCRIPT_SERVER);
}

static const struct {
    const char *word;
    bool (*read)(struct script *s, struct reader *r);
} directives[] = {
    { "client", read_client }, { "server", read_server }, { "conversation", read_conversation },
    { "clock", read_clock }, { "start", read_start_time }, { "snap", read_snap }, { "vlan", read_vlan },
    { "options", read_options },
};

static bool read_line(struct script *s, struct reader *r, struct workshop *w)
{
    if (read_at_end(r))
        return true;
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
        if (read_this(r, directives[i].word)) {
            if (!directives[i].read(s, r))
                return false;
            return read_at_end(r) ? true : read_fail(r, "the end of the line");
        }
    int conversation = s->conversation_count ? 0 : SCRIPT_CAPTURE;
    if (read_this(r, "capture"))
        conversation = SCRIPT_CAPTURE;
    for (int i = 0; i < s->conversation_count; i++)
        if (s->conversations[i].name[0] && read_this(r, s->conversations[i].name))
            conversation = i;
    if (read_this(r, "="))
        return read_claim(s, conversation, r);
    char c = read_peek(r);
    if (c != '+' && (c < '0' || c > '9'))
        return read_fail(r, "a time, '=', a directive or the name of a conversation");
    return script_unit(s, conversation, r, w);
}

static bool read_all(struct script *s, const char *text, struct error *error, struct workshop *w)
{
    w->now = s->start;
    for (unsigned line = 1; *text; line++) {
        size_t length = strcspn(text, "\n");
        struct reader r = { .name = s->name, .line = line, .at = text, .end = text + length, .error = error };
        nanoseconds start = s->start;
        if (!read_line(s, &r, w) || r.failed)
            return false;
        if (s->start != start)
            w->now = s->start;
        text += length;
        if (*text)
            text++;
    }
    return true;
}

bool script_parse(const char *text, const char *name, struct script *script, struct error *error)
{
    *script = (struct script){ .start = default_start, .snaplen = 262144 };
    struct workshop *w = malloc(sizeof *w);
    script->name = strdup(name);
    bool whole = w && script->name;
    if (!whole)
        error_set(error, EXIT_UNREADABLE, "%s: out of memory", name);
    whole = whole && read_all(script, text, error, w);
    free(w);
    if (whole)
        number_incarnations(script);
    else
        script_free(script);
    return whole;
}

void script_free(struct script *script)
{
    for (unsigned i = 0; i < script->frame_count; i++)
        free((void *)(uintptr_t)script->frames[i].frame.bytes);
    for (unsigned i = 0; i < script->claim_count; i++)
        free(script->claims[i].value);
    free(script->frames);
    free(script->claims);
    free(script->name);
    *script = (struct script){0};
}

/* --- pcap --- */

static void put_le32(struct text *out, uint32_t value)
{
    const char bytes[] = { (char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24) };
    text_bytes(out, bytes, sizeof bytes);
}

void script_pcap(const struct script *script, struct text *out)
{
    bool ns = script->nanosecond_clock;
    put_le32(out, ns ? 0xa1b23c4d : 0xa1b2c3d4);
    put_le32(out, 4u << 16 | 2u);             /* version 2.4 */
    put_le32(out, 0);
    put_le32(out, 0);
    put_le32(out, script->snaplen);
    put_le32(out, 1);                         /* LINKTYPE_ETHERNET */
    for (unsigned i = 0; i < script->frame_count; i++) {
        const struct frame *f = &script->frames[i].frame;
        put_le32(out, (uint32_t)(f->time / NS_PER_S));
        put_le32(out, (uint32_t)(f->time % NS_PER_S / (ns ? 1 : NS_PER_US)));
        put_le32(out, f->caplen);
        put_le32(out, f->len);
        text_bytes(out, (const char *)f->bytes, f->caplen);
    }
}
