/* The recorder: signals, holding, readers that are slow or gone, and programs that mean harm. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/recorded.h"

/* Whoever else may write to the socket. */
START_TEST(messages_without_sense_end_the_recording)
{
    for (unsigned flaw = 0; flaw < 7; flaw++) {
        int theirs;
        struct recorded m = { .kind = RECORDED_RETURNED, .call = { .call = CALL_SEND, .number = 1 } }, got;
        unsigned char two = 2;
        strcpy(m.args, "\033[2J");
        memset(m.program, 0xff, sizeof m.program);
        switch (flaw) {
        case 1: memcpy(&m.call.returned, &two, 1); break;
        case 2: memcpy(&m.call.stays_open, &two, 1); break;
        case 3: m.call.time = INT64_MIN; break;
        case 4: m.call.end = -1; break;
        case 5: m.call.remote.version = 255; break;
        case 6: m.call.call = CALL_COUNT; break;
        default: break;
        }
        struct recording *recording = recording_new(&theirs);
        ck_assert_int_eq(send(theirs, &m, sizeof m, 0), sizeof m);
        ck_assert_int_eq(recording_next(recording, &got), flaw == 0);
        ck_assert_int_eq(recording_ended(recording), flaw != 0);
        if (flaw == 0) {
            ck_assert_str_eq(got.call.args, "\\x1b[2J");
            ck_assert_int_eq(got.call.program[0], '\\');
        }
        close(theirs);
        recording_free(recording);
    }
}
END_TEST

Suite *record_rough_suite(void);

enum { PATIENCE_S = 60, TICK_US = 20000, MANY = 20000, FORKS = 1000 };

static volatile sig_atomic_t ticks;
static int alarmed_socket = -1;
static struct sockaddr_storage alarmed_at;

/* --- signals --- */

static void tick(int number)
{
    (void)number;
    ticks++;
    if (alarmed_socket >= 0 && ticks == 3) {
        socklen_t length = sizeof alarmed_at;
        getsockname(alarmed_socket, (struct sockaddr *)&alarmed_at, &length);
        sendto(alarmed_socket, "x", 1, 0, (struct sockaddr *)&alarmed_at, length);
    }
}

/* Again and again, so that one comes while it waits, however late that is. */
static void tick_with(int flags)
{
    const struct itimerval timer = { .it_interval = { .tv_usec = TICK_US }, .it_value = { .tv_usec = TICK_US } };
    struct sigaction action = { .sa_handler = tick, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static int interrupted(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int fd = datagram_socket(&port);
    tick_with(0);
    return recv(fd, &byte, 1, 0) < 0 && errno == EINTR ? 0 : 1;
}

START_TEST(a_call_that_a_signal_ends_returns_eintr)
{
    struct heard h;
    char words[WORDS];
    if (!record(&h, interrupted, false))
        return;
    heard_words(&h, 0, words, sizeof words);
    ck_assert_str_eq(words, "socket=3 bind=0 recv=EINTR");
    ck_assert_int_eq(h.status, 0);
    heard_free(&h);
}
END_TEST

static int restarted(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    alarmed_socket = datagram_socket(&port);
    tick_with(SA_RESTART);
    return recv(alarmed_socket, &byte, 1, 0) == 1 && ticks >= 3 ? 0 : 1;
}

START_TEST(a_call_that_is_restarted_is_one_call_and_a_handler_may_call_too)
{
    struct heard h;
    char words[WORDS];
    if (!record(&h, restarted, false))
        return;
    heard_words(&h, 0, words, sizeof words);
    ck_assert_str_eq(words, "socket=3 bind=0 sendto=1 recv=1");
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_RECV), 1);
    ck_assert_int_eq(h.status, 0);
    heard_free(&h);
}
END_TEST

/* poll() is restarted by another system call, restart_syscall(), where no handler is called. */
static int stopped(void *self)
{
    (void)self;
    uint16_t port;
    int status, fd = datagram_socket(&port);
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    struct pollfd heard = { .events = POLLIN };
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    heard.fd = ends[0];
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        if (write(ends[1], "x", 1) != 1)
            return 1;
        return poll(&polled, 1, 300) == 0 ? 5 : 1;
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
        return 1;
    if (poll(&heard, 1, 100) != 0)                        /* it must stay so */
        return 1;
    kill(child, SIGCONT);
    for (unsigned i = 0; i < 10; i++) {
        usleep(TICK_US / 4);
        kill(child, i % 2 ? SIGCONT : SIGSTOP);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 5 ? 0 : 1;
}

START_TEST(stopping_and_continuing_are_as_untraced)
{
    struct heard h;
    char words[WORDS];
    if (!record(&h, stopped, false))
        return;
    heard_words(&h, 0, words, sizeof words);
    ck_assert_str_eq(words, "socket=3 bind=0 poll=0");
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_POLL), 1);
    ck_assert_int_eq(h.status, 0);
    heard_free(&h);
}
END_TEST

