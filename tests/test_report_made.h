/* test_report_made.h - small captures, decoded and told: what tests of reports begin with.
 *
 * A capture is a script (script.h). Texts that are given back are the caller's to free.
 */
#ifndef SYNFIN_TESTS_TEST_REPORT_MADE_H
#define SYNFIN_TESTS_TEST_REPORT_MADE_H

#include <check.h>

#include "report/compare.h"
#include "report/report.h"
#include "tests/script.h"

extern const char script_echo[];      /* handshake, five bytes and back, closed, client first */
extern const char script_refused[];
extern const char script_again[];     /* the SYN comes again after a second */
extern const char script_names[];     /* UDP: a request and its answer */

struct script script_of(const char *text);
void feed(struct decoder *decoder, const struct script *script);

char *report_of(const char *script, struct report_options options);
char *events_of(const char *script, uint32_t wants);
char *story_of(const char *script, uint32_t id, struct report_options options, struct error *error);
/* `synfin compare` of two scripts; the first lost `dropped` frames. */
char *comparison_of(const char *a, const char *b, unsigned dropped, enum compare_format format,
                    struct report_options options);
/* The same, known to be by one clock or not. */
char *comparison_by(const char *a, const char *b, bool one_clock, unsigned dropped, enum compare_format format,
                    struct report_options options);
char *help_of(const char *word, enum exit_status want);

void assert_holds(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

/* The same for JSON; the part has ' where JSON has ". */
void assert_json(const char *text, const char *part);

/* Every line is one JSON object. Gives how many there are. */
unsigned assert_json_lines(const char *text);

TCase *report_story_case(void);
TCase *report_export_case(void);
TCase *report_compare_case(void);

#endif
