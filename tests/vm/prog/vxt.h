/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vxt.h - guests for test programs: raw calls, and processes that do what they are told
 *
 * A test program starts with vxt_init(argc, argv) and ends with "return vxt_done()". In between it starts
 * guests (vxt_start), further processes in them (vxt_child: forked inside; vxt_join: come from the host) and on
 * the host (vxt_host). Each of these is an agent: it waits for a function to run and answers with its result.
 *
 *	static long f_kill(long pid, long sig, long c, long d) { return kill(pid, sig); }
 *
 *	vxt_start(&g, VXT_FLAT, 0);
 *	tap_errno(vxt_call(&g.init, f_kill, getpid(), 0), ESRCH, "the host does not exist");
 *	vxt_stop(&g);
 *
 * Agents are this program, executed again inside the context: data of the test is not there, only arguments.
 * A function can leave words in vxt_text; the caller finds them in agent.text. One descriptor can go each way:
 * vxt_call_fd() sends one, found in vxt_fd; what is stored in vxt_fd_out comes back as agent.fd.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vserver.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#ifdef __i386__
#define VXT_NR_VSERVER 273
#else
#define VXT_NR_VSERVER 236
#endif

#define VXT_UNUSED __attribute__((unused))
#define VXT_TIMEOUT_MS 20000
#define VXT_SETUP (VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT | VSERVER_FLAG_STATE_ADMIN)
/* the default set of 'vattribute --secure' */
#define VXT_SECURE_BCAPS 0xFFFFFFFFB44C04FFULL

/* Raw calls. */

VXT_UNUSED
static long vserver(uint32_t cmd, uint32_t id, const void *data)
{
	return syscall(VXT_NR_VSERVER, cmd, id, data);
}

VXT_UNUSED
static long vx_create(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_create create = { .flagword = flags };

	return vserver(VSERVER_CTX_CREATE, xid, &create);
}

VXT_UNUSED
static long vx_migrate(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_migrate migrate = { .flagword = flags };

	return vserver(VSERVER_CTX_MIGRATE, xid, &migrate);
}

VXT_UNUSED
static long vx_set_cflags(uint32_t xid, uint64_t flags, uint64_t mask)
{
	struct vserver_flags f = { .flagword = flags, .mask = mask };

	return vserver(VSERVER_SET_CFLAGS, xid, &f);
}

/* flags of a context, or all ones */
VXT_UNUSED
static uint64_t vx_get_cflags(uint32_t xid)
{
	struct vserver_flags f;

	return vserver(VSERVER_GET_CFLAGS, xid, &f) ? ~0ULL : f.flagword;
}

VXT_UNUSED
static long vx_set_caps(uint32_t cmd, uint32_t xid, uint64_t caps, uint64_t mask)
{
	struct vserver_caps c = { .caps = caps, .mask = mask };

	return vserver(cmd, xid, &c);
}

VXT_UNUSED
static long vx_ctx_kill(uint32_t xid, int pid, int sig)
{
	struct vserver_ctx_kill k = { .pid = pid, .sig = sig };

	return vserver(VSERVER_CTX_KILL, xid, &k);
}

VXT_UNUSED
static long vx_space(uint32_t cmd, uint32_t xid, uint64_t mask, uint32_t index)
{
	struct vserver_space_mask s = { .mask = mask, .index = index };

	return vserver(cmd, xid, &s);
}

VXT_UNUSED
static long vx_task_xid(pid_t pid)
{
	return vserver(VSERVER_TASK_XID, pid, NULL);
}

VXT_UNUSED
static bool vx_exists(uint32_t xid)
{
	struct vserver_vx_info info;

	return vserver(VSERVER_VX_INFO, xid, &info) == 0;
}

/* number of tasks (and of the persistent flag), -1 if there is no such context */
VXT_UNUSED
static int vx_tasks(uint32_t xid)
{
	struct vserver_ctx_stat stat;

	return vserver(VSERVER_CTX_STAT, xid, &stat) ? -1 : (int)stat.tasks;
}

VXT_UNUSED
static int vx_usecnt(uint32_t xid)
{
	struct vserver_ctx_stat stat;

	return vserver(VSERVER_CTX_STAT, xid, &stat) ? -1 : (int)stat.usecnt;
}

