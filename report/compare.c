#include "report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "report/compare_parts.h"

static const char *const format_names[COMPARE_FORMATS] = { "text", "jsonl" };

bool compare_format_find(const char *name, enum compare_format *format)
{
    for (unsigned i = 0; i < COMPARE_FORMATS; i++)
        if (strcmp(name, format_names[i]) == 0) {
            *format = (enum compare_format)i;
            return true;
        }
    return false;
}

bool report_compare(struct report_output *out, const struct compare_capture captures[2], const struct match *match,
                    enum compare_format format, const struct report_options *options, struct error *error)
{
    struct comparison c = { .match = match };
    bool failed = captures[0].list->failed || captures[1].list->failed;
    bool well = !failed && compare_ends(&c, captures) && compare_pairs(&c) && compare_judge(&c);
    if (well && format == COMPARE_JSONL)
        compare_json(out, &c);
    else if (well)
        well = compare_text(out, &c, options);
    free(c.pairs);
    if (!well)
        error_set(error, EXIT_UNREADABLE, "There is not enough memory to compare.");
    return well;
}

bool report_compare_ladder(const struct compare_capture captures[2], const struct match *match,
                           const struct report_options *options, struct ladder *ladder, struct scenes scenes[2],
                           unsigned *client)
{
    struct comparison c = { .match = match };
    bool failed = captures[0].list->failed || captures[1].list->failed;
    bool well = !failed && compare_ends(&c, captures) && compare_pairs(&c) && compare_judge(&c) &&
                compare_ladder(&c, options, ladder, scenes);
    *client = c.order[CLIENT];
    free(c.pairs);
    return well;
}
