#include "cmd/ways.h"

#include <grp.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "capture/privileges.h"
#include "report/words.h"

/* As a shell takes it, and harmless for the terminal. */
static void shell_word(struct text *t, const char *s)
{
    struct text word = { 0 };
    words_shell(&word, s);
    text_harmless(t, word.bytes, word.used);
    text_free(&word);
}

/* --- what is loaded --- */

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

struct library ways_library(const char *name)
{
    struct library library = { .name = name };
    dl_iterate_phdr(remember_path, &library);
    return library;
}

/* --- this file --- */

/* Are the libraries those of a bundle, beside the program? Then a capability would hinder it from loading them. */
static bool bundled(const char *path)
{
    struct library libpcap = ways_library("libpcap.so");
    size_t folder = (size_t)(strrchr(path, '/') ? strrchr(path, '/') + 1 - path : 0);
    return folder && strncmp(libpcap.path, path, folder) == 0;
}

enum way ways_mend(struct text *t, const char *interface)
{
    char path[WAYS_PATH_ROOM];
    struct statvfs mount;
    if (geteuid() == 0) {
        text_string(t, "Root lacks CAP_NET_RAW here (a container?): start it with that");
        return WAY_NONE;
    }
    privileges_own_path(path, sizeof path);
    if (bundled(path)) {
        text_string(t, "sudo ");
        shell_word(t, path);
        text_string(t, " -i ");
        shell_word(t, interface);
        return WAY_EACH_TIME;
    }
    if (statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID)) {
        text_string(t, "sudo make install, then sudo setcap cap_net_raw=ep /usr/local/bin/synfin "
                       "(this file system is mounted nosuid)");
        return WAY_ONCE;
    }
    bool tool = access("/sbin/setcap", X_OK) == 0 || access("/usr/sbin/setcap", X_OK) == 0;
    text_string(t, "sudo setcap cap_net_raw=ep ");
    shell_word(t, path);
    text_string(t, tool ? "" : "  (setcap is in the package libcap2-bin)");
    return WAY_ONCE;
}

/* --- dumpcap --- */

static bool has_file_capabilities(const char *path)
{
    return getxattr(path, "security.capability", NULL, 0) > 0;
}

/* Finds a program in the folders of PATH, executable by us or not. */
static bool find_program(const char *name, char path[WAYS_PATH_ROOM], struct stat *status)
{
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        int used = snprintf(path, WAYS_PATH_ROOM, "%.*s/%s", (int)length, folders, name);
        if (used > 0 && used < WAYS_PATH_ROOM && stat(path, status) == 0 && S_ISREG(status->st_mode))
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

enum dumpcap ways_dumpcap(struct text *t, const char *interface)
{
    char path[WAYS_PATH_ROOM];
    struct stat status;
    if (!find_program("dumpcap", path, &status))
        return DUMPCAP_NONE;
    bool set_user = (status.st_mode & S_ISUID) && status.st_uid == 0;
    if (access(path, X_OK) == 0 && (set_user || has_file_capabilities(path))) {
        text_string(t, "dumpcap -q -i ");
        shell_word(t, interface);
        text_string(t, " -w - | synfin -");
        return DUMPCAP_MAY;
    }
    if (access(path, X_OK) == 0 || !(status.st_mode & S_IXGRP))
        return DUMPCAP_NONE;
    const struct group *group = getgrgid(status.st_gid);
    text_format(t, "sudo usermod -aG %s \"$USER\", then log in again", group ? group->gr_name : "wireshark");
    return DUMPCAP_GROUP;
}

/* --- refused --- */

static void line(struct text *t, const char *heading, const char *command, const char *says)
{
    text_format(t, *says ? "   %-14s %-23s %s\n" : "   %-14s %s\n", heading, command, says);
}

void ways_refused(const char *interface)
{
    struct text t = { 0 }, command = { 0 };
    text_string(&t, "\n");
    line(&t, "works now", "synfin handshake", "a lesson; synfin help lessons");
    line(&t, "", "synfin FILE", "a capture made elsewhere");
    enum way way = ways_mend(&command, interface);
    text_char(&command, '\0');
    if (!command.failed)
        line(&t, way == WAY_ONCE ? "once, by you" : way == WAY_EACH_TIME ? "each time" : "missing", command.bytes, "");
    command.used = 0;
    enum dumpcap dumpcap = ways_dumpcap(&command, interface);
    text_char(&command, '\0');
    if (dumpcap != DUMPCAP_NONE && !command.failed)
        line(&t, dumpcap == DUMPCAP_MAY ? "or now" : "by your admin", command.bytes, "");
    if (dumpcap == DUMPCAP_GROUP)
        line(&t, "", "then dumpcap -q -i INTERFACE -w - | synfin -", "");
    text_string(&t, "\nsynfin doctor   says what else works on this machine\n");
    fwrite(t.bytes, 1, t.used, stderr);
    text_free(&t);
    text_free(&command);
}

enum exit_status ways_error(const struct options *options, const struct error *error)
{
    enum exit_status status = error_print(error);
    if (status == EXIT_PERMISSION && options->source.interface)
        ways_refused(options->source.interface);
    return status;
}
