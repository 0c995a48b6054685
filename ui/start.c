#include "ui/start.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/words.h"
#include "ui/pane.h"
#include "ui/prompt.h"

enum {
    LIST_TOP = 1,                 /* row of the first line */
    FOOT = 5,                     /* rows under the list: rule, two of words, what Enter does or the filter, keys */
    WORD_X = 3, SAYS_X = 28,
    ROWS_MOST = 2 * START_LINES + 3 * START_GROUPS,
    WIDTH_LEAST = 40, HEIGHT_LEAST = 10,
    LIGHT = 0x2500,
};

struct start_line {
    enum start_group group;
    char *topic, *word, *shown, *says;   /* owned; topic may be NULL; shown: the word made harmless */
};

enum start_row_kind { ROW_LINE, ROW_TOPIC, ROW_GROUP, ROW_BLANK };

/* What stands in a row of the list. */
struct start_row {
    enum start_row_kind kind;
    unsigned of;                  /* line, for a topic its first one; or group */
};

struct start {
    struct start_line lines[START_LINES];
    unsigned count;
    const char *notes[START_GROUPS];
    bool refused[START_GROUPS];
    struct prompt filter;         /* .kind: it is being typed; its bytes filter the lines in any case */
    struct start_row rows[ROWS_MOST];   /* as filtered */
    unsigned row_count;
    unsigned selected;            /* row; row_count: nothing can be */
    unsigned from;                /* first row shown */
    unsigned height;              /* rows shown, as drawn last */
    bool placed;                  /* selected was set by a person, or by the first drawing */
    bool help;
    enum start_state state;
};

static const struct { const char *title, *empty; } groups[START_GROUPS] = {
    [START_INTERFACES] = { "Interfaces", "none is up (synfin -D lists all)" },
    [START_TRACES] = { "Traces of this folder", "none here (.pcap, .pcapng, .cap, also .gz)" },
    [START_LAB] = { "Lessons that run", "none: the lab cannot be had here (synfin doctor says why)" },
    [START_LESSONS] = { "Lessons, recorded", "none" },
};

struct start *start_new(void)
{
    return calloc(1, sizeof(struct start));
}

static void line_free(struct start_line *line)
{
    free(line->topic);
    free(line->word);
    free(line->shown);
    free(line->says);
}

void start_free(struct start *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->count; i++)
        line_free(&s->lines[i]);
    free(s);
}

/* NULL: memory ran out. */
static char *harmless(const char *s)
{
    struct text t = { 0 };
    text_harmless(&t, s, strlen(s));
    text_char(&t, '\0');
    char *copy = t.failed ? NULL : strdup(t.bytes);
    text_free(&t);
    return copy;
}

bool start_add(struct start *s, enum start_group group, const char *topic, const char *word, const char *says)
{
    if (s->count == START_LINES)
        return false;
    struct start_line line = { .group = group, .topic = topic ? harmless(topic) : NULL, .word = strdup(word),
                         .shown = harmless(word), .says = harmless(says) };
    if ((topic && !line.topic) || !line.word || !line.shown || !line.says) {
        line_free(&line);
        return false;
    }
    s->lines[s->count++] = line;
    s->placed = false;
    return true;
}

void start_note(struct start *s, enum start_group group, bool refused, const char *words)
{
    s->notes[group] = words;
    s->refused[group] = refused;
}

/* --- the rows: what passes the filter, with what it stands under --- */

/* Each word of the filter is somewhere in the line. */
static bool passes(const struct start *s, const struct start_line *line)
{
    char word[PROMPT_ROOM + 1];
    for (const char *at = s->filter.bytes; *at;) {
        size_t length = strcspn(at, " ");
        memcpy(word, at, length);
        word[length] = '\0';
        if (!strcasestr(line->shown, word) && !strcasestr(line->says, word) &&
            !(line->topic && strcasestr(line->topic, word)) && !strcasestr(groups[line->group].title, word))
            return false;
        at += length;
        at += strspn(at, " ");
    }
    return true;
}

static void row_add(struct start *s, enum start_row_kind kind, unsigned of)
{
    if (s->row_count < ROWS_MOST)
        s->rows[s->row_count++] = (struct start_row){ .kind = kind, .of = of };
}

