// SPDX-License-Identifier: GPL-2.0-or-later
/* guest - find a guest, tell whether it runs, lock it */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "enter.h"
#include "msg.h"
#include "path.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

#ifndef VCTX_VDIRBASE
#define VCTX_VDIRBASE "/var/lib/vservers"
#endif

#define LOCK_SECONDS	300	/* how long to wait for somebody else */

static char *confdir;

void guest_set_confdir(const char *dir)
{
	_cleanup_free_ char *cwd = NULL, *abs = NULL;

	if (*dir != '/')
		cwd = getcwd(NULL, 0);
	abs = xasprintf("%s%s%s", cwd ? cwd : "", cwd ? "/" : "", dir);
	free(confdir);
	confdir = path_clean(abs);
	if (!confdir)
		confdir = xstrdup(dir);
}

const char *guest_confdir(void)
{
	if (!confdir)
		guest_set_confdir(parse_confdir());
	return confdir;
}

char *guest_vdirbase(int defaults)
{
	const char *env = secure_getenv("VCTX_VDIRBASE");
	_cleanup_free_ char *dir = xasprintf("%s/.defaults", guest_confdir());
	struct fail f = { 0 };
	char *base = NULL;

	if (env && *env)
		return xstrdup(env);
	if (defaults >= 0 && config_link(defaults, dir, "vdirbase", &base, &f) > 0)
		return base;
	return xstrdup(VCTX_VDIRBASE);
}

bool guest_root_holds_more(const char *real, const char *config, int defaults)
{
	_cleanup_free_ char *base = guest_vdirbase(defaults), *conf = realpath(guest_confdir(), NULL);
	_cleanup_free_ char *base_real = realpath(base, NULL);
	unsigned int depth = 0;

	for (const char *s = real; *s; s++)
		depth += *s == '/' && s[1];
	return depth < 2 || path_is_below(config, real) || (conf && path_is_below(conf, real)) ||
	       (base_real && path_is_below(base_real, real));
}

int guest_check_name(const char *name, struct fail *f)
{
	if (!*name || strlen(name) > NAME_MAX - 16)
		return fail(f, 0, "'%s' cannot be the name of a guest: bad length", name);
	if (*name == '.' || *name == '-')
		return fail(f, 0, "'%s' cannot be the name of a guest: begins with '%c'", name, *name);
	if (config_is_backup(name))
		return fail(f, 0, "'%s' cannot be the name of a guest: looks like a backup file", name);
	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.+@", *s))
			return fail(f, 0, "'%s' cannot be the name of a guest: only letters, digits and -_.+@", name);
	return 0;
}

struct guest *guest_free(struct guest *g)
{
	if (!g)
		return NULL;
	guest_unlock(g);
	if (g->number >= 0)
		(void)close(g->number);
	if (g->fd >= 0)
		(void)close(g->fd);
	if (g->defaults >= 0)
		(void)close(g->defaults);
	free(g->name);
	free(g->dir);
	free(g->defaults_dir);
	free(g->vdir);
	free(g->run_file);
	free(g);
	return NULL;
}

static int open_at(const char *dir, struct guest **ret, struct fail *f)
{
	_cleanup_guest_ struct guest *g = xcalloc(1, sizeof(*g));
	_cleanup_free_ char *base = NULL;
	const char *slash;
	uint64_t xid;
	int r;

	g->fd = g->defaults = g->lock = g->number = -1;
	g->dir = xstrdup(dir);
	g->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->fd < 0)
		return fail(f, errno == ENOTDIR ? -ENOENT : -errno, "no configuration '%s'", dir);
	g->defaults_dir = xasprintf("%s/.defaults", guest_confdir());
	g->defaults = open(g->defaults_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	slash = strrchr(dir, '/');
	r = config_text(g->fd, "name", &g->name, f);
	if (r < 0)
		return r;
	if (!r || !*g->name) {
		free(g->name);
		g->name = xstrdup(slash[1] ? slash + 1 : dir);
	}
	if (strchr(g->name, '/') || g->name[0] == '.')
		return fail(f, 0, "bad value in 'name': '%s'", g->name);
	r = config_number(g->fd, "context", VCTX_XID_MIN, VCTX_XID_MAX, &xid, f);
	if (r < 0)
		return r;
	g->xid = r ? (uint32_t)xid : 0;

	r = config_link(g->fd, g->dir, "vdir", &g->vdir, f);
	if (r < 0)
		return r;
	if (!r) {
		base = guest_vdirbase(g->defaults);
		g->vdir = xasprintf("%s/%s", base, g->name);
	}
	r = config_link(g->fd, g->dir, "run", &g->run_file, f);
	if (r < 0)
		return r;
	if (!r)
		g->run_file = guest_run_path("vservers/%s", g->name);
	*ret = take_ptr(g);
	return 0;
}

