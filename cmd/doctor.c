#include "cmd/command.h"
int command_doctor(int argc, char **argv) { (void)argc; (void)argv; return 0; }
