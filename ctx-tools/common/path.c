// SPDX-License-Identifier: GPL-2.0-or-later
/* path - files of a guest, reached by descriptor */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "path.h"
#include "util.h"
#include "xalloc.h"

int path_open_in(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long r;

	do
		r = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
	while (r < 0 && (errno == EINTR || errno == EAGAIN));
	return r < 0 ? -errno : (int)r;
}

int path_open_root(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int path_open_parent(int root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = NULL;

	*ret_name = slash ? slash + 1 : path;
	if (!**ret_name || strcmp(*ret_name, ".") == 0 || strcmp(*ret_name, "..") == 0)
		return -EINVAL;
	dir = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	return path_open_in(root, *dir ? dir : ".", O_PATH | O_DIRECTORY, 0);
}

int path_mkdir_in(int root, const char *path, mode_t mode)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;

	parent = path_open_parent(root, path, &name);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, mode) == 0) {
		/* the umask must not have its say */
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fchmod(fd, mode) < 0)
			return -errno;
		return 1;
	}
	if (errno != EEXIST)
		return -errno;
	fd = path_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	return fd < 0 ? fd : 0;
}

int path_mkdir_parents(const char *path, mode_t mode)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *s = copy + 1;; s++) {
		char c = *s;

		if (c && c != '/')
			continue;
		*s = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		*s = c;
		if (!c)
			return 0;
	}
}

int path_write_in(int root, const char *path, const char *text, mode_t mode)
{
	_cleanup_close_ int parent = -1, fd = -1;
	_cleanup_free_ char *tmp = NULL;
	const char *name;
	int r;

	parent = path_open_parent(root, path, &name);
	if (parent < 0)
		return parent;
	tmp = xasprintf(".%s.%ld~", name, (long)getpid());
	(void)unlinkat(parent, tmp, 0);
	fd = openat(parent, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, strlen(text));
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && renameat(parent, tmp, parent, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(parent, tmp, 0);
	return r;
}

/* Depth of directories below which we give up: each level holds a descriptor. */
#define MAX_DEPTH	900

static int remove_below(int fd, dev_t dev, unsigned int depth, bool files_only, struct fail *f)
{
	_cleanup_closedir_ DIR *d = NULL;
	struct dirent *e;

	d = fdopendir(fd);
	if (!d) {
		int error = -errno;

		(void)close(fd);
		return fail(f, error, "cannot read a directory");
	}
	if (depth > MAX_DEPTH)
		return fail(f, -ELOOP, "too many nested directories");
	for (;;) {
		struct stat st;
		int sub, r;

		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		/* try as a file first; a directory gives EISDIR (EPERM on some file systems) */
		if (e->d_type != DT_DIR) {
			if (unlinkat(dirfd(d), e->d_name, 0) == 0 || errno == ENOENT)
				continue;
			if (errno != EISDIR && errno != EPERM)
				return fail(f, -errno, "cannot remove '%s'", e->d_name);
		}
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(f, -errno, "cannot remove '%s'", e->d_name);
		if (!S_ISDIR(st.st_mode))
			return fail(f, -EPERM, "cannot remove '%s'", e->d_name);
		if (st.st_dev != dev) {
			if (files_only)
				continue;
			return fail(f, -EXDEV, "cannot remove '%s'", e->d_name);
		}
		sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			return fail(f, -errno, "cannot remove '%s'", e->d_name);
		r = remove_below(sub, dev, depth + 1, files_only, f);
		if (r < 0)
			return fail_prefix(f, "%s", e->d_name);
		if (!files_only && unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return fail(f, -errno, "cannot remove '%s'", e->d_name);
	}
	return errno ? fail(f, -errno, "cannot read a directory") : 0;
}

int path_remove_tree(int dir, const char *name, bool itself, struct fail *f)
{
	struct stat st;
	int fd, r;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return 0;
		if ((errno == ENOTDIR || errno == ELOOP) && itself && unlinkat(dir, name, 0) == 0)
			return 0;
		return fail(f, -errno, "cannot remove '%s'", name);
	}
	if (fstat(fd, &st) < 0) {
		r = fail(f, -errno, "cannot remove '%s'", name);
		(void)close(fd);
		return r;
	}
	r = remove_below(fd, st.st_dev, 0, false, f);
	if (r < 0)
		return r;
	if (itself && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return fail(f, -errno, "cannot remove '%s'", name);
	return 0;
}

int path_remove_files_in(int root, const char *path)
{
	struct fail f = { 0 };
	struct stat st;
	int fd;

	fd = path_open_in(root, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		int error = -errno;

		(void)close(fd);
		return error;
	}
	return remove_below(fd, st.st_dev, 0, true, &f);
}

char *path_clean(const char *path)
{
	char *out = xcalloc(strlen(path) + 2, 1), *o = out;

	while (*path) {
		size_t len;

		while (*path == '/')
			path++;
		len = strcspn(path, "/");
		if (len == 2 && strncmp(path, "..", 2) == 0) {
			free(out);
			return NULL;
		}
		if (len && !(len == 1 && *path == '.')) {
			*o++ = '/';
			memcpy(o, path, len);
			o += len;
		}
		path += len;
	}
	if (o == out)
		*o++ = '/';
	*o = '\0';
	return out;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return true;
	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}
