// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-mistakes - each of the 15 most dangerous mistakes of a kernel with contexts has not been made
 * bed: um qemu
 * timeout: 60
 */
#include <linux/fs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include "../prog/esc.h"

#define ALL V_GUESTS

enum { W_ROUNDS, W_PORT, W_TASKS };

/* 1. Confining capabilities only, and not uid 0 without any. */

static long write_any(void)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/poweroff_cmd",
		"/proc/sysrq-trigger", "/pseudo/sysfs/kernel/uevent_helper", "/pseudo/sysfs/power/state",
		"/pseudo/cgroup2/cgroup.procs", "/pseudo/cgroup2/cgroup.subtree_control",
	};

	for (size_t i = 0; i < ESC_COUNT(files); i++) {
		esc_say("%s", files[i]);
		if (esc_open_close(gp(files[i]), O_WRONLY) >= 0)
			return 1;
	}
	return -1;
}

static long m1_uid0(void)
{
	struct { uint32_t version; int pid; } head = { 0x20080522, 0 };
	struct { uint32_t e, p, i; } none[2] = {};

	/* not one capability is left, and nothing changes */
	if (write_any() >= 0)
		return 1;
	if (syscall(SYS_capset, &head, none))
		return -2;
	return write_any();
}

static long m1_userns(void)
{
	if (unshare(CLONE_NEWUSER))
		return -1;
	(void)esc_write("/proc/self/uid_map", "0 0 4294967295");
	return write_any();
}

/* 2. CAP_DAC_READ_SEARCH in the mask. */

static long m2_handle(void)
{
	struct { unsigned int bytes; int type; uint32_t ino, gen; } h = { 8, 1, 2, 0 };
	int at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long fd = syscall(SYS_open_by_handle_at, at, &h, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -1 : openat((int)fd, "esc/secret", O_RDONLY);
}

static long m2_directory(void)
{
	/* root of a guest still reads what it does not own: that is another capability */
	long r;

	(void)mkdir(gp("/tmp/closed"), 0700);
	(void)chmod(gp("/tmp/closed"), 0);
	(void)chown(gp("/tmp/closed"), 1000, 1000);
	r = esc_open_close(gp("/tmp/closed"), O_RDONLY | O_DIRECTORY);
	(void)rmdir(gp("/tmp/closed"));
	return r;
}

/* 3. Who enters can be taken over, or brings a directory. */

static long m3_newcomer(void)
{
	long pid = esc_ask('e', 0, -1, NULL);

	if (pid < 0 || kill((pid_t)pid, 0))
		return esc_fail(EBADMSG);
	return ptrace(PTRACE_ATTACH, (pid_t)pid, NULL, NULL);
}

static long m3_directory(void)
{
	/* 1: the migration with an open directory of the host was not refused */
	return esc_ask('d', 0, -1, NULL) > 0 ? 1 : esc_fail(EBUSY);
}

/* 4. -ESRCH for a signal to a process that is there: the caller would ask for ever. */

static long m4_pidfd(void)
{
	int fd = esc_host_fd('p', 0);

	/* the time limit of each attack notices */
	return fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

static long m4_group(void)
{
	/* a group with members of the host */
	if (setpgid(0, 0))
		return -1;
	(void)signal(SIGUSR1, SIG_IGN);
	return kill(-getpgrp(), SIGUSR1);
}

/* 5. Sockets that the kernel makes in interrupts, labelled with whoever was running. */

static long connections(int n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(s, (void *)&a, sizeof(a)) || listen(s, 64) || getsockname(s, (void *)&a, &len))
		return -1;
	for (int i = 0; i < n; i++) {
		int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), t;
		char buf[4];

		if (connect(c, (void *)&a, sizeof(a)) || (t = accept(s, NULL, NULL)) < 0 || write(t, "ping", 4) != 4 ||
		    read(c, buf, 4) != 4)
			return -1;
		close(i % 2 ? c : t);
		close(i % 2 ? t : c);
	}
	close(s);
	return 0;
}

