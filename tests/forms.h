/* forms.h - what is drawn has a form in ASCII too, for terminals that have nothing else.
 */
#ifndef SYNFIN_TESTS_FORMS_H
#define SYNFIN_TESTS_FORMS_H

#include "report/canvas.h"

/* A character of this canvas that has none; 0: all have. */
static inline uint32_t without_form(const struct canvas *canvas)
{
    for (size_t i = 0; canvas->cells && i < (size_t)canvas->width * canvas->height; i++)
        if (canvas->cells[i].character >= 0x80 && canvas_ascii(canvas->cells[i].character) == '?')
            return canvas->cells[i].character;
    return 0;
}

#endif
