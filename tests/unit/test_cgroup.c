// SPDX-License-Identifier: GPL-2.0-or-later
/* test_cgroup - ctx-tools/common/cgroup: values, configuration, groups of a tree that is none of the kernel's */
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
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"
#include "config.h"
#include "groups.h"
#include "path.h"
#include "util.h"
#include "xalloc.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

static int dir = -1;
static char dir_name[64];
static struct fake_cgroup fake;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir_name, sizeof(dir_name), "/tmp/test_cgroup.XXXXXX");
	if (!mkdtemp(dir_name))
		return -1;
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fake = (struct fake_cgroup){ .controllers = "cpuset cpu io memory pids\n" };
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fail f = { 0 };

	(void)state;
	fake_cgroup = NULL;
	(void)close(dir);
	return path_remove_tree(AT_FDCWD, dir_name, true, &f);
}

static void put(const char *path, const char *text)
{
	_cleanup_free_ char *copy = strdup(path);
	int fd;

	for (char *s = strchr(copy, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		(void)mkdirat(dir, copy, 0755);
		*s = '/';
	}
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
}

static void has(const char *path, const char *text)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(read_file_at(dir, path, 65536, &got, NULL), 0);
	assert_string_equal(got, text);
}

/* ---- values ---- */

static void value(const char *key, const char *text, const char *wanted)
{
	_cleanup_free_ char *got = NULL;
	struct fail f = { 0 };
	int r = cgroup_value(key, text, &got, &f);

	if (wanted) {
		assert_int_equal(r, 0);
		assert_string_equal(got, wanted);
	} else {
		assert_true(r < 0);
		assert_true(f.text[0]);
	}
}

static void sizes_have_suffixes(void **state)
{
	(void)state;
	value("memory.max", "4096", "4096");
	value("memory.max", "1K", "1024");
	value("memory.max", "1k", "1000");
	value("memory.high", "2G", "2147483648");
	value("memory.swap.max", "1T", "1099511627776");
	value("memory.max", "0", "0");
	value("memory.max", "max", "max");
	value("memory.max", "inf", "max");
	value("memory.max", "", NULL);
	value("memory.max", "K", NULL);
	value("memory.max", "-1", NULL);
	value("memory.max", "1.5G", NULL);
	value("memory.max", "1GB", NULL);
	value("memory.max", "99999999999T", NULL);
	value("memory.max", "9223372036854775808", NULL);
}

static void counts_and_switches(void **state)
{
	(void)state;
	value("pids.max", "100", "100");
	value("pids.max", "max", "max");
	value("pids.max", "1K", NULL);
	value("memory.oom.group", "1", "1");
	value("memory.oom.group", "yes", NULL);
	value("cpu.weight", "10000", "10000");
	value("cpu.weight", "0", NULL);
	value("cpu.weight", "10001", NULL);
	value("cpu.weight.nice", "-20", "-20");
	value("cpu.weight.nice", "20", NULL);
	value("cpu.max.burst", "1000", "1000");
	value("cpu.max.burst", "-1", NULL);
}

static void bandwidth_in_percent_or_microseconds(void **state)
{
	(void)state;
	value("cpu.max", "max", "max 100000");
	value("cpu.max", "150%", "150000 100000");
	value("cpu.max", "50% 20000", "10000 20000");
	value("cpu.max", "50000", "50000 100000");
	value("cpu.max", "50000 200000", "50000 200000");
	value("cpu.max", "max 5000", "max 5000");
	value("cpu.max", "0%", NULL);
	value("cpu.max", "999 100000", NULL);
	value("cpu.max", "50000 999", NULL);
	value("cpu.max", "50000 1000001", NULL);
	value("cpu.max", "1% 1000", NULL);
	value("cpu.max", "1 2 3", NULL);
	value("cpu.max", "", NULL);
}

static void lists_of_processors(void **state)
{
	(void)state;
	value("cpuset.cpus", "0-3,5", "0-3,5");
	value("cpuset.cpus", "", "");
	value("cpuset.cpus", "3-1", NULL);
	value("cpuset.cpus", "a", NULL);
	value("cpuset.cpus", "1--2", NULL);
	value("cpuset.cpus", "0-", NULL);
}

