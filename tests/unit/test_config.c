// SPDX-License-Identifier: GPL-2.0-or-later
/* test_config - ctx-tools/common/config: files, lists, fstab, interfaces */
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

#include "cleanup.h"
#include "config.h"
#include "path.h"
#include "util.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

static int dir = -1;
static char dir_name[64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir_name, sizeof(dir_name), "/tmp/test_config.XXXXXX");
	if (!mkdtemp(dir_name))
		return -1;
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fail f = { 0 };

	(void)state;
	(void)close(dir);
	return path_remove_tree(AT_FDCWD, dir_name, true, &f);
}

static void put(const char *path, const char *text)
{
	char *copy = strdup(path);
	int fd;

	for (char *s = strchr(copy, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		(void)mkdirat(dir, copy, 0755);
		*s = '/';
	}
	free(copy);
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
}

static void scalar_is_first_line_without_blanks(void **state)
{
	_cleanup_free_ char *text = NULL, *no_newline = NULL, *empty = NULL;
	struct fail f = { 0 };

	(void)state;
	put("a", "  two words \t\nsecond line\n");
	assert_int_equal(config_text(dir, "a", &text, &f), 1);
	assert_string_equal(text, "two words");
	put("a", "end");
	assert_int_equal(config_text(dir, "a", &no_newline, &f), 1);
	assert_string_equal(no_newline, "end");
	put("a", "");
	assert_int_equal(config_text(dir, "a", &empty, &f), 1);
	assert_string_equal(empty, "");
}

static void missing_file_is_no_error(void **state)
{
	struct fail f = { 0 };
	char *text = NULL;

	(void)state;
	assert_int_equal(config_text(dir, "none", &text, &f), 0);
	assert_null(text);
	assert_int_equal(config_text(dir, "none/at/all", &text, &f), 0);
	assert_int_equal(f.error, 0);
}

static void dangling_link_is_an_error(void **state)
{
	struct fail f = { 0 };
	char *text = NULL;

	(void)state;
	assert_int_equal(symlinkat("nowhere", dir, "link"), 0);
	assert_int_equal(config_text(dir, "link", &text, &f), -ENOENT);
	assert_string_equal(f.text, "cannot read 'link': No such file or directory");
}

static void fifo_directory_and_binary_are_refused(void **state)
{
	struct fail f = { 0 }, g = { 0 }, h = { 0 };
	char *text = NULL;
	int fd;

	(void)state;
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_true(config_text(dir, "fifo", &text, &f) < 0);
	assert_string_equal(f.text, "cannot read 'fifo': not a regular file");
	assert_int_equal(mkdirat(dir, "sub", 0700), 0);
	assert_true(config_text(dir, "sub", &text, &g) < 0);
	fd = openat(dir, "nul", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write_all(fd, "a\0b", 3), 0);
	(void)close(fd);
	assert_true(config_text(dir, "nul", &text, &h) < 0);
	assert_null(text);
}

static void lists_skip_comments_only_where_they_are_such(void **state)
{
	_cleanup_strv_ char **words = NULL, **args = NULL;
	struct fail f = { 0 };

	(void)state;
	put("l", "one\n# comment\n\n  two  \n#3\nfour");
	assert_int_equal(config_list(dir, "l", CONFIG_COMMENTS, &words, &f), 1);
	assert_string_equal(words[0], "one");
	assert_string_equal(words[1], "two");
	assert_string_equal(words[2], "four");
	assert_null(words[3]);
	assert_int_equal(config_list(dir, "l", 0, &args, &f), 1);
	assert_string_equal(args[1], "# comment");
	assert_string_equal(args[3], "#3");
}

static void numbers_are_checked(void **state)
{
	static const char *const wrong[] = { "", "x", "1x", "-1", "1", "65536", "99999999999999999999" };
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct fail f = { 0 };

		put("n", wrong[i]);
		assert_true(config_number(dir, "n", 2, 65535, &n, &f) < 0);
		assert_non_null(strstr(f.text, "bad value in 'n': '"));
	}
	assert_int_equal(n, 7);
	put("n", " 0x10 \n");
	{
		struct fail f = { 0 };

		assert_int_equal(config_number(dir, "n", 2, 65535, &n, &f), 1);
	}
	assert_int_equal(n, 16);
}

