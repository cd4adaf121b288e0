// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-caps - root of a guest has only the capabilities of its context, in every system call that asks for one
 * bed: um qemu
 * timeout: 60
 */
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/fs.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif
#include "../prog/esc.h"

#define ALL (V_GUESTS | V_UMASK | V_CCAPS)
#define BOUND V_GUESTS

/* Modules and what loads them. */

static long do_init_module(void)
{
	static char image[64];

	return syscall(SYS_init_module, image, sizeof(image), "");
}

static long do_finit_module(void)
{
	int fd = open(gp("/esc-test"), O_RDONLY | O_CLOEXEC);

	return syscall(SYS_finit_module, fd, "", 0);
}

static long do_delete_module(void)
{
	return syscall(SYS_delete_module, "ext4", O_NONBLOCK);
}

/*
 * A request for a module runs a program of the host, which leaves a trace here. Nothing else in this image asks for
 * modules of these names.
 */
static long modprobe_ran(void)
{
	esc_sleep_ms(20);
	return esc_ask('M', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

static long load_by_family(void)
{
	for (int family = 1; family < 46; family++) {
		int fd = socket(family, SOCK_DGRAM, 0);

		if (fd >= 0)
			close(fd);
	}
	return modprobe_ran();
}

static long load_by_netlink(void)
{
	for (int proto = 0; proto < 32; proto++) {
		int fd = socket(AF_NETLINK, SOCK_RAW, proto);

		if (fd >= 0)
			close(fd);
	}
	return modprobe_ran();
}

static long load_by_fstype(void)
{
	(void)mount("x", gp("/tmp"), "escapefs", 0, NULL);
	return modprobe_ran();
}

static long load_by_binfmt(void)
{
	static char *argv[] = { (char *)"x", NULL };
	pid_t pid;

	(void)unlink(gp("/tmp/odd"));
	if (!esc_file(gp("/tmp/odd"), "\x7f\x01\x02\x03 odd", 0755))
		return -1;
	pid = fork();
	if (!pid) {
		(void)execv(gp("/tmp/odd"), argv);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	return modprobe_ran();
}

static long load_by_protocol(void)
{
	for (int proto = 1; proto < 255; proto += 7) {
		int fd = socket(AF_INET, SOCK_DGRAM, proto);

		if (fd >= 0)
			close(fd);
		fd = socket(AF_INET6, SOCK_SEQPACKET, proto);
		if (fd >= 0)
			close(fd);
	}
	return modprobe_ran();
}

static long load_by_device(void)
{
	/* a character device without a driver asks for char-major-* */
	(void)esc_open_close(gp("/dev/nodriver"), O_RDONLY);
	return modprobe_ran();
}

static long load_by_ldisc(void)
{
	int m = open(gp("/dev/ptmx"), O_RDWR | O_NOCTTY | O_CLOEXEC), n = 29;

	(void)ioctl(m, TIOCSETD, &n);
	return modprobe_ran();
}

static long load_by_congestion(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)setsockopt(fd, 6, 13, "escape", 6);
	(void)setsockopt(fd, 6, 31, "escape", 6);
	return modprobe_ran();
}

static long load_by_ifname(void)
{
	struct { char name[16]; char rest[24]; } req = { .name = "escape0" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)ioctl(fd, 0x8913 /* SIOCGIFFLAGS */, &req);
	return modprobe_ran();
}

/* Other programs in the kernel. */

static long do_bpf_prog(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 }, { .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (uintptr_t)insns, .insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static long do_bpf_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static long do_bpf_next(void)
{
	union bpf_attr attr = {};

	return syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr));
}

static long perf(pid_t pid, int cpu, uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = type, .config = config, .exclude_kernel = 1, .exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0);
}

static long perf_own(void) { return perf(0, -1, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK); }
static long perf_cpu(void) { return perf(-1, 0, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK); }
static long perf_trace(void) { return perf(-1, 0, PERF_TYPE_TRACEPOINT, 1); }

static long do_kexec(void)
{
	/* unloads what is loaded */
	return syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL);
}

static long do_kexec_crash(void)
{
	return syscall(SYS_kexec_load, 0UL, 0UL, NULL, 1UL);
}

