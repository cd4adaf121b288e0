// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-migrate - who may enter a context, with what in his hands; signals to contexts, waiting for their end
 * bed: um qemu
 * timeout: 40
 */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static struct vxt_guest guest;
static struct vxt_agent agent;

FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }
FN(f_migrate) { return vx_migrate((uint32_t)a, (uint64_t)b); }
FN(f_migrate_v0) { return vserver(VSERVER_CTX_MIGRATE_V0, (uint32_t)a, NULL); }
FN(f_migrate_raw) { return vserver(VSERVER_CTX_MIGRATE, (uint32_t)a, (void *)b); }
FN(f_set_flags) { return vx_set_cflags((uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_task_xid) { return vx_task_xid((pid_t)a); }
FN(f_chroot) { return chroot(vxt_word) || (a && chdir("/")) ? -1 : 0; }
FN(f_chdir) { return chdir(vxt_word); }
FN(f_open) { return open(vxt_word, (int)a); }
FN(f_close) { return close((int)a); }
FN(f_getppid) { return getppid(); }
FN(f_fork_pause)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			(void)pause();
	return pid;
}
FN(f_ignore) { return signal((int)a, SIG_IGN) == SIG_ERR ? -1 : 0; }

static void *just_wait(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return NULL;
}

FN(f_thread)
{
	pthread_t t;

	return pthread_create(&t, NULL, just_wait, NULL) ? -1 : 0;
}

static char stack[65536] __attribute__((aligned(16)));

static int pausing(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return 0;
}

/* a process that shares something (a: clone flags) with this one */
FN(f_share) { return clone(pausing, stack + sizeof(stack), (int)a | SIGCHLD, NULL); }
FN(f_kill_child)
{
	(void)kill((pid_t)a, SIGKILL);
	return waitpid((pid_t)a, NULL, 0);
}

static struct vxt_agent *fresh(void)
{
	if (agent.pid)
		vxt_end(&agent);
	if (!vxt_host(&agent)) {
		tap_ok(false, "a process of the host starts");
		exit(1);
	}
	return &agent;
}

static bool gone(uint32_t xid)
{
	return vxt_until(5000, (vxt_reap(), !vx_exists(xid)));
}

static void test_entering(void)
{
	uint32_t xid = guest.xid;
	int tasks = vx_tasks(xid);
	long pid;

	tap_is(vxt_call(fresh(), f_migrate, xid), 0, "a process of the host enters");
	tap_is(vxt_call(&agent, f_task_xid, 0), xid, "it is inside");
	tap_is(vx_tasks(xid), tasks + 1, "and counts");
	tap_errno(vxt_call(&agent, f_migrate, xid), EPERM, "it cannot enter again");
	vxt_end(&agent);
	tap_ok(vxt_until(2000, vx_tasks(xid) == tasks), "and counts no more when it has ended");
	tap_is(vxt_call(fresh(), f_migrate_v0, xid), 0, "version 0 enters");
	tap_is(vxt_call(fresh(), f_migrate_raw, xid, 0), 0, "no data means no flags");
	tap_errno(vxt_call(fresh(), f_migrate_raw, xid, 8), EFAULT, "a bad pointer is EFAULT");
	tap_is(vxt_call(&agent, f_task_xid, 0), 0, "and leaves the caller on the host");
	tap_errno(vxt_call(&agent, f_migrate, 0), ESRCH, "nobody enters context 0");
	tap_errno(vxt_call(&agent, f_migrate, vxt_free_xid()), ESRCH, "nor one that does not exist");
	tap_errno(vxt_call(&agent, f_migrate, -2), ESRCH, "the host has no own one");

	tap_is(vxt_call(&agent, f_thread), 0, "with a second thread");
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "entering is EBUSY");
	tap_is(vx_task_xid(agent.pid), 0, "and nothing has happened");

	pid = vxt_call(fresh(), f_share, CLONE_FILES);
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "with a shared table of files: EBUSY");
	(void)vxt_call(&agent, f_kill_child, pid);
	tap_is(vxt_call(&agent, f_migrate, xid), 0, "when it is not shared any more: in");

	pid = vxt_call(fresh(), f_share, CLONE_FS);
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "with a shared root and working directory: EBUSY");
	(void)vxt_call(&agent, f_kill_child, pid);
	(void)vxt_call(fresh(), f_getppid);

	/* what leads out of a new root */
	(void)mkdir("/tmp/life-root", 0755);
	(void)mkdir("/tmp/life-root/inner", 0755);
	tap_is(vxt_call(vxt_with(fresh(), "/tmp/life-root"), f_chroot, 0), 0, "with another root, working directory outside");
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "entering is EBUSY");
	(void)vxt_call(vxt_with(&agent, "/inner"), f_chdir);
	tap_is(vxt_call(&agent, f_migrate, xid), 0, "with the working directory inside: in");

	(void)fresh();
	pid = vxt_call(vxt_with(&agent, "/etc"), f_open, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)vxt_call(vxt_with(&agent, "/tmp/life-root"), f_chroot, 1);
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "with a directory outside open: EBUSY");
	(void)vxt_call(&agent, f_close, pid);
	pid = vxt_call(vxt_with(&agent, "/inner"), f_open, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tap_is(vxt_call(&agent, f_migrate, xid), 0, "with one inside: in");

	(void)fresh();
	pid = vxt_call(vxt_with(&agent, "/etc/passwd"), f_open, O_PATH | O_CLOEXEC);
	(void)vxt_call(vxt_with(&agent, "/tmp/life-root"), f_chroot, 1);
	tap_errno(vxt_call(&agent, f_migrate, xid), EBUSY, "with a handle to a file outside: EBUSY");
	(void)vxt_call(&agent, f_close, pid);
	(void)fresh();
	pid = vxt_call(vxt_with(&agent, "/etc/passwd"), f_open, O_RDONLY | O_CLOEXEC);
	(void)vxt_call(vxt_with(&agent, "/tmp/life-root"), f_chroot, 1);
	tap_is(vxt_call(&agent, f_migrate, xid), 0, "an open file outside is no way out");
	vxt_end(&agent);
	tap_ok(vxt_until(3000, vx_tasks(xid) == tasks), "nothing of all this has left a claim");
}

