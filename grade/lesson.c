/* The parent of a lesson's run: where, by whom, how long; and that nothing is left. */
#include "grade/lesson_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"

enum {
    BESIDE_S = 60,                /* for the scenario's own end, and for what is slow on a busy machine */
    MEASURE_MS = 200,
    STUCK_S = 600,                /* longer than any run lasts */
};

static unsigned seconds_of(const struct lesson *lesson)
{
    return (lesson->seconds ? lesson->seconds : LESSON_SECONDS) + BESIDE_S;
}

static uint64_t files_most(const struct lesson *lesson)
{
    return (uint64_t)(lesson->files_mib ? lesson->files_mib : LESSON_FILES_MIB) << 20;
}

/* On this host no file system of its own ends what a program writes; root may look at it, and its child may not. */
static bool wrote_too_much(const struct lesson_place *place, uint64_t most)
{
    char path[128];
    snprintf(path, sizeof path, "%s/work", place->folder);
    int work = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool too_much = work >= 0 && folder_size(work) > most;
    if (work >= 0)
        close(work);
    return too_much;
}

/* False: it was ended, or did not come to an end. */
static bool wait_for(pid_t child, const struct lesson *lesson, const struct lesson_place *place,
                     struct lesson_report *report)
{
    nanoseconds until = clock_steady() + seconds_of(lesson) * NS_PER_S;
    int status, fd = pidfd_open(child, 0);
    struct pollfd ended = { .fd = fd, .events = POLLIN };
    bool in_time = false;
    while (fd >= 0 && !in_time && clock_steady() < until) {
        in_time = poll(&ended, 1, MEASURE_MS) == 1;
        if (report->tale.here && lesson->program && wrote_too_much(place, files_most(lesson)))
            atomic_store(&report->too_much, true);
    }
    if (!in_time)
        kill(child, SIGKILL);
    if (fd >= 0)
        close(fd);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void play(const struct lesson *lesson, const struct lesson_place *place, bool here, struct lesson_report *report)
{
    *report = (struct lesson_report){ .tale.here = here };
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        lesson_play(lesson, place, here, report);
    }
    if (child < 0 || !wait_for(child, lesson, place, report)) {
        report->ran = false;
        error_set(&report->error, EXIT_UNREADABLE, "The run of the program did not come to its end.");
    }
}

uint32_t lesson_port(const struct lesson *lesson)
{
    return lesson->number[ACTOR_PORT] ? lesson->number[ACTOR_PORT] : lesson->scenario->number[ACTOR_PORT].is;
}

/* Only root can be another user here; and ports that somebody uses already are not the student's fault. */
static void play_here(const struct lesson *lesson, const struct lesson_place *place, struct lesson_report *report)
{
    if (lesson->program && place->user == geteuid()) {
        char why[sizeof report->error.text];
        snprintf(why, sizeof why, "%s", report->error.text);
        error_set(&report->error, EXIT_PERMISSION, "The program was not run, because nothing keeps it apart from what "
                  "else is here: as %s that needs the lab. %.300s",
                  geteuid() ? "an ordinary user" : "a root who can be no other user", why);
        return;
    }
    int turn = lesson_turn("loopback", STUCK_S, lesson->waited);
    if (turn < 0) {
        error_set(&report->error, EXIT_PERMISSION, "Another run has kept loopback for more than %d s: end it, and grade "
                  "this submission again.", STUCK_S);
        return;
    }
    if (geteuid() == 0)
        lesson_keep_as(place, 0);     /* the program is that user now, and shall not come to it */
    if (lesson->program && !lesson_port_wait(lesson))
        error_set(&report->error, EXIT_UNREADABLE, "The program was not run: port %u is taken here by what is no "
                  "submission. End that, or name another port in the rubric.", lesson_port(lesson));
    else
        play(lesson, place, true, report);
    if (lesson->program)
        lesson_end_user(place->user);
    close(turn);
}

/* The lab is tried first; as root this process stays root, and its child becomes that user. */
bool lesson_run(const struct lesson *lesson, const struct lesson_place *place, struct lesson_tale *tale,
                struct error *error)
{
    *tale = (struct lesson_tale){ 0 };
    if (lesson->program && !lesson_work(place, lesson, files_most(lesson), error))
        return false;
    struct lesson_report *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                                        0);
    if (report == MAP_FAILED) {
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return false;
    }
    play(lesson, place, false, report);
    if (report->refused && !lesson->scenario->lab_only)
        play_here(lesson, place, report);
    bool ran = report->ran;
    *tale = report->tale;
    if (!ran)
        *error = report->error;
    munmap(report, sizeof *report);
    return ran;
}
