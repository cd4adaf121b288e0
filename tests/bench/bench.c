// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench - measure system calls, context life and memory; one "NAME VALUE" per line
 *
 * usage: bench calls | life | grow KIND COUNT
 *
 * Meant for QEMU with -icount shift=0: one nanosecond is one instruction there, so that the smallest of some
 * batches is exact. KIND is process, context or namespaces: what each of COUNT sleeping processes is in.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vctx.h"

static void fail(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
	exit(1);
}

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int null_fd, zero_fd, pipe_fd[2];
static char buf[4096];

static void do_getppid(void) { syscall(SYS_getppid); }
static void do_getpid(void) { syscall(SYS_getpid); }
static void do_read(void) { if (read(zero_fd, buf, 1) != 1) fail("read", errno); }
static void do_write(void) { if (write(null_fd, buf, 1) != 1) fail("write", errno); }
static void do_stat(void) { struct stat st; if (stat("/dev/null", &st)) fail("stat", errno); }
static void do_open(void) { close(open("/dev/null", O_RDONLY)); }
static void do_kill(void) { kill(getpid(), 0); }
static void do_killall(void) { kill(-1, 0); }
static void do_mmap(void) { munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096); }
static void do_socket(void) { close(socket(AF_UNIX, SOCK_STREAM, 0)); }
static void do_sched(void) { sched_getscheduler(getppid()); }

static void do_pipe(void)
{
	if (write(pipe_fd[1], buf, 1) != 1 || read(pipe_fd[0], buf, 1) != 1)
		fail("pipe", errno);
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void do_status(void)
{
	int fd = open("/proc/self/status", O_RDONLY);

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

static void do_readdir(void)
{
	static char dirents[65536];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);

	while (syscall(SYS_getdents64, fd, dirents, sizeof(dirents)) > 0)
		;
	close(fd);
}

static const struct {
	const char *name;
	void (*call)(void);
	int rounds;
} calls[] = {
	{ "getppid", do_getppid, 1000 },      { "getpid", do_getpid, 1000 },
	{ "read", do_read, 1000 },	      { "write", do_write, 1000 },
	{ "stat", do_stat, 500 },	      { "open+close", do_open, 500 },
	{ "kill_self_0", do_kill, 500 },      { "sched_getscheduler", do_sched, 500 },
	{ "mmap+munmap", do_mmap, 500 },      { "socket+close", do_socket, 500 },
	{ "pipe_write+read", do_pipe, 500 },  { "kill_all_0", do_killall, 50 },
	{ "proc_self_status", do_status, 50 }, { "readdir_proc", do_readdir, 20 },
	{ "fork+exit+wait", do_fork, 50 },
};

static void measure(const char *prefix, const char *name, void (*call)(void), int rounds)
{
	unsigned long long best = ~0ULL;

	for (int batch = 0; batch < 7; batch++) {
		unsigned long long start = now();

		for (int i = 0; i < rounds; i++)
			call();
		start = now() - start;
		if (start < best)
			best = start;
	}
	printf("%s.%s %.1f\n", prefix, name, (double)best / rounds);
	fflush(stdout);
}

static void all_calls(const char *prefix)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		measure(prefix, calls[i].name, calls[i].call, calls[i].rounds);
}

static uint32_t next_xid = 1000;

static void enter(uint32_t xid)
{
	int r = vctx_ctx_create(xid, 0);

	if (r < 0)
		fail("cannot create a context", -r);
}

static char life_kind;

/* create, enter, end */
static void do_life(void)
{
	pid_t pid;

	next_xid = next_xid >= 60000 ? 1000 : next_xid + 1;
	if (life_kind == 'n') {
		pid = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
		if (pid < 0)
			fail("clone", errno);
	} else {
		pid = fork();
	}
	if (!pid) {
		if (life_kind == 'c')
			enter(next_xid);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static unsigned long long meminfo(const char *key)
{
	char line[128];
	unsigned long long value = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	if (!f)
		fail("/proc/meminfo", errno);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			value = strtoull(line + strlen(key) + 1, NULL, 10);
	fclose(f);
	return value;
}

/* COUNT sleeping processes, each in its own KIND */
static void populate(char kind, int count)
{
	int ready[2];

	if (pipe(ready) < 0)
		fail("pipe", errno);
	for (int i = 0; i < count; i++) {
		pid_t pid;

		if (kind == 'n')
			pid = syscall(SYS_clone,
				      CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
		else
			pid = fork();
		if (pid < 0)
			fail("fork", errno);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (kind == 'c')
				enter(1000 + i);
			if (write(ready[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		if (read(ready[0], buf, 1) != 1)
			fail("a child ended", errno);
	}
	close(ready[0]);
	close(ready[1]);
}

static void settle(void)
{
	FILE *f = fopen("/proc/sys/vm/drop_caches", "we");

	if (f) {
		fputs("3\n", f);
		fclose(f);
	}
	for (int i = 0; i < 20; i++)
		usleep(50000);
}

int main(int argc, char **argv)
{
	uint32_t version;
	int has;

	if (argc < 2)
		return 2;
	(void)mlockall(MCL_CURRENT);
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (null_fd < 0 || zero_fd < 0 || pipe(pipe_fd) < 0)
		fail("/dev", errno);
	has = vctx_version(&version) == 0;
	if (!strcmp(argv[1], "calls")) {
		all_calls("host");
		if (has) {
			pid_t pid = fork();

			if (!pid) {
				enter(999);
				all_calls("context");
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
		return 0;
	}
	if (!strcmp(argv[1], "life")) {
		life_kind = 'p';
		measure("life", "process", do_life, 50);
		life_kind = 'n';
		measure("life", "namespaces", do_life, 20);
		if (has) {
			life_kind = 'c';
			measure("life", "context", do_life, 50);
		}
		return 0;
	}
	if (!strcmp(argv[1], "grow") && argc == 4) {
		char kind = argv[2][0];
		int count = atoi(argv[3]);
		unsigned long long before, after;
		char name[64];

		if (kind == 'c' && !has)
			return 0;
		settle();
		before = meminfo("MemFree:");
		populate(kind, count);
		settle();
		after = meminfo("MemFree:");
		printf("memory_kib.%s.%d %.2f\n", argv[2], count, (double)((long long)before - (long long)after) / count);
		life_kind = kind;
		next_xid = 1000 + count;
		snprintf(name, sizeof(name), "%s.%d", argv[2], count);
		measure("life_among", name, do_life, 20);
		return 0;
	}
	fputs("usage: bench calls | life | grow process|context|namespaces COUNT\n", stderr);
	return 2;
}