static void test_setup_end(void)
{
	uint32_t xid = vxt_free_xid();
	long fd;

	/* while setup lasts, more is allowed; it cannot end so */
	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	fd = vxt_call(vxt_with(&agent, "/etc"), f_open, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)vxt_call(vxt_with(&agent, "/tmp/life-root"), f_chroot, 1);
	tap_errno(vxt_call(&agent, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP), EBUSY,
		  "setup does not end with a directory outside open");
	tap_is(vx_get_cflags(xid), VXT_SETUP, "and the flag stays");
	tap_errno(vxt_call(&agent, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT), EBUSY,
		  "nor together with another flag");
	tap_is(vx_get_cflags(xid), VXT_SETUP, "which stays, too");
	tap_is(vx_initpid(xid), 0, "so that nobody is init");
	(void)vxt_call(&agent, f_close, fd);
	(void)vxt_call(&agent, f_thread);
	tap_errno(vxt_call(&agent, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP), EBUSY, "nor with a second thread");
	vxt_end(&agent);
	(void)gone(xid);

	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	(void)vxt_call(vxt_with(&agent, "/tmp/life-root"), f_chroot, 0);
	tap_errno(vxt_call(&agent, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP), EBUSY,
		  "nor with a working directory outside");
	(void)vxt_call(vxt_with(&agent, "/"), f_chdir);
	tap_is(vxt_call(&agent, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP), 0, "then it does");
	vxt_end(&agent);
	(void)gone(xid);

	tap_is(vxt_call(fresh(), f_create, xid, VXT_SETUP), xid, "a context in setup");
	{
		struct vxt_agent second;

		if (vxt_host(&second)) {
			(void)vxt_call(vxt_with(&second, "/tmp/life-root"), f_chroot, 0);
			tap_is(vxt_call(&second, f_migrate, xid), 0, "can be entered by trusted programs with anything");
			vxt_end(&second);
		}
	}
	vxt_end(&agent);
	(void)gone(xid);
	(void)rmdir("/tmp/life-root/inner");
	(void)rmdir("/tmp/life-root");
}

