// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pty-run - run a command on a new terminal, as a person would
 *
 * usage: pty-run [-s ROWSxCOLS] [-t TEXT]... COMMAND [ARG...]
 * Prints what the terminal shows. Each TEXT is typed when the output has been quiet for 300 ms; "\n", "\xHH" are
 * understood; "@ROWSxCOLS" resizes the terminal instead, "!" hangs it up, "?WORD" waits until WORD has been shown,
 * however long the machine below takes for it (at most 30 s). The exit code is the command's, or 128 +
 * signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void resize(int master, const char *text)
{
	struct winsize ws = { 0 };

	if (sscanf(text, "%hux%hu", &ws.ws_row, &ws.ws_col) == 2)
		(void)ioctl(master, TIOCSWINSZ, &ws);
}

static void type(int master, const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned int byte;
		char c = *p;

		if (c == '\\' && p[1] == 'n') {
			c = '\n';
			p++;
		} else if (c == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			c = (char)byte;
			p += 3;
		}
		(void)!write(master, &c, 1);
	}
}

/* the latest output, in which words are looked for */
static char shown[8192];
static size_t shown_len;

static void remember(const char *buf, size_t len)
{
	if (shown_len + len > sizeof(shown)) {
		size_t keep = len < sizeof(shown) ? sizeof(shown) - len : 0;

		if (keep > shown_len)
			keep = shown_len;
		memmove(shown, shown + shown_len - keep, keep);
		shown_len = keep;
	}
	if (len > sizeof(shown)) {
		buf += len - sizeof(shown);
		len = sizeof(shown);
	}
	memcpy(shown + shown_len, buf, len);
	shown_len += len;
}

int main(int argc, char **argv)
{
	const char *size = "24x80", *texts[32] = { NULL };
	unsigned int count = 0, next = 0, idle = 0;
	int master, slave, unlock = 0, status, c;
	char buf[4096];
	pid_t pid;

	while ((c = getopt(argc, argv, "+s:t:")) != -1) {
		if (c == 's')
			size = optarg;
		else if (c == 't' && count < 31)
			texts[count++] = optarg;
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return 125;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return 125;
	resize(master, size);
	pid = fork();
	if (pid < 0)
		return 125;
	if (pid == 0) {
		(void)setsid();
		(void)ioctl(slave, TIOCSCTTY, 0);
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(slave, fd);
		(void)execvp(argv[optind], argv + optind);
		_exit(127);
	}
	(void)close(slave);
	for (;;) {
		struct pollfd f = { .fd = master, .events = POLLIN };
		int n = poll(&f, 1, 300);

		if (n > 0) {
			ssize_t len = read(master, buf, sizeof(buf));

			idle = 0;
			if (len <= 0)
				break;
			(void)!write(STDOUT_FILENO, buf, (size_t)len);
			remember(buf, (size_t)len);
			continue;
		}
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (next < count && texts[next][0] == '?' && ++idle <= 100) {
			const char *word = texts[next] + 1;

			if (!memmem(shown, shown_len, word, strlen(word)))
				continue;
			idle = 0;
			next++;
		} else if (next < count) {
			if (texts[next][0] == '@') {
				resize(master, texts[next] + 1);
			} else if (texts[next][0] == '!') {
				(void)close(master);
				break;
			} else {
				type(master, texts[next]);
			}
			next++;
		} else if (++idle > 100) {	/* 30 s: nothing more will come */
			(void)kill(pid, SIGKILL);
		}
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 125;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
