/* The pane States: figure 5 of RFC 9293, both ends in it, and the way that they came; in a small pane a smaller
 * drawing, in a very small one a list. */
#include <string.h>

#include "report/scenes.h"
#include "report/sentence.h"
#include "report/words.h"
#include "ui/figure.h"
#include "ui/pane.h"

enum { PATH_MAX_STATES = 16, FIGURE_NARROW = 60 };

/* What the steps by the present say. */
struct walk {
    struct figure_way way;
    uint8_t path[2][PATH_MAX_STATES];   /* by side: states in order; of a longer one the last */
    unsigned length[2];
    bool longer[2];
    const struct step *last;      /* a move of the last scene with one */
    size_t last_scene;            /* step it begins at */
};

static unsigned side_of(const struct present *present, unsigned end)
{
    return end == present->of->client ? FIGURE_CLIENT : FIGURE_SERVER;
}

static void path_add(struct walk *w, unsigned side, uint8_t state)
{
    if (w->length[side] == PATH_MAX_STATES) {
        memmove(w->path[side], w->path[side] + 1, PATH_MAX_STATES - 1);
        w->length[side]--;
        w->longer[side] = true;
    }
    w->path[side][w->length[side]++] = state;
}

static void moved(struct walk *w, const struct present *present, const struct step *step)
{
    unsigned side = side_of(present, step->who);
    uint64_t arc = UINT64_C(1) << (step->moved.arc & 63);
    if (!w->last || w->last->frame != step->frame || w->last->time != step->time)
        w->way.last[0] = w->way.last[1] = 0;
    w->last = step;
    w->way.taken[side] |= arc;
    w->way.last[side] |= arc;
    if (w->length[side] == 0)
        path_add(w, side, step->moved.from);
    path_add(w, side, step->moved.to);
}

/* Recorded, so that LISTEN is known before anything was heard of this end. */
static bool says_listen(const struct present *present, const struct step *step)
{
    return step->kind == EVENT_CALL && step->call.call == CALL_LISTEN && step->call.recorded &&
           !step->call.recorded->error && story_returned(present->story, step->call.recorded);
}

static struct walk walk_to_present(const struct present *present)
{
    struct walk w = { .last = NULL };
    bool heard[2] = { false, false };
    size_t steps = pane_steps_by_now(present);
    for (size_t i = 0; i < steps; i++) {
        const struct step *step = story_step(present->story, i);
        if (step->who >= NO_END)
            continue;
        if (step->kind == EVENT_TCP_STATE)
            moved(&w, present, step);
        else if (step->kind == EVENT_TCP_SEGMENT || says_listen(present, step))
            heard[side_of(present, step->who)] = true;
    }
    int listened = tcp_arc_find(STATE_CLOSED, ON_PASSIVE_OPEN);
    for (unsigned end = 0; end < 2 && steps; end++) {
        unsigned side = side_of(present, end);
        enum tcp_state state = present_state(present, end);
        bool over = state == STATE_CLOSED && w.length[side];
        w.way.place[side] = over ? FIGURE_AFTER : (uint8_t)state;
        w.way.supposed[side] = !heard[side];
        if (w.length[side] == 0 && state != STATE_UNKNOWN)
            path_add(&w, side, (uint8_t)state);
        if (w.path[side][0] == STATE_LISTEN && w.length[side] > 1 && !w.longer[side] && listened >= 0)
            w.way.taken[side] |= UINT64_C(1) << listened;   /* nobody saw it, but it must have been so */
    }
    return w;
}

/* --- words --- */

static void path_words(struct text *t, const struct walk *w, unsigned side)
{
    if (w->longer[side])
        text_string(t, "... -> ");
    for (unsigned i = 0; i < w->length[side]; i++)
        text_format(t, "%s%s", i ? " -> " : "", tcp_state_names[w->path[side][i]]);
}

/* Where an end is, a line, and how it came there. */
static unsigned list_end(const struct walk *w, unsigned side, struct canvas *canvas, unsigned y)
{
    unsigned place = w->way.place[side];
    enum role role = side == FIGURE_CLIENT ? ROLE_CLIENT : ROLE_SERVER;
    const char *name = tcp_state_names[place == FIGURE_AFTER ? STATE_CLOSED : place];
    unsigned x = canvas_text(canvas, 0, y, role, side == FIGURE_CLIENT ? "C> client " : "S> server ");
    if (place == STATE_UNKNOWN || w->way.supposed[side]) {
        x = canvas_text(canvas, x, y++, ROLE_NOW, "?");
        canvas_text(canvas, x, y - 1, ROLE_QUIET, place == STATE_UNKNOWN ? " not known" : " not heard yet");
        if (place == STATE_UNKNOWN || place == STATE_CLOSED)
            return y;
        struct text t = {0};
        text_format(&t, "if it is there: %s", name);
        return pane_paragraph(canvas, 3, y, canvas->width > 4 ? canvas->width - 3 : 1, ROLE_QUIET, &t);
    }
    canvas_text(canvas, x, y++, ROLE_NOW, name);
    if (w->length[side] < 2)
        return y;
    struct text t = {0};
    path_words(&t, w, side);
    return pane_paragraph(canvas, 3, y, canvas->width > 4 ? canvas->width - 3 : 1, ROLE_PLAIN, &t);
}

