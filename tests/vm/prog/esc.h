/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esc.h - guests whose root tries to get out
 *
 * A test is a table of attacks. Each is a function that tries something and gives 0 or more when it worked, -1
 * and errno when it was refused. It runs as root inside of each kind of guest that the table names, in a process
 * of its own, executed anew inside, so that nothing of the host is left in it.
 *
 *	{ "what is tried", function, where it must be refused, where it must work, { more errors } }
 *
 * EPERM and EACCES are a refusal everywhere; what else is one has to be listed, so that a call that fails because
 * the test is wrong is not mistaken for one. The kinds V_HFLAT and V_HNS are processes in the same surroundings
 * but in no context: what works there shows that the attack is real.
 *
 * Around every kind of guest there is a host of its own: a process in no context, with a mount namespace, that
 * prepares the guest's root directory, answers requests of attacks (esc_ask), and is looked at afterwards.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vserver.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#ifdef __i386__
#define ESC_NR_VSERVER 273
#else
#define ESC_NR_VSERVER 236
#endif

#define ESC_DIR "/esc"
#define ESC_ROOT "/esc/root"
#define ESC_UNUSED __attribute__((unused))

/* What `vattribute --secure` sets. */
#define ESC_SECURE_BCAPS 0xFFFFFFFFB44C04FFULL
#define ESC_SECURE_CCAPS 0x4101ULL

#define ESC_ALL_NS (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP | \
		    CLONE_NEWTIME)
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Kinds of guests. */
enum {
	V_FLAT = 1 << 0,	/* no namespaces, chroot */
	V_NS = 1 << 1,		/* mount, UTS and IPC namespace, pivot_root */
	V_PID = 1 << 2,		/* the same with a pid namespace */
	V_BARE = 1 << 3,	/* as chcontext: no root of its own */
	V_HFLAT = 1 << 4,	/* no guest: as V_FLAT without a context */
	V_HNS = 1 << 5,		/* no guest: as V_NS without a context */
	V_MFLAT = 1 << 6,	/* V_FLAT with SECURE_MOUNT */
	V_MNS = 1 << 7,		/* V_NS with SECURE_MOUNT */
	V_BNS = 1 << 8,		/* V_NS with SECURE_MOUNT and BINARY_MOUNT */
	V_RNS = 1 << 9,		/* V_NS with SECURE_MOUNT and SECURE_REMOUNT */
	V_UMASK = 1 << 10,	/* V_NS, may make all namespaces */
	V_USERNS = 1 << 11,	/* V_NS, may make only user namespaces */
	V_CCAPS = 1 << 12,	/* V_NS with the slices that are not about mounts */
	V_ADMIN = 1 << 13,	/* V_PID with CAP_SYS_ADMIN and all others */
	V_LATE = 1 << 14,	/* chroot first, then a context without setup */
	V_FAKE = 1 << 15,	/* V_FLAT with an init that is shown as 1 */
	V_OUTER = 1 << 16,	/* V_FLAT, its setup is ended by the host */
};

#define V_GUESTS (V_FLAT | V_NS | V_PID | V_BARE)
#define V_ROOTED (V_FLAT | V_NS | V_PID)

#define ESC_SKIP 0x534b4950	/* result of an attack: cannot be tried on this kernel */

struct esc_attack {
	const char *name;
	long (*fn)(void);
	unsigned int refused, works;
	int also[5];
};

struct esc_check {
	const char *name;
	bool (*fn)(void);
};

/* What a scenario may bring, all optional. */
struct esc_test {
	const struct esc_attack *attacks;
	size_t nr_attacks;
	const struct esc_check *checks;		/* on the host, after each kind of guest */
	size_t nr_checks;
	void (*prepare)(void);			/* on the host, before */
	long (*answer)(int what, long arg, int *ret_fd);	/* on the host, for esc_ask() */
};

/* Seen by host and guest. */
struct esc_shared {
	unsigned int kind;
	pid_t victim;		/* a process of the host */
	pid_t host;
	pid_t guest;		/* the first process of the guest, as the host sees it */
	uint32_t xid;
	long word[64];
	char text[4096];
};

static struct esc_shared *sh;
static char esc_note[160];
static unsigned int esc_kind;

#define ESC_RESULT_FD 100
#define ESC_ASK_FD 101