static void test_flags(void)
{
	uint32_t xid = vxt_free_xid();
	struct vxt_agent init, second;

	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP | VSERVER_FLAG_INFO_INIT);
	if (!vxt_host(&init))
		return;
	tap_is(vxt_call(&init, f_migrate, xid, VSERVER_MIGRATE_SET_INIT | 0xf0), 0, "entering as init, unknown flags ignored");
	tap_is(vx_initpid(xid), init.pid, "it is init");
	tap_is(vx_get_cflags(xid) & VSERVER_FLAG_STATE_INIT, 0, "STATE_INIT is clear");
	tap_is(vxt_host(&second) ? vxt_call(&second, f_migrate, xid, VSERVER_MIGRATE_SET_REAPER) : -1, 0,
	       "entering as reaper");
	tap_is(vx_initpid(xid), init.pid, "init is as before");
	vxt_end(&init);
	tap_ok(vxt_until(2000, vx_initpid(xid) == 0), "no init when it has ended");
	tap_is(vx_tasks(xid), 2, "the rest is there");
	vxt_end(&second);
	vxt_end(&agent);
	tap_ok(gone(xid), "the context ends");
}

/* Signals. */

static void test_kill(void)
{
	struct vxt_guest g = {};
	struct vxt_agent kid, host;
	long nr;
	uint32_t xid;

	if (!vxt_start(&g, VXT_FAKE, 0) || !vxt_child(&g.init, &kid) || !vxt_host(&host)) {
		tap_ok(false, "a guest starts");
		return;
	}
	xid = g.xid;
	(void)vxt_call(&kid, f_signals);
	tap_is(vx_ctx_kill(xid, 0, 0), 0, "ctx_kill 0: probing finds somebody");
	tap_is(vx_ctx_kill(xid, 0, SIGUSR1), 0, "ctx_kill 0");
	tap_is(vxt_call(&g.init, f_signals), 1, "reaches init");
	tap_is(vxt_call(&kid, f_signals), 1, "and the others");
	tap_is(vxt_call(&host, f_signals), 0, "not the host");
	tap_is(vx_ctx_kill(xid, -1, SIGUSR1), 0, "ctx_kill -1");
	tap_is(vxt_call(&g.init, f_signals), 0, "spares init");
	tap_is(vxt_call(&kid, f_signals), 1, "and reaches the others");
	tap_is(vx_ctx_kill(xid, 1, SIGUSR1), 0, "ctx_kill 1");
	tap_is(vxt_call(&g.init, f_signals), 1, "reaches init");
	tap_is(vxt_call(&kid, f_signals), 0, "alone");
	tap_is(vx_ctx_kill(xid, kid.pid, SIGUSR1), 0, "ctx_kill of a process");
	tap_is(vxt_call(&kid, f_signals), 1, "reaches it");
	tap_is(vxt_call(&g.init, f_signals), 0, "alone");
	tap_errno(vx_ctx_kill(xid, host.pid, SIGUSR1), ESRCH, "ctx_kill of a process that is not in it: ESRCH");
	tap_errno(vx_ctx_kill(xid, 4194304, SIGUSR1), ESRCH, "of one that does not exist: ESRCH");
	tap_errno(vx_ctx_kill(xid, -2, SIGUSR1), ESRCH, "-2 is no process: ESRCH");
	tap_errno(vx_ctx_kill(xid, -kid.pid, SIGUSR1), ESRCH, "nor are groups");
	tap_errno(vx_ctx_kill(xid, 0, 65), EINVAL, "a bad signal: EINVAL");
	tap_errno(vx_ctx_kill(xid, 0, -1), EINVAL, "a negative one: EINVAL");
	tap_errno(vserver(VSERVER_CTX_KILL, xid, (void *)8), EFAULT, "a bad pointer: EFAULT");
	tap_errno(vx_ctx_kill(vxt_free_xid(), 0, 0), ESRCH, "no such context: ESRCH");
	tap_errno(vx_ctx_kill(0, 0, 0), ESRCH, "context 0: ESRCH");
	tap_errno(vx_ctx_kill(1, 0, 0), ESRCH, "context 1: ESRCH");
	tap_is(vxt_call(&host, f_signals), 0, "the host got nothing");

	/* the gates when it is not under administration any more */
	(void)vx_set_cflags(xid, 0, VSERVER_FLAG_STATE_ADMIN);
	tap_errno(vx_ctx_kill(xid, kid.pid, 0), EACCES, "without STATE_ADMIN: a process is EACCES");
	tap_errno(vx_ctx_kill(xid, 0, 0), EACCES, "all is EACCES while there is an init");
	tap_errno(vx_ctx_kill(xid, -1, SIGUSR1), EACCES, "-1, too");
	(void)vxt_call(&g.init, f_ignore, SIGINT);
	nr = vxt_call(&g.init, f_signals);
	tap_is(vx_ctx_kill(xid, 1, SIGUSR1), 0, "init can be signalled");
	tap_is(vxt_call(&g.init, f_signals), 0, "as long as there are others: by SIGINT only");
	(void)kill(kid.pid, SIGKILL);
	(void)vxt_call(&g.init, f_wait, kid.pid, 0);
	(void)vxt_until(1000, vx_tasks(xid) == 1);
	tap_is(vx_ctx_kill(xid, 1, SIGUSR1), 0, "when it is the last");
	tap_is(vxt_call(&g.init, f_signals), 1, "by anything");
	tap_is(vx_ctx_kill(xid, 1, SIGKILL), 0, "SIGKILL, too");
	tap_ok(gone(xid), "and that is the end");
	(void)nr;
	close(kid.sock);
	(void)vxt_stop(&g);

	/* without init */
	if (vxt_start(&g, VXT_FLAT, 0) && vxt_child(&g.init, &kid)) {
		xid = g.xid;
		tap_errno(vx_ctx_kill(xid, 1, SIGUSR1), ESRCH, "ctx_kill 1 without an init: ESRCH");
		(void)vx_set_cflags(xid, 0, VSERVER_FLAG_STATE_ADMIN);
		tap_errno(vx_ctx_kill(xid, kid.pid, SIGUSR1), EACCES, "without STATE_ADMIN and init: a process is EACCES");
		tap_errno(vx_ctx_kill(xid, 1, SIGUSR1), ESRCH, "1 is ESRCH");
		(void)vxt_call(&kid, f_signals);
		tap_is(vx_ctx_kill(xid, 0, SIGUSR1), 0, "all works");
		tap_is(vxt_call(&kid, f_signals), 1, "and arrives");
		tap_is(vx_ctx_kill(xid, -1, SIGKILL), 0, "-1 works");
		tap_ok(gone(xid), "and ends it");
		close(kid.sock);
		(void)vxt_stop(&g);
	}

	/* inside of a pid namespace, by the host's numbers, also init */
	if (vxt_start(&g, VXT_PIDNS, 0) && vxt_child(&g.init, &kid)) {
		xid = g.xid;
		(void)vxt_call(&kid, f_signals);
		tap_is(vx_ctx_kill(xid, kid.pid, SIGUSR1), 0, "pid namespace: ctx_kill by the host's number");
		tap_is(vxt_call(&kid, f_signals), 1, "pid namespace: arrives");
		tap_is(vx_ctx_kill(xid, 0, SIGUSR1), 0, "pid namespace: ctx_kill 0");
		tap_is(vxt_call(&g.init, f_signals) + vxt_call(&kid, f_signals), 2, "pid namespace: reaches all");
		tap_is(vx_initpid(xid), g.init.pid, "pid namespace: init is known by the host's number");
		tap_is(vx_ctx_kill(xid, 1, SIGKILL), 0, "pid namespace: SIGKILL to init");
		tap_ok(gone(xid), "pid namespace: ends it");
		close(kid.sock);
		(void)vxt_stop(&g);
	}
	vxt_end(&host);
}

