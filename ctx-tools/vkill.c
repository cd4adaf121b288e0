// SPDX-License-Identifier: GPL-2.0-or-later
/* vkill - send a signal to processes of a context */
#include <signal.h>
#include <stdio.h>

#include <vctx.h>

#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"

enum {
	OPT_XID = 256,
	OPT_SIGNAL,
	OPT_LIST,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: that of each process)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	{ "signal", 's', "SIGNAL", OPT_SIGNAL, "name or number (default TERM)" },
	{ "list", 'l', NULL, OPT_LIST, "list the signals and exit" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vkill",
	.synopsis = "[--xid=CONTEXT] [-s SIGNAL] [--] [PID...]",
	.purpose = "Send a signal to processes of a context; without a PID to all of them.",
	.options = options,
	.extra = "PID 1 is the init of the guest, 0 every process, -1 every process but the init.",
	.examples = "vkill -s INT --xid web1 1\n"
		    "vkill -s KILL --xid 100",
	.manual = "vkill(8)",
	.stop = true,
};

static int list_signals(void)
{
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		const char *name = signal_name(sig);

		if (name)
			(void)printf("%2d %s\n", sig, name);
	}
	return msg_close_stdout();
}

/* One process id of the command line: 0 or 1. */
static int kill_one(uint32_t xid, pid_t pid, int sig)
{
	int r;

	if (xid == VCTX_XID_NONE) {
		r = vctx_task_xid(pid, &xid);
		if (r < 0) {
			msg_error("cannot find process %d: %s", (int)pid, vctx_strerror(VCTX_CALL_TASK, r));
			return 1;
		}
		if (xid < VCTX_XID_MIN) {
			msg_error("cannot signal process %d: it is in no context", (int)pid);
			return 1;
		}
	}
	r = vctx_ctx_kill(xid, pid, sig);
	if (r == 0)
		return 0;
	if (pid == 0)
		msg_error("cannot signal context %u: %s", xid, vctx_strerror(VCTX_CALL_KILL, r));
	else
		msg_error("cannot signal process %d of context %u: %s", (int)pid, xid,
			  vctx_strerror(VCTX_CALL_KILL, r));
	return 1;
}

int main(int argc, char **argv)
{
	uint32_t xid = VCTX_XID_NONE;
	struct opt_state s;
	int c, sig = SIGTERM, code = 0;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_XID:
			if (parse_context(s.arg, &xid) < 0)
				return 2;
			break;
		case OPT_SIGNAL:
			if (parse_signal(s.arg, &sig) < 0)
				return msg_usage("unknown signal '%s'", s.arg);
			break;
		case OPT_LIST:
			return list_signals();
		}
	}
	if (c < 0)
		return s.exit_code;
	argv += s.index;
	/* All words are looked at before anything is sent. */
	for (char **a = argv; *a; a++) {
		pid_t pid;

		if (parse_pid(*a, -1, &pid) < 0)
			return msg_usage("'%s' is not a process id", *a);
		if (pid <= 0 && xid == VCTX_XID_NONE)
			return msg_usage("process id %s needs --xid", *a);
	}
	if (!*argv) {
		if (xid == VCTX_XID_NONE)
			return msg_usage("--xid or a process id is needed");
		return kill_one(xid, 0, sig);
	}
	for (; *argv; argv++) {
		pid_t pid = 0;

		(void)parse_pid(*argv, -1, &pid);
		if (kill_one(xid, pid, sig))
			code = 1;
	}
	return code;
}
