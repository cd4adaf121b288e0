// SPDX-License-Identifier: LGPL-2.1-or-later
/* limit - limits of resources, by the system call */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

static const struct {
	const char *name, *unit;
} limits[VCTX_LIMIT_MAX_] = {
	[VCTX_LIMIT_CPU] = { "cpu", "seconds" },
	[VCTX_LIMIT_FSIZE] = { "fsize", "bytes" },
	[VCTX_LIMIT_DATA] = { "data", "bytes" },
	[VCTX_LIMIT_STACK] = { "stack", "bytes" },
	[VCTX_LIMIT_CORE] = { "core", "bytes" },
	[VCTX_LIMIT_RSS] = { "rss", "pages" },
	[VCTX_LIMIT_NPROC] = { "nproc", "tasks" },
	[VCTX_LIMIT_NOFILE] = { "nofile", "files" },
	[VCTX_LIMIT_MEMLOCK] = { "memlock", "pages" },
	[VCTX_LIMIT_AS] = { "as", "pages" },
	[VCTX_LIMIT_LOCKS] = { "locks", "locks" },
	[VCTX_LIMIT_MSGQUEUE] = { "msgqueue", "bytes" },
	[VCTX_LIMIT_NSOCK] = { "nsock", "sockets" },
	[VCTX_LIMIT_OPENFD] = { "openfd", "descriptors" },
	[VCTX_LIMIT_ANON] = { "anon", "pages" },
	[VCTX_LIMIT_SHMEM] = { "shmem", "pages" },
	[VCTX_LIMIT_SEMARY] = { "semary", "sets" },
	[VCTX_LIMIT_NSEMS] = { "nsems", "semaphores" },
	[VCTX_LIMIT_DENTRY] = { "dentry", "entries" },
	[VCTX_LIMIT_MAPPED] = { "mapped", "pages" },
	[VCTX_LIMIT_SIGPENDING] = { "sigpending", "signals" },
	[VCTX_LIMIT_INOTIFY] = { "inotify", "instances" },
	[VCTX_LIMIT_WATCHES] = { "watches", "watches" },
	[VCTX_LIMIT_KEYS] = { "keys", "keys" },
	[VCTX_LIMIT_PIPEPAGES] = { "pipepages", "pages" },
	[VCTX_LIMIT_MOUNTS] = { "mounts", "mounts" },
};

_Static_assert((unsigned int)VCTX_LIMIT_NPROC == VSERVER_LIMIT_NPROC &&
	       (unsigned int)VCTX_LIMIT_NSOCK == VSERVER_LIMIT_NSOCK &&
	       (unsigned int)VCTX_LIMIT_MAPPED == VSERVER_LIMIT_MAPPED &&
	       (unsigned int)VCTX_LIMIT_MOUNTS == VSERVER_LIMIT_MOUNTS, "numbers are the kernel's");
_Static_assert(VCTX_LIMIT_INFINITY == VSERVER_LIMIT_INFINITY && VCTX_LIMIT_KEEP == VSERVER_LIMIT_KEEP,
	       "values are the kernel's");

_export_ const char *vctx_limit_name(unsigned int id)
{
	return id < VCTX_LIMIT_MAX_ ? limits[id].name : NULL;
}

_export_ const char *vctx_limit_unit(unsigned int id)
{
	return id < VCTX_LIMIT_MAX_ ? limits[id].unit : NULL;
}

_export_ int vctx_limit_from_name(const char *name, unsigned int *ret_id)
{
	for (unsigned int i = 0; i < VCTX_LIMIT_MAX_; i++)
		if (limits[i].name && strcasecmp(name, limits[i].name) == 0) {
			if (ret_id)
				*ret_id = i;
			return 0;
		}
	return -ENOENT;
}

_export_ int vctx_limit_get(uint32_t xid, unsigned int id, uint64_t *ret_soft, uint64_t *ret_hard)
{
	struct vserver_rlimit l = { .id = id };
	int r = vctx_call(VSERVER_GET_RLIMIT, xid, &l);

	if (r < 0)
		return r;
	if (ret_soft)
		*ret_soft = l.softlimit;
	if (ret_hard)
		*ret_hard = l.maximum;
	return 0;
}

_export_ int vctx_limit_set(uint32_t xid, unsigned int id, uint64_t soft, uint64_t hard)
{
	struct vserver_rlimit l = {
		.id = id, .minimum = VSERVER_LIMIT_KEEP, .softlimit = soft, .maximum = hard,
	};
	int r = vctx_call(VSERVER_SET_RLIMIT, xid, &l);

	return r < 0 ? r : 0;
}

_export_ int vctx_limit_mask(struct vctx_limit_mask *ret_mask)
{
	struct vserver_rlimit_mask m = { 0 };
	int r = vctx_call(VSERVER_GET_RLIMIT_MASK, 0, &m);

	if (r < 0)
		return r;
	if (ret_mask)
		*ret_mask = (struct vctx_limit_mask){
			.minimum = m.minimum, .soft = m.softlimit, .hard = m.maximum,
		};
	return 0;
}

_export_ int vctx_limit_stat(uint32_t xid, unsigned int id, struct vctx_limit_entry *ret_entry)
{
	struct vserver_rlimit_stat s = { .id = id };
	int r = vctx_call(VSERVER_RLIMIT_STAT, xid, &s);

	if (r < 0)
		return r;
	if (ret_entry)
		*ret_entry = (struct vctx_limit_entry){
			.id = id, .hits = s.hits, .used = s.value, .lowest = s.minimum, .peak = s.maximum,
			.soft = VCTX_LIMIT_INFINITY, .hard = VCTX_LIMIT_INFINITY,
		};
	return 0;
}

static int reset(uint32_t cmd, uint32_t xid)
{
	int r = vctx_call(cmd, xid, NULL);

	return r < 0 ? r : 0;
}

_export_ int vctx_limit_reset_hits(uint32_t xid)
{
	return reset(VSERVER_RESET_HITS, xid);
}

_export_ int vctx_limit_reset_minmax(uint32_t xid)
{
	return reset(VSERVER_RESET_MINMAX, xid);
}
