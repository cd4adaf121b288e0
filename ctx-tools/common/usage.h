/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usage.h - what all contexts use, from whatever the kernel can tell */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vctx.h>

#include "procs.h"

struct usage {
	struct vctx_stat stat;		/* what is not known is 0 */
	bool full;			/* all of it is known; else processes, threads, times, vm_bytes, uptime and load */
	char name[VCTX_NAME_SIZE];	/* short name of the guest */
	uint64_t resident_bytes;
	uint64_t first_start_ns;	/* of its processes, after boot */
};

struct usage_list {
	struct usage *list;		/* ascending by number */
	size_t count, size;
	bool full;			/* the kernel has statistics of contexts */
};

#define USAGE_HOST	0x1U	/* the host, too, and the spectator when there are processes in it */

/*
 * Read all: 0, or a negative errno for vctx_strerror(). Where the kernel has no statistics the processes of the machine are
 * added up.
 */
int usage_read(struct usage_list *ret, unsigned int flags);
void usage_free(struct usage_list *l);
struct usage *usage_find(const struct usage_list *l, uint32_t xid);

/* One more process of what is summed up from processes. */
void usage_add(struct usage *u, const struct proc *p);

/* Bytes as vserver-stat(8) shows them: divided until below 1000, with at most one decimal; a blank for bytes. */
#define USAGE_TEXT_SIZE	24U
const char *usage_size_text(uint64_t bytes, char *buf);
/* The same for a time: MmSSsHH, HhMMmSS, DdHHhMM, YyDDdHH. */
const char *usage_time_text(uint64_t ns, char *buf);
