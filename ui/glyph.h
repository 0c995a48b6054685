/* glyph.h - which characters may reach the terminal.
 *
 * Views make text from the wire harmless; this is the second door, behind them all. A character goes through where
 * it is printable, one column wide, and moves nothing else.
 */
#ifndef SYNFIN_UI_GLYPH_H
#define SYNFIN_UI_GLYPH_H

#include <stdbool.h>
#include <stdint.h>

/* What is drawn for a cell's character: itself, a blank for 0, '?' for what would command the terminal or shift the
 * columns. ascii: through canvas_ascii(). Widths are those of the locale's LC_CTYPE, which must be UTF-8 where not
 * ascii. */
uint32_t glyph(uint32_t character, bool ascii);

#endif
