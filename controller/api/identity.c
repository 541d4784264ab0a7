#include "api/identity.h"
#include "base/base64.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_USER "admin@kagent.dev"

struct identity {
	struct identity_options options;
	char *user_claim;
};

struct identity_proof {
	struct caller caller;
	identity_done_fn done;
	void *context;
	bool is_user; /* else an agent */
};

bool identity_parse_mode(const char *text, enum identity_mode *out, struct error *err)
{
	if (strcmp(text, "unsecure") == 0)
		*out = IDENTITY_UNSECURE;
	else if (strcmp(text, "trusted-proxy") == 0)
		*out = IDENTITY_TRUSTED_PROXY;
	else if (strcmp(text, "kubernetes") == 0)
		*out = IDENTITY_KUBERNETES;
	else
		return error_set(err, ERR_INVALID, NULL,
			"unknown auth mode \"%s\" (valid modes: unsecure, trusted-proxy, "
			"kubernetes)",
			text);
	return true;
}

bool identity_new(const struct identity_options *options, struct identity **out, struct error *err)
{
	AUTO(identity) struct identity *identity = calloc(1, sizeof(*identity));
	const char *claim = text_is_empty(options->user_claim) ? "sub" : options->user_claim;

	if (!identity)
		return error_no_memory(err);
	if (options->mode == IDENTITY_KUBERNETES &&
		(!options->prove || !options->prove_user || !options->allow))
		return error_set(err, ERR_INVALID, NULL,
			"the auth mode kubernetes needs agents to prove who they are");
	identity->options = *options;
	if (!text_replace(&identity->user_claim, claim, err))
		return false;
	*out = take_identity(&identity);
	return true;
}

void identity_free(struct identity *identity)
{
	if (identity)
		free(identity->user_claim);
	free(identity);
}

void caller_fini(struct caller *caller)
{
	free(caller->user);
	free(caller->agent);
	free(caller->subject);
	json_doc_free(caller->claims);
	*caller = (struct caller){ 0 };
}

/* A header that has something in it, or NULL. */
static const char *header(const struct http_exchange *exchange, const char *name)
{
	const char *value = http_header(exchange, name);

	return text_is_empty(value) ? NULL : value;
}

static const char *bearer(const struct http_exchange *exchange)
{
	const char *value = header(exchange, "Authorization");

	return value && text_starts_with(value, "Bearer ") ? value + strlen("Bearer ") : NULL;
}

/* The payload of a JSON web token, whose signature somebody else has checked. */
static bool read_claims(const char *token, struct json_doc **out, struct error *err)
{
	AUTO(buffer) struct buffer padded = { 0 };
	AUTO(buffer) struct buffer payload = { 0 };
	AUTO(json_doc) struct json_doc *claims = NULL;
	const char *from = token ? strchr(token, '.') : NULL;
	const char *end = from ? strchr(from + 1, '.') : NULL;

	if (!end || strchr(end + 1, '.'))
		return error_set(err, ERR_DENIED, NULL, "no bearer token of three parts");
	for (from++; from < end; from++)
		buffer_putc(&padded, (char)(*from == '-' ? '+' : *from == '_' ? '/' : *from));
	while (padded.bytes % 4)
		buffer_putc(&padded, '=');
	if (!buffer_ok(&padded, err))
		return false;
	if (!padded.bytes || !base64_decode(padded.data, padded.bytes, &payload, err) ||
		!json_doc_parse(&payload, NULL, &claims, err) ||
		json_kind(json_root(claims)) != JSON_OBJECT)
		return error_set(err, ERR_DENIED, NULL, "the bearer token has no readable claims");
	*out = take_json_doc(&claims);
	return true;
}

static const char *claimed_user(
	const struct identity *identity, const struct json_doc *claims, bool is_agent)
{
	const char *user =
		is_agent ? NULL
			 : json_text(json_get(json_root(claims), identity->user_claim), NULL);

	return text_is_empty(user) ? json_text(json_get(json_root(claims), "sub"), NULL) : user;
}

/* The user a request names: query user_id, then header X-User-Id. `*out` stays NULL when it names none. */
static bool named_user(const struct http_exchange *exchange, char **out, struct error *err)
{
	const char *said = header(exchange, "X-User-Id");
	AUTO(text) char *user = NULL;

	if (!http_query_value(exchange, "user_id", &user, err) && err->code != ERR_NONE)
		return false;
	if (!text_is_empty(user))
		*out = take_text(&user);
	else if (said)
		return text_replace(out, said, err);
	return true;
}

static bool resolve_user(const struct identity *identity, const struct http_exchange *exchange,
	struct caller *out, struct error *err)
{
	bool is_agent = header(exchange, "X-Agent-Name");
	const char *claimed;

