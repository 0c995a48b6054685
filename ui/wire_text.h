/* wire_text.h - foreign bytes on a canvas: as text that cannot command a terminal, or as a hex dump.
 *
 * As text, a line ends behind each newline and where it is full. What is no printable character of one column is
 * written as in C: \n \r \t \\ \x1b, and \u4f60 for a character that takes two columns, none, or turns the reading
 * order around. So each cell drawn is printable and one column wide.
 */
#ifndef SYNFIN_UI_WIRE_TEXT_H
#define SYNFIN_UI_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/canvas.h"

struct wire_text {
    const uint8_t *bytes;
    size_t length;
    unsigned width;               /* columns, at least 1 */
    bool hex;
    uint64_t offset;              /* of the first byte in its stream: what the dump counts from */
    enum role role, escape;       /* of characters, and of what stands for one */
};

/* Lines skip to skip + most - 1, drawn from (x, y) on; gives how many lines there are, counted up to skip + most. With
 * canvas NULL they are only counted. */
size_t wire_text_draw(const struct wire_text *text, struct canvas *canvas, unsigned x, unsigned y, size_t skip,
                      size_t most);

#endif
