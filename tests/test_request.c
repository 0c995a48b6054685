#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ui/request.h"

Suite *request_suite(void);

enum { KEYS_MAX = 128 };

/* Every key of the list, with whose it is. */
static unsigned all_keys(uint32_t codes[KEYS_MAX], enum request owners[KEYS_MAX])
{
    unsigned count = 0;
    for (unsigned r = 0; r < REQUEST_COUNT; r++)
        for (const char *at = requests[r].keys; *at;) {
            unsigned length;
            ck_assert_uint_lt(count, KEYS_MAX);
            codes[count] = key_named(at, &length);
            owners[count++] = (enum request)r;
            ck_assert_msg(codes[count - 1] != PRESS_NONE, "%s: no key is called %s", requests[r].name, at);
            ck_assert_uint_gt(length, 0);
            at += length;
            at += strspn(at, " ");
        }
    return count;
}

START_TEST(every_key_asks_for_its_request_and_by_hand_some_for_another)
{
    uint32_t codes[KEYS_MAX];
    enum request owners[KEYS_MAX];
    unsigned count = all_keys(codes, owners);
    ck_assert_uint_gt(count, 40);
    for (unsigned i = 0; i < count; i++) {
        struct key key = { .code = codes[i] };
        bool by_hand = owners[i] >= REQUEST_CALL_NEXT;
        ck_assert_int_eq(by_hand ? request_by_hand(&key) : request_of(&key), owners[i]);
        for (unsigned k = 0; k < i; k++)
            ck_assert_msg(codes[i] != codes[k] || by_hand != (owners[k] >= REQUEST_CALL_NEXT),
                          "%s and %s have a key in common", requests[owners[i]].name, requests[owners[k]].name);
    }
}
END_TEST

/* Ctrl-C ends the program, Ctrl-Z stops it, Ctrl-Q and Ctrl-\ are the terminal's; Ctrl-I, M, H, J, [ are other keys. */
START_TEST(no_request_wants_a_key_that_never_comes)
{
    uint32_t codes[KEYS_MAX];
    enum request owners[KEYS_MAX];
    unsigned count = all_keys(codes, owners);
    for (unsigned i = 0; i < count; i++)
        ck_assert_ptr_null(memchr("\x03\x1a\x1c\x08\x0a", (int)(codes[i] & 0xff), codes[i] < 0x20 ? 5 : 0));
}
END_TEST

/* A digit, a letter, a sign or a named key is there on every keyboard; the first key is the one shown. */
START_TEST(function_keys_are_only_aliases)
{
    for (unsigned r = REQUEST_NONE + 1; r < REQUEST_CLICK; r++) {
        unsigned length;
        uint32_t first = key_named(requests[r].keys, &length);
        ck_assert_msg(first < PRESS_F1 || first > PRESS_F12, "%s is shown as a function key", requests[r].name);
    }
}
END_TEST

START_TEST(every_request_has_a_name_of_its_own_and_a_sentence)
{
    for (unsigned r = REQUEST_NONE + 1; r < REQUEST_CLICK; r++) {
        ck_assert_uint_gt(strlen(requests[r].name), 1);
        ck_assert_uint_gt(strlen(requests[r].says), 3);
        for (const char *c = requests[r].name; *c; c++)
            ck_assert(islower((unsigned char)*c) || *c == '_');
        for (unsigned k = REQUEST_NONE + 1; k < r; k++)
            ck_assert_str_ne(requests[r].name, requests[k].name);
    }
    ck_assert_str_eq(requests[REQUEST_STEP_BACK].name, "step_back");
    ck_assert_str_eq(requests[REQUEST_STEP_BACK].keys, ",");
    ck_assert_str_eq(requests[REQUEST_NONE].keys, "");
    ck_assert_str_eq(requests[REQUEST_CLICK].keys, "");
}
END_TEST

START_TEST(a_heading_stands_at_the_first_request_of_its_group)
{
    ck_assert_str_eq(requests[REQUEST_OVERVIEW].group, "Panes");
    ck_assert_ptr_null(requests[REQUEST_LADDER].group);
    ck_assert_str_eq(requests[REQUEST_PLAY].group, "Time");
    ck_assert_ptr_null(requests[REQUEST_NONE].group);
    ck_assert_ptr_null(requests[REQUEST_CLICK].group);
}
END_TEST

START_TEST(names_of_keys_are_what_people_write)
{
    static const struct { const char *name; uint32_t code; unsigned length; } names[] = {
        { "Down j", PRESS_DOWN, 4 }, { "j", 'j', 1 }, { "G", 'G', 1 }, { "Space", ' ', 5 }, { "Ctrl-B", 2, 6 },
        { "Shift-Tab", PRESS_BACKTAB, 9 }, { "F10", PRESS_F10, 3 }, { "F1 ?", PRESS_F1, 2 }, { "?", '?', 1 },
        { "", PRESS_NONE, 0 }, { " x", PRESS_NONE, 0 }, { "Dow", PRESS_NONE, 3 }, { "Downs", PRESS_NONE, 5 },
        { "F13", PRESS_NONE, 3 }, { "Ctrl-b", PRESS_NONE, 6 }, { "Ctrl-", PRESS_NONE, 5 }, { "\x1b", PRESS_NONE, 1 },
        { "\xc3\xa9", PRESS_NONE, 2 },
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned length = 99;
        ck_assert_msg(key_named(names[i].name, &length) == names[i].code, "%s", names[i].name);
        ck_assert_uint_eq(length, names[i].length);
    }
}
END_TEST

START_TEST(pasted_text_asks_for_nothing)
{
    for (uint32_t c = 0; c < 128; c++)
        ck_assert_int_eq(request_of(&(struct key){ .code = c, .pasted = true }), REQUEST_NONE);
    ck_assert_int_eq(request_of(&(struct key){ .code = 'q' }), REQUEST_QUIT);
}
END_TEST

START_TEST(the_mouse_asks_too_and_what_is_no_key_does_not)
{
    ck_assert_int_eq(request_of(&(struct key){ .code = PRESS_CLICK, .x = 3 }), REQUEST_CLICK);
    ck_assert_int_eq(request_of(&(struct key){ .code = PRESS_DOUBLE_CLICK }), REQUEST_CLICK);
    ck_assert_int_eq(request_of(&(struct key){ .code = PRESS_WHEEL_UP }), REQUEST_UP);
    ck_assert_int_eq(request_of(&(struct key){ .code = PRESS_WHEEL_DOWN }), REQUEST_DOWN);
    static const uint32_t none[] = { PRESS_NONE, PRESS_RESIZED, PRESS_GONE, 'Q', 0x1b5, 0x10ffff, UINT32_MAX };
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_int_eq(request_of(&(struct key){ .code = none[i] }), REQUEST_NONE);
}
END_TEST

Suite *request_suite(void)
{
    Suite *suite = suite_create("request");
    TCase *all = tcase_create("all");
    tcase_add_test(all, every_key_asks_for_its_request_and_by_hand_some_for_another);
    tcase_add_test(all, no_request_wants_a_key_that_never_comes);
    tcase_add_test(all, function_keys_are_only_aliases);
    tcase_add_test(all, every_request_has_a_name_of_its_own_and_a_sentence);
    tcase_add_test(all, a_heading_stands_at_the_first_request_of_its_group);
    tcase_add_test(all, names_of_keys_are_what_people_write);
    tcase_add_test(all, pasted_text_asks_for_nothing);
    tcase_add_test(all, the_mouse_asks_too_and_what_is_no_key_does_not);
    suite_add_tcase(suite, all);
    return suite;
}
