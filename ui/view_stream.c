/* The pane Stream: the payload both ways, a heading for each segment, in order and each byte once. Only the frames that
 * are drawn are read. */
#include <string.h>

#include "report/words.h"
#include "ui/pane.h"
#include "ui/pieces.h"
#include "ui/wire_text.h"

enum mode { MODE_BOTH, MODE_CLIENT, MODE_SERVER, MODE_HEX, MODES };
/* A drawing has two passes: one finds the place, one draws. */
enum { FRAMES_A_PASS = 100, LINES_COUNTED = 100000, FRAGMENTS_BACK = 48 };

static const char *const mode_names[MODES] = { "both ways", "the client's only", "the server's only",
                                               "bytes both ways" };

struct remembered {
    uint8_t mode;
    bool moved;                   /* scrolled away from the present: `top` holds */
    uint32_t id, frame;           /* of the last drawing */
    uint32_t top, line;           /* piece, and line of it, at the top of the pane */
    int32_t by;                   /* lines to scroll when it is drawn next */
    uint32_t height;
};

struct drawing {
    const struct present *present;
    struct canvas *canvas;
    struct pieces pieces;
    struct parser *parser;        /* NULL until the first frame is read */
    unsigned frames;              /* that may still be read */
    bool hex;
};

/* --- bytes of a frame --- */

enum got { GOT_BYTES, GOT_CUT, GOT_FRAGMENTS, GOT_NOTHING, GOT_TOO_MANY };

/* The unit of the selected row in a frame: several in one another have the same kind, so the numbers tell. */
static const struct unit *unit_of(const struct present *present, const struct step *step, const struct unit *units,
                                  unsigned count)
{
    bool tcp = step->kind == EVENT_TCP_SEGMENT;
    for (unsigned i = 0; i < count; i++) {
        const struct unit *u = &units[i];
        if (u->kind != (tcp ? UNIT_TCP : UNIT_UDP) || u->from != step->who || !tuple_equal(&u->key, &present->of->key))
            continue;
        if (tcp ? u->seq == step->segment.seq && u->payload_length == step->segment.payload
                : u->payload_length == step->datagram.payload)
            return u;
    }
    return NULL;
}

/* Reads a frame and opens it. NULL: the unit is not in it; `fragment`: one of its fragments may be. */
static const struct unit *read_unit(struct drawing *d, const struct step *step, uint32_t number,
                                    struct unit units[FRAME_UNITS_MAX], bool *fragment, struct error *error)
{
    struct frame frame;
    *fragment = false;
    d->frames -= d->frames > 0;
    if (!d->parser)
        d->parser = parser_new(0);
    if (!d->parser || !d->present->trace || !trace_frame(d->present->trace, number, &frame, error))
        return NULL;
    struct parsed parsed = parse_frame(d->parser, &frame, units);
    *fragment = parsed.fragment;
    return unit_of(d->present, step, units, parsed.units);
}

/* The bytes of a piece that were captured. A datagram's other fragments are looked for in the frames before it. */
static enum got piece_bytes(struct drawing *d, const struct piece *piece, struct unit units[FRAME_UNITS_MAX],
                            struct wire_text *text, struct error *error)
{
    bool fragment, other;
    uint32_t number = piece->step->frame;
    text->bytes = NULL;
    text->length = 0;
    if (d->frames == 0)
        return GOT_TOO_MANY;
    const struct unit *unit = read_unit(d, piece->step, number, units, &fragment, error);
    for (unsigned back = 1; fragment && !unit && back < FRAGMENTS_BACK && back < number && d->frames; back++)
        unit = read_unit(d, piece->step, number - back, units, &other, error);
    if (!unit)
        return fragment ? GOT_FRAGMENTS : GOT_NOTHING;
    if (unit->payload && unit->payload_captured > piece->skip) {
        text->bytes = unit->payload + piece->skip;
        text->length = unit->payload_captured - piece->skip;
    }
    return text->length < piece->length ? GOT_CUT : GOT_BYTES;
}

/* --- one piece --- */

static bool is_later(const struct drawing *d, const struct piece *piece)
{
    return piece->step && piece->step->frame > d->present->frame;
}

static void heading_words(struct text *t, const struct drawing *d, const struct piece *piece)
{
    const struct step *step = piece->step;
    if (piece->kind == PIECE_LEFT_OUT) {
        text_string(t, "the middle is not kept: ");
        words_count(t, d->present->story->dropped, "segment", "segments");
        return;
    }
    if (piece->kind == PIECE_NOW) {
        if (d->present->scene == SIZE_MAX)
            text_string(t, "it has not begun");
        else
            text_format(t, "no payload at frame %u", present_frame(d->present));
        return;
    }
    bool tcp = step->kind == EVENT_TCP_SEGMENT;
    text_format(t, "frame %u, ", step->frame);
    words_duration(t, step->time - d->present->of->first_time);
    text_string(t, ": ");
    words_count(t, tcp ? step->segment.payload : step->datagram.payload, "byte", "bytes");
    if (piece->early)
        text_string(t, ", put in order");
    if (piece->kind == PIECE_NEW && piece->skip)
        text_format(t, ", the first %u sent again", piece->skip);
    if (piece->kind == PIECE_AGAIN)
        text_string(t, step->segment.marks & MARK_KEEP_ALIVE ? ", a keep-alive: nothing new" : ", sent again");
    if (piece->kind == PIECE_TWICE)
        text_format(t, ", frame %u captured twice", step->segment.duplicate_of);
    if (piece->kind == PIECE_IGNORED)
        text_string(t, ", not accepted");
}

