// SPDX-License-Identifier: GPL-2.0-or-later
/* test_common_limits - ctx-tools/common: rlimits, usage, OpenMetrics */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail
#include <vctx.h>

#include "kernel.h"
#include "openmetrics.h"
#include "out.h"
#include "procs.h"
#include "rlimits.h"
#include "usage.h"

static char dir[] = "/tmp/vctx-limits-XXXXXX";
static int dirfd_ = -1;

static int group_setup(void **state)
{
	(void)state;
	fake_reset();
	if (!mkdtemp(dir))
		return -1;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_ < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	char command[64];

	(void)state;
	(void)close(dirfd_);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static void write_file(const char *name, const char *text)
{
	int fd = openat(dirfd_, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "100", 100 }, { "0x10", 16 }, { "1K", 1024 }, { "2k", 2000 }, { "3M", 3145728 },
		{ "1G", 1073741824 }, { "1t", 1000000000000 }, { "inf", VCTX_LIMIT_INFINITY }, { "INF", VCTX_LIMIT_INFINITY },
		{ "unlimited", VCTX_LIMIT_INFINITY }, { "18446744073709551613", VCTX_LIMIT_KEEP - 1 },
	};
	static const char *const wrong[] = {
		"", "K", "-1", "+1", " 1", "1 ", "1KK", "1x", "1.5K", "18446744073709551614", "18446744073709551615",
		"18446744073709551616", "18014398509481984K", "99999999999999999999T", "infinity", "0x", "1KB",
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		v = 77;
		assert_int_equal(limit_parse_number(good[i].text, &v), 0);
		assert_true(v == good[i].value);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		v = 77;
		assert_int_equal(limit_parse_number(wrong[i], &v), -EINVAL);
		assert_int_equal(v, 77);
	}
}

static void bytes_where_pages_are_counted(void **state)
{
	uint64_t v, page = (uint64_t)sysconf(_SC_PAGESIZE);

	(void)state;
	assert_int_equal(limit_parse(VCTX_LIMIT_SHMEM, "64", &v), 0);
	assert_int_equal(v, 64);
	assert_int_equal(limit_parse(VCTX_LIMIT_SHMEM, "1MB", &v), 0);
	assert_int_equal(v, 1048576 / page);
	/* what is begun counts */
	assert_int_equal(limit_parse(VCTX_LIMIT_PIPEPAGES, "1B", &v), 0);
	assert_int_equal(v, 1);
	assert_int_equal(limit_parse(VCTX_LIMIT_MSGQUEUE, "8kB", &v), 0);
	assert_int_equal(v, 8000);
	assert_int_equal(limit_parse(VCTX_LIMIT_NPROC, "8kB", &v), -EINVAL);
	assert_int_equal(limit_parse(VCTX_LIMIT_SHMEM, "infB", &v), -EINVAL);
	assert_int_equal(limit_parse(VCTX_LIMIT_SHMEM, "B", &v), -EINVAL);
	assert_int_equal(limit_parse(99, "8B", &v), -EINVAL);
}

static struct vctx_limit_entry entry(uint64_t used, uint64_t hard)
{
	return (struct vctx_limit_entry){ .used = used, .hard = hard };
}

static void nearness(void **state)
{
	struct vctx_limit_entry e[] = { entry(5, VCTX_LIMIT_INFINITY), entry(79, 100), entry(8, 10), entry(0, 0) };

	(void)state;
	assert_int_equal(limit_percent(&e[0]), 0);
	assert_int_equal(limit_percent(&e[1]), 79);
	assert_int_equal(limit_percent(&e[3]), 0);
	e[3].hits = 1;
	assert_int_equal(limit_percent(&e[3]), 100);
	e[3] = entry(200, 100);		/* lowered below the use */
	assert_int_equal(limit_percent(&e[3]), 100);
	e[3] = entry(UINT64_MAX / 2, UINT64_MAX - 2);	/* does not overflow */
	assert_in_range(limit_percent(&e[3]), 49, 50);
	assert_ptr_equal(limits_worst(e, 3), &e[2]);
	assert_null(limits_worst(e, 1));
	assert_null(limits_worst(NULL, 0));
}

