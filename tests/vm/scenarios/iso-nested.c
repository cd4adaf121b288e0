// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-nested - namespaces that a guest makes inside of itself give it no more to see
 * bed: um qemu
 * timeout: 30
 */
#include <sys/resource.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static const char *m;
static struct vxt_guest guest;
static struct vxt_agent victim, kid, nested, inner, user;

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

FN(f_unshare) { return unshare((int)a); }
FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_getppid) { return getppid(); }
FN(f_gettid) { return gettid(); }
FN(f_mount_proc)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, NULL) ? -1 : 0;
}
FN(f_access) { return access(vxt_word, F_OK); }
FN(f_list)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)) && n++ < 2000)
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			vxt_say("%s ", e->d_name);
	if (dir)
		(void)closedir(dir);
	return n < 2000;
}
FN(f_nice) { return setpriority(PRIO_USER, 0, 9); }
FN(f_getnice) { return getpriority(PRIO_PROCESS, 0); }
FN(f_orphan)
{
	int p[2];
	pid_t pid, got = -1;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		pid_t old = getpid();

		if (!fork()) {
			while (getppid() == old)
				vxt_sleep_ms(1);
			old = getppid();
			(void)!write(p[1], &old, sizeof(old));
			_exit(0);
		}
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	(void)!read(p[0], &got, sizeof(got));
	close(p[0]);
	close(p[1]);
	return got;
}

static void test_pidns(void)
{
	tap_is(vxt_call(&kid, f_unshare, CLONE_NEWPID | CLONE_NEWNS), 0, "a guest makes a pid namespace of its own");
	if (!tap_ok(vxt_child(&kid, &nested) && vxt_child(&nested, &inner), "%s: with two processes", m))
		return;
	tap_is(vxt_call(&nested, f_getpid), 1, "the first is 1 in there");
	tap_is(vxt_call(&nested, f_gettid), 1, "its thread, too");
	tap_is(vxt_call(&nested, f_getppid), 0, "its parent is outside");
	tap_is(vxt_call(&inner, f_getpid), 2, "the second is 2");
	tap_is(vxt_call(&inner, f_getppid), 1, "whose parent is 1");
	(void)vxt_call(&guest.init, f_signals);
	(void)vxt_call(&nested, f_signals);
	tap_is(vxt_call(&inner, f_kill, 1, SIGUSR1), 0, "a signal to 1 in there");
	tap_is(vxt_call(&nested, f_signals), 1, "reaches the 1 in there");
	tap_is(vxt_call(&guest.init, f_signals), 0, "and not the guest's");
	tap_errno(vxt_call(&inner, f_kill, guest.init.pid, 0), ESRCH, "the guest's init has no number in there");
	tap_errno(vxt_call(&inner, f_kill, victim.pid, 0), ESRCH, "nor has the host's process");
	tap_is(vxt_call(&inner, f_kill, -1, SIGUSR1), -1, "kill(-1) in there finds nobody else");
	tap_is(vxt_call(&victim, f_signals), 0, "not the host's process");
	tap_is(vxt_call(&inner, f_orphan), 1, "orphans in there go to the 1 in there");
	(void)vxt_call(&nested, f_wait, -1, 0);
	tap_is(vxt_call(&nested, f_mount_proc), 0, "with a /proc of its own");
	tap_is(vxt_call(&inner, f_list), 1, "whose listing ends");
	if (!tap_ok(!strcmp(inner.text, "1 2 "), "%s: it lists those two", m))
		printf("# %s\n", inner.text);
	tap_is(vxt_call(vxt_with(&inner, "/proc/1/stat"), f_access), 0, "1 is there");
	tap_errno(vxt_call(vxt_with(&inner, "/proc/%d", victim.pid), f_access), ENOENT, "the host's process is not");
	tap_is(kill(inner.pid, SIGUSR1), 0, "the host signals one in there");
	tap_is(vxt_call(&inner, f_signals), 1, "which arrives");
	tap_is(vx_task_xid(inner.pid), guest.xid, "it is in the guest's context");
	(void)kill(nested.pid, SIGKILL);
	tap_ok(vxt_until(3000, vx_task_xid(inner.pid) < 0), "%s: the namespace ends with its first process", m);
	tap_ok(vxt_call(&guest.init, f_getpid) > 0, "%s: the guest goes on", m);
	close(nested.sock);
	close(inner.sock);
}