/* the first thread has ended, others go on */
static void *later(void *arg VXT_UNUSED)
{
	for (;;)
		vxt_sleep_ms(1000);
	return NULL;
}

static int leaderless(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		if (vx_migrate(guest.xid, 0) || pthread_create(&t, NULL, later, NULL))
			_exit(1);
		(void)syscall(SYS_exit, 0);
	}
	return pid;
}

static void test_leaderless(void)
{
	int tasks = vx_tasks(guest.xid), status = -1;
	pid_t pid = leaderless();

	tap_ok(vxt_until(2000, vx_tasks(guest.xid) == tasks + 1), "a process without its first thread counts as one");
	vxt_sleep_ms(20);
	tap_is(vx_ctx_kill(guest.xid, pid, SIGKILL), 0, "ctx_kill of a process without its first thread");
	tap_ok(vxt_until(2000, waitpid(pid, &status, WNOHANG) == pid), "ends it");
	if (status == -1)
		(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, WNOHANG);

	{
		struct vxt_guest g = {};

		if (!vxt_start(&g, VXT_FLAT, 0))
			return;
		{
			struct vxt_guest saved = guest;

			guest.xid = g.xid;
			pid = leaderless();
			guest = saved;
		}
		(void)vxt_until(2000, vx_tasks(g.xid) == 2);
		vxt_sleep_ms(20);
		tap_is(vx_ctx_kill(g.xid, 0, SIGKILL), 0, "ctx_kill 0 with such a process");
		tap_ok(gone(g.xid), "ends the context");
		(void)kill(pid, SIGKILL);
		vxt_reap();
		(void)vxt_stop(&g);
	}
}

