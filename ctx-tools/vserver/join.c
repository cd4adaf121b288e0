// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * join - run something inside a running guest
 *
 * Three processes: the caller stays on the host with its terminal; the middle one enters the guest's
 * spaces (a pid space counts for children only); its child enters the context and becomes the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "exec.h"
#include "msg.h"
#include "path.h"
#include "user.h"
#include "util.h"
#include "vlogin.h"
#include "vserver.h"
#include "xalloc.h"

/* ---- signals ---- */

static const int forwarded[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
static struct sigaction saved[ARRAY_SIZE(forwarded)];
static volatile sig_atomic_t forward_to;

static void forward(int sig)
{
	if (forward_to > 0)
		(void)kill((pid_t)forward_to, sig);
}

static void forward_begin(pid_t pid)
{
	struct sigaction sa = { .sa_handler = forward };

	forward_to = pid;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		(void)sigaction(forwarded[i], &sa, &saved[i]);
}

static void forward_end(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		(void)sigaction(forwarded[i], &saved[i], NULL);
	forward_to = 0;
}

/* That the command is stopped, by whomever in the guest, is no reason for anybody outside to stop. */
static int wait_and_forward(pid_t pid)
{
	int r;

	forward_begin(pid);
	r = exec_wait(pid);
	forward_end();
	return r;
}

/* ---- inside ---- */

static char **make_environment(const struct join *j, const struct user *u)
{
	const char *term = getenv("TERM");
	char **env = strv_new();

	for (char *const *e = j->envp; e && *e; e++)
		strv_add(&env, *e);
	if (!strv_has_variable(env, "PATH"))
		strv_add(&env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (term && !strv_has_variable(env, "TERM"))
		strv_take(&env, xasprintf("TERM=%s", term));
	if (!strv_has_variable(env, "HOME"))
		strv_take(&env, xasprintf("HOME=%s", u->home && *u->home ? u->home : "/"));
	if (!strv_has_variable(env, "SHELL"))
		strv_take(&env, xasprintf("SHELL=%s", u->shell && *u->shell ? u->shell : "/bin/sh"));
	if (u->name && !strv_has_variable(env, "USER"))
		strv_take(&env, xasprintf("USER=%s", u->name));
	if (u->name && !strv_has_variable(env, "LOGNAME"))
		strv_take(&env, xasprintf("LOGNAME=%s", u->name));
	return env;
}

static int execute(char *const *argv, bool login)
{
	if (login) {
		const char *base = strrchr(argv[0], '/');
		_cleanup_strv_ char **copy = NULL;

		strv_take(&copy, xasprintf("-%s", base ? base + 1 : argv[0]));
		for (char *const *a = argv + 1; *a; a++)
			strv_add(&copy, *a);
		(void)execve(argv[0], copy, environ);
		return -errno;
	}
	(void)execvp(argv[0], argv);
	return -errno;
}

/* The last process: from the host into the context, never back. */
static _noreturn_ void become(uint32_t xid, uint32_t nid, const struct join *j, struct vlogin *v)
{
	_cleanup_user_ struct user u = { 0 };
	int root, r;

	r = nid ? vctx_net_migrate(nid) : 0;
	if (r < 0) {
		msg_error("cannot enter network context %u: %s", nid, vctx_strerror(VCTX_CALL_NET_MIGRATE, r));
		_exit(EXIT_OURS);
	}
	r = vctx_ctx_migrate(xid, 0);
	if (r < 0) {
		msg_error("cannot enter context %u: %s", xid, vctx_strerror(VCTX_CALL_MIGRATE, r));
		_exit(EXIT_OURS);
	}
	root = path_open_root("/");
	r = root < 0 ? root : user_lookup(root, j->user ? j->user : "0", &u);
	if (r < 0) {
		msg_error("no user '%s' in the guest: %s", j->user ? j->user : "0", strerror(-r));
		_exit(EXIT_OURS);
	}
	(void)close(root);
	if (v) {
		r = vlogin_attach(v);
		if (r < 0) {
			msg_errno(r, "cannot make a terminal in the guest");
			_exit(EXIT_OURS);
		}
		if (u.uid)
			(void)fchown(STDIN_FILENO, u.uid, (gid_t)-1);
	}
	environ = make_environment(j, &u);
	r = user_become(&u);
	if (r < 0) {
		msg_errno(r, "cannot become user '%s'", j->user ? j->user : "0");
		_exit(EXIT_OURS);
	}
	if (chdir(j->login && u.home && *u.home ? u.home : "/") < 0 && chdir("/") < 0)
		_exit(EXIT_OURS);
	exec_reset_signals();
	r = execute(j->argv, j->login);
	if (r == -ENOENT && j->fallback)
		r = execute(j->fallback, j->login);
	msg_errno(r, "cannot execute '%s' in the guest", j->argv[0]);
	_exit(r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* Where its processes are, and with the view they have. A guest that was started without a group has none. */
static int enter_cgroup(uint32_t xid, const struct settings *s, int *ret_back, struct fail *f)
{
	struct fail ignored = { 0 };
	_cleanup_close_ int root = cgroup_open_root(s->cgroup.mnt, &ignored), view = -1;
	struct vctx_ctx_info info = { 0 };
	_cleanup_free_ char *path = NULL;
	uint32_t owner;
	int r;

	if (root < 0)
		return 0;
	(void)vctx_ctx_info(xid, &info);
	*ret_back = cgroup_way_back(root);
	r = cgroup_join(root, s->cgroup_path, (pid_t)info.init_pid, f);
	if (r < 0)
		return r == -ENOENT && !f->error ? 0 : r;
	if (info.init_pid) {
		path = xasprintf("/proc/%u/ns/cgroup", info.init_pid);
		view = open(path, O_RDONLY | O_CLOEXEC);
		/* is it still the one? */
		if (view >= 0 && (vctx_task_xid((pid_t)info.init_pid, &owner) < 0 || owner != xid))
			(void)close(take_fd(view));
	}
	if (view >= 0 ? setns(view, CLONE_NEWCGROUP) < 0 : unshare(CLONE_NEWCGROUP) < 0)
		return fail(f, -errno, "cannot enter the cgroup namespace of the guest");
	return 0;
}

/* Of the descriptors above 2; -1 none. */
static void close_all_but(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;
	unsigned int next = 3;

	if (low >= 3) {
		if (low > 3)
			(void)syscall(SYS_close_range, 3U, (unsigned int)low - 1, 0);
		next = (unsigned int)low + 1;
	}
	if (high >= (int)next) {
		if (high > (int)next)
			(void)syscall(SYS_close_range, next, (unsigned int)high - 1, 0);
		next = (unsigned int)high + 1;
	}
	exec_close_from((int)next);
}

/* The middle process. */
static _noreturn_ void inside(uint32_t xid, uint32_t nid, const struct join *j, struct vlogin *v)
{
	struct fail f = { 0 };
	int back = -1, r;
	pid_t pid;

	if (j->settings && enter_cgroup(xid, j->settings, &back, &f) < 0) {
		msg_error("%s", f.text);
		_exit(EXIT_OURS);
	}
	if (j->settings && settings_apply_limits(j->settings, &f) < 0) {
		msg_error("%s", f.text);
		_exit(EXIT_OURS);
	}
	/* nothing of the host's may come along; the terminal's socket is no way back */
	close_all_but(v ? v->socket : -1, back);
	r = vctx_space_enter(xid, 0, 0);
	if (r < 0) {
		msg_error("cannot enter the spaces of context %u: %s", xid, vctx_strerror(VCTX_CALL_SPACE, r));
		_exit(EXIT_OURS);
	}
	pid = fork();
	if (pid < 0) {
		msg_errno(errno, "cannot fork");
		_exit(EXIT_OURS);
	}
	if (pid == 0) {
		if (back >= 0)
			(void)close(back);
		become(xid, nid, j, v);
	}
	/* we are none of the guest's: its root could not divide a group with us in it */
	if (back >= 0) {
		(void)!write(back, "0", 1);
		(void)close(back);
	}
	if (v) {
		/* the terminal belongs to the other one now */
		(void)close(v->socket);
		(void)signal(SIGHUP, SIG_IGN);
	}
	r = wait_and_forward(pid);
	_exit(r < 0 ? EXIT_OURS : r);
}

/* ---- outside ---- */

#define PUMP_SIZE	8192

struct pump {
	int from, to;		/* -1 over */
};

/* Copy once: false at the end. */
static bool pump(struct pump *p)
{
	char buf[PUMP_SIZE];
	ssize_t n = read(p->from, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return errno == EINTR;
	if (n <= 0 || write_all(p->to, buf, (size_t)n) < 0) {
		p->from = -1;
		return false;
	}
	return true;
}

/* Copy between our descriptors and the pipes until the child ends: its exit code. */
static int pump_until_end(pid_t pid, struct pump *pumps, int close_at_eof)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int r;

	forward_begin(pid);
	for (;;) {
		struct pollfd p[4] = { { .fd = pidfd, .events = POLLIN } };

		for (int i = 0; i < 3; i++)
			p[i + 1] = (struct pollfd){ .fd = pumps[i].from, .events = POLLIN };
		if (poll(p, 4, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 3; i++)
			if (p[i + 1].revents && !pump(&pumps[i]) && i == 0 && close_at_eof >= 0) {
				(void)close(close_at_eof);
				close_at_eof = -1;
			}
		if (p[0].revents)
			break;
	}
	/* what it said last, and not what others go on saying who still hold the pipe */
	for (int i = 1; i < 3; i++) {
		int left = 0;

		if (pumps[i].from < 0)
			continue;
		(void)fcntl(pumps[i].from, F_SETFL, O_NONBLOCK);
		(void)ioctl(pumps[i].from, FIONREAD, &left);
		for (; left > 0 && pump(&pumps[i]); left -= PUMP_SIZE)
			;
	}
	(void)signal(SIGPIPE, before);
	r = exec_wait(pid);
	forward_end();
	return r;
}

int join_run(const struct guest *g, uint32_t xid, const struct join *j, struct fail *f)
{
	struct pump pumps[3] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int ends[3] = { -1, -1, -1 }, r;
	uint32_t nid = VCTX_XID_HOST;
	bool any = false;
	pid_t pid;

	(void)net_of_guest(g, &nid);

	if (!j->relay && vlogin_possible()) {
		struct vlogin v;

		r = vlogin_fork(&v);
		if (r < 0)
			return fail(f, r, "cannot make a terminal");
		if (r == 0)
			return v.exit_code;
		inside(xid, nid, j, &v);
	}
	for (int i = 0; i < 3; i++) {
		int fds[2];

		if (!(j->relay && i) && !isatty(i))
			continue;
		if (j->relay && i == 0)
			continue;
		if (pipe2(fds, O_CLOEXEC) < 0)
			return fail(f, -errno, "cannot make a pipe");
		any = true;
		ends[i] = i ? fds[1] : fds[0];
		pumps[i].from = i ? fds[0] : STDIN_FILENO;
		pumps[i].to = i ? i : fds[1];
	}
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(f, -errno, "cannot fork");
	if (pid == 0) {
		if (any)
			(void)setsid();
		if (j->relay) {
			ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
			if (ends[0] < 0)
				_exit(EXIT_OURS);
		}
		for (int i = 0; i < 3; i++)
			if (ends[i] >= 0 && dup2(ends[i], i) < 0)
				_exit(EXIT_OURS);
		inside(xid, nid, j, NULL);
	}
	for (int i = 0; i < 3; i++)
		if (ends[i] >= 0)
			(void)close(ends[i]);
	r = any ? pump_until_end(pid, pumps, pumps[0].to) : wait_and_forward(pid);
	for (int i = 1; i < 3; i++)
		if (pumps[i].to >= 0 && pumps[i].from > 2)
			(void)close(pumps[i].from);
	return r < 0 ? fail(f, r, "cannot wait for the command") : r;
}

int join_open_mounts(uint32_t xid, struct fail *f)
{
	char path[64], byte;
	int up[2], down[2], fd, r = -EIO;
	pid_t pid;

	if (pipe2(up, O_CLOEXEC) < 0)
		return fail(f, -errno, "cannot make a pipe");
	if (pipe2(down, O_CLOEXEC) < 0) {
		r = fail(f, -errno, "cannot make a pipe");
		(void)close(up[0]);
		(void)close(up[1]);
		return r;
	}
	pid = fork();
	if (pid == 0) {
		(void)close(up[0]);
		(void)close(down[1]);
		r = vctx_space_enter(xid, VCTX_SPACE_FS | VCTX_SPACE_MOUNT, 0);
		(void)!write(up[1], &r, sizeof(r));
		/* stay until the other side has looked */
		(void)!read(down[0], &byte, 1);
		_exit(0);
	}
	(void)close(up[1]);
	(void)close(down[0]);
	if (pid < 0)
		r = fail(f, -errno, "cannot fork");
	else if (read_full(up[0], &r, sizeof(r)) != (ssize_t)sizeof(r) || r < 0)
		r = fail(f, r < 0 ? r : -EIO, "cannot look into context %u", xid);
	if (r >= 0) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", (long)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = fd < 0 ? fail(f, -errno, "cannot open the mounts of context %u", xid) : fd;
	}
	(void)close(up[0]);
	(void)close(down[1]);
	if (pid > 0)
		(void)exec_wait(pid);
	return r;
}