static void devices_become_numbers(void **state)
{
	struct stat st;
	char number[32];
	_cleanup_free_ char *got = NULL, *text = NULL;
	struct fail f = { 0 };

	(void)state;
	value("io.max", "8:16 rbps=1M wiops=max", "8:16 rbps=1048576 wiops=max");
	value("io.max", "8:16", NULL);
	value("io.max", "8:16 bps=1", NULL);
	value("io.max", "8:16 rbps", NULL);
	value("io.max", "8:16 rbps=0", NULL);
	value("io.max", "8:16 rbps=fast", NULL);
	value("io.max", "sda rbps=1M", NULL);
	value("io.max", "/no/such/device rbps=1M", NULL);
	value("io.max", "/proc rbps=1M", NULL);
	value("io.weight", "200", "default 200");
	value("io.weight", "default 200", "default 200");
	value("io.weight", "8:16 50", "8:16 50");
	value("io.weight", "8:16 0", NULL);
	value("io.weight", "8:16 50 60", NULL);
	/* where a directory lies, if that is a disc here */
	if (stat(dir_name, &st) < 0 || !major(st.st_dev))
		return;
	(void)snprintf(number, sizeof(number), "%u:", major(st.st_dev));
	text = xasprintf("%s rbps=1M", dir_name);
	assert_int_equal(cgroup_value("io.max", text, &got, &f), 0);
	assert_int_equal(strncmp(got, number, strlen(number)), 0);
}

static void others_are_as_they_are(void **state)
{
	(void)state;
	value("hugetlb.2MB.max", "1 2 3", "1 2 3");
	assert_null(cgroup_knob("hugetlb.2MB.max"));
	assert_true(cgroup_has_lines("io.max"));
	assert_false(cgroup_has_lines("memory.max"));
}

static void settings_replace_each_other(void **state)
{
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(cgroup_add(&s, "pids.max", "10", &f), 0);
	assert_int_equal(cgroup_add(&s, "io.max", "8:0 rbps=1K", &f), 0);
	assert_int_equal(cgroup_add(&s, "pids.max", "20", &f), 0);
	assert_int_equal(cgroup_add(&s, "io.max", "8:16 rbps=2K", &f), 0);
	assert_int_equal(cgroup_add(&s, "io.max", "8:0 rbps=3K", &f), 0);
	assert_int_equal(s.count, 3);
	assert_string_equal(cgroup_find(&s, "pids.max")->value, "20");
	assert_string_equal(s.list[1].value, "8:0 rbps=3072");
	assert_string_equal(s.list[1].text, "8:0 rbps=3K");
	assert_string_equal(s.list[2].value, "8:16 rbps=2048");
	cgroup_settings_free(&s);
}

static void pages_are_memory(void **state)
{
	unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };
	char text[32];

	(void)state;
	assert_int_equal(cgroup_add_pages(&s, "rss", 0, UINT64_MAX, 1000, &f), 1);
	(void)snprintf(text, sizeof(text), "%llu", 1000 * page);
	assert_string_equal(cgroup_find(&s, "memory.max")->value, text);
	assert_null(cgroup_find(&s, "memory.high"));
	/* the smaller one counts */
	assert_int_equal(cgroup_add_pages(&s, "anon", 5, 600, 2000, &f), 1);
	assert_string_equal(cgroup_find(&s, "memory.max")->value, text);
	(void)snprintf(text, sizeof(text), "%llu", 600 * page);
	assert_string_equal(cgroup_find(&s, "memory.high")->value, text);
	(void)snprintf(text, sizeof(text), "%llu", 5 * page);
	assert_string_equal(cgroup_find(&s, "memory.min")->value, text);
	cgroup_settings_free(&s);
	/* no limit is none */
	assert_int_equal(cgroup_add_pages(&s, "rss", 0, UINT64_MAX, UINT64_MAX, &f), 1);
	assert_int_equal(s.count, 0);
	assert_int_equal(cgroup_add_pages(&s, "memlock", 0, 1, 1, &f), 0);
	assert_int_equal(cgroup_add_pages(&s, "as", 0, 1, 1, &f), 0);
	assert_int_equal(s.count, 0);
	cgroup_settings_free(&s);
}

/* ---- configuration ---- */

