// SPDX-License-Identifier: GPL-2.0-or-later
/* fair - how well the weights of control groups divide a processor between guests that want all of it */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define GUESTS 3
#define SECONDS 5	/* of the machine's clock */

static const int weights[GUESTS] = { 100, 200, 400 };
/* the least has the most: only the weight is to count */
static const int processes[GUESTS] = { 6, 3, 1 };

static void knob(int guest, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/cg/g%d/%s", guest, name);
	write_file(path, text);
}

static double used(int guest)
{
	char path[64], text[1024] = "";
	const char *p;
	int fd;

	snprintf(path, sizeof(path), "/cg/g%d/cpu.stat", guest);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		die(path, -errno);
	close(fd);
	p = strstr(text, "usage_usec ");
	if (!p)
		die("no usage_usec", -ENOENT);
	return strtod(p + 11, NULL);
}

static pid_t start(int guest, bool vserver)
{
	char text[16];
	pid_t pid;

	snprintf(text, sizeof(text), "/cg/g%d", guest);
	must("mkdir", mkdir(text, 0755));
	snprintf(text, sizeof(text), "%d", weights[guest]);
	knob(guest, "cpu.weight", text);
	pid = must("fork", fork());
	if (pid)
		return pid;
	setpgid(0, 0);
	knob(guest, "cgroup.procs", "0");
	if (vserver)
		must("create a context", ctx_create(60000 + guest, 0));
	for (int i = 1; i < processes[guest]; i++)
		if (!must("fork", fork()))
			break;
	for (;;)
		__asm__ volatile("");
}

void bench_fair(bool vserver)
{
	double before[GUESTS], after[GUESTS], sum = 0;
	pid_t pids[GUESTS];
	char name[32];

	must("mkdir", mkdir("/cg", 0755));
	must("mount cgroup2", mount("cgroup", "/cg", "cgroup2", 0, NULL));
	write_file("/cg/cgroup.subtree_control", "+cpu");
	for (int i = 0; i < GUESTS; i++)
		pids[i] = start(i, vserver);
	sleep(1);
	for (int i = 0; i < GUESTS; i++)
		before[i] = used(i);
	sleep(SECONDS);
	for (int i = 0; i < GUESTS; i++) {
		after[i] = used(i);
		sum += after[i] - before[i];
	}
	for (int i = 0; i < GUESTS; i++) {
		snprintf(name, sizeof(name), "weight.%d", weights[i]);
		print_value("fair", name, 100 * (after[i] - before[i]) / sum);
		must("kill", kill(-pids[i], SIGKILL));
		must("wait4", waitpid(pids[i], NULL, 0));
	}
}
