// SPDX-License-Identifier: GPL-2.0-or-later
/* test_shared - lib/shared: numbers, strings, files */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "strbuf.h"
#include "util.h"

static void unsigned_numbers(void **state)
{
	static const char *const wrong[] = { "", "0x", "x", "08", "1a", " 1", "1 ", "+1", "-1", "1.0", "0b1", "0x1g" };
	uint64_t v = 5;
	uint32_t w = 6;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse_u64(wrong[i], &v), -EINVAL);
	assert_int_equal(v, 5);
	assert_int_equal(parse_u64("18446744073709551615", &v), 0);
	assert_int_equal(v, UINT64_MAX);
	assert_int_equal(parse_u64("18446744073709551616", &v), -ERANGE);
	assert_int_equal(parse_u64("0x10000000000000000", &v), -ERANGE);
	assert_int_equal(parse_u64("0xFf", &v), 0);
	assert_int_equal(v, 255);
	assert_int_equal(parse_u64("010", &v), 0);
	assert_int_equal(v, 8);
	assert_int_equal(parse_u64("0", &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(parse_u32("4294967295", &w), 0);
	assert_int_equal(w, UINT32_MAX);
	assert_int_equal(parse_u32("4294967296", &w), -ERANGE);
}

static void signed_numbers(void **state)
{
	int64_t v = 5;

	(void)state;
	assert_int_equal(parse_s64("-9223372036854775808", &v), 0);
	assert_int_equal(v, INT64_MIN);
	assert_int_equal(parse_s64("-9223372036854775809", &v), -ERANGE);
	assert_int_equal(parse_s64("9223372036854775807", &v), 0);
	assert_int_equal(v, INT64_MAX);
	assert_int_equal(parse_s64("9223372036854775808", &v), -ERANGE);
	assert_int_equal(parse_s64("--1", &v), -EINVAL);
	assert_int_equal(parse_s64("-", &v), -EINVAL);
}

static void names_in_proc(void **state)
{
	uint32_t v = 5;

	(void)state;
	assert_int_equal(parse_decimal("100", 65535, &v), 0);
	assert_int_equal(v, 100);
	assert_int_equal(parse_decimal("0", 65535, &v), 0);
	assert_int_equal(parse_decimal("0100", 65535, &v), -EINVAL);
	assert_int_equal(parse_decimal("65536", 65535, &v), -EINVAL);
	assert_int_equal(parse_decimal("99999999999999999999", 65535, &v), -EINVAL);
	assert_int_equal(parse_decimal("info", 65535, &v), -EINVAL);
	assert_int_equal(parse_decimal("", 65535, &v), -EINVAL);
}

static void strings_grow(void **state)
{
	struct strbuf b = STRBUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(strbuf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		strbuf_addf(&b, "%d,", i);
	strbuf_add_char(&b, '!');
	assert_int_equal(strlen(strbuf_text(&b)), b.len);
	assert_int_equal(strbuf_steal(&b, &text), 0);
	assert_non_null(strstr(text, "998,999,!"));
	free(text);
	assert_string_equal(strbuf_text(&b), "");
	assert_int_equal(strbuf_steal(&b, &text), 0);
	assert_string_equal(text, "");
	free(text);
}

static void copy_of_a_string(void **state)
{
	char buf[4];

	(void)state;
	assert_true(copy_string(buf, sizeof(buf), "abc"));
	assert_string_equal(buf, "abc");
	assert_false(copy_string(buf, sizeof(buf), "abcd"));
	assert_string_equal(buf, "");
}

static void files_of_any_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 100000 };
	char path[] = "/tmp/vctx-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *data = malloc(sizes[i] + 1), *text = NULL;
		size_t len = 77;

		memset(data, 'd', sizes[i]);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(write_all(fd, data, sizes[i]), 0);
		assert_int_equal(read_file_at(AT_FDCWD, path, 100000, &text, &len), 0);
		assert_int_equal(len, sizes[i]);
		assert_int_equal(strlen(text), sizes[i]);
		free(text);
		free(data);
	}
	assert_int_equal(read_file_at(AT_FDCWD, path, 99999, &(char *){ NULL }, NULL), -EFBIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(read_file_at(AT_FDCWD, path, 1, &(char *){ NULL }, NULL), -ENOENT);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(names_in_proc),
		cmocka_unit_test(strings_grow),
		cmocka_unit_test(copy_of_a_string),
		cmocka_unit_test(files_of_any_size),
	};

	return cmocka_run_group_tests_name("lib/shared", tests, NULL, NULL);
}
