// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-host - the host sees, signals, waits for and traces every process; the spectator sees all and does nothing
 * bed: um qemu
 * timeout: 40
 */
#include <linux/keyctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static const char *m;
static struct vxt_guest guest;
static struct vxt_agent kid, plain;

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_keyring_to_parent)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0)
		return -2;
	return syscall(SYS_keyctl, KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0);
}
FN(f_access) { return access(vxt_word, F_OK); }
FN(f_watch) { return vx_migrate(VSERVER_XID_WATCH, 0); }
FN(f_task_xid) { return vx_task_xid((pid_t)a); }
FN(f_setpriority) { return setpriority(PRIO_PROCESS, (id_t)a, (int)b); }
FN(f_getpriority) { return syscall(SYS_getpriority, PRIO_PROCESS, a); }
FN(f_sched)
{
	struct sched_param p = {};

	return sched_setscheduler((pid_t)a, SCHED_OTHER, &p);
}
FN(f_setpgid_of) { return setpgid((pid_t)a, (pid_t)b); }
FN(f_ioprio) { return syscall(SYS_ioprio_set, 1, a, 2 << 13 | 5); }
FN(f_seize) { return ptrace(PTRACE_SEIZE, (pid_t)a, NULL, NULL); }
FN(f_attach) { return ptrace(PTRACE_ATTACH, (pid_t)a, NULL, NULL); }
FN(f_pidfd_signal)
{
	int fd = (int)syscall(SYS_pidfd_open, a, 0);
	long ret;
	int e;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_pidfd_send_signal, fd, b, NULL, 0);
	e = errno;
	close(fd);
	errno = e;
	return ret;
}
FN(f_write_mem)
{
	long value = 0x5678;
	struct iovec here = { &value, sizeof(value) }, there = { (void *)&vxt_marker, sizeof(value) };

	return process_vm_writev((pid_t)a, &here, 1, &there, 1, 0);
}
FN(f_prlimit_set)
{
	struct rlimit r = { 1000, 4096 };

	return prlimit((pid_t)a, RLIMIT_NOFILE, &r, NULL);
}
FN(f_open_word)
{
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fd : close(fd);
}
FN(f_lists)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	bool found[2] = {};

	while (dir && (e = readdir(dir))) {
		found[0] |= atol(e->d_name) == a;
		found[1] |= atol(e->d_name) == b;
	}
	if (dir)
		(void)closedir(dir);
	return found[0] && found[1];
}
FN(f_ctx_kill) { return vx_ctx_kill((uint32_t)a, (int)b, (int)c); }
FN(f_set_flags) { return vx_set_cflags((uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_migrate) { return vx_migrate((uint32_t)a, 0); }
FN(f_vx_info) { return vx_exists((uint32_t)a) ? 0 : -1; }
FN(f_enter_space) { return vx_space(VSERVER_ENTER_SPACE, (uint32_t)a, 0, 0); }
FN(f_badness)
{
	struct vserver_badness bad = { .bias = 5 };

	return vserver(VSERVER_SET_BADNESS, (uint32_t)a, &bad);
}
FN(f_waits_for_child)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit((int)a);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool in_file(const char *path, const char *text)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, text) != NULL;
	if (f)
		(void)fclose(f);
	return found;
}

