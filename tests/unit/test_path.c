// SPDX-License-Identifier: GPL-2.0-or-later
/* test_path - ctx-tools/common/path and copy: files of a hostile guest */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "path.h"
#include "util.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

/* top/root is the guest, top/outside what it must not reach. */
static char top_name[64];
static int top = -1, root = -1;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(top_name, sizeof(top_name), "/tmp/test_path.XXXXXX");
	if (!mkdtemp(top_name))
		return -1;
	top = open(top_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || mkdirat(top, "root", 0755) < 0 || mkdirat(top, "outside", 0755) < 0)
		return -1;
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fail f = { 0 };

	(void)state;
	(void)close(root);
	(void)close(top);
	return path_remove_tree(AT_FDCWD, top_name, true, &f);
}

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
}

static void assert_text(int dir, const char *path, const char *wanted)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(read_file_at(dir, path, 4096, &text, NULL), 0);
	assert_string_equal(text, wanted);
}

static bool exists(int dir, const char *path)
{
	return faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void links_stay_inside(void **state)
{
	_cleanup_free_ char *abs = NULL;
	char target[128];
	int fd;

	(void)state;
	put(top, "outside/secret", "x");
	(void)snprintf(target, sizeof(target), "%s/outside", top_name);
	assert_int_equal(symlinkat(target, root, "abs"), 0);
	assert_int_equal(symlinkat("../../../outside", root, "rel"), 0);
	assert_int_equal(path_open_in(root, "abs/secret", O_RDONLY, 0), -ENOENT);
	assert_int_equal(path_open_in(root, "rel/secret", O_RDONLY, 0), -ENOENT);
	assert_int_equal(path_open_in(root, "../outside/secret", O_RDONLY, 0), -ENOENT);
	/* an absolute link means the guest's own root */
	assert_int_equal(mkdirat(root, "inside", 0755), 0);
	put(root, "inside/file", "in");
	assert_int_equal(symlinkat("/inside", root, "own"), 0);
	fd = path_open_in(root, "own/file", O_RDONLY, 0);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void write_replaces_links(void **state)
{
	char target[128];

	(void)state;
	put(top, "outside/victim", "old");
	(void)snprintf(target, sizeof(target), "%s/outside/victim", top_name);
	assert_int_equal(symlinkat(target, root, "hosts"), 0);
	assert_int_equal(path_write_in(root, "hosts", "new", 0644), 0);
	assert_text(top, "outside/victim", "old");
	assert_text(root, "hosts", "new");
	/* a directory that is a link out of the guest */
	assert_int_equal(symlinkat("../outside", root, "etc"), 0);
	assert_true(path_write_in(root, "etc/x", "new", 0644) < 0);
	assert_false(exists(top, "outside/x"));
}

static void mkdir_does_not_leave(void **state)
{
	(void)state;
	assert_int_equal(path_mkdir_in(root, "d", 0755), 1);
	assert_int_equal(path_mkdir_in(root, "d", 0755), 0);
	assert_int_equal(symlinkat("../outside", root, "l"), 0);
	assert_true(path_mkdir_in(root, "l/x", 0755) < 0);
	assert_false(exists(top, "outside/x"));
	assert_true(path_mkdir_in(root, "..", 0755) < 0);
}

static void remove_does_not_follow(void **state)
{
	struct fail f = { 0 };

	(void)state;
	put(top, "outside/keep", "x");
	assert_int_equal(mkdirat(root, "a", 0755), 0);
	assert_int_equal(mkdirat(root, "a/b", 0755), 0);
	put(root, "a/b/file", "x");
	assert_int_equal(symlinkat("../../outside", root, "a/link"), 0);
	assert_int_equal(path_remove_tree(root, "a", true, &f), 0);
	assert_false(exists(root, "a"));
	assert_true(exists(top, "outside/keep"));
	/* the name itself being a link: the link goes */
	assert_int_equal(symlinkat("../outside", root, "l"), 0);
	assert_int_equal(path_remove_tree(root, "l", true, &f), 0);
	assert_false(exists(root, "l"));
	assert_true(exists(top, "outside/keep"));
	assert_int_equal(path_remove_tree(root, "none", true, &f), 0);
}

static void remove_goes_as_deep_as_it_must(void **state)
{
	struct fail f = { 0 };
	int dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		int sub;

		assert_int_equal(mkdirat(dir, "d", 0700), 0);
		sub = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(sub >= 0);
		(void)close(dir);
		dir = sub;
	}
	put(dir, "file", "x");
	(void)close(dir);
	assert_int_equal(path_remove_tree(root, "d", true, &f), 0);
	assert_false(exists(root, "d"));
}

static void remove_files_keeps_directories(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(root, "run", 0755), 0);
	assert_int_equal(mkdirat(root, "run/sub", 0755), 0);
	put(root, "run/pid", "1");
	put(root, "run/sub/pid", "1");
	assert_int_equal(mkdirat(root, "var", 0755), 0);
	assert_int_equal(symlinkat("/run", root, "var/run"), 0);
	assert_int_equal(path_remove_files_in(root, "var/run"), 0);
	assert_true(exists(root, "run/sub"));
	assert_false(exists(root, "run/pid"));
	assert_false(exists(root, "run/sub/pid"));
	assert_int_equal(path_remove_files_in(root, "none"), 0);
}

