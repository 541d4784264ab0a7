/* `sandgate-webhook convert --to VERSION -f PATH ...`: SandboxAgents in files in another version; other objects as they are. */
#ifndef WEBHOOK_CONVERSION_COMMAND_H
#define WEBHOOK_CONVERSION_COMMAND_H

/* Exit status: 0 done, 2 it could not run. argv[0] is "convert". */
int conversion_command_main(int argc, char **argv);

#endif
