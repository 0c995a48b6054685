/* True calls in words: beside an arrow, and in a sentence. */
#include <check.h>
#include <string.h>

#include "base/text.h"
#include "report/call_words.h"

START_TEST(a_word_beside_an_arrow_is_never_cut)
{
    struct true_call call = { .call = CALL_RECV, .returned = true, .result = "12345", .fd = 3 };
    char word[CALL_WORD_ROOM];
    call_word(word, &call, CALL_WHOLE, 9, 9);
    ck_assert_str_eq(word, "= 12345");
    call_word(word, &call, CALL_WHOLE, 16, 16);
    ck_assert_str_eq(word, "recv(3) = 12345");
    call_word(word, &call, CALL_WHOLE, 9, 10);
    ck_assert_str_eq(word, "recv=12345");
    call_word(word, &call, CALL_WHOLE, 9, 20);
    ck_assert_str_eq(word, "recv=12345");
    struct true_call option = { .call = CALL_SETSOCKOPT, .returned = true, .result = "0", .fd = 3 };
    call_word(word, &option, CALL_WHOLE, 9, 9);
    ck_assert_str_eq(word, "sockopt()");
    call_word(word, &option, CALL_WHOLE, 9, 12);
    ck_assert_str_eq(word, "setsockopt()");
    call = (struct true_call){ .call = CALL_CONNECT, .returned = true, .result = "-1", .error = "ECONNREFUSED", .fd = 3,
                               .args = "10.9.0.1:120" };
    call_word(word, &call, CALL_RETURNS, 9, 9);
    ck_assert_str_eq(word, "= refused");
    call_word(word, &call, CALL_MADE, 16, 16);
    ck_assert_str_eq(word, "connect(:120)");
    call.error = "ETIMEDOUT";
    call_word(word, &call, CALL_RETURNS, 9, 9);
    ck_assert_str_eq(word, "timed out");
    call_word(word, &(struct true_call){ .call = CALL_SHUTDOWN, .returned = true, .result = "0" }, CALL_WHOLE, 9, 9);
    ck_assert_str_eq(word, "shutdown");
}
END_TEST

START_TEST(a_sentence_says_result_time_and_what_the_error_means)
{
    struct true_call call = { .call = CALL_CONNECT, .returned = true, .result = "-1", .error = "ECONNREFUSED", .fd = 3,
                              .args = "10.9.0.1:120", .end = 30 * NS_PER_MS };
    struct text t = { 0 };
    call_sentence(&t, &call, true);
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "connect(10.9.0.1:120) on socket 3 returned -1, ECONNREFUSED after 30.0 ms: nobody "
                              "listens there, or a firewall says so in its place.");
    text_free(&t);
}
END_TEST

START_TEST(what_ends_no_connection_and_what_is_no_call_have_words_of_their_own)
{
    struct true_call call = { .call = CALL_CLOSE, .stays_open = true, .returned = true, .result = "0", .fd = 4 };
    char word[CALL_WORD_ROOM];
    struct text t = { 0 };
    call_word(word, &call, CALL_WHOLE, 20, 20);
    ck_assert_str_eq(word, "close(4), shared");
    call_sentence(&t, &call, true);
    ck_assert_str_eq(text_ended(&t), "close() on socket 4 returned 0: another descriptor has the same socket, so the "
                                     "connection goes on.");
    ck_assert(!call_puts(&call));
    call = (struct true_call){ .call = CALL_EXIT, .fd = 4 };
    call_word(word, &call, CALL_WHOLE, 9, 9);
    ck_assert_str_eq(word, "exit");
    t.used = 0;
    call_sentence(&t, &call, false);
    ck_assert_str_eq(text_ended(&t), "process ended without close() on socket 4: the kernel closes it.");
    text_free(&t);
}
END_TEST

Suite *call_words_suite(void);

Suite *call_words_suite(void)
{
    Suite *suite = suite_create("call_words");
    TCase *words = tcase_create("words");
    tcase_add_test(words, a_word_beside_an_arrow_is_never_cut);
    tcase_add_test(words, a_sentence_says_result_time_and_what_the_error_means);
    tcase_add_test(words, what_ends_no_connection_and_what_is_no_call_have_words_of_their_own);
    suite_add_tcase(suite, words);
    return suite;
}