static void nothing_configured_is_no_group(void **state)
{
	struct cgroup_config c;
	struct fail f = { 0 };

	(void)state;
	put("web1/context", "100\n");
	{
		_cleanup_close_ int cfg = openat(dir, "web1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		_cleanup_free_ char *path = NULL;

		assert_int_equal(cgroup_config_read(cfg, -1, "web1", &c, &f), 0);
		assert_false(cgroup_is_wanted(&c));
		path = cgroup_path(&c);
		assert_string_equal(path, "vservers/web1");
		assert_string_equal(c.mnt, "/sys/fs/cgroup");
		cgroup_config_free(&c);
	}
}

static void all_places_are_read(void **state)
{
	struct cgroup_config c;
	struct fail f = { 0 };

	(void)state;
	put("cgroup/memory.max", "1G\n");
	put("cgroup/memory.limit_in_bytes", "5\n");
	put("cgroup/io.max", "# discs\n8:0 rbps=1M\n8:16 wbps=1M\n");
	put("cgroup/mount", "");
	put("cgroup/base", "some/where\n");
	put("cpuset/cpus", "0-1\n");
	put("cpuset/virtualized", "");
	put("cpuset/name", "x\n");
	put("sched/fill-rate", "10\n");
	put("sched/interval", "100\n");
	put("sched/priority-bias", "2\n");
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), 0);
	assert_true(c.mount);
	assert_string_equal(c.base, "some/where");
	assert_string_equal(cgroup_find(&c.settings, "memory.max")->value, "1073741824");
	assert_string_equal(cgroup_find(&c.settings, "memory.max")->text, "1G");
	assert_string_equal(cgroup_find(&c.settings, "cpuset.cpus")->value, "0-1");
	/* of both processors it may use */
	assert_string_equal(cgroup_find(&c.settings, "cpu.max")->value, "20000 100000");
	assert_string_equal(cgroup_find(&c.settings, "cpu.weight.nice")->value, "2");
	assert_int_equal(c.settings.count, 7);
	assert_string_equal(c.unsupported[0], "cgroup/memory.limit_in_bytes");
	assert_string_equal(c.unsupported[1], "cpuset/virtualized");
	assert_null(c.unsupported[2]);
	cgroup_config_free(&c);
	/* new words count more */
	put("cgroup/cpu.max", "70%\n");
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), 0);
	assert_string_equal(cgroup_find(&c.settings, "cpu.max")->value, "70000 100000");
	assert_null(cgroup_find(&c.settings, "cpu.max.burst"));
	cgroup_config_free(&c);
}

static void mistakes_name_file_and_value(void **state)
{
	struct cgroup_config c;
	struct fail f = { 0 };

	(void)state;
	put("cgroup/memory.max", "much\n");
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), -EINVAL);
	assert_string_equal(
		f.text,
		"bad value in 'cgroup/memory.max': 'much': not a size: bytes, with K, M, G or T behind, or max");
	put("cgroup/memory.max", "1G\n");
	put("cgroup/name", "../x\n");
	f = (struct fail){ 0 };
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), -EINVAL);
	assert_string_equal(f.text, "bad value in 'cgroup/name': '../x' is no name of a group");
	/* the group of all guests */
	put("cgroup/name", "x/.\n");
	f = (struct fail){ 0 };
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), -EINVAL);
	put("cgroup/name", ".\n");
	f = (struct fail){ 0 };
	assert_int_equal(cgroup_config_read(dir, -1, "web1", &c, &f), -EINVAL);
}

