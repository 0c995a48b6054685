/* A list of calls that grows while it is read, and the file that it becomes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/calls.h"

Suite *calls_grow_suite(void);

static struct true_call call_at(enum call call, uint32_t number, int time)
{
    return (struct true_call){ .call = (uint8_t)call, .number = number, .time = time * NS_PER_S, .fd = 3, .pid = 7 };
}

static struct call_end end_of(uint8_t last, uint16_t port)
{
    return (struct call_end){ .address = { 10, 9, 0, last }, .port = port, .version = 4 };
}

static size_t made(struct calls *calls, enum call call, uint32_t number, int time)
{
    const struct true_call c = call_at(call, number, time);
    return calls_made(calls, &c);
}

static size_t returned(struct calls *calls, uint32_t number, int end, const char *result)
{
    const struct true_call c = { .number = number, .end = end * NS_PER_S, .result = result };
    return calls_returned(calls, &c);
}

/* "send(1) =send(5)": in the order of time. */
static void assert_order(const struct calls *calls, const char *wanted)
{
    char words[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < calls->count; i++) {
        const struct call_moment *m = &calls->moments[i];
        ck_assert(m->time == (m->returns ? m->call->end : m->call->time));
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s%s(%d)", i ? " " : "", m->returns ? "=" : "",
                                 call_names[m->call->call], (int)(m->time / NS_PER_S));
    }
    ck_assert_str_eq(words, wanted);
}

START_TEST(what_comes_in_order_is_added_behind)
{
    struct calls *calls = calls_new();
    ck_assert_uint_eq(made(calls, CALL_CONNECT, 1, 1), 0);
    ck_assert_uint_eq(returned(calls, 1, 2, "0"), 1);
    ck_assert_uint_eq(made(calls, CALL_SEND, 2, 3), 2);
    ck_assert_uint_eq(calls->calls, 2);
    assert_order(calls, "connect(1) =connect(2) send(3)");
    ck_assert_str_eq(calls->moments[0].call->result, "0");
    ck_assert(!calls->moments[2].call->returned);
    calls_free(calls);
}
END_TEST

START_TEST(what_comes_late_goes_to_its_place_and_says_so)
{
    struct calls *calls = calls_new();
    made(calls, CALL_ACCEPT, 1, 1);
    made(calls, CALL_SEND, 2, 5);
    made(calls, CALL_CLOSE, 3, 9);
    ck_assert_uint_eq(returned(calls, 1, 4, "4"), 1);
    ck_assert_uint_eq(made(calls, CALL_RECV, 4, 0), 0);
    ck_assert_uint_eq(returned(calls, 3, 9, "0"), calls->count - 1);
    assert_order(calls, "recv(0) accept(1) =accept(4) send(5) close(9) =close(9)");
    calls_free(calls);
}
END_TEST

START_TEST(ends_that_become_known_change_the_list_from_where_it_was_made)
{
    struct calls *calls = calls_new();
    made(calls, CALL_SOCKET, 1, 1);
    made(calls, CALL_CONNECT, 2, 2);
    made(calls, CALL_SEND, 3, 4);
    struct true_call known = { .number = 2, .protocol = 6, .local = end_of(2, 40000), .remote = end_of(1, 6666) };
    ck_assert_uint_eq(calls_known(calls, &known), 1);
    ck_assert_uint_eq(calls_known(calls, &known), calls->count);          /* nothing new */
    known.end = 3 * NS_PER_S;
    ck_assert_uint_eq(calls_returned(calls, &known), 2);
    ck_assert_uint_eq(calls->moments[1].call->local.port, 40000);
    ck_assert(call_of_one(calls->moments[1].call));
    ck_assert_uint_eq(calls_settle(calls), 0);                            /* the send() and socket() get them */
    ck_assert_uint_eq(calls_settle(calls), calls->count);
    for (size_t i = 0; i < calls->count; i++)
        ck_assert(calls->moments[i].call->call == CALL_SOCKET || call_of_one(calls->moments[i].call));
    calls_free(calls);
}
END_TEST

START_TEST(two_recorders_count_on_their_own)
{
    struct calls *calls = calls_new();
    struct true_call server = call_at(CALL_LISTEN, 1, 1);
    server.who = CALLER_SERVER;
    calls_made(calls, &server);
    made(calls, CALL_CONNECT, 1, 2);
    returned(calls, 1, 3, "0");
    assert_order(calls, "listen(1) connect(2) =connect(3)");
    ck_assert(!calls->moments[0].call->returned);
    calls_free(calls);
}
END_TEST

