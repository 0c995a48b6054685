/* The start screen: keys in, a canvas out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/lessons.h"
#include "ui/request.h"
#include "ui/start.h"

Suite *start_suite(void);

enum { WIDTH = 80, HEIGHT = 24 };

static struct start *made(void)
{
    struct start *s = start_new();
    ck_assert_ptr_nonnull(s);
    start_add(s, START_INTERFACES, NULL, "eth0", "up  192.0.2.2");
    start_add(s, START_INTERFACES, NULL, "lo", "up, loopback  127.0.0.1");
    start_add(s, START_TRACES, NULL, "lab.pcap", "2026-11-21 04:41   1,352 bytes");
    start_add(s, START_LESSONS, "Opening", "handshake", "three segments open");
    start_add(s, START_LESSONS, "Opening", "fast-open", "a cookie");
    start_add(s, START_LESSONS, "Closing", "half-close", "one direction closed");
    return s;
}

static void press(struct start *s, const char *keys)
{
    while (*keys) {
        unsigned length;
        uint32_t code = key_named(keys, &length);
        ck_assert_msg(code != PRESS_NONE, "no key is called %s", keys);
        start_key(s, &(struct key){ .code = code });
        keys += length;
        keys += strspn(keys, " ");
    }
}

static void type(struct start *s, const char *text)
{
    for (; *text; text++)
        start_key(s, &(struct key){ .code = (unsigned char)*text });
}

/* The screen as text, in a buffer that the next call overwrites. */
static const char *drawn_at(struct start *s, unsigned width, unsigned height)
{
    static char text[64 * 1024];
    struct canvas canvas = canvas_new(width, height);
    struct text t = { 0 };
    start_draw(s, &canvas);
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, false, &t);
        text_char(&t, '\n');
    }
    ck_assert_uint_lt(t.used, sizeof text);
    memcpy(text, t.bytes, t.used);
    text[t.used] = '\0';
    text_free(&t);
    canvas_free(&canvas);
    return text;
}

static const char *drawn(struct start *s)
{
    return drawn_at(s, WIDTH, HEIGHT);
}

static void shows(struct start *s, const char *words)
{
    const char *text = drawn(s);
    ck_assert_msg(strstr(text, words), "no \"%s\" in\n%s", words, text);
}

static void hides(struct start *s, const char *words)
{
    const char *text = drawn(s);
    ck_assert_msg(!strstr(text, words), "\"%s\" in\n%s", words, text);
}

static void chose(struct start *s, enum start_group group, const char *word)
{
    const char *chosen;
    ck_assert_int_eq(start_state(s), START_CHOSEN);
    ck_assert_int_eq(start_chosen(s, &chosen), group);
    ck_assert_str_eq(chosen, word);
}

START_TEST(three_groups_are_shown_and_the_first_line_is_selected)
{
    struct start *s = made();
    shows(s, " Interfaces");
    shows(s, "\n>  eth0 ");
    shows(s, " Traces of this folder");
    shows(s, "   lab.pcap                 2026-11-21 04:41");
    shows(s, "\n  Opening\n   handshake ");
    shows(s, "synfin -i eth0\n");
    press(s, "Enter");
    chose(s, START_INTERFACES, "eth0");
    start_free(s);
}
END_TEST

START_TEST(arrows_step_over_headings_and_stay_at_the_ends)
{
    struct start *s = made();
    drawn(s);
    press(s, "Up k");
    shows(s, ">  eth0");
    press(s, "Down j");
    shows(s, ">  lab.pcap");
    shows(s, "synfin -r lab.pcap\n");
    press(s, "Down Down Down");
    shows(s, ">  half-close");
    press(s, "Down PgDn End");
    shows(s, ">  half-close");
    press(s, "Home");
    shows(s, ">  eth0");
    press(s, "End Up Enter");
    chose(s, START_LESSONS, "fast-open");
    start_free(s);
}
END_TEST

START_TEST(where_capturing_is_refused_no_interface_is_selected_first)
{
    struct start *s = made();
    start_note(s, START_INTERFACES, true, "not allowed here");
    shows(s, " Interfaces  not allowed here");
    shows(s, ">  lab.pcap");
    press(s, "Up Enter");
    chose(s, START_INTERFACES, "lo");
    start_free(s);
}
END_TEST

