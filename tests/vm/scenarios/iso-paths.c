// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-paths - every system call that takes the number of a process finds only those of the own context
 * bed: um qemu
 * timeout: 40
 *
 * Each call is made by a guest with all capabilities on a process of its own (works), on processes and threads of
 * the host and of another guest (do not exist), and by the host on that guest's process (works).
 */
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "../prog/vxt.h"

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_PGRP 2

#define OP(name) static long name(long pid, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

OP(o_kill) { return kill((pid_t)pid, SIGUSR1); }
OP(o_kill_probe) { return kill((pid_t)pid, 0); }
OP(o_tkill) { return syscall(SYS_tkill, pid, SIGUSR1); }
OP(o_tgkill) { return syscall(SYS_tgkill, pid, pid, SIGUSR1); }
OP(o_kill_pgrp) { return kill(-(pid_t)pid, SIGUSR1); }

OP(o_rt_sigqueueinfo)
{
	siginfo_t si = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &si);
}

OP(o_rt_tgsigqueueinfo)
{
	siginfo_t si = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	return syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &si);
}

OP(o_pidfd_open)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? fd : close(fd);
}

OP(o_pidfd_send_signal)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	long ret;
	int e;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
	e = errno;
	close(fd);
	errno = e;
	return ret;
}

OP(o_getpgid) { return getpgid((pid_t)pid); }
OP(o_getsid) { return getsid((pid_t)pid); }
OP(o_getpriority) { return syscall(SYS_getpriority, PRIO_PROCESS, pid); }
OP(o_setpriority) { return setpriority(PRIO_PROCESS, (id_t)pid, 0); }
OP(o_getpriority_pgrp) { return syscall(SYS_getpriority, PRIO_PGRP, pid); }
OP(o_setpriority_pgrp) { return setpriority(PRIO_PGRP, (id_t)pid, 0); }
OP(o_ioprio_get) { return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid); }
OP(o_ioprio_set) { return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, 2 << 13 | 4); }
OP(o_ioprio_get_pgrp) { return syscall(SYS_ioprio_get, IOPRIO_WHO_PGRP, pid); }
OP(o_ioprio_set_pgrp) { return syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, pid, 2 << 13 | 4); }
OP(o_sched_getscheduler) { return sched_getscheduler((pid_t)pid); }

OP(o_sched_setscheduler)
{
	struct sched_param p = {};

	return sched_setscheduler((pid_t)pid, SCHED_OTHER, &p);
}

OP(o_sched_getparam)
{
	struct sched_param p;

	return sched_getparam((pid_t)pid, &p);
}

OP(o_sched_setparam)
{
	struct sched_param p = {};

	return sched_setparam((pid_t)pid, &p);
}

struct my_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

OP(o_sched_getattr)
{
	struct my_sched_attr a;

	return syscall(SYS_sched_getattr, pid, &a, sizeof(a), 0);
}

OP(o_sched_setattr)
{
	struct my_sched_attr a = { .size = sizeof(a) };

	return syscall(SYS_sched_setattr, pid, &a, 0);
}

OP(o_sched_getaffinity)
{
	cpu_set_t set;

	return sched_getaffinity((pid_t)pid, sizeof(set), &set);
}

OP(o_sched_setaffinity)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return sched_setaffinity((pid_t)pid, sizeof(set), &set);
}

OP(o_sched_rr_get_interval)
{
	struct timespec t;

	return sched_rr_get_interval((pid_t)pid, &t);
}

OP(o_prlimit_get)
{
	struct rlimit r;

	return prlimit((pid_t)pid, RLIMIT_NOFILE, NULL, &r);
}

OP(o_prlimit_set)
{
	struct rlimit r = { 1000, 4096 };

	return prlimit((pid_t)pid, RLIMIT_NOFILE, &r, NULL);
}

OP(o_capget)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = (int)pid };
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &h, data);
}

OP(o_kcmp) { return syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0); }

