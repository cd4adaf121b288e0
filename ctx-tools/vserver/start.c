// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * start - start a guest: all of it or nothing
 *
 * The parent stays on the host and runs the plan. The child is the guest's first process: it does those
 * steps that have to happen in the guest's namespaces or in its context, one at a time as the parent tells it, and
 * the last of them makes it the guest's init command. Whatever the child made goes with it when it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include "cleanup.h"
#include "msg.h"
#include "path.h"
#include "plan.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

struct start {
	struct guest *g;
	struct settings *s;

	/* in the parent */
	pid_t pid;
	int pidfd;
	int sock;		/* to the child */
	int output;		/* what the guest's start command prints, -1 nobody listens */
	int mntns;		/* the guest's mounts, for scripts */
	int cgroup;		/* descriptor of its cgroup */

	/* in the child */
	int child_root;
	int child_output;
};

static const struct plan_step steps[];
static int child_step(struct start *st, const struct plan_step *step, struct fail *f);

/* ---- talking to the child ---- */

static int child_ended(struct start *st, struct fail *f)
{
	int status;
	pid_t r;

	do
		r = waitpid(st->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	st->pid = 0;
	if (r > 0 && WIFSIGNALED(status))
		return fail(f, 0, "the first process of the guest was killed by signal %d", WTERMSIG(status));
	return fail(f, 0, "the first process of the guest ended with status %d", r > 0 ? WEXITSTATUS(status) : -1);
}

/* Let the child do a step: 0, negative errno, or 1 when it executed the init command. */
static int remote(struct start *st, const char *name, struct fail *f)
{
	uint32_t index = 0;
	struct fail answer;
	ssize_t n;

	while (strcmp(steps[index].name, name) != 0)
		index++;
	if (send(st->sock, &index, sizeof(index), MSG_NOSIGNAL) != (ssize_t)sizeof(index))
		return child_ended(st, f);
	for (;;) {
		n = recv(st->sock, &answer, sizeof(answer), 0);
		if (n >= 0 || errno != EINTR)
			break;
		/* a step that hangs (a network file system) ends with the child when the plan is undone */
		if (plan_interrupted())
			return fail(f, 0, "stopped by signal %d", plan_interrupted());
	}
	if (n == 0)
		return 1;
	if (n != (ssize_t)sizeof(answer))
		return fail(f, n < 0 ? -errno : -EIO, "lost the first process of the guest");
	if (answer.error)
		*f = answer;
	return answer.error;
}

static void close_all_but(int a, int b, int c)
{
	int keep[3] = { a, b, c };
	unsigned int next = 3;

	for (int i = 0; i < 3; i++)
		for (int k = i + 1; k < 3; k++)
			if (keep[k] < keep[i]) {
				int t = keep[i];

				keep[i] = keep[k];
				keep[k] = t;
			}
	for (int i = 0; i < 3; i++) {
		if (keep[i] < (int)next)
			continue;
		if (keep[i] > (int)next)
			(void)syscall(SYS_close_range, next, (unsigned int)keep[i] - 1, 0);
		next = (unsigned int)keep[i] + 1;
	}
	(void)syscall(SYS_close_range, next, ~0U, 0);
}

static _noreturn_ void child_main(struct start *st, int sock)
{
	st->child_root = -1;
	st->sock = -1;
	(void)signal(SIGINT, SIG_IGN);	/* the parent decides */
	(void)signal(SIGHUP, SIG_IGN);
	close_all_but(sock, st->child_output, -1);
	for (;;) {
		struct fail f = { 0 };
		uint32_t index;

		if (recv(sock, &index, sizeof(index), 0) != (ssize_t)sizeof(index))
			_exit(EXIT_FAILED);
		(void)child_step(st, &steps[index], &f);
		if (send(sock, &f, sizeof(f), MSG_NOSIGNAL) != (ssize_t)sizeof(f))
			_exit(EXIT_FAILED);
	}
}

/* ---- descriptions ---- */

static char *join_args(char *const *argv)
{
	char *text = xstrdup("");

	for (; argv && *argv; argv++) {
		char *longer = xasprintf("%s%s%s", text, *text ? " " : "", *argv);

		free(text);
		text = longer;
	}
	return text;
}

static char *words(enum vctx_words kind, uint64_t bits)
{
	char *text;

	if (vctx_words_format(kind, bits, ",", &text) < 0)
		return xasprintf("0x%llx", (unsigned long long)bits);
	return text;
}

static char *describe_scripts(const struct start *st, const char *name)
{
	return scripts_exist(st->g, name) ? xasprintf("run the scripts '%s'", name) : NULL;
}

static char *d_initialize(void *data)
{
	return describe_scripts(data, "initialize");
}

static char *d_prepre(void *data)
{
	return describe_scripts(data, "prepre-start");
}

static char *d_cgroup(void *data)
{
	const struct start *st = data;

	if (!cgroup_is_wanted(&st->s->cgroup))
		return NULL;
	return xasprintf("make the cgroup '%s/%s' with %zu setting%s", st->s->cgroup.mnt, st->s->cgroup_path,
			 st->s->cgroup.settings.count, st->s->cgroup.settings.count == 1 ? "" : "s");
}

static char *d_delegate(void *data)
{
	const struct start *st = data;

	if (!cgroup_is_wanted(&st->s->cgroup))
		return NULL;
	return xasprintf("make the cgroup the root of what it sees%s",
			 st->s->cgroup.mount ? ", mount it on /sys/fs/cgroup" : "");
}

static char *d_process(void *data)
{
	const struct start *st = data;
	_cleanup_free_ char *spaces = words(VCTX_WORDS_UMASK, st->s->spaces & ~VCTX_SPACE_FS);

	return xasprintf("make the first process, with its own %s", spaces);
}

static char *d_network(void *data)
{
	return net_describe(((const struct start *)data)->s);
}

static char *d_addresses(void *data)
{
	return net_describe_addresses(((const struct start *)data)->s);
}

static char *d_root(void *data)
{
	const struct start *st = data;

	return xasprintf("mount '%s' as the root directory", st->g->vdir);
}

static char *d_dev(void *data)
{
	const struct start *st = data;

	return xasprintf("mount %s and /dev/pts%s", st->s->keep_dev ? "the guest's own /dev" : "a minimal /dev",
			 st->s->systemd ? ", /run and /sys for systemd" : "");
}

static char *d_proc(void *data _unused_)
{
	return xstrdup("mount /proc");
}

static char *d_fstab(void *data)
{
	const struct start *st = data;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(st->s->fstab); i++)
		n += st->s->fstab[i].count;
	return n ? xasprintf("mount what the fstab asks for (%zu lines)", n) : NULL;
}