int guest_open(const char *name, struct guest **ret, struct fail *f)
{
	_cleanup_free_ char *dir = NULL;
	uint32_t xid;
	struct stat st;

	if (*name == '/' || strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0) {
		/* a path: the context's name must not depend on how it was written */
		dir = realpath(name, NULL);
		if (!dir)
			return fail(f, errno == ENOTDIR ? -ENOENT : -errno, "no configuration '%s'", name);
		return open_at(dir, ret, f);
	}
	if (!*name || *name == '.' || strchr(name, '/'))
		return fail(f, -ENOENT, "no configuration for '%s'", name);
	dir = xasprintf("%s/%s", guest_confdir(), name);
	if (stat(dir, &st) < 0 && errno == ENOENT && parse_u32(name, &xid) == 0 && xid >= VCTX_XID_MIN) {
		char context[VCTX_NAME_SIZE];

		if (vctx_name_get(xid, VCTX_NAME_CONTEXT, context) == 0 && context[0] == '/')
			return open_at(context, ret, f);
		return fail(f, -ENOENT, "no configuration '%s', and no running guest with this number", dir);
	}
	return open_at(dir, ret, f);
}

int guest_text(const struct guest *g, const char *path, char **ret, struct fail *f)
{
	int r = config_text(g->fd, path, ret, f);

	if (r || g->defaults < 0)
		return r;
	r = config_text(g->defaults, path, ret, f);
	return r < 0 ? fail_prefix(f, ".defaults") : r;
}

int guest_list_value(const struct guest *g, const char *path, unsigned int flags, char ***ret, struct fail *f)
{
	int r = config_list(g->fd, path, flags, ret, f);

	if (r || g->defaults < 0)
		return r;
	r = config_list(g->defaults, path, flags, ret, f);
	return r < 0 ? fail_prefix(f, ".defaults") : r;
}

/* ---- running ---- */

/* The kernel answers only root of the host, and says to others that it knows nothing of all this. */
static int nobody_may_ask(void)
{
	return access("/proc/virtual", F_OK) == 0 ? -EPERM : 0;
}

static int is_context_of(const struct guest *g, uint32_t xid)
{
	char context[VCTX_NAME_SIZE];
	struct vctx_ctx_stat st;
	int r;

	r = vctx_name_get(xid, VCTX_NAME_CONTEXT, context);
	if (r == 0 && strcmp(context, g->dir) != 0)
		return 0;
	if (r == 0)
		r = vctx_ctx_stat(xid, &st);
	if (r == -ENOSYS)
		return nobody_may_ask();
	if (r == -ESRCH)
		return 0;
	return r < 0 ? r : st.claims > 0;
}

bool guest_number_is_taken(const struct guest *g)
{
	char context[VCTX_NAME_SIZE];

	return g->xid && vctx_name_get(g->xid, VCTX_NAME_CONTEXT, context) == 0 && strcmp(context, g->dir) != 0;
}

/* What the run file says, 0 nothing. */
static uint32_t run_number(const struct guest *g)
{
	_cleanup_free_ char *text = NULL;
	uint32_t xid;

	if (read_file_at(AT_FDCWD, g->run_file, 64, &text, NULL) < 0)
		return 0;
	text[strcspn(text, " \n")] = '\0';
	return parse_u32(text, &xid) == 0 && xid >= VCTX_XID_MIN ? xid : 0;
}

int guest_check_own(const struct guest *g, struct fail *f)
{
	uint32_t nid = 0, numbers[3] = { run_number(g), g->xid };
	char context[VCTX_NAME_SIZE];

	if (net_of_guest(g, &nid))
		numbers[2] = nid;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		_cleanup_guest_ struct guest *other = NULL;
		struct fail ignored = { 0 };

		if (!numbers[i] || vctx_name_get(numbers[i], VCTX_NAME_CONTEXT, context) < 0 || context[0] != '/' ||
		    strcmp(context, g->dir) == 0 || open_at(context, &other, &ignored) < 0)
			continue;
		if (strcmp(other->run_file, g->run_file) == 0 || strcmp(other->name, g->name) == 0)
			return fail(f, 0, "'%s' has the 'name' or 'run' of '%s', which is running: a copied "
					  "configuration needs its own", g->dir, context);
	}
	return 0;
}

int guest_running(const struct guest *g, uint32_t *ret_xid)
{
	uint32_t xid = run_number(g);
	int r = xid ? is_context_of(g, xid) : 0;

	if (r) {
		if (r > 0)
			*ret_xid = xid;
		return r;
	}
	if (!g->xid || g->xid == xid)
		return 0;
	r = is_context_of(g, g->xid);
	if (r > 0)
		*ret_xid = g->xid;
	return r;
}

int guest_ask_running(const struct guest *g, uint32_t *ret_xid, struct fail *f)
{
	int r = guest_running(g, ret_xid);

	return r < 0 ? fail(f, r, "cannot find out whether it is running") : r;
}

uint64_t guest_uptime(const struct guest *g)
{
	struct stat st;
	time_t now = time(NULL);

	if (stat(g->run_file, &st) < 0 || st.st_mtime > now)
		return 0;
	return (uint64_t)(now - st.st_mtime);
}

/* ---- lock ---- */

static void on_alarm(int sig _unused_)
{
}