struct esc_result {
	int index;
	int err, sig;
	long ret;
	char note[160];
};

/* Raw calls. */

ESC_UNUSED
static long vserver(uint32_t cmd, uint32_t id, const void *data)
{
	return syscall(ESC_NR_VSERVER, cmd, id, data);
}

ESC_UNUSED
static long vx_create(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_create create = { .flagword = flags };

	return vserver(VSERVER_CTX_CREATE, xid, &create);
}

ESC_UNUSED
static long vx_migrate(uint32_t xid)
{
	return vserver(VSERVER_CTX_MIGRATE, xid, NULL);
}

ESC_UNUSED
static long vx_cflags(uint32_t xid, uint64_t flags, uint64_t mask)
{
	struct vserver_flags f = { .flagword = flags, .mask = mask };

	return vserver(VSERVER_SET_CFLAGS, xid, &f);
}

ESC_UNUSED
static long vx_caps(uint32_t cmd, uint32_t xid, uint64_t caps)
{
	struct vserver_caps c = { .caps = caps, .mask = ~0ULL };

	return vserver(cmd, xid, &c);
}

ESC_UNUSED
static long vx_kill_all(uint32_t xid)
{
	struct vserver_ctx_kill k = { .pid = 0, .sig = SIGKILL };

	return vserver(VSERVER_CTX_KILL, xid, &k);
}

ESC_UNUSED
static bool vx_exists(uint32_t xid)
{
	struct vserver_vx_info info;

	return vserver(VSERVER_VX_INFO, xid, &info) == 0;
}

/* Small things. */

__attribute__((format(printf, 1, 2), unused))
static void esc_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(esc_note, sizeof(esc_note), fmt, ap);
	va_end(ap);
}

ESC_UNUSED
static void esc_die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(3);
}

ESC_UNUSED
static long esc_fail(int err)
{
	errno = err;
	return -1;
}

/* the path of something in the guest's root directory, as the guest names it */
ESC_UNUSED
static const char *gp(const char *path)
{
	static char buf[4][PATH_MAX];
	static int n;

	if (esc_kind != V_BARE)
		return path;
	n = (n + 1) % 4;
	(void)snprintf(buf[n], sizeof(buf[n]), ESC_ROOT "%s", path);
	return buf[n];
}

ESC_UNUSED
static long esc_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long r;

	if (fd < 0)
		return -1;
	r = write(fd, text, strlen(text));
	if (r < 0)
		(void)esc_fail(errno);
	close(fd);
	return r;
}

ESC_UNUSED
static bool esc_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

