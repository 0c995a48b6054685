/* command.h - the subcommands: one small file each. Each takes its own argv (argv[0] is its name) and gives the exit status.
 */
#ifndef SYNFIN_CMD_COMMAND_H
#define SYNFIN_CMD_COMMAND_H

#define SYNFIN_VERSION "0.1"

int command_report(int argc, char **argv);
int command_events(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_help(int argc, char **argv);

#endif