static void defaults_are_for_those_without(void **state)
{
	struct cgroup_config c;
	struct fail f = { 0 };
	_cleanup_close_ int cfg = -1, def = -1;

	(void)state;
	put(".defaults/cgroup/pids.max", "5\n");
	put(".defaults/cgroup/name", "all\n");
	put("web1/context", "1\n");
	cfg = openat(dir, "web1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	def = openat(dir, ".defaults", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(cgroup_config_read(cfg, def, "web1", &c, &f), 0);
	assert_true(c.inherited);
	assert_string_equal(c.name, "web1");
	assert_string_equal(c.unsupported[0], ".defaults/cgroup/name");
	assert_string_equal(cgroup_find(&c.settings, "pids.max")->value, "5");
	cgroup_config_free(&c);
	put("web1/nocgroup", "");
	assert_int_equal(cgroup_config_read(cfg, def, "web1", &c, &f), 0);
	assert_false(cgroup_is_wanted(&c));
	cgroup_config_free(&c);
}

static void saving_keeps_the_rest(void **state)
{
	struct fail f = { 0 };
	_cleanup_close_ int cfg = -1, def = -1;

	(void)state;
	put(".defaults/cgroup/pids.max", "5\n");
	put(".defaults/cgroup/base", "all\n");
	put("web1/context", "1\n");
	cfg = openat(dir, "web1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	def = openat(dir, ".defaults", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(cgroup_save(cfg, def, "memory.max", "2G", &f), 0);
	has("web1/cgroup/memory.max", "2G\n");
	has("web1/cgroup/pids.max", "5\n");
	assert_false(config_exists(cfg, "cgroup/base"));
	assert_int_equal(cgroup_save(cfg, def, "memory.max", "3G", &f), 0);
	has("web1/cgroup/memory.max", "3G\n");
	assert_int_equal(cgroup_save(cfg, def, "io.max", "8:0 rbps=1M", &f), 0);
	assert_int_equal(cgroup_save(cfg, def, "io.max", "8:16 rbps=1M", &f), 0);
	assert_int_equal(cgroup_save(cfg, def, "io.max", "8:0 wbps=2M", &f), 0);
	has("web1/cgroup/io.max", "8:0 wbps=2M\n8:16 rbps=1M\n");
	/* a disc that is away now */
	put("web1/cgroup/io.max", "/dev/no-such-disc rbps=1M\n8:0 rbps=1M\n");
	assert_int_equal(cgroup_save(cfg, def, "io.max", "8:0 rbps=5M", &f), 0);
	has("web1/cgroup/io.max", "/dev/no-such-disc rbps=1M\n8:0 rbps=5M\n");
}

/* ---- groups ---- */

static void make_settings(struct cgroup_settings *s)
{
	struct fail f = { 0 };

	assert_int_equal(cgroup_add(s, "cpu.max", "50%", &f), 0);
	assert_int_equal(cgroup_add(s, "cpu.max.burst", "20000", &f), 0);
	assert_int_equal(cgroup_add(s, "memory.max", "64M", &f), 0);
}

static void group_is_made_with_controllers_above_it(void **state)
{
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };
	int fd;

	(void)state;
	make_settings(&s);
	fake_cgroup = &fake;
	fd = cgroup_make(dir, "vservers/web1", &s, true, &f);
	fake_cgroup = NULL;
	assert_true(fd >= 0);
	(void)close(fd);
	has("vservers/web1/memory.max", "67108864\n");
	has("vservers/web1/cpu.max", "50000 100000\n");
	/* no burst may be larger than the quota, not even in between */
	has("vservers/web1/cpu.max.burst", "0\n20000\n");
	has("vservers/web1/cgroup.max.depth", "32\n");
	{
		_cleanup_free_ char *top = NULL, *base = NULL;

		assert_int_equal(read_file_at(dir, "cgroup.subtree_control", 4096, &top, NULL), 0);
		assert_int_equal(read_file_at(dir, "vservers/cgroup.subtree_control", 4096, &base, NULL), 0);
		assert_true(strstr(top, "+cpu\n") && strstr(top, "+memory\n") && !strstr(top, "pids"));
		assert_true(strstr(base, "+cpu\n") && strstr(base, "+memory\n"));
	}
	assert_false(config_exists(dir, "vservers/web1/cgroup.subtree_control"));
	cgroup_settings_free(&s);
}

static void fails_with(const char *refuses, int error, bool missing, const char *text)
{
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };

	make_settings(&s);
	fake.refuses = refuses;
	fake.error = error;
	fake.missing = missing;
	fake_cgroup = &fake;
	assert_true(cgroup_make(dir, "vservers/web1", &s, false, &f) < 0);
	fake_cgroup = NULL;
	assert_string_equal(f.text, text);
	assert_false(config_exists(dir, "vservers/web1"));
	cgroup_settings_free(&s);
}

