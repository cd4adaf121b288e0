// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-signals - groups of mixed membership, handed-over descriptors, owners of files, terminals, credentials
 * bed: um qemu
 * timeout: 40
 *
 * These ways to a process do not take a number that could be looked up, or they bring their own.
 */
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>

#include "../prog/vxt.h"

#define IOPRIO_WHO_PGRP 2
#define IOPRIO_WHO_USER 3
#define IOPRIO(class, level) ((class) << 13 | (level))
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static const char *m;	/* name of the mode, before each test's */

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))
static struct vxt_guest guest, other;
static struct vxt_agent victim, kid, other_kid;

FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_setpgid) { return setpgid((pid_t)a, (pid_t)b); }
FN(f_getpgrp) { return getpgrp(); }
FN(f_setpriority) { return setpriority((int)a, (id_t)b, (int)c); }
FN(f_getpriority) { return 20 - syscall(SYS_getpriority, a, b) + 100; }
FN(f_ioprio_get) { return syscall(SYS_ioprio_get, a, b); }
FN(f_ioprio_set) { return syscall(SYS_ioprio_set, a, b, c); }
FN(f_setuid) { return setresuid((uid_t)a, (uid_t)a, (uid_t)a); }

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* kill(-1) */
static void test_kill_all(void)
{
	(void)vxt_call(&victim, f_signals);
	(void)vxt_call(&other_kid, f_signals);
	(void)vxt_call(&guest.init, f_signals);
	(void)vxt_call(&kid, f_signals);
	tap_is(vxt_call(&guest.init, f_kill, -1, SIGUSR1), 0, "kill(-1) in a guest finds somebody");
	tap_is(vxt_call(&kid, f_signals), 1, "kill(-1) reaches the own process");
	tap_is(vxt_call(&victim, f_signals), 0, "kill(-1) does not reach the host");
	tap_is(vxt_call(&other_kid, f_signals), 0, "kill(-1) does not reach another guest");
	tap_is(vxt_call(&kid, f_kill, -1, SIGUSR1), guest.mode == VXT_FLAT ? 0 : -1,
	       "kill(-1) by the only process besides init");
	tap_is(vxt_call(&guest.init, f_signals), guest.mode == VXT_FLAT, "kill(-1) spares an init");
}

static int async_fd = -1;

/* be the owner (or name the group) that hears of the descriptor, by signal b */
static long make_async(int fd, long owner, int sig)
{
	if (fcntl(fd, F_SETOWN, owner) || fcntl(fd, F_SETSIG, sig) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK))
		return -1;
	return 0;
}

FN(f_async_given)
{
	async_fd = dup(vxt_fd);
	return make_async(async_fd, a, (int)b);
}

static int own_pair[2];

FN(f_async_own)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, own_pair))
		return -1;
	if (make_async(own_pair[0], a, (int)b))
		return -1;
	vxt_fd_out = own_pair[0];
	return write(own_pair[1], "x", 1);
}

FN(f_drop_async)
{
	close(async_fd);
	close(own_pair[0]);
	close(own_pair[1]);
	return 0;
}

