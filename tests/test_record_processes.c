/* The recorder: processes, threads and descriptors that come and go. Each test is a small program on
 * loopback. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/recorded.h"

Suite *record_processes_suite(void);

enum { PATIENCE_S = 60 };

static int forking_server(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int status, listener = listening_socket(&port), client = connected_to(port), server = accept(listener, NULL, NULL);
    int after[2];                                         /* the child's death comes after the parent's close() */
    if (pipe(after) < 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        close(listener);
        close(client);
        if (read(after[0], &byte, 1) != 1)
            return 1;
        return write(server, "x", 1) == 1 ? 3 : 1;        /* and dies with the connection open */
    }
    close(server);
    if (write(after[1], "x", 1) != 1 || read(client, &byte, 1) != 1 || read(client, &byte, 1) != 0)
        return 1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 0 : 1;
}

START_TEST(the_last_close_ends_a_connection_and_a_death_is_no_close)
{
    RECORDED(forking_server);
    assert_exited(&h, 0);
    pid_t parent = h.messages[0].call.pid;
    unsigned open = 0;
    for (unsigned i = 1; i <= heard_count(&h, RECORDED_MADE, CALL_CLOSE); i++)
        open += heard_find(&h, RECORDED_MADE, CALL_CLOSE, i)->call.stays_open;
    ck_assert_uint_eq(open, 3);
    const struct recorded *end = heard_find(&h, RECORDED_MADE, CALL_EXIT, 1);
    ck_assert_ptr_nonnull(end);
    ck_assert(end->call.pid != parent && end->call.fd == 5);
    assert_ends(end, "127.0.0.1", heard_find(&h, RECORDED_RETURNED, CALL_BIND, 1)->call.local.port, "127.0.0.1");
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 3);         /* and the parent's two */
    unsigned ended = 0;
    for (unsigned i = 0; i < h.count; i++)
        ended += h.messages[i].kind == RECORDED_ENDED;
    ck_assert_uint_eq(ended, 2);
    heard_free(&h);
}
END_TEST

static int duplicates(void *self)
{
    (void)self;
    uint16_t port;
    int listener = listening_socket(&port), one = dup(listener), two = fcntl(listener, F_DUPFD, 20);
    close(listener);
    close(one);
    dup2(two, 30);
    close(two);
    close(30);
    return 0;
}

START_TEST(a_duplicate_keeps_the_socket_open)
{
    RECORDED(duplicates);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_CLOSE), 4);
    for (unsigned i = 1; i <= 4; i++)
        ck_assert_int_eq(heard_find(&h, RECORDED_MADE, CALL_CLOSE, i)->call.stays_open, i < 4);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 0);
    heard_free(&h);
}
END_TEST

/* Onto a socket, onto itself, from nowhere; the last one is the socket's last descriptor. */
static int replaces(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int listener = listening_socket(&port), client = connected_to(port), server = accept(listener, NULL, NULL);
    int again = dup(client), null = open("/dev/null", O_RDONLY);
    dup2(null, client);
    dup2(again, again);
    dup2(999, again);
    dup3(null, again, O_CLOEXEC);
    return recv(server, &byte, 1, 0) == 0 ? 0 : 1;
}

START_TEST(a_socket_is_closed_by_dup2_onto_its_last_descriptor)
{
    RECORDED(replaces);
    ck_assert_str_eq(words, "socket=3 bind=0 listen=0 socket=4 connect=0 accept=5 close=0 recv=0");
    const struct recorded *m = heard_find(&h, RECORDED_MADE, CALL_CLOSE, 1);
    ck_assert_str_eq(m->args, "by dup2()");
    ck_assert_int_eq(m->call.fd, 6);
    assert_ends(m, "127.0.0.1", 0, "127.0.0.1");
    ck_assert_int_le(m->call.time, heard_find(&h, RECORDED_RETURNED, CALL_CLOSE, 1)->call.end);
    assert_exited(&h, 0);
    heard_free(&h);
}
END_TEST

/* The child shares the listener, which nobody is told of then. */
static int executes_without(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int status, listener = listening_socket(&port), client = connected_to(port), server = accept(listener, NULL, NULL);
    fcntl(listener, F_SETFD, FD_CLOEXEC);
    fcntl(client, F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        close(server);
        execl("/nowhere", "nowhere", (char *)NULL);
        execl("/bin/sh", "sh", "-c", "exit 4", (char *)NULL);
        _exit(1);
    }
    if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 4)
        return 1;
    if (fork() == 0) {
        close(server);
        close(listener);
        char go;
        if (recv(client, &go, 1, 0) == 1)
            execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
        _exit(1);
    }
    close(client);
    if (send(server, "x", 1, 0) != 1 || recv(server, &byte, 1, 0) != 0)
        return 1;
    return wait(&status) > 0 && WEXITSTATUS(status) == 5 ? 0 : 1;
}

