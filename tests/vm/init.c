// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init - process 1 of the small test image: mounts what a scenario expects,
 * unpacks the payload, runs it and powers off.
 *
 * The payload is a tar archive on the second disc. Its file guest-run.sh is
 * started with the terminal of the test results as standard output.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *what, *where, *type, *options;
	unsigned long flags;
	bool optional;
} mounts[] = {
	{ "proc", "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "sysfs", "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "devtmpfs", "/dev", "devtmpfs", NULL, MS_NOSUID, false },
	{ "devpts", "/dev/pts", "devpts", "mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC, false },
	{ "tmpfs", "/dev/shm", "tmpfs", NULL, MS_NOSUID | MS_NODEV, false },
	{ "mqueue", "/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV, true },
	{ "tmpfs", "/run", "tmpfs", NULL, MS_NOSUID | MS_NODEV, false },
	{ "tmpfs", "/tmp", "tmpfs", NULL, 0, false },
	{ "cgroup2", "/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
	{ "securityfs", "/sys/kernel/security", "securityfs", NULL, 0, true },
	{ "debugfs", "/sys/kernel/debug", "debugfs", NULL, 0, true },
	{ "none", "/", NULL, NULL, MS_REC | MS_PRIVATE, false },
};

static void power_off(void)
{
	sync();
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}

static void die(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	power_off();
}

static int run(char *const argv[], int out)
{
	int status;
	pid_t pid, dead;

	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		(void)setsid();
		if (out >= 0)
			(void)dup2(out, STDOUT_FILENO);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	while ((dead = wait(&status)) != pid)
		if (dead < 0)
			die("wait");
	return status;
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
}

static int open_first(const char *const names[], int flags, const char **ret_name)
{
	for (; *names; names++) {
		int fd = open(*names, flags | O_CLOEXEC);

		if (fd >= 0) {
			if (ret_name)
				*ret_name = *names;
			return fd;
		}
	}
	return -1;
}

int main(void)
{
	static const char *const payloads[] = { "/dev/ubdb", "/dev/vdb", NULL };
	static const char *const channels[] = { "/dev/vctx-tap", NULL };
	bool uml;
	const char *payload;
	int fd, out;

	if (getpid() != 1) {
		fputs("init: is process 1 of the test image only\n", stderr);
		return 2;
	}
	(void)umask(022);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		(void)mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].what, mounts[i].where, mounts[i].type, mounts[i].flags,
			  mounts[i].options) < 0 &&
		    !mounts[i].optional && errno != EBUSY)
			die(mounts[i].where);
	}
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd >= 0) {
		for (int i = 0; i < 3; i++)
			(void)dup2(fd, i);
		if (fd > 2)
			close(fd);
	}
	(void)sethostname("host", 4);
	loopback_up();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "dumb", 1);
	(void)symlink("/proc/self/fd", "/dev/fd");
	(void)symlink("/proc/self/fd/0", "/dev/stdin");
	(void)symlink("/proc/self/fd/1", "/dev/stdout");
	(void)symlink("/proc/self/fd/2", "/dev/stderr");

	uml = access("/dev/ubda", F_OK) == 0;
	(void)symlink(uml ? "ttyS0" : "ttyS1", "/dev/vctx-tap");
	fd = open_first(payloads, O_RDONLY, &payload);
	if (fd < 0) {
		/* nothing to run: a shell on the console, for a look around */
		char *const sh[] = { (char *)"/bin/sh", (char *)"-l", NULL };

		(void)run(sh, -1);
		power_off();
	}
	close(fd);
	out = open_first(channels, O_WRONLY | O_NOCTTY, NULL);
	if (out < 0)
		die("/dev/vctx-tap");
	(void)mkdir("/run/vctx", 0755);
	{
		char *const untar[] = { (char *)"/bin/busybox", (char *)"tar", (char *)"-xf",
					(char *)payload, (char *)"-C", (char *)"/run/vctx", NULL };
		char *const go[] = { (char *)"/bin/sh", (char *)"/run/vctx/guest-run.sh", NULL };

		if (run(untar, -1))
			die("cannot unpack the payload");
		(void)run(go, out);
	}
	(void)ioctl(out, 0x5409 /* TCSBRK: wait until everything is sent */, 1);
	power_off();
	return 0;
}
