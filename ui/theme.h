/* theme.h - which colour and attribute a role has: dark, light, contrast and mono.
 *
 * Client blue, server orange, trouble bold with its own mark; never red against green. Meaning is never in the colour
 * alone, so mono carries everything. Reverse is kept for what is selected, on top of the role's own style. Foregrounds
 * only: the background is the terminal's.
 */
#ifndef SYNFIN_UI_THEME_H
#define SYNFIN_UI_THEME_H

#include <stdbool.h>

#include "report/canvas.h"

enum theme { THEME_DARK, THEME_LIGHT, THEME_CONTRAST, THEME_MONO, THEME_COUNT };

extern const char *const theme_names[THEME_COUNT];

struct style {
    short colour256, colour16, colour8;   /* foreground by what the terminal can; -1: its own default */
    bool bold, dim, underline, reverse;   /* dim: only where no colour of its own is used */
};

/* `role` may have ROLE_SELECTED. An unknown role is plain. */
struct style theme_style(enum theme theme, enum role role);

/* False: no theme has that name. */
bool theme_find(const char *name, enum theme *theme);

#endif
