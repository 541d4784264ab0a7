#include "skills/web.h"

#include "base/text.h"

#include <curl/curl.h>
#include <strings.h>
#include <time.h>

#define MAX_BYTES         (4u << 20)
#define REFUSAL_BYTES     (64u << 10)
#define CONNECT_TIMEOUT_S 15L
#define SILENCE_S         60L
#define REDIRECTS         10L
#define TRIES             3
#define RETRY_MS          400

struct web {
	CURL *easy;
};

/* One transfer. */
struct transfer {
	CURL *easy;
	const struct web_request *request;
	struct web_answer *answer;
	struct error *err;
	bool refused; /* by us, `err` says why */
};

bool web_new(struct web **out, struct error *err)
{
	struct web *web = calloc(1, sizeof(*web));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!web || !(web->easy = curl_easy_init())) {
		free(web);
		return error_no_memory(err);
	}
	*out = web;
	return true;
}

void web_free(struct web *web)
{
	if (!web)
		return;
	curl_easy_cleanup(web->easy);
	free(web);
}

void web_answer_fini(struct web_answer *answer)
{
	buffer_fini(&answer->body);
	free(answer->content_type);
	free(answer->challenge);
	*answer = (struct web_answer){ 0 };
}

static size_t refuse(struct transfer *transfer)
{
	transfer->refused = true;
	return 0;
}

static bool is_success(long status)
{
	return status >= 200 && status < 300;
}

static size_t on_body(char *data, size_t one, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct buffer *body = &transfer->answer->body;
	size_t most = transfer->request->max_bytes ? transfer->request->max_bytes : MAX_BYTES;
	size_t bytes = one * count;
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (is_success(status) && transfer->request->sink)
		return transfer->request->sink(
			       transfer->request->context, data, bytes, transfer->err)
			       ? bytes
			       : refuse(transfer);
	if (!is_success(status)) {
		size_t room = body->bytes < REFUSAL_BYTES ? REFUSAL_BYTES - body->bytes : 0;

		buffer_append(body, data, bytes < room ? bytes : room);
	} else if (bytes > most - body->bytes) {
		error_set(transfer->err, ERR_TOO_LARGE, NULL, "the answer is larger than %zu bytes",
			most);
		return refuse(transfer);
	} else {
		buffer_append(body, data, bytes);
	}
	return buffer_ok(body, transfer->err) ? bytes : refuse(transfer);
}

/* A later head (after a redirect) counts alone. */
static size_t on_header(char *line, size_t one, size_t count, void *context)
{
	static const char name[] = "WWW-Authenticate:";
	struct transfer *transfer = context;
	struct web_answer *answer = transfer->answer;
	size_t bytes = one * count;
	size_t end = bytes;
	size_t start = sizeof(name) - 1;

	if (bytes >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		free(answer->challenge);
		answer->challenge = NULL;
	}
	if (bytes <= start || strncasecmp(line, name, start) != 0)
		return bytes;
	while (end > start && strchr(" \t\r\n", line[end - 1]))
		end--;
	while (start < end && strchr(" \t", line[start]))
		start++;
	if (answer->challenge && strncasecmp(answer->challenge, "Bearer", 6) == 0)
		return bytes;
	free(answer->challenge);
	answer->challenge = text_copy(line + start, end - start);
	return answer->challenge || error_no_memory(transfer->err) ? bytes : refuse(transfer);
}

static bool set_headers(
	CURL *easy, const struct web_request *request, struct curl_slist **list, struct error *err)
{
	for (const char *const *header = request->headers; header && *header; header++) {
		struct curl_slist *longer = curl_slist_append(*list, *header);

		if (!longer)
			return error_no_memory(err);
		*list = longer;
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *list);
	return true;
}

static void set_transport(CURL *easy, const struct web_request *request)
{
	const char *schemes = request->insecure ? "http,https" : "https";
	const char *authority = getenv("SSL_CERT_FILE");

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, schemes);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTS);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "sandgate/" SANDGATE_VERSION);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->insecure ? 0L : 2L);
	if (!text_is_empty(authority))
		curl_easy_setopt(easy, CURLOPT_CAINFO, authority);
}

static bool set_request(struct transfer *transfer, struct curl_slist **list, struct error *err)
{
	const struct web_request *request = transfer->request;
	CURL *easy = transfer->easy;

	curl_easy_reset(easy); /* the connections stay */
	set_transport(easy, request);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	if (request->form)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
	if (request->user_password) {
		curl_easy_setopt(easy, CURLOPT_USERPWD, request->user_password);
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	}
	if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK)
		return error_no_memory(err);
	return set_headers(easy, request, list, err);
}

static bool fail(CURLcode result, const char *said, struct error *err)
{
	enum error_code code =
		result == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT
		: result == CURLE_OUT_OF_MEMORY    ? ERR_NO_MEMORY
		: result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL
			? ERR_INVALID
			: ERR_IO;

	return error_set(err, code, NULL, "%s", *said ? said : curl_easy_strerror(result));
}

static bool do_once(struct web *web, const struct web_request *request, struct web_answer *answer,
	struct error *err)
{
	struct transfer transfer = {
		.easy = web->easy, .request = request, .answer = answer, .err = err
	};
	struct curl_slist *list = NULL;
	char said[CURL_ERROR_SIZE] = "";
	const char *type = NULL;
	CURLcode result;
	long status = 0;

	if (!set_request(&transfer, &list, err)) {
		curl_slist_free_all(list);
		return false;
	}
	curl_easy_setopt(web->easy, CURLOPT_ERRORBUFFER, said);
	result = curl_easy_perform(web->easy);
	curl_easy_setopt(web->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(list);
	if (transfer.refused)
		return false;
	if (result != CURLE_OK)
		return fail(result, said, err);
	curl_easy_getinfo(web->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(web->easy, CURLINFO_CONTENT_TYPE, &type);
	answer->status = (int)status;
	return !type || text_replace(&answer->content_type, type, err);
}

static bool is_passing(const struct web_answer *answer)
{
	return answer->status == 429 || answer->status == 502 || answer->status == 503 ||
	       answer->status == 504;
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

bool web_do(struct web *web, const struct web_request *request, struct web_answer *out,
	struct error *err)
{
	int tries = request->sink || request->once ? 1 : TRIES;

	for (int i = 1;; i++) {
		AUTO(web_answer) struct web_answer answer = { 0 };
		bool ok = do_once(web, request, &answer, err);
		bool again =
			ok ? is_passing(&answer) : err->code == ERR_IO || err->code == ERR_TIMEOUT;

		if (!again || i == tries) {
			if (ok) {
				*out = answer;
				answer = (struct web_answer){ 0 };
			}
			return ok;
		}
		nap((long)RETRY_MS * i);
	}
}
