// SPDX-License-Identifier: GPL-2.0-or-later
/* procs - the processes of the machine, as the host sees them in /proc */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "procs.h"
#include "util.h"

#define NS_PER_S 1000000000ULL

static uint64_t ticks_to_ns(uint64_t ticks)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

int procs_parse_stat(const char *line, struct proc *ret_proc)
{
	/* The name may hold anything, also ')' and newlines: its end is the last one. */
	const char *p = strrchr(line, ')');
	uint64_t user, system, start, vsize;
	struct proc proc = { 0 };
	unsigned int threads;
	int64_t rss;
	int pid;

	if (!p || sscanf(line, "%d (", &pid) != 1)
		return -EINVAL;
	/* state, then fields 4 to 24 of proc(5) */
	if (sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			  " %*d %*d %*d %*d %u %*d %" SCNu64 " %" SCNu64 " %" SCNd64,
		   &user, &system, &threads, &start, &vsize, &rss) != 6)
		return -EINVAL;
	proc.pid = pid;
	proc.user_ns = ticks_to_ns(user);
	proc.system_ns = ticks_to_ns(system);
	proc.start_ns = ticks_to_ns(start);
	proc.threads = threads;
	proc.virtual_bytes = vsize;
	proc.resident_bytes = rss > 0 ? (uint64_t)rss * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	*ret_proc = proc;
	return 0;
}

int procs_walk(int (*fn)(const struct proc *p, void *data), void *data)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir))) {
		_cleanup_free_ char *text = NULL;
		char path[32];
		struct proc p;
		uint32_t pid;
		int r;

		if (parse_decimal(e->d_name, INT32_MAX, &pid) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "%u/stat", pid);
		if (read_file_at(dirfd(dir), path, 8192, &text, NULL) < 0 || procs_parse_stat(text, &p) < 0)
			continue;
		r = vctx_task_xid((pid_t)pid, &p.xid);
		if (r == -ESRCH)
			continue;
		if (r < 0)
			return r;
		r = fn(&p, data);
		if (r)
			return r;
	}
	return -errno;
}

uint64_t procs_uptime(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}