static void failures_leave_nothing(void **state)
{
	(void)state;
	fails_with("memory.max", EINVAL, false,
		   "cannot write '67108864' to cgroup file 'memory.max': Invalid argument");
	fails_with("memory.max", 0, true,
		   "cannot write '67108864' to cgroup file 'memory.max': this kernel does not have it");
	fails_with("cpu.max.burst", EINVAL, false, "cannot write '0' to cgroup file 'cpu.max.burst': Invalid argument");
	fails_with(
		"cgroup.subtree_control", EBUSY, false,
		"cannot hand on controller 'cpu' below cgroup '/': it has processes of its own; name another one in 'cgroup/base'");
	fails_with("cgroup.subtree_control", EOPNOTSUPP, false,
		   "cannot hand on controller 'cpu' below cgroup '/': it is threaded");
}

static void missing_controller_is_told(void **state)
{
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(cgroup_add(&s, "nonsense.max", "5", &f), 0);
	fake_cgroup = &fake;
	assert_true(cgroup_make(dir, "vservers/web1", &s, false, &f) < 0);
	fake_cgroup = NULL;
	assert_string_equal(f.text, "this kernel has no cgroup controller 'nonsense'");
	cgroup_settings_free(&s);
}

static void group_in_use_is_refused(void **state)
{
	struct cgroup_settings s = { 0 };
	struct fail f = { 0 };

	(void)state;
	put("vservers/web1/cgroup.events", "populated 1\nfrozen 0\n");
	fake_cgroup = &fake;
	assert_true(cgroup_make(dir, "vservers/web1", &s, false, &f) < 0);
	fake_cgroup = NULL;
	assert_string_equal(f.text, "cgroup 'vservers/web1' is in use by others");
	assert_true(config_exists(dir, "vservers/web1"));
}

static void removing_takes_what_is_below(void **state)
{
	char path[4096] = "vservers/web1";
	struct fail f = { 0 };

	(void)state;
	put("vservers/web1/cgroup.events", "populated 0\nfrozen 0\n");
	put("vservers/web1/a.b c/-x/cgroup.procs", "");
	put("vservers/web1/z/memory.max", "max\n");
	/* deeper than there are descriptors to spare */
	for (int i = 0; i < 300; i++) {
		(void)strncat(path, "/d", sizeof(path) - strlen(path) - 1);
		assert_int_equal(mkdirat(dir, path, 0755), 0);
	}
	fake_cgroup = &fake;
	assert_int_equal(cgroup_remove(dir, "vservers/web1", &f), 1);
	assert_int_equal(cgroup_remove(dir, "vservers/web1", &f), 0);
	assert_int_equal(cgroup_remove(dir, "nothing/there", &f), 0);
	fake_cgroup = NULL;
	assert_false(config_exists(dir, "vservers/web1"));
	assert_true(config_exists(dir, "vservers"));
}

static void numbers_are_found(void **state)
{
	uint64_t n = 0;

	(void)state;
	put("memory.max", "max\n");
	put("pids.current", "17\n");
	put("memory.events", "low 0\nhigh 3\nmax 44\noom 5\noom_kill 6\n");
	put("bad.file", "oops\n");
	assert_true(cgroup_number(dir, "memory.max", NULL, &n) && n == UINT64_MAX);
	assert_true(cgroup_number(dir, "pids.current", NULL, &n) && n == 17);
	assert_true(cgroup_number(dir, "memory.events", "oom", &n) && n == 5);
	assert_true(cgroup_number(dir, "memory.events", "oom_kill", &n) && n == 6);
	assert_false(cgroup_number(dir, "memory.events", "kill", &n));
	assert_false(cgroup_number(dir, "bad.file", NULL, &n));
	assert_false(cgroup_number(dir, "none.there", NULL, &n));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_have_suffixes),
		TEST(counts_and_switches),
		TEST(bandwidth_in_percent_or_microseconds),
		TEST(lists_of_processors),
		TEST(devices_become_numbers),
		TEST(others_are_as_they_are),
		TEST(settings_replace_each_other),
		TEST(pages_are_memory),
		TEST(nothing_configured_is_no_group),
		TEST(all_places_are_read),
		TEST(mistakes_name_file_and_value),
		TEST(defaults_are_for_those_without),
		TEST(saving_keeps_the_rest),
		TEST(group_is_made_with_controllers_above_it),
		TEST(failures_leave_nothing),
		TEST(missing_controller_is_told),
		TEST(group_in_use_is_refused),
		TEST(removing_takes_what_is_below),
		TEST(numbers_are_found),
	};

	return cmocka_run_group_tests_name("common/cgroup", tests, NULL, NULL);
}
