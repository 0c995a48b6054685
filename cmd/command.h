/* command.h - the subcommands: one small file each. Each takes its own argv (argv[0] is its name) and gives the exit
 * status.
 */
#ifndef SYNFIN_CMD_COMMAND_H
#define SYNFIN_CMD_COMMAND_H

typedef int command(int argc, char **argv);

command command_dashboard, command_report, command_events, command_explain, command_compare, command_lab, command_grade,
    command_answers, command_handout, command_traffic,
    command_doctor, command_help;

/* The command of that name, or NULL. */
command *command_find(const char *name);

#endif
