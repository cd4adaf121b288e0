// SPDX-License-Identifier: GPL-2.0-or-later
/* calls - the system calls that are measured */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* What the calls work on, made by prepare_calls(). */
static int null_fd, zero_fd, pipe_fd[2], ping[2], pong[2], epoll_fd, path_fd, abstract_fd, tcp_fd, tcp[2], udp_fd, pair[2];
static struct sockaddr_un path_addr = { .sun_family = AF_UNIX, .sun_path = "/tmp/socket" };
static struct sockaddr_un abstract_addr = { .sun_family = AF_UNIX, .sun_path = "\0bench" };
static struct sockaddr_in tcp_addr, udp_addr;
static pid_t self, echo;
static char buf[65536];

#define ABSTRACT_LEN (offsetof(struct sockaddr_un, sun_path) + 6)

static void do_getpid(void) { sys(SYS_getpid, 0, 0, 0); }
static void do_getppid(void) { sys(SYS_getppid, 0, 0, 0); }
static void do_gettid(void) { sys(SYS_gettid, 0, 0, 0); }
static void do_getuid(void) { sys(SYS_getuid, 0, 0, 0); }
static void do_getpgid(void) { must("getpgid", sys(SYS_getpgid, self, 0, 0)); }
static void do_read(void) { must("read", sys(SYS_read, zero_fd, buf, 1)); }
static void do_write(void) { must("write", sys(SYS_write, null_fd, buf, 1)); }
static void do_stat(void) { must("stat", sys(SYS_stat, "/tmp/file", buf, 0)); }
static void do_kill(void) { must("kill", sys(SYS_kill, self, 0, 0)); }
static void do_yield(void) { must("sched_yield", sys(SYS_sched_yield, 0, 0, 0)); }
static void do_getpriority(void) { must("getpriority", sys(SYS_getpriority, PRIO_PROCESS, self, 0)); }
static void do_setpriority(void) { must("setpriority", sys(SYS_setpriority, PRIO_PROCESS, 0, 0)); }
static void do_getrlimit(void) { must("prlimit", sys6(SYS_prlimit64, self, RLIMIT_NOFILE, 0, (long)buf, 0, 0)); }

static void do_open(void)
{
	sys(SYS_close, must("open", sys(SYS_open, "/tmp/file", O_RDONLY, 0)), 0, 0);
}

static void do_mmap(void)
{
	long p = must("mmap", sys6(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	sys(SYS_munmap, p, 4096, 0);
}

static void do_futex(void)
{
	static int word;

	must("futex", sys(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1));
}

static void do_capget(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	must("capget", sys(SYS_capget, &head, buf, 0));
}

/* through one process, and to another one and back */
static void do_pipe(void)
{
	must("write", sys(SYS_write, pipe_fd[1], buf, 1));
	must("read", sys(SYS_read, pipe_fd[0], buf, 1));
}

static void do_ping(void)
{
	must("write", sys(SYS_write, ping[1], buf, 1));
	must("read", sys(SYS_read, pong[0], buf, 1));
}

static void do_epoll(void)
{
	if (sys6(SYS_epoll_wait, epoll_fd, (long)buf, 4, 0, 0, 0) != 1)
		die("epoll_wait", -EIO);
}

static void do_socketpair(void)
{
	int fd[2];

	must("socketpair", sys6(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)fd, 0, 0));
	sys(SYS_close, fd[0], 0, 0);
	sys(SYS_close, fd[1], 0, 0);
}

static void connect_accept(int family, int listener, void *addr, size_t len, bool reset)
{
	struct linger linger = { .l_onoff = 1 };
	long fd, peer;

	fd = must("socket", sys(SYS_socket, family, SOCK_STREAM, 0));
	must("connect", sys(SYS_connect, fd, addr, len));
	peer = must("accept", sys(SYS_accept, listener, 0, 0));
	/* no waiting for late packets */
	if (reset)
		must("setsockopt", sys6(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, (long)&linger, sizeof(linger), 0));
	sys(SYS_close, fd, 0, 0);
	sys(SYS_close, peer, 0, 0);
}

static void do_unix(void) { connect_accept(AF_UNIX, path_fd, &path_addr, sizeof(path_addr), false); }
static void do_abstract(void) { connect_accept(AF_UNIX, abstract_fd, &abstract_addr, ABSTRACT_LEN, false); }
static void do_tcp_connect(void) { connect_accept(AF_INET, tcp_fd, &tcp_addr, sizeof(tcp_addr), true); }

static void do_tcp(void)
{
	must("send", sys(SYS_write, tcp[0], buf, 1));
	must("recv", sys(SYS_read, tcp[1], buf, 1));
	must("send", sys(SYS_write, tcp[1], buf, 1));
	must("recv", sys(SYS_read, tcp[0], buf, 1));
}

static void do_udp(void)
{
	must("sendto", sys6(SYS_sendto, udp_fd, (long)buf, 1, 0, (long)&udp_addr, sizeof(udp_addr)));
	must("recv", sys(SYS_read, udp_fd, buf, 1));
}

static void do_scm(void)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} out, in;
	struct iovec iov = { .iov_base = buf, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct ucred cred = { .pid = self };

	out.head.cmsg_level = SOL_SOCKET;
	out.head.cmsg_type = SCM_CREDENTIALS;
	out.head.cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(&out.head), &cred, sizeof(cred));
	msg.msg_control = &out;
	msg.msg_controllen = sizeof(out);
	must("sendmsg", sys(SYS_sendmsg, pair[0], &msg, 0));
	msg.msg_control = &in;
	msg.msg_controllen = sizeof(in);
	must("recvmsg", sys(SYS_recvmsg, pair[1], &msg, 0));
}

