// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-task - root of a guest does not reach processes of the host or of another guest by any system call
 * bed: um qemu
 * timeout: 60
 */
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include "../prog/esc.h"

#define ALL (V_GUESTS | V_FAKE | V_UMASK)

enum { W_OTHER, W_OTHER_XID, W_SESSION };

/* Everything is tried on a process of the host and on one of another guest. */
static pid_t prey;

#define ATTACK(id, expr)								\
	static long id##_(void) { errno = 0; return (expr); }				\
	static long host_##id(void) { prey = sh->victim; return id##_(); }		\
	static long guest_##id(void) { prey = (pid_t)sh->word[W_OTHER]; return id##_(); }

static long vm(int nr)
{
	char buf[16];
	struct iovec l = { buf, sizeof(buf) }, r = { &prey, sizeof(buf) };

	return syscall(nr, prey, &l, 1UL, &r, 1UL, 0UL);
}

static long queue(int nr, int sig)
{
	siginfo_t i = { .si_code = SI_QUEUE, .si_signo = sig };

	return nr == SYS_rt_tgsigqueueinfo ? syscall(nr, prey, prey, sig, &i) : syscall(nr, prey, sig, &i);
}

static long limit(void)
{
	struct rlimit r = { 0, 0 };

	return prlimit(prey, RLIMIT_NOFILE, &r, NULL);
}

static long limit_get(void)
{
	struct rlimit r;

	return prlimit(prey, RLIMIT_NOFILE, NULL, &r);
}

static long affinity(void)
{
	cpu_set_t s;

	CPU_ZERO(&s);
	CPU_SET(0, &s);
	return sched_setaffinity(prey, sizeof(s), &s);
}

static long affinity_get(void)
{
	cpu_set_t s;

	return sched_getaffinity(prey, sizeof(s), &s);
}

static long scheduler(void)
{
	struct sched_param p = { 0 };

	return sched_setscheduler(prey, SCHED_IDLE, &p);
}

static long attributes(void)
{
	char a[48] = { 48 };

	return syscall(SYS_sched_getattr, prey, a, 48U, 0U);
}

static long capabilities(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, prey };
	struct __user_cap_data_struct d[2];

	return syscall(SYS_capget, &h, d);
}

static long robust(void)
{
	void *head;
	size_t len;

	return syscall(SYS_get_robust_list, prey, &head, &len);
}

static long own_fd_to(int op, long arg)
{
	int p[2];

	return pipe(p) ? -1 : fcntl(p[0], op, arg);
}

static long owner_ex(void)
{
	struct { int type, pid; } o = { 1 /* F_OWNER_PID */, prey };
	int p[2];

	return pipe(p) ? -1 : fcntl(p[0], 15 /* F_SETOWN_EX */, &o);
}

static long sock_owner(void)
{
	int pid = prey;

	return ioctl(socket(AF_UNIX, SOCK_STREAM, 0), 0x8902 /* SIOCSPGRP */, &pid);
}

static long timer_to(void)
{
	struct sigevent e = { .sigev_notify = 4 /* SIGEV_THREAD_ID */, .sigev_signo = SIGKILL };
	timer_t t;

	e._sigev_un._tid = prey;
	return syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &t);
}

static long clock_of(void)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, (~(clockid_t)prey << 3) | 2, &t);
}

static long foreground(void)
{
	int m = open(gp("/dev/ptmx"), O_RDWR | O_NOCTTY), zero = 0, s;

	(void)ioctl(m, TIOCSPTLCK, &zero);
	s = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	(void)setsid();
	(void)ioctl(s, TIOCSCTTY, 0);
	return tcsetpgrp(s, prey);
}

static long core_sched(void)
{
	return prctl(62 /* PR_SCHED_CORE */, 2, prey, 0, 0) < 0 && errno == EINVAL ? esc_fail(ESRCH) : 0;
}

static long credentials_of(void)
{
	/* to say that one is that process */
	union { char b[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr h; } u = {};
	struct ucred c = { .pid = prey };
	struct iovec v = { (void *)"x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = u.b, .msg_controllen = sizeof(u.b) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	int s[2];

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = 2 /* SCM_CREDENTIALS */;
	h->cmsg_len = CMSG_LEN(sizeof(c));
	memcpy(CMSG_DATA(h), &c, sizeof(c));
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, s) ? -1 : sendmsg(s[0], &m, 0);
}

static long stat_of(void)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%d", gp("/proc"), prey);
	return stat(path, &st);
}

static long task_of(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/self/task/%d/stat", gp("/proc"), prey);
	return esc_open_close(path, O_RDONLY);
}

