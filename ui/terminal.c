#include "ui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "ui/clipboard.h"
#include "ui/glyph.h"
#include "ui/restore.h"
#include "ui/typed.h"

/* xterm's private modes, which terminals without them ignore: presses of the mouse, in decimal (else as bytes), and
 * pastes in brackets. */
#define REPORTS_ON "\033[?1000h\033[?1006h\033[?2004h"
#define REPORTS_OFF "\033[?2004l\033[?1006l\033[?1000l"

enum {
    WIDTH_MAX = 2000, HEIGHT_MAX = 1000,   /* the size comes from the other side of a pseudo-terminal: up to 65535 */
    SEQUENCE_WAIT = 25,           /* ms for the rest of an escape sequence */
    WRITE_WAIT = 2000,            /* ms for a terminal that takes nothing */
    CHARACTERS_A_CALL = 4096      /* swallowed at one terminal_key(): keys never wait */
};

struct terminal {
    SCREEN *screen;
    FILE *keys;                   /* standard input, or /dev/tty where that is something else: then owned */
    struct restore restore;
    bool ascii, ansi;             /* ansi: sequences beyond terminfo may be sent */
    unsigned colours;             /* 256, 16, 8 or 0 */
    enum theme theme;
    struct { attr_t attributes; short pair; } looks[ROLE_COUNT];
    unsigned width, height;
    struct cell *shown;           /* what was drawn last, width * height; NULL when memory ran out: nothing is drawn */
    struct cell *row;
    cchar_t *glyphs;              /* a row for curses */
    bool anew;
    struct typed typed;
    struct clicks clicks;
};

static nanoseconds now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (nanoseconds)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* --- size --- */

/* Nothing of what stands there is known any more. */
static void forget(struct terminal *t)
{
    if (t->shown)
        memset(t->shown, 0xff, (size_t)t->width * t->height * sizeof *t->shown);
}

static void measure(struct terminal *t)
{
    struct winsize size = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    unsigned width = size.ws_col, height = size.ws_row;
    if (width == 0 || height == 0) {      /* a serial line does not know: what terminfo says */
        width = (unsigned)COLS;
        height = (unsigned)LINES;
    }
    width = width < WIDTH_MAX ? width : WIDTH_MAX;
    height = height < HEIGHT_MAX ? height : HEIGHT_MAX;
    if (width == t->width && height == t->height)
        return;
    free(t->shown);
    free(t->row);
    free(t->glyphs);
    t->shown = NULL;
    t->row = NULL;
    t->glyphs = NULL;
    if (resizeterm((int)height, (int)width) == OK) {
        t->shown = calloc((size_t)width * height, sizeof *t->shown);
        t->row = calloc(width, sizeof *t->row);
        t->glyphs = calloc(width, sizeof *t->glyphs);
    }
    if (!t->row || !t->glyphs) {
        free(t->shown);
        t->shown = NULL;
    }
    t->width = width;
    t->height = height;
    t->anew = true;
}

/* --- taking over --- */

static bool find_terminal(struct terminal *t, struct error *error)
{
    if (!isatty(STDOUT_FILENO)) {
        error_set(error, EXIT_OUTPUT,
                  "standard output is not a terminal, which the dashboard needs; try synfin report");
        return false;
    }
    if (isatty(STDIN_FILENO)) {
        t->keys = stdin;
        return true;
    }
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);   /* frames come through standard input */
    t->keys = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!t->keys) {
        if (fd >= 0)
            close(fd);
        error_set(error, EXIT_OUTPUT, "no terminal to read keys from (/dev/tty: %s); try synfin report",
                  strerror(errno));
    }
    return t->keys != NULL;
}

static bool capable(const char *capability)
{
    const char *s = tigetstr(capability);
    return s && s != (const char *)-1;
}

/* Padding, $<5>, is for terminals that a signal handler has no time for. */
static void leave_with(struct restore *r, const char *capability)
{
    const char *s = capable(capability) ? tigetstr(capability) : "";
    char bytes[RESTORE_LEAVE_MAX];
    size_t length = 0;
    while (*s && length < sizeof bytes) {
        const char *padding_end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
        if (padding_end)
            s = padding_end + 1;
        else
            bytes[length++] = *s++;
    }
    restore_leave_with(r, bytes, length);
}

