#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void error_set(struct error *error, enum exit_status status, const char *format, ...)
{
    error->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
}

enum exit_status error_print(const struct error *error)
{
    struct text line = {0};
    text_string(&line, "synfin: ");
    text_harmless(&line, error->text, sizeof error->text);
    text_string(&line, "\n");
    fwrite(line.bytes, 1, line.used, stderr);
    text_free(&line);
    return error->status;
}
