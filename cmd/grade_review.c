/* synfin grade --review OUT: what did not pass or could not be decided, one after the other, in the dashboard at
 * its frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/grade_batch.h"
#include "cmd/options.h"
#include "grade/collect.h"
#include "report/lessons.h"
#include "ui/app.h"

enum { REVIEW_MOST = 50000 };     /* checks */

/* One check of one submission. */
struct reviewed {
    char *who, *capture, *id;     /* owned; capture NULL: there is none */
    char *said;                   /* what there is to read of it */
    uint32_t frame, row;          /* 0: none */
    uint32_t most;
};

struct review {
    const char *out;
    struct reviewed *list;            /* owned */
    unsigned count;
};

/* --- what there is --- */

/* What a person has decided already is done with. */
static bool to_be_seen(const struct result_item *item)
{
    return !item->marked && (item->status == GRADE_FAILED || item->status == GRADE_PARTIAL ||
                             item->status == GRADE_UNDECIDABLE || item->status == GRADE_HUMAN);
}

static void describe(struct text *t, const struct result *r, const struct result_item *item)
{
    text_format(t, "%s\n", r->student ? r->student : r->name ? r->name : "");
    format_item_text(t, item);
}

static bool add(struct review *review, const struct result *r, const struct result_item *item)
{
    if ((review->count & (review->count - 1)) == 0) {
        struct reviewed *list = realloc(review->list, (review->count ? review->count * 2u : 1) * sizeof *list);
        if (!list)
            return false;
        review->list = list;
    }
    struct text said = {0};
    describe(&said, r, item);
    const char *who = r->student ? r->student : r->name ? r->name : "";
    review->list[review->count++] = (struct reviewed){
        .who = strdup(who), .capture = r->capture ? strdup(r->capture) : NULL, .id = strdup(item->id),
        .said = strdup(text_ended(&said)), .most = item->most, .frame = item->frame_count ? item->frames[0] : 0,
        .row = item->connection_count ? item->connections[0] : 0,
    };
    text_free(&said);
    return true;
}

static bool take_result(void *self, const char *file, const struct result *r, struct error *error)
{
    struct review *review = self;
    (void)file;
    for (unsigned i = 0; i < r->count; i++)
        if (to_be_seen(&r->items[i]) && (review->count == REVIEW_MOST || !add(review, r, &r->items[i]))) {
            error_set(error, EXIT_UNREADABLE, "There are more checks to review than there is room for (%d).",
                      REVIEW_MOST);
            return false;
        }
    return true;
}

static void free_all(struct review *review)
{
    for (unsigned i = 0; i < review->count; i++) {
        free(review->list[i].who);
        free(review->list[i].capture);
        free(review->list[i].id);
        free(review->list[i].said);
    }
    free(review->list);
}

/* --- looking, and judging --- */

static void look(const struct reviewed *seen)
{
    struct app_options app = { .screen = { .name = seen->capture, .frame = seen->frame,
                                           .row = seen->frame ? 0 : seen->row, .ascii = !options_utf8(NULL) } };
    struct error error = { 0 };
    char calls[4096];
    if (!seen->capture || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
        puts(seen->capture ? "The dashboard needs a terminal." : "There is no capture to look at.");
        return;
    }
    app.trace.source.file = seen->capture;
    if (!options_bundled(&app.trace.source, &error)) {
        error_print(&error);
        return;
    }
    if (!app.trace.source.bytes && calls_beside(calls, sizeof calls, seen->capture))
        app.trace.calls.file = calls;
    const char *no_colour = getenv("NO_COLOR");
    app.mono = no_colour && *no_colour;
    app_run(&app, NULL);
}

/* "2.5 It did work in class": into OUT/marks.csv. */
static void judge(const struct review *review, const struct reviewed *seen, char *words)
{
    struct text file = {0};
    struct error error = { 0 };
    uint32_t points;
    char *remark = words + strcspn(words, " ");
    if (*remark)
        *remark++ = 0;
    text_format(&file, "%s/marks.csv", review->out);
    if (!marks_points(words, &points) || points > seen->most) {
        struct text said = {0};
        text_string(&said, "Points are a number up to ");
        result_points_text(&said, seen->most);
        text_string(&said, ": m ");
        result_points_text(&said, seen->most / 2);
        printf("%s why\n", text_ended(&said));
        text_free(&said);
    } else if (marks_add(text_ended(&file), seen->who, seen->id, points, remark, &error)) {
        printf("Written to %s.\n", text_ended(&file));
    } else {
        error_print(&error);
    }
    text_free(&file);
}

static void ask(const struct review *review, unsigned at)
{
    const struct reviewed *seen = &review->list[at];
    printf("\n%u of %u: %s\nEnter looks at ", at + 1, review->count, seen->said);
    if (seen->frame)
        printf("frame %u", seen->frame);
    else if (seen->row)
        printf("row %u", seen->row);
    else
        fputs("the capture", stdout);
    fputs("; n next, p before, NUMBER, m POINTS WHY, q leaves > ", stdout);
    fflush(stdout);
}

static void step_through(struct review *review)
{
    char *line = NULL;
    size_t room = 0;
    unsigned at = 0;
    for (ssize_t length; ask(review, at), (length = getline(&line, &room, stdin)) >= 0;) {
        while (length && strchr("\r\n ", line[length - 1]))
            line[--length] = 0;
        unsigned long number = strtoul(line, NULL, 10);
        if (*line == 'q')
            break;
        else if (*line == 'n' && at + 1 < review->count)
            at++;
        else if (*line == 'p' && at)
            at--;
        else if (*line == 'm' && line[1] == ' ')
            judge(review, &review->list[at], line + 2);
        else if (number >= 1 && number <= review->count)
            at = (unsigned)number - 1;
        else if (!*line)
            look(&review->list[at]);
        else
            puts(*line == 'n' ? "That was the last one." : *line == 'p' ? "This is the first one."
                                                                        : "That is no answer here.");
    }
    free(line);
    puts("");
}

int grade_review(const struct grade_line *line)
{
    struct review review = { .out = line->review };
    struct collection all;
    struct error error = { 0 };
    int status = EXIT_DONE;
    if (collect_read(&all, line->review, take_result, &review, &error)) {
        fputs(text_ended(&all.problems), stderr);
        collect_free(&all);
        if (review.count)
            step_through(&review);
        else
            puts("Every check passed: there is nothing to review.");
    } else {
        status = (int)error_print(&error);
    }
    free_all(&review);
    return status;
}
