// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroup - groups of the kernel (version 2): make, fill, limit, remove */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vctx.h>

#include "cgroup.h"
#include "cleanup.h"
#include "config.h"
#include "procs.h"
#include "util.h"
#include "xalloc.h"

#define MAX_BYTES	(1U << 20)	/* of a file of a group */
#define KILL_MS		10000		/* how long the processes of a group may take to end */
#define FEW_MS		200		/* what is ending anyway may do so by itself */

/* What root of a guest can make of groups, unless it is configured: each costs memory of the host. */
#define MAX_DESCENDANTS	"1000"
#define MAX_DEPTH	"32"

/* ---- the file system ---- */

int cgroup_open_root(const char *mnt, struct fail *f)
{
	_cleanup_close_ int root = open(mnt, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (root < 0)
		return fail(f, -errno, "cannot make a cgroup: no directory '%s'", mnt);
	if (fstatfs(root, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		return fail(f, 0, "cannot make a cgroup: no cgroup file system (version 2) is mounted on '%s'", mnt);
	return take_fd(root);
}

int cgroup_write(int group, const char *key, const char *value, struct fail *f)
{
	_cleanup_close_ int fd = openat(group, key, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;
	ssize_t n;

	if (r == 0) {
		/* the kernel takes it in one piece */
		do
			n = write(fd, value, strlen(value));
		while (n < 0 && errno == EINTR);
		r = n < 0 ? -errno : 0;
	}
	if (r == -ENOENT && fd < 0)
		return fail(f, 0, "cannot write '%s' to cgroup file '%s': this kernel does not have it", value, key);
	return r < 0 ? fail(f, r, "cannot write '%s' to cgroup file '%s'", value, key) : 0;
}

int cgroup_read(int group, const char *key, char **ret, struct fail *f)
{
	int r = read_file_at(group, key, MAX_BYTES, ret, NULL);

	/* -ENODEV: the group is gone */
	if (r == -ENOENT || r == -ENODEV)
		return -ENOENT;
	return r < 0 ? fail(f, r, "cannot read cgroup file '%s'", key) : 0;
}

/* The number behind a word that stands alone: in "a 1\nb 2" at the start of a line, in "k=1 l=2" before '='. */
bool cgroup_number(int group, const char *key, const char *word, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	struct fail ignored = { 0 };
	size_t len = word ? strlen(word) : 0;
	const char *p;
	char *end;

	if (cgroup_read(group, key, &text, &ignored) < 0)
		return false;
	p = text;
	if (word) {
		while (p && !(strncmp(p, word, len) == 0 && p[len] == ' ')) {
			p = strchr(p, '\n');
			if (p)
				p++;
		}
		if (!p)
			return false;
		p += len + 1;
	}
	if (strncmp(p, "max", 3) == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	if (*p < '0' || *p > '9')
		return false;
	errno = 0;
	*ret = strtoull(p, &end, 10);
	return !errno && (*end == '\n' || *end == ' ' || !*end);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text ? strstr(text, word) : NULL; p; p = strstr(p + len, word))
		if ((p == text || p[-1] == ' ') && strchr(" \n", p[len]))
			return true;
	return false;
}

/* ---- controllers ---- */

/* Why a controller is not there at the top. */
static int no_controller(const char *name, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	const char *old = strcmp(name, "io") == 0 ? "blkio" : name;

	if (read_file_at(AT_FDCWD, "/proc/cgroups", MAX_BYTES, &text, NULL) == 0)
		for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
			unsigned int hierarchy, groups, enabled;
			char word[32];

			if (sscanf(line, "%31s %u %u %u", word, &hierarchy, &groups, &enabled) != 4 ||
			    strcmp(word, old) != 0)
				continue;
			if (!enabled)
				return fail(f, 0, "cgroup controller '%s' was switched off when the host booted", name);
			if (hierarchy)
				return fail(f, 0, "cgroup controller '%s' is in use by a hierarchy of version 1", name);
			return fail(
				f, 0,
				"cgroup controller '%s' is not given to us by who made this cgroup file system's root",
				name);
		}
	return fail(f, 0, "this kernel has no cgroup controller '%s'", name);
}

static int enable_at(int dir, const char *where, bool top, const char *controller, struct fail *f)
{
	_cleanup_free_ char *have = NULL, *on = NULL;
	char word[64];
	struct fail why = { 0 };
	int r;

	r = cgroup_read(dir, "cgroup.subtree_control", &on, f);
	if (r == 0 && has_word(on, controller))
		return 0;
	if (r == 0)
		r = cgroup_read(dir, "cgroup.controllers", &have, f);
	if (r < 0)
		return fail(f, r, "cannot read the controllers of cgroup '%s'", where);
	if (!has_word(have, controller))
		return top ? no_controller(controller, f) :
			     fail(f, 0, "cgroup '%s' has no controller '%s'", where, controller);
	(void)snprintf(word, sizeof(word), "+%s", controller);
	r = cgroup_write(dir, "cgroup.subtree_control", word, &why);
	if (r == -EBUSY)
		return fail(
			f, 0,
			"cannot hand on controller '%s' below cgroup '%s': it has processes of its own; name another one in "
			"'cgroup/base'",
			controller, where);
	if (r == -EOPNOTSUPP || r == -ENOTSUP)
		return fail(f, 0, "cannot hand on controller '%s' below cgroup '%s': it is threaded", controller,
			    where);
	return r < 0 ? fail(f, r, "cannot hand on controller '%s' below cgroup '%s'", controller, where) : 0;
}

/* Walk down to the parent of @path, calling nothing for it itself: its descriptor. */
static int walk(int root, const char *path, bool make, const char *controller, bool last, struct fail *f)
{
	_cleanup_free_ char *copy = xstrdup(path);
	_cleanup_close_ int dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *save = NULL, *word = strtok_r(copy, "/", &save);
	int r;

	if (dir < 0)
		return fail(f, -errno, "cannot open the cgroup file system");
	if (controller) {
		r = enable_at(dir, "/", true, controller, f);
		if (r < 0)
			return r;
	}
	while (word) {
		char *next = strtok_r(NULL, "/", &save);
		int fd;

		if (!next && !last)
			break;
		if (make && mkdirat(dir, word, 0755) < 0 && errno != EEXIST)
			return fail(f, -errno, "cannot make the cgroup '%.*s'",
				    (int)(word - copy + (ptrdiff_t)strlen(word)), path);
		fd = openat(dir, word, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno == ENOENT ? -ENOENT : fail(f, -errno, "cannot open the cgroup '%s'", path);
		(void)close(dir);
		dir = fd;
		if (controller && next) {
			char *where = xstrndup(path, (size_t)(next - copy - 1));

			r = enable_at(dir, where, false, controller, f);
			free(where);
			if (r < 0)
				return r;
		}
		word = next;
	}
	return take_fd(dir);
}

/* The controller a file belongs to, NULL none; freed by the caller. */
static char *controller_of(const char *key)
{
	size_t len = strcspn(key, ".");

	if (!key[len] || strncmp(key, "cgroup.", 7) == 0)
		return NULL;
	return xstrndup(key, len);
}

int cgroup_enable(int root, const char *path, const char *controller, struct fail *f)
{
	int dir = walk(root, path, false, controller, false, f);

	if (dir == -ENOENT && !f->error)
		return fail(f, dir, "no cgroup '%s'", path);
	if (dir >= 0)
		(void)close(dir);
	return dir < 0 ? dir : 0;
}

int cgroup_open(int root, const char *path, struct fail *f)
{
	return walk(root, path, false, NULL, true, f);
}

/* ---- settings in force ---- */

int cgroup_apply(int root, const char *path, int group, const struct cgroup_settings *s, struct fail *f)
{
	uint64_t n;
	const struct cgroup_setting *max = cgroup_find(s, "cpu.max"), *burst = cgroup_find(s, "cpu.max.burst");

	for (size_t i = 0; i < s->count; i++) {
		_cleanup_free_ char *controller = controller_of(s->list[i].key);

		if (controller && cgroup_enable(root, path, controller, f) < 0)
			return f->error;
	}
	/* a burst must not be more than the quota, neither the old one nor the new */
	if (max && burst && cgroup_write(group, "cpu.max.burst", "0", f) < 0)
		return f->error;
	/* an idle group has no weight */
	if (cgroup_find(s, "cpu.weight") && !cgroup_find(s, "cpu.idle") &&
	    cgroup_number(group, "cpu.idle", NULL, &n) && n && cgroup_write(group, "cpu.idle", "0", f) < 0)
		return f->error;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < s->count; i++) {
			const struct cgroup_setting *c = &s->list[i];
			int r;

			if ((c == burst) == (pass == 0))
				continue;
			r = cgroup_write(group, c->key, c->value, f);
			if (r == -EINVAL && (c == max || c == burst) &&
			    cgroup_number(group, "cpu.max.burst", NULL, &n) && (n || c == burst))
				return fail_prefix(f, "a burst cannot be more than the quota of 'cpu.max'");
			if (r < 0)
				return r;
		}
	return 0;
}

/* ---- making and removing ---- */

/* Wait until nobody is in the group or below. */
static bool wait_empty(int group, int ms)
{
	_cleanup_close_ int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int64_t deadline = monotonic_ms() + ms;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		int64_t left = deadline - monotonic_ms();
		char buf[128] = "";

		if (fd < 0 || pread(fd, buf, sizeof(buf) - 1, 0) < 0 || strstr(buf, "populated 0"))
			return true;
		if (left <= 0)
			return false;
		(void)poll(&p, 1, (int)left);
	}
}

/*
 * Remove all groups below @top, whose names and depth are a guest's. Without recursion: only one descriptor at a
 * time is open, the way up is "..".
 */
static int remove_below(int top)
{
	_cleanup_close_ int cur = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int depth = 0, stuck = 0;

	while (cur >= 0) {
		_cleanup_closedir_ DIR *dir = NULL;
		int fd = openat(cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), down = -1;
		struct dirent *e;

		dir = fd < 0 ? NULL : fdopendir(fd);
		if (!dir) {
			if (fd >= 0)
				(void)close(fd);
			return -errno;
		}
		while (down < 0 && (e = readdir(dir))) {
			if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			if (unlinkat(cur, e->d_name, AT_REMOVEDIR) == 0) {
				stuck = 0;
				continue;
			}
			if (errno == ENOENT)
				continue;
			/* nothing below it any more, and still it stays */
			if (++stuck > 10000)
				return -errno;
			down = openat(cur, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
		if (down < 0) {
			if (depth == 0)
				return 0;
			depth--;
			down = openat(cur, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		} else {
			depth++;
		}
		(void)close(cur);
		cur = down;
	}
	return -errno;
}

int cgroup_remove(int root, const char *path, struct fail *f)
{
	_cleanup_close_ int parent = -1, group = -1;
	const char *slash = strrchr(path, '/');
	struct fail ignored = { 0 };
	int r;

	parent = walk(root, path, false, NULL, false, f);
	if (parent < 0)
		return parent == -ENOENT && !f->error ? 0 : parent;
	group = openat(parent, slash ? slash + 1 : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (group < 0)
		return errno == ENOENT ? 0 : fail(f, -errno, "cannot open the cgroup '%s'", path);
	if (!wait_empty(group, FEW_MS)) {
		/* a frozen one would keep them; the kernel kills also those, older ones have no such file */
		(void)cgroup_write(group, "cgroup.kill", "1", &ignored);
		if (!wait_empty(group, KILL_MS))
			return fail(f, 0, "cannot remove the cgroup '%s': processes in it do not end", path);
	}
	r = remove_below(group);
	if (r == 0 && unlinkat(parent, slash ? slash + 1 : path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? fail(f, r, "cannot remove the cgroup '%s'", path) : 1;
}

bool cgroup_is_used(int root, const char *path)
{
	struct fail ignored = { 0 };
	_cleanup_close_ int group = cgroup_open(root, path, &ignored);

	return group >= 0 && !wait_empty(group, FEW_MS);
}

int cgroup_make(int root, const char *path, const struct cgroup_settings *s, bool delegated, struct fail *f)
{
	_cleanup_close_ int parent = -1, group = -1;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_free_ char *type = NULL;
	int r;

	if (cgroup_is_used(root, path))
		return fail(f, 0, "cgroup '%s' is in use by others", path);
	/* an empty one that a crash has left is none */
	r = cgroup_remove(root, path, f);
	if (r < 0)
		return r;
	parent = walk(root, path, true, NULL, false, f);
	if (parent < 0)
		return parent;
	for (size_t i = 0; i < s->count; i++) {
		_cleanup_free_ char *controller = controller_of(s->list[i].key);

		if (controller && cgroup_enable(root, path, controller, f) < 0)
			return f->error;
	}
	if (mkdirat(parent, name, 0755) < 0)
		return fail(f, -errno, "cannot make the cgroup '%s'", path);
	group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = group < 0 ? fail(f, -errno, "cannot open the cgroup '%s'", path) : 0;
	/* controllers like pids can be handed on by a group with processes, which makes others below it unusable */
	if (r == 0 && cgroup_read(group, "cgroup.type", &type, f) == 0 && strncmp(type, "domain invalid", 14) == 0)
		r = fail(
			f, 0,
			"cannot use a cgroup below '%.*s', which has processes of its own; name another one in 'cgroup/base'",
			slash ? (int)(slash - path) : 1, slash ? path : "/");
	if (r == 0 && delegated) {
		r = cgroup_write(group, "cgroup.max.descendants", MAX_DESCENDANTS, f);
		if (r == 0)
			r = cgroup_write(group, "cgroup.max.depth", MAX_DEPTH, f);
	}
	if (r == 0)
		r = cgroup_apply(root, path, group, s, f);
	if (r < 0) {
		(void)unlinkat(parent, name, AT_REMOVEDIR);
		return r;
	}
	return take_fd(group);
}

/* ---- delegation ---- */

/* Options of the file system itself, from mountinfo: what is behind " - cgroup2 SOURCE ". Freed by the caller. */
static char *super_options(const char *mnt)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL, *found = NULL;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", 16U << 20, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		_cleanup_free_ char *where = NULL;
		char *p = line, *end;

		for (int i = 0; i < 4 && p; i++)
			p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL;
		end = p ? strchr(p, ' ') : NULL;
		if (!end)
			continue;
		where = config_unescape(p, (size_t)(end - p));
		p = strstr(end, " - cgroup2 ");
		if (!p || strcmp(where, mnt) != 0)
			continue;
		p = strchr(p + strlen(" - cgroup2 "), ' ');
		if (p) {
			free(found);
			found = xstrdup(p + 1);
		}
	}
	return found;
}

int cgroup_delegate(const char *mnt, struct fail *f)
{
	_cleanup_free_ char *real = realpath(mnt, NULL), *options = real ? super_options(real) : NULL;
	_cleanup_close_ int fs = -1;
	char *save = NULL;
	bool on = false;

	if (!options)
		return fail(f, 0, "cannot hand a cgroup to a guest: the options of '%s' are not known", mnt);
	for (const char *p = options; (p = strstr(p, "nsdelegate")); p++)
		on = true;
	if (on)
		return 0;
	/* all options are set anew, so those it has are said again */
	fs = (int)syscall(SYS_fspick, AT_FDCWD, real, FSPICK_CLOEXEC);
	if (fs < 0)
		return fail(f, -errno, "cannot change the options of '%s'", mnt);
	for (char *w = strtok_r(options, ",", &save); w; w = strtok_r(NULL, ",", &save))
		if (strcmp(w, "rw") != 0 && strcmp(w, "ro") != 0 &&
		    syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, w, NULL, 0) < 0)
			return fail(f, -errno, "cannot repeat option '%s' of '%s'", w, mnt);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "nsdelegate", NULL, 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return fail(f, -errno,
			    "cannot set option 'nsdelegate' of '%s', without which a guest could change its limits",
			    mnt);
	return 0;
}

/* ---- members ---- */

/* The group a process is in, "" the top one; freed by the caller. */
static char *group_of(pid_t pid)
{
	_cleanup_free_ char *file = xasprintf("/proc/%ld/cgroup", (long)pid), *text = NULL;
	char *line;

	if (read_file_at(AT_FDCWD, file, MAX_BYTES, &text, NULL) < 0)
		return NULL;
	line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!line)
		return NULL;
	line += *line == '\n' ? 5 : 4;
	return xstrndup(line, strcspn(line, "\n"));
}

/* The same below ours: "" is ours itself; NULL it is not in there. */
static char *nested_group(const char *path, pid_t pid)
{
	_cleanup_free_ char *all = pid > 0 ? group_of(pid) : NULL;
	const char *found = all;
	size_t len = strlen(path);

	/* a root of our mount that is not the kernel's adds something in front */
	while (found && !((found == all || found[-1] == '/') && strncmp(found, path, len) == 0 &&
			  (!found[len] || found[len] == '/')))
		found = strchr(found, '/') ? strchr(found, '/') + 1 : NULL;
	return found ? xstrdup(found[len] ? found + len + 1 : "") : NULL;
}

int cgroup_way_back(int root)
{
	_cleanup_free_ char *path = group_of(getpid());
	struct fail ignored = { 0 };
	_cleanup_close_ int dir = path ? walk(root, path, false, NULL, true, &ignored) : -1;

	return dir < 0 ? -1 : openat(dir, "cgroup.procs", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_join(int root, const char *path, pid_t init, struct fail *f)
{
	_cleanup_close_ int group = cgroup_open(root, path, f), leaf = -1;
	_cleanup_free_ char *nested = NULL;
	struct fail why = { 0 };
	int r;

	if (group < 0)
		return group;
	r = cgroup_write(group, "cgroup.procs", "0", &why);
	/* divided into groups of the guest's own: no process may be at the top */
	if (r != -EBUSY && r != -EOPNOTSUPP)
		return r < 0 ? fail(f, r, "cannot enter the cgroup '%s'", path) : 0;
	nested = nested_group(path, init);
	leaf = nested && *nested ? walk(group, nested, false, NULL, true, &why) : -1;
	memset(&why, 0, sizeof(why));
	if (leaf >= 0 && cgroup_write(leaf, "cgroup.procs", "0", &why) == 0)
		return 0;
	if (leaf >= 0)
		(void)close(take_fd(leaf));
	/* else one of our own beside the others */
	memset(&why, 0, sizeof(why));
	leaf = walk(group, "vserver-exec", true, NULL, true, &why);
	if (leaf >= 0 && cgroup_write(leaf, "cgroup.procs", "0", &why) == 0)
		return 0;
	return fail(f, r, "cannot enter the cgroup '%s', which the guest has divided", path);
}

struct adopt {
	int root, group;
	uint32_t xid;
	char *members;		/* text of cgroup.procs */
	size_t moved;
	struct fail *f;
};

static bool is_member(const char *members, pid_t pid)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%ld\n", (long)pid);

	for (const char *p = members; (p = strstr(p, line)); p += len)
		if (p == members || p[-1] == '\n')
			return true;
	return false;
}

static int adopt_one(const struct proc *p, void *data)
{
	struct adopt *a = data;
	_cleanup_free_ char *before = NULL;
	struct fail why = { 0 };
	char number[32];
	uint32_t xid;
	int r;

	if (p->xid != a->xid || is_member(a->members, p->pid))
		return 0;
	before = group_of(p->pid);
	(void)snprintf(number, sizeof(number), "%ld", (long)p->pid);
	r = cgroup_write(a->group, "cgroup.procs", number, &why);
	if (r == -ESRCH)
		return 0;	/* has ended */
	if (r < 0)
		return fail(a->f, r, "cannot move process %ld into the cgroup", (long)p->pid);
	/* has the number become somebody else's meanwhile? */
	if (before && vctx_task_xid(p->pid, &xid) == 0 && xid != a->xid) {
		_cleanup_close_ int back = walk(a->root, before, false, NULL, true, &why);

		if (back >= 0)
			(void)cgroup_write(back, "cgroup.procs", number, &why);
		return 0;
	}
	a->moved++;
	return 0;
}

int cgroup_adopt(int root, int group, uint32_t xid, struct fail *f)
{
	/* as long as there are new ones: they fork meanwhile, but only into where they are */
	for (int round = 0; round < 100; round++) {
		_cleanup_free_ char *members = NULL;
		struct adopt a = { .root = root, .group = group, .xid = xid, .f = f };
		int r = cgroup_read(group, "cgroup.procs", &members, f);

		if (r < 0)
			return fail(f, r, "cannot read the members of the cgroup");
		a.members = members;
		r = procs_walk(adopt_one, &a);
		if (r < 0)
			return fail(f, r, "cannot find the processes of context %u", xid);
		if (!a.moved)
			return 0;
	}
	return fail(f, 0, "the processes of context %u multiply faster than they can be moved into a cgroup", xid);
}
