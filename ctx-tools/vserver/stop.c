// SPDX-License-Identifier: GPL-2.0-or-later
/* stop - stop a guest, and clean up behind one that ended by itself */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "exec.h"
#include "msg.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

/* Does the guest's init do something with this signal? Else there is nothing to wait for. Unknown counts as yes. */
static bool init_handles(uint32_t xid, int sig)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	struct vctx_ctx_info info;
	static const char *const lines[] = { "\nSigCgt:", "\nSigBlk:" };
	unsigned long long set, listens = 0;

	if (vctx_ctx_info(xid, &info) < 0 || !info.init_pid)
		return true;
	path = xasprintf("/proc/%u/status", info.init_pid);
	if (read_file_at(AT_FDCWD, path, 65536, &text, NULL) < 0)
		return true;
	/* caught, or blocked and waited for; a pid space's first process is protected from default actions */
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *line = strstr(text, lines[i]);

		if (!line || sscanf(line + 8, "%llx", &set) != 1)
			return true;
		listens |= set;
	}
	return (listens >> (sig - 1)) & 1;
}

/* Run the stop command inside, in a process of its own, so that its end and the guest's can both be awaited. */
static pid_t run_stop_command(struct guest *g, uint32_t xid, const struct settings *s, char *const *argv,
			      char *const *fallback)
{
	char **envp = NULL;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	for (char **e = s->environment; *e; e++)
		strv_add(&envp, *e);
	if (strcmp(s->style.name, "sysv") == 0) {
		strv_take(&envp, xasprintf("PREVLEVEL=%s", s->runlevel_start ? s->runlevel_start : "3"));
		strv_take(&envp, xasprintf("RUNLEVEL=%s", s->runlevel_stop ? s->runlevel_stop : "6"));
	}
	{
		struct join j = {
			.argv = argv, .fallback = fallback, .envp = envp, .settings = s, .relay = true,
		};
		struct fail f = { 0 };
		int r = join_run(g, xid, &j, &f);

		_exit(r < 0 ? guest_failed(g->name, &f, EXIT_OURS) : r);
	}
}

/* Wait until @deadline for the guest's end (1) or that of process @pidfd (0); -1: neither. */
static int wait_for_end(struct vctx_waiter *w, int pidfd, int64_t deadline)
{
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = vctx_waiter_fd(w), .events = POLLIN },
			{ .fd = pidfd, .events = POLLIN },
		};
		int64_t left = deadline - monotonic_ms();

		if (left < 0)
			left = 0;
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return -1;
		if (p[0].revents)
			return 1;
		if (p[1].revents)
			return 0;
		if (left == 0)
			return -1;
	}
}

static void send_signal(uint32_t xid, int sig)
{
	msg_verbose("sending signal %d", sig);
	(void)vctx_ctx_kill(xid, 1, sig);
	(void)vctx_ctx_kill(xid, 0, sig);
}

/* Only the init is left, protected as a pid space's first process, and does not listen: waiting is no use. */
static bool deaf(uint32_t xid, int sig)
{
	struct vctx_ctx_stat st;

	return sig != SIGKILL && vctx_ctx_stat(xid, &st) == 0 && st.claims == 1 && !init_handles(xid, sig);
}

/* Signal, wait, signal, ...: as long as it is there. */
static bool kill_sequence(uint32_t xid, struct vctx_waiter *w, const int *seq, bool pidspace)
{
	for (; *seq >= 0; seq += seq[1] >= 0 ? 2 : 1) {
		if (pidspace && deaf(xid, seq[0]))
			continue;
		send_signal(xid, seq[0]);
		if (seq[1] < 0)
			break;
		if (wait_for_end(w, -1, monotonic_ms() + (int64_t)seq[1] * 1000) > 0)
			return true;
	}
	/* whatever the sequence ended with, and whoever forked meanwhile */
	for (int i = 0; i < 5; i++) {
		if (wait_for_end(w, -1, monotonic_ms() + 1000 * (1 << i)) > 0)
			return true;
		send_signal(xid, SIGKILL);
	}
	return wait_for_end(w, -1, monotonic_ms() + 30000) > 0;
}