VXT_UNUSED
static int vx_initpid(uint32_t xid)
{
	struct vserver_vx_info info;

	return vserver(VSERVER_VX_INFO, xid, &info) ? -1 : info.initpid;
}

/* a number that no context has; ask again when somebody was faster */
VXT_UNUSED
static uint32_t vxt_free_xid(void)
{
	static uint32_t next;

	if (!next)
		next = 2000 + (uint32_t)getpid() * 37 % 40000;
	do {
		if (++next > 60000)
			next = 2000;
	} while (vx_exists(next));
	return next;
}

/* Time. */

VXT_UNUSED
static long long vxt_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

VXT_UNUSED
static void vxt_sleep_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* wait until the condition holds, for at most so many milliseconds; gives whether it holds */
#define vxt_until(ms, cond)							\
	({									\
		long long end_ = vxt_ms() + (ms);				\
		bool good_;							\
		while (!(good_ = (cond)) && vxt_ms() < end_)			\
			vxt_sleep_ms(2);					\
		good_;								\
	})

/* Agents. */

typedef long vxt_fn(long a, long b, long c, long d);

struct vxt_agent {
	int sock;
	pid_t pid;		/* as the host sees it */
	int fd;			/* received with the last answer, or -1 */
	char text[8192];	/* received with the last answer */
};

struct vxt_request {
	long fn;
	long arg[4];
	char word[256];
};

struct vxt_answer {
	long ret;
	int err;
	char text[8192];
};

static char vxt_text[8192];
static char vxt_word[256];	/* set before a call, found there by the function */
static int vxt_fd = -1, vxt_fd_out = -1;
static volatile sig_atomic_t vxt_signals;
static char vxt_exe[256];	/* this program */

/* to be read by others through process_vm_readv and the like */
static volatile long vxt_marker VXT_UNUSED = 0x5678;

__attribute__((format(printf, 1, 2), unused))
static void vxt_say(const char *fmt, ...)
{
	size_t len = strlen(vxt_text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(vxt_text + len, sizeof(vxt_text) - len, fmt, ap);
	va_end(ap);
}

VXT_UNUSED
static ssize_t vxt_send(int sock, const void *data, size_t size, int fd)
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

/* pid of the sender is given only if the socket has SO_PASSCRED */
VXT_UNUSED
static ssize_t vxt_recv(int sock, void *data, size_t size, int *ret_fd, pid_t *ret_pid)
{
	union {
		char buf[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} u = {};
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (ret_fd)
		*ret_fd = -1;
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			int fd;

			memcpy(&fd, CMSG_DATA(c), sizeof(int));
			if (ret_fd)
				*ret_fd = fd;
			else
				close(fd);
		} else if (c->cmsg_type == SCM_CREDENTIALS && ret_pid) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			*ret_pid = cred.pid;
		}
	}
	return n;
}

static void vxt_count_signal(int sig VXT_UNUSED)
{
	vxt_signals++;
}