static void test_host(void)
{
	char path[64], text[64];
	struct user_regs_struct regs;
	siginfo_t si = {};
	int status;
	struct iovec here, there;
	long value = 0;
	struct vxt_agent extra;

	tap_is(f_lists(guest.init.pid, kid.pid, 0, 0), 1, "the host lists the guest's processes");
	tap_is(vx_task_xid(kid.pid), guest.xid, "the host asks for the context of a process");
	(void)snprintf(path, sizeof(path), "/proc/%d/status", kid.pid);
	(void)snprintf(text, sizeof(text), "VxID:\t%u\n", guest.xid);
	tap_ok(in_file(path, text), "%s: the host reads the context in status", m);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", kid.pid);
	(void)snprintf(text, sizeof(text), "PPid:\t%d\n", guest.init.pid);
	tap_ok(in_file(path, text), "%s: the host sees the real parent", m);

	(void)vxt_call(&kid, f_signals);
	tap_is(kill(kid.pid, SIGUSR1), 0, "the host signals");
	tap_is(vxt_call(&kid, f_signals), 1, "and it arrives");
	tap_is(f_pidfd_signal(kid.pid, SIGUSR1, 0, 0), 0, "the host signals by a pidfd");
	tap_is(vxt_call(&kid, f_signals), 1, "and it arrives");

	/* a debugger */
	tap_is(ptrace(PTRACE_SEIZE, kid.pid, NULL, NULL), 0, "the host traces");
	tap_ok(ptrace(PTRACE_INTERRUPT, kid.pid, NULL, NULL) == 0 && waitpid(kid.pid, &status, __WALL) == kid.pid &&
		       WIFSTOPPED(status), "%s: stops", m);
	tap_is(ptrace(PTRACE_GETREGS, kid.pid, NULL, &regs), 0, "reads registers");
	errno = 0;
	tap_ok((ptrace(PTRACE_PEEKDATA, kid.pid, &vxt_marker, NULL) & 0xffff) == 0x5678, "%s: reads memory", m);
	tap_is(ptrace(PTRACE_DETACH, kid.pid, NULL, NULL), 0, "lets go");
	here = (struct iovec){ &value, sizeof(value) };
	there = (struct iovec){ (void *)&vxt_marker, sizeof(value) };
	tap_ok(process_vm_readv(kid.pid, &here, 1, &there, 1, 0) == sizeof(value) && value == 0x5678,
	       "%s: process_vm_readv by the host", m);
	tap_is(setpriority(PRIO_PROCESS, (id_t)kid.pid, 2), 0, "the host sets a priority");
	(void)setpriority(PRIO_PROCESS, (id_t)kid.pid, 0);

	/* waiting for one that went in: by number, by pidfd, by signal */
	if (guest.mode != VXT_PIDNS && tap_ok(vxt_join(&guest, &extra), "%s: a child of the host enters", m)) {
		int fd = (int)syscall(SYS_pidfd_open, extra.pid, 0);
		struct pollfd p = { .fd = fd, .events = POLLIN };

		tap_is(poll(&p, 1, 0), 0, "its pidfd is quiet while it lives");
		tap_errno(vxt_call(&extra, f_keyring_to_parent), EPERM, "it does not give its parent, the host, a keyring");
		(void)vxt_begin(&extra, -1, f_exit, 6, 0, 0, 0);
		tap_is(poll(&p, 1, 5000), 1, "and tells when it ends");
		tap_ok(waitid(P_PIDFD, (id_t)fd, &si, WEXITED) == 0 && si.si_pid == extra.pid && si.si_status == 6,
		       "%s: the host waits with the pidfd", m);
		close(fd);
		close(extra.sock);
	}
	if (vxt_child(&guest.init, &extra)) {
		int fd = (int)syscall(SYS_pidfd_open, extra.pid, 0);
		struct pollfd p = { .fd = fd, .events = POLLIN };

		tap_is(kill(extra.pid, SIGKILL), 0, "the host kills one that it is not the parent of");
		tap_is(poll(&p, 1, 5000), 1, "whose pidfd tells so");
		close(fd);
		close(extra.sock);
	}
	tap_is(vxt_call(&plain, f_waits_for_child, 9), 9, "fork and wait on the host are as ever");
}

