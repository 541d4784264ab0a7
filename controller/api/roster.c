#include "api/roster.h"

#include <string.h>

struct entry {
	char *ns, *name;
	struct json_doc *agent, *model; /* model NULL = none */
};

struct roster {
	struct entry *entries; /* by namespace, then name */
	size_t count, room;
	bool synced;
};

bool roster_new(struct roster **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out || error_no_memory(err);
}

static void entry_fini(struct entry *entry)
{
	free(entry->ns);
	free(entry->name);
	json_doc_free(entry->agent);
	json_doc_free(entry->model);
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	for (size_t i = 0; i < roster->count; i++)
		entry_fini(&roster->entries[i]);
	free(roster->entries);
	free(roster);
}

/* Where the agent is, or would be. */
static size_t find(const struct roster *roster, const char *ns, const char *name, bool *found)
{
	size_t low = 0;
	size_t high = roster->count;

	*found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct entry *entry = &roster->entries[middle];
		int order = strcmp(ns, entry->ns);

		if (!order)
			order = strcmp(name, entry->name);
		if (!order) {
			*found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool grow(struct roster *roster)
{
	size_t room = roster->room ? roster->room * 2 : 16;
	struct entry *grown;

	if (roster->count < roster->room)
		return true;
	grown = realloc(roster->entries, room * sizeof(*grown));
	if (!grown)
		return false;
	roster->entries = grown;
	roster->room = room;
	return true;
}

static void set_documents(struct entry *entry, struct json_doc *agent, struct json_doc *model)
{
	json_doc_free(entry->agent);
	json_doc_free(entry->model);
	entry->agent = json_doc_ref(agent);
	entry->model = model ? json_doc_ref(model) : NULL;
}

bool roster_put(struct roster *roster, const char *ns, const char *name, struct json_doc *agent,
	struct json_doc *model, struct error *err)
{
	struct entry entry = { 0 };
	bool found;
	size_t at = find(roster, ns, name, &found);

	if (found) {
		set_documents(&roster->entries[at], agent, model);
		return true;
	}
	entry = (struct entry){ strdup(ns), strdup(name), NULL, NULL };
	if (!entry.ns || !entry.name || !grow(roster)) {
		entry_fini(&entry);
		return error_no_memory(err);
	}
	set_documents(&entry, agent, model);
	memmove(&roster->entries[at + 1], &roster->entries[at],
		(roster->count - at) * sizeof(entry));
	roster->entries[at] = entry;
	roster->count++;
	return true;
}

void roster_remove(struct roster *roster, const char *ns, const char *name)
{
	bool found;
	size_t at = find(roster, ns, name, &found);

	if (!found)
		return;
	entry_fini(&roster->entries[at]);
	roster->count--;
	memmove(&roster->entries[at], &roster->entries[at + 1],
		(roster->count - at) * sizeof(*roster->entries));
}

void roster_set_synced(struct roster *roster)
{
	roster->synced = true;
}

static struct json_view get_agent(void *context, const char *ns, const char *name)
{
	const struct roster *roster = context;
	bool found;
	size_t at = find(roster, ns, name, &found);

	return found ? json_root(roster->entries[at].agent) : (struct json_view){ 0 };
}

static struct json_view get_model(void *context, const char *ns, const char *name)
{
	const struct roster *roster = context;
	bool found;
	size_t at = find(roster, ns, name, &found);

	return found && roster->entries[at].model ? json_root(roster->entries[at].model)
						  : (struct json_view){ 0 };
}

static void each_agent(void *context, void (*visit)(void *visit_context, struct json_view agent),
	void *visit_context)
{
	const struct roster *roster = context;

	for (size_t i = 0; i < roster->count; i++)
		visit(visit_context, json_root(roster->entries[i].agent));
}

static bool is_synced(void *context)
{
	return ((const struct roster *)context)->synced;
}

struct api_world roster_world(struct roster *roster)
{
	return (struct api_world){ .agent = get_agent,
		.each_agent = each_agent,
		.model = get_model,
		.is_synced = is_synced,
		.context = roster };
}