/* a process group with a leader in the guest, a second member, and a process of the host */
static void test_mixed_group(void)
{
	static struct vxt_agent lead, second, host;
	int sv[2];
	long nr;

	if (!vxt_join(&guest, &lead) || !vxt_host(&host)) {
		tap_ok(false, "%s: a mixed process group", m);
		return;
	}
	(void)vxt_call(&lead, f_setpgid, 0, 0);
	(void)vxt_child(&lead, &second);
	tap_is(vxt_call(&host, f_setpgid, 0, lead.pid), 0, "a process of the host joins a guest's group");
	tap_is(vxt_call(&host, f_getpgrp), lead.pid, "the host sees the real number of the group");
	nr = vxt_call(&lead, f_getpgrp);

	tap_is(vxt_call(&lead, f_kill, 0, SIGUSR1), 0, "kill(0) in a mixed group");
	tap_is(vxt_call(&second, f_signals), 1, "kill(0) reaches the own member");
	tap_is(vxt_call(&host, f_signals), 0, "kill(0) does not reach the host's");
	tap_is(vxt_call(&lead, f_kill, -nr, SIGUSR1), 0, "kill(-group) in a mixed group");
	tap_is(vxt_call(&second, f_signals), 1, "kill(-group) reaches the own member");
	tap_is(vxt_call(&host, f_signals), 0, "kill(-group) does not reach the host's");
	(void)vxt_call(&lead, f_signals);
	tap_is(kill(-lead.pid, SIGUSR1), 0, "the host signals the group");
	tap_is(vxt_call(&second, f_signals), 1, "the host's kill(-group) reaches the guest's member");
	tap_is(vxt_call(&host, f_signals), 1, "the host's kill(-group) reaches the host's member");
	(void)vxt_call(&lead, f_signals);

	tap_is(vxt_call(&lead, f_async_own, -nr, SIGUSR1), 1, "a group as owner of an own socket");
	tap_is(vxt_call(&second, f_signals), 1, "SIGIO of the own socket reaches the own member");
	tap_is(vxt_call(&host, f_signals), 0, "SIGIO of the own socket does not reach the host's");
	(void)vxt_call(&lead, f_drop_async);
	(void)vxt_call(&lead, f_signals);

	/* as the standard output of a guest's program in a pipeline of the host's shell */
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv);
	tap_is(vxt_call_fd(&lead, sv[0], f_async_given, -nr, SIGUSR1, 0, 0), 0, "a group as owner of the host's socket");
	(void)write(sv[1], "x", 1);
	tap_ok(vxt_call(&second, f_signals) > 0, "%s: SIGIO of the host's socket reaches the guest's member", m);
	tap_is(vxt_call(&host, f_signals), 0, "SIGIO of the host's socket, set up by a guest, does not reach the host's");
	(void)vxt_call(&lead, f_drop_async);
	(void)vxt_call(&lead, f_signals);
	close(sv[0]);
	close(sv[1]);

	tap_is(setpriority(PRIO_PROCESS, (id_t)host.pid, -15), 0, "the host raises its own process");
	tap_is(vxt_call(&lead, f_setpriority, PRIO_PGRP, 0, 3), 0, "setpriority of a mixed group");
	tap_is(vxt_call(&second, f_getpriority, PRIO_PROCESS, 0) - 100, 3, "setpriority reaches the own member");
	tap_is(vxt_call(&host, f_getpriority, PRIO_PROCESS, 0) - 100, -15, "setpriority does not reach the host's");
	tap_is(vxt_call(&lead, f_getpriority, PRIO_PGRP, 0) - 100, 3,
	       "getpriority of a mixed group does not tell of the host's");
	tap_is(vxt_call(&host, f_getpriority, PRIO_PGRP, 0) - 100, -15, "the host's getpriority tells of all");

	(void)vxt_call(&host, f_ioprio_set, 1, 0, IOPRIO(1, 2));
	(void)vxt_call(&lead, f_ioprio_set, 1, 0, IOPRIO(2, 7));
	(void)vxt_call(&second, f_ioprio_set, 1, 0, IOPRIO(2, 7));
	tap_is(vxt_call(&lead, f_ioprio_get, IOPRIO_WHO_PGRP, 0), IOPRIO(2, 7), "ioprio_get does not tell of the host's");
	/* it stops at the first process of others, with ESRCH: a known limit */
	(void)vxt_call(&lead, f_ioprio_set, IOPRIO_WHO_PGRP, 0, IOPRIO(2, 6));
	tap_is(vxt_call(&host, f_ioprio_get, 1, 0), IOPRIO(1, 2), "ioprio_set of a mixed group does not reach the host's");

	vxt_end(&host);
	(void)kill(second.pid, SIGKILL);
	(void)kill(lead.pid, SIGKILL);
	(void)waitpid(lead.pid, NULL, 0);
	close(second.sock);
	close(lead.sock);
}

