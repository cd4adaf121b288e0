// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-fds - descriptors of the host that reach a guest do not carry more than they must
 * bed: um qemu
 * timeout: 60
 */
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/xattr.h>
#include "../prog/esc.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define ALL V_GUESTS
/* a guest without a root of its own has the files of the host anyway */
#define OUTSIDE V_ROOTED
#define HOST_FILE ESC_DIR "/host-file"
#define HOST_TEXT "a file of the host\n"

static long got(int what)
{
	return esc_host_fd(what, 0);
}

static long dir_root(void) { return got('d'); }
static long dir_opath(void) { return got('D'); }
static long file_opath(void) { return got('P'); }
static long tree(void) { return got('T'); }
static long disk(void) { return got('B'); }
static long sysctl_write(void) { return got('s'); }
static long sysctl_rdwr(void) { return got('S'); }
static long sysrq(void) { return got('q'); }
static long sysfs_write(void) { return got('y'); }
static long cgroup_write(void) { return got('c'); }
static long mem_write(void) { return got('m'); }
static long proc_dir(void) { return got('v'); }
static long own_dir_by_host(void) { return got('o'); }
static long nested(void)
{
	int box = esc_host_fd('n', 0), fd;
	char c;

	if (box < 0)
		return -1;
	if (esc_recv(box, &c, 1, &fd) != 1)
		return -1;
	return fd >= 0 ? fd : esc_fail(EACCES);
}

static long nested_own(void)
{
	int p[2], fd = open(gp("/tmp"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), back;
	char c;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p) || esc_send(p[0], "x", 1, fd) != 1 || esc_recv(p[1], &c, 1, &back) != 1)
		return -1;
	return back;
}

static long file_read(void)
{
	int fd = esc_host_fd('r', 0);
	char b[64];

	return fd < 0 ? -1 : read(fd, b, sizeof(b));
}

static long file_write(void)
{
	int fd = esc_host_fd('w', 0);

	/* what the host gives for writing, is for writing */
	return fd < 0 ? -1 : write(fd, "x", 0);
}

static const char *link_of(int fd)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/self/fd/%d", gp("/proc"), fd);
	return path;
}

/* a file of the host, passed for reading */
#define WITH_FILE(id, expr)							\
	static long id(void)							\
	{									\
		int fd = esc_host_fd('r', 0);					\
										\
		return fd < 0 ? ESC_SKIP : (expr);				\
	}

WITH_FILE(reopen_write, esc_open_close(link_of(fd), O_WRONLY))
WITH_FILE(reopen_rdwr, esc_open_close(link_of(fd), O_RDWR))
WITH_FILE(reopen_trunc, esc_open_close(link_of(fd), O_RDONLY | O_TRUNC))
WITH_FILE(truncate_link, truncate(link_of(fd), 0))
WITH_FILE(file_chmod, fchmod(fd, 0666))
WITH_FILE(file_chown, fchown(fd, 1000, 1000))
WITH_FILE(link_chmod, chmod(link_of(fd), 0666))
WITH_FILE(link_chown, chown(link_of(fd), 1000, 1000))
WITH_FILE(file_acl, fsetxattr(fd, "system.posix_acl_access", "\2\0\0\0\1\0\7\0\377\377\377\377\4\0\7\0\377\377\377\377\40\0\7\0\377\377\377\377", 28, 0))
WITH_FILE(file_caps, fsetxattr(fd, "security.capability", "\1\0\0\2\377\377\377\377\0\0\0\0\377\377\377\377\0\0\0\0", 20, 0))
WITH_FILE(hard_link, linkat(fd, "", AT_FDCWD, gp("/tmp/linked"), AT_EMPTY_PATH))
WITH_FILE(hard_link_proc, linkat(AT_FDCWD, link_of(fd), AT_FDCWD, gp("/tmp/linked"), AT_SYMLINK_FOLLOW))
WITH_FILE(path_up, openat(fd, "..", O_RDONLY))
WITH_FILE(read_lease, fcntl(fd, F_SETLEASE, F_RDLCK))

