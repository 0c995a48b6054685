/* What stands behind the terminal and needs none: colours, characters that may be drawn, keys out of bytes, OSC 52. */
#include <check.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/clipboard.h"
#include "ui/glyph.h"
#include "ui/restore.h"
#include "ui/theme.h"
#include "ui/typed.h"

Suite *terminal_suite(void);

/* --- colours --- */

/* xterm's 256 colours from 16 on: a cube of six steps, then 24 greys. */
static void palette(short colour, double rgb[3])
{
    static const double steps[] = { 0, 95, 135, 175, 215, 255 };
    ck_assert_int_ge(colour, 16);
    ck_assert_int_le(colour, 255);
    for (unsigned i = 0, place = 36; i < 3; i++, place /= 6)
        rgb[i] = colour >= 232 ? 8 + 10 * (colour - 232) : steps[(unsigned)(colour - 16) / place % 6];
}

/* WCAG 2.1, relative luminance and contrast ratio. */
static double luminance(const double rgb[3])
{
    static const double weight[] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (unsigned i = 0; i < 3; i++) {
        double share = rgb[i] / 255;
        sum += weight[i] * (share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast_on(enum theme background, short colour)
{
    double rgb[3];
    palette(colour, rgb);
    double light = luminance(rgb);
    return background == THEME_LIGHT ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05;
}

START_TEST(colours_can_be_read_on_their_background)
{
    ck_assert_double_lt(contrast_on(THEME_LIGHT, 166), 4.5);      /* this measures something */
    ck_assert_double_eq_tol(contrast_on(THEME_LIGHT, 16), 21, 0.01);
    static const enum theme themes[] = { THEME_DARK, THEME_LIGHT };
    unsigned measured = 0;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            short colour = theme_style(themes[i], (enum role)role).colour256;
            if (colour < 0)
                continue;
            measured++;
            double ratio = contrast_on(themes[i], colour);
            ck_assert_msg(ratio >= 4.5, "%s, role %u: %.2f", theme_names[themes[i]], role, ratio);
        }
    ck_assert_uint_gt(measured, 8);
}
END_TEST

static bool same_style(struct style a, struct style b, bool coloured)
{
    return a.bold == b.bold && a.dim == b.dim && a.underline == b.underline && a.reverse == b.reverse &&
           (!coloured || (a.colour256 == b.colour256 && a.colour16 == b.colour16 && a.colour8 == b.colour8));
}

START_TEST(what_matters_differs_from_plain_without_any_colour)
{
    static const enum role matter[] = { ROLE_TROUBLE, ROLE_HEADING, ROLE_NOW, ROLE_STATE, ROLE_KEY, ROLE_GOOD };
    for (unsigned theme = 0; theme < THEME_COUNT; theme++) {
        struct style plain = theme_style((enum theme)theme, ROLE_PLAIN);
        for (unsigned i = 0; i < sizeof matter / sizeof *matter; i++)
            ck_assert(!same_style(plain, theme_style((enum theme)theme, matter[i]), false));
    }
    ck_assert(theme_style(THEME_MONO, ROLE_QUIET).dim);
    ck_assert(!same_style(theme_style(THEME_MONO, ROLE_TROUBLE), theme_style(THEME_MONO, ROLE_NOW), false));
}
END_TEST

START_TEST(mono_and_contrast_have_no_colour_and_contrast_nothing_dim)
{
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct style mono = theme_style(THEME_MONO, (enum role)role);
        struct style contrast = theme_style(THEME_CONTRAST, (enum role)role);
        ck_assert(mono.colour256 < 0 && mono.colour16 < 0 && mono.colour8 < 0);
        ck_assert(contrast.colour256 < 0 && contrast.colour16 < 0 && contrast.colour8 < 0 && !contrast.dim);
    }
}
END_TEST

START_TEST(reverse_means_selected_and_nothing_else)
{
    for (unsigned theme = 0; theme < THEME_COUNT; theme++)
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            struct style style = theme_style((enum theme)theme, (enum role)role);
            struct style selected = theme_style((enum theme)theme, (enum role)(role | ROLE_SELECTED));
            ck_assert(!style.reverse && selected.reverse);
            selected.reverse = false;
            ck_assert(same_style(style, selected, true));
        }
    ck_assert(same_style(theme_style(THEME_DARK, (enum role)99), theme_style(THEME_DARK, ROLE_PLAIN), true));
}
END_TEST

