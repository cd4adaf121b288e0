// SPDX-License-Identifier: GPL-2.0-or-later
/* path - files of a guest, reached by descriptor */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"
#include "path.h"
#include "util.h"
#include "xalloc.h"

#define MAX_TRIES	100	/* of a walk that was disturbed */

/*
 * Does this file belong to the kernel? A guest can lead a name it is known to be written under into its /proc, where
 * the host's root would change the machine.
 */
static bool is_kernels(int fd)
{
	static const unsigned int magics[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, BINFMTFS_MAGIC, EFIVARFS_MAGIC, BPF_FS_MAGIC,
		PSTOREFS_MAGIC, NSFS_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if ((unsigned int)fs.f_type == magics[i])
			return true;
	return false;
}

int path_open_in(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	unsigned int tries = 0;
	long r;

	/* a guest that goes on moving directories does not keep us here */
	do
		r = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
	while (r < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < MAX_TRIES)));
	if (r < 0)
		return -errno;
	if (!(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY && is_kernels((int)r)) {
		(void)close((int)r);
		return -EPERM;
	}
	return (int)r;
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

/*
 * Each level holds a descriptor. A guest can nest deeper than any limit: what is below goes up to the top first, and
 * is removed from there.
 */
#define MAX_DEPTH	400

struct removal {
	dev_t dev;
	bool files_only;
	int top;		/* where directories that are too deep go */
	unsigned int moved;
	struct fail *f;
};

static int remove_below(int fd, struct removal *rm, unsigned int depth);

static int remove_directory(struct removal *rm, int dir, const char *name, unsigned int depth)
{
	char up[48];
	int fd, r;

	if (depth >= MAX_DEPTH) {
		if (rm->files_only)
			return fail(rm->f, -ELOOP, "cannot look into '%s'", name);
		(void)snprintf(up, sizeof(up), ".~%ld.%u~", (long)getpid(), rm->moved++);
		return renameat(dir, name, rm->top, up) < 0 ? fail(rm->f, -errno, "cannot move '%s'", name) : 0;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(rm->f, -errno, "cannot remove '%s'", name);
	r = remove_below(fd, rm, depth + 1);
	if (r < 0)
		return fail_prefix(rm->f, "%s", name);
	if (!rm->files_only && unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(rm->f, -errno, "cannot remove '%s'", name);
	return 0;
}

static int remove_below(int fd, struct removal *rm, unsigned int depth)
{
	_cleanup_closedir_ DIR *d = NULL;
	struct dirent *e;

	d = fdopendir(fd);
	if (!d) {
		int error = -errno;

		(void)close(fd);
		return fail(rm->f, error, "cannot read a directory");
	}
	for (;;) {
		struct stat st;
		int r;

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
				return fail(rm->f, -errno, "cannot remove '%s'", e->d_name);
		}
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(rm->f, -errno, "cannot remove '%s'", e->d_name);
		if (!S_ISDIR(st.st_mode))
			return fail(rm->f, -EPERM, "cannot remove '%s'", e->d_name);
		if (st.st_dev != rm->dev) {
			if (rm->files_only)
				continue;
			return fail(rm->f, -EXDEV, "cannot remove '%s'", e->d_name);
		}
		r = remove_directory(rm, dirfd(d), e->d_name, depth);
		if (r < 0)
			return r;
	}
	return errno ? fail(rm->f, -errno, "cannot read a directory") : 0;
}

/* @fd is taken over. */
static int remove_from(int fd, bool files_only, struct fail *f)
{
	struct removal rm = { .files_only = files_only, .top = fd, .f = f };
	_cleanup_close_ int top = fd;
	unsigned int before;
	struct stat st;
	int r;

	if (fstat(top, &st) < 0)
		return fail(f, -errno, "cannot read a directory");
	rm.dev = st.st_dev;
	do {
		int again = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		/* names go on counting: those of the last round are still there */
		before = rm.moved;
		r = again < 0 ? fail(f, -errno, "cannot read a directory") : remove_below(again, &rm, 0);
	} while (r == 0 && rm.moved != before);
	return r;
}

int path_remove_tree(int dir, const char *name, bool itself, struct fail *f)
{
	int fd, r;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return 0;
		if ((errno == ENOTDIR || errno == ELOOP) && itself && unlinkat(dir, name, 0) == 0)
			return 0;
		return fail(f, -errno, "cannot remove '%s'", name);
	}
	r = remove_from(fd, false, f);
	if (r < 0)
		return r;
	if (itself && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return fail(f, -errno, "cannot remove '%s'", name);
	return 0;
}

int path_remove_files_in(int root, const char *path)
{
	struct fail f = { 0 };
	int fd;

	fd = path_open_in(root, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	return fd < 0 ? fd : remove_from(fd, true, &f);
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
