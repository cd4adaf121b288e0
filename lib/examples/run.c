// SPDX-License-Identifier: LGPL-2.1-or-later
/* run - run a program in a new context of its own: run XID PROGRAM [ARG...] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vctx.h>

static int failed(const char *what, enum vctx_call call, int r)
{
	fprintf(stderr, "run: cannot %s: %s\n", what, vctx_strerror(call, r));
	return 125;
}

int main(int argc, char **argv)
{
	unsigned long xid;
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: run XID PROGRAM [ARG...]\n");
		return 2;
	}
	xid = strtoul(argv[1], NULL, 0);
	if (xid < VCTX_XID_MIN || xid > VCTX_XID_MAX) {
		fprintf(stderr, "run: not an id of a context: %s\n", argv[1]);
		return 2;
	}

	/* From here on this process is inside, and the context is in its setup. */
	r = vctx_ctx_create((uint32_t)xid, VCTX_CF_INITIAL);
	if (r < 0)
		return failed("make the context", VCTX_CALL_CREATE, r);
	r = vctx_name_set(VCTX_XID_SELF, VCTX_NAME_CONTEXT, "example");
	if (r < 0)
		return failed("name the context", VCTX_CALL_NAME, r);
	r = vctx_bcaps_set(VCTX_XID_SELF, VCTX_BC_SECURE, ~0ULL);
	if (r < 0)
		return failed("take capabilities away", VCTX_CALL_SET, r);

	/* The last step: capabilities count from now on, and nothing more can be changed from inside. */
	r = vctx_cflags_set(VCTX_XID_SELF, 0, VCTX_CF_STATE_SETUP);
	if (r < 0)
		return failed("end the setup", VCTX_CALL_SET, r);

	execvp(argv[2], argv + 2);
	perror("run: cannot execute");
	return 127;
}