/* a group whose leader, of the host, has ended */
static void test_dead_leader(void)
{
	static struct vxt_agent lead, member, host;
	long nr;

	if (!vxt_host(&lead) || !vxt_host(&host) || vxt_call(&lead, f_setpgid, 0, 0) ||
	    vxt_call(&host, f_setpgid, 0, lead.pid) || !vxt_join(&guest, &member)) {
		tap_ok(false, "%s: a process group of the host", m);
		return;
	}
	if (setpgid(member.pid, lead.pid)) {
		/* it has executed: the host moves it by its own call, through a fork that joins afterwards */
		int sv[2];
		pid_t pid;

		vxt_end(&member);
		(void)vxt_sockets(sv);
		(void)fflush(NULL);
		pid = fork();
		if (!pid) {
			(void)setpgid(0, lead.pid);
			vxt_enter_old(&guest, sv[1]);
		}
		close(sv[1]);
		(void)vxt_hello(&member, sv[0]);
	}
	tap_is(getpgid(member.pid), lead.pid, "a guest's process is in a group of the host");
	tap_is(vxt_call(&member, f_getpgrp), 0, "to the guest a group of the host is 0");
	tap_errno(vxt_call(&member, f_kill, -lead.pid, SIGUSR1), ESRCH, "and it cannot be named");
	nr = lead.pid;
	vxt_end(&lead);
	tap_is(vxt_call(&member, f_kill, 0, SIGUSR1), 0, "kill(0) without a leader");
	tap_is(vxt_call(&host, f_signals), 0, "kill(0) without a leader does not reach the host's");
	(void)vxt_call(&member, f_kill, -nr, SIGUSR1);
	tap_is(vxt_call(&host, f_signals), 0, "kill(-group) without a leader does not reach the host's");
	vxt_end(&host);
	(void)kill(member.pid, SIGKILL);
	vxt_reap();
	close(member.sock);
}

FN(f_nice_uid)
{
	return setpriority(PRIO_USER, (id_t)a, (int)b);
}

static void test_prio_user(void)
{
	tap_is(setpriority(PRIO_PROCESS, (id_t)victim.pid, -11), 0, "the host raises its own process");
	tap_is(vxt_call(&guest.init, f_nice_uid, 0, 7), 0, "setpriority of a user");
	tap_is(vxt_call(&kid, f_getpriority, PRIO_PROCESS, 0) - 100, 7, "setpriority of a user reaches the own process");
	tap_is(vxt_call(&victim, f_getpriority, PRIO_PROCESS, 0) - 100, -11,
	       "setpriority of a user does not reach the host's");
	tap_is(vxt_call(&other_kid, f_getpriority, PRIO_PROCESS, 0) - 100, 0, "nor that of another guest");
	tap_is(vxt_call(&guest.init, f_getpriority, PRIO_USER, 0) - 100, 7, "getpriority of a user tells of the guest only");
	(void)vxt_call(&victim, f_ioprio_set, 1, 0, IOPRIO(1, 1));
	tap_is(vxt_call(&guest.init, f_ioprio_set, IOPRIO_WHO_USER, 0, IOPRIO(2, 5)), 0, "ioprio_set of a user");
	tap_is(vxt_call(&kid, f_ioprio_get, 1, 0), IOPRIO(2, 5), "ioprio_set of a user reaches the own process");
	tap_is(vxt_call(&victim, f_ioprio_get, 1, 0), IOPRIO(1, 1), "ioprio_set of a user does not reach the host's");
	tap_is(vxt_call(&guest.init, f_ioprio_get, IOPRIO_WHO_USER, 0), IOPRIO(2, 5),
	       "ioprio_get of a user tells of the guest only");
	(void)vxt_call(&victim, f_ioprio_set, 1, 0, IOPRIO(2, 4));
	(void)setpriority(PRIO_PROCESS, (id_t)victim.pid, 0);
}