/* Ask in the guest's own way: has it ended? *ret_pid is a child to be waited for, 0 none. */
static bool ask_to_stop(struct guest *g, uint32_t xid, const struct settings *s, struct vctx_waiter *w,
			pid_t *ret_pid)
{
	int64_t deadline = monotonic_ms() + (int64_t)s->sync_timeout * 1000;
	bool sync = opts.sync || config_exists(g->fd, "apps/init/sync");
	char *const *argv = s->stop_sync && sync ? s->stop_sync : s->stop[0];
	_cleanup_close_ int pidfd = -1;
	int r;

	*ret_pid = 0;
	if (argv) {
		msg_verbose("running '%s' in the guest", argv[0]);
		*ret_pid = run_stop_command(g, xid, s, argv, argv == s->stop[0] ? s->stop[1] : NULL);
		if (*ret_pid < 0)
			return false;
		pidfd = (int)syscall(SYS_pidfd_open, *ret_pid, 0U);
	} else if (s->style.stop_signal) {
		if (!init_handles(xid, s->style.stop_signal)) {
			msg_verbose("init does not listen to SIG%s", sigabbrev_np(s->style.stop_signal));
			return false;
		}
		msg_verbose("asking init to stop");
		if (vctx_ctx_kill(xid, 1, s->style.stop_signal) < 0)
			return false;
	} else {
		return false;
	}
	r = wait_for_end(w, pidfd, deadline);
	/* an own init goes on when the command has told it to stop */
	if (r == 0 && s->style.own_init)
		r = wait_for_end(w, -1, deadline);
	if (r < 0)
		msg_warning("not stopped after %u s, killing it", s->sync_timeout);
	return r > 0;
}

static void run_scripts(struct guest *g, const char *name, const struct place *where)
{
	struct fail f = { 0 };

	/* a stop goes on */
	if (scripts_run(g, name, where, &f) < 0)
		msg_warning("%s", f.text);
}

/*
 * Also one that it was not configured for: a tool may have given it one while it ran. If it did not, what is in the
 * group is not its own.
 */
static void remove_cgroup(const struct settings *s, bool ran)
{
	struct fail f = { 0 };
	_cleanup_close_ int root = s ? cgroup_open_root(s->cgroup.mnt, &f) : -1;

	if (root >= 0 && !ran && cgroup_is_used(root, s->cgroup_path))
		msg_warning("the cgroup '%s' is in use by others: it stays", s->cgroup_path);
	else if (root >= 0 && cgroup_remove(root, s->cgroup_path, &f) < 0)
		msg_warning("%s", f.text);
}

