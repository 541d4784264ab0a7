#include "service/leader.h"

#include "base/digest.h"
#include "kube/lease.h"

#include <stdio.h>
#include <unistd.h>

#define STEP_DOWN_MS 2000

struct leader {
	struct kube_client *client;
	struct control *control;
	struct kube_lease *lease; /* NULL: not asked for */
	const char *lease_name;
	uint32_t duration_s;
	char replica[64 + UUID_TEXT_BYTES + 1];
};

static bool holds_lease(const void *context)
{
	const struct leader *leader = context;

	return leader->lease && kube_lease_is_held(leader->lease);
}

bool leader_new(struct kube_client *client, const char *lease_name, uint32_t duration_s,
	struct leader **out, struct error *err)
{
	struct leader *leader = calloc(1, sizeof(*leader));
	char host[64] = "";
	char uuid[UUID_TEXT_BYTES];

	if (!leader)
		return error_no_memory(err);
	leader->client = client;
	leader->lease_name = lease_name;
	leader->duration_s = duration_s;
	gethostname(host, sizeof(host) - 1);
	random_uuid(uuid);
	snprintf(leader->replica, sizeof(leader->replica), "%s_%s", host, uuid);
	kube_client_set_gate(client, holds_lease, leader);
	*out = leader;
	return true;
}

void leader_free(struct leader *leader)
{
	free(leader);
}

const char *leader_replica(const struct leader *leader)
{
	return leader ? leader->replica : NULL;
}

static void on_lead(void *context)
{
	const struct leader *leader = context;

	control_set_leading(leader->control, true);
}

static void on_lost(void *context)
{
	const struct leader *leader = context;

	control_set_leading(leader->control, false);
}

bool leader_elect(struct leader *leader, struct control *control, struct error *err)
{
	if (!leader)
		return true;
	leader->control = control;
	return kube_lease_new(leader->client,
		&(struct kube_lease_options){ .ns = kube_client_default_namespace(leader->client),
			.name = leader->lease_name,
			.identity = leader->replica,
			.duration_s = leader->duration_s,
			.on_lead = on_lead,
			.on_lost = on_lost,
			.context = leader },
		&leader->lease, err);
}

void leader_step_down(struct leader *leader)
{
	struct kube_lease *lease = leader ? leader->lease : NULL;

	if (!lease)
		return;
	control_set_leading(leader->control, false);
	leader->lease = NULL;
	kube_lease_free(lease);
	kube_client_finish(leader->client, STEP_DOWN_MS);
}
