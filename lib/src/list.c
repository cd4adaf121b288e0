// SPDX-License-Identifier: LGPL-2.1-or-later
/* list - all contexts of the machine */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PROC_VIRTUAL "/proc/virtual"

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Directories like /proc/virtual have "info", "status" and one decimal number a context. */
int list_numbers(const char *path, uint32_t **ret_ids, size_t *ret_count)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	_cleanup_free_ uint32_t *ids = NULL;
	size_t count = 0, size = 0;
	struct dirent *e;

	if (!dir)
		return errno == ENOENT ? -ENOSYS : -errno;
	while (errno = 0, (e = readdir(dir))) {
		uint32_t id;

		if (parse_decimal(e->d_name, VCTX_XID_MAX, &id) < 0)
			continue;
		if (count == size) {
			uint32_t *more;

			size = size ? size * 2 : 64;
			more = reallocarray(ids, size, sizeof(*ids));
			if (!more)
				return -ENOMEM;
			ids = more;
		}
		ids[count++] = id;
	}
	if (errno)
		return -errno;
	if (count)
		qsort(ids, count, sizeof(*ids), compare_ids);
	if (ret_ids)
		*ret_ids = take_ptr(ids);
	if (ret_count)
		*ret_count = count;
	return 0;
}

_export_ int vctx_ctx_list(uint32_t **ret_xids, size_t *ret_count)
{
	_cleanup_free_ struct vctx_ctx_entry *entries = NULL;
	_cleanup_free_ uint32_t *xids = NULL;
	size_t count = 0;
	int r = vctx_netlink_contexts(&entries, &count);

	if (r == 0 && count) {
		xids = calloc(count, sizeof(*xids));
		if (!xids)
			return -ENOMEM;
		for (size_t i = 0; i < count; i++)
			xids[i] = entries[i].xid;
	} else if (r < 0) {
		r = list_numbers(PROC_VIRTUAL, &xids, &count);
		if (r < 0)
			return r;
	}
	if (ret_xids)
		*ret_xids = take_ptr(xids);
	if (ret_count)
		*ret_count = count;
	return 0;
}

/* What a dump by netlink does not tell. */
static void add_rest(struct vctx_ctx_entry *e)
{
	if (vctx_virt_stat(e->xid, &e->virt) == 0)
		e->valid |= VCTX_ENTRY_VIRT;
	if (vctx_name_get(e->xid, VCTX_NAME_NODENAME, e->nodename) == 0)
		e->valid |= VCTX_ENTRY_NODENAME;
}

_export_ int vctx_ctx_entry_get(uint32_t xid, struct vctx_ctx_entry *ret_entry)
{
	struct vctx_ctx_entry e = { .xid = xid };
	struct vctx_ctx_info info;
	int r = vctx_ctx_info(xid, &info);

	if (r < 0)
		return r;
	e.xid = info.xid;
	e.init_pid = info.init_pid;
	if (vctx_cflags_get(xid, &e.cflags, NULL) == 0 && vctx_ccaps_get(xid, &e.ccaps) == 0 &&
	    vctx_bcaps_get(xid, &e.bcaps) == 0)
		e.valid |= VCTX_ENTRY_FLAGS;
	if (vctx_umask_get(xid, &e.umask) == 0 && vctx_wmask_get(xid, &e.wmask) == 0 &&
	    vctx_badness_get(xid, &e.badness) == 0)
		e.valid |= VCTX_ENTRY_MASKS;
	if (vctx_ctx_stat(xid, &e.stat) == 0)
		e.valid |= VCTX_ENTRY_STAT;
	if (vctx_name_get(xid, VCTX_NAME_CONTEXT, e.name) == 0)
		e.valid |= VCTX_ENTRY_NAME;
	add_rest(&e);
	*ret_entry = e;
	return 0;
}

_export_ int vctx_ctx_foreach(vctx_ctx_fn fn, void *data)
{
	_cleanup_free_ struct vctx_ctx_entry *entries = NULL;
	_cleanup_free_ uint32_t *xids = NULL;
	size_t count = 0;
	int r = vctx_netlink_contexts(&entries, &count);

	if (r < 0) {
		r = list_numbers(PROC_VIRTUAL, &xids, &count);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < count; i++) {
		struct vctx_ctx_entry e;

		if (entries) {
			e = entries[i];
			add_rest(&e);
		} else if (xids) {
			r = vctx_ctx_entry_get(xids[i], &e);
			if (r == -ESRCH)
				continue;
			if (r < 0)
				return r;
		} else {
			break;
		}
		r = fn(&e, data);
		if (r)
			return r;
	}
	return 0;
}