static char *d_files(void *data)
{
	const struct start *st = data;

	return xasprintf("prepare files of the guest for init style '%s'", st->s->style.name);
}

static char *d_prepare(void *data)
{
	const struct start *st = data;
	_cleanup_free_ char *args = join_args(st->s->prepare);

	return st->s->prepare ? xasprintf("run '%s' on the host", args) : NULL;
}

static char *d_prestart(void *data)
{
	return describe_scripts(data, "pre-start");
}

static char *d_pivot(void *data _unused_)
{
	return xstrdup("change the root directory, detach the host's mounts");
}

static char *d_limits(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;

	if (!s->nulimits && !s->has_nice && s->ioprio < 0 && s->personality == ~0UL)
		return NULL;
	return xasprintf("set %zu process limit%s%s%s%s", s->nulimits, s->nulimits == 1 ? "" : "s", s->has_nice ? ", nice level" : "",
			 s->ioprio >= 0 ? ", I/O priority" : "", s->personality != ~0UL ? ", personality" : "");
}

static char *d_context(void *data)
{
	const struct start *st = data;

	return st->g->xid ? xasprintf("create context %u", st->g->xid) : xstrdup("create a context, with a free number");
}

static char *d_spaces(void *data)
{
	_cleanup_free_ char *spaces = words(VCTX_WORDS_UMASK, ((const struct start *)data)->s->spaces);

	return xasprintf("give it its spaces %s", spaces);
}

static char *d_names(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;
	const char *node = s->names[VCTX_NAME_NODENAME];

	return xasprintf("name it '%s'%s%s%s", s->names[VCTX_NAME_CONTEXT], node ? ", node name '" : "",
			 node ? node : "", node ? "'" : "");
}

static char *d_sysctl(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;

	return s->nsysctls ? xasprintf("set %zu sysctl%s", s->nsysctls, s->nsysctls == 1 ? "" : "s") : NULL;
}

static char *d_rlimits(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;
	char *text = NULL;

	for (size_t i = 0; i < s->rlimits.count; i++) {
		char *longer = xasprintf("%s%s%s", text ? text : "limit ", text ? ", " : "",
					 vctx_limit_name(s->rlimits.list[i].id));

		free(text);
		text = longer;
	}
	return text;
}

static char *d_rights(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;
	_cleanup_free_ char *b = words(VCTX_WORDS_BCAPS, s->bcaps), *c = words(VCTX_WORDS_CCAPS, s->ccaps);

	return xasprintf("limit capabilities to %s; context capabilities %s", b, *c ? c : "none");
}

static char *d_flags(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;
	_cleanup_free_ char *c = words(VCTX_WORDS_CFLAGS, s->cflags), *u = words(VCTX_WORDS_UMASK, s->umask);
	_cleanup_free_ char *b = s->has_badness ? xasprintf("; badness %lld", (long long)s->badness) : NULL;

	return xasprintf("set flags %s%s%s%s", c, s->umask ? "; may unshare " : "", s->umask ? u : "", b ? b : "");
}

static char *d_runfile(void *data)
{
	return xasprintf("write '%s'", ((const struct start *)data)->g->run_file);
}

static char *d_statefile(void *data)
{
	uint32_t xid = ((const struct start *)data)->g->xid;
	_cleanup_free_ char *path = xid ? guest_run_path("vshelper/%u", xid) : guest_run_path("vshelper/NUMBER");

	return xasprintf("write '%s'", path);
}

