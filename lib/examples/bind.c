// SPDX-License-Identifier: LGPL-2.1-or-later
/* bind - run a program confined to one address: bind NID IP[/PREFIX] PROGRAM [ARG...] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vctx.h>

static int failed(const char *what, enum vctx_call call, int r)
{
	fprintf(stderr, "bind: cannot %s: %s\n", what, vctx_strerror(call, r));
	return 125;
}

int main(int argc, char **argv)
{
	struct vctx_net_address address;
	char text[VCTX_NET_TEXT_SIZE];
	unsigned long nid;
	int r;

	if (argc < 4) {
		fprintf(stderr, "usage: bind NID IP[/PREFIX] PROGRAM [ARG...]\n");
		return 2;
	}
	nid = strtoul(argv[1], NULL, 0);
	if (nid < VCTX_XID_MIN || nid > VCTX_XID_MAX) {
		fprintf(stderr, "bind: not an id of a network context: %s\n", argv[1]);
		return 2;
	}
	if (vctx_net_address_parse(VCTX_NET_ADDRESS, argv[2], &address) < 0) {
		fprintf(stderr, "bind: not an address: %s\n", argv[2]);
		return 2;
	}
	/* The host has the address by itself: let its own programs go on to use it. */
	address.shared = address.kind == VCTX_NET_ADDRESS;

	/* From here on this process is inside: without addresses, but with a loopback of its own. */
	r = vctx_net_create((uint32_t)nid, VCTX_NF_INITIAL);
	if (r < 0)
		return failed("make the network context", VCTX_CALL_NET_CREATE, r);
	r = vctx_net_add(VCTX_XID_SELF, &address);
	if (r < 0)
		return failed("add the address", VCTX_CALL_NET_ADDRESS, r);
	fprintf(stderr, "bind: network context %lu has %s\n", nid, vctx_net_address_format(&address, text));

	execvp(argv[3], argv + 3);
	perror("bind: cannot execute");
	return 127;
}
