// SPDX-License-Identifier: GPL-2.0-or-later
/* exec - running programs */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "exec.h"
#include "macro.h"
#include "msg.h"
#include "util.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U	/* Linux 6.3 */
#endif

int exec_command(char *const argv[])
{
	int error;

	(void)fflush(NULL);
	(void)execvp(argv[0], argv);
	error = errno;
	msg_errno(error, "cannot execute '%s'", argv[0]);
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int exec_code(int status)
{
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

int exec_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return exec_code(status);
}

void exec_reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static volatile sig_atomic_t mirror_pid;

static void mirror_signal(int sig)
{
	int saved = errno;

	(void)kill((pid_t)mirror_pid, sig);
	errno = saved;
}

/*
 * Has a shell with job control given us a job of our own, so that somebody notices when we stop, and can continue us?
 * A script that waits for us never would.
 */
static bool is_a_job(void)
{
	return isatty(STDIN_FILENO) && getpgrp() == getpid() && getsid(0) != getpid();
}

int exec_mirror(pid_t pid)
{
	static const int passed[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 };
	struct sigaction old[ARRAY_SIZE(passed)];
	struct sigaction action = { .sa_handler = mirror_signal, .sa_flags = SA_RESTART };
	int status, r;

	mirror_pid = pid;
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		/* From the terminal these two reach the child anyhow. */
		bool tty = (passed[i] == SIGINT || passed[i] == SIGQUIT) && isatty(STDIN_FILENO);
		struct sigaction ignore = { .sa_handler = SIG_IGN };

		(void)sigaction(passed[i], tty ? &ignore : &action, &old[i]);
	}
	for (;;) {
		if (waitpid(pid, &status, WUNTRACED) < 0) {
			if (errno == EINTR)
				continue;
			r = -errno;
			break;
		}
		if (WIFSTOPPED(status)) {
			/* killall5 in a guest stops and continues all it sees: never us */
			if (is_a_job()) {
				(void)raise(SIGSTOP);
				(void)kill(pid, SIGCONT);
			}
			continue;
		}
		r = exec_code(status);
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		(void)sigaction(passed[i], &old[i], NULL);
	return r;
}

static int set_stdio(const int stdio[3])
{
	int fds[3];

	/* First away from 0..2, so that they may be exchanged. */
	for (int i = 0; i < 3; i++) {
		fds[i] = stdio[i];
		if (fds[i] == -2)
			fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0 && stdio[i] != -1)
			return -errno;
		if (fds[i] >= 0 && fds[i] < 3) {
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
			if (fds[i] < 0)
				return -errno;
		}
	}
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			return -errno;
	return 0;
}

static _noreturn_ void spawn_child(const struct exec_spawn *s, int report)
{
	int r = 0;

	exec_reset_signals();
	if (s->new_session)
		(void)setsid();
	if (report < 3) {
		report = fcntl(report, F_DUPFD_CLOEXEC, 3);
		if (report < 0)
			_exit(EXIT_OWN_FAILURE);
	}
	r = set_stdio(s->stdio);
	if (r == 0 && s->prepare)
		r = s->prepare(s->data);
	if (r >= 0) {
		if (s->envp)
			(void)execvpe(s->argv[0], s->argv, s->envp);
		else
			(void)execvp(s->argv[0], s->argv);
		r = -errno;
	}
	(void)write_all(report, &r, sizeof(r));
	_exit(r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

pid_t exec_spawn(const struct exec_spawn *s)
{
	_cleanup_close_ int read_end = -1, write_end = -1;
	int fds[2], error = 0;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	read_end = fds[0];
	write_end = fds[1];
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		spawn_child(s, write_end);
	(void)close(take_fd(write_end));
	n = read_full(read_end, &error, sizeof(error));
	if (n == (ssize_t)sizeof(error)) {
		(void)exec_wait(pid);
		return error;
	}
	return pid;
}

int exec_run(const struct exec_spawn *s)
{
	pid_t pid = exec_spawn(s);

	return pid < 0 ? (int)pid : exec_wait(pid);
}

void exec_close_from(int lowest)
{
	(void)close_range((unsigned int)lowest, ~0U, 0);
}

int exec_close_dirs(int keep)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		struct stat st;
		uint32_t fd;
		int flags;

		if (parse_decimal(e->d_name, INT32_MAX, &fd) < 0 || fd < 3 ||
		    (int)fd == keep || (int)fd == dirfd(dir))
			continue;
		flags = fcntl((int)fd, F_GETFL);
		if (flags < 0)
			continue;
		if ((flags & O_PATH) || (fstat((int)fd, &st) == 0 && S_ISDIR(st.st_mode)))
			(void)close((int)fd);
	}
	return 0;
}

int exec_seal_self(char *const argv[])
{
	static const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	_cleanup_close_ int self = -1, copy = -1;
	struct stat st;
	off_t offset = 0;

	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return -errno;
	if (fcntl(self, F_GET_SEALS) == seals) {
		/* This is the copy; it would be called by the number of its descriptor. */
		(void)prctl(PR_SET_NAME, msg_program());
		return 0;
	}
	if (fstat(self, &st) < 0)
		return -errno;
	copy = memfd_create(msg_program(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (copy < 0 && errno == EINVAL)
		copy = memfd_create(msg_program(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return -errno;
	while (offset < st.st_size) {
		ssize_t n = sendfile(copy, self, &offset, (size_t)(st.st_size - offset));

		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
	}
	if (fcntl(copy, F_ADD_SEALS, seals) < 0)
		return -errno;
	(void)fexecve(copy, argv, environ);
	return -errno;
}