START_TEST(what_is_not_in_the_list_returns_nothing)
{
    struct calls *calls = calls_new();
    ck_assert_uint_eq(returned(calls, 0, 1, "0"), 0);
    ck_assert_uint_eq(returned(calls, 7, 1, "0"), 0);
    made(calls, CALL_SEND, 9, 1);                                         /* those before it were lost */
    ck_assert_uint_eq(returned(calls, 8, 2, "0"), 1);
    ck_assert_uint_eq(returned(calls, 9, 2, "5"), 1);
    ck_assert_uint_eq(returned(calls, 9, 3, "6"), calls->count);          /* it has already */
    ck_assert_str_eq(calls->moments[0].call->result, "5");
    calls_free(calls);
}
END_TEST

/* Calls stay where they are, however many come; what is beyond the limit is counted. */
START_TEST(calls_never_move_and_are_bounded)
{
    struct calls *calls = calls_new();
    made(calls, CALL_SEND, 1, 1);
    const struct true_call *first = calls->moments[0].call;
    for (uint32_t i = 2; i <= CALLS_MOST + 3; i++)
        made(calls, CALL_SEND, i, 1);
    ck_assert_uint_eq(calls->calls, CALLS_MOST);
    ck_assert_uint_eq(calls->left_out, 3);
    ck_assert_ptr_eq(calls->moments[0].call, first);
    ck_assert_uint_eq(returned(calls, CALLS_MOST + 1, 2, "0"), calls->count);
    ck_assert_uint_eq(returned(calls, CALLS_MOST, 2, "0"), calls->count - 1);
    calls_free(calls);
}
END_TEST

START_TEST(a_saved_list_is_read_again)
{
    char folder[] = "/tmp/synfin-calls-XXXXXX", capture[64], beside[80];
    struct error error = { 0 };
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(capture, sizeof capture, "%s/a.pcap", folder);
    struct calls *calls = calls_new();
    struct true_call c = call_at(CALL_CLOSE, 1, 2);
    c.stays_open = true;
    c.program = "a \xe2\x82\xac";
    calls_made(calls, &c);
    returned(calls, 1, 3, "0");
    c = call_at(CALL_EXIT, 2, 1);
    c.protocol = 17;
    c.local = end_of(1, 7);
    calls_made(calls, &c);
    for (unsigned again = 0; again < 2; again++)                          /* also in the place of one that is there */
        ck_assert_msg(calls_save(calls, capture, &error), "%s", error.text);
    ck_assert(calls_beside(beside, sizeof beside, capture));
    struct calls *read = calls_read(&(struct calls_source){ .file = beside }, &error);
    ck_assert_ptr_nonnull(read);
    ck_assert_str_eq(read->problem.text, "");
    assert_order(read, "exit(1) close(2) =close(3)");
    ck_assert(read->moments[0].call->protocol == 17 && read->moments[0].call->local.port == 7);
    ck_assert(!read->moments[0].call->stays_open && read->moments[1].call->stays_open);
    ck_assert_str_eq(read->moments[1].call->program, "a \xe2\x82\xac");
    unlink(beside);
    ck_assert_int_eq(rmdir(folder), 0);                                   /* nothing else was left */
    ck_assert(!calls_save(calls, capture, &error));
    ck_assert_int_eq(error.status, EXIT_OUTPUT);
    calls_free(calls);
    calls_free(read);
}
END_TEST

Suite *calls_grow_suite(void)
{
    Suite *suite = suite_create("calls_grow");
    TCase *grow = tcase_create("grow");
    tcase_add_test(grow, what_comes_in_order_is_added_behind);
    tcase_add_test(grow, what_comes_late_goes_to_its_place_and_says_so);
    tcase_add_test(grow, ends_that_become_known_change_the_list_from_where_it_was_made);
    tcase_add_test(grow, two_recorders_count_on_their_own);
    tcase_add_test(grow, what_is_not_in_the_list_returns_nothing);
    tcase_add_test(grow, calls_never_move_and_are_bounded);
    tcase_add_test(grow, a_saved_list_is_read_again);
    suite_add_tcase(suite, grow);
    return suite;
}