static void group_rows(struct start *s, enum start_group group)
{
    const char *topic = NULL;
    unsigned begin = s->row_count;
    for (unsigned i = 0; i < s->count; i++) {
        const struct start_line *line = &s->lines[i];
        if (line->group != group || !passes(s, line))
            continue;
        if (s->row_count == begin)
            row_add(s, ROW_GROUP, group);
        if (line->topic && (!topic || strcmp(topic, line->topic) != 0))
            row_add(s, ROW_TOPIC, i);
        topic = line->topic;
        row_add(s, ROW_LINE, i);
    }
    if (s->row_count == begin && !s->filter.used)
        row_add(s, ROW_GROUP, group);
    if (s->row_count > begin)
        row_add(s, ROW_BLANK, 0);
}

/* The next row that can be selected from `row` on, upwards or downwards; row_count: none. */
static unsigned selectable(const struct start *s, unsigned row, bool up)
{
    while (row < s->row_count && s->rows[row].kind != ROW_LINE)
        row = up ? row - 1 : row + 1;
    return row < s->row_count ? row : s->row_count;
}

/* How near its name is to what was typed: 2 begins with it, 1 has it in it, 0 only what is said of it has. */
static unsigned nearness(const struct start *s, const struct start_line *line)
{
    return strncasecmp(line->shown, s->filter.bytes, s->filter.used) == 0 ? 2 :
           strcasestr(line->shown, s->filter.bytes) ? 1 : 0;
}

/* The first row of those that are nearest. */
static unsigned nearest(const struct start *s)
{
    unsigned row = selectable(s, 0, false);
    for (unsigned i = row; i < s->row_count; i++)
        if (s->rows[i].kind == ROW_LINE &&
            nearness(s, &s->lines[s->rows[i].of]) > nearness(s, &s->lines[s->rows[row].of]))
            row = i;
    return row;
}

static void rows_make(struct start *s)
{
    s->row_count = 0;
    for (unsigned group = 0; group < START_GROUPS; group++)
        group_rows(s, group);
    s->row_count -= s->row_count > 0 && s->rows[s->row_count - 1].kind == ROW_BLANK;
    s->from = 0;
    s->selected = s->filter.used ? nearest(s) : selectable(s, 0, false);
    for (unsigned i = s->selected; i < s->row_count && !s->filter.used; i++)
        if (s->rows[i].kind == ROW_LINE && !s->refused[s->lines[s->rows[i].of].group]) {
            s->selected = i;
            break;
        }
    s->placed = true;
}

/* --- keys --- */

/* `by` rows on; what cannot be selected is stepped over, and at the ends it stays. */
static void move(struct start *s, int by)
{
    if (s->selected >= s->row_count)
        return;
    unsigned size = (unsigned)abs(by);
    bool up = by < 0;
    unsigned to = up ? (s->selected > size ? s->selected - size : 0)
                     : (s->row_count - 1 - s->selected > size ? s->selected + size : s->row_count - 1);
    unsigned row = selectable(s, to, up);
    if (row == s->row_count)
        row = selectable(s, to, !up);
    s->selected = row;
}

static void open_selected(struct start *s)
{
    if (s->selected < s->row_count)
        s->state = START_CHOSEN;
}

static void click(struct start *s, const struct key *key)
{
    unsigned row = s->from + key->y - LIST_TOP;
    if (key->y < LIST_TOP || key->y >= LIST_TOP + s->height || row >= s->row_count || s->rows[row].kind != ROW_LINE)
        return;
    s->selected = row;
    if (key->code == PRESS_DOUBLE_CLICK)
        open_selected(s);
}

/* What moves and opens, whether a filter is being typed or not. */
static bool moves(struct start *s, const struct key *key)
{
    int page = s->height > 1 ? (int)s->height - 1 : 1;
    switch (key->code) {
    case PRESS_UP: move(s, -1); return true;
    case PRESS_DOWN: move(s, 1); return true;
    case PRESS_WHEEL_UP: move(s, -3); return true;
    case PRESS_WHEEL_DOWN: move(s, 3); return true;
    case PRESS_PAGE_UP: move(s, -page); return true;
    case PRESS_PAGE_DOWN: move(s, page); return true;
    case PRESS_CLICK: case PRESS_DOUBLE_CLICK: click(s, key); return true;
    case PRESS_ENTER: case '\n': open_selected(s); return true;
    default: return false;
    }
}

static void filter_clear(struct start *s)
{
    prompt_open(&s->filter, PROMPT_NONE, "show", "");
    rows_make(s);
}

static void filter_key(struct start *s, const struct key *key)
{
    switch (prompt_key(&s->filter, key)) {
    case PROMPT_LEFT:
        filter_clear(s);
        break;
    case PROMPT_CHANGED:
        if (!s->filter.used && key->code == PRESS_BACKSPACE)
            prompt_close(&s->filter);
        rows_make(s);
        break;
    default:
        break;
    }
}

