/* export.h - one ladder, to be taken elsewhere: text, Mermaid, SVG. The door is report_ladder() of report.h; here is
 * what its files share.
 *
 * Whatever a capture or a file's name holds, the output is one diagram and nothing else: each text passes one of the
 * escapes below.
 */
#ifndef SYNFIN_REPORT_EXPORT_H
#define SYNFIN_REPORT_EXPORT_H

#include "base/text.h"
#include "report/ladder.h"

/* Heading and rows as character cells, a line each. */
void ladder_text(struct text *t, const struct ladder *ladder, bool ascii);

/* A Mermaid sequenceDiagram. name: of the capture; NULL: not told. Times are since the first frame. */
void ladder_mermaid(struct text *t, const struct ladder *ladder, const char *name);

/* A whole SVG document (UTF-8): no script, nothing from elsewhere, colours for a white and for a dark page. */
void ladder_svg(struct text *t, const struct ladder *ladder, const char *name);

/* "Connection 1 (TCP): closed, client first" */
void ladder_title(struct text *t, const struct ladder *ladder);

/* At most `length` bytes of `s`, ending at a zero byte, as text of XML or the inside of an attribute. Control
 * characters and what is not UTF-8 come out as \xNN, as text_harmless() writes them. */
void text_xml(struct text *t, const char *s, size_t length);

/* The same as a text of Mermaid: what it could take for an end, a comment or markup is written as #NN;. */
void text_mermaid(struct text *t, const char *s, size_t length);

#endif
