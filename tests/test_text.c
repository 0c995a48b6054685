#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

Suite *text_suite(void);

static void expect(struct text *t, const char *want)
{
    text_char(t, '\0');
    ck_assert_str_eq(t->bytes, want);
    ck_assert(!t->failed);
    text_free(t);
}

START_TEST(numbers_of_every_length)
{
    struct text t = {0};
    uint64_t n = 0;
    for (unsigned digits = 0; digits <= 19; digits++) {
        char want[32];
        snprintf(want, sizeof want, "%llu", (unsigned long long)n);
        text_u64(&t, n);
        expect(&t, want);
        n = n * 10 + digits % 9 + 1;
    }
    text_u64(&t, UINT64_MAX);
    expect(&t, "18446744073709551615");
    text_i64(&t, INT64_MIN);
    expect(&t, "-9223372036854775808");
    text_i64(&t, 42);
    expect(&t, "42");
}
END_TEST

START_TEST(times_have_nine_decimals_and_durations_no_more_than_needed)
{
    struct text t = {0};
    text_time(&t, INT64_C(1795196280465213000));
    expect(&t, "1795196280.465213000");
    text_time(&t, 0);
    expect(&t, "0.000000000");
    text_time(&t, -500000000);
    expect(&t, "-0.500000000");
    text_time(&t, INT64_MIN);
    expect(&t, "-9223372036.854775808");
    text_seconds(&t, 30100000);
    expect(&t, "0.0301");
    text_seconds(&t, 12 * NS_PER_S);
    expect(&t, "12");
    text_seconds(&t, -NS_PER_S / 2);
    expect(&t, "-0.5");
    text_seconds(&t, 1);
    expect(&t, "0.000000001");
    text_seconds(&t, 0);
    expect(&t, "0");
    text_seconds(&t, 10 * NS_PER_S + 10 * NS_PER_MS);
    expect(&t, "10.01");
}
END_TEST

static const char *const addresses[] = {
    "::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:db8::1:0:0:1", "1::", "fe80::1:2:3:4", "1:0:0:2::3",
    "::ffff:192.0.2.1", "ff02::1:ff00:0", "1:2:3:4:5:6:7:8", "0:1:2:3:4:5:6:7", "a:0:c:0:e:0:1:0", "1:2:3:4:5:6::",
};

START_TEST(ipv6_addresses_as_rfc_5952_writes_them)
{
    uint8_t bytes[16];
    ck_assert_int_eq(inet_pton(AF_INET6, addresses[_i], bytes), 1);
    struct text t = {0};
    text_address(&t, bytes, 6);
    expect(&t, addresses[_i]);
}
END_TEST

START_TEST(ipv4_addresses_are_dotted)
{
    struct text t = {0};
    text_address(&t, (const uint8_t[]){ 10, 9, 0, 255 }, 4);
    expect(&t, "10.9.0.255");
}
END_TEST

START_TEST(json_strings_escape_what_json_and_terminals_mind)
{
    struct text t = {0};
    text_json(&t, "a\"b\\c\n\t\x1b[31m\x7f", 100);
    expect(&t, "a\\\"b\\\\c\\n\\t\\u001b[31m\\u007f");
    text_json(&t, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f", 100);
    expect(&t, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f");
    text_json(&t, "\xff\xc0\xaf\xed\xa0\x80", 100);
    expect(&t, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    text_json(&t, "\xe2\x80\xae" "abc", 100);
    expect(&t, "\\u202eabc");
    text_json(&t, "cut off", 3);
    expect(&t, "cut");
    text_json(&t, "\xe2\x82\xac", 2);
    expect(&t, "\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(harmless_text_commands_no_terminal)
{
    struct text t = {0};
    text_harmless(&t, "a\x1b]0;evil\x07 \xc2\x9b" "1m \xe2\x80\xae\xff ok \xc3\xa9", 100);
    expect(&t, "a\\x1b]0;evil\\x07 \\xc2\\x9b1m \\xe2\\x80\\xae\\xff ok \xc3\xa9");
}
END_TEST

START_TEST(text_grows_and_formats_what_does_not_fit_at_once)
{
    struct text t = {0};
    for (unsigned i = 0; i < 1000; i++)
        text_repeat(&t, "ab", 3);
    ck_assert_uint_eq(t.used, 6000);
    text_free(&t);
    text_format(&t, "%0500d|", 7);
    ck_assert_uint_eq(t.used, 501);
    ck_assert_int_eq(t.bytes[499], '7');
    text_format(&t, "%s", "x");
    ck_assert_uint_eq(t.used, 502);
    text_free(&t);
}
END_TEST

START_TEST(without_memory_what_is_there_stays)
{
    struct text t = {0};
    text_string(&t, "kept");
    ck_assert_ptr_null(text_reserve(&t, SIZE_MAX - 10));
    ck_assert(t.failed);
    ck_assert_mem_eq(t.bytes, "kept", 4);
    text_free(&t);
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *all = tcase_create("all");
    tcase_add_test(all, numbers_of_every_length);
    tcase_add_test(all, times_have_nine_decimals_and_durations_no_more_than_needed);
    tcase_add_loop_test(all, ipv6_addresses_as_rfc_5952_writes_them, 0, sizeof addresses / sizeof *addresses);
    tcase_add_test(all, ipv4_addresses_are_dotted);
    tcase_add_test(all, json_strings_escape_what_json_and_terminals_mind);
    tcase_add_test(all, harmless_text_commands_no_terminal);
    tcase_add_test(all, text_grows_and_formats_what_does_not_fit_at_once);
    tcase_add_test(all, without_memory_what_is_there_stays);
    suite_add_tcase(suite, all);
    return suite;
}
