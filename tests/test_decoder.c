/* The decoder's table and clock: what is found, what is given up and in which order, when 2MSL is over. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "decode/decoder.h"
#include "decode/sequence.h"
#include "decode/table.h"
#include "tests/script.h"

Suite *decoder_suite(void);

START_TEST(pool_gives_back_zeroed_records_and_keeps_its_limit)
{
    struct pool pool;
    pool_init(&pool, 16, 3);
    uint32_t a = pool_take(&pool), b = pool_take(&pool), c = pool_take(&pool);
    ck_assert(a && b && c && a != b && b != c);
    ck_assert_uint_eq(pool_take(&pool), 0);
    memset(pool_at(&pool, b), 0xff, 16);
    pool_give(&pool, b);
    ck_assert_uint_eq(pool.used, 2);
    ck_assert_uint_eq(pool_take(&pool), b);
    static const char zero[16];
    ck_assert_mem_eq(pool_at(&pool, b), zero, 16);
    pool_clear(&pool);
}
END_TEST

static struct tuple key_of(uint32_t n)
{
    struct tuple key;
    uint8_t client[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n }, server[4] = { 192, 0, 2, 1 };
    tuple_make(&key, 4, PROTOCOL_TCP, client, server, 40000, 80);
    return key;
}

/* Few different hashes, so that rows crowd and removing one must close the hole it leaves. */
static uint32_t crowded(uint32_t n)
{
    return (n % 7) << 3 | 1;
}

START_TEST(table_finds_what_was_put_and_not_removed)
{
    enum { ROWS = 400 };
    struct table table;
    ck_assert(table_init(&table, ROWS));
    uint32_t reference[ROWS];
    for (uint32_t n = 0; n < ROWS; n++) {
        reference[n] = pool_take(&table.connections) << 1;
        table_row(&table, reference[n])->key = key_of(n);
        ck_assert(table_put(&table, crowded(n), reference[n], 0));
    }
    for (uint32_t n = 0; n < ROWS; n += 3)
        table_remove(&table, crowded(n), reference[n]);
    for (uint32_t n = 0; n < ROWS; n++) {
        struct tuple key = key_of(n);
        ck_assert_uint_eq(table_find(&table, &key, crowded(n)), n % 3 ? reference[n] : 0);
    }
    ck_assert_uint_eq(table.used, ROWS - (ROWS + 2) / 3);
    table_clear(&table);
}
END_TEST

START_TEST(both_directions_have_one_key)
{
    const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
    struct tuple there, back;
    ck_assert_uint_eq(tuple_make(&there, 4, PROTOCOL_TCP, a, b, 1, 2), 0);
    ck_assert_uint_eq(tuple_make(&back, 4, PROTOCOL_TCP, b, a, 2, 1), 1);
    ck_assert(tuple_equal(&there, &back));
    ck_assert_uint_eq(tuple_hash(&there, 7), tuple_hash(&back, 7));
    ck_assert_uint_ne(tuple_hash(&there, 7), tuple_hash(&there, 8));
}
END_TEST

START_TEST(sequence_numbers_compare_across_the_wrap)
{
    ck_assert(seq_after(0, UINT32_MAX));
    ck_assert(seq_before(UINT32_MAX, 0));
    ck_assert(!seq_after(5, 5) && !seq_before(5, 5));
    ck_assert_int_eq(seq_minus(3, UINT32_MAX), 4);
}
END_TEST

START_TEST(short_durations_are_exact_to_two_seconds_and_never_wrap)
{
    ck_assert_int_eq(duration_of(duration_shorten(123456789)), 123456789);
    ck_assert_int_eq(duration_of(duration_shorten(5 * NS_PER_S + 123456)), 5 * NS_PER_S + 123000);
    ck_assert_int_eq(duration_of(duration_shorten(-1)), 0);
    ck_assert_int_gt(duration_of(duration_shorten(INT64_MAX)), 2000 * NS_PER_S);
}
END_TEST

/* --- what is given up --- */

struct given {
    unsigned rows;
    uint32_t id[64];
};

static void given_up(void *self, const struct conversation *row)
{
    struct given *given = self;
    ck_assert(row->flags & CONVERSATION_GIVEN_UP);
    if (given->rows < 64)
        given->id[given->rows++] = row->id;
}

static void script_feed(struct decoder *decoder, const char *text)
{
    struct script script;
    struct error error = { 0 };
    ck_assert_msg(script_parse(text, "test", &script, &error), "%s", error.text);
    for (unsigned i = 0; i < script.frame_count; i++)
        decoder_feed(decoder, &script.frames[i].frame, 1);
    script_free(&script);
}

/* One connection that is open, one that is closed, and then SYNs that nobody answers. */
static void open_closed_and_flood(struct text *t, unsigned syns)
{
    text_string(t, "conversation open client 10.0.0.1:1000 isn 0 server 10.0.0.9:80 isn 0\n"
                   "conversation shut client 10.0.0.2:1000 isn 0 server 10.0.0.9:80 isn 0\n");
    for (unsigned i = 0; i < syns; i++)
        text_format(t, "conversation s%u client 10.0.1.%u:1000 isn 0 server 10.0.0.9:80 isn 0\n", i, i + 1);
    text_string(t, "open 0.0 > S 0:0(0) win 1000\n"
                   "open 0.1 < S. 0:0(0) ack 1 win 1000\n"
                   "open 0.2 > . 1:1(0) ack 1 win 1000\n"
                   "shut 0.3 > S 0:0(0) win 1000\n"
                   "shut 0.4 < S. 0:0(0) ack 1 win 1000\n"
                   "shut 0.5 > . 1:1(0) ack 1 win 1000\n"
                   "shut 0.6 > R. 1:1(0) ack 1 win 0\n");
    for (unsigned i = 0; i < syns; i++)
        text_format(t, "s%u %u.0 > S 0:0(0) win 1000\n", i, i + 1);
    text_char(t, 0);
}