/* pidfds from outside */
FN(f_pidfd_signal) { return syscall(SYS_pidfd_send_signal, vxt_fd, a, NULL, 0); }
FN(f_pidfd_getfd)
{
	int fd = (int)syscall(SYS_pidfd_getfd, vxt_fd, a, 0);

	return fd < 0 ? fd : close(fd);
}
FN(f_pidfd_madvise)
{
	struct iovec there = { (void *)((long)&vxt_marker & ~4095), 4096 };

	return syscall(SYS_process_madvise, vxt_fd, &there, 1, 3 /* MADV_WILLNEED */, 0);
}
FN(f_pidfd_setns) { return setns(vxt_fd, (int)a); }
FN(f_pidfd_namespace)
{
	int fd = ioctl(vxt_fd, _IO(0xFF, 10), 0);	/* PIDFD_GET_UTS_NAMESPACE */

	return fd < 0 ? fd : close(fd);
}
FN(f_pidfd_wait)
{
	siginfo_t si;

	return waitid((idtype_t)P_PIDFD, (id_t)vxt_fd, &si, WEXITED | WNOHANG);
}
FN(f_pidfd_mrelease) { return syscall(SYS_process_mrelease, vxt_fd, 0); }
FN(f_pidfd_number)
{
	char path[64], line[128];
	long nr = -3;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", vxt_fd);
	f = fopen(path, "re");
	if (!f)
		return -2;
	while (fgets(line, sizeof(line), f))
		(void)sscanf(line, "Pid: %ld", &nr);
	(void)fclose(f);
	return nr;
}

static long number_of(int fd)
{
	vxt_fd = fd;
	return f_pidfd_number(0, 0, 0, 0);
}

static void test_pidfd(void)
{
	int v = open_pidfd(victim.pid), k = open_pidfd(kid.pid), o = open_pidfd(other_kid.pid);
	/* of a process outside of the own pid namespace: by mainline's own rule */
	int refused = guest.mode == VXT_PIDNS ? EINVAL : EPERM;
	long long start = vxt_ms();

	(void)vxt_call(&victim, f_signals);
	(void)vxt_call(&kid, f_signals);
	tap_is(vxt_call_fd(&guest.init, k, f_pidfd_signal, SIGUSR1, 0, 0, 0), 0, "a given pidfd of an own process works");
	tap_is(vxt_call(&kid, f_signals), 1, "and the signal arrives");
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_signal, SIGUSR1, 0, 0, 0), refused,
		  "a given pidfd of the host's process is no use");
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_signal, SIGKILL, 0, 0, 0), refused, "not for SIGKILL");
	tap_errno(vxt_call_fd(&guest.init, o, f_pidfd_signal, SIGUSR1, 0, 0, 0), refused,
		  "nor is that of another guest's process");
	tap_ok(vxt_ms() - start < 5000, "%s: and it does not hang", m);
	tap_is(vxt_call(&victim, f_signals), 0, "the host's process got no signal");
	vxt_fd = k;
	tap_is(f_pidfd_signal(SIGUSR1, 0, 0, 0), 0, "the host's pidfd of the guest's process works");
	tap_is(vxt_call(&kid, f_signals), 1, "and the signal arrives");

	tap_is(vxt_call_fd(&guest.init, k, f_pidfd_getfd, kid.sock < 0 ? 0 : 1, 0, 0, 0), 0, "pidfd_getfd of an own process");
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_getfd, 1, 0, 0, 0), EPERM, "pidfd_getfd of the host's process");
	tap_errno(vxt_call_fd(&guest.init, o, f_pidfd_getfd, 1, 0, 0, 0), EPERM, "pidfd_getfd of another guest's process");
	vxt_fd = k;
	tap_is(f_pidfd_getfd(1, 0, 0, 0), 0, "the host's pidfd_getfd of the guest's process");

	tap_ok(vxt_call_fd(&guest.init, k, f_pidfd_madvise, 0, 0, 0, 0) >= 0, "%s: process_madvise of an own process", m);
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_madvise, 0, 0, 0, 0), EACCES, "process_madvise of the host's process");
	vxt_fd = k;
	tap_ok(f_pidfd_madvise(0, 0, 0, 0) >= 0, "%s: the host's process_madvise of the guest's process", m);

	tap_is(vxt_call_fd(&guest.init, k, f_pidfd_setns, CLONE_NEWUTS, 0, 0, 0), 0, "setns with a pidfd of an own process");
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_setns, CLONE_NEWUTS, 0, 0, 0), EPERM,
		  "setns with a pidfd of the host's process");
	tap_errno(vxt_call_fd(&guest.init, o, f_pidfd_setns, CLONE_NEWUTS, 0, 0, 0), EPERM,
		  "setns with a pidfd of another guest's process");
	tap_is(vxt_call_fd(&victim, k, f_pidfd_setns, CLONE_NEWUTS, 0, 0, 0), 0, "the host's setns to the guest's namespace");
	tap_is(vxt_call_fd(&victim, v, f_pidfd_setns, CLONE_NEWUTS, 0, 0, 0), 0, "and to its own");
	if (vxt_call_fd(&guest.init, k, f_pidfd_namespace, 0, 0, 0, 0) == 0) {
		tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_namespace, 0, 0, 0, 0), EACCES,
			  "the host's namespace through a pidfd");
	} else {
		tap_skip("a namespace through a pidfd", "not in this kernel");
	}

	tap_is(vxt_call_fd(&guest.init, k, f_pidfd_wait, 0, 0, 0, 0), 0, "waiting with a pidfd of an own child");
	tap_errno(vxt_call_fd(&guest.init, v, f_pidfd_wait, 0, 0, 0, 0), ECHILD, "waiting with a pidfd of the host's process");
	tap_ok(vxt_call_fd(&guest.init, v, f_pidfd_mrelease, 0, 0, 0, 0) < 0, "%s: process_mrelease of the host's process", m);

	tap_is(vxt_call_fd(&guest.init, k, f_pidfd_number, 0, 0, 0, 0), vxt_call(&kid, f_getpid), "the number of a pidfd");
	tap_ok(vxt_call_fd(&guest.init, v, f_pidfd_number, 0, 0, 0, 0) <= 0, "%s: the host's process has no number", m);
	tap_is(number_of(k), kid.pid, "the host sees the real number in the guest's pidfd");
	close(v);
	close(k);
	close(o);
}

