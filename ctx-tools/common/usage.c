// SPDX-License-Identifier: GPL-2.0-or-later
/* usage - what all contexts use, from whatever the kernel can tell */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "usage.h"
#include "util.h"
#include "xalloc.h"

static struct usage *add(struct usage_list *l, uint32_t xid)
{
	struct usage *u;

	if (l->count == l->size) {
		l->size = l->size ? l->size * 2 : 32;
		l->list = xrealloc(l->list, l->size, sizeof(*l->list));
	}
	u = &l->list[l->count++];
	memset(u, 0, sizeof(*u));
	u->stat.xid = xid;
	u->first_start_ns = UINT64_MAX;
	return u;
}

struct usage *usage_find(const struct usage_list *l, uint32_t xid)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->list[middle].stat.xid == xid)
			return &l->list[middle];
		if (l->list[middle].stat.xid < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	return x->stat.xid < y->stat.xid ? -1 : x->stat.xid > y->stat.xid;
}

static int add_context(const struct vctx_ctx_entry *e, void *data)
{
	struct usage *u = add(data, e->xid);

	(void)copy_string(u->stat.name, sizeof(u->stat.name), e->name);
	u->stat.uptime_ns = e->virt.uptime_ns;
	u->stat.forks = e->virt.forks;
	memcpy(u->stat.load, e->virt.load, sizeof(u->stat.load));
	return 0;
}

void usage_add(struct usage *u, const struct proc *p)
{
	u->stat.processes++;
	u->stat.threads += p->threads;
	u->stat.vm_bytes += p->virtual_bytes;
	u->stat.user_ns += p->user_ns;
	u->stat.system_ns += p->system_ns;
	u->resident_bytes += p->resident_bytes;
}

static int add_process(const struct proc *p, void *data)
{
	struct usage_list *l = data;
	struct usage *u = usage_find(l, p->xid);

	/* A context that came after the list, or the spectator. */
	if (!u) {
		(void)add(l, p->xid);
		qsort(l->list, l->count, sizeof(*l->list), compare);
		u = usage_find(l, p->xid);
		if (!u)
			return 0;
	}
	usage_add(u, p);
	if (p->start_ns < u->first_start_ns)
		u->first_start_ns = p->start_ns;
	return 0;
}

static bool of_the_host(uint32_t xid, void *data _unused_)
{
	return xid < VCTX_XID_MIN;
}

static bool of_contexts(uint32_t xid, void *data _unused_)
{
	return xid >= VCTX_XID_MIN;
}

static int read_stats(struct usage_list *l)
{
	_cleanup_free_ struct vctx_stat *stats = NULL;
	size_t count = 0;
	int r = vctx_stat_list(&stats, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct usage *u = add(l, stats[i].xid);

		u->stat = stats[i];
		u->full = true;
		u->resident_bytes = stats[i].rss_anon_bytes + stats[i].rss_file_bytes + stats[i].rss_shmem_bytes;
	}
	return r;
}

static void finish(struct usage_list *l)
{
	uint64_t now = procs_uptime();

	for (size_t i = 0; i < l->count; i++) {
		struct usage *u = &l->list[i];

		if (u->stat.xid == VCTX_XID_HOST) {
			(void)copy_string(u->name, sizeof(u->name), "root server");
			u->stat.uptime_ns = now;
		} else if (u->stat.xid == VCTX_XID_WATCH) {
			(void)copy_string(u->name, sizeof(u->name), "monitoring server");
		} else {
			(void)copy_string(u->name, sizeof(u->name), guest_of_context(u->stat.name));
		}
		if (!u->stat.uptime_ns && u->first_start_ns < now)
			u->stat.uptime_ns = now - u->first_start_ns;
	}
}

int usage_read(struct usage_list *ret, unsigned int flags)
{
	struct usage_list l = { 0 };
	int r;

	if (flags & USAGE_HOST)
		(void)add(&l, VCTX_XID_HOST);
	r = read_stats(&l);
	l.full = r == 0;
	if (r == -EOPNOTSUPP) {
		r = vctx_ctx_foreach(add_context, &l);
		if (r == 0)
			r = procs_walk_of(flags & USAGE_HOST ? NULL : of_contexts, add_process, &l);
	} else if (r == 0 && flags & USAGE_HOST) {
		r = procs_walk_of(of_the_host, add_process, &l);
	}
	if (r < 0) {
		free(l.list);
		return r;
	}
	finish(&l);
	*ret = l;
	return 0;
}

void usage_free(struct usage_list *l)
{
	free(l->list);
	*l = (struct usage_list){ 0 };
}

const char *usage_size_text(uint64_t bytes, char *buf)
{
	static const char units[] = " KMGTPE";
	unsigned int unit = 0;
	uint64_t tenths = bytes > UINT64_MAX / 10 ? UINT64_MAX : bytes * 10;

	while (tenths >= 10000 && units[unit + 1]) {
		tenths = tenths / 1024 + (tenths % 1024 >= 512);
		unit++;
	}
	if (tenths % 10 && unit)
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%" PRIu64 ".%u%c", tenths / 10, (unsigned int)(tenths % 10),
			       units[unit]);
	else
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%" PRIu64 "%c", tenths / 10, units[unit]);
	return buf;
}

const char *usage_time_text(uint64_t ns, char *buf)
{
	uint64_t s = ns / 1000000000, m = s / 60, h = m / 60, d = h / 24;

	if (h < 1)
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%um%02us%02u", (unsigned int)m, (unsigned int)(s % 60),
			       (unsigned int)(ns / 10000000 % 100));
	else if (d < 1)
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%uh%02um%02u", (unsigned int)h, (unsigned int)(m % 60),
			       (unsigned int)(s % 60));
	else if (d < 1000)
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%ud%02uh%02u", (unsigned int)d, (unsigned int)(h % 24),
			       (unsigned int)(m % 60));
	else
		(void)snprintf(buf, USAGE_TEXT_SIZE, "%uy%02ud%02u", (unsigned int)(d / 365), (unsigned int)(d % 365),
			       (unsigned int)(h % 24));
	return buf;
}