static int killed(void *self)
{
    (void)self;
    uint16_t port;
    int listener = listening_socket(&port), client = connected_to(port);
    if (listener < 0 || client < 0)
        return 1;
    return raise(SIGKILL);
}

START_TEST(a_program_that_is_killed_made_no_close)
{
    struct heard h;
    if (!record(&h, killed, false))
        return;
    ck_assert_msg(WIFSIGNALED(h.status) && WTERMSIG(h.status) == SIGKILL, "status is %x", (unsigned)h.status);
    ck_assert_int_eq(h.messages[h.count - 1].kind, RECORDED_PROGRAM_ENDED);
    ck_assert_int_eq(h.messages[h.count - 1].status, SIGKILL);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_CLOSE), 0);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 2);
    heard_free(&h);
}
END_TEST

static int ends_when_asked(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    sigset_t none;
    struct sigaction action = { .sa_handler = tick };
    sigaction(SIGTERM, &action, NULL);
    sigemptyset(&none);
    int fd = datagram_socket(&port);
    return recv(fd, &byte, 1, 0) < 0 && errno == EINTR && ticks == 1 ? 17 : 1;
}

/* The message of that kind, or the end. */
static bool wait_for(struct recording *recording, enum recorded_kind kind, enum call call, struct recorded *m)
{
    while (!recording_ended(recording)) {
        struct pollfd polled = { .fd = recording_descriptor(recording), .events = POLLIN };
        poll(&polled, 1, -1);
        while (recording_next(recording, m))
            if (m->kind == RECORDED_REFUSED || (m->kind == kind && m->call.call == call))
                return m->kind == kind;
    }
    return false;
}

START_TEST(a_signal_to_the_recorder_is_the_programs)
{
    pid_t recorder;
    struct recorded m;
    struct recording *recording = recorder_start(ends_when_asked, false, &recorder);
    bool waits = wait_for(recording, RECORDED_MADE, CALL_RECV, &m);
    for (unsigned i = 0; waits && i < 1000; i++) {        /* until it waits in recv(): one before that ends nothing */
        usleep(1000);
        char path[64], state[512] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", m.call.pid);
        FILE *file = fopen(path, "r");
        if (file && fgets(state, sizeof state, file) && strstr(state, ") S "))
            i = 1000;
        if (file)
            fclose(file);
    }
    kill(recorder, SIGTERM);
    struct heard h = { 0 };
    hear(&h, recording, recorder);
    ck_assert_msg(!waits || h.status == 17 << 8, "status is %x", (unsigned)h.status);
    heard_free(&h);
}
END_TEST

/* --- holding --- */

static int two_that_send(void *self)
{
    (void)self;
    uint16_t port;
    int fd = datagram_socket(&port), status;
    pid_t child = fork();
    if (child == 0)
        return shutdown(fd, SHUT_RD) < 0 ? 0 : 1;
    shutdown(fd, SHUT_WR);
    return waitpid(child, &status, 0) == child ? status : 1;
}

/* Both are held before the socket calls that they fork between. */
static void release_two(bool second_first)
{
    pid_t recorder;
    struct recorded m;
    struct recording *recording = recorder_start(two_that_send, true, &recorder);
    uint32_t held[2] = { 0 }, made[2] = { 0 };
    unsigned waiting = 0, gone = 0;
    bool refused = false;
    while (!recording_ended(recording)) {
        struct pollfd polled = { .fd = recording_descriptor(recording), .events = POLLIN };
        poll(&polled, 1, -1);
        while (recording_next(recording, &m)) {
            refused |= m.kind == RECORDED_REFUSED;
            if (m.kind == RECORDED_HELD && m.call.call != CALL_SHUTDOWN)
                recording_release(recording, m.call.number);
            else if (m.kind == RECORDED_HELD)
                held[waiting++] = m.call.number;
            else if (m.kind == RECORDED_MADE && m.call.call == CALL_SHUTDOWN)
                made[gone++] = m.call.number;
            else if (m.kind == RECORDED_RETURNED && m.call.call == CALL_SHUTDOWN && gone == 1)
                recording_release(recording, held[second_first ? 0 : 1]);
            if (waiting == 2 && m.kind == RECORDED_HELD)
                recording_release(recording, held[second_first ? 1 : 0]);
        }
    }
    recording_free(recording);
    waitpid(recorder, NULL, 0);
    ck_assert(refused || (waiting == 2 && gone == 2));
    ck_assert_uint_eq(made[0], held[second_first ? 1 : 0]);
    ck_assert_uint_eq(made[1], held[second_first ? 0 : 1]);
}