static long do_kexec_file(void)
{
	int fd = open(gp("/esc-test"), O_RDONLY | O_CLOEXEC);

	return syscall(SYS_kexec_file_load, fd, -1, 0UL, NULL, 4UL);
}

/* Hardware. */

static long do_iopl(void)
{
#ifdef __x86_64__
	return iopl(3);
#else
	return ESC_SKIP;
#endif
}

static long do_ioperm(void)
{
#ifdef __x86_64__
	return ioperm(0x80, 1, 1);
#else
	return ESC_SKIP;
#endif
}

/* Time. */

static long do_settime(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return clock_settime(CLOCK_REALTIME, &t);
}

static long do_settimeofday(void)
{
	struct timespec t;
	struct { long sec, usec; } tv;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	tv.sec = t.tv_sec;
	tv.usec = t.tv_nsec / 1000;
	return syscall(SYS_settimeofday, &tv, NULL);
}

static long do_timezone(void)
{
	struct { int west, dst; } tz = {};

	return syscall(SYS_settimeofday, NULL, &tz);
}

static long do_adjtimex(void)
{
	struct timex t = { .modes = ADJ_OFFSET };

	return adjtimex(&t);
}

static long do_clock_adjtime(void)
{
	struct timex t = { .modes = ADJ_SETOFFSET, .time = { .tv_sec = 1 } };

	return syscall(SYS_clock_adjtime, CLOCK_REALTIME, &t);
}

static long read_adjtimex(void)
{
	struct timex t = {};

	return adjtimex(&t);
}

/* The whole machine. */

static long do_swapon(void) { return syscall(SYS_swapon, gp("/tmp"), 0); }
static long do_swapoff(void) { return syscall(SYS_swapoff, gp("/tmp")); }
static long do_acct(void) { return syscall(SYS_acct, gp("/tmp/acct")); }
static long do_acct_off(void) { return syscall(SYS_acct, NULL); }
static long do_nfsservctl(void) { return syscall(SYS_lookup_dcookie, 0UL, NULL, 0UL); }

static long syslog_action(int type)
{
	static char buf[4096];

	return syscall(SYS_syslog, type, buf, sizeof(buf));
}

static long syslog_all(void)
{
	for (int type = 0; type <= 10; type++) {
		if (type == 2)
			continue;	/* waits for a message */
		if (syslog_action(type) >= 0) {
			esc_say("action %d", type);
			return 1;
		}
	}
	return -1;
}

static long syslog_read(void)
{
	return syslog_action(2);
}

static long syslog_empty(void)
{
	/* with the slice: an empty log */
	return syslog_action(3) == 0 && syslog_action(10) == 0 && syslog_action(8) == 0 ? 0 : -1;
}

static long syslog_read_all(void) { return syslog_action(3) > 0 ? 1 : esc_fail(EPERM); }

static long do_hostname(void) { return sethostname("guest", 5); }
static long do_domainname(void) { return setdomainname("guest", 5); }

static long do_personality(void)
{
	return syscall(SYS_personality, 0x0008UL /* PER_LINUX32 */) < 0 ? -1 : 0;
}

/* reboot(2) of a member never reaches the host; it says so by nothing happening to the host. */
static long reboot_with(unsigned int cmd)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, "escape");
}

static long reboot_cad_on(void) { return reboot_with(LINUX_REBOOT_CMD_CAD_ON); }
static long reboot_cad_off(void) { return reboot_with(LINUX_REBOOT_CMD_CAD_OFF); }
static long reboot_restart2(void) { return reboot_with(LINUX_REBOOT_CMD_RESTART2); }
static long reboot_kexec(void) { return reboot_with(LINUX_REBOOT_CMD_KEXEC); }
static long reboot_suspend(void) { return reboot_with(LINUX_REBOOT_CMD_SW_SUSPEND); }
static long reboot_other(void) { return reboot_with(0x12345678); }
static long reboot_halt(void) { return reboot_with(LINUX_REBOOT_CMD_HALT); }
static long reboot_bad_magic(void) { return syscall(SYS_reboot, 1, 2, LINUX_REBOOT_CMD_RESTART, NULL); }
static long reboot_cad_state(void)
{
	/* the setting of Ctrl-Alt-Del is the host's */
	return esc_ask('C', 0, -1, NULL);
}