static void clean_paths(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "/", "/" }, { "", "/" }, { "//a///b/", "/a/b" }, { "/./a/.", "/a" }, { "/..a/b..", "/..a/b.." },
		{ "/a/../b", NULL }, { "..", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *out = path_clean(cases[i].in);

		if (cases[i].out)
			assert_string_equal(out, cases[i].out);
		else
			assert_null(out);
	}
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a", "/a"));
	assert_true(path_is_below("/a", "/"));
	assert_false(path_is_below("/ab", "/a"));
	assert_false(path_is_below("/a", "/a/b"));
}

/* ---- copy ---- */

static int destination(void)
{
	assert_int_equal(mkdirat(top, "copy", 0700), 0);
	return openat(top, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void copy_keeps_what_counts(void **state)
{
	struct timespec times[2] = { { 1000000000, 123 }, { 1100000000, 456 } };
	struct copy_result res;
	struct fail f = { 0 };
	struct stat a, b;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int to = destination(), s;
	char link[64];
	ssize_t n;

	(void)state;
	assert_int_equal(mkdirat(root, "d", 0750), 0);
	put(root, "d/file", "content");
	assert_int_equal(fchmodat(root, "d/file", 04755, 0), 0);
	assert_int_equal(linkat(root, "d/file", root, "other", 0), 0);
	assert_int_equal(symlinkat("/etc/../nowhere", root, "link"), 0);
	assert_int_equal(mkfifoat(root, "fifo", 0640), 0);
	put(root, "empty", "");
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/root/sock", top_name);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(s);
	assert_int_equal(utimensat(root, "d/file", times, 0), 0);
	assert_int_equal(utimensat(root, "d", times, 0), 0);

	assert_int_equal(copy_tree(root, to, NULL, &res, &f), 0);
	assert_int_equal(res.files, 2);
	assert_int_equal(res.links, 1);
	assert_int_equal(res.directories, 1);
	assert_int_equal(res.skipped, 1);
	assert_text(to, "d/file", "content");
	assert_int_equal(fstatat(to, "d/file", &a, 0), 0);
	assert_int_equal(a.st_mode, S_IFREG | 04755);
	assert_int_equal(a.st_mtim.tv_sec, 1100000000);
	assert_int_equal(a.st_mtim.tv_nsec, 456);
	assert_int_equal(fstatat(to, "other", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(fstatat(to, "d", &a, 0), 0);
	assert_int_equal(a.st_mode, S_IFDIR | 0750);
	assert_int_equal(a.st_mtim.tv_sec, 1100000000);
	n = readlinkat(to, "link", link, sizeof(link));
	assert_int_equal(n, 15);
	assert_memory_equal(link, "/etc/../nowhere", 15);
	assert_int_equal(fstatat(to, "fifo", &a, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(a.st_mode, S_IFIFO | 0640);
	assert_false(exists(to, "sock"));
	(void)close(to);
}

static void copy_keeps_holes(void **state)
{
	struct copy_result res;
	struct fail f = { 0 };
	struct stat a;
	char byte = 'x', back[3];
	int to = destination(), fd;

	(void)state;
	fd = openat(root, "sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, &byte, 1, 8 << 20), 1);
	assert_int_equal(ftruncate(fd, 16 << 20), 0);
	(void)close(fd);
	assert_int_equal(copy_tree(root, to, NULL, &res, &f), 0);
	fd = openat(to, "sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(a.st_size, 16 << 20);
	assert_true(a.st_blocks * 512 < 1 << 20);
	assert_int_equal(pread(fd, back, 3, (8 << 20) - 1), 3);
	assert_memory_equal(back, "\0x\0", 3);
	(void)close(fd);
	(void)close(to);
}

static void copy_excludes(void **state)
{
	char *const patterns[] = { (char *)"/tmp/*", (char *)"*.log", NULL };
	struct copy_result res;
	struct fail f = { 0 };
	int to = destination();

	(void)state;
	assert_int_equal(mkdirat(root, "tmp", 01777), 0);
	put(root, "tmp/x", "");
	put(root, "tmp.keep", "");
	assert_int_equal(copy_tree(root, to, patterns, &res, &f), 0);
	assert_true(exists(to, "tmp"));
	assert_false(exists(to, "tmp/x"));
	assert_true(exists(to, "tmp.keep"));
	(void)close(to);
}

static void copy_stops_at_the_first_error(void **state)
{
	struct fail f = { 0 };
	int to = destination();

	(void)state;
	put(root, "file", "x");
	put(to, "file", "was here");
	assert_int_equal(copy_tree(root, to, NULL, NULL, &f), -EEXIST);
	assert_string_equal(f.text, "/file: File exists");
	assert_text(to, "file", "was here");
	(void)close(to);
}

/* A guest may lead "var/run/utmp" to its /proc/sys/kernel/core_pattern. */
static void nothing_of_the_kernel_is_written(void **state)
{
	int host = path_open_root("/"), fd;

	(void)state;
	assert_true(host >= 0);
	/* it can be: it is our own */
	fd = openat(host, "proc/self/comm", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(path_open_in(host, "proc/self/comm", O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0600), -EPERM);
	assert_int_equal(path_open_in(host, "proc/self/comm", O_RDWR, 0), -EPERM);
	fd = path_open_in(host, "proc/self/comm", O_RDONLY, 0);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)close(host);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(links_stay_inside), T(write_replaces_links), T(nothing_of_the_kernel_is_written), T(mkdir_does_not_leave), T(remove_does_not_follow),
		T(remove_goes_as_deep_as_it_must),
		T(remove_files_keeps_directories), cmocka_unit_test(clean_paths), T(copy_keeps_what_counts),
		T(copy_keeps_holes), T(copy_excludes), T(copy_stops_at_the_first_error),
	};

	return cmocka_run_group_tests_name("common/path", tests, NULL, NULL);
}