static void draw_side(struct drawing *d, const struct piece *piece, unsigned y)
{
    bool client = piece->step->who == d->present->of->client;
    canvas_put(d->canvas, 0, y, client ? ROLE_CLIENT : ROLE_SERVER, client ? '>' : '<');
}

static void draw_heading(struct drawing *d, const struct piece *piece, unsigned y)
{
    struct canvas *canvas = d->canvas;
    bool now = piece == &d->pieces.all[d->pieces.now];
    bool again = piece->kind == PIECE_AGAIN || piece->kind == PIECE_IGNORED;
    enum role role = now ? ROLE_NOW : is_later(d, piece) || !again ? ROLE_QUIET : ROLE_TROUBLE;
    canvas_line(canvas, 0, y, canvas->width, now ? ROLE_NOW : ROLE_LINE, now ? 0x2550 : 0x2500);
    if (piece->step)
        draw_side(d, piece, y);
    struct text t = {0};
    text_char(&t, ' ');
    heading_words(&t, d, piece);
    text_char(&t, ' ');
    unsigned x = pane_text(canvas, 2, y, role, &t);
    if (now && x + 6 < canvas->width)
        canvas_text_right(canvas, canvas->width - 1, y, ROLE_NOW, " now ");
}

static unsigned draw_note(struct drawing *d, bool drawn, unsigned y, enum role role, struct text *t)
{
    if (drawn)
        pane_text(d->canvas, 2, y, role, t);
    text_free(t);
    return 1;
}

/* Why bytes are not there. */
static void trouble_words(struct text *t, const struct piece *piece, enum got got, size_t have,
                          const struct error *error)
{
    switch (got) {
    case GOT_CUT:
        text_char(t, '[');
        words_count(t, piece->length - have, "byte", "bytes");
        text_string(t, have ? " more: cut off by the snapshot length]" : ": cut off by the snapshot length]");
        break;
    case GOT_FRAGMENTS:
        text_string(t, "[came in IP fragments that are too far apart to be read together]");
        break;
    case GOT_TOO_MANY:
        text_string(t, "[not read: too many frames for one screen]");
        break;
    default:
        text_string(t, "[its bytes cannot be read");
        if (error->text[0])
            text_string(t, ": ");
        text_harmless(t, error->text, sizeof error->text);
        text_char(t, ']');
    }
}

/* Lines skip to skip + most - 1 of a piece at row y (y counts from line `skip`); counts as wire_text_draw() does. */
static size_t draw_piece(struct drawing *d, size_t i, bool drawn, unsigned y, size_t skip, size_t most)
{
    const struct piece *piece = &d->pieces.all[i];
    size_t lines = 0, end = skip + most;
    if (piece->missing) {
        struct text t = {0};
        text_char(&t, '[');
        words_count(&t, piece->missing, "byte was not captured]", "bytes were not captured]");
        draw_note(d, drawn && skip == 0, y, ROLE_TROUBLE, &t);
        lines++;
    }
    if (drawn && lines >= skip && lines < end)
        draw_heading(d, piece, y + (unsigned)(lines - skip));
    lines++;
    if (piece->kind != PIECE_NEW || piece->length == 0 || lines >= end)
        return lines < end ? lines : end;
    bool client = piece->step->who == d->present->of->client;
    struct wire_text text = { .width = d->canvas->width > 3 ? d->canvas->width - 2 : 1, .hex = d->hex,
                              .offset = piece->offset, .escape = ROLE_QUIET,
                              .role = is_later(d, piece) ? ROLE_QUIET : client ? ROLE_CLIENT : ROLE_SERVER };
    struct unit units[FRAME_UNITS_MAX];
    struct error error = { .text = "" };
    enum got got = piece_bytes(d, piece, units, &text, &error);
    size_t before = lines, hidden = skip > before ? skip - before : 0;
    unsigned top = y + (unsigned)(before + hidden - skip);
    size_t shown = wire_text_draw(&text, drawn ? d->canvas : NULL, 2, top, hidden, end - before - hidden);
    for (size_t line = hidden; drawn && line < shown; line++)
        draw_side(d, piece, top + (unsigned)(line - hidden));
    lines += shown;
    if (got != GOT_BYTES && lines < end) {
        struct text t = {0};
        trouble_words(&t, piece, got, text.length, &error);
        draw_note(d, drawn && lines >= skip, y + (unsigned)(lines - skip), ROLE_QUIET, &t);
        lines++;
    }
    return lines;
}

