// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mounts - the file systems of a guest
 *
 * All of this runs in the guest's first process, in a mount namespace of its own, before the context exists.
 * Places inside the guest are opened relative to its root and mounts are attached to descriptors, so no
 * symbolic link of the guest leads anywhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "path.h"
#include "vserver.h"
#include "xalloc.h"

/* <sys/mount.h> of this libc and <linux/mount.h> do not go together */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
extern int umount2(const char *target, int flags);
#define MNT_DETACH 2

/* kernel.pty.max is 4096 for all guests together; max= in the line of /dev/pts is more or less. */
#define PTYS		256
#define DEV_SIZE "64m"		/* of the tmpfs on /dev; what is in /dev/shm counts */

/* ---- options ---- */

struct mount_options {
	uint64_t attr_set, attr_clear;	/* MOUNT_ATTR_* */
	bool bind, rbind, move, noauto, nofail, loop;
	uint64_t propagation;		/* MS_* */
	char **fs;			/* KEY=VALUE or KEY, for the file system */
};

static const struct {
	const char *name;
	uint64_t set, clear;
} attributes[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 },		{ "rw", 0, MOUNT_ATTR_RDONLY },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },	{ "dev", 0, MOUNT_ATTR_NODEV },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },	{ "suid", 0, MOUNT_ATTR_NOSUID },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 },	{ "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 }, { "diratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "atime", 0, 0 },			{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
};

static const char *const ignored[] = {
	"defaults", "auto", "_netdev", "user", "nouser", "users", "nomtab", "async", "rec", "norelatime", "",
	/* of file tags, see find_unsupported() */
	"tag", "notag", "tagid", "tagxid", "tagctx",
};

/* Words that are not for the kernel, and are nothing to us either. */
static bool is_ignored(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		if (strcmp(word, ignored[i]) == 0)
			return true;
	return strncmp(word, "x-", 2) == 0 || strncmp(word, "tagid=", 6) == 0;
}

static void parse_options(const char *text, bool nodev, struct mount_options *o)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *save = copy, *w;

	memset(o, 0, sizeof(*o));
	o->fs = xcalloc(1, sizeof(*o->fs));
	if (nodev)
		o->attr_set = MOUNT_ATTR_NODEV;
	while ((w = strsep(&save, ","))) {
		bool found = false;

		for (size_t i = 0; i < ARRAY_SIZE(attributes) && !found; i++)
			if (strcmp(w, attributes[i].name) == 0) {
				o->attr_set = (o->attr_set & ~attributes[i].clear) | attributes[i].set;
				o->attr_clear = (o->attr_clear & ~attributes[i].set) | attributes[i].clear;
				found = true;
			}
		if (found || is_ignored(w))
			continue;
		if (strcmp(w, "bind") == 0)
			o->bind = true;
		else if (strcmp(w, "rbind") == 0)
			o->bind = o->rbind = true;
		else if (strcmp(w, "move") == 0)
			o->move = true;
		else if (strcmp(w, "noauto") == 0)
			o->noauto = true;
		else if (strcmp(w, "nofail") == 0)
			o->nofail = true;
		else if (strcmp(w, "loop") == 0 || strncmp(w, "loop=", 5) == 0)
			o->loop = true;
		else if (strcmp(w, "shared") == 0 || strcmp(w, "slave") == 0 || strcmp(w, "private") == 0 ||
			 strcmp(w, "unbindable") == 0)
			o->propagation = w[1] == 'h' ? MS_SHARED : w[1] == 'l' ? MS_SLAVE :
					 w[0] == 'p' ? MS_PRIVATE : MS_UNBINDABLE;
		else
			strv_add(&o->fs, w);
	}
}

/* ---- the mount calls ---- */

/* Why the file system refused: the kernel's own sentence when it left one. */
static int fs_failed(int fs, struct fail *f, const char *what)
{
	int error = -errno;
	char log[256];
	ssize_t n = fs < 0 ? -1 : read(fs, log, sizeof(log) - 1);

	if (n > 2 && log[1] == ' ') {
		log[n] = '\0';
		log[strcspn(log, "\n")] = '\0';
		(void)fail(f, 0, "%s: %s (%s)", what, log + 2, strerror(-error));
		f->error = error;
		return error;
	}
	return fail(f, error, "%s", what);
}