/* Waiting. */

FN(f_wait_exit)
{
	struct vserver_wait_exit w = { -7, -7 };
	long ret = vserver(VSERVER_WAIT_EXIT, (uint32_t)a, &w);
	int e = errno;

	vxt_say("%d %d", w.reboot_cmd, w.exit_code);
	errno = e;
	return ret;
}
static volatile sig_atomic_t alarms;
static void on_alarm(int sig VXT_UNUSED) { alarms++; }
FN(f_interrupted)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = b ? SA_RESTART : 0 };
	struct itimerval t = { .it_value.tv_usec = 50000 };
	long ret;
	int e;

	alarms = 0;
	(void)sigaction(SIGALRM, &sa, NULL);
	(void)setitimer(ITIMER_REAL, &t, NULL);
	ret = f_wait_exit(a, 0, 0, 0);
	e = errno;
	vxt_say(" %d", (int)alarms);
	errno = e;
	return ret;
}

static bool text_is(const struct vxt_agent *a, const char *wanted, const char *what)
{
	bool good = tap_ok(!strcmp(a->text, wanted), "%s", what);

	if (!good)
		printf("# got '%s', wanted '%s'\n", a->text, wanted);
	return good;
}

static void test_wait(void)
{
	struct vxt_guest g = {};
	struct vxt_agent waiter, second, kid;
	uint32_t xid;

	if (!vxt_host(&waiter) || !vxt_host(&second))
		return;
	tap_errno(vxt_call(&waiter, f_wait_exit, vxt_free_xid()), ESRCH, "wait_exit for no context: ESRCH");
	if (!vxt_start(&g, VXT_FLAT, 0))
		return;
	xid = g.xid;
	tap_errno(vxt_call(&waiter, f_interrupted, xid), EINTR, "wait_exit interrupted by a signal: EINTR");
	text_is(&waiter, "0 0 1", "fills in the answer all the same");
	(void)vxt_begin(&waiter, -1, f_wait_exit, xid, 0, 0, 0);
	(void)vxt_begin(&second, -1, f_interrupted, xid, 1, 0, 0);
	vxt_sleep_ms(120);
	tap_ok(vx_tasks(xid) == 1, "waiters hold no claim");
	(void)vxt_begin(&g.init, -1, f_exit, 42, 0, 0, 0);
	tap_is(vxt_finish(&waiter), 0, "wait_exit returns when the last process ends");
	text_is(&waiter, "0 10752", "with its exit code");
	tap_is(vxt_finish(&second), 0, "with SA_RESTART it goes on after a signal");
	text_is(&second, "0 10752 1", "and gets the same");
	tap_ok(!vx_exists(xid), "the context is gone then");
	(void)vxt_stop(&g);

	if (vxt_start(&g, VXT_FAKE, 0) && vxt_child(&g.init, &kid)) {
		xid = g.xid;
		(void)vxt_begin(&waiter, -1, f_wait_exit, xid, 0, 0, 0);
		vxt_sleep_ms(20);
		(void)vxt_begin(&g.init, -1, f_exit, 3, 0, 0, 0);
		(void)waitpid(g.init.pid, NULL, 0);
		vxt_sleep_ms(20);
		tap_is(vx_tasks(xid), 1, "the end of init is not the end");
		(void)kill(kid.pid, SIGKILL);
		tap_is(vxt_finish(&waiter), 0, "that of the last process is");
		text_is(&waiter, "0 9", "whose signal is the exit code");
		close(kid.sock);
		(void)vxt_stop(&g);
	}

	/* a zombie keeps nothing alive */
	if (vxt_start(&g, VXT_FLAT, 0)) {
		xid = g.xid;
		(void)vxt_begin(&waiter, -1, f_wait_exit, xid, 0, 0, 0);
		vxt_sleep_ms(20);
		(void)kill(g.init.pid, SIGKILL);
		tap_is(vxt_finish(&waiter), 0, "wait_exit returns although nobody has waited for the process");
		tap_ok(!vx_exists(xid), "its zombie keeps no context alive");
		tap_is(vx_task_xid(g.init.pid), xid, "but tells where it was");
		(void)waitpid(g.init.pid, NULL, 0);
		(void)vxt_stop(&g);
	}
	/* the persistent one ends when the flag is cleared */
	xid = vxt_free_xid();
	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP | VSERVER_FLAG_PERSISTENT);
	vxt_end(&agent);
	(void)vxt_begin(&waiter, -1, f_wait_exit, xid, 0, 0, 0);
	vxt_sleep_ms(30);
	tap_ok(vx_exists(xid), "a persistent context does not end with its process");
	(void)vx_set_cflags(xid, 0, VSERVER_FLAG_PERSISTENT);
	tap_is(vxt_finish(&waiter), 0, "wait_exit returns when PERSISTENT is cleared");
	/* a number that is used again is another context */
	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	(void)vxt_begin(&waiter, -1, f_wait_exit, xid, 0, 0, 0);
	vxt_sleep_ms(20);
	vxt_end(&agent);
	tap_is(vxt_finish(&waiter), 0, "wait_exit for a number used again");
	(void)kill(waiter.pid, SIGKILL);
	vxt_end(&waiter);
	vxt_end(&second);
}

