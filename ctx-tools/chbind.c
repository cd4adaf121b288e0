// SPDX-License-Identifier: GPL-2.0-or-later
/* chbind - run a program bound to a set of addresses */
#include <errno.h>
#include <stdio.h>

#include <vctx.h>

#include "background.h"
#include "enter.h"
#include "exec.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "parse.h"
#include "util.h"

enum {
	OPT_NID = 256,
	OPT_DISCONNECT,
	OPT_SILENT,
	OPT_IP,
	OPT_MASK,
	OPT_RANGE,
	OPT_BCAST,
	OPT_LBACK,
	OPT_SHARED,
	OPT_NCAP,
	OPT_FLAG,
	OPT_SECURE,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "nid", 'n', "NETWORK", OPT_NID, "number or guest name (default: a free number);\none that exists is entered" },
	{ "silent", 0, NULL, OPT_SILENT, "do not print number and addresses of the new one" },
	{ "disconnect", 0, NULL, OPT_DISCONNECT, "run in the background" },
	OPT_GROUP("For a new network context"),
	{ "ip", 0, "IP[/PREFIX]", OPT_IP, "an address (or IP/MASK), or a device of the host\nwhose addresses are taken" },
	{ "mask", 0, "IP/PREFIX", OPT_MASK, "all addresses of a network" },
	{ "range", 0, "IP-IP[/PREFIX]", OPT_RANGE, "all addresses of a range" },
	{ "bcast", 0, "IP", OPT_BCAST, "the broadcast address" },
	{ "lback", 0, "IP", OPT_LBACK, "what 127.0.0.1 is inside" },
	{ "shared", 0, NULL, OPT_SHARED, "the addresses are the host's, too: its own programs\non \"any\" go on to receive there" },
	{ "ncap", 0, "LIST", OPT_NCAP, "network capabilities, e.g. raw_icmp" },
	{ "flag", 0, "LIST", OPT_FLAG, "flags, e.g. single_ip" },
	{ "secure", 0, NULL, OPT_SECURE, "the safe set for a guest" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "chbind",
	.synopsis = "[OPTION...] [--] PROGRAM [ARG...]",
	.purpose = "Run a program bound to a set of addresses, in a network context.",
	.options = options,
	.examples = "chbind --ip 192.0.2.10 -- nginx\n"
		    "chbind --nid web1 curl http://localhost/",
	.manual = "chbind(8)",
	.stop = true,
};

static struct {
	uint32_t nid;
	bool silent, disconnect, shared;
	struct network_addresses addresses;
	struct vctx_change ncaps, nflags;
	char **command;
} arg = { .nid = VCTX_XID_NONE };

static int parse_options(int argc, char **argv)
{
	static const enum vctx_net_kind kinds[] = {
		[OPT_IP - OPT_IP] = VCTX_NET_ADDRESS,	   [OPT_MASK - OPT_IP] = VCTX_NET_NETWORK,
		[OPT_RANGE - OPT_IP] = VCTX_NET_RANGE,	   [OPT_BCAST - OPT_IP] = VCTX_NET_BROADCAST,
		[OPT_LBACK - OPT_IP] = VCTX_NET_LOOPBACK,
	};
	bool secure = false;
	struct opt_state s;
	int c;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_NID:
			if (parse_network(s.arg, &arg.nid) < 0)
				return 2;
			break;
		case OPT_IP:
		case OPT_MASK:
		case OPT_RANGE:
		case OPT_BCAST:
		case OPT_LBACK:
			if (parse_address(kinds[c - OPT_IP], s.arg, &arg.addresses) < 0)
				return 2;
			break;
		case OPT_SHARED:
			arg.shared = true;
			break;
		case OPT_NCAP:
			if (parse_words(VCTX_WORDS_NCAPS, "network capability", s.arg, &arg.ncaps) < 0)
				return 2;
			break;
		case OPT_FLAG:
			if (parse_words(VCTX_WORDS_NFLAGS, "flag", s.arg, &arg.nflags) < 0)
				return 2;
			break;
		case OPT_SECURE:
			secure = true;
			break;
		case OPT_DISCONNECT:
			arg.disconnect = true;
			break;
		case OPT_SILENT:
			arg.silent = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	arg.command = argv + s.index;
	if (!arg.command[0])
		return msg_usage("a program to run is needed");
	if (arg.nid == VCTX_XID_HOST)
		return msg_usage("network context 0 is the host: there is no way into it");
	for (size_t i = 0; arg.shared && i < arg.addresses.count; i++)
		if (arg.addresses.list[i].kind == VCTX_NET_ADDRESS)
			arg.addresses.list[i].shared = true;
	if (secure) {
		/* --ncap adds to it or takes away, wherever it stands */
		arg.ncaps.value = (VCTX_NC_SECURE & ~arg.ncaps.mask) | arg.ncaps.value;
		arg.ncaps.mask = ~0ULL;
		arg.nflags.value |= VCTX_NF_SECURE & ~arg.nflags.mask;
		arg.nflags.mask |= VCTX_NF_SECURE;
	}
	return -1;
}