static char *d_init(void *data)
{
	const struct settings *s = ((const struct start *)data)->s;
	_cleanup_free_ char *args = join_args(s->start[0]);

	return xasprintf("end the set-up, execute '%s'%s", args, s->style.own_init ? " as init" : ", wait for its end");
}

static char *d_sync(void *data)
{
	const struct start *st = data;
	_cleanup_free_ char *args = join_args(st->s->start_sync);

	if (!st->s->start_sync || !(opts.sync || config_exists(st->g->fd, "apps/init/sync")))
		return NULL;
	return xasprintf("run '%s' in the guest", args);
}

static char *d_poststart(void *data)
{
	return describe_scripts(data, "post-start");
}

/* ---- steps of the parent ---- */

static int scripts_in_config(struct start *st, const char *name, struct fail *f)
{
	return scripts_run(st->g, name, &PLACE_DIR(st->g->fd), f);
}

static int r_initialize(void *data, struct fail *f)
{
	return scripts_in_config(data, "initialize", f);
}

static int r_prepre(void *data, struct fail *f)
{
	return scripts_in_config(data, "prepre-start", f);
}

static int r_cgroup(void *data, struct fail *f)
{
	struct start *st = data;
	const struct cgroup_config *c = &st->s->cgroup;
	_cleanup_close_ int root = cgroup_open_root(c->mnt, f);

	if (root < 0)
		return root;
	/* else root inside could change what limits it */
	if (c->mount && cgroup_delegate(c->mnt, f) < 0)
		return f->error;
	st->cgroup = cgroup_make(root, st->s->cgroup_path, &c->settings, c->mount, f);
	return st->cgroup < 0 ? st->cgroup : 0;
}

static void u_cgroup(void *data)
{
	struct start *st = data;
	struct fail f = { 0 };
	_cleanup_close_ int root = cgroup_open_root(st->s->cgroup.mnt, &f);

	if (st->cgroup >= 0)
		(void)close(take_fd(st->cgroup));
	if (root < 0 || cgroup_remove(root, st->s->cgroup_path, &f) < 0)
		msg_warning("%s", f.text);
}

static int r_process(void *data, struct fail *f)
{
	struct start *st = data;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			 (st->s->pidspace ? CLONE_NEWPID : 0) | (st->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uintptr_t)&st->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = st->cgroup >= 0 ? (uint64_t)st->cgroup : 0,
	};
	int pair[2], out[2] = { -1, -1 };
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, -errno, "cannot make a socket");
	st->child_output = -1;
	if (opts.default_tty) {
		/* "-1" is /dev/null */
		if (st->s->tty)
			st->child_output = open(st->s->tty, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	} else if (!st->s->style.own_init) {
		if (pipe2(out, O_CLOEXEC) == 0) {
			st->output = out[0];
			st->child_output = out[1];
		}
	}
	(void)fflush(stdout);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		child_main(st, pair[1]);
	if (pid < 0)
		(void)fail(f, -errno, "cannot make a process");
	(void)close(pair[1]);
	if (st->child_output >= 0)
		(void)close(take_fd(st->child_output));
	if (pid < 0) {
		(void)close(pair[0]);
		return f->error;
	}
	st->pid = (pid_t)pid;
	st->sock = pair[0];
	return 0;
}

static void u_process(void *data)
{
	struct start *st = data;

	if (st->pid > 0) {
		(void)syscall(SYS_pidfd_send_signal, st->pidfd, SIGKILL, NULL, 0);
		while (waitpid(st->pid, NULL, 0) < 0 && errno == EINTR)
			;
		st->pid = 0;
	}
}

static int r_network(void *data, struct fail *f)
{
	struct start *st = data;
	int r = net_check_free(st->s, f);

	if (r == 0)
		r = remote(st, "network", f);
	if (r != 0)
		return r > 0 ? child_ended(st, f) : r;
	return net_remember(st->g, st->s, f);
}

/* The network context itself ends with the first process. */
static void u_network(void *data)
{
	net_down(((struct start *)data)->g);
}

static int r_addresses(void *data, struct fail *f)
{
	struct start *st = data;

	return net_up(st->g, st->s, f);
}

#define REMOTE(name)							\
static int r_##name(void *data, struct fail *f)				\
{									\
	int r = remote(data, #name, f);					\
									\
	return r > 0 ? child_ended(data, f) : r;			\
}

REMOTE(root)
REMOTE(dev)
REMOTE(proc)
REMOTE(fstab)
REMOTE(delegate)
REMOTE(files)
REMOTE(limits)
REMOTE(spaces)
REMOTE(names)
REMOTE(sysctl)
REMOTE(rights)
REMOTE(flags)

static int open_of_child(const struct start *st, const char *what, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)st->pid, what);
	return open(path, flags | O_CLOEXEC);
}

