/*
 * The flags and environment variables that shape what an agent translates to, as one table for the controller and for `render`.
 * Source: kagent v0.9.12's controller flags.
 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include "agent/translate.h"
#include "base/flags.h"

struct settings {
	struct agent_settings agent; /* borrows from argv, the environment and this struct */
	const char *watch_namespaces; /* as given: "a,b" */
	char *namespace_text; /* owned */
	const char **namespace_list; /* owned */
	char **otel_env; /* owned list of borrowed texts */
};

extern const struct flag settings_flags[];
extern const size_t settings_flag_count;

/*
 * After flags_parse: takes KAGENT_NAMESPACE, KAGENT_CONTROLLER_NAME and OTEL_* from `environment`, splits the lists and checks them.
 * ERR_INVALID names the flag. Namespaces that are no DNS labels are left out with a log line, as kagent does.
 */
MUST_USE bool settings_finish(
	struct settings *settings, char *const *environment, struct error *err);
void settings_fini(struct settings *settings);

#endif
