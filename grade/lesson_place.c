/* Where a lesson runs and is kept: a folder, and a user that is nobody else's. */
#include "grade/lesson_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"

/* Numbers that distributions, systemd and containers' maps leave alone. */
enum { USER_FIRST = 60706, USER_COUNT = 470, ENDING_S = 5, BEGUN_MS = 30000, LOOK_MS = 50 };

/* --- the user --- */

static bool has_processes(uid_t user)
{
    DIR *folder = opendir("/proc");
    bool found = false;
    for (const struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        struct stat status;
        if (*entry->d_name >= '1' && *entry->d_name <= '9')
            found = fstatat(dirfd(folder), entry->d_name, &status, 0) == 0 && status.st_uid == user;
    }
    if (folder)
        closedir(folder);
    return found;
}

static bool find_user(struct lesson_place *place, struct error *error)
{
    for (unsigned i = 0; i < USER_COUNT; i++) {
        char name[32];
        uid_t user = USER_FIRST + ((unsigned)getpid() + i) % USER_COUNT;
        snprintf(name, sizeof name, "user-%u", user);
        if (getpwuid(user) || has_processes(user) || (place->user_lock = lesson_lock(name)) < 0)
            continue;
        place->user = user;
        return true;
    }
    error_set(error, EXIT_PERMISSION, "No user is free for a student's program: all from %d on are taken.", USER_FIRST);
    return false;
}

static bool is_known(const char *map, unsigned number)
{
    FILE *in = fopen(map, "re");
    unsigned first, outside, count;
    bool known = !in;
    while (in && !known && fscanf(in, "%u %u %u", &first, &outside, &count) == 3)
        known = number >= first && number - first < count;
    if (in)
        fclose(in);
    return known;
}

/* A user namespace may know no user but root: what `unshare -r` makes, and Apptainer's --fakeroot without /etc/subuid. */
static bool knows_others(void)
{
    unsigned last = USER_FIRST + USER_COUNT - 1;
    return is_known("/proc/self/uid_map", USER_FIRST) && is_known("/proc/self/uid_map", last) &&
           is_known("/proc/self/gid_map", USER_FIRST) && is_known("/proc/self/gid_map", last);
}

/* To the machine's own root the kernel gives its settings without any capability, in whichever namespace he is. */
static bool is_machines_root(void)
{
    struct stat status;
    return geteuid() == 0 && (stat("/proc/sys/kernel/core_pattern", &status) < 0 || status.st_uid == 0);
}

bool lesson_become(uid_t user)
{
    return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0;
}

/* System V's, which outlive who made them. The kernel's table is looked through once. */
static void clear_queues(uid_t user)
{
    struct msginfo queues;
    struct seminfo semaphores;
    struct msqid_ds queue;
    struct semid_ds set;
    union {
        struct seminfo *info;
        struct semid_ds *set;
    } of = { .info = &semaphores };
    int most = msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&queues);
    for (int i = 0; i <= most; i++) {
        int id = msgctl(i, MSG_STAT, &queue);
        if (id >= 0 && queue.msg_perm.cuid == user)
            msgctl(id, IPC_RMID, NULL);
    }
    most = semctl(0, 0, SEM_INFO, of);
    of.set = &set;
    for (int i = 0; i <= most; i++) {
        int id = semctl(i, 0, SEM_STAT, of);
        if (id >= 0 && set.sem_perm.cuid == user)
            semctl(id, 0, IPC_RMID);
    }
}

/* In folders that everybody may write to; as that user, so that nothing else can go. */
static _Noreturn void clear_away(uid_t user)
{
    static const char *const folders[] = { "/tmp", "/var/tmp", "/dev/shm" };
    if (!lesson_become(user))
        _exit(1);
    kill(-1, SIGKILL);
    clear_queues(user);
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        int folder = open(folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0)
            folder_clear(folder, user);
    }
    _exit(0);
}

/* Again and again, as long as there is one: they may start others meanwhile. */
void lesson_end_user(uid_t user)
{
    nanoseconds until = clock_steady() + ENDING_S * NS_PER_S;
    do {
        pid_t child = fork();
        if (child == 0)
            clear_away(user);
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    } while (has_processes(user) && clock_steady() < until);
}

/* --- the folder --- */

static bool make_folder(const char *folder, const char *name, uid_t owner, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return mkdir(path, mode) == 0 && (geteuid() != 0 || chown(path, owner, owner) == 0);
}

/* False: something is still there. */
static bool clear_folder(const struct lesson_place *place)
{
    int folder = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return true;
    if (place->user_lock >= 0)
        folder_clear(folder, place->user);
    folder_clear(folder, geteuid());
    close(folder);
    return rmdir(place->folder) == 0;
}

/* What the caretaker says when it has begun. */
struct beginning {
    int why;                      /* errno; 0: the folder is made */
    char folder[sizeof ((struct lesson_place *)0)->folder];
};

