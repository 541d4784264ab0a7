#include "certs/chest.h"

#include "base/base64.h"
#include "base/text.h"

#include <string.h>

static void forget(char **slot)
{
	if (*slot)
		explicit_bzero(*slot, strlen(*slot));
	free(*slot);
	*slot = NULL;
}

void chest_fini(struct chest *chest)
{
	forget(&chest->bundle);
	forget(&chest->ca_key);
	forget(&chest->leaf);
	forget(&chest->leaf_key);
}

static char **bundle_slot(struct chest *chest)
{
	return &chest->bundle;
}

static char **ca_key_slot(struct chest *chest)
{
	return &chest->ca_key;
}

static char **leaf_slot(struct chest *chest)
{
	return &chest->leaf;
}

static char **leaf_key_slot(struct chest *chest)
{
	return &chest->leaf_key;
}

/* The keys of the Secret and where their values are kept. */
static const struct {
	const char *key;
	char **(*slot)(struct chest *chest);
} members[] = {
	{ "ca.crt", bundle_slot },
	{ "ca.key", ca_key_slot },
	{ "tls.crt", leaf_slot },
	{ "tls.key", leaf_key_slot },
};

bool chest_read(struct json_view secret, struct chest *out, struct error *err)
{
	struct chest chest = { 0 };

	for (size_t i = 0; i < COUNT(members); i++) {
		AUTO(buffer) struct buffer decoded = { 0 };
		size_t bytes;
		const char *text =
			json_text(json_get(json_get(secret, "data"), members[i].key), &bytes);

		if (!text || !base64_decode(text, bytes, &decoded, NULL) || !decoded.bytes ||
			memchr(decoded.data, '\0', decoded.bytes))
			continue;
		*members[i].slot(&chest) = buffer_take(&decoded);
		if (!*members[i].slot(&chest)) {
			chest_fini(&chest);
			return error_no_memory(err);
		}
	}
	*out = chest;
	return true;
}

static struct json_object *encoded(const char *text)
{
	AUTO(buffer) struct buffer out = { 0 };

	base64_encode(&out, text, strlen(text));
	return out.failed || !out.data ? NULL : json_new_text(out.data);
}

static bool fill_secret(struct json_object *secret, const struct chest *chest, const char *ns,
	const char *name, const char *resource_version, struct error *err)
{
	struct json_object *metadata = json_need_object(secret, "metadata");
	struct chest borrowed = *chest;
	struct json_object *data = json_need_object(secret, "data");

	if (!metadata || !data)
		return error_no_memory(err);
	if (!json_set_text(secret, "apiVersion", "v1", err) ||
		!json_set_text(secret, "kind", "Secret", err) ||
		!json_set_text(secret, "type", "kubernetes.io/tls", err) ||
		!json_set_text(metadata, "name", name, err) ||
		!json_set_text(metadata, "namespace", ns, err) ||
		(!text_is_empty(resource_version) &&
			!json_set_text(metadata, "resourceVersion", resource_version, err)))
		return false;
	for (size_t i = 0; i < COUNT(members); i++)
		if (*members[i].slot(&borrowed) &&
			!json_set(data, members[i].key, encoded(*members[i].slot(&borrowed)), err))
			return false;
	return true;
}

struct json_object *chest_secret(const struct chest *chest, const char *ns, const char *name,
	const char *resource_version, struct error *err)
{
	AUTO(json) struct json_object *secret = json_object_new_object();

	if (!secret) {
		error_no_memory(err);
		return NULL;
	}
	if (!fill_secret(secret, chest, ns, name, resource_version, err))
		return NULL;
	return take_json(&secret);
}

char *chest_signer(const struct chest *chest)
{
	char *ca;

	if (!chest->bundle || !chest->ca_key)
		return NULL;
	for (size_t i = 0; (ca = cert_at(chest->bundle, i)); i++) {
		if (cert_fits_key(ca, chest->ca_key))
			return ca;
		free(ca);
	}
	return NULL;
}

/* The bundle's certificates that `is_wanted`, in their order, after `first` (may be NULL). */
static bool rebuild_bundle(struct chest *chest, const char *first,
	bool (*is_wanted)(const struct chest *chest, const char *signer, const char *ca),
	const char *signer, struct error *err)
{
	AUTO(buffer) struct buffer kept = { 0 };
	char *ca;

	if (first)
		buffer_puts(&kept, first);
	for (size_t i = 0; chest->bundle && (ca = cert_at(chest->bundle, i)); i++) {
		if (is_wanted(chest, signer, ca))
			buffer_puts(&kept, ca);
		free(ca);
	}
	if (!buffer_ok(&kept, err))
		return false;
	forget(&chest->bundle);
	chest->bundle = buffer_take(&kept);
	return true;
}

static bool is_any(const struct chest *chest, const char *signer, const char *ca)
{
	(void)chest;
	(void)signer;
	(void)ca;
	return true;
}

static bool is_needed(const struct chest *chest, const char *signer, const char *ca)
{
	return (signer && strcmp(ca, signer) == 0) ||
	       (chest->leaf && cert_is_signed_by(chest->leaf, ca));
}

bool chest_add_ca(struct chest *chest, struct issued *ca, struct error *err)
{
	if (!rebuild_bundle(chest, ca->cert_pem, is_any, NULL, err))
		return false;
	forget(&chest->ca_key);
	chest->ca_key = ca->key_pem;
	ca->key_pem = NULL;
	issued_fini(ca);
	return true;
}

bool chest_drop_cas(struct chest *chest, struct error *err)
{
	AUTO(text) char *signer = chest_signer(chest);

	return rebuild_bundle(chest, NULL, is_needed, signer, err);
}

void chest_set_leaf(struct chest *chest, struct issued *leaf)
{
	forget(&chest->leaf);
	forget(&chest->leaf_key);
	chest->leaf = leaf->cert_pem;
	chest->leaf_key = leaf->key_pem;
	*leaf = (struct issued){ 0 };
}
