#include "render/crd.h"

struct row {
	const char *kind;
	const char *
		at; /* the object that gets the member; "*" is each member or item. It must be there. */
	const char *key;
	const char *value; /* JSON */
};

#define AGENT "SandboxAgent"
#define POD   "spec.*.deployment."
#define EMPTY "\"\""

static const struct row rows[] = {
	{ "ModelConfig", "spec", "provider", "\"OpenAI\"" },
	{ "ModelConfig", "spec.tls", "disableVerify", "false" },
	{ "ModelConfig", "spec.tls", "disableSystemCAs", "false" },
	{ "ModelConfig", "spec.bedrock", "promptCaching", "false" },
	{ "ModelConfig", "spec.bedrock", "cacheTTL", "\"5m\"" },
	{ "ModelConfig", "spec.sapAICore", "resourceGroup", "\"default\"" },

	{ "RemoteMCPServer", "spec", "protocol", "\"STREAMABLE_HTTP\"" },
	{ "RemoteMCPServer", "spec", "timeout", "\"30s\"" },
	{ "RemoteMCPServer", "spec", "terminateOnClose", "true" },
	{ "RemoteMCPServer", "spec.allowedNamespaces", "from", "\"Same\"" },
	{ "RemoteMCPServer", "spec.tls", "disableVerify", "false" },
	{ "RemoteMCPServer", "spec.tls", "disableSystemCAs", "false" },

	{ "MCPServer", "spec", "timeout", "\"30s\"" },
	{ "MCPServer", "spec.deployment", "port", "3000" },

	{ "Agent", "spec", "type", "\"Declarative\"" },
	{ "Agent", "spec.allowedNamespaces", "from", "\"Same\"" },

	{ AGENT, "spec", "type", "\"Declarative\"" },
	{ AGENT, "spec", "platform", "\"agent-sandbox\"" },
	{ AGENT, "spec.allowedNamespaces", "from", "\"Same\"" },
	{ AGENT, "spec.declarative", "runtime", "\"python\"" },
	{ AGENT, "spec.declarative.context.compaction", "compactionInterval", "5" },
	{ AGENT, "spec.declarative.context.compaction", "overlapSize", "2" },
	{ AGENT, "spec.skills.imagePullSecrets.*", "name", EMPTY },
	{ AGENT, "spec.skills.gitAuthSecretRef", "name", EMPTY },
	{ AGENT, "spec.skills.gitRefs.*", "ref", "\"main\"" },
	{ AGENT, "spec.skills.initContainer.env.*.valueFrom.configMapKeyRef", "name", EMPTY },
	{ AGENT, "spec.skills.initContainer.env.*.valueFrom.secretKeyRef", "name", EMPTY },
	{ AGENT, "spec.skills.initContainer.env.*.valueFrom.fileKeyRef", "optional", "false" },

	{ AGENT, POD "imagePullSecrets.*", "name", EMPTY },
	{ AGENT, POD "env.*.valueFrom.configMapKeyRef", "name", EMPTY },
	{ AGENT, POD "env.*.valueFrom.secretKeyRef", "name", EMPTY },
	{ AGENT, POD "env.*.valueFrom.fileKeyRef", "optional", "false" },
	{ AGENT, POD "envFrom.*.configMapRef", "name", EMPTY },
	{ AGENT, POD "envFrom.*.secretRef", "name", EMPTY },
	{ AGENT, POD "extraContainers.*.ports.*", "protocol", "\"TCP\"" },
	{ AGENT, POD "extraContainers.*.env.*.valueFrom.configMapKeyRef", "name", EMPTY },
	{ AGENT, POD "extraContainers.*.env.*.valueFrom.secretKeyRef", "name", EMPTY },
	{ AGENT, POD "extraContainers.*.env.*.valueFrom.fileKeyRef", "optional", "false" },
	{ AGENT, POD "extraContainers.*.envFrom.*.configMapRef", "name", EMPTY },
	{ AGENT, POD "extraContainers.*.envFrom.*.secretRef", "name", EMPTY },
	{ AGENT, POD "extraContainers.*.livenessProbe.grpc", "service", EMPTY },
	{ AGENT, POD "extraContainers.*.readinessProbe.grpc", "service", EMPTY },
	{ AGENT, POD "extraContainers.*.startupProbe.grpc", "service", EMPTY },
	{ AGENT, POD "volumes.*.configMap", "name", EMPTY },
	{ AGENT, POD "volumes.*.projected.sources.*.configMap", "name", EMPTY },
	{ AGENT, POD "volumes.*.projected.sources.*.secret", "name", EMPTY },
	{ AGENT, POD "volumes.*.azureDisk", "fsType", "\"ext4\"" },
	{ AGENT, POD "volumes.*.azureDisk", "readOnly", "false" },
	{ AGENT, POD "volumes.*.cephfs.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.cinder.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.csi.nodePublishSecretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.flexVolume.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.iscsi", "iscsiInterface", "\"default\"" },
	{ AGENT, POD "volumes.*.iscsi.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.rbd", "keyring", "\"/etc/ceph/keyring\"" },
	{ AGENT, POD "volumes.*.rbd", "pool", "\"rbd\"" },
	{ AGENT, POD "volumes.*.rbd", "user", "\"admin\"" },
	{ AGENT, POD "volumes.*.rbd.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.scaleIO", "fsType", "\"xfs\"" },
	{ AGENT, POD "volumes.*.scaleIO", "storageMode", "\"ThinProvisioned\"" },
	{ AGENT, POD "volumes.*.scaleIO.secretRef", "name", EMPTY },
	{ AGENT, POD "volumes.*.storageos.secretRef", "name", EMPTY },
};

static bool fill(
	struct json_object *object, const char *at, const struct row *row, struct error *err);

static bool fill_each(
	struct json_object *object, const char *rest, const struct row *row, struct error *err)
{
	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(object); i++)
			if (!fill(json_object_array_get_idx(object, i), rest, row, err))
				return false;
		return true;
	}
	if (!json_object_is_type(object, json_type_object))
		return true;
	json_object_object_foreach(object, key, value)
	{
		(void)key;
		if (!fill(value, rest, row, err))
			return false;
	}
	return true;
}

static bool fill_here(struct json_object *object, const struct row *row, struct error *err)
{
	struct json_object *value = NULL;

	if (json_object_object_get_ex(object, row->key, &value) && value)
		return true;
	return json_set(object, row->key, json_tokener_parse(row->value), err);
}

/* `at`: what is left of the way. */
static bool fill(
	struct json_object *object, const char *at, const struct row *row, struct error *err)
{
	char key[32];
	size_t bytes = strcspn(at, ".");
	const char *rest = at + bytes + (at[bytes] == '.');
	struct json_object *next = NULL;

	if (*at == '*')
		return fill_each(object, rest, row, err);
	if (!json_object_is_type(object, json_type_object))
		return true;
	if (!*at)
		return fill_here(object, row, err);
	memcpy(key, at, bytes);
	key[bytes] = '\0';
	json_object_object_get_ex(object, key, &next);
	return fill(next, rest, row, err);
}

bool crd_default(struct json_object *object, struct error *err)
{
	struct json_object *kind = json_find(object, "kind");

	if (!json_object_is_type(kind, json_type_string))
		return true;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].kind, json_object_get_string(kind)) == 0 &&
			!fill(object, rows[i].at, &rows[i], err))
			return false;
	return true;
}