static long stopped(long pid)
{
	int status;

	if (waitpid((pid_t)pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	return ptrace(PTRACE_DETACH, (pid_t)pid, NULL, NULL);
}

OP(o_ptrace_attach)
{
	if (ptrace(PTRACE_ATTACH, (pid_t)pid, NULL, NULL))
		return -1;
	return stopped(pid);
}

OP(o_ptrace_seize)
{
	if (ptrace(PTRACE_SEIZE, (pid_t)pid, NULL, NULL))
		return -1;
	if (ptrace(PTRACE_INTERRUPT, (pid_t)pid, NULL, NULL))
		return -1;
	return stopped(pid);
}

OP(o_process_vm_readv)
{
	long value = 0;
	struct iovec here = { &value, sizeof(value) }, there = { (void *)&vxt_marker, sizeof(value) };

	if (process_vm_readv((pid_t)pid, &here, 1, &there, 1, 0) != sizeof(value))
		return -1;
	return value == 0x5678 ? 0 : -1;
}

OP(o_process_vm_writev)
{
	long value = 0x5678;
	struct iovec here = { &value, sizeof(value) }, there = { (void *)&vxt_marker, sizeof(value) };

	return process_vm_writev((pid_t)pid, &here, 1, &there, 1, 0) == sizeof(value) ? 0 : -1;
}

OP(o_process_madvise)
{
	struct iovec there = { (void *)((long)&vxt_marker & ~4095), 4096 };
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	long ret;
	int e;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_process_madvise, fd, &there, 1, 3 /* MADV_WILLNEED */, 0);
	e = errno;
	close(fd);
	errno = e;
	return ret;
}

OP(o_move_pages)
{
	void *page = (void *)((long)&vxt_marker & ~4095);
	int status = -1;

	return syscall(SYS_move_pages, pid, 1, &page, NULL, &status, 0);
}

OP(o_migrate_pages)
{
	unsigned long from = 1, to = 1;

	return syscall(SYS_migrate_pages, pid, 8 * sizeof(long), &from, &to);
}

OP(o_get_robust_list)
{
	void *head;
	size_t len;

	return syscall(SYS_get_robust_list, pid, &head, &len);
}

OP(o_cpu_clock)
{
	clockid_t clock;
	struct timespec t;

	errno = clock_getcpuclockid((pid_t)pid, &clock);
	if (errno)
		return -1;
	return clock_gettime(clock, &t);
}

OP(o_timer)
{
	timer_t timer;

	if (timer_create((clockid_t)(~pid << 3 | 2), NULL, &timer))
		return -1;
	return timer_delete(timer);
}

static long set_owner(int cmd, const void *ex, long pid)
{
	int p[2], e;
	long ret;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	ret = ex ? fcntl(p[0], cmd, ex) : fcntl(p[0], cmd, pid);
	e = errno;
	if (!ret && !ex && pid > 0 && fcntl(p[0], F_GETOWN) != pid) {
		ret = -1;
		e = ENOANO;
	}
	close(p[0]);
	close(p[1]);
	errno = e;
	return ret;
}

OP(o_setown) { return set_owner(F_SETOWN, NULL, pid); }
OP(o_setown_pgrp) { return set_owner(F_SETOWN, NULL, -pid); }

OP(o_setown_ex)
{
	struct f_owner_ex ex = { .type = F_OWNER_PID, .pid = (pid_t)pid };

	return set_owner(F_SETOWN_EX, &ex, pid);
}

OP(o_setown_ex_tid)
{
	struct f_owner_ex ex = { .type = F_OWNER_TID, .pid = (pid_t)pid };

	return set_owner(F_SETOWN_EX, &ex, pid);
}

OP(o_siocspgrp)
{
	int sv[2], who = (int)pid, e;
	long ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return -1;
	ret = ioctl(sv[0], 0x8902 /* SIOCSPGRP */, &who);
	e = errno;
	close(sv[0]);
	close(sv[1]);
	errno = e;
	return ret;
}

OP(o_proc_stat)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fd : close(fd);
}

OP(o_task_xid) { return vserver(VSERVER_TASK_XID, (uint32_t)pid, NULL) < 0 ? -1 : 0; }

OP(o_scm_credentials)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} u = {};
	struct ucred cred = { .pid = (pid_t)pid, .uid = getuid(), .gid = getgid() };
	struct iovec iov = { (char *)"x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);
	int sv[2], e;
	long ret;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sv))
		return -1;
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_CREDENTIALS;
	cm->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(cm), &cred, sizeof(cred));
	ret = sendmsg(sv[0], &msg, 0);
	e = errno;
	close(sv[0]);
	close(sv[1]);
	errno = e;
	return ret == 1 ? 0 : -1;
}

