/* Holds what a scenario says must come of it against what was captured of it.
 *
 * usage: expect                  the scenarios of the table, by name; behind it, with tabs: "stays" if its server goes
 * on
 *                                until it is ended, "wire" if it says nothing without the lab's, and how a kernel's state
 *                                differs from what the wire shows
 *        expect NAME CAPTURE     a line for each expectation, tabs between: ok or wrong, rows wanted, rows got, filter
 *
 * The decoder is that of `synfin lab`: Linux's 2 MSL, and the recorded calls where they lie beside the capture.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/calls.h"
#include "capture/source.h"
#include "report/query.h"
#include "traffic/lab.h"
#include "traffic/scenario.h"

static void feed(struct decoder *decoder, const struct frame *frame, const struct calls *calls, size_t *told)
{
    for (; calls && *told < calls->count && calls->moments[*told].time <= frame->time; (*told)++)
        decoder_call(decoder, &calls->moments[*told]);
    decoder_feed(decoder, frame, 1);
}

static bool read_all(struct decoder *decoder, const char *capture, const struct calls *calls, struct error *error)
{
    struct frame batch[FRAME_BATCH];
    struct source *source = source_open(&(struct source_options){ .file = capture }, error);
    enum source_state state = source ? SOURCE_MORE : SOURCE_END;
    size_t told = 0;
    while (state != SOURCE_END) {
        unsigned count = 0;
        state = source_next(source, batch, &count);
        for (unsigned i = 0; i < count; i++)
            feed(decoder, &batch[i], calls, &told);
    }
    while (calls && told < calls->count)
        decoder_call(decoder, &calls->moments[told++]);
    decoder_end(decoder);
    const struct error *problem = source ? source_problem(source) : NULL;
    if (problem)
        *error = *problem;
    bool good = source && !problem;
    if (source)
        source_close(source);
    return good;
}

static unsigned rows_of(const struct decoder *decoder, const struct query *query)
{
    static struct row row;
    unsigned rows = 0;
    for (const struct conversation *of = decoder_first(decoder); of; of = decoder_after(decoder, of)) {
        row_bind(&row, decoder, of);
        rows += query_match(query, &row);
    }
    return rows;
}

/* Did it come out? */
static bool hold(const struct decoder *decoder, const struct expectation *e)
{
    struct query_error wrong;
    struct query *query = query_parse(e->filter, strlen(e->filter), &wrong);
    if (!query) {
        printf("wrong\t%u\t-\t%s: %s\n", e->rows, e->filter, wrong.text);
        return false;
    }
    unsigned rows = rows_of(decoder, query);
    printf("%s\t%u\t%u\t%s\n", rows == e->rows ? "ok" : "wrong", e->rows, rows, e->filter);
    query_free(query);
    return rows == e->rows;
}

static int judge(const struct scenario *scenario, const char *capture)
{
    struct error error = { 0 };
    struct calls *calls = NULL;
    char beside[4096];
    if (calls_beside(beside, sizeof beside, capture) && access(beside, R_OK) == 0)
        calls = calls_read(&(struct calls_source){ .file = beside }, &error);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .msl = LAB_MSL, .secret = 1 });
    bool good = decoder && !error.text[0] && read_all(decoder, capture, calls, &error);
    for (unsigned i = 0; decoder && !error.text[0] && i < SCENARIO_EXPECTATIONS && scenario->expect[i].filter; i++)
        good &= hold(decoder, &scenario->expect[i]);
    if (error.text[0])
        error_print(&error);
    decoder_free(decoder);
    calls_free(calls);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void list(const struct scenario *s)
{
    printf("%s%s%s", s->name, s->server_stays ? "\tstays" : "", s->lab_only ? "\twire" : "");
    for (unsigned i = 0; i < SCENARIO_DIFFERENCES && s->differs[i]; i++)
        printf("\t%s", s->differs[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    const struct scenario *scenario = argc == 3 ? scenario_find(argv[1]) : NULL;
    for (unsigned i = 0; argc == 1 && scenarios[i]; i++)
        list(scenarios[i]);
    if (argc == 1)
        return EXIT_SUCCESS;
    if (!scenario)
        fprintf(stderr, "usage: expect [NAME CAPTURE], NAME one of those that expect alone prints\n");
    return scenario ? judge(scenario, argv[2]) : EXIT_USAGE;
}
