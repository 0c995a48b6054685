/* The question in a box:
 *
 *   ┌ Guess ─────────────────────────────────────────────────────────────┐
 *   │ The SYN,ACK has reached the client. What does its kernel send ...? │
 *   │  a  ACK      client: ESTABLISHED                                   │
 *   └ 3 right of 4 ───────────────────────────── a-d answer   Esc leave ─┘
 */
#include <stdio.h>
#include <string.h>

#include "report/words.h"
#include "ui/guess.h"

enum {
    LIGHT = 0x2500, UPRIGHT = 0x2502,
    TOP_LEFT = 0x250c, TOP_RIGHT = 0x2510, BOTTOM_LEFT = 0x2514, BOTTOM_RIGHT = 0x2518,
    ABOVE = 8,                        /* rows of the screen that a long reason leaves to the rest */
    REASON_LEAST = 1,
    BARS = 3,                         /* title, time line, keys: never covered */
};

static unsigned box_width(unsigned width)
{
    return width > GUESS_WIDTH + 1 ? GUESS_WIDTH : width;
}

static struct text question_of(const struct guess *g, unsigned width)
{
    struct text t = { 0 };
    words_wrap(&t, g->question, strlen(g->question), 0, 0, box_width(width) - 4);
    return t;
}

unsigned guess_rows(const struct guess *g, unsigned width, unsigned height)
{
    if (!g->asking || width < 8 || height <= BARS)
        return 0;
    struct text question = question_of(g, width);
    unsigned rows = words_lines(question.bytes, question.used) + g->count + 2;
    unsigned most = height > rows + REASON_LEAST + ABOVE ? height - ABOVE : rows + REASON_LEAST;
    text_free(&question);
    if (g->answered)
        rows += words_lines(g->reason, strlen(g->reason));
    most = most < height - BARS ? most : height - BARS;
    return rows < most ? rows : most;
}

/* Lines from `y` on, not beyond row `end`; gives the row behind. */
static unsigned lines_draw(struct canvas *box, unsigned y, unsigned end, const char *s, size_t length)
{
    const char *stop, *behind = s + length;
    char line[256];
    for (; s < behind && y < end && (stop = memchr(s, '\n', (size_t)(behind - s))); s = stop + 1, y++) {
        snprintf(line, sizeof line, "%.*s", (int)(stop - s), s);
        canvas_text(box, 2, y, ROLE_PLAIN, line);
    }
    if (s < behind && y == end)
        canvas_text_right(box, box->width - 1, y - 1, ROLE_QUIET, " ... more in Why ");
    return y;
}

/* A sign tells the right one and the one that was chosen, beside the colour. */
static void option_draw(const struct guess *g, unsigned i, struct canvas *box, unsigned y, unsigned column)
{
    bool right = g->answered && i == g->right, wrong = g->answered && i == g->chosen && !right;
    enum role role = right ? ROLE_GOOD : wrong ? ROLE_TROUBLE : ROLE_PLAIN;
    char letter[2] = { (char)('a' + i), '\0' };
    canvas_text(box, 1, y, role, right ? "=" : wrong ? "x" : " ");
    canvas_text(box, 3, y, g->answered ? role : ROLE_KEY, letter);
    canvas_text(box, 6, y, role, g->options[i].what);
    canvas_text(box, column, y, role, g->options[i].effect);
    unsigned end = column + words_columns(g->options[i].effect, strlen(g->options[i].effect));
    if ((right || wrong) && end + 8 < box->width)
        canvas_text_right(box, box->width - 1, y, role, right ? " right " : " yours ");
}

static unsigned options_draw(const struct guess *g, struct canvas *box, unsigned y)
{
    unsigned widest = 0;
    for (unsigned i = 0; i < g->count; i++) {
        unsigned columns = words_columns(g->options[i].what, strlen(g->options[i].what));
        widest = columns > widest ? columns : widest;
    }
    for (unsigned i = 0; i < g->count; i++)
        option_draw(g, i, box, y + i, 6 + widest + 2);
    return y + g->count;
}

static void frame_draw(const struct guess *g, struct canvas *box)
{
    unsigned right = box->width - 1, last = box->height - 1;
    char keys[32] = " Enter goes on   Esc leave ", score[48], title[24] = " Guess ";
    if (!g->answered)
        snprintf(keys, sizeof keys, " a-%c answer   Esc leave ", (char)('a' + g->count - 1));
    else
        snprintf(title, sizeof title, g->chosen == g->right ? " Right: %c " : " Not so: it is %c ",
                 (char)('a' + g->right));
    canvas_line(box, 0, 0, box->width, ROLE_LINE, LIGHT);
    canvas_line(box, 0, last, box->width, ROLE_LINE, LIGHT);
    for (unsigned y = 1; y < last; y++) {
        canvas_put(box, 0, y, ROLE_LINE, UPRIGHT);
        canvas_put(box, right, y, ROLE_LINE, UPRIGHT);
    }
    canvas_put(box, 0, 0, ROLE_LINE, TOP_LEFT);
    canvas_put(box, right, 0, ROLE_LINE, TOP_RIGHT);
    canvas_put(box, 0, last, ROLE_LINE, BOTTOM_LEFT);
    canvas_put(box, right, last, ROLE_LINE, BOTTOM_RIGHT);
    canvas_text(box, 2, 0, ROLE_HEADING, title);
    canvas_text_right(box, right - 1, last, ROLE_KEY, keys);
    if (g->asked) {
        snprintf(score, sizeof score, " %u right of %u ", g->correct, g->asked);
        canvas_text(box, 2, last, ROLE_HEADING, score);
    }
}

void guess_draw(const struct guess *g, struct canvas *canvas, unsigned bottom)
{
    unsigned rows = guess_rows(g, canvas->width, canvas->height);
    if (!rows || bottom + 1 < rows)
        return;
    struct canvas box = canvas_new(box_width(canvas->width), rows);
    struct text question = question_of(g, canvas->width);
    unsigned y = lines_draw(&box, 1, rows - 1, question.bytes, question.used);
    y = options_draw(g, &box, y);
    if (g->answered)
        lines_draw(&box, y, rows - 1, g->reason, strlen(g->reason));
    frame_draw(g, &box);
    canvas_copy(canvas, canvas->width > box.width ? 1 : 0, bottom + 1 - rows, &box);
    text_free(&question);
    canvas_free(&box);
}