static long m5_tcp(void) { return connections(100); }

/* 6. The blob of a socket that has none: time-wait and request sockets. */

static long m6_timewait(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int one = 1;

	for (int i = 0; i < 20; i++) {
		int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), t;

		(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(s, (void *)&a, sizeof(a)) || listen(s, 4) || getsockname(s, (void *)&a, &len) ||
		    connect(c, (void *)&a, sizeof(a)) || (t = accept(s, NULL, NULL)) < 0)
			return -1;
		/* the server's side waits, with this port, which is bound again at once */
		close(t);
		close(c);
		close(s);
	}
	return 0;
}

/* 7, 8. Addresses are not separated yet. */

static long m7_later(void)
{
	esc_say("contexts share the addresses of the host until there are network contexts");
	return ESC_SKIP;
}

/* 9. Families that make sockets inside of the kernel. */

static long m9_families(void)
{
	static const struct { int family, type, protocol; } kinds[] = {
		{ AF_PACKET, SOCK_RAW, 0 }, { 44 /* XDP */, SOCK_RAW, 0 }, { AF_VSOCK, SOCK_STREAM, 0 }, { 43 /* SMC */, SOCK_STREAM, 0 },
		{ AF_RDS, SOCK_SEQPACKET, 0 }, { AF_RXRPC, SOCK_DGRAM, AF_INET }, { AF_INET, SOCK_DGRAM, 115 },
		{ AF_INET, SOCK_STREAM, 262 }, { AF_INET, SOCK_STREAM, 256 }, { AF_INET, SOCK_STREAM, 132 },
		{ AF_TIPC, SOCK_STREAM, 0 }, { AF_ALG, SOCK_SEQPACKET, 0 }, { AF_INET, SOCK_SEQPACKET, 0 },
	};

	for (size_t i = 0; i < ESC_COUNT(kinds); i++) {
		esc_say("family %d, protocol %d", kinds[i].family, kinds[i].protocol);
		if (socket(kinds[i].family, kinds[i].type, kinds[i].protocol) >= 0)
			return 1;
	}
	return -1;
}

/* 10. Mounting without a list of types, or through descriptors. */

static long m10_types(void)
{
	static const char *const types[] = {
		"binfmt_misc", "cgroup", "cgroup2", "sysfs", "debugfs", "tracefs", "securityfs", "configfs", "bpf", "devtmpfs",
		"ext4",
	};

	(void)mkdir("/tmp/m10", 0755);
	for (size_t i = 0; i < ESC_COUNT(types); i++) {
		esc_say("%s", types[i]);
		if (mount(i < 10 ? "none" : "/dev/rootdisk", "/tmp/m10", types[i], 0, NULL) == 0)
			return 1;
	}
	return -1;
}

static long m10_descriptors(void)
{
	struct { uint64_t set, clr, propagation, userns; } attr = { .clr = 1 };

	if (syscall(430 /* fsopen */, "tmpfs", 0) >= 0 || syscall(428 /* open_tree */, AT_FDCWD, "/", 1) >= 0 ||
	    syscall(433 /* fspick */, AT_FDCWD, "/mnt", 0) >= 0)
		return 1;
	return syscall(442 /* mount_setattr */, AT_FDCWD, "/mnt", 0, &attr, sizeof(attr));
}

static long m10_allowed(void)
{
	(void)mkdir("/tmp/m10", 0755);
	if (mount("proc", "/tmp/m10", "proc", 0, NULL))
		return -1;
	return umount2("/tmp/m10", 0);
}

/* 12. Giving back what was never taken. */

static long m12_failed_forks(void)
{
	struct rlimit r = { 2, 2 };
	int failed = 0;

	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000) || setrlimit(RLIMIT_NPROC, &r))
		return -1;
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (!pid) {
			for (;;)
				(void)pause();
		}
		failed += pid < 0;
	}
	esc_say("%d of 300 forks failed", failed);
	/* those who were started end with this process's group */
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(-1, SIGKILL);
	return failed > 250 ? 0 : -1;
}