/* On the host, but with the guest's mounts: the first process has not changed its root yet. */
static int r_prestart(void *data, struct fail *f)
{
	struct start *st = data;
	_cleanup_close_ int ns = open_of_child(st, "ns/mnt", O_RDONLY);
	_cleanup_close_ int cwd = open_of_child(st, "cwd", O_PATH | O_DIRECTORY);

	const struct place where = { .cwd = cwd, .mntns = ns };

	if (ns < 0 || cwd < 0)
		return fail(f, -errno, "cannot open the mounts of the guest");
	return scripts_run(st->g, "pre-start", &where, f);
}

static int r_prepare(void *data, struct fail *f)
{
	struct start *st = data;
	_cleanup_close_ int ns = open_of_child(st, "ns/mnt", O_RDONLY);
	_cleanup_close_ int cwd = open_of_child(st, "cwd", O_PATH | O_DIRECTORY);
	const struct place where = { .cwd = cwd, .mntns = ns };
	int r;

	if (ns < 0 || cwd < 0)
		return fail(f, -errno, "cannot open the mounts of the guest");
	r = run_host(st->s->prepare, &where, f);
	return r > 0 ? fail(f, 0, "'%s' failed with status %d", st->s->prepare[0], r) : r;
}

static int r_pivot(void *data, struct fail *f)
{
	struct start *st = data;
	int r = remote(st, "pivot", f);

	if (r != 0)
		return r > 0 ? child_ended(st, f) : r;
	st->mntns = open_of_child(st, "ns/mnt", O_RDONLY);
	return st->mntns < 0 ? fail(f, -errno, "cannot open the mounts of the guest") : 0;
}

static int r_context(void *data, struct fail *f)
{
	struct start *st = data;
	char owner[VCTX_NAME_SIZE] = "";
	int r;

	if (vctx_ctx_info(st->g->xid, NULL) == 0) {
		(void)vctx_name_get(st->g->xid, VCTX_NAME_CONTEXT, owner);
		return fail(f, 0, "context %u is in use%s%s%s", st->g->xid, *owner ? " by '" : "", owner,
			    *owner ? "'" : "");
	}
	r = remote(st, "context", f);
	return r > 0 ? child_ended(st, f) : r;
}

/* Nothing of the context may be left: what it runs is killed, and its end awaited. */
static void u_context(void *data)
{
	struct start *st = data;
	struct vctx_waiter *w = NULL;
	uint32_t xid = st->g->xid;

	/* nobody else shall react to this end */
	guest_remove_state(xid);
	(void)vctx_cflags_set(xid, 0, VCTX_CF_SC_HELPER | VCTX_CF_PERSISTENT);
	if (vctx_waiter_open(xid, &w) < 0)
		w = NULL;
	(void)vctx_ctx_kill(xid, 0, SIGKILL);
	(void)vctx_ctx_kill(xid, 1, SIGKILL);
	/* the end of the context may wait for us to take notice of our child's */
	u_process(st);
	if (w && vctx_waiter_wait(w, 30000, NULL) == -ETIMEDOUT)
		msg_warning("context %u does not end", xid);
	(void)vctx_waiter_close(w);
}

/* What the kernel does not limit is told and is no reason not to start, as ever. */
static int r_rlimits(void *data, struct fail *f)
{
	struct start *st = data;
	const struct limits_config *c = &st->s->rlimits;

	for (size_t i = 0; i < c->count; i++) {
		const char *name = vctx_limit_name(c->list[i].id);
		int r = vctx_limits_set(st->g->xid, &c->list[i], 1);

		if (r == -EINVAL || r == -EOPNOTSUPP || r == -ENOSYS)
			msg_warning("'rlimits/%s' has no effect: %s", name, limit_refused(c->list[i].id, r));
		else if (r < 0)
			return fail(f, 0, "cannot set 'rlimits/%s': %s", name, limit_refused(c->list[i].id, r));
	}
	return 0;
}

static int r_runfile(void *data, struct fail *f)
{
	struct start *st = data;

	return guest_write_run(st->g, st->g->xid, f);
}

static void u_runfile(void *data)
{
	struct start *st = data;

	guest_remove_run(st->g, st->g->xid);
}

static int r_statefile(void *data, struct fail *f)
{
	struct start *st = data;

	return guest_write_state(st->g, st->g->xid, f);
}

static void u_statefile(void *data)
{
	guest_remove_state(((struct start *)data)->g->xid);
}

#define RELAY_SIZE	4096

/* Hand on what the start command prints. False at the end of it. */
static bool relay(struct start *st)
{
	char buf[RELAY_SIZE];
	ssize_t n = read(st->output, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		(void)close(take_fd(st->output));
		return false;
	}
	(void)write_all(STDOUT_FILENO, buf, (size_t)n);
	return true;
}

/* What there is now, and not what those go on saying who still have the other end. */
static void relay_rest(struct start *st)
{
	int left = 0;

	if (st->output >= 0)
		(void)ioctl(st->output, FIONREAD, &left);
	for (; left > 0 && relay(st); left -= RELAY_SIZE)
		;
}

