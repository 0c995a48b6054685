/* test_source_use.c - stopping, filters, the store, privileges, and the corpus. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/filter.h"
#include "capture/store.h"
#include "tests/test_source_made.h"

START_TEST(stopping_ends_at_once)
{
    struct text t = many_frames(false);
    char path[MADE_PATH];
    made_save(&t, path);
    struct error error;
    struct source *source = source_open(&(struct source_options){ .file = path, .keep_privileges = true }, &error);
    struct frame batch[FRAME_BATCH];
    unsigned count;
    ck_assert_int_eq(source_next(source, batch, &count), SOURCE_MORE);
    source_stop(source);
    ck_assert_int_eq(source_next(source, batch, &count), SOURCE_END);
    ck_assert_uint_eq(count, 0);
    source_close(source);
    unlink(path);
    text_free(&t);
}
END_TEST

START_TEST(a_filter_keeps_the_numbers_of_the_file)
{
    struct text t = many_frames(false);
    char path[MADE_PATH];
    made_save(&t, path);
    struct reading r = read_path(path, "greater 5000", 10);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 10);
    ck_assert_uint_eq(r.frames[0].number, 251);
    ck_assert_uint_eq(r.frames[9].number, 260);
    ck_assert_uint_eq(r.counts.frames, 260);
    ck_assert_uint_eq(r.counts.given, 10);
    r = read_path(path, "wlan type mgt", 0);
    says(&r, EXIT_USAGE, "link type (EN10MB)");
    unlink(path);
    text_free(&t);
}
END_TEST

START_TEST(a_filter_is_compiled_for_each_link_type)
{
    struct text t = {0};
    static const uint8_t ip[] = {
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 53, 0, 53, 0, 8, 0, 0,
    };
    made_section(&t, false);
    made_interface(&t, false, 101, 0, 6, 0);
    made_interface(&t, false, 1, 0, 6, 0);
    made_interface(&t, false, 189, 0, 6, 0);
    for (unsigned i = 0; i < 6; i++) {
        struct text c = {0};
        made_put32(&c, false, i % 3);
        made_put(&c, false, 8, 0);
        made_put32(&c, false, 42);
        made_put32(&c, false, 42);
        text_repeat(&c, "\0", 0);
        if (i % 3 == 1)
            text_bytes(&c, "\1\1\1\1\1\1\2\2\2\2\2\2\x08\0", 14);
        text_bytes(&c, (const char *)ip, sizeof ip);
        text_bytes(&c, "..............", 14);
        made_block(&t, false, 6, &c);
        text_free(&c);
    }
    char path[MADE_PATH];
    made_save(&t, path);
    struct reading r = read_path(path, "udp port 53 and host 10.0.0.2", 0);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 4);
    ck_assert_uint_eq(r.frames[2].number, 4);
    unlink(path);
    text_free(&t);
}
END_TEST

START_TEST(a_filter_never_asks_a_name_server)
{
    static const char *const refused[] = {
        "host example.com", "localhost", "src foo", "net example", "gateway router", "ether host alice", "tcp or foo",
        "port http or host foo", "host \\tcp", "1.2.3.4.5", "10-5", "type mgt or foo", "(port 80) or foo",
        "dst f.com:80",
    };
    static const char *const taken[] = {
        "", "tcp port 80", "port http or https", "portrange ftp-smtp", "host 10.0.0.1", "net 10.1", "host 2001:db8::1",
        "ether host 00:11:22:33:44:55", "ether host 0011.2233.4455", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "ip proto \\tcp", "tcp[2:2]-tcp[4:2] > 0x10", "wlan type mgt subtype beacon", "icmp6[icmp6type] = icmp6-echo",
        "not arp and len > 60",
    };
    struct error error;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        ck_assert_msg(!filter_without_names(refused[i], &error), "%s", refused[i]);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        ck_assert_msg(filter_without_names(taken[i], &error), "%s: %s", taken[i], error.text);
    ck_assert_ptr_null(filter_open("port nosuchport", &error));
    ck_assert_int_eq(error.status, EXIT_USAGE);
}
END_TEST

START_TEST(the_store_reads_any_frame_again)
{
    for (int next_generation = 0; next_generation <= 1; next_generation++) {
        struct text t = many_frames(next_generation);
        char path[MADE_PATH];
    made_save(&t, path);
        struct reading r = read_path(path, NULL, 0);
        struct error error;
        struct source *source = source_open(&(struct source_options){ .file = path, .keep_privileges = true }, &error);
        struct store *store = store_open(source, &error);
        ck_assert_ptr_nonnull(store);
        struct frame frame;
        unsigned count;
        struct frame batch[FRAME_BATCH];
        while (source_next(source, batch, &count) != SOURCE_END)
            ;
        for (unsigned i = r.count; i-- > 0;) {
            ck_assert_msg(store_read(store, r.frames[i].offset, &frame, &error), "%s", error.text);
            bodies_are_right(&frame, 1);
            ck_assert_uint_eq(frame.caplen, r.frames[i].caplen);
            ck_assert_int_eq(frame.time, r.frames[i].time);
        }
        ck_assert(!store_read(store, t.used, &frame, &error));
        ck_assert(!store_read(store, UINT64_MAX, &frame, &error));
        store_close(store);
        source_close(source);
        unlink(path);
        text_free(&t);
    }
}
END_TEST

START_TEST(an_unknown_interface_is_refused_with_the_known_ones)
{
    struct error error = {0};
    struct source_options options = { .interface = "nosuch0", .keep_privileges = true };
    ck_assert_ptr_null(source_open(&options, &error));
    ck_assert_msg(error.status == EXIT_PERMISSION || strstr(error.text, "there are: "), "%s", error.text);
}
END_TEST

START_TEST(capabilities_are_gone_once_a_source_is_open)
{
    struct text t = many_frames(false);
    char path[MADE_PATH];
    made_save(&t, path);
    struct error error;
    struct source *source = source_open(&(struct source_options){ .file = path }, &error);
    unlink(path);
    ck_assert_ptr_nonnull(source);
    FILE *status = fopen("/proc/self/status", "r");
    ck_assert_ptr_nonnull(status);
    char line[200];
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0)
            ck_assert_msg(strspn(line + 7, "\t 0\n") == strlen(line + 7), "%s", line);
    fclose(status);
    source_close(source);
    text_free(&t);
}
END_TEST

/* The corpus's list says how many frames each of its captures has (column 8). */
START_TEST(frame_counts_of_the_corpus)
{
    const char *corpus = getenv("CORPUS") ? getenv("CORPUS") : "../shared/corpus";
    char name[600];
    snprintf(name, sizeof name, "%s/MANIFEST.tsv", corpus);
    FILE *list = fopen(name, "r");
    char line[2000];
    while (list && fgets(line, sizeof line, list)) {
        char *rest = line;
        const char *file = strsep(&rest, "\t");
        const char *frames = NULL;
        for (unsigned column = 1; column < 8 && rest; column++)
            frames = strsep(&rest, "\t");
        snprintf(name, sizeof name, "%s/captures/%s", corpus, file);
        struct error error;
        struct source *source = source_open(&(struct source_options){ .file = name, .keep_privileges = true }, &error);
        if (!source || !frames)
            continue;
        struct frame batch[FRAME_BATCH];
        unsigned count;
        while (source_next(source, batch, &count) != SOURCE_END)
            ;
        ck_assert_msg(source_counts(source).frames == strtoull(frames, NULL, 10), "%s: %s", file, frames);
        source_close(source);
    }
    if (list)
        fclose(list);
}
END_TEST

void add_source_use(TCase *tests)
{
    const TTest *const all[] = {
        stopping_ends_at_once,
        a_filter_keeps_the_numbers_of_the_file,
        a_filter_is_compiled_for_each_link_type,
        a_filter_never_asks_a_name_server,
        the_store_reads_any_frame_again,
        an_unknown_interface_is_refused_with_the_known_ones,
        capabilities_are_gone_once_a_source_is_open,
        frame_counts_of_the_corpus,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tcase_add_test(tests, all[i]);
}
