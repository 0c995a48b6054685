/* script_expect.h - what a script's line expects behind its `|`: states, marks, a sentence.
 */
#ifndef SYNFIN_TESTS_SCRIPT_EXPECT_H
#define SYNFIN_TESTS_SCRIPT_EXPECT_H

#include "tests/script_read.h"

/* Reads what is left of the line; nothing is asked where there is no `|`. */
bool script_expect(struct reader *r, struct script_expectation *expect);

#endif