/* Scheduling and limits. */

static long do_nice(void)
{
	errno = 0;
	return setpriority(PRIO_PROCESS, 0, -5);
}

static long nice_up(void) { return setpriority(PRIO_PROCESS, 0, 5); }

static long do_realtime(void)
{
	struct sched_param p = { .sched_priority = 10 };

	return sched_setscheduler(0, SCHED_FIFO, &p);
}

static long do_deadline(void)
{
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t prio; uint64_t runtime, deadline, period; } a = {
		.size = 48, .policy = 6, .runtime = 1000000, .deadline = 10000000, .period = 10000000,
	};

	return syscall(SYS_sched_setattr, 0, &a, 0);
}

static long do_ioprio(void)
{
	return syscall(SYS_ioprio_set, 1, 0, (1 << 13) | 1 /* real time */);
}

static long raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r))
		return -1;
	r.rlim_cur = r.rlim_max = 4096;
	if (setrlimit(RLIMIT_MEMLOCK, &r))
		return -1;
	r.rlim_max = 1 << 20;
	return setrlimit(RLIMIT_MEMLOCK, &r);
}

static long lock_memory(void)
{
	struct rlimit r = { 4096, 4096 };
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || setrlimit(RLIMIT_MEMLOCK, &r))
		return -1;
	return mlock(p, 1 << 20);
}

static long oom_lower(void) { return esc_write("/proc/self/oom_score_adj", "-1000"); }

/* Files. */