/* Before newterm(), which writes at once: whether this terminal can do it, and how it is left. */
static bool know_terminal(struct terminal *t, struct error *error)
{
    int result = 0;
    const char *term = getenv("TERM");
    if (!term || !*term || setupterm(NULL, STDOUT_FILENO, &result) != OK || !capable("cup") || !capable("clear")) {
        struct text name = {0};
        text_harmless(&name, term ? term : "", 64);
        error_set(error, EXIT_OUTPUT, "TERM=%.*s is not known here as a terminal with a screen; "
                  "try TERM=xterm-256color, or synfin report", (int)name.used, name.used ? name.bytes : "");
        text_free(&name);
        return false;
    }
    const char *moves = tigetstr("cup");
    t->ansi = strncmp(moves, "\033[", 2) == 0;
    if (t->ansi)
        restore_leave_with(&t->restore, REPORTS_OFF, sizeof REPORTS_OFF - 1);
    static const char *const leaving[] = { "rmkx", "sgr0", "op", "cnorm" };
    for (unsigned i = 0; i < sizeof leaving / sizeof *leaving; i++)
        leave_with(&t->restore, leaving[i]);
    leave_with(&t->restore, capable("rmcup") ? "rmcup" : "clear");
    del_curterm(cur_term);
    return true;
}

static void write_now(struct terminal *t, const char *sequence)
{
    if (t->ansi)
        restore_write(STDOUT_FILENO, sequence, strlen(sequence), WRITE_WAIT);
}

static void set_modes(const struct terminal *t)
{
    cbreak();                     /* not raw(): Ctrl-C stays a way out */
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    typeahead(-1);                /* half a picture is no picture */
    set_escdelay(SEQUENCE_WAIT);
    leaveok(stdscr, TRUE);
    curs_set(0);
    struct termios modes;
    if (tcgetattr(fileno(t->keys), &modes) == 0) {
        modes.c_iflag &= ~(tcflag_t)IXON;     /* Ctrl-S would look like a dashboard that hangs, */
        modes.c_lflag &= ~(tcflag_t)IEXTEN;   /* and Ctrl-V would take the next key away */
        tcsetattr(fileno(t->keys), TCSANOW, &modes);
        def_prog_mode();
    }
    define_key(NULL, KEY_MOUSE);  /* typed.h reads the mouse: of events that come together curses loses some */
}

static unsigned count_colours(bool mono)
{
    const char *no_colour = getenv("NO_COLOR");
    if (mono || (no_colour && *no_colour) || !has_colors() || start_color() != OK || use_default_colors() != OK)
        return 0;
    if (COLORS > 256)             /* direct colours: only the first eight are numbers */
        return 8;
    return COLORS == 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

static bool take_over(struct terminal *t, const struct terminal_options *options, struct error *error)
{
    setlocale(LC_CTYPE, "");      /* curses and wcwidth() go by it */
    fflush(stdout);
    if (!find_terminal(t, error))
        return false;
    if (!restore_begin(&t->restore, STDOUT_FILENO)) {
        error_set(error, EXIT_OUTPUT, "the terminal cannot be taken over: %s", strerror(errno));
        return false;
    }
    if (!know_terminal(t, error)) {
        restore_end(&t->restore);
        return false;
    }
    use_env(FALSE);               /* LINES and COLUMNS say what was true when somebody exported them */
    use_tioctl(TRUE);            /* the kernel knows the size: TERM=linux has none, and newterm() would give up */
    restore_hold(&t->restore, true);
    t->screen = newterm(NULL, stdout, t->keys);
    if (!t->screen) {
        restore_hold(&t->restore, false);
        restore_end(&t->restore);
        error_set(error, EXIT_OUTPUT, "the terminal cannot be taken over; try synfin report");
        return false;
    }
    t->ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    t->colours = count_colours(options->mono);
    set_modes(t);
    measure(t);
    write_now(t, REPORTS_ON);
    terminal_theme(t, options->theme);
    return true;
}

struct terminal *terminal_open(const struct terminal_options *options, struct error *error)
{
    struct terminal *t = calloc(1, sizeof *t);
    if (!t) {
        error_set(error, EXIT_OUTPUT, "no memory for the terminal");
        return NULL;
    }
    if (take_over(t, options, error))
        return t;
    if (t->keys && t->keys != stdin)
        fclose(t->keys);
    free(t);
    return NULL;
}

void terminal_close(struct terminal *t)
{
    if (!t)
        return;
    write_now(t, REPORTS_OFF);
    endwin();
    restore_hold(&t->restore, false);
    restore_end(&t->restore);
    delscreen(t->screen);
    if (t->keys != stdin)
        fclose(t->keys);
    free(t->shown);
    free(t->row);
    free(t->glyphs);
    free(t);
}

/* --- drawing --- */

void terminal_size(const struct terminal *t, unsigned *width, unsigned *height)
{
    *width = t->width;
    *height = t->height;
}

void terminal_redraw(struct terminal *t)
{
    t->anew = true;
}

void terminal_theme(struct terminal *t, enum theme theme)
{
    t->theme = theme;
    bool coloured = t->colours && theme != THEME_MONO;
    if (!coloured && theme != THEME_CONTRAST)
        theme = THEME_MONO;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct style style = theme_style(theme, (enum role)role);
        short colour = !coloured ? (short)-1 : t->colours == 256 ? style.colour256
                     : t->colours == 16 ? style.colour16 : style.colour8;
        short pair = (short)(role + 1);
        bool own = colour < 0 || init_pair(pair, colour, -1) != OK;
        t->looks[role].pair = own ? (short)0 : pair;
        t->looks[role].attributes = (style.bold ? A_BOLD : 0) | (style.underline ? A_UNDERLINE : 0) |
                                    (style.dim && own ? A_DIM : 0);
    }
    forget(t);
}