static void test_userns(void)
{
	if (!tap_ok(vxt_child(&guest.init, &user), "%s: another process", m))
		return;
	tap_errno(vxt_call(&user, f_unshare, CLONE_NEWUSER), EPERM, "a guest makes no user namespace");
	tap_is(vx_set_caps(VSERVER_SET_UMASK, guest.xid, CLONE_NEWUSER, CLONE_NEWUSER), 0, "unless its mask says so");
	tap_is(vxt_call(&user, f_unshare, CLONE_NEWUSER), 0, "then it does");
	tap_errno(vxt_call(&user, f_kill, victim.pid, SIGUSR1), ESRCH, "in there the host's process does not exist either");
	tap_errno(vxt_call(vxt_with(&user, "/proc/%d", victim.pid), f_access), ENOENT, "not in /proc");
	tap_is(vxt_call(&user, f_unshare, CLONE_NEWPID) | vxt_call(&user, f_unshare, CLONE_NEWNS), 0,
	       "it makes other namespaces in there");
	(void)vxt_call(&user, f_nice);
	tap_is(vxt_call(&victim, f_getnice), 0, "and sets no priorities outside");
	tap_errno(vserver(VSERVER_CTX_CREATE, 1, NULL), EINVAL, "the host's calls are as ever");
	(void)kill(user.pid, SIGKILL);
	close(user.sock);
	(void)vx_set_caps(VSERVER_SET_UMASK, guest.xid, 0, CLONE_NEWUSER);
}

/* a member that is not in the guest's pid namespace: the filter by context is what is left */
static void test_outside(void)
{
	static struct vxt_agent outside;
	struct vxt_guest as_flat = guest;
	long orphan;

	as_flat.mode = VXT_FLAT;
	if (!tap_ok(vxt_join(&as_flat, &outside), "%s: a process enters the context but not its pid namespace", m))
		return;
	tap_is(vxt_call(&outside, f_getpid), outside.pid, "it has its number on the host");
	tap_is(vxt_call(&outside, f_kill, kid.pid, 0), 0, "members have theirs for it");
	tap_is(vxt_call(&outside, f_kill, guest.init.pid, 0), 0, "init, too");
	tap_errno(vxt_call(&outside, f_kill, victim.pid, 0), ESRCH, "the host's process does not exist");
	tap_errno(vxt_call(&outside, f_kill, 1, 0), ESRCH, "nor does the host's init");
	tap_is(vxt_call(&outside, f_list), 1, "the listing of the host's /proc ends");
	if (!tap_ok(strtol(outside.text, NULL, 10) == guest.init.pid, "%s: and begins with the guest's init", m))
		printf("# %s\n", outside.text);
	tap_errno(vxt_call(vxt_with(&outside, "/proc/%d", victim.pid), f_access), ENOENT, "the host's process is not there");
	orphan = vxt_call(&outside, f_orphan);
	tap_is(orphan, 0, "its orphans go to the host");
	tap_errno(vxt_call(&kid, f_kill, outside.pid, 0), ESRCH, "in the namespace it has no number");
	vxt_end(&outside);
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_child(&guest.init, &kid), "%s: a guest starts", m))
		return;
	(void)vxt_call(&victim, f_signals);
	if (mode == VXT_PIDNS)
		test_outside();
	test_pidns();
	test_userns();
	tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
	close(kid.sock);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	m = "host";
	if (!tap_ok(vxt_host(&victim), "a process of the host"))
		return vxt_done();
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&victim);
	return vxt_done();
}