ESC_UNUSED
static bool esc_file_is(const char *path, const char *text)
{
	char buf[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	return n >= 0 && !strcmp(buf, text);
}

ESC_UNUSED
static long esc_open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

ESC_UNUSED
static void esc_sleep_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Descriptors over a socket. */

ESC_UNUSED
static ssize_t esc_send(int sock, const void *data, size_t size, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = {};
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = u.buf;
		msg.msg_controllen = sizeof(u.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

/* @ret_fd is -1 if none came, -2 if one was refused */
ESC_UNUSED
static ssize_t esc_recv(int sock, void *data, size_t size, int *ret_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = {};
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	struct cmsghdr *c;
	ssize_t n;

	*ret_fd = -1;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return n;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	else if (msg.msg_flags & MSG_CTRUNC)
		*ret_fd = -2;
	return n;
}

struct esc_question {
	int what, has_fd;
	long arg;
};

struct esc_reply {
	long ret;
	int err;
};

/* from an attack: have the host do something; @send is passed along, what the host passes goes to @ret_fd */
ESC_UNUSED
static long esc_ask(int what, long arg, int send, int *ret_fd)
{
	struct esc_question q = { .what = what, .arg = arg, .has_fd = send >= 0 };
	struct esc_reply r;
	int fd;

	if (esc_send(ESC_ASK_FD, &q, sizeof(q), send) != sizeof(q))
		return esc_fail(EPIPE);
	if (esc_recv(ESC_ASK_FD, &r, sizeof(r), &fd) != sizeof(r))
		return esc_fail(EPIPE);
	if (ret_fd)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	errno = r.err;
	return r.ret;
}

/* a descriptor of the host, or -1 and EACCES if the kernel did not let it through */
ESC_UNUSED
static int esc_host_fd(int what, long arg)
{
	int fd;
	long r = esc_ask(what, arg, -1, &fd);

	if (r < 0)
		return (int)esc_fail(EIO);
	if (fd >= 0)
		return fd;
	return (int)esc_fail(fd == -2 ? EACCES : ENODATA);
}

/* The guest. */

static const struct esc_test *esc_test_;

static const struct {
	unsigned int kind;
	const char *name;
} esc_kinds[] = {
	{ V_HFLAT, "host, chroot" }, { V_HNS, "host, namespaces" },
	{ V_FLAT, "flat" }, { V_FAKE, "fake init" }, { V_NS, "namespaces" }, { V_PID, "pid namespace" },
	{ V_BARE, "bare" }, { V_LATE, "context after chroot" }, { V_OUTER, "setup ended from outside" },
	{ V_MFLAT, "flat, mount" }, { V_MNS, "mount" }, { V_BNS, "binary mount" }, { V_RNS, "remount" },
	{ V_UMASK, "all namespaces" }, { V_USERNS, "user namespaces" }, { V_CCAPS, "slices" },
	{ V_ADMIN, "CAP_SYS_ADMIN" },
};

ESC_UNUSED
static const char *esc_kind_name(unsigned int kind)
{
	for (size_t i = 0; i < sizeof(esc_kinds) / sizeof(*esc_kinds); i++)
		if (esc_kinds[i].kind == kind)
			return esc_kinds[i].name;
	return "?";
}

#define ESC_OWN_NS (V_NS | V_PID | V_HNS | V_MNS | V_BNS | V_RNS | V_UMASK | V_USERNS | V_CCAPS | V_ADMIN)
#define ESC_NO_CONTEXT (V_HFLAT | V_HNS)

/* one attack, in a process of its own */
ESC_UNUSED
static void esc_try(int index)
{
	const struct esc_attack *a = &esc_test_->attacks[index];
	struct esc_result r = { .index = index };
	int p[2], status;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		esc_die("pipe");
	pid = fork();
	if (!pid) {
		(void)alarm(8);
		close(p[0]);
		errno = 0;
		r.ret = a->fn();
		r.err = errno;
		memcpy(r.note, esc_note, sizeof(r.note));
		if (write(p[1], &r, sizeof(r)) != sizeof(r))
			_exit(1);
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &r, sizeof(r)) != sizeof(r)) {
		r.ret = -1;
		r.sig = -1;
	}
	close(p[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r.sig && WIFSIGNALED(status))
		r.sig = WTERMSIG(status);
	if (write(ESC_RESULT_FD, &r, sizeof(r)) != sizeof(r))
		_exit(1);
}

ESC_UNUSED
static int esc_inside(unsigned int kind)
{
	int fd;

	esc_kind = kind;
	/* an attack may send this to all that it reaches */
	(void)signal(SIGUSR2, SIG_IGN);
	fd = open(gp("/shared"), O_RDWR | O_CLOEXEC);
	sh = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sh == MAP_FAILED)
		return 5;
	close(fd);
	for (size_t i = 0; i < esc_test_->nr_attacks; i++)
		if ((esc_test_->attacks[i].refused | esc_test_->attacks[i].works) & kind)
			esc_try((int)i);
	return 0;
}

static char esc_self[PATH_MAX];

/* in a new process: become the guest and execute the test again inside */
ESC_UNUSED __attribute__((noreturn))
static void esc_enter(unsigned int kind, uint32_t xid)
{
	uint64_t bcaps = ESC_SECURE_BCAPS, ccaps = ESC_SECURE_CCAPS, umask_ = 0;
	bool context = !(kind & ESC_NO_CONTEXT);
	char num[16];
	char *argv[] = { esc_self, (char *)"--inside", num, NULL };

	if (kind & (V_MFLAT | V_MNS | V_BNS | V_RNS))
		ccaps |= VSERVER_CCAP_SECURE_MOUNT;
	if (kind == V_BNS)
		ccaps |= VSERVER_CCAP_BINARY_MOUNT;
	if (kind == V_RNS)
		ccaps |= VSERVER_CCAP_SECURE_REMOUNT;
	if (kind == V_CCAPS)
		ccaps |= VSERVER_CCAP_SET_RLIMIT | VSERVER_CCAP_FS_SECURITY | VSERVER_CCAP_FS_TRUSTED |
			VSERVER_CCAP_TIOCSTI | VSERVER_CCAP_SYSLOG | VSERVER_CCAP_OOM_ADJUST |
			VSERVER_CCAP_QUOTA_CTL;
	if (kind == V_UMASK)
		umask_ = ESC_ALL_NS | CLONE_NEWUSER;
	if (kind == V_USERNS)
		umask_ = CLONE_NEWUSER;
	if (kind == V_ADMIN)
		bcaps = ~0ULL;

	if (kind & ESC_OWN_NS && kind & (V_PID | V_ADMIN) && getpid() != 1)
		esc_die("no pid namespace");
	if (kind == V_LATE) {
		if (chdir(ESC_ROOT) || chroot(".") || vx_create(xid, 0) != (long)xid)
			esc_die("context after chroot");
		context = false;
	} else if (context) {
		uint64_t flags = VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT | VSERVER_FLAG_STATE_ADMIN;

		if (kind == V_FAKE)
			flags |= VSERVER_FLAG_INFO_INIT;
		if (vx_create(xid, flags) != (long)xid)
			esc_die("create context");
		if (vx_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, bcaps) ||
		    vx_caps(VSERVER_SET_CCAPS, VSERVER_ID_SELF, ccaps) ||
		    vx_caps(VSERVER_SET_UMASK, VSERVER_ID_SELF, umask_))
			esc_die("set capabilities");
	}
	if (kind & ESC_OWN_NS) {
		if (mount(ESC_ROOT, ESC_ROOT, NULL, MS_BIND | MS_REC, NULL) || chdir(ESC_ROOT))
			esc_die("bind root");
		if (kind & (V_PID | V_ADMIN) && (umount2("proc", MNT_DETACH) || mount("proc", "proc", "proc", 0, NULL)))
			esc_die("mount proc");
		if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
			esc_die("pivot_root");
		if (context) {
			struct vserver_space_mask s = {
				.mask = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | VSERVER_SPACE_FS |
					(kind & (V_PID | V_ADMIN) ? CLONE_NEWPID : 0),
			};

			if (vserver(VSERVER_SET_SPACE, VSERVER_ID_SELF, &s))
				esc_die("record spaces");
		}
	} else if (kind & (V_FLAT | V_FAKE | V_MFLAT | V_HFLAT | V_OUTER)) {
		if (chdir(ESC_ROOT) || chroot("."))
			esc_die("chroot");
	} else if (kind == V_BARE) {
		if (chdir("/"))
			esc_die("chdir");
	}
	if (kind == V_OUTER) {
		struct vserver_flags f = {};

		/* the call is refused as soon as the setup is over */
		while (vserver(VSERVER_GET_CFLAGS, VSERVER_ID_SELF, &f) == 0)
			esc_sleep_ms(2);
		context = false;
	}
	if (context && vx_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT))
		esc_die("end of setup");
	(void)snprintf(num, sizeof(num), "%u", kind);
	(void)execv(kind == V_BARE ? ESC_ROOT "/esc-test" : "/esc-test", argv);
	esc_die("execute inside");
	_exit(3);
}