static void where_memory_is_limited(void **state)
{
	(void)state;
	assert_non_null(strstr(limit_refused(VCTX_LIMIT_RSS, -EINVAL), "vmemctrl"));
	assert_non_null(strstr(limit_refused(VCTX_LIMIT_MEMLOCK, -EOPNOTSUPP), "vmemctrl"));
	assert_null(strstr(limit_refused(VCTX_LIMIT_AS, -EINVAL), "vmemctrl"));
	assert_null(strstr(limit_refused(VCTX_LIMIT_RSS, -ESRCH), "vmemctrl"));
}

static void configuration(void **state)
{
	struct limits_config c = { .count = 7 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(limits_config_read(dirfd_, "rlimits", &c, &f), 0);
	assert_int_equal(mkdirat(dirfd_, "rlimits", 0755), 0);
	assert_int_equal(limits_config_read(dirfd_, "rlimits", &c, &f), 1);
	assert_int_equal(c.count, 0);
	write_file("rlimits/nproc", "100\n");
	write_file("rlimits/nproc.soft", " 50 \nanother line\n");
	write_file("rlimits/mounts.hard", "inf\n");
	write_file("rlimits/shmem", "1MB");
	write_file("rlimits/shmem.min", "1");
	write_file("rlimits/NOFILE", "1");
	write_file("rlimits/nofile.hard.old", "1");
	write_file("rlimits/nofile.hard~", "1");
	assert_int_equal(limits_config_read(dirfd_, "rlimits", &c, &f), 1);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.list[0].id, VCTX_LIMIT_NPROC);
	assert_int_equal(c.list[0].soft, 50);
	assert_int_equal(c.list[0].hard, 100);
	assert_int_equal(c.list[1].id, VCTX_LIMIT_SHMEM);
	assert_int_equal(c.list[2].id, VCTX_LIMIT_MOUNTS);
	assert_true(c.list[2].soft == VCTX_LIMIT_KEEP);
	assert_true(c.list[2].hard == VCTX_LIMIT_INFINITY);
	/* never ignored in silence */
	assert_string_equal(c.unknown[0], "rlimits/NOFILE");
	assert_string_equal(c.unknown[1], "rlimits/nofile.hard.old");
	assert_string_equal(c.unknown[2], "rlimits/shmem.min");
	assert_null(c.unknown[3]);
	limits_config_free(&c);
	write_file("rlimits/nproc", "-1\n");
	assert_int_equal(limits_config_read(dirfd_, "rlimits", &c, &f), -EINVAL);
	assert_string_equal(f.text, "bad value in 'rlimits/nproc': '-1' is not a limit");
}

static void saved_configuration(void **state)
{
	const struct vctx_limit_change change = { VCTX_LIMIT_KEYS, VCTX_LIMIT_INFINITY, 12 };
	const struct vctx_limit_change soft = { VCTX_LIMIT_KEYS, 5, VCTX_LIMIT_KEEP };
	struct limits_config c = { .count = 0 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(limits_config_save(dirfd_, "saved", &change, &f), 0);
	assert_int_equal(limits_config_read(dirfd_, "saved", &c, &f), 1);
	assert_int_equal(c.count, 1);
	assert_true(c.list[0].soft == VCTX_LIMIT_INFINITY);
	assert_int_equal(c.list[0].hard, 12);
	limits_config_free(&c);
	assert_int_equal(limits_config_save(dirfd_, "saved", &soft, &f), 0);
	assert_int_equal(limits_config_read(dirfd_, "saved", &c, &f), 1);
	assert_int_equal(c.list[0].soft, 5);
	assert_int_equal(c.list[0].hard, 12);
	limits_config_free(&c);
	write_file("file", "");
	assert_true(limits_config_save(dirfd_, "file", &soft, &f) < 0);
}

static void own_limits(void **state)
{
	static const char text[] = "Limit            Used   Peak   Soft   Hard  Refused\n"
				   "nproc              10     12      5 unlimited   3\n"
				   "novelty             1      2      3         4   5\n";
	static const char *const wrong[] = {
		"", "\n", "Limits\n", "Limit \nnproc 1 2 3 4\n", "Limit \nnproc 1 2 3 4 5 6\n", "Limit \nnproc a 2 3 4 5\n",
		"Limit \nnproc -1 2 3 4 5\n", "Limit \nnproc 0x1 2 3 4 5\n", "Limit \n 1 2 3 4 5\n", "Limit \n\nnproc 1 2 3 4 5\n",
		"Limit \nnproc 99999999999999999999 2 3 4 5\n", "Limit \naveryveryverylongname 1 2 3 4 5\n",
	};
	struct vctx_limit_entry *list = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(limits_parse_self(text, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].id, VCTX_LIMIT_NPROC);
	assert_int_equal(list[0].used, 10);
	assert_int_equal(list[0].peak, 12);
	assert_int_equal(list[0].soft, 5);
	assert_true(list[0].hard == VCTX_LIMIT_INFINITY);
	assert_int_equal(list[0].hits, 3);
	assert_string_equal(list[1].name, "novelty");
	assert_int_equal(list[1].id, VCTX_LIMIT_MAX_);
	free(list);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		list = NULL;
		assert_int_equal(limits_parse_self(wrong[i], &list, &count), -EINVAL);
		assert_null(list);
	}
}

