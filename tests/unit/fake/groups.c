// SPDX-License-Identifier: GPL-2.0-or-later
/* groups - directories that behave like groups of the kernel */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "groups.h"

struct fake_cgroup *fake_cgroup;

int fake_openat(int dir, const char *name, int flags, int result);
int __real_openat(int dir, const char *name, int flags, ...);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static int refused_fd = -1;

static bool is_file(const char *name)
{
	return strchr(name, '.') && *name != '.' && !strchr(name, '/');
}

/* Called by the wrapper of openat() with what the real one said. */
int fake_openat(int dir, const char *name, int flags, int result)
{
	int fd = result;

	if (!fake_cgroup || !is_file(name))
		return result;
	if ((flags & O_ACCMODE) == O_WRONLY && !(flags & O_CREAT)) {
		bool bad = fake_cgroup->refuses && strcmp(fake_cgroup->refuses, name) == 0;

		if (fd >= 0)
			(void)close(fd);
		if (bad && fake_cgroup->missing) {
			errno = ENOENT;
			return -1;
		}
		fd = __real_openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (bad)
			refused_fd = fd;
		return fd;
	}
	if (result < 0 && strcmp(name, "cgroup.controllers") == 0) {
		fd = __real_openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (fd >= 0) {
			(void)!__real_write(fd, fake_cgroup->controllers, strlen(fake_cgroup->controllers));
			(void)lseek(fd, 0, SEEK_SET);
		}
	}
	if (result < 0 && strcmp(name, "cgroup.subtree_control") == 0)
		fd = __real_openat(dir, name, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd;
}

/* Each value is a line, as each write is one. */
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	if (!fake_cgroup || fd <= 2)
		return __real_write(fd, data, len);
	if (fd == refused_fd) {
		refused_fd = -1;
		errno = fake_cgroup->error;
		return -1;
	}
	if (__real_write(fd, data, len) < 0 || __real_write(fd, "\n", 1) < 0)
		return -1;
	return (ssize_t)len;
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	int r = __real_unlinkat(dir, name, flags);
	struct dirent *e;
	int fd;
	DIR *d;

	if (!r || !fake_cgroup || !(flags & AT_REMOVEDIR) || (errno != ENOTEMPTY && errno != EEXIST))
		return r;
	fd = __real_openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return -1;
	while ((e = readdir(d)))
		if (e->d_type == DT_REG)
			(void)__real_unlinkat(fd, e->d_name, 0);
	(void)closedir(d);
	r = __real_unlinkat(dir, name, flags);
	if (r < 0)
		errno = EBUSY;
	return r;
}
