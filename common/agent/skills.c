#include "agent/skills.h"

#include "agent/skill.h"
#include "agent/wire.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

#define FULL_COMMIT_LETTERS 40

static const struct path at_spec = { .key = "spec" };
static const struct path at_skills = { .up = &at_spec, .key = "skills" };

/* One kind of reference: its list, and how an entry becomes a folder name and an object. */
struct source {
	const char *list;
	const char *what; /* in errors: git skill "url" */
	const char *key; /* of an entry that names it; NULL = the entry itself */
	const char *out;
	bool (*name)(struct json_view entry, char out[SKILL_NAME_BYTES]); /* false: too long */
	bool (*write)(struct json_view entry, const char *name, const struct path *at,
		struct buffer *out, struct error *err);
};

void skills_fini(struct skills *skills)
{
	buffer_fini(&skills->config);
	json_object_put(skills->names);
	*skills = (struct skills){ 0 };
}

static bool oci_name(struct json_view entry, char out[SKILL_NAME_BYTES])
{
	return skill_oci_name(json_text_or(entry, ""), out);
}

/* Its name, else the last part of the key without the ending of an archive. */
static bool s3_name(struct json_view entry, char out[SKILL_NAME_BYTES])
{
	static const char *const ends[] = { ".tar.gz", ".tgz", ".tar.zst", ".tar", ".zip" };
	const char *given = json_text_or(json_get(entry, "name"), "");
	const char *uri = json_text_or(json_get(entry, "uri"), "");
	const char *slash = strrchr(uri, '/');
	int bytes = snprintf(out, SKILL_NAME_BYTES, "%s", *given ? given : slash ? slash + 1 : uri);

	for (size_t i = 0; !*given && i < COUNT(ends); i++) {
		if (!text_ends_with(out, ends[i]))
			continue;
		out[strlen(out) - strlen(ends[i])] = '\0';
		break;
	}
	return bytes < SKILL_NAME_BYTES;
}

static bool write_sub_path(
	const char *path, const struct path *at, struct buffer *out, struct error *err)
{
	size_t bytes = strlen(path);

	if (bytes && path[bytes - 1] == '/')
		bytes--;
	if (!*path)
		return true;
	if (!skill_path_is_inside(path))
		return error_set(err, ERR_INVALID, AT_KEY(at, "path"),
			"skill subPath must be a relative path without '..' segments, got \"%s\"",
			path);
	if (bytes) {
		wire_key(out, "subPath");
		wire_text(out, path, bytes);
	}
	return true;
}

static bool is_commit(const char *ref)
{
	return strlen(ref) == FULL_COMMIT_LETTERS && !ref[strspn(ref, "0123456789abcdefABCDEF")];
}

static void write_dest(const char *name, struct buffer *out)
{
	char dest[sizeof(SKILLS_FOLDER "/") + SKILL_NAME_BYTES];

	snprintf(dest, sizeof(dest), SKILLS_FOLDER "/%s", name);
	wire_set_text(out, "dest", dest);
}

static bool write_git(struct json_view entry, const char *name, const struct path *at,
	struct buffer *out, struct error *err)
{
	const char *ref = json_text_or(json_get(entry, "ref"), "");

	wire_set_text(out, "url", json_text(json_get(entry, "url"), NULL));
	wire_set_text(out, "ref", *ref ? ref : "main");
	write_dest(name, out);
	if (is_commit(ref))
		wire_set_bool(out, "full", true);
	return write_sub_path(json_text_or(json_get(entry, "path"), ""), at, out, err);
}

static bool write_oci(struct json_view entry, const char *name, const struct path *at,
	struct buffer *out, struct error *err)
{
	(void)at;
	(void)err;
	wire_set_text(out, "image", json_text(entry, NULL));
	write_dest(name, out);
	return true;
}

static bool write_s3(struct json_view entry, const char *name, const struct path *at,
	struct buffer *out, struct error *err)
{
	(void)at;
	(void)err;
	wire_set_text(out, "uri", json_text(json_get(entry, "uri"), NULL));
	wire_set_some_text(out, "region", json_text(json_get(entry, "region"), NULL));
	write_dest(name, out);
	return true;
}

