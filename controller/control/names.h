/* The annotations this controller writes and reads. All under its own prefix: kagent's and agent-sandbox's are theirs. */
#ifndef CONTROL_NAMES_H
#define CONTROL_NAMES_H

/* On what we own: hash of the object as we want it. Equal = nothing to write. */
#define ANNOTATION_APPLIED "sandgate.dev/applied-hash"
/* On the Sandbox: generation of the SandboxAgent that its pod template came from. */
#define ANNOTATION_GENERATION "sandgate.dev/generation"
/* On the srt-settings ConfigMap: when its content last changed (RFC 3339). */
#define ANNOTATION_CHANGED_AT "sandgate.dev/changed-at"
/*
 * On that ConfigMap: hash of the srt settings. On the pod: of those it was last told about; that write makes its kubelet refresh the
 * mounted files.
 */
#define ANNOTATION_TOLD "sandgate.dev/srt-settings-hash"
/* On the SandboxAgent, by its user: the generation that may be rolled out (policy Manual). */
#define ANNOTATION_APPROVED "sandgate.dev/rollout"
/* On the pod template, kagent's: hash of what the pod was made from. */
#define ANNOTATION_CONFIG_HASH "kagent.dev/config-hash"
/* agent-sandbox: the pod it tracks. */
#define ANNOTATION_POD_NAME "agents.x-k8s.io/pod-name"

#endif