static long file_flags(void)
{
	int fd = esc_host_fd('r', 0);
	long flags = 0;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return ESC_SKIP;
	flags |= FS_NODUMP_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static long file_bind(void)
{
	int fd = esc_host_fd('r', 0);

	if (fd < 0)
		return ESC_SKIP;
	(void)esc_file(gp("/tmp/point"), "", 0644);
	return mount(link_of(fd), gp("/tmp/point"), NULL, MS_BIND, NULL);
}

static long file_exec(void)
{
	/* a program of the host, then written to by who runs it */
	int fd = esc_host_fd('x', 0);
	static char *argv[] = { (char *)"run-of-host-file", NULL }, *envp[] = { NULL };
	int status;
	pid_t pid;

	if (fd < 0)
		return ESC_SKIP;
	(void)fcntl(fd, F_SETFD, 0);
	pid = fork();
	if (!pid) {
		(void)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(41);
	}
	(void)waitpid(pid, &status, 0);
	/* 40: it ran and could open its own file for writing */
	return WEXITSTATUS(status) == 40 ? 1 : esc_fail(EACCES);
}

/* Processes. */

static long pidfd_signal(void)
{
	int fd = esc_host_fd('p', 0);

	return fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

static long pidfd_probe(void)
{
	int fd = esc_host_fd('p', 0);

	return fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
}

static long pidfd_get(void)
{
	int fd = esc_host_fd('p', 0);

	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 0, 0);
}

static long pidfd_advise(void)
{
	int fd = esc_host_fd('p', 0);
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct { void *p; size_t n; } v = { page, 4096 };

	return fd < 0 ? -1 : syscall(440 /* process_madvise */, fd, &v, 1, 21 /* PAGEOUT */, 0);
}

static long pidfd_namespaces(void)
{
	int fd = esc_host_fd('p', 0), ns;

	for (unsigned int n = 1; fd >= 0 && n <= 10; n++) {
		ns = ioctl(fd, _IO(0xff, n), 0);
		if (ns >= 0) {
			esc_say("namespace %u", n);
			return ns;
		}
	}
	return -1;
}

static long pidfd_release(void)
{
	int fd = esc_host_fd('p', 0);

	return fd < 0 ? -1 : syscall(448 /* process_mrelease */, fd, 0);
}

static long pidfd_open_host(void) { return syscall(SYS_pidfd_open, sh->victim, 0); }

static long pidfd_own(void)
{
	int p[2];
	pid_t pid = fork();
	long fd, r;

	(void)p;
	if (!pid) {
		(void)pause();
		_exit(0);
	}
	fd = syscall(SYS_pidfd_open, pid, 0);
	r = fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 1, 0);
	(void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	return r;
}

static long pidfd_of_peer(void)
{
	/* a process of the host at the other end of a socket */
	int fd = -1;
	socklen_t len = sizeof(fd);

	if (getsockopt(ESC_ASK_FD, SOL_SOCKET, 77 /* SO_PEERPIDFD */, &fd, &len) || fd < 0)
		return errno == ENOPROTOOPT ? ESC_SKIP : -1;
	return syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

/* Sockets. */

static long netlink_passed(void)
{
	struct { struct nlmsghdr h; struct ifinfomsg m; } m = {
		.h = { sizeof(m), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0 }, .m = { .ifi_index = 1, .ifi_change = IFF_UP },
	};
	struct { struct nlmsghdr h; struct nlmsgerr e; char rest[256]; } r;
	int fd = esc_host_fd('l', 0);

	if (fd < 0 || send(fd, &m, sizeof(m), 0) < 0 || recv(fd, &r, sizeof(r), 0) < (ssize_t)sizeof(r.h))
		return -1;
	return r.e.error ? esc_fail(-r.e.error) : 0;
}

/* Terminals. */

static int pty(void) { return esc_host_fd('t', 0); }

static long tty_inject(void)
{
	int fd = pty();

	return fd < 0 ? -1 : ioctl(fd, TIOCSTI, "x");
}

static long tty_inject_own(void)
{
	/* made its own controlling terminal first */
	int fd = pty();

	if (fd < 0)
		return -1;
	(void)setsid();
	(void)ioctl(fd, TIOCSCTTY, 0);
	return ioctl(fd, TIOCSTI, "x");
}

static long tty_steal(void)
{
	int fd = esc_host_fd('C', 0);

	if (fd < 0)
		return -1;
	(void)setsid();
	return ioctl(fd, TIOCSCTTY, 1);
}

static long tty_linux(void)
{
	int fd = pty();
	char what = 3;

	return fd < 0 ? -1 : ioctl(fd, TIOCLINUX, &what);
}

static long tty_cons(void)
{
	int fd = pty();

	return fd < 0 ? -1 : ioctl(fd, TIOCCONS);
}

static long tty_hangup(void)
{
	int fd = pty();

	return fd < 0 ? -1 : ioctl(fd, TIOCVHANGUP);
}

static long tty_use(void)
{
	int fd = pty();

	return fd < 0 ? -1 : write(fd, "hello", 5);
}

static long tty_keys(int cmd)
{
	/* on a virtual console; a pty has none */
	static char buf[1024];
	int fd = esc_host_fd('V', 0);

	if (fd < 0)
		return errno == EIO ? ESC_SKIP : -1;
	return ioctl(fd, (unsigned long)cmd, buf);
}

static long vt_key_strings(void) { return tty_keys(0x4B49 /* KDSKBSENT */); }
static long vt_key_map(void) { return tty_keys(0x4B47 /* KDSKBENT */); }
static long vt_font(void) { return tty_keys(0x4B61 /* PIO_FONT */); }

/* Leases make the host wait. */

static long own_lease(void)
{
	int fd = open(gp("/tmp/leased"), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	return fcntl(fd, F_SETLEASE, F_RDLCK);
}

static int keep = -1;

static long answer(int what, long arg, int *ret_fd)
{
	static const struct { int what; const char *path; int flags; } files[] = {
		{ 'd', "/", O_RDONLY | O_DIRECTORY }, { 'D', "/", O_PATH }, { 'P', HOST_FILE, O_PATH },
		{ 's', "/proc/sys/kernel/core_pattern", O_WRONLY }, { 'S', "/proc/sys/kernel/modprobe", O_RDWR },
		{ 'q', "/proc/sysrq-trigger", O_WRONLY }, { 'y', "/sys/class/net/lo/mtu", O_WRONLY },
		{ 'c', "/sys/fs/cgroup/cgroup.procs", O_WRONLY }, { 'r', HOST_FILE, O_RDONLY }, { 'w', HOST_FILE, O_WRONLY },
		{ 'o', ESC_ROOT "/tmp", O_RDONLY | O_DIRECTORY }, { 'x', ESC_DIR "/host-program", O_RDONLY },
		{ 'B', ESC_ROOT "/dev/rootdisk", O_RDONLY }, { 'V', "/dev/tty1", O_RDWR },
	};
	char path[64];
	int zero = 0, p[2];

	(void)arg;
	for (size_t i = 0; i < ESC_COUNT(files); i++) {
		if (files[i].what != what)
			continue;
		*ret_fd = open(files[i].path, files[i].flags | O_NOCTTY | O_CLOEXEC);
		return *ret_fd;
	}
	switch (what) {
	case 'T':
		return *ret_fd = (int)syscall(428 /* open_tree */, AT_FDCWD, "/", 1 | O_CLOEXEC);
	case 'm':
		(void)snprintf(path, sizeof(path), "/proc/%d/mem", sh->victim);
		return *ret_fd = open(path, O_RDWR | O_CLOEXEC);
	case 'v':
		(void)snprintf(path, sizeof(path), "/proc/%d", sh->victim);
		return *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case 'p':
		return *ret_fd = (int)syscall(SYS_pidfd_open, sh->victim, 0);
	case 'l':
		return *ret_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	case 'n':
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p))
			return -1;
		*ret_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)esc_send(p[0], "x", 1, *ret_fd);
		close(*ret_fd);
		close(keep);
		keep = p[0];
		return *ret_fd = p[1];
	case 't':
	case 'C':
		/* the master stays here; for C it is the terminal of a session of the host */
		close(keep);
		keep = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (keep < 0 || ioctl(keep, TIOCSPTLCK, &zero))
			return -1;
		*ret_fd = ioctl(keep, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (what == 'C' && *ret_fd >= 0) {
			pid_t pid = fork();

			if (!pid) {
				(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
				(void)setsid();
				(void)ioctl(*ret_fd, TIOCSCTTY, 0);
				for (;;)
					(void)pause();
			}
			esc_sleep_ms(30);
		}
		return *ret_fd;
	}
	return -1;
}

static void prepare(void)
{
	(void)unlink(HOST_FILE);
	if (!esc_file(HOST_FILE, HOST_TEXT, 0600) || chmod(HOST_FILE, 0600) || chown(HOST_FILE, 0, 0))
		esc_die("host file");
	esc_copy("/proc/self/exe", ESC_DIR "/host-program");
	(void)esc_write("/proc/sys/dev/tty/legacy_tiocsti", "1");
	(void)esc_write("/proc/sys/fs/lease-break-time", "2");
}

static bool host_file_unchanged(void)
{
	struct stat st;
	char b[8];

	return esc_file_is(HOST_FILE, HOST_TEXT) && stat(HOST_FILE, &st) == 0 && st.st_uid == 0 && st.st_gid == 0 &&
		(st.st_mode & 07777) == 0600 && st.st_nlink == 1 && getxattr(HOST_FILE, "security.capability", b, sizeof(b)) < 0;
}

static bool host_file_at_once(void)
{
	/* nobody makes the host wait for its own file */
	struct timespec a, b;

	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	(void)esc_open_close(HOST_FILE, O_RDWR);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	return b.tv_sec - a.tv_sec < 1 || (b.tv_sec - a.tv_sec == 1 && b.tv_nsec < a.tv_nsec);
}

#define NODEV { ENODATA, EIO }

static const struct esc_attack attacks[] = {
	{ "pass the root directory of the host", dir_root, ALL, V_HNS, {} },
	{ "pass the root directory as O_PATH", dir_opath, ALL, V_HNS, {} },
	{ "pass a file as O_PATH", file_opath, ALL, V_HNS, {} },
	{ "pass a detached mount", tree, ALL, V_HNS, {} },
	{ "pass a directory of the guest, opened by the host", own_dir_by_host, ALL, V_HNS, {} },
	{ "pass a directory of /proc", proc_dir, ALL, V_HNS, {} },
	{ "pass a disk", disk, ALL, V_HNS, {} },
	{ "pass core_pattern for writing", sysctl_write, ALL, V_HNS, {} },
	{ "pass modprobe for reading and writing", sysctl_rdwr, ALL, V_HNS, {} },
	{ "pass sysrq-trigger for writing", sysrq, ALL, V_HNS, {} },
	{ "pass a file of sysfs for writing", sysfs_write, ALL, V_HNS, {} },
	{ "pass cgroup.procs for writing", cgroup_write, ALL, V_HNS, {} },
	{ "pass the memory of a process of the host", mem_write, ALL, V_HNS, {} },
	{ "pass a socket with a directory in its queue", nested, ALL, V_HNS, {} },
	{ "pass its own directory inside", nested_own, 0, ALL, {} },
	{ "pass a file for reading", file_read, 0, ALL, {} },
	{ "pass a file for writing", file_write, 0, ALL, {} },
	{ "open a passed file again for writing", reopen_write, OUTSIDE, V_HNS, {} },
	{ "open a passed file again for both", reopen_rdwr, OUTSIDE, V_HNS, {} },
	{ "open a passed file again, emptied", reopen_trunc, OUTSIDE, 0, {} },
	{ "truncate a passed file by its link", truncate_link, OUTSIDE, 0, {} },
	{ "fchmod of a passed file", file_chmod, OUTSIDE, V_HNS, {} },
	{ "fchown of a passed file", file_chown, OUTSIDE, 0, {} },
	{ "chmod by its link", link_chmod, OUTSIDE, 0, {} },
	{ "chown by its link", link_chown, OUTSIDE, 0, {} },
	{ "access list of a passed file", file_acl, OUTSIDE, 0, {} },
	{ "file capabilities of a passed file", file_caps, OUTSIDE, 0, {} },
	{ "flags of a passed file", file_flags, OUTSIDE, 0, {} },
	{ "hard link to a passed file", hard_link, OUTSIDE, 0, { ENOENT, EXDEV } },
	{ "hard link by its link", hard_link_proc, OUTSIDE, 0, { EXDEV } },
	{ "openat above a passed file", path_up, OUTSIDE, 0, { ENOTDIR } },
	{ "bind a passed file", file_bind, OUTSIDE | V_MFLAT | V_MNS, 0, { EINVAL } },
	{ "lease of a passed file", read_lease, OUTSIDE, V_HNS, {} },
	{ "run a program of the host, and write to it", file_exec, OUTSIDE, 0, {} },
	{ "passed pidfd: kill", pidfd_signal, ALL, 0, { EINVAL, ESRCH } },
	{ "passed pidfd: probe", pidfd_probe, ALL, V_HNS, { EINVAL, ESRCH } },
	{ "passed pidfd: pidfd_getfd", pidfd_get, ALL, V_HNS, { ESRCH } },
	{ "passed pidfd: process_madvise", pidfd_advise, ALL, 0, { ESRCH } },
	{ "passed pidfd: its namespaces", pidfd_namespaces, ALL, V_HNS, { ESRCH } },
	{ "passed pidfd: process_mrelease", pidfd_release, ALL, 0, { ESRCH, EINVAL } },
	{ "pidfd_open of a process of the host", pidfd_open_host, ALL, V_HNS, { ESRCH } },
	{ "pidfd of the host's end of a socket: kill", pidfd_of_peer, ALL, 0, { EINVAL, ESRCH } },
	{ "pidfd_getfd inside", pidfd_own, 0, ALL, {} },
	{ "passed netlink socket: interface down", netlink_passed, ALL, 0, {} },
	{ "passed terminal: TIOCSTI", tty_inject, ALL, V_HNS, {} },
	{ "passed terminal: TIOCSTI as its own", tty_inject_own, ALL, V_HNS, {} },
	{ "passed terminal: steal it from a session", tty_steal, ALL, V_HNS, {} },
	{ "passed terminal: TIOCLINUX", tty_linux, ALL, 0, {} },
	{ "passed terminal: TIOCCONS", tty_cons, ALL, 0, {} },
	{ "passed terminal: TIOCVHANGUP", tty_hangup, ALL, V_HNS, {} },
	{ "passed terminal: use it", tty_use, 0, ALL, {} },
	{ "passed console: strings of keys", vt_key_strings, ALL, 0, { ENOTTY, EFAULT } },
	{ "passed console: map of keys", vt_key_map, ALL, 0, { ENOTTY } },
	{ "passed console: font", vt_font, ALL, 0, { ENOTTY } },
	{ "lease of its own file", own_lease, 0, ALL, {} },
};

static const struct esc_check checks[] = {
	{ "the file of the host is unchanged", host_file_unchanged },
	{ "the host opens its file at once", host_file_at_once },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
		.checks = checks, .nr_checks = ESC_COUNT(checks),
	};

	if (!strcmp(argv[0], "run-of-host-file"))
		return esc_open_close("/proc/self/exe", O_RDWR) >= 0 ? 40 : 41;
	return esc_main(argc, argv, &test);
}