static void environment_wants_assignments(void **state)
{
	_cleanup_strv_ char **env = NULL;
	struct fail f = { 0 }, g = { 0 }, h = { 0 };

	(void)state;
	put("e", "# c\nPATH=/bin:/usr/bin\nEMPTY=\n");
	assert_int_equal(config_environment(dir, "e", &env, &f), 1);
	assert_string_equal(env[0], "PATH=/bin:/usr/bin");
	assert_string_equal(env[1], "EMPTY=");
	put("e", "PATH /bin\n");
	assert_true(config_environment(dir, "e", &env, &g) < 0);
	put("e", "9A=x\n");
	assert_true(config_environment(dir, "e", &env, &h) < 0);
}

static void links_become_absolute(void **state)
{
	_cleanup_free_ char *abs = NULL, *rel = NULL, *sub = NULL, *plain = NULL;
	struct fail f = { 0 }, g = { 0 };

	(void)state;
	assert_int_equal(symlinkat("/somewhere", dir, "l1"), 0);
	assert_int_equal(symlinkat("near", dir, "l2"), 0);
	assert_int_equal(mkdirat(dir, "s", 0755), 0);
	assert_int_equal(symlinkat("../x", dir, "s/l3"), 0);
	assert_int_equal(config_link(dir, "/c", "l1", &abs, &f), 1);
	assert_string_equal(abs, "/somewhere");
	assert_int_equal(config_link(dir, "/c", "l2", &rel, &f), 1);
	assert_string_equal(rel, "/c/near");
	assert_int_equal(config_link(dir, "/c", "s/l3", &sub, &f), 1);
	assert_string_equal(sub, "/c/s/../x");
	assert_int_equal(config_link(dir, "/c", "s", &plain, &f), 1);
	assert_string_equal(plain, "/c/s");
	assert_int_equal(config_link(dir, "/c", "none", &plain, &f), 0);
	put("file", "x");
	assert_true(config_link(dir, "/c", "file", &plain, &g) < 0);
}

static void names_are_sorted_without_backups(void **state)
{
	static const char *const make[] = { "b", "a", "a~", ".hidden", "x.rpmsave", "c.~1700000000~", "d.dpkg-old" };
	_cleanup_strv_ char **names = NULL;
	struct fail f = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(make); i++)
		put(make[i], "");
	assert_int_equal(config_names(dir, ".", &names, &f), 1);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_null(names[2]);
}

static void fstab_fields(void **state)
{
	struct config_mounts m;
	struct fail f = { 0 };

	(void)state;
	put("fstab", "# c\n\nnone\t/proc  proc\n  /a\\040b /mnt/x\\011y none bind,ro 0 0\n");
	assert_int_equal(config_fstab(dir, "fstab", &m, &f), 1);
	assert_int_equal(m.count, 2);
	assert_string_equal(m.list[0].target, "/proc");
	assert_string_equal(m.list[0].options, "defaults");
	assert_int_equal(m.list[0].line, 3);
	assert_string_equal(m.list[1].source, "/a b");
	assert_string_equal(m.list[1].target, "/mnt/x\ty");
	assert_string_equal(m.list[1].options, "bind,ro");
	config_mounts_free(&m);
}