static void draw_row(struct terminal *t, unsigned y)
{
    for (unsigned x = 0; x < t->width; x++) {
        unsigned role = t->row[x].role & ~(unsigned)ROLE_SELECTED;
        if (role >= ROLE_COUNT)
            role = ROLE_PLAIN;
        attr_t selected = t->row[x].role & ROLE_SELECTED ? A_REVERSE : 0;
        wchar_t character[2] = { (wchar_t)glyph(t->row[x].character, t->ascii), 0 };
        setcchar(&t->glyphs[x], character, t->looks[role].attributes | selected, t->looks[role].pair, NULL);
    }
    /* Moves no cursor, so the last corner scrolls nothing. */
    mvwadd_wchnstr(stdscr, (int)y, 0, t->glyphs, (int)t->width);
}

void terminal_show(struct terminal *t, const struct canvas *canvas)
{
    if (!t->shown || !canvas->cells)
        return;
    if (t->anew) {
        clearok(curscr, TRUE);
        forget(t);
        t->anew = false;
    }
    unsigned width = canvas->width < t->width ? canvas->width : t->width;
    for (unsigned y = 0; y < t->height; y++) {
        memset(t->row, 0, t->width * sizeof *t->row);
        if (y < canvas->height)
            memcpy(t->row, canvas->cells + (size_t)y * canvas->width, width * sizeof *t->row);
        struct cell *shown = t->shown + (size_t)y * t->width;
        if (memcmp(shown, t->row, t->width * sizeof *t->row) == 0)
            continue;
        memcpy(shown, t->row, t->width * sizeof *t->row);
        draw_row(t, y);
    }
    wnoutrefresh(stdscr);
    doupdate();
}

/* --- keys --- */

unsigned terminal_descriptors(const struct terminal *t, int descriptors[2])
{
    descriptors[0] = fileno(t->keys);
    descriptors[1] = t->restore.pipe[0];
    return 2;
}

static const struct { int curses; uint32_t code; } curses_keys[] = {
    { KEY_UP, PRESS_UP }, { KEY_DOWN, PRESS_DOWN }, { KEY_LEFT, PRESS_LEFT }, { KEY_RIGHT, PRESS_RIGHT },
    { KEY_PPAGE, PRESS_PAGE_UP }, { KEY_NPAGE, PRESS_PAGE_DOWN }, { KEY_HOME, PRESS_HOME }, { KEY_END, PRESS_END },
    { KEY_A1, PRESS_HOME }, { KEY_A3, PRESS_PAGE_UP }, { KEY_C1, PRESS_END }, { KEY_C3, PRESS_PAGE_DOWN },
    { KEY_FIND, PRESS_HOME }, { KEY_SELECT, PRESS_END }, { KEY_DC, PRESS_DELETE }, { KEY_BTAB, PRESS_BACKTAB },
    { KEY_ENTER, PRESS_ENTER }, { KEY_BACKSPACE, PRESS_BACKSPACE },
};