static const struct source sources[] = {
	{ "gitRefs", "git", "url", "gitRefs", skill_git_name, write_git },
	{ "refs", "oci", NULL, "ociRefs", oci_name, write_oci },
	{ "s3Refs", "s3", "uri", "s3Refs", s3_name, write_s3 },
};
/* The order of `names`: indexes of sources. */
static const size_t name_order[] = { 1, 0, 2 };

static bool check_name(const struct source *source, struct json_view entry, const char *name,
	const struct path *at, struct error *err)
{
	struct json_view named = source->key ? json_get(entry, source->key) : entry;
	const char *ref = json_text_or(named, "");
	bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;

	if (!*name)
		return error_set(err, ERR_INVALID, at, "%s skill \"%.200s\": skill name is empty",
			source->what, ref);
	if (dots)
		return error_set(err, ERR_INVALID, at,
			"%s skill \"%.200s\": skill name \"%s\" is not a valid directory name",
			source->what, ref, name);
	return skill_name_is_valid(name) ||
	       error_set(err, ERR_INVALID, at,
		       "%s skill \"%.200s\": skill name \"%.200s\" must match ^[A-Za-z0-9._-]+$",
		       source->what, ref, name);
}

/* `seen`: an object with each name so far as a key. */
static bool read_name(const struct source *source, struct json_view entry, const struct path *at,
	struct json_object *seen, char name[SKILL_NAME_BYTES], struct error *err)
{
	if (!source->name(entry, name))
		return error_set(err, ERR_INVALID, at,
			"%s skill: its name is longer than %d letters", source->what,
			SKILL_NAME_BYTES - 1);
	if (!check_name(source, entry, name, at, err))
		return false;
	if (json_object_object_get_ex(seen, name, NULL))
		return error_set(
			err, ERR_INVALID, at, "duplicate skill directory name \"%s\"", name);
	return json_set_bool(seen, name, true, err);
}

static bool write_source(const struct source *source, struct json_view entries,
	struct json_object *seen, struct buffer *out, struct error *err)
{
	const struct path *at = AT_KEY(&at_skills, source->list);
	size_t index = 0;

	if (json_kind(entries) != JSON_ARRAY || !json_count(entries))
		return true;
	wire_key(out, source->out);
	buffer_putc(out, '[');
	json_foreach (entry, entries) {
		const struct path *here = AT_INDEX(at, index);
		char name[SKILL_NAME_BYTES];

		if (!read_name(source, entry, here, seen, name, err))
			return false;
		wire_item(out);
		buffer_putc(out, '{');
		if (!source->write(entry, name, here, out, err))
			return false;
		buffer_putc(out, '}');
		index++;
	}
	buffer_putc(out, ']');
	return true;
}

struct slice {
	const char *at;
	size_t bytes;
};

