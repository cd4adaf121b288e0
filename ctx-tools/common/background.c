// SPDX-License-Identifier: GPL-2.0-or-later
/* background - programs that go on in the background, or tell others when they are ready */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "background.h"
#include "util.h"

int sync_connect(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (!copy_string(a.sun_path, sizeof(a.sun_path), path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

int sync_up(int fd, const char *text)
{
	char byte;
	ssize_t n;
	int r;

	if (fd < 0)
		return 0;
	r = write_all(fd, text, strlen(text));
	if (r < 0)
		return r;
	(void)shutdown(fd, SHUT_WR);
	n = read_full(fd, &byte, sizeof(byte));
	return n < 0 ? (int)n : 0;
}

int go_to_background(int *ret_report, int *ret_code)
{
	int fds[2], null, code = 0;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		(void)close(fds[1]);
		n = read_full(fds[0], &code, sizeof(code));
		(void)close(fds[0]);
		*ret_code = n == (ssize_t)sizeof(code) ? code : 0;
		return 0;
	}
	(void)close(fds[0]);
	(void)setsid();
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -errno;
	(void)close(null);
	*ret_report = fds[1];
	return 1;
}