static int wait_for_command(struct start *st, struct fail *f)
{
	_cleanup_free_ char *args = join_args(st->s->start[0]);
	int status;

	for (;;) {
		struct pollfd p[2] = { { .fd = st->pidfd, .events = POLLIN }, { .fd = st->output, .events = POLLIN } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return fail(f, -errno, "cannot wait for '%s'", args);
		if (plan_interrupted())
			return fail(f, 0, "stopped by signal %d", plan_interrupted());
		/* its end first: what it has started may print for ever */
		if (p[0].revents)
			break;
		if (p[1].revents)
			(void)relay(st);
	}
	relay_rest(st);
	while (waitpid(st->pid, &status, 0) < 0 && errno == EINTR)
		;
	st->pid = 0;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (vctx_ctx_info(st->g->xid, NULL) == -ESRCH)
		return fail(f, 0, "'%s' ended with status %d and left no process", args, status);
	if (status)
		msg_warning("'%s' ended with status %d, processes are running", args, status);
	return 0;
}

static int r_init(void *data, struct fail *f)
{
	struct start *st = data;
	int r = remote(st, "init", f);

	if (r < 0)
		return r;
	if (r == 0)
		return fail(f, 0, "the init command was not executed");
	if (!st->s->style.own_init)
		return wait_for_command(st, f);
	/* gone already? Its status says more than a later question */
	if (waitpid(st->pid, NULL, WNOHANG | WNOWAIT) > 0 || vctx_ctx_info(st->g->xid, NULL) == -ESRCH)
		return child_ended(st, f);
	return 0;
}

static int r_sync(void *data, struct fail *f)
{
	struct start *st = data;
	struct join j = {
		.argv = st->s->start_sync, .envp = st->s->environment, .settings = st->s, .relay = true,
	};
	int r = join_run(st->g, st->g->xid, &j, f);

	return r > 0 ? fail(f, 0, "'%s' failed with status %d", st->s->start_sync[0], r) : r;
}

static int r_poststart(void *data, struct fail *f)
{
	struct start *st = data;

	const struct place where = { .cwd = -1, .mntns = st->mntns, .at = st->g->vdir };

	return scripts_run(st->g, "post-start", &where, f);
}

/* ---- steps of the child ---- */

/* Record the run level where the guest's "runlevel" looks for it. */
static void write_runlevel(int root, const char *runlevel)
{
	_cleanup_close_ int fd = -1;
	struct utmpx u = { .ut_type = RUN_LVL, .ut_pid = runlevel[0] + 256 * 'N' };
	struct stat st;

	fd = path_open_in(root, "var/run/utmp", O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0664);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	(void)memcpy(u.ut_line, "~", 2);
	(void)memcpy(u.ut_id, "~~", 2);
	(void)memcpy(u.ut_user, "runlevel", 9);
	u.ut_tv.tv_sec = (__typeof__(u.ut_tv.tv_sec))time(NULL);
	(void)!write(fd, &u, sizeof(u));
}

static int c_files(struct start *st, struct fail *f)
{
	const struct settings *s = st->s;
	int root = st->child_root, r;
	struct stat sb;

	if (strcmp(s->style.name, "sysv") == 0) {
		/* left from the last run: nothing of it is true any more */
		r = path_remove_files_in(root, "var/run");
		if (r == 0)
			r = path_remove_files_in(root, "var/lock");
		if (r < 0)
			return fail(f, r, "cannot clean '/var/run' and '/var/lock' of the guest");
		if (!s->prepare && s->runlevel_start)
			write_runlevel(root, s->runlevel_start);
	} else if (strcmp(s->style.name, "plain") == 0) {
		_cleanup_close_ int fd = -1;

		/* no file system check at boot */
		(void)unlinkat(root, ".autofsck", 0);
		(void)unlinkat(root, "forcefsck", 0);
		fd = openat(root, "fastboot", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			    0644);
	}
	if (s->mtab) {
		_cleanup_close_ int etc = path_open_in(root, "etc", O_PATH | O_DIRECTORY, 0);

		/* today it is a link into /proc, and right by itself */
		if (etc >= 0 && (fstatat(etc, "mtab", &sb, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(sb.st_mode))) {
			r = path_write_in(root, "etc/mtab", s->mtab, 0644);
			if (r < 0)
				return fail(f, r, "cannot write '/etc/mtab' of the guest");
		}
	}
	return 0;
}

static int kernel_failed(enum vctx_call call, int error, struct fail *f, const char *what)
{
	(void)fail(f, 0, "%s: %s", what, vctx_strerror(call, error));
	f->error = error;
	return error;
}

/* Our process is in the group already: a new namespace has it as its root. */
static int c_delegate(const struct start *st, struct fail *f)
{
	_cleanup_close_ int root = -1, group = -1;

	if (unshare(CLONE_NEWCGROUP) < 0)
		return fail(f, -errno, "cannot make a cgroup namespace");
	if (!st->s->cgroup.mount)
		return 0;
	/* anew: the parent's is in another mount namespace */
	root = cgroup_open_root(st->s->cgroup.mnt, f);
	group = root < 0 ? root : cgroup_open(root, st->s->cgroup_path, f);
	if (group < 0)
		return fail(f, group, "cannot open the cgroup of the guest");
	return mounts_cgroup(st->child_root, group, f);
}

static int c_names(const struct settings *s, struct fail *f)
{
	for (int i = 0; i < VCTX_NAME_MAX_; i++) {
		int r = s->names[i] ? vctx_name_set(VCTX_XID_SELF, (enum vctx_name)i, s->names[i]) : 0;

		if (r < 0) {
			_cleanup_free_ char *what =
				xasprintf("cannot set the name '%s'", vctx_name_word((enum vctx_name)i));

			return kernel_failed(VCTX_CALL_NAME, r, f, what);
		}
	}
	return 0;
}

static int c_sysctl(const struct settings *s, struct fail *f)
{
	for (size_t i = 0; i < s->nsysctls; i++) {
		_cleanup_free_ char *path = xasprintf("/proc/sys/%s", s->sysctls[i].key);
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
		int r = fd < 0 ? -errno : write_all(fd, s->sysctls[i].value, strlen(s->sysctls[i].value));

		if (r < 0)
			return fail(f, r, "cannot set sysctl '%s' to '%s'", s->sysctls[i].key, s->sysctls[i].value);
	}
	return 0;
}

static int c_rights(const struct settings *s, struct fail *f)
{
	int r = vctx_ccaps_set(VCTX_XID_SELF, s->ccaps, ~0ULL);

	if (r == 0)
		r = vctx_bcaps_set(VCTX_XID_SELF, s->bcaps, ~0ULL);
	return r < 0 ? kernel_failed(VCTX_CALL_SET, r, f, "cannot set capabilities") : 0;
}

static int c_flags(const struct settings *s, struct fail *f)
{
	int r = vctx_cflags_set(VCTX_XID_SELF, s->cflags, ~VCTX_CF_ONE_TIME);

	if (r == 0 && s->umask)
		r = vctx_umask_set(VCTX_XID_SELF, s->umask, ~0ULL);
	if (r == 0 && s->has_badness)
		r = vctx_badness_set(VCTX_XID_SELF, s->badness);
	return r < 0 ? kernel_failed(VCTX_CALL_SET, r, f, "cannot set flags") : 0;
}

static int open_null(void)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
		return -1;
	return take_fd(fd);
}

static int c_init(struct start *st, struct fail *f)
{
	const struct settings *s = st->s;
	uint64_t done = VCTX_CF_STATE_SETUP | (s->style.own_init ? VCTX_CF_STATE_INIT : 0);
	int null = open_null(), out = st->child_output >= 0 ? st->child_output : null, r;
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	char **envp = NULL;
	sigset_t none;

	if (null < 0)
		return fail(f, 0, "no device '/dev/null' in the guest");
	(void)setsid();
	for (char **e = s->environment; *e; e++)
		strv_add(&envp, *e);
	if (strcmp(s->style.name, "sysv") == 0) {
		strv_add(&envp, "PREVLEVEL=N");
		strv_take(&envp, xasprintf("RUNLEVEL=%s", s->runlevel_start ? s->runlevel_start : "3"));
	}
	if (setgroups(0, NULL) < 0)
		return fail(f, -errno, "cannot drop groups");
	(void)umask(022);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return fail(f, -errno, "cannot set up standard descriptors");
	if (null > 2)
		(void)close(null);
	if (st->child_output > 2)
		(void)close(st->child_output);

	r = vctx_cflags_set(VCTX_XID_SELF, 0, done);
	if (r < 0)
		return kernel_failed(VCTX_CALL_SET, r, f, "cannot end the set-up");

	sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 2; i++) {
		char **argv = NULL;

		if (!s->start[i])
			continue;
		if (opts.debug_sysv && strcmp(s->style.name, "sysv") == 0) {
			strv_add(&argv, "/bin/bash");
			strv_add(&argv, "-x");
		}
		for (char **a = s->start[i]; *a; a++)
			strv_add(&argv, *a);
		(void)execve(argv[0], argv, envp);
		if (errno != ENOENT || i == 1 || !s->start[1])
			return fail(f, -errno, "cannot execute '%s' in the guest", argv[0]);
	}
	return fail(f, -ENOENT, "cannot execute '%s' in the guest", s->start[0][0]);
}