/* The host around it. */

static void esc_copy(const char *from, const char *to)
{
	static char buf[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		esc_die(to);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			esc_die(to);
	close(in);
	close(out);
}

static void esc_node(const char *name, mode_t type, unsigned int maj, unsigned int min)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), ESC_ROOT "/dev/%s", name);
	if (mknod(path, type | 0666, makedev(maj, min)) && errno != EEXIST)
		esc_die(path);
	(void)chmod(path, 0666);
}

static void esc_mkdir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		esc_die(path);
}

/* the root directory of all guests, on the file system of the host's root */
static void esc_make_root(void)
{
	static const char *const dirs[] = {
		ESC_DIR, ESC_ROOT, ESC_ROOT "/proc", ESC_ROOT "/dev", ESC_ROOT "/dev/pts", ESC_ROOT "/tmp",
		ESC_ROOT "/mnt", ESC_ROOT "/pseudo", ESC_ROOT "/run",
	};
	struct stat st;
	int fd;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		esc_mkdir(dirs[i]);
	if (!esc_file(ESC_DIR "/secret", "secret of the host\n", 0600))
		esc_die("secret");
	esc_copy("/proc/self/exe", ESC_ROOT "/esc-test");
	esc_node("null", S_IFCHR, 1, 3);
	esc_node("zero", S_IFCHR, 1, 5);
	esc_node("full", S_IFCHR, 1, 7);
	esc_node("random", S_IFCHR, 1, 8);
	esc_node("urandom", S_IFCHR, 1, 9);
	esc_node("tty", S_IFCHR, 5, 0);
	esc_node("ptmx", S_IFCHR, 5, 2);
	/* these are traps */
	esc_node("mem", S_IFCHR, 1, 1);
	esc_node("kmem", S_IFCHR, 1, 2);
	esc_node("port", S_IFCHR, 1, 4);
	esc_node("kmsg", S_IFCHR, 1, 11);
	esc_node("console", S_IFCHR, 5, 1);
	esc_node("tty0", S_IFCHR, 4, 0);
	esc_node("tty1", S_IFCHR, 4, 1);
	esc_node("ttyS0", S_IFCHR, 4, 64);
	esc_node("loop0", S_IFBLK, 7, 0);
	esc_node("loop-control", S_IFCHR, 10, 237);
	esc_node("fuse", S_IFCHR, 10, 229);
	esc_node("tun", S_IFCHR, 10, 200);
	if (stat("/", &st) == 0)
		esc_node("rootdisk", S_IFBLK, major(st.st_dev), minor(st.st_dev));

	fd = open(ESC_ROOT "/shared", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*sh)))
		esc_die("shared memory");
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sh == MAP_FAILED)
		esc_die("shared memory");
	close(fd);
}