/* A key where no filter is being typed. */
static void plain_key(struct start *s, const struct key *key)
{
    bool letter = key->code > ' ' && key->code < 0x110000 && key->code != PRESS_BACKSPACE;
    switch (key->code) {
    case 'j': move(s, 1); break;
    case 'k': move(s, -1); break;
    case PRESS_HOME: case 'g': move(s, -ROWS_MOST); break;
    case PRESS_END: case 'G': move(s, ROWS_MOST); break;
    case 'q': case PRESS_F10: s->state = START_LEFT; break;
    case '?': case PRESS_F1: s->help = true; break;
    case '/': prompt_open(&s->filter, PROMPT_FILTER, "show", ""); break;
    default:
        if (!letter)
            break;
        prompt_open(&s->filter, PROMPT_FILTER, "show", "");
        filter_key(s, key);
    }
}

void start_key(struct start *s, const struct key *key)
{
    if (!s->placed)
        rows_make(s);
    if (s->state != START_CHOOSING || key->code == PRESS_RESIZED)
        return;
    if (key->code == PRESS_GONE)
        s->state = START_LEFT;
    else if (s->help)
        s->help = key->pasted;
    else if (key->pasted && (!s->filter.kind || key->code < ' '))
        return;
    else if (moves(s, key))
        return;
    else if (s->filter.kind)
        filter_key(s, key);
    else
        plain_key(s, key);
}

/* --- drawing --- */

static void row_draw(const struct start *s, unsigned row, struct canvas *canvas, unsigned y)
{
    const struct start_row *r = &s->rows[row];
    const struct start_line *line = r->kind == ROW_LINE || r->kind == ROW_TOPIC ? &s->lines[r->of] : NULL;
    unsigned x;
    if (r->kind == ROW_GROUP) {
        x = canvas_text(canvas, 1, y, ROLE_HEADING, groups[r->of].title);
        bool empty = row + 1 >= s->row_count || s->rows[row + 1].kind == ROW_BLANK;
        const char *note = empty ? groups[r->of].empty : s->notes[r->of];
        if (note)
            canvas_text(canvas, x + 2, y, s->refused[r->of] ? ROLE_TROUBLE : ROLE_QUIET, note);
    } else if (r->kind == ROW_TOPIC) {
        canvas_text(canvas, 2, y, ROLE_STATE, line->topic);
    } else if (line) {
        x = canvas_text(canvas, WORD_X, y, ROLE_PLAIN, line->shown);
        canvas_text(canvas, x + 2 > SAYS_X ? x + 2 : SAYS_X, y, ROLE_QUIET, line->says);
    }
    if (row == s->selected) {
        canvas_put(canvas, 0, y, ROLE_NOW, '>');
        canvas_select(canvas, 0, y, canvas->width);
    }
}

/* The whole of what the selected line says, which its row may have cut off, and what Enter does: as a command, so that
 * it can be typed the next time. */
static void selected_draw(const struct start *s, struct canvas *canvas, unsigned y)
{
    static const char *const options[START_GROUPS] = { [START_INTERFACES] = "-i ", [START_TRACES] = "-r ",
                                                       [START_LAB] = "lab " };
    struct text says = { 0 }, command = { 0 };
    if (s->selected >= s->row_count) {
        canvas_text(canvas, 1, y, ROLE_TROUBLE, s->count ? "Nothing here has that in it. Esc shows all again."
                                                         : "There is nothing to open.");
        return;
    }
    const struct start_line *line = &s->lines[s->rows[s->selected].of];
    text_format(&says, "%s: %s", line->shown, line->says);
    struct canvas words = canvas_new(canvas->width > 2 ? canvas->width - 2 : 1, 2);
    pane_paragraph(&words, 0, 0, words.width, ROLE_PLAIN, &says);
    canvas_copy(canvas, 1, y, &words);
    canvas_free(&words);
    if (s->filter.kind)
        return;
    text_format(&command, "synfin %s", options[line->group] ? options[line->group] : "");
    words_shell(&command, line->shown);
    unsigned x = canvas_text(canvas, 1, y + 2, ROLE_KEY, "Enter");
    x = canvas_text(canvas, x, y + 2, ROLE_PLAIN, " opens it, as this command does:  ");
    pane_text(canvas, x, y + 2, ROLE_CALL, &command);
}