/* Host and port of ssh://, git+ssh:// and user@host:path addresses. */
static bool ssh_host(const char *url, struct slice *host, struct slice *port)
{
	bool whole = text_starts_with(url, "ssh://") || text_starts_with(url, "git+ssh://");
	const char *at = whole ? strstr(url, "://") + 3 : url;
	size_t authority = strcspn(at, whole ? "/?#" : ":");
	const char *mark = memrchr(at, '@', authority);
	struct slice rest;
	const char *colon;

	if (!whole && (!mark || at[authority] != ':' || strstr(url, "://")))
		return false;
	rest = (struct slice){ at, authority };
	if (mark)
		rest = (struct slice){ mark + 1, authority - (size_t)(mark + 1 - at) };
	colon = whole ? memchr(rest.at, ':', rest.bytes) : NULL;
	*host = rest;
	*port = (struct slice){ "", 0 };
	if (colon) {
		host->bytes = (size_t)(colon - rest.at);
		*port = (struct slice){ colon + 1, rest.bytes - host->bytes - 1 };
	}
	for (size_t i = 0; i < host->bytes; i++)
		if (!isalnum((unsigned char)host->at[i]) && !strchr(".-", host->at[i]))
			return false;
	for (size_t i = 0; i < port->bytes; i++)
		if (!isdigit((unsigned char)port->at[i]))
			return false;
	if (port->bytes == 2 && memcmp(port->at, "22", 2) == 0)
		port->bytes = 0;
	return host->bytes > 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each "host\1port" once, sorted. */
static bool write_hosts(struct json_view refs, struct buffer *out, struct error *err)
{
	AUTO(json) struct json_object *hosts = json_object_new_object();
	const char **sorted;
	size_t count = 0;

	if (!hosts)
		return error_no_memory(err);
	json_foreach (entry, refs) {
		AUTO(buffer) struct buffer key = { 0 };
		struct slice host;
		struct slice port;

		if (!ssh_host(json_text_or(json_get(entry, "url"), ""), &host, &port))
			continue;
		buffer_append(&key, host.at, host.bytes);
		buffer_putc(&key, '\1');
		buffer_append(&key, port.at, port.bytes);
		if (!buffer_ok(&key, err) || !json_set_bool(hosts, key.data, true, err))
			return false;
	}
	if (!json_object_object_length(hosts))
		return true;
	sorted = calloc((size_t)json_object_object_length(hosts), sizeof(*sorted));
	if (!sorted)
		return error_no_memory(err);
	json_object_object_foreach(hosts, key, unused)
	{
		(void)unused;
		sorted[count++] = key;
	}
	qsort(sorted, count, sizeof(*sorted), compare_texts);
	wire_key(out, "sshHosts");
	buffer_putc(out, '[');
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strcspn(sorted[i], "\1");

		wire_item(out);
		buffer_putc(out, '{');
		wire_key(out, "host");
		wire_text(out, sorted[i], bytes);
		wire_set_some_text(out, "port", sorted[i] + bytes + 1);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
	free(sorted);
	return true;
}

static void write_pull_secrets(struct json_view secrets, struct buffer *out)
{
	bool open = false;

	json_foreach (secret, secrets) {
		const char *name = json_text_or(json_get(secret, "name"), "");

		if (!*name)
			continue;
		if (!open) {
			wire_key(out, "imagePullSecrets");
			buffer_putc(out, '[');
		}
		open = true;
		wire_item(out);
		wire_text(out, name, strlen(name));
	}
	if (open)
		buffer_putc(out, ']');
}

static bool write_config(struct json_view block, struct skills *skills, struct error *err)
{
	AUTO(json) struct json_object *seen = json_object_new_object();
	struct buffer *out = &skills->config;

	if (!seen)
		return error_no_memory(err);
	buffer_putc(out, '{');
	if (*skills->auth_secret)
		wire_set_text(out, "authMountPath", SKILLS_AUTH_FOLDER);
	for (size_t i = 0; i < COUNT(sources); i++)
		if (!write_source(&sources[i], json_get(block, sources[i].list), seen, out, err))
			return false;
	if (json_bool_or(json_get(block, "insecureSkipVerify"), false))
		wire_set_bool(out, "insecureOci", true);
	if (*skills->auth_secret && !write_hosts(json_get(block, "gitRefs"), out, err))
		return false;
	write_pull_secrets(skills->pull_secrets, out);
	buffer_putc(out, '}');
	return buffer_ok(out, err);
}

static bool list_names(struct json_view block, struct json_object *names, struct error *err)
{
	for (size_t i = 0; i < COUNT(name_order); i++) {
		const struct source *source = &sources[name_order[i]];

		json_foreach (entry, json_get(block, source->list)) {
			char name[SKILL_NAME_BYTES];

			if (source->name(entry, name) &&
				!json_append(names, json_new_text(name), err))
				return false;
		}
	}
	return true;
}

bool skills_read(struct json_view block, struct skills *out, struct error *err)
{
	struct skills skills = {
		.is_given = json_kind(block) == JSON_OBJECT,
		.names = json_object_new_array(),
		.auth_secret = json_text_or(json_dig(block, "gitAuthSecretRef", "name"), ""),
		.pull_secrets = json_get(block, "imagePullSecrets"),
	};
	bool ok = skills.names || error_no_memory(err);

	for (size_t i = 0; i < COUNT(sources); i++)
		skills.any = skills.any || json_count(json_get(block, sources[i].list)) > 0;
	ok = ok && (!skills.any || write_config(block, &skills, err)) &&
	     list_names(block, skills.names, err);
	if (ok)
		*out = skills;
	else
		skills_fini(&skills);
	return ok;
}