START_TEST(client_and_server_are_told_apart_and_never_by_red_and_green)
{
    for (unsigned theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        struct style client = theme_style((enum theme)theme, ROLE_CLIENT);
        struct style server = theme_style((enum theme)theme, ROLE_SERVER);
        ck_assert(client.colour256 != server.colour256 && client.colour16 != server.colour16);
        ck_assert(client.colour8 != server.colour8);
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            struct style style = theme_style((enum theme)theme, (enum role)role);
            ck_assert(style.colour8 != 2 && style.colour16 != 2 && style.colour16 != 10);
        }
    }
}
END_TEST

START_TEST(themes_are_found_by_name)
{
    enum theme theme = THEME_MONO;
    ck_assert(theme_find("light", &theme) && theme == THEME_LIGHT);
    ck_assert(theme_find("contrast", &theme) && theme == THEME_CONTRAST);
    ck_assert(!theme_find("Light", &theme) && !theme_find("", &theme));
    ck_assert_int_eq(theme, THEME_CONTRAST);
}
END_TEST

/* --- characters --- */

START_TEST(no_character_that_commands_or_shifts_reaches_the_terminal)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    for (uint32_t c = 1; c < 0xa0; c++) {
        bool printable = c >= ' ' && c < 0x7f;
        ck_assert_uint_eq(glyph(c, false), printable ? c : '?');
        ck_assert_uint_eq(glyph(c, true), printable ? c : '?');
    }
    static const uint32_t bad[] = {
        0xad, 0x300, 0x61c, 0x200b, 0x200d, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xfffe,
        0xd800, 0xdfff, 0x1f600, 0x4e2d, 0xff21, 0xe0041, 0x110000, 0x80000000, UINT32_MAX, 0xffffffe5,
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(glyph(bad[i], false) == '?', "U+%04X is drawn", bad[i]);
        ck_assert_uint_eq(glyph(bad[i], true), '?');
    }
}
END_TEST

START_TEST(what_views_draw_is_drawn)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    static const uint32_t good[] = {
        0x2500, 0x2502, 0x2550, 0x254e, 0x253c, 0x25ba, 0x25c4, 0x25bc, 0x2588, 0x28ff, 0xe9,
    };
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_uint_eq(glyph(good[i], false), good[i]);
    ck_assert_uint_eq(glyph(0, false), ' ');
    ck_assert_uint_eq(glyph(0, true), ' ');
    ck_assert_uint_eq(glyph(0x25ba, true), '>');
    ck_assert_uint_eq(glyph(0x2502, true), '|');
}
END_TEST

/* --- keys --- */

/* Types bytes in one go, a silence behind them, and gives the keys. */
static unsigned type(struct typed *typed, const char *bytes, nanoseconds at, struct key keys[32])
{
    unsigned count = 0;
    for (const char *b = bytes; *b && count < 31; b++)
        if (typed_byte(typed, (uint8_t)*b, at, &keys[count]))
            count++;
    if (typed_pending(typed) && typed_silence(typed, &keys[count]))
        count++;
    ck_assert(!typed_pending(typed));
    return count;
}

static const struct { const char *bytes; uint32_t code; } typed_keys[] = {
    { "q", 'q' }, { "\r", PRESS_ENTER }, { "\n", PRESS_ENTER }, { "\t", PRESS_TAB }, { "\b", PRESS_BACKSPACE },
    { "\x7f", PRESS_BACKSPACE }, { "\x02", 2 }, { "\x1b", PRESS_ESCAPE }, { "\xc3\xa9", 0xe9 },
    { "\xe2\x82\xac", 0x20ac }, { "\xf0\x9f\x90\x9f", 0x1f41f },
    { "\x1b[A", PRESS_UP }, { "\x1bOB", PRESS_DOWN }, { "\x1b[H", PRESS_HOME }, { "\x1b[4~", PRESS_END },
    { "\x1b[5~", PRESS_PAGE_UP }, { "\x1b[Z", PRESS_BACKTAB }, { "\x1bOP", PRESS_F1 }, { "\x1b[21~", PRESS_F10 },
    { "\x1bOp", '0' }, { "\x1bOy", '9' }, { "\x1bOk", '+' }, { "\x1bOM", PRESS_ENTER }, { "\xc2\x9b" "A", PRESS_UP },
};

