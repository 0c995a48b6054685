#include "traffic/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"
#include "traffic/deny.h"

#define WORK "work"

enum { OURS = 16, DESCRIPTORS_MOST = 1024 };      /* the lab's own processes of the same user */

static bool refused(const char *what)
{
    fprintf(stderr, "synfin: this program could not be kept apart, so it was not run: %s: %s\n", what, strerror(errno));
    return false;
}

/* --- processes --- */

/* Asked to end, it waits for the first process to do it. */
static _Noreturn void end_as(pid_t first)
{
    const struct rlimit none = { 0 };
    int status;
    signal(SIGTERM, SIG_IGN);
    close_range(0, ~0u, 0);
    while (waitpid(first, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    _exit(WALLS_FAILED);
}

bool walls_own_processes(void)
{
    if (unshare(CLONE_NEWPID) < 0)
        return false;
    pid_t first = fork();
    if (first > 0)
        end_as(first);
    return first == 0;
}

/* --- files --- */

/* Whatever is mounted below comes along, and all of it can only be read. */
static bool show(const char *from, const char *to, unsigned long long attributes)
{
    struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | attributes };
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0 &&
           syscall(SYS_mount_setattr, AT_FDCWD, to, AT_RECURSIVE, &attr, sizeof attr) == 0;
}

/* Programs and libraries, where they lie on this system. The paths are those of both roots: ours, and without the slash
 * the new one in the current folder. */
static bool show_system(void)
{
    static const char *const shown[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc",
                                         "/nix" };
    for (unsigned i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct stat status;
        char target[256];
        const char *inside = shown[i] + 1;
        ssize_t length;
        if (lstat(shown[i], &status) < 0)
            continue;
        if (S_ISLNK(status.st_mode)) {
            if ((length = readlink(shown[i], target, sizeof target - 1)) < 0)
                return false;
            target[length] = 0;
            if (symlink(target, inside) < 0)
                return false;
        } else if (mkdir(inside, 0755) < 0 || !show(shown[i], inside, MOUNT_ATTR_NODEV)) {
            return false;
        }
    }
    return true;
}

static bool show_devices(void)
{
    static const char *const shown[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom" };
    bool good = mkdir("dev", 0755) == 0 && mkdir("dev/shm", 0777) == 0 && symlink("/proc/self/fd", "dev/fd") == 0 &&
                symlink("/proc/self/fd/0", "dev/stdin") == 0 && symlink("/proc/self/fd/1", "dev/stdout") == 0 &&
                symlink("/proc/self/fd/2", "dev/stderr") == 0;
    for (unsigned i = 0; good && i < sizeof shown / sizeof *shown; i++) {
        int made = open(shown[i] + 1, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        good = made >= 0 && mount(shown[i], shown[i] + 1, NULL, MS_BIND, NULL) == 0;
        if (made >= 0)
            close(made);
    }
    return good;
}

/* Its own processes alone; a container may refuse that, and then it has no /proc. */
static void show_processes(void)
{
    if (mkdir("proc", 0555) == 0)
        mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static bool fill_work(const struct lab_walls *w, int from)
{
    struct error error = { 0 };
    int to = mkdir(WORK, 0755) == 0 ? open(WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool good = to >= 0 && folder_copy(from, to, geteuid(), (uint64_t)w->files_mib << 20, &error);
    if (to >= 0)
        close(to);
    if (error.text[0])
        fprintf(stderr, "synfin: %s\n", error.text);
    return good;
}

/* In memory, over /tmp of this mount namespace: any folder that is there would do. The old root goes away whole. */
static bool own_files(const struct lab_walls *w)
{
    char how[64];
    int from = open(w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return refused(w->folder);
    snprintf(how, sizeof how, "size=%um,nr_inodes=20000,mode=755", w->files_mib);
    if (unshare(CLONE_NEWNS) < 0 || mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, how) < 0 || chdir("/tmp") < 0)
        return refused("a file system in memory");
    if (!show_system() || !show_devices())
        return refused("the system's programs, to be read only");
    show_processes();
    if (mkdir("tmp", 0777) < 0 || mkdir("var", 0755) < 0 || symlink("/tmp", "var/tmp") < 0 || !fill_work(w, from))
        return refused("a copy of its files");
    close(from);
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir(WORK) < 0)
        return refused("a root of its own");
    return true;
}

/* --- limits --- */

/* hard: 0 is the same. */
static void limit(enum __rlimit_resource what, rlim_t most, rlim_t hard)
{
    struct rlimit both;
    hard = hard ? hard : most;
    if (getrlimit(what, &both) == 0 && both.rlim_max != RLIM_INFINITY && hard > both.rlim_max)
        hard = both.rlim_max;
    both.rlim_cur = most < hard ? most : hard;
    both.rlim_max = hard;
    setrlimit(what, &both);
}

/* --- this host --- */

static bool own_user(const struct lab_walls *w)
{
    if (chdir(w->folder) < 0)
        return refused(w->folder);
    limit(RLIMIT_MSGQUEUE, 0, 0);         /* POSIX queues would outlive it, where nobody can find them */
    if (setgroups(0, NULL) < 0 || setresgid(w->uid, w->uid, w->uid) < 0 || setresuid(w->uid, w->uid, w->uid) < 0)
        return refused("a user of its own");
    return true;
}

/* --- all of it --- */

bool walls_limit(const struct lab_walls *w)
{
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_CPU, w->seconds, w->seconds + 1);        /* SIGXCPU first, which tells why; then SIGKILL */
    limit(RLIMIT_AS, (rlim_t)w->memory_mib << 20, 0);
    limit(RLIMIT_FSIZE, (rlim_t)w->files_mib << 20, 0);
    limit(RLIMIT_NPROC, w->processes + OURS, 0);
    limit(RLIMIT_NOFILE, DESCRIPTORS_MOST, 0);
    return deny_uncounted_memory() || refused("memory that no limit counts");
}

/* Where memory runs out all the same, the kernel takes these first. */
static void be_first_to_go(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    ssize_t written = fd >= 0 ? write(fd, "1000", 4) : 0;
    if (fd >= 0)
        close(fd);
    (void)written;                /* it is a help, not a wall */
}

/* Tokens and paths of who grades are nobody's business. */
static bool own_environment(bool here, const char *folder)
{
    return clearenv() == 0 && setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1) == 0 &&
           setenv("HOME", here ? folder : "/" WORK, 1) == 0 && setenv("LANG", "C.UTF-8", 1) == 0;
}

bool walls_raise(const struct lab_walls *w, bool here)
{
    umask(022);
    be_first_to_go();
    if (!(here ? own_user(w) : own_files(w)))
        return false;
    if (!own_environment(here, w->folder))
        return refused("an environment of its own");
    return true;
}