/* Made by who clears it away: whatever is ended when, no folder is there without one. */
static void make_place(struct lesson_place *place, int begun)
{
    struct beginning b = { .why = mkdtemp(place->folder) ? 0 : errno };
    memcpy(b.folder, place->folder, sizeof b.folder);
    if (write(begun, &b, sizeof b) != (ssize_t)sizeof b || b.why)
        _exit(1);
}

static _Noreturn void take_care(struct lesson_place *place, pid_t parent, int begun)
{
    sigset_t all;
    int got;
    unsigned lock = place->user_lock >= 0 ? (unsigned)place->user_lock : 0;
    setsid();                     /* who ends the parent's group does not mean this one */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
    make_place(place, begun);
    close_range(0, lock ? lock - 1 : UINT_MAX, 0);       /* the lock stays: the folder's user is not free yet */
    if (lock)
        close_range(lock + 1, UINT_MAX, 0);
    while (getppid() == parent && sigwait(&all, &got) == 0)
        ;
    if (place->user_lock >= 0)
        lesson_end_user(place->user);     /* over loopback nobody else does now */
    nanoseconds until = clock_steady() + ENDING_S * NS_PER_S;
    while (!clear_folder(place) && clock_steady() < until)
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * NS_PER_MS }, NULL);
    _exit(0);
}

/* False: errno. */
static bool begin_care(struct lesson_place *place)
{
    int ends[2];
    struct beginning b = { .why = ETIMEDOUT };
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t parent = getpid(), caretaker = fork();
    if (caretaker == 0)
        take_care(place, parent, ends[1]);
    if (caretaker < 0)
        b.why = errno;
    place->caretaker = caretaker > 0 ? caretaker : 0;
    close(ends[1]);
    struct pollfd polled = { .fd = ends[0], .events = POLLIN };
    if (caretaker > 0 && poll(&polled, 1, BEGUN_MS) == 1 && read(ends[0], &b, sizeof b) != (ssize_t)sizeof b)
        b.why = ECHILD;
    close(ends[0]);
    if (!b.why)
        memcpy(place->folder, b.folder, sizeof b.folder);
    else
        place->folder[0] = 0;
    errno = b.why;
    return !b.why;
}

bool lesson_keep_as(const struct lesson_place *place, uid_t user)
{
    char path[128];
    snprintf(path, sizeof path, "%s/kept", place->folder);
    return chown(path, user, user) == 0;
}

bool lesson_place(struct lesson_place *place, struct error *error)
{
    *place = (struct lesson_place){ .user = geteuid(), .user_lock = -1 };
    if (geteuid() == 0 && knows_others() && !find_user(place, error))
        return false;
    snprintf(place->folder, sizeof place->folder, "/tmp/synfin-XXXXXX");
    if (!begin_care(place)) {
        error_set(error, EXIT_OUTPUT, "No folder can be made in /tmp for what is recorded: %s.", strerror(errno));
        lesson_forget(place);
        return false;
    }
    snprintf(place->capture, sizeof place->capture, "%s/kept/capture.pcap", place->folder);
    if (chmod(place->folder, 0711) == 0 && make_folder(place->folder, "kept", geteuid(), 0700))
        return true;
    error_set(error, EXIT_OUTPUT, "%s cannot be filled: %s.", place->folder, strerror(errno));
    lesson_forget(place);
    return false;
}

/* Platforms lose the mode of a file that is to be executed. */
bool lesson_work(const struct lesson_place *place, const struct lesson *lesson, uint64_t most, struct error *error)
{
    char path[128];
    if (geteuid() == place->user && is_machines_root()) {
        error_set(error, EXIT_PERMISSION, "The program was not run: this is the root of the machine, in a user namespace "
                  "that knows no other user, and it would run as that. Grade outside that namespace, or as an ordinary "
                  "user.");
        return false;
    }
    snprintf(path, sizeof path, "%s/work", place->folder);
    bool made = make_folder(place->folder, "work", place->user, 0700);
    int to = made ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int from = open(lesson->program, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = false;
    if (to < 0 || from < 0)
        error_set(error, EXIT_UNREADABLE, "%.200s cannot be copied: %s.", lesson->program, strerror(errno));
    else
        good = (lesson->files ? folder_copy_files(lesson->files, lesson->names, lesson->file_count, to, place->user, most,
                                                  error)
                              : folder_copy(from, to, place->user, most, error)) &&
               (!lesson->file || fchmodat(to, lesson->file, 0755, 0) == 0);
    if (to >= 0)
        close(to);
    if (from >= 0)
        close(from);
    return good;
}

void lesson_forget(struct lesson_place *place)
{
    if (place->caretaker) {
        kill(place->caretaker, SIGKILL);
        while (waitpid(place->caretaker, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (place->folder[0])
        clear_folder(place);
    if (place->user_lock >= 0)
        close(place->user_lock);
    *place = (struct lesson_place){ .user_lock = -1 };
}
