/* One connection of two captures in one ladder, as the dashboard has it: found in both, its rows tied to each one's
 * frames. */
#include <check.h>
#include <stdlib.h>

#include "report/fields.h"
#include "ui/both.h"
#include "ui/index.h"

Suite *both_suite(void);

static struct trace *opened(const char *path)
{
    struct trace_options options = { .source.file = path, .decoder.secret = 7 };
    struct error error = { 0 };
    struct trace *trace = trace_open(&options, &error);
    ck_assert_msg(trace != NULL, "%s", error.text);
    while (trace_work(trace, NS_PER_S, 0))
        ;
    return trace;
}

/* Each frame of the connection has its row, and going there finds it. */
static void assert_rows_have_frames(const struct both *b, const struct trace *trace)
{
    uint32_t id = b->id, frames = 0;
    for (uint32_t at = index_head(trace_index(trace), id); at && id == b->id; at = index_chain(trace_index(trace), at, &id)) {
        size_t row = both_row(b, at);
        ck_assert_uint_lt(row, b->ladder.count);
        ck_assert_uint_eq(both_frame(b, row), at);
        frames++;
    }
    ck_assert_uint_gt(frames, 5);
    ck_assert(both_row(b, 0) == SIZE_MAX);
}

START_TEST(each_end_has_its_frames_in_the_ladder_of_both)
{
    struct trace *client = opened("traces/lost-syn-ack-client.pcap"), *server = opened("traces/lost-syn-ack-server.pcap");
    struct both *at_client = both_make(client, server, 1), *at_server = both_make(server, client, 1);
    ck_assert(at_client->made && at_server->made);
    ck_assert_uint_eq(at_client->side, CLIENT);
    ck_assert_uint_eq(at_server->side, SERVER);
    ck_assert_uint_eq(at_client->ladder.count, at_server->ladder.count);
    ck_assert(at_client->ladder.used & USED_LOST);
    assert_rows_have_frames(at_client, client);
    assert_rows_have_frames(at_server, server);
    both_free(at_client);
    both_free(at_server);
    trace_close(client);
    trace_close(server);
}
END_TEST

START_TEST(what_is_not_in_both_has_no_ladder)
{
    struct trace *one = opened("traces/lost-syn-ack-client.pcap"), *other = opened("traces/udp.pcap");
    struct both *both = both_make(one, other, 1);
    ck_assert(both && !both->made);
    both_free(both);
    trace_close(one);
    trace_close(other);
}
END_TEST

Suite *both_suite(void)
{
    Suite *suite = suite_create("both");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, each_end_has_its_frames_in_the_ladder_of_both);
    tcase_add_test(tests, what_is_not_in_both_has_no_ladder);
    suite_add_tcase(suite, tests);
    return suite;
}