static bool last_undrawn(const struct walk *w, const struct figure *figure)
{
    return w->last && w->last->moved.arc < tcp_arc_count && !figure_draws(figure, w->last->moved.arc);
}

/* Of the arc's label what moved it: "rcv RST"; an abort is told by what it sends. */
static void move_words(struct text *t, const struct arc *arc)
{
    const char *slash = strstr(arc->label, " / ");
    text_format(t, "%s -> %s (", tcp_state_names[arc->from], tcp_state_names[arc->to]);
    text_bytes(t, arc->label, slash ? (size_t)(slash - arc->label) : strlen(arc->label));
    text_string(t, arc->event == ON_ABORT ? ", snd RST)" : ")");
}

/* The small drawing has no labels to mark the last move at, nor has the large one lines for every arc. */
static unsigned last_move(const struct present *present, const struct walk *w, bool wide, struct canvas *canvas,
                          unsigned y)
{
    struct text t = {0};
    text_format(&t, wide ? "* the last move has no line here: the %s, " : "last: %s ",
                words_side(present->of, w->last->who));
    move_words(&t, &tcp_arcs[w->last->moved.arc]);
    if (!wide && t.used >= canvas->width)
        for (; t.bytes[t.used] != '('; t.used--)
            ;
    return pane_paragraph(canvas, 1, y, canvas->width - 1, ROLE_NOW, &t);
}

static unsigned legend(const struct walk *w, bool wide, struct canvas *canvas, unsigned y)
{
    unsigned x = canvas_text(canvas, 1, y, ROLE_CLIENT, wide ? "C> client  " : "C> client ");
    x = canvas_text(canvas, x, y, ROLE_SERVER, wide ? "S> server  " : "S> server ");
    const char *signs = wide ? " thick: the way they came   *: the last move" : " thick: their way";
    canvas_text(canvas, x, y++, ROLE_QUIET, signs);
    for (unsigned side = 0; side < 2; side++) {
        if (w->way.place[side] == STATE_UNKNOWN || !w->way.supposed[side])
            continue;
        const char *words = side == FIGURE_SERVER ? "S?: nothing of the server was heard yet"
                                                  : "C?: nothing of the client was heard yet";
        y = pane_say(canvas, 1, y, ROLE_QUIET, words);
    }
    if (wide)
        y = pane_say(canvas, 1, y, ROLE_QUIET,
                     "not drawn: RST, CLOSE before ESTABLISHED, SEND in LISTEN, notes 1 to 3");
    return y;
}

/* Why the last move was made, where there is room for all of it. */
static void why(const struct present *present, const struct walk *w, struct canvas *canvas, unsigned y)
{
    if (!w->last || y + 5 > canvas->height)
        return;
    struct text t = {0};
    if (w->last->frame)
        text_format(&t, "Last move, frame %u: ", w->last->frame);
    else
        text_string(&t, "Last move, by time alone: ");
    sentence_text(&t, present->of, &w->last->because);
    if (w->last->moved.arc < tcp_arc_count)
        text_format(&t, " [%s]", sentence_rfc(&w->last->because, w->last->moved.arc));
    pane_paragraph(canvas, 1, y + 1, canvas->width - 2, ROLE_PLAIN, &t);
}

static void draw_figure(const struct present *present, const struct figure *figure, struct canvas *canvas)
{
    struct walk w = walk_to_present(present);
    unsigned x = (canvas->width - figure_width(figure)) / 2;
    figure_draw(figure, &w.way, canvas, x, 0);
    unsigned y = figure_height(figure);
    bool wide = figure_width(figure) > FIGURE_NARROW;
    if (wide ? last_undrawn(&w, figure) : w.last != NULL)
        y = last_move(present, &w, wide, canvas, y);
    y = legend(&w, wide, canvas, y);
    why(present, &w, canvas, y);
}

static void draw_list(const struct present *present, struct canvas *canvas)
{
    struct walk w = walk_to_present(present);
    unsigned y = list_end(&w, FIGURE_CLIENT, canvas, 0);
    list_end(&w, FIGURE_SERVER, canvas, y < canvas->height ? y : canvas->height - 1);
}

static void draw(const struct present *present, void *record, bool active, struct canvas *canvas)
{
    (void)record;
    (void)active;
    if (!pane_has_story(present)) {
        pane_say(canvas, 1, 0, ROLE_QUIET, "No connection is selected.");
        return;
    }
    if (!conversation_is_tcp(present->of)) {
        pane_say(canvas, 1, 0, ROLE_PLAIN,
                 "UDP has no states: no handshake, no close, nothing to wait for. A socket sends or receives a "
                 "datagram, and has forgotten it.");
        return;
    }
    const struct figure *figure = figure_fitting(canvas->width, canvas->height);
    if (figure)
        draw_figure(present, figure, canvas);
    else
        draw_list(present, canvas);
}

static void title(const struct present *present, const void *record, struct text *t)
{
    (void)record;
    if (present->of && !conversation_is_tcp(present->of))
        text_string(t, "states: UDP has none");
    else if (present_frame(present))
        text_format(t, "states after frame %u", present_frame(present));
    else
        text_string(t, "states before the first frame");
}

const struct view view_states = { .name = "States", .title = title, .draw = draw };
