/* Plays keys against the dashboard on a canvas in memory, and prints what it shows.
 *
 * usage: screens FILE WIDTHxHEIGHT KEY...     keys as the help screen writes them (Down, Enter, 2, Ctrl-L); :text types it
 * Each word `show` prints the screen there and then; the last screen is always printed. --ascii as the first word: ASCII.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/request.h"
#include "ui/screen.h"

static void settle(struct screen *screen)
{
    for (unsigned i = 0; i < 10000 && screen_work(screen, NS_PER_S, 0); i++)
        ;
}

static void print(struct screen *screen, unsigned width, unsigned height, bool ascii)
{
    struct canvas canvas = canvas_new(width, height);
    struct text t = { 0 };
    screen_draw(screen, &canvas);
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, ascii, &t);
        text_char(&t, '\n');
    }
    fwrite(t.bytes, 1, t.used, stdout);
    text_free(&t);
    canvas_free(&canvas);
}

static void press(struct screen *screen, uint32_t code)
{
    struct key key = { .code = code };
    screen_key(screen, &key);
    settle(screen);
}

static bool play(struct screen *screen, const char *word)
{
    unsigned length;
    if (word[0] == ':' && word[1]) {
        for (const char *at = word + 1; *at; at++)
            press(screen, (unsigned char)*at);
        return true;
    }
    uint32_t code = key_named(word, &length);
    if (code == PRESS_NONE || word[length])
        return false;
    press(screen, code);
    return true;
}

int main(int argc, char **argv)
{
    bool ascii = argc > 1 && strcmp(argv[1], "--ascii") == 0;
    unsigned width, height;
    argv += ascii;
    argc -= ascii;
    if (argc < 3 || sscanf(argv[2], "%ux%u", &width, &height) != 2) {
        fprintf(stderr, "usage: screens [--ascii] FILE WIDTHxHEIGHT KEY...\n");
        return 2;
    }
    struct trace_options trace_options = { .source = { .file = argv[1] }, .decoder = { .secret = 1 } };
    struct error error = { 0 };
    char beside[4096];
    if (calls_beside(beside, sizeof beside, argv[1]))
        trace_options.calls.file = beside;
    struct trace *trace = trace_open(&trace_options, &error);
    if (!trace)
        return (int)error_print(&error);
    struct screen_options options = { .ascii = ascii, .name = argv[1] };
    struct screen *screen = screen_new(trace, &options);
    settle(screen);
    print(screen, width, height, ascii);      /* panes know their sizes only once they were drawn */
    int status = 0;
    for (int i = 3; i < argc && status == 0; i++) {
        struct canvas canvas = canvas_new(width, height);
        screen_draw(screen, &canvas);
        canvas_free(&canvas);
        if (strcmp(argv[i], "show") == 0)
            print(screen, width, height, ascii);
        else if (!play(screen, argv[i])) {
            fprintf(stderr, "screens: no key is called %s\n", argv[i]);
            status = 2;
        }
    }
    if (argc > 3)
        print(screen, width, height, ascii);
    screen_free(screen);
    trace_close(trace);
    return status;
}