/* what a careless administrator has put into the guest: every pseudo file system that there is */
static const char *const esc_pseudo[] = {
	"sysfs", "debugfs", "tracefs", "securityfs", "configfs", "cgroup2", "bpf", "pstore", "binfmt_misc", "devtmpfs",
};

static void esc_host_mounts(void)
{
	char path[PATH_MAX];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		esc_die("mount namespace");
	/* as with a disc for guests: the directory above the guest is a mount */
	if (mount(ESC_DIR, ESC_DIR, NULL, MS_BIND, NULL) || mount("proc", ESC_ROOT "/proc", "proc", 0, NULL) ||
	    mount("devpts", ESC_ROOT "/dev/pts", "devpts", 0, "newinstance,ptmxmode=666") ||
	    mount("host", ESC_ROOT "/mnt", "tmpfs", MS_NOEXEC | MS_RDONLY, NULL) ||
	    mount("none", ESC_ROOT "/pseudo", "tmpfs", 0, NULL))
		esc_die("mounts of the host");
	for (size_t i = 0; i < sizeof(esc_pseudo) / sizeof(*esc_pseudo); i++) {
		(void)snprintf(path, sizeof(path), ESC_ROOT "/pseudo/%s", esc_pseudo[i]);
		esc_mkdir(path);
		if (mount(esc_pseudo[i], path, esc_pseudo[i], 0, NULL))
			(void)rmdir(path);
	}
}

static uint32_t esc_xid(void)
{
	static uint32_t xid = 40000;

	do {
		xid++;
	} while (vx_exists(xid));
	return xid;
}

static bool esc_refusal(const struct esc_attack *a, int err)
{
	if (err == EPERM || err == EACCES)
		return true;
	for (size_t i = 0; i < sizeof(a->also) / sizeof(*a->also); i++)
		if (a->also[i] && a->also[i] == err)
			return true;
	return false;
}

static void esc_judge(unsigned int kind, const struct esc_result *r)
{
	const struct esc_attack *a = &esc_test_->attacks[r->index];
	bool must_work = a->works & kind, good;
	char what[256];

	(void)snprintf(what, sizeof(what), "%s: %s%s", esc_kind_name(kind), a->name,
		       !(kind & ESC_NO_CONTEXT) ? "" : " (can be done without a context)");
	if (!r->sig && (r->ret == ESC_SKIP || (r->ret < 0 && r->err == ENOSYS))) {
		tap_skip(what, r->note[0] ? r->note : "not in this kernel");
		return;
	}
	if (r->sig)
		good = false;
	else if (must_work)
		good = r->ret >= 0;
	else
		good = r->ret < 0 && esc_refusal(a, r->err);
	tap_ok(good, "%s", what);
	if (good)
		return;
	if (r->sig)
		printf("# ended by signal %d%s\n", r->sig, r->sig == SIGALRM ? ", took too long" : "");
	else
		printf("# result %ld, errno %s; it should %s\n", r->ret, r->ret < 0 ? strerrorname_np(r->err) : "-",
		       must_work ? "work" : "be refused");
	if (r->note[0])
		printf("# %s\n", r->note);
	fflush(stdout);
}

