#include "http/tls_socket.h"

#include "base/auto.h"
#include "support/suite.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static struct tls_socket under;
static BIO *bio;

static void set_up(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	under = (struct tls_socket){ .fd = ends[0] };
	bio = tls_socket_bio(&under);
	ck_assert_ptr_nonnull(bio);
}

static void tear_down(void)
{
	BIO_free(bio);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

START_TEST(a_read_tells_whether_it_took_all)
{
	char into[4];

	ck_assert_int_eq(write(ends[1], "abcdef", 6), 6);
	ck_assert_int_eq(BIO_read(bio, into, 4), 4);
	ck_assert(!under.is_empty);
	ck_assert_int_eq(BIO_read(bio, into, 4), 2);
	ck_assert(under.is_empty);
	ck_assert_int_eq(memcmp(into, "ef", 2), 0);
	ck_assert(!BIO_eof(bio));
}
END_TEST

START_TEST(nothing_to_read_is_to_be_tried_again)
{
	char into[4];

	ck_assert_int_lt(BIO_read(bio, into, 4), 0);
	ck_assert(BIO_should_read(bio));
	ck_assert(!BIO_eof(bio));
	ck_assert_int_eq(write(ends[1], "a", 1), 1);
	ck_assert_int_eq(BIO_read(bio, into, 4), 1);
	ck_assert(!BIO_should_retry(bio));
}
END_TEST

START_TEST(the_end_is_no_reason_to_try_again)
{
	char into[4];

	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_le(BIO_read(bio, into, 4), 0);
	ck_assert(!BIO_should_retry(bio));
	ck_assert(BIO_eof(bio));
}
END_TEST

START_TEST(a_full_socket_is_to_be_tried_again)
{
	static const char data[4096];
	int tries = 0;

	while (BIO_write(bio, data, sizeof(data)) > 0)
		ck_assert_int_lt(tries++, 100000);
	ck_assert(BIO_should_write(bio));
}
END_TEST

START_TEST(writing_to_nobody_is_an_error_and_no_signal)
{
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_lt(BIO_write(bio, "a", 1), 0);
	ck_assert(!BIO_should_retry(bio));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http/tls_socket");
	TCase *tests = tcase_create("socket");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_read_tells_whether_it_took_all);
	tcase_add_test(tests, nothing_to_read_is_to_be_tried_again);
	tcase_add_test(tests, the_end_is_no_reason_to_try_again);
	tcase_add_test(tests, a_full_socket_is_to_be_tried_again);
	tcase_add_test(tests, writing_to_nobody_is_an_error_and_no_signal);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