START_TEST(execve_closes_what_is_to_be_closed_then)
{
    RECORDED(executes_without);
    assert_exited(&h, 0);
    unsigned by = 0;
    for (unsigned i = 1; i <= heard_count(&h, RECORDED_MADE, CALL_CLOSE); i++) {
        const struct recorded *m = heard_find(&h, RECORDED_MADE, CALL_CLOSE, i);
        if (strcmp(m->args, "by execve()") != 0)
            continue;
        by++;
        ck_assert_int_eq(m->call.fd, 4);
        ck_assert_int_ne(m->call.pid, h.messages[0].call.pid);
        assert_ends(m, "127.0.0.1", 0, "127.0.0.1");
    }
    ck_assert_uint_eq(by, 1);
    heard_free(&h);
}
END_TEST

static int pass(int through, int fd)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = { 0 };
    char byte = 'x';
    struct iovec part = { .iov_base = &byte, .iov_len = 1 };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    if (fd < 0)                   /* take one */
        return recvmsg(through, &m, 0) == 1 ? *(int *)(void *)CMSG_DATA(CMSG_FIRSTHDR(&m)) : -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd) };
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return sendmsg(through, &m, 0) == 1 ? 0 : -1;
}

/* The worker has it only after the dispatcher's close(). */
static int dispatches(void *self)
{
    (void)self;
    uint16_t port;
    int status, pair[2], listener = listening_socket(&port);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    pid_t worker = fork();
    if (worker == 0) {
        char go;
        close(listener);
        close(pair[0]);
        if (recv(pair[1], &go, 1, MSG_PEEK) != 1)
            return 1;
        usleep(1000);
        int given = pass(pair[1], -1);
        return send(given, "x", 1, 0) == 1 && close(given) == 0 ? 6 : 1;
    }
    int client = connected_to(port), server = accept(listener, NULL, NULL);
    char bytes[2];
    if (pass(pair[0], server) < 0 || close(server) < 0)
        return 1;
    if (recv(client, bytes, 1, 0) != 1 || recv(client, bytes, 1, 0) != 0)
        return 1;
    return waitpid(worker, &status, 0) == worker && WEXITSTATUS(status) == 6 ? 0 : 1;
}

START_TEST(a_socket_that_went_in_a_message_is_closed_by_who_got_it)
{
    RECORDED(dispatches);
    assert_exited(&h, 0);
    const struct recorded *gave = NULL, *got = NULL;
    for (unsigned i = 1; i <= heard_count(&h, RECORDED_MADE, CALL_CLOSE); i++) {
        const struct recorded *m = heard_find(&h, RECORDED_MADE, CALL_CLOSE, i);
        if (m->call.remote.version)
            *(m->call.pid == h.messages[0].call.pid ? &gave : &got) = m;
    }
    ck_assert(gave && gave->call.stays_open);
    ck_assert(got && !got->call.stays_open);
    ck_assert_int_eq(got->call.remote.port, gave->call.remote.port);
    heard_free(&h);
}
END_TEST

static void *sends_one(void *self)
{
    uint16_t port = *(const uint16_t *)self;
    int fd = connected_to(port);
    return fd >= 0 && send(fd, "x", 1, 0) == 1 && close(fd) == 0 ? self : NULL;
}

static int threads(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int listener = listening_socket(&port);
    pthread_t thread[4];
    void *good;
    for (unsigned i = 0; i < 4; i++)
        if (pthread_create(&thread[i], NULL, sends_one, &port) != 0)
            return 1;
    for (unsigned i = 0; i < 4; i++) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || recv(fd, &byte, 1, 0) != 1)
            return 1;
    }
    for (unsigned i = 0; i < 4; i++)
        if (pthread_join(thread[i], &good) != 0 || !good)
            return 1;
    return 0;
}

static void assert_threads(const struct heard *h)
{
    assert_exited(h, 0);
    ck_assert_uint_eq(heard_count(h, RECORDED_RETURNED, CALL_CONNECT), 4);
    for (unsigned i = 1; i <= 4; i++) {
        const struct recorded *m = heard_find(h, RECORDED_MADE, CALL_CONNECT, i);
        ck_assert_int_eq(m->call.pid, h->messages[0].call.pid);
        ck_assert_int_ne(m->thread, m->call.pid);
        ck_assert(!heard_find(h, RECORDED_MADE, CALL_CLOSE, i)->call.stays_open);
    }
    ck_assert_uint_eq(heard_count(h, RECORDED_MADE, CALL_EXIT), 5);
}

START_TEST(threads_are_of_one_process)
{
    RECORDED(threads);
    assert_threads(&h);
    heard_free(&h);
}
END_TEST

