/* The axes of a graph: what is written below the time axis can be read, wherever the present stands. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/plot.h"

Suite *plot_suite(void);

enum { HEIGHT = 16 };

static char *times_below(unsigned width, nanoseconds range, nanoseconds now)
{
    struct canvas canvas = canvas_new(width, HEIGHT);
    struct plot p;
    struct text t = { 0 };
    ck_assert(plot_open(&p, &canvas, 1, HEIGHT, NS_PER_S, NS_PER_S + range, NS_PER_S + now, 1000, PLOT_BYTES));
    plot_now(&p);
    canvas_row(&canvas, HEIGHT - 1, true, &t);
    text_char(&t, '\0');
    canvas_free(&canvas);
    return t.bytes;
}

/* Whole numbers of steps, rising, each with a blank on both sides; the last one with its unit. False: one is cut. */
static bool readable(const char *line)
{
    double before = -1, step = 0;
    bool named = false;
    unsigned nows = 0;
    for (const char *at = line + strspn(line, " "); *at; at += strspn(at, " ")) {
        char *end;
        double value = strtod(at, &end);
        if (strncmp(at, "now", 3) == 0) {
            nows++;
            at += 3;
            continue;
        }
        if (end == at || end[-1] == '.' || value <= before || named)
            return false;
        step = step > 0 ? step : value > 0 && before == 0 ? value : 0;
        before = value;
        at = end;
        named = strncmp(at, " s", 2) == 0 || strncmp(at, " ms", 3) == 0 || strncmp(at, " us", 3) == 0;
        at += named ? strcspn(at + 1, " ") + 1 : 0;
        if (*at && *at != ' ')
            return false;
    }
    return named && nows == 1;
}

START_TEST(a_time_that_has_no_room_beside_now_is_left_out_and_none_is_cut)
{
    static const nanoseconds ranges[] = { 39 * NS_PER_S, 35 * NS_PER_S, 520 * NS_PER_MS, 90 * NS_PER_MS, NS_PER_MS / 3 };
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (unsigned width = 40; width <= 160; width += 8)
            for (unsigned part = 0; part <= 100; part++) {
                nanoseconds now = ranges[i] / 100 * part;
                char *line = times_below(width, ranges[i], now);
                ck_assert_msg(readable(line), "%u columns, now at %u%%: \"%s\"", width, part, line);
                free(line);
            }
}
END_TEST

START_TEST(times_stand_below_their_ticks)
{
    char *line = times_below(120, 37 * NS_PER_S, 37 * NS_PER_S);
    ck_assert_str_eq(line, "        0              5             10             15             20             25"
                     "             30            35 s now");
    free(line);
}
END_TEST

Suite *plot_suite(void)
{
    Suite *suite = suite_create("plot");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, a_time_that_has_no_room_beside_now_is_left_out_and_none_is_cut);
    tcase_add_test(tests, times_stand_below_their_ticks);
    suite_add_tcase(suite, tests);
    return suite;
}
