// SPDX-License-Identifier: GPL-2.0-or-later
/* vwait - wait until a context ends */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vctx.h>

#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "util.h"

/* Exit codes; 2 is taken by "timeout", so wrong usage is something else here. */
enum {
	VWAIT_FINISHED = 0,
	VWAIT_KILLED = 1,
	VWAIT_TIMEOUT = 2,
	VWAIT_USAGE = 126,
	VWAIT_ERROR = 127,
};

/* How long a killed context may take to go. */
#define KILL_TIMEOUT_MS 10000

enum {
	OPT_TIMEOUT = 256,
	OPT_TERMINATE,
	OPT_STATUS_FD,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "timeout", 't', "SECONDS", OPT_TIMEOUT, "wait at most so long" },
	{ "terminate", 0, NULL, OPT_TERMINATE, "after the time kill the context" },
	{ "status-fd", 0, "FD", OPT_STATUS_FD, "write how it went to this descriptor" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vwait",
	.synopsis = "[--timeout=SECONDS [--terminate]] [--status-fd=FD] CONTEXT",
	.purpose = "Wait until a context ends.",
	.options = options,
	.extra = "Exit codes: 0 finished, 1 killed, 2 timeout, 127 error, 126 wrong usage.",
	.examples = "vwait web1\n"
		    "vwait --timeout 30 --terminate 100",
	.manual = "vwait(8)",
};

static int status_fd = -1;

static _printf_(2, 3) int report(int code, const char *format, ...)
{
	char line[64];
	va_list ap;

	if (status_fd < 0)
		return code;
	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	(void)strcat(line, "\n");
	(void)write_all(status_fd, line, strlen(line));
	return code;
}

static int failed(uint32_t xid, const char *what, int r)
{
	msg_error("cannot %s context %u: %s", what, xid, vctx_strerror(VCTX_CALL_WAIT, r));
	return report(VWAIT_ERROR, "ERROR %d", -r);
}

static int wait_for(uint32_t xid, int timeout_ms, bool terminate)
{
	struct vctx_waiter *w;
	int r = vctx_waiter_open(xid, &w);
	int code;

	if (r < 0)
		return failed(xid, "wait for", r);
	do
		r = vctx_waiter_wait(w, timeout_ms, NULL);
	while (r == -EINTR);
	if (r == 0) {
		code = report(VWAIT_FINISHED, "FINISHED %d", 0);
	} else if (r != -ETIMEDOUT) {
		code = failed(xid, "wait for", r);
	} else if (!terminate) {
		code = report(VWAIT_TIMEOUT, "TIMEOUT");
	} else {
		/* Neither has to find anybody. */
		(void)vctx_ctx_kill(xid, 1, SIGKILL);
		(void)vctx_ctx_kill(xid, 0, SIGKILL);
		r = vctx_waiter_wait(w, KILL_TIMEOUT_MS, NULL);
		if (r == 0)
			code = report(VWAIT_KILLED, "KILLED");
		else
			code = failed(xid, "kill", r);
	}
	vctx_waiter_close(w);
	return code;
}

int main(int argc, char **argv)
{
	bool terminate = false;
	int timeout_ms = -1;
	struct opt_state s;
	uint32_t xid, fd;
	int c;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_TIMEOUT:
			if (parse_seconds(s.arg, &timeout_ms) < 0) {
				(void)msg_usage("'%s' is not a number of seconds", s.arg);
				return VWAIT_USAGE;
			}
			break;
		case OPT_TERMINATE:
			terminate = true;
			break;
		case OPT_STATUS_FD:
			if (parse_decimal(s.arg, 65535, &fd) < 0 || fcntl((int)fd, F_GETFD) < 0) {
				(void)msg_usage("'%s' is not an open descriptor", s.arg);
				return VWAIT_USAGE;
			}
			status_fd = (int)fd;
			break;
		}
	}
	if (c < 0)
		return s.exit_code == 2 ? VWAIT_USAGE : s.exit_code;
	if (argc - s.index != 1) {
		(void)msg_usage("exactly one context is needed");
		return VWAIT_USAGE;
	}
	if (terminate && timeout_ms < 0) {
		(void)msg_usage("--terminate needs --timeout");
		return VWAIT_USAGE;
	}
	if (parse_context(argv[s.index], &xid) < 0)
		return VWAIT_USAGE;
	return wait_for(xid, timeout_ms, terminate);
}
