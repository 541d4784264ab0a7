/*
 * `sandgate-controller fetch-skills`: what runs in the init container of an agent's pod. Reads /etc/kagent/skills-init/config.json and
 * puts each skill into its folder below /skills: a folder is there whole or not at all. Blocks; one thread; ends the program's work.
 * Source of the document: common/agent/skills.h (kagent v0.9.12's skills-init, s3Refs: ours).
 */
#ifndef SKILLS_FETCH_H
#define SKILLS_FETCH_H

/*
 * argv[0] is the program, argv[1] "fetch-skills"; see --help for the flags. Returns 0; 1 after a failure, which is one line on stderr
 * and in the termination log; 2 for a wrong command line.
 */
int skills_fetch_main(int argc, char **argv);

#endif