/* PTRACE_TRACEME */
FN(f_traceme) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
FN(f_traceme_child)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_traceme(void)
{
	tap_is(vxt_call(&guest.init, f_traceme_child), 0, "PTRACE_TRACEME with an own parent");
	tap_errno(vxt_call(&guest.init, f_traceme), EPERM, "PTRACE_TRACEME with a parent on the host");
	tap_is(vxt_call(&victim, f_traceme_child), 0, "PTRACE_TRACEME on the host");
}

/* owners of files */
FN(f_getown) { return fcntl(vxt_fd, F_GETOWN); }
FN(f_getown_ex)
{
	struct f_owner_ex ex = { .pid = -7 };

	return fcntl(vxt_fd, F_GETOWN_EX, &ex) ? -1 : ex.pid;
}
FN(f_setown_self) { return fcntl(vxt_fd, F_SETOWN, getpid()); }

static void test_owner(void)
{
	struct f_owner_ex ex;
	int sv[2];

	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv);
	(void)fcntl(sv[0], F_SETOWN, victim.pid);
	tap_is(vxt_call_fd(&guest.init, sv[0], f_getown, 0, 0, 0, 0), 0, "F_GETOWN: an owner on the host has no number");
	tap_is(vxt_call_fd(&guest.init, sv[0], f_getown_ex, 0, 0, 0, 0), 0, "F_GETOWN_EX: nor there");
	tap_is(vxt_call_fd(&guest.init, sv[0], f_setown_self, 0, 0, 0, 0), 0, "F_SETOWN: a guest's process owns it now");
	tap_is(fcntl(sv[0], F_GETOWN), guest.init.pid, "F_GETOWN: the host sees its real number");
	tap_is(fcntl(sv[0], F_GETOWN_EX, &ex) ? -1 : ex.pid, guest.init.pid, "F_GETOWN_EX: there, too");
	tap_is(vxt_call_fd(&guest.init, sv[0], f_getown, 0, 0, 0, 0), vxt_call(&guest.init, f_getpid),
	       "F_GETOWN: and the guest its own");

	/* the host arranges, the guest only writes */
	(void)vxt_call(&victim, f_signals);
	(void)make_async(sv[0], victim.pid, SIGUSR1);
	(void)write(sv[1], "x", 1);
	tap_is(vxt_call(&victim, f_signals), 1, "SIGIO on the host works");
	close(sv[0]);
	close(sv[1]);

	/* the host listens to a descriptor that it got from the guest */
	(void)vxt_call(&kid, f_signals);
	tap_is(vxt_call(&kid, f_async_own, vxt_call(&kid, f_getpid), SIGUSR1), 1, "SIGIO in the guest is set up");
	tap_is(vxt_call(&kid, f_signals), 1, "SIGIO in the guest works");
	if (kid.fd >= 0) {
		char c;

		tap_is(vxt_call_fd(&victim, kid.fd, f_async_given, victim.pid, SIGUSR1, 0, 0), 0,
		       "the host owns a descriptor that the guest made");
		(void)read(kid.fd, &c, 1);
		tap_ok(vxt_call(&victim, f_signals) >= 0, "%s: signals so far", m);
		tap_ok(vxt_call(&kid, f_getpid) > 0 && vxt_call(&kid, f_kill, 0, 0) == 0, "%s: the guest's process lives", m);
	}
	(void)vxt_call(&kid, f_drop_async);
	(void)vxt_call(&victim, f_drop_async);
}