static void keys_draw(const struct start *s, struct canvas *canvas, unsigned y)
{
    static const struct { const char *key, *words; } bar[] = {
        { "Enter", "open" }, { "Up Down", "choose" }, { "/", "search (or type)" }, { "?", "help" }, { "q", "leave" },
    }, typing[] = { { "Enter", "open" }, { "Up Down", "choose" }, { "Esc", "all again" } };
    unsigned count = s->filter.kind ? sizeof typing / sizeof *typing : sizeof bar / sizeof *bar, x = 1;
    for (unsigned i = 0; i < count; i++) {
        x = canvas_text(canvas, x, y, ROLE_KEY, s->filter.kind ? typing[i].key : bar[i].key);
        x = canvas_text(canvas, x + 1, y, ROLE_PLAIN, s->filter.kind ? typing[i].words : bar[i].words) + 3;
    }
}

static void help_draw(struct canvas *canvas)
{
    static const struct { const char *key, *words; } keys[] = {
        { "Up Down j k", "the line before, the next line" },
        { "PgUp PgDn", "a page up, a page down" },
        { "Home End g G", "the first line, the last one" },
        { "Enter", "opens it; a double click does too" },
        { "/ or letters", "shows only lines that have these words; chooses by name first" },
        { "Esc", "shows all of them again" },
        { "q F10 Ctrl-C", "leave" },
    };
    unsigned y = 2, width = canvas->width > 2 ? canvas->width - 2 : 1;
    struct text words = { 0 };
    canvas_text(canvas, 1, 0, ROLE_HEADING, "synfin: what do you want to look at?");
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++, y++) {
        canvas_text(canvas, 2, y, ROLE_KEY, keys[i].key);
        canvas_text(canvas, 16, y, ROLE_PLAIN, keys[i].words);
    }
    text_string(&words, "An interface shows live what programs say through it; lo is where programs on this machine talk to "
                "each other. A trace is a file that tcpdump, Wireshark or synfin -w saved. A lesson is a short "
                "conversation made to show one thing, and needs no file and no permission: it runs on two hosts of its own, or "
                "is shown as it was recorded.");
    y = pane_paragraph(canvas, 1, y + 1, width, ROLE_PLAIN, &words);
    pane_say(canvas, 1, canvas->height - 1, ROLE_PLAIN, "Any key goes back.");
}

/* The selected row is shown, with the heading above it where it is the first of its group. */
static void scroll(struct start *s)
{
    unsigned top = s->selected, most = s->row_count > s->height ? s->row_count - s->height : 0;
    while (top > 0 && top < s->row_count && s->rows[top - 1].kind != ROW_LINE)
        top--;
    if (s->selected >= s->from + s->height)
        s->from = s->selected + 1 - s->height;
    if (s->selected - top + 1 <= s->height && s->from > top)
        s->from = top;
    if (s->from > s->selected)
        s->from = s->selected;
    if (s->from > most)
        s->from = most;
}

void start_draw(struct start *s, struct canvas *canvas)
{
    canvas_clear(canvas);
    if (!s->placed)
        rows_make(s);
    if (canvas->width < WIDTH_LEAST || canvas->height < HEIGHT_LEAST) {
        canvas_text(canvas, 0, canvas->height / 2, ROLE_HEADING, "synfin needs 80x24");
        return;
    }
    if (s->help) {
        help_draw(canvas);
        return;
    }
    s->height = canvas->height - LIST_TOP - FOOT;
    scroll(s);
    canvas_text(canvas, 1, 0, ROLE_HEADING, "synfin   what do you want to look at?");
    for (unsigned i = 0; i < s->height && s->from + i < s->row_count; i++)
        row_draw(s, s->from + i, canvas, LIST_TOP + i);
    unsigned y = LIST_TOP + s->height;
    canvas_line(canvas, 0, y, canvas->width, ROLE_LINE, LIGHT);
    if (s->from + s->height < s->row_count)
        canvas_text_right(canvas, canvas->width - 2, y, ROLE_LINE, " more below ");
    selected_draw(s, canvas, y + 1);
    if (s->filter.kind)
        prompt_draw(&s->filter, canvas, y + 3);
    keys_draw(s, canvas, y + 4);
}

enum start_state start_state(const struct start *s)
{
    return s->state;
}

enum start_group start_chosen(const struct start *s, const char **word)
{
    const struct start_line *line = &s->lines[s->rows[s->selected].of];
    *word = line->word;
    return line->group;
}