static const struct {
	const char *name;
	vxt_fn *fn;
	int denied;
	bool group;	/* takes the number of a process group */
	bool threads;	/* would find a thread, too */
} ops[] = {
	{ "kill", o_kill, ESRCH, false, true },
	{ "kill(0)", o_kill_probe, ESRCH, false, true },
	{ "kill of a group", o_kill_pgrp, ESRCH, true, false },
	{ "tkill", o_tkill, ESRCH, false, true },
	{ "tgkill", o_tgkill, ESRCH, false, false },
	{ "rt_sigqueueinfo", o_rt_sigqueueinfo, ESRCH, false, true },
	{ "rt_tgsigqueueinfo", o_rt_tgsigqueueinfo, ESRCH, false, false },
	{ "pidfd_open", o_pidfd_open, ESRCH, false, false },
	{ "pidfd_send_signal", o_pidfd_send_signal, ESRCH, false, false },
	{ "getpgid", o_getpgid, ESRCH, false, true },
	{ "getsid", o_getsid, ESRCH, false, true },
	{ "getpriority", o_getpriority, ESRCH, false, true },
	{ "setpriority", o_setpriority, ESRCH, false, true },
	{ "getpriority of a group", o_getpriority_pgrp, ESRCH, true, false },
	{ "setpriority of a group", o_setpriority_pgrp, ESRCH, true, false },
	{ "ioprio_get", o_ioprio_get, ESRCH, false, true },
	{ "ioprio_set", o_ioprio_set, ESRCH, false, true },
	{ "ioprio_get of a group", o_ioprio_get_pgrp, ESRCH, true, false },
	{ "ioprio_set of a group", o_ioprio_set_pgrp, ESRCH, true, false },
	{ "sched_getscheduler", o_sched_getscheduler, ESRCH, false, true },
	{ "sched_setscheduler", o_sched_setscheduler, ESRCH, false, true },
	{ "sched_getparam", o_sched_getparam, ESRCH, false, true },
	{ "sched_setparam", o_sched_setparam, ESRCH, false, true },
	{ "sched_getattr", o_sched_getattr, ESRCH, false, true },
	{ "sched_setattr", o_sched_setattr, ESRCH, false, true },
	{ "sched_getaffinity", o_sched_getaffinity, ESRCH, false, true },
	{ "sched_setaffinity", o_sched_setaffinity, ESRCH, false, true },
	{ "sched_rr_get_interval", o_sched_rr_get_interval, ESRCH, false, true },
	{ "prlimit, get", o_prlimit_get, ESRCH, false, true },
	{ "prlimit, set", o_prlimit_set, ESRCH, false, true },
	{ "capget", o_capget, ESRCH, false, true },
	{ "kcmp", o_kcmp, ESRCH, false, true },
	{ "ptrace, attach", o_ptrace_attach, ESRCH, false, true },
	{ "ptrace, seize", o_ptrace_seize, ESRCH, false, true },
	{ "process_vm_readv", o_process_vm_readv, ESRCH, false, true },
	{ "process_vm_writev", o_process_vm_writev, ESRCH, false, true },
	{ "process_madvise", o_process_madvise, ESRCH, false, false },
	{ "move_pages", o_move_pages, ESRCH, false, true },
	{ "migrate_pages", o_migrate_pages, ESRCH, false, true },
	{ "get_robust_list", o_get_robust_list, ESRCH, false, true },
	{ "clock of a process", o_cpu_clock, 0, false, false },
	{ "timer on the clock of a process", o_timer, EINVAL, false, false },
	{ "F_SETOWN", o_setown, ESRCH, false, false },
	{ "F_SETOWN of a group", o_setown_pgrp, ESRCH, true, false },
	{ "F_SETOWN_EX", o_setown_ex, ESRCH, false, false },
	{ "F_SETOWN_EX of a thread", o_setown_ex_tid, ESRCH, false, true },
	{ "SIOCSPGRP", o_siocspgrp, ESRCH, false, false },
	{ "forged SCM_CREDENTIALS", o_scm_credentials, ESRCH, false, false },
	{ "/proc/PID/stat", o_proc_stat, ENOENT, false, true },
	{ "task_xid", o_task_xid, ESRCH, false, true },
};

static void *sleeper(void *ret_tid)
{
	__atomic_store_n((pid_t *)ret_tid, gettid(), __ATOMIC_RELEASE);
	for (;;)
		(void)pause();
	return NULL;
}

/* a second thread; gives its number */
static long f_thread(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	static pid_t tid;
	pthread_t t;

	if (pthread_create(&t, NULL, sleeper, &tid))
		return -1;
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		(void)sched_yield();
	return tid;
}

static long f_setpgid(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return setpgid(0, 0);
}

static long f_nice(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return syscall(SYS_getpriority, PRIO_PROCESS, 0) * 100000 + syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
}

/* setpgid() of a child that has not executed anything yet, and of somebody else's number */
static long f_setpgid_child(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	pid_t pid = fork();
	long ret;

	if (!pid) {
		(void)pause();
		_exit(0);
	}
	ret = setpgid(pid, 0);
	if (!ret && getpgid(pid) != pid)
		ret = -2;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return ret;
}

static long f_setpgid_of(long pid, long group, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return setpgid((pid_t)pid, (pid_t)group);
}

static long f_join_group(long group, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return setpgid(0, (pid_t)group);
}

static long f_waitid(long pid, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	siginfo_t si;

	return waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG);
}

static long f_wait4_group(long pid, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return waitpid(-(pid_t)pid, NULL, WNOHANG);
}

static long f_perf(long pid, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, 0);

	return fd < 0 ? fd : close(fd);
}

static struct vxt_agent victim, other_kid, kid;
static struct vxt_guest guest, other;
static const char *m;	/* name of the mode, before each test's */

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

