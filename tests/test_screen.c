/* The dashboard on a canvas in memory: the same frame, selection and layout give the same picture however one came
 * there, and nothing but printable characters of one column is ever drawn. */
#include <check.h>
#include <glob.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/settle.h"
#include "ui/glyph.h"
#include "ui/request.h"
#include "ui/screen.h"

struct dashboard {
    struct trace *trace;
    struct screen *screen;
};

static struct dashboard opened_at(const char *path, uint32_t frame, uint32_t row)
{
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7, .max_connections = 64 } };
    struct screen_options how = { .name = path, .frame = frame, .row = row };
    char beside[300];
    if (calls_beside(beside, sizeof beside, path))
        options.calls.file = beside;
    setlocale(LC_CTYPE, "C.UTF-8");                       /* which characters take one column */
    struct error error = { 0 };
    struct dashboard d = { .trace = trace_open(&options, &error) };
    ck_assert_msg(d.trace != NULL, "%s", error.text);
    d.screen = screen_new(d.trace, &how);
    settle(d.screen);
    return d;
}

static struct dashboard opened(const char *path)
{
    return opened_at(path, 0, 0);
}

static void closed(struct dashboard d)
{
    screen_free(d.screen);
    trace_close(d.trace);
}

static void press(struct dashboard d, uint32_t code)
{
    struct key key = { .code = code };
    screen_key(d.screen, &key);
    settle(d.screen);
}

static void type(struct dashboard d, const char *words)
{
    for (; *words; words++)
        press(d, *words == '\n' ? PRESS_ENTER : (unsigned char)*words);
}

static struct canvas drawn(struct dashboard d, unsigned width, unsigned height)
{
    struct canvas canvas = canvas_new(width, height);
    screen_draw(d.screen, &canvas);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        uint32_t c = canvas.cells[i].character;
        if (c && glyph(c, false) != c)                    /* an assertion of each cell would take minutes */
            ck_abort_msg("U+%04X is drawn", c);
    }
    return canvas;
}

static void go_to(struct dashboard d, uint32_t frame)
{
    char words[32];
    snprintf(words, sizeof words, ":%u\n", frame);
    type(d, words);
}

static void print(const struct canvas *canvas)
{
    struct text t = { 0 };
    for (unsigned y = 0; y < canvas->height; y++) {
        canvas_row(canvas, y, false, &t);
        text_char(&t, '\n');
    }
    fwrite(t.bytes, 1, t.used, stderr);
    text_free(&t);
}

static void assert_same(const struct canvas *a, const struct canvas *b, const char *path, uint32_t frame, char view,
                        const char *way)
{
    size_t size = (size_t)a->width * a->height * sizeof *a->cells;
    if (memcmp(a->cells, b->cells, size) == 0)
        return;
    print(a);
    print(b);
    ck_abort_msg("%s, frame %u, view %c: another picture %s", path, frame, view, way);
}

/* Backwards from the end, forwards from the beginning, and at once from nowhere. */
static void walk(const char *path, char view, unsigned width, unsigned height)
{
    struct dashboard back = opened(path), on = opened(path);
    uint32_t known = trace_known(back.trace);
    struct canvas *pictures = calloc(known + 1, sizeof *pictures);
    press(back, (uint32_t)view);
    press(on, (uint32_t)view);
    for (uint32_t frame = known; frame; frame = trace_before(back.trace, frame)) {
        if (!trace_row_of(back.trace, frame))             /* it selects no row: the one before stays */
            continue;
        go_to(back, frame);
        pictures[frame] = drawn(back, width, height);
    }
    for (uint32_t frame = trace_after(on.trace, 0); frame; frame = trace_after(on.trace, frame)) {
        if (!trace_row_of(on.trace, frame))
            continue;
        go_to(on, frame);
        struct canvas picture = drawn(on, width, height);
        assert_same(&pictures[frame], &picture, path, frame, view, "forwards");
        canvas_free(&picture);
        if (frame % 4 != (unsigned)view % 4) {            /* a new dashboard takes a while */
            canvas_free(&pictures[frame]);
            continue;
        }
        struct dashboard fresh = opened(path);
        press(fresh, (uint32_t)view);
        go_to(fresh, frame);
        picture = drawn(fresh, width, height);
        assert_same(&pictures[frame], &picture, path, frame, view, "at once");
        canvas_free(&picture);
        canvas_free(&pictures[frame]);
        closed(fresh);
    }
    free(pictures);
    closed(back);
    closed(on);
}

START_TEST(the_same_frame_gives_the_same_picture_however_one_came_there)
{
    glob_t found;
    ck_assert_int_eq(glob("traces/*.pcap", 0, NULL, &found), 0);
    ck_assert_uint_gt(found.gl_pathc, 20);
    for (size_t i = 0; i < found.gl_pathc; i++)
        for (char view = '1'; view <= '7'; view++)
            walk(found.gl_pathv[i], view, 80, 24);
    globfree(&found);
}
END_TEST