START_TEST(openings_go_before_closed_ones_and_those_before_open_ones)
{
    struct given given = { 0 };
    struct decoder_options options = { .max_connections = 3, .given_up = given_up, .given_up_self = &given };
    struct decoder *decoder = decoder_new(&options);
    struct text text = { 0 };
    open_closed_and_flood(&text, 12);
    script_feed(decoder, text.bytes);
    /* ids: 1 open, 2 closed, 3 and later the SYNs. Each new SYN takes the place of the one before it. */
    ck_assert_uint_eq(given.rows, 11);
    ck_assert_uint_eq(given.id[0], 3);
    ck_assert_uint_eq(given.id[10], 13);
    ck_assert_uint_eq(decoder_totals(decoder).given_up_connections, 11);
    ck_assert_uint_eq(decoder_totals(decoder).connections, 14);
    ck_assert_ptr_nonnull(decoder_find(decoder, 1));
    ck_assert_ptr_nonnull(decoder_find(decoder, 2));
    ck_assert_ptr_null(decoder_find(decoder, 3));
    decoder_free(decoder);
    text_free(&text);
}
END_TEST

START_TEST(where_all_rows_are_past_their_handshake_the_closed_one_goes)
{
    struct given given = { 0 };
    struct decoder_options options = { .max_connections = 2, .given_up = given_up, .given_up_self = &given };
    struct decoder *decoder = decoder_new(&options);
    struct text text = { 0 };
    open_closed_and_flood(&text, 1);
    script_feed(decoder, text.bytes);
    ck_assert_uint_eq(given.rows, 1);
    ck_assert_uint_eq(given.id[0], 2);
    decoder_free(decoder);
    text_free(&text);
}
END_TEST

/* --- time --- */

static const char closed_by_client[] =
    "client 10.0.0.1:1000 isn 0\n"
    "server 10.0.0.9:80 isn 0\n"
    "0.0 > S 0:0(0) win 1000\n"
    "0.1 < S. 0:0(0) ack 1 win 1000\n"
    "0.2 > . 1:1(0) ack 1 win 1000\n"
    "0.3 > F. 1:1(0) ack 1 win 1000\n"
    "0.4 < F. 1:1(0) ack 2 win 1000\n"
    "0.5 > . 2:2(0) ack 2 win 1000\n";

struct ended {
    unsigned times;
    nanoseconds at;
};

static void note_end(void *self, const struct event *event)
{
    struct ended *ended = self;
    if (event->moved.from == STATE_TIME_WAIT) {
        ended->times++;
        ended->at = event->time;
    }
}

/* The end of TIME-WAIT has its due time as its own, however seldom the decoder is told the time. */
START_TEST(time_wait_ends_when_it_is_due_however_often_time_is_told)
{
    static const nanoseconds step[] = { NS_PER_MS * 700, NS_PER_S * 7, NS_PER_S * 1000 };
    nanoseconds due = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct ended ended = { 0 };
        struct decoder_options options = { .msl = 30 * NS_PER_S };
        struct decoder *decoder = decoder_new(&options);
        struct sink sink = { .wants = 1u << EVENT_TCP_STATE, .event = note_end, .self = &ended };
        decoder_attach(decoder, &sink);
        script_feed(decoder, closed_by_client);
        nanoseconds last = decoder_totals(decoder).last_time;
        for (nanoseconds t = last; t < last + 100 * NS_PER_S; t += step[i])
            decoder_time(decoder, t);
        decoder_time(decoder, last + 100 * NS_PER_S);
        ck_assert_uint_eq(ended.times, 1);
        ck_assert_int_eq(ended.at, last + 60 * NS_PER_S);
        due = due ? due : ended.at;
        ck_assert_int_eq(ended.at, due);
        decoder_free(decoder);
    }
}
END_TEST

START_TEST(time_wait_lasts_until_the_end_of_a_short_capture)
{
    struct decoder_options options = { 0 };
    struct decoder *decoder = decoder_new(&options);
    script_feed(decoder, closed_by_client);
    decoder_end(decoder);
    const struct connection *c = as_connection(decoder_first(decoder));
    ck_assert_uint_eq(c->peer[c->head.client].state, STATE_TIME_WAIT);
    ck_assert_uint_eq(c->peer[!c->head.client].state, STATE_CLOSED);
    decoder_free(decoder);
}
END_TEST

Suite *decoder_suite(void)
{
    Suite *suite = suite_create("decoder");
    TCase *tests = tcase_create("table and time");
    tcase_add_test(tests, pool_gives_back_zeroed_records_and_keeps_its_limit);
    tcase_add_test(tests, table_finds_what_was_put_and_not_removed);
    tcase_add_test(tests, both_directions_have_one_key);
    tcase_add_test(tests, sequence_numbers_compare_across_the_wrap);
    tcase_add_test(tests, short_durations_are_exact_to_two_seconds_and_never_wrap);
    tcase_add_test(tests, openings_go_before_closed_ones_and_those_before_open_ones);
    tcase_add_test(tests, where_all_rows_are_past_their_handshake_the_closed_one_goes);
    tcase_add_test(tests, time_wait_ends_when_it_is_due_however_often_time_is_told);
    tcase_add_test(tests, time_wait_lasts_until_the_end_of_a_short_capture);
    suite_add_tcase(suite, tests);
    return suite;
}
