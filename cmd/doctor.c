/* synfin doctor: what works on this machine, what fails without it, and the command that mends it. One line a thing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "base/version.h"
#include "capture/probe.h"
#include "cmd/command.h"
#include "cmd/run.h"
#include "cmd/ways.h"
#include "report/words.h"
#include "traffic/lab.h"
#include "traffic/record.h"

enum { INTERFACES = 64, COLUMNS = 80, LAB_INDENT = 24 };

static const char usage[] =
    "usage: synfin doctor     what works on this machine, and what mends the rest\n";

static void heading(struct text *t, const char *s)
{
    text_format(t, "\n%s\n", s);
}

/* "ok  libpcap 1.10.3    ": what it speaks of (an interface may have any name); the caller writes the rest of the
 * line. */
static void line(struct text *t, bool works, const char *what)
{
    text_format(t, "  %s  ", works ? "ok" : "no");
    size_t from = t->used;
    text_harmless(t, what, strlen(what));
    while (!t->failed && t->used < from + 17)
        text_char(t, ' ');
    text_char(t, ' ');
}

/* --- live capture --- */

/* The names of the interfaces with one result, with commas; how many there are. */
static unsigned list_probes(struct text *t, const struct probe *probes, unsigned count, enum probe_result result)
{
    unsigned listed = 0;
    for (unsigned i = 0; i < count; i++)
        if (probes[i].result == result) {
            text_string(t, listed++ ? ", " : "");
            text_harmless(t, probes[i].name, strlen(probes[i].name));
        }
    return listed;
}

/* Not allowed to capture: the one command, as this file and its file system need it. */
static void tell_mend(struct text *t)
{
    struct text typed = { 0 };
    enum way way = ways_mend(&typed, "lo");
    line(t, false, "permission");
    text_string(t, "missing, so -i ends with status 5. ");
    text_string(t, way == WAY_ONCE ? "Once: " : way == WAY_EACH_TIME ? "As root it works: " : "");
    text_bytes(t, typed.bytes, typed.used);
    text_char(t, '\n');
    text_free(&typed);
}

static void tell_dumpcap(struct text *t)
{
    struct text typed = { 0 };
    enum dumpcap dumpcap = ways_dumpcap(&typed, "lo");
    if (dumpcap != DUMPCAP_NONE) {
        line(t, dumpcap == DUMPCAP_MAY, "dumpcap");
        text_string(t, dumpcap == DUMPCAP_MAY ? "may capture for you: " : "only for its group: ");
        text_bytes(t, typed.bytes, typed.used);
        text_char(t, '\n');
    }
    text_free(&typed);
}

static void tell_capture(struct text *t)
{
    struct probe probes[INTERFACES];
    unsigned count = probe_interfaces(probes, INTERFACES);
    struct text names = { 0 };
    bool refused = list_probes(&names, probes, count, PROBE_REFUSED) > 0;
    names.used = 0;
    if (list_probes(&names, probes, count, PROBE_OPENS)) {
        line(t, true, "synfin -i");
        text_bytes(t, names.bytes, names.used);
        text_char(t, '\n');
    } else if (!refused) {
        line(t, false, "synfin -i");
        text_string(t, "no interface that is up: ip link shows them\n");
    }
    names.used = 0;
    if (list_probes(&names, probes, count, PROBE_DOWN)) {
        line(t, false, "interfaces down");
        text_bytes(t, names.bytes, names.used);
        text_string(t, ": sudo ip link set NAME up\n");
    }
    for (unsigned i = 0; i < count; i++)
        if (probes[i].result == PROBE_FAILS) {
            line(t, false, probes[i].name);
            text_harmless(t, probes[i].why, sizeof probes[i].why);
            text_char(t, '\n');
        }
    text_free(&names);
    if (refused) {
        tell_mend(t);
        tell_dumpcap(t);
    } else if (count) {
        line(t, true, "permission");
        text_format(t, "%s, given up as soon as the capture is open\n", geteuid() == 0 ? "root" : "a capability");
    }
}

/* --- the lab --- */

