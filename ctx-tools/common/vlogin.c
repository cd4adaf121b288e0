// SPDX-License-Identifier: GPL-2.0-or-later
/* vlogin - a terminal of the guest's own for a program inside it */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cleanup.h"
#include "exec.h"
#include "macro.h"
#include "util.h"
#include "vlogin.h"

#define BUFFER_SIZE	4096
#define LAST_ROUNDS	256	/* of copying what is left when the program has ended */
#define LAST_WAIT_MS	100	/* for its output to come through, while others keep the terminal open */

/* Bytes on their way in one direction. */
struct stream {
	int from, to;		/* -1: that side is over */
	char data[BUFFER_SIZE];
	size_t begin, end;
};

struct proxy {
	int socket;		/* from inside: the master comes here; -1 when it has */
	int errors;		/* from inside: messages; -1 when over */
	int signals;
	int child;		/* pidfd */
	pid_t pid;
	int master;		/* -1 none yet */
	bool raw;
	struct termios before;
	struct stream in;	/* terminal to master */
	struct stream out;	/* master to terminal */
};

bool vlogin_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void raw_mode(struct proxy *p)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &p->before) < 0)
		return;
	t = p->before;
	cfmakeraw(&t);
	p->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
}

static void cooked_mode(struct proxy *p)
{
	if (p->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &p->before);
	p->raw = false;
}

static void copy_window_size(const struct proxy *p)
{
	struct winsize ws;

	if (p->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0)
		(void)ioctl(p->master, TIOCSWINSZ, &ws);
}

/*
 * The descriptor that comes from inside. By now a hostile guest may have got hold of the sender, so it is
 * taken for what it is only after a look: the master side of a pty.
 */
static int receive_master(int socket)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	unsigned int number;
	struct stat st;
	int fd = -1;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || ioctl(fd, TIOCGPTN, &number) < 0 ||
	    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void fill(struct stream *s)
{
	ssize_t n = read(s->from, s->data, sizeof(s->data));

	s->begin = 0;
	s->end = n > 0 ? (size_t)n : 0;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		s->from = -1;
}

static void drain(struct stream *s)
{
	ssize_t n = write(s->to, s->data + s->begin, s->end - s->begin);

	if (n > 0)
		s->begin += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->to = -1;
	if (s->to < 0)
		s->begin = s->end;
}

static void copy_errors(struct proxy *p)
{
	char buf[BUFFER_SIZE];
	ssize_t n = read(p->errors, buf, sizeof(buf));

	if (n > 0) {
		bool raw = p->raw;

		cooked_mode(p);
		(void)write_all(STDERR_FILENO, buf, (size_t)n);
		if (raw)
			raw_mode(p);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		(void)close(take_fd(p->errors));
	}
}

