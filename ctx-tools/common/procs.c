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
	const char *p = strrchr(line, ')'), *name = strchr(line, '(');
	uint64_t user, system, start, vsize;
	struct proc proc = { 0 };
	unsigned int threads;
	int64_t rss;
	char state;
	int pid;

	if (!p || !name || name > p || sscanf(line, "%d (", &pid) != 1)
		return -EINVAL;
	/* state, then fields 4 to 24 of proc(5) */
	if (sscanf(p + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			  " %*d %*d %*d %*d %u %*d %" SCNu64 " %" SCNu64 " %" SCNd64,
		   &state, &user, &system, &threads, &start, &vsize, &rss) != 7)
		return -EINVAL;
	proc.pid = pid;
	proc.state = state;
	(void)snprintf(proc.comm, sizeof(proc.comm), "%.*s", (int)(p - name - 1), name + 1);
	proc.user_ns = ticks_to_ns(user);
	proc.system_ns = ticks_to_ns(system);
	proc.start_ns = ticks_to_ns(start);
	proc.threads = threads;
	proc.virtual_bytes = vsize;
	proc.resident_bytes = rss > 0 ? (uint64_t)rss * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	*ret_proc = proc;
	return 0;
}

static int read_process(int dir, pid_t pid, struct proc *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[32];

	(void)snprintf(path, sizeof(path), "%ld/stat", (long)pid);
	if (read_file_at(dir, path, 8192, &text, NULL) < 0)
		return -ESRCH;
	return procs_parse_stat(text, ret);
}

struct walk {
	int dir;
	bool (*want)(uint32_t xid, void *data);
	int (*fn)(const struct proc *p, void *data);
	int (*id_fn)(pid_t pid, uint32_t xid, void *data);
	bool no_xid;
	void *data;
};

static int one_process(const struct walk *w, pid_t pid)
{
	uint32_t xid = VCTX_XID_NONE;
	struct proc p;
	int r;

	if (!w->no_xid) {
		r = vctx_task_xid(pid, &xid);
		if (r < 0)
			return r == -ESRCH ? 0 : r;
		if (w->want && !w->want(xid, w->data))
			return 0;
	}
	if (w->id_fn)
		return w->id_fn(pid, xid, w->data);
	if (read_process(w->dir, pid, &p) < 0)
		return 0;
	p.xid = xid;
	return w->fn(&p, w->data);
}

static int walk(struct walk *w)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	struct dirent *e;

	if (!dir)
		return -errno;
	w->dir = dirfd(dir);
	while (errno = 0, (e = readdir(dir))) {
		uint32_t pid;
		int r;

		if (parse_decimal(e->d_name, INT32_MAX, &pid) < 0)
			continue;
		r = one_process(w, (pid_t)pid);
		if (r)
			return r;
	}
	return -errno;
}

int procs_walk(int (*fn)(const struct proc *p, void *data), void *data)
{
	return procs_walk_of(NULL, fn, data);
}

int procs_walk_of(bool (*want)(uint32_t xid, void *data), int (*fn)(const struct proc *p, void *data), void *data)
{
	struct walk w = { .want = want, .fn = fn, .data = data };

	return walk(&w);
}

int procs_walk_seen(int (*fn)(const struct proc *p, void *data), void *data)
{
	struct walk w = { .fn = fn, .no_xid = true, .data = data };

	return walk(&w);
}

int procs_walk_ids(int (*fn)(pid_t pid, uint32_t xid, void *data), void *data)
{
	struct walk w = { .id_fn = fn, .data = data };

	return walk(&w);
}

uint64_t procs_uptime(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}
