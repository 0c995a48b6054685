/* view_bytes.h - what the files of the Bytes pane share: where its cursor is, and the dump and the diagram it draws. */
#ifndef SYNFIN_UI_VIEW_BYTES_H
#define SYNFIN_UI_VIEW_BYTES_H

#include "report/anatomy.h"
#include "report/canvas.h"

struct area {
    unsigned x, y, width, height; /* height 0: not drawn */
};

enum bytes_mode { BYTES_DUMP, BYTES_DIAGRAM, BYTES_MODES };

/* The record of the pane. */
struct bytes_memory {
    uint32_t frame;               /* the cursor is in this one; 0: nowhere yet */
    uint32_t byte;                /* the cursor: a byte of the frame, */
    unsigned field;               /* in this field */
    const char *name, *layer;     /* of that field, to find it again in the next frame; constants */
    unsigned list_top, dump_top, diagram_top;
    uint8_t mode;                 /* enum bytes_mode */
    struct area list, dump;       /* as last drawn, for clicks */
    unsigned per_row;             /* bytes in a row of the dump */
};

/* Columns that a dump takes. */
unsigned dump_width(unsigned per_row);

/* Hexadecimal digits and the same bytes as ASCII; the cursor's field is lit and stands between [ ]. */
void dump_draw(const struct frame *frame, const struct anatomy_field *field, struct bytes_memory *memory, bool active,
               struct canvas *canvas);

/* The byte that a click in the dump is on; UINT32_MAX: none. */
uint32_t dump_byte_at(const struct bytes_memory *memory, const struct frame *frame, unsigned x, unsigned y);

enum { DIAGRAM_WIDTH = 65 };

/* The header that the cursor's field belongs to as the RFCs draw headers, 32 bits a row, with what its fields say. */
void diagram_draw(const struct anatomy *anatomy, unsigned field, const struct area *area, unsigned *top,
                  struct canvas *canvas);

/* Text that is cut off at the end of a word, never within a number. */
void clipped_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s, unsigned width);

#endif
