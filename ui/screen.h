/* screen.h - the dashboard without a terminal: keys in, a canvas out.
 *
 * The screen owns what is selected, which panes are shown where, and what each view remembers. It reads the trace in
 * slices between two keys. The same trace, present, selection and layout give the same canvas; nothing here knows
 * curses, so tests play keys against a canvas in memory.
 */
#ifndef SYNFIN_UI_SCREEN_H
#define SYNFIN_UI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "kernel/sockets.h"
#include "report/canvas.h"
#include "ui/generator.h"
#include "ui/key.h"
#include "ui/theme.h"
#include "ui/trace.h"

struct screen;

struct screen_options {
    bool ascii;
    bool play;                        /* begin at the first frame, once all has been read, and play */
    uint32_t frame, row;              /* begin, once all has been read, at this frame and on this row's ladder; 0: the end;
                                         the frame's row */
    enum theme theme;
    const char *name;                 /* of the file or interface, as given: for names of files that are written */
    bool in_traffic;                  /* begin in the pane Traffic: it was asked for there */
    const char *notice;               /* said at first; NULL */
    const struct traffic *traffic;    /* what is known of the generator; NULL: nothing. Borrowed */
    /* Whose kernels are asked for their sockets while the trace is live: this host (kernel_host_open()), or the lab's
     * client and its server (a copy of lab_diag(), and their addresses). Borrowed. */
    struct kernel_host *hosts;
    unsigned host_count;
};

/* The trace is borrowed. NULL: memory ran out. */
struct screen *screen_new(struct trace *trace, const struct screen_options *options);
void screen_free(struct screen *screen);

/* Takes a key. */
void screen_key(struct screen *screen, const struct key *key);

/* Reads, decodes, sorts, plays for about `budget`. `now`: the wall clock. True: there is more to do at once. */
bool screen_work(struct screen *screen, nanoseconds budget, nanoseconds now);

/* There is nothing to do at once, but the list does not show yet all that was read: a pass over it follows soon. */
bool screen_rests(const struct screen *screen);

/* Something has changed since screen_draw(), so that it should be drawn. */
bool screen_changed(const struct screen *screen);

/* It will change by itself after so many nanoseconds at the latest (playing, live clocks, a list at rest); -1:
 * never. */
nanoseconds screen_wakes(const struct screen *screen);

void screen_draw(struct screen *screen, struct canvas *canvas);

/* A file is being written. */
bool screen_saves(const struct screen *screen);

/* The person wants to leave. */
bool screen_done(const struct screen *screen);

enum theme screen_theme(const struct screen *screen);

/* Everything is to be drawn anew; asked once. */
bool screen_redraw(struct screen *screen);

/* The same was captured at the other end too: borrowed. */
void screen_beside(struct screen *screen, struct trace *other);

/* Shows what `from` shows, as far as this trace has it: another capture of the same time, of the same conversations. */
void screen_take_over(struct screen *screen, const struct screen *from);

/* What it was told of has changed: it is to be drawn. */
void screen_refresh(struct screen *screen);

/* What the generator is asked for, once. */
struct traffic_wish screen_wish(struct screen *screen);

/* Text for the clipboard, once; empty: none. The caller frees it. */
struct text screen_copied(struct screen *screen);

/* Tells the person, in the line above the keys, until the next key. */
__attribute__((format(printf, 2, 3)))
void screen_say(struct screen *screen, const char *format, ...);

/* An exit status that the person should know after leaving: the trace was cut short, a file could not be written. */
const struct error *screen_problem(const struct screen *screen);

#endif
