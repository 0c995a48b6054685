/* request.h - what the dashboard can be asked to do: one list behind keys, the help screen and the manual.
 *
 * A request has a name, keys as people write them ("Down j", the first is the one shown), and a sentence. Keys are
 * digits, letters, Space and the named ones; function keys are only aliases. Those that make calls by hand mean
 * something else elsewhere.
 */
#ifndef SYNFIN_UI_REQUEST_H
#define SYNFIN_UI_REQUEST_H

#include "ui/key.h"

/* id, name, keys, what it does. A line that begins a group has its heading in front. */
#define REQUESTS(GROUP, X) \
    GROUP("Panes") \
    X(OVERVIEW, "overview", "1 F2", "every connection and flow, under the server's socket") \
    X(LADDER, "ladder", "2 F3", "the ladder of the selected one") \
    X(SOCKETS, "sockets", "3 F4", "the server's sockets, and which one takes this segment") \
    X(STATES, "states", "4 F5", "figure 5 of RFC 9293, with both ends in it") \
    X(BYTES, "bytes", "5 F6", "the bytes of this frame, field by field") \
    X(STREAM, "stream", "6 F7", "the payload both ways") \
    X(GRAPHS, "graphs", "7 F8", "sequence numbers, round trips, throughput, window over time") \
    X(TRAFFIC, "traffic", "8 F9", "the generator: what its programs call, the lessons that run") \
    X(NEXT_PANE, "next_pane", "Tab", "the next pane gets the keys") \
    X(PREVIOUS_PANE, "previous_pane", "Shift-Tab", "the pane before gets them") \
    X(MAXIMISE, "maximise", "z", "this pane alone, and back") \
    X(OTHER_END, "other_end", "v", "the other end's capture (lab NAME --at both)") \
    X(OPEN, "open", "Enter", "open: the ladder of this row") \
    X(LEAVE, "leave", "Esc Backspace", "back") \
    GROUP("Moving: the selected segment is now, in every pane") \
    X(UP, "up", "Up k", "up; in the ladder the segment before") \
    X(DOWN, "down", "Down j", "down; in the ladder the next segment") \
    X(PAGE_UP, "page_up", "PgUp Ctrl-B", "a page up") \
    X(PAGE_DOWN, "page_down", "PgDn Ctrl-F", "a page down") \
    X(LEFT, "left", "Left", "left, or the byte before") \
    X(RIGHT, "right", "Right", "right, or the next byte") \
    X(STEP, "step", ".", "the next segment") \
    X(STEP_BACK, "step_back", ",", "the segment before") \
    X(NEXT_MARK, "next_mark", "n", "the next segment with a mark: sent again, lost, window 0, RST ...") \
    X(PREVIOUS_MARK, "previous_mark", "N", "the one before") \
    X(FIRST, "first", "Home", "the first frame") \
    X(LAST, "last", "End G", "the last frame; live, it follows again") \
    X(GO_TO, "go_to", ":", "go to a frame, a time, a part: 12, 1.5s, 50%") \
    X(NEXT_ROW, "next_row", ">", "the next connection or flow") \
    X(PREVIOUS_ROW, "previous_row", "<", "the one before") \
    GROUP("Time") \
    X(PLAY, "play", "Space", "play or pause; live, the capture goes on behind") \
    X(FASTER, "faster", "+ =", "play faster, at last as fast as it can") \
    X(SLOWER, "slower", "-", "play slower") \
    X(LATER, "later", "u", "show or hide what comes later than now") \
    X(GUESS, "guess", "g", "guess what comes next; a score is kept") \
    GROUP("Rows") \
    X(FILTER, "filter", "/", "show only rows that match: server.port == 80 && retransmission") \
    X(ORDER, "order", "o", "under their sockets, or one flat list") \
    X(SORT, "sort", "s", "sort by the next column") \
    X(REVERSE, "reverse", "r", "the other way round") \
    GROUP("The generator, in its pane") \
    X(NUMBERS, "numbers", "p", "numbers of the lesson: port, clients, messages") \
    X(BY_HAND, "by_hand", "b", "the next run by hand: each call waits for a key") \
    X(STOP, "stop", "x", "end the run; Enter starts one") \
    GROUP("Taking along") \
    X(SAVE, "save", "w", "save as pcap: all, or this one") \
    X(COPY, "copy", "y", "copy the ladder to the clipboard (OSC 52)") \
    X(EXPORT, "export", "e", "write it to a file: text, Mermaid, SVG") \
    GROUP("The rest") \
    X(MODE, "mode", "m", "in a pane: its other picture (graph, side, lesson)") \
    X(THEME, "theme", "t", "colours: dark, light, contrast, mono") \
    X(HELP, "help", "? F1", "the keys") \
    X(REDRAW, "redraw", "Ctrl-L", "draw the screen anew") \
    X(QUIT, "quit", "q F10", "leave") \
    GROUP("By hand (lab --step), in Traffic and in the ladder") \
    X(CALL_NEXT, "call_next", "n", "make the call that waits longest") \
    X(CALL_CLIENT, "call_client", "c", "make the client's next call") \
    X(CALL_SERVER, "call_server", "s", "make the server's next call")

enum request {
    REQUEST_NONE,
#define GROUP(title)
#define X(id, name, keys, says) REQUEST_##id,
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

/* By enum request; REQUEST_NONE and REQUEST_CLICK have no key, and an entry of empty strings. */
extern const struct request_entry requests[REQUEST_COUNT];

/* A click or double click is REQUEST_CLICK, the wheel goes up and down as the arrow keys do. REQUEST_NONE: the key
 * means nothing, or it was pasted: text that somebody else wrote asks for nothing. */
enum request request_of(const struct key *key);

/* The same while calls are made by hand: these keys mean that then; others REQUEST_NONE. */
enum request request_by_hand(const struct key *key);

/* The key that a name means ("Down", "Ctrl-B", "x"; a name ends at a blank or a zero byte); PRESS_NONE where it means
 * none. *length: bytes of the name, 0 only at its end. */
uint32_t key_named(const char *name, unsigned *length);

#endif