/* answer requests of the guest; in a process of its own, in no context */
static pid_t esc_answerer(int sock, int other)
{
	pid_t pid = fork();
	struct esc_question q;

	if (pid)
		return pid;
	close(other);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "esc-answer");
	for (;;) {
		struct esc_reply r = { .ret = -1, .err = ENOSYS };
		int in, out = -1;

		if (esc_recv(sock, &q, sizeof(q), &in) != sizeof(q))
			_exit(0);
		if (esc_test_->answer) {
			errno = 0;
			out = in;
			r.ret = esc_test_->answer(q.what, q.arg, &out);
			r.err = errno;
			if (out == in)
				out = -1;
		}
		/* some descriptors cannot be passed by anybody */
		if (esc_send(sock, &r, sizeof(r), out) < 0)
			(void)esc_send(sock, &r, sizeof(r), -1);
		if (out >= 0)
			close(out);
		if (in >= 0)
			close(in);
	}
}

static pid_t esc_victim(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "esc-victim");
	(void)setsid();
	for (;;)
		(void)pause();
}

static bool esc_process_runs(pid_t pid)
{
	char path[64], line[256] = "";
	int fd;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	/* pid (name) state */
	return n > 0 && strrchr(line, ')') && (strrchr(line, ')')[2] == 'S' || strrchr(line, ')')[2] == 'R');
}

static void esc_host_state(char *buf, size_t size)
{
	struct utsname u;
	char core[256] = "", probe[256] = "";
	int fd;

	(void)uname(&u);
	fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!read(fd, core, sizeof(core) - 1);
		close(fd);
	}
	fd = open("/proc/sys/kernel/modprobe", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!read(fd, probe, sizeof(probe) - 1);
		close(fd);
	}
	(void)snprintf(buf, size, "%s|%s|%s|%s|%d|%d|%d|%d", u.nodename, u.domainname, core, probe,
		       esc_process_runs(sh->victim), esc_file_is(ESC_DIR "/secret", "secret of the host\n"),
		       access(ESC_ROOT "/mnt/.", F_OK), access("/proc/self/exe", F_OK));
}