/* the spectator */
static void test_watch(void)
{
	static struct vxt_agent watch;
	long nice = vxt_call(&kid, f_getpriority, 0);

	if (!tap_ok(vxt_host(&watch), "%s: a process of the host", m))
		return;
	tap_is(vxt_call(&watch, f_watch), 1, "becomes a spectator");
	tap_is(vxt_call(&watch, f_task_xid, 0), 1, "its context is 1");
	tap_is(vxt_call(&watch, f_task_xid, kid.pid), guest.xid, "it asks for contexts");
	tap_is(vxt_call(&watch, f_vx_info, guest.xid), 0, "and about them");
	tap_is(vxt_call(&watch, f_lists, guest.init.pid, kid.pid), 1, "it lists the guest's processes");
	tap_is(vxt_call(&watch, f_lists, plain.pid, 1), 1, "and the host's");
	tap_is(vxt_call(vxt_with(&watch, "/proc/%d/stat", kid.pid), f_open_word), 0, "it reads files of a guest's process");
	tap_is(vxt_call(vxt_with(&watch, "/proc/%d/maps", kid.pid), f_open_word), 0, "also those that need to look inside");
	tap_is(vxt_call(&watch, f_getpriority, kid.pid), nice, "it reads priorities");

	(void)vxt_call(&kid, f_signals);
	tap_errno(vxt_call(&watch, f_kill, kid.pid, SIGUSR1), EPERM, "it may not signal a guest's process");
	tap_errno(vxt_call(&watch, f_kill, kid.pid, SIGKILL), EPERM, "nor kill it");
	tap_errno(vxt_call(&watch, f_pidfd_signal, kid.pid, SIGUSR1), EPERM, "nor by a pidfd");
	tap_errno(vxt_call(&watch, f_kill, plain.pid, SIGUSR1), EPERM, "nor signal a host's process");
	tap_is(vxt_call(&watch, f_kill, -1, SIGUSR1), 0, "kill(-1) passes over all");
	tap_is(vxt_call(&kid, f_signals) + vxt_call(&plain, f_signals), 0, "nothing arrived");
	tap_is(vxt_call(&watch, f_kill, watch.pid, 0), 0, "it may signal itself");
	tap_errno(vxt_call(&watch, f_seize, kid.pid), EPERM, "it may not trace a guest's process");
	tap_errno(vxt_call(&watch, f_attach, plain.pid), EPERM, "nor a host's");
	tap_errno(vxt_call(&watch, f_write_mem, kid.pid), EPERM, "nor write its memory");
	tap_errno(vxt_call(&watch, f_setpriority, kid.pid, 5), ESRCH, "nor set priorities");
	tap_errno(vxt_call(&watch, f_sched, kid.pid), ESRCH, "nor schedulers");
	tap_errno(vxt_call(&watch, f_ioprio, kid.pid), ESRCH, "nor priorities of input and output");
	tap_ok(vxt_call(&watch, f_prlimit_set, kid.pid) < 0, "%s: nor limits", m);
	tap_ok(vxt_call(&watch, f_setpgid_of, plain.pid, 0) < 0, "%s: nor process groups", m);

	tap_errno(vxt_call(&watch, f_ctx_kill, guest.xid, 0, 0), EPERM, "ctx_kill is refused");
	tap_errno(vxt_call(&watch, f_set_flags, guest.xid, 0, 0), EPERM, "set_cflags is refused");
	tap_errno(vxt_call(&watch, f_migrate, guest.xid), EPERM, "ctx_migrate is refused");
	tap_errno(vxt_call(&watch, f_enter_space, guest.xid), EPERM, "enter_space is refused");
	tap_errno(vxt_call(&watch, f_badness, guest.xid), EPERM, "set_badness is refused");
	tap_errno(vxt_call(&watch, f_migrate, 0), EPERM, "there is no way back");
	tap_is(vxt_call(&watch, f_watch), 1, "becoming a spectator again is none");
	tap_is(vxt_call(&watch, f_waits_for_child, 4), 4, "it has children");
	tap_is(vxt_call(&kid, f_getpriority, 0), nice, "the guest's priority is as before");
	tap_is(kill(watch.pid, SIGUSR1), 0, "the host signals the spectator");
	tap_is(vxt_call(&watch, f_signals), 1, "and it arrives");
	tap_errno(vxt_call(&kid, f_kill, watch.pid, SIGUSR1), ESRCH, "to the guest the spectator does not exist");
	tap_errno(vxt_call(vxt_with(&kid, "/proc/%d", watch.pid), f_access), ENOENT, "not in /proc either");
	tap_ok(vxt_call(&kid, f_watch) < 0, "%s: a guest does not become a spectator", m);
	tap_is(vxt_call(&plain, f_waits_for_child, 3), 3, "the host is as before");
	vxt_end(&watch);
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_child(&guest.init, &kid), "%s: a guest starts", m))
		return;
	test_host();
	test_watch();
	tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
	close(kid.sock);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	m = "host";
	if (!tap_ok(vxt_host(&plain), "a process of the host starts"))
		return vxt_done();
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&plain);
	return vxt_done();
}