START_TEST(held_calls_are_made_in_the_order_of_their_leave)
{
    release_two(false);
    release_two(true);
}
END_TEST

START_TEST(a_reader_that_goes_away_holds_nobody)
{
    pid_t recorder;
    struct recorded m;
    int status = -1;
    struct recording *recording = recorder_start(two_that_send, true, &recorder);
    wait_for(recording, RECORDED_HELD, CALL_SOCKET, &m);
    recording_free(recording);
    ck_assert_int_eq(waitpid(recorder, &status, 0), recorder);
    ck_assert_msg(status == 0, "status is %x", (unsigned)status);
}
END_TEST

static int sends_much(void *self)
{
    (void)self;
    uint16_t port;
    int fd = datagram_socket(&port);
    for (unsigned i = 0; i < MANY; i++)
        shutdown(fd, SHUT_WR);
    return 0;
}

START_TEST(what_a_slow_reader_loses_is_counted)
{
    pid_t recorder;
    siginfo_t info;
    struct heard h = { 0 };
    struct recording *recording = recorder_start(sends_much, false, &recorder);
    ck_assert_int_eq(waitid(P_PID, (id_t)recorder, &info, WEXITED | WNOWAIT), 0);    /* it ends, whoever reads */
    hear(&h, recording, recorder);
    ck_assert_int_eq(h.status, 0);
    ck_assert(h.refused || (h.count > 10 && h.count < MANY));
    for (unsigned i = 0; i + 1 < h.count; i++)
        ck_assert_uint_le(h.messages[i].lost, h.messages[i + 1].lost);
    heard_free(&h);
}
END_TEST

/* --- programs that mean harm --- */

static int closes_all(void *self)
{
    (void)self;
    uint16_t port;
    int first = datagram_socket(&port), second = datagram_socket(&port);
    if (first < 0 || second < 0 || close_range(3, 3, 0) < 0)
        return 1;
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    return datagram_socket(&port) == 0 ? 0 : 1;
}

START_TEST(a_program_that_closes_everything_closes_its_own)
{
    struct heard h;
    char words[WORDS];
    if (!record(&h, closes_all, false))
        return;
    heard_words(&h, 0, words, sizeof words);
    ck_assert_str_eq(words, "socket=3 bind=0 socket=4 bind=0 close=0 close=0 socket=0 bind=0");
    ck_assert_int_eq(h.status, 0);
    heard_free(&h);
}
END_TEST

/* Each socket call with pointers to nowhere and numbers out of every range. */
static int garbage(void *self)
{
    (void)self;
    static const long calls[] = {
        SYS_socket, SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
        SYS_write, SYS_writev, SYS_sendfile, SYS_splice, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_read, SYS_readv,
        SYS_shutdown, SYS_setsockopt, SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_dup3, SYS_fcntl,
    };
    static const unsigned long values[] = { 0, 1, 7, 4096, INT32_MAX, 0x80000000UL, ~0UL, ~0UL - 4095, 1UL << 63 };
    enum { VALUES = sizeof values / sizeof *values };
    uint16_t port;
    int fd = datagram_socket(&port), listener = listening_socket(&port);
    if (fd < 0 || listener < 0 || ptrace(PTRACE_TRACEME) == 0)
        return 1;
    shutdown(listener, SHUT_RDWR);                        /* so that nothing waits for ever */
    tick_with(0);
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        for (unsigned a = 0; a < VALUES * 2; a++) {
            unsigned long v = values[a % VALUES], w = values[(a + 3) % VALUES];
            unsigned long first = a < VALUES ? (unsigned long)fd : v;
            syscall(calls[i], first, v, w, v, w, values[(a + 5) % VALUES]);
        }
    return 0;
}

START_TEST(garbage_in_system_calls_harms_nobody)
{
    struct heard h;
    if (!record(&h, garbage, false))
        return;
    ck_assert_msg(h.status == 0, "status is %x", (unsigned)h.status);
    for (unsigned i = 0; i < h.count; i++)
        ck_assert_uint_lt(strlen(h.messages[i].args), CALLS_TEXT_MOST);
    heard_free(&h);
}
END_TEST

static int forks_often(void *self)
{
    (void)self;
    uint16_t port;
    const struct rlimit limit = { .rlim_cur = FORKS + 200, .rlim_max = FORKS + 200 };
    int status, fd = datagram_socket(&port);
    char program[] = "/bin/true", *words[] = { program, NULL };
    pid_t spawned;
    setrlimit(RLIMIT_NPROC, &limit);
    for (unsigned i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(close(fd));
        if (child > 0 && i % 8 == 0)
            kill(child, SIGKILL);
    }
    if (posix_spawn(&spawned, program, NULL, NULL, words, NULL) != 0)
        return 1;
    for (unsigned i = 0; i <= FORKS; i++)
        if (wait(&status) < 0)
            return 1;
    return wait(&status) < 0 && errno == ECHILD ? 0 : 1;
}