static void texts_of_sizes_and_times(void **state)
{
	char buf[USAGE_TEXT_SIZE];

	(void)state;
	assert_string_equal(usage_size_text(0, buf), "0 ");
	assert_string_equal(usage_size_text(999, buf), "999 ");
	assert_string_equal(usage_size_text(1000, buf), "1K");
	assert_string_equal(usage_size_text(1536 * 1024, buf), "1.5M");
	assert_string_equal(usage_size_text(UINT64_MAX, buf), "1.6E");
	assert_string_equal(usage_time_text(61230000000, buf), "1m01s23");
	assert_string_equal(usage_time_text(3723000000000, buf), "1h02m03");
	assert_string_equal(usage_time_text(90061000000000, buf), "1d01h01");
	assert_string_equal(usage_time_text(1001ULL * 86400 * 1000000000, buf), "2y271d00");
}

static char *written(void (*write_it)(FILE *f))
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write_it(f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void write_metrics(FILE *f)
{
	metric_family(f, "a_seconds", METRIC_COUNTER, "seconds", "Help.");
	metric_sample(f, METRIC_COUNTER, "a_seconds", "x", "a\"b\\c\nd\303\244\377", "y", "");
	metric_ns(f, 1000000005);
	metric_family(f, "b", METRIC_GAUGE, NULL, "Help.");
	metric_sample(f, METRIC_GAUGE, "b");
	metric_limit(f, UINT64_MAX);
	metric_family(f, "c", METRIC_INFO, NULL, "Help.");
	metric_sample(f, METRIC_INFO, "c", "v", "1");
	metric_number(f, 1);
	metric_end(f);
}

static void metrics(void **state)
{
	char *text = written(write_metrics);

	(void)state;
	assert_string_equal(text, "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Help.\n"
			    "a_seconds_total{x=\"a\\\"b\\\\c\\nd\303\244\357\277\275\",y=\"\"} 1.000000005\n"
			    "# TYPE b gauge\n# HELP b Help.\nb +Inf\n"
			    "# TYPE c info\n# HELP c Help.\nc_info{v=\"1\"} 1\n# EOF\n");
	free(text);
}

static void write_line(FILE *f)
{
	struct json j = JSON_LINE(f);

	json_object(&j, NULL);
	json_string(&j, "a", "\n\"");
	json_list(&j, "b");
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	json_end(&j);
	json_limit(&j, "c", VCTX_LIMIT_INFINITY);
	json_end(&j);
}

static void json_in_one_line(void **state)
{
	char *text = written(write_line);

	(void)state;
	assert_string_equal(text, "{\"a\":\"\\n\\\"\",\"b\":[1,2],\"c\":null}\n");
	free(text);
}

static void names_of_processes(void **state)
{
	struct proc p;
	char text[] = "a\033[31m\303\244\200~ z";

	(void)state;
	assert_int_equal(procs_parse_stat("42 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 3 18 1234 8192 2 99", &p), 0);
	assert_string_equal(p.comm, "a) b (c");
	assert_int_equal(p.state, 'R');
	assert_int_equal(procs_parse_stat("42 ) R 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 3 18 1234 8192 2 99", &p), -EINVAL);
	clean_ascii(text);
	assert_string_equal(text, "a?[31m???~ z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(bytes_where_pages_are_counted),
		cmocka_unit_test(nearness),
		cmocka_unit_test(where_memory_is_limited),
		cmocka_unit_test(configuration),
		cmocka_unit_test(saved_configuration),
		cmocka_unit_test(own_limits),
		cmocka_unit_test(texts_of_sizes_and_times),
		cmocka_unit_test(metrics),
		cmocka_unit_test(json_in_one_line),
		cmocka_unit_test(names_of_processes),
	};

	return cmocka_run_group_tests_name("common/limits", tests, group_setup, group_teardown);
}
