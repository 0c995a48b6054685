/* synfin doctor: what works on this machine, what fails without it, and the command that mends it. One line a thing. */
#include <errno.h>
#include <grp.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/privileges.h"
#include "capture/probe.h"
#include "cmd/command.h"
#include "cmd/run.h"

enum { INTERFACES = 64, PATH_ROOM = 1024, COLUMNS = 80 };

static const char usage[] =
    "usage: synfin doctor     what works on this machine, and what mends the rest\n";

static void heading(struct text *t, const char *s)
{
    text_format(t, "\n%s\n", s);
}

/* "ok  libpcap 1.10.3    ": what it speaks of; the caller writes the rest of the line. */
static void line(struct text *t, bool works, const char *what)
{
    text_format(t, "  %s  %-17s ", works ? "ok" : "no", what);
}

/* --- what is loaded --- */

struct library {
    const char *name;             /* how its file's name begins */
    char path[PATH_ROOM];
};

static int remember_path(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    struct library *library = self;
    const char *slash = strrchr(info->dlpi_name, '/');
    if (!slash || strncmp(slash + 1, library->name, strlen(library->name)) != 0)
        return 0;
    snprintf(library->path, sizeof library->path, "%s", info->dlpi_name);
    return 1;
}

/* Where a library that is loaded lies; "" when it is linked in. */
static struct library find_library(const char *name)
{
    struct library library = { .name = name };
    dl_iterate_phdr(remember_path, &library);
    return library;
}

/* --- live capture --- */

static bool has_file_capabilities(const char *path)
{
    return getxattr(path, "security.capability", NULL, 0) > 0;
}

/* The names of the interfaces with one result, with commas; how many there are. */
static unsigned list_probes(struct text *t, const struct probe *probes, unsigned count, enum probe_result result)
{
    unsigned listed = 0;
    for (unsigned i = 0; i < count; i++)
        if (probes[i].result == result)
            text_format(t, "%s%s", listed++ ? ", " : "", probes[i].name);
    return listed;
}

/* Are the libraries those of a bundle, beside the program? Then a capability would hinder it from loading them. */
static bool bundled(const char *path)
{
    struct library libpcap = find_library("libpcap.so");
    size_t folder = (size_t)(strrchr(path, '/') ? strrchr(path, '/') + 1 - path : 0);
    return folder && strncmp(libpcap.path, path, folder) == 0;
}

/* Not allowed to capture: the one command, as this file and its file system need it. */
static void tell_mend(struct text *t)
{
    char path[PATH_ROOM];
    struct statvfs mount;
    line(t, false, "permission");
    text_string(t, "missing, so -i ends with status 5. ");
    if (geteuid() == 0) {
        text_string(t, "Root lacks CAP_NET_RAW here (a container?): start it with that\n");
        return;
    }
    privileges_own_path(path, sizeof path);
    if (bundled(path)) {
        text_format(t, "As root it works: sudo %s -i lo\n", path);
        return;
    }
    text_string(t, "Once: ");
    if (statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID)) {
        text_string(t, "sudo make install, then sudo setcap cap_net_raw=ep /usr/local/bin/synfin "
                       "(this file system is mounted nosuid)\n");
        return;
    }
    bool tool = access("/sbin/setcap", X_OK) == 0 || access("/usr/sbin/setcap", X_OK) == 0;
    text_format(t, "sudo setcap cap_net_raw=ep %s%s\n", path, tool ? "" : "  (setcap is in the package libcap2-bin)");
}

/* Finds a program in the folders of PATH, executable by us or not. */
static bool find_program(const char *name, char path[PATH_ROOM], struct stat *status)
{
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        int used = snprintf(path, PATH_ROOM, "%.*s/%s", (int)length, folders, name);
        if (used > 0 && used < PATH_ROOM && stat(path, status) == 0 && S_ISREG(status->st_mode))
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

/* Wireshark's dumpcap often has the right that we lack. */
static void tell_dumpcap(struct text *t)
{
    char path[PATH_ROOM];
    struct stat status;
    if (!find_program("dumpcap", path, &status))
        return;
    bool set_user = (status.st_mode & S_ISUID) && status.st_uid == 0;
    if (access(path, X_OK) == 0 && (set_user || has_file_capabilities(path))) {
        line(t, true, "dumpcap");
        text_string(t, "may capture for you: dumpcap -q -i lo -w - | synfin -\n");
    } else if (access(path, X_OK) != 0 && (status.st_mode & S_IXGRP)) {
        const struct group *group = getgrgid(status.st_gid);
        line(t, false, "dumpcap");
        text_format(t, "only for its group: sudo usermod -aG %s \"$USER\", then log in again\n",
                    group ? group->gr_name : "wireshark");
    }
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
    line(t, true, "colours");
    text_string(t, "not needed: all that is printed is plain text\n");
}

/* --- libraries --- */

static void tell_library(struct text *t, const char *what, const char *name)
{
    struct library library = find_library(name);
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