	if (identity->options.mode == IDENTITY_KUBERNETES && !is_agent)
		return error_set(err, ERR_DENIED, NULL, "the caller shows no bearer token");
	if (identity->options.mode != IDENTITY_TRUSTED_PROXY)
		return named_user(exchange, &out->user, err) &&
		       (out->user || text_replace(&out->user, DEFAULT_USER, err));
	if (!read_claims(bearer(exchange), &out->claims, err) ||
		(is_agent && !named_user(exchange, &out->user, err)))
		return false;
	claimed = claimed_user(identity, out->claims, is_agent);
	if (!out->user && text_is_empty(claimed))
		return error_set(err, ERR_DENIED, NULL, "the bearer token names no user");
	return out->user || text_replace(&out->user, claimed, err);
}

bool identity_user(const struct identity *identity, const struct http_exchange *exchange, char *out,
	size_t out_bytes)
{
	struct caller caller = { 0 };
	struct error err;
	bool ok =
		resolve_user(identity, exchange, &caller, &err) && strlen(caller.user) < out_bytes;

	if (ok)
		snprintf(out, out_bytes, "%s", caller.user);
	caller_fini(&caller);
	return ok;
}

static bool resolve(const struct identity *identity, const struct http_exchange *exchange,
	struct caller *out, struct error *err)
{
	const char *agent = header(exchange, "X-Agent-Name");

	return resolve_user(identity, exchange, out, err) &&
	       (!agent || agent_to_python(agent, &out->agent, err));
}

/* Has the token looked at. `caller` is released, or moves on with the proof. */
static void prove(struct identity *identity, const struct http_exchange *exchange,
	struct caller *caller, identity_done_fn done, void *context)
{
	const struct identity_options *options = &identity->options;
	const char *token = bearer(exchange);
	struct identity_proof *proof = token ? calloc(1, sizeof(*proof)) : NULL;
	struct error err;

	if (!proof) {
		if (token)
			error_no_memory(&err);
		else
			error_set(&err, ERR_DENIED, NULL, "%s calls without its token",
				caller->agent ? "an agent" : "a user");
		caller_fini(caller);
		done(context, NULL, &err);
		return;
	}
	*proof = (struct identity_proof){
		.caller = *caller, .done = done, .context = context, .is_user = !caller->agent
	};
	(proof->is_user ? options->prove_user : options->prove)(options->context, token, proof);
}

void identity_resolve(struct identity *identity, const struct http_exchange *exchange,
	identity_done_fn done, void *context)
{
	bool is_agent = header(exchange, "X-Agent-Name");
	struct caller caller = { 0 };
	struct error err = { 0 };

	if (!is_agent) {
		identity_resolve_user(identity, exchange, done, context);
	} else if (!resolve(identity, exchange, &caller, &err)) {
		caller_fini(&caller);
		done(context, NULL, &err);
	} else if (identity->options.prove) {
		prove(identity, exchange, &caller, done, context);
	} else {
		done(context, &caller, NULL);
	}
}

void identity_resolve_user(struct identity *identity, const struct http_exchange *exchange,
	identity_done_fn done, void *context)
{
	struct caller caller = { 0 };
	struct error err = { 0 };

	if (identity->options.mode == IDENTITY_KUBERNETES) {
		prove(identity, exchange, &caller, done, context);
	} else if (!resolve_user(identity, exchange, &caller, &err)) {
		caller_fini(&caller);
		done(context, NULL, &err);
	} else {
		done(context, &caller, NULL);
	}
}

static bool check_agent(struct caller *caller, const char *who, struct error *err)
{
	AUTO(text) char *proven = NULL;

	if (!agent_to_python(who, &proven, err))
		return false;
	if (strcmp(proven, caller->agent) != 0)
		return error_set(err, ERR_DENIED, NULL, "the token of %s is used in the name of %s",
			proven, caller->agent);
	caller->is_proven = true;
	return true;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static bool set_user(struct caller *caller, const char *who, struct error *err)
{
	AUTO(json_doc) struct json_doc *subject = NULL;
	const char *user;

	if (!json_doc_copy(who, strlen(who), NULL, &subject, err))
		return false;
	user = json_text_or(json_get(json_root(subject), "user"), "");
	if (!*user || has_control(user)) /* it goes into a header */
		return error_set(err, ERR_DENIED, NULL, "the token names no usable user");
	return text_replace(&caller->user, user, err) && text_replace(&caller->subject, who, err);
}

void identity_proof_done(struct identity_proof *proof, const char *who, const struct error *err)
{
	struct error why;
	bool ok = false;

	if (!who)
		why = *err;
	else if (proof->is_user)
		ok = set_user(&proof->caller, who, &why);
	else
		ok = check_agent(&proof->caller, who, &why);
	if (ok) {
		proof->done(proof->context, &proof->caller, NULL);
	} else {
		caller_fini(&proof->caller);
		proof->done(proof->context, NULL, &why);
	}
	free(proof);
}

void identity_authorize(struct identity *identity, const struct caller *caller,
	enum identity_right right, const char *ns, const char *name, identity_allowed_fn done,
	void *context)
{
	const struct identity_options *options = &identity->options;
	const struct identity_wish wish = { caller->subject, right, ns, name };

	if (caller->subject)
		options->allow(options->context, &wish, done, context);
	else
		done(context, NULL);
}
