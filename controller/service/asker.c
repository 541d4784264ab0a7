#include "service/asker.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/map.h"
#include "base/text.h"

#include <string.h>

#define REMEMBER_MS        60000
#define REMEMBER_DENIED_MS 10000
#define REMEMBER_MAX       10000

struct known {
	char *answer; /* NULL: it was refused, and why */
	struct error why;
	uint64_t until_ms;
};

struct asker {
	struct loop *client_loop;
	struct kube_client *client;
	struct loop *loop; /* where it is asked */
	bool is_closed;
	struct map known; /* digest of a question -> struct known; asking loop only */
};

/* One question on its way to the client's loop and back. */
struct errand {
	struct asker *asker;
	struct asker_question question;
	char digest[DIGEST_HEX_BYTES];
	char *answer;
	struct error err;
};

static void errand_free(struct errand *errand)
{
	buffer_fini(&errand->question.review);
	free(errand->answer);
	free(errand);
}

static void known_free(void *context UNUSED, const char *key UNUSED, void *value)
{
	struct known *known = value;

	free(known->answer);
	free(known);
}

static void forget_all(struct asker *asker)
{
	map_each(&asker->known, known_free, NULL);
	map_fini(&asker->known);
}

static struct known *known_new(const struct errand *errand)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	known->until_ms =
		clock_monotonic_ms() + (errand->answer ? REMEMBER_MS : REMEMBER_DENIED_MS);
	known->why = errand->err;
	known->answer = errand->answer ? strdup(errand->answer) : NULL;
	if (known->answer || !errand->answer)
		return known;
	free(known);
	return NULL;
}

static void remember(struct asker *asker, const struct errand *errand)
{
	struct known *known;
	void *previous = NULL;
	struct error err;

	if (!errand->answer && errand->err.code != ERR_DENIED)
		return;
	if (asker->known.count >= REMEMBER_MAX)
		forget_all(asker);
	known = known_new(errand);
	if (!known)
		return; /* it will be asked again */
	if (!map_put(&asker->known, errand->digest, known, &previous, &err))
		known_free(NULL, NULL, known);
	else if (previous)
		known_free(NULL, NULL, previous);
}

static void end(struct asker_question *question, const char *answer, const struct error *err)
{
	question->done(question->context, answer, answer ? NULL : err);
}

static void on_answer(void *context)
{
	struct errand *errand = context;

	remember(errand->asker, errand);
	end(&errand->question, errand->answer, &errand->err);
	errand_free(errand);
}

static void give_back(struct errand *errand)
{
	struct error err;

	if (!loop_post(errand->asker->loop, on_answer, errand, &err))
		log_error("a caller stays without answer", LOG_ERR(&err));
}

static void on_review(void *context, struct json_doc *doc, const struct error *err)
{
	struct errand *errand = context;

	if (err) {
		errand->err = *err;
		if (err->code == ERR_DENIED) /* it is us who may not ask */
			errand->err.code = ERR_IO;
	} else if (!errand->question.read(json_root(doc), &errand->answer, &errand->err)) {
		errand->answer = NULL;
	}
	give_back(errand);
}

/* On the client's loop. */
static void ask(void *context)
{
	struct errand *errand = context;
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request request = {
		.method = "POST", .passes_gate = true, .done = on_review, .context = errand
	};

	if (errand->asker->is_closed) {
		errand_free(errand);
		return;
	}
	kube_path(&path, errand->question.resource, NULL, NULL, NULL);
	request.path = path.data;
	request.body = errand->question.review;
	errand->question.review = (struct buffer){ 0 };
	if (path.failed) {
		error_no_memory(&errand->err);
		buffer_fini(&request.body);
		give_back(errand);
	} else if (!kube_start(errand->asker->client, &request, NULL, &errand->err)) {
		give_back(errand);
	}
}

static void digest_of(const struct asker_question *question, char out[DIGEST_HEX_BYTES])
{
	const struct digest_part parts[] = {
		{ question->resource->plural, strlen(question->resource->plural) + 1 },
		{ question->review.data, question->review.bytes },
	};
	uint8_t digest[DIGEST_SHA256_BYTES];

	digest_sha256_parts(parts, COUNT(parts), digest);
	digest_hex(digest, sizeof(digest), out);
}

void asker_ask(struct asker *asker, struct asker_question *question)
{
	struct errand *errand = question->review.failed ? NULL : calloc(1, sizeof(*errand));
	const struct known *known;
	struct error err;

	error_no_memory(&err);
	if (!errand) {
		buffer_fini(&question->review);
		end(question, NULL, &err);
		return;
	}
	errand->asker = asker;
	errand->question = *question;
	digest_of(question, errand->digest);
	known = map_get(&asker->known, errand->digest);
	if (known && known->until_ms > clock_monotonic_ms()) {
		end(question, known->answer, &known->why);
		errand_free(errand);
	} else if (!loop_post(asker->client_loop, ask, errand, &err)) {
		end(question, NULL, &err);
		errand_free(errand);
	}
}

bool asker_new(
	struct loop *client_loop, struct kube_client *client, struct asker **out, struct error *err)
{
	struct asker *asker = calloc(1, sizeof(*asker));

	if (!asker)
		return error_no_memory(err);
	asker->client_loop = client_loop;
	asker->client = client;
	*out = asker;
	return true;
}

void asker_answer_on(struct asker *asker, struct loop *loop)
{
	asker->loop = loop;
}

void asker_close(struct asker *asker)
{
	if (asker)
		asker->is_closed = true;
}

void asker_free(struct asker *asker)
{
	if (!asker)
		return;
	forget_all(asker);
	free(asker);
}