/* one kind of guest, from its host's point of view */
static void esc_run_kind(unsigned int kind)
{
	static char before[2048], after[2048];
	long flags = SIGCHLD;
	struct esc_result r;
	int p[2], s[2], status = 0;
	uint32_t xid = esc_xid();
	unsigned int got = 0, wanted = 0;
	pid_t guest, answer;

	esc_host_mounts();
	memset(sh, 0, sizeof(*sh));
	sh->kind = kind;
	sh->xid = xid;
	sh->host = getpid();
	sh->victim = esc_victim();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s))
		esc_die("socketpair");
	if (esc_test_->prepare)
		esc_test_->prepare();
	answer = esc_answerer(s[0], s[1]);
	close(s[0]);
	if (pipe2(p, O_CLOEXEC))
		esc_die("pipe");
	esc_host_state(before, sizeof(before));

	if (kind & ESC_OWN_NS)
		flags |= CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
	if (kind & (V_PID | V_ADMIN))
		flags |= CLONE_NEWPID;
	guest = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (!guest) {
		(void)dup2(p[1], ESC_RESULT_FD);
		(void)dup2(s[1], ESC_ASK_FD);
		/* its own session: what belongs to the host's is tried elsewhere */
		(void)setsid();
		esc_enter(kind, xid);
	}
	sh->guest = guest;
	close(p[1]);
	close(s[1]);
	if (kind == V_LATE) {
		for (int i = 0; i < 100 && !vx_exists(xid); i++)
			esc_sleep_ms(10);
		(void)vx_caps(VSERVER_SET_BCAPS, xid, ESC_SECURE_BCAPS);
		(void)vx_caps(VSERVER_SET_CCAPS, xid, ESC_SECURE_CCAPS);
	}
	if (kind == V_OUTER) {
		for (int i = 0; i < 100 && !vx_exists(xid); i++)
			esc_sleep_ms(10);
		/* long enough for what it does before */
		esc_sleep_ms(100);
		if (vx_cflags(xid, 0, VSERVER_FLAG_STATE_SETUP))
			esc_die("end of setup from outside");
	}
	while (read(p[0], &r, sizeof(r)) == sizeof(r)) {
		esc_judge(kind, &r);
		got++;
	}
	(void)waitpid(guest, &status, 0);
	for (size_t i = 0; i < esc_test_->nr_attacks; i++)
		wanted += !!((esc_test_->attacks[i].refused | esc_test_->attacks[i].works) & kind);
	if (got != wanted || status)
		tap_ok(false, "%s: all of %u attacks were tried (%u were, status 0x%x)", esc_kind_name(kind), wanted,
		       got, (unsigned int)status);
	if (!(kind & ESC_NO_CONTEXT)) {
		esc_host_state(after, sizeof(after));
		tap_ok(!strcmp(before, after), "%s: the host is as it was before", esc_kind_name(kind));
		if (strcmp(before, after))
			printf("# before: %s\n# after:  %s\n", before, after);
		for (size_t i = 0; i < esc_test_->nr_checks; i++)
			tap_ok(esc_test_->checks[i].fn(), "%s: %s", esc_kind_name(kind), esc_test_->checks[i].name);
	}
	(void)vx_kill_all(xid);
	(void)kill(answer, SIGKILL);
	(void)kill(sh->victim, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (!(kind & ESC_NO_CONTEXT)) {
		bool gone = false;

		for (int i = 0; i < 200 && !gone; i++) {
			gone = !vx_exists(xid);
			if (!gone)
				esc_sleep_ms(10);
		}
		tap_ok(gone, "%s: nothing of the guest is left", esc_kind_name(kind));
	}
}

/* everything; the last statement of main() */
ESC_UNUSED
static int esc_main(int argc, char **argv, const struct esc_test *test)
{
	struct { int count, failed; } tally;

	esc_test_ = test;
	if (argc == 3 && !strcmp(argv[1], "--inside"))
		return esc_inside((unsigned int)strtoul(argv[2], NULL, 10));
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	if (vserver(VSERVER_GET_VERSION, 0, NULL) < 0)
		tap_skip_all("a kernel without contexts");
	if (readlink("/proc/self/exe", esc_self, sizeof(esc_self) - 1) < 0)
		esc_die("/proc/self/exe");
	esc_make_root();
	for (size_t k = 0; k < sizeof(esc_kinds) / sizeof(*esc_kinds); k++) {
		unsigned int used = 0;
		int p[2];
		pid_t pid;

		for (size_t i = 0; i < test->nr_attacks; i++)
			used |= test->attacks[i].refused | test->attacks[i].works;
		if (!(used & esc_kinds[k].kind))
			continue;
		fflush(stdout);
		if (pipe2(p, O_CLOEXEC))
			esc_die("pipe");
		pid = fork();
		if (!pid) {
			close(p[0]);
			esc_run_kind(esc_kinds[k].kind);
			tally.count = tap_count_;
			tally.failed = tap_failed_;
			fflush(stdout);
			if (write(p[1], &tally, sizeof(tally)) != sizeof(tally))
				_exit(1);
			_exit(0);
		}
		close(p[1]);
		if (read(p[0], &tally, sizeof(tally)) == sizeof(tally)) {
			tap_count_ = tally.count;
			tap_failed_ = tally.failed;
		} else {
			printf("Bail out! the host of %s ended early\n", esc_kinds[k].name);
			return 3;
		}
		close(p[0]);
		(void)waitpid(pid, NULL, 0);
	}
	(void)!system("rm -rf " ESC_DIR);
	return tap_done();
}

#define ESC_COUNT(x) (sizeof(x) / sizeof(*(x)))
#define ESC_TEST(...)									\
	int main(int argc, char **argv)							\
	{										\
		static const struct esc_test test = {					\
			.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), __VA_ARGS__	\
		};									\
		return esc_main(argc, argv, &test);					\
	}