static int child_step(struct start *st, const struct plan_step *step, struct fail *f)
{
	const struct settings *s = st->s;
	const char *name = step->name;
	int r;

	if (strcmp(name, "network") == 0)
		return net_create(s, f);
	if (strcmp(name, "root") == 0) {
		r = mounts_root(st->g, s, &st->child_root, f);
		/* scripts of the host find the place through our working directory */
		return r < 0 ? r : fchdir(st->child_root) < 0 ? fail(f, -errno, "cannot enter the root directory") : 0;
	}
	if (strcmp(name, "dev") == 0) {
		r = mounts_dev(st->child_root, s, f);
		return r == 0 && s->systemd ? mounts_systemd(st->child_root, s, f) : r;
	}
	if (strcmp(name, "proc") == 0)
		return mounts_proc(st->child_root, s, f);
	if (strcmp(name, "fstab") == 0)
		return mounts_fstab(st->child_root, s, f);
	if (strcmp(name, "delegate") == 0)
		return c_delegate(st, f);
	if (strcmp(name, "files") == 0)
		return c_files(st, f);
	if (strcmp(name, "pivot") == 0)
		return mounts_pivot(&st->child_root, f);
	if (strcmp(name, "limits") == 0)
		return settings_apply_limits(s, f);
	if (strcmp(name, "context") == 0) {
		r = vctx_ctx_create(st->g->xid, VCTX_CF_INITIAL);
		return r < 0 ? kernel_failed(VCTX_CALL_CREATE, r, f, "cannot create the context") : 0;
	}
	if (strcmp(name, "spaces") == 0) {
		r = vctx_space_set(VCTX_XID_SELF, s->spaces, 0);
		return r < 0 ? kernel_failed(VCTX_CALL_SPACE, r, f, "cannot store the spaces") : 0;
	}
	if (strcmp(name, "names") == 0)
		return c_names(s, f);
	if (strcmp(name, "sysctl") == 0)
		return c_sysctl(s, f);
	if (strcmp(name, "rights") == 0)
		return c_rights(s, f);
	if (strcmp(name, "flags") == 0)
		return c_flags(s, f);
	if (strcmp(name, "init") == 0)
		return c_init(st, f);
	return fail(f, -ENOSYS, "step '%s'", name);
}