static void take_signal(struct proxy *p)
{
	struct signalfd_siginfo si;

	if (read(p->signals, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGWINCH:
		copy_window_size(p);
		break;
	case SIGTSTP:
		/* Typed, it is a byte for the guest. This one was sent to us from the host. */
		cooked_mode(p);
		(void)raise(SIGSTOP);
		if (p->master >= 0)
			raw_mode(p);
		copy_window_size(p);
		break;
	case SIGHUP:
		/* Our terminal went: so does the guest's. */
		if (p->master >= 0) {
			(void)close(take_fd(p->master));
			p->in.to = -1;
			p->out.from = -1;
		}
		(void)syscall(SYS_pidfd_send_signal, p->child, SIGHUP, NULL, 0);
		break;
	default:
		(void)syscall(SYS_pidfd_send_signal, p->child, (int)si.ssi_signo, NULL, 0);
		break;
	}
}

static void got_master(struct proxy *p)
{
	p->master = receive_master(p->socket);
	(void)close(take_fd(p->socket));
	if (p->master < 0)
		return;
	copy_window_size(p);
	raw_mode(p);
	p->in.from = STDIN_FILENO;
	p->in.to = p->master;
	p->out.from = p->master;
	p->out.to = STDOUT_FILENO;
}

/* Has everything that could still bring output come to its end? */
static bool is_drained(const struct proxy *p)
{
	return p->socket < 0 && p->errors < 0 && p->out.from < 0 && p->out.begin == p->out.end;
}

/* Copy until the child has ended: its exit code or a negative errno. */
static int run(struct proxy *p)
{
	unsigned int last = 0;
	bool ended = false;
	int status;

	p->in = (struct stream){ .from = -1, .to = -1 };
	p->out = (struct stream){ .from = -1, .to = -1 };
	for (;;) {
		bool in_full = p->in.begin < p->in.end, out_full = p->out.begin < p->out.end;
		struct pollfd f[] = {
			{ .fd = p->signals, .events = POLLIN },
			{ .fd = ended ? -1 : p->child, .events = POLLIN },
			{ .fd = p->socket, .events = POLLIN },
			{ .fd = p->errors, .events = POLLIN },
			{ .fd = !in_full && p->in.to >= 0 ? p->in.from : -1, .events = POLLIN },
			{ .fd = in_full ? p->in.to : -1, .events = POLLOUT },
			{ .fd = !out_full && p->out.to >= 0 ? p->out.from : -1, .events = POLLIN },
			{ .fd = out_full ? p->out.to : -1, .events = POLLOUT },
		};
		int n = poll(f, ARRAY_SIZE(f), ended ? LAST_WAIT_MS : -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		if (f[0].revents)
			take_signal(p);
		if (f[2].revents && p->socket >= 0)
			got_master(p);
		if (f[3].revents && p->errors >= 0)
			copy_errors(p);
		if (f[4].revents && p->in.from >= 0)
			fill(&p->in);
		if (f[5].revents && p->in.to >= 0)
			drain(&p->in);
		if (f[6].revents && p->out.from >= 0)
			fill(&p->out);
		if (f[7].revents && p->out.to >= 0)
			drain(&p->out);
		/*
		 * The program's end counts, not that of the terminal: what it left in the background may keep
		 * that open. What it wrote before is still on its way through the terminal.
		 */
		if (ended && (n == 0 || is_drained(p) || ++last > LAST_ROUNDS))
			break;
		if (f[1].revents)
			ended = true;
	}
	while (waitpid(p->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return exec_code(status);
}

static int outside(struct proxy *p)
{
	static const int taken[] = { SIGWINCH, SIGTSTP, SIGHUP, SIGTERM, SIGINT, SIGQUIT };
	sigset_t set, before;
	int r;

	p->child = (int)syscall(SYS_pidfd_open, p->pid, 0U);
	if (p->child < 0)
		return -errno;
	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		(void)sigaddset(&set, taken[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r = p->signals < 0 ? -errno : run(p);
	cooked_mode(p);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (p->master >= 0)
		(void)close(p->master);
	if (p->signals >= 0)
		(void)close(p->signals);
	(void)close(p->child);
	return r;
}

/* In the process that goes inside: nothing of the terminal stays. */
static int detach_stdio(int errors)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (null < 0)
		return -errno;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0) {
		int r = -errno;

		(void)close(null);
		return r;
	}
	(void)close(null);
	return 0;
}

/* Does this descriptor lead to a terminal that is not a pty of the guest (there is none yet)? */
static void close_terminals(int keep)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		uint32_t fd;

		if (parse_decimal(e->d_name, INT32_MAX, &fd) == 0 && fd > 2 && (int)fd != keep && isatty((int)fd))
			(void)close((int)fd);
	}
}

int vlogin_fork(struct vlogin *v)
{
	_cleanup_close_ int here = -1, there = -1, errors = -1, errors_end = -1;
	struct proxy p = { .master = -1, .signals = -1 };
	struct winsize size = { 0 };
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	here = fds[0];
	there = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	errors = fds[0];
	errors_end = fds[1];
	(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	(void)fflush(NULL);
	p.pid = fork();
	if (p.pid < 0)
		return -errno;
	if (p.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGHUP);
		r = detach_stdio(errors_end);
		if (r < 0)
			_exit(EXIT_OWN_FAILURE);
		/* The session keeps a reference to the terminal; /dev/tty would open it. */
		(void)setsid();
		close_terminals(there);
		*v = (struct vlogin){ .socket = take_fd(there), .size = size };
		return 1;
	}
	(void)close(take_fd(there));
	(void)close(take_fd(errors_end));
	p.socket = take_fd(here);
	p.errors = take_fd(errors);
	r = outside(&p);
	if (p.socket >= 0)
		(void)close(p.socket);
	if (p.errors >= 0)
		(void)close(p.errors);
	if (r < 0) {
		(void)kill(p.pid, SIGKILL);
		(void)exec_wait(p.pid);
		return r;
	}
	*v = (struct vlogin){ .socket = -1, .exit_code = r };
	return 0;
}

static int send_master(int socket, int master)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	char byte = 'm';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &master, sizeof(master));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int vlogin_attach(struct vlogin *v)
{
	_cleanup_close_ int master = -1, slave = -1;
	int unlock = 0, r;

	/* /dev is the guest's: a link or another device there is not followed, not believed. */
	master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
	if (master < 0)
		master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return -errno;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	/* By the descriptor, not by a name in the guest's /dev/pts. */
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	/* The program looks at it at once. */
	(void)ioctl(master, TIOCSWINSZ, &v->size);
	r = send_master(v->socket, master);
	if (r < 0)
		return r;
	(void)setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return -errno;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return -errno;
	(void)close(take_fd(v->socket));
	(void)prctl(PR_SET_PDEATHSIG, 0);
	return 0;
}