START_TEST(keys_are_read_from_bytes)
{
    struct typed typed = {0};
    struct key keys[32];
    ck_assert_uint_eq(type(&typed, typed_keys[_i].bytes, 0, keys), 1);
    ck_assert_uint_eq(keys[0].code, typed_keys[_i].code);
    ck_assert(!keys[0].pasted);
    ck_assert_uint_eq(type(&typed, "x", 0, keys), 1);             /* nothing is left behind */
    ck_assert_uint_eq(keys[0].code, 'x');
}
END_TEST

static const char *const meaningless[] = {
    "\x1b[1;2P", "\x1b[99~", "\x1b[22~", "\x1b[?1;2c", "\x1b[>0;1q", "\x1b[1;5D", "\x1b[I", "\x1b[O", "\x1b[200;1~",
    "\x1b[<0;10;5m", "\x1b[M!!!", "\x1b[M !", "\x1b[[A", "\x1bq", "\x1b]11;rgb:0000/0000/0000\x07",
    "\x1b]52;c;cXF4\x1b\\", "\x1bP1$r0m\x1b\\", "\x1b_qqq\x1b\\", "\x1bP+r4d73\xc2\x9c", "\x1b[12;", "\x1b[", "\x1bO",
    "\x1b]0;q",
    "\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xc2\x90q\x07", "\xc2\x85",
    "\x1b[1\x01", "\x1b[99999999999999999999~",
};

START_TEST(sequences_without_meaning_are_swallowed_whole)
{
    struct typed typed = {0};
    struct key keys[32];
    unsigned count = type(&typed, meaningless[_i], 0, keys);
    ck_assert_msg(count == 0, "sequence %d gives key %u", _i, keys[0].code);
    ck_assert_uint_eq(type(&typed, "x", 0, keys), 1);
    ck_assert_uint_eq(keys[0].code, 'x');
}
END_TEST

START_TEST(escape_twice_is_escape_twice)
{
    struct typed typed = {0};
    struct key keys[32];
    ck_assert_uint_eq(type(&typed, "\x1b\x1b", 0, keys), 2);
    ck_assert(keys[0].code == PRESS_ESCAPE && keys[1].code == PRESS_ESCAPE);
    ck_assert_uint_eq(type(&typed, "\x1b[12\x1b[Aj", 0, keys), 2);   /* cut off by the next one */
    ck_assert(keys[0].code == PRESS_UP && keys[1].code == 'j');
}
END_TEST

START_TEST(pasted_text_is_flagged_and_holds_characters_alone)
{
    struct typed typed = {0};
    struct key keys[32];
    ck_assert_uint_eq(type(&typed, "\x1b[200~q\x1b[A\x03\xc3\xa9\r\n\x1bOP\x1b[201~q", 0, keys), 5);
    static const uint32_t codes[] = { 'q', 0xe9, ' ', ' ', 'q' };
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(keys[i].code, codes[i]);
        ck_assert(keys[i].pasted == (i < 4));
    }
    type(&typed, "\x1b[200~a", 0, keys);
    ck_assert(!typed_recognised(&typed, NS_PER_S));
}
END_TEST

START_TEST(a_paste_without_an_end_does_not_take_the_keys_away)
{
    struct typed typed = {0};
    struct key keys[32];
    ck_assert_uint_eq(type(&typed, "\x1b[200~a", 0, keys), 1);
    ck_assert_uint_eq(type(&typed, "b", NS_PER_S, keys), 1);
    ck_assert(keys[0].pasted);
    ck_assert_uint_eq(type(&typed, "c", 4 * NS_PER_S, keys), 1);
    ck_assert(!keys[0].pasted);
    ck_assert(typed_recognised(&typed, 4 * NS_PER_S));
}
END_TEST

static const struct { const char *bytes; uint32_t code; unsigned x, y; } mouse_keys[] = {
    { "\x1b[<0;10;5M", PRESS_CLICK, 9, 4 }, { "\x1b[<64;300;200M", PRESS_WHEEL_UP, 299, 199 },
    { "\x1b[<65;1;1M", PRESS_WHEEL_DOWN, 0, 0 }, { "\x1b[<4;2;3M", PRESS_CLICK, 1, 2 },
    { "\x1b[M *%", PRESS_CLICK, 9, 4 }, { "\x1b[M`!!", PRESS_WHEEL_UP, 0, 0 },
    { "\x1b[M \xff\x80", PRESS_CLICK, 222, 95 },
    { "\x1b[<0;10;5m" "\x1b[<2;1;1M" "\x1b[<32;1;1M" "\x1b[<0;0;5M" "\x1b[<0;1M" "\x1b[<0;1;1;1M" "\x1b[<0;5;5M",
      PRESS_CLICK, 4, 4 },
};

