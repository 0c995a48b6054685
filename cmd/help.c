/* synfin help WORD: what a word of the field, of a report or of this program means. */
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"

int command_help(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    struct text word = { 0 };
    /* "synfin help report", as with other programs; "events" is a word of its own: the kinds there are. */
    command *named = argc == 2 ? command_find(argv[1]) : NULL;
    if (named && named != command_events)
        return named(2, (char *[]){ argv[1], "--help", NULL });
    if (argc == 2 && options_asks_help(argv[1]))
        argc = 1;
    options_read(&options, FOR_REPORT, 1, argv, &error);
    for (int i = 1; i < argc; i++) {
        text_string(&word, i > 1 ? " " : "");
        text_string(&word, argv[i]);
    }
    text_char(&word, 0);
    struct report_output out;
    output_open(&out, STDOUT_FILENO);
    enum exit_status status = report_help(&out, argc > 1 ? word.bytes : NULL, &options.report);
    text_free(&word);
    if (output_close(&out, &error) != EXIT_DONE)
        status = error_print(&error);
    return (int)status;
}
