/* request.h - what the dashboard can be asked to do: one list behind keys, the help screen and the manual.
 *
 * A request has a name, keys as people write them ("Down j", the first is the one shown), and a sentence. Keys are
 * digits, letters, Space and the named ones; function keys are only aliases.
 */
#ifndef SYNFIN_UI_REQUEST_H
#define SYNFIN_UI_REQUEST_H

#include "ui/key.h"

/* id, keys, what it does. A line that begins a group has its heading in front. */
#define REQUESTS(GROUP, X) \
    GROUP("Panes") \
    X(OVERVIEW, "1 F2", "every connection and flow, under the server's socket") \
    X(LADDER, "2 F3", "the ladder of the selected one") \
    X(SOCKETS, "3 F4", "the server's sockets, and which one takes this segment") \
    X(STATES, "4 F5", "figure 5 of RFC 9293, with both ends in it") \
    X(BYTES, "5 F6", "the bytes of this frame, field by field") \
    X(STREAM, "6 F7", "the payload both ways") \
    X(GRAPHS, "7 F8", "sequence numbers, round trips, throughput, window over time") \
    X(NEXT_PANE, "Tab", "the next pane gets the keys") \
    X(PREVIOUS_PANE, "Shift-Tab", "the pane before gets them") \
    X(MAXIMISE, "z", "this pane alone, and back") \
    X(OPEN, "Enter", "open: the ladder of this row") \
    X(LEAVE, "Esc Backspace", "back") \
    GROUP("Moving: the selected segment is now, in every pane") \
    X(UP, "Up k", "up; in the ladder the segment before") \
    X(DOWN, "Down j", "down; in the ladder the next segment") \
    X(PAGE_UP, "PgUp Ctrl-B", "a page up") \
    X(PAGE_DOWN, "PgDn Ctrl-F", "a page down") \
    X(LEFT, "Left", "left, or the byte before") \
    X(RIGHT, "Right", "right, or the next byte") \
    X(STEP, ".", "the next segment") \
    X(STEP_BACK, ",", "the segment before") \
    X(FIRST, "Home", "the first frame") \
    X(LAST, "End G", "the last frame; live, it follows again") \
    X(GO_TO, ":", "go to a frame, a time, a part: 12, 1.5s, 50%") \
    X(NEXT_ROW, ">", "the next connection or flow") \
    X(PREVIOUS_ROW, "<", "the one before") \
    GROUP("Time") \
    X(PLAY, "Space", "play or pause; live, the capture goes on behind") \
    X(FASTER, "+ =", "play faster, at last as fast as it can") \
    X(SLOWER, "-", "play slower") \
    X(LATER, "u", "show or hide what comes later than now") \
    X(GUESS, "g", "guess what comes next; a score is kept") \
    GROUP("Rows") \
    X(FILTER, "/", "show only rows that match: server.port == 80 && retransmission") \
    X(ORDER, "o", "under their sockets, or one flat list") \
    X(SORT, "s", "sort by the next column") \
    X(REVERSE, "r", "the other way round") \
    GROUP("Taking along") \
    X(SAVE, "w", "save as pcap: all, or this one") \
    X(COPY, "y", "copy the ladder to the clipboard (OSC 52)") \
    X(EXPORT, "e", "write it to a file: text, Mermaid, SVG") \
    GROUP("The rest") \
    X(MODE, "m", "in a pane: its other picture (graph, side, hex)") \
    X(THEME, "t", "colours: dark, light, contrast, mono") \
    X(HELP, "? F1", "the keys") \
    X(REDRAW, "Ctrl-L", "draw the screen anew") \
    X(QUIT, "q F10", "leave")

enum request {
    REQUEST_NONE,
#define GROUP(title)
#define X(id, keys, says) REQUEST_##id,
    REQUESTS(GROUP, X)
#undef X
#undef GROUP
    REQUEST_CLICK,                /* of the mouse, in a pane */
    REQUEST_COUNT
};

struct request_entry {
    const char *group;            /* heading that this entry begins, or NULL */
    const char *name;             /* "step_back" */
    const char *keys;             /* as people write them, separated by blanks */
    const char *says;
};

/* By enum request; those without a key have an empty entry. */
extern const struct request_entry requests[REQUEST_COUNT];

/* REQUEST_NONE: the key means nothing. */
enum request request_of(const struct key *key);

/* The key that a name means ("Down", "Ctrl-B", "x"); PRESS_NONE where it means none. *length: bytes of the name. */
uint32_t key_named(const char *name, unsigned *length);

#endif