ATTACK(kill, kill(prey, SIGKILL))
ATTACK(probe, kill(prey, 0))
ATTACK(group, kill(-prey, SIGKILL))
ATTACK(tkill, syscall(SYS_tkill, prey, SIGKILL))
ATTACK(tgkill, syscall(SYS_tgkill, prey, prey, SIGKILL))
ATTACK(sigqueue, queue(SYS_rt_sigqueueinfo, SIGKILL))
ATTACK(tgsigqueue, queue(SYS_rt_tgsigqueueinfo, SIGKILL))
ATTACK(pidfd, syscall(SYS_pidfd_open, prey, 0))
ATTACK(attach, ptrace(PTRACE_ATTACH, prey, NULL, NULL))
ATTACK(seize, ptrace(PTRACE_SEIZE, prey, NULL, NULL))
ATTACK(readv, vm(SYS_process_vm_readv))
ATTACK(writev, vm(SYS_process_vm_writev))
ATTACK(kcmp, syscall(SYS_kcmp, getpid(), prey, 0, 0UL, 0UL))
ATTACK(limit, limit())
ATTACK(limit_get, limit_get())
ATTACK(nice, setpriority(PRIO_PROCESS, (id_t)prey, 10))
ATTACK(nice_get, getpriority(PRIO_PROCESS, (id_t)prey) == -1 && errno ? -1 : 0)
ATTACK(nice_group, setpriority(PRIO_PGRP, (id_t)prey, 10))
ATTACK(affinity, affinity())
ATTACK(affinity_get, affinity_get())
ATTACK(scheduler, scheduler())
ATTACK(scheduler_get, sched_getscheduler(prey))
ATTACK(attributes, attributes())
ATTACK(ioprio, syscall(SYS_ioprio_set, 1, prey, 3 << 13))
ATTACK(ioprio_get, syscall(SYS_ioprio_get, 1, prey))
ATTACK(setpgid, setpgid(prey, 0))
ATTACK(join_group, setpgid(0, prey))
ATTACK(getpgid, getpgid(prey))
ATTACK(getsid, getsid(prey))
ATTACK(capget, capabilities())
ATTACK(robust, robust())
ATTACK(migrate_pages, syscall(SYS_migrate_pages, prey, 0UL, NULL, NULL))
ATTACK(move_pages, syscall(SYS_move_pages, prey, 0UL, NULL, NULL, NULL, 0))
ATTACK(owner, own_fd_to(F_SETOWN, prey))
ATTACK(owner_group, own_fd_to(F_SETOWN, -prey))
ATTACK(owner_ex, owner_ex())
ATTACK(sock_owner, sock_owner())
ATTACK(timer, timer_to())
ATTACK(clock, clock_of())
ATTACK(foreground, foreground())
ATTACK(core_sched, core_sched())
ATTACK(ucred, credentials_of())
ATTACK(stat, stat_of())
ATTACK(task, task_of())
ATTACK(wait, waitpid(prey, NULL, WNOHANG))

/* Loops over all processes: they pass, and reach nobody else; the checks below tell. */

static long kill_everybody(void)
{
	/* leaves the one who reports */
	(void)signal(SIGUSR2, SIG_IGN);
	return kill(-1, SIGUSR2) == 0 || errno == ESRCH ? 0 : -1;
}

static long nice_everybody(void)
{
	long r = setpriority(PRIO_USER, 0, 3);

	return r == 0 || errno == ESRCH ? 0 : -1;
}

static long kill_init(void)
{
	/* where there is an init of the guest's own, that is protected, or another's */
	return kill(1, SIGKILL);
}

static long orphan(void)
{
	/* an orphan of a guest becomes no child of the host that is asked for by number */
	int p[2];
	pid_t pid, parent = -1;

	if (pipe(p))
		return -1;
	pid = fork();
	if (!pid) {
		if (fork())
			_exit(0);
		esc_sleep_ms(50);
		parent = getppid();
		(void)!write(p[1], &parent, sizeof(parent));
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	if (read(p[0], &parent, sizeof(parent)) != sizeof(parent))
		return -1;
	esc_say("parent %d", parent);
	return parent == sh->host || parent == sh->victim ? esc_fail(EPERM) : 0;
}

static long death_signal(void)
{
	/* for itself only; a new parent is no way to the host */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* The session keyring of the parent, which is a process of the host. */
static long parent_keyring(void)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	long r;

	if (ring < 0)
		return -1;
	/* it takes effect when the parent goes on; here that is the first process of the guest */
	r = syscall(SYS_keyctl, KEYCTL_SESSION_TO_PARENT);
	return r;
}

static long answer(int what, long arg, int *ret_fd)
{
	int p[2];
	long ring = 0, before;
	pid_t pid;

	(void)what;
	(void)arg;
	(void)ret_fd;
	/* a member whose parent is of the host: does the parent get its keyring? */
	before = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		if (chdir(ESC_ROOT) || chroot(".") || vx_migrate(sh->xid))
			_exit(1);
		ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
		(void)syscall(SYS_keyctl, KEYCTL_SESSION_TO_PARENT);
		(void)!write(p[1], &ring, sizeof(ring));
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &ring, sizeof(ring)) != sizeof(ring))
		ring = 0;
	(void)waitpid(pid, NULL, 0);
	close(p[0]);
	if (ring <= 0) {
		errno = EBADMSG;
		return -1;
	}
	esc_sleep_ms(10);
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) == before ? 0 : 1;
}

static long parent_of_host(void)
{
	long r = esc_ask('k', 0, -1, NULL);

	return r > 0 ? 1 : r < 0 ? -1 : esc_fail(EPERM);
}