/* 14. A walk over /proc that does not end, numbers that lead back. */

static long m14_readdir(void)
{
	DIR *d = opendir(gp("/proc"));
	struct dirent *e;
	int n = 0, own = 0, ones = 0;

	while (d && (e = readdir(d)) && n < 5000) {
		n++;
		own += atoi(e->d_name) == getpid();
		ones += !strcmp(e->d_name, "1");
	}
	if (d)
		(void)closedir(d);
	esc_say("%d entries, itself %d times, 1 %d times", n, own, ones);
	return n > 10 && n < 5000 && own == 1 && ones <= 1 ? 0 : -1;
}

static long m14_rewind(void)
{
	DIR *d = opendir(gp("/proc"));
	struct dirent *e;
	int n = 0;

	/* from the middle and from the start again */
	while (d && (e = readdir(d)) && n < 20000) {
		n++;
		if (n == 5)
			seekdir(d, telldir(d));
		if (n == 10)
			rewinddir(d);
	}
	return d && n < 20000 ? 0 : -1;
}

static long m14_killed(void)
{
	/* page faults and futexes of a process that is being asked for its number */
	pid_t pid = fork();
	int status;

	if (!pid) {
		for (int i = 0; i < 200; i++) {
			char *p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			memset(p, i, 1 << 16);
			(void)munmap(p, 1 << 16);
		}
		_exit(getpid() > 0 ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

/* 15. Freezing, leases and attributes of what others use, too. */

static long m15_freeze(void) { return ioctl(open(gp("/tmp"), O_RDONLY | O_DIRECTORY), FIFREEZE, 0); }

static long m15_lease(void)
{
	int fd = esc_host_fd('f', 0);

	return fd < 0 ? -1 : fcntl(fd, F_SETLEASE, F_RDLCK);
}

/* The host. */

#define HOST_FILE ESC_DIR "/host-file"

static pid_t migrant(int what)
{
	int p[2];
	pid_t pid;
	char c = 0;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (what == 'd') {
			(void)open("/", O_RDONLY | O_DIRECTORY);
			if (chdir(ESC_ROOT) || chroot("."))
				_exit(1);
		}
		if (vx_migrate(sh->xid))
			_exit(1);
		(void)!write(p[1], "+", 1);
		for (;;)
			(void)pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		pid = -1;
	close(p[0]);
	return pid;
}

static long answer(int what, long arg, int *ret_fd)
{
	static pid_t last;

	(void)arg;
	switch (what) {
	case 'e':
	case 'd':
		if (last > 0)
			(void)kill(last, SIGKILL);
		last = migrant(what);
		return last;
	case 'p':
		return *ret_fd = (int)syscall(SYS_pidfd_open, sh->victim, 0);
	case 'f':
		return *ret_fd = open(HOST_FILE, O_RDONLY | O_CLOEXEC);
	}
	return -1;
}

static void prepare(void)
{
	(void)esc_file(HOST_FILE, "x", 0600);
}

#define PIDS V_FAKE

static const struct esc_attack attacks[] = {
	{ "mistake 1: uid 0 without capabilities writes where only uids are asked", m1_uid0, ALL | V_MNS, 0, { ENOENT } },
	{ "mistake 1: the same in a user namespace with the same uids", m1_userns, V_UMASK | V_USERNS, 0, { ENOENT } },
	{ "mistake 2: open_by_handle_at with the mask of old tools", m2_handle, ALL, V_HFLAT | V_HNS, {} },
	{ "mistake 2: root of a guest reads closed directories", m2_directory, 0, ALL, {} },
	{ "mistake 3: who enters is traced before it executes", m3_newcomer, V_FLAT | V_NS | V_BARE, 0, {} },
	{ "mistake 3: who enters has a directory of the host open", m3_directory, V_FLAT | V_NS | V_PID, 0, { EBUSY } },
	{ "mistake 4: a signal to a process of the host, by pidfd, comes back", m4_pidfd, ALL, 0, { EINVAL } },
	{ "mistake 4: a signal to its own group comes back", m4_group, 0, ALL | PIDS, {} },
	{ "mistake 5: a hundred connections inside", m5_tcp, 0, ALL | V_HNS, {} },
	{ "mistake 6: ports with connections that wait", m6_timewait, 0, ALL | V_HNS, {} },
	{ "mistake 7: groups of sockets on one port across guests", m7_later, V_FLAT, 0, {} },
	{ "mistake 8: addresses tested only at bind and connect", m7_later, V_FLAT, 0, {} },
	{ "mistake 9: families with sockets inside of the kernel", m9_families, ALL, 0, { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT } },
	{ "mistake 10: SECURE_MOUNT and types of the host", m10_types, V_MFLAT | V_MNS | V_BNS | V_RNS, 0, { ENODEV, EINVAL } },
	{ "mistake 10: SECURE_MOUNT and mounts by descriptors", m10_descriptors, V_MFLAT | V_MNS | V_BNS | V_RNS, 0, {} },
	{ "mistake 10: SECURE_MOUNT and proc", m10_allowed, 0, V_MFLAT | V_MNS | V_BNS | V_RNS, {} },
	{ "mistake 14: a walk over /proc ends", m14_readdir, 0, ALL | PIDS, {} },
	{ "mistake 14: from the start again, too", m14_rewind, 0, ALL | PIDS, {} },
	{ "mistake 14: faults of members are served", m14_killed, 0, ALL | PIDS, {} },
	{ "mistake 15: freeze a shared file system", m15_freeze, ALL, 0, {} },
	{ "mistake 15: a lease on a file of the host", m15_lease, V_ROOTED, V_HNS, {} },
	{ "mistake 12: forks that fail leave the counters right", m12_failed_forks, 0, ALL | PIDS, {} },
};

/* 11. Namespaces that keep themselves: an overlay holds who mounted it, who is a member. */

static void space_test(bool overlay)
{
	uint32_t xid = esc_xid();
	int sv[2], status, in;
	struct pollfd p = { .events = POLLIN };
	struct inotify_event ev[8];
	bool unmounted = false;
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		esc_die("socketpair");
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWNS, NULL, NULL, NULL, NULL);
	if (!pid) {
		struct vserver_space_mask s = { .mask = CLONE_NEWNS | VSERVER_SPACE_FS };
		int fd;

		close(sv[0]);
		/* all of it as a member, so that the mounts carry its credentials */
		if (vx_create(xid, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_ADMIN) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("t", ESC_ROOT "/tmp", "tmpfs", 0, NULL) ||
		    mkdir(ESC_ROOT "/tmp/u", 0755) || mkdir(ESC_ROOT "/tmp/w", 0755) || mkdir(ESC_ROOT "/tmp/m", 0755))
			_exit(1);
		if (overlay && mount("o", ESC_ROOT "/tmp/m", "overlay", 0, "lowerdir=" ESC_ROOT "/dev,upperdir=" ESC_ROOT
				     "/tmp/u,workdir=" ESC_ROOT "/tmp/w"))
			_exit(2);
		fd = inotify_init1(IN_CLOEXEC);
		if (fd < 0 || inotify_add_watch(fd, ESC_ROOT "/tmp/u", IN_ATTRIB) < 0)
			_exit(3);
		if (vserver(VSERVER_SET_SPACE, VSERVER_ID_SELF, &s) || vx_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP))
			_exit(4);
		(void)esc_send(sv[1], "x", 1, fd);
		_exit(0);
	}
	close(sv[1]);
	(void)waitpid(pid, &status, 0);
	if (status) {
		tap_ok(false, "mistake 11: a guest with %s (could not be started: 0x%x)", overlay ? "an overlay" : "a tmpfs",
		       (unsigned int)status);
		return;
	}
	(void)esc_recv(sv[0], &c, 1, &in);
	p.fd = in;
	/* the superblock is gone when its inode says so */
	for (int i = 0; i < 20 && !unmounted; i++) {
		if (poll(&p, 1, 200) == 1 && read(in, ev, sizeof(ev)) > 0)
			unmounted = ev[0].mask & (IN_UNMOUNT | IN_IGNORED);
	}
	tap_ok(unmounted && !vx_exists(xid), "mistake 11: the mounts of a guest with %s go when it ends",
	       overlay ? "an overlay" : "a tmpfs");
	close(in);
	close(sv[0]);
}

/* 13. Somebody comes in while the last ones go. */

static void dying_test(void)
{
	int left = 0, entered = 0;

	for (int round = 0; round < 60; round++) {
		uint32_t xid = esc_xid();
		int p[2];
		pid_t maker, comer[4];
		char c;

		if (pipe2(p, O_CLOEXEC))
			esc_die("pipe");
		maker = fork();
		if (!maker) {
			if (vx_create(xid, VSERVER_FLAG_STATE_ADMIN) < 0)
				_exit(1);
			(void)!write(p[1], "+", 1);
			for (;;)
				(void)pause();
		}
		if (read(p[0], &c, 1) != 1)
			esc_die("context");
		for (int i = 0; i < 4; i++) {
			comer[i] = fork();
			if (!comer[i]) {
				if (round % 3)
					(void)sched_yield();
				if (vx_migrate(xid))
					_exit(9);
				for (;;)
					(void)pause();
			}
		}
		if (round % 2)
			esc_sleep_ms(1);
		(void)vx_kill_all(xid);
		(void)kill(maker, SIGKILL);
		(void)waitpid(maker, NULL, 0);
		esc_sleep_ms(2);
		/* whoever made it in keeps the context, which can be found and killed */
		for (int i = 0; i < 4; i++) {
			int status = 0;

			if (waitpid(comer[i], &status, WNOHANG) == comer[i]) {
				entered += WIFSIGNALED(status);
				continue;
			}
			for (int k = 0; k < 100 && waitpid(comer[i], &status, WNOHANG) != comer[i]; k++) {
				(void)vx_kill_all(xid);
				esc_sleep_ms(5);
			}
			entered += WIFSIGNALED(status);
			/* one that has not come in yet will find that there is nothing to enter, one that ends is as good as gone */
			left += vserver(VSERVER_TASK_XID, (uint32_t)comer[i], NULL) == (long)xid && !vx_exists(xid);
			if (kill(comer[i], SIGKILL) == 0)
				(void)waitpid(comer[i], NULL, 0);
		}
		for (int k = 0; k < 100 && vx_exists(xid); k++)
			esc_sleep_ms(5);
		left += vx_exists(xid);
		close(p[0]);
		close(p[1]);
	}
	if (!tap_ok(!left && entered > 0, "mistake 13: nobody stays in a context that has ended"))
		printf("# %d left, %d had entered\n", left, entered);
}

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
	};
	int p[2], tally[2];
	pid_t pid;

	if (argc == 1) {
		if (vserver(VSERVER_GET_VERSION, 0, NULL) < 0)
			tap_skip_all("a kernel without contexts");
		setvbuf(stdout, NULL, _IOLBF, 0);
		if (pipe2(p, O_CLOEXEC))
			return 3;
		pid = fork();
		if (!pid) {
			esc_make_root();
			esc_host_mounts();
			space_test(false);
			space_test(true);
			dying_test();
			tally[0] = tap_count_;
			tally[1] = tap_failed_;
			_exit(write(p[1], tally, sizeof(tally)) != sizeof(tally));
		}
		close(p[1]);
		if (read(p[0], tally, sizeof(tally)) != sizeof(tally)) {
			printf("Bail out! the first part ended early\n");
			return 3;
		}
		tap_count_ = tally[0];
		tap_failed_ = tally[1];
		(void)waitpid(pid, NULL, 0);
	}
	return esc_main(argc, argv, &test);
}