/* a descriptor made by the guest, heard on the host */
FN(f_write_own) { return write(own_pair[1], "y", 1); }
FN(f_own_pair)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, own_pair))
		return -1;
	vxt_fd_out = own_pair[0];
	return 0;
}

static void test_host_listens(void)
{
	(void)vxt_call(&victim, f_signals);
	if (vxt_call(&kid, f_own_pair) || kid.fd < 0) {
		tap_ok(false, "%s: a socket from the guest", m);
		return;
	}
	tap_is(vxt_call_fd(&victim, kid.fd, f_async_given, victim.pid, SIGUSR1, 0, 0), 0, "the host asks for SIGIO");
	(void)vxt_call(&kid, f_write_own);
	tap_is(vxt_call(&victim, f_signals), 1, "SIGIO of a guest's socket reaches the host that asked for it");
	close(kid.fd);
	(void)vxt_call(&victim, f_drop_async);
	(void)vxt_call(&kid, f_drop_async);
}

/* credentials of peers */
static int listener = -1;
static const char sock_path[] = "/tmp/iso-signals.sock";

FN(f_listen)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int one = 1;

	strcpy(un.sun_path, sock_path);
	(void)unlink(sock_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	return bind(listener, (struct sockaddr *)&un, sizeof(un)) || listen(listener, 5) ? -1 : 0;
}

static int peer = -1;

/* a: 0 connect, 1 accept; answers with the number of the peer */
FN(f_peer)
{
	struct ucred cred = { .pid = -5 };
	socklen_t len = sizeof(cred);
	int one = 1;

	if (peer >= 0)
		close(peer);
	if (a) {
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	} else {
		struct sockaddr_un un = { .sun_family = AF_UNIX };

		strcpy(un.sun_path, sock_path);
		peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(peer, (struct sockaddr *)&un, sizeof(un)))
			return -3;
	}
	(void)setsockopt(peer, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -2;
	return cred.pid;
}

FN(f_peer_write) { return write(peer, "x", 1); }
FN(f_peer_read)
{
	pid_t pid = -9;
	char ch;

	return vxt_recv(peer, &ch, 1, NULL, &pid) == 1 ? pid : -8;
}

FN(f_peer_pidfd)
{
	int fd = -1;
	socklen_t len = sizeof(fd);

	if (getsockopt(peer, SOL_SOCKET, SO_PEERPIDFD, &fd, &len))
		return -1;
	vxt_fd = fd;	/* closed after the call */
	return b ? f_pidfd_number(0, 0, 0, 0) : syscall(SYS_pidfd_send_signal, fd, a, NULL, 0);
}