static int scratch(void)
{
	int fd = open(gp("/tmp/scratch"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	return fd;
}

static long xattr_security(void) { return fsetxattr(scratch(), "security.escape", "x", 1, 0); }
static long xattr_trusted(void) { return fsetxattr(scratch(), "trusted.escape", "x", 1, 0); }
static long xattr_user(void) { return fsetxattr(scratch(), "user.own", "x", 1, 0); }
static long xattr_read_trusted(void) { char b[8]; return getxattr(gp("/trusted"), "trusted.host", b, sizeof(b)); }

static long fs_flags(long flag)
{
	int fd = scratch();
	long flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -1;
	flags |= flag;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static long set_immutable(void) { return fs_flags(FS_IMMUTABLE_FL); }
static long set_append(void) { return fs_flags(FS_APPEND_FL); }
static long set_journal(void) { return fs_flags(FS_JOURNAL_DATA_FL); }
static long set_nodump(void) { return fs_flags(FS_NODUMP_FL); }

static long clear_immutable(void)
{
	int fd = open(gp("/immutable"), O_RDONLY | O_CLOEXEC);
	long flags = 0;

	return fd < 0 ? ESC_SKIP : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static long freeze(void)
{
	return ioctl(open(gp("/tmp"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), FIFREEZE, 0);
}

static long trim(void)
{
	struct fstrim_range r = { .len = 4096 };

	return ioctl(open(gp("/tmp"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), FITRIM, &r);
}

static long do_shutdown_fs(void)
{
	uint32_t how = 0;

	return ioctl(open(gp("/tmp"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), _IOR('X', 125, uint32_t), &how);
}

static long fanotify_mark_on(unsigned int what)
{
	long fd = syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);

	if (fd < 0)
		return -1;
	return syscall(SYS_fanotify_mark, fd, FAN_MARK_ADD | what, (uint64_t)FAN_OPEN, AT_FDCWD, gp("/"));
}

static long fanotify_mount(void) { return fanotify_mark_on(FAN_MARK_MOUNT); }
static long fanotify_fs(void) { return fanotify_mark_on(FAN_MARK_FILESYSTEM); }
static long fanotify_content(void) { return syscall(SYS_fanotify_init, FAN_CLASS_CONTENT, O_RDONLY); }
static long fanotify_unlimited(void) { return syscall(SYS_fanotify_init, FAN_UNLIMITED_QUEUE | FAN_REPORT_FID, O_RDONLY); }

static long do_quota(int cmd)
{
	struct if_dqblk b = { .dqb_bhardlimit = 1, .dqb_valid = QIF_BLIMITS };

	return syscall(SYS_quotactl_fd, open(gp("/tmp"), O_RDONLY | O_CLOEXEC), QCMD(cmd, USRQUOTA), 4711, &b);
}

static long quota_on(void) { return do_quota(Q_QUOTAON); }
static long quota_off(void) { return do_quota(Q_QUOTAOFF); }
static long quota_set(void) { return do_quota(Q_SETQUOTA); }
static long quota_get(void) { return do_quota(Q_GETQUOTA); }

/* Processes. */

static long drop_bset(void) { return prctl(PR_CAPBSET_DROP, 37, 0, 0, 0); }
static long set_mm(void) { return prctl(PR_SET_MM, PR_SET_MM_ARG_START, (long)&esc_note, 0, 0); }

static long set_pid(void)
{
	pid_t want = 30000;
	struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup; } args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&want, .set_tid_size = 1 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	return pid;
}

static long last_pid(void) { return esc_open_close("/proc/sys/kernel/ns_last_pid", O_WRONLY); }

static long setuid_and_back(void)
{
	/* what every login program does */
	return setresgid(1000, 1000, 0) || setresuid(1000, 1000, 0) || setresuid(0, 0, 0) ? -1 : 0;
}

static long low_port(void)
{
	struct { uint16_t family, port; uint32_t addr; char rest[8]; } a = { AF_INET, htobe16(777), 0, {} };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (void *)&a, sizeof(a));
}

static long kill_other_user(void)
{
	pid_t pid = fork();
	long r;

	if (!pid) {
		(void)!setresuid(1000, 1000, 1000);
		for (;;)
			(void)pause();
	}
	esc_sleep_ms(20);
	r = kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}

static long net_admin_ioctl(void)
{
	struct { char name[16]; short flags; char rest[22]; } req = { .name = "lo", .flags = 0 };

	return ioctl(socket(AF_INET, SOCK_DGRAM, 0), 0x8914 /* SIOCSIFFLAGS */, &req);
}

static long bind_device_mark(void)
{
	int mark = 1;

	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, 36 /* SO_MARK */, &mark, sizeof(mark));
}

static long do_uffd(void)
{
	/* faults of programs only, for who has no capability to ask for more */
	long fd;

	if (setresuid(1000, 1000, 1000))
		return -1;
	fd = syscall(SYS_userfaultfd, 1 /* user mode only */);
	return fd < 0 ? -1 : 0;
}

/*
 * Faults of the kernel, too: a system call that gets an address of such memory waits where it is, be it with the lock
 * of a directory that the host needs, and as long as the guest likes.
 */
static long do_uffd_kernel(void)
{
	long fd = syscall(SYS_userfaultfd, 0);

	return fd < 0 ? -1 : 0;
}

static long do_uffd_dev(void)
{
	return esc_open_close(gp("/dev/userfaultfd"), O_RDONLY);
}

static long memfd_exec(void)
{
	static char *argv[] = { (char *)"x", NULL }, *envp[] = { NULL };
	char buf[4096];
	int in = open(gp("/esc-test"), O_RDONLY | O_CLOEXEC), fd = (int)syscall(SYS_memfd_create, "x", 0U), status;
	ssize_t n;
	pid_t pid;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			return -1;
	pid = fork();
	if (!pid) {
		argv[0] = (char *)"caps-of-memfd";
		(void)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(125);
	}
	(void)waitpid(pid, &status, 0);
	/* the program says whether it can do more than its parent */
	return WEXITSTATUS(status) == 42 ? esc_fail(EPERM) : status;
}

/* A program of the guest that gives rights to who runs it gives no more than the context has. */

static long privileged_program(bool file_caps)
{
	static char *argv[] = { (char *)"caps-of-program", NULL }, *envp[] = { NULL };
	/* all capabilities, permitted and effective, version 2 */
	static const char all[20] = "\1\0\0\2\377\377\377\377\0\0\0\0\377\1\0\0\0\0\0";
	char path[64];
	int status;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s", gp("/tmp/privileged"));
	(void)unlink(path);
	esc_copy(gp("/esc-test"), path);
	if (file_caps ? setxattr(path, "security.capability", all, sizeof(all), 0) : chmod(path, 04755))
		return -1;
	pid = fork();
	if (!pid) {
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
			_exit(1);
		(void)execve(path, argv, envp);
		_exit(2);
	}
	(void)waitpid(pid, &status, 0);
	(void)unlink(path);
	/* 42: it could not set the time; 43: nor change a file of root, so it had no rights at all */
	esc_say("status %d", WEXITSTATUS(status));
	if (WEXITSTATUS(status) == 42)
		return esc_fail(EPERM);
	return WEXITSTATUS(status) == 0 ? 1 : esc_fail(EBADMSG);
}

static long set_uid_program(void) { return privileged_program(false); }
static long file_caps_program(void) { return privileged_program(true); }

static long answer(int what, long arg, int *ret_fd)
{
	(void)arg;
	(void)ret_fd;
	if (what == 'M') {
		/* the helper for modules is a script that makes this file */
		bool ran = access(ESC_DIR "/modprobe-ran", F_OK) == 0;

		(void)unlink(ESC_DIR "/modprobe-ran");
		return ran;
	}
	if (what == 'C')
		return esc_file_is("/proc/sys/kernel/ctrl-alt-del", "0\n") ? 0 : -1;
	return -1;
}

static void prepare(void)
{
	long flags = FS_IMMUTABLE_FL;
	int fd;

	/* the program itself, as the helper of the kernel: see main() */
	if (esc_write("/proc/sys/kernel/modprobe", ESC_ROOT "/modprobe") < 0)
		printf("# cannot set the helper for modules\n");
	(void)esc_write("/proc/sys/kernel/ctrl-alt-del", "0");
	(void)esc_write("/proc/sys/kernel/dmesg_restrict", "0");
	(void)esc_write("/proc/sys/kernel/perf_event_paranoid", "-1");
	(void)esc_write("/proc/sys/kernel/unprivileged_bpf_disabled", "0");
	esc_copy("/proc/self/exe", ESC_ROOT "/modprobe");
	(void)unlink(ESC_DIR "/modprobe-ran");
	(void)esc_file(ESC_ROOT "/tmp/closed-file", "x", 0600);
	(void)esc_file(ESC_ROOT "/trusted", "x", 0644);
	(void)setxattr(ESC_ROOT "/trusted", "trusted.host", "host", 4, 0);
	fd = open(ESC_ROOT "/immutable", O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0) {
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
		close(fd);
	}
	if (mknod(ESC_ROOT "/dev/nodriver", S_IFCHR | 0666, makedev(3, 77)) && errno != EEXIST)
		esc_die("nodriver");
}

static bool still_immutable(void)
{
	long flags = 0;
	int fd = open(ESC_ROOT "/immutable", O_RDONLY | O_CLOEXEC);
	bool good = ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || flags & FS_IMMUTABLE_FL;

	flags = 0;
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	return good;
}

static bool no_accounting(void)
{
	return access(ESC_ROOT "/tmp/acct", F_OK) != 0;
}

static const struct esc_attack attacks[] = {
	{ "init_module", do_init_module, ALL, 0, {} },
	{ "finit_module", do_finit_module, ALL, 0, {} },
	{ "delete_module", do_delete_module, ALL, 0, {} },
	{ "module by socket family", load_by_family, ALL, V_HNS, {} },
	{ "module by netlink protocol", load_by_netlink, ALL, V_HNS, {} },
	{ "module by file system", load_by_fstype, ALL | V_BNS | V_MFLAT, V_HNS, {} },
	{ "module by binary format", load_by_binfmt, ALL, V_HNS, {} },
	{ "module by internet protocol", load_by_protocol, ALL, V_HNS, {} },
	{ "module by device", load_by_device, ALL, V_HNS, {} },
	{ "module by line discipline", load_by_ldisc, ALL, V_HNS, {} },
	{ "module by congestion control", load_by_congestion, ALL, V_HNS, {} },
	{ "module by interface", load_by_ifname, ALL, V_HNS, {} },
	{ "bpf: program", do_bpf_prog, ALL | V_ADMIN, V_HNS, {} },
	{ "bpf: map", do_bpf_map, ALL | V_ADMIN, V_HNS, {} },
	{ "bpf: list", do_bpf_next, ALL | V_ADMIN, 0, {} },
	{ "perf: itself", perf_own, ALL | V_ADMIN, V_HNS, {} },
	{ "perf: a processor", perf_cpu, ALL | V_ADMIN, V_HNS, {} },
	{ "perf: a tracepoint", perf_trace, ALL | V_ADMIN, 0, {} },
	{ "kexec_load", do_kexec, ALL | V_ADMIN, V_HNS, {} },
	{ "kexec_load, crash", do_kexec_crash, ALL | V_ADMIN, 0, {} },
	{ "kexec_file_load", do_kexec_file, ALL | V_ADMIN, 0, {} },
	{ "iopl", do_iopl, ALL, 0, {} },
	{ "ioperm", do_ioperm, ALL, 0, {} },
	{ "clock_settime", do_settime, ALL, V_HNS, {} },
	{ "settimeofday", do_settimeofday, ALL, V_HNS, {} },
	{ "settimeofday, time zone", do_timezone, ALL, V_HNS, {} },
	{ "adjtimex", do_adjtimex, ALL, V_HNS, {} },
	{ "clock_adjtime", do_clock_adjtime, ALL, 0, {} },
	{ "adjtimex, reading", read_adjtimex, 0, ALL, {} },
	{ "swapon", do_swapon, ALL, 0, {} },
	{ "swapoff", do_swapoff, ALL, 0, {} },
	{ "acct", do_acct, ALL, 0, {} },
	{ "acct, off", do_acct_off, ALL, V_HNS, {} },
	{ "lookup_dcookie", do_nfsservctl, ALL, 0, {} },
	{ "syslog, all actions", syslog_all, ALL & ~V_CCAPS, V_HNS, {} },
	{ "syslog, waiting for messages", syslog_read, ALL & ~V_CCAPS, 0, {} },
	{ "syslog with the slice is empty", syslog_empty, 0, V_CCAPS, {} },
	{ "syslog with the slice shows nothing", syslog_read_all, V_CCAPS, V_HNS, {} },
	{ "sethostname", do_hostname, V_FLAT | V_BARE | V_MFLAT, V_NS | V_PID | V_HNS, {} },
	{ "setdomainname", do_domainname, V_FLAT | V_BARE | V_MFLAT, V_NS | V_PID | V_HNS, {} },
	{ "personality", do_personality, 0, ALL, {} },
	{ "reboot: Ctrl-Alt-Del on", reboot_cad_on, 0, ALL, {} },
	{ "reboot: the host's Ctrl-Alt-Del is as it was", reboot_cad_state, 0, ALL, {} },
	{ "reboot: Ctrl-Alt-Del off", reboot_cad_off, 0, ALL, {} },
	{ "reboot: restart with a command", reboot_restart2, 0, ALL, {} },
	{ "reboot: kexec", reboot_kexec, 0, ALL, {} },
	{ "reboot: unknown command", reboot_other, 0, ALL, {} },
	{ "reboot: wrong magic", reboot_bad_magic, ALL, 0, { EINVAL } },
	{ "nice below zero", do_nice, ALL, V_HNS, {} },
	{ "nice above zero", nice_up, 0, ALL, {} },
	{ "real time scheduling", do_realtime, ALL, V_HNS, {} },
	{ "deadline scheduling", do_deadline, ALL, 0, {} },
	{ "ioprio real time", do_ioprio, ALL, V_HNS, {} },
	{ "raise a hard limit", raise_limit, ALL & ~V_CCAPS, V_HNS | V_CCAPS, {} },
	{ "mlock beyond the limit", lock_memory, ALL, V_HNS, { ENOMEM } },
	{ "oom_score_adj below", oom_lower, ALL, V_HNS, {} },
	{ "set security.*", xattr_security, ALL & ~V_CCAPS, V_HNS | V_CCAPS, {} },
	{ "set trusted.*", xattr_trusted, ALL & ~V_CCAPS, V_HNS | V_CCAPS, {} },
	{ "read trusted.*", xattr_read_trusted, ALL & ~V_CCAPS, V_HNS | V_CCAPS, { ENODATA } },
	{ "set user.*", xattr_user, 0, ALL, {} },
	{ "chattr +i", set_immutable, ALL, 0, {} },
	{ "chattr +a", set_append, ALL, 0, {} },
	{ "chattr -i of the host's", clear_immutable, ALL, 0, {} },
	{ "chattr +j", set_journal, ALL, 0, { EOPNOTSUPP } },
	{ "chattr +d", set_nodump, 0, ALL, {} },
	{ "freeze the file system", freeze, ALL, 0, {} },
	{ "trim the file system", trim, ALL, 0, {} },
	{ "shut the file system down", do_shutdown_fs, ALL, 0, {} },
	{ "fanotify: content class", fanotify_content, ALL, V_HNS, {} },
	{ "fanotify: unlimited queue", fanotify_unlimited, ALL, V_HNS, {} },
	{ "fanotify: mark a mount", fanotify_mount, ALL, 0, {} },
	{ "fanotify: mark a file system", fanotify_fs, ALL, V_HNS, {} },
	{ "quota on", quota_on, ALL & ~V_CCAPS, 0, {} },
	{ "quota off", quota_off, ALL & ~V_CCAPS, 0, {} },
	{ "set quota", quota_set, ALL & ~V_CCAPS, 0, {} },
	{ "get quota", quota_get, ALL & ~V_CCAPS, 0, { ESRCH } },
	{ "PR_CAPBSET_DROP", drop_bset, ALL, V_HNS, {} },
	{ "PR_SET_MM", set_mm, ALL, V_HNS, {} },
	{ "clone3 with a chosen pid", set_pid, ALL, V_HNS, {} },
	{ "ns_last_pid", last_pid, ALL, V_HNS, {} },
	{ "interface down", net_admin_ioctl, ALL, 0, {} },
	{ "mark packets", bind_device_mark, ALL, V_HNS, {} },
	{ "/dev/userfaultfd", do_uffd_dev, ALL, 0, { ENOENT } },
	{ "userfaultfd in user mode", do_uffd, 0, ALL, {} },
	{ "userfaultfd with faults of the kernel", do_uffd_kernel, ALL, V_HNS, {} },
	{ "execveat of a memfd", memfd_exec, ALL, 0, {} },
	{ "a set-uid program of its own", set_uid_program, ALL, V_HNS, {} },
	{ "file capabilities on a program of its own", file_caps_program, ALL, V_HNS, {} },
	{ "setuid and back", setuid_and_back, 0, ALL, {} },
	{ "bind to a port below 1024", low_port, 0, V_GUESTS, {} },
	{ "kill a process of another user", kill_other_user, 0, ALL, {} },
	{ "reboot: suspend", reboot_suspend, ALL, 0, {} },
	{ "reboot: halt", reboot_halt, ALL, 0, { EAGAIN } },
};

static const struct esc_check checks[] = {
	{ "an immutable file is still that", still_immutable },
	{ "no accounting has begun", no_accounting },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
		.checks = checks, .nr_checks = ESC_COUNT(checks),
	};
	int fd;

	if (strstr(argv[0], "modprobe")) {
		fd = open(ESC_DIR "/modprobe-ran", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		return fd < 0;
	}
	if (!strcmp(argv[0], "caps-of-memfd"))
		return do_settime() < 0 && errno == EPERM ? 42 : 0;
	if (!strcmp(argv[0], "caps-of-program")) {
		struct stat st;

		/* it has rights at all: it opens what is closed for the user who runs it */
		if (stat("/tmp/closed-file", &st) && stat(ESC_ROOT "/tmp/closed-file", &st))
			return 44;
		if (esc_open_close("/tmp/closed-file", O_WRONLY) < 0 &&
		    esc_open_close(ESC_ROOT "/tmp/closed-file", O_WRONLY) < 0)
			return 43;
		return do_settime() < 0 && errno == EPERM ? 42 : 0;
	}
	return esc_main(argc, argv, &test);
}