static void fstab_mistakes_name_the_line(void **state)
{
	struct config_mounts m;
	struct fail f = { 0 }, g = { 0 };

	(void)state;
	put("fstab", "none /proc proc\nnone /tmp\n");
	assert_true(config_fstab(dir, "fstab", &m, &f) < 0);
	assert_string_equal(f.text, "fstab:2: needs source, directory, type");
	put("fstab", "none tmp tmpfs size=1m\n");
	assert_true(config_fstab(dir, "fstab", &m, &g) < 0);
	assert_string_equal(g.text, "fstab:1: 'tmp' is not an absolute path");
}

static void interfaces_inherit(void **state)
{
	struct config_interfaces i;
	struct fail f = { 0 };

	(void)state;
	put("interfaces/dev", "eth0\n");
	put("interfaces/prefix", "24\n");
	put("interfaces/0/ip", "192.0.2.1\n");
	put("interfaces/1/ip", "2001:db8::1/64\n");
	put("interfaces/1/nodev", "");
	put("interfaces/2/ip", "192.0.2.9\n");
	put("interfaces/2/disabled", "");
	assert_int_equal(config_read_interfaces(dir, "interfaces", &i, &f), 1);
	assert_int_equal(i.count, 2);
	assert_string_equal(i.list[0].dev, "eth0");
	assert_int_equal(i.list[0].prefix, 24);
	assert_false(i.list[0].v6);
	assert_null(i.list[1].dev);
	assert_int_equal(i.list[1].prefix, 64);
	assert_true(i.list[1].v6);
	config_interfaces_free(&i);
}