/* A new mount of a file system, not attached anywhere: descriptor or negative errno. */
static int new_mount(const char *type, const char *source, char *const *options, uint64_t attrs, const char *what,
		     struct fail *f)
{
	_cleanup_close_ int fs = -1;
	long fd;

	fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	if (fs < 0)
		return fail(f, -errno, "%s", what);
	if (source && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return fs_failed(fs, f, what);
	for (; options && *options; options++) {
		_cleanup_free_ char *key = xstrdup(*options);
		char *value = strchr(key, '=');
		long r;

		if (value)
			*value++ = '\0';
		r = value ? syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) :
			    syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0);
		if (r < 0)
			return fs_failed(fs, f, what);
	}
	if ((attrs & MOUNT_ATTR_RDONLY) && source && strcmp(type, "tmpfs") != 0 &&
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return fs_failed(fs, f, what);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_failed(fs, f, what);
	fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned int)attrs);
	return fd < 0 ? fs_failed(fs, f, what) : (int)fd;
}

static int attach(int mnt, int target, const char *what, struct fail *f)
{
	if (syscall(SYS_move_mount, mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail(f, -errno, "%s", what);
	return 0;
}

static int set_attributes(int mnt, const struct mount_options *o, bool recursive, const char *what, struct fail *f)
{
	struct mount_attr attr = {
		.attr_set = o->attr_set,
		.attr_clr = o->attr_clear,
		.propagation = o->propagation,
	};

	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	if (syscall(SYS_mount_setattr, mnt, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr,
		    sizeof(attr)) < 0)
		return fail(f, -errno, "%s", what);
	return 0;
}

/* What is mounted at @source, or a part or a file of it, not attached anywhere. */
static int clone_mount(int source, const struct mount_options *o, const char *what, struct fail *f)
{
	_cleanup_close_ int mnt = -1;
	int r;

	mnt = (int)syscall(SYS_open_tree, source, "",
			   (unsigned int)AT_EMPTY_PATH | OPEN_TREE_CLOEXEC | (o->move ? 0U : OPEN_TREE_CLONE) |
				   (o->rbind ? (unsigned int)AT_RECURSIVE : 0U));
	if (mnt < 0)
		return fail(f, -errno, "%s", what);
	r = set_attributes(mnt, o, o->rbind, what, f);
	return r < 0 ? r : take_fd(mnt);
}

static bool is_same(const struct stat *st, const char *path)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/*
 * A file or directory of the host, named in an fstab. When the name leads into the tree of a guest, this one or another,
 * the rest of it is the guest's, and its links stay inside. Descriptor or negative errno.
 */
static int open_source(const char *source, const struct settings *s)
{
	_cleanup_free_ char *path = path_clean(source);
	size_t root = 0, i = 0;
	int fd;

	while (path && !root && path[i]) {
		struct stat st;
		char c;

		i += 1 + strcspn(path + i + 1, "/");
		c = path[i];
		path[i] = '\0';
		if (stat(path, &st) == 0) {
			if (is_same(&st, s->root))
				root = i;
			else if (c && is_same(&st, s->guests))
				root = i + 1 + strcspn(path + i + 1, "/");
		}
		path[i] = c;
	}
	if (path && root) {
		_cleanup_free_ char *top = xstrndup(path, root);
		_cleanup_close_ int guest = path_open_root(top);

		return guest < 0 ? guest : path_open_in(guest, path + root, O_PATH, 0);
	}
	fd = open(source, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* File systems whose mount is more than a system call. */
static bool needs_helper(const char *type, const char *source)
{
	static const char *const sources[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=" };

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (strncmp(source, sources[i], strlen(sources[i])) == 0)
			return true;
	return strcmp(type, "auto") == 0 || strncmp(type, "nfs", 3) == 0 || strcmp(type, "cifs") == 0 ||
	       strncmp(type, "smb", 3) == 0 || strncmp(type, "fuse", 4) == 0 || strcmp(type, "ceph") == 0 ||
	       strcmp(type, "glusterfs") == 0;
}

static char *options_for_mount(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *options = xstrdup("nodev"), *save = copy, *w;

	while ((w = strsep(&save, ",")))
		if (!is_ignored(w)) {
			char *longer = xasprintf("%s,%s", options, w);

			free(options);
			options = longer;
		}
	return options;
}

static int mount_by_helper(const struct config_mount *m, int target, const char *what, struct fail *f)
{
	_cleanup_close_ int fd = dup(target);	/* not close-on-exec: the program finds it by its number */
	_cleanup_free_ char *where = xasprintf("/proc/self/fd/%d", fd);
	_cleanup_free_ char *options = options_for_mount(m->options);
	char *argv[] = { (char *)"mount", (char *)"-n", (char *)"-c", (char *)"-t", m->type, (char *)"-o", options,
			 (char *)"--", m->source, where, NULL };
	int r = fd < 0 ? -errno : run_host(argv, &PLACE_HERE, f);

	if (r > 0)
		return fail(f, 0, "%s: mount failed with status %d", what, r);
	return r;
}

static int mount_entry(int root, const struct config_mount *m, const struct settings *s, const char *what,
		       struct fail *f)
{
	_cleanup_close_ int target = -1, mnt = -1, source = -1;
	struct mount_options o;
	struct stat st;
	int r;

	parse_options(m->options, strcmp(m->type, "devpts") != 0, &o);
	if (o.noauto) {
		r = 0;
		goto out;
	}
	target = path_open_in(root, m->target, O_PATH, 0);
	if (target < 0) {
		r = fail(f, target, "%s: no such place in the guest", what);
		goto out;
	}
	if (o.bind || o.move) {
		source = open_source(m->source, s);
		mnt = source < 0 ? fail(f, source, "%s", what) : clone_mount(source, &o, what, f);
	} else if (o.loop || needs_helper(m->type, m->source)) {
		r = mount_by_helper(m, target, what, f);
		goto out;
	} else {
		if (fstat(target, &st) == 0 && !S_ISDIR(st.st_mode)) {
			r = fail(f, -ENOTDIR, "%s", what);
			goto out;
		}
		mnt = new_mount(m->type, m->source, o.fs, o.attr_set, what, f);
	}
	r = mnt < 0 ? mnt : attach(mnt, target, what, f);
out:
	if (r < 0 && o.nofail) {
		memset(f, 0, sizeof(*f));
		r = 0;
	}
	strv_free(o.fs);
	return r;
}

/* ---- which lines of the fstab are served by what we make ourselves ---- */

static const struct config_mount *find_entry(const struct settings *s, const char *target)
{
	for (size_t t = 0; t < ARRAY_SIZE(s->fstab); t++)
		for (size_t i = 0; i < s->fstab[t].count; i++) {
			_cleanup_free_ char *clean = path_clean(s->fstab[t].list[i].target);

			if (clean && strcmp(clean, target) == 0)
				return &s->fstab[t].list[i];
		}
	return NULL;
}

static bool is_ours(const struct settings *s, const struct config_mount *m)
{
	_cleanup_free_ char *clean = path_clean(m->target);

	if (!clean)
		return false;
	return strcmp(clean, "/") == 0 || (strcmp(clean, "/proc") == 0 && strcmp(m->type, "proc") == 0) ||
	       (strcmp(clean, "/dev/pts") == 0 && strcmp(m->type, "devpts") == 0) ||
	       (strcmp(clean, "/dev") == 0 && !s->keep_dev);
}

/* ---- the steps ---- */

int mounts_root(const struct guest *g, const struct settings *s, int *ret_root, struct fail *f)
{
	struct mount_options bind = { .bind = true, .rbind = true, .attr_set = MOUNT_ATTR_NODEV };
	const struct config_mount *own = find_entry(s, "/");
	_cleanup_free_ char *what = xasprintf("cannot mount the root directory '%s'", g->vdir);
	_cleanup_close_ int dir = -1, mnt = -1, root = -1;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail(f, -errno, "cannot make the mounts private");
	dir = path_open_root(g->vdir);
	if (dir < 0)
		return fail(f, dir, "no root directory '%s'", g->vdir);
	if (own) {
		struct config_mount m = *own;

		m.target = (char *)"/";
		r = mount_entry(dir, &m, s, what, f);
		if (r < 0)
			return r;
		(void)close(take_fd(dir));
		dir = path_open_root(g->vdir);	/* what is mounted there by now */
		if (dir < 0)
			return fail(f, dir, "%s", what);
	}
	mnt = clone_mount(dir, &bind, what, f);
	if (mnt < 0)
		return mnt;
	r = attach(mnt, dir, what, f);
	if (r < 0)
		return r;
	root = path_open_root(g->vdir);
	if (root < 0)
		return fail(f, root, "%s", what);
	*ret_root = take_fd(root);
	return 0;
}

int mounts_make_nodes(int dev, struct fail *f)
{
	static const struct {
		const char *name;
		unsigned int minor;
		unsigned int major;
		mode_t mode;
	} nodes[] = {
		{ "null", 3, 1, 0666 }, { "zero", 5, 1, 0666 }, { "full", 7, 1, 0666 },
		{ "random", 8, 1, 0644 }, { "urandom", 9, 1, 0644 }, { "tty", 0, 5, 0666 },
	};
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "ptmx", "pts/ptmx" }, { "console", "null" }, { "fd", "/proc/self/fd" },
		{ "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	};
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = { { "pts", 0755 }, { "shm", 01777 } };

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (unlinkat(dev, nodes[i].name, 0) < 0 && errno != ENOENT)
			return fail(f, -errno, "cannot replace 'dev/%s'", nodes[i].name);
		if (mknodat(dev, nodes[i].name, S_IFCHR | nodes[i].mode, makedev(nodes[i].major, nodes[i].minor)) < 0 ||
		    fchmodat(dev, nodes[i].name, nodes[i].mode, 0) < 0)
			return fail(f, -errno, "cannot make 'dev/%s'", nodes[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (unlinkat(dev, links[i].name, 0) < 0 && errno != ENOENT)
			return fail(f, -errno, "cannot replace 'dev/%s'", links[i].name);
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return fail(f, -errno, "cannot make 'dev/%s'", links[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_close_ int fd = -1;

		if (mkdirat(dev, dirs[i].name, dirs[i].mode) < 0 && errno != EEXIST)
			return fail(f, -errno, "cannot make 'dev/%s'", dirs[i].name);
		fd = openat(dev, dirs[i].name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fchmod(fd, dirs[i].mode) < 0)
			return fail(f, -errno, "cannot make 'dev/%s'", dirs[i].name);
	}
	return 0;
}

/* The directory a file system goes on; made when it is not there. */
static int mount_point(int root, const char *path, struct fail *f)
{
	int fd, r;

	r = path_mkdir_in(root, path, 0755);
	fd = r < 0 && r != -EEXIST && r != -EROFS ? r : path_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	return fd < 0 ? fail(f, fd, "no directory '/%s' in the guest", path) : fd;
}

int mounts_dev(int root, const struct settings *s, struct fail *f)
{
	char *const tmpfs[] = { (char *)"mode=755", (char *)"size=" DEV_SIZE, NULL };
	const struct config_mount *own = find_entry(s, "/dev/pts");
	_cleanup_close_ int dev = -1, mnt = -1, pts = -1, ptsmnt = -1;
	_cleanup_free_ char *options = NULL;
	struct mount_options o = { 0 };
	int r;

	dev = mount_point(root, "dev", f);
	if (dev < 0)
		return dev;
	if (s->keep_dev) {
		struct mount_options bind = { .bind = true, .attr_clear = MOUNT_ATTR_NODEV };

		mnt = clone_mount(dev, &bind, "cannot mount /dev", f);
	} else {
		mnt = new_mount("tmpfs", "dev", tmpfs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "cannot mount /dev", f);
		if (mnt >= 0 && mounts_make_nodes(mnt, f) < 0)
			return f->error;
		/* systemd would want to see a terminal */
		if (mnt >= 0 && s->systemd)
			(void)unlinkat(mnt, "console", 0);
	}
	if (mnt < 0 || attach(mnt, dev, "cannot mount /dev", f) < 0)
		return f->error;

	/* an instance of its own, whatever else is wished; of the machine's ptys it gets a part */
	options = xasprintf("max=%d,%s", PTYS, own ? own->options : "gid=5,mode=620");
	parse_options(options, false, &o);
	strv_add(&o.fs, "newinstance");
	strv_add(&o.fs, "ptmxmode=0666");
	pts = mount_point(root, "dev/pts", f);
	if (pts >= 0)
		ptsmnt = new_mount("devpts", "devpts", o.fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
				   "cannot mount /dev/pts", f);
	r = pts < 0 ? pts : ptsmnt < 0 ? ptsmnt : attach(ptsmnt, pts, "cannot mount /dev/pts", f);
	strv_free(o.fs);
	return r;
}

/* For /sys: empty, but for the place of the control groups, and not to be written to. */
static int make_sys(int mnt, struct fail *f)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int r = path_mkdir_in(mnt, "fs", 0755);

	if (r >= 0)
		r = path_mkdir_in(mnt, "fs/cgroup", 0755);
	if (r < 0)
		return fail(f, r, "cannot make a directory in /sys");
	if (syscall(SYS_mount_setattr, mnt, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return fail(f, -errno, "cannot make /sys read-only");
	return 0;
}

int mounts_systemd(int root, const struct settings *s, struct fail *f)
{
	static const struct {
		const char *path, *type, *options[2];
		uint64_t attrs;
		const char *below;			/* a mount that it stands or falls with */
		int (*fill)(int mnt, struct fail *f);
	} list[] = {
		{ "run", "tmpfs", { "mode=755", "size=64m" }, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL, NULL },
		{ "run/lock", "tmpfs", { "mode=1777", "size=5m" }, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		  "/run", NULL },
		{ "sys", "tmpfs", { "mode=755", "size=64k" }, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		  NULL, make_sys },
		{ "dev/shm", "tmpfs", { "mode=1777", "size=" DEV_SIZE }, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL, NULL },
		{ "dev/mqueue", "mqueue", { NULL }, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		char *const options[] = { (char *)list[i].options[0], (char *)list[i].options[1], NULL };
		_cleanup_free_ char *path = xasprintf("/%s", list[i].path), *what = xasprintf("cannot mount %s", path);
		_cleanup_close_ int mnt = -1, target = -1;
		int r;

		/* what is in fstab comes later, on top */
		if (find_entry(s, path) || (list[i].below && find_entry(s, list[i].below)))
			continue;
		mnt = new_mount(list[i].type, list[i].type, options, list[i].attrs, what, f);
		/* a kernel without message queues */
		if (mnt == -ENODEV)
			continue;
		r = mnt < 0 ? mnt : list[i].fill ? list[i].fill(mnt, f) : 0;
		target = r < 0 ? r : mount_point(root, list[i].path, f);
		if (target < 0 || attach(mnt, target, what, f) < 0)
			return f->error;
	}
	return 0;
}

int mounts_cgroup(int root, int group, struct fail *f)
{
	struct mount_options o = {
		.bind = true, .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	static const char *const dirs[] = { "sys", "sys/fs", "sys/fs/cgroup" };
	_cleanup_close_ int target = -1, mnt = -1;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (target >= 0)
			(void)close(take_fd(target));
		target = mount_point(root, dirs[i], f);
		if (target < 0)
			return target;
	}
	mnt = clone_mount(group, &o, "cannot mount /sys/fs/cgroup", f);
	return mnt < 0 ? mnt : attach(mnt, target, "cannot mount /sys/fs/cgroup", f);
}

int mounts_proc(int root, const struct settings *s, struct fail *f)
{
	const struct config_mount *own = find_entry(s, "/proc");
	_cleanup_close_ int target = -1, mnt = -1;
	struct mount_options o;
	int r;

	parse_options(own && strcmp(own->type, "proc") == 0 ? own->options : "defaults", true, &o);
	target = mount_point(root, "proc", f);
	if (target >= 0)
		mnt = new_mount("proc", "proc", o.fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
				"cannot mount /proc", f);
	r = target < 0 ? target : mnt < 0 ? mnt : attach(mnt, target, "cannot mount /proc", f);
	strv_free(o.fs);
	return r;
}

int mounts_fstab(int root, const struct settings *s, struct fail *f)
{
	static const char *const names[] = { "fstab", "fstab.local", "fstab.remote" };

	for (size_t t = 0; t < ARRAY_SIZE(s->fstab); t++)
		for (size_t i = 0; i < s->fstab[t].count; i++) {
			const struct config_mount *m = &s->fstab[t].list[i];
			_cleanup_free_ char *what = xasprintf("%s:%u: cannot mount '%s' on '%s'", names[t], m->line,
							      m->source, m->target);

			if (is_ours(s, m))
				continue;
			if (mount_entry(root, m, s, what, f) < 0)
				return f->error;
		}
	return 0;
}

int mounts_pivot(int *root, struct fail *f)
{
	if (fchdir(*root) < 0)
		return fail(f, -errno, "cannot enter the root directory");
	(void)close(*root);
	*root = -1;
	/* the old root lands on top of the new one and is taken away */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return errno == EINVAL ?
			       fail(f, 0, "cannot make it the root directory: not possible while the host's own root "
					  "is an initial ramdisk") :
			       fail(f, -errno, "cannot make it the root directory");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(f, -errno, "cannot take the host's mounts away");
	if (chdir("/") < 0)
		return fail(f, -errno, "cannot enter the root directory");
	return 0;
}