START_TEST(presses_of_the_mouse_have_a_place)
{
    struct typed typed = {0};
    struct key keys[32];
    ck_assert_uint_eq(type(&typed, mouse_keys[_i].bytes, 0, keys), 1);
    ck_assert_uint_eq(keys[0].code, mouse_keys[_i].code);
    ck_assert_uint_eq(keys[0].x, mouse_keys[_i].x);
    ck_assert_uint_eq(keys[0].y, mouse_keys[_i].y);
    ck_assert_uint_eq(type(&typed, "j", 0, keys), 1);
    ck_assert(keys[0].code == 'j' && keys[0].x == 0);
}
END_TEST

START_TEST(two_clicks_in_one_place_are_a_double_click)
{
    struct clicks clicks = {0};
    ck_assert_uint_eq(clicks_press(&clicks, 3, 4, 0), PRESS_CLICK);
    ck_assert_uint_eq(clicks_press(&clicks, 3, 4, 100 * NS_PER_MS), PRESS_DOUBLE_CLICK);
    ck_assert_uint_eq(clicks_press(&clicks, 3, 4, 200 * NS_PER_MS), PRESS_CLICK);
    ck_assert_uint_eq(clicks_press(&clicks, 4, 4, 300 * NS_PER_MS), PRESS_CLICK);
    ck_assert_uint_eq(clicks_press(&clicks, 4, 4, 900 * NS_PER_MS), PRESS_CLICK);
}
END_TEST

/* --- writing --- */

START_TEST(writing_waits_for_a_terminal_that_takes_no_more_but_not_for_ever)
{
    static char bytes[200000], read_back[sizeof bytes];
    memset(bytes, 'b', sizeof bytes);
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    ck_assert(!restore_write(ends[1], bytes, sizeof bytes, 20));  /* nobody reads */
    while (read(ends[0], read_back, sizeof read_back) > 0)
        ;
    pid_t child = fork();
    if (child == 0) {
        size_t count = 0;
        while (count < sizeof bytes) {
            usleep(1000);
            ssize_t got = read(ends[0], read_back + count, sizeof bytes - count < 20000 ? sizeof bytes - count : 20000);
            count += got > 0 ? (size_t)got : 0;
        }
        _exit(memcmp(bytes, read_back, sizeof bytes) != 0);
    }
    ck_assert(restore_write(ends[1], bytes, sizeof bytes, 2000));
    int status = 1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    ck_assert(!restore_write(ends[1], bytes, 1, 20));             /* nobody ever will */
    close(ends[1]);
}
END_TEST

/* --- clipboard --- */

static void expect_copy(enum multiplexer multiplexer, const char *bytes, const char *want)
{
    struct text t = {0};
    ck_assert(clipboard_sequence(&t, multiplexer, bytes, strlen(bytes)));
    ck_assert_uint_eq(t.used, strlen(want));
    ck_assert_mem_eq(t.bytes, want, t.used);
    text_free(&t);
}

START_TEST(the_clipboard_takes_base64)
{
    expect_copy(MULTIPLEXER_NONE, "foobar", "\033]52;c;Zm9vYmFy\007");       /* RFC 4648, section 10 */
    expect_copy(MULTIPLEXER_NONE, "fooba", "\033]52;c;Zm9vYmE=\007");
    expect_copy(MULTIPLEXER_NONE, "foob", "\033]52;c;Zm9vYg==\007");
    expect_copy(MULTIPLEXER_NONE, "\xff\xfe", "\033]52;c;//4=\007");
    expect_copy(MULTIPLEXER_TMUX, "f", "\033]52;c;Zg==\007\033Ptmux;\033\033]52;c;Zg==\007\033\\");
    expect_copy(MULTIPLEXER_SCREEN, "f", "\033P\033]52;c;Zg==\007\033\\");
}
END_TEST

