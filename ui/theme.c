#include "ui/theme.h"

#include <string.h>

const char *const theme_names[THEME_COUNT] = { "dark", "light", "contrast", "mono" };

/* Foregrounds only: the background stays the terminal's. Of 256 colours those can be read on black (dark) or white
 * (light) with a ratio of at least 4.5; what eight and sixteen colours look like is the terminal's own affair, so
 * only the pairs that are told apart everywhere are used: cyan and yellow on dark, blue and red on light, where
 * yellow cannot be read. Trouble is magenta, so that red and green never meet. */
enum { OWN = -1, RED = 1, YELLOW = 3, BLUE = 4, MAGENTA = 5, CYAN = 6, BRIGHT = 8 };

#define COLOURS(of256, of16, of8) .colour256 = of256, .colour16 = of16, .colour8 = of8
#define NO_COLOUR COLOURS(OWN, OWN, OWN)

static const struct style dark[ROLE_COUNT] = {
    [ROLE_PLAIN]   = { NO_COLOUR },
    [ROLE_CLIENT]  = { COLOURS(39, BRIGHT + CYAN, CYAN) },
    [ROLE_SERVER]  = { COLOURS(208, BRIGHT + YELLOW, YELLOW) },
    [ROLE_STATE]   = { NO_COLOUR, .bold = true },
    [ROLE_CALL]    = { COLOURS(152, OWN, OWN) },
    [ROLE_LINE]    = { COLOURS(245, OWN, OWN) },
    [ROLE_TROUBLE] = { COLOURS(213, BRIGHT + MAGENTA, MAGENTA), .bold = true },
    [ROLE_QUIET]   = { COLOURS(246, OWN, OWN), .dim = true },
    [ROLE_HEADING] = { NO_COLOUR, .bold = true },
    [ROLE_KEY]     = { NO_COLOUR, .bold = true },
    [ROLE_NOW]     = { COLOURS(229, OWN, OWN), .bold = true },
    [ROLE_GOOD]    = { COLOURS(51, BRIGHT + CYAN, CYAN), .bold = true },
};

static const struct style light[ROLE_COUNT] = {
    [ROLE_PLAIN]   = { NO_COLOUR },
    [ROLE_CLIENT]  = { COLOURS(25, BLUE, BLUE) },
    [ROLE_SERVER]  = { COLOURS(130, RED, RED) },
    [ROLE_STATE]   = { NO_COLOUR, .bold = true },
    [ROLE_CALL]    = { COLOURS(60, OWN, OWN) },
    [ROLE_LINE]    = { COLOURS(242, OWN, OWN) },
    [ROLE_TROUBLE] = { COLOURS(90, MAGENTA, MAGENTA), .bold = true },
    [ROLE_QUIET]   = { COLOURS(241, OWN, OWN), .dim = true },
    [ROLE_HEADING] = { NO_COLOUR, .bold = true },
    [ROLE_KEY]     = { NO_COLOUR, .bold = true },
    [ROLE_NOW]     = { NO_COLOUR, .bold = true },
    [ROLE_GOOD]    = { COLOURS(23, BLUE, BLUE), .bold = true },
};

/* For a beamer in daylight and for eyes that need it: the terminal's own colours alone, nothing dim. */
static const struct style contrast[ROLE_COUNT] = {
    [ROLE_PLAIN]   = { NO_COLOUR },
    [ROLE_CLIENT]  = { NO_COLOUR, .bold = true },
    [ROLE_SERVER]  = { NO_COLOUR, .bold = true },
    [ROLE_STATE]   = { NO_COLOUR, .bold = true },
    [ROLE_CALL]    = { NO_COLOUR, .bold = true },
    [ROLE_LINE]    = { NO_COLOUR },
    [ROLE_TROUBLE] = { NO_COLOUR, .bold = true, .underline = true },
    [ROLE_QUIET]   = { NO_COLOUR },
    [ROLE_HEADING] = { NO_COLOUR, .bold = true },
    [ROLE_KEY]     = { NO_COLOUR, .bold = true },
    [ROLE_NOW]     = { NO_COLOUR, .bold = true },
    [ROLE_GOOD]    = { NO_COLOUR, .bold = true },
};

static const struct style mono[ROLE_COUNT] = {
    [ROLE_PLAIN]   = { NO_COLOUR },
    [ROLE_CLIENT]  = { NO_COLOUR },
    [ROLE_SERVER]  = { NO_COLOUR },
    [ROLE_STATE]   = { NO_COLOUR, .bold = true },
    [ROLE_CALL]    = { NO_COLOUR },
    [ROLE_LINE]    = { NO_COLOUR },
    [ROLE_TROUBLE] = { NO_COLOUR, .bold = true, .underline = true },
    [ROLE_QUIET]   = { NO_COLOUR, .dim = true },
    [ROLE_HEADING] = { NO_COLOUR, .bold = true },
    [ROLE_KEY]     = { NO_COLOUR, .bold = true },
    [ROLE_NOW]     = { NO_COLOUR, .bold = true },
    [ROLE_GOOD]    = { NO_COLOUR, .bold = true },
};

struct style theme_style(enum theme theme, enum role role)
{
    static const struct style *const styles[THEME_COUNT] = {
        [THEME_DARK] = dark, [THEME_LIGHT] = light, [THEME_CONTRAST] = contrast, [THEME_MONO] = mono,
    };
    unsigned plain_role = (unsigned)role & ~(unsigned)ROLE_SELECTED;
    struct style style = styles[theme][plain_role < ROLE_COUNT ? plain_role : ROLE_PLAIN];
    if ((unsigned)role & ROLE_SELECTED)
        style.reverse = true;
    return style;
}

bool theme_find(const char *name, enum theme *theme)
{
    for (unsigned i = 0; i < THEME_COUNT; i++)
        if (strcmp(theme_names[i], name) == 0) {
            *theme = (enum theme)i;
            return true;
        }
    return false;
}