static void test_peers(void)
{
	(void)vxt_call(&victim, f_listen);
	tap_is(vxt_call(&guest.init, f_peer, 0), 0, "SO_PEERCRED: the host's process has no number");
	tap_is(vxt_call(&victim, f_peer, 1), guest.init.pid, "SO_PEERCRED: the host sees the real number");
	(void)vxt_call(&guest.init, f_peer_write);
	tap_is(vxt_call(&victim, f_peer_read), guest.init.pid, "SCM_CREDENTIALS: the host gets the real number");
	(void)vxt_call(&victim, f_peer_write);
	tap_is(vxt_call(&guest.init, f_peer_read), 0, "SCM_CREDENTIALS: the host's process has no number");
	(void)vxt_call(&victim, f_signals);
	tap_errno(vxt_call(&guest.init, f_peer_pidfd, SIGUSR1), guest.mode == VXT_PIDNS ? EINVAL : EPERM,
		  "SO_PEERPIDFD: no signal to the host's process");
	tap_ok(vxt_call(&guest.init, f_peer_pidfd, 0, 1) <= 0, "%s: SO_PEERPIDFD: the host's process has no number", m);
	tap_is(vxt_call(&victim, f_signals), 0, "SO_PEERPIDFD: the host's process got none");
	tap_is(vxt_call(&victim, f_peer_pidfd, 0), 0, "SO_PEERPIDFD: the host reaches the guest's process");

	(void)vxt_call(&guest.init, f_listen);
	tap_is(vxt_call(&kid, f_peer, 0), vxt_call(&guest.init, f_getpid), "SO_PEERCRED: right inside");
	tap_is(vxt_call(&guest.init, f_peer, 1), vxt_call(&kid, f_getpid), "SO_PEERCRED: right for who accepts");
	(void)vxt_call(&kid, f_peer_write);
	tap_is(vxt_call(&guest.init, f_peer_read), vxt_call(&kid, f_getpid), "SCM_CREDENTIALS: right inside");
	(void)vxt_call(&guest.init, f_peer_write);
	tap_is(vxt_call(&kid, f_peer_read), vxt_call(&guest.init, f_getpid), "SCM_CREDENTIALS: right from init");
	tap_is(vxt_call(&guest.init, f_peer_pidfd, 0), 0, "SO_PEERPIDFD: works inside");
	(void)unlink(sock_path);
}

/* a terminal of the guest's, and one of the host's */
static int tty_master = -1, tty_slave = -1;

FN(f_tty_open)
{
	char name[64];
	int nr, zero = 0;

	if (setsid() < 0)
		return -2;
	tty_master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty_master < 0 || ioctl(tty_master, TIOCSPTLCK, &zero) || ioctl(tty_master, TIOCGPTN, &nr))
		return -3;
	(void)snprintf(name, sizeof(name), "/dev/pts/%d", nr);
	tty_slave = open(name, O_RDWR | O_CLOEXEC);
	if (tty_slave < 0)
		return -4;
	(void)signal(SIGTTOU, SIG_IGN);
	(void)ioctl(tty_slave, TIOCSCTTY, 0);
	vxt_fd_out = tty_master;
	return 0;
}
FN(f_tty_set)
{
	int pgrp = (int)a;

	return ioctl(tty_slave, TIOCSPGRP, &pgrp);
}
FN(f_tty_get)
{
	int pgrp = -7;

	return ioctl(b ? vxt_fd : tty_slave, a ? TIOCGSID : TIOCGPGRP, &pgrp) ? -1 : pgrp;
}

static void test_tty(void)
{
	static struct vxt_agent own, host;

	if (!vxt_child(&guest.init, &own) || !vxt_host(&host)) {
		tap_ok(false, "%s: two processes for terminals", m);
		return;
	}
	tap_is(vxt_call(&own, f_tty_open), 0, "a guest's process has a terminal");
	tap_is(vxt_call(&own, f_tty_set, vxt_call(&own, f_getpid)), 0, "TIOCSPGRP: an own group");
	tap_is(vxt_call(&own, f_tty_get, 0), vxt_call(&own, f_getpid), "TIOCGPGRP: the own group");
	tap_is(vxt_call(&own, f_tty_get, 1), vxt_call(&own, f_getpid), "TIOCGSID: the own session");
	tap_ok(vxt_call(&own, f_tty_set, victim.pid) < 0, "%s: TIOCSPGRP: no group of the host", m);
	tap_ok(vxt_call(&own, f_tty_set, other_kid.pid) < 0, "%s: TIOCSPGRP: no group of another guest", m);
	tap_is(vxt_call(&own, f_tty_get, 0), vxt_call(&own, f_getpid), "TIOCGPGRP: still the own group");
	if (own.fd >= 0) {
		int pgrp = 0;

		tap_is(ioctl(own.fd, TIOCGPGRP, &pgrp), 0, "the host holds the other side");
		tap_is(pgrp, own.pid, "TIOCGPGRP: and sees the real group");
		close(own.fd);
	}
	if (vxt_call(&host, f_tty_open) == 0 && host.fd >= 0) {
		tap_is(vxt_call_fd(&guest.init, host.fd, f_tty_get, 0, 1, 0, 0), 0, "TIOCGPGRP: a group of the host is 0");
		tap_is(vxt_call_fd(&guest.init, host.fd, f_tty_get, 1, 1, 0, 0), 0, "TIOCGSID: a session of the host is 0");
		close(host.fd);
	}
	vxt_end(&host);
	(void)kill(own.pid, SIGKILL);
	close(own.sock);
}

