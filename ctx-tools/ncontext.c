// SPDX-License-Identifier: GPL-2.0-or-later
/* ncontext - make or enter a network context and run a program in it */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <vctx.h>

#include "background.h"
#include "cleanup.h"
#include "enter.h"
#include "exec.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "util.h"

enum {
	OPT_CREATE = 256,
	OPT_MIGRATE,
	OPT_MIGRATE_SELF,
	OPT_NID,
	OPT_DISCONNECT,
	OPT_SYNCSOCK,
	OPT_SYNCMSG,
	OPT_SILENT,
	OPT_SILENTEXIST,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "create", 0, NULL, OPT_CREATE, "make a new network context and enter it" },
	{ "migrate", 0, NULL, OPT_MIGRATE, "enter an existing one" },
	{ "migrate-self", 0, NULL, OPT_MIGRATE_SELF, "stay in the own one" },
	{ "nid", 'n', "NETWORK", OPT_NID, "number or guest name; without it --create takes\na free number" },
	OPT_GROUP("Before the program runs"),
	{ "disconnect", 0, NULL, OPT_DISCONNECT, "run in the background" },
	{ "syncsock", 0, "FILE", OPT_SYNCSOCK, "tell a Unix socket that all is ready, and wait\nfor its end" },
	{ "syncmsg", 0, "TEXT", OPT_SYNCMSG, "what to tell it (default 'ok')" },
	OPT_GROUP("Messages"),
	{ "silent", 0, NULL, OPT_SILENT, "do not print the number of the new one" },
	{ "silentexist", 0, NULL, OPT_SILENTEXIST, "no message when it exists already" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "ncontext",
	.synopsis = "--create [--nid=NETWORK] [OPTION...] [--] [PROGRAM [ARG...]]\n"
		    "--migrate --nid=NETWORK [OPTION...] [--] [PROGRAM [ARG...]]\n"
		    "--migrate-self [OPTION...] [--] [PROGRAM [ARG...]]",
	.purpose = "Make or enter a network context and run a program in it.",
	.options = options,
	.examples = "ncontext --create --nid 100 -- naddress --add --ip 192.0.2.10/24 -- bash\n"
		    "ncontext --migrate --nid web1 -- ss -ltn",
	.manual = "ncontext(8)",
	.stop = true,
};

static struct {
	int mode;
	uint32_t nid;
	bool disconnect, silent, silentexist;
	const char *syncsock, *syncmsg;
	char **command;
} arg = { .nid = VCTX_XID_NONE, .syncmsg = "ok" };

static int parse_options(int argc, char **argv)
{
	struct opt_state s;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_CREATE:
		case OPT_MIGRATE:
		case OPT_MIGRATE_SELF:
			r = opt_choose(&program, &arg.mode, c);
			if (r)
				return r;
			break;
		case OPT_NID:
			if (parse_network(s.arg, &arg.nid) < 0)
				return 2;
			break;
		case OPT_DISCONNECT:
			arg.disconnect = true;
			break;
		case OPT_SYNCSOCK:
			arg.syncsock = s.arg;
			break;
		case OPT_SYNCMSG:
			arg.syncmsg = s.arg;
			break;
		case OPT_SILENT:
			arg.silent = true;
			break;
		case OPT_SILENTEXIST:
			arg.silentexist = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	arg.command = argv + s.index;
	if (!arg.mode)
		return msg_usage("one of --create, --migrate and --migrate-self is needed");
	if (arg.mode == OPT_MIGRATE && arg.nid == VCTX_XID_NONE)
		return msg_usage("--migrate needs --nid");
	if (arg.mode == OPT_MIGRATE_SELF && arg.nid != VCTX_XID_NONE)
		return msg_usage("--migrate-self takes no --nid");
	if (arg.disconnect && !arg.command[0])
		return msg_usage("a program to run is needed");
	return -1;
}

static int failed(void)
{
	return own_failure(arg.command);
}

static int create(void)
{
	uint32_t nid;
	int r = create_network(arg.nid, VCTX_NF_INITIAL, &nid);

	if (r == 0) {
		if (!arg.silent) {
			(void)printf("New network context is %u\n", nid);
			(void)fflush(stdout);
		}
		return 0;
	}
	if (r == -EEXIST) {
		if (!arg.silentexist)
			msg_error("cannot make network context %u: %s", arg.nid, vctx_strerror(VCTX_CALL_NET_CREATE, r));
		return EXIT_EXISTS;
	}
	if (arg.nid == VCTX_XID_NONE)
		msg_error("cannot make a network context: %s", vctx_strerror(VCTX_CALL_NET_CREATE, r));
	else
		msg_error("cannot make network context %u: %s", arg.nid, vctx_strerror(VCTX_CALL_NET_CREATE, r));
	return failed();
}

static int enter(int sync)
{
	uint32_t nid;
	int r = 0;

	if (arg.mode == OPT_CREATE) {
		r = create();
		if (r)
			return r;
	} else if (arg.mode == OPT_MIGRATE) {
		r = vctx_net_migrate(arg.nid);
		if (r < 0) {
			msg_error("cannot enter network context %u: %s", arg.nid, vctx_strerror(VCTX_CALL_NET_MIGRATE, r));
			return failed();
		}
	} else {
		if (parse_network("self", &nid) < 0)
			return failed();
		if (nid < VCTX_XID_MIN) {
			msg_error("cannot stay in it: this process is in no network context");
			return failed();
		}
	}
	r = sync_up(sync, arg.syncmsg);
	if (r < 0) {
		msg_errno(r, "cannot synchronise with '%s'", arg.syncsock);
		return failed();
	}
	return run_command(arg.command);
}

int main(int argc, char **argv)
{
	_cleanup_close_ int sync = -1;
	int report = -1, code;
	int r = parse_options(argc, argv);

	if (r >= 0)
		return r;
	if (arg.syncsock) {
		sync = sync_connect(arg.syncsock);
		if (sync < 0) {
			msg_errno(sync, "cannot connect to '%s'", arg.syncsock);
			return failed();
		}
	}
	if (arg.disconnect) {
		r = go_to_background(&report, &code);
		if (r < 0) {
			msg_errno(r, "cannot run in the background");
			return failed();
		}
		if (r == 0)
			return code;
	}
	code = enter(sync);
	if (report >= 0)
		(void)write_all(report, &code, sizeof(code));
	return code;
}
