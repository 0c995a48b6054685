/* start.h - `synfin` alone: the start screen, and the program executed anew with what was chosen.
 */
#ifndef SYNFIN_CMD_START_H
#define SYNFIN_CMD_START_H

#include "cmd/options.h"

/* Shows what there is, holding no capability. When something is chosen this does not return: the program is executed
 * anew with argv and the choice. Else the exit status. */
enum exit_status start_screen(const struct options *options, bool mono, int argc, char **argv);

#endif
