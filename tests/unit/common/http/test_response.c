#include "http/response.h"
#include "support/suite.h"

/* What one answer meant. */
struct read {
	enum response_event end; /* END, BROKEN or MORE */
	bool has_head;
	struct buffer body;
	size_t left; /* bytes after the end */
	struct error err;
};

/* Feeds `text` in pieces of at most `step` bytes. */
static struct read read_in_steps(
	struct response *response, const char *text, size_t bytes, size_t step)
{
	struct read read = { .end = RESPONSE_MORE };

	for (size_t at = 0; at < bytes;) {
		const char *data = text + at;
		size_t left = bytes - at < step ? bytes - at : step;
		size_t given = left;

		for (read.end = RESPONSE_HEAD;
			read.end == RESPONSE_HEAD || read.end == RESPONSE_DATA;) {
			const char *piece = NULL;
			size_t piece_bytes = 0;

			read.end = response_read(
				response, &data, &left, &piece, &piece_bytes, &read.err);
			if (read.end == RESPONSE_HEAD)
				read.has_head = true;
			if (read.end == RESPONSE_DATA)
				buffer_append(&read.body, piece, piece_bytes);
		}
		at += given - left;
		if (read.end != RESPONSE_MORE) {
			read.left = bytes - at;
			break;
		}
	}
	return read;
}

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char *spec, *text;
	bool to_head;
	const char *body;
	bool may_keep;
	size_t left;
} whole[] = {
	{ "a length", OK "Content-Length: 5\r\n\r\nhello", false, "hello", true, 0 },
	{ "a length of nothing", OK "Content-Length: 0\r\n\r\n", false, "", true, 0 },
	{ "what follows the end is not read", OK "Content-Length: 1\r\n\r\nabc", false, "a", true,
		2 },
	{ "chunks", CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", false, "hello", true, 0 },
	{ "a chunk's extension says nothing", CHUNKED "1;a=\"b\"\r\nx\r\n0 ;c\r\n\r\n", false, "x",
		true, 0 },
	{ "sizes in either case", CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", false,
		"01234567890123456789", true, 0 },
	{ "trailers are passed over", CHUNKED "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\nZ", false, "x",
		true, 1 },
	{ "an answer to HEAD has no body", OK "Content-Length: 5\r\n\r\n", true, "", true, 0 },
	{ "204 has no body", "HTTP/1.1 204 No\r\n\r\n", false, "", true, 0 },
	{ "304 has no body, whatever its length says",
		"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", false, "", true, 0 },
	{ "an interim answer's headers do not count",
		"HTTP/1.1 103 Early\r\nContent-Length: 9\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
		false, "a", true, 0 },
	{ "the peer says it closes", OK "Connection: x, Close\r\nContent-Length: 1\r\n\r\na", false,
		"a", false, 0 },
	{ "another option of the connection does not close it",
		OK "Connection: closed\r\nContent-Length: 1\r\n\r\na", false, "a", true, 0 },
	{ "an old peer closes", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", false, "a", false,
		0 },
	{ "bare line feeds end lines, too", "HTTP/1.1 200\nContent-Length: 1\n\na", false, "a",
		true, 0 },
};

START_TEST(whole_answers_are_read_at_any_cut)
{
	size_t bytes = strlen(whole[_i].text);

	for (size_t step = 1; step <= bytes; step++) {
		struct response response = { .to_head_request = whole[_i].to_head };
		struct read read = read_in_steps(&response, whole[_i].text, bytes, step);

		ck_assert_msg(read.end == RESPONSE_END, "%s in steps of %zu: %s", whole[_i].spec,
			step, read.err.text);
		ck_assert(read.has_head);
		ck_assert_msg(strcmp(read.body.data ? read.body.data : "", whole[_i].body) == 0,
			"%s: %s", whole[_i].spec, read.body.data);
		ck_assert_msg(response.may_keep == whole[_i].may_keep, "%s", whole[_i].spec);
		ck_assert_msg(read.left == whole[_i].left, "%s: %zu bytes left", whole[_i].spec,
			read.left);
		buffer_fini(&read.body);
		response_fini(&response);
	}
}
END_TEST

static const struct {
	const char *spec, *text;
} broken[] = {
	{ "another protocol", "SSH-2.0-OpenSSH\r\n" },
	{ "another version", "HTTP/2.0 200 OK\r\n" },
	{ "a status that is no number", "HTTP/1.1 20x OK\r\n" },
	{ "a status of four digits", "HTTP/1.1 2000 OK\r\n" },
	{ "a switch of protocols nobody asked for", "HTTP/1.1 101 Switching\r\n" },
	{ "two lengths", OK "Content-Length: 1\r\nContent-Length: 2\r\n" },
	{ "the same length twice", OK "Content-Length: 1\r\nContent-Length: 1\r\n" },
	{ "a list of lengths", OK "Content-Length: 1, 1\r\n" },
	{ "a negative length", OK "Content-Length: -1\r\n" },
	{ "a signed length", OK "Content-Length: +1\r\n" },
	{ "a length beyond all", OK "Content-Length: 99999999999999999999\r\n" },
	{ "no length after its name", OK "Content-Length:\r\n" },
	{ "a length and chunks", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
	{ "chunks and a length", OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" },
	{ "another coding", OK "Transfer-Encoding: gzip, chunked\r\n" },
	{ "chunked twice", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" },
	{ "a header that is continued", OK "A: b\r\n c\r\n" },
	{ "a blank before the colon", OK "Content-Length : 1\r\n" },
	{ "a header without a name", OK ": 1\r\n" },
	{ "a header without a colon", OK "Content-Length 1\r\n" },
	{ "a carriage return inside a header", OK "A: b\rContent-Length: 1\r\n" },
	{ "a chunk without a size", CHUNKED "\r\nx" },
	{ "a chunk's size that is no number", CHUNKED "0x1\r\nx" },
	{ "a signed chunk's size", CHUNKED "-1\r\nx" },
	{ "a chunk larger than any", CHUNKED "1000000000000000\r\nx" },
	{ "a chunk longer than it says", CHUNKED "1\r\nxy\r\n" },
};

START_TEST(what_two_readers_could_read_differently_is_refused)
{
	size_t bytes = strlen(broken[_i].text);

	for (size_t step = 1; step <= bytes; step++) {
		struct response response = { 0 };
		struct read read = read_in_steps(&response, broken[_i].text, bytes, step);

		ck_assert_msg(read.end == RESPONSE_BROKEN, "%s", broken[_i].spec);
		ck_assert_int_eq(read.err.code, ERR_IO);
		buffer_fini(&read.body);
		response_fini(&response);
	}
}
END_TEST

START_TEST(a_zero_byte_in_a_header_is_refused)
{
	static const char text[] = OK "A: b\0c\r\n";
	struct response response = { 0 };
	struct read read = read_in_steps(&response, text, sizeof(text) - 1, sizeof(text));

	ck_assert_int_eq(read.end, RESPONSE_BROKEN);
	response_fini(&response);
}
END_TEST

static const struct {
	const char *spec, *text;
	bool ok;
} closed[] = {
	{ "before anything", "", false },
	{ "in the head", OK "A: b\r\n", false },
	{ "after an interim answer", "HTTP/1.1 100 Go on\r\n\r\n", false },
	{ "in a body of known length", OK "Content-Length: 2\r\n\r\na", false },
	{ "between chunks", CHUNKED "1\r\na\r\n", false },
	{ "in a body that ends so", OK "\r\nabc", true },
};

START_TEST(the_end_of_the_connection_ends_only_what_ends_so)
{
	struct response response = { 0 };
	struct error err;
	struct read read = read_in_steps(&response, closed[_i].text, strlen(closed[_i].text), 7);

	ck_assert_int_eq(read.end, RESPONSE_MORE);
	ck_assert_msg(
		response_close(&response, &err) == closed[_i].ok, "closed %s", closed[_i].spec);
	ck_assert(!response.may_keep || !closed[_i].ok);
	if (!closed[_i].ok)
		ck_assert_int_eq(err.code, ERR_IO);
	buffer_fini(&read.body);
	response_fini(&response);
}
END_TEST

static const struct {
	const char *spec, *start, *again;
	enum error_code code;
} floods[] = {
	{ "headers", OK, "A: 0123456789\r\n", ERR_TOO_LARGE },
	{ "one line", OK, "0123456789abcdef", ERR_TOO_LARGE },
	{ "interim answers", "", "HTTP/1.1 100 Go on\r\n\r\n", ERR_TOO_LARGE },
	{ "trailers", CHUNKED "0\r\n", "A: 0123456789\r\n", ERR_TOO_LARGE },
	{ "a chunk's extension", CHUNKED "1;", "0123456789abcdef", ERR_IO },
};

START_TEST(no_line_grows_for_ever)
{
	struct response response = { 0 };
	struct read read = read_in_steps(&response, floods[_i].start, strlen(floods[_i].start), 99);

	for (size_t sent = 0; sent < 2 * RESPONSE_HEAD_MAX_BYTES && read.end == RESPONSE_MORE;
		sent += strlen(floods[_i].again))
		read = read_in_steps(&response, floods[_i].again, strlen(floods[_i].again), 99);
	ck_assert_msg(read.end == RESPONSE_BROKEN, "%s", floods[_i].spec);
	ck_assert_msg(read.err.code == floods[_i].code, "%s: %s", floods[_i].spec, read.err.text);
	response_fini(&response);
}
END_TEST

START_TEST(headers_are_found_by_name)
{
	static const char text[] = OK "A: one\r\nB:\t two \r\na: three\r\nEmpty:\r\n\r\n";
	struct response response = { 0 };
	struct read read = read_in_steps(&response, text, strlen(text), 5);

	ck_assert(read.has_head);
	ck_assert_int_eq(response.status, 200);
	ck_assert_str_eq(response_header(&response, "A"), "three");
	ck_assert_str_eq(response_header(&response, "b"), "two");
	ck_assert_str_eq(response_header(&response, "Empty"), "");
	ck_assert_ptr_null(response_header(&response, "C"));
	response_fini(&response);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http response");
	TCase *tc = tcase_create("response");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, whole_answers_are_read_at_any_cut, 0, COUNT(whole));
	tcase_add_loop_test(
		tc, what_two_readers_could_read_differently_is_refused, 0, COUNT(broken));
	tcase_add_test(tc, a_zero_byte_in_a_header_is_refused);
	tcase_add_loop_test(tc, the_end_of_the_connection_ends_only_what_ends_so, 0, COUNT(closed));
	tcase_add_loop_test(tc, no_line_grows_for_ever, 0, COUNT(floods));
	tcase_add_test(tc, headers_are_found_by_name);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
