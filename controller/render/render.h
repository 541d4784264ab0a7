/*
 * `sandgate-controller render -f PATH ...`: the objects that the SandboxAgents in files stand for, without a cluster. The same
 * translation as the controller's. The other objects in the files are what the agents refer to.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

/* Exit status: 0 all printed, 1 an agent was refused, 2 it could not run (flags, files). `argv[0]` is the program, `argv[1]` "render". */
int render_main(int argc, char **argv);

#endif