int guest_lock(struct guest *g, struct fail *f)
{
	struct sigaction sa = { .sa_handler = on_alarm }, old;
	_cleanup_free_ char *dir = guest_run_path("vservers.lock"), *escaped = NULL;
	char *e;
	int r;

	/* one name, one file: whatever cannot be in a file name is written as %XX */
	escaped = e = xcalloc(strlen(g->name) * 3 + 1, 1);
	for (const char *s = g->name; *s; s++)
		if (*s == '%' || !isgraph((unsigned char)*s))
			e += sprintf(e, "%%%02X", (unsigned char)*s);
		else
			*e++ = *s;
	if (!g->lock_file)
		g->lock_file = xasprintf("%s/%s", dir, escaped);
	r = path_mkdir_parents(dir, 0755);
	if (r < 0)
		return fail(f, r, "cannot make '%s'", dir);

	sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGALRM, &sa, &old);
	(void)alarm(LOCK_SECONDS);
	for (;;) {
		_cleanup_close_ int fd = open(g->lock_file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat a, b;

		if (fd < 0) {
			r = fail(f, -errno, "cannot open lock '%s'", g->lock_file);
			break;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno == EWOULDBLOCK) {
				if (!opts.silent)
					msg_info("waiting until another vserver is through with it");
				r = flock(fd, LOCK_EX) < 0 ? -errno : 0;
			} else {
				r = -errno;
			}
			if (r < 0) {
				r = r == -EINTR ? fail(f, 0, "another vserver is at work (lock '%s')", g->lock_file) :
						  fail(f, r, "cannot lock '%s'", g->lock_file);
				break;
			}
		}
		/* its last owner has removed it meanwhile: what we hold is no longer the lock */
		if (fstat(fd, &a) < 0 || stat(g->lock_file, &b) < 0 || a.st_ino != b.st_ino || a.st_dev != b.st_dev)
			continue;
		g->lock = take_fd(fd);
		r = 0;
		break;
	}
	(void)alarm(0);
	(void)sigaction(SIGALRM, &old, NULL);
	return r;
}

void guest_unlock(struct guest *g)
{
	if (g->lock >= 0) {
		(void)unlink(g->lock_file);
		(void)close(g->lock);
		g->lock = -1;
	}
	free(g->lock_file);
	g->lock_file = NULL;
}

int guest_reserve_number(struct guest *g, struct fail *f)
{
	_cleanup_free_ char *dir = guest_run_path("vservers.lock");
	int r = path_mkdir_parents(dir, 0755);

	if (r < 0)
		return fail(f, r, "cannot make '%s'", dir);
	for (uint32_t xid = FIRST_DYNAMIC; (xid = free_context(xid)); xid++) {
		/* the name of no guest; the file stays: who removed it would have to wait for nobody */
		_cleanup_free_ char *path = xasprintf("%s/.%u", dir, xid);
		_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0)
			return fail(f, -errno, "cannot open '%s'", path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0 || free_context(xid) != xid)
			continue;
		g->xid = xid;
		g->number = take_fd(fd);
		return 0;
	}
	return fail(f, 0, "no free context number");
}

/* ---- files that say it runs ---- */

static int make_parent(const char *path, struct fail *f)
{
	_cleanup_free_ char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	int r;

	if (!*dir)
		return 0;
	r = path_mkdir_parents(dir, 0755);
	return r < 0 ? fail(f, r, "cannot make '%s'", dir) : 0;
}

static int write_new(const char *path, const char *text, struct fail *f)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = make_parent(path, f);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(f, -errno, "cannot make '%s'", path);
	r = write_all(fd, text, strlen(text));
	if (r < 0) {
		(void)unlink(path);
		return fail(f, r, "cannot write '%s'", path);
	}
	return 0;
}

int guest_write_run(const struct guest *g, uint32_t xid, struct fail *f)
{
	_cleanup_free_ char *rev = guest_run_path("vservers.rev/%u", xid);
	char text[16];
	int r;

	(void)snprintf(text, sizeof(text), "%u\n", xid);
	r = write_new(g->run_file, text, f);
	if (r == 0)
		r = make_parent(rev, f);
	if (r < 0)
		return r;
	(void)unlink(rev);
	if (symlink(g->dir, rev) < 0) {
		r = fail(f, -errno, "cannot make '%s'", rev);
		(void)unlink(g->run_file);
	}
	return r;
}

void guest_remove_run(const struct guest *g, uint32_t xid)
{
	_cleanup_free_ char *rev = guest_run_path("vservers.rev/%u", xid);

	(void)unlink(g->run_file);
	if (xid)
		(void)unlink(rev);
}

int guest_write_state(const struct guest *g, uint32_t xid, struct fail *f)
{
	_cleanup_free_ char *path = guest_run_path("vshelper/%u", xid);
	_cleanup_free_ char *text = xasprintf("%s\ndefault\n", g->dir);

	(void)unlink(path);
	return write_new(path, text, f);
}

void guest_remove_state(uint32_t xid)
{
	_cleanup_free_ char *path = guest_run_path("vshelper/%u", xid);

	(void)unlink(path);
}