static void run_mode(enum vxt_mode mode)
{
	long victim_tid, own, nice_before, n;
	long foreign[8];
	size_t nforeign;
	bool good;

	m = vxt_mode_name[mode];
	if (!vxt_start(&guest, mode, 0) || !vxt_start(&other, mode, 0) || !vxt_child(&guest.init, &kid) ||
	    !vxt_child(&other.init, &other_kid)) {
		tap_ok(false, "%s: two guests start", m);
		return;
	}
	tap_ok(true, "%s: two guests start", m);
	own = vxt_call(&kid, f_getpid);
	(void)vxt_call(&kid, f_setpgid);
	(void)vxt_call(&other_kid, f_setpgid);
	victim_tid = vxt_call(&victim, f_thread);
	nice_before = vxt_call(&victim, f_nice);
	(void)vxt_call(&victim, f_signals);
	(void)vxt_call(&kid, f_signals);

	nforeign = 0;
	foreign[nforeign++] = victim.pid;
	foreign[nforeign++] = other_kid.pid;
	foreign[nforeign++] = other.init.pid;
	foreign[nforeign++] = 2;	/* kthreadd; in a pid namespace the own second process */
	if (mode == VXT_PIDNS)
		nforeign--;
	if (mode == VXT_FLAT)
		foreign[nforeign++] = 1;
	else
		foreign[nforeign++] = guest.init.pid;	/* is 1 for the guest */

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		n = vxt_call(&guest.init, ops[i].fn, own);
		if (n < 0 && (errno == ENOSYS || errno == ENXIO)) {
			tap_skip(ops[i].name, "not in this kernel");
			continue;
		}
		if (!tap_ok(n >= 0, "%s: %s reaches an own process", m, ops[i].name))
			printf("# %s\n", strerror(errno));

		good = true;
		for (size_t k = 0; k <= nforeign; k++) {
			long nr = k < nforeign ? foreign[k] : victim_tid;

			/* -1 is no group */
			if ((k == nforeign && !ops[i].threads) || (nr == 1 && ops[i].group))
				continue;
			n = vxt_call(&guest.init, ops[i].fn, nr);
			if (n >= 0 || (ops[i].denied && errno != ops[i].denied)) {
				printf("# process %ld: result %ld, %s\n", nr, n, n < 0 ? strerror(errno) : "no error");
				good = false;
			}
		}
		tap_ok(good, "%s: for %s processes of others do not exist", m, ops[i].name);

		n = ops[i].fn(kid.pid, 0, 0, 0);
		if (!tap_ok(n >= 0, "%s: the host's %s reaches the guest's process", m, ops[i].name))
			printf("# %s\n", strerror(errno));
	}
	tap_ok(vxt_call(&kid, f_signals) > 0, "%s: signals to the own process arrived", m);
	tap_is(vxt_call(&victim, f_signals), 0, "the host's process got no signal");
	tap_is(vxt_call(&victim, f_nice), nice_before, "priorities of the host's process are as before");

	/* calls that are about children */
	tap_is(vxt_call(&guest.init, f_setpgid_child), 0, "setpgid of an own child works");
	tap_errno(vxt_call(&guest.init, f_setpgid_of, victim.pid, 0), ESRCH, "setpgid of a host's process: ESRCH");
	tap_ok(vxt_call(&guest.init, f_join_group, victim.pid) < 0 && (errno == EPERM || errno == ESRCH),
	       "%s: nobody joins a process group of the host", m);
	tap_is(vxt_call(&guest.init, f_waitid, own), 0, "waitid finds the own child");
	tap_errno(vxt_call(&guest.init, f_waitid, victim.pid), ECHILD, "waitid on a host's process: ECHILD");
	tap_errno(vxt_call(&guest.init, f_wait4_group, victim.pid), ECHILD, "wait4 on a host's group: ECHILD");
	n = vxt_call(&guest.init, f_perf, own);
	tap_ok(n < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS), "%s: perf_event_open is refused", m);
	n = vxt_call(&guest.init, f_perf, victim.pid);
	tap_ok(n < 0, "%s: perf_event_open of a host's process is refused", m);
	n = f_perf(kid.pid, 0, 0, 0);
	if (n < 0 && errno == ENOSYS)
		tap_skip("perf_event_open by the host", "not in this kernel");
	else
		tap_ok(n >= 0, "%s: the host's perf_event_open reaches the guest's process", m);

	tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
	tap_ok(vxt_stop(&other), "%s: the other guest ends", m);
	tap_ok(kill(victim.pid, 0) == 0, "%s: the host's process lives on", m);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	if (!vxt_host(&victim))
		tap_ok(false, "a process of the host starts");
	(void)vxt_call(&victim, f_setpgid);
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&victim);
	return vxt_done();
}