/* Everything but the context: files, cgroup, scripts. */
static void clean_up(struct guest *g, const struct settings *s, uint32_t xid, bool ran)
{
	_cleanup_close_ int vdir = open(g->vdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct place where = PLACE_DIR(vdir >= 0 ? vdir : g->fd);
	bool was_running = access(g->run_file, F_OK) == 0;

	if (xid)
		guest_remove_state(xid);
	guest_remove_run(g, xid);
	if (was_running)
		run_scripts(g, "post-stop", &where);
	net_stopped(g);
	remove_cgroup(s, ran);
	if (was_running)
		run_scripts(g, "postpost-stop", &where);
}

int guest_stop(struct guest *g, struct fail *f)
{
	_cleanup_settings_ struct settings *s = NULL;
	struct vctx_waiter *w = NULL;
	struct fail ignored = { 0 };
	uint32_t xid = 0;
	pid_t helper = 0;
	int r, running;
	bool ended;

	/* half a stop helps nobody, whoever reads our messages */
	(void)signal(SIGPIPE, SIG_IGN);
	/* a broken configuration must not keep a guest running */
	r = settings_read(g, &s, &ignored);
	if (r < 0)
		msg_warning("%s", ignored.text);
	running = guest_ask_running(g, &xid, f);
	if (running < 0)
		return running;
	if (running && opts.cleanup)
		return 0;
	if (!running && guest_check_own(g, f) < 0)
		return f->error;
	if (!running) {
		clean_up(g, s, guest_number_is_taken(g) ? 0 : g->xid, false);
		return 0;
	}

	/* from here on its end is ours: nobody shall restart it */
	guest_remove_state(xid);
	if (!opts.rebooted && scripts_exist(g, "pre-stop")) {
		_cleanup_close_ int ns = join_open_mounts(xid, &ignored);
		const struct place inside = { .cwd = -1, .mntns = ns, .at = g->vdir };

		run_scripts(g, "pre-stop", ns >= 0 ? &inside : &PLACE_DIR(g->fd));
	}
	(void)vctx_cflags_set(xid, 0, VCTX_CF_SC_HELPER);
	r = vctx_waiter_open(xid, &w);
	if (r == -ESRCH) {
		clean_up(g, s, xid, true);
		return 0;
	}
	if (r < 0)
		return fail(f, r, "cannot wait for context %u", xid);
	ended = s && !opts.rebooted && ask_to_stop(g, xid, s, w, &helper);
	(void)vctx_cflags_set(xid, 0, VCTX_CF_PERSISTENT);
	if (!ended) {
		static const int at_once[] = { SIGKILL, 5, -1 }, usual[] = { SIGTERM, 5, SIGKILL, 5, -1 };

		ended = kill_sequence(xid, w, opts.rebooted ? at_once : s ? s->killseq : usual,
				      !s || s->pidspace);
	}
	if (helper > 0) {
		/* what runs for us in there, and has not become the guest's: a guest that freezes it must not hold us up */
		remove_cgroup(s, true);
		(void)exec_wait(helper);
	}
	(void)vctx_waiter_close(w);
	if (!ended)
		return fail(f, 0, "context %u does not end", xid);
	clean_up(g, s, xid, true);
	return 0;
}

int cmd_stop(struct guest *g, int argc, char **argv)
{
	struct fail f = { 0 };
	uint32_t xid;
	int r;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--rescue-init") != 0)
			return guest_usage("'stop' takes no argument '%s'", argv[i]);
	r = guest_lock(g, &f);
	if (r == 0) {
		if (!opts.cleanup && !opts.silent && guest_running(g, &xid) == 0)
			msg_warning("not running");
		r = guest_stop(g, &f);
	}
	return r < 0 ? guest_failed(g->name, &f, EXIT_FAILED) : EXIT_OK;
}

static int restart(struct guest *g, bool only_running)
{
	bool sync = opts.sync;
	struct fail f = { 0 };
	uint32_t xid;
	int r;

	/* one lock over both: nobody comes in between */
	r = guest_lock(g, &f);
	if (r == 0 && only_running) {
		r = guest_ask_running(g, &xid, &f);
		if (r == 0)
			return EXIT_OK;
	}
	/* as ever: the stop in here waits for the guest's own commands */
	opts.sync = true;
	if (r >= 0)
		r = guest_stop(g, &f);
	opts.rebooted = false;
	opts.sync = sync;
	if (r == 0)
		r = guest_start(g, NULL, false, &f);
	return r < 0 ? guest_failed(g->name, &f, EXIT_FAILED) : EXIT_OK;
}

int cmd_restart(struct guest *g, int argc, char **argv)
{
	if (argc > 1)
		return guest_usage("'restart' takes no argument '%s'", argv[1]);
	return restart(g, false);
}

int cmd_condrestart(struct guest *g, int argc, char **argv)
{
	if (argc > 1)
		return guest_usage("'condrestart' takes no argument '%s'", argv[1]);
	return restart(g, true);
}
