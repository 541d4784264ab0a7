#include "service/proof.h"

#include "base/text.h"

#include <string.h>

#define AUDIENCE "kagent"
#define ACCOUNT  "system:serviceaccount:"

static void put_text(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, "\"%s\":", key);
	json_write_string(out, text, strlen(text));
}

/* --- whose token it is --- */

/* `audience` NULL: the API server's own. */
static void write_token_review(struct buffer *out, const char *token, const char *audience)
{
	buffer_puts(out, "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\","
			 "\"spec\":{");
	put_text(out, "token", token);
	if (audience)
		buffer_printf(out, ",\"audiences\":[\"%s\"]", audience);
	buffer_puts(out, "}}");
}

static bool has_audience(struct json_view audiences)
{
	json_foreach (audience, audiences)
		if (json_text_is(audience, AUDIENCE))
			return true;
	return false;
}

static bool is_authenticated(struct json_view status, struct error *err)
{
	return json_bool_or(json_get(status, "authenticated"), false) ||
	       error_set(err, ERR_DENIED, NULL, "the token is not valid");
}

bool proof_read_agent(struct json_view review, char **out, struct error *err)
{
	struct json_view status = json_get(review, "status");
	struct json_view user = json_get(status, "user");
	const char *account = json_text_or(json_get(user, "username"), "");
	const char *pod = json_text_or(json_item(json_get(json_get(user, "extra"),
							 "authentication.kubernetes.io/pod-name"),
					       0),
		"");
	const char *ns = account + strlen(ACCOUNT);

	if (!is_authenticated(status, err))
		return false;
	if (!has_audience(json_get(status, "audiences")))
		return error_set(
			err, ERR_DENIED, NULL, "the token is not meant for audience " AUDIENCE);
	if (!text_starts_with(account, ACCOUNT) || !strchr(ns, ':') || !*pod)
		return error_set(err, ERR_DENIED, NULL, "the token is not bound to a pod");
	*out = text_format("%.*s/%s", (int)strcspn(ns, ":"), ns, pod);
	return *out || error_no_memory(err);
}

/* What a TokenReview calls username is user in a SubjectAccessReview; the rest has the same names. */
bool proof_read_user(struct json_view review, char **out, struct error *err)
{
	static const char *const rest[] = { "uid", "groups", "extra" };
	struct json_view status = json_get(review, "status");
	struct json_view user = json_get(status, "user");
	AUTO(buffer) struct buffer subject = { 0 };

	if (!is_authenticated(status, err))
		return false;
	if (!*json_text_or(json_get(user, "username"), ""))
		return error_set(err, ERR_DENIED, NULL, "the token names no user");
	buffer_puts(&subject, "{\"user\":");
	json_write(&subject, json_get(user, "username"));
	for (size_t i = 0; i < COUNT(rest); i++)
		if (json_is_present(json_get(user, rest[i]))) {
			buffer_printf(&subject, ",\"%s\":", rest[i]);
			json_write(&subject, json_get(user, rest[i]));
		}
	buffer_putc(&subject, '}');
	if (!buffer_ok(&subject, err))
		return false;
	*out = buffer_take(&subject);
	return *out || error_no_memory(err);
}

static void on_token(void *context, const char *answer, const struct error *err)
{
	identity_proof_done(context, answer, err);
}

static void ask_token(struct asker *asker, const char *token, const char *audience,
	bool (*read)(struct json_view review, char **answer, struct error *err),
	struct identity_proof *proof)
{
	struct asker_question question = {
		.resource = &kube_token_reviews, .read = read, .done = on_token, .context = proof
	};

	write_token_review(&question.review, token, audience);
	asker_ask(asker, &question);
}

void proof_ask_agent(void *asker, const char *token, struct identity_proof *proof)
{
	ask_token(asker, token, AUDIENCE, proof_read_agent, proof);
}

void proof_ask_user(void *asker, const char *token, struct identity_proof *proof)
{
	ask_token(asker, token, NULL, proof_read_user, proof);
}

/* --- what a user may --- */

/* How RBAC writes it. */
static const struct {
	const char *verb, *subresource;
} rights[] = {
	[IDENTITY_TALK] = { "create", "a2a" },
	[IDENTITY_GET] = { "get", NULL },
	[IDENTITY_LIST] = { "list", NULL },
	[IDENTITY_CREATE] = { "create", NULL },
	[IDENTITY_UPDATE] = { "update", NULL },
	[IDENTITY_DELETE] = { "delete", NULL },
};

void proof_write_right(struct buffer *out, const struct identity_wish *wish)
{
	const char *subresource = rights[wish->right].subresource;
	size_t subject_bytes = strlen(wish->subject);

	buffer_puts(out, "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
			 "\"SubjectAccessReview\",\"spec\":");
	buffer_append(out, wish->subject, subject_bytes - 1); /* an object, open again */
	buffer_puts(out, ",\"resourceAttributes\":{\"group\":\"kagent.dev\",\"resource\":"
			 "\"sandboxagents\",");
	if (subresource)
		buffer_printf(out, "\"subresource\":\"%s\",", subresource);
	put_text(out, "namespace", wish->ns);
	buffer_putc(out, ',');
	if (wish->name) {
		put_text(out, "name", wish->name);
		buffer_putc(out, ',');
	}
	buffer_printf(out, "\"verb\":\"%s\"}}}", rights[wish->right].verb);
}

bool proof_read_right(struct json_view review, char **out, struct error *err)
{
	struct json_view status = json_get(review, "status");
	struct json_view asked = json_dig(review, "spec", "resourceAttributes");
	const char *name = json_text_or(json_get(asked, "name"), "");
	bool is_allowed = json_bool_or(json_get(status, "allowed"), false) &&
			  !json_bool_or(json_get(status, "denied"), false);

	if (!is_allowed)
		return error_set(err, ERR_DENIED, NULL,
			"user \"%.80s\" cannot %s sandboxagents%s%s%.60s in namespace \"%.63s\"",
			json_text_or(json_dig(review, "spec", "user"), ""),
			json_text_or(json_get(asked, "verb"), ""),
			json_is_present(json_get(asked, "subresource")) ? "/a2a" : "",
			*name ? " " : "", name, json_text_or(json_get(asked, "namespace"), ""));
	*out = strdup("allowed");
	return *out || error_no_memory(err);
}

struct right {
	identity_allowed_fn done;
	void *context;
};

static void on_right(void *context, const char *answer UNUSED, const struct error *err)
{
	struct right right = *(struct right *)context;

	free(context);
	right.done(right.context, err);
}

void proof_ask_right(
	void *asker, const struct identity_wish *wish, identity_allowed_fn done, void *context)
{
	struct right *right = malloc(sizeof(*right));
	struct asker_question question = { .resource = &kube_subject_access_reviews,
		.read = proof_read_right,
		.done = on_right,
		.context = right };
	struct error err;

	if (!right) {
		error_no_memory(&err);
		done(context, &err);
		return;
	}
	*right = (struct right){ done, context };
	proof_write_right(&question.review, wish);
	asker_ask(asker, &question);
}