/* locks on files tell who has them */
static const char lock_path[] = "/tmp/iso-signals.lock";

FN(f_lock)
{
	struct flock l = { .l_type = (short)a, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
	static int fd = -1;

	if (fd < 0)
		fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fcntl(fd, F_SETLK, &l);
}
FN(f_locker)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1, .l_pid = -7 };
	int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	long ret = fcntl(fd, F_GETLK, &l) ? -1 : l.l_type == F_UNLCK ? -2 : l.l_pid;

	close(fd);
	return ret;
}

static void test_locks(void)
{
	tap_is(vxt_call(&guest.init, f_lock, F_WRLCK), 0, "a lock on a file");
	tap_is(vxt_call(&kid, f_locker), vxt_call(&guest.init, f_getpid), "F_GETLK: right inside");
	tap_is(f_locker(0, 0, 0, 0), guest.init.pid, "F_GETLK: the host sees the real number");
	tap_ok(vxt_call(&other.init, f_locker) <= 0, "%s: F_GETLK: another guest sees none", m);
	(void)vxt_call(&guest.init, f_lock, F_UNLCK);
	(void)vxt_call(&victim, f_lock, F_WRLCK);
	tap_ok(vxt_call(&kid, f_locker) <= 0, "%s: F_GETLK: the host's process has no number", m);
	(void)vxt_call(&victim, f_lock, F_UNLCK);
	(void)unlink(lock_path);
}

/* an unprivileged user of the guest and the same user on the host */
static void test_same_uid(void)
{
	static struct vxt_agent user, host;

	if (!vxt_child(&guest.init, &user) || !vxt_host(&host) || vxt_call(&user, f_setuid, 33) ||
	    vxt_call(&host, f_setuid, 33)) {
		tap_ok(false, "%s: two processes of one uid", m);
		return;
	}
	tap_errno(vxt_call(&user, f_kill, host.pid, SIGUSR1), ESRCH, "the same uid on the host is somebody else");
	tap_errno(vxt_call(&host, f_kill, user.pid, SIGUSR1), EPERM, "and has no power over that of the guest");
	tap_is(vxt_call(&user, f_signals), 0, "no signal arrives");
	tap_is(kill(user.pid, SIGUSR1), 0, "root of the host has");
	tap_ok(vxt_until(VXT_TIMEOUT_MS, vxt_call(&user, f_signals) == 1), "%s: and its signal arrives", m);
	vxt_end(&host);
	(void)kill(user.pid, SIGKILL);
	close(user.sock);
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	printf("# %s\n", m);
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_start(&other, mode, 0) && vxt_child(&guest.init, &kid) &&
		    vxt_child(&other.init, &other_kid), "%s: two guests start", m))
		return;
	(void)setpriority(PRIO_PROCESS, (id_t)victim.pid, 0);
	test_kill_all();
	test_mixed_group();
	test_dead_leader();
	test_prio_user();
	test_pidfd();
	test_traceme();
	test_owner();
	test_host_listens();
	test_peers();
	test_tty();
	test_locks();
	test_same_uid();
	tap_ok(vxt_stop(&guest) && vxt_stop(&other), "%s: the guests end", m);
	close(kid.sock);
	close(other_kid.sock);
	tap_is(vxt_call(&victim, f_signals), 0, "nothing reached the host's process in the end");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	if (!vxt_host(&victim))
		tap_ok(false, "a process of the host starts");
	(void)vxt_call(&victim, f_setpgid, 0, 0);
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&victim);
	return vxt_done();
}