START_TEST(so_it_does_where_there_is_room_for_more_panes)
{
    static const char *const paths[] = { "traces/many-clients.pcap", "traces/lost-syn-ack.pcap", "traces/udp-senders.pcap",
                                         "traces/simultaneous-close.pcap" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (char view = '1'; view <= '7'; view++)
            walk(paths[i], view, 120, 40);
}
END_TEST

START_TEST(any_size_can_be_drawn)
{
    struct dashboard d = opened("traces/many-clients.pcap");
    for (char view = '1'; view <= '7'; view++) {
        press(d, (uint32_t)view);
        for (unsigned width = 1; width < 210; width += width < 90 ? 7 : 31)
            for (unsigned height = 1; height < 70; height += height < 30 ? 1 : 13) {
                struct canvas canvas = drawn(d, width, height);
                canvas_free(&canvas);
            }
    }
    closed(d);
}
END_TEST

/* Presses keys at random, the same ones each time. */
START_TEST(no_sequence_of_keys_breaks_it)
{
    static const uint32_t others[] = { PRESS_UP, PRESS_DOWN, PRESS_LEFT, PRESS_RIGHT, PRESS_PAGE_UP, PRESS_PAGE_DOWN,
                                       PRESS_HOME,
                                       PRESS_END, PRESS_ENTER, PRESS_ESCAPE, PRESS_TAB, PRESS_BACKTAB, PRESS_BACKSPACE,
                                       PRESS_CLICK, PRESS_DOUBLE_CLICK, PRESS_WHEEL_UP, PRESS_WHEEL_DOWN, PRESS_F1 };
    uint32_t seed = 12345;
    for (unsigned round = 0; round < 20; round++) {
        struct dashboard d = opened(round % 2 ? "traces/many-clients.pcap" : "traces/udp-senders.pcap");
        for (unsigned i = 0; i < 200 && !screen_done(d.screen); i++) {
            seed = seed * 1664525 + 1013904223;
            uint32_t n = seed >> 8;
            struct key key = { .code = n % 3 ? others[n / 3 % (sizeof others / sizeof *others)] : ' ' + n / 3 % 95,
                               .x = n / 7 % 80, .y = n / 11 % 24 };
            if (key.code == 'w' || key.code == 'e' || key.code == 'q')     /* no files from here */
                continue;
            screen_key(d.screen, &key);
            settle(d.screen);
            struct canvas canvas = drawn(d, 80, 24);
            canvas_free(&canvas);
        }
        closed(d);
    }
}
END_TEST

/* As for who looks at a graded capture: the ladder of a frame's row at that frame, or of a row at the end. */
START_TEST(it_can_begin_at_a_frame_or_a_row)
{
    const char *path = "traces/many-clients.pcap";
    struct dashboard gone = opened(path), begun = opened_at(path, 14, 0), row = opened_at(path, 0, 4);
    press(gone, '2');
    go_to(gone, 14);
    struct canvas there = drawn(gone, 100, 30), here = drawn(begun, 100, 30);
    assert_same(&there, &here, path, 14, '2', "begun there");
    canvas_free(&here);
    ck_assert_uint_eq(trace_present(row.trace), trace_known(row.trace));
    here = drawn(row, 100, 30);
    struct text t = { 0 };
    canvas_row(&here, 0, false, &t);
    ck_assert_msg(strstr(text_ended(&t), "connection 4 of 4") != NULL, "%s", text_ended(&t));
    text_free(&t);
    canvas_free(&there);
    canvas_free(&here);
    closed(gone);
    closed(begun);
    closed(row);
}
END_TEST

/* With later frames hidden, as after a guess, one can go to where the selected row has not begun: nothing is
 * awaited. */
START_TEST(before_its_first_frame_a_row_has_not_begun)
{
    struct dashboard last = opened_at("traces/many-clients.pcap", 0, 4);
    type(last, "u");
    press(last, PRESS_HOME);
    struct canvas canvas = drawn(last, 80, 24);
    struct text t = { 0 };
    canvas_row(&canvas, 1, false, &t);
    ck_assert_msg(strstr(text_ended(&t), "It has not begun yet.") != NULL, "%s", text_ended(&t));
    text_free(&t);
    canvas_free(&canvas);
    closed(last);
}
END_TEST

Suite *screen_suite(void)
{
    Suite *suite = suite_create("screen");
    TCase *tests = tcase_create("screen");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, the_same_frame_gives_the_same_picture_however_one_came_there);
    tcase_add_test(tests, so_it_does_where_there_is_room_for_more_panes);
    tcase_add_test(tests, any_size_can_be_drawn);
    tcase_add_test(tests, it_can_begin_at_a_frame_or_a_row);
    tcase_add_test(tests, before_its_first_frame_a_row_has_not_begun);
    tcase_add_test(tests, no_sequence_of_keys_breaks_it);
    suite_add_tcase(suite, tests);
    return suite;
}