START_TEST(a_program_that_forks_without_end_gets_all_its_children_back)
{
    struct heard h;
    if (!record(&h, forks_often, false))
        return;
    ck_assert_msg(h.status == 0, "status is %x", (unsigned)h.status);
    unsigned ended = 0;
    for (unsigned i = 0; i < h.count; i++)
        ended += h.messages[i].kind == RECORDED_ENDED;
    ck_assert_uint_eq(ended + h.messages[h.count - 1].lost, FORKS + 2 + h.messages[h.count - 1].lost);
    heard_free(&h);
}
END_TEST

/* A child that goes on in a session of its own after the program's end. */
static int goes_on_behind(void *self)
{
    (void)self;
    uint16_t port;
    int fd = datagram_socket(&port), ends[2];
    char byte;
    if (fd < 0 || pipe(ends) < 0)
        return 1;
    if (fork() == 0) {
        setsid();
        close(ends[1]);
        if (read(ends[0], &byte, 1) == 0)                 /* the program has ended */
            shutdown(fd, SHUT_WR);
        _exit(3);
    }
    return 8;
}

START_TEST(the_programs_end_is_told_and_what_goes_on_behind_it)
{
    struct heard h;
    if (!record(&h, goes_on_behind, false))
        return;
    unsigned end = 0, after = 0;
    for (unsigned i = 0; i < h.count; i++) {
        if (h.messages[i].kind == RECORDED_PROGRAM_ENDED)
            end = i;
        if (h.messages[i].kind == RECORDED_RETURNED && h.messages[i].call.call == CALL_SHUTDOWN)
            after = i;
    }
    ck_assert_int_eq(h.messages[end].status, 8 << 8);
    ck_assert_int_eq(h.status, 8 << 8);
    ck_assert_uint_gt(after, 0);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 1);
    heard_free(&h);
}
END_TEST

/* Nothing that is traced outlives the recorder. */
static int waits_for_ever(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int fd = datagram_socket(&port);
    pid_t child = fork();
    return recv(fd, &byte, 1, 0) == 1 && child >= 0 ? 0 : 1;
}

START_TEST(a_recorder_that_is_killed_takes_the_program_with_it)
{
    pid_t recorder;
    struct recorded m, other;
    struct recording *recording = recorder_start(waits_for_ever, false, &recorder);
    bool seen = wait_for(recording, RECORDED_MADE, CALL_RECV, &m)
                && wait_for(recording, RECORDED_MADE, CALL_RECV, &other);
    kill(recorder, SIGKILL);
    waitpid(recorder, NULL, 0);
    for (unsigned i = 0; seen && i < 1000 && (kill(m.call.pid, 0) == 0 || kill(other.call.pid, 0) == 0); i++)
        usleep(10000);
    ck_assert(!seen || (kill(m.call.pid, 0) < 0 && kill(other.call.pid, 0) < 0));
    recording_free(recording);
}
END_TEST

Suite *record_rough_suite(void)
{
    Suite *suite = suite_create("record_rough");
    TCase *rough = tcase_create("rough");
    tcase_set_timeout(rough, PATIENCE_S);
    tcase_add_test(rough, a_call_that_a_signal_ends_returns_eintr);
    tcase_add_test(rough, a_call_that_is_restarted_is_one_call_and_a_handler_may_call_too);
    tcase_add_test(rough, stopping_and_continuing_are_as_untraced);
    tcase_add_test(rough, a_program_that_is_killed_made_no_close);
    tcase_add_test(rough, a_signal_to_the_recorder_is_the_programs);
    tcase_add_test(rough, held_calls_are_made_in_the_order_of_their_leave);
    tcase_add_test(rough, a_reader_that_goes_away_holds_nobody);
    tcase_add_test(rough, what_a_slow_reader_loses_is_counted);
    tcase_add_test(rough, a_program_that_closes_everything_closes_its_own);
    tcase_add_test(rough, garbage_in_system_calls_harms_nobody);
    tcase_add_test(rough, a_program_that_forks_without_end_gets_all_its_children_back);
    tcase_add_test(rough, the_programs_end_is_told_and_what_goes_on_behind_it);
    tcase_add_test(rough, a_recorder_that_is_killed_takes_the_program_with_it);
    tcase_add_test(rough, messages_without_sense_end_the_recording);
    suite_add_tcase(suite, rough);
    return suite;
}
