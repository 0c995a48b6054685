#include "capture/record.h"

#include <stdarg.h>
#include <stdio.h>

enum record_kind record_bad(struct record *record, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(record->why, sizeof record->why, format, args);
    va_end(args);
    return RECORD_BAD;
}