START_TEST(screen_gets_pieces_that_make_the_whole)
{
    char bytes[1000];
    memset(bytes, 'a', sizeof bytes);
    struct text plain = {0}, pieces = {0}, joined = {0};
    ck_assert(clipboard_sequence(&plain, MULTIPLEXER_NONE, bytes, sizeof bytes));
    ck_assert(clipboard_sequence(&pieces, MULTIPLEXER_SCREEN, bytes, sizeof bytes));
    for (size_t i = 0, begin = 0; i + 1 < pieces.used; i++) {
        bool frame = pieces.bytes[i] == '\033' && (pieces.bytes[i + 1] == 'P' || pieces.bytes[i + 1] == '\\');
        if (!frame) {
            text_char(&joined, pieces.bytes[i]);
            continue;
        }
        if (pieces.bytes[i + 1] == 'P')
            begin = i;
        ck_assert_uint_le(i + 2 - begin, 256);
        i++;
    }
    ck_assert_uint_eq(joined.used, plain.used);
    ck_assert_mem_eq(joined.bytes, plain.bytes, plain.used);
    text_free(&plain);
    text_free(&pieces);
    text_free(&joined);
}
END_TEST

START_TEST(more_than_terminals_take_is_refused)
{
    char *bytes = calloc(1, 55501);
    struct text t = {0};
    ck_assert(!clipboard_sequence(&t, MULTIPLEXER_NONE, bytes, 55501));
    ck_assert_uint_eq(t.used, 0);
    ck_assert(clipboard_sequence(&t, MULTIPLEXER_NONE, bytes, 55500));
    ck_assert_uint_eq(t.used, 7 + 74000 + 1);
    text_free(&t);
    free(bytes);
}
END_TEST

START_TEST(the_environment_tells_what_lies_between)
{
    ck_assert_int_eq(multiplexer_of("xterm", NULL, NULL), MULTIPLEXER_NONE);
    ck_assert_int_eq(multiplexer_of(NULL, "", ""), MULTIPLEXER_NONE);
    ck_assert_int_eq(multiplexer_of("screen", "/tmp/tmux-0/default,1,0", NULL), MULTIPLEXER_TMUX);
    ck_assert_int_eq(multiplexer_of("screen.xterm-256color", NULL, NULL), MULTIPLEXER_SCREEN);
    ck_assert_int_eq(multiplexer_of("xterm", NULL, "77.pts-1.host"), MULTIPLEXER_SCREEN);
}
END_TEST

Suite *terminal_suite(void)
{
    Suite *suite = suite_create("terminal");
    TCase *colours = tcase_create("colours");
    tcase_add_test(colours, colours_can_be_read_on_their_background);
    tcase_add_test(colours, what_matters_differs_from_plain_without_any_colour);
    tcase_add_test(colours, mono_and_contrast_have_no_colour_and_contrast_nothing_dim);
    tcase_add_test(colours, reverse_means_selected_and_nothing_else);
    tcase_add_test(colours, client_and_server_are_told_apart_and_never_by_red_and_green);
    tcase_add_test(colours, themes_are_found_by_name);
    suite_add_tcase(suite, colours);
    TCase *characters = tcase_create("characters");
    tcase_add_test(characters, no_character_that_commands_or_shifts_reaches_the_terminal);
    tcase_add_test(characters, what_views_draw_is_drawn);
    suite_add_tcase(suite, characters);
    TCase *keys = tcase_create("keys");
    tcase_add_loop_test(keys, keys_are_read_from_bytes, 0, sizeof typed_keys / sizeof *typed_keys);
    tcase_add_loop_test(keys, sequences_without_meaning_are_swallowed_whole, 0,
                        sizeof meaningless / sizeof *meaningless);
    tcase_add_test(keys, escape_twice_is_escape_twice);
    tcase_add_test(keys, pasted_text_is_flagged_and_holds_characters_alone);
    tcase_add_test(keys, a_paste_without_an_end_does_not_take_the_keys_away);
    tcase_add_loop_test(keys, presses_of_the_mouse_have_a_place, 0, sizeof mouse_keys / sizeof *mouse_keys);
    tcase_add_test(keys, two_clicks_in_one_place_are_a_double_click);
    suite_add_tcase(suite, keys);
    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, writing_waits_for_a_terminal_that_takes_no_more_but_not_for_ever);
    suite_add_tcase(suite, writing);
    TCase *clipboard = tcase_create("clipboard");
    tcase_add_test(clipboard, the_clipboard_takes_base64);
    tcase_add_test(clipboard, screen_gets_pieces_that_make_the_whole);
    tcase_add_test(clipboard, more_than_terminals_take_is_refused);
    tcase_add_test(clipboard, the_environment_tells_what_lies_between);
    suite_add_tcase(suite, clipboard);
    return suite;
}