/* --- which lines --- */

static size_t lines_of(struct drawing *d, size_t piece)
{
    return draw_piece(d, piece, false, 0, 0, LINES_COUNTED);
}

/* Goes up so many lines, at most to the first. */
static void go_up(struct drawing *d, struct remembered *r, size_t lines)
{
    while (lines && (r->line || r->top)) {
        if (r->line == 0)
            r->line = (uint32_t)lines_of(d, --r->top);
        size_t step = lines < r->line ? lines : r->line;
        r->line -= (uint32_t)step;
        lines -= step;
    }
}

static void go_down(struct drawing *d, struct remembered *r, size_t lines)
{
    while (lines && r->top < d->pieces.count) {
        size_t left = lines_of(d, r->top) - r->line;
        if (lines < left) {
            r->line += (uint32_t)lines;
            return;
        }
        if (r->top + 1 == d->pieces.count) {
            r->line += left ? (uint32_t)left - 1 : 0;
            return;
        }
        lines -= left;
        r->top++;
        r->line = 0;
    }
}

/* The present's piece begins two thirds down, higher where it is long: what led to it stands above it. */
static void go_to_present(struct drawing *d, struct remembered *r)
{
    size_t height = d->canvas->height, own = lines_of(d, d->pieces.now);
    size_t above = height > own ? height - own : 0;
    r->top = (uint32_t)d->pieces.now;
    r->line = 0;
    go_up(d, r, above < height * 2 / 3 ? above : height * 2 / 3);
}

static void scroll(struct drawing *d, struct remembered *r)
{
    if (r->id != d->present->id || r->frame != d->present->frame)
        r->moved = false;
    if (!r->moved && r->by == 0)
        go_to_present(d, r);
    if (r->top >= d->pieces.count) {
        r->top = (uint32_t)d->pieces.count - 1;
        r->line = 0;
    }
    if (r->by < 0)
        go_up(d, r, (size_t)-(int64_t)r->by);
    else
        go_down(d, r, (size_t)r->by);
    r->moved = r->moved || r->by;
    r->by = 0;
    r->id = d->present->id;
    r->frame = d->present->frame;
    r->height = d->canvas->height;
}

static void draw_pieces(struct drawing *d, struct remembered *r)
{
    unsigned y = 0;
    size_t skip = r->line;
    for (size_t i = r->top; i < d->pieces.count && y < d->canvas->height; i++) {
        size_t most = d->canvas->height - y;
        size_t end = draw_piece(d, i, true, y, skip, most);
        y += end > skip ? (unsigned)(end - skip) : 0;
        skip = 0;
    }
}

static void draw(const struct present *present, void *record, bool active, struct canvas *canvas)
{
    struct remembered *r = record;
    (void)active;
    if (pane_is_empty(present, canvas))
        return;
    unsigned client = present->of->client;
    struct drawing d = { .present = present, .canvas = canvas, .frames = FRAMES_A_PASS, .hex = r->mode == MODE_HEX };
    pieces_make(&d.pieces, present, r->mode == MODE_CLIENT ? client : r->mode == MODE_SERVER ? !client : NO_END);
    if (d.pieces.count == 0 || d.pieces.failed) {
        pane_say(canvas, 1, 0, ROLE_TROUBLE, "Memory ran out.");
    } else if (d.pieces.count == 1 && d.pieces.all[0].kind == PIECE_NOW) {
        pane_say(canvas, 1, 0, ROLE_QUIET,
                 present->hide_later ? "No payload has passed by now." : "There is no payload.");
    } else {
        scroll(&d, r);
        d.frames = FRAMES_A_PASS;
        draw_pieces(&d, r);
    }
    pieces_free(&d.pieces);
    parser_free(d.parser);
}

static bool request(const struct present *present, void *record, enum request request, const struct key *key)
{
    struct remembered *r = record;
    int32_t page = r->height > 2 ? (int32_t)r->height - 1 : 1;
    (void)present;
    (void)key;
    switch (request) {
    case REQUEST_MODE:
        r->mode = (uint8_t)((r->mode + 1) % MODES);
        r->moved = false;
        return true;
    case REQUEST_UP:
        r->by--;
        return true;
    case REQUEST_DOWN:
        r->by++;
        return true;
    case REQUEST_PAGE_UP:
        r->by -= page;
        return true;
    case REQUEST_PAGE_DOWN:
        r->by += page;
        return true;
    default:
        return false;
    }
}

static void title(const struct present *present, const void *record, struct text *t)
{
    const struct remembered *r = record;
    (void)present;
    text_format(t, "stream: %s   > client  < server   m: %s", mode_names[r->mode % MODES],
                mode_names[(r->mode + 1) % MODES]);
}

const struct view view_stream = { .name = "Stream", .record = sizeof(struct remembered), .title = title, .draw = draw,
                                  .request = request };