/* Keys that have no meaning here are none, KEY_RESIZE of resizeterm() among them. */
static bool recognised(struct terminal *t, int code, struct key *key)
{
    if (code == KEY_RESIZE || !typed_recognised(&t->typed, now()))
        return false;
    *key = (struct key){ .code = PRESS_NONE };
    if (code >= KEY_F(1) && code <= KEY_F(12))
        key->code = PRESS_F1 + (uint32_t)(code - KEY_F(1));
    for (unsigned i = 0; i < sizeof curses_keys / sizeof *curses_keys; i++)
        if (curses_keys[i].curses == code)
            key->code = curses_keys[i].code;
    return key->code != PRESS_NONE;
}

/* Outside, where a terminal has another size for a moment, is nowhere. */
static bool placed(struct terminal *t, struct key *key)
{
    if (key->code == PRESS_CLICK)
        key->code = clicks_press(&t->clicks, key->x, key->y, now());
    return key->x < t->width && key->y < t->height;
}

/* Ctrl-Z, and coming back: curses gives the terminal back itself and takes it over at the next doupdate(). */
static void suspend(struct terminal *t)
{
    write_now(t, REPORTS_OFF);
    endwin();
    restore_hold(&t->restore, false);
    restore_stop(&t->restore);
}

static void take_again(struct terminal *t)
{
    restore_hold(&t->restore, true);
    doupdate();
    write_now(t, REPORTS_ON);
    t->anew = true;
}

static bool heard_signal(struct terminal *t, struct key *key)
{
    struct restore_news news = restore_news(&t->restore);
    if (!news.resized && !news.continued && !news.stopping)
        return false;
    if (news.stopping)
        suspend(t);
    else if (news.continued)      /* SIGSTOP told nobody; a shell has written here since */
        endwin();
    if (news.stopping || news.continued)
        take_again(t);
    measure(t);
    *key = (struct key){ .code = PRESS_RESIZED };
    return true;
}

static bool gone(const struct terminal *t, struct key *key)
{
    struct pollfd keys = { .fd = fileno(t->keys), .events = POLLIN };
    *key = (struct key){ .code = PRESS_GONE };
    return poll(&keys, 1, 0) > 0 && (keys.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* wgetch() and not wget_wch(), which loses a character whose bytes come apart. After an Escape curses has waited
 * already. */
bool terminal_key(struct terminal *t, struct key *key)
{
    if (heard_signal(t, key))
        return true;
    for (unsigned i = 0; i < CHARACTERS_A_CALL; i++) {
        bool begun = typed_pending(&t->typed);
        wtimeout(stdscr, begun && t->typed.state != TYPED_ESCAPE ? SEQUENCE_WAIT : 0);
        int c = wgetch(stdscr);
        if (c == ERR && begun && typed_silence(&t->typed, key))
            return true;
        if (c == ERR)
            return gone(t, key);
        bool whole = c >= KEY_MIN ? recognised(t, c, key) : typed_byte(&t->typed, (uint8_t)c, now(), key);
        if (whole && placed(t, key))
            return true;
    }
    return false;
}

/* --- clipboard --- */

bool terminal_copy(struct terminal *t, const char *bytes, size_t length)
{
    if (!t->ansi)
        return false;
    struct text sequence = {0};
    enum multiplexer multiplexer = multiplexer_of(getenv("TERM"), getenv("TMUX"), getenv("STY"));
    bool written = clipboard_sequence(&sequence, multiplexer, bytes, length) &&
                   restore_write(STDOUT_FILENO, sequence.bytes, sequence.used, WRITE_WAIT);
    if (!written && sequence.used)
        restore_write(STDOUT_FILENO, "\033\\", 2, 0);     /* what follows is no part of a string cut off */
    text_free(&sequence);
    return written;
}