/* SIGUSR1 is counted, and answered with f_signals() */
VXT_UNUSED
static void vxt_count_signals(void)
{
	struct sigaction sa = { .sa_handler = vxt_count_signal, .sa_flags = SA_RESTART };

	(void)sigaction(SIGUSR1, &sa, NULL);
	(void)sigaction(SIGIO, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

__attribute__((noreturn))
static void vxt_agent_loop(int sock)
{
	static struct vxt_answer answer;
	struct vxt_request req;

	(void)fcntl(sock, F_SETFD, FD_CLOEXEC);
	vxt_count_signals();
	if (vxt_send(sock, "", 1, -1) != 1)
		_exit(99);
	for (;;) {
		int fd;
		ssize_t n = vxt_recv(sock, &req, sizeof(req), &fd, NULL);

		if (n != sizeof(req))
			_exit(0);
		vxt_text[0] = '\0';
		memcpy(vxt_word, req.word, sizeof(vxt_word));
		vxt_fd = fd;
		vxt_fd_out = -1;
		errno = 0;
		answer.ret = ((vxt_fn *)((long)&vxt_agent_loop + req.fn))(req.arg[0], req.arg[1], req.arg[2],
									  req.arg[3]);
		answer.err = errno;
		memcpy(answer.text, vxt_text, sizeof(answer.text));
		/* before the answer: who has it may count descriptors */
		if (vxt_fd >= 0 && vxt_fd != vxt_fd_out)
			close(vxt_fd);
		if (vxt_send(sock, &answer, offsetof(struct vxt_answer, text) + strlen(answer.text) + 1,
			     vxt_fd_out) < 0)
			_exit(98);
		if (vxt_fd >= 0 && vxt_fd == vxt_fd_out)
			close(vxt_fd);
	}
}

/* become this program anew, as an agent */
__attribute__((noreturn, unused))
static void vxt_exec_agent(int sock)
{
	char num[16], *argv[] = { (char *)"agent", num, vxt_exe, NULL }, *envp[] = { NULL };

	(void)snprintf(num, sizeof(num), "%d", sock);
	(void)fcntl(sock, F_SETFD, 0);
	(void)execve(vxt_exe, argv, envp);
	_exit(97);
}

VXT_UNUSED
static bool vxt_sockets(int sv[2])
{
	int one = 1;

	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == 0 &&
		setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) == 0;
}

/* the first sign of life of an agent */
VXT_UNUSED
static bool vxt_hello(struct vxt_agent *a, int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char c;

	a->sock = sock;
	a->fd = -1;
	a->pid = 0;
	if (poll(&p, 1, VXT_TIMEOUT_MS) == 1 && vxt_recv(sock, &c, 1, NULL, &a->pid) == 1)
		return true;
	printf("# an agent did not start\n");
	fflush(stdout);
	return false;
}

/* the two halves of a call, for several that shall run at the same time */
VXT_UNUSED
static bool vxt_begin(struct vxt_agent *a, int fd, vxt_fn *fn, long x, long y, long z, long w)
{
	struct vxt_request req = { .fn = (long)fn - (long)&vxt_agent_loop, .arg = { x, y, z, w } };

	memcpy(req.word, vxt_word, sizeof(req.word));
	vxt_word[0] = '\0';
	a->text[0] = '\0';
	if (vxt_send(a->sock, &req, sizeof(req), fd) == sizeof(req))
		return true;
	printf("# agent %d is gone: %s\n", a->pid, strerror(errno));
	return false;
}

VXT_UNUSED
static long vxt_finish(struct vxt_agent *a)
{
	struct pollfd p = { .fd = a->sock, .events = POLLIN };
	static struct vxt_answer answer;
	int n;

	do {
		n = poll(&p, 1, VXT_TIMEOUT_MS);
	} while (n < 0 && errno == EINTR);
	if (n != 1 || vxt_recv(a->sock, &answer, sizeof(answer), &a->fd, NULL) <
	    (ssize_t)offsetof(struct vxt_answer, text)) {
		printf("# agent %d: no answer\n", a->pid);
		fflush(stdout);
		errno = ETIMEDOUT;
		return -1;
	}
	memcpy(a->text, answer.text, sizeof(a->text));
	errno = answer.err;
	return answer.ret;
}

VXT_UNUSED
static long vxt_call_fd(struct vxt_agent *a, int fd, vxt_fn *fn, long x, long y, long z, long w)
{
	if (!vxt_begin(a, fd, fn, x, y, z, w)) {
		errno = EPIPE;
		return -1;
	}
	return vxt_finish(a);
}

/* what functions find in vxt_word: vxt_call(vxt_with(&agent, "/proc/%d", pid), f_open) */
__attribute__((format(printf, 2, 3), unused))
static struct vxt_agent *vxt_with(struct vxt_agent *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(vxt_word, sizeof(vxt_word), fmt, ap);
	va_end(ap);
	return a;
}

/* vxt_call(agent, function[, up to four numbers]) */
#define vxt_call(...) vxt_call_(__VA_ARGS__, 0L, 0L, 0L, 0L)
#define vxt_call_(a, fn, x, y, z, w, ...) \
	vxt_call_fd(a, -1, fn, (long)(x), (long)(y), (long)(z), (long)(w))

/* Functions for agents. */

static VXT_UNUSED long f_getpid(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return getpid();
}

static VXT_UNUSED long f_signals(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long n = vxt_signals;

	vxt_signals = 0;
	return n;
}

static VXT_UNUSED long f_exit(long status, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	_exit((int)status);
}

static VXT_UNUSED long f_fork_agent(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	pid_t pid = fork();

	if (!pid)
		vxt_exec_agent(vxt_fd);
	return pid;
}

static VXT_UNUSED long f_wait(long pid, long options, long c VXT_UNUSED, long d VXT_UNUSED)
{
	int status = 0;
	pid_t got = waitpid((pid_t)pid, &status, (int)options);

	vxt_say("%d", status);
	return got;
}

/* Processes. */

VXT_UNUSED
static bool vxt_host(struct vxt_agent *a)
{
	int sv[2];
	pid_t pid;

	if (!vxt_sockets(sv))
		return false;
	(void)fflush(NULL);
	pid = fork();
	if (!pid)
		vxt_exec_agent(sv[1]);
	close(sv[1]);
	return pid > 0 && vxt_hello(a, sv[0]);
}

/* a child of another agent */
VXT_UNUSED
static bool vxt_child(struct vxt_agent *parent, struct vxt_agent *a)
{
	int sv[2];
	long pid;

	if (!vxt_sockets(sv))
		return false;
	pid = vxt_call_fd(parent, sv[1], f_fork_agent, 0, 0, 0, 0);
	close(sv[1]);
	return pid > 0 && vxt_hello(a, sv[0]);
}

/* Guests. */

enum vxt_mode {
	VXT_FLAT,	/* filtered by xid only, no init */
	VXT_FAKE,	/* the same, the first process is shown as 1 */
	VXT_PIDNS,	/* namespaces for processes, mounts, names, IPC; own /proc; host's at /mnt/hostproc */
};

static const char *const vxt_mode_name[] VXT_UNUSED = { "flat", "fake init", "pid namespace" };

struct vxt_guest {
	enum vxt_mode mode;
	uint32_t xid;
	uint64_t bcaps;		/* 0: leave them all */
	struct vxt_agent init;	/* the process that made it */
};

static struct vxt_guest *vxt_guests[64];

/* in the new process: make the context, end its setup, execute */
VXT_UNUSED __attribute__((noreturn))
static void vxt_enter_new(const struct vxt_guest *g, uint64_t flags, int sock)
{
	uint64_t clear = VSERVER_FLAG_STATE_SETUP;

	if (g->mode == VXT_FAKE)
		flags |= VSERVER_FLAG_INFO_INIT;
	if (g->mode != VXT_FLAT)
		clear |= VSERVER_FLAG_STATE_INIT;
	if (vx_create(g->xid, flags | VXT_SETUP) != (long)g->xid)
		_exit(90);
	if (g->mode == VXT_PIDNS) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) || mkdir("/mnt/hostproc", 0755) ||
		    mount("/proc", "/mnt/hostproc", NULL, MS_BIND, NULL) ||
		    mount("proc", "/proc", "proc", 0, NULL))
			_exit(91);
		if (vx_space(VSERVER_SET_SPACE, VSERVER_ID_SELF,
			     VSERVER_SPACE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID, 0))
			_exit(92);
	}
	if (g->bcaps && vx_set_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, g->bcaps, ~0ULL))
		_exit(93);
	if (vx_set_cflags(VSERVER_ID_SELF, 0, clear))
		_exit(94);
	vxt_exec_agent(sock);
}