START_TEST(threads_are_seen_on_kernels_that_have_descriptors_of_processes_only)
{
    struct heard h;
    if (!record_on_old_kernel(&h, threads))
        return;
    assert_threads(&h);
    heard_free(&h);
}
END_TEST

/* Once the process's first thread, whose number is the process's, has ended. */
static void *goes_on(void *self)
{
    char path[64], state[512] = ") ";
    (void)self;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    while (!strstr(state, ") Z")) {
        FILE *file = fopen(path, "r");
        if (!file || !fgets(state, sizeof state, file))
            _exit(1);
        fclose(file);
    }
    uint16_t port;
    int listener = listening_socket(&port), again = dup(listener);
    close(listener);
    _exit(datagrams_both_ways(self) == 77 || close(again) < 0);
}

static int first_thread_ends(void *self)
{
    pthread_t thread;
    pthread_create(&thread, NULL, goes_on, self);
    pthread_exit(NULL);
}

START_TEST(what_goes_on_after_the_first_thread_is_seen)
{
    RECORDED(first_thread_ends);
    assert_exited(&h, 0);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_BIND, 1)->args, "127.0.0.1:0");
    ck_assert(heard_find(&h, RECORDED_MADE, CALL_CLOSE, 1)->call.stays_open);
    ck_assert(!heard_find(&h, RECORDED_MADE, CALL_CLOSE, 2)->call.stays_open);
    ck_assert_uint_eq(heard_count(&h, RECORDED_RETURNED, CALL_SENDTO), 2);
    ck_assert_uint_eq(heard_find(&h, RECORDED_RETURNED, CALL_RECVFROM, 1)->call.remote.version, 4);
    heard_free(&h);
}
END_TEST

static int executes(void *self)
{
    (void)self;
    uint16_t port;
    int listener = listening_socket(&port);
    fcntl(listener, F_SETFD, 0);
    execl("/bin/sh", "sh", "-c", "/bin/true; exit 9", (char *)NULL);
    return 1;
}

START_TEST(sockets_go_through_execve)
{
    RECORDED(executes);
    assert_exited(&h, 9);
    const struct recorded *end = heard_find(&h, RECORDED_MADE, CALL_EXIT, 1);
    ck_assert_ptr_nonnull(end);
    ck_assert(end->call.fd == 3 && end->call.pid == h.messages[0].call.pid);
    ck_assert(!end->program[0] || strcmp(end->program, h.messages[0].program) != 0);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 1);
    heard_free(&h);
}
END_TEST

static void *executes_in_thread(void *self)
{
    executes(self);
    return NULL;
}

static int executes_beside(void *self)
{
    pthread_t thread;
    pthread_create(&thread, NULL, executes_in_thread, self);
    pthread_join(thread, NULL);
    return 1;
}

START_TEST(a_thread_that_executes_becomes_the_process)
{
    RECORDED(executes_beside);
    assert_exited(&h, 9);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 1);
    heard_free(&h);
}
END_TEST

/* Linked statically, with system calls of its own: nothing to preload into. */
static int static_program(void *self)
{
    (void)self;
    char path[512];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    if (length < 0)
        return 1;
    path[length] = '\0';
    strcpy(strrchr(path, '/') + 1, "static_caller");
    execl(path, "static_caller", (char *)NULL);
    return 1;
}

START_TEST(a_statically_linked_program_is_seen_too)
{
    RECORDED(static_program);
    ck_assert_str_eq(words, "socket=3 bind=0 listen=0 close=0");
    assert_exited(&h, 11);
    heard_free(&h);
}
END_TEST

Suite *record_processes_suite(void)
{
    Suite *suite = suite_create("record_processes");
    TCase *told = tcase_create("told");
    tcase_set_timeout(told, PATIENCE_S);
    tcase_add_test(told, the_last_close_ends_a_connection_and_a_death_is_no_close);
    tcase_add_test(told, a_duplicate_keeps_the_socket_open);
    tcase_add_test(told, a_socket_is_closed_by_dup2_onto_its_last_descriptor);
    tcase_add_test(told, execve_closes_what_is_to_be_closed_then);
    tcase_add_test(told, a_socket_that_went_in_a_message_is_closed_by_who_got_it);
    tcase_add_test(told, threads_are_of_one_process);
    tcase_add_test(told, threads_are_seen_on_kernels_that_have_descriptors_of_processes_only);
    tcase_add_test(told, what_goes_on_after_the_first_thread_is_seen);
    tcase_add_test(told, sockets_go_through_execve);
    tcase_add_test(told, a_thread_that_executes_becomes_the_process);
    tcase_add_test(told, a_statically_linked_program_is_seen_too);
    suite_add_tcase(suite, told);
    return suite;
}