static void interfaces_mistakes(void **state)
{
	static const struct {
		const char *path, *text, *wanted;
	} cases[] = {
		{ "interfaces/0/ip", "192.0.2.256", "is not an IP address" },
		{ "interfaces/0/ip", "192.0.2.1/33", "is not a prefix length" },
		{ "interfaces/0/mask", "255.0.255.0", "is not a network mask" },
		{ "interfaces/0/dev", "a/b", "is not the name of a network device" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
		struct config_interfaces i;
		struct fail f = { 0 };

		put("interfaces/0/ip", "192.0.2.1");
		put("interfaces/0/mask", "255.255.255.0");
		put("interfaces/0/dev", "eth0");
		put(cases[n].path, cases[n].text);
		assert_true(config_read_interfaces(dir, "interfaces", &i, &f) < 0);
		assert_non_null(strstr(f.text, cases[n].wanted));
	}
}

static void interfaces_details(void **state)
{
	struct config_interfaces i;
	struct fail f = { 0 };

	(void)state;
	put("interfaces/dev", "eth0\n");
	put("interfaces/prefix", "24\n");
	put("interfaces/bcast", "192.0.2.255\n");
	put("interfaces/scope", "link\n");
	put("interfaces/lback", "127.9.9.1\n");
	put("interfaces/vlandev", "");
	put("interfaces/0/ip", "192.0.2.1\n");
	put("interfaces/0/name", "web\n");
	put("interfaces/0/novlandev", "");
	put("interfaces/0/down", "");
	put("interfaces/1/ip", "2001:db8::1\n");
	put("interfaces/1/peer", "2001:db8::2\n");
	put("interfaces/1/scope", "253\n");
	put("interfaces/2/ip", "2001:db8::3\n");
	put("interfaces/2/prefix", "32\n");
	put("interfaces/2/dev", "eth0.5\n");
	put("interfaces/3/ip", "192.0.2.3\n");
	put("interfaces/3/bcast", "192.0.2.127\n");
	assert_int_equal(config_read_interfaces(dir, "interfaces", &i, &f), 1);
	assert_int_equal(i.count, 4);
	assert_string_equal(i.loopback, "127.9.9.1");
	assert_string_equal(i.broadcast, "192.0.2.255");
	assert_string_equal(i.list[0].label, "web");
	assert_string_equal(i.list[0].broadcast, "192.0.2.255");
	assert_int_equal(i.list[0].scope, 253);
	assert_int_equal(i.list[0].vlan, 0);
	assert_true(i.list[0].down);
	assert_null(i.list[0].peer);
	/* the common prefix and broadcast address are none of IPv6 */
	assert_int_equal(i.list[1].prefix, 128);
	assert_null(i.list[1].broadcast);
	assert_string_equal(i.list[1].peer, "2001:db8::2");
	assert_int_equal(i.list[1].vlan, 1);
	assert_false(i.list[1].down);
	assert_int_equal(i.list[2].prefix, 32);
	assert_string_equal(i.list[3].broadcast, "192.0.2.127");
	config_interfaces_free(&i);
	/* one that can only be meant for IPv6 is taken */
	put("interfaces/prefix", "64\n");
	put("interfaces/0/prefix", "24\n");
	put("interfaces/3/prefix", "24\n");
	assert_int_equal(config_read_interfaces(dir, "interfaces", &i, &f), 1);
	assert_int_equal(i.list[1].prefix, 64);
	config_interfaces_free(&i);
}

static void interfaces_details_mistakes(void **state)
{
	static const struct {
		const char *path, *text, *good, *wanted;
	} cases[] = {
		{ "interfaces/0/scope", "far", "host", "interfaces/0: 'far' is not a scope" },
		{ "interfaces/0/peer", "::1", "192.0.2.2", "bad value in 'interfaces/0/peer': '::1' is not an IPv4 address" },
		{ "interfaces/0/bcast", "all", "192.0.2.3", "bad value in 'interfaces/0/bcast': 'all' is not an IPv4 address" },
		{ "interfaces/0/name", "elevenchars", "short",
		  "interfaces/0: the label 'eth0:elevenchars' is longer than 15 characters" },
		{ "interfaces/lback", "::1", "127.0.0.2", "bad value in 'interfaces/lback': '::1' is not an IPv4 address" },
		{ "interfaces/lback", "10.0.0.1", "127.0.0.2", "bad value in 'interfaces/lback': '10.0.0.1' is not in 127.0.0.0/8" },
		{ "interfaces/bcast", "", "192.0.2.255", "bad value in 'interfaces/bcast': '' is not an IPv4 address" },
	};

	(void)state;
	put("interfaces/0/ip", "192.0.2.1");
	put("interfaces/0/dev", "eth0");
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
		struct config_interfaces i;
		struct fail f = { 0 };

		put(cases[n].path, cases[n].text);
		assert_true(config_read_interfaces(dir, "interfaces", &i, &f) < 0);
		assert_string_equal(f.text, cases[n].wanted);
		put(cases[n].path, cases[n].good);
		assert_int_equal(config_read_interfaces(dir, "interfaces", &i, &f), 1);
		config_interfaces_free(&i);
	}
}

static void interface_without_address_or_device(void **state)
{
	struct config_interfaces i;
	struct fail f = { 0 }, g = { 0 };

	(void)state;
	put("interfaces/x/name", "l");
	assert_true(config_read_interfaces(dir, "interfaces", &i, &f) < 0);
	assert_string_equal(f.text, "interfaces/x has no file 'ip'");
	put("interfaces/x/ip", "192.0.2.1");
	assert_true(config_read_interfaces(dir, "interfaces", &i, &g) < 0);
	assert_string_equal(g.text, "interfaces/x has neither 'dev' nor 'nodev'");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(scalar_is_first_line_without_blanks), T(missing_file_is_no_error), T(dangling_link_is_an_error),
		T(fifo_directory_and_binary_are_refused), T(lists_skip_comments_only_where_they_are_such),
		T(numbers_are_checked), T(environment_wants_assignments), T(links_become_absolute),
		T(names_are_sorted_without_backups), T(fstab_fields), T(fstab_mistakes_name_the_line),
		T(interfaces_inherit), T(interfaces_mistakes), T(interfaces_details), T(interfaces_details_mistakes),
		T(interface_without_address_or_device),
	};

	return cmocka_run_group_tests_name("common/config", tests, NULL, NULL);
}
