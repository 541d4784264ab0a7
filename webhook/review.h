/* `sandgate-webhook review -f PATH ...`: the verdicts and defaults of a review, without a cluster. */
#ifndef WEBHOOK_REVIEW_H
#define WEBHOOK_REVIEW_H

/* Exit status: 0 all SandboxAgents pass, 1 one is refused, 2 it could not run. argv[0] is "review". */
int review_main(int argc, char **argv);

#endif
