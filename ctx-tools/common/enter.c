// SPDX-License-Identifier: GPL-2.0-or-later
/* enter - what programs that make or enter a context have in common */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vctx.h>

#include "enter.h"
#include "exec.h"
#include "msg.h"

int own_failure(char *const command[])
{
	return command && command[0] ? EXIT_OWN_FAILURE : 1;
}

int run_command(char *const command[])
{
	if (!command || !command[0])
		return msg_close_stdout();
	return exec_command(command);
}

uint32_t free_context(uint32_t from)
{
	for (; from <= VCTX_XID_MAX; from++)
		if (vctx_ctx_info(from, NULL) < 0)
			return from;
	return 0;
}

int create_context(uint32_t xid, uint64_t flags, uint32_t *ret_xid)
{
	int r;

	if (xid != VCTX_XID_NONE) {
		r = vctx_ctx_create(xid, flags);
		if (r == 0 && ret_xid)
			*ret_xid = xid;
		return r;
	}
	/* The kernel does not choose; making one is atomic, so trying is safe. */
	for (xid = FIRST_DYNAMIC; (xid = free_context(xid)); xid++) {
		r = vctx_ctx_create(xid, flags);
		if (r == -EEXIST || r == -EBUSY)
			continue;
		if (r == 0 && ret_xid)
			*ret_xid = xid;
		return r;
	}
	return -ENOSPC;
}

int pivot_to_cwd(void)
{
	char cwd[4096];

	/* What happens to mounts in here must not reach the host. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		if (errno != EINVAL)
			return -errno;
		/* Not a mount point: make it one. */
		if (!getcwd(cwd, sizeof(cwd)))
			return -errno;
		if (mount(cwd, cwd, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(cwd) < 0)
			return -errno;
		if (syscall(SYS_pivot_root, ".", ".") < 0)
			return -errno;
	}
	/* Old and new root are stacked on the same point; the old one is on top. */
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

void warn_unsealed(int r)
{
	if (r < 0)
		msg_warning("cannot go on from a copy in memory, guests can reach this program's file: %s", strerror(-r));
}
