// SPDX-License-Identifier: GPL-2.0-or-later
/* copy - copy a tree of files */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "plan.h"
#include "util.h"
#include "xalloc.h"

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define MAX_DEPTH	450	/* two descriptors each */

/* Files with more than one name, by inode number (all on one device). */
struct link {
	ino_t ino;
	char *path;		/* relative to the destination */
};

struct copy {
	int to_root;
	dev_t dev;
	char *const *exclude;
	struct link *links;	/* open hash, size is a power of two */
	size_t nlinks, size;
	bool no_clone;		/* the file systems cannot: do not ask again */
	struct copy_result *res;
	struct fail *f;
	char path[PATH_MAX];	/* of the entry being copied, "/a/b" */
};

static struct link *find_link(struct copy *c, ino_t ino)
{
	size_t i;

	if (c->nlinks * 2 >= c->size) {
		size_t old = c->size;
		struct link *l = c->links;

		c->size = old ? old * 2 : 256;
		c->links = xcalloc(c->size, sizeof(*c->links));
		for (size_t n = 0; n < old; n++) {
			if (!l[n].path)
				continue;
			for (i = l[n].ino & (c->size - 1); c->links[i].path;)
				i = (i + 1) & (c->size - 1);
			c->links[i] = l[n];
		}
		free(l);
	}
	for (i = ino & (c->size - 1); c->links[i].path && c->links[i].ino != ino;)
		i = (i + 1) & (c->size - 1);
	return &c->links[i];
}

static int copy_xattrs(struct copy *c, int in, int out)
{
	_cleanup_free_ char *names = NULL, *value = NULL;
	ssize_t len;

	len = flistxattr(in, NULL, 0);
	if (len <= 0)
		return len < 0 && errno != EOPNOTSUPP ? fail(c->f, -errno, "%s", c->path) : 0;
	names = xcalloc((size_t)len, 1);
	len = flistxattr(in, names, (size_t)len);
	if (len < 0)
		return fail(c->f, -errno, "%s", c->path);
	for (char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(in, name, NULL, 0);

		if (n < 0) {
			if (errno == ENODATA)
				continue;
			return fail(c->f, -errno, "%s: attribute '%s'", c->path, name);
		}
		value = xrealloc(value, (size_t)n + 1, 1);
		n = fgetxattr(in, name, value, (size_t)n);
		if (n < 0 || fsetxattr(out, name, value, (size_t)n, 0) < 0) {
			/* labels are the business of the host's own policy */
			if (strcmp(name, "security.selinux") == 0)
				continue;
			return fail(c->f, -errno, "%s: attribute '%s'", c->path, name);
		}
	}
	return 0;
}

static int copy_range(int in, int out, off_t from, off_t to)
{
	char buf[1 << 16];

	while (from < to && !plan_interrupted()) {
		size_t want = to - from < (off_t)sizeof(buf) ? (size_t)(to - from) : sizeof(buf);
		ssize_t n = pread(in, buf, want, from);
		ssize_t done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;	/* it became shorter */
		while (done < n) {
			ssize_t w = pwrite(out, buf + done, (size_t)(n - done), from + done);

			if (w < 0 && errno != EINTR)
				return -errno;
			if (w > 0)
				done += w;
		}
		from += n;
	}
	return plan_interrupted() ? -EINTR : 0;
}

static int copy_data(struct copy *c, int in, int out, off_t size)
{
	off_t pos = 0;

	if (size == 0)
		return 0;
	if (!c->no_clone) {
		if (ioctl(out, FICLONE, in) == 0) {
			c->res->cloned++;
			return 0;
		}
		if (errno == EOPNOTSUPP || errno == EXDEV || errno == ENOTTY)
			c->no_clone = true;
		else if (errno != EINVAL)
			return -errno;
	}
	while (pos < size) {
		off_t data = lseek(in, pos, SEEK_DATA), hole;
		int r;

		if (data < 0) {
			if (errno == ENXIO)
				break;
			data = pos;
			hole = size;
		} else {
			hole = lseek(in, data, SEEK_HOLE);
			if (hole < 0)
				hole = size;
		}
		if (hole > size)
			hole = size;
		r = copy_range(in, out, data, hole);
		if (r < 0)
			return r;
		if (hole <= pos)
			break;
		pos = hole;
	}
	return ftruncate(out, size) < 0 ? -errno : 0;
}

/* Owner before mode (a change of owner clears set-id bits), times last. */
static int copy_meta(struct copy *c, int in, int out, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (fchown(out, st->st_uid, st->st_gid) < 0)
		return fail(c->f, -errno, "%s: owner", c->path);
	r = copy_xattrs(c, in, out);
	if (r < 0)
		return r;
	if (fchmod(out, st->st_mode & 07777) < 0)
		return fail(c->f, -errno, "%s: mode", c->path);
	if (futimens(out, times) < 0)
		return fail(c->f, -errno, "%s: times", c->path);
	return 0;
}