/* ---- the plan ---- */

static const struct plan_step steps[] = {
	{ "initialize", d_initialize, r_initialize, NULL },
	{ "prepre-start", d_prepre, r_prepre, NULL },
	{ "cgroup", d_cgroup, r_cgroup, u_cgroup },
	{ "process", d_process, r_process, u_process },
	{ "network", d_network, r_network, u_network },
	{ "addresses", d_addresses, r_addresses, NULL },
	{ "root", d_root, r_root, NULL },
	{ "dev", d_dev, r_dev, NULL },
	{ "proc", d_proc, r_proc, NULL },
	{ "fstab", d_fstab, r_fstab, NULL },
	{ "delegate", d_delegate, r_delegate, NULL },
	{ "files", d_files, r_files, NULL },
	{ "prepare", d_prepare, r_prepare, NULL },
	{ "pre-start", d_prestart, r_prestart, NULL },
	{ "pivot", d_pivot, r_pivot, NULL },
	{ "limits", d_limits, r_limits, NULL },
	{ "context", d_context, r_context, u_context },
	{ "spaces", d_spaces, r_spaces, NULL },
	{ "names", d_names, r_names, NULL },
	{ "sysctl", d_sysctl, r_sysctl, NULL },
	{ "rlimits", d_rlimits, r_rlimits, NULL },
	{ "rights", d_rights, r_rights, NULL },
	{ "flags", d_flags, r_flags, NULL },
	{ "run-file", d_runfile, r_runfile, u_runfile },
	{ "state-file", d_statefile, r_statefile, u_statefile },
	{ "init", d_init, r_init, NULL },
	{ "sync", d_sync, r_sync, NULL },
	{ "post-start", d_poststart, r_poststart, NULL },
};

static void trace(const char *name, const char *what)
{
	msg_verbose("%s: %s", name, what);
}

