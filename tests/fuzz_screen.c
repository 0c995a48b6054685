/* fuzz_screen.c - any keys, clicks and sizes on any capture.
 *
 * Input: width, height (2 bytes each, little-endian, up to 400 and 150), options (1 byte: 1 ASCII, 2 --play, 4 a table
 * of 16 rows), how many bytes of keys (2 bytes, little-endian), these bytes, then the capture file. A byte of a key
 * below 128 is that character, one above is one of the named keys, a click or the wheel (two more bytes: column and
 * row), or a new size (two more bytes). Where files could be written is the root of /proc, where none can be.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "ui/screen.h"

enum { ASCII = 1, PLAY = 2, FEW_ROWS = 4, WIDEST = 400, HIGHEST = 150, WORKS = 2000 };
enum { NAMED = 0x80, SIZE = 0xff };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
    struct screen *screen;
    struct canvas canvas;
    nanoseconds now;
};

static void draw(struct session *s)
{
    struct text row = { 0 };
    screen_draw(s->screen, &s->canvas);
    for (unsigned y = 0; y < s->canvas.height; y++)
        canvas_row(&s->canvas, y, y % 2, &row);
    for (size_t i = 0; i < row.used; i++)
        if ((unsigned char)row.bytes[i] < ' ' || row.bytes[i] == 127)
            abort();                  /* nothing that a terminal obeys */
    text_free(&row);
}

static void work(struct session *s)
{
    for (unsigned i = 0; i < WORKS && screen_work(s->screen, NS_PER_S, s->now); i++)
        s->now += 20 * NS_PER_MS;
    struct text copied = screen_copied(s->screen);
    text_free(&copied);
}

static void press(struct session *s, struct cursor *keys)
{
    uint8_t byte = *cursor_take(keys, 1);
    struct key key = { .code = byte < NAMED ? byte : PRESS_UP + (byte - NAMED) % (uint32_t)(PRESS_RESIZED - PRESS_UP) };
    bool placed = byte == SIZE || (key.code >= PRESS_CLICK && key.code <= PRESS_WHEEL_DOWN);
    const uint8_t *place = placed ? cursor_take(keys, 2) : NULL;
    if (byte == SIZE && place) {
        canvas_free(&s->canvas);
        s->canvas = canvas_new(1u + place[0], 1u + place[1] % HIGHEST);
        key.code = PRESS_RESIZED;
    } else if (place) {
        key.x = place[0];
        key.y = place[1];
    }
    screen_key(s->screen, &key);
}

static void play(struct session *s, struct cursor *keys)
{
    while (cursor_left(keys)) {
        press(s, keys);
        draw(s);                      /* before any work, as the terminal may */
        work(s);
        draw(s);
    }
}

static void run(const uint8_t *head, struct cursor *keys, const uint8_t *capture, size_t length)
{
    struct trace_options options = { .source = { .file = "fuzz", .bytes = capture, .length = length },
                                     .decoder = { .secret = 1, .max_connections = head[4] & FEW_ROWS ? 16 : 1024 } };
    struct screen_options screen = { .ascii = head[4] & ASCII, .play = head[4] & PLAY, .name = "fuzz" };
    struct error error = { 0 };
    struct trace *trace = trace_open(&options, &error);
    if (!trace)
        return;
    struct session s = { .screen = screen_new(trace, &screen), .now = NS_PER_S };
    s.canvas = canvas_new(1u + bytes_le16(head) % WIDEST, 1u + bytes_le16(head + 2) % HIGHEST);
    if (s.screen) {
        draw(&s);
        work(&s);
        play(&s, keys);
    }
    canvas_free(&s.canvas);
    screen_free(s.screen);
    trace_close(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_on(data, size);
    const uint8_t *head = cursor_take(&c, 7);
    size_t length = head ? bytes_le16(head + 5) : 0;
    const uint8_t *bytes = head ? cursor_take(&c, length < cursor_left(&c) ? length : cursor_left(&c)) : NULL;
    if (!bytes)
        return 0;
    struct cursor keys = cursor_on(bytes, (size_t)(c.at - bytes));
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (here < 0 || chdir("/proc") != 0)
        return 0;
    run(head, &keys, c.at, cursor_left(&c));
    if (fchdir(here) != 0)
        abort();
    close(here);
    return 0;
}