/* in the new process: go into a guest that exists, execute */
VXT_UNUSED __attribute__((noreturn))
static void vxt_enter_old(const struct vxt_guest *g, int sock)
{
	pid_t pid;

	if (g->mode == VXT_PIDNS) {
		if (vx_space(VSERVER_ENTER_SPACE, g->xid, 0, 0))
			_exit(90);
		/* only children are in the namespace */
		pid = fork();
		if (pid)
			_exit(pid < 0);
	}
	if (vx_migrate(g->xid, 0))
		_exit(91);
	vxt_exec_agent(sock);
}

VXT_UNUSED
static bool vxt_start(struct vxt_guest *g, enum vxt_mode mode, uint64_t flags)
{
	long clone_flags = SIGCHLD;
	int sv[2], status = 0;
	pid_t pid;

	g->mode = mode;
	g->xid = vxt_free_xid();
	if (mode == VXT_PIDNS)
		clone_flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
	if (!vxt_sockets(sv))
		return false;
	(void)fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, clone_flags, NULL, NULL, NULL, NULL);
	if (!pid)
		vxt_enter_new(g, flags, sv[1]);
	close(sv[1]);
	if (pid > 0 && vxt_hello(&g->init, sv[0])) {
		for (size_t i = 0; i < sizeof(vxt_guests) / sizeof(*vxt_guests); i++) {
			if (!vxt_guests[i]) {
				vxt_guests[i] = g;
				break;
			}
		}
		if (g->init.pid != pid)
			printf("# pid of the agent is %d, not %d\n", g->init.pid, pid);
		g->init.pid = pid;
		return true;
	}
	close(sv[0]);
	if (pid > 0 && (vxt_sleep_ms(100), waitpid(pid, &status, WNOHANG)) == pid)
		printf("# guest (%s) did not start: status 0x%x\n", vxt_mode_name[mode], status);
	return false;
}

