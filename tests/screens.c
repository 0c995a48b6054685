/* Plays keys against the dashboard on a canvas in memory, and prints what it shows.
 *
 * usage: screens [--ascii] FILE WIDTHxHEIGHT STEP...   the screen that it opens with, and the last one
 *        screens SCRIPT.keys                           the screens that the script asks for
 *
 * A step is a key as the help screen writes it (Down, Enter, 2, Ctrl-L), `:text`, which types it, or `show`, which
 * prints the screen there and then. A script has its first line begin with "# " and say what its screens show; its
 * second names a capture and sizes (all is played once for each; the word `ascii` in front: without UTF-8). Then a step
 * a line; keys may share one, separated by blanks. What stands behind `show` is printed above the screen:
 *
 *     # Three clients at once on one port
 *     traces/many-clients.pcap 80x24 120x40
 *     Home
 *     show nothing has happened yet
 *     Down Down
 *     show
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/forms.h"
#include "tests/settle.h"
#include "ui/request.h"
#include "ui/screen.h"

enum { LINE_MOST = 256, STEPS_MOST = 500, SIZES_MOST = 4 };

struct size {
    unsigned width, height;
};

struct player {
    struct trace *trace;
    struct screen *screen;
    struct size size;
    bool ascii, captions;
};

static void print(struct player *p, const char *caption)
{
    struct canvas canvas = canvas_new(p->size.width, p->size.height);
    struct text t = { 0 };
    if (p->captions)
        text_format(&t, "\n=== %ux%u%s%s\n", p->size.width, p->size.height, *caption ? ": " : "", caption);
    screen_draw(p->screen, &canvas);
    if (without_form(&canvas)) {
        printf("U+%04X is drawn and has no form in ASCII: canvas_ascii()\n", (unsigned)without_form(&canvas));
        exit(EXIT_FAILURE);
    }
    for (unsigned y = 0; y < p->size.height; y++) {
        canvas_row(&canvas, y, p->ascii, &t);
        text_char(&t, '\n');
    }
    fwrite(t.bytes, 1, t.used, stdout);
    text_free(&t);
    canvas_free(&canvas);
}

/* Panes know their sizes only once they were drawn. */
static void press(struct player *p, uint32_t code)
{
    struct key key = { .code = code };
    struct canvas canvas = canvas_new(p->size.width, p->size.height);
    screen_draw(p->screen, &canvas);
    canvas_free(&canvas);
    screen_key(p->screen, &key);
    settle(p->screen);
}

static int keys(struct player *p, const char *words)
{
    for (unsigned length; *words; words += length + strspn(words + length, " ")) {
        uint32_t code = key_named(words, &length);
        if (code == PRESS_NONE) {
            fprintf(stderr, "screens: no key is called %.*s\n", (int)strcspn(words, " "), words);
            return 2;
        }
        press(p, code);
    }
    return 0;
}

static int step(struct player *p, const char *words)
{
    if (strncmp(words, "show", 4) == 0) {
        print(p, words + 4 + strspn(words + 4, " "));
    } else if (words[0] == ':' && words[1]) {
        for (const char *at = words + 1; *at; at++)
            press(p, (unsigned char)*at);
    } else {
        return keys(p, words);
    }
    return 0;
}

/* Opens, plays the steps, closes. before_and_after: also prints the first screen and the last. */
static int play(struct player *p, const char *file, const char *const *steps, unsigned count, bool before_and_after)
{
    struct trace_options trace_options = { .source = { .file = file }, .decoder = { .secret = 1 } };
    struct screen_options options = { .ascii = p->ascii, .name = file };
    struct error error = { 0 };
    char beside[4096];
    if (calls_beside(beside, sizeof beside, file))
        trace_options.calls.file = beside;
    p->trace = trace_open(&trace_options, &error);
    if (!p->trace)
        return (int)error_print(&error);
    p->screen = screen_new(p->trace, &options);
    settle(p->screen);
    int status = 0;
    if (before_and_after)
        print(p, "");
    for (unsigned i = 0; i < count && status == 0; i++)
        status = step(p, steps[i]);
    if (before_and_after && count)
        print(p, "");
    screen_free(p->screen);
    trace_close(p->trace);
    return status;
}

static bool size_read(const char *words, struct size *size)
{
    int used = 0;
    return sscanf(words, "%3ux%3u%n", &size->width, &size->height, &used) == 2 && !words[used];
}

static int wrong(const char *script, unsigned line, const char *what)
{
    fprintf(stderr, "screens: %s, line %u: %s\n", script, line, what);
    return 2;
}

/* The second line of a script; false where it is none. */
static bool scene_read(char *line, struct player *p, char **file, struct size sizes[SIZES_MOST], unsigned *count)
{
    char *rest = line, *word = strtok_r(line, " ", &rest);
    p->ascii = word && strcmp(word, "ascii") == 0;
    *file = p->ascii ? strtok_r(NULL, " ", &rest) : word;
    *count = 0;
    while ((word = strtok_r(NULL, " ", &rest)))
        if (*count == SIZES_MOST || !size_read(word, &sizes[(*count)++]))
            return false;
    return *count > 0;
}

static int script(const char *name)
{
    static char lines[STEPS_MOST][LINE_MOST];
    const char *steps[STEPS_MOST];
    struct size sizes[SIZES_MOST];
    struct player p = { .captions = true };
    unsigned count = 0, size_count;
    char *file;
    FILE *from = fopen(name, "r");
    if (!from)
        return wrong(name, 0, "cannot be opened");
    while (count < STEPS_MOST && fgets(lines[count], LINE_MOST, from)) {
        lines[count][strcspn(lines[count], "\n")] = '\0';
        steps[count] = lines[count];
        count++;
    }
    fclose(from);
    if (count < 3 || strncmp(lines[0], "# ", 2) != 0)
        return wrong(name, 1, "\"# \" and what it shows, then the capture and sizes, then steps");
    if (!scene_read(lines[1], &p, &file, sizes, &size_count))
        return wrong(name, 2, "a capture and sizes: traces/handshake.pcap 80x24 120x40");
    printf("%s\n", lines[0]);
    int status = 0;
    for (unsigned i = 0; i < size_count && status == 0; i++) {
        p.size = sizes[i];
        status = play(&p, file, steps + 2, count - 2, false);
    }
    return status;
}

int main(int argc, char **argv)
{
    size_t length = argc == 2 ? strlen(argv[1]) : 0;
    if (length > 5 && strcmp(argv[1] + length - 5, ".keys") == 0)
        return script(argv[1]);
    struct player p = { .ascii = argc > 1 && strcmp(argv[1], "--ascii") == 0 };
    argv += p.ascii;
    argc -= p.ascii;
    if (argc < 3 || !size_read(argv[2], &p.size)) {
        fprintf(stderr, "usage: screens [--ascii] FILE WIDTHxHEIGHT STEP...\n       screens SCRIPT.keys\n");
        return 2;
    }
    return play(&p, argv[1], (const char *const *)argv + 3, (unsigned)argc - 3, true);
}