static void do_proc_stat(void)
{
	long fd = must("open", sys(SYS_open, "/proc/self/stat", O_RDONLY, 0));

	must("read", sys(SYS_read, fd, buf, sizeof(buf)));
	sys(SYS_close, fd, 0, 0);
}

void list_proc(void)
{
	long fd = must("open", sys(SYS_open, "/proc", O_RDONLY | O_DIRECTORY, 0));

	while (must("getdents", sys(SYS_getdents64, fd, buf, sizeof(buf))))
		;
	sys(SYS_close, fd, 0, 0);
}

void fork_exit(void)
{
	pid_t pid = must("fork", fork());

	if (!pid)
		_exit(0);
	must("wait4", sys6(SYS_wait4, pid, 0, 0, 0, 0, 0));
}

static void vfork_exec(void)
{
	static const char *const argv[] = { "nothing", NULL }, *const envp[] = { NULL };
	pid_t pid = must("vfork", vfork());

	if (!pid) {
		sys(SYS_execve, "/nothing", argv, envp);
		_exit(127);
	}
	must("wait4", sys6(SYS_wait4, pid, 0, 0, 0, 0, 0));
}

static const struct {
	const char *name;
	void (*call)(void);
	int rounds;		/* of cost_all(); 0: cost() */
} calls[] = {
	{ "getpid", do_getpid, 0 },
	{ "getppid", do_getppid, 0 },
	{ "gettid", do_gettid, 0 },
	{ "getuid", do_getuid, 0 },
	{ "getpgid", do_getpgid, 0 },
	{ "read 1 byte, /dev/zero", do_read, 0 },
	{ "write 1 byte, /dev/null", do_write, 0 },
	{ "open, close a file", do_open, 0 },
	{ "stat", do_stat, 0 },
	{ "mmap, munmap", do_mmap, 1500 },
	{ "sched_yield", do_yield, 0 },
	{ "futex wake", do_futex, 0 },
	{ "epoll_wait", do_epoll, 0 },
	{ "capget", do_capget, 0 },
	{ "getpriority", do_getpriority, 0 },
	{ "setpriority", do_setpriority, 0 },
	{ "prlimit, get", do_getrlimit, 0 },
	{ "kill self, 0", do_kill, 0 },
	{ "pipe write, read", do_pipe, 0 },
	{ "pipe to another, back", do_ping, 0 },
	{ "socketpair, close", do_socketpair, 800 },
	{ "unix connect, path", do_unix, 600 },
	{ "unix connect, abstract", do_abstract, 600 },
	{ "sendmsg credentials", do_scm, 0 },
	{ "TCP connect, close", do_tcp_connect, 250 },
	{ "TCP 1 byte, back", do_tcp, 0 },
	{ "UDP 1 byte", do_udp, 0 },
	{ "open, read self/stat", do_proc_stat, 0 },
	{ "list /proc", list_proc, 0 },
	{ "fork, exit, wait4", fork_exit, 150 },
	{ "vfork, exec, wait4", vfork_exec, 100 },
};

const int nr_calls = sizeof(calls) / sizeof(*calls);

const char *call_name(int i)
{
	return calls[i].name;
}

static int listen_at(int family, void *addr, socklen_t len)
{
	int fd = must("socket", socket(family, SOCK_STREAM, 0));

	if (bind(fd, addr, len) < 0 || listen(fd, 16) < 0)
		die("listen", -errno);
	return fd;
}

static void get_name(int fd, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);

	must("getsockname", getsockname(fd, (struct sockaddr *)addr, &len));
}

void make_call(int i)
{
	calls[i].call();
}

void prepare_calls(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLOUT };
	int one = 1;

	self = sys(SYS_getpid, 0, 0, 0);
	null_fd = must("/dev/null", open("/dev/null", O_WRONLY));
	zero_fd = must("/dev/zero", open("/dev/zero", O_RDONLY));
	must("/tmp/file", close(open("/tmp/file", O_WRONLY | O_CREAT, 0644)));
	if (pipe(pipe_fd) < 0 || pipe(ping) < 0 || pipe(pong) < 0)
		die("pipe", -errno);
	epoll_fd = must("epoll_create", epoll_create1(0));
	must("epoll_ctl", epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pipe_fd[1], &event));

	unlink(path_addr.sun_path);
	path_fd = listen_at(AF_UNIX, &path_addr, sizeof(path_addr));
	abstract_fd = listen_at(AF_UNIX, &abstract_addr, ABSTRACT_LEN);
	must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	must("SO_PASSCRED", setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));

	tcp_fd = listen_at(AF_INET, &any, sizeof(any));
	get_name(tcp_fd, &tcp_addr);
	tcp[0] = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("connect", connect(tcp[0], (struct sockaddr *)&tcp_addr, sizeof(tcp_addr)));
	tcp[1] = must("accept", accept(tcp_fd, NULL, NULL));
	for (int i = 0; i < 2; i++) {
		must("TCP_NODELAY", setsockopt(tcp[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
		must("TCP_QUICKACK", setsockopt(tcp[i], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one)));
	}
	udp_fd = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	must("bind", bind(udp_fd, (struct sockaddr *)&any, sizeof(any)));
	get_name(udp_fd, &udp_addr);

	echo = must("fork", fork());
	if (!echo)
		for (;;) {
			if (sys(SYS_read, ping[0], buf, 1) != 1 || sys(SYS_write, pong[1], buf, 1) != 1)
				_exit(0);
		}
}

/* Fills shared->value. */
void measure_calls(void)
{
	prepare_calls();
	for (int i = 0; i < nr_calls; i++)
		if (!calls[i].rounds)
			shared->value[i] = cost(calls[i].call);
	for (int i = 0; i < nr_calls; i++)
		if (calls[i].rounds)
			shared->value[i] = cost_all(calls[i].call, calls[i].rounds);
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
}
