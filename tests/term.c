/* A small program on the terminal, for tests/terminal: shows every role, and the keys that come.
 * usage: term [--ascii] [--mono] [--theme NAME]
 * q closes, r closes and opens again, t the next theme, y copies "synfin copies this", l draws anew;
 * a fails an assertion, s raises SIGSEGV, f reads where it may not, o overflows the stack, x calls exit(3),
 * c aborts in a child. */
#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/terminal.h"

static const char *const role_words[ROLE_COUNT] = {
    "plain", "client", "server", "state", "call", "line", "trouble", "quiet", "heading", "key", "now", "good",
};

struct seen {
    char keys[20][40];
    unsigned count;
};

static void note(struct seen *seen, const struct key *key)
{
    const char *word = key->pasted ? "pasted" : "key";
    switch (key->code) {
    case PRESS_CLICK: word = "click"; break;
    case PRESS_DOUBLE_CLICK: word = "double"; break;
    case PRESS_WHEEL_UP: word = "wheel-up"; break;
    case PRESS_WHEEL_DOWN: word = "wheel-down"; break;
    case PRESS_RESIZED: word = "resized"; break;
    case PRESS_UP: word = "up"; break;
    case PRESS_F2: word = "f2"; break;
    default: break;
    }
    if (seen->count == 20)
        memmove(seen->keys[0], seen->keys[1], --seen->count * sizeof *seen->keys);
    snprintf(seen->keys[seen->count++], sizeof *seen->keys, "%s=%x@%u,%u", word, key->code, key->x, key->y);
}

/* What may never reach a terminal, each between two letters. */
static void draw_bad(struct canvas *canvas, unsigned y)
{
    static const uint32_t bad[] = {
        27, 7, 13, 0x7f, 0x9b, 0x202e, 0x200f, 0xfeff, 0x4e2d, 0x1f600, 0x300, 0xd800, 0x110000,
    };
    unsigned x = canvas_text(canvas, 0, y, ROLE_PLAIN, "bad ");
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        canvas_put(canvas, x++, y, ROLE_PLAIN, bad[i]);
    canvas_text(canvas, x, y, ROLE_PLAIN, " end");
}

static void draw(struct terminal *terminal, const struct seen *seen)
{
    unsigned width, height;
    terminal_size(terminal, &width, &height);
    struct canvas canvas = canvas_new(width, height);
    char line[80];
    snprintf(line, sizeof line, "size %ux%u count %u", width, height, seen->count);
    canvas_text(&canvas, 0, 0, ROLE_HEADING, line);
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        canvas_text(&canvas, 0, role + 1, (enum role)role, role_words[role]);
        canvas_text(&canvas, 10, role + 1, (enum role)(role | ROLE_SELECTED), role_words[role]);
        if (role + 1 < height)
            canvas_line(&canvas, 20, role + 1, 3, ROLE_LINE, 0x2550);
    }
    draw_bad(&canvas, ROLE_COUNT + 1);
    for (unsigned i = 0; i < seen->count; i++)
        canvas_text(&canvas, 30, i + 1, ROLE_PLAIN, seen->keys[i]);
    canvas_line(&canvas, 0, height - 1, width, ROLE_LINE, '#');
    canvas_put(&canvas, width - 1, height - 1, ROLE_PLAIN, '$');
    terminal_show(terminal, &canvas);
    canvas_free(&canvas);
}

static unsigned overflow(volatile unsigned *depth)
{
    volatile unsigned room[1000];
    if (*depth == UINT_MAX)
        return 0;
    room[0] = *depth + 1;
    unsigned deeper = overflow(room);
    return deeper + room[0];
}

static void die(uint32_t code)
{
    volatile unsigned depth = 0;
    pid_t child;
    switch (code) {
    case 'a': assert(0); break;
    case 's': raise(SIGSEGV); break;
    case 'f': (void)*(volatile char *)mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
    case 'o': overflow(&depth); break;
    case 'x': exit(3);
    case 'c':
        child = fork();
        if (child == 0)
            abort();
        waitpid(child, NULL, 0);
        break;
    default: break;
    }
}

static struct terminal *open_or_say(const struct terminal_options *options)
{
    struct error error = { 0 };
    struct terminal *terminal = terminal_open(options, &error);
    if (!terminal)
        exit((int)error_print(&error));
    return terminal;
}

/* False: leave. */
static bool answer(struct terminal **terminal, struct terminal_options *options, const struct key *key)
{
    static const char copied[] = "synfin copies this";
    if (key->code == PRESS_GONE || (key->code == 'q' && !key->pasted))
        return false;
    if (key->pasted)
        return true;
    switch (key->code) {
    case 't':
        options->theme = (enum theme)((options->theme + 1) % THEME_COUNT);
        terminal_theme(*terminal, options->theme);
        break;
    case 'r':
        terminal_close(*terminal);
        *terminal = open_or_say(options);
        break;
    case 'y': terminal_copy(*terminal, copied, sizeof copied - 1); break;
    case 'l': terminal_redraw(*terminal); break;
    default: die(key->code);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct terminal_options options = { .theme = THEME_DARK };
    for (int i = 1; i < argc; i++) {
        options.ascii |= strcmp(argv[i], "--ascii") == 0;
        options.mono |= strcmp(argv[i], "--mono") == 0;
        if (strcmp(argv[i], "--theme") == 0 && (++i == argc || !theme_find(argv[i], &options.theme)))
            return EXIT_USAGE;
    }
    struct terminal *terminal = open_or_say(&options);
    struct seen seen = {0};
    for (bool going_on = true; going_on;) {
        draw(terminal, &seen);
        int descriptors[2];
        unsigned count = terminal_descriptors(terminal, descriptors);
        struct pollfd poll_for[2] = {
            { .fd = descriptors[0], .events = POLLIN }, { .fd = descriptors[1], .events = POLLIN },
        };
        poll(poll_for, count, -1);
        struct key key;
        while (going_on && terminal_key(terminal, &key)) {
            note(&seen, &key);
            going_on = answer(&terminal, &options, &key);
        }
    }
    terminal_close(terminal);
    return EXIT_DONE;
}