START_TEST(letters_filter_by_words_topics_and_groups)
{
    struct start *s = made();
    drawn(s);
    type(s, "CLOS");
    shows(s, " show: CLOS");
    shows(s, ">  half-close");
    hides(s, "eth0");
    hides(s, "lab.pcap");
    press(s, "Esc");
    shows(s, "eth0");
    type(s, "/lessons open");
    shows(s, ">  handshake");
    shows(s, "   fast-open");
    hides(s, "half-close");
    press(s, "Down Enter");
    chose(s, START_LESSONS, "fast-open");
    start_free(s);
}
END_TEST

/* All that have the words stay in the list; what is selected is what was most likely meant. */
START_TEST(a_name_that_begins_with_what_was_typed_is_selected_before_any_description)
{
    struct start *s = made();
    start_add(s, START_LESSONS, "Closing", "silent-close", "nothing is half done or forgotten");
    start_add(s, START_LESSONS, "Closing", "forgotten-close", "a program forgets its close()");
    type(s, "forg");
    shows(s, "   silent-close");
    shows(s, ">  forgotten-close");
    press(s, "Up");
    shows(s, ">  silent-close");
    press(s, "Down Enter");
    chose(s, START_LESSONS, "forgotten-close");
    start_free(s);
    s = made();
    start_add(s, START_LESSONS, "Closing", "close", "the end");
    type(s, "clos");
    shows(s, ">  close ");                                /* half-close only has it in it */
    press(s, "Backspace Backspace Backspace Backspace Backspace");
    type(s, "open");
    shows(s, ">  fast-open");                             /* handshake has it in its description */
    start_free(s);
}
END_TEST

START_TEST(letters_that_are_keys_belong_to_the_filter_once_it_is_typed)
{
    struct start *s = made();
    type(s, "/jkq?");
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    shows(s, " show: jkq?");
    shows(s, "Nothing here has that in it");
    press(s, "Enter");
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    press(s, "Backspace Backspace Backspace Backspace");
    shows(s, ">  eth0");
    hides(s, " show:");
    type(s, "q");
    ck_assert_int_eq(start_state(s), START_LEFT);
    start_free(s);
}
END_TEST

START_TEST(what_is_pasted_opens_and_leaves_nothing)
{
    struct start *s = made();
    drawn(s);
    for (const char *at = "q\r\nj?"; *at; at++)
        start_key(s, &(struct key){ .code = (unsigned char)*at, .pasted = true });
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    shows(s, ">  eth0");
    type(s, "/");
    for (const char *at = "half\r"; *at; at++)
        start_key(s, &(struct key){ .code = (unsigned char)*at, .pasted = true });
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    shows(s, ">  half-close");
    start_free(s);
}
END_TEST

START_TEST(a_click_selects_and_a_double_click_opens)
{
    struct start *s = made();
    drawn(s);
    start_key(s, &(struct key){ .code = PRESS_CLICK, .x = 5, .y = 3 });
    shows(s, ">  lo");
    start_key(s, &(struct key){ .code = PRESS_CLICK, .x = 5, .y = 1 });    /* a heading */
    start_key(s, &(struct key){ .code = PRESS_DOUBLE_CLICK, .x = 5, .y = 23 });
    start_key(s, &(struct key){ .code = PRESS_DOUBLE_CLICK, .x = 5, .y = 0 });
    shows(s, ">  lo");
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    start_key(s, &(struct key){ .code = PRESS_DOUBLE_CLICK, .x = 5, .y = 2 });
    chose(s, START_INTERFACES, "eth0");
    start_free(s);
}
END_TEST

START_TEST(help_goes_back_with_any_key_and_a_terminal_that_is_gone_leaves)
{
    struct start *s = made();
    press(s, "?");
    shows(s, "Any key goes back");
    type(s, "q");
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    shows(s, ">  eth0");
    start_key(s, &(struct key){ .code = PRESS_GONE });
    ck_assert_int_eq(start_state(s), START_LEFT);
    start_free(s);
}
END_TEST

START_TEST(names_of_files_are_harmless_on_the_screen_and_whole_when_chosen)
{
    struct start *s = start_new();
    start_add(s, START_TRACES, NULL, "a\033[31m b.pcap", "\x9b says");
    shows(s, ">  a\\x1b[31m b.pcap");
    shows(s, "\\x9b says");
    ck_assert_ptr_null(strchr(drawn(s), '\033'));
    press(s, "Enter");
    chose(s, START_TRACES, "a\033[31m b.pcap");
    start_free(s);
}
END_TEST