static void tell_lab(struct text *t)
{
    struct error error = { 0 };
    bool works = lab_try(&error);
    line(t, works, "synfin lab");
    if (works)
        text_string(t, "two hosts of your own, joined by a wire; needs no root\n");
    else
        words_wrap(t, error.text, strlen(error.text), LAB_INDENT, LAB_INDENT, COLUMNS);
    works = record_try();
    line(t, works, "its calls");
    if (works)
        text_string(t, "what the lab's programs call is recorded as they call it\n");
    else
        text_format(t, "not recorded, but inferred (ptrace: %s)\n%*sin a container: --cap-add=SYS_PTRACE; else see sysctl "
                    "kernel.yama.ptrace_scope\n", strerror(errno), LAB_INDENT, "");
}

/* --- terminal --- */

static void tell_terminal(struct text *t)
{
    const char *variable;
    bool utf8 = options_utf8(&variable);
    line(t, utf8, "UTF-8");
    if (utf8)
        text_format(t, "%s=%s\n", variable, getenv(variable));
    else
        text_string(t, "ladders are drawn with ASCII characters: export LANG=C.UTF-8\n");
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
        line(t, size.ws_col >= COLUMNS, "size");
        text_format(t, "%u columns, %u lines%s\n", size.ws_col, size.ws_row,
                    size.ws_col >= COLUMNS ? "" : ": lines of 80 columns will break; make the window wider");
    } else {
        line(t, true, "size");
        text_string(t, "not known here; lines are 80 columns wide\n");
    }
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool can = term && *term && strcmp(term, "dumb") != 0;
    line(t, can, "dashboard");
    text_string(t, can ? "opens where synfin is started on a terminal; reports need none\n"
                       : "this terminal is not known: TERM=xterm-256color synfin FILE; reports need none\n");
    line(t, true, "colours");
    text_string(t, no_colour && *no_colour ? "none, as NO_COLOR says\n"
                                           : "in the dashboard alone, and never needed: NO_COLOR=1 has none\n");
}

/* --- libraries --- */

static void tell_library(struct text *t, const char *what, const char *name)
{
    struct library library = ways_library(name);
    line(t, true, what);
    text_format(t, "%s\n", *library.path ? library.path : "linked in");
}

static void tell_libraries(struct text *t)
{
    char what[64];
    const char *version = probe_libpcap(), *number = strstr(version, "version ");
    number = number ? number + strlen("version ") : version;
    snprintf(what, sizeof what, "libpcap %.*s", (int)strcspn(number, " "), number);
    tell_library(t, what, "libpcap.so");
    snprintf(what, sizeof what, "zlib %.40s", zlibVersion());
    tell_library(t, what, "libz.so");
    tell_library(t, "libcap-ng", "libcap-ng.so");
    tell_library(t, "libmnl", "libmnl.so");
    tell_library(t, "ncursesw", "libncursesw.so");
}

/* --- all of it --- */

static void tell_all(struct text *t)
{
    struct utsname kernel;
    text_string(t, "synfin " SYNFIN_VERSION);
    if (uname(&kernel) == 0)
        text_format(t, " on %s %s, %s", kernel.sysname, kernel.release, kernel.machine);
    text_string(t, "\n");
    heading(t, "Reading captures");
    line(t, true, "synfin FILE");
    text_string(t, "pcap and pcapng, gzipped or not, and pipes: needs nothing else\n");
    heading(t, "Live capture");
    tell_capture(t);
    heading(t, "Lab");
    tell_lab(t);
    heading(t, "Terminal");
    tell_terminal(t);
    heading(t, "Libraries");
    tell_libraries(t);
}

int command_doctor(int argc, char **argv)
{
    struct error error = { 0 };
    if (argc == 2 && options_asks_help(argv[1]))
        return (int)run_print(usage);
    if (argc > 1) {
        error_set(&error, EXIT_USAGE, "synfin doctor takes no options and no words.");
        return (int)error_print(&error);
    }
    struct report_output out;
    output_open(&out, STDOUT_FILENO);
    tell_all(&out.text);
    return (int)(output_close(&out, &error) == EXIT_DONE ? EXIT_DONE : error_print(&error));
}
