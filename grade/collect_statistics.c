/* How a class did, in a terminal. */
#include "grade/collect.h"

#include <stdlib.h>

enum { BINS = 10, NAMES_SHOWN = 12, LABEL = 22 };

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void bar(struct text *t, unsigned part, unsigned whole, unsigned width)
{
    unsigned length = whole ? (unsigned)((unsigned long long)part * width / whole) : 0;
    text_repeat(t, "#", part && !length ? 1 : length);
}

/* The most that any result could have. */
static uint32_t most_of_all(const struct collection *c)
{
    uint32_t most = 0;
    for (unsigned i = 0; i < c->count; i++)
        if (c->results[i].most > most)
            most = c->results[i].most;
    return most;
}

static void whole(struct text *t, const struct collection *c, uint32_t most)
{
    uint32_t *points = calloc(c->count ? c->count : 1, sizeof *points);
    unsigned graded = 0, errors = 0;
    uint64_t sum = 0;
    for (unsigned i = 0; i < c->count && points; i++) {
        errors += c->results[i].error != NULL;
        if (c->results[i].most) {
            sum += c->results[i].points;
            points[graded++] = c->results[i].points;
        }
    }
    text_format(t, "%u %s", c->count, c->count == 1 ? "submission" : "submissions");
    if (errors)
        text_format(t, ", %u not graded or not to the end", errors);
    if (graded) {
        qsort(points, graded, sizeof *points, by_number);
        text_string(t, ". Points: ");
        result_points_text(t, (uint32_t)((sum + graded / 2) / graded));
        text_string(t, " on average, median ");
        result_points_text(t, points[graded / 2]);
        text_string(t, ", of ");
        result_points_text(t, most);
    }
    text_string(t, ".\n");
    free(points);
}

static void spread(struct text *t, const struct collection *c, uint32_t most, unsigned width)
{
    unsigned bins[BINS] = { 0 }, highest = 0;
    for (unsigned i = 0; i < c->count; i++) {
        uint64_t bin = (uint64_t)c->results[i].points * BINS / most;
        unsigned at = bin < BINS ? (unsigned)bin : BINS - 1;
        if (++bins[at] > highest)
            highest = bins[at];
    }
    text_string(t, "\n  points               submissions\n");
    for (unsigned i = BINS; i-- > 0;) {
        struct text label = {0};
        result_points_text(&label, (uint32_t)((uint64_t)most * i / BINS));
        text_string(&label, i + 1 == BINS ? " to " : " to under ");
        result_points_text(&label, (uint32_t)((uint64_t)most * (i + 1) / BINS));
        text_format(t, "  %-19s %6u  ", text_ended(&label), bins[i]);
        bar(t, bins[i], highest, width > 40 ? width - 31 : 10);
        text_char(t, '\n');
        text_free(&label);
    }
}

/* Appends who lost points in this way: " missed by bob, cleo"; false: nobody did. */
static bool who_lost(struct text *t, const struct collection *c, unsigned column, enum grade_status status,
                     const char *label)
{
    unsigned count = 0;
    for (unsigned i = 0; i < c->count; i++) {
        const struct collected *r = &c->results[i];
        if (column >= r->cell_count || !r->cells[column].missed || r->cells[column].status != status)
            continue;
        if (count < NAMES_SHOWN)
            text_format(t, "%s%.60s", count ? ", " : label, r->student ? r->student : r->name);
        count++;
    }
    if (count > NAMES_SHOWN)
        text_format(t, " and %u more", count - NAMES_SHOWN);
    return count > 0;
}

/* A line for each of the columns "partly", "missed" and "skipped", so that the names are as many as is counted there. */
static void who_missed(struct text *t, const struct collection *c, unsigned column)
{
    static const struct { enum grade_status status; const char *label; } ways[] = {
        { GRADE_PARTIAL, "      partly by " }, { GRADE_FAILED, "      missed by " }, { GRADE_SKIPPED, "      skipped for " },
    };
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
        text_string(t, who_lost(t, c, column, ways[i].status, ways[i].label) ? "\n" : "");
}

static bool any_waits(const struct collection *c)
{
    for (unsigned i = 0; i < c->check_count; i++)
        if (c->checks[i].count[GRADE_HUMAN])
            return true;
    return false;
}

/* Rounded, but for "100": that is said where nothing is missing. */
static unsigned percent(uint64_t part, uint64_t whole)
{
    unsigned share = whole ? (unsigned)((part * 100 + whole / 2) / whole) : 100;
    return share == 100 && part < whole ? 99 : share;
}

/* The bar is the share of the points that were earned, of those that nobody has to judge yet. */
static void checks(struct text *t, const struct collection *c, unsigned width)
{
    bool waiting = any_waits(c);
    text_format(t, "\n  check                  passed partly missed skipped undecidable error%s   points earned\n",
                waiting ? " to judge" : "");
    for (unsigned i = 0; i < c->check_count; i++) {
        const struct collected_check *check = &c->checks[i];
        unsigned all = 0;
        for (unsigned s = 0; s < GRADE_STATUS_COUNT; s++)
            all += s == GRADE_HUMAN ? 0 : check->count[s];
        unsigned share = percent(check->points, (uint64_t)all * check->most);
        const unsigned *n = check->count;
        text_format(t, "  %-*.*s %6u %6u %6u %7u %11u %5u", LABEL, LABEL, check->id, n[GRADE_PASSED], n[GRADE_PARTIAL],
                    n[GRADE_FAILED], n[GRADE_SKIPPED], n[GRADE_UNDECIDABLE], n[GRADE_ERROR]);
        if (waiting)
            text_format(t, " %8u", n[GRADE_HUMAN]);
        text_format(t, "   %3u %% ", share);
        bar(t, share, 100, width > 100 ? width - 86 : 10);
        text_char(t, '\n');
        who_missed(t, c, i);
    }
}

void collect_statistics(struct text *t, const struct collection *c, unsigned width)
{
    uint32_t most = most_of_all(c);
    whole(t, c, most);
    if (most)
        spread(t, c, most, width);
    if (c->check_count)
        checks(t, c, width);
}
