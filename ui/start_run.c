/* The start screen on a terminal. */
#include <poll.h>

#include "ui/start.h"

static void draw(struct start *s, struct terminal *terminal)
{
    unsigned width, height;
    terminal_size(terminal, &width, &height);
    struct canvas canvas = canvas_new(width, height);
    start_draw(s, &canvas);
    terminal_show(terminal, &canvas);
    canvas_free(&canvas);
}

bool start_run(struct start *s, const struct terminal_options *options, struct error *error)
{
    struct terminal *terminal = terminal_open(options, error);
    if (!terminal)
        return false;
    while (start_state(s) == START_CHOOSING) {
        draw(s, terminal);
        int descriptors[2];
        struct pollfd polled[2];
        unsigned count = terminal_descriptors(terminal, descriptors);
        for (unsigned i = 0; i < count; i++)
            polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
        poll(polled, count, -1);
        struct key key;
        while (start_state(s) == START_CHOOSING && terminal_key(terminal, &key))
            start_key(s, &key);
    }
    terminal_close(terminal);
    return true;
}
