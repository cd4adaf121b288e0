/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procs.h - the processes of the machine, as the host sees them in /proc */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc {
	pid_t pid;
	uint32_t xid;
	uint64_t virtual_bytes;
	uint64_t resident_bytes;
	uint64_t user_ns;		/* time in programs and in the kernel */
	uint64_t system_ns;
	uint64_t start_ns;		/* after boot */
	unsigned int threads;
	char state;			/* R, S, D, Z, ... */
	char comm[64];			/* its name: it may have chosen it itself */
};

/*
 * Call a function for every process; a result other than 0 ends the walk and is handed back. Processes that end
 * meanwhile are left out.
 */
int procs_walk(int (*fn)(const struct proc *p, void *data), void *data);

/* The same for those whose context @want says yes to: of others nothing is read. */
int procs_walk_of(bool (*want)(uint32_t xid, void *data), int (*fn)(const struct proc *p, void *data), void *data);

/* The same for all that are seen, without asking for contexts: for the inside of one. */
int procs_walk_seen(int (*fn)(const struct proc *p, void *data), void *data);

/* Only numbers and contexts of processes, which is quick. */
int procs_walk_ids(int (*fn)(pid_t pid, uint32_t xid, void *data), void *data);

/* One line of /proc/PID/stat: 0, or -EINVAL when it is not understood. */
int procs_parse_stat(const char *line, struct proc *ret_proc);

/* Time since boot in ns, 0 unknown. */
uint64_t procs_uptime(void);
