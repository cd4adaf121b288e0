// SPDX-License-Identifier: LGPL-2.1-or-later
/* wait - end a context and wait until it is gone: wait XID */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <vctx.h>

int main(int argc, char **argv)
{
	struct vctx_waiter *waiter = NULL;
	struct vctx_exit how;
	uint32_t xid;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: wait XID\n");
		return 2;
	}
	xid = (uint32_t)strtoul(argv[1], NULL, 0);

	/* First the waiter, then the signal: so nothing is missed. */
	r = vctx_waiter_open(xid, &waiter);
	if (r < 0) {
		fprintf(stderr, "wait: context %u: %s\n", xid, vctx_strerror(VCTX_CALL_WAIT, r));
		return 1;
	}
	(void)vctx_ctx_kill(xid, 0, SIGTERM);
	r = vctx_waiter_wait(waiter, 5000, &how);
	if (r == -ETIMEDOUT) {
		(void)vctx_ctx_kill(xid, 0, SIGKILL);
		r = vctx_waiter_wait(waiter, 5000, &how);
	}
	vctx_waiter_close(waiter);
	if (r < 0) {
		fprintf(stderr, "wait: context %u: %s\n", xid, vctx_strerror(VCTX_CALL_WAIT, r));
		return 1;
	}
	printf("context %u ended, status %d\n", xid, how.status);
	return 0;
}
