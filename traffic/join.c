#include "traffic/join.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "traffic/keeper.h"

enum { PATH_ROOM = 64, STAT_ROOM = 1024, START_FIELD = 22, SIGNALLED = 128, NOT_STARTED = 127 };

/* --- finding --- */

/* The first `room` - 1 bytes of a file in /proc/PID; false: gone. */
static bool read_of(pid_t pid, const char *name, char *bytes, size_t room)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, bytes, room - 1);
    close(fd);
    bytes[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* In clock ticks since the machine's start (proc(5)); 0: gone, or as good as that. */
static unsigned long long started(pid_t pid)
{
    char stat[STAT_ROOM];
    if (!read_of(pid, "stat", stat, sizeof stat))
        return 0;
    const char *at = strrchr(stat, ')');      /* the name before may hold anything */
    if (!at || strncmp(at, ") Z", 3) == 0)
        return 0;
    for (int field = 2; at && field < START_FIELD; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

static bool is_ours(pid_t pid)
{
    char path[PATH_ROOM], name[PATH_ROOM];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return stat(path, &status) == 0 && status.st_uid == geteuid() && read_of(pid, "comm", name, sizeof name)
           && strcmp(name, KEEPER_NAME "\n") == 0;
}

pid_t join_find(void)
{
    DIR *directory = opendir("/proc");
    const struct dirent *entry;
    pid_t newest = 0;
    unsigned long long newest_start = 0;
    while (directory && (entry = readdir(directory))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (!isdigit((unsigned char)entry->d_name[0]) || !is_ours(pid))
            continue;
        unsigned long long start = started(pid);
        if (start > newest_start || (start == newest_start && pid > newest)) {
            newest = pid;
            newest_start = start;
        }
    }
    if (directory)
        closedir(directory);
    return newest;
}

/* --- joining --- */

static bool enter(pid_t lab, const char *name, int kind)
{
    char path[2 * PATH_ROOM];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)lab, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = setns(fd, kind) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

/* The user namespace first: the others are its. */
static bool enter_all(pid_t lab, enum lab_end end)
{
    char network[PATH_ROOM], folder[PATH_MAX];
    const char *here = getcwd(folder, sizeof folder);
    snprintf(network, sizeof network, "fd/%d", end == LAB_CLIENT ? KEEPER_CLIENT : KEEPER_SERVER);
    /* Opened before /proc becomes the lab's own, where its init has another number. */
    int mounts;
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)lab);
    if ((mounts = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return false;
    bool good = enter(lab, "ns/user", CLONE_NEWUSER) && enter(lab, network, CLONE_NEWNET)
                && enter(lab, "ns/ipc", CLONE_NEWIPC) && enter(lab, "ns/pid", CLONE_NEWPID)
                && setns(mounts, CLONE_NEWNS) == 0;
    int why = errno;
    close(mounts);
    if (good && here && chdir(here) < 0)
        fprintf(stderr, "synfin: this folder cannot be entered there: %s\n", strerror(errno));
    errno = why;
    return good;
}

/* A host's name of its own, for the shell's prompt. */
static _Noreturn void be_program(enum lab_end end, char *const *words, bool in_front)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (in_front) {               /* a process group that has a number in the lab, or a shell has no job control */
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpgrp());
    }
    if (unshare(CLONE_NEWUTS) == 0)
        sethostname(lab_end_names[end], strlen(lab_end_names[end]));
    if (!keeper_give_up_rights())
        _exit(NOT_STARTED);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    signal(SIGTTOU, SIG_DFL);
    setenv("SYNFIN_LAB", lab_end_names[end], 1);
    execvp(words[0], words);
    fprintf(stderr, "synfin: %s: %s\n", words[0], strerror(errno));
    _exit(NOT_STARTED);
}

int join_run(pid_t lab, enum lab_end end, char *const *words, struct error *error)
{
    struct termios terminal;
    bool in_front = tcgetattr(STDIN_FILENO, &terminal) == 0 && tcgetpgrp(STDIN_FILENO) == getpgrp();
    if (!enter_all(lab, end)) {
        if (errno == ENOENT || errno == ESRCH)
            error_set(error, EXIT_UNREADABLE, "The lab has just ended. In another terminal: synfin lab open");
        else
            error_set(error, EXIT_PERMISSION, "The lab of process %d cannot be joined: %s.", (int)lab, strerror(errno));
        return -1;
    }
    /* The keys of the terminal are the program's; what it leaves of the terminal is put right after it. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        be_program(end, words, in_front);
    if (child < 0) {
        error_set(error, EXIT_PERMISSION, "Nothing can be started in the lab of process %d: %s.", (int)lab,
                  strerror(errno));
        return -1;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (in_front) {
        tcsetpgrp(STDIN_FILENO, getpgrp());
        if (WIFSIGNALED(status))
            tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
    }
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}