START_TEST(the_selected_line_stays_in_sight_in_every_size)
{
    struct start *s = start_new();
    for (unsigned i = 0; i < lesson_count; i++)
        ck_assert(start_add(s, START_LESSONS, lessons[i].topic, lessons[i].name, lessons[i].says));
    for (unsigned height = 10; height <= 60; height += 5) {
        press(s, "Home");
        for (unsigned i = 0; i < lesson_count; i++) {
            char mark[80];
            snprintf(mark, sizeof mark, "\n>  %s", lessons[i].name);
            ck_assert_msg(strstr(drawn_at(s, WIDTH, height), mark), "%s at %u rows", lessons[i].name, height);
            press(s, "Down");
        }
    }
    for (unsigned width = 1; width < 200; width += 13)
        for (unsigned height = 1; height < 12; height++)
            drawn_at(s, width, height);
    start_free(s);
}
END_TEST

START_TEST(nothing_to_choose_is_said_and_too_much_is_not_taken)
{
    struct start *s = start_new();
    shows(s, "none here (.pcap, .pcapng, .cap, also .gz)");
    shows(s, "There is nothing to open.");
    press(s, "Down Up End Enter PgUp");
    ck_assert_int_eq(start_state(s), START_CHOOSING);
    for (unsigned i = 0; i < START_LINES; i++) {
        char topic[20];
        snprintf(topic, sizeof topic, "topic %u", i);
        ck_assert(start_add(s, START_LESSONS, topic, "word", ""));
    }
    ck_assert(!start_add(s, START_LESSONS, NULL, "one more", ""));
    press(s, "End");
    shows(s, "topic 999");
    start_free(s);
}
END_TEST

/* --- the bundled captures --- */

START_TEST(every_lesson_is_its_capture_with_a_sentence_and_a_topic)
{
    ck_assert_uint_gt(lesson_count, 50);
    for (unsigned i = 0; i < lesson_count; i++) {
        char path[300];
        static char bytes[1 << 20];
        ck_assert_ptr_eq(lesson_find(lessons[i].name), &lessons[i]);
        ck_assert_uint_gt(strlen(lessons[i].says), 5);
        ck_assert_uint_gt(strlen(lessons[i].topic), 2);
        snprintf(path, sizeof path, "traces/%s.pcap", lessons[i].name);
        FILE *file = fopen(path, "rb");
        ck_assert_msg(file != NULL, "no %s", path);
        ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, file), lessons[i].length);
        fclose(file);
        ck_assert_mem_eq(bytes, lessons[i].bytes, lessons[i].length);
    }
    ck_assert_ptr_null(lesson_find("handshak"));
}
END_TEST

START_TEST(the_nearest_names_come_first)
{
    static const struct { const char *word, *near; } asked[] = {
        { "handshak", "handshake" }, { "lostsyn", "lost-syn" }, { "refuse", "refused" }, { "udp.", "udp" },
        { "zero-windows", "zero-window" },
    };
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct text t = { 0 };
        lesson_near(&t, asked[i].word);
        size_t length = strlen(asked[i].near);
        ck_assert_uint_ge(t.used, length);
        ck_assert_msg(memcmp(t.bytes, asked[i].near, length) == 0, "%s: %.*s", asked[i].word, (int)t.used, t.bytes);
        text_free(&t);
    }
}
END_TEST

Suite *start_suite(void)
{
    Suite *suite = suite_create("start");
    TCase *screen = tcase_create("screen"), *bundled = tcase_create("bundled");
    tcase_add_test(screen, three_groups_are_shown_and_the_first_line_is_selected);
    tcase_add_test(screen, arrows_step_over_headings_and_stay_at_the_ends);
    tcase_add_test(screen, where_capturing_is_refused_no_interface_is_selected_first);
    tcase_add_test(screen, letters_filter_by_words_topics_and_groups);
    tcase_add_test(screen, a_name_that_begins_with_what_was_typed_is_selected_before_any_description);
    tcase_add_test(screen, letters_that_are_keys_belong_to_the_filter_once_it_is_typed);
    tcase_add_test(screen, what_is_pasted_opens_and_leaves_nothing);
    tcase_add_test(screen, a_click_selects_and_a_double_click_opens);
    tcase_add_test(screen, help_goes_back_with_any_key_and_a_terminal_that_is_gone_leaves);
    tcase_add_test(screen, names_of_files_are_harmless_on_the_screen_and_whole_when_chosen);
    tcase_add_test(screen, the_selected_line_stays_in_sight_in_every_size);
    tcase_add_test(screen, nothing_to_choose_is_said_and_too_much_is_not_taken);
    tcase_add_test(bundled, every_lesson_is_its_capture_with_a_sentence_and_a_topic);
    tcase_add_test(bundled, the_nearest_names_come_first);
    suite_add_tcase(suite, screen);
    suite_add_tcase(suite, bundled);
    return suite;
}
