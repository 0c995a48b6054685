/* What is said of a run of the lab, beside the report of what was captured. */
#include <errno.h>
#include <string.h>

#include "cmd/lab.h"
#include "report/words.h"
#include "ui/traffic_words.h"

enum { DEEDS_SHOWN = 20, LINES_SHOWN = 40 };

static void tell_wire_options(struct text *t, const struct wire_options *wire)
{
    text_string(t, wire->delay || wire->rate ? ", " : "");
    traffic_wire(t, wire);
    for (unsigned i = 0; i < wire->faults.count; i++) {
        text_string(t, "\n           fault: ");
        fault_write(t, &wire->faults.fault[i]);
    }
}

void lab_tell_open(struct text *t, const struct lab_request *request)
{
    text_string(t, "The lab is open.\n");
    for (unsigned end = 0; end < LAB_ENDS; end++)
        text_format(t, "  %s   %s, %s\n", lab_end_names[end], lab_addresses[end], lab_addresses6[end]);
    text_string(t, "  wire     joins them");
    tell_wire_options(t, &request->session.lab.wire);
    text_string(t, "\n\nIn other terminals:\n"
                   "  synfin lab sh server             a shell on the server host\n"
                   "  synfin lab sh client COMMAND     a command on the client host\n");
    text_format(t, "\nCapturing at %s. Ctrl-C ends the lab, with the report.\n",
                request->at[LAB_CLIENT] && request->at[LAB_SERVER] ? "both ends"
                : request->at[LAB_CLIENT]                          ? "the client" : "the server");
}

/* Line by line, indented, harmless. */
static void tell_lines(struct text *t, const struct session_speech *speech)
{
    const char *at = speech->said.bytes;
    size_t left = speech->said.used;
    for (unsigned lines = 0; left && lines < LINES_SHOWN; lines++) {
        const char *end = memchr(at, '\n', left);
        size_t length = end ? (size_t)(end - at) : left;
        text_string(t, "    ");
        for (size_t told = 0; told < length;) {
            const char *tab = memchr(at + told, '\t', length - told);
            size_t piece = (tab ? (size_t)(tab - at) : length) - told;
            text_harmless(t, at + told, piece);
            text_string(t, tab ? "  " : "");
            told += piece + (tab != NULL);
        }
        text_char(t, '\n');
        length += end != NULL;
        at += length;
        left -= length;
    }
    if (left + speech->left_out) {
        text_string(t, "    ... and ");
        words_count(t, left + speech->left_out, "byte", "bytes");
        text_string(t, " more\n");
    }
}

void lab_tell_speech(struct text *t, enum lab_end end, const struct session_speech *speech)
{
    if (!speech->started)
        return;
    text_format(t, "The %s's program ", lab_end_names[end]);
    if (speech->ended)
        traffic_ending(t, speech);
    else
        text_string(t, "was running until the end");
    text_string(t, speech->timed_out ? " (--time)" : "");
    text_string(t, speech->said.used ? ". It wrote:\n" : " and wrote nothing.\n");
    tell_lines(t, speech);
    if (speech->unrecorded == ENOEXEC)
        text_string(t, "    Not all of its calls are known: those of a 32-bit program cannot be recorded here.\n");
    else if (speech->unrecorded)
        text_format(t, "    Its calls are not known: this system does not let them be recorded (ptrace: %s).\n",
                    strerror(speech->unrecorded));
    if (speech->calls_lost) {
        text_string(t, "    ");
        words_count(t, speech->calls_lost, "message", "messages");
        text_string(t, " about its calls came too fast and were lost.\n");
    }
}

static void tell_deed(struct text *t, const struct wire_options *wire, const struct wire_deed *d, nanoseconds begun)
{
    text_format(t, "  %8.3f s  ", (double)(d->time - begun) / (double)NS_PER_S);
    traffic_deed(t, wire, d);
    text_char(t, '\n');
}

static void tell_fault(struct text *t, const struct wire_options *wire, const struct wire_page *page, unsigned i)
{
    const struct fault *f = &wire->faults.fault[i];
    uint64_t matched = page->matched[i];
    text_format(t, "  fault %u: ", i + 1);
    fault_write(t, f);
    if (!matched) {
        text_string(t, ": never matched, no such frame was sent");
    } else if (matched < f->first) {
        text_string(t, ": never happened, only ");
        words_count(t, matched, "such frame was sent", "such frames were sent");
    }
    text_char(t, '\n');
}

void lab_tell_wire(struct text *t, const struct wire_options *wire, const struct wire_page *page, nanoseconds begun)
{
    uint64_t deeds = page->deeds, shown = deeds < DEEDS_SHOWN ? deeds : DEEDS_SHOWN;
    if (wire->faults.count) {
        text_string(t, "On the wire: ");
        words_count(t, deeds, "fault", "faults");
        text_string(t, deeds ? ". Each host's frames are counted as sent, not as captured.\n" : ".\n");
    }
    for (unsigned i = 0; i < wire->faults.count; i++)
        tell_fault(t, wire, page, i);
    for (uint64_t i = 0; i < shown; i++)
        tell_deed(t, wire, &page->log[i], begun);
    if (deeds > shown) {
        text_string(t, "  ... and ");
        words_number(t, deeds - shown);
        text_string(t, " more\n");
    }
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        if (page->overflowed[end]) {
            words_count(t, page->overflowed[end], "frame", "frames");
            text_format(t, " of the %s found the wire's queue full and were dropped.\n", lab_end_names[end]);
        }
        if (page->missed[end]) {
            words_count(t, page->missed[end], "frame", "frames");
            text_format(t, " of the %s came faster than the wire could take them and were lost: what faults counted is "
                        "not exact.\n", lab_end_names[end]);
        }
    }
}
