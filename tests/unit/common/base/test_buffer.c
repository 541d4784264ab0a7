#include "base/buffer.h"
#include "support/suite.h"

START_TEST(bytes_are_appended_and_end_with_a_nul)
{
	struct buffer buf = { 0 };

	ck_assert_ptr_null(buf.data);
	buffer_puts(&buf, "ab");
	buffer_putc(&buf, 'c');
	buffer_append(&buf, "d\0e", 3);
	buffer_printf(&buf, "%03d", 7);
	ck_assert_uint_eq(buf.bytes, 9);
	ck_assert_mem_eq(buf.data, "abcd\0e007", 10);
	ck_assert(buffer_ok(&buf, NULL));
	buffer_fini(&buf);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(bytes_are_put_before_the_first)
{
	struct buffer buf = { 0 };

	buffer_insert(&buf, "d", 1);
	buffer_insert(&buf, "ab\0", 3);
	ck_assert_uint_eq(buf.bytes, 4);
	ck_assert_mem_eq(buf.data, "ab\0d", 5);
	buffer_fini(&buf);
}
END_TEST

START_TEST(growing_keeps_what_was_there)
{
	struct buffer buf = { 0 };

	for (int i = 0; i < 100000; i++)
		buffer_putc(&buf, (char)(i % 251));
	ck_assert_uint_eq(buf.bytes, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq((unsigned char)buf.data[i], i % 251);
	buffer_fini(&buf);
}
END_TEST

START_TEST(numbers_are_written_in_decimal)
{
	struct buffer buf = { 0 };

	buffer_put_number(&buf, 0);
	buffer_putc(&buf, ' ');
	buffer_put_number(&buf, 1060);
	buffer_putc(&buf, ' ');
	buffer_put_number(&buf, UINT64_MAX);
	ck_assert_str_eq(buf.data, "0 1060 18446744073709551615");
	buffer_fini(&buf);
}
END_TEST

START_TEST(consuming_drops_from_the_front)
{
	struct buffer buf = { 0 };

	buffer_consume(&buf, 0);
	buffer_puts(&buf, "abcdef");
	buffer_consume(&buf, 2);
	ck_assert_str_eq(buf.data, "cdef");
	buffer_consume(&buf, 4);
	ck_assert_str_eq(buf.data, "");
	ck_assert_uint_eq(buf.bytes, 0);
	buffer_fini(&buf);
}
END_TEST

START_TEST(reserved_room_is_counted_when_used)
{
	struct buffer buf = { 0 };
	char *to = buffer_reserve(&buf, 5);

	ck_assert_ptr_nonnull(to);
	memcpy(to, "xyz", 4);
	buffer_grew(&buf, 3);
	ck_assert_str_eq(buf.data, "xyz");
	buffer_fini(&buf);
}
END_TEST

START_TEST(lack_of_memory_is_told_once_at_the_end)
{
	struct buffer buf = { 0 };
	struct error err = { 0 };

	buffer_puts(&buf, "kept");
	ck_assert_ptr_null(buffer_reserve(&buf, SIZE_MAX));
	buffer_puts(&buf, "lost");
	ck_assert_str_eq(buf.data, "kept");
	ck_assert(!buffer_ok(&buf, &err));
	ck_assert_int_eq(err.code, ERR_NO_MEMORY);
	ck_assert_ptr_null(buffer_take(&buf));
	buffer_clear(&buf);
	ck_assert(buffer_ok(&buf, NULL));
	buffer_puts(&buf, "again");
	ck_assert_str_eq(buf.data, "again");
	buffer_fini(&buf);
}
END_TEST

START_TEST(taking_hands_over_a_string)
{
	struct buffer buf = { 0 };
	AUTO(text) char *empty = buffer_take(&buf);
	AUTO(text) char *full = NULL;

	ck_assert_str_eq(empty, "");
	buffer_puts(&buf, "abc");
	full = buffer_take(&buf);
	ck_assert_str_eq(full, "abc");
	ck_assert(!buf.data && !buf.bytes && !buf.room);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/buffer");
	TCase *tests = tcase_create("buffer");

	tcase_add_test(tests, bytes_are_appended_and_end_with_a_nul);
	tcase_add_test(tests, bytes_are_put_before_the_first);
	tcase_add_test(tests, growing_keeps_what_was_there);
	tcase_add_test(tests, numbers_are_written_in_decimal);
	tcase_add_test(tests, consuming_drops_from_the_front);
	tcase_add_test(tests, reserved_room_is_counted_when_used);
	tcase_add_test(tests, lack_of_memory_is_told_once_at_the_end);
	tcase_add_test(tests, taking_hands_over_a_string);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