/* a process of the host that goes into the guest */
VXT_UNUSED
static bool vxt_join(struct vxt_guest *g, struct vxt_agent *a)
{
	int sv[2];
	pid_t pid;

	if (!vxt_sockets(sv))
		return false;
	(void)fflush(NULL);
	pid = fork();
	if (!pid)
		vxt_enter_old(g, sv[1]);
	close(sv[1]);
	if (pid > 0 && vxt_hello(a, sv[0]))
		return true;
	close(sv[0]);
	return false;
}

VXT_UNUSED
static void vxt_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* end an agent that is a child of the test */
VXT_UNUSED
static void vxt_end(struct vxt_agent *a)
{
	if (a->sock > 0)
		close(a->sock);
	a->sock = -1;
	if (a->pid > 0) {
		(void)kill(a->pid, SIGKILL);
		(void)waitpid(a->pid, NULL, 0);
	}
	a->pid = 0;
}

/* kill all of it and wait until it is gone; gives whether it went */
VXT_UNUSED
static bool vxt_stop(struct vxt_guest *g)
{
	bool gone;

	if (!g->xid)
		return true;
	(void)vx_set_cflags(g->xid, 0, VSERVER_FLAG_PERSISTENT);
	gone = vxt_until(VXT_TIMEOUT_MS, (vx_ctx_kill(g->xid, 0, SIGKILL), vxt_reap(), !vx_exists(g->xid)));
	if (g->init.sock > 0)
		close(g->init.sock);
	g->init.sock = -1;
	for (size_t i = 0; i < sizeof(vxt_guests) / sizeof(*vxt_guests); i++)
		if (vxt_guests[i] == g)
			vxt_guests[i] = NULL;
	g->xid = 0;
	return gone;
}

/* The test itself. */

/* numbers of processes of the host shall not be small ones, as those inside of a namespace are */
VXT_UNUSED
static void vxt_big_pids(void)
{
	for (int i = 0; i < 2000; i++) {
		pid_t pid = vfork();

		if (!pid)
			_exit(0);
		(void)waitpid(pid, NULL, 0);
		if (pid > 500)
			break;
	}
}

VXT_UNUSED
static void vxt_init(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[0], "agent")) {
		(void)snprintf(vxt_exe, sizeof(vxt_exe), "%s", argv[2]);
		vxt_agent_loop(atoi(argv[1]));
	}
	if (readlink("/proc/self/exe", vxt_exe, sizeof(vxt_exe) - 1) < 0)
		tap_skip_all("no /proc");
	if (vserver(VSERVER_GET_VERSION, 63, NULL) < 0 && errno == ENOSYS)
		tap_skip_all("a kernel without contexts");
	(void)signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

VXT_UNUSED
static int vxt_done(void)
{
	for (size_t i = 0; i < sizeof(vxt_guests) / sizeof(*vxt_guests); i++)
		if (vxt_guests[i])
			(void)vxt_stop(vxt_guests[i]);
	vxt_reap();
	return tap_done();
}