/* Daemons may have kept the start command's output: read on, or their next word would kill them. */
static void leave_drain(struct start *st)
{
	struct pollfd p = { .fd = st->output, .events = POLLIN };
	char buf[RELAY_SIZE];

	relay_rest(st);
	/* does nobody have the other end? */
	if (st->output < 0 || (poll(&p, 1, 0) == 1 && !(p.revents & POLLIN)))
		return;
	if (fork() != 0)
		return;
	(void)setsid();
	(void)dup2(st->output, 0);
	(void)syscall(SYS_close_range, 1U, ~0U, 0);
	if (chdir("/") == 0)
		(void)prctl(PR_SET_NAME, "vserver-drain", 0, 0, 0);
	while (read(0, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}

static void close_start(struct start *st)
{
	const int fds[] = { st->pidfd, st->sock, st->output, st->mntns, st->cgroup };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	(void)settings_free(st->s);
}

static void make_rescue(struct settings *s, char *const *argv, bool init)
{
	s->rescue = true;
	s->style = *init_style_find("command");
	s->style.name = "rescue";
	s->style.own_init = true;
	s->pidspace = init;
	if (init)
		s->spaces |= VCTX_SPACE_PID;
	else
		s->spaces &= ~VCTX_SPACE_PID;
	s->cflags |= VCTX_CF_INFO_INIT;
	for (int i = 0; i < 2; i++) {
		strv_free(s->start[i]);
		strv_free(s->stop[i]);
		s->start[i] = s->stop[i] = NULL;
	}
	strv_free(s->start_sync);
	s->start_sync = NULL;
	for (; argv && *argv; argv++)
		strv_add(&s->start[0], *argv);
	if (!s->start[0]) {
		strv_add(&s->start[0], "/bin/sleep");
		strv_add(&s->start[0], "900");
	}
}

/* Can users of the host get to the guest? What its root makes set-user-ID would be so for them. */
static bool is_reachable(const char *vdir)
{
	_cleanup_free_ char *path = realpath(vdir, NULL);
	struct stat st;
	char *slash;

	if (!path)
		return false;
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (stat(path, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

static void warn(const struct start *st)
{
	const struct settings *s = st->s;
	_cleanup_free_ char *areas = join_args(s->unsupported), *helper = NULL;

	for (char **n = s->cgroup.notes; n && *n; n++)
		msg_warning("sched: %s", *n);

	if (s->interfaces.count && !s->network)
		msg_warning("%zu %s configured, but %s: not applied", s->interfaces.count,
			    s->interfaces.count == 1 ? "address is" : "addresses are",
			    config_exists(st->g->fd, "noncontext") ? "'noncontext' says to make no network context" :
								     "this kernel has no network contexts");
	if (s->unsupported)
		msg_warning("configured but not supported yet, ignored: %s", areas);
	if (!opts.dry_run && is_reachable(st->g->vdir))
		msg_warning("users of the host can get to '%s': what its root makes set-user-ID would make them root; "
			    "close the directory above (chmod 0700)", st->g->vdir);
	if (!opts.dry_run && !config_exists(st->g->fd, "apps/vshelper/warning-disabled") &&
	    read_file_at(AT_FDCWD, "/proc/sys/kernel/vshelper", 4096, &helper, NULL) == 0) {
		helper[strcspn(helper, "\n")] = '\0';
		if (access(helper, X_OK) < 0)
			msg_warning("'%s' of sysctl kernel.vshelper cannot be executed: a reboot inside has no effect",
				    helper);
	}
}

int guest_start(struct guest *g, char *const *rescue, bool rescue_init, struct fail *f)
{
	struct start st = { .g = g, .pidfd = -1, .sock = -1, .output = -1, .mntns = -1, .cgroup = -1 };
	_cleanup_close_ int dir = -1;
	uint32_t version;
	int r;

	if (!g->xid && !opts.dry_run && guest_reserve_number(g, f) < 0)
		return f->error;
	r = settings_read(g, &st.s, f);
	if (r < 0)
		return r;
	if (rescue || rescue_init)
		make_rescue(st.s, rescue, rescue_init);
	dir = path_open_root(g->vdir);
	if (dir < 0) {
		r = fail(f, dir, "no root directory '%s'", g->vdir);
		goto out;
	}
	if (!net_supported())
		st.s->network = false;
	if (opts.dry_run) {
		warn(&st);
		plan_print(steps, ARRAY_SIZE(steps), &st, stdout);
		goto out;
	}
	r = vctx_version(&version);
	if (r < 0) {
		r = geteuid() != 0 ? fail(f, -EPERM, "only root may do this") :
				     fail(f, r, "this kernel has no virtual servers, or this is inside of one");
		goto out;
	}
	r = guest_check_own(g, f);
	if (r < 0)
		goto out;
	warn(&st);
	guest_remove_run(g, 0);		/* left by a crash */
	net_down(g);
	plan_signals_begin();
	r = plan_run(steps, ARRAY_SIZE(steps), &st, trace, f);
	plan_signals_end();
	if (r == 0)
		leave_drain(&st);
out:
	close_start(&st);
	return r;
}

int cmd_start(struct guest *g, int argc, char **argv)
{
	static char *const none[] = { NULL };
	char *command[] = { NULL, NULL };
	char *const *rescue = NULL;
	struct fail f = { 0 };
	bool init = false;
	uint32_t xid;
	int i = 1, r;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--rescue") == 0)
			rescue = none;
		else if (strcmp(argv[i], "--rescue-init") == 0)
			init = true;
		else if (strcmp(argv[i], "--rescue-cmd") == 0 && i + 1 < argc) {
			/* the old form: one word */
			command[0] = argv[++i];
			rescue = command;
		}
		else if (strcmp(argv[i], "--dry-run") == 0 || strcmp(argv[i], "-n") == 0)
			opts.dry_run = true;
		else if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		} else
			return guest_usage("unknown option '%s' of 'start'", argv[i]);
	}
	if (i < argc && !rescue && !init)
		return guest_usage("'start' takes no argument '%s'", argv[i]);
	if (i < argc)
		rescue = argv + i;
	if (opts.dry_run) {
		r = guest_start(g, rescue, init, &f);
		return r < 0 ? guest_failed(g->name, &f, EXIT_FAILED) : msg_close_stdout();
	}
	r = guest_lock(g, &f);
	if (r == 0) {
		r = guest_ask_running(g, &xid, &f);
		if (r > 0) {
			msg_warning("already running as context %u", xid);
			return EXIT_OK;
		}
		if (r == 0)
			r = guest_start(g, rescue, init, &f);
	}
	if (r < 0)
		return guest_failed(g->name, &f, EXIT_FAILED);
	if (!opts.silent)
		msg_verbose("started as context %u", g->xid);
	return EXIT_OK;
}
