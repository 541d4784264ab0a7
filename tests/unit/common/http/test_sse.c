#include "http/sse.h"
#include "support/suite.h"

#include <stdio.h>

/* Events are noted as "event|data;" in order. */
static struct buffer noted;

static bool note(void *context, const char *event, struct buffer *data)
{
	int *left = context;

	buffer_printf(&noted, "%s|", event);
	buffer_append(&noted, data->data ? data->data : "", data->bytes);
	buffer_putc(&noted, ';');
	return --*left > 0;
}

static const struct {
	const char *spec, *in, *want;
} cases[] = {
	{ "one event", "data: a\n\n", "|a;" },
	{ "without a blank behind the colon", "data:a\n\n", "|a;" },
	{ "only one blank is dropped", "data:  a\n\n", "| a;" },
	{ "crlf", "data: a\r\n\r\ndata: b\r\n\r\n", "|a;|b;" },
	{ "cr", "data: a\r\rdata: b\r\r", "|a;|b;" },
	{ "mixed ends", "data: a\r\n\ndata: b\n\r\n", "|a;|b;" },
	{ "lines are joined by a line feed", "data: a\ndata: b\ndata:\n\n", "|a\nb\n;" },
	{ "a name", "event: x\ndata: a\n\ndata: b\n\n", "x|a;|b;" },
	{ "the last name counts", "event: x\nevent: y\ndata: a\n\n", "y|a;" },
	{ "a comment is nothing", ": ping - 12:00\n\n: \ndata: a\n:x\n\n", "|a;" },
	{ "an event without data is nothing", "event: x\nid: 4\n\ndata: a\n\n", "|a;" },
	{ "empty data is an event", "data\n\n", "|;" },
	{ "unknown fields are nothing", "retry: 5\ndatas: x\ndat: y\ndata: a\n\n", "|a;" },
	{ "what is not finished does not count", "data: a\n\ndata: b\n", "|a;" },
	{ "colons in the data", "data: {\"a\":1}\n\n", "|{\"a\":1};" },
};

static void read_in_pieces(const char *in, size_t piece)
{
	struct sse_reader reader = { 0 };
	size_t bytes = strlen(in);
	int left = 1000;

	buffer_clear(&noted);
	for (size_t at = 0; at < bytes; at += piece) {
		/* A copy of the exact size: the sanitizer sees a read beyond it. */
		size_t count = bytes - at < piece ? bytes - at : piece;
		char *copy = malloc(count);

		memcpy(copy, in + at, count);
		ck_assert(sse_feed(&reader, copy, count, note, &left, NULL));
		free(copy);
	}
	sse_reader_fini(&reader);
}

START_TEST(events_are_read_however_they_are_cut)
{
	for (size_t piece = 1; piece <= strlen(cases[_i].in); piece++) {
		read_in_pieces(cases[_i].in, piece);
		ck_assert_msg(strcmp(noted.data ? noted.data : "", cases[_i].want) == 0,
			"%s in pieces of %zu: %s", cases[_i].spec, piece, noted.data);
	}
	buffer_fini(&noted);
}
END_TEST

START_TEST(the_receiver_may_stop)
{
	struct sse_reader reader = { 0 };
	const char *in = "data: a\n\ndata: b\n\ndata: c\n\n";
	int left = 2;

	buffer_clear(&noted);
	ck_assert(sse_feed(&reader, in, strlen(in), note, &left, NULL));
	ck_assert_str_eq(noted.data, "|a;|b;");
	sse_reader_fini(&reader);
	buffer_fini(&noted);
}
END_TEST

static const struct {
	const char *spec, *start, *repeated;
} large[] = {
	{ "one line", "data: ", "xxxxxxxxxx" },
	{ "many lines", "", "data: xxxxxxxxxx\n" },
	{ "a comment", ": ", "xxxxxxxxxx" },
	{ "a name", "event: ", "xxxxxxxxxx" },
};

START_TEST(an_event_over_the_cap_is_refused)
{
	struct sse_reader reader = { .max_bytes = 1000 };
	struct error err = { 0 };
	bool ok = sse_feed(&reader, large[_i].start, strlen(large[_i].start), note, NULL, &err);

	for (int i = 0; i < 200 && ok; i++)
		ok = sse_feed(
			&reader, large[_i].repeated, strlen(large[_i].repeated), note, NULL, &err);
	ck_assert_msg(!ok, "%s", large[_i].spec);
	ck_assert_int_eq(err.code, ERR_TOO_LARGE);
	sse_reader_fini(&reader);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
	AUTO(buffer) struct buffer out = { 0 };

	sse_begin(&out, "7");
	buffer_puts(&out, "{\"a\":");
	buffer_puts(&out, "1}");
	sse_end(&out);
	sse_write_comment(&out, "ping\r\ndata: pong\n");
	sse_begin(&out, "8");
	sse_end(&out);
	ck_assert_str_eq(out.data, "id: 7\ndata: {\"a\":1}\n\n"
				   ": ping  data: pong \n\n"
				   "id: 8\ndata: \n\n");
	for (size_t piece = 1; piece <= out.bytes; piece++) {
		read_in_pieces(out.data, piece);
		ck_assert_str_eq(noted.data, "|{\"a\":1};|;");
	}
	buffer_fini(&noted);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sse");
	TCase *tc = tcase_create("sse");

	tcase_add_loop_test(tc, events_are_read_however_they_are_cut, 0, COUNT(cases));
	tcase_add_test(tc, the_receiver_may_stop);
	tcase_add_loop_test(tc, an_event_over_the_cap_is_refused, 0, COUNT(large));
	tcase_add_test(tc, what_is_written_reads_back);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
