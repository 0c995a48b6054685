/* gradescope.h - the folders of Gradescope's autograder: submission/, submission_metadata.json, results/results.json.
 */
#ifndef SYNFIN_CMD_GRADESCOPE_H
#define SYNFIN_CMD_GRADESCOPE_H

#include "base/error.h"
#include "grade/grade.h"

/* Grades what is in FOLDER/submission and writes FOLDER/results/results.json, whatever happens. The student is
 * known by the e-mail address of the metadata, else by its id there. */
enum exit_status gradescope_run(const char *folder, const struct rubric *rubric, const struct grade_options *options);

/* Writes the results file, also where there is nothing but an error in the result. */
enum exit_status gradescope_write(const char *folder, const struct result *result);

#endif
