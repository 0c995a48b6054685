/* synfin help WORD: what a word of the field, of a report or of this program means. */
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"

/* synfin help report, as with other programs. "events" is a word of its own: the kinds there are. */
static int (*command_named(const char *word))(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = { { "report", command_report }, { "explain", command_explain }, { "doctor", command_doctor } };
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run;
    return NULL;
}

int command_help(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    struct text word = { 0 };
    int (*run)(int argc, char **argv) = argc == 2 ? command_named(argv[1]) : NULL;
    if (run)
        return run(2, (char *[]){ argv[1], "--help", NULL });
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
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