/* Forks that fail leave nothing. */

FN(f_failing_forks)
{
	struct rlimit r = { 1, 1 };
	long failed = 0;

	if (setrlimit(RLIMIT_NPROC, &r) || setresuid(4321, 4321, 4321))
		return -1;
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 && errno == EAGAIN)
			failed++;
		else
			(void)waitpid(pid, NULL, 0);
	}
	return failed;
}

/* these fail after the new task has been counted */
FN(f_late_failures)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
	} args = { .exit_signal = SIGCHLD };
	pid_t taken = getpid();
	long failed = 0;

	for (int i = 0; i < 100; i++) {
		long pid;

		if (a) {
			/* the number is in use */
			args.set_tid = (uint64_t)(unsigned long)&taken;
			args.set_tid_size = 1;
			pid = syscall(SYS_clone3, &args, sizeof(args));
		} else {
			/* no right to the namespace */
			pid = syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, NULL, NULL, NULL, NULL);
		}
		if (!pid)
			_exit(0);
		if (pid < 0 && errno == (a ? EEXIST : EPERM))
			failed++;
		else
			(void)waitpid((pid_t)pid, NULL, 0);
	}
	return failed;
}

static void test_forks(void)
{
	struct vxt_agent user;
	int tasks = vx_tasks(guest.xid), refs;

	if (!vxt_child(&guest.init, &user))
		return;
	vxt_sleep_ms(20);
	refs = vx_usecnt(guest.xid);
	tap_is(vxt_call(&user, f_failing_forks), 200, "200 forks fail with EAGAIN");
	tap_is(vx_tasks(guest.xid), tasks + 1, "and leave no claims");
	tap_ok(vxt_until(2000, vx_usecnt(guest.xid) <= refs + 4), "nor references");
	tap_is(vxt_call(&guest.init, f_late_failures, 1), 100, "100 forks fail late, with a number that is in use");
	tap_is(vx_tasks(guest.xid), tasks + 1, "and leave no claims");
	{
		struct rlimit r = { 1000, 1000 };

		(void)prlimit(user.pid, RLIMIT_NPROC, &r, NULL);
	}
	tap_is(vxt_call(&user, f_late_failures, 0), 100, "100 fail without the right to a namespace");
	tap_is(vx_tasks(guest.xid), tasks + 1, "and leave no claims either");
	tap_ok(vxt_until(2000, vx_usecnt(guest.xid) <= refs + 4), "nor references");
	(void)kill(user.pid, SIGKILL);
	close(user.sock);
	(void)vxt_call(&guest.init, f_wait, user.pid, 0);
	tap_ok(vxt_until(2000, vx_tasks(guest.xid) == tasks), "none in the end");

	/* those that succeed, too */
	for (int i = 0; i < 50; i++) {
		long pid = vxt_call(&guest.init, f_fork_pause);

		(void)kill((pid_t)pid, SIGKILL);
		(void)vxt_call(&guest.init, f_wait, pid, 0);
	}
	tap_ok(vxt_until(2000, vx_tasks(guest.xid) == tasks), "50 children later the count is as before");
	tap_ok(vxt_until(3000, vx_usecnt(guest.xid) <= refs), "and the references, too");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!tap_ok(vxt_start(&guest, VXT_FLAT, 0), "a guest starts"))
		return vxt_done();
	test_entering();
	test_setup_end();
	test_flags();
	test_kill();
	test_leaderless();
	test_wait();
	test_forks();
	tap_ok(vxt_stop(&guest), "the guest ends");
	return vxt_done();
}
