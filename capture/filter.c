#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/linktype.h"

enum { PROGRAMS_MOST = 16, SNAPSHOT = 262144 };

struct program {
    struct bpf_program code;
    uint16_t linktype;
    bool usable;
};

struct filter {
    char *expression;         /* owned */
    struct program programs[PROGRAMS_MOST];
    unsigned count;           /* frames of further link types do not pass */
    char why[PCAP_ERRBUF_SIZE]; /* of the last link type it could not be compiled for */
};

static bool compile(const char *expression, uint16_t linktype, struct bpf_program *code, char why[PCAP_ERRBUF_SIZE])
{
    pcap_t *dead = pcap_open_dead(linktype_to_dlt(linktype), SNAPSHOT);
    if (!dead)
        return false;
    bool done = pcap_compile(dead, code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!done)
        strncat(strcpy(why, ""), pcap_geterr(dead), PCAP_ERRBUF_SIZE - 1);
    pcap_close(dead);
    return done;
}

/* Some words are for one link type only; what none of these takes is a mistake. */
static bool is_expression(const char *expression, struct error *error)
{
    static const uint16_t usual[] = {
        1 /* Ethernet */, 127 /* radiotap */, 113 /* Linux cooked */, 276 /* its version 2 */, 101 /* IP */,
        9 /* PPP */, 117 /* pflog */, 123 /* ATM */, 140 /* MTP2 */,
    };
    char first[PCAP_ERRBUF_SIZE] = "";
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char why[PCAP_ERRBUF_SIZE];
        struct bpf_program code;
        if (compile(expression, usual[i], &code, why)) {
            pcap_freecode(&code);
            return true;
        }
        if (i == 0)
            strcpy(first, why);
    }
    error_set(error, EXIT_USAGE, "filter '%.150s': %.200s; see pcap-filter(7)", expression, first);
    return false;
}

struct filter *filter_open(const char *expression, struct error *error)
{
    if (!filter_without_names(expression, error) || !is_expression(expression, error))
        return NULL;
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter)
        filter->expression = strdup(expression);
    if (!filter || !filter->expression) {
        error_set(error, EXIT_USAGE, "out of memory");
        filter_close(filter);
        return NULL;
    }
    return filter;
}

void filter_close(struct filter *filter)
{
    if (!filter)
        return;
    for (unsigned i = 0; i < filter->count; i++)
        if (filter->programs[i].usable)
            pcap_freecode(&filter->programs[i].code);
    free(filter->expression);
    free(filter);
}

static const struct program *program_for(struct filter *filter, uint16_t linktype)
{
    for (unsigned i = 0; i < filter->count; i++)
        if (filter->programs[i].linktype == linktype)
            return &filter->programs[i];
    if (filter->count == PROGRAMS_MOST)
        return NULL;
    struct program *program = &filter->programs[filter->count++];
    program->linktype = linktype;
    program->usable = compile(filter->expression, linktype, &program->code, filter->why);
    return program;
}

unsigned filter_keep(struct filter *filter, struct frame *frames, unsigned count)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct frame *frame = &frames[i];
        const struct program *program = program_for(filter, frame->linktype);
        if (program && program->usable && bpf_filter(program->code.bf_insns, frame->bytes, frame->len, frame->caplen))
            frames[kept++] = *frame;
    }
    return kept;
}

static void useless(const struct filter *filter, uint16_t linktype, struct error *error)
{
    error_set(error, EXIT_USAGE, "the filter '%.150s' means nothing on this capture's link type (%s): %.200s",
              filter->expression, linktype_name(linktype), filter->why);
}

bool filter_fits(struct filter *filter, uint16_t linktype, struct error *error)
{
    const struct program *program = program_for(filter, linktype);
    if (program && program->usable)
        return true;
    useless(filter, linktype, error);
    return false;
}

bool filter_was_useless(const struct filter *filter, struct error *error)
{
    for (unsigned i = 0; i < filter->count; i++)
        if (filter->programs[i].usable)
            return false;
    if (filter->count == 0)
        return false;
    useless(filter, filter->programs[0].linktype, error);
    return true;
}