static void prepare(void)
{
	uint32_t xid = esc_xid();
	int p[2];
	char c;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		esc_die("pipe");
	pid = fork();
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vx_create(xid, VSERVER_FLAG_STATE_ADMIN) < 0)
			_exit(1);
		(void)!setpgid(0, 0);
		(void)!write(p[1], "x", 1);
		for (;;)
			(void)pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		esc_die("other guest");
	close(p[0]);
	sh->word[W_OTHER] = pid;
	sh->word[W_OTHER_XID] = xid;
}

static bool both_unchanged(void)
{
	pid_t pids[] = { sh->victim, (pid_t)sh->word[W_OTHER] };
	bool good = true;

	for (int i = 0; i < 2; i++) {
		struct rlimit r;

		errno = 0;
		good = good && esc_process_runs(pids[i]) && getpriority(PRIO_PROCESS, (id_t)pids[i]) == 0 &&
			sched_getscheduler(pids[i]) == SCHED_OTHER && prlimit(pids[i], RLIMIT_NOFILE, NULL, &r) == 0 &&
			r.rlim_cur > 0 && getpgid(pids[i]) == pids[i];
	}
	(void)vx_kill_all((uint32_t)sh->word[W_OTHER_XID]);
	return good;
}

static bool host_unchanged(void)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, 0) == 0 && !errno && getpriority(PRIO_PROCESS, 1) == 0;
}

#define GONE { ESRCH, ENOENT, ECHILD, EINVAL }
#define BOTH(name, id)						\
	{ "host: " name, host_##id, ALL, 0, GONE },		\
	{ "other guest: " name, guest_##id, ALL, 0, GONE }
#define SHOWN(name, id)						\
	{ "host: " name, host_##id, ALL, V_HNS, GONE },		\
	{ "other guest: " name, guest_##id, ALL, V_HNS, GONE }

static const struct esc_attack attacks[] = {
	BOTH("kill", kill),
	SHOWN("kill with signal 0", probe),
	BOTH("kill of its group", group),
	BOTH("tkill", tkill),
	BOTH("tgkill", tgkill),
	BOTH("rt_sigqueueinfo", sigqueue),
	BOTH("rt_tgsigqueueinfo", tgsigqueue),
	SHOWN("pidfd_open", pidfd),
	BOTH("PTRACE_ATTACH", attach),
	BOTH("PTRACE_SEIZE", seize),
	SHOWN("process_vm_readv", readv),
	BOTH("process_vm_writev", writev),
	SHOWN("kcmp", kcmp),
	BOTH("prlimit, setting", limit),
	SHOWN("prlimit, reading", limit_get),
	BOTH("setpriority", nice),
	SHOWN("getpriority", nice_get),
	BOTH("setpriority of its group", nice_group),
	BOTH("sched_setaffinity", affinity),
	SHOWN("sched_getaffinity", affinity_get),
	BOTH("sched_setscheduler", scheduler),
	SHOWN("sched_getscheduler", scheduler_get),
	SHOWN("sched_getattr", attributes),
	BOTH("ioprio_set", ioprio),
	SHOWN("ioprio_get", ioprio_get),
	BOTH("setpgid of it", setpgid),
	BOTH("setpgid to its group", join_group),
	SHOWN("getpgid", getpgid),
	SHOWN("getsid", getsid),
	SHOWN("capget", capget),
	SHOWN("get_robust_list", robust),
	BOTH("migrate_pages", migrate_pages),
	BOTH("move_pages", move_pages),
	SHOWN("F_SETOWN", owner),
	SHOWN("F_SETOWN of its group", owner_group),
	SHOWN("F_SETOWN_EX", owner_ex),
	SHOWN("SIOCSPGRP", sock_owner),
	BOTH("timer_create", timer),
	SHOWN("clock_gettime", clock),
	BOTH("TIOCSPGRP", foreground),
	BOTH("PR_SCHED_CORE", core_sched),
	BOTH("SCM_CREDENTIALS with its pid", ucred),
	SHOWN("stat in /proc", stat),
	BOTH("/proc/self/task/<pid>", task),
	BOTH("waitpid", wait),
	{ "kill -1 reaches its own", kill_everybody, 0, ALL, {} },
	{ "setpriority of a user reaches its own", nice_everybody, 0, ALL, {} },
	{ "kill of pid 1", kill_init, V_FLAT | V_NS | V_BARE, 0, { ESRCH } },
	{ "parent of an orphan", orphan, 0, ALL, {} },
	{ "signal at the death of a parent", death_signal, 0, ALL, {} },
	{ "session keyring for a parent inside", parent_keyring, 0, V_PID | V_NS, {} },
	{ "session keyring for a parent on the host", parent_of_host, V_FLAT | V_NS | V_BARE, 0, {} },
};

static const struct esc_check checks[] = {
	{ "the processes of host and other guest are as they were", both_unchanged },
	{ "the host itself is, too", host_unchanged },
};

ESC_TEST(.prepare = prepare, .answer = answer, .checks = checks, .nr_checks = ESC_COUNT(checks))