static int failed(const char *what, enum vctx_call call, int r)
{
	msg_error("cannot %s network context %u: %s", what, arg.nid, vctx_strerror(call, r));
	return EXIT_OWN_FAILURE;
}

static int enter(void)
{
	int r = vctx_net_migrate(arg.nid);

	return r < 0 ? failed("enter", VCTX_CALL_NET_MIGRATE, r) : run_command(arg.command);
}

/* Configure it from inside, where it goes with us when something fails. */
static int create(void)
{
	uint32_t nid = arg.nid;
	int r = create_network(arg.nid, VCTX_NF_INITIAL, &nid);

	if (r == -EEXIST)
		return enter();
	if (r < 0 && arg.nid == VCTX_XID_NONE) {
		msg_error("cannot make a network context: %s", vctx_strerror(VCTX_CALL_NET_CREATE, r));
		return EXIT_OWN_FAILURE;
	}
	if (r < 0)
		return failed("make", VCTX_CALL_NET_CREATE, r);
	arg.nid = nid;
	if (!arg.silent)
		(void)printf("New network context is %u\n", nid);
	r = arg.ncaps.mask ? vctx_ncaps_set(nid, arg.ncaps.value, arg.ncaps.mask) : 0;
	if (r < 0)
		return failed("set the network capabilities of", VCTX_CALL_NET, r);
	for (size_t i = 0; i < arg.addresses.count; i++) {
		const struct vctx_net_address *a = &arg.addresses.list[i];
		char text[VCTX_NET_TEXT_SIZE];

		r = vctx_net_add(nid, a);
		if (r < 0) {
			msg_error("cannot add %s '%s' to network context %u: %s", vctx_net_kind_name(a->kind),
				  vctx_net_address_format(a, text), nid, vctx_strerror(VCTX_CALL_NET_ADDRESS, r));
			return EXIT_OWN_FAILURE;
		}
		if (!arg.silent)
			(void)printf("Adding %s\n", vctx_net_address_format(a, text));
	}
	/* last: a second address clears single_ip, and private or sealed ones take no more */
	r = arg.nflags.mask ? vctx_nflags_set(nid, arg.nflags.value, arg.nflags.mask) : 0;
	if (r < 0)
		return failed("set the flags of", VCTX_CALL_NET, r);
	(void)fflush(stdout);
	return run_command(arg.command);
}

int main(int argc, char **argv)
{
	int report = -1, code, r = parse_options(argc, argv);

	if (r >= 0)
		return r;
	/* One clear word when there is nothing to be had here, before anything is done. */
	r = vctx_net_info(VCTX_XID_MAX, NULL);
	if (r < 0 && r != -ESRCH) {
		msg_error("cannot run '%s' in a network context: %s", arg.command[0], vctx_strerror(VCTX_CALL_NET, r));
		return EXIT_OWN_FAILURE;
	}
	if (arg.disconnect) {
		r = go_to_background(&report, &code);
		if (r < 0) {
			msg_errno(r, "cannot run in the background");
			return EXIT_OWN_FAILURE;
		}
		if (r == 0)
			return code;
	}
	/* an existing one is entered as it is */
	code = arg.nid == VCTX_XID_WATCH || (arg.nid != VCTX_XID_NONE && vctx_net_info(arg.nid, NULL) == 0) ?
	       enter() : create();
	if (report >= 0)
		(void)write_all(report, &code, sizeof(code));
	return code;
}