static int copy_file(struct copy *c, int from, int to, const char *name)
{
	_cleanup_close_ int in = -1, out = -1;
	struct link *l = NULL;
	struct stat st;
	int r;

	in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in < 0)
		return errno == ENOENT ? 0 : fail(c->f, -errno, "%s", c->path);
	if (fstat(in, &st) < 0)
		return fail(c->f, -errno, "%s", c->path);
	if (!S_ISREG(st.st_mode))
		return fail(c->f, -EAGAIN, "%s: changed while being copied", c->path);
	if (st.st_nlink > 1) {
		l = find_link(c, st.st_ino);
		if (l->path) {
			if (linkat(c->to_root, l->path + 1, to, name, 0) < 0)
				return fail(c->f, -errno, "%s", c->path);
			c->res->links++;
			return 0;
		}
	}
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return fail(c->f, -errno, "%s", c->path);
	r = copy_data(c, in, out, st.st_size);
	if (r < 0)
		return fail(c->f, r, "%s", c->path);
	r = copy_meta(c, in, out, &st);
	if (r < 0)
		return r;
	if (l) {
		l->ino = st.st_ino;
		l->path = xstrdup(c->path);
		c->nlinks++;
	}
	c->res->files++;
	c->res->bytes += (uint64_t)st.st_size;
	return 0;
}

/* Symbolic links and fifos: no descriptor to work with. */
static int copy_special(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (S_ISLNK(st->st_mode)) {
		char target[PATH_MAX];
		ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

		if (n < 0)
			return fail(c->f, -errno, "%s", c->path);
		target[n] = '\0';
		if (symlinkat(target, to, name) < 0)
			return fail(c->f, -errno, "%s", c->path);
	} else {
		if (mkfifoat(to, name, 0600) < 0)
			return fail(c->f, -errno, "%s", c->path);
	}
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (S_ISFIFO(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0) ||
	    utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(c->f, -errno, "%s", c->path);
	return 0;
}

static bool excluded(const struct copy *c)
{
	for (char *const *p = c->exclude; p && *p; p++)
		if (fnmatch(*p, c->path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

static int copy_dir(struct copy *c, int from, int to, size_t len, unsigned int depth);

static int copy_entry(struct copy *c, int from, int to, const char *name, size_t len, unsigned int depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(c->f, -errno, "%s", c->path);
	if (S_ISREG(st.st_mode))
		return copy_file(c, from, to, name);
	if (S_ISLNK(st.st_mode) || S_ISFIFO(st.st_mode))
		return copy_special(c, from, to, name, &st);
	if (S_ISDIR(st.st_mode)) {
		_cleanup_close_ int in = -1, out = -1;
		int r;

		if (st.st_dev != c->dev)
			c->res->skipped++;	/* the mount point itself is made, what is mounted is not copied */
		if (mkdirat(to, name, 0700) < 0)
			return fail(c->f, -errno, "%s", c->path);
		out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (in < 0 || out < 0)
			return fail(c->f, -errno, "%s", c->path);
		if (st.st_dev == c->dev) {
			r = copy_dir(c, in, out, len, depth + 1);
			if (r < 0)
				return r;
		}
		c->res->directories++;
		return copy_meta(c, in, out, &st);
	}
	c->res->skipped++;
	return 0;
}

static int copy_dir(struct copy *c, int from, int to, size_t len, unsigned int depth)
{
	_cleanup_closedir_ DIR *d = NULL;
	struct dirent *e;
	int fd;

	if (depth > MAX_DEPTH)
		return fail(c->f, -ELOOP, "%s", c->path);
	fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		int error = -errno;

		if (fd >= 0)
			(void)close(fd);
		return fail(c->f, error, "%s", c->path);
	}
	for (;;) {
		size_t n;
		int r;

		errno = 0;
		e = readdir(d);
		if (!e)
			return errno ? fail(c->f, -errno, "%s", c->path) : 0;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n = strlen(e->d_name);
		if (len + n + 2 > sizeof(c->path))
			return fail(c->f, -ENAMETOOLONG, "%s/%s", c->path, e->d_name);
		if (plan_interrupted())
			return fail(c->f, -EINTR, "%s", c->path);
		c->path[len] = '/';
		memcpy(c->path + len + 1, e->d_name, n + 1);
		r = excluded(c) ? 0 : copy_entry(c, from, to, e->d_name, len + 1 + n, depth);
		if (r < 0)
			return r;
		c->path[len] = '\0';
	}
}

int copy_tree(int from, int to, char *const *exclude, struct copy_result *ret, struct fail *f)
{
	struct copy_result res = { 0 };
	struct copy c = { .to_root = to, .exclude = exclude, .res = &res, .f = f };
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return fail(f, -errno, "cannot read the source");
	c.dev = st.st_dev;
	r = copy_dir(&c, from, to, 0, 0);
	if (r == 0) {
		(void)snprintf(c.path, sizeof(c.path), "/");
		r = copy_meta(&c, from, to, &st);
	}
	for (size_t i = 0; i < c.size; i++)
		free(c.links[i].path);
	free(c.links);
	if (r == 0 && ret)
		*ret = res;
	return r;
}
