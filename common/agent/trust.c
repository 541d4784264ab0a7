#include "agent/trust.h"

#include "agent/wire.h"
#include "base/digest.h"
#include "base/text.h"

#define CA_FOLDER      "/etc/ssl/certs/custom/"
#define CA_VOLUME      "tls-ca-"
#define LABEL_MAX      63
#define READ_BY_ALL    0444
#define DIGEST_LETTERS 8

static const char *ca_secret(struct json_view tls)
{
	return json_text_or(json_get(tls, "caCertSecretRef"), "");
}

static const char *ca_key(struct json_view tls)
{
	return json_text_or(json_get(tls, "caCertSecretKey"), "");
}

static bool is_label(const char *text)
{
	size_t bytes = strlen(text);

	return bytes && bytes == strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") &&
	       text[0] != '-' && text[bytes - 1] != '-';
}

char *trust_volume_name(const char *prefix, const char *secret)
{
	uint8_t digest[DIGEST_SHA256_BYTES];
	char hex[DIGEST_LETTERS + 1];

	if (strlen(prefix) + strlen(secret) <= LABEL_MAX && is_label(secret))
		return text_format("%s%s", prefix, secret);
	digest_sha256(secret, strlen(secret), digest);
	digest_hex(digest, DIGEST_LETTERS / 2, hex);
	return text_format("%s%s", prefix, hex);
}

void trust_write(struct json_view tls, struct buffer *out)
{
	bool no_verify = json_bool_or(json_get(tls, "disableVerify"), false);
	bool no_system = json_bool_or(json_get(tls, "disableSystemCAs"), false);
	const char *secret = ca_secret(tls);
	const char *key = ca_key(tls);

	if (!no_verify && !no_system && !*secret && !*key)
		return;
	wire_set_bool(out, "tls_insecure_skip_verify", no_verify);
	if (*secret && *key) {
		AUTO(text) char *volume = trust_volume_name(CA_VOLUME, secret);
		AUTO(text) char *path = NULL;

		if (volume)
			path = text_format(CA_FOLDER "%s/%s", volume + strlen(CA_VOLUME), key);
		out->failed = out->failed || !path;
		wire_set_text(out, "tls_ca_cert_path", path);
	}
	wire_set_bool(out, "tls_disable_system_cas", no_system);
}

bool trust_mount(struct json_view tls, struct parts *parts, struct error *err)
{
	const char *secret = ca_secret(tls);
	AUTO(text) char *volume = NULL;
	AUTO(text) char *folder = NULL;

	if (!*secret || !*ca_key(tls))
		return true;
	volume = trust_volume_name(CA_VOLUME, secret);
	if (volume)
		folder = text_format(CA_FOLDER "%s", volume + strlen(CA_VOLUME));
	if (!folder)
		return error_no_memory(err);
	if (parts_has_volume(parts, volume))
		return true;
	return parts_secret_volume(parts, volume, secret, READ_BY_ALL, err) &&
	       parts_mount(parts, volume, folder, true, err);
}
